"""A data config with two contexts: the commands of the docs, on simulated cells."""

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest

from cytoweave.cli import main

from ..applications.contrast.small import COMPLEXES, PROTEINS, SIZE, experiment

PAGE = Path(__file__).resolve().parents[2] / "docs" / "conditions.md"
QUICK = {"ablate": ["seeds=2", "workers=1"], "sweep": ["trials=2", "seeds=2", "workers=1"]}
"""Settings that shorten the commands."""


def _written() -> tuple[str, list[list[str]]]:
    """Return the data config of the page and the commands that follow it."""
    text = PAGE.read_text().partition("**Several contexts in one data config**")[2]
    result = re.search(r"```yaml\n(.*?)```\n\n```\n(.*?)```", text, re.DOTALL)
    assert result
    return result[1], [shlex.split(line) for line in result[2].splitlines()]


@pytest.fixture
def _two_conditions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CYTOWEAVE_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("CYTOWEAVE_DATA", str(tmp_path))
    monkeypatch.setenv("CYTOWEAVE_CONF", str(tmp_path / "conf"))
    (tmp_path / "conf" / "data").mkdir(parents=True)
    (tmp_path / "conf" / "data" / "two_conditions.yaml").write_text(_written()[0])
    for name, tables in experiment(0, replicates=1, dissolved=[3, 17]).items():
        tables[0].to_csv(f"{name}.tsv", sep="\t")
    sets = [PROTEINS[k * SIZE : (k + 1) * SIZE] for k in range(COMPLEXES)]
    lines = ["\t".join([f"C{k:02}", "", *members]) for k, members in enumerate(sets)]
    Path("complexes.gmt").write_text("\n".join(lines) + "\n")


@pytest.mark.slow
@pytest.mark.usefixtures("_two_conditions")
def test_commands_of_the_docs_run_on_two_contexts() -> None:
    commands = _written()[1]
    verbs = [words[1] for words in commands]
    assert verbs == ["run", "run", "compare", "ablate", "sweep"]
    for program, verb, *words in commands:
        assert program == "cytoweave"
        assert main([verb, *words, *QUICK.get(verb, [])]) == 0, verb
    events = pd.read_csv("difference/tables/events.tsv", sep="\t")
    assert {"kept", "died"} <= set(events["event"])
    values = pd.read_csv("contexts/values.tsv", sep="\t")
    assert {"treated"} < set(values["variant"])
    assert Path("settings").is_dir()


@pytest.mark.usefixtures("_two_conditions")
def test_a_context_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "data=two_conditions", "data.fuse=[late]"]) == 2
    assert "there is no modality 'late'; choose from control, treated" in capsys.readouterr().err
