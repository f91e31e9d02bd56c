"""Which values come next: Optuna's samplers, each built afresh for every trial.

A sampler is seeded by the study's seed and the number of trials so far: a study that was
interrupted goes on as it would have, and no worker repeats another.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import optuna
from optuna.samplers import (
    BaseSampler,
    GPSampler,
    GridSampler,
    NSGAIISampler,
    RandomSampler,
    TPESampler,
)

from ...errors import ConfigError
from ...nodes.ranges import AtLeastOne, Ge, checked
from .space import Space


@checked
@dataclass(frozen=True)
class Tpe:
    """Tree-structured Parzen estimator: draws where good trials are dense and poor ones are not.

    Args:
        startup: Random trials before it begins, at least 1.
        candidates: Draws of which the most promising is taken, at least 1.

    Raises:
        ConfigError: If a number is below 1.

    Source: Bergstra et al., NeurIPS 2011; Watanabe, 2023, doi:10.48550/arXiv.2304.11127.
    """

    startup: AtLeastOne = 10
    candidates: AtLeastOne = 24

    def build(self, space: Space, seed: int) -> BaseSampler:
        """Return the sampler of one trial."""
        return TPESampler(
            n_startup_trials=self.startup,
            n_ei_candidates=self.candidates,
            multivariate=True,
            group=space.conditional,
            constant_liar=True,  # other workers' trials under way count as poor
            seed=seed,
        )


@checked
@dataclass(frozen=True)
class Random:
    """Values drawn evenly."""

    def build(self, space: Space, seed: int) -> BaseSampler:
        """Return the sampler of one trial."""
        return RandomSampler(seed)


@checked
@dataclass(frozen=True)
class Grid:
    """Every combination once, in random order; needs choices or steps and no conditions."""

    def size(self, space: Space) -> int:
        """Return the number of combinations."""
        return math.prod(len(p.grid()) for p in space.parameters)

    def build(self, space: Space, seed: int) -> BaseSampler:
        """Return the sampler of one trial.

        Raises:
            ConfigError: If the space has no grid.
        """
        conditional = next((p.key for p in space.parameters if p.when), None)
        if conditional:
            raise ConfigError(
                f"search.space.{conditional}.when: a grid has no conditions; choose another "
                "sampler, or fix the setting on the command line."
            )
        return _Grid({p.key: p.grid() for p in space.parameters}, seed)


@checked
@dataclass(frozen=True)
class Nsga2:
    """Genetic algorithm for several objectives.

    Args:
        population: Trials of a generation, at least 2.

    Raises:
        ConfigError: If `population` is below 2.

    Source: Deb et al., IEEE Trans. Evol. Comput. 6:182 (2002), doi:10.1109/4235.996017.
    """

    population: Annotated[int, Ge(2)] = 20

    def build(self, space: Space, seed: int) -> BaseSampler:
        """Return the sampler of one trial."""
        return NSGAIISampler(population_size=self.population, seed=seed)


@checked
@dataclass(frozen=True)
class GaussianProcess:
    """Bayesian optimisation: a Gaussian process of the objective, expected improvement.

    Args:
        startup: Random trials before it begins, at least 1.

    Raises:
        ConfigError: If `startup` is below 1.

    Source: Jones et al., J. Glob. Optim. 13:455 (1998), doi:10.1023/A:1008306431147.
    """

    startup: AtLeastOne = 10

    def build(self, space: Space, seed: int) -> BaseSampler:
        """Return the sampler of one trial."""
        return GPSampler(
            seed=seed, n_startup_trials=self.startup, independent_sampler=RandomSampler(seed)
        )


Sampler = Tpe | Random | Grid | Nsga2 | GaussianProcess


def sampler_of(sampler: Sampler, space: Space, seed: int, trials: int) -> BaseSampler:
    """Return the sampler for the trial that follows `trials` others."""
    drawn = int(np.random.SeedSequence([seed, trials]).generate_state(1)[0])
    if isinstance(sampler, Grid):  # whose order all workers must share
        drawn = seed
    with warnings.catch_warnings():
        # Optuna 4.9 says so of every sampler and argument that it has not promised to keep.
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return sampler.build(space, drawn)


class _Grid(GridSampler):
    def after_trial(self, *arguments: object, **words: object) -> None:
        """Do nothing: Optuna 4.9 stops `optimize` here, which is not how trials are taken."""
