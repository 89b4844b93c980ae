"""The models in memory: each is loaded once, for all threads, and kept with the sentence on its weights."""

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from ae.models import catalog, hub, weights
from ae.models.architecture import import_keras
from ae.models.hub import NoAnswer
from ae.models.weights import Source

KEPT = 24  # networks beside the bundled ones, of 2 to 25 MB each
ANSWERS_KEPT = 200
ASK_AGAIN_AFTER_S = 600
RETRY_AFTER_S = 60


class Models:
    """The bundled networks stay for good; of the others, the `KEPT` that were used last.

    A source is asked again after `ASK_AGAIN_AFTER_S` seconds, after a failure in `RETRY_AFTER_S`. What it then has is
    read only if it is another file. A source that fails shares the bundled networks.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._bundled, self._others = {}, {}  # {model id or `_Answer.file`: Future of the network}
        self._answers = {}  # {(model id, source): Future of an _Answer}
        self._silent = {}  # {source: (NoAnswer, until when it is not asked)}
        self._heads = WeakKeyDictionary()

    def get(self, model_id, source=Source()):
        """Returns (`keras.Model`, sentence): the model of that id, with the bundled weights where `source` fails.

        The sentence, for the page, says which weights they are and why, if they are not those asked for. A Hub that
        gives no answer costs `hub.DEADLINE_S` seconds, once for all models.

        Raises ValueError for an unknown id, and what `weights.load` does if there are no bundled weights either.
        """
        catalog.get(model_id)
        if source == Source():
            return self._read_bundled(model_id), "Bundled weights."
        asked = model_id, source
        answer = self._once(self._answers, asked, lambda: self._ask(*asked), ANSWERS_KEPT, self._is_current)
        network = self._read(answer.file, source) if answer.file else self._read_bundled(model_id)
        return network, answer.sentence

    @property
    def loaded(self):
        """How many networks are in memory."""
        return len(self._bundled) + len(self._others)

    def heads(self, network):
        """Returns `ae.models.colorizer.Heads` of a network that `get` gave."""
        _, networks = import_keras()
        with self._lock:
            if network not in self._heads:
                self._heads[network] = networks.Heads(network)
            return self._heads[network]

    def _ask(self, model_id, source):
        hub.start(import_keras)  # while the Hub answers
        try:
            path, sentence = self._find(model_id, source)
            file = model_id, path, path.stat().st_mtime_ns
            self._read(file, source)
            return _Answer(file, sentence, time.monotonic() + ASK_AGAIN_AFTER_S)
        except (ValueError, OSError) as error:
            try:
                self._read_bundled(model_id)
            except FileNotFoundError:
                raise error from None
            return _Answer(None, f"Bundled weights, because {error}", time.monotonic() + RETRY_AFTER_S)

    def _find(self, model_id, source):
        with self._lock:
            no_answer, until = self._silent.get(source, (None, 0))
        if time.monotonic() >= until:
            try:
                return weights.find(model_id, source)
            except NoAnswer as error:
                no_answer, now = error, time.monotonic()
                with self._lock:
                    self._silent = {key: value for key, value in self._silent.items() if now < value[1]}
                    self._silent[source] = no_answer, now + RETRY_AFTER_S
        return weights.find_downloaded(model_id, source, no_answer)

    def _is_current(self, answer):
        there = answer.file is None or answer.file in self._others or answer.file[1].exists()
        return there and time.monotonic() < answer.until

    def _read(self, file, source):
        return self._once(self._others, file, lambda: weights.read(*file[:2], source), KEPT)

    def _read_bundled(self, model_id):
        return self._once(self._bundled, model_id, lambda: weights.load(model_id), len(catalog.ARCHITECTURES))

    def _once(self, kept, key, make, most, is_current=lambda value: True):
        """Returns the value of `key`: the first to ask makes it, the others wait; `most` are `kept`, the last used."""
        with self._lock:
            future = kept.pop(key, None)
            first = future is None or future.done() and not is_current(future.result())
            kept[key] = future = Future() if first else future
            while len(kept) > most:
                del kept[next(iter(kept))]
        if first:
            try:
                future.set_result(make())
            except BaseException as error:
                with self._lock:
                    if kept.get(key) is future:
                        del kept[key]
                future.set_exception(error)
        return future.result()


@dataclass(frozen=True)
class _Answer:
    """What a source has: (model id, path, modification time) of a file, None for the bundled one, and until when."""

    file: tuple | None
    sentence: str
    until: float


MODELS = Models()
