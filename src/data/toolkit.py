"""Folders of the Cell Mapping Toolkit (cellmaps), and of runs: which file of one holds what."""

from __future__ import annotations

from pathlib import Path

from ..errors import DataError

EDGES, PPI, IMAGE, FUSED = "ppi_edgelist.tsv", "ppi_emd.tsv", "image_emd.tsv", "coembedding_emd.tsv"
MAP = "hierarchy.cx2"

HELD = {
    "embedding": (FUSED, PPI, IMAGE, "embedding.tsv.gz"),
    "hierarchy": (MAP,),
    "network": (EDGES,),
}
"""Kind of reader -> the files that it looks for in a folder."""


def file_in(path: Path, kind: str) -> Path:
    """Return the file that holds something in a folder; a path that is no folder as it is.

    Args:
        path: A file, or the folder that a step of the toolkit, or a run, has left.
        kind: What is wanted, a key of `HELD`.

    Raises:
        DataError: If the folder has none of the files, or several.
    """
    if kind not in HELD or not path.is_dir():
        return path
    found = [path / name for name in HELD[kind] if (path / name).is_file()]
    if len(found) != 1:
        there = " and ".join(place.name for place in found) or "none of them"
        raise DataError(
            f"{path} is a folder; name a file: of {', '.join(HELD[kind])}, which are looked for in "
            f"a folder, it has {there}."
        )
    return found[0]
