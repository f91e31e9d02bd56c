"""What is printed is what it is, brackets and colons included."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cytoweave.eval import Nulls
from cytoweave.terminal.console import console, show, show_paths, show_scores

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


@pytest.mark.parametrize(("maps", "shows_z"), [(10, False), (20, False), (50, True), (200, True)])
def test_z_takes_as_many_null_maps_as_its_standard_deviation_needs(
    maps: int, shows_z: bool
) -> None:
    """Both scores are far above all null maps, so that p is the least that so many maps allow."""
    draws = iter(np.random.default_rng(0).normal(size=maps))
    nulls = Nulls.of(lambda labels: {"a.all.x": next(draws)}, np.zeros(3, int), maps, seed=0)
    metrics = {"a.all.x": 30.0} | nulls.statistics({"a.all.x": 30.0})
    assert metrics["a.all.x.p"] == pytest.approx(1 / (maps + 1))
    with console.capture() as printed:
        show_scores(metrics, ["a.all.x"])
    text = printed.get()
    assert (f"{metrics['a.all.x.z']:.3g}" in text) == shows_z
    assert f"{metrics['a.all.x.p']:.3g}" in text
    assert "p is at least 1/(n + 1)" in " ".join(text.split())


def test_scores_without_nulls_need_no_word_on_p() -> None:
    with console.capture() as printed:
        show_scores({"a.all.x": 1.0}, ["a.all.x"])
    assert "n + 1" not in printed.get()
