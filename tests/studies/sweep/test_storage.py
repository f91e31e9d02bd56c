"""A cut last line of a journal is lost alone; a full disk loses nothing."""

import errno
import os
from pathlib import Path

import optuna
import pytest

from cytoweave.errors import ConfigError, DiskFullError
from cytoweave.studies.sweep.storage import open_storage


def study_of(path: Path, trials: int = 0) -> optuna.Study:
    """Open a study in a journal and run some trials."""
    study = optuna.create_study(
        study_name="small", storage=open_storage(str(path)), load_if_exists=True
    )
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=trials)
    return study


@pytest.mark.parametrize(
    "ending", [b'{"op_code":4,"worker', b"\n", b"\n\n\n", b"\0" * 40, b'{"op_code":4,\n', b"  \n"]
)
def test_an_unfinished_last_line_is_dropped(
    tmp_path: Path, ending: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "journal"
    study_of(path, 3)
    whole = path.read_bytes()
    path.write_bytes(whole + ending)
    caplog.set_level("WARNING", "cytoweave")
    study = study_of(path)
    assert len(study.trials) == 3
    assert path.read_bytes().startswith(whole)
    assert f"{path}: its last line was unfinished and is dropped" in caplog.messages
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    assert len(study_of(path).trials) == 5


def test_any_cut_of_the_last_line_is_survived(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    study_of(path, 2)
    whole = path.read_bytes()
    last = len(whole) - whole.rfind(b"\n", 0, -1) - 1
    for cut in range(1, last + 1):
        path.write_bytes(whole[:-cut])
        assert len(study_of(path).trials) == 2
        assert path.read_bytes().startswith(whole[:-last])


def test_a_line_cut_while_others_write_is_dropped_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    study = study_of(path, 1)
    with path.open("ab") as stream:
        stream.write(b'{"op_code":5,"wor')  # another worker is killed here
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    assert [trial.number for trial in study_of(path).trials] == [0, 1]


def test_a_damaged_line_before_the_last_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    study_of(path, 1)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b"{\n", *lines[2:]]))
    with pytest.raises(ConfigError, match="line 3 is damaged"):
        open_storage(str(path))


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal"
    study = study_of(path, 1)
    whole = path.read_bytes()
    real = os.fsync

    def full(number: int) -> None:
        real(number)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(DiskFullError, match=rf"storage={path}: no space left"):
            study.ask()
    assert path.read_bytes() == whole
    assert study_of(path, 1).trials[-1].number == 1
