from cytoweave.artifacts import Hierarchy, Scores
from cytoweave.report import RunResult
from cytoweave.report.annotations import annotate


def test_a_term_needs_jaccard_and_significance(run: RunResult) -> None:
    best = annotate(run.hierarchy, run.scores).best
    assert best.loc["AB", "term"] == ""  # Jaccard .6, but FDR .9
    assert best["class"].to_list()[1:] == [
        "documented",
        "undocumented",
        "documented",
        "undocumented",
        "undocumented",
    ]


def test_the_best_term_is_that_of_highest_jaccard_over_references(run: RunResult) -> None:
    best = annotate(run.hierarchy, run.scores).best
    result = best[["reference", "term", "label"]].to_dict("index")
    assert result["A"] == {"reference": "hpa", "term": "Nucleus", "label": "Nucleus"}
    assert best.loc["B", "label"] == "B"  # a term of Jaccard .15 gives no name
    assert best["label"].iloc[0] == "All proteins"


def test_references_keep_the_published_order(run: RunResult) -> None:
    assert annotate(run.hierarchy, run.scores).references == ("corum", "go_cc", "hpa")


def test_the_best_row_of_a_reference(run: RunResult) -> None:
    result = annotate(run.hierarchy, run.scores).of_reference("corum")
    assert result["term"].to_dict() == {"A": "007", "A1": "12"}


def test_terms_of_an_unknown_assembly_are_left_out(run: RunResult) -> None:
    table = run.scores.tables["assemblies_terms"].assign(assembly="elsewhere")
    assert len(annotate(run.hierarchy, Scores({}, {"assemblies_terms": table})).terms) == 0


def test_without_scores_nothing_is_classed(hierarchy: Hierarchy) -> None:
    result = annotate(hierarchy, Scores({}))
    assert not result.scored
    assert set(result.best["class"]) == {""}
    assert result.best["label"].tolist()[1:] == list(hierarchy.names[1:])
