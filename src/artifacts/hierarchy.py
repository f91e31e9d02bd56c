"""Assemblies and the order of containment among them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..errors import DataError
from .files import Floats, Ints, _check_distinct, _load_names, _row_of, _save_names


@dataclass(frozen=True)
class Hierarchy:
    """A directed acyclic graph of protein assemblies under one root.

    Attributes:
        proteins: ``N`` distinct names: every protein that was offered, placed or not.
        names: ``A`` distinct assembly names; row 0 is the root.
        membership: ``(A, N)`` CSR float32; an entry is the support of a membership, in (0, 1].
            The root holds all proteins; a parent holds the members of its children.
        edges: ``(K, 2)`` rows parent, child; every row but 0 has a parent.
        persistence: ``(A,)`` how many clusters stand behind an assembly; 0 for the root.
        stability: ``(A,)`` float32 in 0..1: how surely an assembly returns when the network is
            resampled; NaN where that was not measured.
    """

    proteins: tuple[str, ...]
    names: tuple[str, ...]
    membership: sparse.csr_array
    edges: Ints
    persistence: Ints
    stability: Floats

    def __post_init__(self) -> None:
        _check_distinct(self.proteins, "Hierarchy")
        _check_distinct(self.names, "Hierarchy (assemblies)")
        shape = (len(self.names), len(self.proteins))
        if self.membership.shape != shape:
            raise DataError(f"Hierarchy.membership must be {shape}, got {self.membership.shape}.")
        for values in (self.persistence, self.stability):
            if values.shape != (len(self.names),):
                raise DataError(
                    f"Hierarchy needs one persistence and one stability for each of "
                    f"{len(self.names)} assemblies, got {values.shape}."
                )

    @property
    def sizes(self) -> NDArray[np.int64]:
        """``(A,)`` number of members of each assembly."""
        return np.diff(self.membership.indptr).astype(np.int64)

    def members(self, name: str) -> tuple[str, ...]:
        """Return the names of the proteins in the assembly of that name, sorted.

        Raises:
            DataError: If no assembly has that name.
        """
        return self.members_of(_row_of(name, self.names, "assembly"))

    def members_of(self, assembly: int) -> tuple[str, ...]:
        """Return the names of the proteins in one assembly, sorted."""
        start, stop = self.membership.indptr[assembly : assembly + 2]
        return tuple(sorted(self.proteins[k] for k in self.membership.indices[start:stop]))

    def parents_of(self, assembly: int) -> tuple[str, ...]:
        """Return the names of the assemblies directly above one assembly."""
        return tuple(self.names[p] for p in self.edges[self.edges[:, 1] == assembly, 0])

    def save(self, folder: Path) -> None:
        """Write the hierarchy to `folder`."""
        _save_names(folder, self.proteins)
        (folder / "assemblies.txt").write_text("\n".join(self.names) + "\n")
        sparse.save_npz(folder / "members.npz", self.membership)
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
