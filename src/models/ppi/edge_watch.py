"""Early stopping of PPI encoders by link prediction of held-out interactions."""

from __future__ import annotations

from collections.abc import Callable

from pytorch_lightning import LightningModule

from ...artifacts import Floats, Network
from ...contracts import Trainer
from ...eval.embedding.link_prediction import (
    HeldOutEdges,
    cosine_of_pairs,
    edge_metrics,
    hold_out_edges,
)
from ..training.callbacks import Watch


def kept_back(network: Network, share: float, training: Trainer, seed: int) -> HeldOutEdges | None:
    """Hold out interactions if early stopping is on.

    Returns:
        None if the trainer has no `patience`, if no interaction can be held out, as in a tree, or
        if there are no negatives, as in a clique.
    """
    if training.patience is None:
        return None
    held_out = hold_out_edges(network, share, seed)
    return held_out if len(held_out.negatives) else None


def edge_watch(
    held_out: HeldOutEdges | None, embed: Callable[[LightningModule], Floats]
) -> Watch | None:
    """Return a watch of the link prediction of held-out interactions; None without any.

    Args:
        held_out: The held-out interactions.
        embed: Returns the ``(N, D)`` vectors of all proteins by a module.
    """
    if held_out is None:
        return None

    def measure(module: LightningModule) -> dict[str, float]:
        return edge_metrics(cosine_of_pairs(embed(module)), held_out)

    return Watch("auroc", "max", measure)
