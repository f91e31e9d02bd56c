"""Candidate pairs with probability of direct binding, novelty, GPU hours and evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..complexes import Floats, Mask
from .pairs import Pairs
from .ranking import spread


@dataclass(frozen=True)
class Ranked:
    """Pairs to choose from, with the value of each.

    Attributes:
        pairs: The pairs.
        probability: ``(P,)`` chance of direct binding; a number to rank by where nothing is known.
        novelty: ``(P,)`` 0: in the PDB, .5: a pair of both families is, 1: new.
        hours: ``(P,)`` of a GPU.
        gain: ``(P,)`` expected new structures an hour, assemblies taking turns.
        features: One row a pair, what the chance was estimated from.
    """

    pairs: Pairs
    probability: Floats
    novelty: Floats
    hours: Floats
    gain: Floats
    features: pd.DataFrame

    def columns(self, row: int) -> dict[str, object]:
        """Return similarity and interactions of a pair, as the list of jobs says them."""
        values = {str(name): value for name, value in self.features.iloc[row].items()}
        weights = {n.removeprefix("weight "): w for n, w in values.items() if n[:7] == "weight "}
        edges = (f"{name} {weight:.3g}" for name, weight in weights.items() if weight > 0)
        return {
            "similarity": values.get("similarity", np.nan),
            "interactions": "; ".join(edges),
        }

    def of(self, chosen: Mask) -> Ranked:
        """Return some of the pairs; assemblies take turns among these alone."""
        pairs = self.pairs.of(chosen)
        parts = self.probability[chosen], self.novelty[chosen], self.hours[chosen]
        gain = spread(parts[0] * parts[1] / parts[2], pairs.smallest)
        return Ranked(pairs, *parts, gain, self.features[chosen])
