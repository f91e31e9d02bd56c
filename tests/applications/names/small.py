"""A world of complexes, some inside others, small enough to work out by hand."""

import numpy as np

from cytoweave.applications.names.known import Known
from cytoweave.artifacts import TermSet


def proteins(complex_: int, count: int = 12) -> list[str]:
    return [f"C{complex_:02d}P{k:02d}" for k in range(count)]


def terms(complexes: int = 60) -> TermSet:
    """Return complexes of 12, each with an overlapping relative of 16 and a part of five."""
    sets: dict[str, tuple[str, set[str]]] = {}
    for k in range(complexes):
        own, following = proteins(k), proteins((k + 1) % complexes)
        sets[f"whole{k}"] = (f"complex {k}", set(own))
        sets[f"around{k}"] = (f"surroundings of {k}", {*own[:6], *own[8:], *following[:6]})
        sets[f"part{k}"] = (f"core of {k}", set(own[:5]))
    return TermSet.from_sets(sets)


def known(complexes: int = 60) -> Known:
    result = terms(complexes)
    return Known.of({"ref": result}, result.proteins)


def columns(known: Known, names: list[str]) -> np.ndarray:
    return np.sort(known.columns(names))
