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
