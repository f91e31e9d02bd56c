"""Three workers on one storage, one of them killed in mid-trial and one started twice."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from cytoweave.studies.sweep import Sweep
from cytoweave.studies.sweep.study import counted, lost, open_study

pytestmark = pytest.mark.slow

CODE = "import sys; from cytoweave.studies.sweep import Sweep; Sweep.of(sys.argv[1:]).run()"
TRIALS = 30


@pytest.fixture
def postgresql() -> Iterator[str]:
    """Start a server on loopback, as a user other than root; give its URL."""
    programs = [Path(p) for p in sorted(Path("/usr/lib/postgresql").glob("*/bin"))]
    found = shutil.which("initdb") or next((p / "initdb" for p in reversed(programs)), None)
    if found is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="cytoweave-pg-", dir="/tmp"))
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    place = Path(found).resolve().parent

    def call(program: str, *words: str) -> None:
        command = [str(place / program), "-D", str(folder / "db"), *words]
        subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    call("initdb", "-U", "cytoweave", "-A", "trust")
    listens = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
    call("pg_ctl", "-w", "-l", str(folder / "log"), "-o", listens, "start")
    try:
        yield f"postgresql://cytoweave@127.0.0.1:{port}/postgres"
    finally:
        call("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder)


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
        found = under_way()
        if found:
            process.kill()
            process.wait()
            return found[0]
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
    found = study.get_trials()
    again = [trial for trial in found if trial.user_attrs.get("retry_of") == killed]
    assert lost(found[killed])
    assert sum(map(lost, found)) == 1
    assert len(again) == 1
    assert again[0].params == found[killed].params
    done = [trial for trial in found if trial.state == TrialState.COMPLETE]
    assert len(done) == counted(found) == TRIALS
    assert len(found) == TRIALS + 1
    assert len({str(sorted(trial.params.items())) for trial in done}) == TRIALS
    assert len({trial.user_attrs["worker"] for trial in done}) >= 2
    assert not any(trial.state in (TrialState.RUNNING, TrialState.WAITING) for trial in found)


def test_a_journal_outlives_its_workers(small: list[str]) -> None:
    check_faults([*small, f"trials={TRIALS}"])


def test_postgresql_outlives_its_workers(small: list[str], postgresql: str) -> None:
    check_faults([*small, f"trials={TRIALS}", f"storage={postgresql}"])


def test_submitit_runs_the_workers_of_a_study(small: list[str]) -> None:
    words = [*small, "trials=9", "launcher=submitit", "launcher.executor=local", "workers=3"]
    sweep = Sweep.of(words)
    sweep.run()
    found = open_study(sweep.plan).get_trials()
    assert [trial.state for trial in found] == [TrialState.COMPLETE] * 9
    assert len({trial.user_attrs["worker"] for trial in found}) >= 2
