from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cytoweave.artifacts import CHANNELS, ImageSet
from cytoweave.errors import ConfigError
from cytoweave.report import write_crops
from cytoweave.report.page.cells import GAP, composite, in_turn, montage


def cells(*proteins: tuple[str, ...], size: int = 8) -> ImageSet:
    """Return images lit evenly: red by their number, green full."""
    n = len(proteins)
    pixels = np.zeros((n, 4, size, size), np.uint8)
    pixels[:, 0] = np.arange(n)[:, None, None] * 20 + 20
    pixels[:, 1] = 200
    return ImageSet(
        tuple(f"i{k}" for k in range(n)),
        proteins,
        ("HPA<1>",) * n,
        pixels,
        fields=np.arange(n) // 2,
    )


def test_channels_are_added_in_their_colors() -> None:
    planes = np.zeros((4, 1, 2), np.float32)
    planes[0, 0, 0] = planes[1, 0, 1] = 1
    planes[3, 0, 0] = 0.5
    assert composite(planes, CHANNELS)[0].tolist() == [[255, 51, 0], [0, 255, 0]]
    assert composite(planes[:1], ["golgi"])[0, 0].tolist() == [76, 76, 76]


def test_crops_are_taken_from_all_fields_in_turn() -> None:
    fields = np.array([7, 7, 7, 7, 2, 2, 5])
    assert fields[in_turn(fields, 3)].tolist() == [2, 5, 7]
    assert in_turn(fields, 5).tolist() == [4, 5, 6, 0, 1]
    assert in_turn(fields, 99).tolist() == [4, 5, 6, 0, 1, 2, 3]


def test_a_picture_shows_each_crop_and_its_target() -> None:
    drawn = montage(cells(*[("A",)] * 10), np.arange(10))
    assert drawn.shape == (2 * 16 + GAP, 8 * (8 + GAP) - GAP, 3)
    assert drawn[0, 0, 1] == 255  # green at full light
    assert (drawn[8:16, :8] == 255).all()  # the target alone, in grey
    # Both crops of a field are scaled alike: the first has half the red of the second.
    assert drawn[0, 0, 0] == pytest.approx(drawn[0, 8 + GAP, 0] / 2, abs=1)
    without = cells(("A",))
    without = ImageSet(("x",), (("A",),), ("",), without.pixels[:, :1], ("red",))
    assert montage(without, np.arange(1)).shape == (8, 8, 3)


def test_the_page_names_proteins_antibodies_and_what_is_ambiguous(tmp_path: Path) -> None:
    images = cells(("A/1", "B"), ("A/1",), ("<C>",))
    paths = write_crops(tmp_path, {"image": images}, title="Cells <of> x", per_protein=1)
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        "index.html",
        "image/00000__C_.png",
        "image/00001_A_1.png",
        "image/00002_B.png",
    ]
    page = paths[0].read_text()
    assert "Cells &lt;of&gt; x" in page
    assert "<C>" not in page
    assert (
        "1 of 2 crops; from 1 fields; antibodies HPA&lt;1&gt;; antibody ambiguous, may show B"
        in page
    )
    with Image.open(paths[1]) as picture:
        assert picture.size == (8, 16)


def test_only_proteins_that_are_there_can_be_asked_for(tmp_path: Path) -> None:
    sets = {"image": cells(("A",), ("B",))}
    assert len(write_crops(tmp_path, sets, title="t", proteins=["B"])) == 2
    with pytest.raises(ConfigError, match=r"crops.proteins: X, Y has no image in image"):
        write_crops(tmp_path, sets, title="t", proteins=["A", "X", "Y"])
    with pytest.raises(ConfigError, match=r"crops.per_protein must be at least 1, got 0"):
        write_crops(tmp_path, sets, title="t", per_protein=0)
