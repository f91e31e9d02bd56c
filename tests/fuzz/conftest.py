"""Limits of the fuzz tests: time and memory of each input, one line for each refusal."""

import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

LIMIT_S = 60
"""Seconds of one input."""

LIMIT_KB = 4_000_000
"""Memory of the whole process at its largest."""


class HungError(Exception):
    """An input took longer than `LIMIT_S`."""


@contextmanager
def _limited() -> Iterator[None]:
    def stop(number: int, frame: object) -> None:
        raise HungError(f"longer than {LIMIT_S} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LIMIT_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < LIMIT_KB


@pytest.fixture(scope="session")
def limited() -> Callable[[], object]:
    """Return a context in which one input is read."""
    return _limited
