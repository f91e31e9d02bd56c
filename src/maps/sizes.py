"""Diameters of assemblies in nm, calibrated on their number of proteins by log-log regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from ..artifacts import whole
from ..errors import ConfigError, DataError, SettingError

Published = Literal["schaffer2025", "qin2021"]

MUSIC_V1_POINTS = pd.DataFrame(
    {
        "proteins": [18395, 503, 1153, 665, 132, 444, 89, 65, 23, 20],
        "nm": [13000, 2750, 1240, 520, 220, 200, 120, 23, 15, 14],
    }
)
"""Components of known diameter. Source: Qin et al. 2021, doi:10.1038/s41586-021-04115-9."""


@dataclass(frozen=True)
class Calibration:
    """Linear regression of log10(nm) on log10(proteins), with its residual scatter.

    Attributes:
        slope: Decades of nm per decade of proteins.
        intercept: log10(nm) of a single protein.
        residual_sd: Standard deviation of log10(nm) about the line, points - 2 degrees of freedom.
        points: Number of components in the fit.
        centre: Mean log10(proteins) of those.
        spread: Sum of squared deviations of log10(proteins) from `centre`.
        smallest: Number of proteins of the smallest; below it the line is an extrapolation.
    """

    slope: float
    intercept: float
    residual_sd: float
    points: int
    centre: float
    spread: float
    smallest: float = 0.0


def diameter(
    n_proteins: ArrayLike,
    calibration: Published | pd.DataFrame | Calibration = "schaffer2025",
    confidence: float = 0.95,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the expected diameter in nm with its prediction interval: ``(nm, low, high)``.

    A straight line in log-log space; the interval is that of one new assembly at a given number of
    proteins, with Student's t at points - 2 degrees of freedom.

    Args:
        n_proteins: Proteins of each assembly, at least 1, any shape.
        calibration: ``schaffer2025``, ``qin2021``, a table with the columns ``proteins`` and
            ``nm`` of at least 3 components of known diameter, or a `Calibration` from `fit`.
        confidence: Coverage of the interval, between 0 and 1.

    Raises:
        ConfigError: If `confidence` or the name of the calibration is not allowed.
        DataError: If the table lacks a column, has too few points, or has one that is not > 0.

    Source: Schaffer et al. 2025, doi:10.1038/s41586-025-08878-3 (line, R2 and number of points);
    Qin et al. 2021, doi:10.1038/s41586-021-04115-9.

    >>> nm, low, high = diameter([10, 1000])
    >>> nm.round(1).tolist()
    [9.1, 3162.3]
    """
    if not 0 < confidence < 1:
        raise SettingError("confidence", f"must be above 0 and below 1, got {confidence}.")
    sizes = np.asarray(n_proteins, float)
    if not (sizes >= 1).all():
        raise DataError(
            f"An assembly needs at least 1 protein for a diameter, got {sizes.min():g}."
        )
    line = _calibration(calibration)
    x = np.log10(sizes)
    y = line.slope * x + line.intercept
    t = stdtrit(line.points - 2, (1 + confidence) / 2)
    leverage = 1 / line.points + (x - line.centre) ** 2 / line.spread
    half = t * line.residual_sd * np.sqrt(1 + leverage)
    return 10**y, 10 ** (y - half), 10 ** (y + half)


def fit(points: pd.DataFrame) -> Calibration:
    """Fit the line to components of known diameter by ordinary least squares in log-log space.

    Raises:
        DataError: If a column is missing, a value is not a number > 0, or fewer than 3 points or
            only one size of component is given.
    """
    for column in ("proteins", "nm"):
        if column not in points:
            raise DataError(
                f"Calibration table has no column '{column}'; it has {', '.join(points.columns)}."
            )
    values = points[["proteins", "nm"]].apply(pd.to_numeric, errors="coerce").to_numpy(float)
    bad = ~((values > 0) & np.isfinite(values)).all(axis=1)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        proteins, nm = points["proteins"].iloc[row], points["nm"].iloc[row]
        raise DataError(
            f"Calibration table row {row + 1}: proteins '{proteins}' and nm '{nm}' "
            "must both be numbers above 0."
        )
    if len(values) < 3 or np.ptp(values[:, 0]) == 0:
        raise DataError(
            f"Calibration table has {len(values)} points; at least 3 of different size are needed."
        )
    x, y = np.log10(values).T
    dx = x - x.mean()
    spread = float((dx**2).sum())
    slope = float((dx * y).sum()) / spread
    intercept = float(y.mean() - slope * x.mean())
    sd = float(np.sqrt(((y - slope * x - intercept) ** 2).sum() / (len(x) - 2)))
    smallest = float(values[:, 0].min())
    return Calibration(slope, intercept, sd, len(x), float(x.mean()), spread, smallest)


def _published_2025() -> Calibration:
    """Return the calibration of Schaffer et al., whose 13 points are not public.

    Slope, intercept, R2 = .90 and 13 points are stated. The scatter follows from them once the
    spread of the sizes is known: the residual variance is slope^2 Sxx (1 - R2) / (R2 (n - 2)). The
    centre and the spread per point are taken from the ten open points of MuSIC v1, which are
    components of the same kind (20 to 18,395 proteins).
    """
    slope, intercept, r2, n = 1.27, -0.31, 0.90, 13
    open_points = fit(MUSIC_V1_POINTS)
    spread = open_points.spread * n / open_points.points
    residual_sd = float(np.sqrt(slope**2 * spread * (1 - r2) / (r2 * (n - 2))))
    return Calibration(
        slope, intercept, residual_sd, n, open_points.centre, spread, open_points.smallest
    )


def calibrated(given: str | Mapping[str, Sequence[float]]) -> Calibration:
    """Return the calibration of a config.

    Args:
        given: ``schaffer2025``, ``qin2021``, a TSV with the columns ``proteins`` and ``nm``, or
            those two columns themselves.

    Raises:
        ConfigError: If it is none of these.
        DataError: If the points do not make a line, see `fit`.
    """
    if isinstance(given, Mapping):
        return fit(pd.DataFrame(dict(given)))
    if given in get_args(Published):
        return _calibration(cast(Published, given))
    return fit(pd.DataFrame(read_points(given)))


def read_points(path: str) -> dict[str, list[float]]:
    """Return the columns of a TSV of components of known diameter.

    Raises:
        ConfigError: If there is no such file.
        DataError: If it is no table.
    """
    if not Path(path).is_file():
        raise ConfigError(
            f"calibration={path}: neither {' nor '.join(get_args(Published))}, nor a file of "
            "proteins and nm."
        )
    with whole(Path(path), "a table with the columns proteins and nm is needed."):
        table = pd.read_csv(path, sep="\t")
    return {str(name): table[name].tolist() for name in table}


def _calibration(calibration: Published | pd.DataFrame | Calibration) -> Calibration:
    if isinstance(calibration, Calibration):
        return calibration
    if isinstance(calibration, pd.DataFrame):
        return fit(calibration)
    if calibration == "schaffer2025":
        return _published_2025()
    if calibration == "qin2021":
        return fit(MUSIC_V1_POINTS)
    raise ConfigError(
        f"calibration '{calibration}' is unknown; "
        "allowed: schaffer2025, qin2021, or a table of proteins and nm."
    )
