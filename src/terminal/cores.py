"""How many cores a command may use: affinity, quota of a container, and what others leave idle."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from pathlib import Path

QUOTAS = (Path("/sys/fs/cgroup/cpu.max"), Path("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"))
"""Files of a container's CPU quota in Linux cgroups, version 2 and 1."""

PERIOD_US = 100_000
"""Default period of the quota in cgroups version 1."""

TIMES = Path("/proc/stat")

LOOK_S = 0.2
"""Seconds over which the load of cores is measured."""

IDLE_COLUMNS = (1, 3, 4)
"""Columns of a core's times: low priority, idle, waiting for a disk."""

BUSY = 0.5
"""A core that is idle less than this share is in use."""


def wait_passively() -> None:
    """Let idle threads sleep instead of spin, and limit their number to the container's quota.

    Call it before loading a library that starts threads (OpenMP of torch and scikit-learn, numba):
    where two commands share cores, spinning threads take them from working ones. Variables that the
    environment sets already are kept.
    """
    settings = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}
    if (count := allowed()) < (os.cpu_count() or 1):
        threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
        settings |= dict.fromkeys(threads, str(count))
    for name, value in settings.items():
        os.environ.setdefault(name, value)


def allowed() -> int:
    """Return how many cores the operating system lets this process use, at least 1."""
    count = len(_affinity())
    quota = _quota()
    return max(1, min(count, count if quota is None else int(quota)))


def free() -> int:
    """Return how many of these are idle now, at least 1; all where that cannot be known."""
    mine = _affinity()
    before = _times(mine)
    if not before:
        return allowed()
    time.sleep(LOOK_S)
    idle = 0
    for core, (left, total) in _times(mine).items():
        spent = total - before.get(core, (0, 0))[1]
        idle += spent <= 0 or (left - before[core][0]) / spent >= BUSY
    return max(1, min(allowed(), idle))


def _affinity() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return set(os.sched_getaffinity(0))
    return set(range(os.cpu_count() or 1))


def _quota() -> float | None:
    """Return how many cores' time a container has; None without a limit."""
    for path in QUOTAS:
        try:
            words = path.read_text().split()
            if words[0] in ("max", "-1"):
                return None
            return int(words[0]) / int(words[1] if len(words) > 1 else PERIOD_US)
        except (OSError, ValueError, IndexError):
            continue
    return None


def _times(cores: Collection[int]) -> dict[int, tuple[int, int]]:
    """Return what each core has spent idle, and in all, in ticks."""
    times = {}
    try:
        for line in TIMES.read_text().splitlines():
            name, *ticks = line.split()
            if name.startswith("cpu") and name[3:].isdecimal() and int(name[3:]) in cores:
                spent = [int(tick) for tick in ticks[:8]]
                times[int(name[3:])] = (sum(spent[k] for k in IDLE_COLUMNS), sum(spent))
    except (OSError, ValueError, IndexError):
        return {}
    return times
