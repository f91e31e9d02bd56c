"""Hierarchies: a directed acyclic graph of assemblies under one root."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ..errors import DataError
from .cx2 import Json, cx2_document
from .files import Floats, Ints, _check_distinct, _load_names, _row_of, _save_names, load

if TYPE_CHECKING:
    import networkx

CX2_TYPES = {
    "name": "string",
    "CD_MemberList": "string",
    "CD_MemberList_Size": "integer",
    "HiDeF_persistence": "integer",
    "stability": "double",
    "HCX::isRoot": "boolean",
}
"""CX2 type of each attribute of an assembly."""


@dataclass(frozen=True, repr=False)
class Hierarchy:
    """A directed acyclic graph of protein assemblies under one root.

    Attributes:
        proteins: ``N`` distinct names: every protein that was offered, in an assembly or not.
        names: ``A`` distinct assembly names; row 0 is the root.
        membership: ``(A, N)`` CSR float32; an entry is the support of a membership, in (0, 1].
            The root contains all proteins; a parent contains the members of its children.
        edges: ``(K, 2)`` rows parent, child; every row but 0 has a parent.
        persistence: ``(A,)`` number of clusters merged into an assembly; 0 for the root.
        stability: ``(A,)`` float32 in 0..1: recovery of an assembly under resampling of the
            network; NaN if not measured.
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

    def __repr__(self) -> str:
        below = len(self.names) - 1
        return f"<Hierarchy: {len(self.proteins):,} proteins, {below:,} assemblies below the root>"

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

    def assemblies_of(self, protein: str) -> tuple[str, ...]:
        """Return the names of the assemblies that contain a protein, smallest first.

        The root is the last.

        Raises:
            DataError: If the protein was not offered to the map.
        """
        column = _row_of(protein, self.proteins, "protein")
        rows = self.membership.tocsc()[:, [column]].nonzero()[0].tolist()
        return tuple(self.names[k] for k in sorted(rows, key=lambda k: (self.sizes[k], -k)))

    def parents_of(self, assembly: int) -> tuple[str, ...]:
        """Return the names of the assemblies directly above one assembly."""
        return tuple(self.names[p] for p in self.edges[self.edges[:, 1] == assembly, 0])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per assembly, the root first, indexed by name.

        Columns: ``size persistence stability parents members``; parents are separated by ``|``,
        members by blanks, as in ``assemblies.tsv``.
        """
        rows = range(len(self.names))
        return pd.DataFrame(
            {
                "size": self.sizes,
                "persistence": self.persistence,
                "stability": self.stability.astype(float),
                "parents": ["|".join(self.parents_of(k)) for k in rows],
                "members": [" ".join(self.members_of(k)) for k in rows],
            },
            index=pd.Index(self.names, name="assembly"),
        )

    def to_networkx(self) -> networkx.DiGraph[str]:
        """Return the assemblies as a directed graph, edges from parent to child.

        Nodes have ``size``, ``persistence``, ``stability`` and ``members``, a tuple.
        """
        graph: networkx.DiGraph[str] = load("networkx").DiGraph()
        for k, name in enumerate(self.names):
            graph.add_node(
                name,
                size=int(self.sizes[k]),
                persistence=int(self.persistence[k]),
                stability=float(self.stability[k]),
                members=self.members_of(k),
            )
        graph.add_edges_from((self.names[p], self.names[c]) for p, c in self.edges.tolist())
        return graph

    def to_cx2(self, title: str = "Cell map") -> list[Json]:
        """Return the hierarchy as a CX2 document, to be written as JSON; edges run to the child.

        Annotations of assemblies are in the document of a whole run.
        """
        table = self.to_frame()
        attributes = [
            {
                "name": name,
                "CD_MemberList": members,
                "CD_MemberList_Size": size,
                "HiDeF_persistence": persistence,
                **({} if isnan(stability) else {"stability": stability}),
                "HCX::isRoot": k == 0,
            }
            for k, (name, size, persistence, stability, _, members) in enumerate(
                table.itertuples(name=None)
            )
        ]
        nodes: list[Json] = [{"id": k, "v": values} for k, values in enumerate(attributes)]
        edges: list[Json] = [
            {"id": k, "s": parent, "t": child, "v": {}}
            for k, (parent, child) in enumerate(self.edges.tolist())
        ]
        return cx2_document({"name": title}, {"nodes": CX2_TYPES, "edges": {}}, nodes, edges)

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
