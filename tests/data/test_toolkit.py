"""Folders of the Cell Mapping Toolkit and of runs in place of files."""

from pathlib import Path

import pytest

from cytoweave.data.hierarchies.files import read_hierarchy
from cytoweave.data.reading import read
from cytoweave.data.toolkit import file_in
from cytoweave.errors import DataError


def test_the_file_of_a_step_is_found_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "ppi_edgelist.tsv").write_text("geneA\tgeneB\nA\tB\n")
    (tmp_path / "ro-crate-metadata.json").write_text("{}")
    assert file_in(tmp_path, "network") == tmp_path / "ppi_edgelist.tsv"
    assert file_in(tmp_path / "other.tsv", "network") == tmp_path / "other.tsv"
    assert file_in(tmp_path, "images") == tmp_path
    result = read("ppi", {"kind": "network", "path": tmp_path}, identifiers=None, strict=True)
    assert result.value.proteins == ("A", "B")


def test_vectors_are_read_from_the_folder_of_each_step(tmp_path: Path) -> None:
    for name in ("ppi_emd.tsv", "image_emd.tsv", "coembedding_emd.tsv"):
        place = tmp_path / name.partition("_")[0]
        place.mkdir()
        (place / name).write_text("\t1\t2\nA\t0.5\t1\nB\t-1\t2e-3\n")
        node = {"kind": "embedding", "path": place}
        result = read("image", node, identifiers=None, strict=True)
        assert result.value.proteins == ("A", "B")


def test_a_folder_that_does_not_say_which_file_is_meant_is_refused(tmp_path: Path) -> None:
    wanted = r"is a folder; name a file: of coembedding_emd.tsv, .* it has "
    with pytest.raises(DataError, match=wanted + "none of them"):
        file_in(tmp_path, "embedding")
    for name in ("ppi_emd.tsv", "image_emd.tsv"):
        (tmp_path / name).write_text("")
    with pytest.raises(DataError, match=wanted + "ppi_emd.tsv and image_emd.tsv"):
        file_in(tmp_path, "embedding")


def test_a_map_is_read_from_its_folder(tmp_path: Path) -> None:
    text = (
        '[{"CXVersion": "2.0"}, {"nodes": [{"id": 0, "v": {"name": "r", "CD_MemberList": "A B"}}]}]'
    )
    (tmp_path / "hierarchy.cx2").write_text(text)
    assert read_hierarchy(tmp_path).members("r") == ("A", "B")
