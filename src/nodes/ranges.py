"""Ranges of arguments, declared in signatures and checked there: ``k: AtLeastOne = 15``.

A class or function marked `checked` refuses what its annotations do not allow by a `SettingError`
in one line. Ranges are written as ``Annotated[int, Ge(2)]``, frequent ones have a name here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, wraps
from typing import Annotated, Any, TypeVar, cast, get_type_hints

from annotated_types import Ge, Gt, Interval, Le, Len, Lt, MinLen, MultipleOf

from .annotations import validated

__all__ = [
    "AtLeastOne", "Ge", "Gt", "Interval", "Le", "Len", "Lt", "MinLen", "MultipleOf",
    "Natural", "NonNegative", "OrInfinite", "Positive", "Unit", "UnitAboveZero", "UnitBelowOne",
    "UnitInside", "checked", "fitted", "hints",
]  # fmt: skip

Checked = TypeVar("Checked", bound=Callable[..., object])


@dataclass(frozen=True)
class OrInfinite:
    """Mark of a number that may be infinite: ``Annotated[float, Gt(0), OrInfinite()]``."""

    allow_inf_nan: bool = True


AtLeastOne = Annotated[int, Ge(1)]
Natural = Annotated[int, Ge(0)]
Positive = Annotated[float, Gt(0)]
NonNegative = Annotated[float, Ge(0)]
Unit = Annotated[float, Interval(ge=0, le=1)]
UnitAboveZero = Annotated[float, Interval(gt=0, le=1)]
UnitBelowOne = Annotated[float, Interval(ge=0, lt=1)]
UnitInside = Annotated[float, Interval(gt=0, lt=1)]


def checked(target: Checked) -> Checked:
    """Check the arguments of a class or function against its annotations at every call.

    Above ``@dataclass``, the checks come before ``__post_init__``, which is left with the rules
    that concern several arguments.
    """
    if isinstance(target, type):
        target.__init__ = _checking(target.__init__)  # type: ignore[misc]
        return target
    return cast(Checked, _checking(target))


def fitted(target: Callable[..., object], arguments: Mapping[str, object]) -> dict[str, Any]:
    """Return arguments of a class or function as its annotations want them.

    Raises:
        SettingError: If one is of another type or out of range.
    """
    allowed = hints(target)
    return {
        name: validated(name, allowed[name], value) if name in allowed else value
        for name, value in arguments.items()
    }


@cache
def hints(target: Callable[..., object]) -> dict[str, object]:
    """Return the annotations of the arguments of a class or function, ranges included."""
    call = target.__init__ if isinstance(target, type) else target  # type: ignore[misc]
    return get_type_hints(call, include_extras=True)


def _checking(call: Callable[..., object]) -> Callable[..., object]:
    signature = inspect.signature(call)

    @wraps(call)
    def checking(*given: object, **named: object) -> object:
        bound = signature.bind(*given, **named)
        bound.arguments |= fitted(call, bound.arguments)
        return call(*bound.args, **bound.kwargs)

    return checking
