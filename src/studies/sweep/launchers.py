"""Where the workers of a study run: on this machine, or on a cluster by submitit."""

from __future__ import annotations

import multiprocessing
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ...errors import ConfigError, CytoweaveError
from ...nodes.ranges import AtLeastOne, Natural, Positive, checked
from ...terminal.console import LOG, logging_to
from ...terminal.signals import stopped_alike
from ...terminal.workers import end_with
from .study import Plan
from .worker import work


@checked
@dataclass(frozen=True)
class Local:
    """Workers are processes of this machine; a single one is this process."""

    def start(self, plan: Plan, workers: int) -> None:
        """Run `workers` workers to their end.

        Raises:
            ConfigError: If none of them came to its end.
        """
        if workers == 1:
            work(plan)
            return
        context = multiprocessing.get_context("spawn")  # a fork would copy torch's threads
        given = (plan, os.getpid())
        started = [context.Process(target=aloud, args=given) for _ in range(workers)]
        for process in started:
            process.start()
        try:
            for process in started:
                process.join()
        except BaseException:
            for process in started:
                process.terminate()
            raise
        _check_ended([process.exitcode or 0 for process in started])


@checked
@dataclass(frozen=True)
class Submitit:
    """Workers are the tasks of one Slurm array; ``executor: local`` runs the same path here.

    Args:
        executor: ``slurm`` or ``local``.
        minutes: Time of a worker, at least 1; a study goes on when the command is given again.
        cpus: Cores of a worker, at least 1.
        gpus: Devices of a worker, at least 0.
        memory_gb: Memory of a worker, above 0.
        partition: Slurm's partition; None for its default.
        options: Further options of Slurm, e.g. ``{account: lab}``.

    Raises:
        ConfigError: If a number is out of range or the executor unknown.
    """

    executor: Literal["slurm", "local"] = "slurm"
    minutes: AtLeastOne = 720
    cpus: AtLeastOne = 1
    gpus: Natural = 0
    memory_gb: Positive = 8.0
    partition: str | None = None
    options: dict[str, object] = field(default_factory=dict)

    def start(self, plan: Plan, workers: int) -> None:
        """Submit an array of `workers` workers and wait for them.

        Raises:
            ConfigError: If there is no Slurm, or none of them came to its end.
        """
        import submitit  # an extra

        logs = plan.folder / "jobs"
        try:
            executor = submitit.AutoExecutor(folder=logs, cluster=self.executor)
        except RuntimeError as error:
            raise ConfigError(f"launcher: {error}; launcher.executor=local runs here.") from None
        executor.update_parameters(
            name=f"cytoweave-{plan.name}",
            timeout_min=self.minutes,
            cpus_per_task=self.cpus,
            gpus_per_node=self.gpus,
            mem_gb=self.memory_gb,
            slurm_array_parallelism=workers,
            **({"slurm_partition": self.partition} if self.partition else {}),
            **({"slurm_additional_parameters": self.options} if self.options else {}),
        )
        ends_with = os.getpid() if self.executor == "local" else None
        jobs = executor.map_array(aloud, [plan] * workers, [ends_with] * workers)
        LOG.info("%d workers submitted; their logs are in %s", workers, logs)
        _check_ended([1 if job.exception() else 0 for job in jobs], logs)


Launcher = Local | Submitit


def aloud(plan: Plan, parent: int | None = None) -> None:
    """Run a worker in a process of its own, which shows its log itself, and ends with `parent`.

    Raises:
        SystemExit: If something cannot be done; the line that says what has been logged.
    """
    if parent is not None:
        end_with(parent)
    with logging_to(), stopped_alike():
        try:
            work(plan)
        except CytoweaveError as error:
            LOG.error("%s", error)
            raise SystemExit(2) from None
        except KeyboardInterrupt:
            raise SystemExit(130) from None


def _check_ended(codes: list[int], logs: Path | None = None) -> None:
    """Raise if no worker ended well; what one that died had begun, the others have done."""
    killed = sum(code < 0 for code in codes)
    if killed and not all(codes):
        LOG.warning("%d workers were killed; the others have done their trials", killed)
    if codes and all(codes):
        where = f"; see {logs}" if logs else ""
        raise ConfigError(
            f"no worker of the study came to its end{where}; the same command goes on."
        )
