"""Publishing on the Hugging Face Hub: the weights as a model repository, the app as a Space; one commit each."""

from contextlib import contextmanager
from pathlib import Path

from ae.models.architecture import TASKS
from ae.models.catalog import ARCHITECTURES
from ae.models.weights import BUNDLED, FILE_NAME, check_repo_id

ROOT = Path(__file__).parents[2]
MODEL_FILES = (FILE_NAME, "history.json", "README.md")
SPACE_FILES = ("app.py", "requirements.txt", "README.md", "ae", "weights")
LEFT_OUT = ("__pycache__", "checkpoint.", "partial-", ".")  # as names begin


def publish_model(repo_id, folder=BUNDLED):
    """Creates the model repository if need be, uploads every model found in `folder`, and returns the commit's URL.

    A model is `<model id>/` with `model.weights.h5`, `history.json` and the model card `README.md`, whose metadata
    (`model-index` included) also go, merged, into the repository's own card. `results.json` goes along if there is one.

    Raises ValueError or OSError, one sentence, if a file is missing or the Hub does not take them.
    """
    check_repo_id(repo_id)
    folder = Path(folder)
    model_ids = [model_id for model_id in ARCHITECTURES if (folder / model_id / FILE_NAME).is_file()]
    if not model_ids:
        raise FileNotFoundError(f"Expected <model id>/{FILE_NAME} in {folder}, found none; train a model first.")
    files = {f"{model_id}/{name}": folder / model_id / name for model_id in model_ids for name in MODEL_FILES}
    _require(files.values())
    if (folder / "results.json").is_file():
        files["results.json"] = folder / "results.json"
    files["README.md"] = _repository_card(repo_id, folder, model_ids).encode()
    return _publish(repo_id, files, "model", f"Weights of {', '.join(model_ids)}")


def publish_space(repo_id, root=ROOT):
    """Creates the Gradio Space if need be, uploads the app, and returns the commit's URL.

    The app is `SPACE_FILES` of `root`; what an earlier version had in `ae/` and `weights/` and this one has not is
    deleted there.

    Raises ValueError or OSError, one sentence, if a file is missing or the Hub does not take them.
    """
    check_repo_id(repo_id)
    paths = [Path(root) / name for name in SPACE_FILES]
    _require(paths)
    paths += [path for folder in paths if folder.is_dir() for path in sorted(folder.rglob("*"))]
    files = {path.relative_to(root).as_posix(): path for path in paths if path.is_file()}
    files = {
        name: path for name, path in files.items() if not any(part.startswith(LEFT_OUT) for part in name.split("/"))
    }
    return _publish(repo_id, files, "space", "Deploy the app", space_sdk="gradio")


def _require(paths):
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"Expected {path}, found none; nothing was uploaded.")


def _repository_card(repo_id, folder, model_ids):
    """Returns the text of a card that lists the models, with the metadata of all their cards: lists are joined."""
    from huggingface_hub.repocard import metadata_load
    from huggingface_hub.utils import yaml_dump

    merged = {}
    for model_id in model_ids:
        for key, value in (metadata_load(folder / model_id / "README.md") or {}).items():
            if isinstance(value, list):
                known = merged.setdefault(key, [])
                known += [item for item in value if item not in known]
            else:
                merged.setdefault(key, value)
    rows = []
    for model_id in model_ids:
        model = ARCHITECTURES[model_id]
        rows.append(f"| [{model_id}]({model_id}/README.md) | {model.title} | {TASKS[model.task]} | {model.source} |")
    return "\n".join(
        [
            f"---\n{yaml_dump(merged)}---",
            "",
            "# Convolutional autoencoders for CIFAR-10: weights",
            "",
            "| Model | Title | Task | In the report |",
            "|---|---|---|---|",
            *rows,
            "",
            "Each folder has the weights (`model.weights.h5`, arrays alone), the training history and a model card.",
            "",
            f"    python app.py --hub-repo {repo_id}",
            "",
        ]
    )


def _publish(repo_id, files, repo_type, message, **options):
    """Commits {path in the repository: Path or bytes}, creating the repository first; returns the commit's URL."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token

    if not get_token():
        raise PermissionError("The Hub needs a login: run `hf auth login` or set HF_TOKEN, with write access.")
    api = HfApi()
    with _one_sentence(repo_id):
        api.create_repo(repo_id, repo_type=repo_type, exist_ok=True, **options)
        operations = [CommitOperationAdd(name, content) for name, content in files.items()]
        if repo_type == "space":
            there = api.list_repo_files(repo_id, repo_type=repo_type)
            stale = [name for name in there if name.startswith(("ae/", "weights/")) and name not in files]
            operations += [CommitOperationDelete(name) for name in stale]
        return api.create_commit(repo_id, operations, commit_message=message, repo_type=repo_type).commit_url


@contextmanager
def _one_sentence(repo_id):
    from huggingface_hub.errors import HfHubHTTPError

    try:
        yield
    except HfHubHTTPError as error:
        status = error.response.status_code
        if status in (401, 403):
            advice = "run `hf auth login` or set HF_TOKEN, with a token that may write there"
            raise PermissionError(f"The Hub refuses a write to {repo_id} (status {status}): {advice}.") from error
        reason = error.server_message or f"status {status}"
        raise OSError(f"The Hub did not take {repo_id}: {' '.join(reason.split())}.") from error
    except ValueError as error:
        raise ValueError(" ".join(str(error).split())) from error
    except OSError:
        raise
    except Exception as error:
        name = type(error).__name__
        raise ConnectionError(f"The Hub cannot be reached ({name}); check the connection and try again.") from error
