"""Many photos on a Ray cluster: a worker for each processor or GPU, which holds the model.

Photos and results lie where every machine of the cluster finds them, under the same paths, and so does this package;
`ae.photo.stores` has them elsewhere.
"""

import json
import logging
from dataclasses import asdict

from ae.photo.intake import Photo
from ae.photo.outcomes import Outcome

REQUIREMENTS = "requirements-ray.txt"
BLOCKS = 20  # for each worker, so that all end at about the same time
LARGEST_BLOCK = 100  # photos that are done anew when a worker is lost
ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}


def run(fresh, job, jobs=None):
    """Yields the `Outcome`s of [(photo, result)] as `many.in_threads` does; `jobs` is the number of workers.

    All paths are absolute, and the job's `films` is `say_nothing` or None. The cluster is the one that RAY_ADDRESS
    names, or this machine alone. A worker that is lost is replaced, and what it had at hand is done anew. Raises
    ValueError without the packages of `REQUIREMENTS`.
    """
    try:
        import ray.data
    except ImportError as error:
        message = f"A cluster needs Ray, which is not installed. Run `pip install -r {REQUIREMENTS}`."
        raise ValueError(message) from error
    logging.getLogger("ray.data").setLevel(logging.WARNING)
    with ray.init(log_to_driver=False, logging_level=logging.WARNING):
        ray.data.DataContext.get_current().enable_progress_bars = False
        there = ray.cluster_resources()
        unit = "GPU" if there.get("GPU") else "CPU"
        workers = min(jobs or int(there[unit]), len(fresh))
        items = [{"item": json.dumps([photo.name, str(photo.path), result])} for photo, result in fresh]
        blocks = min(len(fresh), max(BLOCKS * workers, len(fresh) // LARGEST_BLOCK))
        outcomes = ray.data.from_items(items, override_num_blocks=blocks).map_batches(
            _Worker,
            fn_constructor_args=[job],
            batch_size=None,
            compute=ray.data.ActorPoolStrategy(size=workers),
            runtime_env={"env_vars": ONE_THREAD if unit == "CPU" else {}},
            **{f"num_{unit.lower()}s": 1},
        )
        for row in outcomes.iter_rows():
            yield Outcome(**json.loads(row["outcome"]))


class _Worker:
    """Takes and gives JSON: names of files may hold what is no text."""

    def __init__(self, job):
        self.job, self.model = job, job.load()

    def __call__(self, batch):
        items = [json.loads(item) for item in batch["item"]]
        outcomes = [self.job.colorize(self.model, Photo(name, path), result) for name, path, result in items]
        return {"outcome": [json.dumps(asdict(outcome)) for outcome in outcomes]}


def say_nothing(file, done, total):
    """How far a film is; nobody hears it."""
