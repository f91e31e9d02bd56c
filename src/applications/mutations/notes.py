"""Summary sentences of a mutation test: number of tests, significant ones, power."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ...artifacts.mutations import Mutations
from .background import Background

MIN_BACKGROUND_GENES = 1000
"""Genes of a file from which on a background can be fitted to them; fewer were chosen."""


def is_demonstration(mutations: Mutations) -> bool:
    """Return whether a file holds so few genes that they must have been chosen."""
    return len(mutations.genes) < MIN_BACKGROUND_GENES


def tested(
    mutations: Mutations, inside: int, test_on: str, background: Background, has_covariates: bool
) -> str:
    """Say what was compared with what.

    Args:
        mutations: Of the file.
        inside: Its genes that are in the map.
        test_on: ``nonsilent`` or ``silent``.
        background: Of the genes.
        has_covariates: Whether covariates of genes were given.
    """
    kinds = {
        "silent": "silent mutations (half of them)",
        "nonsilent": "patients with a non-silent mutation",
    }
    source = "silent mutations" if background.has_silent else "covariates alone"
    more = " and covariates" if background.has_silent and has_covariates else ""
    return (
        f"{inside:,} of {len(mutations.genes):,} genes of the file are in the map. Tested are "
        f"{kinds[test_on]}, against a background from {source}{more}."
    )


def spread(background: Background, deviation: float) -> str:
    """Say how far genes and assemblies deviate from their covariates."""
    what = "Silent counts" if background.has_silent else "Counts"
    return (
        f"{what} of a gene vary around what covariates say with a shape of "
        f"{background.shape:.2g}; whole assemblies by a factor of exp(+-{deviation:.2f})."
    )


def passed(metrics: Mapping[str, float], fdr: float) -> str:
    """Say how many assemblies pass."""
    return (
        f"{metrics['significant']:.0f} of {metrics['assemblies']:.0f} assemblies at a false "
        f"discovery rate of {fdr:g}, {metrics['convergent']:.0f} of them by more than one gene."
    )


def power(table: pd.DataFrame, cohort: str) -> str:
    """Say which excess could have been found at all."""
    least = table.loc[table["cohort"] == cohort, "detectable"]
    return (
        f"With a power of .8 half of the assemblies are found in {cohort} if all their genes are "
        f"mutated {least.median():.2g} times as often as expected, nine in ten at "
        f"{least.quantile(0.9):.2g} times."
    )


def demonstration(mutations: Mutations) -> tuple[str, ...]:
    """Warn of a file whose genes must have been chosen."""
    if not is_demonstration(mutations):
        return ()
    return (
        f"Demonstration only: the file holds {len(mutations.genes)} genes, which must have been "
        "chosen, perhaps for being mutated, so that their background is not known and no p value "
        "can be trusted.",
    )
