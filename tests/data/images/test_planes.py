"""Files as microscopes and exporters write them: inverted, stacked, several channels in one."""

import gzip
import zlib
from pathlib import Path
from struct import pack

import numpy as np
import pytest
import tifffile
from PIL import Image

from cytoweave.artifacts import CHANNELS, ImageSet
from cytoweave.data import read_images
from cytoweave.data.images import planes
from cytoweave.data.images.planes import Stack, decode
from cytoweave.errors import ConfigError, DataError

INPUTS = Path(__file__).resolve().parents[3].parent / "shared" / "inputs"

RAMP = np.repeat(np.arange(0, 256, 8, dtype=np.uint8)[None], 32, axis=0)
"""A plane that is darker on the left."""


def test_where_0_is_white_the_plane_is_inverted(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "x.tif", 255 - RAMP, photometric="miniswhite")
    tifffile.imwrite(tmp_path / "y.tif", RAMP, photometric="minisblack")
    assert (decode(tmp_path / "x.tif", 32).pixels == RAMP).all()
    assert (decode(tmp_path / "y.tif", 32).pixels == RAMP).all()
    deep = RAMP.astype(np.uint16) * 257
    tifffile.imwrite(tmp_path / "z.tif", 65535 - deep, photometric="miniswhite")
    assert (decode(tmp_path / "z.tif", 32).pixels == RAMP).all()


def test_a_packed_tiff_is_unpacked(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "x.tif", RAMP)
    (tmp_path / "x.tif.gz").write_bytes(gzip.compress((tmp_path / "x.tif").read_bytes()))
    assert (decode(tmp_path / "x.tif.gz", 32).pixels == RAMP).all()


@pytest.mark.parametrize(
    ("stack", "expected"), [("max", 40), ("mean", 20), ("middle", 10), (0, 0), (3, 30)]
)
@pytest.mark.parametrize("axes", ["ZYX", "TYX", None])
def test_a_stack_becomes_one_plane(
    tmp_path: Path, stack: Stack, expected: int, axes: str | None
) -> None:
    levels = np.array([0, 40, 10, 30], np.uint8)[:, None, None]
    pixels = np.broadcast_to(levels, (4, 16, 16))
    named = {"axes": axes} if axes else None
    tifffile.imwrite(tmp_path / "x.tif", pixels, metadata=named, photometric="minisblack")
    assert (decode(tmp_path / "x.tif", 16, stack=stack).pixels == expected).all()


def test_a_plane_that_is_not_there_is_named(tmp_path: Path) -> None:
    pixels = np.zeros((4, 16, 16), np.uint8)
    named = {"axes": "ZYX"}
    tifffile.imwrite(tmp_path / "x.tif", pixels, metadata=named, photometric="minisblack")
    with pytest.raises(ValueError, match="has no plane 4: it holds 4, counted from 0"):
        decode(tmp_path / "x.tif", 16, stack=4)
    with pytest.raises(ValueError, match=r"holds 4 planes .*; set stack=max$"):
        decode(tmp_path / "x.tif", 16)


@pytest.mark.parametrize("ome", [False, True])
def test_channels_in_one_file_are_told_apart(tmp_path: Path, ome: bool) -> None:
    pixels = np.zeros((3, 4, 16, 16), np.uint16)
    pixels[1] = np.array([100, 200, 300, 400])[:, None, None]  # the brightest plane of the stack
    name = "x.ome.tif" if ome else "x.tif"
    named = {"axes": "ZCYX"}
    tifffile.imwrite(tmp_path / name, pixels, metadata=named, ome=ome, photometric="minisblack")
    for plane, level in enumerate((100, 200, 300, 400)):
        assert decode(tmp_path / name, 16, 65535, plane, "max").brightest == level
    with pytest.raises(ValueError, match=r"holds 4 planes .*set planes={red: 0, \.\.}$"):
        decode(tmp_path / name, 16, 65535, None, "max")


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_bands_of_a_color_picture_are_one_plane(tmp_path: Path, planar: str) -> None:
    bands = np.stack([RAMP, RAMP // 2, 0 * RAMP], axis=-1 if planar == "contig" else 0)
    tifffile.imwrite(tmp_path / "x.tif", bands, photometric="rgb", planarconfig=planar)
    assert (decode(tmp_path / "x.tif", 32).pixels == RAMP).all()


def test_floating_point_needs_a_white(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "x.tif", RAMP.astype(np.float32) / 255)
    assert (decode(tmp_path / "x.tif", 32, 1.0).pixels == RAMP).all()
    assert decode(tmp_path / "x.tif", 32, "image").pixels.max() > 0
    tifffile.imwrite(tmp_path / "signed.tif", RAMP.astype(np.int16) - 8)
    assert (decode(tmp_path / "signed.tif", 32, 255).pixels == np.maximum(RAMP, 8) - 8).all()
    tifffile.imwrite(tmp_path / "nan.tif", np.full((8, 8), np.nan, np.float32))
    with pytest.raises(ValueError, match="some pixels are no numbers"):
        decode(tmp_path / "nan.tif", 8, 1.0)


def bomb_png() -> bytes:
    """Return a PNG of a few kB that claims 60,000 x 60,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))

    head = pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(10**6))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_files_that_unpack_without_end_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.png").write_bytes(bomb_png())
    with pytest.raises(Image.DecompressionBombError, match="could be decompression bomb"):
        decode(tmp_path / "x.png", 16)
    monkeypatch.setattr(planes, "MAX_VALUES", 1000)
    tifffile.imwrite(tmp_path / "x.tif", RAMP)
    with pytest.raises(ValueError, match=r"\(32, 32\) are more than 1,000 values"):
        decode(tmp_path / "x.tif", 16)
    monkeypatch.setattr(planes, "MOST_BYTES", 1000)
    (tmp_path / "x.tif.gz").write_bytes(gzip.compress(bytes(10**6)))
    with pytest.raises(ValueError, match="unpacks to more than 1,000 bytes"):
        decode(tmp_path / "x.tif.gz", 16)


def test_a_tiff_that_claims_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "x.tif", RAMP)
    with tifffile.TiffFile(tmp_path / "x.tif", mode="r+") as tiff:
        tiff.pages.first.tags["ImageWidth"].overwrite(2**20)
        tiff.pages.first.tags["ImageLength"].overwrite(2**20)
    with pytest.raises(ValueError, match="are more than"):
        decode(tmp_path / "x.tif", 16)


def read(folder: Path, **settings: object) -> ImageSet:
    """Return the images of a folder whose names begin with their protein."""
    result = read_images(folder, pattern="([^_]+)", size=8, **settings).value
    assert isinstance(result, ImageSet)
    return result


@pytest.mark.parametrize("photometric", ["minisblack", "rgb"])  # the second as older exporters do
def test_planes_name_the_channels_of_whole_files(tmp_path: Path, photometric: str) -> None:
    levels = np.arange(40, 200, 40, dtype=np.uint8)[:, None, None]
    pixels = np.broadcast_to(levels, (4, 16, 16))
    tifffile.imwrite(tmp_path / "A_1.tif", pixels, photometric=photometric, planarconfig="separate")
    order = {"green": 2, "red": 0}
    result = read(tmp_path, planes=order)
    assert result.channels == ("green", "red")
    assert result.pixels[0, :, 0, 0].tolist() == [120, 40]
    (tmp_path / "m.tsv").write_text("protein\timage\tfile\nA\tone\tA_1.tif\n")
    repeated = read_images(manifest=tmp_path / "m.tsv", planes=order, size=8).value
    assert isinstance(repeated, ImageSet)
    assert repeated.pixels.tolist() == result.pixels.tolist()
    with pytest.raises(ConfigError, match="names all channels; channels must be null"):
        read(tmp_path, planes=order, channels={"red": "red"})
    with pytest.raises(DataError, match="has no plane 9: it holds 4"):
        read(tmp_path, planes={"red": 9})


def test_black_images_are_told(tmp_path: Path) -> None:
    for name, level in {"A_1": 0, "B_1": 90}.items():
        for channel in CHANNELS:
            shade = level if channel == "green" else 50
            Image.fromarray(np.full((16, 16), shade, np.uint8)).save(
                tmp_path / f"{name}_{channel}.png"
            )
    result = read_images(tmp_path, pattern="([^_]+)", size=8)
    assert any(
        "1 images have a channel that is black all over: 'A_1 (green)'" in n for n in result.notes
    )
    for file in tmp_path.iterdir():
        Image.new("L", (16, 16)).save(file)
    with pytest.raises(DataError, match="all images are black in every channel"):
        read_images(tmp_path, pattern="([^_]+)", size=8)


@pytest.mark.skipif(not INPUTS.is_dir(), reason="the shared inputs are not at hand")
def test_an_ome_data_set_in_several_files_gives_each_file_its_own_plane() -> None:
    result = read(INPUTS / "img_multifile_ome", white="image")
    assert len({plane.tobytes() for plane in result.pixels[0]}) == 4
    inverted = read(INPUTS / "img_miniswhite")
    assert inverted.pixels.mean() < 128
