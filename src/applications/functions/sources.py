"""Leakage: annotations from experiments like those of a map are no independent evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ...artifacts import Annotations, Ontology
from .knowledge import Values

DERIVED_FROM: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "interactions": {"evidence": ("IPI", "HDA", "HTP"), "source": ()},
    "images": {"evidence": (), "source": ("HPA",)},
}
"""Annotations by physical interaction and high throughput share a source with networks of
interactions; locations that the Human Protein Atlas assigned, with images."""

AT_LEAST = 0.2
"""Share of a term's annotations from which it is reported."""


def shared_sources(
    annotations: Annotations, ontology: Ontology, terms: Sequence[str], measured: Sequence[str]
) -> list[str]:
    """Return for each term which kinds of measurement its annotations share a source with.

    ``interactions 40 %``: so many of the annotations to the term, or to one below it, are of
    evidence that such measurements give. "" where it is below 20 %; ``unstated`` where no
    annotation of the term has an evidence code.

    Args:
        annotations: With evidence codes.
        ontology: Of all terms.
        terms: Those asked about.
        measured: Kinds of `DERIVED_FROM` that the map was made of.
    """
    table = annotations.table
    counted = {"stated": table["evidence"] != ""}
    for kind in measured:
        rule = DERIVED_FROM[kind]
        of_code, of_source = (table[key].isin(list(rule[key])) for key in ("evidence", "source"))
        counted[kind] = of_code | of_source
    below = ontology.ancestors.tocsc()[:, [ontology.row[term] for term in terms]]
    row = table["term"].map(ontology.row).to_numpy(np.int64)

    def total(chosen: pd.Series[bool]) -> Values:
        counts = np.bincount(row[chosen.to_numpy(bool)], minlength=len(ontology.terms))
        return np.asarray(below.T.astype(float) @ counts, float)

    whole = np.maximum(total(pd.Series(True, index=table.index)), 1)
    stated = total(counted.pop("stated"))
    shares = {kind: total(chosen) / whole for kind, chosen in counted.items()}
    return [
        "unstated"
        if not stated[k]
        else ", ".join(f"{kind} {s[k]:.0%}" for kind, s in shares.items() if s[k] >= AT_LEAST)
        for k in range(len(terms))
    ]
