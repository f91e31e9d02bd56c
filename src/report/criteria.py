"""Thresholds of the evaluation, as the report applies and states them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from ..artifacts import Scores

PUBLISHED = {
    "terms.jaccard": 0.1,
    "terms.fdr": 0.01,
    "terms.recovered_at": 0.5,
    "truth.recovered_at": 0.5,
    "coelution.fdr": 0.05,
    "pairs.neighbours": 10.0,
}
"""Defaults for runs whose scores lack them. Source: Schaffer et al., Nature 642:222 (2025),
doi:10.1038/s41586-025-08878-3."""

SETTING = re.compile(r"\{([\w.]+)(%?)\}")


def criteria(scores: Scores) -> dict[str, float]:
    """Return the numeric settings of the evaluation by name, from the table ``criteria``."""
    table = scores.tables.get("criteria", pd.DataFrame(columns=["setting", "value"]))
    values = pd.to_numeric(table["value"], errors="coerce")
    given = zip(table["setting"].astype(str), values.astype(float), strict=True)
    return PUBLISHED | {name: value for name, value in given if value == value}


def stated(text: str, settings: Mapping[str, float]) -> str:
    """Return a sentence with each ``{setting}`` as a number and each ``{setting%}`` in per cent.

    >>> stated("Jaccard ≥ {jaccard}, FDR {fdr%}", {"terms.jaccard": 0.1, "fdr": 0.05})
    'Jaccard ≥ 0.1, FDR 5 %'
    """

    def number(match: re.Match[str]) -> str:
        name, share = match.groups()
        if name not in settings:
            return f"eval.{name}"
        return f"{100 * settings[name]:g} %" if share else f"{settings[name]:g}"

    return SETTING.sub(number, text)
