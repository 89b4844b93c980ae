"""Whatever is given, a photo, a reason or a sentence comes back: bytes, ZIPs and arguments that nobody thought of."""

import io
import zipfile
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import corpus
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ae.image.photos import MAX_PIXELS, PhotoError, open_photo
from ae.models import catalog, own
from ae.photo.intake import MAX_PHOTOS, gather, safe_name, unused_name

FORMATS = ("png", "jpeg", "gif", "webp", "bmp", "tiff", "ppm", "avif")
WHOLE = {kind: corpus.encoded(corpus.photo(), kind) for kind in FORMATS}
few = settings(max_examples=100, deadline=None, derandomize=True)
names = st.text(max_size=300) | st.lists(st.sampled_from(["..", ".", "a", "C:", "", " ", "é.png", "\0"])).map("/".join)


@st.composite
def damaged(draw, whole):
    """A file some of whose bytes are others, with something in its middle, and perhaps not whole."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 8))):
        content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    place = draw(st.integers(0, len(content)))
    content[place:place] = draw(st.binary(max_size=20))
    return bytes(content[: draw(st.integers(0, len(content)) | st.just(len(content)))])


def check_sentence(error):
    message = str(error)
    assert message.endswith(".") and "\n" not in message and len(message) < 1000


def check_photo(content):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.png"
        path.write_bytes(content)
        try:
            image = open_photo(path)
        except PhotoError as error:
            check_sentence(error)
        else:
            assert image.mode == "RGB" and 0 < image.width * image.height <= MAX_PIXELS
            image.tobytes()


@few
@given(st.sampled_from(FORMATS).flatmap(lambda kind: damaged(WHOLE[kind])))
def test_a_damaged_photo_is_a_photo_or_a_sentence(content):
    check_photo(content)


@few
@given(st.binary(max_size=300))
def test_any_bytes_are_a_photo_or_a_sentence(content):
    check_photo(content)


def check_zip(content):
    with TemporaryDirectory() as root:
        folder = Path(root) / "in"
        folder.mkdir()
        path = Path(root) / "a.zip"
        path.write_bytes(content)
        try:
            photos = gather([("a.zip", path)], folder)
        except ValueError as error:
            check_sentence(error)
        else:
            assert len({photo.name.casefold() for photo in photos}) == len(photos) <= MAX_PHOTOS
            for photo in photos:
                check_name(photo.name)
                assert bool(photo.path) != bool(photo.reason)
                assert photo.path is None or photo.path.is_file() and photo.path.is_relative_to(folder)
        assert {path.name for path in Path(root).iterdir()} == {"in", "a.zip"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@few
@given(st.lists(st.tuples(names, st.binary(max_size=50)), max_size=10), st.sampled_from([0, 8]))
def test_a_zip_of_any_names_stays_in_its_folder(entries, compression):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(zipfile.ZipInfo(name or "a"), content)
    check_zip(file.getvalue())


@few
@given(damaged(corpus.pack([("a.png", WHOLE["png"]), ("b/ü.jpg", WHOLE["jpeg"])])))
def test_a_damaged_zip_gives_photos_reasons_or_a_sentence(content):
    check_zip(content)


def check_name(name):
    path = PurePosixPath(name)
    assert name and not path.is_absolute() and ".." not in path.parts and len(path.parts) <= 8
    assert not set(name) & set('\0\n\r\t\x1b\\<>:"|?*')
    assert all(len(part.encode()) < 250 and part == part.strip(" ").rstrip(".") for part in path.parts)


@few
@given(names)
@example("a/" * 5000)
def test_a_safe_name_leads_nowhere_and_stays_as_it_is(name):
    safe = safe_name(name)
    check_name(safe)
    assert safe_name(safe) == safe


@few
@given(st.lists(names.map(safe_name), max_size=20))
def test_names_that_were_used_are_not_used_again(given_names):
    taken = set()
    assert len({unused_name(name, taken).casefold() for name in given_names}) == len(given_names)


@few
@given(st.text(max_size=100) | st.from_regex(r"own(-\d+){1,5}-k\d-\w+-\w+", fullmatch=True))
def test_an_id_is_a_models_or_a_sentence_names_those_there_are(model_id):
    try:
        architecture = catalog.get(model_id)
    except ValueError as error:
        assert "Expected" in str(error) and "Received: " in str(error) and len(str(error)) < 1000
    else:
        assert architecture.id == model_id


@few
@given(
    st.lists(st.integers(1, own.CHANNELS), min_size=1, max_size=own.LEVELS),
    st.sampled_from(own.KERNELS),
    st.sampled_from(list(own.POOLINGS)),
    st.sampled_from(own.ACTIVATIONS),
)
def test_every_architecture_that_can_be_chosen_has_an_id_that_says_it(channels, kernel, pooling, activation):
    model_id = own.model_id(channels, kernel, pooling, activation)
    assert own.architecture(model_id).multiple == 2 ** (len(channels) - 1)
