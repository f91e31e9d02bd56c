"""Titles of assemblies for display: matched terms, or distinctive members.

An assembly that matches a known set has its name. A set with a large part of all proteins is
uninformative (``intracellular anatomical structure``) and is not used. Without a match the title is
the members with the strongest links to the others, and the most similar set is given next to it,
with the Jaccard index; only for large assemblies with high similarity the title is ``like`` that
set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from ..artifacts import Card, Findings, Hierarchy, Network
from .annotations import Annotations
from .distinct import distinct
from .words import reference_name

MAX_TERM_SHARE = 0.25
"""Share of all proteins beyond which a known set is too general to be a name."""
MAX_SIMILAR_SHARE = 0.6
"""The same for similar terms."""
NAMING_JACCARD = 0.3
"""Jaccard index from which a large assembly is titled by its most similar term."""
UNINFORMATIVE_SIZE = 50
"""Size from which two members are uninformative as a title."""
SUBUNITS = re.compile(r"\s*\([^()]*,[^()]*,[^()]*\)\s*$")
"""A list of three and more at the end of a name."""
NAMED_MEMBERS = 2
"""Members in the title of an assembly without a name."""
NAMES = "names"
"""The use of a map whose answer is names."""


@dataclass(frozen=True)
class Title:
    """Title of an assembly.

    Attributes:
        text: The name.
        why: Its source, a sentence; "" for none.
        known: Whether it is a name, not a list of members.
    """

    text: str
    why: str
    known: bool


def titles(
    hierarchy: Hierarchy,
    annotations: Annotations,
    similarity: Network,
    uses: Mapping[str, Findings] | None = None,
) -> list[Title]:
    """Return the title of each assembly, in the hierarchy's order; no two have the same text.

    Args:
        hierarchy: The map.
        annotations: Annotations from references.
        similarity: The network that the map was made from.
        uses: Findings of applications; given names have priority.
    """
    given = uses[NAMES].cards if uses and NAMES in uses else {}
    specific = best_terms(hierarchy, annotations, MAX_TERM_SHARE)
    loose = best_terms(hierarchy, annotations, MAX_SIMILAR_SHARE)
    linked = _linked(hierarchy, similarity)
    entries = [Title("All proteins", "The root of the map.", True)]
    for row, name in enumerate(hierarchy.names[1:], 1):
        title = _given(given.get(name)) or _known(specific.get(name))
        entries.append(title or _unnamed(hierarchy, row, loose.get(name), linked))
    texts = distinct([entry.text for entry in entries], hierarchy)
    return [replace(entry, text=text) for entry, text in zip(entries, texts, strict=True)]


def best_terms(hierarchy: Hierarchy, annotations: Annotations, most: float) -> dict[str, pd.Series]:
    """Return the term of highest Jaccard of each assembly, by assembly.

    Args:
        hierarchy: The map.
        annotations: What the references say of it.
        most: Maximum share of all proteins in a term.
    """
    terms = annotations.terms
    sizes = dict(zip(hierarchy.names, hierarchy.sizes.tolist(), strict=True))
    sizes_of_best = terms["assembly"].map(sizes).astype(float)
    shared = terms["overlap"].astype(float)
    large = (shared / terms["jaccard"].astype(float)) - sizes_of_best + shared
    kept = terms[large <= most * len(hierarchy.proteins)]
    ranked = kept.sort_values(
        ["jaccard", "fdr", "reference", "term"], ascending=[False, True, True, True], kind="stable"
    )
    best = ranked.drop_duplicates("assembly")
    return {str(term["assembly"]): term for _, term in best.iterrows()}


def _given(card: Card | None) -> Title | None:
    """Return the given name of an assembly."""
    if not card or not card.get("name"):
        return None
    source = str(card.get("source") or "the verb names")
    return Title(str(card["name"]), f"Named by {source}.", True)


def _known(term: pd.Series | None) -> Title | None:
    if term is None or term["class"] != "documented":
        return None
    return Title(_words(term), f"Matches it: {_measured(term)}.", True)


def _unnamed(
    hierarchy: Hierarchy, row: int, term: pd.Series | None, linked: sparse.csr_array
) -> Title:
    alike = "" if term is None else f"Resembles {_words(term)}: {_measured(term)}."
    if (
        term is not None
        and hierarchy.sizes[row] >= UNINFORMATIVE_SIZE
        and float(term["jaccard"]) >= NAMING_JACCARD
    ):
        return Title(f"like {_words(term)}", alike, False)
    shown = ", ".join(distinctive(hierarchy, row, linked)[:NAMED_MEMBERS])
    more = " …" if hierarchy.sizes[row] > NAMED_MEMBERS else ""
    return Title(f"with {shown}{more}", alike, False)


def distinctive(hierarchy: Hierarchy, row: int, linked: sparse.csr_array) -> list[str]:
    """Return the members of an assembly: those in no child first, then by link strength."""
    start, stop = hierarchy.membership.indptr[row : row + 2]
    columns = hierarchy.membership.indices[start:stop]
    children = hierarchy.edges[hierarchy.edges[:, 0] == row, 1]
    below = np.unique(hierarchy.membership[children].indices) if len(children) else columns[:0]
    inside = np.isin(columns, below)
    strength = linked[[row]].toarray().ravel()[columns].round(6)
    names = [hierarchy.proteins[k] for k in columns.tolist()]
    order = sorted(range(len(names)), key=lambda k: (inside[k], -strength[k], names[k]))
    return [names[k] for k in order]


def _linked(hierarchy: Hierarchy, similarity: Network) -> sparse.csr_array:
    """``(A, N)`` summed similarity of each protein with the members of each assembly."""
    row = {name: k for k, name in enumerate(hierarchy.proteins)}
    at = np.array([row[name] for name in similarity.proteins], np.int64)
    i, j = at[similarity.edges].reshape(-1, 2).T
    half = sparse.coo_array((similarity.weights, (i, j)), shape=(len(row), len(row)))
    membership = hierarchy.membership.astype(bool).astype(np.float32)
    return sparse.csr_array(membership @ sparse.csr_array(half + half.T))


def _words(term: pd.Series) -> str:
    """Return the name of a term without a trailing list of subunits."""
    name = str(term["description"] or term["term"])
    return SUBUNITS.sub("", name) or name


def _measured(term: pd.Series) -> str:
    where = reference_name(str(term["reference"]))
    return f"Jaccard {float(term['jaccard']):.2f}, {int(term['overlap'])} shared, {where}"
