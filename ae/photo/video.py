"""Films and animated GIFs: every frame in the model's colors, held steady over time by `ae.photo.steady`."""

import json
import os
import shutil
from contextlib import ExitStack, contextmanager
from heapq import merge
from itertools import chain, islice
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence

from ae import files
from ae.image import photos
from ae.image.photos import MAX_PIXELS, over_white
from ae.models.weights import Source
from ae.photo.colorizer import VIVIDNESS, Colorizer
from ae.photo.steady import Steady

SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".wmv", ".ogv", ".3gp", ".ts")
KEPT_SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv")  # of films; any other becomes Matroska, which takes every sound
REQUIREMENTS = "requirements-video.txt"
SEGMENT = 100  # frames that are lost at most when a run is interrupted
ENCODING = {"crf": "17", "preset": "veryfast", "bf": "0"}  # without B-frames parts can be joined as they are


def suffix_of_result(path):
    """Returns the suffix of what is made of the film or animated GIF at `path`, None if it is neither by its name."""
    suffix = Path(path).suffix.lower()
    if suffix in SUFFIXES:
        return suffix if suffix in KEPT_SUFFIXES else ".mkv"
    return ".gif" if suffix == ".gif" and _frames_of_gif(path) > 1 else None


def count_pixels(path):
    """Returns how many pixels a frame of the film or animation at `path` has. Raises ValueError as `colorize` does."""
    if Path(path).suffix.lower() == ".gif":
        return photos.count_pixels(path)
    with _film(path) as (_, _, stream):
        return stream.width * stream.height


def first_picture(path):
    """Returns the first frame of the film or animation at `path`, an RGB image. Raises as `count_pixels` does."""
    if Path(path).suffix.lower() == ".gif":
        return _open(path)
    with _film(path) as (av, film, stream):
        return _upright(av, next(film.decode(stream)))


def colorize(
    path,
    target,
    colorizer,
    source=Source(),
    *,
    vividness=VIVIDNESS,
    detail=1.0,
    reference=None,
    steady=True,
    progress=lambda done, total: None,
):
    """Writes the film or animation at `path`, with the model's colors and its own luma and sound, to `target`.

    Returns (width, height). Interrupted, it goes on where it ended when it is called again with the same arguments;
    until then what is made lies in a folder beside the target, whose name begins with "partial-". `vividness`,
    `detail` and `reference` are those of `Colorizer.process`; `steady` is False for frames that know nothing of one
    another. `progress` is called with the frames that are done and all of them, 0 if that is not known.

    Raises ValueError for a file that is no such film, or without the packages of `REQUIREMENTS`, and what
    `Colorizer.process` raises.
    """
    path, target = Path(path), Path(target)
    settings = {"colorizer": colorizer, "source": str(source), "vividness": vividness, "detail": detail}
    settings |= {
        "reference": reference and reference.key,
        "steady": steady,
        "bytes": path.stat().st_size,
        "modified": path.stat().st_mtime_ns,
    }
    work = _Work(target, settings)
    hold, model = Steady(work.state), Colorizer.load(colorizer, source)

    def paint(frame):
        return model.process(frame, vividness, detail, hold=hold if steady else None, reference=reference)

    make = _colorize_animation if target.suffix == ".gif" else _colorize_film
    size = make(path, work, paint, lambda: hold.state, progress)
    os.replace(work.whole, target)
    shutil.rmtree(work.folder)
    return size


class _Work:
    """A folder of parts beside the target, of which `done` are whole, and the `state` of `Steady` after them.

    What was made with other settings is thrown away. `whole` is the path of what is made of the parts.
    """

    def __init__(self, target, settings):
        self.folder = folder = target.with_name(f"partial-{target.name}")
        self.whole = folder / f"whole{target.suffix}"
        text, file = json.dumps(settings), folder / "settings.json"
        if folder.is_dir() and not (file.is_file() and file.read_text() == text):
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        files.replace(file, lambda path: path.write_text(text))
        self.done, self.state = 0, None
        if (folder / "state.npz").exists():
            with np.load(folder / "state.npz") as arrays:
                self.done = int(arrays["done"])
                self.state = (arrays["y"], arrays["chroma"]) if "y" in arrays else None

    def part(self, number=None):
        """Returns the path of a part, of the next one if not told."""
        return self.folder / f"{self.done if number is None else number:06}"

    def keep(self, state):
        """One more part is whole."""
        self.done += 1
        arrays = {"done": self.done} | (dict(zip(("y", "chroma"), state)) if state else {})

        def write(path):
            with path.open("wb") as file:
                np.savez(file, **arrays)

        files.replace(self.folder / "state.npz", write)


@contextmanager
def _film(path):
    """Yields (PyAV, the opened film, the stream of its pictures)."""
    av = _need_av()
    try:
        with av.open(path) as film:
            if not film.streams.video:
                raise ValueError("This file has no moving pictures. Choose a film.")
            stream = film.streams.video[0]
            if stream.width * stream.height > MAX_PIXELS:
                raise ValueError(f"Expected at most {MAX_PIXELS:,} pixels. Received: {stream.width} × {stream.height}.")
            yield av, film, stream
    except av.FFmpegError as error:
        raise ValueError(f"This film is damaged, or of a kind that cannot be read ({error.strerror}).") from error


def _colorize_film(path, work, paint, state, progress):
    with _film(path) as (av, film, stream):
        stream.thread_type = "AUTO"
        total = stream.frames or round((film.duration or 0) / av.time_base * (stream.average_rate or 0))
        frames = islice(film.decode(stream), SEGMENT * work.done, None)
        while (frame := next(frames, None)) is not None:
            segment = chain([frame], islice(frames, SEGMENT - 1))
            numbered = enumerate(segment, SEGMENT * work.done + 1)
            _encode(av, work.part(), stream, numbered, paint, lambda done: progress(done, max(done, total)))
            work.keep(state())
        if not work.done:
            raise ValueError("This film has no picture that can be read. Choose another.")
        return _join(av, path, work)


def _encode(av, path, stream, numbered, paint, progress):
    """Writes a part of a film, in NUT, which keeps every frame's time as it is."""
    with av.open(path, "w", format="nut") as part:
        out = part.add_stream("libx264", stream.average_rate, options=ENCODING)
        out.codec_context.time_base = stream.time_base
        size = None
        for number, frame in numbered:
            if frame.pts is None:
                raise ValueError("The pictures of this film have no times. Convert it to MP4.")
            image = _upright(av, frame)
            if size is None:
                size = out.width, out.height = image.size
                out.pix_fmt = "yuv444p" if any(side % 2 for side in size) else "yuv420p"
                out.codec_context.colorspace, out.codec_context.color_range = 1, 1  # BT.709, 16 to 235
            new = av.VideoFrame.from_image(paint(image if image.size == size else image.resize(size)))
            new = new.reformat(format=out.pix_fmt, dst_colorspace="ITU709", dst_color_range="MPEG")
            new.pts, new.time_base = frame.pts, stream.time_base
            part.mux(out.encode(new))
            progress(number)
        part.mux(out.encode(None))


def _upright(av, frame):
    """Returns the frame as an RGB image, as it is to be seen."""
    tagged = frame.colorspace != 2  # 2: not said, and then small pictures have BT.601, large ones BT.709
    standard = {} if tagged else {"src_colorspace": "ITU709" if frame.height >= 720 else "ITU601"}
    image = frame.reformat(format="rgb24", **standard).to_image()
    return image.rotate(frame.rotation, expand=True) if frame.rotation else image


def _join(av, path, work):
    """Makes one film of the parts and of the sound of the film at `path`; returns its (width, height)."""
    with ExitStack() as opened:
        parts = [opened.enter_context(av.open(work.part(number))) for number in range(work.done)]
        film, whole = opened.enter_context(av.open(path)), opened.enter_context(av.open(work.whole, "w"))
        (first,) = parts[0].streams.video
        video = whole.add_stream_from_template(first)
        sounds = {stream.index: whole.add_stream_from_template(stream) for stream in film.streams.audio}

        def pictures():
            for part in parts:
                for packet in part.demux(video=0):
                    if packet.pts is not None:  # the last one is empty
                        packet.dts = packet.pts  # no picture waits for a later one
                        yield packet, video

        def sound():
            for packet in film.demux(audio=tuple(range(len(sounds)))) if sounds else ():
                if packet.dts is not None:
                    yield packet, sounds[packet.stream.index]

        for packet, stream in merge(pictures(), sound(), key=lambda item: item[0].dts * item[0].time_base):
            packet.stream = stream
            whole.mux(packet)
        return first.width, first.height


def _colorize_animation(path, work, paint, state, progress):
    with Image.open(path, formats=["GIF"]) as animation:
        if animation.width * animation.height > MAX_PIXELS:
            raise ValueError(
                f"Expected at most {MAX_PIXELS:,} pixels. Received: {animation.width} × {animation.height}."
            )
        durations = []
        for number, frame in enumerate(ImageSequence.Iterator(animation)):
            durations.append(frame.info.get("duration", 100))
            if number >= work.done:
                colored = paint(over_white(frame.convert("RGBA")))
                colored.save(work.part(), "PNG", compress_level=1)
                work.keep(state())
            progress(number + 1, animation.n_frames)
        loop = {"loop": animation.info["loop"]} if "loop" in animation.info else {}
    palette = _palette([work.part(number) for number in range(work.done)])
    pictures = (
        _open(work.part(number)).quantize(palette=palette, dither=Image.Dither.NONE) for number in range(work.done)
    )
    first = next(pictures)
    first.save(work.whole, save_all=True, append_images=pictures, duration=durations, **loop)
    return first.size


def _palette(paths):
    """One palette for all frames, made of some of them: with one for each, the colors would flicker."""
    some = [_open(path).resize((64, 64)) for path in paths[:: max(1, len(paths) // 64)]]
    sheet = np.concatenate([np.asarray(image) for image in some])
    return Image.fromarray(sheet).quantize(256, Image.Quantize.MEDIANCUT)


def _open(path):
    with Image.open(path) as image:
        return image.convert("RGB")


def _frames_of_gif(path):
    try:
        with Image.open(path, formats=["GIF"]) as image:
            return image.n_frames
    except Exception:  # what is wrong with it is told when it is opened as a photo
        return 1


def _need_av():
    try:
        import av
    except ImportError as error:
        raise ValueError(f"A film needs PyAV, which is not installed. Run `pip install -r {REQUIREMENTS}`.") from error
    return av
