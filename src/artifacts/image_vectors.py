"""Image embeddings: one vector per image, before pooling to proteins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import DataError
from .files import Floats
from .images import ImageSet


@dataclass(frozen=True)
class ImageVectors:
    """One vector per image.

    Attributes:
        names: ``I`` distinct image names.
        proteins: For each image the proteins it may show, at least one.
        antibodies: For each image its antibody, "" if unknown.
        vectors: ``(I, D)`` float32, finite.
        logits: ``(I,)`` float32: the weight of an image in a protein's vector is the softmax of
            these over the protein's images; all equal for equal weights.
    """

    names: tuple[str, ...]
    proteins: tuple[tuple[str, ...], ...]
    antibodies: tuple[str, ...]
    vectors: Floats
    logits: Floats

    def __post_init__(self) -> None:
        for name in ("proteins", "antibodies", "vectors", "logits"):
            if len(getattr(self, name)) != len(self.names):
                raise DataError(f"ImageVectors needs as many {name} as names.")
        if not np.isfinite(self.vectors).all():
            raise DataError("ImageVectors holds NaN or infinity; every vector must be finite.")

    @classmethod
    def of(cls, images: ImageSet, vectors: Floats, logits: Floats) -> ImageVectors:
        """Combine vectors with the labels of their images."""
        return cls(images.names, images.proteins, images.antibodies, vectors, logits)

    @classmethod
    def joined(cls, parts: Sequence[ImageVectors]) -> ImageVectors:
        """Concatenate the vectors of all parts, at least one."""
        return cls(
            tuple(name for part in parts for name in part.names),
            tuple(genes for part in parts for genes in part.proteins),
            tuple(antibody for part in parts for antibody in part.antibodies),
            np.concatenate([part.vectors for part in parts]),
            np.concatenate([part.logits for part in parts]),
        )

    def save(self, folder: Path) -> None:
        """Write the vectors to `folder`."""
        table = pd.DataFrame(
            {
                "image": self.names,
                "proteins": ["|".join(genes) for genes in self.proteins],
                "antibody": self.antibodies,
            }
        )
        table.to_csv(folder / "images.tsv", sep="\t", index=False)
        np.savez(folder / "vectors.npz", vectors=self.vectors, logits=self.logits)

    @classmethod
    def load(cls, folder: Path) -> ImageVectors:
        """Read what `save` wrote."""
        table = pd.read_csv(folder / "images.tsv", sep="\t", dtype=str, keep_default_na=False)
        with np.load(folder / "vectors.npz") as arrays:
            return cls(
                tuple(table["image"]),
                tuple(tuple(genes.split("|")) for genes in table["proteins"]),
                tuple(table["antibody"]),
                arrays["vectors"],
                arrays["logits"],
            )
