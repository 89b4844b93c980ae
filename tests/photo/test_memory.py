import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ae.photo.memory import LEAST_SHARE, Budget

LARGE = 10 * LEAST_SHARE


class Watched:
    """Counts what is had at once; whoever has a share keeps it until told."""

    def __init__(self, budget):
        self.budget, self.lock, self.now, self.most = budget, threading.Lock(), 0, 0

    def use(self, pixels):
        with self.budget.share(pixels):
            self.add(max(pixels, LEAST_SHARE))
            self.add(-max(pixels, LEAST_SHARE))

    def add(self, pixels):
        with self.lock:
            self.now += pixels
            self.most = max(self.most, self.now)


def test_all_get_a_share_and_never_more_than_there_is_at_once():
    watched = Watched(Budget(LARGE))
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(watched.use, [1, LARGE, LARGE // 2, LARGE // 3, 1, 1] * 100))
    assert 0 < watched.most <= LARGE and watched.now == 0


def test_what_does_not_fit_waits_and_nobody_overtakes_it():
    budget, order = Budget(LARGE), []
    first, second, third = (budget._ask(pixels) for pixels in (LARGE // 2, LARGE, 1))
    assert first[0].done() and not second[0].done() and not third[0].done()
    budget._give_back(*first)
    assert second[0].done() and not third[0].done()
    budget._give_back(*second)
    assert third[0].done() and not order


def test_more_than_there_is_counts_as_all():
    with Budget(LARGE).share(100 * LARGE):
        pass


def test_a_share_is_given_back_by_what_fails():
    budget = Budget(LARGE)
    for _ in range(2):
        with pytest.raises(ValueError), budget.share(LARGE):
            raise ValueError


def test_who_stops_waiting_gives_back_his_place_in_line_and_no_share():
    budget = Budget(LARGE)
    first, second, third = (budget._ask(LARGE) for _ in range(3))
    budget._give_back(*second)
    assert second[0].cancelled() and not third[0].done()
    budget._give_back(*first)
    assert third[0].done()
    budget._give_back(*third)
    with budget.share(LARGE):
        pass
