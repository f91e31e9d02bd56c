"""Annotations of assemblies from references, read from the tables of the scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..artifacts import Hierarchy, Scores
from ..maps.sizes import Calibration, calibrated, diameter
from .criteria import criteria
from .distinct import distinct

TERM_COLUMNS = (
    "assembly",
    "reference",
    "term",
    "description",
    "overlap",
    "jaccard",
    "p",
    "fdr",
    "class",
)
SEC_COLUMNS = ("assembly", "reference", "p", "fdr")
FAMILIES = ("corum", "go_cc", "hpa")
"""References of published cell maps, shown first; others follow in their own order."""

NO_NAMES: Mapping[str, str] = MappingProxyType({})

COLOURS = {"documented": "#2F6DB5", "variant": "#E08E1B", "undocumented": "#9AA3AD"}
"""Colour of each class of assemblies in all plots."""


@dataclass(frozen=True)
class Annotations:
    """Terms and co-elution of the assemblies of one hierarchy.

    Attributes:
        terms: One row per assembly x accepted term, best Jaccard first within an assembly and
            reference: `TERM_COLUMNS`, and ``genes`` (the shared proteins, separated by blanks,
            empty if not in the scores).
        references: Names of the references in `terms`, the published families first.
        coelution: One row per assembly x elution reference.
        best: One row per assembly in the hierarchy's order: the term of highest Jaccard over all
            references (``reference``, ``term``, ``description``, ``genes``, ``jaccard``, ``p``,
            ``fdr``), its ``class`` ("" if not scored), and ``label``, a name to show that no other
            assembly has.
        scored: Whether assemblies were scored against any reference.
        diameters: ``(A, 3)`` nm of each assembly: expected, and its prediction interval.
        calibration: Calibration of the diameters.
    """

    terms: pd.DataFrame
    references: tuple[str, ...]
    coelution: pd.DataFrame
    best: pd.DataFrame
    scored: bool
    diameters: NDArray[np.float64]
    calibration: Calibration

    def of_reference(self, reference: str) -> pd.DataFrame:
        """Return the best row of each assembly in one reference, indexed by assembly."""
        rows = self.terms[self.terms["reference"] == reference]
        return rows.drop_duplicates("assembly").set_index("assembly")


def annotate(
    hierarchy: Hierarchy,
    scores: Scores,
    calibration: Calibration | None = None,
    names: Mapping[str, str] = NO_NAMES,
) -> Annotations:
    """Collect the annotations of each assembly from ``assemblies_terms`` and ``coelution``.

    Without the first of them there are no terms and no classes.

    Args:
        hierarchy: The map.
        scores: Its scores.
        calibration: Calibration of diameters in place of the published one.
        names: Given names of assemblies, which are their labels.
    """
    terms = _accepted(scores)
    known = set(hierarchy.names[1:])
    terms = terms[terms["assembly"].isin(known)]
    present = list(dict.fromkeys(terms["reference"]))
    first = [name for name in FAMILIES if name in present]
    references = (*first, *(name for name in present if name not in first))
    coelution = scores.tables.get("coelution", pd.DataFrame(columns=list(SEC_COLUMNS)))
    scored = "assemblies_terms" in scores.tables
    best = _best(hierarchy, terms, scored, names)
    line = calibration or calibrated("schaffer2025")
    nm = np.column_stack(diameter(hierarchy.sizes, line))
    return Annotations(terms, references, coelution, best, scored, nm, line)


def _accepted(scores: Scores) -> pd.DataFrame:
    """The accepted rows of ``assemblies_terms``, without those of the simulated truth."""
    table = scores.tables.get("assemblies_terms", pd.DataFrame(columns=list(TERM_COLUMNS)))
    table = table.copy()
    if "genes" not in table:
        table["genes"] = ""
    text = ["assembly", "reference", "term", "description", "class", "genes"]
    table[text] = table[text].fillna("").astype(str)
    bar = criteria(scores)
    passes = (table["fdr"] < bar["terms.fdr"]) & (table["jaccard"] >= bar["terms.jaccard"])
    table = table[passes & (table["reference"] != "truth")]
    order = ["assembly", "reference", "jaccard", "fdr", "term"]
    return table.sort_values(order, ascending=[True, True, False, True, True], kind="stable")


def _best(
    hierarchy: Hierarchy, terms: pd.DataFrame, scored: bool, names: Mapping[str, str]
) -> pd.DataFrame:
    """One row per assembly, the root included: its best term over all references."""
    ranked = terms.sort_values(
        ["jaccard", "fdr", "reference", "term"], ascending=[False, True, True, True]
    )
    best = ranked.drop_duplicates("assembly").set_index("assembly")
    best = best.reindex(list(hierarchy.names))
    text = ["reference", "term", "description", "genes"]
    best[text] = best[text].fillna("")
    best["class"] = best["class"].fillna("undocumented" if scored else "")
    described = np.where(best["description"] != "", best["description"], best["term"])
    labels = [
        names.get(name) or _label(name, str(text), str(kind))
        for name, text, kind in zip(hierarchy.names, described, best["class"], strict=True)
    ]
    best["label"] = distinct(["All proteins", *labels[1:]], hierarchy)
    return best


def _label(assembly: str, description: str, kind: str) -> str:
    """The term's name if it matches, marked if it is only similar, else the assembly's."""
    if kind == "documented":
        return description
    if kind == "variant":
        return f"~ {description}"
    return f"{assembly}"
