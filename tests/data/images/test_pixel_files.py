"""A file of pixels has its blocks before it is mapped: a full disk is an error, not SIGBUS."""

import os
from pathlib import Path

import numpy as np
import pytest

from cytoweave.data.images.pixel_files import new_pixels
from cytoweave.errors import DiskFullError


@pytest.mark.parametrize("reserves", [True, False])
def test_every_block_is_there_before_pixels_are_written(
    tmp_path: Path, reserves: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not reserves:
        monkeypatch.delattr(os, "posix_fallocate")
    file = tmp_path / "pixels.npy"
    pixels = new_pixels(file, (3, 2, 512, 512))
    assert file.stat().st_blocks * 512 >= pixels.nbytes
    assert not pixels.any()
    pixels[1] = 7
    del pixels
    assert np.load(file).sum() == 7 * 2 * 512 * 512


def test_none_at_all_is_a_file_too(tmp_path: Path) -> None:
    assert new_pixels(tmp_path / "pixels.npy", (0, 3, 8, 8)).shape == (0, 3, 8, 8)


def test_room_is_asked_for_before(tmp_path: Path) -> None:
    with pytest.raises(DiskFullError, match=r"MB wanted: no space left on its disk"):
        new_pixels(tmp_path / "pixels.npy", (1 << 20, 1 << 20, 64, 64))
    assert list(tmp_path.iterdir()) == []
