"""Jackknife of a finished run: maps from subsets of the proteins, with other seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..artifacts import Embedding, Hierarchy, Network
from ..nodes import plugins
from ..nodes.build import Config, Part
from ..report import RunResult
from ..store import Recipe, Store

if TYPE_CHECKING:
    from ..contracts import MapMaker


@dataclass(frozen=True)
class Resampling:
    """What the maps of a run's resamples are made of and with.

    Attributes:
        maker: The maker of maps that the run was made with.
        embedding: That of the run; None where it was made from pairs.
        network: The pairs that the run keeps, for a run without embedding.
        key: What the run is remembered under.
        seed: Decides, with the number of a resample, what is left out and all else.
    """

    maker: Part[MapMaker]
    embedding: Embedding | None
    network: Network
    key: str
    seed: int

    @classmethod
    def of(cls, run: RunResult, key: str, seed: int) -> Resampling:
        """Read a finished run from its folder; plug-ins that its config names are imported.

        Raises:
            ConfigError: If the config of the run names a maker of maps that is not there.
        """
        config: Config = run.config
        plugins.load(config.get("plugins", ()))
        maker: Part[MapMaker] = Part.of("map", config["map"])
        return cls(maker, run.embedding, run.similarity, key, seed)

    @property
    def proteins(self) -> tuple[str, ...]:
        """Those that are drawn from."""
        return self.embedding.proteins if self.embedding else self.network.proteins

    def linked(self, proteins: Sequence[str]) -> Network:
        """Return the network of some proteins: nearest neighbours among them, or their pairs."""
        if self.embedding:
            return self.maker.thing.neighbours(self.embedding.restrict(proteins))
        ends = np.array(self.network.proteins, object)[self.network.edges]
        inside = np.isin(ends, list(proteins)).all(axis=1)
        first, second = ends[inside].T
        return Network.from_pairs(first, second, self.network.weights[inside], list(proteins))

    def maps(
        self, store: Store, count: int, dropped: float, workers: int
    ) -> Iterator[tuple[Network, Hierarchy]]:
        """Yield the network and the map of each resample; maps are remembered in the store.

        Args:
            store: Where they are remembered.
            count: Resamples.
            dropped: Share of the proteins that each leaves out, 0 .. 1; each has its own seed.
            workers: Processes.
        """
        for number in range(count):
            rng = np.random.default_rng([self.seed, number, 5])
            kept = rng.permutation(len(self.proteins))[round(dropped * len(self.proteins)) :]
            network = self.linked([self.proteins[k] for k in np.sort(kept)])
            seed = self.seed + 1 + number
            recipe = Recipe(
                "resample",
                [__name__, *self.maker.modules],
                [self.maker.node, dropped, number],
                [self.key],
                seed,
            )

            def made(network: Network = network, seed: int = seed) -> Hierarchy:
                return self.maker.thing(network, seed=seed, workers=workers)

            yield network, store.remember(recipe, Hierarchy, made).value
