"""Structures of protein pairs: the verbs ``structures ..`` as Python functions."""

from __future__ import annotations

import pandas as pd

from ..applications.structures.plan import find_plan
from ..applications.structures.rates import find_rates
from ..applications.structures.read import find_structures
from ..artifacts import Findings
from ..verbs.applications.use import make_use
from .given import EmbeddingInput, HierarchyInput, NetworkInput, Place, text_table_file
from .session import session
from .settings import settings_of, store_for, with_files


def structures_plan(
    hierarchy: HierarchyInput | None = None,
    *,
    sequences: Place,
    network: NetworkInput | None = None,
    embedding: EmbeddingInput | None = None,
    run: Place | None = None,
    out: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> Findings:
    """Choose pairs of a map to fold, with decoys, and write them as jobs of five predictors.

    Args:
        hierarchy: A map, or its file.
        sequences: FASTA of its proteins.
        network: Pairs of proteins that were measured; None: those of the run, or none.
        embedding: Vectors of proteins; None: that of the run, or none.
        run: In place of `hierarchy` the folder of a finished run, where the result is written.
        out: The folder to write; None: nothing is written but the store, and the run.
        verbose: Show log and progress; None: if standard error is a terminal.
        settings: Those of ``cytoweave structures plan``, ``__`` for a dot.

    Returns:
        Tables ``jobs`` and ``left_out`` (with the reason); ``written`` has the predictors' files.

    Raises:
        ConfigError: If a setting is unknown or out of range, or not one map is given.
        DataError: If a file does not fit the map, or no pair can be folded.
    """
    with session(verbose):
        given = with_files(settings, network=network, embedding=embedding, hierarchy=hierarchy)
        given |= {"sequences": sequences, "run": run, "out": out}
        composed = settings_of("structures_plan", given)
        return make_use("structures_plan", composed, find_plan)


def structures_read(
    hierarchy: HierarchyInput | None = None,
    *,
    results: Place,
    jobs: Place | None = None,
    run: Place | None = None,
    out: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> Findings:
    """Read results of structure predictors and compute the metrics of every interface.

    Args:
        hierarchy: A map, or its file; results are read without one.
        results: A folder or a zip archive of ColabFold, AlphaFold 3, AlphaFold Server, Boltz or
            Chai, or a table of scores.
        jobs: ``jobs.tsv`` of `structures_plan`, which says the proteins of each job.
        run: In place of `hierarchy` the folder of a finished run, where the result is written.
        out: The folder to write; None: nothing is written but the run.
        verbose: Show log and progress; None: if standard error is a terminal.
        settings: Those of ``cytoweave structures read``, ``__`` for a dot.

    Returns:
        Tables ``structures`` (one row a model and pair of chains), ``pairs`` (over models),
        ``contacts``, ``interface_residues``, ``incomplete`` and, with `jobs`, ``scores``; a card
        of each assembly, its contacts as a page (``files``), ChimeraX commands (``written``).

    Raises:
        ConfigError: If a setting is unknown or out of range.
        DataError: If nothing can be read.
    """
    with session(verbose):
        given = with_files(settings, hierarchy=hierarchy)
        given |= {"results": results, "jobs": jobs, "run": run, "out": out}
        composed = settings_of("structures_read", given)
        return make_use("structures_read", composed, find_structures, needs_map=False)


def structures_rates(
    scores: Place | pd.DataFrame,
    *,
    run: Place | None = None,
    out: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> Findings:
    """Give p, q and local FDR of scored pairs from decoys.

    Args:
        scores: ``pair kind score [protein_a protein_b] [stratum] [length] [disorder] [assembly]``,
            a file or such a table in memory; kind is candidate or decoy, larger scores are better.
        run: The folder of a finished run, where the result is written.
        out: The folder to write; None: nothing is written but the run.
        verbose: Show log and progress; None: if standard error is a terminal.
        settings: Those of ``cytoweave structures rates``, ``__`` for a dot.

    Returns:
        Tables ``rates`` (a row a candidate), ``levels``, ``intervals``, ``tilted``, where proteins
        are named ``self_check``, with strata ``strata``; with assemblies a card of each; notes say
        what the rates rest on.

    Raises:
        ConfigError: If a setting is unknown or out of range.
        DataError: If the scores are none, or candidates or decoys are missing.
    """
    with session(verbose):
        place = {"scores": text_table_file(store_for(settings), "scores", scores)}
        composed = settings_of("structures_rates", settings | place | {"run": run, "out": out})
        return make_use("structures_rates", composed, find_rates, needs_map=False)
