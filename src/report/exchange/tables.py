"""Tables and metrics of a run as text files, written and read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from ...artifacts import (
    Embedding,
    Hierarchy,
    Scores,
    as_written,
    guarded,
    read_table,
    whole,
    write_packed,
    write_tsv,
)
from ...errors import DataError
from ..annotations import Annotations

TEXT_COLUMNS = (
    "antibody", "assembly", "class", "description", "figure", "genes", "image", "metric", "part",
    "protein", "reference", "term", "truth",
)  # fmt: skip
"""Columns of the scores' tables that stay text even where every value looks like a number."""

FORMER_COLUMNS = {"figure": "metric"}
"""Columns of older versions, which are still read -> their names today."""

LISTS = ("identifiers", "images", "inputs")
"""Tables of a run that are no scores."""


DRAWN = {
    "assemblies_terms": (
        ("assembly", "reference", "term", "description", "class"),
        ("overlap", "jaccard", "p", "fdr"),
    ),
    "coelution": (("assembly", "reference"), ("p", "fdr")),
    "criteria": (("setting", "value"), ()),
    "nulls": (("reference", "part", "metric"), ("value",)),
    "profiles": (("assembly", "reference", "kind", "protein"), ("fraction", "amount")),
    "references": (("reference",), ("terms", "groups", "largest_group")),
    "roc": (("reference", "part"), ("false_positive_rate", "true_positive_rate")),
    "truth": (("truth",), ("size", "jaccard", "complex")),
    "unexpected": (("supported",), ()),
}
"""Columns of text and of numbers that the page takes from the tables of the scores."""

RESTORE = "restore it, or make the run again."


def write_embedding(path: Path, embedding: Embedding) -> None:
    """Write vectors as gzip TSV, header ``id 0 .. d-1``; the same vectors give the same bytes.

    Each number is the shortest that reads back as the same float32.
    """
    names = pd.Index([*map(guarded, embedding.proteins)], name="id")
    table = pd.DataFrame(embedding.vectors, index=names)
    write_packed(path, table.to_csv(sep="\t", lineterminator="\n"))


def assemblies_table(hierarchy: Hierarchy, annotations: Annotations) -> pd.DataFrame:
    """Return one row per assembly below the root.

    Columns: ``id size diameter_nm diameter_low_nm diameter_high_nm persistence stability class
    parents members``; of each reference ``<reference>_term _description _jaccard _fdr`` of its best
    accepted term; of each elution reference every metric of the co-elution table.
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
        terms = annotations.of_reference(reference)[["term", "description", "jaccard", "fdr"]]
        table = table.join(terms.add_prefix(f"{reference}_"))
    for separation, tests in annotations.coelution.groupby("reference", sort=True):
        metrics = tests.drop(columns="reference").set_index("assembly")
        table = table.join(metrics.add_prefix(f"{separation}_"))
    return table.reset_index()


def write_assemblies(path: Path, hierarchy: Hierarchy, annotations: Annotations) -> None:
    """Write `assemblies_table` as TSV, numbers to six digits."""
    write_tsv(path, assemblies_table(hierarchy, annotations), "%.6g")


def write_gmt(path: Path, hierarchy: Hierarchy, annotations: Annotations) -> None:
    """Write the assemblies below the root as gene sets: name, label, members, tabs between."""
    labels = annotations.best["label"].tolist()
    rows = (
        "\t".join([name, str(labels[k]), *hierarchy.members_of(k)])
        for k, name in enumerate(hierarchy.names[1:], 1)
    )
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


def read_labels(path: Path) -> dict[str, str]:
    """Return the label of each assembly that has a name, from what `write_gmt` wrote, if it did."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8") as lines:
        rows = (line.split("\t", 2)[:2] for line in lines)
        return {assembly: label for assembly, label in rows if label != assembly}


def write_metrics(path: Path, metrics: dict[str, float]) -> None:
    """Write ``metric -> number`` as flat JSON, keys sorted; NaN and infinity become ``null``."""
    plain = {key: value if math.isfinite(value) else None for key, value in metrics.items()}
    path.write_text(json.dumps(plain, indent=1, sort_keys=True, allow_nan=False) + "\n")


def read_scores(metrics: Path, tables: Path) -> Scores:
    """Read metrics and tables of a run; ``null`` and empty cells read as NaN.

    Raises:
        DataError: If a file is damaged, or a table that the page is drawn from lacks a column.
    """
    names = sorted(path for path in tables.glob("*.tsv") if path.stem not in LISTS)
    return Scores(read_metrics(metrics), {path.stem: _read(path) for path in names})


def read_metrics(path: Path) -> dict[str, float]:
    """Read the metrics of a run, ``scores.json``; ``null`` reads as NaN.

    Raises:
        DataError: If the file is damaged.
    """
    with whole(path, RESTORE):
        document = json.loads(path.read_text())
        if not isinstance(document, dict) or not all(map(_is_metric, document.values())):
            raise DataError("holds other things than numbers by name.")
    return {key: math.nan if value is None else float(value) for key, value in document.items()}


def write_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> list[Path]:
    """Write each table as TSV under its name; return their paths."""
    folder.mkdir(exist_ok=True)
    paths = {name: folder / f"{name}.tsv" for name in sorted(tables)}
    for name, path in paths.items():
        write_tsv(path, tables[name])
    return list(paths.values())


def read_texts(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read a table of texts such as ``identifiers.tsv``; without rows where it is absent."""
    if not path.is_file():
        return pd.DataFrame(columns=list(columns))
    with whole(path, RESTORE):
        return as_written(pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)[[*columns]])


def _read(path: Path) -> pd.DataFrame:
    with whole(path, RESTORE):
        table = read_table(path, TEXT_COLUMNS).rename(columns=FORMER_COLUMNS)
        _check_columns(table, *DRAWN.get(path.stem, ((), ())))
        return as_written(table)


def _check_columns(table: pd.DataFrame, texts: Sequence[str], numbers: Sequence[str]) -> None:
    """Raise a `DataError` unless a table has some columns, and of some every value is a number."""
    for name in (*texts, *numbers):
        if name not in table:
            raise DataError(f"it lacks the column '{name}'.")
    for name in numbers:
        if len(table) and not pd.api.types.is_numeric_dtype(table[name]):
            raise DataError(f"its column '{name}' holds text.")


def _is_metric(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))
