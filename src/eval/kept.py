"""Cache of costly preparations, keyed by object identity."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

Result = TypeVar("Result")

CACHED_RESULTS = 8
"""Number of cached results of a function: a few references by halves."""


def kept(function: Callable[..., Result]) -> Callable[..., Result]:
    """Cache the last results of a function, by identity of array arguments.

    Trials of a sweep score hundreds of maps against the same references in one process. Arrays are
    neither hashed nor compared: an argument is the same if it is the same object, or a number, a
    name or a tuple that is equal.
    """
    last: list[tuple[tuple[object, ...], Result]] = []

    @wraps(function)
    def call(*arguments: object) -> Result:
        for k, (before, result) in enumerate(last):
            if len(before) == len(arguments) and all(map(_same, before, arguments)):
                last.append(last.pop(k))
                return result
        result = function(*arguments)
        last.append((arguments, result))
        del last[:-CACHED_RESULTS]
        return result

    return call


def _same(one: object, other: object) -> bool:
    if one is other:
        return True
    plain = isinstance(one, int | str | tuple) and type(one) is type(other)
    return plain and one == other
