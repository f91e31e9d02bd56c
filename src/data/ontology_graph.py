"""Ontology as a directed acyclic graph: OBO with is_a and part_of, or parent-child tables."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy import sparse

from ..artifacts import Ontology
from ..errors import DataError
from ..nodes.ranges import checked
from ..similarity.containment import boolean, descendants
from .sheets import open_sheet, plain
from .textfiles import listed, read_text

GO_ROOTS = {
    "GO:0008150": "biological_process",
    "GO:0003674": "molecular_function",
    "GO:0005575": "cellular_component",
}
"""The aspects of the Gene Ontology, by their roots; tables of edges do not name them."""

Edges = set[tuple[str, str]]
"""Child and parent."""


@checked
def read_ontology(path: Path, *, relations: Sequence[str] = ("is_a", "part_of")) -> Ontology:
    """Read the terms of an ontology and their relations.

    Args:
        path: OBO, without obsolete terms; or a table with columns of parents and children
            (``parent_go_acc go_id``, ``parent child``). Edges between aspects are left out, as
            annotations are not propagated along them.
        relations: Relations of OBO along which annotations propagate; a table has one.

    Raises:
        DataError: If the file has neither format, or the relations have a cycle.
    """
    text = read_text(path)
    return _from_obo(path, text, relations) if "[Term]" in text else _from_table(path)


def read_obo(path: Path, relations: Sequence[str]) -> Ontology:
    """Read an ontology from OBO; an alternative identifier of several terms maps to the first.

    Raises:
        DataError: If the file is no OBO, or the relations have a cycle.
    """
    return _from_obo(path, read_text(path), relations)


def with_edges(path: Path, ontology: Ontology, edges: Edges) -> Ontology:
    """Return an ontology with additional child-parent edges, read from `path`.

    Raises:
        DataError: If the edges create a cycle.
    """
    child, parent = ontology.parents.nonzero()
    known = {(ontology.terms[a], ontology.terms[b]) for a, b in zip(child, parent, strict=True)}
    titles = dict(zip(ontology.terms, ontology.titles, strict=True))
    aspects = dict(zip(ontology.terms, ontology.aspects, strict=True))
    return _ontology(path, titles, aspects, known | edges, ontology.alternatives)


def flat_ontology(titles: Mapping[str, str]) -> Ontology:
    """Return an ontology of unrelated terms."""
    n = len(titles)
    return Ontology(
        tuple(titles),
        tuple(titles.values()),
        ("",) * n,
        sparse.csr_array(sparse.eye_array(n, dtype=bool)),
        sparse.csr_array((n, n), dtype=bool),
        {},
    )


def _from_obo(path: Path, text: str, relations: Sequence[str]) -> Ontology:
    import obonet  # slow to load

    try:
        graph = obonet.read_obo(io.StringIO(text))
    except (ValueError, AssertionError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{path.name}: not an OBO ontology ({reason}).") from error
    default = next(iter(graph.graph.get("default-namespace", ())), "")
    stated = {t: entry for t, entry in graph.nodes(data=True) if entry}  # terms without a stanza
    aspects = {term: entry.get("namespace", default) for term, entry in stated.items()}
    titles = {term: entry.get("name", "") for term, entry in stated.items()}
    former = ((old, t) for t, entry in stated.items() for old in entry.get("alt_id", ()))
    alternatives = dict(reversed([*former]))
    edges = {
        (child, parent)
        for child, parent, relation in graph.edges(keys=True)
        if relation in relations and child in stated and parent in stated
    }
    return _ontology(path, titles, aspects, edges, alternatives)


def _from_table(path: Path) -> Ontology:
    sheet = open_sheet(path)
    line, header = sheet.head[0]
    parents = [name for name in header if plain(name).startswith("parent")]
    child = [name for name in header if plain(name).startswith("child")]
    others = child or [name for name in header if name not in parents]
    if len(parents) != 1 or not others:
        raise DataError(
            f"{path.name}: an ontology is OBO, or a table whose header names a column of parents "
            f"and one of children (parent child); got {listed(header)}."
        )
    table = sheet.read(header, after=line, texts=[parents[0], others[0]])
    pairs = zip(table[others[0]], table[parents[0]], strict=True)
    edges = {(child, parent) for child, parent in pairs if child and parent}
    if not edges:
        raise DataError(f"{path.name}: holds a header and no pair of terms.")
    titles = dict.fromkeys(sorted({term for edge in edges for term in edge}), "")
    return _ontology(path, titles, dict.fromkeys(titles, ""), edges, {})


def _ontology(
    path: Path,
    titles: Mapping[str, str],
    aspects: Mapping[str, str],
    edges: Edges,
    alternatives: Mapping[str, str],
) -> Ontology:
    terms = sorted(titles)
    within = sorted(edge for edge in edges if aspects[edge[0]] == aspects[edge[1]])
    row = {term: k for k, term in enumerate(terms)}
    child = np.array([row[a] for a, _ in within], np.int64)
    parent = np.array([row[b] for _, b in within], np.int64)
    parents = boolean((child, parent), len(terms))
    above = descendants(parents)
    circular = np.flatnonzero(above.diagonal())
    if len(circular):
        names = listed([terms[k] for k in circular])
        raise DataError(f"{path.name}: terms are each other's ancestors: {names}.")
    ancestors = sparse.csr_array((above + sparse.eye_array(len(terms), dtype=bool)).astype(bool))
    named = [aspects[term] for term in terms]
    if not any(named):
        named = _aspects_by_root(terms, ancestors)
    return Ontology(
        tuple(terms),
        tuple(titles[term] for term in terms),
        tuple(named),
        ancestors,
        parents,
        alternatives,
    )


def _aspects_by_root(terms: Sequence[str], ancestors: sparse.csr_array) -> list[str]:
    """Return the aspect of each term by its Gene Ontology root, or ""."""
    row = {term: k for k, term in enumerate(terms)}
    aspects = [""] * len(terms)
    columns = ancestors.tocsc()
    for root in (root for root in GO_ROOTS if root in row):
        start, stop = columns.indptr[row[root] : row[root] + 2]
        for k in columns.indices[start:stop].tolist():
            aspects[k] = aspects[k] or GO_ROOTS[root]
    return aspects
