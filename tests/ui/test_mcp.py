import asyncio
import base64
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from server import serve

from ae.ui.controls import EXAMPLES

TOOLS = {"colorize", "colorize_many", "reconstruct", "models", "compare", "architecture"}
TOOLS |= {"color_by_hand", "colorize_like", "latent", "features", "walk", "neighbors"}


@pytest.fixture(scope="module")
def url():
    with serve("--mcp") as (url, _):
        yield url


@pytest.fixture(scope="module")
def photo():
    """A picture as assistants give one that has no address."""
    return f"data:image/png;base64,{base64.b64encode((EXAMPLES / 'horse.png').read_bytes()).decode()}"


def ask(url, question):
    async def session():
        async with streamable_http_client(f"{url}/gradio_api/mcp/") as (read, write, _):
            async with ClientSession(read, write) as client:
                await client.initialize()
                return await question(client)

    with ThreadPoolExecutor(1) as thread:  # in this thread the browser's event loop may be running
        return thread.submit(lambda: asyncio.run(session())).result()


def test_every_function_is_a_tool_that_says_what_it_takes(url):
    tools = {tool.name: tool for tool in ask(url, lambda client: client.list_tools()).tools}
    assert tools.keys() == TOOLS
    for tool in tools.values():
        assert len(tool.description) > 60
        for parameter in tool.inputSchema["properties"]:
            assert f"{parameter}:" in tool.description, (tool.name, parameter)


@pytest.mark.parametrize(
    "tool, arguments, answer",
    [
        ("models", {}, "ir-residual"),
        ("architecture", {"model": "ir-best"}, "19383"),
        ("reconstruct", {"photo": "PHOTO", "model": "ir-best"}, "Bundled weights."),
        ("colorize", {"photo": "PHOTO"}, "Bundled weights."),
        ("compare", {"photo": "PHOTO", "task": "reconstruct"}, "ir-residual"),
        ("latent", {"photo": "PHOTO", "model": "ir-best"}, "shape"),
        ("neighbors", {"photo": "PHOTO", "model": "ir-best"}, "distance"),
    ],
)
def test_a_tool_answers(url, photo, tool, arguments, answer):
    arguments = {name: photo if value == "PHOTO" else value for name, value in arguments.items()}
    result = ask(url, lambda client: client.call_tool(tool, arguments))
    assert not result.isError, result.content
    assert answer in " ".join(part.text for part in result.content if part.type == "text")


def test_a_tool_says_what_was_wrong(url, photo):
    result = ask(url, lambda client: client.call_tool("reconstruct", {"photo": photo, "model": "ir-bets"}))
    assert result.isError and "Expected one of the models" in result.content[0].text


def test_a_photo_s_address_is_not_asked(url, hub):
    before = len(hub.requests)
    arguments = {"photo": f"{hub.endpoint}/secret.png", "model": "ir-best"}
    result = ask(url, lambda client: client.call_tool("reconstruct", arguments))
    assert result.isError and "an assistant sends data:image/png;base64" in result.content[0].text
    assert len(hub.requests) == before


def test_curl_gets_an_answer(url):
    call = ["curl", "-s", "-X", "POST", f"{url}/gradio_api/call/architecture", "-H", "Content-Type: application/json"]
    started = subprocess.run([*call, "-d", '{"data": ["ir-best"]}'], capture_output=True, text=True, check=True)
    event = json.loads(started.stdout)["event_id"]
    answer = subprocess.run(
        ["curl", "-s", "-N", f"{url}/gradio_api/call/architecture/{event}"], capture_output=True, text=True, check=True
    )
    assert "event: complete" in answer.stdout and "19383" in answer.stdout
