"""Result of a finished run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from ..artifacts import (
    IMAGE_COLUMNS,
    INPUT_COLUMNS,
    Embedding,
    Floats,
    Hierarchy,
    Network,
    Scores,
)
from ..artifacts.cx2 import Json
from ..errors import DataError
from ..maps.sizes import Calibration, calibrated
from .annotations import Annotations, annotate
from .exchange.cx2 import hierarchy_cx2
from .exchange.h5ad import as_anndata, as_mudata
from .exchange.tables import assemblies_table
from .measured import Measured

if TYPE_CHECKING:
    import anndata
    import mudata


@dataclass(frozen=True, repr=False)
class RunResult:
    """Result of a run.

    Attributes:
        config: The composed settings. ``title`` and ``command``, if any, are the header of the
            page; ``seed`` is shown.
        hierarchy: The map.
        similarity: The network that the map was made from.
        embedding: The fused vectors; None if the run started from a network.
        modalities: Vectors of each modality before fusion; proteins outside `embedding` are left
            out of the files.
        scores: Metrics and tables.
        identifiers: Names that were not current symbols: ``given``, ``symbol``, ``status``.
        images: One row per image: see `IMAGE_COLUMNS`; empty without images.
        layout: ``(N, 2)`` layout of the embedding's proteins.
        calibration: Calibration of diameters by number of proteins.
        measured: Measurements of its proteins, for report and portal.
        inputs: The input files, see `INPUT_COLUMNS`; empty for a simulated cell.
        names: Names of assemblies from the verb ``names``, if any.
    """

    config: dict[str, object]
    hierarchy: Hierarchy
    similarity: Network
    embedding: Embedding | None
    modalities: dict[str, Embedding]
    scores: Scores
    identifiers: pd.DataFrame
    layout: Floats | None
    images: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(IMAGE_COLUMNS)))
    calibration: Calibration = field(default_factory=lambda: calibrated("schaffer2025"))
    measured: Measured = field(default_factory=Measured)
    inputs: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(INPUT_COLUMNS)))
    names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.embedding is None:
            if self.modalities or self.layout is not None:
                raise DataError("RunResult: modalities and a layout need an embedding.")
            return
        outside = set(self.hierarchy.proteins) - set(self.embedding.proteins)
        if outside:
            raise DataError(
                f"RunResult: {len(outside)} proteins of the hierarchy have no vector, "
                f"e.g. '{min(outside)}'."
            )
        if self.layout is not None and self.layout.shape != (len(self.embedding.proteins), 2):
            raise DataError(
                f"RunResult.layout must be {(len(self.embedding.proteins), 2)}, "
                f"got {self.layout.shape}."
            )

    def __repr__(self) -> str:
        parts = ", ".join(self.modalities) or "a network"
        return f"<RunResult '{self.title}' of {parts}: {self.hierarchy!r}>"

    @property
    def title(self) -> str:
        """Title of the map: the setting ``title``, else ``Cell map``."""
        return str(self.config["title"]) if "title" in self.config else "Cell map"

    def to_frame(self) -> pd.DataFrame:
        """Return one row per assembly below the root, annotated, as in `assemblies.tsv`."""
        return assemblies_table(self.hierarchy, self.annotations())

    def to_anndata(self) -> anndata.AnnData:
        """Return the vectors of the proteins as AnnData, with the map and the modalities.

        Raises:
            DataError: If the run started from a network and so has no vectors.
        """
        return as_anndata(self._vectors(), self, self.annotations())

    def to_mudata(self) -> mudata.MuData:
        """Return the fused vectors with the map, and each modality with its own proteins.

        Raises:
            ConfigError: If mudata is not installed.
            DataError: If the run started from a network and so has no vectors.
        """
        return as_mudata(self._vectors(), self, self.annotations())

    def _vectors(self) -> Embedding:
        if self.embedding is None:
            raise DataError(
                "RunResult: the run began at a network, so its proteins have no vectors."
            )
        return self.embedding

    def to_cx2(self) -> list[Json]:
        """Return the map, annotated, as the CX2 document that a run writes as `hierarchy.cx2`."""
        parent = "hierarchy_parent.cx2"
        return hierarchy_cx2(self.hierarchy, self.annotations(), self.title, parent)

    def annotations(self) -> Annotations:
        """Return the annotations of each assembly."""
        return annotate(self.hierarchy, self.scores, self.calibration, self.names)

    @property
    def plane(self) -> Floats | None:
        """``(N, 2)`` layout of the hierarchy's proteins, if they have vectors."""
        if self.embedding is None or self.layout is None:
            return None
        row = {name: k for k, name in enumerate(self.embedding.proteins)}
        return self.layout[[row[name] for name in self.hierarchy.proteins]]

    @property
    def command(self) -> str:
        """The command line that reproduces the run: the setting ``command``, else ``""``."""
        return str(self.config["command"]) if "command" in self.config else ""
