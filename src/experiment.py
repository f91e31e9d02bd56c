"""One experiment: the stages in order, from raw files to a scored map."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from .artifacts import Scores
from .maps import calibrated
from .nodes.build import Config
from .report import RunResult
from .stages import Pipeline
from .stages.given import with_profiles
from .stages.inputs import inputs
from .stages.measured import measured
from .store import Store


def run(config: Config, store: Store) -> RunResult:
    """Run all stages of one experiment.

    Args:
        config: The composed config of the verb ``run``.
        store: Store of stage results.

    Raises:
        ConfigError: If a setting is unknown or out of range; raised before any work starts.
        DataError: If a file does not have the content that the config says.
    """
    pipeline, calibration = Pipeline.of(config, store), calibrated(config["calibration"])
    data = pipeline.read(config)
    mapped = pipeline.map(data)
    fused, hierarchy = mapped.embedded.fused, mapped.hierarchy
    with ThreadPoolExecutor(1) as executor:  # the layout's code releases the GIL
        plane = executor.submit(pipeline.lay_out, fused) if fused else None
        scores = pipeline.evaluate(data, hierarchy, fused).value
    scores = with_profiles(scores, hierarchy.value, data)
    return RunResult(
        config=dict(config),
        calibration=calibration,
        hierarchy=hierarchy.value,
        similarity=mapped.network.value,
        embedding=fused.value if fused else None,
        modalities={name: part.value for name, part in mapped.embedded.modalities.items()},
        scores=Scores(scores.metrics, scores.tables | pipeline.encoding(data).image_tables()),
        identifiers=data.identifiers(),
        images=data.images(),
        layout=plane.result() if plane else None,
        inputs=inputs(config, store),
        measured=measured(data, hierarchy.value.proteins, config["data"]),
    )


def score(config: Config, store: Store) -> Scores:
    """Return the scores of one experiment alone."""
    pipeline = Pipeline.of(config, store)
    data = pipeline.read(config)
    mapped = pipeline.map(data)
    return pipeline.evaluate(data, mapped.hierarchy, mapped.embedded.fused).value
