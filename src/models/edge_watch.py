"""What tells an encoder of interactions when to stop: interactions that it was not shown."""

from __future__ import annotations

from collections.abc import Callable

from pytorch_lightning import LightningModule

from ..artifacts import Floats, Network
from ..eval.held_out_edges import cosine_of_pairs, edge_figures, hold_out_edges
from .training_callbacks import Watch

Embedder = Callable[[LightningModule], Floats]
"""Returns the ``(N, D)`` vectors of all proteins by a module, on whatever device it is."""


def watched(
    network: Network, share: float, embed: Embedder, seed: int
) -> tuple[Network, Watch | None]:
    """Keep interactions back, to watch how well they are foretold.

    Args:
        network: All interactions.
        share: Share of them to keep back, in (0, 1).
        embed: How the module in training is asked for its vectors.
        seed: Of the choice.

    Returns:
        The network to learn from, and the watch of ``auroc``; all of it and None where no
        interaction can be kept back, as in a tree, or no pair can be set against it.
    """
    held_out = hold_out_edges(network, share, seed)
    if not len(held_out.negatives):
        return network, None

    def measure(module: LightningModule) -> dict[str, float]:
        return edge_figures(cosine_of_pairs(embed(module)), held_out)

    return held_out.rest, Watch("auroc", "max", measure)
