"""Names of assemblies for display: no two are the same, in titles, labels and cut ones."""

import dataclasses

import pandas as pd

from cytoweave.artifacts import Findings, Scores
from cytoweave.report.distinct import distinct, shortened
from cytoweave.report.page.data import Assemblies
from cytoweave.report.titles import titles

from .conftest import make_hierarchy, make_run

LONG = "Large subunit of the ribosome of the mitochondrion and its assembly factors"


def test_the_same_name_is_followed_by_the_size() -> None:
    names = ["All proteins", "ribosome", "Nucleus", "Ribosome", "same size", "P"]
    assert distinct(names, make_hierarchy()) == [
        "All proteins",
        "ribosome (12 proteins)",
        "Nucleus",
        "Ribosome (5 proteins)",
        "same size",
        "P",
    ]


def test_the_same_name_of_the_same_size_is_followed_by_the_id() -> None:
    names = ["All proteins", "A", "like X", "B", "like X", "like X"]
    assert distinct(names, make_hierarchy())[2:] == [
        "like X (14 proteins)",
        "B",
        "like X (4 proteins, AB)",
        "like X (4 proteins, <b>B1</b>)",
    ]


def test_a_cut_name_keeps_what_distinguishes_it() -> None:
    assert shortened("Ribosome") == "Ribosome"
    assert shortened(LONG, 20) == f"{LONG[:19]}…"
    assert shortened(f"{LONG} (80 proteins)", 40) == f"{LONG[:25].rstrip()}… (80 proteins)"


def test_a_parent_and_its_child_differ_in_portal_and_report() -> None:
    run = make_run()
    terms = run.scores.tables["assemblies_terms"]
    same = terms["assembly"].isin(["A1", "AB"]) & terms["class"].eq("documented")
    terms = terms[same].assign(description=LONG, fdr=1e-7)
    parent = terms[terms["assembly"] == "A1"].assign(assembly="B", overlap=4, jaccard=0.6)
    terms = pd.concat([terms, parent])
    run = dataclasses.replace(run, scores=Scores({}, {"assemblies_terms": terms}))
    expected = {f"{LONG} ({size} proteins)" for size in (14, 5, 4)}
    annotations = run.annotations()
    assert expected < {title.text for title in titles(run.hierarchy, annotations, run.similarity)}
    assert expected < set(annotations.best["label"])
    cut = Assemblies.of(run, annotations).labels
    assert len(set(cut)) == len(cut)
    assert max(map(len, cut)) <= 48


def test_given_names_are_distinguished_from_those_of_terms() -> None:
    run = dataclasses.replace(make_run(), names={"B": "Nucleus"})
    labels = run.annotations().best["label"]
    assert labels["B"] == "Nucleus (14 proteins)"
    assert labels["A"] == "Nucleus (12 proteins)"
    card = {name: {"name": "mine"} for name in ("A", "A1")}
    answer = Findings("Names", {"names": pd.DataFrame({"assembly": ["A", "A1"]})}, cards=card)
    result = titles(run.hierarchy, run.annotations(), run.similarity, {"names": answer})
    assert [result[1].text, result[3].text] == ["mine (12 proteins)", "mine (5 proteins)"]
