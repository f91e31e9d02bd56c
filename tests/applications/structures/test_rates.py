"""The verb ``structures rates``: closed forms, the published table, realised error."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import cytoweave as cw
from cytoweave.applications.structures.fdr.error_rates import (
    Decoys,
    by_stratum,
    certified,
    local_fdr,
    monotone,
    needed_at_floor,
    null_share,
    spread_alike,
)
from cytoweave.applications.structures.fdr.shared_proteins import (
    SelfCheck,
    disjoint,
    disjoint_halves,
    independent_decoys,
    resampled,
)
from cytoweave.cli import main
from cytoweave.errors import DataError

TABLE = "structure/schaffer2025_table5_1666_pairs.tsv.gz"
RANDOM = "structure/random_pairs_no_edges.tsv.gz"
DECOYS = 904
"""Of the published table, of which only counts above each score are public."""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CYTOWEAVE_STORE", str(tmp_path / "store"))


def scores_of(candidates: NDArray[np.float64], decoys: NDArray[np.float64]) -> pd.DataFrame:
    kinds = ["candidate"] * len(candidates) + ["decoy"] * len(decoys)
    names = [f"{kind}{k}" for k, kind in enumerate(kinds)]
    return pd.DataFrame(
        {"pair": names, "kind": kinds, "score": np.concatenate([candidates, decoys])}
    )


def published(folder: Path) -> pd.DataFrame:
    """Return the published scores, with decoys that have the published counts above each."""
    table = pd.read_csv(folder / TABLE, sep="\t")
    counts = table.groupby("score")["n_calibration_decoys_at_or_above"].max().sort_index()
    between = -np.diff(np.append(counts, 0))
    decoys = np.repeat(counts.index.to_numpy(float), between)
    decoys = np.append(decoys, np.zeros(DECOYS - len(decoys)))
    return scores_of(table["score"].to_numpy(float), decoys)


def test_the_published_table_is_reproduced(real_data: Path) -> None:
    result = cw.structures_rates(published(real_data), bootstraps=0)
    table = result.answer
    for level, count in ((0.05, 78), (0.1, 132), (0.2, 177)):
        assert (table["q_conformal"] <= level).sum() == count
    for score, rate in ((0.39, 0.2835262), (0.5, 0.0850579), (0.6, 0.0428586)):
        at = table.loc[table["score"] >= score, "fdr_decoy"].iloc[-1]
        assert at == pytest.approx(rate, abs=1e-7)
    levels = result.tables["levels"].set_index(["rule", "level"])["accepted"]
    assert levels["q_conformal", 0.1] == 132
    assert any("no p is below 1/905" in note for note in result.notes)
    assert any("The proteins of the decoys are unknown" in note for note in result.notes)


def test_p_values_are_counts_of_decoys() -> None:
    scores, decoys = np.array([3.0, 2.0, 0.5]), np.array([1.0, 2.0, 2.5, 0.0])
    expected = [(1 + (decoys >= s).sum()) / 5 for s in scores]
    assert Decoys.of(decoys).conformal(scores).tolist() == pytest.approx(expected)
    tilted = Decoys.of(decoys).conformal(scores, 3.0)
    assert tilted.tolist() == pytest.approx([0.2, (1 + 4 * 6 / 8) / 5, (1 + 4 * 9 / 10) / 5])


def test_decoys_that_share_a_protein_count_as_one() -> None:
    rng = np.random.default_rng(0)
    hub = np.array([[0, k] for k in range(1, 6)] + [[10, 11], [12, 13]])
    result = independent_decoys(np.arange(7.0), hub, rng)
    assert result.size == 3
    assert result.weights[-2:].tolist() == pytest.approx([1 / 3, 1 / 3])
    assert result.weights.sum() == pytest.approx(1)
    for _ in range(5):
        chosen = hub[disjoint(hub, rng)]
        assert len(np.unique(chosen)) == chosen.size == 6


def test_monotone_rates_never_fall_with_the_score() -> None:
    rng = np.random.default_rng(1)
    scores, rates = rng.integers(0, 8, 40).astype(float), rng.random(40)
    result = monotone(scores, rates)
    expected = [min(r for r, t in zip(rates, scores, strict=True) if t <= s) for s in scores]
    assert result.tolist() == pytest.approx(expected)


def test_local_fdr_and_pi0_come_near_the_truth() -> None:
    rng = np.random.default_rng(2)
    true = rng.random(4000) < 0.3
    scores = rng.normal(size=4000) + 3 * true
    decoys = rng.normal(size=8000)
    pi0 = null_share(Decoys.of(decoys).conformal(scores))
    assert pi0 == pytest.approx(0.7, abs=0.05)
    result = local_fdr(scores, decoys, pi0)
    exact = 0.7 / (0.7 + 0.3 * np.exp(3 * scores - 4.5))
    assert np.abs(result - exact).mean() < 0.05
    assert result[result < 0.2].mean() == pytest.approx((~true[result < 0.2]).mean(), abs=0.03)


def test_strata_have_their_own_decoys_if_there_are_enough() -> None:
    decoys = np.concatenate([np.linspace(0, 1, 100), np.linspace(5, 6, 50)])
    names = ["a"] * 100 + ["b"] * 50
    p, pooled = by_stratum(np.array([2.0, 2.0]), decoys, ["a", "b"], names)
    assert p.tolist() == pytest.approx([1 / 101, 51 / 151])
    assert pooled == ("b",)


def test_the_resolution_is_what_no_smaller_set_can_reach() -> None:
    for count in range(1, 60):
        p = Decoys.of(np.zeros(904)).conformal(np.repeat([1.0, -1.0], [count, 1666 - count]))
        assert certified(p, 0.1).any() == (count >= needed_at_floor(1666, 904, 0.1))


def test_distances_agree_with_scipy() -> None:
    from scipy.stats import ks_2samp

    rng = np.random.default_rng(3)
    first, second = rng.integers(0, 9, 50).astype(float), rng.integers(2, 9, 70).astype(float)
    assert spread_alike(first, second) == pytest.approx(ks_2samp(first, second).statistic)


def test_resampled_proteins_weigh_the_pairs_they_are_in() -> None:
    ends = np.array([[0, 1], [1, 2], [3, 4]])
    for weights in resampled(ends, 20, np.random.default_rng(4)):
        assert weights.shape == (3,)
        assert (weights >= 0).all()
    mean = np.mean(list(resampled(ends, 4000, np.random.default_rng(5))), axis=0)
    assert mean == pytest.approx([0.8, 0.8, 0.8], abs=0.1)  # 5 * 4 / 25 pairs of distinct draws


def test_halves_share_no_protein() -> None:
    rng = np.random.default_rng(6)
    ends = rng.integers(0, 80, (600, 2))
    for null, judged in disjoint_halves(ends, 5, rng):
        assert not set(ends[null].ravel()) & set(ends[judged].ravel())


def test_realised_error_on_random_pairs_is_within_its_interval(real_data: Path) -> None:
    table = pd.read_csv(real_data / RANDOM, sep="\t")
    ends = pd.factorize(table[["entrez_a", "entrez_b"]].to_numpy().ravel())[0].reshape(-1, 2)
    scores = table["model_conf"].to_numpy(float)
    rng = np.random.default_rng(7)
    check = SelfCheck.of(scores, np.asarray(ends, np.intp), (0.05, 0.1, 0.2), 100, rng)
    assert check is not None
    assert not any(check.exceeds(k) for k in range(3))


def test_a_self_check_finds_decoys_that_proteins_make_high() -> None:
    rng = np.random.default_rng(8)
    ends = np.array([[k, 100 + j] for k in range(40) for j in rng.choice(300, 30, replace=False)])
    scores = rng.random(len(ends)) + 5 * (ends == 0).any(axis=1)
    check = SelfCheck.of(scores, ends, (0.1,), 200, rng)
    assert check is not None
    assert check.exceeds(0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "target"}, r"row 2: kind must be candidate or decoy, got 'target'"),
        ({"score": None}, r"row 2: score is missing"),
        ({"pair": "candidate1"}, r"row 3: a second 'candidate1'"),
        ({"score": "high"}, r"row 2: score 'high' is not a finite number"),
        ({"protein_a": "A", "protein_b": "B"}, r"row 5: A and B are a candidate as well"),
    ],
)
def test_a_bad_row_is_named(change: dict[str, object], message: str) -> None:
    table = scores_of(np.arange(3.0), np.arange(2.0)).astype(object)
    table["protein_a"] = ["P1", "P2", "P3", "B", "B"]
    table["protein_b"] = ["Q1", "Q2", "Q3", "A", "C"]
    for name, value in change.items():
        table[name] = [value, *table[name][1:]]
    table.to_csv("scores.tsv", sep="\t", index=False)
    with pytest.raises(DataError, match=message):
        cw.structures_rates("scores.tsv")


def test_both_kinds_are_needed(capsys: pytest.CaptureFixture[str]) -> None:
    scores_of(np.arange(3.0), np.arange(0.0)).to_csv("scores.tsv", sep="\t", index=False)
    assert main(["structures", "rates", "scores=scores.tsv", "out=found"]) == 2
    assert "holds no decoy; error rates need both kinds" in capsys.readouterr().err
    pd.DataFrame({"pair": ["a"], "score": [1.0]}).to_csv("scores.tsv", sep="\t", index=False)
    assert main(["structures", "rates", "scores=scores.tsv", "out=found"]) == 2
    assert "scores.tsv has no column 'kind'" in capsys.readouterr().err


def test_with_proteins_intervals_and_the_self_check_are_given() -> None:
    rng = np.random.default_rng(9)
    table = scores_of(rng.random(200) + (rng.random(200) < 0.3), rng.random(400))
    table["protein_a"] = [f"P{k}" for k in rng.integers(0, 90, 600)]
    letters = np.where(table["kind"] == "decoy", "R", "Q")
    table["protein_b"] = [f"{x}{k}" for x, k in zip(letters, rng.integers(0, 90, 600), strict=True)]
    table["length"] = np.where(table["kind"] == "decoy", 900, 300)
    table["disorder"] = rng.random(600) + (table["kind"] == "decoy")
    result = cw.structures_rates(table, bootstraps=50, splits=20)
    interval = result.tables["intervals"].iloc[0]
    assert interval["low"] <= interval["fdr_decoy"] <= interval["high"]
    assert result.tables["self_check"]["splits"].tolist() == [20] * 3
    rates = result.answer
    assert rates["q_independent"].iloc[0] > rates["q_conformal"].iloc[0]
    for name in ("length", "disorder"):
        assert any(f"not matched in {name}" in note for note in result.notes)


def test_strata_are_counted_and_assemblies_get_cards() -> None:
    rng = np.random.default_rng(10)
    table = scores_of(rng.random(90) + 3 * (np.arange(90) < 45), rng.random(180))
    table["stratum"] = np.where(np.arange(270) % 3 == 0, "small", "large")
    table["assembly"] = np.where(table["kind"] == "candidate", "C1", "")
    result = cw.structures_rates(table, bootstraps=0)
    strata = result.tables["strata"].set_index("stratum")
    assert strata["own_decoys"].to_dict() == {"large": "yes", "small": "no"}
    assert strata["candidates"].to_dict() == {"large": 60, "small": 30}
    assert strata["q_0.2"].sum() == (result.answer["q_stratum"] <= 0.2).sum() > 0
    pairs = result.cards["C1"]["pairs"]
    assert [one["pair"] for one in pairs] == result.answer["pair"].tolist()  # type: ignore[attr-defined]
    assert any("Strata of under 100 decoys are pooled: small" in note for note in result.notes)
