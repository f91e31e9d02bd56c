"""A short campaign of each kind; the long ones and their metrics are in docs/reliability.md."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CAMPAIGN = Path(__file__).parent / "campaign.py"


def check(*words: str, folder: Path) -> None:
    command = [sys.executable, str(CAMPAIGN), *words, f"out={folder}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_nothing_is_lost_by_kills(tmp_path: Path) -> None:
    check(f"kills={os.environ.get('CYTOWEAVE_KILLS', '16')}", "seed=1", folder=tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk")
def test_nothing_is_lost_by_full_disks(tmp_path: Path) -> None:
    check("disks=3", folder=tmp_path)
