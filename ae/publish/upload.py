"""Publishing on the Hugging Face Hub: the weights as a model repository, the app as a Space; one commit each."""

from contextlib import contextmanager
from pathlib import Path

import huggingface_hub.errors

from ae.evaluation import samples
from ae.models import hub
from ae.models.catalog import ARCHITECTURES
from ae.models.weights import BUNDLED, FILE_NAME
from ae.publish.export import FILES

ROOT = Path(__file__).parents[2]
MODEL_FILES = (FILE_NAME, "history.json", "README.md")
SPACE_FILES = ("app.py", "requirements.txt", "README.md", "ae", "weights")
EXPORTED = [f"*/{name}{below}" for name in FILES.values() for below in ("", "/*")]
LEFT_OUT = ["*/__pycache__/*", "*/checkpoint.*", "*/partial-*", "*/.*", *EXPORTED]


def publish_model(repo_id, folder=BUNDLED):
    """Creates the model repository if need be, uploads every model found in `folder`, and returns the commit's URL.

    A model is `<model id>/` with `model.weights.h5`, `history.json` and the model card `README.md`. The folder's own
    README.md is the repository's front page; `results.json` goes along if there is one, and so
    do the sheets of samples and what `ae.publish.export` has written beside the weights.

    Raises ValueError or OSError, one sentence, if a file is missing or the Hub does not take them.
    """
    hub.check_repo_id(repo_id)
    folder = Path(folder)
    model_ids = [model_id for model_id in ARCHITECTURES if (folder / model_id / FILE_NAME).is_file()]
    if not model_ids:
        raise FileNotFoundError(f"Expected <model id>/{FILE_NAME} in {folder}, found none; train a model first.")
    names = ["README.md", *(f"{model_id}/{name}" for model_id in model_ids for name in MODEL_FILES)]
    _require(folder / name for name in names)
    exported = [f"{model_id}{pattern.removeprefix('*')}" for model_id in model_ids for pattern in EXPORTED]
    allowed = [*names, "results.json", f"*/{samples.FILE_NAME}", *exported]
    return _publish(repo_id, folder, "model", f"Weights of {', '.join(model_ids)}", allowed)


def publish_space(repo_id, root=ROOT):
    """Creates the Gradio Space if need be, uploads the app, and returns the commit's URL.

    The app is `SPACE_FILES` of `root`; what an earlier version had in `ae/` and `weights/` and this one has not is
    deleted there.

    Raises ValueError or OSError, one sentence, if a file is missing or the Hub does not take them.
    """
    hub.check_repo_id(repo_id)
    _require(Path(root) / name for name in SPACE_FILES)
    folders = [f"{name}/*" for name in SPACE_FILES if (Path(root) / name).is_dir()]
    allowed = [*SPACE_FILES, *folders]
    return _publish(repo_id, root, "space", "Deploy the app", allowed, LEFT_OUT, folders, space_sdk="gradio")


def _require(paths):
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"Expected {path}, found none; nothing was uploaded.")


def _publish(repo_id, folder, repo_type, message, allowed, ignored=None, deleted=None, **options):
    """Commits what the patterns say of a folder, creating the repository first; returns the commit's URL."""
    if not huggingface_hub.get_token():
        raise PermissionError("The Hub needs a login: run `hf auth login` or set HF_TOKEN, with write access.")
    api = huggingface_hub.HfApi()
    with _one_sentence(repo_id):
        api.create_repo(repo_id, repo_type=repo_type, exist_ok=True, **options)
        commit = api.upload_folder(
            repo_id=repo_id,
            folder_path=folder,
            repo_type=repo_type,
            commit_message=message,
            allow_patterns=allowed,
            ignore_patterns=ignored,
            delete_patterns=deleted,
        )
        return commit.commit_url


@contextmanager
def _one_sentence(repo_id):
    try:
        yield
    except huggingface_hub.errors.HfHubHTTPError as error:
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
