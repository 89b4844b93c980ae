import io
import subprocess
import sys
import zipfile
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageSequence
from same import same_picture
from server import ROOT

from ae.image.color import chroma, luma
from ae.photo import many, video
from ae.photo.colorizer import Colorizer
from ae.photo.steady import KEEP, Steady, flicker
from ae.ui.controls import EXAMPLES

av = pytest.importorskip("av", reason="not installed: pip install -r requirements-video.txt")
MODEL = "color-report"  # the quickest


def still(frames, size=(64, 48), name="coffee.jpg"):
    """Yields uint8 (H, W, 3): a gray photo as a camera with noise sees it that does not move."""
    noise = np.random.default_rng(0)
    gray = np.float32(Image.open(EXAMPLES / name).convert("L").resize(size))[..., None]
    for _ in range(frames):
        seen = gray + noise.normal(0, 5, gray.shape)
        yield np.repeat(np.clip(seen, 0, 255).astype(np.uint8), 3, -1)


def write(path, frames, rate=25, sound=True):
    """A film, its sound a tone of the same length."""
    frames = list(frames)
    height, width, _ = frames[0].shape
    with av.open(path, "w") as film:
        pictures = film.add_stream("libx264", rate, options={"crf": "8"})
        pictures.width, pictures.height = width, height
        pictures.pix_fmt = "yuv444p" if width % 2 else "yuv420p"
        tone = film.add_stream("aac", 48_000) if sound else None
        for number, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = number
            film.mux(pictures.encode(frame))
        film.mux(pictures.encode(None))
        samples = np.sin(np.arange(len(frames) * 48_000 // rate) / 20).astype(np.float32)
        for start in range(0, len(samples), 1024) if sound else ():
            frame = av.AudioFrame.from_ndarray(samples[None, start : start + 1024], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 48_000, start
            film.mux(tone.encode(frame))
        if sound:
            film.mux(tone.encode(None))
    return path


def pictures(path):
    with av.open(path) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def times(path):
    with av.open(path) as film:
        return [float(frame.pts * frame.time_base) for frame in film.decode(video=0)]


def sound(path):
    with av.open(path) as film:
        return b"".join(bytes(packet) for packet in film.demux(audio=0))


def test_colors_flicker_a_third_as_much_as_frame_by_frame(tmp_path):
    film = write(tmp_path / "film.mp4", still(20))
    for name, steady in (("each.mp4", False), ("steady.mp4", True)):
        assert video.colorize(film, tmp_path / name, "color-unet", steady=steady) == (64, 48)
    each, steady = (pictures(tmp_path / name) for name in ("each.mp4", "steady.mp4"))
    assert flicker(steady) <= flicker(each) / 3
    assert np.abs(chroma(np.float32(steady) / 255)).mean() > 0.7 * np.abs(chroma(np.float32(each) / 255)).mean()


def test_a_film_keeps_its_times_its_sound_its_luma_and_its_size(tmp_path):
    film = write(tmp_path / "film.mp4", still(7, (33, 25)), rate=10)
    done = []
    assert video.colorize(film, tmp_path / "out.mp4", MODEL, progress=lambda *now: done.append(now)) == (33, 25)
    assert times(tmp_path / "out.mp4") == pytest.approx(times(film), abs=1e-3)
    assert sound(tmp_path / "out.mp4") == sound(film)
    before, after = (luma(np.float32(pictures(path))) for path in (film, tmp_path / "out.mp4"))
    assert before.shape == after.shape and np.abs(before - after).mean() < 3
    assert done == [(number, 7) for number in range(1, 8)]
    assert {path.name for path in tmp_path.iterdir()} == {"film.mp4", "out.mp4"}


def test_an_interrupted_film_ends_with_the_pictures_that_it_would_have_had(tmp_path, monkeypatch):
    monkeypatch.setattr(video, "SEGMENT", 4)
    film = write(tmp_path / "film.mp4", still(11))
    video.colorize(film, tmp_path / "whole.mp4", MODEL)

    def stop(done, total):
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        video.colorize(film, tmp_path / "parts.mp4", MODEL, progress=stop)
    assert not (tmp_path / "parts.mp4").exists()
    done = []
    video.colorize(film, tmp_path / "parts.mp4", MODEL, progress=lambda now, total: done.append(now))
    assert done == [5, 6, 7, 8, 9, 10, 11]
    for whole, parts in zip(pictures(tmp_path / "whole.mp4"), pictures(tmp_path / "parts.mp4"), strict=True):
        assert same_picture(whole, parts)


def test_what_was_made_with_another_setting_is_not_gone_on_with(tmp_path, monkeypatch):
    monkeypatch.setattr(video, "SEGMENT", 2)
    film = write(tmp_path / "film.mp4", still(4))

    def stop(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        video.colorize(film, tmp_path / "out.mp4", MODEL, progress=stop)
    done = []
    video.colorize(film, tmp_path / "out.mp4", MODEL, detail=2.0, progress=lambda now, total: done.append(now))
    assert done == [1, 2, 3, 4]


def test_nothing_is_kept_over_a_cut_and_colors_follow_what_moves():
    noise = np.random.default_rng(0)
    y, colors = (noise.random((24, 32, channels)).astype(np.float32) for channels in (1, 2))
    hold = Steady()
    assert (hold(y, colors) == colors).all()
    assert (hold(1 - y[::-1], colors) == colors).all()
    hold = Steady()
    hold(y, colors)
    moved = hold(np.roll(y, 2, 1), np.zeros_like(colors))
    assert np.abs(moved - KEEP * np.roll(colors, 2, 1))[:, 6:-4].max() < 1e-3


def test_a_thing_that_was_not_there_has_its_own_color():
    y, colors = np.full((24, 32, 1), 0.5, np.float32), np.full((24, 32, 2), 0.1, np.float32)
    hold = Steady()
    hold(y, colors)
    new_y, new_colors = y.copy(), colors.copy()
    new_y[8:16, 8:16], new_colors[8:16, 8:16] = 0.9, -0.2
    shown = hold(new_y, new_colors)
    assert np.abs(shown[10:14, 10:14] + 0.2).max() < 0.01 and np.abs(shown[:4] - 0.1).max() < 1e-6


def test_flicker_is_the_change_of_chroma_where_luma_stands_still():
    gray = np.full((16, 16, 3), 100, np.uint8)
    tinted = gray + np.uint8([0, 0, 20])
    assert flicker([gray, gray]) == 0
    assert flicker([gray, tinted]) == pytest.approx(np.abs(chroma(np.float32([0, 0, 20]) / 255)).mean(), rel=1e-4)
    assert flicker([gray, gray + np.uint8(50)]) == 0  # the luma does not stand still


def test_an_animation_keeps_its_times_and_one_palette(tmp_path):
    frames = [Image.fromarray(pixels) for pixels in still(5, (40, 24))]
    given = tmp_path / "a.gif"
    frames[0].save(given, save_all=True, append_images=frames[1:], duration=[50, 60, 70, 80, 90], loop=0)
    assert video.suffix_of_result(given) == ".gif"
    assert video.colorize(given, tmp_path / "out.gif", MODEL) == (40, 24)
    with Image.open(tmp_path / "out.gif") as made:
        assert made.n_frames == 5 and made.info["loop"] == 0
        assert [frame.info["duration"] for frame in ImageSequence.Iterator(made)] == [50, 60, 70, 80, 90]
        shown = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(made)]
    first = np.asarray(Colorizer.load(MODEL).process(frames[0]))
    assert np.abs(np.int16(shown[0]) - first).mean() < 8  # as near as 256 colors come
    assert len(np.unique(np.concatenate(shown).reshape(-1, 3), axis=0)) <= 256
    assert not any(np.array_equal(one, other) for one, other in pairwise(shown))


@pytest.mark.parametrize(
    "name, suffix",
    [("a.mp4", ".mp4"), ("A.MOV", ".mov"), ("a.webm", ".mkv"), ("a.jpg", None), ("none.gif", None), ("a", None)],
)
def test_what_counts_as_a_film(tmp_path, name, suffix):
    assert video.suffix_of_result(tmp_path / name) == suffix


def run_of(folder, *files, until=lambda run: False):
    """Returns the `many.Run` of those files, stopped once `until` holds, and {file: outcome}."""
    run = many.Run([(file.name, file) for file in files], folder / "run", MODEL, previews=folder)
    while not run.wait(0.01):
        if until(run):
            run.stop()
    return run, {outcome.file: outcome for outcome in run.outcomes}


def animation(path, frames):
    first, *others = (Image.fromarray(pixels) for pixels in frames)
    first.save(path, save_all=True, append_images=others)
    return path


def test_a_pile_of_photos_may_hold_films_and_animations(tmp_path):
    films = write(tmp_path / "film.mp4", still(4)), animation(tmp_path / "moving.gif", still(3))
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as more:
        more.write(films[0], "folder/zipped.mp4")
    run, outcomes = run_of(tmp_path, *films, tmp_path / "more.zip")
    assert {outcome.status for outcome in outcomes.values()} == {"done"} and not run.films
    for outcome in outcomes.values():
        assert (outcome.width, outcome.height) == (64, 48) == Image.open(outcome.preview).size
    with zipfile.ZipFile(run.zip) as results:
        for name in ("film-colorized.mp4", "folder/zipped-colorized.mp4"):
            assert len(pictures(io.BytesIO(results.read(name)))) == 4
        assert Image.open(results.open("moving-colorized.gif")).n_frames == 3


def test_a_pile_takes_no_film_that_is_too_long_or_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(many, "MAX_FRAMES", 3)
    monkeypatch.setattr(video, "MAX_PIXELS", 63 * 48)
    files = animation(tmp_path / "long.gif", still(4, (32, 24))), write(tmp_path / "large.mp4", still(2))
    _, outcomes = run_of(tmp_path, *files)
    assert "at most 3 frames. Received: 4." in outcomes["long.gif"].reason
    assert "Received: 64 × 48" in outcomes["large.mp4"].reason


def test_a_pile_that_is_stopped_does_not_wait_for_a_film(tmp_path):
    film = write(tmp_path / "film.mp4", still(600))
    seen = {}
    _, outcomes = run_of(tmp_path, film, until=lambda run: seen.update(run.films) or seen)
    done, total, _ = seen["film.mp4"]
    assert 1 <= done < total == 600 and outcomes["film.mp4"].reason == many.CUT_SHORT


def test_without_pyav_a_film_is_told_what_it_needs(tmp_path, monkeypatch):
    film = write(tmp_path / "film.mp4", still(2))
    monkeypatch.setitem(sys.modules, "av", None)
    _, outcomes = run_of(tmp_path, film)
    assert "A film needs PyAV, which is not installed." in outcomes["film.mp4"].reason


def command(*arguments):
    run = [sys.executable, "-m", "ae", "colorize", *arguments, "--model", MODEL]
    return subprocess.run(run, cwd=ROOT, capture_output=True, text=True)


def test_the_command_takes_films_among_photos(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    write(photos / "film.mp4", still(3), sound=False)
    (photos / "bad.mp4").write_bytes(b"no film")
    Image.fromarray(next(still(1))).save(photos / "photo.png")
    first = command(photos, "--out", tmp_path / "out")
    assert first.returncode == 1 and "2 colorized, 0 skipped, 1 failed" in first.stdout
    assert "bad.mp4: This film is damaged" in first.stderr and "Traceback" not in first.stderr
    assert len(pictures(tmp_path / "out" / "film-colorized.mp4")) == 3
    assert (tmp_path / "out" / "photo-colorized.png").is_file()
    assert not list((tmp_path / "out").glob("partial-*/*.nut"))
    again = command(photos, "--out", tmp_path / "out")
    assert "0 colorized, 2 skipped, 1 failed" in again.stdout
