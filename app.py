"""The demo: python app.py [--share]. A Hugging Face Space runs it without arguments."""

import argparse
import gc
import math
import os
import sys
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "100")  # that it keeps
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # oneDNN keeps a program for each size of photo it has seen

gc.disable()  # what is imported stays: to look through it for garbage, again and again, takes a second

from ae.models.architecture import import_keras
from ae.models.weights import Source
from ae.ui import door, health, page, shared_link
from ae.ui.keeper import Keeper

THREADS = 100  # more than Gradio's 40: each function of a photo may have two that wait for memory


def port(text):
    number = int(text)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"expected a number from 1 to 65535, received {text}")
    return number


def gigabytes(text):
    number = float(text)
    if not 0.05 <= number < 1e6:
        raise argparse.ArgumentTypeError(f"expected a number from 0.05, received {text}")
    return number


def main():
    parser = argparse.ArgumentParser(description="Reconstruct and colorize a photo with the report's autoencoders.")
    parser.add_argument("--share", action="store_true", help="also open a public link through Gradio's tunnel")
    parser.add_argument("--host", metavar="NAME", help="the address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=port, metavar="N", help="the port to listen on (the first free one from 7860)")
    parser.add_argument("--mcp", action="store_true", help="also serve the functions as tools to assistants (MCP)")
    parser.add_argument("--weights", type=Path, metavar="DIR", help="take weights from DIR/MODEL/model.weights.h5")
    parser.add_argument("--hub-repo", metavar="USER/REPO", help="take weights from this Hub repository (AE_HUB_REPO)")
    parser.add_argument("--revision", metavar="REV", help="its branch, tag or commit")
    parser.add_argument(
        "--cache-gb",
        type=gigabytes,
        default=2,
        metavar="N",
        help="what visitors' files may take on the disk (2 GB)",
    )
    options = parser.parse_args()
    hub_repo = options.hub_repo or os.environ.get("AE_HUB_REPO")
    if options.revision and not hub_repo:
        parser.error("--revision needs --hub-repo or AE_HUB_REPO")
    if options.weights and not options.weights.is_dir():
        parser.error(f"expected --weights to name a folder, received {options.weights}")

    with Keeper(int(options.cache_gb * 1e9)) as keeper:  # first: it says where Gradio keeps its files
        source = Source(options.weights, hub_repo, options.revision)
        demo = page.build(source).queue(api_open=False, default_concurrency_limit=2, max_size=200)
        demo._queue.ANAYLTICS_CACHE_FREQUENCY = math.inf  # it sums them up after each, with pandas, for nobody
        guard = door.guard(options.host, options.share)
        guard["middleware"] += keeper.middleware
        try:
            demo.launch(
                share=options.share,
                server_name=options.host,
                server_port=options.port,
                prevent_thread_lock=True,
                max_file_size="500mb",
                max_threads=THREADS,
                mcp_server=options.mcp,
                app_kwargs=shared_link.announce(health.watch(guard, demo, source)) | {"lifespan": keeper.lifespan},
                enable_monitoring=False,
                pwa=True,
                ssr_mode=False,
                theme=page.THEME,
                css=page.CSS,
                js=page.SCRIPT,
            )
        except (OSError, ValueError) as error:  # a port that is taken, an address that is not ours or none
            sys.exit(f"error: {error}")
        import_keras()  # the page is up; its first visitor need not wait for this
        gc.freeze()  # nor any visitor for a look through all this
        gc.enable()
        keeper.keep(demo)
    keeper.leave()


if __name__ == "__main__":
    main()
