"""Reader of Gene Ontology terms with annotations (GAF, GPAD, DDOT), propagated to ancestors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from ..artifacts import Ontology, Reading
from ..errors import DataError
from ..nodes.ranges import checked
from .hierarchies.ddot import DDOT_HEADS, DDOT_WORDS
from .identifiers import IdentifierMap
from .names import USUAL, NamePolicy
from .ontology_graph import read_obo, with_edges
from .references import terms_of
from .sheets import Sheet, open_sheet
from .textfiles import listed

GAF_COLUMNS = (
    "DB", "DB_Object_ID", "DB_Object_Symbol", "Qualifier", "GO_ID", "DB_Reference",
    "Evidence_Code", "With", "Aspect", "DB_Object_Name", "Synonym", "Type", "Taxon", "Date",
    "Assigned_By", "Annotation_Extension", "Gene_Product_Form_ID",
)  # fmt: skip
"""GAF 2.2 (https://geneontology.org/docs/go-annotation-file-gaf-format-2.2/)."""

GPAD_WIDTH = 6
"""Columns of GPAD up to that of the evidence, all that is read."""
GPAD_CODES = {"ND": "ECO:0000307"}
"""What GPAD writes for GAF's evidence codes that mean that nothing is known."""

DDOT_COLUMNS = ("parent", "child", "type")

Annotations = list[tuple[str, str]]
"""Term and protein as given, one pair for each annotation."""


@checked
def read_go(
    obo: Path,
    *,
    annotations: Path,
    namespace: str = "cellular_component",
    relations: Sequence[str] = ("is_a", "part_of"),
    without_evidence: Sequence[str] = ("ND",),
    identifiers: IdentifierMap | None = None,
    names: NamePolicy = USUAL,
) -> Reading:
    """Read the terms of one GO namespace with their proteins, propagated to all ancestors.

    The true-path rule: a protein of a term belongs to every term reached from it by `relations`.
    Alternative identifiers are resolved; annotations to terms outside the namespace are left out
    and noted; terms without proteins are left out.

    Args:
        obo: The ontology.
        annotations: GAF 2 (gene symbols), GPAD 1 or 2 (accessions), both without those qualified
            ``NOT``; or DDOT's format ``parent child type``, where type ``gene`` annotates the child
            to the parent and type ``default`` adds an edge between terms. Recognised by content.
        namespace: ``cellular_component``, ``biological_process`` or ``molecular_function``.
        relations: Relations along which annotations propagate.
        without_evidence: GAF evidence codes to leave out; ND means that no data is available.
        identifiers: Maps names to current symbols.
        names: Policy for protein groups and contaminants.

    Raises:
        DataError: If a file is malformed, or no term of the namespace is annotated.
    """
    ontology = read_obo(obo, relations)
    if namespace not in ontology.aspects:
        raise DataError(f"{obo.name}: no term of namespace '{namespace}'.")
    row = {t: k for t, k in ontology.row.items() if ontology.aspects[k] == namespace}
    sheet = open_sheet(annotations, mark="!")
    width = len(sheet.head[0][1])
    if width >= 15:
        pairs = _gaf(sheet, without_evidence)
    elif width >= GPAD_WIDTH and sheet.head[0][1][3].startswith("GO:"):
        pairs = _gpad(sheet, without_evidence)
    else:
        pairs, more = _ddot(sheet)
        known = [
            (row[child], row[parent]) for parent, child in more if {parent, child} <= row.keys()
        ]
        edges = {(ontology.terms[child], ontology.terms[parent]) for child, parent in known}
        ontology = with_edges(obo, ontology, edges) if edges else ontology
    strange = [term for term, _ in pairs if term not in row]
    sets = _propagated(ontology, [(row[term], protein) for term, protein in pairs if term in row])
    notes: tuple[str, ...] = ()
    if strange:
        notes = (
            f"{annotations.name}: {len(strange)} annotations are to {len(set(strange))} terms "
            f"outside {namespace} of {obo.name} and were left out: {listed(sorted(set(strange)))}.",
        )
    names_of = ((ontology.terms[k], ontology.titles[k], sets[k]) for k in sorted(sets))
    filled = {term: (title or term, sorted(members)) for term, title, members in names_of}
    return terms_of(annotations, filled, identifiers, names, notes)


def _propagated(ontology: Ontology, pairs: Iterable[tuple[int, str]]) -> dict[int, set[str]]:
    """Return the proteins of each term, by its row, including those of descendants."""
    above, sets = ontology.ancestors, defaultdict[int, set[str]](set)
    for row, protein in pairs:
        for term in above.indices[above.indptr[row] : above.indptr[row + 1]].tolist():
            sets[term].add(protein)
    return sets


def _gaf(sheet: Sheet, without_evidence: Sequence[str]) -> Annotations:
    width = len(sheet.head[0][1])
    names = (*GAF_COLUMNS, *(f"column {k}" for k in range(len(GAF_COLUMNS), width)))[:width]
    texts = ("DB_Object_Symbol", "Qualifier", "GO_ID", "Evidence_Code")
    table = sheet.read(names, after=sheet.head[0][0] - 1, texts=texts)
    denied = table["Qualifier"].str.split("|").map(lambda words: "NOT" in words)
    table = table[~denied & ~table["Evidence_Code"].isin(list(without_evidence))]
    return _pairs(table["GO_ID"], table["DB_Object_Symbol"])


def _gpad(sheet: Sheet, without_evidence: Sequence[str]) -> Annotations:
    """Read GPAD: ``DB ID qualifier term`` in version 1, ``DB:ID NOT relation term`` in 2."""
    width = len(sheet.head[0][1])
    columns = [f"column {k}" for k in range(width)]
    table = sheet.read(columns, after=sheet.head[0][0] - 1, texts=columns[:GPAD_WIDTH])
    first, second, third, term, _, evidence = (table[name] for name in columns[:GPAD_WIDTH])
    codes = {GPAD_CODES.get(code, code) for code in without_evidence}
    denied = (second == "NOT") | third.str.split("|").map(lambda words: "NOT" in words)
    kept = ~denied & ~evidence.isin(codes)
    named = first.str.partition(":")[2].where(first.str.contains(":", regex=False), second)
    return _pairs(term[kept], named[kept])


def _ddot(sheet: Sheet) -> tuple[Annotations, Annotations]:
    line, cells = sheet.head[0]
    if len(cells) != len(DDOT_COLUMNS):
        raise DataError(
            f"{sheet.where(line)}: annotations are GAF (15 to 17 columns), GPAD (10 to 12) or "
            f"DDOT (parent, child, type), got {len(cells)} columns."
        )
    after = line if cells[2].casefold() in DDOT_HEADS else line - 1
    table = sheet.read(DDOT_COLUMNS, after=after, texts=DDOT_COLUMNS)
    table["type"] = table["type"].replace(DDOT_WORDS)
    strange = table[~table["type"].isin(["gene", "default"])]
    if len(strange):
        raise DataError(
            f"{sheet.where(int(strange.index[0]))}: type '{strange['type'].iloc[0]}' is neither "
            "'gene' nor 'default'; correct the row."
        )
    genes, terms = table[table["type"] == "gene"], table[table["type"] == "default"]
    return _pairs(genes["parent"], genes["child"]), _pairs(terms["parent"], terms["child"])


def _pairs(first: pd.Series[str], second: pd.Series[str]) -> Annotations:
    return [(a, b) for a, b in zip(first, second, strict=True) if a and b]
