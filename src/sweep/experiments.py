"""Configs of trials: the experiment of the command line with a trial's values put in."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_origin, get_type_hints

from .. import config
from ..build import PACKAGE, Part, find
from ..errors import ConfigError
from ..stages import Parts
from .space import Space, Values, active

Config = dict[str, Any]


class Experiments:
    """All experiments of a study: one for each set of values.

    Args:
        space: What varies.
        overrides: Of ``run``, the same for all trials; of two with one key the later counts.

    Raises:
        ConfigError: If they do not compose.
    """

    def __init__(self, space: Space, overrides: Sequence[str]) -> None:
        self.space = space
        self.overrides = list({key_of(text): text for text in overrides}.values())
        self.groups = frozenset(config.groups("run"))
        self._composed: dict[tuple[tuple[str, Any], ...], Config] = {}
        self.default = self.of({})

    def of(self, values: Values, seed: int | None = None, **options: str) -> Config:
        """Return the config of one experiment.

        Args:
            values: By key, as `Space.suggest` gives them.
            seed: In place of the config's own.
            options: Further choices of groups, in place of those of the command line.

        Raises:
            ConfigError: If an option or a key does not exist.
        """
        chosen = options | {key: value for key, value in values.items() if key in self.groups}
        settings = copy.deepcopy(self._compose(chosen))
        for key, value in values.items():
            if key not in self.groups:
                put(settings, key, value)
        return settings if seed is None else reseeded(settings, seed)

    def check(self) -> None:
        """Build every part at both ends of each range and with each choice.

        Raises:
            ConfigError: If a key, an option or a value does not fit.
        """
        Parts.of(self.default)
        for values, varied in self._scenarios():
            try:
                settings, top = self.of(values), varied.partition(".")[0]
                if top in Parts.__annotations__:
                    Part.of(top, settings[top])
            except ConfigError as error:
                raise ConfigError(f"search.space.{varied}={values[varied]}: {error}") from None

    def default_values(self) -> Values | None:
        """Return the default config's values; None if one of them lies outside the space."""
        values: Values = {}
        for parameter in self.space.parameters:
            if not active(parameter, values):
                continue
            value = self._default_of(parameter.key, values)
            if not parameter.holds(value):
                return None
            values[parameter.key] = value
        return values

    def _compose(self, chosen: Mapping[str, Any]) -> Config:
        key = tuple(sorted(chosen.items()))
        if key not in self._composed:
            kept = [text for text in self.overrides if key_of(text) not in chosen]
            options = [f"{group}={option}" for group, option in chosen.items()]
            self._composed[key] = config.load("run", [*kept, *options])
        return self._composed[key]

    def _scenarios(self) -> Iterator[tuple[Values, str]]:
        """Yield values to try, and the parameter that each is about; one changes at a time."""
        for parameter in self.space.parameters:
            for end in parameter.ends():
                yield self._around(parameter.key, end), parameter.key

    def _around(self, key: str, value: Any) -> Values:
        """Return values in which `key` counts and is `value`, the others at their first."""
        wanted = {key: value}
        for parameter in reversed(self.space.parameters):
            if parameter.key in wanted:
                for name, allowed in parameter.when.items():
                    wanted.setdefault(name, allowed[0])
        values: Values = {}
        for parameter in self.space.parameters:
            if active(parameter, values):
                values[parameter.key] = wanted.get(parameter.key, parameter.ends()[0])
        return values

    def _default_of(self, key: str, values: Values) -> Any:
        if key in self.groups:
            return config.chosen("run", self.overrides)[key]
        options = {name: value for name, value in values.items() if name in self.groups}
        return value_at(self.of(options), key)


def reseeded(settings: Config, seed: int) -> Config:
    """Return a config with another seed; a simulated cell stays the one it was."""
    data = dict(settings["data"])
    if data.get("simulate") and data["simulate"].get("seed") is None:
        data["simulate"] = data["simulate"] | {"seed": settings["seed"]}
    return settings | {"data": data, "seed": seed}


def key_of(override: str) -> str:
    """Return the key that an override sets."""
    return override.partition("=")[0].lstrip("+~")


def put(settings: Config, key: str, value: Any) -> None:
    """Set a value in a config; arguments that a part takes need not be mentioned there yet.

    Raises:
        ConfigError: If the config has no such key.
    """
    *parents, name = key.split(".")
    node = settings
    for k, parent in enumerate(parents):
        if parent not in node:
            node[parent] = _fresh(node, parent, key, ".".join(parents[:k]))
        node = node[parent]
        if not isinstance(node, dict):
            raise ConfigError(f"'{key}' is not a setting: '{parent}' holds no settings here.")
    if name not in node and "_target_" not in node and parents:
        if node:
            raise _unknown(key, node)
    elif name not in node:
        _parameters(node, name, key, ".".join(parents))
    node[name] = value


def value_at(settings: Config, key: str) -> Any:
    """Return the value that a config gives to a key, or else its default in the signature."""
    node: Any = settings
    for name in key.split("."):
        if isinstance(node, Mapping):
            node = node[name] if name in node else _default(node, name)
        else:
            node = getattr(node, name, None)
    return node


def _default(node: Mapping[str, Any], name: str) -> Any:
    target = find("", node) if "_target_" in node else None
    parameter = inspect.signature(target).parameters.get(name) if target else None
    if parameter is None or parameter.default is inspect.Parameter.empty:
        return None
    factory = getattr(target, "__dataclass_fields__", {}).get(name)
    if factory is not None and callable(factory.default_factory):
        return factory.default_factory()
    return parameter.default


def _parameters(node: Config, name: str, key: str, where: str) -> Any:
    """Return the type of an argument that a node's target takes."""
    if "_target_" not in node:
        raise _unknown(key, node)
    target = find(where, node)
    if name not in inspect.signature(target).parameters:
        raise _unknown(key, list(inspect.signature(target).parameters))
    return get_type_hints(target.__init__).get(name)


def _fresh(node: Config, name: str, key: str, where: str) -> Config:
    """Return a node for an argument that so far stands at its default."""
    kind = _parameters(node, name, key, where)
    if get_origin(kind) is not None:
        return {}
    module = str(getattr(kind, "__module__", ""))
    if not module.startswith(f"{PACKAGE}."):
        raise ConfigError(f"'{key}' is not a setting: '{name}' holds no settings here.")
    return {"_target_": f"{module}.{kind.__name__}"}


def _unknown(key: str, known: Any) -> ConfigError:
    names = ", ".join(name for name in known if not name.startswith("_"))
    return ConfigError(f"'{key}' is not a setting of `cytoweave run`; there is {names}.")
