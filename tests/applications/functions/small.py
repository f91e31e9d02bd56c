"""Ontologies and annotations small enough to work out by hand."""

import numpy as np
import pandas as pd
from scipy import sparse

from cytoweave.applications.functions.knowledge import Knowledge
from cytoweave.artifacts import Annotations, Ontology
from cytoweave.similarity.containment import boolean, descendants


def ontology(edges: list[tuple[int, int]], terms: int | None = None) -> Ontology:
    """Return terms ``t0 t1 ..`` with edges from child to parent."""
    n = terms or max(max(edge) for edge in edges) + 1
    child, parent = (np.array([edge[k] for edge in edges], np.int64) for k in (0, 1))
    parents = boolean((child, parent), n)
    whole = (descendants(parents) + sparse.eye_array(n, dtype=bool)).astype(bool)
    names = tuple(f"t{k}" for k in range(n))
    return Ontology(names, names, ("p",) * n, sparse.csr_array(whole), parents, {})


def annotations(pairs: dict[str, list[str]]) -> Annotations:
    """Return annotations of ``{protein: terms}``."""
    rows = [(protein, term, "IDA", 0, "") for protein, terms in pairs.items() for term in terms]
    columns = ["protein", "term", "evidence", "date", "source"]
    return Annotations(pd.DataFrame(rows, columns=columns), {})


def knowledge(pairs: dict[str, list[str]], order: Ontology, least: int = 1) -> Knowledge:
    return Knowledge.of(annotations(pairs), order, least=least)


def terms_of(known: Knowledge, protein: str) -> set[str]:
    """Return the terms that a protein has."""
    row = known.has[[known.proteins.index(protein)]].toarray()[0]
    return {term for term, has in zip(known.ontology.terms, row, strict=True) if has}
