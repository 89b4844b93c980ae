"""The hostile corpus: what a stranger may give to the page. Each item is made here, and small on disk.

    python tests/corpus.py FOLDER

writes its files into a folder. The pictures that are photos after all, however odd, are named in `PHOTOS`. `outside` is
a file that nobody may read, `address` one of the server's network that nobody may ask.
"""

import io
import json
import math
import pickle
import struct
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

import h5py
import numpy as np
from PIL import Image, ImageCms

sys.path.insert(0, str(Path(__file__).parents[1]))

MODEL = "ir-initial"
OUTSIDE, ADDRESS = "/etc/passwd", "http://169.254.169.254/"
PHOTOS = set(
    "1x1.png 1x4000.png 3x5.png wide.png tall.png 16-bit.png something-after-its-end.png orientation-255.png "
    "gamma-0.png profile-garbage.png exif-garbage.png endless-animation.png many-texts.png gray.jpg cmyk.jpg "
    "two-in-one.jpg exif-in-circles.jpg profile-garbage.jpg 300-frames.gif animated.webp page-in-circles.tiff "
    "many-tags.tiff".split()
)


def photo(size=(40, 24)):
    """A ramp of colors."""
    width, height = size
    red, green = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([red, green, 255 - red], -1).astype(np.uint8))


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(name, data=b"", length=None, crc=None):
    """One part of a PNG file; its length and its checksum may be other than they should."""
    crc = zlib.crc32(name + data) if crc is None else crc
    return struct.pack(">I", len(data) if length is None else length) + name + data + struct.pack(">I", crc)


def png(width, height, bits=1, kind=0, data=None, before=b"", after=chunk(b"IEND")):
    """A PNG of those sizes, black if no `data` is given, with parts `before` the pixels and `after` them."""
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    if data is None:
        data = bytes((1 + -(-width * bits // 8)) * height)
    pixels = chunk(b"IDAT", zlib.compress(data, 9)) if data else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + pixels + after


def bomb(megabytes):
    return zlib.compress(bytes(megabytes * 1_000_000), 9)


def exif(*entries, next_directory=0):
    """Exif data of one directory of (tag, type, count, value)."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<I", next_directory)


def pngs():
    real = encoded(photo(), "png")
    middle = len(real) // 2
    yield "1x1.png", png(1, 1)
    yield "1x4000.png", png(1, 4000)
    yield "3x5.png", encoded(photo((3, 5)), "png")
    yield "wide.png", png(200_000, 8)
    yield "tall.png", png(8, 200_000)
    yield "16-bit.png", png(40, 24, bits=16, data=bytes(range(81)) * 24)
    yield "something-after-its-end.png", real + b"<script>alert(1)</script>" * 100
    yield "orientation-255.png", png(40, 24, before=chunk(b"eXIf", exif((274, 3, 1, 255))))
    yield "gamma-0.png", png(40, 24, before=chunk(b"gAMA", bytes(4)))
    yield "profile-garbage.png", png(40, 24, before=chunk(b"iCCP", b"x\0\0" + zlib.compress(b"no profile")))
    yield "exif-garbage.png", png(40, 24, before=chunk(b"eXIf", b"MM\0*\xff\xff\xff\xff" * 9))
    yield "endless-animation.png", png(40, 24, before=chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)))
    yield "many-texts.png", png(40, 24, before=chunk(b"tEXt", b"Comment\0" + b"A" * 1000) * 500)
    yield "declared-20000.png", png(20_000, 20_000, data=b"")
    yield "13000.png", png(13_000, 13_000)
    yield "51-megapixels.png", png(8000, 6376)
    yield "6250001x8.png", png(6_250_001, 8)
    yield "2-to-31.png", png(2**31 - 1, 2**31 - 1, data=b"")
    yield "no-width.png", png(0, 24, data=b"")
    yield "no-pixels.png", png(40, 24, data=b"")
    yield "cut-off.png", real[:middle]
    yield "wrong-checksum.png", png(40, 24, before=chunk(b"IDAT", b"x", crc=0))
    yield "garbage-for-pixels.png", png(40, 24, data=b"", after=chunk(b"IDAT", b"\xff" * 99) + chunk(b"IEND"))
    yield "fewer-pixels.png", png(4000, 4000, data=bytes(9))
    yield "3-bits.png", png(40, 24, bits=3)
    yield "kind-5.png", png(40, 24, bits=8, kind=5)
    yield "palette-missing.png", png(40, 24, bits=8, kind=3)
    yield "profile-bomb.png", png(40, 24, before=chunk(b"iCCP", b"x\0\0" + bomb(80)))
    yield "text-bomb.png", png(40, 24, before=chunk(b"zTXt", b"x\0\0" + bomb(80)))
    yield "endless-chunk.png", png(40, 24, before=chunk(b"tEXt", b"", length=2**31 - 1))


def jpegs():
    real = encoded(photo(), "jpeg", quality=80)
    size = real.index(b"\xff\xc0") + 5
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    circle = b"Exif\0\0" + exif((274, 3, 1, 1), next_directory=8)
    yield "gray.jpg", encoded(photo().convert("L"), "jpeg")
    yield "cmyk.jpg", encoded(photo().convert("CMYK"), "jpeg")
    yield "two-in-one.jpg", real + real
    yield "exif-in-circles.jpg", encoded(photo(), "jpeg", exif=circle)
    yield "profile-garbage.jpg", encoded(photo(), "jpeg", icc_profile=profile[:200])
    yield "cut-off.jpg", real[: len(real) // 2]
    yield "header-alone.jpg", real[: size + 8]
    yield "declared-65535.jpg", real[:size] + b"\xff\xff\xff\xff" + real[size + 4 :]
    yield "no-size.jpg", real[:size] + bytes(4) + real[size + 4 :]
    yield "255s.jpg", b"\xff\xd8" + b"\xff" * 100_000
    yield "markers.jpg", b"\xff\xd8" + b"\xff\xe1\0\2" * 20_000


def others(outside, address):
    gif = encoded(photo(), "gif")
    frames = [Image.new("P", (40, 24), i % 9) for i in range(300)]
    webp = encoded(photo(), "webp", save_all=True, append_images=[photo().rotate(180)])
    bmp, tiff, avif = (encoded(photo(), kind) for kind in ("bmp", "tiff", "avif"))
    yield "300-frames.gif", encoded(frames[0], "gif", save_all=True, append_images=frames[1:])
    yield "no-frame.gif", gif[:13] + b";"
    yield "cut-off.gif", gif[: len(gif) // 2]
    yield "declared-65535.gif", gif[:6] + b"\xff\xff\xff\xff" + gif[10:]
    yield "frame-outside.gif", gif.replace(struct.pack("<HHHH", 0, 0, 40, 24), struct.pack("<HHHH", 9999, 9999, 40, 24))
    yield "animated.webp", webp
    yield "cut-off.webp", webp[: len(webp) // 2]
    yield "declared-16384.webp", b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x3f\0\xff\x3f\0"
    yield "riff.webp", b"RIFF\xff\xff\xff\xffWEBP" + b"\xff" * 999
    yield "declared-2-to-31.bmp", bmp[:18] + struct.pack("<ii", 2**31 - 1, 2**31 - 1) + bmp[26:]
    yield "negative.bmp", bmp[:18] + struct.pack("<ii", -40, -24) + bmp[26:]
    yield "no-pixels.bmp", bmp[:54]
    directory = struct.unpack("<I", tiff[4:8])[0]
    last = directory + 2 + 12 * struct.unpack("<H", tiff[directory : directory + 2])[0]
    yield "page-in-circles.tiff", tiff[:last] + struct.pack("<I", directory) + tiff[last + 4 :]
    yield "directory-outside.tiff", tiff[:4] + struct.pack("<I", 2**31) + tiff[8:]
    yield "many-tags.tiff", tiff[:directory] + b"\xff\xff" + tiff[directory + 2 :]
    yield "cut-off.tiff", tiff[:200]
    yield "decimal.tiff", encoded(Image.new("F", (40, 24), 1e30), "tiff")
    yield "declared-999999.ppm", b"P6 999999 999999 255\n"
    yield "negative.ppm", b"P6 -40 -24 255\n" + bytes(40 * 24 * 3)
    yield "endless-comment.ppm", b"P6 #" + b"A" * 500_000
    yield "no-levels.ppm", b"P5 40 24 0\n" + bytes(40 * 24)
    yield "cut-off.avif", avif[: len(avif) // 2]
    yield "garbage.avif", avif[:40] + b"\xff" * 400
    yield "empty.png", b""
    yield "one-byte.png", b"\x89"
    yield "zeros.png", bytes(100_000)
    yield "text.png", b"Dear diary, this is not a photo.\n" * 20
    yield "page.png", b"<html><script>alert(document.cookie)</script></html>"
    entity = f'<!DOCTYPE s [<!ENTITY e SYSTEM "file://{outside}">]><svg xmlns="http://www.w3.org/2000/svg">&e;'
    yield "entity.svg", f'{entity}<image href="{address}"/></svg>'.encode()
    program = f"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 40 24\n({outside}) (r) file\n%%EOF"
    yield "program.eps", program.encode()
    yield "document.pdf", b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n%%EOF"
    yield "layers.psd", b"8BPS\0\1" + bytes(6) + b"\0\3" + struct.pack(">IIHH", 24, 40, 8, 3) + bytes(999)
    yield "icon.ico", encoded(photo(), "ico")
    yield "packed.png", pack([("a.png", encoded(photo(), "png"))])
    yield "pickled.png", pickle.dumps({"path": Path(outside)})
    yield "program.png", b"\x7fELF\2\1\1" + bytes(200)


def pictures(outside=OUTSIDE, address=ADDRESS):
    """Yields (name, content)."""
    yield from pngs()
    yield from jpegs()
    yield from others(outside, address)


def pack(entries, **options):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


def zips(outside=OUTSIDE):
    """Yields (name, content)."""
    good = encoded(photo(), "png")
    packed = pack([("good.png", good)])
    central = packed.index(b"PK\1\2")
    names = ["../../up.png", "/etc/cron.d/x.png", "C:\\windows\\x.png", "..\\..\\x.png", "a\0b.png", "\x1b[31m.png"]
    names += ["CON.png", "results.csv", "a/" * 500 + "deep.png", "é" * 300 + ".png", ".hidden.png", " .png", "..."]
    link = zipfile.ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    zeros = bytes(30_000_000)
    deflated = {"compression": zipfile.ZIP_DEFLATED}
    yield "hostile-names.zip", pack([(name, good) for name in names])
    yield "link.zip", pack([(link, str(outside))])
    yield "one-name-twice.zip", pack([("a.png", good), ("A.png", good), ("b.png", good)]).replace(b"b.png", b"a.png")
    yield "every-picture.zip", pack(pictures(), **deflated)
    yield "zip-in-zip.zip", pack([("inner.zip", packed)])
    yield "after-a-program.zip", b"\x7fELF" + bytes(999) + packed
    yield "two-hundred-and-one.zip", pack((f"{number}.png", b"") for number in range(201))
    yield "thousands.zip", pack((f"{number}.png", b"") for number in range(20_000))
    yield "bomb.zip", pack([("bomb.png", zeros)], **deflated)
    yield "many-bombs.zip", pack([(f"{number}.png", zeros[: 9 * 10**6]) for number in range(40)], **deflated)
    yield "overlapping.zip", overlapping(60)
    yield "says-10-bytes.zip", edited(pack([("a.png", zeros)], **deflated), central_field=24, value=10)
    yield "says-4-gigabytes.zip", edited(packed, central_field=24, value=2**32 - 2)
    yield "begins-outside.zip", edited(packed, central_field=42, value=2**31)
    yield "encrypted.zip", edited(packed, central_field=8, value=1 | 0x1400 << 16)
    yield "packed-in-another-way.zip", pack([("a.png", good)], compression=zipfile.ZIP_LZMA)
    yield "packed-in-no-way.zip", edited(packed, central_field=10, value=99)
    yield "long-comment.zip", packed[:-2] + struct.pack("<H", 65535) + b"A" * 65535
    yield "folders-alone.zip", pack([("a/", b""), ("a/b/", b"")])
    yield "no-entries.zip", pack([])
    yield "cut-off.zip", packed[: central + 9]
    yield "end-alone.zip", packed[-22:]
    yield "empty.zip", b""
    yield "text.zip", b"no ZIP"
    yield "nothing-is-a-photo.zip", pack([("a.py", b"import os"), ("b.json", b"{}")])


def edited(packed, central_field, value):
    """A ZIP whose list of contents says another 4-byte `value` of its first file."""
    place = packed.index(b"PK\1\2") + central_field
    return packed[:place] + struct.pack("<I", value) + packed[place + 4 :]


def overlapping(count):
    """A ZIP whose entries all name the same megabytes (Fifield 2019)."""
    packed = pack([("a.png", bytes(5_000_000))], compression=zipfile.ZIP_DEFLATED)
    central, end = packed.index(b"PK\1\2"), packed.index(b"PK\5\6")
    contents = packed[central:end] * count
    return (
        packed[:central]
        + contents
        + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(contents), central, 0)
    )


def strokes():
    """Yields (name, picture): what was painted on a photo, as a file."""
    yield "of-13000", png(13_000, 13_000)
    yield "of-another-shape", png(60_000, 8)
    yield "no-picture", b"no picture"
    yield "cut-off", png(40, 24, data=b"")
    yield "huge-and-cut-off", png(20_000, 20_000, data=b"")


def paintings():
    """Yields (name, value): what a page may claim was painted."""
    good = {"color": "#7d54a0", "width": 16, "points": [[10, 10], [30, 20]]}
    yield "many-strokes", {"strokes": [good] * 501}
    yield "a-long-stroke", {"strokes": [good | {"points": [[1, 1]] * 2001}]}
    yield "no-points", {"strokes": [good | {"points": []}]}
    for name, points in {
        "far-off": [[10**9, 1]],
        "not-a-number": [[math.nan, 1]],
        "of-one-number": [[1]],
        "of-three": [[1, 2, 3]],
        "of-text": [["a", "b"]],
        "of-none": [None],
    }.items():
        yield f"points-{name}", {"strokes": [good | {"points": points}]}
    for width in (0, -1, 10**6, "wide", None, math.inf):
        yield f"width-{width}", {"strokes": [good | {"width": width}]}
    for color in ("red", "#12345", "#1234567", "url(http://x)", 5, ["#123456"], "#12345é"):
        yield f"color-{color}", {"strokes": [good | {"color": color}]}
    for value in ("abc", 5, [good], {"strokes": None}, {"strokes": good}, {"photo": 5}, {"photo": {"path": None}}):
        yield f"value-{value}", value


def values(outside=OUTSIDE, address=ADDRESS):
    """Yields JSON values that may stand for any argument, as text: some are none."""
    for value in (
        None,
        True,
        False,
        "",
        "x",
        "yours",
        "../../etc/passwd",
        outside,
        address,
        0,
        1,
        -1,
        0.1,
        1.5,
        2**70,
        1e300,
        [],
        {},
        [[]],
    ):
        yield json.dumps(value)
    yield from ("NaN", "Infinity", "-Infinity", "1e400", "[" * 400 + "]" * 400, '"\\ud800"', '"a\\u0000b"')
    yield json.dumps("A" * 300_000)
    yield json.dumps([None] * 5000)
    yield json.dumps({"path": None, "meta": {"_type": "gradio.FileData"}})
    yield json.dumps({"path": 7})
    yield json.dumps({"path": str(outside), "meta": {"_type": "gradio.FileData"}})
    yield json.dumps({"path": address, "url": address, "meta": {"_type": "gradio.FileData"}})
    yield json.dumps({"url": "data:image/png;base64,AAAA", "path": ""})
    yield json.dumps({"__type__": "update", "visible": True})


def weights(outside=OUTSIDE):
    """Yields (name, content) of files for `MODEL`, none of which are weights that can be used."""
    from ae.models import catalog
    from ae.models import weights as bundled

    def written(model_id=MODEL, value=None):
        network = catalog.get(model_id).build()
        if value is not None:
            network.set_weights([np.full_like(array, value) for array in network.get_weights()])
        with tempfile.TemporaryDirectory() as folder:
            network.save_weights(Path(folder) / bundled.FILE_NAME)
            return (Path(folder) / bundled.FILE_NAME).read_bytes()

    real = written(value=0.01)

    def edited(edit):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.h5"
            path.write_bytes(real)
            with h5py.File(path, "r+") as file:
                edit(file)
            return path.read_bytes()

    kernel, bias = "layers/conv2d/vars/0", "layers/conv2d/vars/1"

    def instead(**dataset):
        def edit(file):
            del file[bias]
            file.create_dataset(bias, **dataset)

        return edit

    def linked(link):
        def edit(file):
            del file[bias]
            file[bias] = link

        return edit

    def nan(file):
        file[kernel][0] = np.nan

    def circle(file):
        file["layers/layers"] = file["layers"]

    yield "huge.h5", written(value=3e38)
    yield "negative.h5", written(value=-3e38)
    yield "absurd.h5", written(value=1e4)
    yield "another-model.h5", written("ir-best")
    yield "not-a-number.h5", edited(nan)
    yield "linked.h5", edited(linked(h5py.SoftLink(f"/{kernel}")))
    yield "linked-outside.h5", edited(linked(h5py.ExternalLink(str(outside), "/")))
    yield "stored-outside.h5", edited(instead(shape=(8,), dtype="f4", external=[(str(outside), 0, 32)]))
    yield "2-to-40.h5", edited(instead(shape=(2**40,), dtype="f4", chunks=(2**20,), compression="gzip"))
    yield "packed.h5", edited(instead(shape=(8,), dtype="f4", compression="gzip"))
    yield "objects.h5", edited(instead(shape=(8,), dtype=h5py.string_dtype()))
    yield "in-circles.h5", edited(circle)
    yield "cut-off.h5", real[:-900]
    yield "header-alone.h5", real[:600]
    yield "empty.h5", b""
    yield "text.h5", b"no weights"
    yield "pickled.h5", pickle.dumps(np.zeros(3))
    yield "archive.h5", pack([("config.json", b'{"class_name": "Lambda"}'), ("model.weights.h5", real)])


def main():
    folder = Path(sys.argv[1])
    for kind, items in (("pictures", pictures()), ("zips", zips()), ("weights", weights())):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for name, content in items:
            (folder / kind / name).write_bytes(content)


if __name__ == "__main__":
    main()
