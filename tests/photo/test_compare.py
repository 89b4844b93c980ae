import bundled
import numpy as np
import pytest
from gradio_client import handle_file
from PIL import Image
from same import same_picture
from server import connect

import ae
from ae.evaluation.results import read_results
from ae.image.color import luma, to_u8
from ae.image.photos import PhotoError
from ae.models.baselines import BASELINES
from ae.models.catalog import ARCHITECTURES
from ae.models.weights import Source
from ae.photo import compare, pipeline
from ae.ui.controls import EXAMPLES

RECONSTRUCTORS = ["ir-kernels", "ir-initial", "ir-residual-s"]
COLORIZERS = ["color-report"]


def rank(name, task, ids):
    return compare.rank(EXAMPLES / name, task, [(ARCHITECTURES[i].title, i, Source()) for i in ids])


def of_task(task):
    return [i for i, baseline in BASELINES.items() if baseline.task == task]


def psnrs(results):
    """Of what has a rank."""
    return [result.metrics["psnr"] for result in results if result.image and not result.exact]


@pytest.mark.parametrize("task, ids", [("reconstruct", RECONSTRUCTORS), ("colorize", COLORIZERS)])
def test_models_and_baselines_best_first_with_their_own_pictures_and_metrics(task, ids):
    original, ranked = rank("horse.png", task, ids)
    assert np.array_equal(np.asarray(original), np.asarray(Image.open(EXAMPLES / "horse.png")))
    assert {result.id for result in ranked} == {*ids, *of_task(task)}
    assert [result.id for result in ranked if result.exact] == (["pca-4x4-48"] if task == "reconstruct" else [])
    assert not any(result.exact for result in ranked[:-1])
    assert psnrs(ranked) == sorted(psnrs(ranked), reverse=True)
    rgb = np.float32(original)[None] / 255
    for result in ranked:
        if result.image:
            assert result.metrics == pytest.approx(pipeline.compare(original, result.image))
        if result.id in ids:
            by_hand = bundled.load(result.id).predict_on_batch(rgb if task == "reconstruct" else luma(rgb))
            assert same_picture(result.image, to_u8(by_hand)[0])
            assert result.title == ARCHITECTURES[result.id].title and result.weights == "Bundled weights."
        measured = read_results()[result.id]
        assert (result.parameters, result.latent) == (measured["parameters"], measured["latent"])


def test_the_baselines_pictures():
    original, results = rank("cat-1.png", "colorize", COLORIZERS)
    made = {result.id: np.asarray(result.image) for result in results}
    gray = to_u8(luma(np.float32(original) / 255))
    assert np.array_equal(made["gray-copy"], np.repeat(gray, 3, axis=-1))
    assert (made["always-red"] == (255, 0, 0)).all()
    _, results = rank("cat-1.png", "reconstruct", [])
    made = {result.id: result for result in results}
    assert np.array_equal(np.asarray(made["pca-4x4-48"].image), np.asarray(original))  # all 48 of 48
    assert made["pca-4x4-16"].metrics["psnr"] > made["bicubic-16"].metrics["psnr"] + 5
    assert made["pca-1024"].metrics["psnr"] > made["pca-4x4-16"].metrics["psnr"]


def test_a_photo_without_colors():
    _, results = rank("photographer.png", "reconstruct", RECONSTRUCTORS)
    assert all(set(result.metrics) == {"psnr", "ssim"} for result in results if result.image)
    assert psnrs(results) == sorted(psnrs(results), reverse=True)
    _, results = rank("photographer.png", "colorize", COLORIZERS)
    assert [result.id for result in results] == [*COLORIZERS, *of_task("colorize")]
    assert all(result.image and result.metrics == {} for result in results)


def test_a_model_without_weights_is_listed_with_the_reason_and_the_others_are_there(tmp_path):
    own = "own-2-k1-max-tanh"
    models = [("Nowhere", own, Source(folder=tmp_path)), ("Initial model", "ir-initial", Source())]
    _, results = compare.rank(EXAMPLES / "horse.png", "reconstruct", models)
    failed = {result.title: result for result in results if result.image is None}
    assert set(failed) == {"Nowhere"}
    assert f"expected {own}/model.weights.h5, found none" in failed["Nowhere"].reason
    assert {result.id for result in results[:-1]} == {"ir-initial", *of_task("reconstruct")}


def test_one_model_twice_each_with_its_own_weights(tmp_path):
    (tmp_path / "ir-initial").mkdir()
    model = ae.load("ir-initial")
    model.set_weights([np.full_like(array, 0.01) for array in model.get_weights()])
    model.save_weights(tmp_path / "ir-initial" / "model.weights.h5")
    models = [("Initial model", "ir-initial", Source()), ("Yours", "ir-initial", Source(folder=tmp_path))]
    _, results = compare.rank(EXAMPLES / "horse.png", "reconstruct", models)
    bundled, yours = [result for result in results if result.id == "ir-initial"]
    assert (bundled.title, yours.title) == ("Initial model", "Yours")
    assert bundled.metrics["psnr"] > yours.metrics["psnr"] + 5
    assert yours.weights == f"Weights from the folder {tmp_path.name}."


def test_progress_names_what_is_at_hand():
    steps = []
    models = [("Initial", "ir-initial", Source()), ("Best", "ir-best", Source())]
    compare.rank(EXAMPLES / "horse.png", "reconstruct", models, lambda share, text: steps.append((share, text)))
    titles = ["Initial", "Best", *(BASELINES[i].title for i in of_task("reconstruct"))]
    assert steps == [(number / len(titles), title) for number, title in enumerate(titles)]


def test_what_is_no_photo_or_no_task_is_refused(tmp_path):
    (tmp_path / "notes.jpg").write_text("no photo")
    with pytest.raises(PhotoError, match="No photo was given"):
        compare.rank(None, "reconstruct", [])
    with pytest.raises(PhotoError, match="no photo that can be read here"):
        compare.rank(tmp_path / "notes.jpg", "reconstruct", [])
    with pytest.raises(ValueError, match="Expected one of the tasks reconstruct, colorize. Received: 'colour'"):
        compare.rank(EXAMPLES / "horse.png", "colour", [])


def test_the_endpoint_returns_the_results_and_their_pictures(app_url):
    results, pictures = connect(app_url).predict(handle_file(EXAMPLES / "cat-2.png"), "colorize", api_name="/compare")
    colorizers = [i for i in read_results() if i in ARCHITECTURES and ARCHITECTURES[i].task == "colorize"]
    assert {row["id"] for row in results} == {*colorizers, *of_task("colorize")}
    _, expected = rank("cat-2.png", "colorize", colorizers)
    assert [row["psnr"] for row in results] == pytest.approx(psnrs(expected), abs=0.01)
    assert {"title", "parameters", "latent", "ssim", "accuracy", "reason"} < set(results[0])
    for row, picture, result in zip(results, pictures, expected, strict=True):
        assert picture["caption"].startswith(row["title"])
        assert same_picture(Image.open(picture["image"]), result.image)


def test_at_its_own_size_a_photo_is_whole_and_the_models_alone_are_compared(tmp_path):
    wide = Image.open(EXAMPLES / "coffee.jpg").resize((1100, 300))
    wide.save(tmp_path / "wide.png")
    models = [(i, i, Source()) for i in ("ir-initial", "ir-residual", "ir-nowhere")]
    photo, results = compare.rank(tmp_path / "wide.png", "reconstruct", models, own_size=True)
    assert photo.size == (1024, 279)
    assert [result.id for result in results] == ["ir-residual", "ir-initial", "ir-nowhere"]
    assert {result.image.size for result in results[:2]} == {photo.size} and results[2].reason
    assert results[0].metrics["psnr"] > results[1].metrics["psnr"] > 20
    assert [result.latent for result in results[1:2]] == [16 * 256 * 70]  # 8 × 8 × 16 of 32 × 32
    _, [colored] = compare.rank(tmp_path / "wide.png", "colorize", [("c", "color-photo", Source())], own_size=True)
    assert colored.image.size == photo.size and colored.metrics.keys() == {"psnr", "ssim", "accuracy"}
