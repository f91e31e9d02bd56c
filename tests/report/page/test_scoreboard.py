import math

import pytest

from cytoweave.report import RunResult
from cytoweave.report.page.plots import length
from cytoweave.report.page.scoreboard import headlines, small, written


def test_headlines_stand_beside_what_puts_them_in_proportion(run: RunResult) -> None:
    first, second, third, *_ = headlines(run.scores.metrics)
    assert (first.reference, first.value, first.null, first.z, first.p) == (
        "corum",
        "3",
        "0.25",
        "8.12",
        "0.048",
    )
    assert (second.part, second.value) == ("held_out", "1")
    assert (third.value, third.interval) == ("0.868", "0.859 to 0.877")


def test_metrics_without_value_or_words_are_no_headlines() -> None:
    result = headlines({"corum.all.auroc": math.nan, "corum.all.universe": 12.0, "x": 1.0})
    assert result == []


def test_a_metric_may_mean_something_else_against_the_truth() -> None:
    truth, corum = headlines({"truth.all.recovered": 0.5, "corum.all.recovered": 5.0})
    assert (truth.value, corum.value) == ("50 %", "5")


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (1234, "count", "1,234"),
        (0.25, "count", "0.25"),
        (0, "share", "0 %"),
        (137.4, "index", "137"),
    ],
)
def test_numbers_are_written_for_reading(value: float, form: str, text: str) -> None:
    assert written(value, form) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("p", "text"), [(0.0, "< 10⁻¹⁶"), (1.0, "1"), (9.7e-4, "1 × 10⁻³"), (math.nan, "")]
)
def test_small_numbers(p: float, text: str) -> None:
    assert small(p) == text


@pytest.mark.parametrize(
    ("nm", "text"), [(2.8, "2.8 nm"), (999.6, "1 µm"), (9.96, "10 nm"), (8200, "8.2 µm")]
)
def test_lengths(nm: float, text: str) -> None:
    assert length(nm) == text
