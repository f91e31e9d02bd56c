"""Removal of isolated proteins from a network before embedding."""

from __future__ import annotations

import numpy as np

from ...artifacts import Network
from ...errors import DataError


def connected_part(network: Network, modality: str, *, weighted: bool = True) -> Network:
    """Return the network of the proteins that have an interaction, in the same order.

    Args:
        network: May contain isolated proteins.
        modality: Its name, for messages.
        weighted: Whether the weights are kept; otherwise all are 1.

    Raises:
        DataError: If there is no interaction.
    """
    connected = np.unique(network.edges)
    if not len(connected):
        raise DataError(
            f"data.modalities.{modality}: the network of {len(network.proteins)} proteins "
            f"has no interaction to embed; lower its threshold or check its columns."
        )
    names = tuple(network.proteins[k] for k in connected)
    weights = network.weights if weighted else np.ones_like(network.weights)
    return Network(names, np.searchsorted(connected, network.edges).astype(np.int32), weights)
