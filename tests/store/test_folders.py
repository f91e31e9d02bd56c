"""A folder takes its place whole, and nothing that is not ours is ever deleted."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cytoweave.errors import ConfigError
from cytoweave.store.folders import RUN_MARK, clean_beside, filled, mark_of

FILL = """
import sys, time
from pathlib import Path
from cytoweave.store import folders

final, moment = Path(sys.argv[1]), sys.argv[2]
rename = Path.rename

def until_killed(path, target):
    found = rename(path, target)
    if moment in str(target):
        print("now", flush=True)
        time.sleep(60)
    return found

Path.rename = until_killed
with folders.filled(final, {}) as folder:
    (folder / "half.txt").write_text("half")
    if moment == "filling":
        print("now", flush=True)
        time.sleep(60)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fill(final: Path, text: str = "whole", meanwhile: Callable[[], object] = lambda: 0) -> None:
    with filled(final, {"command": "cytoweave run"}) as folder:
        (folder / "a.txt").write_text(text)
        meanwhile()


def killed_at(final: Path, moment: str) -> None:
    """Fill a folder in a process that is killed at a moment."""
    command = [sys.executable, "-c", FILL, str(final), moment]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"now\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


def test_a_folder_has_its_mark_and_its_place(tmp_path: Path) -> None:
    fill(tmp_path / "a")
    assert names(tmp_path) == ["a"]
    mark = json.loads(mark_of(tmp_path / "a"))
    assert mark["command"] == "cytoweave run"
    assert mark["process"] == str(os.getpid())


def test_one_with_a_mark_is_replaced(tmp_path: Path) -> None:
    fill(tmp_path / "a", "first")
    before = mark_of(tmp_path / "a")
    fill(tmp_path / "a", "second")
    assert (tmp_path / "a" / "a.txt").read_text() == "second"
    assert mark_of(tmp_path / "a") != before
    assert names(tmp_path) == ["a"]


def test_an_error_leaves_nothing_and_keeps_what_was_there(tmp_path: Path) -> None:
    fill(tmp_path / "a", "first")
    with pytest.raises(ZeroDivisionError):
        fill(tmp_path / "a", "second", lambda: 1 // 0)
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a" / "a.txt").read_text() == "first"


def test_files_of_an_old_run_are_no_mark(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("config.yaml", "scores.json", "hierarchy.cx2"):
        (tmp_path / "a" / name).write_text("")
    with pytest.raises(ConfigError, match=r"no \.cytoweave-run\.json.*delete it yourself"):
        fill(tmp_path / "a")
    assert len(names(tmp_path / "a")) == 3


@pytest.mark.parametrize("there_before", [False, True])
def test_what_was_made_meanwhile_stays(tmp_path: Path, there_before: bool) -> None:
    if there_before:
        fill(tmp_path / "a", "first")

    def write() -> None:
        if there_before:
            (tmp_path / "a").rename(tmp_path / "elsewhere")
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "thesis.tex").write_text("theirs")

    with pytest.raises(ConfigError, match="meanwhile; it stays, and this result lies in") as caught:
        fill(tmp_path / "a", "ours", write)
    assert (tmp_path / "a" / "thesis.tex").read_text() == "theirs"
    kept = Path(str(caught.value).rpartition("lies in ")[2].rstrip("."))
    assert (kept / "a.txt").read_text() == "ours"
    assert len(names(tmp_path)) == 2 + there_before


def test_what_another_process_made_meanwhile_stays(tmp_path: Path) -> None:
    fill(tmp_path / "a", "first")
    fill(tmp_path / "b", "theirs")

    def exchange() -> None:
        (tmp_path / "a").rename(tmp_path / "gone")
        (tmp_path / "b").rename(tmp_path / "a")

    with pytest.raises(ConfigError, match="this result lies in"):
        fill(tmp_path / "a", "ours", exchange)
    assert (tmp_path / "a" / "a.txt").read_text() == "theirs"


def test_two_at_once_are_one_and_a_message(tmp_path: Path) -> None:
    with filled(tmp_path / "a", {}) as folder:
        (folder / "a.txt").write_text("first")
        with pytest.raises(ConfigError, match="another process is filling it"):
            fill(tmp_path / "a", "second")
        fill(tmp_path / "b")
    assert (tmp_path / "a" / "a.txt").read_text() == "first"
    assert names(tmp_path) == ["a", "b"]


def test_what_a_killed_process_left_is_cleaned_by_the_next(tmp_path: Path) -> None:
    killed_at(tmp_path / "a", "filling")
    assert names(tmp_path) == [".a.unfinished"]
    fill(tmp_path / "b")
    assert names(tmp_path) == ["b"]


@pytest.mark.parametrize("moment", ["replaced", "/a", "deleted"])
def test_a_kill_while_a_folder_is_replaced_loses_neither(tmp_path: Path, moment: str) -> None:
    fill(tmp_path / "a", "first")
    killed_at(tmp_path / "a", moment)
    clean_beside(tmp_path / "b")
    assert names(tmp_path) == ["a"]
    left = names(tmp_path / "a")
    assert left == ([RUN_MARK, "a.txt"] if moment == "replaced" else [RUN_MARK, "half.txt"])


def test_only_what_is_ours_is_cleaned(tmp_path: Path) -> None:
    for name in (".a.unfinished", ".a.0123456789ab.replaced", ".a.0123456789ab.deleted"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.tex").write_text("years of work")
    assert clean_beside(tmp_path / "a") == []
    with pytest.raises(ConfigError, match=r"\.a\.unfinished"):
        fill(tmp_path / "a")
    assert all((path / "thesis.tex").is_file() for path in tmp_path.iterdir())


def test_a_living_process_is_left_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FILL, str(tmp_path / "a"), "filling"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    assert clean_beside(tmp_path / "b") == []
    assert names(tmp_path / ".a.unfinished") == [RUN_MARK, "half.txt"]
    process.kill()
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 5
    while not clean_beside(tmp_path / "b"):
        assert time.monotonic() < deadline
    assert names(tmp_path) == []
