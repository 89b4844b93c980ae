from concurrent.futures import ThreadPoolExecutor

import pytest

from ae.models.weights import Source
from ae.photo import compare, latent
from ae.photo.memory import MEMORY, PIXELS
from ae.ui import hand_tab, picker
from ae.ui.controls import EXAMPLES
from ae.ui.desk import Desk, Look, Settings, work

PHOTO = str(EXAMPLES / "cat-1.png")


def begun():
    settings = Settings(PHOTO, False, ("ir-initial", Source()), ("color-photo", Source()), 0.5, 1)
    return work(Desk(), settings, lambda share, text: None)


def kept():
    working = hand_tab.Working(PHOTO, PHOTO, (32, 32), [])
    return hand_tab.keep(Source(), working, None, "color-photo", 0.5, None, 1, None)


OPENERS = {
    "picker": lambda: picker.choose(PHOTO),
    "photo": lambda: list(begun()),
    "hand": lambda: hand_tab.begin(PHOTO, "hand", None, {}),
    "reference": lambda: hand_tab.lend(PHOTO),
    "kept": kept,
    "compare": lambda: compare.rank(PHOTO, "reconstruct", []),
    "inside": lambda: latent.square(PHOTO),
}


@pytest.mark.parametrize("name", OPENERS)
def test_who_opens_a_photo_waits_for_the_memory_that_it_needs(name):
    with ThreadPoolExecutor(1) as pool:
        with MEMORY.share(PIXELS):
            made = pool.submit(OPENERS[name])
            while not MEMORY._waiting:
                assert not made.done()
        assert made.result()


def test_who_leaves_in_the_midst_gives_the_memory_back():
    pictures = begun()
    while next(pictures) != ["colorization"]:
        pass
    all_of_it = MEMORY._ask(PIXELS)
    assert not all_of_it[0].done()
    del pictures
    assert all_of_it[0].done()
    MEMORY._give_back(*all_of_it)


def test_the_colors_are_seen_before_their_file_is_there_and_the_others_before_the_reconstruction():
    desk = Desk()
    settings = Settings(
        str(EXAMPLES / "photographer.png"), False, ("ir-initial", Source()), ("color-photo", Source()), 0.5, 1
    )
    seen = []
    for names in work(desk, settings, lambda share, text: None):
        seen += [(name, bool(desk.made[name].file)) for name in names if desk.look(name) is Look.FRESH]
    colors = seen.index(("colorization", False))
    file = seen.index(("colorization", True))
    assert colors < file < seen.index(("colorings", False)) < seen.index(("reconstruction", False))
