import json
from itertools import count

import pytest
import yaml
from hub import TOKEN

from ae.models import weights
from ae.models.cache import Models
from ae.models.weights import Source
from ae.publish import upload
from ae.publish.front_page import write_front_page

NUMBERS = count()
CARD = """---
license: mit
tags: [autoencoder, {task}]
model-index:
- name: {model_id}
  results:
  - task: {{type: image-to-image}}
    dataset: {{type: cifar10, name: CIFAR-10}}
    metrics: [{{type: accuracy, value: {accuracy}}}]
---
# {model_id}
"""


@pytest.fixture(autouse=True)
def login(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)


@pytest.fixture
def folder(tmp_path):
    """Two models as training and evaluation leave them, with files that are not to be published."""
    for model_id, task, accuracy in [("ir-initial", "reconstruction", 0.81), ("color-report", "colorization", 0.49)]:
        model = tmp_path / model_id
        model.mkdir()
        (model / "model.weights.h5").write_bytes((weights.BUNDLED / "ir-initial/model.weights.h5").read_bytes())
        (model / "history.json").write_text(json.dumps({"model": model_id}))
        (model / "README.md").write_text(CARD.format(model_id=model_id, task=task, accuracy=accuracy))
        (model / "checkpoint.weights.h5").write_bytes(b"optimizer")
    (tmp_path / "notes").mkdir()
    (tmp_path / "results.json").write_text("{}")
    write_front_page(tmp_path, {})
    return tmp_path


@pytest.fixture
def name():
    return f"ann/published-{next(NUMBERS)}"


def test_publish_model(hub, folder, name):
    url = upload.publish_model(name, folder)
    repo = hub.repos[f"models/{name}"]
    assert url == f"{hub.endpoint}/{name}/commit/{repo['branches']['main']}"
    assert len(repo["commits"]) == 1
    files = hub.files(name)
    assert set(files) == {"README.md", "results.json"} | {
        f"{model_id}/{file}"
        for model_id in ("ir-initial", "color-report")
        for file in ("model.weights.h5", "history.json", "README.md")
    }
    for path in files:
        assert files[path] == (folder / path).read_bytes()


def test_what_was_exported_goes_along(hub, folder, name):
    (folder / "ir-initial/model.onnx").write_bytes(b"onnx")
    (folder / "ir-initial/saved_model/variables").mkdir(parents=True)
    (folder / "ir-initial/saved_model/variables/variables.index").write_bytes(b"index")
    upload.publish_model(name, folder)
    files = hub.files(name)
    assert files["ir-initial/model.onnx"] == b"onnx"
    assert files["ir-initial/saved_model/variables/variables.index"] == b"index"
    assert "color-report/model.onnx" not in files


def test_published_weights_load(hub, folder, name):
    upload.publish_model(name, folder)
    model, sentence = Models().get("ir-initial", Source(hub_repo=name))
    assert sentence.startswith(f"Weights from {name} on the Hub")
    assert (model.get_weights()[0] == weights.load("ir-initial").get_weights()[0]).all()


def test_the_repositorys_card_has_the_metrics_of_all_models(hub, folder, name):
    upload.publish_model(name, folder)
    _, metadata, text = hub.files(name)["README.md"].decode().split("---\n", 2)
    metadata = yaml.safe_load(metadata)
    assert metadata["license"] == "mit"
    assert metadata["tags"] == ["autoencoder", "reconstruction", "colorization"]
    accuracies = {entry["name"]: entry["results"][0]["metrics"][0]["value"] for entry in metadata["model-index"]}
    assert accuracies == {"ir-initial": 0.81, "color-report": 0.49}
    assert "[color-report](color-report/README.md)" in text


def test_publish_again_adds_a_commit(hub, folder, name):
    upload.publish_model(name, folder)
    (folder / "ir-initial/history.json").write_text("{}")
    upload.publish_model(name, folder)
    assert len(hub.repos[f"models/{name}"]["commits"]) == 2
    assert hub.files(name)["ir-initial/history.json"] == b"{}"


@pytest.mark.parametrize("missing", ["README.md", "ir-initial/README.md", "color-report/history.json"])
def test_nothing_is_uploaded_if_a_file_is_missing(hub, folder, name, missing):
    (folder / missing).unlink()
    with pytest.raises(FileNotFoundError, match=f"Expected .*{missing}, found none"):
        upload.publish_model(name, folder)
    assert f"models/{name}" not in hub.repos


def test_no_models(name, tmp_path):
    with pytest.raises(FileNotFoundError, match="Expected <model id>/model.weights.h5 in .*; train a model first"):
        upload.publish_model(name, tmp_path)


@pytest.fixture
def app(tmp_path):
    """The files of an app and, among them, those that stay at home."""
    published = """
        app.py requirements.txt README.md ae/__init__.py ae/ui/page.py ae/ui/examples/photo.jpg
        weights/results.json weights/ir-best/model.weights.h5 weights/ir-best/history.json
    """.split()
    private = """
        .env .git/config ae/__pycache__/page.pyc ae/ui/.DS_Store pyproject.toml tests/test_app.py
        runs/ir-best/model.weights.h5 weights/ir-best/checkpoint.weights.h5 weights/ir-best/partial-model.weights.h5
        weights/ir-best/model.onnx weights/ir-best/saved_model/saved_model.pb
    """.split()
    root = tmp_path / "checkout"
    for path in published + private:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(path.encode())
    return root, set(published)


def test_publish_space(hub, app, name):
    root, published = app
    url = upload.publish_space(name, root)
    repo = hub.repos[f"spaces/{name}"]
    assert url == f"{hub.endpoint}/spaces/{name}/commit/{repo['branches']['main']}"
    assert repo["sdk"] == "gradio"
    assert hub.files(name, "spaces") == {path: path.encode() for path in published}
    assert f"models/{name}" not in hub.repos


def test_publish_space_again_leaves_nothing_stale(hub, app, name):
    root, published = app
    upload.publish_space(name, root)
    hub.commit(name, {".gitattributes": b"*.h5 filter=lfs"}, kind="spaces")
    (root / "ae/ui/page.py").rename(root / "ae/ui/tab.py")
    upload.publish_space(name, root)
    assert set(hub.files(name, "spaces")) == published - {"ae/ui/page.py"} | {"ae/ui/tab.py", ".gitattributes"}


def test_no_app(name, tmp_path):
    with pytest.raises(FileNotFoundError, match="Expected .*app.py, found none; nothing was uploaded"):
        upload.publish_space(name, tmp_path)


def test_without_a_login(hub, folder, name, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    before = len(hub.requests)
    with pytest.raises(OSError, match="^The Hub needs a login: run `hf auth login` or set HF_TOKEN"):
        upload.publish_model(name, folder)
    assert len(hub.requests) == before


def test_with_a_wrong_token(folder, name, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(OSError, match=rf"^The Hub refuses a write to {name} \(status 401\): run `hf auth login`"):
        upload.publish_model(name, folder)


@pytest.mark.parametrize(
    ("failure", "sentence"), [(403, r"refuses a write to .* \(status 403\)"), (500, "did not take .*status 500")]
)
def test_a_hub_that_fails(hub, folder, name, failure, sentence):
    hub.failures[name] = failure
    with pytest.raises(OSError, match=f"^The Hub {sentence}") as error:
        upload.publish_model(name, folder)
    assert "\n" not in str(error.value)


def test_a_card_that_the_hub_does_not_accept(folder, name):
    page = folder / "README.md"
    page.write_text(page.read_text().replace("license: mit", "license: unheard-of"))
    with pytest.raises(ValueError, match='^Invalid metadata in README.md. - "license" must be one of those known$'):
        upload.publish_model(name, folder)


def test_without_the_hub(hub, folder, name):
    with hub.down(), pytest.raises(ConnectionError, match=r"^The Hub cannot be reached \(ConnectError\)"):
        upload.publish_model(name, folder)


@pytest.mark.parametrize("name", ["autoencoder", "https://huggingface.co/ann/a", "ann/a b"])
def test_what_is_not_a_repository(folder, name):
    with pytest.raises(ValueError, match="is not a Hub repository: expected USER/REPO"):
        upload.publish_model(name, folder)
