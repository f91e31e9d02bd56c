"""Ablations: what is compared with what, against SciPy, and what is refused."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower

from cytoweave.cli import main
from cytoweave.errors import ConfigError, DataError
from cytoweave.eval.intervals import detectable
from cytoweave.studies.ablation import Ablation
from cytoweave.studies.ablation_tables import compared, conclusions, markdown, write_ablation

PRIMARY = "b.held_out.f1"


def values() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = []
    for seed in range(5):
        level = rng.normal()
        for variant, gain in (("default", 0.0), ("less", -0.5), ("more", 0.5)):
            for metric in ("a.held_out.f1", "b.held_out.f1"):
                value = level + gain + 0.05 * rng.normal()
                rows.append({"variant": variant, "seed": seed, "metric": metric, "value": value})
    rows.append({"variant": "default", "seed": 0, "metric": "only here", "value": 1.0})
    return pd.DataFrame(rows)


def test_differences_are_paired_by_seed() -> None:
    table = compared(values(), PRIMARY, "holm").set_index(["metric", "variant"])
    wide = values().pivot_table(index=["metric", "seed"], columns="variant", values="value")
    one = wide.loc["a.held_out.f1"]
    rows: dict[tuple[str, str], dict[str, float]] = table.to_dict("index")  # type: ignore[assignment]
    row = rows["a.held_out.f1", "less"]
    assert row["p"] == pytest.approx(stats.ttest_rel(one["less"], one["default"]).pvalue)
    assert row["difference"] == pytest.approx((one["less"] - one["default"]).mean())
    assert row["difference_lo"] < row["difference"] < row["difference_hi"] < 0
    assert "only here" not in table.index.get_level_values(0)


def test_the_primary_metric_alone_is_corrected_and_for_its_own_number() -> None:
    for correction in ("holm", "bh"):
        table = compared(values(), PRIMARY, correction).dropna(subset="p")
        assert len(table) == 4
        assert set(table.loc[table["p_corrected"].notna(), "metric"]) == {PRIMARY}
        assert table["role"].tolist() == ["primary"] * 2 + ["exploratory"] * 2
    holm = compared(values(), PRIMARY, "holm").dropna(subset="p_corrected")
    assert holm["p_corrected"].min() == pytest.approx(2 * holm["p"].min())


def test_what_could_be_seen_is_stated_in_the_units_of_the_metric() -> None:
    table = compared(values(), PRIMARY, "holm").set_index(["role", "variant"])
    wide = values().pivot_table(index=["metric", "seed"], columns="variant", values="value")
    for role, metric, level in (
        ("primary", PRIMARY, 0.025), ("exploratory", "a.held_out.f1", 0.05),
    ):  # fmt: skip
        gap = wide.loc[metric]["less"] - wide.loc[metric]["default"]
        expected = detectable(5, level) * gap.std()
        assert table.loc[role].loc["less", "detectable"] == pytest.approx(expected)


def test_a_conclusion_says_what_changed_or_what_cannot_be_told() -> None:
    given = values()
    noisy = (given["variant"] == "more") & (given["metric"] == PRIMARY)
    default = given.loc[(given["variant"] == "default") & (given["metric"] == PRIMARY), "value"]
    noise = np.array([0.3, -0.2, 0.25, -0.1, 0.2])
    given.loc[noisy, "value"] = default.to_numpy() + noise
    less, more = conclusions(compared(given, PRIMARY, "holm"))
    assert less.startswith(f"less: {PRIMARY} -0.483 (")
    assert less.endswith("lower than the default.")
    assert "cannot tell; 5 seeds see no true difference below 0.461 at a power of 80 %" in more
    needed = TTestPower().solve_power(0.09 / np.std(noise, ddof=1), alpha=0.025, power=0.8)
    assert more.endswith(f"as large a one needs seeds={math.ceil(needed)}.")
    same = given.assign(value=0.5)
    assert all("the same with every seed" in s for s in conclusions(compared(same, PRIMARY, "bh")))


@pytest.mark.parametrize(("seeds", "enough"), [(3, False), (4, True)])
def test_too_few_seeds_are_said_before_the_work(
    seeds: int, enough: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    words = ["ablation=modalities", "data=demo", f"seeds={seeds}", f"store={tmp_path}/file/store"]
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="Not a directory"):
        Ablation.of(words).run()
    message = (
        f"corum.held_out.macro_auroc decides: 2 comparisons over {seeds} seeds detect differences"
    )
    assert message in caplog.text
    assert ("too few to conclude for 2 comparisons; with seeds=4" in caplog.text) is not enough


def test_tables_and_page_are_written(tmp_path: Path) -> None:
    table = compared(values(), PRIMARY, "holm")
    write_ablation(tmp_path, "modalities_demo", values(), table)
    assert {p.name for p in tmp_path.iterdir()} == {
        "values.tsv", "ablation.tsv", "ablation.md", "report.html",
    }  # fmt: skip
    lines = markdown(table).splitlines()
    assert "| metric | default | less | more |" in lines
    assert [line for line in lines if line.startswith(f"| {PRIMARY} (primary) |")]
    assert "exploratory: their p values are not corrected" in markdown(table)
    assert "modalities_demo" in (tmp_path / "report.html").read_text()


def test_each_modality_is_a_variant_over_the_same_proteins() -> None:
    result = Ablation.of(["ablation=modalities", "data=demo", "seeds=3", "seed=4"])
    assert list(result.variants) == ["default", "ppi alone", "image alone"]
    assert result.seeds == (4, 5, 6)
    for settings in result.variants.values():
        assert settings["data"]["proteins"] == "both"
    assert result.variants["ppi alone"]["data"]["fuse"] == ["ppi"]


def test_a_variant_that_cannot_be_scored_is_left_out_and_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ablation = Ablation.of(["ablation=modalities", "data=demo", "seeds=2"])
    outcomes: list[tuple[tuple[str, int], dict[str, float] | str]] = [
        ((name, seed), {PRIMARY: 0.5}) for name in ablation.variants for seed in (0, 1)
    ]
    assert len(ablation._scored(outcomes)) == 6
    outcomes[5] = (("image alone", 1), "the map has no assembly.")
    assert [run for run, _ in ablation._scored(outcomes)] == [
        (name, seed) for name in ("default", "ppi alone") for seed in (0, 1)
    ]
    (line,) = [record.getMessage() for record in caplog.records]
    assert line == (
        "left out of the comparison: variant 'image alone' with seed 1: the map has no assembly."
    )
    outcomes[0] = (("default", 0), "no term.")
    with pytest.raises(DataError, match=r"^variant 'default' with seed 0: no term\.$"):
        ablation._scored(outcomes)
    outcomes[0], outcomes[2] = (("default", 0), {}), (("ppi alone", 0), "no pair.")
    with pytest.raises(DataError, match=r"^variant 'ppi alone' with seed 0: no pair\.$"):
        ablation._scored(outcomes)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["ablation=nothing"], "ablation=nothing: there is no such option"),
        (["seeds=1"], "seeds must be a whole number of at least 2, got 1"),
        (["correction=none"], "correction must be one of 'holm', 'bh', got 'none'"),
        (["data=own"], "needs data with at least two modalities"),
        (
            ["ablation.primary=sce.all.coeluting"],
            "ablation.primary=sce.all.coeluting: the data has no reference 'sce'; name a metric of",
        ),
    ],
)
def test_what_does_not_fit_gets_one_line(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ablate", *words]) == 2
    text = capsys.readouterr().err
    assert message in text
    assert text.count("\n") == 1


def test_contexts_of_a_data_config_are_variants() -> None:
    """A context is a modality, and `data.fuse` chooses it."""
    words = ["data=demo", "data.fuse=[ppi]", "+ablation.variants.other=['data.fuse=[image]']"]
    result = Ablation.of(["ablation=map", *words, "seeds=2"])
    assert result.variants["default"]["data"]["fuse"] == ["ppi"]
    assert result.variants["other"]["data"]["fuse"] == ["image"]
    assert result.variants["other"]["map"] == result.variants["default"]["map"]
