"""Where tests find real measurements and the independent scorers."""

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real measurements."""
    folder = Path(os.environ.get("CYTOWEAVE_DATA", SHARED / "data"))
    if not (folder / "corum").is_dir():
        pytest.skip(f"no real measurements at {folder}; set CYTOWEAVE_DATA")
    return folder


@pytest.fixture(scope="session")
def bench() -> Path:
    """Return the folder of independent scorers."""
    folder = SHARED / "bench"
    if not folder.is_dir():
        pytest.skip(f"no independent scorers at {folder}")
    return folder
