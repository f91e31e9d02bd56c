"""Check a verb's own settings against their annotations, and describe them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Union, get_args, get_origin, get_type_hints

from ..errors import SettingError
from .annotations import schema, validated, words
from .build import Config
from .settings import SETTINGS


def check_settings(verb: str, config: Config) -> None:
    """Check a verb's own settings, in a composed config, by type and range.

    Raises:
        SettingError: If one does not fit.
    """
    if verb in SETTINGS:
        _check("", SETTINGS[verb], config)


def described(verb: str) -> dict[str, str]:
    """Return the type and range of a verb's own settings as text: ``seed`` -> ``a whole ..``."""
    return dict(_described("", SETTINGS[verb])) if verb in SETTINGS else {}


def fields_of(hint: object) -> dict[str, object] | None:
    """Return the settings of a nested annotation: name -> annotation; None for a plain value."""
    nested = _nested(hint)
    return get_type_hints(nested, include_extras=True) if nested else None


def required_in(hint: object) -> frozenset[str]:
    """Return the required settings of an annotation."""
    return frozenset(getattr(_nested(hint), "__required_keys__", ()))


def _nested(hint: object) -> type | None:
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    classes = (kind for kind in kinds if isinstance(kind, type))
    return next((kind for kind in classes if hasattr(kind, "__required_keys__")), None)


def _check(key: str, hint: object, value: object) -> None:
    fields = fields_of(hint)
    if fields is None:
        validated(key, hint, value)
    elif isinstance(value, Mapping):
        for name in value.keys() - fields.keys() if key else ():
            raise SettingError(f"{key}.{name}", f"is no setting; {key} has {', '.join(fields)}.")
        for name, inner in fields.items():
            place = f"{key}.{name}" if key else name
            if name in value:
                _check(place, inner, value[name])
            elif name in required_in(hint):
                raise SettingError(place, "must be given.")
    elif value is not None or NoneType not in get_args(hint):
        raise SettingError(key, f"must be a mapping, got {value!r}.")


def _described(key: str, hint: object) -> Iterator[tuple[str, str]]:
    fields = fields_of(hint)
    if fields is None:
        yield key, words(schema(hint))
    for name, inner in (fields or {}).items():
        yield from _described(f"{key}.{name}" if key else name, inner)
