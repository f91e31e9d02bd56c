"""After a run of several modalities, the command that tells whether each helps."""

import shlex
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from cytoweave import config
from cytoweave.cli import main
from cytoweave.studies.ablation import Ablation
from cytoweave.verbs.run import modality_ablation

GROUPS, SIZE = 3, 8
QUESTION = "Does each modality help? "


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What runs 24 proteins in three groups: a network, vectors, and the groups as a reference."""
    monkeypatch.chdir(tmp_path)
    names = [[f"P{k}{i}" for i in range(SIZE)] for k in range(GROUPS)]
    vectors = np.random.default_rng(0).normal(size=(24, 6)) + 4 * np.repeat(np.eye(6)[:3], 8, 0)
    rows = zip([name for group in names for name in group], vectors, strict=True)
    lines = [f"{name}\t" + "\t".join(f"{x:.3f}" for x in row) for name, row in rows]
    Path("vectors.tsv").write_text("\n".join(["protein\ta\tb\tc\td\te\tf", *lines]) + "\n")
    pairs = [pair for group in names for pair in combinations(group, 2)]
    pairs += [(names[k][0], names[k - 1][1]) for k in range(GROUPS)]
    Path("my pairs.tsv").write_text("a\tb\n" + "".join(f"{a}\t{b}\n" for a, b in pairs))
    sets = (f"{k}\tgroup {k}\t" + "\t".join(group) for k, group in enumerate(names))
    Path("sets.gmt").write_text("\n".join(sets) + "\n")
    return [
        "data=own",
        "+data.modalities.x={kind: embedding, path: vectors.tsv}",
        "+data.modalities.ppi={kind: network, path: 'my pairs.tsv'}",
        "+data.references.mine={kind: gmt, path: sets.gmt}",
        "ppi_encoder.window=4",
        "fusion=concat",
        "eval.nulls=2",
        "eval.bootstrap=2",
        "store=store",
    ]


def test_the_printed_command_compares_the_modalities_of_the_run(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *words, "out=made", "portal=false", "workers=1"]) == 0
    out = capsys.readouterr().out.splitlines()
    (line,) = [line for line in out if line.startswith(QUESTION)]
    assert out.index(line) < next(k for k, one in enumerate(out) if one.startswith("run: "))
    program, verb, *given = shlex.split(line.removeprefix(QUESTION))
    assert (program, verb) == ("cytoweave", "ablate")
    planned = Ablation.of(given)
    assert set(planned.variants) == {"default", "x alone", "ppi alone"}
    assert len(planned.seeds) == 5
    assert planned.primary.startswith("mine.")
    same = ("modalities", "references")
    mine, theirs = config.load("run", words), planned.variants["default"]
    assert [mine["data"][key] for key in same] == [theirs["data"][key] for key in same]
    assert mine["ppi_encoder"] == theirs["ppi_encoder"]
    assert mine["fusion"] == theirs["fusion"]


def test_one_modality_has_nothing_to_be_compared_with(words: list[str]) -> None:
    metrics = {"mine.held_out.macro_auroc": 0.5}
    data = config.load("run", words)["data"]
    assert modality_ablation(words, data, metrics)
    assert modality_ablation(words, data, {"map.all.assemblies": 3.0}) is None
    assert modality_ablation(words, data | {"fuse": ["x"]}, metrics) is None
    alone = {"x": data["modalities"]["x"]}
    assert modality_ablation(words, data | {"modalities": alone}, metrics) is None


def test_the_demo_is_named() -> None:
    command = modality_ablation(
        ["out=here"], config.load("run", [])["data"], {"corum.held_out.macro_auroc": 0.5}
    )
    assert command == "cytoweave ablate ablation=modalities data=demo seeds=5"
