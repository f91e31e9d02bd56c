"""Elution profiles (co-fractionation, SEC-MS)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import DataError
from ..similarity.nearest import unit_rows
from .files import Floats


@dataclass(frozen=True)
class ElutionProfiles:
    """Amounts of proteins along the fractions of a separation such as SEC-MS.

    Attributes:
        proteins: ``N`` distinct names.
        amounts: ``(R, N, F)`` float32 of `R` replicates; NaN where not detected.
    """

    proteins: tuple[str, ...]
    amounts: Floats

    def __post_init__(self) -> None:
        if self.amounts.ndim != 3 or self.amounts.shape[1] != len(self.proteins):
            raise DataError(
                f"ElutionProfiles.amounts must be (R, {len(self.proteins)}, F), "
                f"got {self.amounts.shape}."
            )

    def vectors(self) -> Floats:
        """Return one vector per protein, ``(N, R * F)``, of norm 1: concatenated replicates.

        Entries are square roots of shares of the protein's amount over a replicate's fractions, 0
        if not detected, so that the inner product of two proteins is the overlap of their profiles
        (Bhattacharyya coefficient), averaged over replicates, independent of abundance.

        Raises:
            DataError: If an amount is below 0.
        """
        if np.nanmin(self.amounts, initial=0) < 0:
            raise DataError(
                "elution profiles hold an amount below 0; give amounts, not their logarithms."
            )
        amounts = np.nan_to_num(self.amounts)
        shares = amounts / np.maximum(amounts.sum(axis=2, keepdims=True), np.finfo("f4").tiny)
        rows = np.sqrt(shares).transpose(1, 0, 2).reshape(len(self.proteins), -1)
        return np.asarray(unit_rows(rows), np.float32)

    def save(self, folder: Path) -> None:
        """Write the profiles to `folder`."""
        (folder / "proteins.txt").write_text("".join(f"{name}\n" for name in self.proteins))
        np.save(folder / "amounts.npy", self.amounts)

    @classmethod
    def load(cls, folder: Path) -> ElutionProfiles:
        """Read what `save` wrote."""
        proteins = tuple((folder / "proteins.txt").read_text().splitlines())
        return cls(proteins, np.load(folder / "amounts.npy"))
