"""Simulated SEC-MS elution profiles: complexes separated by size, counted by fraction."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .truth import Truth

FRACTIONS = 34
LARGEST, SMALLEST = 4.0, 1.0  # log10 kDa at the first and last fraction
REPLICATES = 2
SEEN = 0.60  # U2OS SEC-MS contains 60 % of the proteins in both BioPlex 3 and LOPIT-DC
FREE = 0.15  # mean share of a complex's member that elutes alone
OTHER = 0.55  # mean weight of an elution peak that no known complex explains
IN_VOID = 0.8  # share of the unexplained peaks that are too large for the column: aggregates
WIDTH = 1.9  # s.d. of a peak, in fractions
DRIFT = 0.85  # s.d. of a protein's shift against its complex, in fractions
DEPTH = 15.0  # counts at the peak of a median protein
UNSEEN = 1e-3  # of a profile's top: less is never detected


def elute(truth: Truth, noise: float, rng: np.random.Generator) -> list[pd.DataFrame]:
    """Return one table per replicate: ``protein F1 .. F34``, row maximum 1, NaN: not detected.

    A protein peaks where its complexes elute, by their total mass, and where its monomer elutes;
    more noise raises the free share, adds unexplained peaks and shifts, and lowers counts and
    detection.

    Args:
        truth: The cell.
        noise: >= 0; 1 is as hard as the U2OS profiles.
        rng: Random generator.
    """
    shape = _profiles(truth, noise, rng)
    n = len(truth.proteins)
    # Abundant proteins are detected more easily.
    rank = np.argsort(np.argsort(np.log(truth.abundance) + rng.standard_normal(n)))
    seen = rank >= (1 - SEEN**noise) * n
    names = np.array(truth.proteins, object)
    replicates = []
    for _ in range(REPLICATES):
        amounts = _counted(shape, truth.abundance, noise, rng)
        kept = seen & (np.nan_to_num(amounts).max(axis=1) > 0)
        table = pd.DataFrame(amounts[kept], columns=[f"F{k}" for k in range(1, FRACTIONS + 1)])
        table.insert(0, "protein", names[kept])
        replicates.append(table.round(5))
    return replicates


def _profiles(truth: Truth, noise: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the ``(N, F)`` expected profiles, maximum 1."""
    n = len(truth.proteins)
    complexes = truth.complexes
    copies = rng.integers(1, 3, complexes.nnz)  # one or two of each subunit
    mass = np.add.reduceat(copies * truth.mass[complexes.indices], complexes.indptr[:-1])
    shift = noise * DRIFT * rng.standard_normal(complexes.nnz)
    position = np.repeat(_fraction(mass), np.diff(complexes.indptr)) + shift
    alone = _fraction(truth.mass) + noise * DRIFT * rng.standard_normal(n)
    free = rng.beta(2 * FREE, 2 * (1 - FREE), n) * min(noise, 1) if noise else np.zeros(n)
    in_complex = np.bincount(complexes.indices, minlength=n) > 0
    profile = np.where(in_complex, free, 1)[:, None] * _peak(alone)
    weight = (1 - free)[complexes.indices]
    np.add.at(profile, complexes.indices, weight[:, None] * _peak(position))
    other = noise * OTHER * rng.exponential(1, n)
    where = rng.uniform(0, FRACTIONS - 1, n) * (rng.random(n) > IN_VOID)
    profile += other[:, None] * _peak(where)
    return np.asarray(profile / profile.max(axis=1, keepdims=True), np.float64)


def _fraction(mass: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the fraction at which a mass in kDa elutes, clipped to 0 .. F - 1."""
    place = (LARGEST - np.log10(mass)) / (LARGEST - SMALLEST) * (FRACTIONS - 1)
    return np.clip(place, 0, FRACTIONS - 1)


def _peak(position: NDArray[np.float64]) -> NDArray[np.float64]:
    offset = np.arange(FRACTIONS) - np.clip(position, 0, FRACTIONS - 1)[:, None]
    return np.exp(-((offset / WIDTH) ** 2) / 2)


def _counted(
    profile: NDArray[np.float64],
    abundance: NDArray[np.float64],
    noise: float,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return a profile with counting noise, maximum 1, NaN if not detected."""
    if noise > 0:
        counts = rng.poisson(DEPTH / noise**2 * abundance[:, None] * profile).astype(float)
    else:
        counts = np.where(profile > UNSEEN, profile, 0)
    counts[counts == 0] = np.nan
    top = np.nan_to_num(counts).max(axis=1, keepdims=True)
    return counts / np.where(top > 0, top, 1)
