"""The workers of a study, wherever a launcher runs them."""

from __future__ import annotations

from ...errors import ConfigError, CytoweaveError
from ...launchers import Local, Pool
from ...terminal.console import LOG, logging_to
from ...terminal.signals import stopped_alike
from .study import Plan
from .worker import work


def run_workers(plan: Plan, pool: Pool) -> None:
    """Run the workers of a study to their end; a single one here in this process.

    Raises:
        ConfigError: If none of them came to its end.
    """
    if pool.workers == 1 and isinstance(pool.launcher, Local):
        work(plan)
        return
    codes = pool.launcher.hold(aloud, [(plan,)] * pool.workers, folder=pool.folder)
    killed = sum(code < 0 for code in codes)
    if killed and not all(codes):
        LOG.warning("%d workers were killed; the others have done their trials", killed)
    if all(codes):
        raise ConfigError("no worker of the study came to its end; the same command goes on.")


def aloud(plan: Plan) -> int:
    """Run a worker in a process of its own, which shows its log itself; return its exit code.

    Raises:
        SystemExit: If it is stopped.
    """
    with logging_to(), stopped_alike():
        try:
            work(plan)
        except CytoweaveError as error:
            LOG.error("%s", error)
            return 2
        except KeyboardInterrupt:
            raise SystemExit(130) from None
    return 0
