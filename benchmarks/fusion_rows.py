"""Fusion methods of the benchmark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from scipy import sparse

from cytoweave import config
from cytoweave.artifacts import Embedding, Network
from cytoweave.contracts import Trainer, is_trained_fusion
from cytoweave.models import (
    Cca,
    Concat,
    FusionAutoencoder,
    Muse,
    MuseNetwork,
    Pca,
    Projector,
    TrainedFusion,
    Training,
)
from cytoweave.models.fusion.blocks import EIGENVALUE_FLOOR
from cytoweave.similarity.nearest import unit_rows
from cytoweave.stages.parts import Parts


@dataclass(frozen=True)
class Made:
    """What is fused.

    Attributes:
        embeddings: Modality -> its vectors.
        network: The interactions.
    """

    embeddings: Mapping[str, Embedding]
    network: Network


@dataclass(frozen=True)
class Row:
    """One way to fuse.

    Attributes:
        fuse: Of what is fused, a seed and the trainer.
        closed: Whether seeds change nothing.
        needs_all: Whether every protein must have every modality.
    """

    fuse: Callable[[Made, int, Trainer], Embedding]
    closed: bool = False
    needs_all: bool = False


def _closed(fusion: Callable[..., Embedding]) -> Row:
    return Row(lambda made, seed, _: fusion(made.embeddings, seed=seed), closed=True)


def _trained(fusion: Callable[..., Embedding], *, needs_all: bool = False) -> Row:
    return Row(
        lambda made, seed, training: fusion(made.embeddings, training=training, seed=seed),
        needs_all=needs_all,
    )


def _option(name: str, *, needs_all: bool = False) -> Row:
    """Return ``fusion=name``, as its file states it."""

    def fuse(made: Made, seed: int, training: Trainer) -> Embedding:
        parts = Parts.of(config.load("run", [f"fusion={name}"]))
        fusion = parts.fusion.thing
        assert is_trained_fusion(fusion)
        return fusion(made.embeddings, training=training, seed=seed)

    return Row(fuse, needs_all=needs_all)


def _alone(modality: str) -> Row:
    return Row(lambda made, seed, _: made.embeddings[modality], closed=True)


def _side_by_side(made: Made, seed: int, _: Trainer) -> Embedding:
    parts = [unit_rows(e.vectors) for e in made.embeddings.values()]
    return _of(made, np.concatenate(parts, axis=1))


def _weighted(made: Made, seed: int, _: Trainer) -> Embedding:
    """Interactions centred, the other whitened to half power, at weight .6."""
    ppi, other = made.embeddings.values()
    centred = other.vectors - other.vectors.mean(axis=0)
    values, axes = np.linalg.eigh(centred.T.astype(np.float64) @ centred / len(centred))
    kept = values > EIGENVALUE_FLOOR * values[-1]
    white = np.asarray((centred @ axes[:, kept]) * values[kept] ** -0.25, np.float32)
    first = unit_rows(ppi.vectors - ppi.vectors.mean(axis=0))
    return _of(made, np.concatenate([first, 0.6 * unit_rows(white)], axis=1))


def _over_partners(made: Made, seed: int, _: Trainer) -> Embedding:
    """The other modality, of a protein and its interaction partners by halves."""
    other = list(made.embeddings.values())[1]
    row = {name: k for k, name in enumerate(made.network.proteins)}
    rows = [row[name] for name in other.proteins]
    links = sparse.csr_array(made.network.adjacency())[rows][:, rows]
    degrees = np.maximum(np.asarray(links.sum(axis=1)).ravel(), 1e-12)
    unit = unit_rows(other.vectors - other.vectors.mean(axis=0))
    mean = np.asarray(sparse.diags_array(1 / degrees) @ (links @ unit), np.float32)
    return Embedding.of_modality(other.modalities[0], other.proteins, unit + unit_rows(mean))


def _stopped_early(made: Made, seed: int, training: Trainer) -> Embedding:
    """The default, ended by the loss of a tenth of the proteins."""
    assert isinstance(training, Training)
    patient = replace(training, patience=3)
    return TrainedFusion(FusionAutoencoder)(made.embeddings, training=patient, seed=seed)


def _of(made: Made, vectors: Any) -> Embedding:
    return Embedding.of_modality("fused", next(iter(made.embeddings.values())).proteins, vectors)


ROWS: dict[str, Row] = {
    "interactions alone": _alone("ppi"),
    "fractions alone": _alone("lopit"),
    "fractions, averaged over partners": Row(_over_partners, closed=True, needs_all=True),
    "side by side": Row(_side_by_side, closed=True, needs_all=True),
    "centred, whitened, weighted": Row(_weighted, closed=True, needs_all=True),
    "pca": _closed(Pca()),
    "cca": _closed(Cca()),
    "concat, no crowding": _closed(Concat(crowding=0)),
    "concat": _closed(Concat()),
    "projector": _trained(Projector()),
    "muse": _trained(Muse(), needs_all=True),
    "projector_toolkit": _option("projector_toolkit"),
    "muse_toolkit": _option("muse_toolkit", needs_all=True),
    "autoencoder (default)": _trained(TrainedFusion(FusionAutoencoder)),
}


def ablations() -> dict[str, Row]:
    """Return the default, and the default with one part changed."""

    def changed(closed: Mapping[str, Any] | None = None, **module: Any) -> Row:
        form, latent = Concat(**(closed or {})), module.pop("latent", 0.7)
        return _trained(TrainedFusion(partial(FusionAutoencoder, **module), form, latent))

    return {
        "autoencoder (default)": ROWS["autoencoder (default)"],
        "reconstruction as well": changed(reconstruction=1.0),
        "reconstruction alone": changed(alignment=0.0, reconstruction=1.0),
        "no dropout": changed(dropout=0.0),
        "no crowding": changed({"crowding": 0.0}),
        "no sharing": changed({"sharing": 0.0}),
        "no damping": changed({"dominance": float("inf")}),
        "no latents": _closed(Concat()),
        "five networks": _trained(TrainedFusion(FusionAutoencoder, members=5)),
        "stopped early": Row(_stopped_early),
    }


def constants() -> dict[str, Row]:
    """Return the published method, and it with one constant changed."""

    def muse(recluster: int = 200, **module: Any) -> Row:
        return _trained(Muse(partial(MuseNetwork, **module), recluster=recluster), needs_all=True)

    return {
        "muse": muse(),
        "muse, lambda_reg 0": muse(lambda_reg=0.0),
        "muse, lambda_reg 1": muse(lambda_reg=1.0),
        "muse, lambda_triplet 0": muse(lambda_triplet=0.0),
        "muse, recluster 50": muse(recluster=50),
        "muse, margin 0.3": muse(margin=0.3),
        "muse, dropout 0": muse(dropout=0.0),
        "muse, dropout 0.5": muse(dropout=0.5),
    }
