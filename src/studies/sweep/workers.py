"""Start the workers of a study through a launcher."""

from __future__ import annotations

from ...errors import ConfigError, CytoweaveError
from ...launchers import Local, Pool
from ...terminal.console import LOG, logging_to
from ...terminal.signals import signals_as_interrupt
from .study import Plan
from .worker import work


def run_workers(plan: Plan, pool: Pool) -> None:
    """Run the workers of a study to their end; a single one in this process.

    Raises:
        ConfigError: If none of them finished.
    """
    if pool.workers == 1 and isinstance(pool.launcher, Local):
        work(plan)
        return
    codes = pool.launcher.hold(run_worker_with_log, [(plan,)] * pool.workers, folder=pool.folder)
    killed = sum(code < 0 for code in codes)
    if killed and not all(codes):
        LOG.warning("%d workers were killed; the others have done their trials", killed)
    if all(codes):
        raise ConfigError("no worker of the study came to its end; the same command goes on.")


def run_worker_with_log(plan: Plan) -> int:
    """Run a worker in its own process, with its own log; return its exit code.

    Raises:
        SystemExit: If it is stopped.
    """
    with logging_to(), signals_as_interrupt():
        try:
            work(plan)
        except CytoweaveError as error:
            LOG.error("%s", error)
            return 2
        except KeyboardInterrupt:
            raise SystemExit(130) from None
    return 0
