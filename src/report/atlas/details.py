"""Details of assemblies and proteins for the portal, loaded on demand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...artifacts import ElutionProfiles, Findings, Hierarchy, plain
from ..annotations import Annotations
from ..measured import Measured
from ..result import RunResult
from .contrasts import contrasts_of
from .evidence import Evidence
from .networks import network_of
from .script import Json, number, packed

PROFILES = 30
"""Elution profiles of an assembly; the best supported members are drawn."""
TERMS = 12
"""Accepted terms of an assembly."""
ANSWERS = 30
"""Maximum number of an application's rows on a protein's page."""

Rows = Mapping[str, int]


@dataclass(frozen=True)
class Details:
    """Builds the details of the assemblies and proteins of one run.

    Attributes:
        result: The run.
        annotations: Annotations from references.
        evidence: All kinds of evidence.
        uses: Findings of applications.
    """

    result: RunResult
    annotations: Annotations
    evidence: Sequence[Evidence]
    uses: Mapping[str, Findings]

    def assemblies(self) -> Iterator[Json]:
        """Give the details of each assembly, the root first."""
        hierarchy = self.result.hierarchy
        row = {name: k for k, name in enumerate(hierarchy.proteins)}
        terms = {str(name): t for name, t in self.annotations.terms.groupby("assembly", sort=False)}
        eluted = self.annotations.coelution
        tests = {str(name): t for name, t in eluted.groupby("assembly", sort=False)}
        flagged = _by_assembly(self.result.scores.tables.get("unexpected"))
        profiles = [(name, _means(p), _rows(p)) for name, p in self._measured.profiles.items()]
        for k, name in enumerate(hierarchy.names):
            parts: dict[str, object] = {
                "net": network_of(hierarchy, k, self.evidence),
                "terms": _terms(terms[name], row) if name in terms else None,
                "sec": _records(tests[name]) if name in tests else None,
                "prof": [_profiles(hierarchy, k, *profile) for profile in profiles] if k else None,
                "flags": flagged.get(name),
                "cards": self._cards(name),
            }
            yield {key: value for key, value in parts.items() if value}

    def proteins(self) -> Iterator[Json]:
        """Give the details of each protein: nearest neighbours, profiles, findings."""
        hierarchy = self.result.hierarchy
        nearest = {e.key: e.nearest for e in self.evidence}
        answers = dict(self._answers())
        profiles = [(name, _means(p), _rows(p)) for name, p in self._measured.profiles.items()]
        for k, name in enumerate(hierarchy.proteins):
            near = {key: lists[k] for key, lists in nearest.items() if lists[k]}
            eluted = [
                {"key": key, "values": packed(np.rint(255 * means[rows[name]]), np.uint8)}
                for key, means, rows in profiles
                if name in rows
            ]
            parts = {"near": near, "prof": eluted, "answers": answers.get(name)}
            yield {key: value for key, value in parts.items() if value}

    def terms(self) -> list[list[object]]:
        """Return each accepted term with its reference, name and best assembly."""
        row = {name: k for k, name in enumerate(self.result.hierarchy.names)}
        best = self.annotations.terms.sort_values("jaccard", ascending=False, kind="stable")
        best = best.drop_duplicates(["reference", "term"])
        keys = ["reference", "term", "description"]
        return [
            [*(str(value) for value in values), row[str(assembly)]]
            for *values, assembly in best[[*keys, "assembly"]].itertuples(index=False, name=None)
        ]

    @property
    def _measured(self) -> Measured:
        return self.result.measured

    def _cards(self, name: str) -> list[Json]:
        return [
            {"use": use, "title": findings.title, "card": plain(findings.cards[name])}
            for use, findings in self.uses.items()
            if name in findings.cards
        ]

    def _answers(self) -> Iterator[tuple[str, list[Json]]]:
        """Give the findings of each application on single proteins."""
        gathered: dict[str, list[Json]] = {}
        for use, findings in self.uses.items():
            table = findings.tables["movers"] if use in contrasts_of(self.uses) else findings.answer
            if "protein" not in table:
                continue
            columns = [str(name) for name in table.columns if name != "protein"]
            for name, rows in table.groupby("protein", sort=False):
                about = {"use": use, "title": findings.title, "columns": columns}
                cells = plain(rows[columns].head(ANSWERS).to_numpy(object).tolist())
                gathered.setdefault(str(name), []).append({**about, "rows": cells})
        yield from gathered.items()


def _terms(rows: pd.DataFrame, row: Rows) -> list[Json]:
    """The accepted terms of one assembly, best Jaccard first, with shared members."""
    best = rows.sort_values(["jaccard", "fdr", "term"], ascending=[False, True, True])
    return [
        {
            "ref": str(term["reference"]),
            "term": str(term["term"]),
            "name": str(term["description"] or term["term"]),
            "overlap": int(term["overlap"]),
            "jac": number(float(term["jaccard"])),
            "fdr": number(float(term["fdr"])),
            "genes": [row[name] for name in str(term["genes"]).split() if name in row],
        }
        for _, term in best.head(TERMS).iterrows()
    ]


def _records(rows: pd.DataFrame) -> list[Json]:
    table = rows.drop(columns="assembly")
    return [{str(key): plain(value) for key, value in r.items()} for r in table.to_dict("records")]


def _by_assembly(table: pd.DataFrame | None) -> dict[str, list[Json]]:
    if table is None or "assembly" not in table:
        return {}
    return {str(name): _records(rows) for name, rows in table.groupby("assembly", sort=False)}


def _means(profiles: ElutionProfiles) -> NDArray[np.float64]:
    """Return ``(N, F)`` shares of a protein's largest amount, averaged over replicates."""
    amounts = np.nan_to_num(profiles.amounts.astype(float)).mean(axis=0)
    return np.asarray(amounts / np.maximum(amounts.max(axis=1, keepdims=True), 1e-12), float)


def _rows(profiles: ElutionProfiles) -> dict[str, int]:
    return {name: k for k, name in enumerate(profiles.proteins)}


def _profiles(
    hierarchy: Hierarchy, k: int, name: str, means: NDArray[np.float64], rows: Rows
) -> Json:
    """The profiles of an assembly's members, the best supported first."""
    start, stop = hierarchy.membership.indptr[k : k + 2]
    columns = hierarchy.membership.indices[start:stop]
    order = np.argsort(-hierarchy.membership.data[start:stop], kind="stable")
    shown = [c for c in columns[order].tolist() if hierarchy.proteins[c] in rows]
    values = means[[rows[hierarchy.proteins[c]] for c in shown[:PROFILES]]]
    return {
        "key": name,
        "of": len(shown),
        "rows": shown[:PROFILES],
        "fractions": means.shape[1],
        "values": packed(np.rint(255 * values).ravel(), np.uint8),
    }
