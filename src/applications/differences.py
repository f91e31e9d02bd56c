"""Difference map of two conditions: what became of each assembly, and how often resamples agree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ..artifacts import Hierarchy
from ..config import workers
from ..errors import ConfigError
from ..eval.terms.overlap import Values
from ..maps import compare, read_hierarchy
from ..maps.comparison import RECOVERED
from ..maps.events import BORN, DIED, KEPT, MERGED, MIN_SHARED_MEMBERS, SPLIT, events
from ..nodes.build import Config
from ..report import read_run
from ..store import Store
from .resampling import Resampling


def difference_map(config: Config, store: Store) -> pd.DataFrame:
    """Return what became of each assembly: one row per assembly of the first map, then the births.

    Columns ``assembly map event with jaccard``; with resamples of two runs also ``stability``, the
    share of pairs of resamples in which the same happens to it, and ``chance``, the share of
    resamples of its own map in which it does: what is due to resampling alone.

    Args:
        config: The composed config of the verb ``compare``.
        store: Where maps of resamples are remembered.

    Raises:
        ConfigError: If resamples are asked for of a file.
        DataError: If the maps share no protein.
    """
    keys = ("first", "second")
    first, second = (read_hierarchy(Path(config[key])) for key in keys)
    table = _table(first, second)
    if not config["resamples"]:
        return table
    resampled = [_again(config, key, store) for key in keys]
    return _with_stability(table, (first, second), resampled)


def in_words(events: pd.DataFrame, first: str, second: str, assemblies: int) -> str:
    """Return in a sentence what became of the assemblies of the first map.

    Args:
        events: What `difference_map` returns.
        first: Name of the first map.
        second: Name of the second.
        assemblies: Number of assemblies of the first map.
    """
    counts = events["event"].value_counts()
    kept, split, merged, died, born = (
        int(counts.get(event, 0)) for event in (KEPT, SPLIT, MERGED, DIED, BORN)
    )
    compared = kept + split + merged + died
    sentence = (
        f"{kept} of {compared} assemblies of {first} return in {second} (Jaccard of {RECOVERED:g} "
        f"or more); {split} split, {merged} merged, {died} died; {born} of {second} are new."
    )
    if compared < assemblies:
        sentence += (
            f" {assemblies - compared} of {first} were not compared: of the proteins of both maps "
            f"they have fewer than {MIN_SHARED_MEMBERS}, or all."
        )
    return sentence


def _again(config: Config, key: str, store: Store) -> list[Hierarchy]:
    path = Path(config[key])
    if not path.is_dir():
        raise ConfigError(
            f"resamples: {key} is a file, and only a finished run can be made again; give the "
            "folder of the run, or resamples=0."
        )
    later = config["resamples"] if key == "second" else 0  # seeds that the first map has not had
    seed, digest = config["seed"] + later, store.files_key([path / "hierarchy.cx2"])
    made = Resampling.of(read_run(path), digest, seed)
    maps = made.maps(store, config["resamples"], config["dropped"], workers(config))
    return [hierarchy for _, hierarchy in maps]


def _table(first: Hierarchy, second: Hierarchy) -> pd.DataFrame:
    rows = []
    for name, own, other in (("first", first, second), ("second", second, first)):
        changes = events(own, other)
        for row, kind, partners, jaccard in zip(
            changes.rows.tolist(),
            changes.kinds,
            changes.partners,
            changes.jaccard.tolist(),
            strict=True,
        ):
            if name == "first" or kind == DIED:
                event = kind if name == "first" else BORN
                names = " ".join(other.names[k] for k in partners)
                rows.append((own.names[row], name, event, names, jaccard))
    columns = ["assembly", "map", "event", "with", "jaccard"]
    return pd.DataFrame(rows, columns=columns)


def _with_stability(
    table: pd.DataFrame,
    maps: tuple[Hierarchy, Hierarchy],
    resampled: Sequence[Sequence[Hierarchy]],
) -> pd.DataFrame:
    """Add to each row how often resamples say the same, and how often they do by themselves."""
    own, chance = {}, {}
    for name, hierarchy, mine, theirs in (
        ("first", maps[0], resampled[0], resampled[1]),
        ("second", maps[1], resampled[1], resampled[0]),
    ):
        pairs = zip(mine, theirs, strict=True)
        own[name] = _shares([_kinds(hierarchy, a, events(a, b).by_row) for a, b in pairs])
        chance[name] = _shares([_direct(hierarchy, a) for a in mine])
    kinds = table["event"].replace(BORN, DIED)
    keys = list(zip(table["map"], table["assembly"], kinds, strict=True))
    return table.assign(
        stability=[own[name].get((assembly, kind), 0.0) for name, assembly, kind in keys],
        chance=[chance[name].get((assembly, kind), 0.0) for name, assembly, kind in keys],
    )


def _kinds(hierarchy: Hierarchy, resampled: Hierarchy, kinds: dict[int, str]) -> dict[str, str]:
    """Return what became of the match of each assembly in a resample; without one, nothing."""
    matched = compare(hierarchy, resampled)
    sure: Values = np.where(matched.jaccard >= RECOVERED, matched.matches, -1)
    places = zip(hierarchy.names[1:], sure.astype(int).tolist(), strict=True)
    return {name: kinds[row] for name, row in places if row in kinds}


def _direct(hierarchy: Hierarchy, resampled: Hierarchy) -> dict[str, str]:
    return {hierarchy.names[row]: kind for row, kind in events(hierarchy, resampled).by_row.items()}


def _shares(events: Sequence[dict[str, str]]) -> dict[tuple[str, str], float]:
    """Return the share of resamples in which each thing happens to each assembly."""
    shares: dict[tuple[str, str], float] = {}
    for one in events:
        for key in one.items():
            shares[key] = shares.get(key, 0.0) + 1 / len(events)
    return shares
