"""Costly preparations that are kept while the same objects are asked about."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

Result = TypeVar("Result")

KEPT = 8
"""Results that a function keeps, the last ones asked for: a few references by halves."""


def kept(function: Callable[..., Result]) -> Callable[..., Result]:
    """Keep the last results of a function, for arguments that are the same objects or equal tuples.

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
        del last[:-KEPT]
        return result

    return call


def _same(one: object, other: object) -> bool:
    if one is other:
        return True
    plain = isinstance(one, int | str | tuple) and type(one) is type(other)
    return plain and one == other
