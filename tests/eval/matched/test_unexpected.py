"""Unexpected members: by a loop over all stand-ins, calibrated, and found where there is one."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cytoweave.artifacts import ElutionProfiles, Hierarchy, TermSet
from cytoweave.eval import (
    CoelutionScoring,
    Evaluation,
    TermScoring,
    UnexpectedMembers,
    assembly_table,
    elution_similarity,
    matched_assemblies,
)
from cytoweave.eval.coelution.similarity import like_proteins
from cytoweave.eval.evaluation import Reference
from cytoweave.eval.matched import unexpected as module
from cytoweave.eval.matched.unexpected import Matched

from ..conftest import MapBuilder, TermBuilder


def drawn(names: tuple[str, ...], seed: int) -> ElutionProfiles:
    """Two replicates of profiles that say nothing, of proteins of unlike amounts."""
    rng = np.random.default_rng(seed)
    amounts = rng.random((2, len(names), 12)) * rng.lognormal(size=(1, len(names), 1))
    amounts[rng.random(amounts.shape) < 0.3] = np.nan
    return ElutionProfiles(names, amounts.astype(np.float32))


def half_known(result: Hierarchy) -> dict[str, Matched]:
    """Call every other member of each assembly known."""
    return {
        name: Matched("ref: T", frozenset(result.members_of(k)[::2]))
        for k, name in enumerate(result.names)
        if k
    }


@pytest.mark.parametrize("like", [300, 30])
def test_similarity_stand_ins_and_shares_by_a_loop(
    random_map: Hierarchy, monkeypatch: pytest.MonkeyPatch, like: int
) -> None:
    monkeypatch.setattr(module, "MATCHED_CONTROLS", like)
    profiles = drawn(random_map.proteins[10:], 1)
    names = list(profiles.proteins)
    result = UnexpectedMembers.of(
        random_map, elution_similarity(profiles), half_known(random_map), null_maps=0
    )
    amounts = np.nan_to_num(profiles.amounts)
    r = np.mean([np.corrcoef(replicate) for replicate in amounts], axis=0)
    strata = like_proteins(profiles, names, 4 if like == 30 else 1)
    assert len(set(strata.tolist())) == (4 if like == 30 else 1)
    row = {name: k for k, name in enumerate(random_map.names)}
    for k in range(0, len(result.protein), 7):
        inside = [
            names.index(p) for p in random_map.members_of(row[result.assembly[k]]) if p in names
        ]
        mine = names.index(result.protein[k])
        others = [p for p in inside if p != mine]
        values = {
            p: r[p, others].mean()
            for p in range(len(names))
            if strata[p] == strata[mine] and p not in others
        }
        assert result.similarity[k] == pytest.approx(values[mine], abs=1e-5)
        without = [value for p, value in values.items() if p != mine]
        assert result.mean[k] == pytest.approx(np.mean(without), abs=1e-5)
        share = np.mean([value >= values[mine] for value in values.values()])
        if share > 0.1:  # beyond, tails are pooled
            assert result.p[k] == pytest.approx(share)
        else:
            assert result.p[k] <= 0.1


def test_members_of_a_matched_term_are_not_asked_about(
    random_map: Hierarchy, random_terms: TermSet
) -> None:
    scores = TermScoring().scores(random_map, random_terms)
    table = assembly_table(scores, random_map, random_terms).assign(reference="corum")
    matched = matched_assemblies(table, fdr=0.9)
    passed = table[(table["class"] != "undocumented") & (table["fdr"] < 0.9)]
    assert set(matched) == set(passed["assembly"])
    known = dict(zip(table["assembly"], table["genes"], strict=True))
    result = UnexpectedMembers.of(
        random_map, elution_similarity(drawn(random_map.proteins, 2)), matched, null_maps=0
    )
    assert result.protein
    for assembly, protein in zip(result.assembly, result.protein, strict=True):
        assert protein not in known[assembly].split()
        assert protein in random_map.members_of(random_map.names.index(assembly))


def test_what_any_reference_knows_is_expected() -> None:
    rows = [
        ("A", "corum", "X", 0.3, 0.001, "variant", "a b"),
        ("A", "go", "Y", 0.6, 0.0, "documented", "b c"),
        ("A", "hpa", "Z", 0.1, 0.0, "undocumented", "d"),
        ("B", "go", "Y", 0.3, 0.2, "variant", "e"),
    ]
    columns = ["assembly", "reference", "term", "jaccard", "fdr", "class", "genes"]
    result = matched_assemblies(pd.DataFrame(rows, columns=columns))
    assert result == {"A": Matched("go: Y", frozenset("abc"))}


def test_p_values_are_uniform_and_few_permuted_maps_have_any(random_map: Hierarchy) -> None:
    """Calibration: the profiles say nothing, and labels change places among like proteins."""
    result = UnexpectedMembers.of(
        random_map,
        elution_similarity(drawn(random_map.proteins, 3)),
        half_known(random_map),
        null_maps=200,
        seed=1,
    )
    assert result.null_p.shape == (200, len(result.protein))
    for at in (0.01, 0.05, 0.2, 0.5):
        assert (result.null_p <= at).mean() == pytest.approx(at, rel=0.15)
    allowed = stats.binom.ppf(0.975, 200, 0.05) / 200
    metrics = result.metrics()
    assert metrics["unexpected.null_any"] <= allowed
    assert metrics["unexpected_auroc.null_mean"] == pytest.approx(0.5, abs=0.01)
    assert abs(metrics["unexpected_auroc.z"]) < 4


def test_a_member_that_elutes_with_the_complex_is_supported_and_another_is_not(
    build_map: MapBuilder, build_terms: TermBuilder
) -> None:
    rng = np.random.default_rng(0)
    names = [f"p{k:03}" for k in range(400)]
    peaks = np.exp(-((np.arange(40) - rng.uniform(0, 40, (400, 1))) ** 2) / 4)
    peaks[:6] = np.exp(-((np.arange(40) - 20) ** 2) / 4)
    amounts = (peaks + 0.05 * rng.random(peaks.shape)).astype(np.float32)[None]
    hierarchy = build_map({"A": " ".join([*names[:6], "p200"]), "B": " ".join(names[50:90])}, names)
    references: dict[str, Reference] = {
        "corum": build_terms({"X": " ".join(names[:5]), "Y": " ".join(names[100:140])}),
        "sec": ElutionProfiles(tuple(names), amounts),
    }
    evaluation = Evaluation(
        coelution=CoelutionScoring(permutations=50, nulls=4), nulls=2, parts=("all",)
    )
    scores = evaluation(hierarchy=hierarchy, embedding=None, references=references, seed=0)
    table = scores.tables["unexpected"].set_index("protein")
    assert table["supported"].to_dict() == {"p005": True, "p200": False}
    assert table.loc["p005", "term"] == "corum: X"
    assert list(scores.tables["unexpected"].columns[:2]) == ["assembly", "reference"]
    assert scores.metrics["sec.all.unexpected"] == 1
    assert scores.metrics["sec.all.unexpected_tested"] == 2
    assert scores.metrics["sec.all.unexpected_proteins"] == 1


def test_nothing_to_ask_about(random_map: Hierarchy) -> None:
    result = UnexpectedMembers.of(
        random_map, elution_similarity(drawn(random_map.proteins, 2)), {}, null_maps=3
    )
    assert len(result.table()) == 0
    assert result.metrics() == {"unexpected_tested": 0, "unexpected_proteins": 0}
