"""What passes between the stages: `Network`, `Embedding`, `Hierarchy` and `Scores`.

All four are frozen. Each can be written to a directory and read back without loss, which is how
the store remembers them. Proteins are named by strings (gene symbols once translated).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from .errors import DataError

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Network:
    """Weighted, undirected protein pairs without loops or repeats.

    Attributes:
        proteins: ``N`` distinct names; isolated proteins are allowed.
        edges: ``(E, 2)`` rows into `proteins`, first < second, in lexicographic order.
        weights: ``(E,)`` float32, > 0; 1 where the source gave none.
    """

    proteins: tuple[str, ...]
    edges: Ints
    weights: Floats

    def __post_init__(self) -> None:
        _check_distinct(self.proteins, "Network")
        if self.edges.shape != (len(self.weights), 2):
            raise DataError(
                f"Network needs one weight per edge, got {self.edges.shape} edges "
                f"and {self.weights.shape} weights."
            )

    @classmethod
    def from_pairs(
        cls,
        first: Sequence[str],
        second: Sequence[str],
        weights: ArrayLike | None = None,
        proteins: Sequence[str] = (),
    ) -> Network:
        """Build a network from named pairs.

        Pairs of a protein with itself are left out; of a pair given several times, in either
        order, the largest weight counts. `proteins` adds isolated ones; names are sorted.
        """
        names = np.unique(np.array([*first, *second, *proteins], dtype=object).astype(str))
        a, b = (
            np.searchsorted(names, np.array(first, str)),
            np.searchsorted(names, np.array(second, str)),
        )
        w = np.ones(len(a)) if weights is None else np.asarray(weights, float)
        low, high = np.minimum(a, b), np.maximum(a, b)
        table = pd.DataFrame({"low": low, "high": high, "weight": w})[low != high]
        table = table.groupby(["low", "high"], as_index=False).max()
        return cls(
            tuple(names.tolist()),
            table[["low", "high"]].to_numpy(np.int32),
            table["weight"].to_numpy(np.float32),
        )

    def adjacency(self) -> sparse.csr_array:
        """Return the symmetric ``(N, N)`` float64 matrix of weights."""
        n = len(self.proteins)
        i, j = self.edges.T
        half = sparse.coo_array((self.weights.astype(float), (i, j)), shape=(n, n))
        return (half + half.T).tocsr()

    def save(self, folder: Path) -> None:
        """Write the network to `folder`."""
        _save_names(folder, self.proteins)
        np.savez_compressed(folder / "edges.npz", edges=self.edges, weights=self.weights)

    @classmethod
    def load(cls, folder: Path) -> Network:
        """Read what `save` wrote."""
        with np.load(folder / "edges.npz") as arrays:
            return cls(_load_names(folder), arrays["edges"], arrays["weights"])


@dataclass(frozen=True)
class Embedding:
    """One vector per protein, and what it was made from.

    Attributes:
        proteins: ``N`` distinct names.
        vectors: ``(N, D)`` float32, finite.
        modalities: ``M`` names of the measurements behind the vectors.
        present: ``(N, M)`` bool: which of them each protein had.
        uncertainty: ``(N,)`` float32 in 0 .. 1: share of a protein's nearest on which trainings
            from different seeds disagree; None where there was one, or nothing was trained.
    """

    proteins: tuple[str, ...]
    vectors: Floats
    modalities: tuple[str, ...]
    present: NDArray[np.bool_]
    uncertainty: Floats | None = None

    def __post_init__(self) -> None:
        _check_distinct(self.proteins, "Embedding")
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.proteins):
            raise DataError(
                f"Embedding needs one row per protein, got {self.vectors.shape} vectors "
                f"for {len(self.proteins)} proteins."
            )
        if self.present.shape != (len(self.proteins), len(self.modalities)):
            raise DataError(
                f"Embedding.present must be {(len(self.proteins), len(self.modalities))}, "
                f"got {self.present.shape}."
            )
        if self.uncertainty is not None and self.uncertainty.shape != (len(self.proteins),):
            raise DataError(
                f"Embedding.uncertainty must be one number for each of {len(self.proteins)} "
                f"proteins, got {self.uncertainty.shape}."
            )
        if not np.isfinite(self.vectors).all():
            raise DataError("Embedding holds NaN or infinity; every vector must be finite.")

    @classmethod
    def of_modality(cls, modality: str, proteins: Sequence[str], vectors: ArrayLike) -> Embedding:
        """Build the embedding of a single modality, present for every protein."""
        return cls(
            tuple(proteins),
            np.asarray(vectors, np.float32),
            (modality,),
            np.ones((len(proteins), 1), bool),
        )

    def restrict(self, proteins: Sequence[str]) -> Embedding:
        """Return the rows of `proteins`, in that order; all of them must be here."""
        row = {name: k for k, name in enumerate(self.proteins)}
        rows = [row[name] for name in proteins]
        uncertainty = None if self.uncertainty is None else self.uncertainty[rows]
        return Embedding(
            tuple(proteins), self.vectors[rows], self.modalities, self.present[rows], uncertainty
        )

    def save(self, folder: Path) -> None:
        """Write the embedding to `folder`."""
        _save_names(folder, self.proteins)
        arrays: dict[str, Any] = {"vectors": self.vectors, "present": self.present}
        if self.uncertainty is not None:
            arrays["uncertainty"] = self.uncertainty
        np.savez(folder / "vectors.npz", modalities=np.array(self.modalities, str), **arrays)

    @classmethod
    def load(cls, folder: Path) -> Embedding:
        """Read what `save` wrote."""
        with np.load(folder / "vectors.npz") as arrays:
            return cls(
                _load_names(folder),
                arrays["vectors"],
                tuple(arrays["modalities"].tolist()),
                arrays["present"],
                arrays.get("uncertainty"),
            )


@dataclass(frozen=True)
class Hierarchy:
    """A directed acyclic graph of protein assemblies under one root.

    Attributes:
        proteins: ``N`` distinct names: every protein that was offered, placed or not.
        names: ``A`` distinct assembly names; row 0 is the root.
        members: ``(A, N)`` CSR float32; an entry is the support of a membership, in (0, 1].
            The root holds all proteins; a parent holds the members of its children.
        edges: ``(K, 2)`` rows parent, child; every row but 0 has a parent.
        persistence: ``(A,)`` how many clusters stand behind an assembly; 0 for the root.
        stability: ``(A,)`` float32 in 0..1: how surely an assembly returns when the network is
            resampled; NaN where that was not measured.
    """

    proteins: tuple[str, ...]
    names: tuple[str, ...]
    members: sparse.csr_array
    edges: Ints
    persistence: Ints
    stability: Floats

    def __post_init__(self) -> None:
        _check_distinct(self.proteins, "Hierarchy")
        _check_distinct(self.names, "Hierarchy (assemblies)")
        shape = (len(self.names), len(self.proteins))
        if self.members.shape != shape:
            raise DataError(f"Hierarchy.members must be {shape}, got {self.members.shape}.")
        for values in (self.persistence, self.stability):
            if values.shape != (len(self.names),):
                raise DataError(
                    f"Hierarchy needs one persistence and one stability for each of "
                    f"{len(self.names)} assemblies, got {values.shape}."
                )

    @property
    def sizes(self) -> NDArray[np.int64]:
        """``(A,)`` number of members of each assembly."""
        return np.diff(self.members.indptr).astype(np.int64)

    def members_of(self, assembly: int) -> tuple[str, ...]:
        """Return the names of the proteins in one assembly, sorted."""
        start, stop = self.members.indptr[assembly : assembly + 2]
        return tuple(sorted(self.proteins[k] for k in self.members.indices[start:stop]))

    def parents_of(self, assembly: int) -> tuple[str, ...]:
        """Return the names of the assemblies directly above one assembly."""
        return tuple(self.names[p] for p in self.edges[self.edges[:, 1] == assembly, 0])

    def save(self, folder: Path) -> None:
        """Write the hierarchy to `folder`."""
        _save_names(folder, self.proteins)
        (folder / "assemblies.txt").write_text("\n".join(self.names) + "\n")
        sparse.save_npz(folder / "members.npz", self.members)
        np.savez(
            folder / "tree.npz",
            edges=self.edges,
            persistence=self.persistence,
            stability=self.stability,
        )

    @classmethod
    def load(cls, folder: Path) -> Hierarchy:
        """Read what `save` wrote."""
        names = tuple((folder / "assemblies.txt").read_text().splitlines())
        members = sparse.csr_array(sparse.load_npz(folder / "members.npz"))
        with np.load(folder / "tree.npz") as tree:
            return cls(
                _load_names(folder),
                names,
                members,
                tree["edges"],
                tree["persistence"],
                tree["stability"],
            )


@dataclass(frozen=True)
class Scores:
    """What an evaluation found.

    Attributes:
        figures: ``<reference>.<part>.<figure>`` -> number, e.g. ``corum.all.recovered``.
        tables: Tidy tables by name; one row is one observation.
    """

    figures: dict[str, float]
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Write the figures as JSON and each table as TSV to `folder`."""
        (folder / "scores.json").write_text(json.dumps(self.figures, indent=1) + "\n")
        for name, table in self.tables.items():
            table.to_csv(folder / f"{name}.tsv", sep="\t", index=False)

    @classmethod
    def load(cls, folder: Path) -> Scores:
        """Read what `save` wrote; an empty cell of a table reads as NaN."""
        figures = json.loads((folder / "scores.json").read_text())
        return cls(figures, {path.stem: read_table(path) for path in sorted(folder.glob("*.tsv"))})


def read_table(path: Path) -> pd.DataFrame:
    """Read one of our own TSV tables; a gene called ``NA`` stays a name."""
    return pd.read_csv(
        path, sep="\t", na_values=[""], keep_default_na=False, float_precision="round_trip"
    )


def _check_distinct(names: Sequence[str], where: str) -> None:
    if len(set(names)) != len(names):
        twice = pd.Series(names)
        raise DataError(f"{where}: '{twice[twice.duplicated()].iloc[0]}' occurs more than once.")


def _save_names(folder: Path, proteins: Sequence[str]) -> None:
    (folder / "proteins.txt").write_text("".join(f"{name}\n" for name in proteins))


def _load_names(folder: Path) -> tuple[str, ...]:
    return tuple((folder / "proteins.txt").read_text().splitlines())
