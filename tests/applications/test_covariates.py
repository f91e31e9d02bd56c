"""Covariates of a data set, counted by hand, and which of them are matched."""

import numpy as np
import pandas as pd

from cytoweave.applications.covariates import Covariates, of_data, usual
from cytoweave.artifacts import ElutionProfiles, Network, Reading, TermSet
from cytoweave.stages import DataPart, DataSet

PROTEINS = ["a", "b", "c", "d"]


def part(measured: object) -> DataPart:
    return DataPart(Reading(measured), "key")  # type: ignore[arg-type]


def test_a_data_set_tells_degree_detection_terms_and_place() -> None:
    network = Network.from_pairs(["a", "a", "b"], ["b", "c", "x"], proteins=["a", "b", "c", "x"])
    amounts = np.array([[[1, np.nan, 2], [0, 0, 5]]], np.float32)
    terms = TermSet.from_sets({"t1": ("", {"a", "b"}), "t2": ("", {"a", "z"})})
    places = TermSet.from_sets({"Nucleus": ("", {"a", "b", "c"}), "Golgi": ("", {"a", "d"})})
    data = DataSet(
        {"ppi": part(network)},
        {
            "sec": part(ElutionProfiles(("a", "d"), amounts)),
            "corum": part(terms),
            "hpa": part(places),
        },
    )
    node = {"references": {"hpa": {"kind": "hpa"}, "corum": {"kind": "gmt"}}}
    result = of_data(data, node, PROTEINS)
    assert result["degree"].tolist() == [2, 2, 1, 0]
    assert result["detection"].tolist() == [2, 0, 0, 1]
    assert result["abundance"].tolist() == [3, 0, 0, 5]
    assert result["annotations"].tolist() == [4, 2, 1, 1]
    assert result["compartment"].tolist() == ["Nucleus", "Nucleus", "Nucleus", "Golgi"]


def test_the_weightiest_are_matched() -> None:
    assert usual(["degree", "length", "compartment", "annotations"]) == [
        "compartment",
        "annotations",
        "degree",
    ]


def test_what_is_matched_is_said() -> None:
    table = pd.DataFrame({"citations": [1.0, np.nan, 3, 4], "kind": ["x", "", "y", "y"]})
    result = Covariates(table, ("citations", "kind"))
    assert result.words() == "proteins alike in citations and kind"
    assert result.unknown(np.arange(4)) == (
        "1 have no citations and 1 have no kind: they are compared with each other.",
    )
    assert result.unknown(np.array([0, 2])) == ()
    assert "match=[]" in Covariates(table, ()).words()
    assert "give covariates=FILE" in Covariates(table[[]], ()).words()
