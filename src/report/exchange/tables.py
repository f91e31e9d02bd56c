"""The tables and figures of a run as text files, written and read back."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from ...artifacts import Embedding, Hierarchy, Scores
from ..annotations import Annotations

TEXT_COLUMNS = (
    "antibody", "assembly", "class", "description", "figure", "genes", "image", "part", "protein",
    "reference", "term", "truth",
)  # fmt: skip
"""Columns of the scores' tables that stay text even where every value looks like a number."""

LISTS = ("identifiers", "images")
"""Tables of a run that are no scores."""


def write_embedding(path: Path, embedding: Embedding) -> None:
    """Write vectors as gzip TSV, header ``id 0 .. d-1``; the same vectors give the same bytes.

    Each number is the shortest that reads back as the same float32.
    """
    table = pd.DataFrame(embedding.vectors, index=pd.Index(embedding.proteins, name="id"))
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        packed.write(table.to_csv(sep="\t", lineterminator="\n").encode())


def assemblies_table(hierarchy: Hierarchy, annotations: Annotations) -> pd.DataFrame:
    """Return one row per assembly below the root.

    Columns: ``id size diameter_nm diameter_low_nm diameter_high_nm persistence stability class
    parents members``; of each reference ``<reference>_term _description _jaccard _fdr`` of its best
    accepted term; of each elution reference every figure of the co-elution table.
    Parents are separated by ``|``, members by blanks.
    """
    rows = range(1, len(hierarchy.names))
    sizes = hierarchy.sizes[1:]
    nm, low, high = annotations.diameters[1:].T
    table = pd.DataFrame(
        {
            "id": hierarchy.names[1:],
            "size": sizes,
            "diameter_nm": nm,
            "diameter_low_nm": low,
            "diameter_high_nm": high,
            "persistence": hierarchy.persistence[1:],
            "stability": hierarchy.stability[1:].astype(float),
            "class": annotations.best["class"].to_numpy()[1:],
            "parents": ["|".join(hierarchy.parents_of(k)) for k in rows],
            "members": [" ".join(hierarchy.members_of(k)) for k in rows],
        }
    ).set_index("id")
    for reference in annotations.references:
        found = annotations.of_reference(reference)[["term", "description", "jaccard", "fdr"]]
        table = table.join(found.add_prefix(f"{reference}_"))
    for separation, tests in annotations.coelution.groupby("reference", sort=True):
        figures = tests.drop(columns="reference").set_index("assembly")
        table = table.join(figures.add_prefix(f"{separation}_"))
    return table.reset_index()


def write_assemblies(path: Path, hierarchy: Hierarchy, annotations: Annotations) -> None:
    """Write `assemblies_table` as TSV, numbers to six digits."""
    table = assemblies_table(hierarchy, annotations)
    table.to_csv(path, sep="\t", index=False, float_format="%.6g", lineterminator="\n")


def write_figures(path: Path, figures: dict[str, float]) -> None:
    """Write ``figure -> number`` as flat JSON, keys sorted; NaN and infinity become ``null``."""
    plain = {key: value if math.isfinite(value) else None for key, value in figures.items()}
    path.write_text(json.dumps(plain, indent=1, sort_keys=True, allow_nan=False) + "\n")


def read_scores(figures: Path, tables: Path) -> Scores:
    """Read figures and tables of a run; ``null`` and empty cells read as NaN."""
    found = json.loads(figures.read_text())
    numbers = {key: math.nan if value is None else float(value) for key, value in found.items()}
    names = sorted(path for path in tables.glob("*.tsv") if path.stem not in LISTS)
    return Scores(numbers, {path.stem: _read(path) for path in names})


def write_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> list[Path]:
    """Write each table as TSV under its name; return their paths."""
    folder.mkdir(exist_ok=True)
    paths = {name: folder / f"{name}.tsv" for name in sorted(tables)}
    for name, path in paths.items():
        tables[name].to_csv(path, sep="\t", index=False, lineterminator="\n")
    return list(paths.values())


def read_texts(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read a table of texts such as ``identifiers.tsv``; without rows where it is absent."""
    if not path.is_file():
        return pd.DataFrame(columns=list(columns))
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(
        path,
        sep="\t",
        dtype=dict.fromkeys(TEXT_COLUMNS, str),
        na_values=[""],
        keep_default_na=False,
        float_precision="round_trip",
    )
