"""Every argument of every shipped part and reader refuses what its signature does not allow.

A wrong type or a value beyond its range is one line that begins with the argument's full key.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from omegaconf import OmegaConf

from cytoweave.data.reading import READERS
from cytoweave.data.simulation import simulate
from cytoweave.errors import ConfigError
from cytoweave.nodes.annotations import Schema, schema
from cytoweave.nodes.build import build, find
from cytoweave.nodes.conf import conf_folder
from cytoweave.nodes.ranges import RUN_ARGUMENTS, bind, fitted, hints

INF, NAN = float("inf"), float("nan")

WRONG: dict[str, list[Any]] = {
    "bool": [1, 0, "no", "abc", 0.5, {}],
    "callable": ["abc", 1, True, {}],
    "dict": ["abc", 1, [1]],
    "float": ["abc", "5", True, NAN, {}],
    "function-plain": [5, True, "", {}],
    "int": ["abc", "5", True, 0.5, INF, NAN, {}],
    "is-instance": ["abc", 1, True, {}],
    "list": ["abc", 1, True, {}],
    "literal": ["abc", 5, True, {}],
    "none": [],
    "str": [5, 0.5, True, {}],
    "tuple": ["abc", 1, True, {}],
}
"""Values that no argument of a kind takes."""


def nodes(node: Any, key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, Mapping):
        if "_target_" in node:
            yield key, dict(node)
        for name, value in node.items():
            yield from nodes(value, f"{key}.{name}")


def shipped() -> dict[str, str]:
    """Return each target that a file of ours names, and one key at which it stands."""
    result: dict[str, str] = {}
    for path in sorted(conf_folder().glob("*/*.yaml")):
        content = OmegaConf.to_container(OmegaConf.load(path), resolve=False)
        for key, node in nodes(content, path.parent.name):
            result.setdefault(str(node["_target_"]), key)
    return result


def kinds(allowed: Schema) -> list[Schema]:
    return list(allowed["choices"]) if allowed["type"] == "union" else [allowed]


def beyond(allowed: Schema) -> list[Any]:
    """Return values just outside of a range."""
    step = 1 if allowed["type"] == "int" else 1e-9
    result = [allowed["ge"] - step] if "ge" in allowed else []
    result += [allowed["gt"]] if "gt" in allowed else []
    result += [allowed["le"] + step] if "le" in allowed else []
    result += [allowed["lt"]] if "lt" in allowed else []
    result += [allowed["multiple_of"] + 1] if "multiple_of" in allowed else []
    if allowed["type"] == "float" and not allowed.get("allow_inf_nan"):
        result += [INF, -INF]
    return [[]] if allowed.get("min_length") and allowed["type"] != "dict" else result


def refused(allowed: Schema) -> list[Any]:
    """Return values that none of an argument's kinds takes."""
    choices = kinds(allowed)
    if any(one["type"] == "any" for one in choices):
        return []
    values = [value for value in WRONG[choices[0]["type"]] if not any(map(fits(value), choices))]
    return values + [value for one in choices for value in beyond(one)]


def fits(value: Any) -> Callable[[Schema], bool]:
    """Return whether a kind could take a value; told apart here by Python's types alone."""

    def could(allowed: Schema) -> bool:
        of: dict[str, Any] = {
            "bool": bool,
            "int": int,
            "float": int | float,
            "str": str,
            "dict": Mapping,
        }
        of |= {"function-plain": str, "none": type(None)}
        wanted = of.get(allowed["type"], ())
        whole = isinstance(value, bool) and allowed["type"] != "bool"
        return bool(wanted) and isinstance(value, wanted) and not whole

    return could


def arguments(
    target: Callable[..., object], leave_out: Sequence[str] = ()
) -> Iterator[tuple[str, Schema]]:
    allowed = hints(target)
    for name in inspect.signature(target).parameters:
        if name in allowed and name not in leave_out:
            yield name, schema(allowed[name])


def test_no_target_is_left_out() -> None:
    assert len(shipped()) > 35
    without = {"NoLogger", "Random", "Grid", "Local", "HPADenseNet"}
    taking = {t.rpartition(".")[2] for t in shipped() if list(arguments(find("", {"_target_": t})))}
    assert {t.rpartition(".")[2] for t in shipped()} - taking == without


@pytest.mark.parametrize(("target", "key"), shipped().items())
def test_a_wrong_value_of_a_part_is_one_line_with_its_key(target: str, key: str) -> None:
    tried = 0
    for name, allowed in arguments(find(key, {"_target_": target})):
        for value in refused(allowed):
            node = {"_target_": target, "_partial_": True, name: value}
            with pytest.raises(ConfigError) as caught:
                build(key, node)
            message = str(caught.value)
            assert message.startswith(f"{key}.{name} must be "), (value, message)
            assert ", got " in message
            assert "\n" not in message
            tried += 1
    assert tried or not list(arguments(find(key, {"_target_": target})))


@pytest.mark.parametrize("kind", [*READERS, "simulate"])
def test_a_wrong_value_of_a_reader_is_one_line_with_its_key(kind: str) -> None:
    reader: Callable[..., object] = simulate if kind == "simulate" else READERS[kind]
    needed = {
        name: "x"
        for name, parameter in inspect.signature(reader).parameters.items()
        if parameter.default is inspect.Parameter.empty and name not in RUN_ARGUMENTS
    }
    tried = 0
    for name, allowed in arguments(reader, RUN_ARGUMENTS):
        for value in refused(allowed):
            with pytest.raises(ConfigError) as caught:
                bind("data.x", reader, {"kind": kind, **needed, name: value})
            assert str(caught.value).startswith(f"data.x.{name} must be "), value
            assert "\n" not in str(caught.value)
            tried += 1
    assert tried > 2


@pytest.mark.parametrize("target", shipped())
def test_every_default_is_allowed(target: str) -> None:
    result = find("", {"_target_": target})
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(result).parameters.items()
        if parameter.default is not inspect.Parameter.empty
        and type(parameter.default).__name__ != "_HAS_DEFAULT_FACTORY_CLASS"
    }
    assert fitted(result, defaults) == defaults
