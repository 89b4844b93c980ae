"""The command line: python -m ae COMMAND."""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, nullcontext
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from ae.data import cifar10, photo_folder
from ae.evaluation import measure, tables
from ae.evaluation.results import SPLITS, read_results
from ae.models import predictors
from ae.models.architecture import TASKS
from ae.models.baselines import BASELINES
from ae.models.catalog import ARCHITECTURES, get
from ae.models.description import SIZE, layer_table
from ae.models.weights import BUNDLED
from ae.photo import cluster, intake, many, pipeline
from ae.publish import cards, export, front_page, upload
from ae.training import histories

DATA_HELP = "CIFAR-10's binary version (AE_DATA; without either, Keras downloads it)"


def main(arguments=None):
    options = parser().parse_args(arguments)
    try:
        options.command(options)
    except (ValueError, OSError, ImportError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("\nstopped")


def parser():
    parser = argparse.ArgumentParser("python -m ae", description="The report's autoencoders.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    model_ids = ", ".join(ARCHITECTURES)

    command = commands.add_parser("list", help="print the models")
    command.set_defaults(command=list_models)

    command = commands.add_parser("summary", help="print a model's layers at 32 × 32")
    command.add_argument("model", metavar="MODEL", help=model_ids)
    command.set_defaults(command=print_summary)

    command = commands.add_parser("train", help="train a model, or go on with a run")
    command.add_argument("model", metavar="MODEL", help=model_ids)
    command.add_argument("--epochs", type=positive, metavar="N", help="epochs in all (the model's own number)")
    command.add_argument("--seed", type=int, metavar="N", help="of the first weights and the order of the images (0)")
    command.add_argument("--data", metavar="DIR", help=f"{DATA_HELP}; for color-photo any folder of photos")
    command.add_argument("--out", type=Path, default=Path("runs"), metavar="DIR", help="receives DIR/MODEL (runs)")
    command.add_argument(
        "--devices",
        type=parts,
        metavar="all",
        help="share each batch among all GPUs; a number: without any, among so many parts of the processor, to try it",
    )
    command.set_defaults(command=train)

    command = commands.add_parser("evaluate", help="measure models and baselines; write results.json and cards")
    command.add_argument("--models", nargs="+", metavar="ID", help=f"{model_ids}, {', '.join(BASELINES)} (all)")
    command.add_argument("--data", metavar="DIR", help=DATA_HELP)
    command.add_argument("--photos", metavar="DIR", help="also measure colorizers on a folder's test photos")
    command.add_argument("--weights", type=Path, default=BUNDLED, metavar="DIR", help="where the models lie (weights)")
    command.add_argument("--split", choices=SPLITS, default="test", help="the one to print (test); all are measured")
    command.set_defaults(command=evaluate)

    command = commands.add_parser("publish", help="upload the weights or the app to the Hugging Face Hub")
    target = command.add_mutually_exclusive_group(required=True)
    target.add_argument("--model", metavar="USER/REPO", help="the model repository that receives weights and cards")
    target.add_argument("--space", metavar="USER/NAME", help="the Space that receives the app")
    command.add_argument("--weights", type=Path, default=BUNDLED, metavar="DIR", help="what --model uploads (weights)")
    command.set_defaults(command=publish)

    command = commands.add_parser("export", help="write a model for another runtime, beside its weights")
    command.add_argument("model", metavar="MODEL", help=model_ids)
    command.add_argument("--format", choices=export.FILES, required=True, help="tf is TensorFlow's SavedModel")
    command.add_argument("--weights", type=Path, default=BUNDLED, metavar="DIR", help="where the models lie (weights)")
    command.set_defaults(command=export_model)

    command = commands.add_parser("colorize", help="colorize photos; run it again to go on where it ended")
    command.add_argument(
        "photos",
        nargs="+",
        type=place,
        metavar="PHOTOS",
        help="photos, films, folders of them, ZIPs of photos; with --engine ray also s3://bucket/folder and the like, "
        "without ZIPs and animated GIFs",
    )
    command.add_argument(
        "--out",
        type=place,
        required=True,
        metavar="DIR",
        help="receives the results; a picture in it is never changed; with --engine ray also s3://bucket/folder",
    )
    command.add_argument("--model", metavar="ID", help=f"the colorizer ({pipeline.DEFAULT_COLORIZER})")
    command.add_argument(
        "--vividness",
        type=share,
        default=pipeline.VIVIDNESS,
        metavar="N",
        help=f"from 0, grayish, to 1 ({pipeline.VIVIDNESS})",
    )
    command.add_argument(
        "--reference", type=Path, metavar="PHOTO", help="carry the colors of this photo over to what looks alike"
    )
    command.add_argument(
        "--strength", type=share, default=1.0, metavar="N", help="how much of the reference's colors, from 0 to 1 (1)"
    )
    command.add_argument(
        "--jobs",
        type=positive,
        metavar="N",
        help=f"photos at a time, all in memory ({many.JOBS}; on a cluster, one a processor)",
    )
    command.add_argument(
        "--engine", choices=("local", "ray"), default="local", help="ray: the cluster that RAY_ADDRESS names"
    )
    command.set_defaults(command=colorize)
    return parser


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, received {number}")
    return number


def place(text):
    """A URI stays as it is: a `Path` would lose one of its slashes."""
    return text if "://" in text else Path(text)


def parts(text):
    """Of the processor, where there is no GPU: one is what "all" then comes to."""
    return 1 if text == "all" else positive(text)


def share(text):
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, received {text}")
    return number


def list_models(options):
    results = read_results()
    print(f"{'model':13} {'task':21} {'in the report':22} {'parameters':>10}  {'report, test':>12}  {'here, test':>10}")
    for a in ARCHITECTURES.values():
        published = f"{a.published[1]:.1%}" if a.published else "–"
        measured = f"{results[a.id]['test']['accuracy']:.1%}" if a.id in results else "–"
        parameters = results[a.id]["parameters"] if a.id in results else a.build().count_params()
        print(f"{a.id:13} {TASKS[a.task]:21} {a.source:22} {parameters:10,}  {published:>12}  {measured:>10}")


def print_summary(options):
    architecture = get(options.model)
    rows = layer_table(architecture.build(SIZE))
    print(f"{architecture.title} ({architecture.source})\n")
    print(f"{'Layer (type)':40} {'Output Shape':22} {'Param #':>8}")
    for name, kind, shape, parameters in rows:
        print(f"{f'{name} ({kind})':40} {str(tuple(shape)):22} {parameters:8,}")
    print(f"\nTotal params: {sum(row[-1] for row in rows):,}")


def train(options):
    architecture = get(options.model)
    from ae.training import devices, run

    splits = _photos(options.data) if architecture.photos else cifar10.load(options.data)
    folder = options.out / architecture.id
    with devices.all_devices(options.devices) if options.devices else nullcontext():
        history = run.train(architecture, splits, folder, options.epochs, options.seed)
    last = history["epochs"][-1]
    print(f"{folder}: {last['epoch']} epochs, validation accuracy {last['val_accuracy']:.1%}")


def _photos(directory):
    if directory is None:
        raise ValueError("Expected --data to name a folder of photos. This model is not trained on CIFAR-10.")
    return photo_folder.load(directory)


def evaluate(options):
    trained = [i for i in ARCHITECTURES if (options.weights / i).is_dir()]
    ids = options.models or [*trained, *BASELINES]
    for i in ids:
        if i not in predictors.records():
            known = ", ".join(predictors.records())
            raise ValueError(f"Expected models and baselines: {known}. Received: {i!r}")
    described = [i for i in ids if (options.weights / i / histories.FILE_NAME).exists()]
    for i in described:
        histories.read(options.weights / i)  # what is wrong with it is said before hours of measuring
    if described:
        ids += [i for i in cards.COMPARED_WITH if i not in (*ids, *read_results(options.weights))]
    photos = photo_folder.load(options.photos, ["test"])["test"] if options.photos else None
    results = measure.evaluate(cifar10.load(options.data), ids, options.weights, photos, show_progress)
    for i in described:
        cards.write_card(ARCHITECTURES[i], options.weights / i, results)
    front_page.write_front_page(options.weights, results)
    shown = tables.quality(results, options.split), tables.colors(results, options.split), tables.vividness(results)
    print("", *shown, sep="\n\n")


def show_progress(done, text):
    if sys.stderr.isatty():
        print(f"\r\x1b[2K{round(100 * done):3} %  {text}", end="", file=sys.stderr, flush=True)


def publish(options):
    if options.model:
        print(upload.publish_model(options.model, options.weights))
    else:
        print(upload.publish_space(options.space))


def export_model(options):
    print(export.export(options.model, options.format, options.weights))


def colorize(options):
    """On a terminal one line shows how far it is, elsewhere each photo gives a line; failures go to standard error."""
    sys.stdout.reconfigure(errors="backslashreplace")
    line_start = "\r\x1b[2K" if sys.stderr.isatty() else ""
    statuses, began = Counter(), time.monotonic()
    on_cluster, out, shared = options.engine == "ray", options.out, None
    in_store = any(isinstance(place, str) for place in (*options.photos, out))
    if in_store and not on_cluster:
        raise ValueError("Expected files and folders without --engine ray. Received: a URI, which needs it. Add it")
    settings = {"reference": options.reference, "strength": options.strength, "vividness": options.vividness}
    settings |= {"jobs": options.jobs, "films": cluster.say_nothing if on_cluster else film_progress()}
    if on_cluster and not in_store:
        settings["run"] = cluster.run
        shared = out = out.absolute()  # what is unpacked is read on other machines, too
        shared.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="unpacked-", dir=shared) as folder:
        if in_store:
            from ae.photo import stores  # needs packages of its own

            source, photos = stores.gather(options.photos, out)
            colorize_into, shown = partial(stores.colorize_into, source), stores.shown(out)
        else:
            photos = many.gather(intake.walk(options.photos, out), folder, limit=None)
            colorize_into, shown = many.colorize_into, options.out
        with closing(colorize_into(photos, out, options.model or pipeline.DEFAULT_COLORIZER, **settings)) as outcomes:
            for number, outcome in enumerate(outcomes, 1):
                statuses[outcome.status] += 1
                if outcome.status == "failed":
                    print(f"{line_start}{outcome.file}: {outcome.reason}", file=sys.stderr)
                elif not line_start:
                    print(f"{number} of {len(photos)}: {outcome.file}, {outcome.status}", flush=True)
                through = number - statuses["skipped"]
                left = many.time_left(time.monotonic() - began, through, through + len(photos) - number)
                show_progress(number / len(photos), f"{number} of {len(photos)} photos  {left and f'{left} left'}")
    print(line_start, end="", file=sys.stderr)
    summary = f"{statuses['done']} colorized, {statuses['skipped']} skipped, {statuses['failed']} failed"
    print(f"{shown}: {summary}, in {time.monotonic() - began:.0f} s")
    if statuses["failed"]:
        sys.exit(1)


def film_progress():
    """Returns the function that shows how far a film is, and when it will be through."""
    begun = {}

    def show(file, done, total):
        began, first = begun.setdefault(file, (time.monotonic(), done))
        left = many.time_left(time.monotonic() - began, done - first, total - first)
        show_progress(done / total, f"{file}: frame {done:,} of {total:,}  {left and f'{left} left'}")

    return show


if __name__ == "__main__":
    main()
