"""What ``data check`` tells of a data set, against counts by hand."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cytoweave.artifacts import ImageSet
from cytoweave.cli import main
from cytoweave.data.baits import baits_of
from cytoweave.studies.data_check import image_statistics, modality_table


def test_combinations_of_modalities_are_counted() -> None:
    sets = {"a": set("12345"), "b": set("345"), "c": set("56")}
    result = modality_table(sets).set_index("combination")
    assert result.index[0] == "a + b + c"
    for label, row in result.iterrows():
        names = str(label).split(" + ")
        inside = set.intersection(*(sets[name] for name in names))
        others = set().union(*(sets[name] for name in sets if name not in names), set())
        assert (row["exactly"], row["at_least"]) == (len(inside - others), len(inside))
    assert result["exactly"].sum() == 6


def test_baits_and_controls_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "saint.tsv"
    path.write_text(
        "Bait\tPrey\tPreyGene\tctrlCounts\tSaintScore\tAvgP\n"
        "TP53\tQ1\tMDM2\t0|1|0|2\t0.9\t0.9\n"
        "TP53\tQ2\tUSP7\t0|0|0|0\t0.8\t0.8\n"
        "EGFP_2\tQ3\tHSPA8\t5|9|8|7\t0.1\t0.1\n"
    )
    result = baits_of(path)
    assert (result.baits, result.preys, result.control_runs) == (2, 3, 4)
    assert result.controls == ("EGFP_2",)
    assert result.pairs == 1.5


@pytest.mark.parametrize("name", ["GFP", "control", "neg_ctrl", "EGFP-1", "bait_IgG", "Mock 2"])
def test_names_of_controls(name: str, tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text(f"bait\tprey\n{name}\tTP53\nVECTORIN\tMDM2\nCTRL1X\tUSP7\n")
    assert baits_of(path).controls == (name,)


def test_statistics_of_an_image_do_not_depend_on_its_orientation() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (3, 2, 32, 32)).astype(np.uint8)
    pixels[1] = np.rot90(pixels[0], axes=(1, 2))
    images = ImageSet(("a", "b", "c"), (("P",),) * 3, ("",) * 3, pixels, ("red", "green"))
    result = image_statistics(images)
    np.testing.assert_allclose(result[0], result[1], atol=1e-3)
    assert np.abs(result[0] - result[2]).max() > 0.1


def test_the_verb_says_what_the_map_will_not_see(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CYTOWEAVE_STORE", str(tmp_path / "store"))
    pairs = [*combinations("ABCDE", 2), ("X", "Y"), ("A", "CON__P1")]
    Path("p.tsv").write_text("bait\tprey\n" + "".join(f"{a}\t{b}\n" for a, b in pairs))
    rows = "".join(f"{name}\t{k}\t{k * k}\n" for k, name in enumerate("ABCQ", 1))
    Path("v.tsv").write_text(f"id\t0\t1\n{rows}")
    words = ["data", "check", "data=own", "out=checked"]
    words += ["+data.modalities.ppi={kind: network, path: p.tsv}"]
    words += ["+data.modalities.vec={kind: embedding, path: v.tsv}"]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert "3 proteins have all 2 modalities: ppi + vec" in printed
    assert "What the map will not see" in printed
    tables = {path.stem: pd.read_csv(path, sep="\t") for path in Path("checked/tables").iterdir()}
    lost = dict(zip(tables["lost"]["protein"], tables["lost"]["reason"], strict=True))
    few = "in a group of fewer than 4 that nothing links"
    assert lost == {"CON__P1": "name: contaminant", "X": few, "Y": few}
    assert tables["baits"][["baits", "preys"]].to_numpy().tolist() == [[5, 6]]
    assert set(tables) == {"parts", "modalities", "baits", "lost"}
    assert main([*words[:-3], *words[-2:], "data.proteins=both"]) == 0
    assert "lacks vec (data.proteins=both)" in capsys.readouterr().out.replace("\n", " ")
