"""Folders of the Cell Mapping Toolkit (cellmaps), and of runs: which file of one holds what."""

from __future__ import annotations

from pathlib import Path

from ..errors import DataError

EDGES, PPI, IMAGE, FUSED = "ppi_edgelist.tsv", "ppi_emd.tsv", "image_emd.tsv", "coembedding_emd.tsv"
MAP = "hierarchy.cx2"

FILES_BY_KIND = {
    "embedding": (FUSED, PPI, IMAGE, "embedding.tsv.gz"),
    "hierarchy": (MAP,),
    "network": (EDGES,),
}
"""Kind of reader -> the files that it looks for in a folder."""


def file_in(path: Path, kind: str) -> Path:
    """Return the file that holds something in a folder; a path that is no folder as it is.

    Args:
        path: A file, or the folder that a step of the toolkit, or a run, has left.
        kind: What is wanted, a key of `FILES_BY_KIND`.

    Raises:
        DataError: If the folder has none of the files, or several.
    """
    if kind not in FILES_BY_KIND or not path.is_dir():
        return path
    files = [path / name for name in FILES_BY_KIND[kind] if (path / name).is_file()]
    if len(files) != 1:
        there = " and ".join(place.name for place in files) or "none of them"
        raise DataError(
            f"{path} is a folder; name a file: of {', '.join(FILES_BY_KIND[kind])}, which are "
            f"looked for in a folder, it has {there}."
        )
    return files[0]
