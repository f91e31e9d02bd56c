from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.typing import ArrayLike
from PIL import Image

from cytoweave.artifacts import CHANNELS, ImageSet, Reading
from cytoweave.data import IdentifierMap, read_images
from cytoweave.data.images.planes import decode
from cytoweave.errors import ConfigError, DataError


def blocks(side: int = 32, top: int = 255) -> np.ndarray:
    """Return a plane whose area averages at 8 x 8 are known: distinct flat blocks."""
    values = np.arange(64).reshape(8, 8) * 4 * (top // 255)
    return np.kron(values, np.ones((side // 8, side // 8)))


def paint(folder: Path, stem: str, levels: Mapping[str, int], suffix: str = ".png") -> None:
    """Write one flat file for each channel."""
    folder.mkdir(parents=True, exist_ok=True)
    for channel, level in levels.items():
        plane = np.full((32, 32), level, np.uint8)
        Image.fromarray(plane).save(folder / f"{stem}_{channel}{suffix}")


LEVELS = dict(zip(CHANNELS, (10, 20, 30, 40), strict=True))


def images(reading: Reading) -> ImageSet:
    assert isinstance(reading.value, ImageSet)
    return reading.value


@pytest.mark.parametrize(
    ("name", "pixels"),
    [
        ("x.png", blocks().astype(np.uint8)),
        ("x16.png", blocks(top=65535).astype(np.uint16)),
        ("x.tif", blocks().astype(np.uint8)),
        ("x16.tif", blocks(top=65535).astype(np.uint16)),
        ("planes.tif", blocks().astype(np.uint8)[None]),
        ("color.tif", np.stack([blocks(), 0 * blocks(), 0 * blocks()], -1).astype(np.uint8)),
        ("color.png", np.stack([blocks(), blocks(), 0 * blocks()], -1).astype(np.uint8)),
        ("alpha.png", np.stack([blocks()] * 3 + [0 * blocks() + 255], -1).astype(np.uint8)),
        ("wide.png", np.pad(blocks(), ((0, 0), (16, 16))).astype(np.uint8)),
    ],
)
def test_formats_decode_to_area_averages(tmp_path: Path, name: str, pixels: np.ndarray) -> None:
    path = tmp_path / name
    if name.endswith(".tif"):
        tifffile.imwrite(path, pixels, photometric="rgb" if pixels.shape[-1] == 3 else "minisblack")
    else:
        Image.fromarray(pixels).save(path)
    expected = np.rint(blocks()[::4, ::4])
    assert np.abs(decode(path, 8).pixels.astype(int) - expected).max() <= 1


def test_a_jpeg_decodes_close_to_its_area_average(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pixels = np.kron(rng.integers(0, 256, (64, 64)), np.ones((16, 16))).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "x.jpg", quality=95)
    average = pixels.reshape(32, 32, 32, 32).mean((1, 3))
    assert np.abs(decode(tmp_path / "x.jpg", 32).pixels - average).max() < 4


def test_white_is_what_becomes_255(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "x.tif", np.full((8, 8), 2048, np.uint16))
    assert (decode(tmp_path / "x.tif", 8).pixels == 8).all()
    assert (decode(tmp_path / "x.tif", 8, white=4096).pixels == 128).all()
    assert (decode(tmp_path / "x.tif", 8, white=1024).pixels == 255).all()


SAMPLES = """\
filename,if_plate_id,position,sample,status,locations,antibody,ensembl_ids,gene_names
/a/1_A1_1_,1,A1,1,35,"Cytosol,Nucleoplasm",HPA1,ENSG1,AAA
/a/1_A1_2_,1,A1,2,35,Cytosol,HPA2,"ENSG2,ENSG3","BBB,CCC"
/a/1_A1_3_,1,A1,3,35,Cytosol,HPA3,ENSG4,DDD
"""


@pytest.mark.parametrize("by_color", [True, False])
def test_hpa_layout(tmp_path: Path, by_color: bool) -> None:
    (tmp_path / "samples.csv").write_text(SAMPLES)
    for stem in ("1_A1_2", "1_A1_1", "9_Z9_9"):
        for channel, level in LEVELS.items():
            folder = tmp_path / channel if by_color else tmp_path
            paint(folder, stem, {channel: level}, ".jpg")
    reading = read_images(tmp_path, samples=tmp_path / "samples.csv", size=16)
    value = images(reading)
    assert value.names == ("1_A1_1", "1_A1_2")
    assert value.proteins == (("AAA",), ("BBB", "CCC"))
    assert value.antibodies == ("HPA1", "HPA2")
    assert value.pixels.shape == (2, 4, 16, 16)
    assert value.pixels.mean((2, 3)).tolist() == [[10, 20, 30, 40]] * 2
    assert reading.notes[0] == "samples.csv: 1 samples have no image: '1_A1_3'."
    assert "1 images belong to no known protein and were left out: '9_Z9_9'" in reading.notes[1]


def test_wells_tell_proteins(tmp_path: Path) -> None:
    for stem in ("x_A1_R2", "x_B2_R1", "x_C3_R1", "x"):
        paint(tmp_path, stem, LEVELS)
    reading = read_images(
        tmp_path, pattern="_([A-H][0-9]+)_R", wells={"A1": "OLD", "B2": "AAA|X"}, size=8,
        identifiers=IdentifierMap(frozenset(["AAA"]), {}, {"OLD": "AAA"}),
    )  # fmt: skip
    assert images(reading).proteins == (("AAA",), ("AAA", "X"))
    assert images(reading).antibodies == ("", "")
    assert reading.identifiers["status"].tolist() == ["updated", "unknown"]
    assert (
        "2 images belong to no known protein and were left out: 'x', 'x_C3_R1'"
        in (reading.notes[0])
    )


def test_a_name_can_hold_the_protein(tmp_path: Path) -> None:
    paint(tmp_path, "TP53_1", LEVELS, ".tif")
    assert images(read_images(tmp_path, pattern="^([^_]+)", size=8)).proteins == (("TP53",),)


def manifest(folder: Path, rows: str, head: str = "protein\timage\tantibody") -> Path:
    path = folder / "manifest.tsv"
    path.write_text(head + "\t" + "\t".join(CHANNELS) + "\n" + rows)
    return path


def row(protein: str, image: str, stem: str, antibody: str = "HPA7") -> str:
    files = "\t".join(f"pixels/{stem}_{channel}.png" for channel in CHANNELS)
    return f"{protein}\t{image}\t{antibody}\t{files}\n"


def test_manifest(tmp_path: Path) -> None:
    paint(tmp_path / "pixels", "a", LEVELS)
    path = manifest(tmp_path, row("B|A", "two", "a") + row("A", "one", "a"))
    value = images(read_images(manifest=path, size=8))
    assert value.names == ("two", "one")
    assert value.proteins == (("B", "A"), ("A",))
    assert value.antibodies == ("HPA7", "HPA7")


def test_names_that_become_one_protein_are_one(tmp_path: Path) -> None:
    paint(tmp_path / "pixels", "a", LEVELS)
    identifiers = IdentifierMap(frozenset("A"), {}, {"OLD": "A"})
    reading = read_images(
        manifest=manifest(tmp_path, row("OLD|A", "x", "a")), identifiers=identifiers
    )
    assert images(reading).proteins == (("A",),)


def damaged(folder: Path) -> Path:
    """Return a manifest with a good image, one that lacks a file and three that do not decode."""
    pixels = folder / "pixels"
    for stem in ("good", "lacks", "text", "cut", "cuttif"):
        paint(pixels, stem, LEVELS)
    (pixels / "lacks_blue.png").unlink()
    (pixels / "text_red.png").write_text("not an image")
    whole = (pixels / "cut_green.png").read_bytes()
    (pixels / "cut_green.png").write_bytes(whole[: len(whole) // 2])
    rows = "".join(row("A", stem, stem) for stem in ("lacks", "good", "text", "cut"))
    tifffile.imwrite(pixels / "cuttif_red.tif", np.zeros((64, 64), np.uint8))
    content = (pixels / "cuttif_red.tif").read_bytes()[:-2000]
    (pixels / "cuttif_red.tif").write_bytes(content)
    return manifest(folder, rows + row("A", "cuttif", "cuttif").replace("red.png", "red.tif"))


def test_damaged_images_are_named_and_left_out(tmp_path: Path) -> None:
    reading = read_images(manifest=damaged(tmp_path), size=8)
    assert images(reading).names == ("good",)
    assert reading.notes[0] == (
        "image 'lacks' lacks its channel blue (lacks_blue.png does not exist); the image was left "
        "out."
    )
    for note, name in zip(reading.notes[1:4], ("text_red", "cut_green", "cuttif_red"), strict=True):
        assert note.startswith(f"image '{name.split('_')[0]}' does not decode: {name}.")
        assert note.endswith("; the image was left out.")


def test_strict_stops_at_the_first(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=r"image 'lacks' lacks its channel blue \(lacks_blue.png does not exist\); rep",
    ):
        read_images(manifest=damaged(tmp_path), strict=True)


def test_no_image_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none of 1 images can be read: image 'x' lacks its ch"):
        read_images(manifest=manifest(tmp_path, row("A", "x", "absent")))


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (
            np.zeros((5, 8, 8), np.uint8),
            r"holds 5 planes \(QYX \(5, 8, 8\)\); set stack=max, or planes={red: 0, \.\.} if they",
        ),
        (np.zeros((8, 8), np.float32), r"pixels are not of 8 or 16 bits; set white=NUMBER, or wh"),
        (np.zeros((8, 8), np.complex64), r"pixels are complex64, not 8 or 16 bit"),
    ],
)
def test_what_is_no_plane_is_refused(tmp_path: Path, pixels: ArrayLike, message: str) -> None:
    tifffile.imwrite(tmp_path / "x.tif", np.asarray(pixels))
    with pytest.raises(ValueError, match=message):
        decode(tmp_path / "x.tif", 8)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (row("", "x", "a"), r"manifest.tsv row 2: protein and image must not be blank"),
        (row("A", "x", "a") * 2, r"manifest.tsv row 3: image 'x' occurs twice; drop the row"),
        (row("A", "x", "a") + row("B", "x", "b"), r"row 3: image 'x' occurs above with other fil"),
        (row("A", "x", "a") + row("B", "x", "a", "H"), r"'x' occurs above with other files, antib"),
        ("", r"manifest.tsv: lists no image; add rows below the header"),
    ],
)
def test_wrong_manifests_are_refused(tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_images(manifest=manifest(tmp_path, rows))


def test_a_manifest_without_its_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"manifest.tsv has no column 'image'; it has 'protein'"):
        read_images(manifest=manifest(tmp_path, "", head="protein"))


def test_folders_that_hold_nothing_are_refused(tmp_path: Path) -> None:
    (tmp_path / "readme_red.txt").write_text("no image")
    with pytest.raises(DataError, match=r"no image named <name>_<color>.jpg"):
        read_images(tmp_path, pattern="(x)")
    paint(tmp_path, "a", LEVELS)
    with pytest.raises(DataError, match=r"none of its 1 images belongs to a known protein"):
        read_images(tmp_path, pattern="(x)")
    paint(tmp_path, "a", LEVELS, ".tif")
    with pytest.raises(DataError, match=r"a_red.tif and .*a_red.png are the same image"):
        read_images(tmp_path, pattern="(a)")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, r"either samples=TABLE or pattern=REGEX"),
        ({"pattern": "("}, r"pattern '\(' is no regular expression"),
        ({"pattern": "A1"}, r"pattern 'A1' needs a group"),
        ({"pattern": "(.)", "size": 4}, r"size must be a whole number of at least 8, got 4"),
        (
            {"pattern": "(.)", "white": 0},
            r"white must be a number above 0 or 'image' or null, got 0",
        ),
        ({"pattern": "(.)", "white": "auto"}, r"or 'image' or null, got 'auto'"),
        (
            {"pattern": "(.)", "pixel_um": 0.0},
            r"pixel_um must be a number above 0 or null, got 0.0",
        ),
        ({"pattern": "(.)", "channels": {}}, r"channels must name the files of each channel"),
        ({"pattern": "(.)", "channels": {"red": "a", "blue": "a"}}, r"by a word of their own"),
    ],
)
def test_wrong_settings_are_refused(
    tmp_path: Path, settings: dict[str, object], message: str
) -> None:
    paint(tmp_path, "a", LEVELS)
    with pytest.raises(ConfigError, match=message):
        read_images(tmp_path, **settings)


def test_a_manifest_takes_no_pattern(tmp_path: Path) -> None:
    path = manifest(tmp_path, "")
    with pytest.raises(ConfigError, match=r"With manifest=, samples, pattern and wells must be nu"):
        read_images(manifest=path, pattern="(.)")
    with pytest.raises(ConfigError, match=r"either path=FOLDER or manifest=TABLE .* not both"):
        read_images(tmp_path, manifest=path)
    with pytest.raises(ConfigError, match=r"Give path=FOLDER or manifest=TABLE of the images\."):
        read_images()
    with pytest.raises(ConfigError, match=r"manifest.tsv must be a folder; name a table of images"):
        read_images(path)
    with pytest.raises(ConfigError, match=r"must be a table, not a folder"):
        read_images(manifest=tmp_path)


def test_rows_of_one_image_are_one_ambiguous_antibody(tmp_path: Path) -> None:
    paint(tmp_path / "pixels", "a", LEVELS)
    path = manifest(tmp_path, row("A", "x", "a") + row("B|C", "x", "a") + row("D", "y", "a"))
    value = images(read_images(manifest=path, size=8))
    assert value.proteins == (("A", "B", "C"), ("D",))
    assert value.ambiguous.tolist() == [True, False]


def test_a_manifest_with_columns_of_other_names(tmp_path: Path) -> None:
    words = {"red": "mt", "green": "target", "blue": "dapi", "yellow": "er"}
    paint(tmp_path, "a", {word: LEVELS[name] for name, word in words.items()})
    head = "protein\timage\tcell_line\t" + "\t".join(words.values())
    files = "\t".join(f"a_{word}.png" for word in words.values())
    (tmp_path / "m.tsv").write_text(f"{head}\nA\tx\tU2OS\t{files}\n")
    for layout in ({"manifest": tmp_path / "m.tsv"}, {"path": tmp_path, "pattern": "(a)"}):
        value = images(read_images(**layout, channels=words, size=8))
        assert value.channels == CHANNELS
        assert value.pixels.mean((2, 3)).tolist() == [[10, 20, 30, 40]]
    assert images(read_images(manifest=tmp_path / "m.tsv", channels=words)).cell_lines == ("U2OS",)


def test_a_set_may_have_other_channels(tmp_path: Path) -> None:
    paint(tmp_path, "a", {"dapi": 7, "target": 8})
    words = {"green": "target", "blue": "dapi"}
    value = images(read_images(tmp_path, pattern="(a)", channels=words, size=8))
    assert value.channels == ("green", "blue")
    assert value.pixels.mean((2, 3)).tolist() == [[8, 7]]


GENES = """\
name\trepresents\tambiguous\tantibody\tfilename\timageurl
AAA\tensembl:ENSG1\t\tHPA1\t1_A1_1_,1_A1_2_\thttp://x
BBB\tensembl:ENSG2\tBBB,CCC\tHPA2\t1_A1_3_\thttp://x
CCC\tensembl:ENSG3\tBBB,CCC\tHPA2\t1_A1_3_\thttp://x
"""


def test_a_per_image_gene_table(tmp_path: Path) -> None:
    (tmp_path / "genes.tsv").write_text(GENES)
    for stem in ("1_A1_1", "1_A1_2", "1_A1_3"):
        paint(tmp_path, stem, LEVELS, ".jpg")
    value = images(read_images(tmp_path, samples=tmp_path / "genes.tsv", size=8))
    assert value.names == ("1_A1_1", "1_A1_2", "1_A1_3")
    assert value.proteins == (("AAA",), ("AAA",), ("BBB", "CCC"))
    assert value.antibodies == ("HPA1", "HPA1", "HPA2")
    value = images(read_images(tmp_path, samples=tmp_path / "genes.tsv", id="represents", size=8))
    assert value.proteins == (("ENSG1",), ("ENSG1",), ("ENSG2", "ENSG3"))


def test_the_width_of_a_pixel_follows_the_resizing(tmp_path: Path) -> None:
    paint(tmp_path, "a", LEVELS)
    value = images(read_images(tmp_path, pattern="(a)", size=8, pixel_um=0.1))
    assert value.pixel_um == pytest.approx([0.4])
    assert np.isnan(images(read_images(tmp_path, pattern="(a)", size=8)).pixel_um).all()


def deep(folder: Path, top: int) -> Path:
    """Write a field of 16-bit TIFF files whose pixels rise to `top`, and its manifest."""
    (folder / "pixels").mkdir()
    for channel in CHANNELS:
        ramp = np.linspace(0, top, 32 * 32).reshape(32, 32).astype(np.uint16)
        tifffile.imwrite(folder / "pixels" / f"a_{channel}.tif", ramp)
    return manifest(folder, row("A", "x", "a").replace(".png", ".tif"))


def test_dim_16_bit_images_are_remarked_on(tmp_path: Path) -> None:
    path = deep(tmp_path, 4000)
    reading = read_images(manifest=path, size=32)
    assert images(reading).pixels.max() == 16
    assert reading.notes == (
        "the brightest of the 16-bit images reaches 4000 of 65535, so that few grey levels are "
        "used; set white=4095, or white=image to scale each by itself.",
    )
    fixed = read_images(manifest=path, size=32, white=4095)
    assert images(fixed).pixels.max() == round(4000 / 4095 * 255)
    assert fixed.notes == ()
    darkened = read_images(manifest=path, size=32, white=65536)
    assert darkened.notes == (
        "white=65536 is more than some of the images can hold (65535), which come out dark; set "
        "white=image to scale each by itself.",
    )


def test_images_can_be_scaled_each_by_itself(tmp_path: Path) -> None:
    value = images(read_images(manifest=deep(tmp_path, 4000), size=32, white="image"))
    ramp = np.linspace(0, 255 / 0.999, 32 * 32).reshape(32, 32).clip(0, 255)
    assert np.abs(value.pixels[0, 0] - ramp).max() <= 1


def test_images_of_the_wrong_size(tmp_path: Path) -> None:
    paint(tmp_path / "pixels", "a", LEVELS)
    paint(tmp_path / "pixels", "b", LEVELS)
    Image.fromarray(np.zeros((16, 24), np.uint8)).save(tmp_path / "pixels" / "b_blue.png")
    path = manifest(tmp_path, row("A", "small", "a") + row("B", "odd", "b"))
    reading = read_images(manifest=path, size=64)
    assert images(reading).names == ("small",)
    assert reading.notes == (
        "image 'odd' has channels of several sizes: red 32 x 32, green 32 x 32, blue 24 x 16, "
        "yellow 32 x 32; the image was left out.",
        "no image is left of 'B'.",
        "1 images are narrower than size=64 and were enlarged: 'small'.",
    )


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_pixels_can_lie_in_a_file(
    tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cytoweave.data.parallel.TRIAL_S", 0)
    monkeypatch.setattr("cytoweave.data.parallel.WORTH_IT_S", 0)
    path = damaged(tmp_path)
    (tmp_path / "scratch").mkdir()
    mapped = read_images(manifest=path, size=8, scratch=tmp_path / "scratch", workers=workers)
    held = read_images(manifest=path, size=8)
    assert mapped.notes == held.notes
    assert isinstance(images(mapped).pixels, np.memmap)
    assert (images(mapped).pixels == images(held).pixels).all()
    (tmp_path / "kept").mkdir()
    images(mapped).save(tmp_path / "kept")
    linked = (tmp_path / "kept" / "pixels.npy").samefile(tmp_path / "scratch" / "kept.npy")
    assert linked
