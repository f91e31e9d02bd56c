"""Configs of trials: the base experiment with a trial's values."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence

from ... import config
from ...errors import ConfigError
from ...nodes.build import Part, Settings
from ...nodes.conf import groups
from ...nodes.values import key_of, put, value_at
from ...stages.parts import NAMES, Parts
from ..variants import reseeded
from .space import Space, Value, Values, active


class Experiments:
    """Composes the config of every trial of a study.

    Args:
        space: The search space.
        overrides: Of ``run``, the same for all trials; of two with the same key the later wins.

    Raises:
        ConfigError: If the config does not compose.
    """

    def __init__(self, space: Space, overrides: Sequence[str]) -> None:
        self.space = space
        self.overrides = list({key_of(text): text for text in overrides}.values())
        self.groups = frozenset(groups("run"))
        self._composed: dict[tuple[tuple[str, Value], ...], Settings] = {}
        self.default = self.of({})

    def of(self, values: Values, seed: int | None = None, **options: str) -> Settings:
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
        """Build every component at both ends of each range and with each choice, as a check.

        Raises:
            ConfigError: If a key, an option or a value does not fit.
        """
        Parts.of(self.default)
        for values, varied in self._scenarios():
            try:
                settings, top = self.of(values), varied.partition(".")[0]
                if top in NAMES:
                    Part.of(top, settings[top])
            except ConfigError as error:
                raise ConfigError(f"search.space.{varied}={values[varied]}: {error}") from None

    def default_values(self) -> Values | None:
        """Return the default config's values; None if one of them is outside the space."""
        values: Values = {}
        for parameter in self.space.parameters:
            if not active(parameter, values):
                continue
            value = self._default_of(parameter.key, values)
            if not parameter.contains(value):
                return None
            values[parameter.key] = value
        return values

    def _compose(self, chosen: Mapping[str, Value]) -> Settings:
        key = tuple(sorted(chosen.items()))
        if key not in self._composed:
            kept = [text for text in self.overrides if key_of(text) not in chosen]
            options = [f"{group}={option}" for group, option in chosen.items()]
            self._composed[key] = config.load("run", [*kept, *options])
        return self._composed[key]

    def _scenarios(self) -> Iterator[tuple[Values, str]]:
        """Yield values to try, and the parameter that each tests; one changes at a time."""
        for parameter in self.space.parameters:
            for end in parameter.ends():
                yield self._around(parameter.key, end), parameter.key

    def _around(self, key: str, value: Value) -> Values:
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

    def _default_of(self, key: str, values: Values) -> Value:
        if key in self.groups:
            return config.chosen("run", self.overrides)[key]
        options = {name: value for name, value in values.items() if name in self.groups}
        default: Value = value_at(self.of(options), key)
        return default
