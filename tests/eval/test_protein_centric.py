"""Protein-centric scores against numbers worked out by hand and a loop over everything."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

from cytoweave.errors import DataError
from cytoweave.eval.protein_centric import ProteinCentric, interval

Values = NDArray[np.float64]


def scored(predicted: object, true: object, bits: object, thresholds: object) -> ProteinCentric:
    return ProteinCentric.of(
        sparse.csr_array(np.array(predicted, float)),
        sparse.csr_array(np.array(true, bool)),
        np.array(bits, float),
        np.array(thresholds, float),
    )


def test_by_hand() -> None:
    """Two proteins, three terms.

    At .5: protein 1 has {A right, B wrong}, protein 2 nothing: precision 1/2 (one protein), recall
    (1/1 + 0)/2: F = 1/2. At .2: protein 2 has {A, C}, both right: precision 3/4, recall 1, F = 6/7.
    """
    result = scored([[0.9, 0.6, 0], [0.3, 0, 0.2]], [[1, 0, 0], [1, 0, 1]], [1, 2, 4], [0.2, 0.5])
    metrics = result.metrics()
    assert metrics["fmax"] == pytest.approx(6 / 7)
    assert metrics["coverage"] == 1
    # weights 1, 2, 4: at .2 precision (1/3 + 5/5)/2 = 2/3 and recall 1
    assert metrics["wfmax"] == pytest.approx(2 * (2 / 3) / (1 + 2 / 3))
    # at .2 nothing is missed and 2 bits are false on one of two proteins; at .5 5/2 and 2/2
    assert metrics["smin"] == pytest.approx(1.0)


def by_loop(
    predicted: Values, true: NDArray[np.bool_], bits: Values, thresholds: Values
) -> dict[str, float]:
    rows = [k for k in range(len(true)) if true[k].any()]
    fmax, wfmax, smin, coverage = 0.0, 0.0, np.inf, 0.0
    for at in thresholds:
        p, r, wp, wr, mi, ru = [], [], [], [], [], []
        for k in rows:
            guess = (predicted[k] >= at) & (predicted[k] > 0)
            hit = guess & true[k]
            if guess.any():
                p.append(hit.sum() / guess.sum())
                wp.append(bits[hit].sum() / bits[guess].sum())
            r.append(hit.sum() / true[k].sum())
            wr.append(bits[hit].sum() / bits[true[k]].sum())
            mi.append(bits[guess & ~true[k]].sum())
            ru.append(bits[true[k] & ~guess].sum())
        if not p or not sum(r):
            smin = min(smin, float(np.hypot(np.mean(ru), np.mean(mi))))
            continue
        f = 2 * np.mean(p) * np.mean(r) / (np.mean(p) + np.mean(r))
        if f > fmax:
            fmax, coverage = float(f), len(p) / len(rows)
        wfmax = max(wfmax, float(2 * np.mean(wp) * np.mean(wr) / (np.mean(wp) + np.mean(wr))))
        smin = min(smin, float(np.hypot(np.mean(ru), np.mean(mi))))
    return {"fmax": fmax, "wfmax": wfmax, "smin": smin, "coverage": coverage}


@pytest.mark.parametrize("seed", range(5))
def test_as_a_loop_over_everything(seed: int) -> None:
    rng = np.random.default_rng(seed)
    predicted = rng.random((20, 12)) * (rng.random((20, 12)) < 0.5)
    true = rng.random((20, 12)) < 0.2
    bits = rng.random(12) * 5 + 0.1
    thresholds = np.linspace(0.05, 0.95, 19)
    assert scored(predicted, true, bits, thresholds).metrics() == pytest.approx(
        by_loop(predicted, true, bits, thresholds)
    )


def test_perfect_and_empty_predictions() -> None:
    true = np.eye(4, dtype=bool)
    perfect = scored(true * 0.9, true, np.ones(4), [0.5])
    assert perfect.metrics() == {"fmax": 1, "wfmax": 1, "smin": 0, "coverage": 1}
    nothing = scored(true * 0.1, true, np.ones(4), [0.5])
    assert nothing.metrics() == {"fmax": 0, "wfmax": 0, "smin": 1, "coverage": 0}


def test_resampled_values_surround_the_metric_and_share_their_draws() -> None:
    rng = np.random.default_rng(3)
    true = rng.random((200, 30)) < 0.2
    one = scored(rng.random((200, 30)) * 0.5 + true * 0.3, true, np.ones(30), [0.1, 0.4, 0.6])
    drawn = one.drawn(500, seed=1)
    low, high = interval(drawn["fmax"])
    assert low < one.metrics()["fmax"] < high
    assert np.array_equal(drawn["fmax"], one.drawn(500, seed=1)["fmax"])


def test_without_a_true_term_nothing_can_be_judged() -> None:
    with pytest.raises(DataError, match="No protein has a true term"):
        scored([[0.5]], [[False]], [1.0], [0.5])
