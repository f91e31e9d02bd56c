"""Elution profiles of chosen assemblies for plots: members against all other proteins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ...artifacts import ElutionProfiles, Hierarchy, Scores
from ...errors import ConfigError
from ..terms.overlap import Values

SHOWN_ASSEMBLIES = 6
MAX_MEMBERS = 25
"""Default number of assemblies shown, and the maximum of their profiled members."""

QUARTILES = {"lower quartile": 0.25, "median": 0.5, "upper quartile": 0.75}


def surest(table: pd.DataFrame, hierarchy: Hierarchy, shown: int = SHOWN_ASSEMBLIES) -> list[str]:
    """Return the assemblies of most significant co-elution that share few proteins.

    Sorted by the p value of the matched test, then by the excess over chance; without that test, by
    the rank-sum test. Assemblies have 3 to `MAX_MEMBERS` profiled members.

    Args:
        table: The table ``coelution`` of one reference.
        hierarchy: The map.
        shown: Maximum number.
    """
    ranked = table[table["proteins"].between(3, MAX_MEMBERS)].copy()
    if "matched_p" in ranked:
        ranked["above"] = ranked["coelution_by_chance"] - ranked["coelution"]
        ranked = ranked[ranked["coelutes"].astype(bool)].sort_values(["matched_p", "above"])
    else:
        ranked = ranked[ranked["validated"].astype(bool)]
        ranked = ranked.sort_values(["p", "auroc"], ascending=[True, False])
    row = {name: k for k, name in enumerate(hierarchy.names)}
    chosen: list[str] = []
    seen: list[set[str]] = []
    for name in ranked["assembly"]:
        members = set(hierarchy.members_of(row[name]))
        if all(len(members & other) < len(members) / 2 for other in seen):
            chosen.append(name)
            seen.append(members)
        if len(chosen) == shown:
            break
    return chosen


def with_profiles(
    scores: Scores,
    hierarchy: Hierarchy,
    references: Mapping[str, object],
    names: Sequence[str] | None = None,
) -> Scores:
    """Return scores with the table ``profiles`` of chosen assemblies, see `drawn_profiles`.

    Args:
        scores: Scores of the map; returned unchanged if co-elution was not scored.
        hierarchy: The map.
        references: By name; the elution profiles among them are used.
        names: Assemblies; None for the `surest`.

    Raises:
        ConfigError: If the map lacks a named assembly, or it has no profile.
    """
    tested = scores.tables.get("coelution", pd.DataFrame(columns=["reference"]))
    tables = []
    for name in names or ():
        if name not in hierarchy.names[1:]:
            raise ConfigError(
                f"drawn: the map has no assembly '{name}'; it has {len(hierarchy.names) - 1}, "
                f"such as {', '.join(hierarchy.names[1:4])}."
            )
    for reference, profiles in references.items():
        mine = tested[tested["reference"] == reference]
        if isinstance(profiles, ElutionProfiles) and len(mine):
            table = drawn_profiles(hierarchy, profiles, names or surest(mine, hierarchy))
            table.insert(1, "reference", reference)
            tables.append(table)
    if names and not tables:
        raise ConfigError(f"drawn={list(names)}: no elution profiles were scored; set drawn=null.")
    added = {"profiles": pd.concat(tables, ignore_index=True)} if tables else {}
    return Scores(scores.metrics, scores.tables | added)


def drawn_profiles(
    hierarchy: Hierarchy, profiles: ElutionProfiles, names: Sequence[str]
) -> pd.DataFrame:
    """Return the profiles of the members of some assemblies, and the quartiles of all others.

    Columns ``assembly, protein, kind, fraction, amount``. A profile is the mean over replicates, a
    blank counting as 0, as in the tests, divided by its highest value; fractions count from 1.
    ``kind`` is ``member``, or a quartile of the proteins of the map outside the assembly, without a
    protein's name.
    """
    heights = np.nan_to_num(profiles.amounts.astype(np.float64)).mean(axis=0)
    highest = heights.max(axis=1, keepdims=True)
    heights = np.divide(heights, highest, out=np.zeros_like(heights), where=highest > 0)
    row = {name: k for k, name in enumerate(profiles.proteins)}
    offered = {name for name in hierarchy.proteins if name in row and highest[row[name], 0] > 0}
    parts = []
    for name in names:
        members = [m for m in hierarchy.members_of(hierarchy.names.index(name)) if m in offered]
        rest = [row[protein] for protein in sorted(offered - set(members))]
        parts += [_rows(name, m, "member", heights[row[m]]) for m in members]
        if rest:
            for kind, share in QUARTILES.items():
                parts.append(_rows(name, "", kind, np.quantile(heights[rest], share, axis=0)))
    columns = ["assembly", "protein", "kind", "fraction", "amount"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _rows(assembly: str, protein: str, kind: str, heights: Values) -> pd.DataFrame:
    fractions = np.arange(1, len(heights) + 1)
    about = {"assembly": assembly, "protein": protein, "kind": kind}
    return pd.DataFrame(about | {"fraction": fractions, "amount": heights})
