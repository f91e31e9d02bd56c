"""Term sets: named protein sets of a reference."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from .files import read_table


@dataclass(frozen=True)
class TermSet:
    """Named protein sets of a reference: complexes, cellular components, locations.

    Attributes:
        proteins: ``N`` distinct names, all that occur in a term.
        terms: ``T`` distinct identifiers.
        descriptions: ``T`` readable names.
        members: ``(T, N)`` CSR bool.
    """

    proteins: tuple[str, ...]
    terms: tuple[str, ...]
    descriptions: tuple[str, ...]
    members: sparse.csr_array

    @classmethod
    def from_sets(cls, sets: dict[str, tuple[str, set[str]]]) -> TermSet:
        """Build from ``{term: (description, proteins)}``; terms keep their order."""
        proteins = sorted(set().union(*(genes for _, genes in sets.values())))
        column = {name: k for k, name in enumerate(proteins)}
        rows = [np.array(sorted(column[g] for g in genes), np.int32) for _, genes in sets.values()]
        indptr = np.cumsum([0, *map(len, rows)])
        indices = np.concatenate([np.empty(0, np.int32), *rows])
        members = sparse.csr_array(
            (np.ones(len(indices), bool), indices, indptr), shape=(len(sets), len(proteins))
        )
        return cls(tuple(proteins), tuple(sets), tuple(d for d, _ in sets.values()), members)

    def save(self, folder: Path) -> None:
        """Write the terms to `folder`."""
        sparse.save_npz(folder / "members.npz", self.members)
        terms = pd.DataFrame({"term": self.terms, "description": self.descriptions})
        terms.to_csv(folder / "terms.tsv", sep="\t", index=False)
        (folder / "proteins.txt").write_text("".join(f"{name}\n" for name in self.proteins))

    @classmethod
    def load(cls, folder: Path) -> TermSet:
        """Read what `save` wrote."""
        terms = read_table(folder / "terms.tsv").fillna("").astype(str)
        return cls(
            tuple((folder / "proteins.txt").read_text().splitlines()),
            tuple(terms["term"]),
            tuple(terms["description"]),
            sparse.csr_array(sparse.load_npz(folder / "members.npz")),
        )
