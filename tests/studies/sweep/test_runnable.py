"""Combinations that cannot run: left out of the space, or refused, before any trial."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cytoweave.errors import ConfigError, DataError
from cytoweave.stages import pipeline
from cytoweave.studies.sweep import Sweep
from cytoweave.studies.sweep.experiments import Experiments
from cytoweave.studies.sweep.runnable import runnable_space
from cytoweave.studies.sweep.space import Space

FUSIONS = {
    "fusion": {"choices": ["concat", "muse", "pca"]},
    "fusion.recluster": {"type": "int", "low": 1, "high": 9, "when": {"fusion": "muse"}},
    "fusion.weights.one": {"type": "float", "low": 0.4, "high": 2.5, "when": {"fusion": "concat"}},
}
KEEP = {"data.proteins": {"choices": ["all", "both"]}}
FAULT = "fusion=muse needs every modality of every protein, but of 30 proteins 10 lack two"


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """Return a data set of 30 proteins, of which 10 lack the second modality."""
    rng = np.random.default_rng(0)
    for name, count in (("one", 30), ("two", 20)):
        rows = [f"P{k}\t" + "\t".join(f"{v:.3f}" for v in rng.normal(size=4)) for k in range(count)]
        (tmp_path / f"{name}.tsv").write_text("\n".join(["id\ta\tb\tc\td", *rows]) + "\n")
    parts = [
        f"+data.modalities.{name}={{kind: embedding, path: {tmp_path / name}.tsv}}"
        for name in ("one", "two")
    ]
    return ["data=own", *parts, f"store={tmp_path / 'store'}"]


def runnable(space: dict[str, Any], words: list[str]) -> Space:
    return runnable_space(Experiments(Space.of(space), words))


def test_a_fusion_that_no_trial_could_run_is_left_out_and_said(
    words: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    result = runnable(FUSIONS, words)
    assert [p.key for p in result.parameters] == ["fusion", "fusion.weights.one"]
    assert result.parameters[0].choices == ("concat", "pca")
    assert FAULT in caplog.text
    everyone = runnable(FUSIONS, [*words, "data.proteins=both"])
    assert everyone == Space.of(FUSIONS)


def test_what_cannot_run_at_all_is_refused(words: list[str]) -> None:
    with pytest.raises(DataError, match=FAULT):
        runnable({"map.neighbours.k": {"choices": [5, 6]}}, [*words, "fusion=muse"])
    assert runnable({"map.neighbours.k": {"choices": [5, 6]}}, words).parameters


def test_with_the_fusion_fixed_the_data_must_suit_it(words: list[str]) -> None:
    result = runnable(KEEP, [*words, "fusion=muse"])
    assert result.parameters[0].choices == ("both",)
    both = re.escape("fusion=muse, data.proteins=all cannot run together")
    with pytest.raises(ConfigError, match=both):
        runnable(FUSIONS | KEEP, words)


def test_a_space_without_such_a_fusion_reads_nothing(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline.Pipeline, "read", lambda *_: pytest.fail("data was read"))
    assert runnable({"fusion": {"choices": ["concat", "pca"]}}, words).parameters


def test_a_sweep_is_planned_without_it(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "conf" / "search").mkdir(parents=True)
    (tmp_path / "conf" / "search" / "kinds.yaml").write_text(
        "overrides: []\nspace:\n  fusion: {choices: [concat, muse]}\n"
    )
    monkeypatch.setenv("CYTOWEAVE_CONF", str(tmp_path / "conf"))
    plan = Sweep.of([*words, "search=kinds", f"out={tmp_path / 'study'}"]).plan
    assert plan.space.described() == {"fusion": {"type": "choice", "choices": ("concat",)}}
