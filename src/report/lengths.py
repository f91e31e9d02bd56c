"""Diameters as text: one digit, within the calibrated range and a cell's size."""

from __future__ import annotations

import numpy as np

from ..maps.sizes import Calibration

CELL = 20_000.0
"""Diameter of a cell in nm; no assembly is larger. Source: BNID 108893, HeLa cells."""


def diameter_words(size: int, nm: float, calibration: Calibration) -> str:
    """Return the diameter of an assembly of `size` proteins to one digit.

    >>> from cytoweave.maps import calibrated
    >>> diameter_words(300, 686.0, calibrated("schaffer2025"))
    'about 700 nm'
    >>> diameter_words(6, 4.8, calibrated("schaffer2025"))
    'not estimated'
    """
    return f"about {length(nm)}" if size >= calibration.smallest else "not estimated"


def interval_words(size: int, low: float, high: float, calibration: Calibration) -> str:
    """Return the interval of a diameter, or why there is none."""
    if size < calibration.smallest:
        return f"no component below {calibration.smallest:g} proteins was measured"
    return f"95 % of components of this size: {length(low)} to {length(high)}"


def length(nm: float) -> str:
    """Return a length to one digit, at most a cell.

    >>> length(4.8), length(153), length(1840), length(137_000)
    ('5 nm', '200 nm', '2 µm', '20 µm')
    """
    capped = min(nm, CELL)
    rounded = float(f"{capped:.1g}") if capped > 0 and np.isfinite(capped) else 0.0
    return f"{rounded:g} nm" if rounded < 1000 else f"{rounded / 1000:g} µm"
