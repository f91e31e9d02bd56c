"""Diameters from numbers of proteins."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cytoweave.errors import ConfigError, DataError
from cytoweave.maps.sizes import MUSIC_V1_POINTS, calibrated, diameter, fit


def test_published_line() -> None:
    nm, low, high = diameter([1, 10, 5147])
    np.testing.assert_allclose(np.log10(nm), 1.27 * np.log10([1, 10, 5147]) - 0.31)
    assert (low < nm).all()
    assert (nm < high).all()


def test_published_scatter_gives_back_the_published_r2() -> None:
    """Points with the stated spread and scatter have the stated R2."""
    points = fit(MUSIC_V1_POINTS)
    _, _, high = diameter(10**points.centre, "schaffer2025")
    t = stats.t.ppf(0.975, 11)
    sd = np.log10(high / diameter(10**points.centre)[0]) / t / np.sqrt(1 + 1 / 13)
    explained = 1.27**2 * points.spread * 13 / 10
    assert explained / (explained + 11 * sd**2) == pytest.approx(0.90)


def test_open_points_give_the_known_fit() -> None:
    line = fit(MUSIC_V1_POINTS)
    assert line.slope == pytest.approx(1.05, abs=0.005)
    assert line.intercept == pytest.approx(-0.14, abs=0.005)


def test_interval_is_that_of_ordinary_least_squares() -> None:
    """The textbook matrix form of the prediction interval."""
    x, y = np.log10(MUSIC_V1_POINTS.to_numpy(float)).T
    design = np.column_stack([np.ones_like(x), x])
    beta, rss, *_ = np.linalg.lstsq(design, y, rcond=None)
    new = np.array([1, np.log10(40)])
    variance = rss[0] / 8 * (1 + new @ np.linalg.inv(design.T @ design) @ new)
    half = stats.t.ppf(0.95, 8) * np.sqrt(variance)
    nm, low, high = diameter(40, "qin2021", confidence=0.9)
    assert np.log10(nm) == pytest.approx(new @ beta)
    assert np.log10([low, high]) == pytest.approx([new @ beta - half, new @ beta + half])


def test_own_table_and_shape() -> None:
    table = pd.DataFrame({"proteins": [1, 10, 100], "nm": [2, 20, 200]})
    nm, low, high = diameter(np.array([[5, 50], [500, 7]]), table)
    np.testing.assert_allclose(nm, [[10, 100], [1000, 14]])
    np.testing.assert_allclose([low, high], [nm, nm])


def test_more_confidence_is_wider() -> None:
    assert diameter(9, confidence=0.99)[1] < diameter(9, confidence=0.8)[1]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"proteins": [1, 2, 3]}, "no column 'nm'; it has proteins"),
        (
            {"proteins": [1, 2, 0], "nm": [1, 2, 3]},
            "row 3: proteins '0' and nm '3' must both be numbers above 0",
        ),
        ({"proteins": [1, 2, 4], "nm": [1, "x", 3]}, "row 2: proteins '2' and nm 'x' must both"),
        ({"proteins": [1, 2], "nm": [1, 2]}, "has 2 points; at least 3 of different size"),
        ({"proteins": [5, 5, 5], "nm": [1, 2, 3]}, "3 points; at least 3 of different size"),
    ],
)
def test_unusable_tables(table: dict[str, list[float]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        diameter(5, pd.DataFrame(table))


def test_unknown_calibration_and_confidence() -> None:
    with pytest.raises(ConfigError, match="'ruler' is unknown; allowed: schaffer2025, qin2021"):
        diameter(5, "ruler")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"above 0 and below 1, got 95"):
        diameter(5, confidence=95)
    with pytest.raises(DataError, match=r"at least 1 protein for a diameter, got 0"):
        diameter([3, 0])


def test_a_config_names_a_calibration_a_file_or_its_points(tmp_path: Path) -> None:
    path = tmp_path / "points.tsv"
    MUSIC_V1_POINTS.to_csv(path, sep="\t", index=False)
    points = {name: MUSIC_V1_POINTS[name].tolist() for name in ("proteins", "nm")}
    choices: list[str | dict[str, list[float]]] = ["qin2021", str(path), points]
    for given in choices:
        assert diameter(100, calibrated(given)) == diameter(100, "qin2021")
    with pytest.raises(ConfigError, match=r"calibration=no.tsv: neither schaffer2025 nor qin2021"):
        calibrated("no.tsv")
