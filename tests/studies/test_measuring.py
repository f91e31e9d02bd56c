"""The verb ``objective``: a map beside a baseline, from files alone."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cytoweave.cli import main

NAMES = [f"P{k:03}" for k in range(200)]
COMPLEXES = {f"C{k}": NAMES[6 * k : 6 * k + 6] for k in range(30)}


def write_map(path: Path, sets: dict[str, list[str]]) -> Path:
    rows = {"root": NAMES} | sets
    lines = [f"{name}\t{len(row)}\t{' '.join(row)}\t1\n" for name, row in rows.items()]
    path.write_text("".join(lines))
    path.with_suffix(".edges").write_text("".join(f"root\t{name}\tdefault\n" for name in sets))
    return path


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """Return a call: a map that holds the complexes, a baseline that lost a member of each."""
    lines = [f"{name}\td\t" + "\t".join(row) + "\n" for name, row in COMPLEXES.items()]
    (tmp_path / "mine.gmt").write_text("".join(lines))
    rng = np.random.default_rng(0)
    worse = {name: [*row[:5], str(rng.choice(NAMES[180:]))] for name, row in COMPLEXES.items()}
    return [
        f"hierarchy={write_map(tmp_path / 'good.nodes', COMPLEXES)}",
        f"baseline={write_map(tmp_path / 'worse.nodes', worse)}",
        "data=own",
        f"+data.references.mine={{kind: gmt, path: {tmp_path / 'mine.gmt'}}}",
        f"out={tmp_path / 'out'}",
        f"store={tmp_path / 'store'}",
    ]


def test_a_better_map_is_above_one(words: list[str], tmp_path: Path) -> None:
    assert main(["objective", *words, "queries=all"]) == 0
    result = json.loads((tmp_path / "out" / "objective.json").read_text())
    assert result["pairs.mine.small"] == pytest.approx(1)
    assert result["recall.mine"] == pytest.approx(1)
    assert result["S"] is None
    assert result["P"] > 1.02
    assert result["O"] == pytest.approx((result["P"] * result["R"] * result["E"]) ** (1 / 3))
    splits = pd.read_csv(tmp_path / "out" / "splits.tsv", sep="\t")
    assert list(splits) == ["reference", "term", "part"]
    assert set(splits["part"]) == {"tune", "held_out"}
    assert set(splits["term"]) == set(COMPLEXES)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("baseline=/none.nodes", "baseline: /none.nodes does not exist"),
        ("queries=few", "queries must be a whole number of at least 1 or 'all' or null, got 'few'"),
        ("eval.objective=null", "eval.objective is null"),
        ("baseline=[]", "baseline: give a hierarchy file, or several"),
        ("+data.references.mine=null", "the data has no set of terms to choose by"),
    ],
)
def test_wrong_input_gets_one_line(
    words: list[str], change: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    key = change.partition("=")[0]
    kept = [word for word in words if word.partition("=")[0] != key]
    assert main(["objective", *kept, change]) == 2
    text = capsys.readouterr().err
    assert message in text
    assert text.strip().count("\n") == 0
