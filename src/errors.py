"""Errors a user can act on; each becomes one line and exit code 2 at the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class CytoweaveError(Exception):
    """Something the user asked for cannot be done; the message says what to change."""


class ConfigError(CytoweaveError):
    """A setting is unknown, out of range, or contradicts another."""


class SettingError(ConfigError):
    """An argument that a constructor or a function does not take.

    It names the argument alone, since nobody below the config knows under which key the user typed
    it; whoever does puts that in front, see `settings_of`.

    Args:
        name: The argument, e.g. ``dominance`` or ``weights.image``.
        rule: What it must be and what was got: ``must be above 0, got -1.0.``
    """

    def __init__(self, name: str, rule: str) -> None:
        super().__init__(name, rule)
        self.name, self.rule = name, rule

    def __str__(self) -> str:
        return f"{self.name}{'' if self.rule[:1] in ',:' else ' '}{self.rule}"


class DataError(CytoweaveError):
    """A file or table does not hold what its reader needs."""


@contextmanager
def settings_of(key: str) -> Iterator[None]:
    """Put `key` in front of the arguments that errors name: ``fusion`` -> ``fusion.dominance``."""
    try:
        yield
    except SettingError as error:
        raise SettingError(f"{key}.{error.name}", error.rule) from None
