"""Tasks give the same results everywhere, also when workers are killed or run out of time."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="pip install 'cytoweave[dask]'")

HELPER = """
import os, time
from pathlib import Path
from cytoweave.errors import DataError

def square(number, folder, kill, sleep):
    mark = Path(folder, f"begun{number}")
    first = not mark.exists()
    mark.touch()
    if first and number == kill:
        os.kill(os.getpid(), 9)
    if first and number == sleep:
        time.sleep(600)
    return number**2

def killed():
    os.kill(os.getpid(), 9)

def seen():
    return os.getcwd(), os.environ.get("CYTOWEAVE_STORE", "")

def refuse():
    raise DataError("a row is missing")

def code(number):
    return number
"""

MAIN = """
import logging, sys
from pathlib import Path
from helper import *
from cytoweave.launchers import Dask, Local, Submitit

FOLDER = Path("work").absolute()

def results(launcher, work, items):
    return list(launcher.spread(work, items, workers=3, folder=FOLDER))

def squares(launcher, kill=None, sleep=None):
    return results(launcher, square, [(k, str(FOLDER.parent), kill, sleep) for k in range(9)])

if __name__ == "__main__":
    logging.getLogger("cytoweave").addHandler(logging.StreamHandler(sys.stdout))
    try:
        print(eval(sys.argv[1]))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
"""


def printed_by(folder: Path, call: str, **variables: str) -> list[str]:
    """Return the lines that a call prints, made in a process of its own."""
    (folder / "helper.py").write_text(HELPER)
    (folder / "main.py").write_text(MAIN)
    command = [sys.executable, "-W", "ignore", "main.py", call]
    path = os.environ | {"PYTHONPATH": str(folder)} | variables
    result = subprocess.run(
        command, cwd=folder, env=path, capture_output=True, text=True, timeout=600
    )
    return result.stdout.splitlines()


SQUARES = str([k**2 for k in range(9)])
LOCAL_SUBMITIT = "Submitit(executor='local')"
AGAIN = "jobs were killed or came to their time limit; what they left is submitted again"


@pytest.mark.slow
def test_a_killed_job_and_one_at_its_time_limit_are_submitted_again(tmp_path: Path) -> None:
    lines = printed_by(tmp_path, "squares(Submitit(executor='local', minutes=1), kill=4, sleep=8)")
    assert lines[-1] == SQUARES
    assert lines.count(AGAIN) == 1
    assert not list((tmp_path / "work" / "jobs").iterdir())


@pytest.mark.slow
def test_jobs_that_are_killed_again_and_again_are_one_error(tmp_path: Path) -> None:
    lines = printed_by(tmp_path, f"results({LOCAL_SUBMITIT}, killed, [()])")
    assert lines.count(AGAIN) == 2
    assert lines[-1].startswith("WorkerError: jobs are killed or come to their time limit again")


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["Local()", LOCAL_SUBMITIT])
def test_errors_and_exit_codes_are_those_of_the_task(tmp_path: Path, launcher: str) -> None:
    refused = printed_by(tmp_path, f"results({launcher}, refuse, [(), ()])")
    assert refused[-1] == "DataError: a row is missing"
    held = printed_by(tmp_path, f"{launcher}.hold(code, [(0,), (2,)], folder=FOLDER)")
    assert held[-1] == "[0, 2]"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[Path, list[subprocess.Popen[bytes]]]]:
    """Give the file of a Dask scheduler, and its two workers, which lie in another folder."""
    elsewhere, file = tmp_path / "elsewhere", tmp_path / "scheduler.json"
    elsewhere.mkdir()

    def start(kind: str, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{kind}", *words],
            cwd=elsewhere,
            env=os.environ | {"PYTHONPATH": str(tmp_path), "CYTOWEAVE_STORE": "stale"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    host = ("--host", "127.0.0.1", "--no-dashboard")
    result = [start("scheduler", *host, "--port", "0", "--scheduler-file", str(file))]
    try:
        wait_until(file.exists)
        own = ("--scheduler-file", str(file), "--nthreads", "1", "--no-nanny", "--no-dashboard")
        result += [start("worker", *own) for _ in range(2)]
        yield file, result[1:]
    finally:
        for process in reversed(result):
            process.kill()
            process.wait()


def wait_until(condition: object, seconds: float = 1200) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.slow
def test_a_dask_cluster_works_in_the_folder_and_environment_of_the_command(
    tmp_path: Path, cluster: tuple[Path, list[subprocess.Popen[bytes]]]
) -> None:
    dask = f"Dask('{cluster[0]}')"
    result = printed_by(tmp_path, f"results({dask}, seen, [()])", CYTOWEAVE_STORE="mine")
    assert result[-1] == str([(str(tmp_path), "mine")])
    assert (
        printed_by(tmp_path, f"results({dask}, refuse, [()])")[-1] == "DataError: a row is missing"
    )
    assert printed_by(tmp_path, f"squares({dask}, kill=4)")[-1] == SQUARES
    assert sum(worker.poll() is None for worker in cluster[1]) == 1


@pytest.mark.slow
def test_a_scheduler_that_is_not_there_gets_one_line(tmp_path: Path) -> None:
    (line,) = printed_by(tmp_path, "results(Dask('tcp://127.0.0.1:9', timeout=1), seen, [()])")[-1:]
    assert line.startswith("ConfigError: launcher.scheduler=tcp://127.0.0.1:9 cannot be reached: ")


CELL = [
    "data=demo_elution", "data.simulate.n_proteins=150", "data.modalities.image=null",
    "fusion=concat", "map.communities.cpm.count=6", "map.communities.modularity.count=3",
    "map.communities.resamples=1", "map.communities.thinning=2", "eval.nulls=3",
]  # fmt: skip

VERBS = {
    "robustness": (["jackknives=20"], ["scores.json", "tables/robustness.tsv"]),
    "ablate": (
        ["ablation=modalities", "seeds=2", "ablation.primary=truth.all.mean_best_jaccard"],
        ["values.tsv", "ablation.tsv", "ablation.md"],
    ),
}


def started(verb: str, out: Path, words: list[str]) -> subprocess.Popen[bytes]:
    """Start a verb on the small cell, with a store of its own."""
    given = [*CELL, *VERBS[verb][0], f"store={out}-store", f"out={out}", *words]
    command = str(Path(sys.executable).with_name("cytoweave"))
    return subprocess.Popen([command, verb, *given], cwd=out.parent)


def written(verb: str, out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in VERBS[verb][1]}


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS)
def test_the_bytes_are_those_of_one_process_on_every_launcher(
    verb: str, tmp_path: Path, cluster: tuple[Path, list[subprocess.Popen[bytes]]]
) -> None:
    launchers = {
        "one": ["workers=1"],
        "jobs": ["workers=2", "launcher=submitit", "launcher.executor=local"],
        "dask": ["launcher=dask", f"launcher.scheduler={cluster[0]}"],
    }
    for name, words in launchers.items():
        out = tmp_path / name
        process = started(verb, out, words)
        try:
            if name == "dask":
                wait_until(lambda out=out: len(list(Path(f"{out}-store", "map").glob("*"))) >= 3)
                cluster[1][0].send_signal(signal.SIGKILL)
                assert process.poll() is None
            assert process.wait() == 0
        finally:
            process.kill()
    expected = written(verb, tmp_path / "one")
    assert written(verb, tmp_path / "jobs") == expected
    assert written(verb, tmp_path / "dask") == expected
