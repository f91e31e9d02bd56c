"""Entries of mutations on the evidence card of an assembly."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ...artifacts import Card
from .given import PAN

CONVERGENT, SINGLE, NOT = "convergent", "single-gene", "not significant"
"""Classes of assemblies: by many genes, by one, neither."""


def cards_of(tables: Mapping[str, pd.DataFrame]) -> dict[str, Card]:
    """Return what the card of each assembly says.

    ``cohorts``: its rows of ``mutations``, in all cohorts and where it passes; ``patients``: its
    rows of exclusivity, and ``drivers``: its row of the driver list, where there are such tables.
    """
    cards: dict[str, dict[str, object]] = {}
    for name, rows in tables["mutations"].groupby("assembly", sort=False):
        shown = rows[(rows["class"] != NOT) | (rows["cohort"] == PAN)]
        cards[str(name)] = {"cohorts": _records(shown if len(shown) else rows[:1])}
    for key in ("patients", "drivers"):
        if key in tables and len(tables[key]):
            for name, rows in tables[key].groupby("assembly", sort=False):
                if name in cards:
                    cards[str(name)][key] = _records(rows)
    return dict(cards)


def _records(rows: pd.DataFrame) -> list[dict[str, object]]:
    return [
        {str(key): value for key, value in row.items() if key != "assembly"}
        for row in rows.to_dict("records")
    ]
