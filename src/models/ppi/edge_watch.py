"""What tells an encoder of interactions when to stop: interactions that it was not shown."""

from __future__ import annotations

from collections.abc import Callable

from pytorch_lightning import LightningModule

from ...artifacts import Floats, Network
from ...contracts import Trainer
from ...eval.embedding.link_prediction import (
    HeldOutEdges,
    cosine_of_pairs,
    edge_figures,
    hold_out_edges,
)
from ..training.callbacks import Watch


def kept_back(network: Network, share: float, training: Trainer, seed: int) -> HeldOutEdges | None:
    """Keep interactions back where a training may end early.

    Returns:
        None where the trainer has no `patience`, or where no interaction can be kept back, as in a
        tree, or no pair can be set against it, as in a clique.
    """
    if training.patience is None:
        return None
    held_out = hold_out_edges(network, share, seed)
    return held_out if len(held_out.negatives) else None


def edge_watch(
    held_out: HeldOutEdges | None, embed: Callable[[LightningModule], Floats]
) -> Watch | None:
    """Return a watch of how well held-out interactions are foretold; None without any.

    Args:
        held_out: What was kept back.
        embed: Returns the ``(N, D)`` vectors of all proteins by a module.
    """
    if held_out is None:
        return None

    def measure(module: LightningModule) -> dict[str, float]:
        return edge_figures(cosine_of_pairs(embed(module)), held_out)

    return Watch("auroc", "max", measure)
