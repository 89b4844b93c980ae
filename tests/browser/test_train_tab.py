import json
import os
import select
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import h5py
import pytest
from playwright.sync_api import expect
from tabs import open_tab

from ae.models.description import describe
from ae.training import child
from ae.ui import texts
from ae.ui.controls import EXAMPLES

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes as Linux shows them")
PATIENCE_S = 30


def fill(page, label, value):
    field = page.get_by_label(f"number input for {label}")
    field.fill(str(value))
    field.press("Tab")


def opened(open_page):
    page = open_page(query="tab=train")
    expect(page.locator("#train-sizes")).to_contain_text("own-8-12-16-k3-max-relu")
    return page


def choose(page, channels, kernel, epochs, images):
    """A network of two levels; returns its id."""
    fill(page, "Levels", 2)
    for level in (1, 2):
        fill(page, f"Channels of level {level}", channels)
    page.get_by_label(f"{kernel} × {kernel}").check()
    page.get_by_label(texts.TRAIN_ACTIVATION).click()
    page.get_by_role("option", name="linear", exact=True).click()
    model_id = f"own-{channels}-{channels}-k{kernel}-max-linear"
    expect(page.locator("#train-sizes")).to_contain_text(model_id)
    fill(page, "Epochs", epochs)
    fill(page, "Training images", images)
    return model_id


def runs(model_id):
    """The processes that train it: the other tests' trainings have other networks."""
    command = ["pgrep", "-f", f"[a]e\\.training\\.child {model_id} "]
    return [int(process) for process in subprocess.run(command, capture_output=True, text=True).stdout.split()]


def have_ended(processes):
    """Whether they all end before one's patience does; of what is ended already nothing is found."""
    for process in processes:
        with suppress(ProcessLookupError):
            ending = os.pidfd_open(process)
            try:
                if not select.select([ending], [], [], PATIENCE_S)[0]:
                    return False
            finally:
                os.close(ending)
    return True


def test_the_diagram_changes_the_network(go_on):
    page = opened(go_on)
    facts = describe("own-8-12-16-k3-max-relu")
    expect(page.locator("#train-sizes")).to_contain_text(f"{facts['parameters']:,} parameters")
    images = page.get_by_label(f"number input for {texts.TRAIN_IMAGES}")
    expect(images).to_have_attribute("max", str(child.most_images()))
    latent = page.get_by_role("button", name=texts.TRAIN_LAYER_CONTROL.format(level=3, channels=16))
    latent.click()
    page.locator("input.of-layer").fill("20")
    page.locator("input.of-layer").press("Enter")
    expect(page.locator("#train-sizes")).to_contain_text("own-8-12-20-k3-max-relu")
    page.get_by_role("button", name=texts.TRAIN_LAYER_CONTROL.format(level=2, channels=12)).last.press(" ")
    page.locator("input.of-layer").fill("999")
    expect(page.locator("#becomes")).to_have_text("Expected 1 to 64. 999 becomes 64.")
    page.locator("input.of-layer").press("Enter")
    expect(page.locator("#train-sizes")).to_contain_text("own-8-64-20-k3-max-relu")
    expect(page.locator("#becomes")).to_have_count(0)
    page.get_by_role("button", name=texts.TRAIN_FEWER_LEVELS).click()
    expect(page.locator("#train-sizes")).to_contain_text("own-8-64-k3-max-relu")
    page.get_by_role("button", name=texts.TRAIN_MORE_LEVELS).click()
    expect(page.locator("#train-sizes")).to_contain_text("own-8-64-20-k3-max-relu")


def test_a_model_is_trained_watched_and_downloaded(go_on):
    page = go_on(query="tab=train")
    model_id = choose(page, 1, 1, epochs=2, images=100)
    page.locator("#train-start").click()
    status = page.locator("#train-status")
    expect(page.locator("#train-bar progress")).to_be_visible()  # something moves before anything is known
    expect(status).to_contain_text("Finished. After epoch 2 ", timeout=180_000)
    expect(page.locator("#train-bar progress")).to_have_count(0)
    open_tab(page, texts.PHOTO_TAB)
    open_tab(page, texts.TRAIN_TAB)
    expect(page.locator("#train-sizes")).to_be_visible()
    assert page.locator("#train-pictures img").count() == 8
    assert all(image.get_attribute("alt") for image in page.locator("#train-pictures img").all())
    assert page.locator("#train-curves svg.chart").count() == 2
    for width in (390, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    with page.expect_download() as download:
        page.locator("#train-history").click()
    assert download.value.suggested_filename == "history.json"
    history = json.loads(Path(download.value.path()).read_text())
    assert history["model"] == model_id and len(history["epochs"]) == 2
    assert f"{history['epochs'][-1]['val_accuracy']:.1%}" in status.inner_text()
    with page.expect_download() as download:
        page.locator("#train-weights").click()
    assert download.value.suggested_filename == "model.weights.h5" and h5py.is_hdf5(download.value.path())


@LINUX
def test_stop_and_closing_the_page_end_the_process(open_page):
    page = opened(open_page)
    model_id = choose(page, 64, 7, epochs=50, images=2000)  # half an hour of work
    status = page.locator("#train-status")
    page.locator("#train-start").click()
    expect(status).to_contain_text("Starting")
    page.locator("#train-stop").click()
    expect(status).to_contain_text(f"Stopped. {texts.TRAIN_NOTHING_KEPT}")
    assert have_ended(runs(model_id))  # a tool of the system that it has called may outlive it

    page.locator("#train-start").click()
    expect(status).to_contain_text("loss")
    [process] = runs(model_id)
    page.close()
    assert have_ended([process])


@LINUX
def test_a_run_on_ones_own_pictures_at_its_limit_of_memory_leaves_what_there_is(open_page, tmp_path):
    import resource

    page = opened(open_page)
    model_id = choose(page, 2, 1, epochs=50, images=100)
    with zipfile.ZipFile(tmp_path / "pile.zip", "w") as archive:
        for number in range(20):
            archive.write(EXAMPLES / "tabby.jpg", f"{number}.jpg")
    page.get_by_role("button", name=texts.TRAIN_OWN_PICTURES).click()
    page.locator("#train-files input[type=file]").set_input_files(tmp_path / "pile.zip")
    expect(page.locator("#train-files")).to_contain_text("pile")
    page.locator("#train-start").click()
    status = page.locator("#train-status")
    expect(status).to_contain_text("validation accuracy", timeout=180_000)
    [process] = runs(model_id)
    _, most = resource.prlimit(process, resource.RLIMIT_DATA)
    resource.prlimit(process, resource.RLIMIT_DATA, (2**27, most))  # less than it has
    expect(status).to_contain_text("want of memory, of which it may take 8 GB.")
    expect(status).to_contain_text(f"In the other tabs choose “Yours · {model_id}”")
    with page.expect_download() as download:
        page.locator("#train-weights").click()
    assert h5py.is_hdf5(download.value.path())
    with page.expect_download() as download:
        page.locator("#train-history").click()
    assert json.loads(Path(download.value.path()).read_text())["run"]["images"] == 18  # every tenth is for validation
    page.locator("#train-start").click()
    expect(status).to_contain_text(texts.TRAIN_STARTING)
