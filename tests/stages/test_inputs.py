"""The files that a run was made from."""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from cytoweave.artifacts import INPUT_COLUMNS
from cytoweave.data.fetch.lockfile import Fetched, Lock, Made
from cytoweave.stages import inputs as module
from cytoweave.stages.inputs import inputs
from cytoweave.store import Store


def config_of(folder: Path) -> dict[str, Any]:
    (folder / "pairs.tsv").write_text("A\tB\n")
    (folder / "sets.gmt").write_text("one\tfirst\tA\tB\n")
    (folder / "hgnc.tsv").write_text("symbol\n")
    return {
        "data": {
            "id_map": {"symbols": str(folder / "hgnc.tsv"), "uniprot": None},
            "modalities": {
                "ppi": {"kind": "network", "path": str(folder / "pairs.tsv")},
                "drawn": {"kind": "network", "path": "<simulated>/ppi.tsv"},
            },
            "references": {"sets": {"kind": "gmt", "path": str(folder / "sets.gmt")}},
            "licences": {"ppi": "CC BY 4.0", "symbols": "CC0 1.0"},
        },
        "image_encoder": {"checkpoint": None},
        "seed": 0,
    }


def test_every_file_is_listed_with_its_checksum_and_licence(tmp_path: Path) -> None:
    result = inputs(config_of(tmp_path), Store(tmp_path / "store"))
    assert tuple(result.columns) == INPUT_COLUMNS
    assert result[["part", "file", "bytes", "licence"]].to_numpy().tolist() == [
        ["data.modalities.ppi", "pairs.tsv", "4", "CC BY 4.0"],
        ["data.references.sets", "sets.gmt", "14", ""],
        ["data.id_map.symbols", "hgnc.tsv", "7", "CC0 1.0"],
    ]
    assert result["sha256"][0] == hashlib.sha256(b"A\tB\n").hexdigest()


def test_many_files_of_a_part_are_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LISTED_FILES", 1)
    (tmp_path / "b.nodes").write_text("one\t1\tA\n")
    (tmp_path / "b.edges").write_text("")
    node = {"kind": "hierarchy", "path": str(tmp_path / "b.nodes")}
    result = inputs({"data": {"references": {"b": node}}}, Store(tmp_path / "store"))
    assert result[["file", "files", "bytes"]].to_numpy().tolist() == [[tmp_path.name, "2", "8"]]
    lines = sorted(
        f"{hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()}  {name}\n"
        for name in ("b.edges", "b.nodes")
    )
    assert result["sha256"][0] == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_a_map_lists_its_network_and_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path, store = tmp_path / "pairs.tsv", Store(tmp_path / "store")
    config: dict[str, Any] = {"data": {}, "network": str(path), "embedding": None}
    path.write_text("A\tB\n")
    (first,) = inputs(config, store)["sha256"]
    path.write_text("A\tB\nB\tC\n")
    (second,) = inputs(config, store)["sha256"]
    assert first != second == hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_was_fetched_brings_its_licence_and_address(tmp_path: Path) -> None:
    config = config_of(tmp_path) | {"data_root": str(tmp_path)}
    raw = Fetched(
        source="sets", file="raw", title="", version="5", licence="CC BY 4.0",
        licence_url="https://creativecommons.org/licenses/by/4.0/", cite="",
        url="https://a.org/raw.zip", host="a.org", time="", etag="", last_modified="", bytes=1,
        sha256="00" * 32, verified=True,
    )  # fmt: skip
    pairs = replace(raw, licence="MIT", licence_url="", url="https://b.org/pairs.tsv")
    made = {"sets.gmt": Made("sets", "corum5", {"raw.zip": raw.sha256})}
    lock = Lock({"raw.zip": raw, "pairs.tsv": pairs}, made)
    (tmp_path / "sources.lock.json").write_text(json.dumps(asdict(lock)))
    result = inputs(config, Store(tmp_path / "store"))
    assert result[["file", "licence", "url"]].to_numpy().tolist() == [
        ["pairs.tsv", "CC BY 4.0", "https://b.org/pairs.tsv"],  # as the data config states it
        [
            "sets.gmt",
            "CC BY 4.0 https://creativecommons.org/licenses/by/4.0/",
            "https://a.org/raw.zip",
        ],
        ["hgnc.tsv", "CC0 1.0", ""],
    ]


def test_of_a_folder_of_the_toolkit_the_file_that_is_read_is_listed(tmp_path: Path) -> None:
    (tmp_path / "ppi_edgelist.tsv").write_text("geneA\tgeneB\nA\tB\n")
    config: dict[str, Any] = {"data": {}, "network": str(tmp_path), "embedding": None}
    result = inputs(config, Store(tmp_path / "store"))
    assert result[["part", "file"]].to_numpy().tolist() == [["network", "ppi_edgelist.tsv"]]
