"""Workers end with their parent, and a killed one is replaced; SIGHUP stops a command."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cytoweave.terminal.signals import signals_as_interrupt
from cytoweave.terminal.workers import in_threads, surviving

PARENT = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import helper

if __name__ == "__main__":
    getattr(helper, sys.argv[2])(sys.argv[1])
"""

HELPER = """
import logging, os, sys, time
from pathlib import Path

def note(folder):
    Path(folder, f"{os.getpid()}.pid").touch()
    time.sleep(60)

def loky(folder):
    from cytoweave.terminal.workers import in_processes
    list(in_processes(note, [(folder,)] * 2, 2))

def square(folder, number):
    mark = Path(folder, "killed")
    if number == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), 9)
    return number**2

def killed(folder, number=0):
    os.kill(os.getpid(), 9)

def logged_run():
    logging.getLogger("cytoweave").addHandler(logging.StreamHandler(sys.stdout))

def processes(folder):
    from cytoweave.terminal.workers import in_processes
    logged_run()
    print(list(in_processes(square, [(folder, k) for k in range(5)], 2)))
    ever(folder)

def ever(folder):
    from cytoweave.terminal.workers import in_processes
    try:
        list(in_processes(killed, [(folder,)] * 2, 2))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def wait_until(condition: object, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text(HELPER)
    (tmp_path / "parent.py").write_text(PARENT)
    parent = subprocess.Popen([sys.executable, tmp_path / "parent.py", tmp_path, "loky"])
    wait_until(lambda: len(list(tmp_path.glob("*.pid"))) == 2)
    pids = [int(path.stem) for path in tmp_path.glob("*.pid")]
    assert all(map(alive, pids))
    parent.kill()
    parent.wait()
    wait_until(lambda: not any(map(alive, pids)), 5)


def output(tmp_path: Path, kind: str) -> list[str]:
    """Return what a function of `HELPER` prints in a process of its own."""
    (tmp_path / "helper.py").write_text(HELPER)
    (tmp_path / "parent.py").write_text(PARENT)
    command = [sys.executable, "-W", "ignore", str(tmp_path / "parent.py"), str(tmp_path), kind]
    path = os.environ | {"PYTHONPATH": str(tmp_path)}
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, env=path)
    return result.stdout.splitlines()


def test_the_work_of_a_killed_worker_is_done_again_but_not_for_ever(tmp_path: Path) -> None:
    warning = "a worker was killed, perhaps for want of memory; its work is done again"
    lines = output(tmp_path, "processes")
    assert lines[:2] == [warning, "[0, 1, 4, 9, 16]"]
    assert lines[2:4] == [warning] * 2
    assert lines[4].startswith("WorkerError: worker processes are killed again and again")
    assert len(lines) == 5


def test_results_that_are_there_are_not_asked_for_again() -> None:
    requested = []

    def run(done: int) -> Iterator[int]:
        requested.append(done)
        return iter(range(done, 5))

    assert list(surviving(run, 5)) == [0, 1, 2, 3, 4]
    assert requested == [0]


def test_threads_give_results_in_order() -> None:
    assert list(in_threads(pow, [(2, k) for k in range(20)], 4)) == [2**k for k in range(20)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_closed_terminal_stops_as_ctrl_c_does(number: signal.Signals) -> None:
    def send() -> None:
        with signals_as_interrupt():
            os.kill(os.getpid(), number)
            time.sleep(5)

    before = signal.signal(number, signal.SIG_DFL)  # nohup, under which tests may run, ignores one
    try:
        with pytest.raises(KeyboardInterrupt):
            send()
        assert signal.getsignal(number) == signal.SIG_DFL
    finally:
        signal.signal(number, before)


def test_what_nohup_switched_off_stays_off() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals_as_interrupt():
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(0.05)
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
