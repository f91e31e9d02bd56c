"""A worker of a study: runs one trial after another until all are done."""

from __future__ import annotations

import logging
import math
import os
import socket
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import optuna
from filelock import FileLock, Timeout
from optuna.trial import FrozenTrial, Trial, TrialState

from ...errors import DiskFullError, WorkerError, on_disk, without_passwords
from .samplers import FIXED_VALUES
from .space import Values
from .study import WORKER_ATTRIBUTE, Plan, counted, draws, loaded, open_study, values_of
from .trials import Trials

LOG = logging.getLogger("cytoweave")

POLL_S = 0.5
"""Seconds between polls of the trials of other workers."""


@dataclass(frozen=True)
class Taken:
    """A trial that a worker has taken, and its values."""

    trial: Trial
    values: Values


def work(plan: Plan) -> None:
    """Run trials until the planned number has ended, or the time limit is reached.

    Any number of workers may run at once, on machines that share the study's folder. A worker
    holds a lock of its own while it lives: a running trial whose worker's lock is free is lost,
    and the next worker repeats its values.
    """
    deadline = time.monotonic() + 3600 * plan.hours if plan.hours is not None else None
    with on_disk("out", plan.folder), _worker(plan.folder) as me:
        study, trials = open_study(plan), Trials(plan)
        while deadline is None or time.monotonic() < deadline:
            taken, waiting = _take(plan, study, me)
            if taken is not None:
                _try(plan, study, trials, taken)
            elif waiting:
                time.sleep(POLL_S)
            else:
                return


def recover(plan: Plan, study: optuna.Study) -> None:
    """Fail trials whose worker is dead, and enqueue their values first."""
    with plan.lock("take"):
        trials = study.get_trials(deepcopy=False)
        retried = {trial.user_attrs.get("retry_of") for trial in trials}
        for trial in trials:
            if trial.state != TrialState.RUNNING or _alive(plan.folder, trial):
                continue
            values = values_of(plan, trial)
            if "error" not in trial.user_attrs and values and trial.number not in retried:
                retry = {k: v for k, v in trial.user_attrs.items() if k == "default"}
                study.enqueue_trial(values, user_attrs=retry | {"retry_of": trial.number})
            study.tell(trial.number, state=TrialState.FAIL)
            LOG.warning("trial %d: its worker is gone; it is tried again", trial.number)


def _take(plan: Plan, study: optuna.Study, me: str) -> tuple[Taken | None, bool]:
    """Take the next trial, if any is left; else return whether others are still running."""
    with plan.lock("take"):
        recover(plan, study)
        trials = study.get_trials(deepcopy=False)
        running = sum(trial.state == TrialState.RUNNING for trial in trials)
        if plan.trials is not None and counted(trials) + running >= plan.trials:
            return None, running > 0
        trial = loaded(plan, study, draws(trials)).ask()
        _keep_notes(study, trials, trial)
        values = plan.space.suggest(trial)
        trial.set_user_attr(WORKER_ATTRIBUTE, me)  # last: without it, values are missing
        return Taken(trial, values), False


def _keep_notes(study: optuna.Study, trials: Sequence[FrozenTrial], trial: Trial) -> None:
    """Copy the sampler's notes of a lost trial to its repetition: generation, grid point.

    Optuna 4.9 leaves enqueued trials out of a generation, and has no public way to include them.
    """
    first = trial.user_attrs.get("retry_of")
    for key, value in trials[first].system_attrs.items() if first is not None else ():
        if key != FIXED_VALUES:
            study._storage.set_trial_system_attr(trial._trial_id, key, value)


def _try(plan: Plan, study: optuna.Study, trials: Trials, taken: Taken) -> None:
    trial = taken.trial
    start = time.monotonic()
    try:
        values = trials.recorded(trial, taken.values, study)
        _check_numbers(plan, values)
    except optuna.TrialPruned as reason:
        study.tell(trial, state=TrialState.PRUNED)
        LOG.info("trial %d: ended early, %s", trial.number, reason)
        return
    except (DiskFullError, WorkerError):  # not the trial's fault: another worker repeats it
        raise
    except Exception as error:  # any error fails this trial alone and is noted with it
        message = without_passwords(str(error))
        trial.set_user_attr("error", f"{type(error).__name__}: {message}")
        study.tell(trial, state=TrialState.FAIL)
        LOG.warning("trial %d failed: %s", trial.number, message)
        return
    trial.set_user_attr("seconds", round(time.monotonic() - start, 2))
    study.tell(trial, values)
    text = ", ".join(f"{value:.4f}" for value in values)
    LOG.info("trial %d: %s in %.1f s", trial.number, text, time.monotonic() - start)


def _check_numbers(plan: Plan, values: Sequence[float]) -> None:
    """Raise if an objective is NaN: Optuna refuses it without naming it."""
    for name, value in zip(plan.objectives, values, strict=True):
        if not math.isfinite(value):
            raise ValueError(f"{name} is {value}, which no sampler can compare")


@contextmanager
def _worker(folder: Path) -> Iterator[str]:
    """Give this worker's name, with its lock held while the block runs."""
    name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
    path = _lock_of(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path):
        yield name


def _alive(folder: Path, trial: FrozenTrial) -> bool:
    name = trial.user_attrs.get(WORKER_ATTRIBUTE)
    if name is None:  # its worker holds the study's lock until it has named itself
        return False
    try:
        with FileLock(_lock_of(folder, name), timeout=0):
            return False
    except Timeout:
        return True


def _lock_of(folder: Path, name: str) -> Path:
    return folder / "locks" / "workers" / f"{name}.lock"
