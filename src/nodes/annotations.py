"""Type annotations as validators and as text: ``a whole number of at least 1``.

An annotation is turned into a schema of pydantic-core, a plain dictionary, from which its
validator, its text and its JSON schema are made. pydantic-core alone loads in a fifth of the time
of pydantic.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ..errors import SettingError, at_home

Schema = dict[str, Any]

ANYTHING: Schema = {"type": "any"}
PLAIN: dict[object, Schema] = {
    Any: ANYTHING,
    object: ANYTHING,
    bool: {"type": "bool", "strict": True},
    int: {"type": "int", "strict": True},
    float: {"type": "float", "strict": True, "allow_inf_nan": False},
    str: {"type": "str", "strict": True},
    NoneType: {"type": "none"},
}

NAMES = {
    "any": "anything",
    "bool": "true or false",
    "callable": "a part with a _target_",
    "float": "a number",
    "function-plain": "a path",
    "int": "a whole number",
    "none": "null",
    "str": "text",
}
"""Names of config types, by the type of the schema."""

MAX_SHOWN_LENGTH = 80
"""Maximum length of a refused value in a message."""


def schema(hint: object) -> Schema:
    """Return the schema of an annotation; types that no config contains are not checked inside.

    Scalars are strict: ``1`` is not true, ``true`` and ``"5"`` are no numbers; a whole number is
    accepted as a number, which must be finite unless its range says otherwise. Lists become tuples.
    """
    kind, inner = get_origin(hint) or hint, get_args(hint)
    if kind is Annotated:
        return schema(inner[0]) | _constraints(inner[1:])
    if kind in (Union, UnionType):
        return {"type": "union", "choices": [schema(one) for one in inner]}
    if kind is Literal:
        return {"type": "literal", "expected": list(inner)}
    if kind is list:
        return {"type": "list", "items_schema": schema(inner[0]) if inner else ANYTHING}
    if kind in (Sequence, tuple):
        items = [schema(one) for one in inner if one is not Ellipsis] or [ANYTHING]
        is_fixed = kind is tuple and inner and Ellipsis not in inner
        variadic = {} if is_fixed else {"variadic_item_index": 0}
        return {"type": "tuple", "items_schema": items} | variadic
    if kind in (Mapping, dict):
        keys, values = map(schema, inner or (object, object))
        return {"type": "dict", "keys_schema": keys, "values_schema": values}
    if kind is Callable:
        return {"type": "callable"}
    if kind is Path:
        return {"type": "function-plain", "function": {"type": "no-info", "function": _path}}
    if kind in PLAIN:
        return dict(PLAIN[kind])
    is_class = isinstance(kind, type) and not getattr(kind, "_is_protocol", False)
    return {"type": "is-instance", "cls": kind} if is_class else ANYTHING


def validated(name: str, hint: object, value: object) -> Any:
    """Return a value, validated and converted by its annotation.

    Raises:
        SettingError: If it is of another type or out of range; the error names `name`, followed by
            the key of a mapping's value.
    """
    try:
        return _validator(hint)(value)
    except ValueError:
        raise _fault(name, schema(hint), value) from None


def words(allowed: Schema) -> str:
    """Return the text of a schema: ``a number above 0 or null``."""
    kind = allowed["type"]
    if kind == "union":
        return " or ".join(map(words, allowed["choices"]))
    if kind == "literal":
        one_of = "one of " if len(allowed["expected"]) > 1 else ""
        return one_of + ", ".join(map(repr, allowed["expected"]))
    if kind in ("tuple", "list"):
        items = item_schemas(allowed)
        each = "" if items[0]["type"] == "any" else f" (each {words(items[0])})"
        fixed = f" of {len(items)}" if is_fixed(allowed) else _length(allowed)
        return f"a list{fixed}{each}"
    if kind == "dict":
        values = allowed["values_schema"]
        return f"a mapping{_length(allowed)}" + (
            "" if values["type"] == "any" else f" to {words(values)}"
        )
    if kind == "is-instance":
        name = allowed["cls"].__name__
        return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"
    if "multiple_of" in allowed:
        return f"a multiple of {allowed['multiple_of']}" + _range(allowed)
    return NAMES[kind] + _range(allowed) + _length(allowed)


def item_schemas(allowed: Schema) -> list[Schema]:
    """Return the schemas of a list's items: one for all, or one for each of a fixed number."""
    items = allowed["items_schema"]
    return items if isinstance(items, list) else [items]


def is_fixed(allowed: Schema) -> bool:
    """Return whether a list has a fixed number of items."""
    return allowed["type"] == "tuple" and "variadic_item_index" not in allowed


def _range(allowed: Schema) -> str:
    if "ge" in allowed and "le" in allowed:
        return f" from {allowed['ge']} to {allowed['le']}"
    spelled = {"ge": "of at least", "gt": "above", "le": "at most", "lt": "below"}
    limits = [f"{word} {allowed[key]}" for key, word in spelled.items() if key in allowed]
    return f" {' and '.join(limits)}" if limits else ""


def _length(allowed: Schema) -> str:
    least, most = allowed.get("min_length"), allowed.get("max_length")
    return f" of {least}" if least == most and least else f" of at least {least}" if least else ""


def _constraints(marks: Iterable[object]) -> Schema:
    """Return the constraints of marks such as ``Ge(1)``, under pydantic-core's names."""
    constraints: Schema = {}
    for mark in (inner for outer in marks for inner in getattr(outer, "metadata", [outer])):
        if is_dataclass(mark):
            constraints |= {field.name: getattr(mark, field.name) for field in fields(mark)}
    return {name: value for name, value in constraints.items() if value is not None}


@cache
def _validator(hint: object) -> Callable[[object], object]:
    return _compiled(schema(hint))


def _compiled(allowed: Schema) -> Callable[[object], object]:
    from pydantic_core import SchemaValidator  # slow to load, and needed only to build a component

    validate: Callable[[object], object] = SchemaValidator(allowed).validate_python
    return validate


def _fault(name: str, allowed: Schema, value: object) -> SettingError:
    """Return the error about a value that does not fit, or about a mapping's first such value."""
    for mapping in (one for one in _choices(allowed) if one["type"] == "dict"):
        validate = _compiled(mapping["values_schema"])
        for key, item in value.items() if isinstance(value, Mapping) else ():
            try:
                validate(item)
            except ValueError:
                return _fault(f"{name}.{key}", mapping["values_schema"], item)
    wanted = words(allowed)
    if isinstance(value, float) and not math.isfinite(value):
        wanted = wanted.replace("a number", "a finite number")
    got = " ".join(repr(value).split())
    shown = got if len(got) <= MAX_SHOWN_LENGTH else f"{got[: MAX_SHOWN_LENGTH - 2]}.."
    return SettingError(name, f"must be {wanted}, got {shown}.")


def _choices(allowed: Schema) -> Iterator[Schema]:
    yield from allowed["choices"] if allowed["type"] == "union" else [allowed]


def _path(value: object) -> Path:
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError
    return at_home(Path(value))
