"""Functions compiled to machine code, kept on disk from the first call on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile; the code runs without the interpreter's lock."""
    return cast(F, numba.njit(nogil=True, cache=True)(function))
