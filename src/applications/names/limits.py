"""Rate limits of an endpoint: requests and tokens per minute, pauses, failures, cost."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ...errors import ConfigError, DataError

FAILURES = 5
"""Calls in a row that fail for good before no more are made."""

PAUSE = re.compile(
    r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?"
)
"""A time as the headers ``x-ratelimit-reset-*`` give it: ``6m0s``, ``20ms``, ``1.5s``."""


@dataclass
class Bucket:
    """A token bucket: so many a minute, at once at most those of a minute.

    Attributes:
        rate: Per minute; None for no limit.
    """

    rate: float | None
    _left: float = field(init=False, default=0.0)
    _at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self._left, self._at = self.rate or 0.0, time.monotonic()

    def wait(self, amount: float) -> float:
        """Take an amount; return how many seconds to wait before it may be used."""
        if self.rate is None:
            return 0.0
        now = time.monotonic()
        self._left = min(self.rate, self._left + (now - self._at) * self.rate / 60) - amount
        self._at = now
        return max(-self._left * 60 / self.rate, 0.0)


@dataclass
class Limits:
    """What all calls of a run share; safe for threads.

    Attributes:
        requests: Per minute.
        tokens: Per minute.
        price_in: Of a million tokens sent.
        price_out: Of a million tokens received.
        max_cost: What the run may cost; None for no limit.
        sleep: Waits for seconds.
    """

    requests: Bucket
    tokens: Bucket
    price_in: float
    price_out: float
    max_cost: float | None
    sleep: Callable[[float], None] = time.sleep
    cost: float = 0.0
    _resume: float = 0.0
    _failures: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admit(self, tokens_in: int, tokens_out: int) -> None:
        """Wait until a call may be made.

        Raises:
            DataError: If too many calls have failed in a row.
            ConfigError: If it could cost more than the run may.
        """
        most = self._price(tokens_in, tokens_out)
        with self._lock:
            if self._failures >= FAILURES:
                raise DataError(
                    f"endpoint: {FAILURES} calls in a row failed, so no more were made; what was "
                    "answered is in the store: mend the endpoint and run the same again."
                )
            if self.max_cost is not None and self.cost + most > self.max_cost:
                raise ConfigError(
                    f"max_cost: {self.cost:.2f} of {self.max_cost:g} are spent and the next call "
                    f"may cost {most:.4f}; what was answered is in the store: set a higher "
                    "max_cost and run the same again."
                )
            self.cost += most
            pause = max(self.requests.wait(1), self.tokens.wait(tokens_in + tokens_out))
            pause = max(pause, self._resume - time.monotonic())
        if pause > 0:
            self.sleep(pause)

    def settle(self, reserved: tuple[int, int], used: tuple[int, int]) -> None:
        """Replace what a call could have cost by what it did."""
        with self._lock:
            self.cost += self._price(*used) - self._price(*reserved)

    def hold(self, seconds: float) -> None:
        """Stop all calls for so long."""
        with self._lock:
            self._resume = max(self._resume, time.monotonic() + seconds)

    def count(self, *, failed: bool) -> None:
        """Note how a call ended."""
        with self._lock:
            self._failures = self._failures + 1 if failed else 0

    def _price(self, tokens_in: int, tokens_out: int) -> float:
        return (tokens_in * self.price_in + tokens_out * self.price_out) / 1e6


def seconds_of(text: str) -> float:
    """Return the seconds of a header such as ``6m0s``; 0 where it is none."""
    match = PAUSE.fullmatch(text.strip())
    if not match or not text.strip():
        return 0.0
    hours, minutes, seconds, milli = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds + milli / 1000
