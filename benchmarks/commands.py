"""Measurement of whole commands, and the environments of peers."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

POLL_S = 0.2
"""Reading the memory of a process stops it for milliseconds: seldom enough not to slow it."""


@dataclass(frozen=True)
class Cost:
    """What a command took.

    Attributes:
        wall_s: Seconds from start to end.
        cpu_s: Processor seconds of it and its children.
        peak_gb: Largest memory of the process tree at any time, shared pages counted once.
    """

    wall_s: float
    cpu_s: float
    peak_gb: float


def measured(command: Sequence[str | Path], log: Path, folder: Path | None = None) -> Cost:
    """Run a command to its end; its output goes to `log`.

    Raises:
        RuntimeError: If it fails.
    """
    before = os.times()
    start, peak = time.perf_counter(), 0
    with log.open("w") as sink:
        child = subprocess.Popen(
            [str(word) for word in command], stdout=sink, stderr=subprocess.STDOUT, cwd=folder
        )
        while child.poll() is None:
            peak = max(peak, sum(map(_memory, _family(child.pid))))
            time.sleep(POLL_S)
    wall, after = time.perf_counter() - start, os.times()
    if child.returncode:
        raise RuntimeError(f"{command[0]} failed ({child.returncode}):\n{log.read_text()[-2000:]}")
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return Cost(wall, cpu, peak / 1e9)


def once(command: Sequence[str | Path], result: Path) -> Cost:
    """Run a command unless `result` exists; its cost and output are written next to it."""
    note = result.with_name(result.name + ".cost.json")
    if not (result.exists() and note.exists()):
        cost = measured(command, result.with_name(result.name + ".log"))
        note.write_text(json.dumps(asdict(cost)))
    return Cost(**json.loads(note.read_text()))


def environment(folder: Path, *installs: Sequence[str]) -> Path:
    """Make a virtual environment by successive pip installs, once; return its ``bin``."""
    ready = folder / ".ready"
    if not ready.exists():
        subprocess.run(["python3.11", "-m", "venv", folder], check=True)
        for packages in installs:
            subprocess.run([folder / "bin" / "pip", "install", "--quiet", *packages], check=True)
        ready.touch()
    return folder / "bin"


def hidef(folder: Path) -> Path:
    """Return the ``bin`` of an environment with HiDeF 1.1.5 and the Leiden it is fastest with."""
    pins = ["numpy<2", "scipy<1.14", "pandas<2.3", "networkx<3.3", "leidenalg==0.9.1"]
    build = ["setuptools<81", "wheel", *pins]
    return environment(folder, build, ["--no-build-isolation", "hidef==1.1.5", *pins])


def _family(pid: int) -> list[int]:
    """A process and all below it."""
    result = [pid]
    for member in result:
        try:
            tasks = Path(f"/proc/{member}/task")
            for task in tasks.iterdir():
                result += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return result


def _memory(pid: int) -> int:
    """Proportional set size in bytes; 0 once the process is gone."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
