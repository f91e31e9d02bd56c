"""Hierarchies as DDOT ontologies: tables of parent, child and type (term or gene)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ...artifacts import Hierarchy
from ...errors import DataError
from .listing import Listing

KINDS = ("default", "gene")
DDOT_WORDS = {"Child-Parent": "default", "Gene-Term": "gene"}
"""What DDOT's own tables write for `KINDS`."""
DDOT_HEADS = ("type", "edgetype")
"""What heads the column of kinds, in small letters."""


def ddot_text(hierarchy: Hierarchy) -> str:
    """Return a hierarchy as DDOT, which has no persistence, stability and support.

    A protein is a gene of its lowest assemblies, and by propagation of all their ancestors.
    """
    names = hierarchy.names
    rows = [f"{names[p]}\t{names[c]}\tdefault\n" for p, c in hierarchy.edges.tolist()]
    for name, genes in zip(names, own_genes(hierarchy), strict=True):
        rows += [f"{name}\t{gene}\tgene\n" for gene in genes]
    return "".join(rows)


def own_genes(hierarchy: Hierarchy) -> list[list[str]]:
    """Return the proteins of each assembly that no assembly directly below it holds, sorted."""
    children: list[list[int]] = [[] for _ in hierarchy.names]
    for parent, child in hierarchy.edges.tolist():
        children[parent].append(child)
    members = np.split(hierarchy.membership.indices, hierarchy.membership.indptr[1:-1])
    genes = []
    for own, below in zip(members, children, strict=True):
        inner = [members[c] for c in below]
        rest = np.setdiff1d(own, np.concatenate(inner)) if inner else own
        genes.append(sorted(hierarchy.proteins[column] for column in rest.tolist()))
    return genes


def rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """Number and fields of each line that is not blank."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, line.split("\t")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows without comments, with types as in `DDOT_WORDS`, without trailing scores (CliXO)."""
    for number, fields in rows_of(text):
        if not fields[0].startswith("#"):
            kind = fields[2].strip() if len(fields) in (3, 4) else ""
            yield number, [*fields[:2], DDOT_WORDS.get(kind, kind)]


def is_ddot(text: str) -> bool:
    """Whether the first lines are parent, child and a DDOT type."""
    head = [fields for _, (_, fields) in zip(range(2), _rows(text), strict=False)]
    kinds = [fields[-1] for fields in head]
    return bool(kinds) and all(
        kind in KINDS or (k == 0 and len(kinds) > 1 and kind.casefold() in DDOT_HEADS)
        for k, kind in enumerate(kinds)
    )


def parse_ddot(text: str, source: str) -> Listing:
    """Terms with their own genes (``gene`` rows) and those of all descendants."""
    own: dict[str, set[str]] = {}
    pairs: list[tuple[str, str]] = []
    for number, fields in _rows(text):
        if fields[-1].casefold() in DDOT_HEADS:
            continue
        if len(fields) != 3 or fields[-1] not in KINDS:
            raise DataError(
                f"{source} row {number}: expected parent, child and 'default' or 'gene' with tabs."
            )
        parent, child, kind = (field.strip() for field in fields)
        if kind == "gene":
            own.setdefault(parent, set()).add(child)
        else:
            own.setdefault(parent, set())
            own.setdefault(child, set())
            pairs.append((parent, child))
    if not any(own.values()):
        raise DataError(
            f"{source}: no 'gene' rows, so no assembly has members; "
            "if this is an .edges file, name the .nodes file beside it."
        )
    below = _propagated(own, pairs)
    return Listing(source, list(below), list(below.values()), [1] * len(below), pairs)


def _propagated(
    own: dict[str, set[str]], pairs: Sequence[tuple[str, str]]
) -> dict[str, frozenset[str]]:
    """Members of each term and its descendants, by repeated passes over the edges."""
    members = {name: set(genes) for name, genes in own.items()}
    growing = True
    while growing:
        growing = False
        for parent, child in pairs:
            if not members[child] <= members[parent]:
                members[parent] |= members[child]
                growing = True
    return {name: frozenset(genes) for name, genes in members.items()}
