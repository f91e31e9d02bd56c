"""Three workers on one storage, one of them killed in mid-trial and one started twice."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import optuna
import pytest
from optuna.trial import TrialState
from postgresql_server import postgresql_server

from cytoweave.studies.sweep import Sweep
from cytoweave.studies.sweep.study import counted, lost, open_study

pytestmark = pytest.mark.slow

CODE = "import sys; from cytoweave.studies.sweep import Sweep; Sweep.of(sys.argv[1:]).run()"
TRIALS = 20


@pytest.fixture
def postgresql() -> Iterator[str]:
    """Give the URL of a server."""
    with postgresql_server() as url:
        if not url:
            pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
        yield url


def kill_in_mid_trial(process: subprocess.Popen[bytes], study: optuna.Study, settings: int) -> int:
    """Kill a worker while it has a trial under way; return the trial's number."""

    def under_way() -> list[int]:
        return [
            trial.number
            for trial in study.get_trials(deepcopy=False)
            if trial.state == TrialState.RUNNING
            and len(trial.params) == settings
            and f"-{process.pid}-" in trial.user_attrs.get("worker", "")
        ]

    while process.poll() is None:
        time.sleep(0.02)
        if not under_way():
            continue
        process.send_signal(signal.SIGSTOP)  # so that it does not end the trial meanwhile
        result = under_way()
        if result:
            process.kill()
            process.wait()
            return result[0]
        process.send_signal(signal.SIGCONT)
    raise AssertionError("the worker ended before it could be killed")


def check_faults(words: list[str]) -> None:
    sweep = Sweep.of(words)

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", CODE, *words])

    first, second, third = (start() for _ in range(3))
    twice = start()
    study = open_study(sweep.plan)
    killed = kill_in_mid_trial(second, study, len(sweep.plan.space.parameters))
    assert [process.wait() for process in (first, third, twice)] == [0, 0, 0]
    result = study.get_trials()
    repeated = [trial for trial in result if trial.user_attrs.get("retry_of") == killed]
    assert lost(result[killed])
    assert sum(map(lost, result)) == 1
    assert len(repeated) == 1
    assert repeated[0].params == result[killed].params
    done = [trial for trial in result if trial.state == TrialState.COMPLETE]
    assert len(done) == counted(result) == TRIALS
    assert len(result) == TRIALS + 1
    assert len({str(sorted(trial.params.items())) for trial in done}) == TRIALS
    assert len({trial.user_attrs["worker"] for trial in done}) >= 2
    assert not any(trial.state in (TrialState.RUNNING, TrialState.WAITING) for trial in result)


def test_a_journal_outlives_its_workers(small: list[str]) -> None:
    check_faults([*small, f"trials={TRIALS}"])


def test_postgresql_outlives_its_workers(small: list[str], postgresql: str) -> None:
    check_faults([*small, f"trials={TRIALS}", f"storage={postgresql}"])


def test_submitit_runs_the_workers_of_a_study(small: list[str]) -> None:
    words = [*small, "trials=9", "launcher=submitit", "launcher.executor=local", "workers=3"]
    sweep = Sweep.of(words)
    sweep.run()
    result = open_study(sweep.plan).get_trials()
    assert [trial.state for trial in result] == [TrialState.COMPLETE] * 9
    assert len({trial.user_attrs["worker"] for trial in result}) >= 2
