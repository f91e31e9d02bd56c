"""Distributed embedding of images in shards, each a task of a launcher and a cached result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..artifacts import ImageVectors
from ..launchers import Local, Pool, here
from ..nodes.build import Config
from ..store import Store

Task = Callable[[Store, Config, str, int, int], ImageVectors]
"""Function that embeds a range of a modality's images, with stages built from a config."""

LEAST_IMAGES = 1024
"""Minimum number of images of a shard: a task takes some seconds to start."""


@dataclass(frozen=True)
class Shards:
    """Settings of the distributed embedding of images.

    Attributes:
        pool: Launcher of the tasks.
        config: Config of the experiment, from which tasks build their stages.
        task: Function that embeds one shard.
    """

    pool: Pool
    config: Config
    task: Task

    @classmethod
    def of(cls, pool: Pool, config: Config, task: Task) -> Shards | None:
        """Return the shards of an experiment; None where this process embeds all images."""
        if isinstance(pool.launcher, Local):
            return None
        return cls(pool, {**config, **here(pool.launcher.cores)}, task)

    def embed(self, store: Store, name: str, images: int, at_once: int) -> ImageVectors:
        """Embed all images of a modality; byte-identical to a single pass over them.

        Args:
            store: Store of data and weights.
            name: The modality.
            images: Number of images.
            at_once: Batch size; shards end at the ends of batches.
        """
        bounds = list(_bounds(images, at_once))
        tasks = [(store, self.config, name, start, stop) for start, stop in bounds]
        return ImageVectors.joined(list(self.pool.spread(self.task, tasks)))


def _bounds(images: int, at_once: int) -> Iterator[tuple[int, int]]:
    size = -(-LEAST_IMAGES // at_once) * at_once
    for start in range(0, images, size):
        yield start, min(start + size, images)
