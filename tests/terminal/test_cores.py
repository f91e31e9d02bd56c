"""Cores that may be used: what the operating system and other processes leave."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cytoweave.terminal import cores

MINE = sorted(cores._affinity())


def stat(idle: list[int], total: int = 20) -> str:
    """Return what the kernel says after so many idle ticks of each core of this process."""
    lines = [f"cpu{c} {total - i} 0 0 {i} 0 0 0 0 0 0" for c, i in zip(MINE, idle, strict=True)]
    return "\n".join(["cpu 1 0 0 1", *lines, "intr 5"])


@pytest.fixture
def times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "stat"
    monkeypatch.setattr(cores, "TIMES", path)
    monkeypatch.setattr(cores, "QUOTAS", (tmp_path / "cpu.max",))
    return path


@pytest.mark.parametrize("idle", range(len(MINE) + 1))
def test_idle_cores_are_counted(idle: int, times: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = [20] * idle + [0] * (len(MINE) - idle)
    times.write_text(stat([0] * len(MINE), 0))
    monkeypatch.setattr(time, "sleep", lambda _: times.write_text(stat(busy)))
    assert cores.free() == max(1, idle)


def test_where_the_kernel_says_nothing_all_cores_count(times: Path) -> None:
    assert cores.free() == cores.allowed() == len(MINE)
    times.write_text("cpu nonsense")
    assert cores.free() == len(MINE)


@pytest.mark.parametrize(
    ("text", "count"),
    [("max 100000", len(MINE)), ("150000 100000", 1), ("50000 100000", 1), ("-1", len(MINE))],
)
def test_a_quota_bounds_them(text: str, count: int, times: Path, tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text(text)
    assert cores.allowed() == count


def test_idle_threads_sleep_unless_the_environment_says_otherwise() -> None:
    code = "import cytoweave, os; print(os.environ['OMP_WAIT_POLICY'], os.environ['KMP_BLOCKTIME'])"
    plain = {k: v for k, v in os.environ.items() if k not in ("OMP_WAIT_POLICY", "KMP_BLOCKTIME")}
    for given, message in (({}, "PASSIVE 0"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE 0")):
        result = subprocess.run(
            [sys.executable, "-c", code], env=plain | given, capture_output=True, check=True
        )
        assert result.stdout.decode().strip() == message
