"""The verbs ``structures ..``: jobs, results and error rates of structure prediction."""

from __future__ import annotations

from ...applications.structures.plan import find_plan
from ...applications.structures.rates import find_rates
from ...applications.structures.read import find_structures
from .use import show_use


def structures_plan(overrides: list[str]) -> None:
    """Which pairs of a map to fold, with decoys, as jobs for five predictors."""
    show_use("structures_plan", overrides, find_plan)


def structures_read(overrides: list[str]) -> None:
    """Results of structure predictors: ipSAE, pDockQ, LIS of every model and pair of chains."""
    show_use("structures_read", overrides, find_structures, needs_map=False)


def structures_rates(overrides: list[str]) -> None:
    """How many of the accepted pairs are false: FDR from decoys, conformal p, local FDR."""
    show_use("structures_rates", overrides, find_rates, needs_map=False)
