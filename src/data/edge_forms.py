"""Known formats of edge lists: BioGRID, STRING, SAINTexpress, CompPASS, MITAB, SIF, Cytoscape."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from .sheets import plain

_KIND = (
    "genes?|proteins?|nodes?|symbols?|interactors?|participant|uniprot|entrez|ensembl|baits?|preys?"
)
_NAMED = r"[ _.]?(?:id|name|symbol)?"
_WHICH = rf"{_NAMED}[ _.]?[ab12]?"
PROTEIN_WORD = re.compile(rf"(?:{_KIND}){_NAMED}", re.IGNORECASE)
"""Header of a column of proteins that cannot be a protein name, as ``gene1`` could."""
HEADER_WORD = re.compile(
    rf"(?:{_KIND}){_WHICH}|id[ _.]?[ab]|(?-i:id)[ _.]?[12]|source|target|from|to|(?-i:[abuv])",
    re.IGNORECASE,
)
"""Header of a column of proteins.

``id1 id2`` and ``a b`` count in small letters only: ID1 and ID2 are genes, A and B toy proteins.
"""
WEIGHTS = frozenset(
    {"score", "weight", "combinedscore", "confidence", "confidencescore", "probability", "prob",
     "pint", "interactionscore", "similarity", "cosine", "edgeweight", "mist", "mistscore", "avgp",
     "saintscore", "wd", "wdscore"}
)  # fmt: skip
"""Headers of the column of weights in tables of more than three columns."""
P_VALUE = re.compile(
    r"(?:adj|adjusted|corrected|raw|bh)?[pqe](?:val|value|adj|adjust|adjusted)s?"
    r"(?:adj|adjusted|corrected|bh)?|adjp|b?fdr"
)
"""Headers of p values and the like, small for confident pairs, normalised by `plain`."""
SIF_WORDS = frozenset(
    {"pp", "pd", "pr", "rc", "cr", "gl", "pm", "mp", "ppi", "interacts", "interacts-with",
     "interacts_with", "interacts with", "binds", "physical", "genetic", "in-complex-with",
     "neighbor-of", "controls-state-change-of", "controls-expression-of", "controls-transport-of"}
)  # fmt: skip
"""Interaction types in Cytoscape's simple interaction format."""


def as_given(table: pd.DataFrame) -> pd.DataFrame:
    """Return the two columns of names unchanged."""
    return table


@dataclass(frozen=True)
class Form:
    """A format of edge lists, recognised by its column names, normalised by `plain`.

    Attributes:
        name: Its name.
        columns: The columns of protein names.
        weights: Columns of which the first present one is the weight; without any, weights are 1.
        besides: Further required columns.
        names: Function that returns first and second protein from the columns.
    """

    name: str
    columns: tuple[str, ...]
    weights: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()
    names: Callable[[pd.DataFrame], pd.DataFrame] = as_given


def mitab_names(table: pd.DataFrame) -> pd.DataFrame:
    """Return each interactor's gene name, or its accession if it has none."""
    sides = [
        [_mitab_name(*cells) for cells in zip(*(table.iloc[:, k] for k in columns), strict=True)]
        for columns in ((0, 2, 4), (1, 3, 5))
    ]
    return pd.DataFrame(dict(enumerate(sides)), index=table.index)


def _mitab_name(identifier: str, alternatives: str, aliases: str) -> str:
    for pattern in (r':"?([^|"]+?)"?\(gene name\)', r"locuslink:([^|(]*[A-Za-z][^|(]*)"):
        match = re.search(pattern, aliases) or re.search(pattern, alternatives)
        if match:
            return match[1]
    return identifier.partition("|")[0].partition(":")[2].strip('"')


def _of_edge_name(table: pd.DataFrame) -> pd.DataFrame:
    """Split Cytoscape's edge names, ``A (pp) B``."""
    names = table.iloc[:, 0].str.extract(r"^(.+?) \([^()]*\) (.+)$")
    return names.fillna("")


def _of_saint(table: pd.DataFrame) -> pd.DataFrame:
    """Shorten bait labels such as ``GENE_HEK`` to the gene, if only that is a prey."""
    baits, preys = table.iloc[:, 0], frozenset(table.iloc[:, 1])
    genes = baits.str.partition("_")[0]
    distinct = pd.DataFrame({"label": baits, "gene": genes}).drop_duplicates()
    labelled = (
        not distinct["label"].isin(preys).any() and distinct["gene"].isin(preys).mean() >= 0.5
    )
    return table.assign(**{str(table.columns[0]): genes}) if labelled else table


MITAB = (
    ("idsinteractora", "idsinteractorb", "altidsinteractora", "altidsinteractorb",
     "aliasesinteractora", "aliasesinteractorb"),
    ("idinteractora", "idinteractorb", "altidsinteractora", "altidsinteractorb",
     "aliasesinteractora", "aliasesinteractorb"),
)  # fmt: skip
FORMS = (
    Form("BioGRID", ("officialsymbolinteractora", "officialsymbolinteractorb")),
    Form("BioGRID", ("officialsymbola", "officialsymbolb")),
    Form("STRING", ("protein1", "protein2"), ("combinedscore",), ("combinedscore",)),
    Form("STRING", ("node1", "node2"), ("combinedscore",), ("combinedscore",)),
    Form("SAINTexpress", ("bait", "preygene"), ("saintscore", "avgp"), ("avgp",), _of_saint),
    Form("CompPASS", ("bait", "prey"), ("wd",), ("wd",)),
    Form("pairs of symbols", ("symbol1", "symbol2"), ("pint",)),
    Form("pairs of symbols", ("symbola", "symbolb"), ("pint",)),
    *(Form("MITAB", columns, (), (), mitab_names) for columns in MITAB),
    Form("Cytoscape", ("sharedname",), ("weight", "score"), (), _of_edge_name),
    Form("Cytoscape", ("name",), ("weight", "score"), ("interaction",), _of_edge_name),
)
"""Known formats; the first with all its columns present is used."""

MITAB_WIDTHS = (15, 36, 42)
"""Columns of MITAB 2.5, 2.6 and 2.7; its header may be missing."""


def form_of(names: Sequence[str]) -> tuple[Form, tuple[str, ...], str | None] | None:
    """Return the format of an edge list, with its columns of names and of the weight."""
    given = {plain(name): name for name in reversed(names)}
    for form in FORMS:
        if {*form.columns, *form.besides} <= set(given):
            weight = next((given[name] for name in form.weights if name in given), None)
            return form, tuple(given[name] for name in form.columns), weight
    return None
