"""Search space: the settings that a study varies, their ranges, and their conditions."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from optuna.trial import BaseTrial

from ...errors import ConfigError, settings_of
from ...nodes.annotations import validated
from ...nodes.build import Config

PARAMETER_KEYS = ("type", "low", "high", "step", "log", "choices", "when")
TYPES = ("float", "int", "choice")
Scalar = bool | int | float | str | None
Value = Scalar | list["Value"] | dict[str, "Value"]
"""Value of a setting, as in YAML; a storage keeps scalars."""

Values = dict[str, Value]


@dataclass(frozen=True)
class Parameter:
    """One setting that a study varies.

    Attributes:
        key: The setting as it is typed on the command line: ``map.ranking.size``, or the name of a
            choice such as ``fusion``.
        type: ``float``, ``int`` or ``choice``.
        low: Smallest value of a number.
        high: Largest value of a number.
        step: Step between values; None for any float, 1 for whole numbers.
        log: Whether a number is drawn uniformly on a logarithmic scale.
        choices: Values of a choice: scalars, lists or mappings.
        when: Condition: earlier choices -> values of which one must be chosen for this to count.
    """

    key: str
    type: str
    low: float = 0
    high: float = 0
    step: float | None = None
    log: bool = False
    choices: tuple[Value, ...] = ()
    when: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, key: str, node: Config) -> Parameter:
        """Read one parameter of a search space.

        Raises:
            ConfigError: If a word is unknown or missing, or a range is empty.
        """
        where = f"search.space.{key}"
        for word in node:
            if word not in PARAMETER_KEYS:
                keys = ", ".join(PARAMETER_KEYS)
                raise ConfigError(f"{where}: '{word}' is unknown; it takes {keys}.")
        kind = node.get("type", "choice" if "choices" in node else None)
        if kind not in TYPES:
            raise ConfigError(f"{where}.type must be one of {', '.join(TYPES)}, got {kind!r}.")
        when = node.get("when") or {}
        if not isinstance(when, Mapping):
            raise ConfigError(f"{where}.when must be a mapping of choices, got {when!r}.")
        conditions = {
            name: tuple(value) if isinstance(value, list) else (value,)
            for name, value in when.items()
        }
        if kind == "choice":
            return cls(key, kind, choices=_choices(where, node), when=conditions)
        return cls(key, kind, *_range(where, kind, node), when=conditions)

    def suggest(self, trial: BaseTrial) -> Value:
        """Draw a value for a trial."""
        if self.type == "choice":
            return self.decode(trial.suggest_categorical(self.key, self.encoded()))
        if self.type == "int":
            low, high, step = int(self.low), int(self.high), int(self.step or 1)
            return trial.suggest_int(self.key, low, high, step=step, log=self.log)
        return trial.suggest_float(self.key, self.low, self.high, step=self.step, log=self.log)

    def encoded(self) -> list[Scalar]:
        """Return the choices as a storage can keep them: lists and mappings as JSON."""
        return [_encode(value) for value in self.choices]

    def decode(self, value: object) -> Value:
        """Return the value of a stored choice."""
        return next(choice for choice in self.choices if _same(_encode(choice), value))

    def contains(self, value: object) -> bool:
        """Return whether the space contains a value."""
        if self.type == "choice":
            return any(_same(value, choice) for choice in self.choices)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return bool(self.low <= value <= self.high) and (
            self.type == "float" or float(value).is_integer()
        )

    def ends(self) -> list[Value]:
        """Return the values to validate: both ends, or every choice."""
        return list(self.choices) if self.type == "choice" else [self.low, self.high]

    def at_end(self, value: object) -> bool:
        """Return whether a number is in the outer twentieth of its range."""
        if self.type == "choice" or not isinstance(value, int | float) or self.high == self.low:
            return False
        low, high, at = (
            math.log(x) if self.log else float(x) for x in (self.low, self.high, value)
        )
        return not 0.05 <= (at - low) / (high - low) <= 0.95

    def grid(self) -> list[Scalar]:
        """Return all values, as stored.

        Raises:
            ConfigError: If there are infinitely many.
        """
        if self.type == "choice":
            return self.encoded()
        step = self.step or (1 if self.type == "int" else None)
        if step is None or self.log:
            raise ConfigError(
                f"search.space.{self.key}: a grid needs choices or a step, without log; "
                "or choose another sampler."
            )
        count = int((self.high - self.low) / step + 1e-9) + 1
        return [self.low + k * step for k in range(count)]


@dataclass(frozen=True)
class Space:
    """All settings that a study varies, in an order in which conditions come first."""

    parameters: tuple[Parameter, ...]

    @classmethod
    def of(cls, node: Config, fixed: Mapping[str, str] | None = None) -> Space:
        """Read a search space: ``key: {type, low, high, step, log, choices, when}``.

        Keys may be dotted or nested like the config's. Settings fixed on the command line are not
        searched.

        Raises:
            ConfigError: If it is empty, or a parameter or a condition does not make sense.
        """
        fixed = fixed or {}
        parameters = [Parameter.of(key, leaf) for key, leaf in _leaves(node, "")]
        kept: dict[str, Parameter] = {}
        for parameter in parameters:
            for name, values in parameter.when.items():
                _check_condition(parameter.key, name, values, kept, fixed)
            met = all(
                fixed[name] in map(str, values)
                for name, values in parameter.when.items()
                if name in fixed
            )
            if parameter.key not in fixed and met:
                kept[parameter.key] = parameter
        if not kept:
            raise ConfigError("search.space is empty; name at least one setting to vary.")
        return cls(tuple(kept.values()))

    def suggest(self, trial: BaseTrial) -> Values:
        """Draw a trial's values; those whose condition is not met are left out."""
        values: Values = {}
        for parameter in self.parameters:
            if active(parameter, values):
                values[parameter.key] = parameter.suggest(trial)
        return values

    def decode(self, stored: Mapping[str, Scalar]) -> Values:
        """Return the values of a trial from their stored form."""
        return {
            p.key: p.decode(stored[p.key]) if p.type == "choice" else stored[p.key]
            for p in self.parameters
            if p.key in stored
        }

    def encode(self, values: Values) -> dict[str, Scalar]:
        """Return values as a storage keeps them."""
        return {key: _encode(value) for key, value in values.items()}

    def described(self) -> dict[str, object]:
        """Return the space as plain values, as a study keeps it."""
        return {
            p.key: {
                word: getattr(p, word)
                for word in PARAMETER_KEYS
                if getattr(p, word) not in (None, False, (), {})
            }
            for p in self.parameters
        }

    @property
    def conditional(self) -> bool:
        """Whether some settings count under a condition only."""
        return any(parameter.when for parameter in self.parameters)


def active(parameter: Parameter, values: Values) -> bool:
    """Return whether a parameter's condition is met by the values of earlier ones.

    A condition on settings fixed on the command line was checked before.
    """
    return all(
        name not in values or values[name] in allowed for name, allowed in parameter.when.items()
    )


def _leaves(node: Config, prefix: str) -> Iterator[tuple[str, Config]]:
    for name, value in node.items():
        key = f"{prefix}{name}"
        if not isinstance(value, Mapping):
            keys = ", ".join(PARAMETER_KEYS)
            raise ConfigError(f"search.space.{key} must be a mapping with {keys}.")
        if "type" in value or "choices" in value or not value or set(value) & {"low", "high"}:
            yield key, value
        else:
            yield from _leaves(value, f"{key}.")


def _choices(where: str, node: Config) -> tuple[Value, ...]:
    choices = node.get("choices")
    if not isinstance(choices, list) or not choices:
        raise ConfigError(f"{where}.choices must be a list of at least one value, got {choices!r}.")
    if len({json.dumps(value) for value in choices}) < len(choices):
        raise ConfigError(f"{where}.choices names a value twice: {choices}.")
    for word in ("low", "high", "step", "log"):
        if word in node:
            raise ConfigError(f"{where}: a choice has no '{word}'.")
    return tuple(choices)


def _range(where: str, kind: str, node: Config) -> tuple[float, float, float | None, bool]:
    low, high = (_number(f"{where}.{word}", kind, node.get(word)) for word in ("low", "high"))
    step = node.get("step")
    with settings_of(where):
        log: bool = validated("log", bool, node.get("log", False))
    step = None if step is None else _number(f"{where}.step", kind, step)
    if low >= high:
        raise ConfigError(f"{where}: 'low' must be below 'high', but got low={low}, high={high}.")
    if log and low <= 0:
        raise ConfigError(f"{where}: log=true needs 'low' above 0, but got low={low}.")
    if step is not None and (log or step <= 0):
        raise ConfigError(f"{where}.step must be above 0 and without log=true, got step={step}.")
    return low, high, step, log


def _number(where: str, kind: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int if kind == "int" else (int, float)):
        number = "a whole number" if kind == "int" else "a number"
        raise ConfigError(f"{where} must be {number}, got {value!r}.")
    return value


def _check_condition(
    key: str,
    name: str,
    values: Sequence[Value],
    known: Mapping[str, Parameter],
    fixed: Mapping[str, str],
) -> None:
    where = f"search.space.{key}.when.{name}"
    if name in fixed:
        return
    if name not in known or known[name].type != "choice":
        raise ConfigError(f"{where}: there is no choice '{name}' before it in the search space.")
    for value in values:
        if value not in known[name].choices:
            allowed = ", ".join(map(str, known[name].choices))
            raise ConfigError(f"{where}: '{value}' is not among its choices: {allowed}.")


def _encode(value: Value) -> Scalar:
    return json.dumps(value) if isinstance(value, list | dict) else value


def _same(one: object, other: object) -> bool:
    """Equal and of one type: 1, 1.0 and true are three choices."""
    return type(one) is type(other) and bool(one == other)
