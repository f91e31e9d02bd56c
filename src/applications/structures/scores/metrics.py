"""Interface metrics of a predicted complex: ipSAE, pDockQ, pDockQ2, LIS, contacts, clashes.

Each is computed from its published formula for one pair of chains. "Contact" is a pair of residues
of two chains whose Cβ (glycine: Cα) are within 8 Å, unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from ..complexes import Complex, Floats, Index, Mask

CONTACT = 8.0
"""Å between Cβ of a contact (pDockQ: doi:10.1038/s41467-022-28865-w)."""

IPSAE_PAE = 10.0
"""Å of PAE below which a residue pair counts for ipSAE (doi:10.1101/2025.02.10.637595)."""

LIS_PAE = 12.0
"""Å of PAE up to which a residue pair counts for LIS (doi:10.1101/2024.02.19.580970)."""

INTERFACE, INTERFACE_PLDDT = 10.0, 80.0
"""The published map's interface residues: within 10 Å of the other chain, pLDDT above 80."""

CLASH = 2.0
"""Å between heavy atoms of two chains that no bond explains: a disulphide bridge has 2.05."""


@dataclass(frozen=True)
class Interface:
    """What two chains of a complex have in common.

    Attributes:
        a: ``(A,)`` residues of the first chain.
        b: ``(B,)`` residues of the second.
        distance: ``(A, B)`` Å between Cβ.
        pae_ab: ``(A, B)`` PAE of the second chain's residues, aligned on the first's; None: none.
        pae_ba: ``(B, A)``
        plddt_a: ``(A,)`` 0..100
        plddt_b: ``(B,)``
    """

    a: Index
    b: Index
    distance: Floats
    pae_ab: Floats | None
    pae_ba: Floats | None
    plddt_a: Floats
    plddt_b: Floats

    @classmethod
    def of(cls, model: Complex, first: int, second: int) -> Interface:
        """Return the interface of two chains, given by their positions."""
        place = model.coordinates
        a, b = (np.flatnonzero(place.chain == k) for k in (first, second))
        distance = cdist(place.position[a], place.position[b])
        pae = model.pae
        ab, ba = (None, None) if pae is None else (pae[np.ix_(a, b)], pae[np.ix_(b, a)])
        return cls(a, b, distance, ab, ba, place.plddt[a], place.plddt[b])

    @cached_property
    def contact(self) -> Mask:
        """``(A, B)`` which residues touch."""
        return np.asarray(self.distance <= CONTACT)

    @cached_property
    def pae(self) -> Floats:
        """``(A, B)`` PAE in Å, the mean of both directions; NaN where there is none."""
        if self.pae_ab is None or self.pae_ba is None:
            return np.full(self.distance.shape, np.nan)
        return np.asarray((self.pae_ab + self.pae_ba.T) / 2)

    @property
    def contacts(self) -> int:
        """How many residue pairs touch."""
        return int(self.contact.sum())

    def residues(self, within: float = CONTACT, plddt: float = -1.0) -> tuple[Index, Index]:
        """Return the residues of each chain that are near the other and of pLDDT above a bound."""
        near = self.distance <= within
        a = self.a[near.any(axis=1) & (self.plddt_a > plddt)]
        return a, self.b[near.any(axis=0) & (self.plddt_b > plddt)]

    def plddt(self) -> float:
        """Return the mean pLDDT of the residues that touch; NaN where none do."""
        values = [self.plddt_a[self.contact.any(axis=1)], self.plddt_b[self.contact.any(axis=0)]]
        joined = np.concatenate(values)
        return float(joined.mean()) if len(joined) else float("nan")

    def pdockq(self) -> float:
        """Return pDockQ, 0..0.742: expected DockQ from pLDDT and number of contacts; 0 if apart.

        Source: Bryant et al. 2022, doi:10.1038/s41467-022-28865-w.
        """
        if not self.contacts:
            return 0.0
        return _sigmoid(self.plddt() * np.log10(self.contacts), 0.724, 0.052, 152.611, 0.018)

    def metrics(self) -> dict[str, float]:
        """Return all metrics of the interface by name; NaN those of a PAE that is not there."""
        values = {
            "pdockq": self.pdockq(),
            "contacts": self.contacts,
            "interface_plddt": self.plddt(),
            "interface_residues": sum(map(len, self.residues(INTERFACE, INTERFACE_PLDDT))),
        }
        if self.pae_ab is None or self.pae_ba is None:
            return values
        touching = self.contact
        ab, ba = Direction(self.pae_ab, touching), Direction(self.pae_ba, touching.T)
        means = {"lis": (ab.lis(), ba.lis()), "clis": (ab.clis(), ba.clis())}
        lis, clis = (float(np.mean(both)) for both in means.values())
        values |= {f"{name}_{way}": v for name, both in means.items() for way, v in _ways(both)}
        values |= {"lis": lis, "clis": clis, "ilis": float(np.sqrt(lis * clis))}
        values |= {"lia": (ab.lia() + ba.lia()) / 2}
        pdockq2 = tuple(one.pdockq2(self.plddt()) for one in (ab, ba))
        values |= {f"pdockq2_{way}": v for way, v in _ways(pdockq2)} | {"pdockq2": max(pdockq2)}
        for kind in ("ipsae", "ipsae_d0chn", "ipsae_d0dom"):
            both = tuple(getattr(one, kind)() for one in (ab, ba))
            values |= {f"{kind}_{way}": v for way, v in _ways(both)}
            values |= {f"{kind}_max": max(both), f"{kind}_min": min(both)}
        return values


@dataclass(frozen=True)
class Direction:
    """What one chain says of another: PAE of the columns' residues, aligned on the rows'.

    Attributes:
        pae: ``(A, B)`` in Å.
        contact: ``(A, B)`` which residues touch.
    """

    pae: Floats
    contact: Mask

    def lis(self) -> float:
        """Return the local interaction score, 0..1: mean (12 - PAE) / 12 where PAE <= 12 Å.

        Source: Kim et al. 2024, doi:10.1101/2024.02.19.580970.
        """
        return self._lis(self.pae <= LIS_PAE)

    def clis(self) -> float:
        """Return the contact-based LIS, 0..1: the mean over pairs that touch as well."""
        return self._lis((self.pae <= LIS_PAE) & self.contact)

    def lia(self) -> int:
        """Return the local interaction area: residue pairs of PAE <= 12 Å."""
        return int((self.pae <= LIS_PAE).sum())

    def _lis(self, chosen: Mask) -> float:
        return float(((LIS_PAE - self.pae[chosen]) / LIS_PAE).mean()) if chosen.any() else 0.0

    def pdockq2(self, plddt: float) -> float:
        """Return pDockQ2, 0.005..1.315: from the PAE of contacts and their pLDDT; 0 if apart.

        Source: Zhu et al. 2023, doi:10.1093/bioinformatics/btad424.
        """
        if not self.contact.any():
            return 0.0
        certainty = float((1 / (1 + (self.pae[self.contact] / 10) ** 2)).mean())
        return _sigmoid(plddt * certainty, 1.31, 0.075, 84.733, 0.005)

    def ipsae(self) -> float:
        """Return ipSAE, 0..1: d0 of each residue by the partners of low PAE that it has.

        Source: Dunbrack 2025, doi:10.1101/2025.02.10.637595.
        """
        return self._ipsae(distance_scale(self._near.sum(axis=1)))

    def ipsae_d0chn(self) -> float:
        """Return ipSAE with d0 by the length of both chains."""
        return self._ipsae(distance_scale(np.full(len(self.pae), sum(self.pae.shape))))

    def ipsae_d0dom(self) -> float:
        """Return ipSAE with d0 by the number of residues that have a partner of low PAE."""
        count = int(self._near.any(axis=1).sum() + self._near.any(axis=0).sum())
        return self._ipsae(distance_scale(np.full(len(self.pae), count)))

    @cached_property
    def _near(self) -> Mask:
        return np.asarray(self.pae < IPSAE_PAE)

    def _ipsae(self, scale: Floats) -> float:
        """Return the best residue's mean TM-like score over its partners of low PAE."""
        score = np.where(self._near, 1 / (1 + (self.pae / scale[:, None]) ** 2), 0.0)
        return float((score.sum(axis=1) / np.maximum(self._near.sum(axis=1), 1)).max())


def distance_scale(residues: Index) -> Floats:
    """Return d0 of the TM score in Å, at least 1: 1.24 (n - 15)^(1/3) - 1.8.

    >>> distance_scale(np.array([5, 115, 209])).round(2).tolist()
    [1.0, 3.96, 5.38]
    """
    return np.maximum(1.24 * np.cbrt(np.maximum(residues, 27) - 15.0) - 1.8, 1.0)


def clashes(model: Complex, first: int, second: int) -> int:
    """Return how many heavy atoms of the first chain are within 2 Å of one of the second."""
    place = model.coordinates
    a, b = (place.atoms[place.atom_chain == k] for k in (first, second))
    distance, _ = cKDTree(b).query(a, distance_upper_bound=CLASH)
    return int(np.isfinite(distance).sum())


def confidence(iptm: float, ptm: float) -> float:
    """Return AlphaFold-Multimer's confidence of a model, 0..1: 0.8 ipTM + 0.2 pTM."""
    return 0.8 * iptm + 0.2 * ptm


def _sigmoid(x: float, height: float, slope: float, middle: float, floor: float) -> float:
    return float(height / (1 + np.exp(-slope * (x - middle))) + floor)


def _ways(both: tuple[float, ...]) -> zip[tuple[str, float]]:
    return zip(("ab", "ba"), both, strict=True)
