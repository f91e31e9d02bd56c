"""Segmentation of nuclei: Otsu threshold and watershed of the nuclear channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.feature import peak_local_max
from skimage.filters import threshold_otsu
from skimage.measure import label, regionprops_table
from skimage.segmentation import watershed

WORK_SIZE = 512
"""Fields are segmented at most at this width: a nucleus of 15 um is then 47 px in a field of
164 um, enough to part it from its neighbour, at a sixteenth of the time of 2,048 px."""

SMOOTH = 1 / 256
"""Standard deviation of the smoothing over the width of a field: 0.6 um of 164 um."""

SMOOTH_NUCLEUS = 0.25
"""Smoothing of the distance transform over a nucleus's radius, so that nucleoli do not split it."""

SMALLEST = 1 / 2500
"""Least area of a nucleus over that of its field, before the typical one is known: 3.7 um across
in a field of 164 um; smaller spots are dirt or micronuclei."""

CONTRAST = 8.0
"""Minimum contrast in grey levels between nuclei and background: below, a field has none."""

WAIST = 0.75
"""Two halves of a blob are two nuclei when the depth at the waist between them is below this share
of the smaller half's."""


@dataclass(frozen=True)
class Nuclei:
    """Nuclei of one field.

    Attributes:
        centres: ``(K, 2)`` row and column of each, in pixels of the field.
        areas: ``(K,)`` in square pixels of the field.
        inside: ``(K,)`` bool: whether it does not touch the field's edge.
    """

    centres: NDArray[np.float64]
    areas: NDArray[np.float64]
    inside: NDArray[np.bool_]


def find_nuclei(plane: NDArray[np.uint8]) -> Nuclei:
    """Find the nuclei in a field of view.

    The plane is smoothed and binarised at Otsu's threshold; a watershed of the smoothed distance
    transform splits the blobs, and pieces without a constriction between them are merged again.

    Args:
        plane: ``(S, S)`` nuclear channel.

    Returns:
        Nuclei from top to bottom; none if the field has none.

    Source: Otsu, IEEE Trans. Syst. Man Cybern. 9:62 (1979), doi:10.1109/TSMC.1979.4310076.
    """
    step = max(1, round(len(plane) / WORK_SIZE))
    coarse = _averaged(plane, step)
    mask = _foreground(ndimage.gaussian_filter(coarse, max(1.0, SMOOTH * len(coarse))))
    numbered = _parted(mask, max(1.0, SMOOTH_NUCLEUS * _radius(mask)))
    regions = regionprops_table(numbered, properties=("centroid", "area", "bbox"))
    side = len(coarse)
    edges = np.stack([regions[f"bbox-{k}"] for k in range(4)], axis=1).reshape(-1, 4)
    inside = np.asarray((edges[:, :2] > 0).all(axis=1) & (edges[:, 2:] < side).all(axis=1), bool)
    centres = np.stack([regions["centroid-0"], regions["centroid-1"]], axis=1).reshape(-1, 2)
    areas = np.asarray(regions["area"], float)
    large = areas >= SMALLEST * side**2
    return Nuclei((centres[large] + 0.5) * step - 0.5, areas[large] * step**2, inside[large])


def typical_area(nuclei: list[Nuclei]) -> float:
    """Return the area-weighted median area of the whole nuclei of some fields.

    Weighted by area, so that a few hundred specks among a hundred nuclei do not dominate. NaN
    without any.
    """
    areas = np.sort(np.concatenate([np.empty(0), *(n.areas[n.inside] for n in nuclei)]))
    if not len(areas):
        return float("nan")
    below = np.cumsum(areas)
    return float(areas[np.searchsorted(below, below[-1] / 2)])


def _averaged(plane: NDArray[np.uint8], step: int) -> NDArray[np.float32]:
    """Return means of ``step x step`` blocks; incomplete blocks at the end are dropped."""
    side = len(plane) // step
    blocks = plane[: side * step, : side * step].reshape(side, step, side, step)
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float32))


def _foreground(smooth: NDArray[np.float32]) -> NDArray[np.bool_]:
    if smooth.max() - smooth.min() < CONTRAST:
        return np.zeros(smooth.shape, bool)
    bright = smooth > threshold_otsu(smooth)
    if smooth[bright].mean() - smooth[~bright].mean() < CONTRAST:
        return np.zeros(smooth.shape, bool)
    return np.asarray(ndimage.binary_fill_holes(bright), bool)


def _radius(mask: NDArray[np.bool_]) -> float:
    """Return the area-weighted typical depth of blobs; 0 without any."""
    depth = ndimage.distance_transform_edt(mask)
    numbered = label(mask, connectivity=1)
    count = int(numbered.max())
    if not count:
        return 0.0
    deepest = np.sort(ndimage.maximum(depth, numbered, np.arange(1, count + 1)))
    below = np.cumsum(deepest**2)
    return float(deepest[np.searchsorted(below, below[-1] / 2)])


def _parted(mask: NDArray[np.bool_], grain: float) -> NDArray[np.int32]:
    """Label the nuclei of a mask, with touching ones split."""
    # Outside the field is neither nucleus nor background: its edge is no outline.
    wide = np.pad(mask, round(4 * grain), mode="edge")
    inner = (slice(round(4 * grain), -round(4 * grain)),) * 2
    depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(wide), grain)[inner]
    blobs = label(mask, connectivity=1)
    if not blobs.max():
        return np.asarray(blobs, np.int32)
    peaks = peak_local_max(depth, min_distance=3, labels=blobs, exclude_border=False)
    markers = np.zeros(mask.shape, np.int32)
    markers[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
    pieces = watershed(-depth, markers, mask=mask)
    return _rejoined(pieces, depth)


def _rejoined(pieces: NDArray[np.int32], depth: NDArray[np.float64]) -> NDArray[np.int32]:
    """Merge pieces without a constriction between them, the deepest border first."""
    count = int(pieces.max()) + 1
    deepest = ndimage.maximum(depth, pieces, np.arange(count))
    deepest[0] = 0
    waists = _waists(pieces, depth)
    whole = np.arange(count)
    for (a, b), waist in sorted(waists.items(), key=lambda item: -item[1]):
        a, b = _root(whole, a), _root(whole, b)
        if a != b and waist > WAIST * min(deepest[a], deepest[b]):
            low, high = sorted((a, b))
            whole[high] = low
            deepest[low] = max(deepest[a], deepest[b])
    roots = np.array([_root(whole, k) for k in range(count)])
    return np.asarray(np.unique(roots, return_inverse=True)[1][pieces], np.int32)


def _waists(pieces: NDArray[np.int32], depth: NDArray[np.float64]) -> dict[tuple[int, int], float]:
    """Return the greatest depth on the border of any two pieces that touch."""
    waists: dict[tuple[int, int], float] = {}
    for axis in (0, 1):
        here, there = (np.moveaxis(pieces, axis, 0)[s] for s in (slice(None, -1), slice(1, None)))
        deep = np.moveaxis(depth, axis, 0)
        deep = np.minimum(deep[:-1], deep[1:])
        touch = (here != there) & (here > 0) & (there > 0)
        for a, b, d in zip(here[touch], there[touch], deep[touch], strict=True):
            pair = (int(min(a, b)), int(max(a, b)))
            waists[pair] = max(waists.get(pair, 0.0), float(d))
    return waists


def _root(whole: NDArray[np.int64], k: int) -> int:
    while whole[k] != k:
        k = int(whole[k])
    return k
