"""What is printed is what it is, brackets and colons included."""

from pathlib import Path

import pandas as pd
import pytest

from cytoweave.terminal.console import console, show, show_paths

ODD = "[bold]a[/] [link=x] :smile: [WT]"


def test_paths_and_tables_keep_their_brackets(capsys: pytest.CaptureFixture[str]) -> None:
    with console.capture() as printed:
        show_paths([(ODD, Path("/data") / ODD)])
        show(ODD, pd.DataFrame({ODD: [ODD]}))
    assert f"{ODD}: /data/{ODD}" in printed.get()
    assert printed.get().count(ODD) == 5


def test_no_column_is_cut_off_in_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "width", 60)
    with console.capture() as printed:
        show("Table", pd.DataFrame([["a" * 30] * 5 + ["last"]], columns=list("abcdef")))
    assert "last" in printed.get()
