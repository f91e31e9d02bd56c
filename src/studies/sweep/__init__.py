"""Hyper-parameter sweeps with Optuna, by one worker or many."""

from .command import Sweep
from .pruning import Pruning
from .samplers import GaussianProcess, Grid, Nsga2, Random, Tpe

__all__ = [
    "GaussianProcess",
    "Grid",
    "Nsga2",
    "Pruning",
    "Random",
    "Sweep",
    "Tpe",
]
