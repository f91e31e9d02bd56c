import gzip
from inspect import Parameter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from cytoweave.artifacts import CHANNELS, Embedding, Hierarchy, ImageSet, Network, Reading
from cytoweave.data import IdentifierMap, check, read, source_files
from cytoweave.data.reading import READERS, check_keys
from cytoweave.errors import ConfigError, DataError
from cytoweave.nodes.ranges import RUN_ARGUMENTS
from cytoweave.nodes.schema import arguments_of

KEY = "data.modalities.ppi"


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def test_a_node_becomes_its_measurement(tmp_path: Path) -> None:
    path = write(tmp_path, "e.tsv", "a\tb\tp\nA\tB\t0.5\nA\tC\t0.25\n")
    node = {"kind": "network", "path": path, "columns": ["a", "b"], "weight": "p", "min_weight": 0}
    reading = read(KEY, node, identifiers=None, strict=False)
    assert isinstance(reading.value, Network)
    assert reading.value.weights.tolist() == [0.5, 0.25]


def test_the_key_names_the_modality(tmp_path: Path) -> None:
    path = write(tmp_path, "e.tsv", "id\t0\nA\t1\n")
    for node in ({"kind": "embedding"}, {"kind": "table", "id": "id"}):
        reading = read(
            "data.modalities.lopit", {**node, "path": path}, identifiers=None, strict=False
        )
        assert isinstance(reading.value, Embedding)
        assert reading.value.modalities == ("lopit",)


def test_the_map_is_handed_to_every_reader(tmp_path: Path) -> None:
    identifiers = IdentifierMap(frozenset(["NEW"]), {}, {"OLD": "NEW"})
    obo = "format-version: 1.2\n\n[Term]\nid: GO:1\nname: x\nnamespace: cellular_component\n"
    for channel in CHANNELS:
        Image.fromarray(np.full((8, 8), 9, np.uint8)).save(tmp_path / f"OLD_{channel}.png")
    more = "Additional_location"
    nodes: dict[str, dict[str, object]] = {
        "corum": {
            "path": "ComplexID\tComplexName\tgenes\n1\tc\tOLD\n",
            "subunits": "genes",
            "organism": None,
        },
        "elution": {"path": "id\tF\nOLD\t1\n", "id": "id"},
        "embedding": {"path": "id\t0\nOLD\t1\n"},
        "gmt": {"path": "T\td\tOLD\n"},
        "go": {"obo": obo, "annotations": "GO:1\tOLD\tgene\n"},
        "hierarchy": {"path": "root\t4\tOLD B C D\t0\nx\t2\tOLD B\t5\n"},
        "hpa": {"path": f"Gene_name\tReliability\tMain_location\t{more}\nOLD\tApproved\tX\t\n"},
        "images": {"pattern": "(.*)"},
        "matrix": {"path": "id\t0\nOLD\t1\n"},
        "network": {"path": "OLD\tB\n"},
        "table": {"path": "id\t0\nOLD\t1\n", "id": "id"},
    }  # fmt: skip
    assert list(nodes) == list(READERS)
    for kind, node in nodes.items():
        for name in ("path", "obo", "annotations"):
            if name in node:
                node[name] = write(tmp_path, f"{kind}_{name}.nodes", str(node[name]))
        node = {"kind": kind, "path": str(tmp_path)} | node
        if kind == "go":
            del node["path"]
        reading = read(f"data.x.{kind}", node, identifiers=identifiers, strict=True)
        assert "OLD" in reading.identifiers["given"].tolist()
        value = reading.value
        names = value.proteins[0] if isinstance(value, ImageSet) else value.proteins
        assert "NEW" in names
        assert "OLD" not in names


def test_a_hierarchy_is_read(tmp_path: Path) -> None:
    write(tmp_path, "t.edges", "root\tx\tdefault\n")
    node = {
        "kind": "hierarchy",
        "path": write(tmp_path, "t.nodes", "root\t3\tA B C\t0\nx\t2\tA B\t5\n"),
    }
    reading = read("data.references.truth", node, identifiers=None, strict=False)
    assert isinstance(reading.value, Hierarchy)
    assert reading.value.proteins == ("A", "B", "C")
    assert source_files("k", node) == [tmp_path / "t.nodes", tmp_path / "t.edges"]


def test_readings_are_remembered_whole(tmp_path: Path) -> None:
    node = {"kind": "network", "path": write(tmp_path, "e.tsv", "A\tB\nA\tB\nNA\tB\n")}
    identifiers = IdentifierMap(frozenset("A"), {}, {"B": ""})
    reading = read(KEY, node, identifiers=identifiers, strict=False)
    (tmp_path / "kept").mkdir()
    reading.save(tmp_path / "kept")
    repeated = Reading.load(tmp_path / "kept")
    assert repeated.notes == reading.notes
    pd.testing.assert_frame_equal(repeated.identifiers, reading.identifiers)
    assert isinstance(repeated.value, Network)
    assert repeated.value.proteins == ("A", "B", "NA")


def test_source_files_are_all_and_in_order(tmp_path: Path) -> None:
    paths = [write(tmp_path, f"{name}.tsv", "id\tF\nA\t1\n") for name in "ba"]
    node: dict[str, object] = {"kind": "elution", "path": paths, "id": "id"}
    assert source_files("k", node) == [Path(path) for path in paths]
    go = {"kind": "go", "annotations": paths[0], "obo": paths[1]}
    assert source_files("k", go) == [Path(paths[1]), Path(paths[0])]


def test_source_files_of_images(tmp_path: Path) -> None:
    for channel in CHANNELS:
        Image.fromarray(np.full((8, 8), 9, np.uint8)).save(tmp_path / f"x_{channel}.png")
    (tmp_path / "x_blue.png").unlink()
    folder = {"kind": "images", "path": str(tmp_path), "pattern": "(x)"}
    files = [tmp_path / f"x_{channel}.png" for channel in ("red", "green", "yellow")]
    assert source_files("k", folder) == files
    head = "protein\timage\t" + "\t".join(CHANNELS)
    row = "A\tx\t" + "\t".join(f"x_{channel}.png" for channel in CHANNELS)
    manifest = write(tmp_path, "m.tsv", f"{head}\n{row}\n")
    assert source_files("k", {"kind": "images", "manifest": manifest}) == [Path(manifest), *files]


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({}, r"^data.modalities.ppi: kind must be one of corum, elution, .* got None"),
        ({"kind": "graph"}, r"ppi: kind must be one of corum, .*, table, got 'graph'"),
        (
            {"kind": "network", "path": "x", "weights": "p"},
            r"ppi \(kind network\): unknown key weights; allowed: path, columns, weight, min_w",
        ),
        (
            {"kind": "network", "path": "x", "identifiers": None},
            r"unknown key identifiers; allowed: path",
        ),
        ({"kind": "table", "path": "x"}, r"\(kind table\): missing key id; allowed: path, id, col"),
        ({"kind": "gmt", "path": None}, r"^data.modalities.ppi.path must be a path, got None\."),
        ({"kind": "gmt", "path": ""}, r"ppi.path must be a path, got ''"),
        (
            {"kind": "network", "path": "x", "columns": "ab"},
            r"ppi.columns must be a list of 2 \(each text\) or null, got 'ab'",
        ),
        (
            {"kind": "network", "path": "x", "min_weight": "high"},
            r"ppi.min_weight must be a number or null, got 'high'",
        ),
        (
            {"kind": "images", "path": "x", "size": 12.5},
            r"ppi.size must be a whole number of at least 8, got 12.5",
        ),
        (
            {"kind": "images", "path": "x", "size": True},
            r"ppi.size must be a whole number of at least 8, got True",
        ),
        (
            {"kind": "images", "path": "x", "wells": {"A1": 3}},
            r"ppi.wells.A1 must be text, got 3",
        ),
        (
            {"kind": "elution", "path": ["x", 3], "id": "x"},
            r"ppi.path must be a path or a list \(each a path\), got \['x', 3\]",
        ),
    ],
)
def test_wrong_nodes_are_refused(node: dict[str, object], message: str) -> None:
    for call in (source_files, check, lambda k, n: read(k, n, identifiers=None, strict=False)):
        with pytest.raises(ConfigError, match=message):
            call(KEY, node)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    node = {"kind": "network", "path": str(tmp_path / "absent.tsv")}
    with pytest.raises(DataError) as caught:
        check(KEY, node)
    assert str(caught.value) == (
        f"data.modalities.ppi: {tmp_path}/absent.tsv does not exist; correct the path, or set "
        "data_root=DIR or $CYTOWEAVE_DATA to the folder of the raw data."
    )


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^data.modalities.ppi: .* is a folder; name a file"):
        check(KEY, {"kind": "network", "path": str(tmp_path)})


def test_errors_of_readers_start_with_the_key(tmp_path: Path) -> None:
    path = write(tmp_path, "bioplex.tsv", "a\tb\tp\n" + "A\tB\t1\n" * 116 + "A\tB\tNA\n")
    node = {"kind": "network", "path": path, "columns": ["a", "b"], "weight": "p"}
    with pytest.raises(DataError) as caught:
        read(KEY, node, identifiers=None, strict=False)
    assert str(caught.value) == (
        "data.modalities.ppi: bioplex.tsv row 118: weight 'NA' is missing; drop the row, or set "
        "min_weight to leave such rows out."
    )
    with pytest.raises(ConfigError, match=r"^data.modalities.ppi.columns must be a list of 2 "):
        read(KEY, {**node, "columns": ["a"]}, identifiers=None, strict=False)
    with pytest.raises(DataError, match=r"^data.x.y: .* no image named"):
        check("data.x.y", {"kind": "images", "path": str(tmp_path), "pattern": "(x)"})


def test_a_corrupt_gzip_is_one_line_with_the_key(tmp_path: Path) -> None:
    path = tmp_path / "e.tsv.gz"
    path.write_bytes(gzip.compress(b"A\tB\n" * 50)[:20])
    with pytest.raises(DataError, match=r"^data.modalities.ppi: .*e.tsv.gz: damaged gzip \(.*\);"):
        read(KEY, {"kind": "network", "path": str(path)}, identifiers=None, strict=False)


def test_strict_reaches_the_images(tmp_path: Path) -> None:
    for channel in CHANNELS:
        for name in "ab":
            Image.fromarray(np.full((8, 8), 9, np.uint8)).save(tmp_path / f"{name}_{channel}.png")
    (tmp_path / "a_red.png").write_text("no image")
    node = {"kind": "images", "path": str(tmp_path), "pattern": "(.*)", "size": 8}
    reading = read("data.modalities.image", node, identifiers=None, strict=False)
    assert isinstance(reading.value, ImageSet)
    assert reading.value.names == ("b",)
    with pytest.raises(DataError, match=r"^data.modalities.image: image 'a' does not decode: a_r"):
        read("data.modalities.image", node, identifiers=None, strict=True)


INPUTS = Path(__file__).resolve().parents[2] / "docs" / "inputs.md"


def test_the_page_on_inputs_lists_every_kind_with_its_keys_and_an_example() -> None:
    text = INPUTS.read_text().partition("## Every `kind:`")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    assert {row[0].strip("`") for row in rows} == set(READERS)
    for kind, _, keys, example in rows:
        arguments = arguments_of(READERS[kind.strip("`")], RUN_ARGUMENTS)
        stated = [f"**{a.name}**" if a.default is Parameter.empty else a.name for a in arguments]
        assert keys.split() == stated
        node = yaml.safe_load(example.strip("`"))
        assert node["kind"] == kind.strip("`")
        check_keys("data.references.x", node)
