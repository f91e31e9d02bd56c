"""Evaluation of maps and embeddings, robustness, and comparison of maps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..artifacts import Scores
from ..stages.given import evaluate_given
from ..studies.measuring import Measured
from ..studies.robustness import robustness as find_robustness
from ..verbs.scores import make_comparison, make_measured, make_scores
from .given import EmbeddingInput, HierarchyInput, Place
from .session import session
from .settings import Modalities, References, settings_of, with_data, with_files


def evaluate(
    hierarchy: HierarchyInput | None = None,
    *,
    embedding: EmbeddingInput | None = None,
    references: References | None = None,
    universe: str | Iterable[str] | None = None,
    out: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> Scores:
    """Score a hierarchy, an embedding, or both against references.

    Args:
        hierarchy: A map, or its file.
        embedding: A file, a DataFrame, an array with names, or an AnnData.
        references: References by name: protein sets ``{"complex": ["A", "B"]}``, a GMT file, a true
            hierarchy, or a node of a data config; in addition to those of ``data=``, if given.
        universe: Proteins that could be in the map: names, a file of them, ``"data"`` (default if
            the data set has measurements), or ``"map"`` (otherwise).
        out: The folder to write; None: nothing is written but the store.
        verbose: Show log and progress; None: if standard error is a terminal.
        settings: Those of ``cytoweave evaluate``, ``__`` for a dot: ``eval__nulls=100``.

    Raises:
        ConfigError: If a setting is unknown or out of range, or nothing is given to score.
        DataError: If the data are malformed.
    """
    with session(verbose):
        given = with_data({"data": "own"} | settings, None, references)
        given = with_files(given, embedding=embedding, universe=universe, hierarchy=hierarchy)
        return make_scores(
            settings_of("evaluate", given | {"out": out}), evaluate_given, plots=True
        )


def objective(
    hierarchy: HierarchyInput,
    baseline: HierarchyInput | Sequence[Place],
    *,
    references: References | None = None,
    universe: str | Iterable[str] | None = None,
    out: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> Measured:
    """Compute the objective of sweeps for a map, relative to a baseline.

    Args:
        hierarchy: A map, or its file.
        baseline: The map with value 1, or files of several that differ in their seed.
        references: References by name, as in `evaluate`.
        universe: Proteins that could be in the map, as in `evaluate`.
        out: The folder to write; None: nothing is written but the store.
        verbose: Show log and progress; None: if standard error is a terminal.
        settings: Those of ``cytoweave objective``, ``__`` for a dot.

    Raises:
        ConfigError: If a setting is unknown, or the objective is not defined for the data.
        DataError: If a file cannot be read.
    """
    with session(verbose):
        given = with_data({"data": "own"} | settings, None, references)
        if isinstance(baseline, Sequence) and not isinstance(baseline, str):
            given |= {"baseline": [str(path) for path in baseline]}
        else:
            given = with_files(given, baseline=baseline)
        given = with_files(given, universe=universe, hierarchy=hierarchy)
        return make_measured(settings_of("objective", given | {"out": out}))


def robustness(
    *,
    modalities: Modalities | None = None,
    references: References | None = None,
    out: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> Scores:
    """Test which assemblies jackknives over proteins recover, and which need every modality.

    Takes what `run` takes, and the settings of ``cytoweave robustness``.
    """
    with session(verbose):
        given = with_data(settings, modalities, references)
        return make_scores(settings_of("robustness", given | {"out": out}), find_robustness)


def compare(
    first: HierarchyInput,
    second: HierarchyInput,
    *,
    out: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> Scores:
    """Compare two maps; tables ``shared``, ``matches`` and ``events``.

    Args:
        first: A map, its file, or the folder of a finished run.
        second: The other.
        out: The folder to write; None: nothing is written but the store.
        verbose: Show log and progress; None: if standard error is a terminal.
        settings: Those of ``cytoweave compare``.

    Raises:
        DataError: If a file cannot be read.
    """
    with session(verbose):
        given = with_files(settings, first=first, second=second)
        return make_comparison(settings_of("compare", given | {"out": out}))
