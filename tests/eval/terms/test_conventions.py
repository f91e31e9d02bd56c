"""The published conventions, against a plain loop with scipy and statsmodels, and goatools."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from cytoweave import config
from cytoweave.artifacts import Hierarchy, TermSet
from cytoweave.eval import TermScoring, assembly_table, benjamini_hochberg
from cytoweave.nodes.build import build

from ..conftest import MapBuilder, TermBuilder


@pytest.fixture(scope="module")
def twice(random_terms: TermSet, build_terms: TermBuilder) -> TermSet:
    """Return the random terms, the tenth of them once more under another name."""
    names = np.array(random_terms.proteins, object)
    sets = {
        term: " ".join(names[random_terms.members[[k]].indices])
        for k, term in enumerate(random_terms.terms)
    }
    return build_terms(sets | {"again": sets["T10"]})


def looped(result: Hierarchy, terms: TermSet) -> pd.DataFrame:
    """Every system, the root among them, against every term: Jaccard, p, rate."""
    placed = set(result.proteins)
    sets = {
        term: set(np.array(terms.proteins, object)[terms.members[[k]].indices]) & placed
        for k, term in enumerate(terms.terms)
    }
    universe = set().union(*sets.values())
    sets = {term: members for term, members in sets.items() if len(members) >= 4}
    rows = []
    for k, name in enumerate(result.names):
        mine = set(result.members_of(k)) & universe
        for term, members in sets.items():
            both = len(mine & members)
            p = stats.hypergeom.sf(both - 1, len(universe), len(mine), len(members))
            rows.append((name, term, both / len(mine | members), min(p, 1.0)))
    table = pd.DataFrame(rows, columns=["assembly", "term", "jaccard", "p"])
    table["fdr"] = multipletests(table["p"], method="fdr_bh")[1]
    return table


@pytest.mark.parametrize(("convention", "fdr"), [("paper", 0.01), ("toolkit", 0.05)])
def test_accepted_assemblies_are_those_of_a_plain_loop(
    build_map: MapBuilder, twice: TermSet, convention: str, fdr: float
) -> None:
    rng = np.random.default_rng(2)
    names = [f"p{k:03}" for k in range(150)]
    drawn = {f"A{k}": rng.choice(names, rng.integers(4, 40), replace=False) for k in range(12)}
    columns = np.array(twice.proteins, object)
    for k in range(12):  # terms with a growing number of other proteins
        known = columns[twice.members[[k]].indices][: 4 + k]
        drawn[f"B{k}"] = np.union1d([p for p in known if p in names], names[: 3 * k])
    drawn["bare"] = np.array(names[:4])  # without an annotated protein
    result = build_map({name: " ".join(row) for name, row in drawn.items()}, names)
    evaluation = build("eval", config.load("run", [f"eval={convention}"])["eval"])
    assert evaluation.terms.fdr == fdr
    scores = evaluation(hierarchy=result, embedding=None, references={"corum": twice}, seed=0)
    table = looped(result, twice)
    below = table[table["assembly"] != "root"]
    passed = below[(below["jaccard"] >= 0.1) & (below["fdr"] < fdr)]
    share = passed["assembly"].nunique() / (len(result.names) - 1)
    assert 0 < share < 1
    assert scores.metrics["corum.all.enriched"] == pytest.approx(share)
    best = below.sort_values("jaccard", ascending=False, kind="stable").drop_duplicates("assembly")
    best = best.set_index("assembly")
    own = scores.tables["assemblies_terms"].set_index("assembly")
    np.testing.assert_allclose(own["jaccard"], best["jaccard"].reindex(own.index))
    named = own[own["term"] != ""]
    cells = table.set_index(["assembly", "term"]).loc[
        list(zip(named.index, named["term"], strict=True))
    ]
    np.testing.assert_allclose(named["p"], cells["p"], rtol=1e-9)
    np.testing.assert_allclose(named["fdr"], cells["fdr"], rtol=1e-9)
    assert not [name for name in scores.metrics if "null" in name or ".tune." in name]


def test_conventions_differ_by_the_rate_alone() -> None:
    paper, toolkit = (config.load("run", [f"eval={name}"])["eval"] for name in ("paper", "toolkit"))
    assert {key for key in paper if paper[key] != toolkit[key]} == {"terms"}
    assert paper["terms"] | {"fdr": 0.05} == toolkit["terms"]


def test_rates_equal_statsmodels() -> None:
    p = np.random.default_rng(0).random(500) ** 3
    np.testing.assert_allclose(benjamini_hochberg(p), multipletests(p, method="fdr_bh")[1])


def test_p_values_equal_goatools(
    build_map: MapBuilder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Its enrichment study on an ontology of four terms, annotations propagated to parents."""
    from goatools.go_enrichment import GOEnrichmentStudy
    from goatools.obo_parser import GODag

    text = "format-version: 1.2\n\n"
    parents = {
        "GO:0000001": None,
        "GO:0000002": "GO:0000001",
        "GO:0000003": "GO:0000001",
        "GO:0000004": "GO:0000002",
    }
    for term, parent in parents.items():
        text += f"[Term]\nid: {term}\nname: {term}\nnamespace: cellular_component\n"
        text += f"is_a: {parent} ! {parent}\n\n" if parent else "\n"
    path = tmp_path_factory.mktemp("ontology") / "tiny.obo"
    path.write_text(text)
    proteins = [f"p{k:02}" for k in range(40)]
    direct = {
        p: {"GO:0000004"} if k < 9 else {"GO:0000002"} if k < 20 else {"GO:0000003"}
        for k, p in enumerate(proteins)
    }
    terms = {
        "GO:0000001": set(proteins),
        "GO:0000002": set(proteins[:20]),
        "GO:0000003": set(proteins[20:]),
        "GO:0000004": set(proteins[:9]),
    }
    study = [*proteins[:6], *proteins[12:16], proteins[30]]
    oracle = GOEnrichmentStudy(
        proteins, direct, GODag(str(path), prt=None), propagate_counts=True, alpha=0.05,
        methods=["fdr_bh"], pvalcalc="fisher_scipy_stats", log=None,
    ).run_study(study, prt=None)  # fmt: skip
    result = build_map({"A": " ".join(study)}, proteins)
    reference = TermSet.from_sets({name: (name, members) for name, members in terms.items()})
    scores = TermScoring().scores(result, reference)
    overlap = scores.comparison.overlap()
    p = dict(
        zip(
            np.array(reference.terms)[scores.comparison.terms[overlap.column]],
            scores.tails(overlap),
            strict=True,
        )
    )
    enriched = {record.GO: record for record in oracle if record.enrichment == "e"}
    assert set(enriched) >= {"GO:0000002", "GO:0000004"}
    for term, record in enriched.items():
        k, (n, m) = record.study_count, (record.pop_count, len(study))
        assert (k, n) == (len(terms[term] & set(study)), len(terms[term]))
        cells = np.array([[k, m - k], [n - k, 40 - n - m + k]])
        assert record.p_uncorrected == pytest.approx(stats.fisher_exact(cells)[1])  # two-sided
        assert p[term] == pytest.approx(stats.fisher_exact(cells, "greater")[1])
    assert assembly_table(scores, result, reference)["term"].tolist() == ["GO:0000002"]
