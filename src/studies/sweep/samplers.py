"""Optuna's samplers of values, built anew for every trial.

A sampler is seeded by the study's seed and the number of earlier draws, so that an interrupted
study continues as it would have, and no worker repeats another.
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
from optuna.trial import FrozenTrial

from ...errors import ConfigError
from ...nodes.ranges import AtLeastOne, Ge, checked
from .space import Space


@checked
@dataclass(frozen=True)
class Tpe:
    """Tree-structured Parzen estimator: samples where good trials are dense and poor ones are not.

    Args:
        startup: Random trials before the model is used, at least 1.
        candidates: Samples of which the most promising is taken, at least 1.

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
            constant_liar=True,  # constant liar: running trials of other workers count as poor
            seed=seed,
        )


@checked
@dataclass(frozen=True)
class Random:
    """Random search: values drawn uniformly."""

    def build(self, space: Space, seed: int) -> BaseSampler:
        """Return the sampler of one trial."""
        return RandomSampler(seed)


@checked
@dataclass(frozen=True)
class Grid:
    """Grid search: every combination once, shuffled; needs choices or steps, no conditions."""

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
        return self._points(space, seed)

    def at(self, space: Space, seed: int, number: int) -> dict[str, object]:
        """Return the values at a point of the grid."""
        return self._points(space, seed).at(number)

    def _points(self, space: Space, seed: int) -> _Grid:
        return _Grid({p.key: p.grid() for p in space.parameters}, seed)


@checked
@dataclass(frozen=True)
class Nsga2:
    """NSGA-II: genetic algorithm for several objectives.

    Args:
        population: Trials of a generation, at least 2.

    Raises:
        ConfigError: If `population` is below 2.

    Source: Deb et al., IEEE Trans. Evol. Comput. 6:182 (2002), doi:10.1109/4235.996017.
    """

    population: Annotated[int, Ge(2)] = 20

    def build(self, space: Space, seed: int) -> BaseSampler:
        """Return the sampler of one trial."""
        return _Nsga2(population_size=self.population, seed=seed)


@checked
@dataclass(frozen=True)
class GaussianProcess:
    """Bayesian optimisation: a Gaussian process with expected improvement.

    Args:
        startup: Random trials before the model is used, at least 1.

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


GRID_ID = "grid_id"
"""Attribute in which Optuna 4.9 keeps the index of a trial's grid point."""

FIXED_VALUES = "fixed_params"
"""Attribute in which Optuna 4.9 keeps the values of an enqueued trial."""

Sampler = Tpe | Random | Grid | Nsga2 | GaussianProcess


def sampler_of(sampler: Sampler, space: Space, seed: int, draws: int) -> BaseSampler:
    """Return the sampler for the trial after this number of `draws`."""
    drawn = int(np.random.SeedSequence([seed, draws]).generate_state(1)[0])
    if isinstance(sampler, Grid):  # all workers must share their order
        drawn = seed
    with warnings.catch_warnings():
        # Optuna 4.9 warns of every sampler and argument that is experimental.
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return sampler.build(space, drawn)


class _Nsga2(NSGAIISampler):
    def get_parent_population(self, study: optuna.Study, generation: int) -> list[FrozenTrial]:
        """Return the parents in the order of their numbers.

        Optuna 4.9 orders them differently for the first trial of a generation, so that a trial
        which is drawn again after its worker died would differ.
        """
        parents = super().get_parent_population(study, generation)
        return sorted(parents, key=lambda trial: trial.number)


class _Grid(GridSampler):
    def at(self, number: int) -> dict[str, object]:
        """Return the values at a point; Optuna 4.9 has no other way to ask."""
        return dict(zip(self._param_names, self._all_grids[number], strict=True))

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Take the first free point; Optuna 4.9 takes that of the trial's number.

        Lost trials shift the numbers, so that a study would continue differently after a loss.
        """
        if GRID_ID in trial.system_attrs or FIXED_VALUES in trial.system_attrs:
            return
        point = min(self._get_unvisited_grid_ids(study), default=0)
        note = study._storage.set_trial_system_attr
        note(trial._trial_id, "search_space", self._search_space)
        note(trial._trial_id, GRID_ID, point)

    def after_trial(self, *arguments: object, **words: object) -> None:
        """Do nothing: Optuna 4.9 stops `optimize` here, which is not used."""
