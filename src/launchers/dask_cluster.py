"""Parallel tasks on an existing Dask cluster, through joblib's Dask backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from joblib import Parallel, delayed, parallel_config  # type: ignore[import-untyped]

from ..errors import ConfigError, WorkerError
from ..nodes.ranges import Positive, checked
from ..store.sharing import warn_unless_shared
from .task import Task

try:
    from distributed import Client, KilledWorker
except ImportError:  # an extra
    INSTALLED = False
else:
    INSTALLED = True

Result = TypeVar("Result")


@checked
@dataclass(frozen=True)
class Dask:
    """Run tasks on the workers of a Dask scheduler, as many at once as these have threads.

    Start workers with one thread each. The scheduler reassigns the tasks of a dead worker.

    Args:
        scheduler: Address, such as ``tcp://host:8786``, or the file that ``dask scheduler
            --scheduler-file`` wrote.
        timeout: Seconds to wait for the scheduler and for a first worker, above 0.

    Raises:
        ConfigError: If the timeout is out of range.
    """

    scheduler: str = "tcp://127.0.0.1:8786"
    timeout: Positive = 30.0

    @property
    def cores(self) -> int:
        """See `Launcher.cores`."""
        return 1

    def spread(
        self,
        work: Callable[..., Result],
        items: Sequence[tuple[object, ...]],
        *,
        workers: int,
        folder: Path,
    ) -> Iterator[Result]:
        """See `Launcher.spread`; the cluster decides how many tasks run at once.

        Raises:
            ConfigError: If the scheduler cannot be reached, or has no worker.
        """
        warn_unless_shared(folder)
        client = self._client()
        try:
            yield from _results(client, Task.of(work), items, self.timeout)
        finally:
            client.close()

    def hold(
        self, work: Callable[..., int], items: Sequence[tuple[object, ...]], *, folder: Path
    ) -> list[int]:
        """See `Launcher.hold`."""
        return list(self.spread(work, items, workers=len(items), folder=folder))

    def _client(self) -> Client:
        if not INSTALLED:
            raise ConfigError(
                "launcher=dask: distributed is not installed: pip install 'cytoweave[dask]'."
            )
        of_file = Path(self.scheduler).is_file()
        where = {"scheduler_file" if of_file else "address": self.scheduler}
        try:
            return Client(**where, timeout=self.timeout, set_as_default=False)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ConfigError(
                f"launcher.scheduler={self.scheduler} cannot be reached: {reason}."
            ) from None


@dataclass(frozen=True)
class Whole(Generic[Result]):
    """A task whose own joblib loops stay on its worker, rather than go back to the cluster.

    Attributes:
        task: The task.
    """

    task: Task[Result]

    def __call__(self, *item: object) -> Result:
        """Run the task."""
        with parallel_config(backend="threading"):
            return self.task(*item)


def _results(
    client: Client, task: Task[Result], items: Sequence[tuple[object, ...]], timeout: float
) -> Iterator[Result]:
    given = {"client": client, "wait_for_workers_timeout": timeout}
    try:
        with parallel_config(backend="dask", **given):  # not while results are waited for
            pool = Parallel(return_as="generator", batch_size=1, pre_dispatch="all")
            results: Iterator[Result] = pool(delayed(Whole(task))(*item) for item in items)
        yield from results
    except KilledWorker as error:
        raise WorkerError(
            f"workers of the Dask cluster died again and again ({error.task}); see their logs. "
            "Finished stages are remembered."
        ) from None
    except TimeoutError:
        raise ConfigError(
            f"launcher.scheduler: no worker came within {timeout:g} s; start some."
        ) from None
