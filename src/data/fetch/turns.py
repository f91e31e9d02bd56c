"""Rate limits by host: parallel files, and seconds between requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from .manifests import Host


@dataclass
class _Turn:
    concurrency: int
    interval: float
    free: threading.Semaphore
    lock: threading.Lock = field(default_factory=threading.Lock)
    next: float = 0.0


class Turns:
    """Who may ask now.

    Args:
        sleep: Waits for seconds.
    """

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        self._turns: dict[str, _Turn] = {}
        self._lock = threading.Lock()

    def limit(self, host: str, wants: Host) -> None:
        """State what a host wants, before anything is fetched from it; the least of several."""
        before = self._turns.get(host)
        number = min(wants.concurrency, before.concurrency if before else wants.concurrency)
        interval = max(wants.min_interval_s, before.interval if before else 0.0)
        self._turns[host] = _Turn(number, interval, threading.Semaphore(number))

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait until a host may be asked; it counts as asked until the block ends."""
        with self._lock:
            if host not in self._turns:
                self.limit(host, Host())
            turn = self._turns[host]
        with turn.free:
            with turn.lock:
                wait = turn.next - time.monotonic()
                turn.next = max(turn.next, time.monotonic()) + turn.interval
            if wait > 0:
                self._sleep(wait)
            yield
