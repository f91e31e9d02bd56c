"""Conversion of keyword arguments to command-line overrides, safe for any text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from os import PathLike, fspath

import numpy as np
from hydra.core.override_parser.types import Quote, QuotedString

from ..errors import ConfigError

PLAIN_TEXT = re.compile(r"(?!(?:null|true|false|nan|inf)$)[a-z_][\w.-]*", re.IGNORECASE)
"""Text that the override grammar reads as text without quotes."""

OVERRIDE_KEY = re.compile(r"[a-z_][\w-]*", re.IGNORECASE)
"""Keys that a mapping may have in the override grammar."""

PART_NAMES = re.compile(r"data\.(modalities|references)\.[^.]+")
"""Parts of a data set, which a config takes under any name."""


def words(given: Mapping[str, object]) -> list[str]:
    """Return keyword arguments as overrides: ``map__max_assemblies=150`` is ``map.max_assemblies``.

    Values keep their type: text is never parsed as a number, a list or another setting. Two
    underscores in a name are a dot. None is null; a path is its text; NumPy numbers and arrays
    become Python's; lists and mappings may be nested.

    Raises:
        ConfigError: If a value cannot be in a config.
    """
    overrides = []
    for name, value in given.items():
        key = name.replace("__", ".")
        plus = "++" if PART_NAMES.fullmatch(key) else ""
        overrides.append(f"{plus}{key}={_spelled(key, value)}")
    return overrides


def _spelled(key: str, value: object) -> str:
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str | PathLike):
        return _text(str(fspath(value)))
    if isinstance(value, Mapping):
        pairs = (f"{_key(key, k)}: {_spelled(f'{key}.{k}', v)}" for k, v in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple | range | set | frozenset):
        items: Iterable[object] = (
            sorted(value, key=str) if isinstance(value, set | frozenset) else value
        )
        return "[" + ", ".join(_spelled(key, item) for item in items) + "]"
    raise ConfigError(
        f"{key}: a setting is text, a number, true or false, None, a list or a mapping; got "
        f"{type(value).__name__}."
    )


def _text(value: str) -> str:
    if PLAIN_TEXT.fullmatch(value):
        return value
    literal = re.sub(r"(\\*)\$\{", r"\1\1\\${", value)  # else it names another setting
    return QuotedString(literal, Quote.single).with_quotes()


def _key(key: str, name: object) -> str:
    if (
        not isinstance(name, str)
        or not PLAIN_TEXT.fullmatch(name)
        or not OVERRIDE_KEY.fullmatch(name)
    ):
        raise ConfigError(f"{key}: a key is letters, digits and '_', got {name!r}.")
    return name
