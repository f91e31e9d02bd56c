"""Cells of a few complexes in replicates of two conditions, some of whose complexes dissolve."""

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

COMPLEXES, SIZE, OTHERS = 30, 6, 120
PROTEINS = [f"P{k:03}" for k in range(COMPLEXES * SIZE + OTHERS)]


def replicate(
    rng: np.random.Generator,
    places: np.ndarray,
    *,
    dissolved: Collection[int] = (),
    moved: Collection[int] = (),
    noise: float = 0.35,
) -> pd.DataFrame:
    """Return one measurement: every protein near its place, features in an order of their own."""
    values = places.copy()
    free = np.random.default_rng(99).normal(size=places.shape)
    for complex_ in dissolved:
        mine = slice(complex_ * SIZE, (complex_ + 1) * SIZE)
        values[mine] = free[mine]
    for protein in moved:
        values[protein] = -2 * places[protein]
    values = values + noise * rng.normal(size=values.shape)
    shuffled = rng.permutation(values.shape[1])
    index = pd.Index(PROTEINS, name="protein")
    return pd.DataFrame(values[:, shuffled], index=index).add_prefix("f")


def places(rng: np.random.Generator, width: int = 12) -> np.ndarray:
    """Return where proteins are: members of a complex together, others anywhere."""
    centres = np.repeat(rng.normal(size=(COMPLEXES, width)), SIZE, axis=0)
    near = centres + 0.2 * rng.normal(size=centres.shape)
    return np.vstack([near, rng.normal(size=(OTHERS, width))])


def experiment(
    seed: int,
    replicates: int = 3,
    dissolved: Collection[int] = (),
    moved: Collection[int] = (),
    conditions: tuple[str, ...] = ("control", "treated"),
) -> dict[str, list[pd.DataFrame]]:
    """Return the tables of each condition; what happens, happens in all but the first."""
    rng = np.random.default_rng(seed)
    where = places(rng)
    return {
        name: [
            replicate(rng, where, dissolved=dissolved if k else (), moved=moved if k else ())
            for _ in range(replicates)
        ]
        for k, name in enumerate(conditions)
    }


def write_map(path: Path) -> Path:
    """Write a map with an assembly ``A00 ..`` for each complex."""
    sets = [PROTEINS[k * SIZE : (k + 1) * SIZE] for k in range(COMPLEXES)]
    rows = [f"root\t{len(PROTEINS)}\t{' '.join(PROTEINS)}\t0\n"]
    rows += [f"A{k:02}\t{SIZE}\t{' '.join(members)}\t5\n" for k, members in enumerate(sets)]
    path.write_text("".join(rows))
    edges = "".join(f"root\tA{k:02}\tdefault\n" for k in range(COMPLEXES))
    path.with_suffix(".edges").write_text(edges)
    return path


def write_design(folder: Path, tables: dict[str, list[pd.DataFrame]], blocks: bool = False) -> Path:
    """Write tables and design; return the design."""
    rows = ["condition\treplicate\tpath" + ("\tblock" if blocks else "")]
    for condition, measured in tables.items():
        for k, table in enumerate(measured, 1):
            table.to_csv(folder / f"{condition}{k}.tsv", sep="\t")
            rows.append(f"{condition}\t{k}\t{condition}{k}.tsv" + (f"\tday{k}" if blocks else ""))
    path = folder / "design.tsv"
    path.write_text("\n".join(rows) + "\n")
    return path
