"""Preallocated, memory-mapped NPY files of pixels for parallel writing."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import check_room

SPARE_BYTES = 1 << 24
"""Free space to keep for other files of a result."""

CHUNK = 1 << 24


def new_pixels(file: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return the memory-mapped pixels of a new file, with all blocks allocated.

    A sparse file gets its blocks when they are written, and if the disk is full by then, the
    process ends with SIGBUS.

    Raises:
        DiskFullError: If the disk has no room.
        OSError: If it becomes full meanwhile.
    """
    n_bytes = int(np.prod(shape, dtype=np.int64))
    check_room(file.parent, n_bytes + SPARE_BYTES)
    mapped: NDArray[np.uint8] = np.lib.format.open_memmap(
        file, mode="w+", dtype=np.uint8, shape=shape
    )
    with file.open("r+b") as stream:
        start = file.stat().st_size - n_bytes
        if hasattr(os, "posix_fallocate") and n_bytes:
            os.posix_fallocate(stream.fileno(), start, n_bytes)
            return mapped
        stream.seek(start)
        for done in range(0, n_bytes, CHUNK):
            stream.write(bytes(min(CHUNK, n_bytes - done)))
    return mapped
