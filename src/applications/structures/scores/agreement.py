"""Agreement of the models of one pair of proteins: contacts that most models share, medians."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..complexes import Complex
from .metrics import INTERFACE, INTERFACE_PLDDT, Interface

Residue = tuple[str, int, str]
"""Chain, number and letter of a residue."""

KEY = ["job", "chain_a", "chain_b"]
SHARE = 0.5
"""Of the models must have a contact that counts as shared, and of the shared ones a model."""


@dataclass(frozen=True)
class Contacts:
    """The contacts of two chains in one model.

    Attributes:
        key: Job and names of both chains.
        proteins: Of both chains; "" where unknown.
        pairs: Residues that touch, of the first and of the second chain.
        interface: Residue -> its pLDDT, of those within 10 Å of the other chain, above 80.
    """

    key: tuple[str, str, str]
    proteins: tuple[str, str]
    pairs: frozenset[tuple[Residue, Residue]]
    interface: Mapping[Residue, float]

    @classmethod
    def of(
        cls,
        found: Complex,
        interface: Interface,
        chains: tuple[int, int],
        proteins: Sequence[str],
    ) -> Contacts:
        """Return the contacts of two chains of a model."""
        place = found.coordinates
        names = [
            (place.chains[chain], number, letter)
            for chain, number, letter in zip(
                place.chain, place.number.tolist(), place.letters, strict=True
            )
        ]
        rows, columns = np.nonzero(interface.contact)
        touching = zip(interface.a[rows], interface.b[columns], strict=True)
        near = np.concatenate(interface.residues(INTERFACE, INTERFACE_PLDDT))
        a, b = (place.chains[k] for k in chains)
        return cls(
            (found.job, a, b),
            (proteins[0], proteins[1]),
            frozenset((names[i], names[j]) for i, j in touching),
            {names[k]: float(place.plddt[k]) for k in near},
        )


@dataclass(frozen=True)
class Agreement:
    """What the models of one pair of chains have in common.

    Attributes:
        key: Job and names of both chains.
        proteins: Of both chains.
        models: How many there are.
        shared: Contacts -> number of models, of those that at least half of the models have.
        agreeing: Models that have at least half of the shared contacts; 0 where none is shared.
        interface: Residue -> median pLDDT, of those at the interface in at least half.
    """

    key: tuple[str, str, str]
    proteins: tuple[str, str]
    models: int
    shared: Mapping[tuple[Residue, Residue], int]
    agreeing: int
    interface: Mapping[Residue, float]

    @classmethod
    def of(cls, models: Sequence[Contacts]) -> Agreement:
        """Compare the models of one pair of chains."""
        least = max(1, int(np.ceil(SHARE * len(models))))
        counts = Counter(pair for one in models for pair in one.pairs)
        shared = {pair: k for pair, k in counts.items() if k >= least}
        within = [len(one.pairs & shared.keys()) >= SHARE * len(shared) for one in models]
        near: dict[Residue, list[float]] = {}
        for one in models:
            for residue, plddt in one.interface.items():
                near.setdefault(residue, []).append(plddt)
        return cls(
            models[0].key,
            models[0].proteins,
            len(models),
            dict(sorted(shared.items())),
            sum(within) if shared else 0,
            {r: float(np.median(v)) for r, v in sorted(near.items()) if len(v) >= least},
        )

    def contact_rows(self) -> Iterator[tuple[object, ...]]:
        """Yield job, both chains and residues, and the number of models, of each shared contact."""
        for (a, b), count in self.shared.items():
            yield (*self.key, _word(a), _word(b), count)

    def residue_rows(self) -> Iterator[tuple[object, ...]]:
        """Yield job, chain, protein, residue and median pLDDT of each interface residue."""
        proteins = dict(zip(self.key[1:], self.proteins, strict=True))
        for residue, plddt in self.interface.items():
            yield (self.key[0], residue[0], proteins[residue[0]], _word(residue), plddt)


def agreements(contacts: Iterable[Contacts]) -> list[Agreement]:
    """Compare the models of every pair of chains."""
    groups: dict[tuple[str, str, str], list[Contacts]] = {}
    for one in contacts:
        groups.setdefault(one.key, []).append(one)
    return [Agreement.of(models) for models in groups.values()]


def over_models(table: pd.DataFrame, found: Sequence[Agreement]) -> pd.DataFrame:
    """Return median and maximum of each metric over the models of a pair, and their agreement.

    Args:
        table: One row a model and pair of chains.
        found: What the models of each pair have in common; none where no coordinates were read.
    """
    numbers = [str(name) for name in table.select_dtypes("number") if table[name].notna().any()]
    said = [name for name in ("protein_a", "protein_b", "kind") if name in table]
    groups = table.groupby(KEY, sort=False)
    joined = groups[said].first().join(groups.size().rename("models"))
    for name in numbers:
        joined[name] = groups[name].median()
        joined[f"{name}_best"] = groups[name].max()
    extra = {one.key: (one.agreeing, len(one.shared)) for one in found}
    more = pd.DataFrame.from_dict(extra, "index", columns=["agreeing", "shared_contacts"])
    more.index = pd.MultiIndex.from_tuples(list(extra), names=KEY) if extra else joined.index[:0]
    joined = joined.join(more)
    first = [*said, "models", "agreeing", "shared_contacts"]
    return joined[[*first, *(c for c in joined if c not in first)]].reset_index()


def _word(residue: Residue) -> str:
    return f"{residue[2]}{residue[1]}"
