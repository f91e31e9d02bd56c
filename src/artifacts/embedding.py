"""Embeddings: one vector per protein."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError
from .files import Floats, _check_distinct, _load_names, _save_names, load

if TYPE_CHECKING:
    import anndata

PRESENCE_PREFIX = "has_"
"""Prefix of AnnData columns that flag which proteins were measured in a modality."""


@dataclass(frozen=True)
class Embedding:
    """One vector per protein, with the modalities it was made from.

    Attributes:
        proteins: ``N`` distinct names.
        vectors: ``(N, D)`` float32, finite.
        modalities: ``M`` names of the measurements behind the vectors.
        present: ``(N, M)`` bool: which of them each protein had.
        uncertainty: ``(N,)`` float32 in 0 .. 1: share of a protein's nearest neighbours on which
            trainings from different seeds disagree; None for one training or none.
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
        """Return the rows of `proteins`, in that order; all must exist."""
        row = {name: k for k, name in enumerate(self.proteins)}
        rows = [row[name] for name in proteins]
        uncertainty = None if self.uncertainty is None else self.uncertainty[rows]
        return Embedding(
            tuple(proteins), self.vectors[rows], self.modalities, self.present[rows], uncertainty
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row of numbers per protein, indexed by name."""
        return pd.DataFrame(self.vectors, index=pd.Index(self.proteins, name="protein"))

    def to_anndata(self) -> anndata.AnnData:
        """Return proteins by dimensions as AnnData.

        ``obs`` has a flag ``has_<modality>`` each and, of an ensemble, ``uncertainty``.
        """
        obs = pd.DataFrame(self.present, index=list(self.proteins))
        obs.columns = pd.Index([f"{PRESENCE_PREFIX}{name}" for name in self.modalities])
        if self.uncertainty is not None:
            obs["uncertainty"] = self.uncertainty
        data = load("anndata").AnnData(X=self.vectors, obs=obs)
        data.var_names = [str(k) for k in range(self.vectors.shape[1])]
        return data

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
