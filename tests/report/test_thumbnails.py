"""Pictures of cells on sheets: whose they are, and where each lies."""

from io import BytesIO

import numpy as np
from PIL import Image

from cytoweave.artifacts import ImageSet
from cytoweave.report.thumbnails import IN_A_ROW, PER_PROTEIN, SIDE, thumbnails


def images(*owners: str) -> ImageSet:
    """Return one bright-quarter image each, the quarter told by the number of the image."""
    n = len(owners)
    pixels = np.zeros((n, 4, 32, 32), np.uint8)
    for k in range(n):
        y, x = 16 * (k // 2 % 2), 16 * (k % 2)
        pixels[k, :, y : y + 16, x : x + 16] = 255
    return ImageSet(
        tuple(f"i{k}" for k in range(n)), tuple((o,) for o in owners), ("",) * n, pixels
    )


def at(sheet: bytes, k: int) -> np.ndarray:
    with Image.open(BytesIO(sheet)) as opened:
        whole = np.asarray(opened.convert("L"), float)
    y, x = SIDE * (k // IN_A_ROW), SIDE * (k % IN_A_ROW)
    return whole[y : y + SIDE, x : x + SIDE]


def test_the_first_picture_of_all_comes_before_the_second_of_any() -> None:
    result = thumbnails(images("A", "A", "B", "A", "C"), ["A", "B", "none"])
    assert result.proteins == ("A", "B", "A", "A")


def test_a_protein_has_few() -> None:
    result = thumbnails(images(*("A" for _ in range(9))), ["A"])
    assert result.proteins == ("A",) * PER_PROTEIN


def test_each_lies_where_its_protein_stands() -> None:
    result = thumbnails(images("A", "B", "A", "A"), ["A", "B"])
    half = SIDE // 2
    for place, image in enumerate([0, 1, 2, 3]):  # A's first, B's, A's others
        picture = at(result.sheets[0], place)
        quarters = {
            2 * y + x: picture[half * y : half * (y + 1), half * x : half * (x + 1)].mean()
            for y in (0, 1)
            for x in (0, 1)
        }
        assert max(quarters, key=lambda q: quarters[q]) == image


def test_many_fill_several_sheets() -> None:
    names = [f"P{k}" for k in range(70)]
    result = thumbnails(images(*names), names)
    assert len(result.sheets) == 2
    assert result.proteins == tuple(names)
