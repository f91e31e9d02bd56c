"""Predicted complexes: coordinates, pLDDT, PAE, ipTM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError

Floats = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Coordinates:
    """The proteins of a structure file.

    Attributes:
        chains: Names of the protein chains in the order of the file.
        chain: ``(N,)`` position in `chains` of each residue.
        number: ``(N,)`` residue number.
        letters: One letter a residue, X for what is no standard amino acid.
        position: ``(N, 3)`` of Cβ, of Cα where there is none, in Å.
        plddt: ``(N,)`` B factor of the same atom.
        token: ``(N,)`` first token of each residue among those of the file: a standard amino acid
            or nucleotide is one token, of everything else each heavy atom is one.
        offset: ``(N,)`` which token of its residue is that of Cα: 0 where it has one.
        tokens: How many tokens there are.
        atoms: ``(M, 3)`` heavy atoms of the proteins, in Å.
        atom_chain: ``(M,)`` position in `chains` of each atom.
        file: Where they were read from, below the folder of results.
    """

    chains: tuple[str, ...]
    chain: Index
    number: Index
    letters: str
    position: Floats
    plddt: Floats
    token: Index
    offset: Index
    tokens: int
    atoms: Floats
    atom_chain: Index
    file: str = ""

    def sequence(self, chain: int) -> str:
        """Return the sequence of one chain."""
        return "".join(self.letters[k] for k in np.flatnonzero(self.chain == chain))


@dataclass(frozen=True)
class Complex:
    """One predicted model of a job.

    Attributes:
        job: Name of the job.
        seed: Random seed; "" where the predictor does not say.
        model: Which of the models of that seed.
        source: The file it was read from.
        coordinates: Its proteins.
        pae: ``(N, N)`` predicted aligned error between residues in Å, aligned on the row; None
            where the predictor wrote none.
        iptm: Of the whole complex; NaN where unknown.
        ptm: Of the whole complex; NaN where unknown.
        ranking: The predictor's own score of the model.
        pair_iptm: ``(chain, chain)`` -> ipTM of that ordered pair, where the predictor says.
    """

    job: str
    seed: str
    model: str
    source: str
    coordinates: Coordinates
    pae: Floats | None
    iptm: float
    ptm: float
    ranking: float = float("nan")
    pair_iptm: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count = len(self.coordinates.letters)
        if self.pae is not None and self.pae.shape != (count, count):
            raise DataError(
                f"{self.source}: the PAE is {' x '.join(map(str, self.pae.shape))}, the structure "
                f"has {count} residues; the two are not of one model."
            )
        if self.pae is not None and not np.isfinite(self.pae).all():
            raise DataError(f"{self.source}: the PAE holds values that are no numbers.")
        if self.pae is not None and (self.pae < 0).any():
            raise DataError(f"{self.source}: the PAE holds negative values.")
        if not ((self.coordinates.plddt >= 0) & (self.coordinates.plddt <= 100)).all():
            raise DataError(f"{self.source}: pLDDT is not within 0..100.")
        for name, value in (("ipTM", self.iptm), ("pTM", self.ptm)):
            if value == value and not 0 <= value <= 1:
                raise DataError(f"{self.source}: {name} is {value:g}, not within 0..1.")

    def iptm_of(self, a: str, b: str) -> float:
        """Return the ipTM of two chains, the larger of both directions; of a dimer its own."""
        known = [self.pair_iptm[pair] for pair in ((a, b), (b, a)) if pair in self.pair_iptm]
        if known:
            return max(known)
        return self.iptm if len(self.coordinates.chains) == 2 else float("nan")

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Yield each pair of chains by their positions."""
        return combinations(range(len(self.coordinates.chains)), 2)
