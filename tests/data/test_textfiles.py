"""Files that are no files, or unpack without end."""

import gzip
import os
from pathlib import Path

import pytest

from cytoweave import cli
from cytoweave.data import textfiles
from cytoweave.errors import DataError


def test_a_gzip_that_unpacks_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.tsv.gz"
    path.write_bytes(gzip.compress(b"A\tB\n" * 1000))
    assert len(textfiles.read_text(path)) == 4000
    monkeypatch.setattr(textfiles, "MOST_BYTES", 3999)
    with pytest.raises(DataError, match=r"x.tsv.gz: unpacks to over .* GB, as no table does"):
        textfiles.read_text(path)


@pytest.mark.parametrize(
    ("verb", "key"), [("map", "network"), ("map", "embedding"), ("evaluate", "hierarchy")]
)
def test_a_pipe_is_refused_and_not_waited_for(
    verb: str, key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    data = ["data=own"] if verb == "evaluate" else []
    words = [f"{key}={tmp_path / 'pipe'}", f"out={tmp_path / 'out'}", *data]
    assert cli.main([verb, *words]) == 2
    printed = " ".join(capsys.readouterr().err.split())
    assert f"{key}: {tmp_path / 'pipe'} is a pipe or a device; write it to a file first." in printed
