"""The command line: python -m ae COMMAND."""
import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from ae import architectures


def main(arguments=None):
    options = parser().parse_args(arguments)
    try:
        options.command(options)
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("\nstopped")


def parser():
    parser = argparse.ArgumentParser("python -m ae", description="The report's autoencoders.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="train a model on CIFAR-10, or go on with a run")
    train.add_argument("model", metavar="MODEL", help=", ".join(architectures.ARCHITECTURES))
    train.add_argument("--epochs", type=positive, metavar="N", help="epochs in all (the report's number)")
    train.add_argument("--seed", type=int, metavar="N", help="for the initial weights and the order of images (0)")
    train.add_argument("--data", metavar="DIR", help="CIFAR-10's binary version (AE_DATA, else Keras downloads it)")
    train.add_argument("--out", type=Path, default=Path("runs"), metavar="DIR", help="receives DIR/MODEL (runs)")
    train.set_defaults(command=train_model)
    return parser


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, received {number}")
    return number


def train_model(options):
    architecture = architectures.get(options.model)
    from ae import cifar10, training

    splits = cifar10.load(options.data)
    folder = options.out / architecture.id
    history = training.train(architecture, splits, folder, options.epochs, options.seed)
    last = history["epochs"][-1]
    print(f"{folder}: {last['epoch']} epochs, validation accuracy {last['val_accuracy']:.1%}")


if __name__ == "__main__":
    main()
