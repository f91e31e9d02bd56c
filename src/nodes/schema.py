"""JSON schema of the arguments of a component or reader, and their types and ranges as text.

Both follow from the signature: `schema_of` is used for config schemas, `arguments_of` for help.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import MISSING, dataclass
from typing import Any

from .annotations import Schema, is_fixed, item_schemas, schema, words
from .ranges import hints

Json = dict[str, Any]

TYPES: dict[str, Json] = {
    "any": {},
    "bool": {"type": "boolean"},
    "callable": {"type": "object", "required": ["_target_"]},
    "float": {"type": "number"},
    "function-plain": {"type": "string", "minLength": 1},
    "int": {"type": "integer"},
    "is-instance": {"type": "object", "required": ["_target_"]},
    "none": {"type": "null"},
    "str": {"type": "string"},
}

LIMITS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
}

SENTENCE = re.compile(r"\.\s+(?=[A-Z])")
ARGUMENT = re.compile(r"^    (\w+): (.+(?:\n {8,}.+)*)", re.MULTILINE)


def schema_of(target: Callable[..., object], leave_out: Collection[str] = ()) -> Json:
    """Return the JSON schema of the arguments of a class or function, as a config sets them.

    Each has its type, range, default, and the first sentence of its description. A component is
    an object with a ``_target_``, whose schema is that of the class it names.

    Args:
        target: E.g. `cytoweave.maps.NearestNeighbours`, or a reader.
        leave_out: Arguments that no config sets, as `cytoweave.nodes.ranges.RUN_ARGUMENTS`.
    """
    described = descriptions(target)
    properties: dict[str, Json] = {}
    required = []
    for name, allowed, default in _arguments(target, leave_out):
        properties[name] = json_schema(allowed)
        if name in described:
            properties[name]["description"] = described[name]
        if default is inspect.Parameter.empty:
            required.append(name)
        elif default is None or isinstance(default, bool | int | float | str | tuple):
            properties[name]["default"] = list(default) if isinstance(default, tuple) else default
    return {
        "title": target.__name__,
        "description": SENTENCE.split(inspect.getdoc(target) or "")[0].partition("\n\n")[0],
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


@dataclass(frozen=True)
class Argument:
    """An argument of a class or function, as a config sets it.

    Attributes:
        name: Its name.
        allowed: Its type and range as text: ``a whole number of at least 1``.
        default: `inspect.Parameter.empty` where there is none.
        meaning: The first sentence of its description in the docstring, or "".
    """

    name: str
    allowed: str
    default: object
    meaning: str


def arguments_of(
    target: Callable[..., object], leave_out: Collection[str] = ()
) -> tuple[Argument, ...]:
    """Return the arguments of a class or function; default factories are called."""
    described, own = descriptions(target), getattr(target, "__dataclass_fields__", {})
    return tuple(
        Argument(name, words(allowed), _made(own.get(name), default), described.get(name, ""))
        for name, allowed, default in _arguments(target, leave_out)
    )


def descriptions(target: Callable[..., object]) -> dict[str, str]:
    """Return the first sentence of each argument's description in a docstring."""
    block = (inspect.getdoc(target) or "").partition("Args:\n")[2]
    block = re.split(r"^\S", block, maxsplit=1, flags=re.MULTILINE)[0]
    return {
        name: f"{SENTENCE.split(' '.join(text.split()))[0].rstrip('.')}."
        for name, text in ARGUMENT.findall(block)
    }


def json_schema(allowed: Schema) -> Json:
    """Return the JSON schema of one value."""
    kind = allowed["type"]
    if kind == "union":
        return {"anyOf": [json_schema(one) for one in allowed["choices"]]}
    if kind == "literal":
        return {"enum": allowed["expected"]}
    if kind in ("tuple", "list"):
        items = [json_schema(one) for one in item_schemas(allowed)]
        if is_fixed(allowed):
            return {"type": "array", "prefixItems": items, "minItems": len(items), "items": False}
        return {"type": "array", "items": items[0], "minItems": allowed.get("min_length", 0)}
    if kind == "dict":
        return {"type": "object", "additionalProperties": json_schema(allowed["values_schema"])}
    schema: Json = TYPES[kind] | {LIMITS[k]: v for k, v in allowed.items() if k in LIMITS}
    return schema | ({"title": allowed["cls"].__name__} if kind == "is-instance" else {})


def _made(field: object, default: object) -> object:
    factory = getattr(field, "default_factory", MISSING)
    return default if factory is MISSING else factory()


def _arguments(
    target: Callable[..., object], leave_out: Collection[str]
) -> Iterator[tuple[str, Schema, object]]:
    allowed = hints(target)
    for name, parameter in inspect.signature(target).parameters.items():
        if name not in leave_out:
            yield name, schema(allowed.get(name, object)), parameter.default
