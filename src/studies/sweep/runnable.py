"""Combinations of a search space that cannot run on the data set: dropped or refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

from ...contracts import requires
from ...errors import ConfigError, DataError
from ...nodes.build import Part, Settings
from ...stages import DataSet, Pipeline
from ...store import Store
from ...terminal.console import LOG
from .experiments import Experiments
from .space import Parameter, Space, Value, Values, active


def runnable_space(experiments: Experiments) -> Space:
    """Return the search space without choices that can never run.

    A fusion that needs every modality of every protein is tested on the data set, which is read
    only if the space has such a fusion. Dropped choices are logged.

    Raises:
        ConfigError: If a choice runs only with some values of another one.
        DataError: If nothing runs, or a file does not contain what the config says.
    """
    deciding = [p for p in experiments.space.parameters if _decides(p)]
    combinations = _combinations(deciding)
    faults = _faults(experiments, combinations)
    if all(faults):
        raise DataError(str(faults[0]))
    dropped = _dropped(deciding, combinations, faults)
    for values, fault in zip(combinations, faults, strict=True):
        if fault and not any(values.get(key) == choice for key, choice in dropped):
            pair = ", ".join(f"{key}={value}" for key, value in values.items())
            raise ConfigError(
                f"search.space: {pair} cannot run together, each with others can: {fault} Fix one "
                "of them on the command line."
            )
        if fault:
            LOG.warning("left out of the search space: %s", fault)
    return _without(experiments.space, dropped)


def _decides(parameter: Parameter) -> bool:
    of_data = parameter.key.partition(".")[0] == "data"
    return parameter.type == "choice" and (of_data or parameter.key == "fusion")


def _combinations(deciding: Sequence[Parameter]) -> list[Values]:
    """Return every combination of the choices, without those whose condition is not met."""
    combinations: list[Values] = []
    for chosen in product(*(parameter.choices for parameter in deciding)):
        values: Values = {}
        for parameter, value in zip(deciding, chosen, strict=True):
            if active(parameter, values):
                values[parameter.key] = value
        if values not in combinations:
            combinations.append(values)
    return combinations


def _faults(experiments: Experiments, combinations: Sequence[Values]) -> list[DataError | None]:
    """Return why each combination cannot run; None where it can."""
    read: dict[str, DataSet] = {}

    def fault(values: Values) -> DataError | None:
        settings = experiments.of(values)
        if settings["data"].get("pairs") or not _needs_all(settings):
            return None
        pipeline = Pipeline.of(settings, Store(Path(settings["store"])))
        key = json.dumps(settings["data"], sort_keys=True)
        if key not in read:
            read[key] = pipeline.read(settings)
        try:
            pipeline.check_fusion(read[key])
        except DataError as error:
            return error
        return None

    return [fault(values) for values in combinations]


def _needs_all(settings: Settings) -> bool:
    part: Part[object] = Part.of("fusion", settings["fusion"])
    return "every_modality" in requires(part.thing)


def _dropped(
    deciding: Sequence[Parameter],
    combinations: Sequence[Values],
    faults: Sequence[DataError | None],
) -> list[tuple[str, Value]]:
    """Return the choices that no combination runs with."""
    runs = [values for values, fault in zip(combinations, faults, strict=True) if not fault]
    return [
        (parameter.key, choice)
        for parameter in deciding
        for choice in parameter.choices
        if not any(values.get(parameter.key) == choice for values in runs)
    ]


def _without(space: Space, dropped: Sequence[tuple[str, Value]]) -> Space:
    """Return a space without some choices, nor parameters conditional on these alone."""
    kept: dict[str, Parameter] = {}
    for parameter in space.parameters:
        left = tuple(c for c in parameter.choices if (parameter.key, c) not in dropped)
        conditions = {name: v for name, v in parameter.when.items() if name in kept}
        met = all(set(map(str, kept[n].choices)) & set(map(str, v)) for n, v in conditions.items())
        if met:
            kept[parameter.key] = replace(parameter, choices=left)
    return Space(tuple(kept.values()))
