"""Names of assemblies: known ones, likenesses of large ones, members of all others."""

import pandas as pd

from cytoweave.artifacts import Findings
from cytoweave.maps import calibrated
from cytoweave.report.lengths import diameter_words, interval_words, length
from cytoweave.report.titles import titles

from .conftest import NASTY, make_run


def test_an_assembly_is_called_by_what_it_matches_or_who_is_in_it() -> None:
    run = make_run()
    result = titles(run.hierarchy, run.annotations(), run.similarity)
    by_name = dict(zip(run.hierarchy.names, result, strict=True))
    assert by_name["root"].text == "All proteins"
    assert by_name["A1"].text == NASTY
    assert by_name["A1"].known
    assert by_name["B"].text.startswith("with ")
    assert "cytosol: Jaccard 0.15" in by_name["B"].why
    assert not by_name["B"].known
    # Nucleus holds 9 / .55 - 12 + 9 = 13 of 24 proteins: too general to be a name
    assert by_name["A"].text.startswith("with ")


def test_names_that_were_given_come_first() -> None:
    run = make_run()
    answer = {"names": pd.DataFrame({"assembly": ["B"], "name": ["my complex"]})}
    card = {"B": {"name": "my complex", "source": "me"}}
    result = titles(
        run.hierarchy,
        run.annotations(),
        run.similarity,
        {"names": Findings("Names", answer, cards=card)},
    )
    assert result[2].text == "my complex"
    assert result[2].why == "Named by me."


def test_diameters_have_one_digit_and_none_below_the_calibration() -> None:
    line = calibrated("schaffer2025")
    assert diameter_words(19, 20.0, line) == "not estimated"
    assert diameter_words(20, 22.0, line) == "about 20 nm"
    assert "20 proteins" in interval_words(5, 1.0, 2.0, line)
    assert interval_words(300, 64.0, 7300.0, line).endswith("60 nm to 7 µm")
    assert length(137_000) == "20 µm"
