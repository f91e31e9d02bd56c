"""Retries of requests: exponential backoff with full jitter."""

from __future__ import annotations

import email.utils
import random
import time

AGAIN = frozenset({408, 425, 429, *range(500, 600)})
"""Statuses that another try may mend (RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4)."""

TRIES = 6
"""Of a file, one after the other without a new byte."""

LONGEST_S = 60.0
"""Longest pause of our own."""

PATIENCE_S = 300.0
"""Longest pause that a server may ask for."""

REFUSALS = {
    401: "asks for an account or a token",
    403: "does not give it to us",
    404: "has no such file",
    410: "has taken it away for good",
    451: "may not give it for legal reasons",
}
"""What statuses mean that no other try mends."""


class AgainError(Exception):
    """A try failed in a way that another may mend; `after`: seconds that the server asks for."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after


class RefusedError(Exception):
    """An address does not give what is wanted, however often it is asked."""


def seconds_of(header: str | None) -> float | None:
    """Return the pause that a header ``Retry-After`` asks for, in seconds or as a date.

    >>> seconds_of("7"), seconds_of("Mon, 01 Jan 2024 00:00:00 GMT"), seconds_of("soon")
    (7.0, 0.0, None)
    """
    if not header:
        return None
    try:
        return min(max(float(header), 0.0), PATIENCE_S)
    except ValueError:
        pass
    try:
        date = email.utils.parsedate_to_datetime(header).timestamp()
    except (TypeError, ValueError):
        return None
    return min(max(date - time.time(), 0.0), PATIENCE_S)


def pause(number: int, retry_after: float | None) -> float:
    """Return the seconds to wait after failure `number`, from 0: what is asked for, else jitter."""
    return random.uniform(0, min(LONGEST_S, 2.0**number)) if retry_after is None else retry_after
