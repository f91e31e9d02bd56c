"""Readers of protein annotations (GAF 2.2, GPAD, GMT, tables), with evidence codes and dates.

Negated annotations (``NOT``) and those without data (``ND``) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd

from ..artifacts import ANNOTATION_COLUMNS, Annotations, TermSet
from ..errors import ConfigError, DataError
from ..nodes.ranges import MinLen, checked
from .identifiers import IdentifierMap, resolve
from .names import USUAL, NamePolicy
from .ontology import GAF_COLUMNS, GPAD_WIDTH
from .references import read_gmt
from .sheets import Sheet, open_sheet, plain
from .textfiles import listed

EVIDENCE_CLASSES: Mapping[str, tuple[str, ...]] = {
    "experimental": ("EXP", "IDA", "IPI", "IMP", "IGI", "IEP", "TAS", "IC"),
    "high_throughput": ("HTP", "HDA", "HMP", "HGI", "HEP"),
    "phylogenetic": ("IBA", "IBD", "IKR", "IRD"),
    "computational": ("ISS", "ISO", "ISA", "ISM", "IGC", "RCA"),
    "author": ("NAS",),
    "electronic": ("IEA",),
    "unstated": ("",),
}
"""Evidence codes by class; experimental as in CAFA (doi:10.1186/s13059-019-1835-8)."""

ECO_CODES = {
    "ECO:0000269": "EXP", "ECO:0000314": "IDA", "ECO:0000353": "IPI", "ECO:0000315": "IMP",
    "ECO:0000316": "IGI", "ECO:0000270": "IEP", "ECO:0000304": "TAS", "ECO:0000305": "IC",
    "ECO:0006056": "HTP", "ECO:0007005": "HDA", "ECO:0007001": "HMP", "ECO:0007003": "HGI",
    "ECO:0007007": "HEP", "ECO:0000318": "IBA", "ECO:0000319": "IBD", "ECO:0000320": "IKR",
    "ECO:0000321": "IRD", "ECO:0000250": "ISS", "ECO:0000266": "ISO", "ECO:0000247": "ISA",
    "ECO:0000255": "ISM", "ECO:0000317": "IGC", "ECO:0000245": "RCA", "ECO:0000303": "NAS",
    "ECO:0000501": "IEA", "ECO:0007669": "IEA", "ECO:0000256": "IEA", "ECO:0007322": "IEA",
    "ECO:0000265": "IEA", "ECO:0000307": "ND",
}  # fmt: skip
"""The codes of GPAD (https://github.com/evidenceontology, gaf-eco-mapping.txt) in those of GAF."""

GPAD_DATE, GPAD_SOURCE = 8, 9
"""Columns of date and source, in GPAD 1 and 2."""

HEADER_NAMES = {
    "term": ("term", "termid", "go", "goid", "goterm", "goaccession"),
    "evidence": ("evidence", "evidencecode", "code"),
    "date": ("date", "annotationdate"),
    "source": ("source", "assignedby", "reference", "dbreference"),
    "qualifier": ("qualifier",),
}
"""Normalised column names of a table; the others may be proteins."""

DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:T.*)?")


@checked
def read_annotations(
    path: Path,
    *,
    among: Collection[str] = (),
    identifiers: IdentifierMap | None = None,
    names: NamePolicy = USUAL,
) -> tuple[Annotations, tuple[str, ...]]:
    """Read annotations, with notes on rows and names that were changed or left out.

    Args:
        path: GAF 2 (15 to 17 columns); GPAD 1 or 2; GMT, each line's term first, without evidence
            and date; or a table ``protein term [evidence] [date]``, with or without a header. A
            header may have more columns, and several of proteins.
        among: The proteins of interest. If a file has several columns of protein names (symbol and
            accession), the one that matches most of these is used.
        identifiers: Maps names to current symbols.
        names: Policy for protein groups and contaminants.

    Raises:
        DataError: If the file has none of these formats, or a date is invalid.
    """
    sheet = open_sheet(path, mark="!#")
    cells = sheet.head[0][1]
    if _is_gmt(sheet):
        annotations, notes = _gmt(path, identifiers, names)
        return annotations, notes
    if len(cells) in (15, 16, 17) and ":" in cells[4]:
        table, proteins = _gaf(sheet)
    elif len(cells) >= GPAD_WIDTH and ":" in cells[3] and ":" in cells[5]:
        table, proteins = _gpad(sheet)
    else:
        table, proteins = _table(sheet)
    table["date"] = _dates(sheet, table["date"])
    denied = table.pop("qualifier").str.split("|").map(lambda words: "NOT" in words)
    named = _most_known(table, proteins, among, identifiers)
    table = table.assign(protein=table[named])
    kept = ~denied & (table["evidence"] != "ND") & (table["protein"] != "") & (table["term"] != "")
    table = table.loc[kept, list(ANNOTATION_COLUMNS)].reset_index(drop=True)
    if table.empty:
        raise DataError(f"{path.name}: no annotation is left to read.")
    notes = (f"{path.name}: proteins are named by column '{named}'.",) if len(proteins) > 1 else ()
    resolved = resolve(path.name, table["protein"], names, identifiers)
    rows, symbols = resolved.spread(table["protein"].tolist())
    table = table.iloc[list(rows)].assign(protein=symbols).drop_duplicates(ignore_index=True)
    return Annotations(table, {}), (*sheet.notes, *notes, *resolved.notes)


@checked
def with_evidence(
    annotations: Annotations, evidence: Annotated[Sequence[str], MinLen(1)]
) -> Annotations:
    """Return the annotations whose evidence is of the given classes or codes.

    Raises:
        ConfigError: If one is neither a class of `EVIDENCE_CLASSES` nor a code.
        DataError: If no annotation is left.
    """
    known = {code for codes in EVIDENCE_CLASSES.values() for code in codes}
    given = set(annotations.table["evidence"])
    strange = [word for word in evidence if word not in {*EVIDENCE_CLASSES, *known, *given}]
    if strange:
        raise ConfigError(
            f"evidence: {listed(strange)} is neither a class ({', '.join(EVIDENCE_CLASSES)}) nor a "
            "code of GAF such as IDA."
        )
    codes = {code for word in evidence for code in EVIDENCE_CLASSES.get(word, (word,))}
    table = annotations.table[annotations.table["evidence"].isin(codes)]
    if table.empty:
        raise DataError(
            f"annotations: none has evidence {listed(evidence)}; the file has "
            f"{listed(sorted(given))}; set evidence=[..] to some of these."
        )
    return Annotations(table.reset_index(drop=True), annotations.titles)


def evidence_class(code: str) -> str:
    """Return the class of an evidence code, ``other`` if it has none."""
    return next((name for name, codes in EVIDENCE_CLASSES.items() if code in codes), "other")


def split_by_date(
    annotations: Annotations, before: str | None, after: str | None
) -> tuple[Annotations, Annotations | None]:
    """Split annotations by date: those before one day, and those from another day on.

    Annotations without a date are in neither part.

    Args:
        annotations: Annotations, with dates if a day is given.
        before: First day that is not in the training part, ``2016-09-30``; None: all are.
        after: First day of the test part; None: no test part.

    Raises:
        ConfigError: If a day is invalid, or annotations would be in both parts.
        DataError: If a day is given and no annotation has a date, or a part is empty.
    """
    if before is None and after is None:
        return annotations, None
    end, start = _day("before", before or after), _day("after", after)
    if not annotations.dated:
        raise DataError(
            "annotations: no date in this file, which before= and after= need; give GAF, GPAD or a "
            "table with a column 'date', or leave both out."
        )
    if start and start < end:
        raise ConfigError(
            f"before={before} and after={after} overlap: annotations from {after} on would be used "
            f"and judged by; set after to {before} or later."
        )
    date = annotations.table["date"]
    used = _dated(annotations, (date > 0) & (date < end), f"before {before or after}")
    return used, _dated(annotations, date >= start, f"from {after} on") if start else None


def _dated(annotations: Annotations, rows: pd.Series[bool], when: str) -> Annotations:
    if not rows.any():
        dates = annotations.table["date"][annotations.table["date"] > 0]
        raise DataError(
            f"annotations: none is dated {when}; the dates go from {dates.min()} to {dates.max()}."
        )
    table = annotations.table[rows].reset_index(drop=True)
    return Annotations(table, annotations.titles)


def _day(key: str, given: str | None) -> int:
    if given is None:
        return 0
    day = pd.to_datetime(given, errors="coerce") if DATE.fullmatch(given) else pd.NaT
    if pd.isna(day):
        raise ConfigError(f"{key}: a day is written 2016-09-30, got '{given}'.")
    return int(day.strftime("%Y%m%d"))


def _is_gmt(sheet: Sheet) -> bool:
    name = sheet.path.name.casefold().removesuffix(".gz")
    return name.endswith(".gmt") or len({len(cells) for _, cells in sheet.head}) > 2


def _gmt(
    path: Path, identifiers: IdentifierMap | None, names: NamePolicy
) -> tuple[Annotations, tuple[str, ...]]:
    reading = read_gmt(path, identifiers=identifiers, names=names)
    sets = reading.value
    assert isinstance(sets, TermSet)  # for the types only
    term, protein = sets.members.nonzero()
    proteins, terms = np.array(sets.proteins, object), np.array(sets.terms, object)
    table = pd.DataFrame(
        {"protein": proteins[protein], "term": terms[term], "evidence": "", "date": 0, "source": ""}
    )
    titles = dict(zip(sets.terms, sets.descriptions, strict=True))
    return Annotations(table, titles), reading.notes


def _gaf(sheet: Sheet) -> tuple[pd.DataFrame, list[str]]:
    names = GAF_COLUMNS[: len(sheet.head[0][1])]
    renamed = {
        "DB_Object_Symbol": "symbol",
        "DB_Object_ID": "accession",
        "Qualifier": "qualifier",
        "GO_ID": "term",
        "Evidence_Code": "evidence",
        "Date": "date",
        "Assigned_By": "source",
    }
    table = sheet.read(names, after=sheet.head[0][0] - 1, texts=list(renamed))
    return table.rename(columns=renamed), ["symbol", "accession"]


def _gpad(sheet: Sheet) -> tuple[pd.DataFrame, list[str]]:
    """Read GPAD: ``DB ID qualifier term`` in version 1, ``DB:ID NOT relation term`` in 2."""
    columns = [f"column {k}" for k in range(len(sheet.head[0][1]))]
    cells = sheet.read(columns, after=sheet.head[0][0] - 1, texts=columns)
    first, second, third, term, _, code = (cells[name] for name in columns[:GPAD_WIDTH])
    joined = first.str.contains(":", regex=False)
    blank = pd.Series("", index=cells.index)
    table = pd.DataFrame(
        {
            "accession": first.str.partition(":")[2].where(joined, second),
            "qualifier": third.where(~joined, second),
            "term": term,
            "evidence": code.map(lambda given: ECO_CODES.get(given, given)),
            "date": cells[columns[GPAD_DATE]] if len(columns) > GPAD_DATE else blank,
            "source": cells[columns[GPAD_SOURCE]] if len(columns) > GPAD_SOURCE else blank,
        }
    )
    return table, ["accession"]


def _table(sheet: Sheet) -> tuple[pd.DataFrame, list[str]]:
    line, cells = sheet.head[0]
    heads = {name: _head(cells, words) for name, words in HEADER_NAMES.items()}
    if heads["term"] is None:
        return _headless(sheet)
    proteins = [name for name in cells if name not in heads.values() and name]
    if not proteins:
        raise DataError(f"{sheet.path.name}: names no column of proteins; got {listed(cells)}.")
    present = [name for name in heads.values() if name is not None]
    table = sheet.read(cells, after=line, texts=[*proteins, *present])
    for name, head in heads.items():
        table[name] = "" if head is None else table[head]
    return table, proteins


def _headless(sheet: Sheet) -> tuple[pd.DataFrame, list[str]]:
    line, cells = sheet.head[0]
    if not 2 <= len(cells) <= 4:
        raise DataError(
            f"{sheet.where(line)}: annotations are GAF (15 to 17 columns), GPAD (10 to 12), GMT, "
            "or a table 'protein term [evidence] [date]'; a table of more columns needs a header "
            f"that names 'term'; got {len(cells)} columns."
        )
    dated = len(cells) == 3 and all(
        DATE.fullmatch(row[2]) for _, row in sheet.head if len(row) > 2 and row[2]
    )
    all_names = ("protein", "term", *(() if dated else ("evidence",)), "date")
    names = all_names[: len(cells)]
    table = sheet.read(names, after=line - 1, texts=names)
    for name in ("evidence", "date", "source", "qualifier"):
        table[name] = table[name] if name in names else ""
    return table, ["protein"]


def _head(cells: Sequence[str], words: Collection[str]) -> str | None:
    return next((cell for cell in cells if plain(cell) in words), None)


def _dates(sheet: Sheet, cells: pd.Series[str]) -> pd.Series[int]:
    """Return dates as YYYYMMDD, 0 where blank."""
    meaning = {cell: _date(cell) for cell in set(cells)}
    wrong = cells.map(lambda cell: meaning[cell] < 0)
    if wrong.any():
        raise DataError(
            f"{sheet.where(int(cells.index[wrong][0]))}: date '{cells[wrong].iloc[0]}' is not "
            "written YYYYMMDD or YYYY-MM-DD; correct or blank the cell."
        )
    return cells.map(meaning).astype(int)


def _date(cell: str) -> int:
    match = DATE.fullmatch(cell)
    if not match:
        return 0 if not cell else -1
    valid = 1 <= int(match[2]) <= 12 and 1 <= int(match[3]) <= 31
    return int("".join(match.groups())) if valid else -1


def _most_known(
    table: pd.DataFrame,
    proteins: Sequence[str],
    among: Collection[str],
    identifiers: IdentifierMap | None,
) -> str:
    """Return the column with most proteins of interest, ties by order."""
    wanted = set(among)

    def known(column: str) -> int:
        given = sorted(set(table[column]))
        return len(wanted & set(identifiers.translate(given)[0] if identifiers else given))

    return max(proteins, key=known) if len(proteins) > 1 else proteins[0]
