"""Images embedded in shards: each a task of a launcher, and a result of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..artifacts import ImageVectors
from ..launchers import Local, Pool, here
from ..nodes.build import Config
from ..store import Store

Task = Callable[[Store, Config, str, int, int], ImageVectors]
"""Embeds the images of a modality from one to before another, by stages built from a config."""

LEAST_IMAGES = 1024
"""Images of a shard, or a few more: a task takes some seconds to load what it needs."""


@dataclass(frozen=True)
class Shards:
    """How the images of an experiment are embedded elsewhere.

    Attributes:
        pool: Where.
        config: Of the experiment, as tasks build their stages from it.
        task: What embeds one.
    """

    pool: Pool
    config: Config
    task: Task

    @classmethod
    def of(cls, pool: Pool, config: Config, task: Task) -> Shards | None:
        """Return the shards of an experiment; None where this machine does all of it at once."""
        if isinstance(pool.launcher, Local):
            return None
        return cls(pool, {**config, **here(pool.launcher.cores)}, task)

    def embed(self, store: Store, name: str, images: int, at_once: int) -> ImageVectors:
        """Embed all images of a modality; as one pass over them would, byte for byte.

        Args:
            store: Where data and weights are remembered.
            name: The modality.
            images: How many there are.
            at_once: Images that go through the network together: shards end where a batch does.
        """
        bounds = list(_bounds(images, at_once))
        tasks = [(store, self.config, name, start, stop) for start, stop in bounds]
        return ImageVectors.joined(list(self.pool.spread(self.task, tasks)))


def _bounds(images: int, at_once: int) -> Iterator[tuple[int, int]]:
    size = -(-LEAST_IMAGES // at_once) * at_once
    for start in range(0, images, size):
        yield start, min(start + size, images)
