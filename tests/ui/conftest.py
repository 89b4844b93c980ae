import pytest
from client import Page
from server import serve


@pytest.fixture(scope="session")
def page(tmp_path_factory):
    """A server for all of this folder that may be asked anything: nothing leaves a traceback in its log."""
    cache = tmp_path_factory.mktemp("cache")
    with serve("--cache-gb", "0.1", GRADIO_TEMP_DIR=str(cache)) as (url, log):
        yield Page(url, log, cache)
    assert "Traceback" not in "".join(log)
