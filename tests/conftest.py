"""The Hub that every test of this folder talks to: the client reads its address when it is imported."""

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hub import Hub
from PIL import Image
from server import serve
from xdist.scheduler import LoadScopeScheduling

HUB = Hub()
HOME = tempfile.TemporaryDirectory()
for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE", "HF_HUB_CACHE", "AE_HUB_REPO"):
    os.environ.pop(name, None)
os.environ |= {
    "HF_ENDPOINT": HUB.endpoint,
    "HF_HOME": HOME.name,
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_XET": "1",  # the loopback Hub has the Hub's older store alone
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(name, "1")  # the tests' processes fill the cores: more threads only wait for each other
SERVERS = {  # what tests of several files share, which is started once
    "page": "test_bounds test_corpus test_door".split(),
    "app_url": "test_app test_shared_link test_compare test_latent test_many".split(),
}
SLOWEST = (
    "run keeper line export weights strokes cache colorizer measure video colors "
    "mcp health replicas cluster lasting upload"
).split()
TURNS = ["browser", *SERVERS, *(f"test_{name}" for name in SLOWEST)]


def group(nodeid):
    """Returns the name of the tests that one process has: those of a file, or of all that share a server."""
    file = Path(nodeid.partition("::")[0])
    if file.parent.name == "browser":
        return "browser"
    return next((server for server, files in SERVERS.items() if file.stem in files), file.stem)


class Together(LoadScopeScheduling):
    """Gives each process a group of tests at a time."""

    def _split_scope(self, nodeid):
        return group(nodeid)


def pytest_xdist_make_scheduler(config, log):
    return Together(config, log)


def pytest_collection_modifyitems(items):
    """What takes longest begins first."""
    turns = {name: turn for turn, name in enumerate(TURNS)}
    items.sort(key=lambda item: turns.get(group(item.nodeid), len(turns)))


@pytest.fixture(scope="session")
def hub():
    yield HUB
    HUB.close()


@pytest.fixture(scope="session")
def cifar():
    """400 of CIFAR-10's test images, 40 a class: uint8 (400, 32, 32, 3)."""
    sheet = np.asarray(Image.open(Path(__file__).parent / "cifar10-test-400.png"))
    return sheet.reshape(10, 32, 40, 32, 3).swapaxes(1, 2).reshape(400, 32, 32, 3)


@pytest.fixture(scope="session")
def app_url():
    """The address of the page with its bundled weights."""
    with serve() as (url, _):
        yield url
