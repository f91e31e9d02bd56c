"""Functions compiled by numba, cached on disk after the first call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile; the code runs without the interpreter's lock."""
    return cast(F, numba.njit(nogil=True, cache=True)(function))
