"""Quality control of a data set: overlap of modalities, baits, replicates, unmapped proteins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from ..artifacts import ElutionProfiles, ImageSet, Network
from ..data.baits import baits_of
from ..errors import CytoweaveError
from ..eval.agreement import agreement, repeats
from ..nodes.build import Config
from ..stages import DataSet
from ..stages.dataset import proteins_of

SMALLEST = 4
"""Minimum size of an assembly, unless ``map.min_size`` is set."""

OCTAVES = 5
"""Bands of spatial frequency in the features of an image."""


def check_tables(data: DataSet, nodes: Config, seed: int) -> dict[str, pd.DataFrame]:
    """Return tables that describe the quality of a data set before it is mapped.

    ``modalities``: proteins of each combination of modalities; ``baits`` of each network;
    ``agreement`` of repeated measurements, where there are any; ``lost``: proteins that the map
    will lack, and why. Tables without a row are left out.

    Args:
        data: The data set.
        nodes: Its config, the simulated cell drawn if there is one.
        seed: Of the random pairs compared with.
    """
    sets = {name: proteins_of(part.measurement) for name, part in data.modalities.items()}
    if data.pairs:
        sets = {"pairs": proteins_of(data.pairs.measurement)}
    tables = {
        "modalities": modality_table(sets),
        "baits": pd.DataFrame(_baits(nodes)),
        "agreement": pd.DataFrame(_agreement(data, seed)),
        "lost": pd.DataFrame(_lost(data, sets), columns=["part", "protein", "reason"]),
    }
    return {name: table for name, table in tables.items() if len(table)}


def modality_table(sets: Mapping[str, set[str]]) -> pd.DataFrame:
    """Return how many proteins have exactly, and at least, each combination of modalities.

    Columns: ``combination, modalities, exactly, at_least``; the most modalities first.
    """
    counts: dict[frozenset[str], int] = {}
    for protein in set().union(*sets.values()):
        has = frozenset(name for name, proteins in sets.items() if protein in proteins)
        counts[has] = counts.get(has, 0) + 1
    rows = []
    for size in range(len(sets), 0, -1):
        for names in map(frozenset, combinations(sets, size)):
            least = sum(count for has, count in counts.items() if names <= has)
            label = " + ".join(name for name in sets if name in names)
            rows.append((label, size, counts.get(names, 0), least))
    return pd.DataFrame(rows, columns=["combination", "modalities", "exactly", "at_least"])


def image_statistics(images: ImageSet) -> NDArray[np.float64]:
    """Return hand-crafted, rotation-invariant features of each image.

    Of each channel quantiles, relative to the largest, and the share of its variance in
    `OCTAVES` octaves of spatial frequency; of each pair of channels their correlation. Each column
    is brought to mean 0 and standard deviation 1.

    Returns:
        ``(I, D)``.
    """
    rows = np.array([[*_statistics(np.asarray(image, np.float32))] for image in images.pixels])
    spread = rows.std(axis=0)
    scaled: NDArray[np.float64] = (rows - rows.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return scaled


def _statistics(image: NDArray[np.float32]) -> Iterator[float]:
    channels, height, width = image.shape
    radius = np.hypot(*np.meshgrid(np.fft.fftfreq(height), np.fft.fftfreq(width), indexing="ij"))
    octave = np.clip(-np.log2(np.maximum(radius, 1e-9)) - 1, 0, OCTAVES - 1).astype(int).ravel()
    for channel in image:
        yield from (np.quantile(channel, (0.1, 0.5, 0.9)) / max(float(channel.max()), 1)).tolist()
        power = np.abs(np.fft.fft2(channel - channel.mean())).ravel() ** 2
        yield from (np.bincount(octave, power, OCTAVES) / max(float(power.sum()), 1e-9)).tolist()
    flat = image.reshape(channels, -1).astype(float)
    flat -= flat.mean(axis=1, keepdims=True)
    norms = np.maximum(np.linalg.norm(flat, axis=1), 1e-9)
    for a, b in combinations(range(channels), 2):
        yield float(flat[a] @ flat[b] / (norms[a] * norms[b]))


def _baits(nodes: Config) -> Iterator[dict[str, object]]:
    for name, node in {**nodes["modalities"], "pairs": nodes["pairs"]}.items():
        if not node or node["kind"] != "network":
            continue
        try:
            baits = baits_of(Path(node["path"]), node.get("columns"), node.get("weight"))
        except CytoweaveError:  # SIF has no columns, and so no side that is the bait's
            continue
        yield {
            "part": name,
            "baits": baits.baits,
            "preys": baits.preys,
            "pairs_of_a_bait": baits.pairs,
            "controls_by_name": " ".join(baits.controls),
            "control_runs": baits.control_runs,
        }


def _agreement(data: DataSet, seed: int) -> Iterator[dict[str, object]]:
    for name, part in {**data.modalities, **data.references}.items():
        measured = part.measurement
        if isinstance(measured, ImageSet):
            yield from _of_images(name, measured, seed)
        if isinstance(measured, ElutionProfiles) and len(measured.amounts) > 1:
            yield from _of_profiles(name, measured, seed)


def _of_images(name: str, images: ImageSet, seed: int) -> Iterator[dict[str, object]]:
    proteins = [frozenset(shown) for shown in images.proteins]
    antibodies = [antibody or None for antibody in images.antibodies]
    same, fields = [0] * len(proteins), images.fields.tolist()
    kinds = {
        "antibodies": (same, antibodies),
        "fields of an antibody": (images.antibodies, fields),
    }
    vectors = None
    for kind, (alike, other) in kinds.items():
        pairs = repeats(proteins, alike, other, seed)
        if len(np.unique(pairs.proteins)) > 1:
            vectors = image_statistics(images) if vectors is None else vectors
            yield {"part": name, "of": kind, **agreement(vectors, proteins, pairs, other, seed)}


def _of_profiles(name: str, profiles: ElutionProfiles, seed: int) -> Iterator[dict[str, object]]:
    count = len(profiles.amounts)
    vectors = np.vstack(
        [ElutionProfiles(profiles.proteins, one[None]).vectors() for one in profiles.amounts]
    )
    detected = np.abs(vectors).sum(axis=1) > 0
    proteins = [frozenset([p]) for p in profiles.proteins] * count
    replicate = np.repeat(np.arange(count), len(profiles.proteins))
    other = [int(k) if seen else None for k, seen in zip(replicate, detected, strict=True)]
    pairs = repeats(proteins, [0] * len(proteins), other, seed)
    if len(np.unique(pairs.proteins)) > 1:
        agreed = agreement(vectors, proteins, pairs, other, seed)
        yield {"part": name, "of": "replicates", **agreed}


def _lost(data: DataSet, sets: Mapping[str, set[str]]) -> Iterator[tuple[str, str, str]]:
    """Yield part, protein and reason of each protein that the map will lack."""
    measured = {"pairs": data.pairs} if data.pairs else data.modalities
    for name, part in measured.items():
        table = part.identifiers if part else pd.DataFrame(columns=["given", "symbol", "status"])
        for row in table[table["symbol"] == ""].itertuples():
            yield name, str(row.given), f"name: {row.status}"
    offered = set(data.offered())
    for protein in sorted(set().union(*sets.values()) - offered):
        lacks = [name for name, proteins in sets.items() if protein not in proteins]
        yield "", protein, f"lacks {', '.join(lacks)} (data.proteins={data.mapped})"
    for name, part in measured.items():
        if part and isinstance(part.measurement, Network):
            alone = [p for n, proteins in sets.items() if n != name for p in proteins]
            for protein in sorted((_isolated(part.measurement) & offered) - set(alone)):
                yield name, protein, f"in a group of fewer than {SMALLEST} that nothing links"


def _isolated(network: Network) -> set[str]:
    """Return the proteins of connected components that are smaller than any assembly."""
    size = len(network.proteins)
    first, second = network.edges.T
    graph = sparse.coo_array((np.ones(len(first)), (first, second)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    small = np.bincount(labels, minlength=1)[labels] < SMALLEST
    return {name for name, is_small in zip(network.proteins, small, strict=True) if is_small}
