"""Parallel tasks in Slurm job arrays, by submitit; or in local processes by the same path."""

from __future__ import annotations

import os
import pickle
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Literal, TypeVar

from submitit import AutoExecutor, Job, JobEnvironment

from ..errors import ConfigError, WorkerError
from ..nodes.ranges import AtLeastOne, Natural, Positive, checked
from ..store.sharing import warn_unless_shared
from ..terminal.console import LOG
from ..terminal.workers import MAX_DEATHS, end_with
from .task import Task

Result = TypeVar("Result")

POLL_S = 0.5
"""Seconds between polls of the folder of results."""


@checked
@dataclass(frozen=True)
class Submitit:
    """Distribute tasks over the jobs of one Slurm array.

    Every job writes the result of each task at once. Tasks left by a job that was killed or
    reached its time limit are submitted again.

    Args:
        executor: ``slurm``, or ``local`` for the same path without Slurm.
        minutes: Time limit of a job, at least 1.
        cpus: Cores of a job, at least 1.
        gpus: Devices of a job, at least 0.
        memory_gb: Memory of a job, above 0.
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

    @property
    def cores(self) -> int:
        """See `Launcher.cores`."""
        return self.cpus

    def spread(
        self,
        work: Callable[..., Result],
        items: Sequence[tuple[object, ...]],
        *,
        workers: int,
        folder: Path,
    ) -> Iterator[Result]:
        """See `Launcher.spread`; `workers` is the number of jobs.

        Raises:
            ConfigError: If there is no Slurm.
        """
        if self.executor == "slurm":
            warn_unless_shared(folder)
        place = folder / "jobs" / secrets.token_hex(6)
        place.mkdir(parents=True)
        parent = os.getpid() if self.executor == "local" else None
        results = Results[Result](place)
        share = Share(Task.of(work), place, parent)
        yield from self._until_done(share, results, items, workers)
        shutil.rmtree(place, ignore_errors=True)

    def hold(
        self, work: Callable[..., int], items: Sequence[tuple[object, ...]], *, folder: Path
    ) -> list[int]:
        """See `Launcher.hold`."""
        return list(self.spread(work, items, workers=len(items), folder=folder))

    def _until_done(
        self,
        share: Share[Result],
        results: Results[Result],
        items: Sequence[tuple[object, ...]],
        workers: int,
    ) -> Iterator[Result]:
        given, deaths = 0, 0
        while given < len(items):
            missing = sorted(set(range(len(items))) - results.there())
            shares = [missing[k::workers] for k in range(min(workers, len(missing)))]
            jobs = self._submitted(share, [[(n, items[n]) for n in numbers] for numbers in shares])
            LOG.info("%d jobs submitted; their logs are in %s", len(jobs), share.place)
            before = given
            try:
                for number in results.until(jobs, given):
                    yield results.take(number)
                    given += 1
            finally:
                for job in jobs:
                    if not job.done():
                        job.cancel()
            deaths = 0 if given > before else deaths + 1
            if given < len(items):
                _check_deaths(deaths, share.place)

    def _submitted(self, share: Share[Result], shares: Sequence[object]) -> list[Job[int]]:
        try:
            executor = AutoExecutor(folder=share.place / "logs", cluster=self.executor)
        except RuntimeError as error:
            raise ConfigError(f"launcher: {error}; launcher.executor=local runs here.") from None
        self._configure(executor, len(shares))
        return list(executor.map_array(share, shares))

    def _configure(self, executor: AutoExecutor, jobs: int) -> None:
        executor.update_parameters(
            name="cytoweave",
            timeout_min=self.minutes,
            cpus_per_task=self.cpus,
            gpus_per_node=self.gpus,
            mem_gb=self.memory_gb,
            slurm_array_parallelism=jobs,
            **({"slurm_partition": self.partition} if self.partition else {}),
            **({"slurm_additional_parameters": self.options} if self.options else {}),
        )


@dataclass(frozen=True)
class Share(Generic[Result]):
    """The tasks of one job, run one after the other; each result is written at once.

    Attributes:
        task: The task.
        place: Folder of the results.
        parent: Process that the job ends with; None where it is on another machine.
    """

    task: Task[Result]
    place: Path
    parent: int | None

    def __call__(self, numbered: Sequence[tuple[int, tuple[object, ...]]]) -> int:
        """Run the tasks of a share; return how many there were."""
        if self.parent is not None:
            end_with(self.parent)
        # Else submitit raises an error inside a task, well before the time limit.
        signal.signal(signal.Signals[f"SIG{JobEnvironment.USR_SIG}"], signal.SIG_IGN)
        for number, item in numbered:
            try:
                outcome: Outcome[Result] = Outcome(self.task(*item), None)
            except Exception as error:  # passed on to whoever asked for the task
                outcome = Outcome(None, error)
            Results[Result](self.place).put(number, outcome)
        return len(numbered)


@dataclass(frozen=True)
class Outcome(Generic[Result]):
    """The result of a task, or the error that it raised."""

    value: Result | None
    error: Exception | None


@dataclass(frozen=True)
class Results(Generic[Result]):
    """A folder of results by task number; each file is complete or absent."""

    place: Path

    def put(self, number: int, outcome: Outcome[Result]) -> None:
        """Write the outcome of a task."""
        unfinished = self.place / f".{number}-{secrets.token_hex(4)}"
        unfinished.write_bytes(pickle.dumps(outcome))
        unfinished.replace(self.place / f"{number}.result")

    def there(self) -> set[int]:
        """Return the numbers of the tasks that are done.

        The folder is listed, since a network file system remembers for a while that a name was not
        there.
        """
        return {int(path.stem) for path in self.place.glob("*.result")}

    def until(self, jobs: Sequence[Job[int]], first: int) -> Iterator[int]:
        """Yield the task numbers from `first` on, in order, until all jobs have ended."""
        while True:
            ended = all(job.done() for job in jobs)  # before listing: none is missed
            there = self.there()
            while first in there:
                yield first
                first += 1
            if ended:
                return
            time.sleep(POLL_S)

    def take(self, number: int) -> Result:
        """Return what a task returned, or raise what it raised."""
        outcome: Outcome[Result] = pickle.loads((self.place / f"{number}.result").read_bytes())
        if outcome.error is not None:
            raise outcome.error
        return outcome.value  # type: ignore[return-value]


def _check_deaths(deaths: int, logs: Path) -> None:
    if deaths == MAX_DEATHS:
        raise WorkerError(
            f"jobs are killed or come to their time limit again and again, see {logs}; set "
            "launcher.memory_gb or launcher.minutes to more. Finished stages are remembered."
        )
    LOG.warning("jobs were killed or came to their time limit; what they left is submitted again")
