"""Applications of a finished run: the folders below ``uses/``, and a card for each assembly.

A card collects all results on one assembly in one JSON file. Cards are always rebuilt from the run
and all of ``uses/``, so that they are never outdated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pandas as pd

from ..artifacts import Card, Embedding, Findings, plain
from ..artifacts.findings import NOTE
from .annotations import Annotations
from .result import RunResult
from .titles import NAMES

USES = "uses"
CARDS = "cards"

TERM = ("reference", "term", "description", "overlap", "jaccard", "fdr", "class")
"""Fields of each accepted term on a card."""


def read_uses(folder: Path) -> dict[str, Findings]:
    """Return the findings in ``uses/`` of a run's folder, by name, sorted."""
    places = sorted((folder / USES).glob(f"*/{NOTE}"))
    return {p.parent.name: Findings.load(p.parent) for p in places if p.parent.name[0] != "."}


def given_names(folder: Path) -> dict[str, str]:
    """Return the names of assemblies from the verb ``names``, without unnamed ones."""
    place = folder / USES / NAMES
    cards = Findings.load(place).cards if (place / NOTE).exists() else {}
    return {name: str(card["name"]) for name, card in cards.items() if card.get("name")}


def write_cards(
    folder: Path, result: RunResult, annotations: Annotations, uses: Mapping[str, Findings]
) -> list[Path]:
    """Write ``cards/<assembly>.json`` for each assembly below the root; return the files."""
    place = folder / CARDS
    place.mkdir(exist_ok=True)
    wanted = {place / f"{quote(name, safe='')}.json": name for name in result.hierarchy.names[1:]}
    for path in set(place.glob("*.json")) - wanted.keys():
        path.unlink()
    cards = evidence_cards(result, annotations, uses)
    for path, name in wanted.items():
        text = json.dumps(plain(cards[name]), indent=1, allow_nan=False, ensure_ascii=False)
        whole = path.with_suffix(".unfinished")
        whole.write_text(f"{text}\n", encoding="utf-8")
        whole.replace(path)
    return list(wanted)


def evidence_cards(
    result: RunResult, annotations: Annotations, uses: Mapping[str, Findings]
) -> dict[str, Card]:
    """Return the evidence card of each assembly below the root: map, references and applications.

    Keys of a card: ``assembly size members parents children persistence stability diameter_nm``
    (expected, and its interval), ``modalities`` (members that each measurement had), ``class``,
    ``terms`` (accepted ones, best first), ``coelution`` (one entry a separation), and ``uses``:
    name of the application -> its findings on this assembly.
    """
    hierarchy = result.hierarchy
    terms = _by_assembly(annotations.terms, TERM)
    eluted = _by_assembly(annotations.coelution, None)
    children: dict[str, list[str]] = {name: [] for name in hierarchy.names}
    for parent, child in hierarchy.edges.tolist():
        children[hierarchy.names[parent]].append(hierarchy.names[child])
    cards: dict[str, Card] = {}
    for row, name in enumerate(hierarchy.names[1:], 1):
        members = hierarchy.members_of(row)
        cards[name] = {
            "assembly": name,
            "size": len(members),
            "members": members,
            "parents": hierarchy.parents_of(row),
            "children": children[name],
            "persistence": hierarchy.persistence[row],
            "stability": hierarchy.stability[row],
            "diameter_nm": annotations.diameters[row].tolist(),
            "modalities": _modalities(result.embedding, members),
            "class": annotations.best["class"].iloc[row],
            "terms": terms.get(name, []),
            "coelution": eluted.get(name, []),
            "uses": {
                use: findings.cards[name]
                for use, findings in uses.items()
                if name in findings.cards
            },
        }
    return cards


def _by_assembly(table: pd.DataFrame, columns: tuple[str, ...] | None) -> dict[str, list[Card]]:
    """Return the rows of a table as mappings, by assembly."""
    chosen = list(columns or [name for name in table.columns if name != "assembly"])
    cards: dict[str, list[Card]] = {}
    for name, row in zip(table["assembly"], table[chosen].to_dict("records"), strict=True):
        cards.setdefault(str(name), []).append({str(key): value for key, value in row.items()})
    return cards


def _modalities(embedding: Embedding | None, members: tuple[str, ...]) -> dict[str, int]:
    """Return the number of members measured in each modality."""
    if embedding is None:
        return {}
    inside = np.isin(np.array(embedding.proteins, object), members)
    counts = embedding.present[inside].sum(axis=0)
    return dict(zip(embedding.modalities, counts.tolist(), strict=True))
