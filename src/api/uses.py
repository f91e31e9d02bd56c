"""Applications of a map as Python functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import TypeAlias

import pandas as pd

from ..applications.contrast.find import find_contrast
from ..applications.evidence import find_evidence
from ..applications.functions.find import find_functions
from ..applications.mutations.find import find_mutations
from ..applications.names.find import find_names
from ..applications.places.find import find_places
from ..applications.property import find_property
from ..artifacts import Findings
from ..verbs.applications.use import make_use
from .given import (
    EmbeddingInput,
    HierarchyInput,
    NetworkInput,
    Place,
    ReferenceInput,
    design_file,
    embedding_file,
    protein_table_file,
    sets_file,
    text_table_file,
)
from .session import session
from .settings import settings_of, store_for, with_data, with_files

ProteinTableInput: TypeAlias = (
    str | PathLike[str] | Iterable[str] | Mapping[str, float] | pd.Series | pd.DataFrame
)
"""What is said of proteins: a file, a list of them, values by name, or a table."""


def property(  # noqa: A001 - the verb's name
    hierarchy: HierarchyInput | None = None,
    *,
    property: ProteinTableInput | None = None,  # noqa: A002 - the setting's name
    covariates: ProteinTableInput | None = None,
    run: Place | None = None,
    out: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> Findings:
    """Find the assemblies in which a property of proteins is concentrated.

    Args:
        hierarchy: A map, or its file.
        property: Proteins that have it, a number for each protein, or a file of either; None with
            ``preset=``.
        covariates: Covariates for matching, one per column, or their file.
        run: In place of `hierarchy` the folder of a finished run, where the result is written.
        out: The folder to write; None: nothing is written but the store, and the run.
        verbose: Show log and progress; None: if standard error is a terminal.
        settings: Those of ``cytoweave property``, ``__`` for a dot.

    Returns:
        Table ``property``, metrics, notes, and entries of each assembly's card.

    Raises:
        ConfigError: If a setting is unknown or out of range, or not exactly one map is given.
        DataError: If the property does not fit the map, or there is nothing to compare.
    """
    with session(verbose):
        tables = {"property": property, "covariates": covariates}
        given = with_files(_with_tables(settings, tables), hierarchy=hierarchy)
        composed = settings_of("property", given | {"run": run, "out": out})
        return make_use("property", composed, find_property)


def evidence(
    hierarchy: HierarchyInput | None = None,
    *,
    matrix: EmbeddingInput,
    covariates: ProteinTableInput | None = None,
    run: Place | None = None,
    out: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> Findings:
    """Find the assemblies whose members are similar in another experiment.

    Args:
        hierarchy: A map, or its file.
        matrix: Proteins x features: a file (TSV, CSV, h5ad), a DataFrame, an array with names, an
            AnnData.
        covariates: Covariates for matching besides the profile's length, or their file.
        run: In place of `hierarchy` the folder of a finished run, where the result is written.
        out: The folder to write; None: nothing is written but the store, and the run.
        verbose: Show log and progress; None: if standard error is a terminal.
        settings: Those of ``cytoweave evidence``, ``__`` for a dot.

    Returns:
        Table ``evidence``, and ``unexpected`` members if there are known terms; metrics, notes,
        and entries of each assembly's card.

    Raises:
        ConfigError: If a setting is unknown or out of range, or not exactly one map is given.
        DataError: If the matrix does not fit the map.
    """
    with session(verbose):
        given = with_files(_with_tables(settings, {"covariates": covariates}), hierarchy=hierarchy)
        place = {"matrix": embedding_file(store_for(settings), matrix)}
        composed = settings_of("evidence", given | place | {"run": run, "out": out})
        return make_use("evidence", composed, find_evidence)


def functions(
    hierarchy: HierarchyInput | None = None,
    *,
    annotations: Place | pd.DataFrame,
    network: NetworkInput | None = None,
    embedding: EmbeddingInput | None = None,
    run: Place | None = None,
    out: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> Findings:
    """Predict the terms that proteins of a map may have and lack.

    Args:
        hierarchy: A map, or its file.
        annotations: Known annotations: GAF, GPAD, GMT, a table ``protein term [evidence] [date]``,
            or such a table in memory with these column names.
        network: Pairs of proteins whose neighbours vote; None: those of the run, or none.
        embedding: Vectors whose nearest proteins vote; None: that of the run, or none.
        run: In place of `hierarchy` the folder of a finished run, where the result is written.
        out: The folder to write; None: nothing is written but the store, and the run.
        verbose: Show log and progress; None: if standard error is a terminal.
        settings: Those of ``cytoweave functions``, ``__`` for a dot, such as ``ontology``: OBO, or
            a table of parents and children; without, no term follows from another.

    Returns:
        Tables ``functions`` (protein, term, probability, evidence ..), ``functions_25`` and
        ``functions_50`` (estimated precision of 25 and 50 % and more), ``scores``, ``precision``.

    Raises:
        ConfigError: If a setting is unknown or out of range, dates overlap, or no map is given.
        DataError: If a file does not fit the map, or there is too little to learn from.
    """
    with session(verbose):
        given = with_files(settings, network=network, embedding=embedding, hierarchy=hierarchy)
        given |= {"annotations": text_table_file(store_for(settings), "annotations", annotations)}
        composed = settings_of("functions", given | {"run": run, "out": out})
        return make_use("functions", composed, find_functions)


def mutations(
    hierarchy: HierarchyInput | None = None,
    *,
    counts: Place | pd.DataFrame,
    covariates: ProteinTableInput | None = None,
    lengths: ProteinTableInput | None = None,
    run: Place | None = None,
    out: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> Findings:
    """Find the assemblies that are recurrently mutated in tumours, and by which genes.

    Args:
        hierarchy: A map, or its file.
        counts: ``gene nonsilent_patients_<COHORT> .. silent_mutations_<COHORT> ..``, a file or
            such a table in memory.
        covariates: Covariates of mutation rates, one per column, or their file.
        lengths: Lengths of genes, or their file.
        run: In place of `hierarchy` the folder of a finished run, where the result is written.
        out: The folder to write; None: nothing is written but the store, and the run.
        verbose: Show log and progress; None: if standard error is a terminal.
        settings: Those of ``cytoweave mutations``, ``__`` for a dot.

    Returns:
        Tables ``mutations``, a row per assembly and cohort, and ``genes``; ``patients`` and
        ``hits`` where patients are known, ``drivers`` with a list of them; metrics, notes, and
        entries of each assembly's card.

    Raises:
        ConfigError: If a setting is unknown or out of range, a cohort is not there, or not one map
            is given.
        DataError: If the counts do not fit the map, or there is no background to compare with.
    """
    with session(verbose):
        tables = {"covariates": covariates, "lengths": lengths}
        given = with_files(_with_tables(settings, tables), hierarchy=hierarchy)
        place = {"counts": text_table_file(store_for(settings), "counts", counts)}
        composed = settings_of("mutations", given | place | {"run": run, "out": out})
        return make_use("mutations", composed, find_mutations)


def names(
    hierarchy: HierarchyInput | None = None,
    *,
    references: Mapping[str, ReferenceInput] | None = None,
    sets: ReferenceInput | None = None,
    covariates: ProteinTableInput | None = None,
    run: Place | None = None,
    out: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> Findings:
    """Name the assemblies of a map, or gene sets, with calibrated probabilities.

    Args:
        hierarchy: A map, or its file.
        references: References by name: GMT files, protein sets by name, or nodes of a data config;
            in addition to those of ``data=``.
        sets: In place of `hierarchy` gene sets: a GMT file, or protein sets by name.
        covariates: Covariates for matching of random proteins, one per column, or their file.
        run: In place of `hierarchy` the folder of a finished run, where the result is written.
        out: The folder to write; None: nothing is written but the store, and the run.
        verbose: Show log and progress; None: if standard error is a terminal.
        settings: Those of ``cytoweave names``, ``__`` for a dot.

    Returns:
        Table ``names`` (assembly, name, source, confidence, coverage, runner_up ..), how well the
        confidences are calibrated (``scores``, ``reliability``), and what each card says.

    Raises:
        ConfigError: If a setting is unknown or out of range, or not exactly one map is given.
        DataError: If no reference fits the map.
    """
    with session(verbose):
        given = with_data(_with_tables(settings, {"covariates": covariates}), None, references)
        given = with_files(given, hierarchy=hierarchy)
        if sets is not None:
            given |= {"sets": sets_file(store_for(settings), sets)}
        composed = settings_of("names", given | {"run": run, "out": out})
        return make_use("names", composed, find_names)


def contrast(
    hierarchy: HierarchyInput | None = None,
    *,
    design: Place | Mapping[str, Sequence[EmbeddingInput]],
    run: Place | None = None,
    out: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> Findings:
    """Find assemblies that change between conditions, or stay, and proteins that move.

    Args:
        hierarchy: A map, or its file.
        design: A file ``condition replicate path [block]``, or the tables (proteins x features) of
            each condition, one a replicate.
        run: In place of `hierarchy` the folder of a finished run, where the result is written.
        out: The folder to write; None: nothing is written but the store, and the run.
        verbose: Show log and progress; None: if standard error is a terminal.
        settings: Those of ``cytoweave contrast``, ``__`` for a dot.

    Returns:
        Tables ``contrast`` (assembly, class, effect, p, fdr ..), ``movers`` (protein, score, p,
        fdr ..) and ``nulls``: the same tests between replicates and with exchanged labels.

    Raises:
        ConfigError: If a setting is unknown or out of range, or not exactly one map is given.
        DataError: If the design or a table is malformed, or tables and map share too few proteins.
    """
    with session(verbose):
        given = with_files(settings, hierarchy=hierarchy)
        given |= {"design": design_file(store_for(settings), design), "run": run, "out": out}
        return make_use("contrast", settings_of("contrast", given), find_contrast)


def places(
    run: Place,
    *,
    out: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> Findings:
    """Find proteins in several compartments of a map, and assemblies of several parents.

    Args:
        run: The folder of a finished run, where the result is written.
        out: The folder to write; None: that of the run.
        verbose: Show log and progress; None: where standard error is a terminal.
        settings: Those of ``cytoweave places``, ``__`` for a dot.

    Returns:
        Tables ``places`` (protein, score, effective, expected, sd ..) and ``parents``, a row per
        assembly; metrics, notes, and what each assembly's card says.

    Raises:
        ConfigError: If a setting is unknown or out of range.
        DataError: If the folder contains no finished run, or its map no compartments.
    """
    with session(verbose):
        composed = settings_of("places", {**settings, "run": run, "out": out})
        return make_use("places", composed, find_places)


def _with_tables(
    settings: Mapping[str, object], tables: Mapping[str, object | None]
) -> dict[str, object]:
    """Return keyword arguments with in-memory tables replaced by files of the store."""
    store = store_for(settings)
    given = {name: table for name, table in tables.items() if table is not None}
    return dict(settings) | {k: protein_table_file(store, k, table) for k, table in given.items()}
