"""Contrasts of conditions for the portal: classes of assemblies, effect sizes, moving proteins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from ...artifacts import Findings, Hierarchy, plain
from .script import Json, number

CONTRAST = "contrast"
"""First table of the findings that are contrasts."""

LISTED = 1000
"""Maximum number of listed proteins beyond those that move, the highest scores first."""

NUMBERS = (
    *("effect", "effect_lo", "effect_hi", "p", "fdr", "p_equivalent", "fdr_equivalent"),
    *("detectable", "measured"),
)
"""Numeric columns of an assembly."""

MEANS = "cohesion_"
"""Start of the columns of means, one a condition."""

MOVES = ("score", "p", "fdr", "distance", "replicates")
"""Numeric columns of a protein."""


def contrasts_of(uses: Mapping[str, Findings]) -> dict[str, Findings]:
    """Return the uses of a run that are contrasts of conditions, by folder."""
    return {
        use: findings for use, findings in uses.items() if next(iter(findings.tables)) == CONTRAST
    }


def contrast(findings: Findings, hierarchy: Hierarchy) -> Json:
    """Return a contrast; rows of assemblies are those of the hierarchy.

    ``rows`` has one entry per tested assembly, as ``contrast.tsv``; ``movers`` are proteins, as
    ``movers.tsv``, all that move and `LISTED` more, with the rows of the assemblies they leave and
    enter (-1: none). Without replicates there are no p values, and ``nulls`` is empty.
    """
    row = {name: k for k, name in enumerate(hierarchy.names)}
    table = findings.answer[findings.answer["assembly"].isin(row.keys())]
    conditions = [str(name) for name in table.columns if str(name).startswith(MEANS)]
    moving = int(findings.metrics["movers"])
    movers = findings.tables["movers"].iloc[: moving + LISTED]
    return {
        "title": findings.title,
        "notes": list(findings.notes),
        "conditions": [name.removeprefix(MEANS) for name in conditions],
        "rows": [row[str(name)] for name in table["assembly"]],
        "kind": [str(kind) for kind in table["class"]],
        **{name: _numbers(table[name]) for name in NUMBERS},
        "means": [_numbers(table[name]) for name in conditions],
        "behind": [str(names).split() for names in table["members_behind"]],
        "movers": [_moving(findings, str(name)) for name in table["assembly"]],
        "proteins": {
            "name": [str(name) for name in movers["protein"]],
            **{name: _numbers(movers[name]) for name in MOVES},
            "leaves": [row.get(str(name), -1) for name in movers["leaves"]],
            "enters": [row.get(str(name), -1) for name in movers["enters"]],
            "moving": moving,
            "all": len(findings.tables["movers"]),
        },
        "nulls": _records(findings.tables.get("nulls")),
    }


def _numbers(values: pd.Series) -> list[float | None]:
    return [number(float(value)) for value in values]


def _moving(findings: Findings, assembly: str) -> Sequence[object]:
    """Return the members of an assembly that move, from its card."""
    moving = findings.cards.get(assembly, {}).get("movers", [])
    return moving if isinstance(moving, list) else []


def _records(table: pd.DataFrame | None) -> list[object]:
    return [] if table is None else [plain(one) for one in table.to_dict("records")]
