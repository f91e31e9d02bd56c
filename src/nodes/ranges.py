"""Validation of arguments by their signatures: types and ranges (``k: AtLeastOne = 15``).

A class or function marked `checked` refuses arguments that its annotations do not allow with a
`SettingError` in one line. Ranges are written as ``Annotated[int, Ge(2)]``; frequent ones have a
name here. `bind` turns the keys of a reader's config node into its arguments.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, wraps
from typing import Annotated, Any, TypeVar, cast, get_type_hints

from annotated_types import Ge, Gt, Interval, Le, Len, Lt, MinLen, MultipleOf

from ..errors import ConfigError, settings_of
from .annotations import validated

__all__ = [
    "RUN_ARGUMENTS", "AtLeastOne", "Ge", "Gt", "Interval", "Le", "Len", "Lt", "MinLen",
    "MultipleOf", "Natural", "NonNegative", "OrInfinite", "Positive", "Unit", "UnitAboveZero",
    "UnitBelowOne", "UnitInside", "bind", "checked", "fitted", "hints", "taking",
]  # fmt: skip

Checked = TypeVar("Checked", bound=Callable[..., object])
Returned = TypeVar("Returned")

RUN_ARGUMENTS = ("folder", "identifiers", "modality", "names", "scratch", "strict", "workers")
"""Arguments of readers and of `simulate` that the run sets, not the node."""


@dataclass(frozen=True)
class OrInfinite:
    """Marks a number that may be infinite: ``Annotated[float, Gt(0), OrInfinite()]``."""

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

    Above ``@dataclass``, the checks run before ``__post_init__``, which checks only rules about
    several arguments.
    """
    if isinstance(target, type):
        target.__init__ = _checking(target.__init__)  # type: ignore[misc]
        return target
    return cast(Checked, _checking(target))


def fitted(target: Callable[..., object], arguments: Mapping[str, object]) -> dict[str, Any]:
    """Return the arguments of a class or function, validated and converted by its annotations.

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


def bind(key: str, reader: Callable[..., object], node: Mapping[str, object]) -> dict[str, Any]:
    """Return the arguments in a config node, without its ``kind``; paths become `Path`.

    Raises:
        ConfigError: If a key is unknown or missing, or a value of another type than the reader's.
    """
    parameters = inspect.signature(reader).parameters
    allowed = [name for name in parameters if name not in RUN_ARGUMENTS]
    where = f"{key} (kind {node['kind']})" if "kind" in node else key
    unknown = [name for name in node if name != "kind" and name not in allowed]
    if unknown:
        raise ConfigError(
            f"{where}: unknown key {', '.join(unknown)}; allowed: {', '.join(allowed)}."
        )
    required = (n for n in allowed if parameters[n].default is inspect.Parameter.empty)
    absent = [name for name in required if name not in node]
    if absent:
        raise ConfigError(
            f"{where}: missing key {', '.join(absent)}; allowed: {', '.join(allowed)}."
        )
    with settings_of(key):
        return fitted(reader, {name: node[name] for name in allowed if name in node})


def taking(kind: type) -> Callable[[Callable[..., Returned]], Callable[..., Returned]]:
    """Let a reader that takes a dataclass of settings accept each of its fields as an argument.

    Its signature, and so the keys of a config, are the fields and the reader's other arguments.
    """

    def flat(reader: Callable[..., Returned]) -> Callable[..., Returned]:
        own = inspect.signature(kind).parameters
        first, *others = inspect.signature(reader).parameters.values()
        signature = inspect.Signature([*own.values(), *others])

        @wraps(reader)
        def read(*given: object, **named: object) -> Returned:
            bound = signature.bind(*given, **named).arguments
            fields = {name: bound.pop(name) for name in own if name in bound}
            return reader(kind(**fields), **bound)

        read.__dict__["__signature__"] = signature
        read.__annotations__ = hints(kind) | hints(reader)
        del read.__annotations__[first.name]
        return read

    return flat


def _checking(call: Callable[..., object]) -> Callable[..., object]:
    signature = inspect.signature(call)

    @wraps(call)
    def checking(*given: object, **named: object) -> object:
        bound = signature.bind(*given, **named)
        bound.arguments |= fitted(call, bound.arguments)
        return call(*bound.args, **bound.kwargs)

    return checking
