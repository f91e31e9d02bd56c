"""What encoders are given: channels in their order, sizes, pixel widths, cells."""

from pathlib import Path

import numpy as np
import pytest

from cytoweave.artifacts import CHANNELS, ImageContract, ImageSet
from cytoweave.data.images.cropping import brought_to
from cytoweave.errors import ConfigError, DataError


def fields(side: int = 64, um: float = np.nan, channels: tuple[str, ...] = CHANNELS) -> ImageSet:
    """Return three fields; the first has two nuclei and one at the edge, the last has none."""
    pixels = np.random.default_rng(0).integers(0, 4, (3, len(channels), side, side), np.uint8)
    rows, columns = np.mgrid[:side, :side] / side
    nuclei = {0: [(0.3, 0.4), (0.75, 0.5), (0.0, 0.9)], 1: [(0.1, 0.5)]}
    for field, places in nuclei.items():
        for row, column in places:
            inside = np.hypot(rows - row, columns - column) < 0.07
            pixels[field, channels.index("blue")][inside] = 200
    return ImageSet(
        ("a", "b", "c"),
        (("A",), ("A", "B"), ("C",)),
        ("H1", "H2", "H3"),
        pixels,
        channels,
        ("U2OS", "U2OS", ""),
        np.full(3, um),
    )


def given(tmp_path: Path, images: ImageSet, **contract: object) -> tuple[ImageSet, tuple[str, ...]]:
    requested = ImageContract(**contract)  # type: ignore[arg-type]
    result = brought_to(images, requested, modality="image", scratch=tmp_path)
    assert isinstance(result.value, ImageSet)
    return result.value, result.notes


def test_a_contract_that_asks_nothing_fits() -> None:
    assert ImageContract().fits(fields())
    assert ImageContract(size=64).fits(fields())
    for other in ({"size": 32}, {"channels": ["green", "red"]}, {"cells": True, "size": 16}):
        assert not ImageContract(**other).fits(fields())


def test_channels_come_in_the_order_of_the_contract(tmp_path: Path) -> None:
    images = fields()
    result, notes = given(tmp_path, images, channels=["blue", "red"])
    assert result.channels == ("blue", "red")
    assert (result.pixels == images.pixels[:, [2, 0]]).all()
    assert result.names == images.names
    assert notes == ()


def test_fields_are_averaged_to_the_size(tmp_path: Path) -> None:
    images = fields(um=0.1)
    result, _ = given(tmp_path, images, size=16)
    means = images.pixels.reshape(3, 4, 16, 4, 16, 4).mean((3, 5))
    assert np.abs(result.pixels - means).max() <= 1
    assert result.pixel_um == pytest.approx([0.4] * 3)


def test_fields_are_cut_to_a_pixel_width(tmp_path: Path) -> None:
    images = fields(um=0.1)
    result, _ = given(tmp_path, images, size=20, pixel_um=0.1)
    assert (result.pixels == images.pixels[:, :, 22:42, 22:42]).all()
    result, _ = given(tmp_path, images, size=20, pixel_um=0.2)
    assert result.pixels.shape == (3, 4, 20, 20)
    assert result.pixel_um == pytest.approx([0.2] * 3)


def test_cells_are_cut_around_nuclei(tmp_path: Path) -> None:
    images = fields()
    result, notes = given(tmp_path, images, cells=True, size=20)
    assert result.names == ("a#1", "a#2", "b#1")
    assert result.proteins == (("A",), ("A",), ("A", "B"))
    assert result.antibodies == ("H1", "H1", "H2")
    assert result.cell_lines == ("U2OS",) * 3
    assert result.fields.tolist() == [0, 0, 1]
    assert (result.pixels[0] == images.pixels[0, :, 10:30, 16:36]).all()
    # The nucleus of the last lies 6 px below the top: its window starts at the field's edge.
    assert (result.pixels[2] == images.pixels[1, :, :20, 22:42]).all()
    assert notes == (
        "1 fields show no whole nucleus and were left out: 'c'; without a cell now: 'C'.",
    )


def test_cells_by_default_are_a_quarter_of_a_field(tmp_path: Path) -> None:
    assert given(tmp_path, fields(), cells=True)[0].pixels.shape == (3, 4, 16, 16)


def test_cells_at_a_pixel_width(tmp_path: Path) -> None:
    images = fields(side=128, um=0.2)
    result, _ = given(tmp_path, images, cells=True, size=16, pixel_um=0.4)
    assert result.pixels.shape == (3, 4, 16, 16)
    assert result.pixel_um == pytest.approx([0.4] * 3)
    blue = result.pixels[0, 2]
    assert blue[8, 8] > 150
    assert blue[0, 0] < 10


def test_small_nuclei_are_left_out(tmp_path: Path) -> None:
    images = fields(um=0.5)  # a nucleus is 63 px, 15.8 square um
    assert len(given(tmp_path, images, cells=True, min_nucleus=40)[0].names) == 3
    assert len(given(tmp_path, images, cells=True, min_nucleus_um2=12.0)[0].names) == 3
    for key, value in (("min_nucleus", 90), ("min_nucleus_um2", 20.0)):
        with pytest.raises(DataError, match=r"none of 3 fields shows a whole nucleus in channel"):
            given(tmp_path, images, cells=True, **{key: value})


@pytest.mark.slow  # a process takes seconds to start
def test_processes_find_the_same_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fields().save(tmp_path)
    monkeypatch.setattr("cytoweave.data.parallel.TRIAL_S", 0)
    monkeypatch.setattr("cytoweave.data.parallel.WORTH_IT_S", 0)
    contract = ImageContract(cells=True, size=20)
    result = brought_to(
        ImageSet.load(tmp_path), contract, modality="image", scratch=tmp_path, workers=2
    ).value
    assert isinstance(result, ImageSet)
    alone, _ = given(tmp_path, fields(), cells=True, size=20)
    assert (result.pixels == alone.pixels).all()


@pytest.mark.parametrize(
    ("contract", "um", "error", "message"),
    [
        (
            {"channels": ["red", "golgi"]},
            0.1,
            ConfigError,
            r"data.modalities.image has no channel 'golgi'; it has 'red', 'green', 'blue', 'yellow"
            r"'. Name its files in data.modalities.image.channels",
        ),
        ({"cells": True, "nucleus": "dapi"}, 0.1, ConfigError, r"has no channel 'dapi'"),
        ({"size": 256}, 0.1, ConfigError, r"fields are read at 64 px, .*image.size=256"),
        ({"size": 16, "pixel_um": 0.05}, 0.1, ConfigError, r"too coarse .*image.size=128"),
        ({"size": 16, "pixel_um": 0.1}, np.nan, ConfigError, r"set data.modalities.image.pixel_um"),
        ({"cells": True, "min_nucleus_um2": 3.0}, np.nan, ConfigError, r"counts in um, but"),
        (
            {"size": 80, "pixel_um": 0.1},
            0.1,
            DataError,
            r"windows 80 px wide, but the fields are read at 64 px; set .*size=320",
        ),
        (
            {"cells": True, "size": 80},
            0.1,
            DataError,
            r"windows 80 px wide, but the fields are read at 64 px; set .*size=320",
        ),
    ],
)
def test_what_cannot_be_given_is_said_in_a_line(
    tmp_path: Path, contract: dict[str, object], um: float, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as raised:
        given(tmp_path, fields(um=um), **contract)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"channels": []}, r"channels must be a list of at least 1 \(each text\), got \[\]"),
        ({"channels": ["red", "red"]}, r"must be distinct names, got \['red', 'red'\]"),
        ({"size": 4}, r"size must be a whole number of at least 8 or null, got 4"),
        ({"size": 16, "pixel_um": 0.0}, r"pixel_um must be a number above 0 or null, got 0.0"),
        ({"pixel_um": 0.1}, r"pixel_um needs size beside it"),
        (
            {"min_nucleus": 3, "min_nucleus_um2": 3.0},
            r"min_nucleus or min_nucleus_um2 must be nul",
        ),
    ],
)
def test_contracts_that_contradict_themselves_are_refused(
    settings: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        ImageContract(**settings)  # type: ignore[arg-type]


def test_where_fields_should_be_read() -> None:
    assert ImageContract().fields_at is None
    assert ImageContract(size=1024).fields_at == 1024
    assert ImageContract(size=448, cells=True).fields_at is None
    assert ImageContract(size=448, cells=True, read_size=1024).fields_at == 1024
