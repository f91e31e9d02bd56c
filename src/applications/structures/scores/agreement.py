"""Agreement between models of a protein pair: consensus contacts, medians."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..complexes import Complex
from .metrics import INTERFACE, INTERFACE_PLDDT, IPSAE_PAE, Interface

Residue = tuple[int, int, str]
"""Which of both chains (0 or 1), number and letter of a residue; chains may bear other names in
another model."""

PAIR_KEY = ["job", "chain_a", "chain_b"]
SHARED_CONTACT_SHARE = 0.5
"""Of the models must have a contact that counts as shared, and of the shared ones a model."""


@dataclass(frozen=True)
class Contacts:
    """The contacts of two chains in one model.

    Attributes:
        key: Job and names of both chains.
        proteins: Of both chains; "" where unknown.
        lengths: Residues of both chains.
        file: The structure.
        score: Criterion of the best model: the smaller ipSAE, the confidence where no PAE is.
        pairs: Residues that touch, of the first and of the second chain -> PAE in Å, the mean of
            both directions; NaN where there is none.
        interface: Residue -> its pLDDT, of those within 10 Å of the other chain, above 80.
    """

    key: tuple[str, str, str]
    proteins: tuple[str, str]
    lengths: tuple[int, int]
    file: str
    score: float
    pairs: Mapping[tuple[Residue, Residue], float]
    interface: Mapping[Residue, float]

    @classmethod
    def of(
        cls,
        model: Complex,
        interface: Interface,
        chains: tuple[int, int],
        proteins: Sequence[str],
        score: float,
    ) -> Contacts:
        """Return the contacts of two chains of a model."""
        place = model.coordinates
        names = [
            (int(chain == chains[1]), number, letter)
            for chain, number, letter in zip(
                place.chain.tolist(), place.number.tolist(), place.letters, strict=True
            )
        ]
        rows, columns = np.nonzero(interface.contact)
        touching = zip(interface.a[rows], interface.b[columns], strict=True)
        near = np.concatenate(interface.residues(INTERFACE, INTERFACE_PLDDT))
        a, b = (place.chains[k] for k in chains)
        return cls(
            (model.job, a, b),
            (proteins[0], proteins[1]),
            (len(interface.a), len(interface.b)),
            place.file,
            score,
            dict(
                zip(
                    ((names[i], names[j]) for i, j in touching),
                    interface.pae[rows, columns].tolist(),
                    strict=True,
                )
            ),
            {names[k]: float(place.plddt[k]) for k in near},
        )


@dataclass(frozen=True)
class Agreement:
    """What the models of one pair of chains have in common.

    Attributes:
        key: Job and names of both chains.
        chains: Names of both chains in the best model.
        proteins: Of both chains.
        lengths: Residues of both chains.
        file: The structure of the best model.
        models: How many there are.
        shared: Contacts -> number of models, of those that at least half of the models have.
        pae: The same contacts -> median PAE of the models that have it; NaN where there is none.
        agreeing: Models that have at least half of the shared contacts; 0 where none is shared.
        interface: Residue -> median pLDDT, of those at the interface in at least half.
    """

    key: tuple[str, str, str]
    chains: tuple[str, str]
    proteins: tuple[str, str]
    lengths: tuple[int, int]
    file: str
    models: int
    shared: Mapping[tuple[Residue, Residue], int]
    pae: Mapping[tuple[Residue, Residue], float]
    agreeing: int
    interface: Mapping[Residue, float]

    @classmethod
    def of(cls, models: Sequence[Contacts]) -> Agreement:
        """Compare the models of one pair of chains."""
        least = max(1, int(np.ceil(SHARED_CONTACT_SHARE * len(models))))
        counts = Counter(pair for one in models for pair in one.pairs)
        shared = {pair: k for pair, k in sorted(counts.items()) if k >= least}
        within = [
            len(one.pairs.keys() & shared.keys()) >= SHARED_CONTACT_SHARE * len(shared)
            for one in models
        ]
        near: dict[Residue, list[float]] = {}
        for one in models:
            for residue, plddt in one.interface.items():
                near.setdefault(residue, []).append(plddt)
        best = max(models, key=lambda one: one.score if one.score == one.score else -1)
        return cls(
            models[0].key,
            best.key[1:],
            best.proteins,
            best.lengths,
            best.file,
            len(models),
            shared,
            {
                pair: _median(one.pairs[pair] for one in models if pair in one.pairs)
                for pair in shared
            },
            sum(within) if shared else 0,
            {r: float(np.median(v)) for r, v in sorted(near.items()) if len(v) >= least},
        )

    @property
    def labels(self) -> tuple[str, str]:
        """Names of both proteins; those of the job and the chains where they are unknown."""
        job, *chains = self.key
        first, second = (
            protein or f"{job} {chain}"
            for protein, chain in zip(self.proteins, chains, strict=True)
        )
        return first, second

    @property
    def certain(self) -> list[tuple[Residue, Residue]]:
        """Shared contacts of a PAE of at most 10 Å or of none, the smallest first."""
        kept = [pair for pair, pae in self.pae.items() if not pae > IPSAE_PAE]
        return sorted(kept, key=lambda pair: np.nan_to_num(self.pae[pair]))

    def contact_rows(self) -> Iterator[tuple[object, ...]]:
        """Yield job, chains, residues, number of models and median PAE of each shared contact."""
        for (a, b), count in self.shared.items():
            yield (*self.key, _word(a), _word(b), count, self.pae[a, b])

    def residue_rows(self) -> Iterator[tuple[object, ...]]:
        """Yield job, chain, protein, residue and median pLDDT of each interface residue."""
        for residue, plddt in self.interface.items():
            side = residue[0]
            yield (self.key[0], self.key[1 + side], self.proteins[side], _word(residue), plddt)


def agreements(contacts: Iterable[Contacts]) -> list[Agreement]:
    """Compare the models of every pair of chains."""
    groups: dict[tuple[str, ...], list[Contacts]] = {}
    for one in contacts:
        groups.setdefault(one.key[:1] if one.proteins[0] else one.key, []).append(one)
    return [Agreement.of(models) for models in groups.values()]


def over_models(table: pd.DataFrame, agreed: Sequence[Agreement]) -> pd.DataFrame:
    """Return median and maximum of each metric over the models of a pair, and their agreement.

    Args:
        table: One row a model and pair of chains.
        agreed: What the models of each pair have in common; none where no coordinates were read.
    """
    table = _named_once(table)
    numbers = [str(name) for name in table.select_dtypes("number") if table[name].notna().any()]
    identity = [name for name in ("protein_a", "protein_b", "kind") if name in table]
    groups = table.groupby(PAIR_KEY, sort=False)
    joined = groups[identity].first().join(groups.size().rename("models"))
    for name in numbers:
        joined[name] = groups[name].median()
        joined[f"{name}_best"] = groups[name].max()
    extra = {one.key: (one.agreeing, len(one.shared)) for one in agreed}
    more = pd.DataFrame.from_dict(extra, "index", columns=["agreeing", "shared_contacts"])
    more.index = (
        pd.MultiIndex.from_tuples(list(extra), names=PAIR_KEY) if extra else joined.index[:0]
    )
    joined = joined.join(more)
    first = [*identity, "models", "agreeing", "shared_contacts"]
    return joined[[*first, *(c for c in joined if c not in first)]].reset_index()


def _named_once(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table in which the chains of a job of known proteins have one name in all models."""
    known = table["protein_a"] != ""
    renamed = table.copy()
    for name in ("chain_a", "chain_b"):
        renamed.loc[known, name] = table[known].groupby("job")[name].transform("first")
    return renamed


def _median(values: Iterable[float]) -> float:
    return float(np.median(list(values)))


def _word(residue: Residue) -> str:
    return f"{residue[2]}{residue[1]}"
