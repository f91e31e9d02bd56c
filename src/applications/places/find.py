"""Multi-localised proteins, and assemblies with several parents.

The map of a run is made anew from resamples of its proteins, with other seeds. In each, a protein
has soft memberships in compartments; what counts is their effective number, less that of maps with
permuted labels at like degree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...artifacts import Findings, Hierarchy, Network
from ...config import workers
from ...errors import ConfigError, DataError
from ...eval.terms.overlap import Index, Values, assemblies_of
from ...maps import compare
from ...maps.comparison import RECOVERED
from ..resampling import Resampling
from ..use import Use, chosen_settings
from .compartments import (
    compartments,
    effective_number,
    expected_number,
    memberships,
    neighbour_shares,
    root_paths,
)

MIN_NAMED_SHARE = 0.1
"""Share of a compartment in a protein's neighbours from which on it is named."""

Maps = Iterator[tuple[Network, Hierarchy]]


@dataclass(frozen=True)
class Options:
    """How maps are made again and what a compartment is; see ``conf/places.yaml``."""

    resamples: int
    dropped: float
    largest: float
    permutations: int


def find_places(use: Use) -> Findings:
    """Return the effective number of compartments of each protein; remembered in the store.

    Raises:
        ConfigError: If no run is given.
        DataError: If the map has no compartment of that size.
    """
    options = chosen_settings(Options, use.settings)
    if use.run is None:
        raise ConfigError("run must be given: the folder of a finished run, to be made again.")
    whole = compartments(use.hierarchy, options.largest)
    if len(whole) < 2:
        raise DataError(
            f"largest: the map has {len(whole)} assemblies that hold at most {options.largest:g} "
            f"of its {len(use.hierarchy.proteins):,} proteins, and two are needed; raise it."
        )
    resampling = Resampling.of(use.run, use.key, use.seed)
    title = "Compartments of proteins" + (f": {n}" if (n := use.settings["name"]) else "")

    def compute() -> Findings:
        maps = resampling.maps(use.store, options.resamples, options.dropped, workers(use.settings))
        own = resampling.linked(resampling.proteins)
        return Places.of(use.hierarchy, own, maps, options, use.seed).findings(title)

    return use.remembered("places", [__name__], compute, config=[vars(options), title])


@dataclass(frozen=True)
class Places:
    """What maps that were made again say of a map's proteins and assemblies.

    Attributes:
        hierarchy: The map.
        network: That of its proteins.
        effective: ``(B, N)`` effective number of compartments of the network's proteins in each
            resample; NaN where it lacks one.
        expected: ``(B, N)`` the same on permuted labels at like degree.
        jaccard: ``(B, A)`` of each assembly with its best match in each resample.
        several: ``(B, A)`` whether that match has more than one parent.
        options: The settings.
    """

    hierarchy: Hierarchy
    network: Network
    effective: Values
    expected: Values
    jaccard: Values
    several: Values
    options: Options

    @classmethod
    def of(
        cls, hierarchy: Hierarchy, network: Network, maps: Maps, options: Options, seed: int
    ) -> Places:
        """Measure every resample.

        Args:
            hierarchy: The map.
            network: That of its proteins.
            maps: Networks and maps of resamples.
            options: The settings.
            seed: Of permutations.
        """
        row = {name: k for k, name in enumerate(network.proteins)}
        measured = []
        for number, (part, resampled) in enumerate(maps):
            places = [row[name] for name in part.proteins]
            numbers = np.full((2, len(row)), np.nan)
            rng = np.random.default_rng([seed, number, 6])
            numbers[:, places] = _numbers(part, resampled, options, rng)
            measured.append((*numbers, *_matched(hierarchy, resampled)))
        effective, expected, jaccard, several = map(np.array, zip(*measured, strict=True))
        return cls(hierarchy, network, effective, expected, jaccard, several, options)

    @property
    def score(self) -> Values:
        """``(B, N)`` effective number less the expected one."""
        return self.effective - self.expected

    def proteins(self) -> pd.DataFrame:
        """Return one row per protein that some resample has, the most widely spread first."""
        known = np.isfinite(self.score).any(axis=0)
        columns = {"score": self.score, "effective": self.effective, "expected": self.expected}
        table = pd.DataFrame(
            {"protein": np.array(self.network.proteins, object)[known]}
            | {name: np.nanmean(values[:, known], axis=0) for name, values in columns.items()}
        )
        adjacency = self.network.adjacency()
        table["sd"] = np.nanstd(self.score[:, known], axis=0)
        table["resamples"] = np.isfinite(self.score[:, known]).sum(axis=0)
        table["degree"] = np.diff(adjacency.indptr)[known]
        paths = dict(zip(self.hierarchy.proteins, root_paths(self.hierarchy), strict=True))
        table["root_paths"] = [int(paths[name]) for name in table["protein"]]
        rows = compartments(self.hierarchy, self.options.largest)
        membership = memberships(self.hierarchy, rows, self.network)
        table["compartments"] = self._named(rows, neighbour_shares(adjacency, membership)[known])
        order = np.argsort(-table["score"].to_numpy(), kind="stable")
        return table.iloc[order].reset_index(drop=True)

    def _named(self, rows: Index, shares: Values) -> list[str]:
        """Return for each protein the compartments of the map by falling share, with it."""
        return [
            " ".join(
                f"{self.hierarchy.names[rows[k]]}:{one[k]:.2f}"
                for k in np.argsort(-one, kind="stable")[: int((one >= MIN_NAMED_SHARE).sum())]
            )
            for one in shares
        ]

    def assemblies(self) -> pd.DataFrame:
        """Return one row per assembly: how often it returns, and how often with several parents.

        ``several_parents`` is a share of the resamples in which it returns; NaN where in none.
        """
        rows = assemblies_of(self.hierarchy)
        back = self.jaccard[:, rows - 1] >= RECOVERED
        counts = back.sum(axis=0)
        matched = (back & (self.several[:, rows - 1] > 0)).sum(axis=0)
        return pd.DataFrame(
            {
                "assembly": [self.hierarchy.names[k] for k in rows],
                "size": self.hierarchy.sizes[rows],
                "parents": [len(self.hierarchy.parents_of(int(k))) for k in rows],
                "returns": back.mean(axis=0),
                "several_parents": np.divide(
                    matched, counts, out=np.full(len(rows), np.nan), where=counts > 0
                ),
            }
        )

    def findings(self, title: str) -> Findings:
        """Return proteins, assemblies, metrics, and what the card of each assembly says."""
        proteins, assemblies = self.proteins(), self.assemblies()
        metrics = {
            "proteins": len(proteins),
            "compartments": len(compartments(self.hierarchy, self.options.largest)),
            "effective": float(proteins["effective"].mean()),
            "effective.null_mean": float(proteins["expected"].mean()),
            "several_parents": int((assemblies["several_parents"] > 0.5).sum()),
        }
        notes = (
            f"{len(self.effective)} maps were made again, each without {self.options.dropped:.0%} "
            f"of the proteins and with a seed of its own. A compartment is a largest assembly with "
            f"at most {self.options.largest:.0%} of them. The score is the effective number of "
            "compartments among a protein's neighbours, less that of maps with labels permuted "
            "among proteins of like degree; it ranks proteins and calls none.",
        )
        cards = {
            str(row["assembly"]): {str(key): value for key, value in row.items()}
            for row in assemblies.to_dict("records")
        }
        tables = {"places": proteins, "parents": assemblies}
        return Findings(title, tables, metrics, notes, cards)


def _numbers(
    network: Network, hierarchy: Hierarchy, options: Options, rng: np.random.Generator
) -> tuple[Values, Values]:
    """Return effective and expected numbers of compartments of a network's proteins."""
    adjacency = network.adjacency()
    membership = memberships(hierarchy, compartments(hierarchy, options.largest), network)
    numbers = effective_number(neighbour_shares(adjacency, membership))
    return numbers, expected_number(adjacency, membership, options.permutations, rng)


def _matched(hierarchy: Hierarchy, resampled: Hierarchy) -> tuple[Values, Values]:
    """Return Jaccard of each assembly's best match, and whether that has more than one parent."""
    matches = compare(hierarchy, resampled)
    parents = np.bincount(resampled.edges[:, 1], minlength=len(resampled.names))
    return matches.jaccard, np.where(matches.matches >= 0, parents[matches.matches] > 1, 0.0)
