"""Ablations: what is compared with what, against SciPy, and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cytoweave.cli import main
from cytoweave.studies.ablation import Ablation, compared, markdown, write_ablation


def values() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = []
    for seed in range(5):
        level = rng.normal()
        for variant, gain in (("default", 0.0), ("less", -0.5), ("more", 0.5)):
            for figure in ("a.held_out.f1", "b.held_out.f1"):
                value = level + gain + 0.05 * rng.normal()
                rows.append({"variant": variant, "seed": seed, "figure": figure, "value": value})
    rows.append({"variant": "default", "seed": 0, "figure": "only here", "value": 1.0})
    return pd.DataFrame(rows)


def test_differences_are_paired_by_seed() -> None:
    table = compared(values(), "holm").set_index(["figure", "variant"])
    wide = values().pivot_table(index=["figure", "seed"], columns="variant", values="value")
    one = wide.loc["a.held_out.f1"]
    rows: dict[tuple[str, str], dict[str, float]] = table.to_dict("index")  # type: ignore[assignment]
    row = rows["a.held_out.f1", "less"]
    assert row["p"] == pytest.approx(stats.ttest_rel(one["less"], one["default"]).pvalue)
    assert row["difference"] == pytest.approx((one["less"] - one["default"]).mean())
    assert row["difference_lo"] < row["difference"] < row["difference_hi"] < 0
    assert "only here" not in table.index.get_level_values(0)


def test_p_values_are_corrected_for_all_rows() -> None:
    for correction in ("holm", "bh"):
        table = compared(values(), correction).dropna(subset="p")
        assert (table["p_corrected"] >= table["p"]).all()
        assert len(table) == 4
    holm = compared(values(), "holm").dropna(subset="p")
    assert holm["p_corrected"].min() == pytest.approx(4 * holm["p"].min())


def test_tables_and_page_are_written(tmp_path: Path) -> None:
    table = compared(values(), "holm")
    write_ablation(tmp_path, "modalities_demo", values(), table)
    assert {p.name for p in tmp_path.iterdir()} == {
        "values.tsv", "ablation.tsv", "ablation.md", "report.html",
    }  # fmt: skip
    assert markdown(table).splitlines()[0] == "| figure | default | less | more |"
    assert "modalities_demo" in (tmp_path / "report.html").read_text()


def test_each_modality_is_a_variant_over_the_same_proteins() -> None:
    found = Ablation.of(["ablation=modalities", "data=demo", "seeds=3", "seed=4"])
    assert list(found.variants) == ["default", "ppi alone", "image alone"]
    assert found.seeds == (4, 5, 6)
    for settings in found.variants.values():
        assert settings["data"]["proteins"] == "both"
    assert found.variants["ppi alone"]["data"]["fuse"] == ["ppi"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["ablation=nothing"], "ablation=nothing: there is no such option"),
        (["seeds=1"], "seeds must be a whole number of at least 2, got 1"),
        (["correction=none"], "correction must be one of 'holm', 'bh', got 'none'"),
        (["data=own"], "needs data with at least two modalities"),
    ],
)
def test_what_does_not_fit_gets_one_line(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ablate", *words]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
