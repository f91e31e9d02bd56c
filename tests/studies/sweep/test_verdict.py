"""What a study concludes, by metrics made up for it."""

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.trial import create_trial

from cytoweave.eval import Unit
from cytoweave.eval.intervals import clipped_to_range, detectable, estimate, seeds_to_see
from cytoweave.studies.sweep.space import Parameter, Space
from cytoweave.studies.sweep.verdict import Verdict, importances

PARTS = ("pairs", "recall", "coelution", "enriched")
UNITS = {
    half: Unit(dict.fromkeys(PARTS, 0.4), dict.fromkeys(PARTS, 0.02), 5)
    for half in ("tune", "held_out")
}


def metrics(**changes: float) -> pd.DataFrame:
    """Return a comparison in which parts change by so much, as surely as can be."""
    rows = [
        {"metric": f"map.held_out.{part}", "default": 1.0, "best": 1.0 + by, "difference": by}
        for part, by in (dict.fromkeys(PARTS, 0.0) | changes).items()
    ]
    rows.append({"metric": "sec.all.coeluting", "default": 188, "best": 165, "difference": -23})
    table = pd.DataFrame(rows)
    return table.assign(
        difference_lo=table["difference"] - 0.001, difference_hi=table["difference"] + 0.001
    )


def test_a_sure_gain_without_a_loss_is_better() -> None:
    verdict = Verdict.of(metrics(pairs=0.2), [0.05, 0.06, 0.04, 0.05, 0.06], UNITS)
    assert verdict.decision == "better"
    assert verdict.sentence.startswith("Better: the best config beats the default by +0.0520 [")
    assert verdict.gained == (
        "Proteins of a term are close, relative to the default map (map.held_out.pairs): 1 to 1.2",
    )
    assert verdict.lost == (
        "Assemblies whose members co-elute, matched test (sec.all.coeluting): 188 to 165",
    )


def test_a_part_that_falls_by_more_than_its_spread_keeps_the_default() -> None:
    gains = [0.05, 0.06, 0.04, 0.05, 0.06]
    assert Verdict.of(metrics(coelution=-0.019), gains, UNITS).decision == "better"
    verdict = Verdict.of(metrics(coelution=-0.021), gains, UNITS)
    assert verdict.decision == "keep the default"
    assert "loses coelution by 2.1% of the default's" in verdict.sentence


def test_the_default_itself_is_kept() -> None:
    verdict = Verdict.of(metrics(), [0.0] * 5, UNITS, same=True)
    assert verdict.sentence == "Keep the default: no trial was better than it."
    assert Verdict.of(metrics(), [-0.1, -0.2, -0.1], UNITS).decision == "keep the default"
    small = Verdict.of(metrics(), [0.01, -0.005, 0.006, 0.0, 0.002], UNITS)
    assert small.decision == "keep the default"


def test_two_seeds_say_what_they_cannot_see() -> None:
    verdict = Verdict.of(metrics(), [0.02, 0.08], UNITS)
    assert verdict.decision == "cannot tell"
    least = detectable(2) * 0.03 * 2**0.5
    wanted = seeds_to_see(0.05 / (0.03 * 2**0.5))
    assert f"2 seeds see no gain below {least:.3f}" in verdict.sentence
    assert f"use seeds={wanted}" in verdict.sentence
    assert least > 0.4
    hopeless = Verdict.of(metrics(), [0.5, -0.4], UNITS)
    assert "not even 100 would show so small a gain" in hopeless.sentence


def test_intervals_hold_only_what_there_can_be() -> None:
    counts = clipped_to_range(estimate([0, 1, 0]), "count")
    assert counts.mean == pytest.approx(1 / 3)
    assert counts.low == 0
    assert clipped_to_range(estimate([0.9, 1.0, 1.0]), "share").high == 1
    free = estimate([0.0, 1.0, 0.0])
    assert clipped_to_range(free, "index") == free


def test_a_setting_that_explains_nothing_is_named() -> None:
    space = Space((Parameter("map.a", "float", 0.0, 1.0), Parameter("map.b", "float", 0.0, 1.0)))
    rng = np.random.default_rng(1)
    floats: dict[str, optuna.distributions.BaseDistribution] = {
        name: optuna.distributions.FloatDistribution(0, 1) for name in ("map.a", "map.b")
    }
    trials = [
        create_trial(value=a, params={"map.a": a, "map.b": b}, distributions=floats)
        for a, b in rng.random((40, 2))
    ]
    result = importances(trials, seed=0)
    assert result["map.a"] > 0.9
    assert result["map.b"] < 0.1
    assert importances(trials[:5], seed=0) == {}
    assert [p.at_end(0.97) for p in space.parameters] == [True, True]
    assert not Parameter("x", "choice", choices=(1, 2)).at_end(2)
    assert Parameter("x", "float", 0.001, 1.0, log=True).at_end(0.0011)
    assert not Parameter("x", "float", 0.001, 1.0, log=True).at_end(0.03)
