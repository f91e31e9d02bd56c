"""Simulation of a cell to files: truth, measurements and references."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ...nodes.ranges import AtLeastOne, Ge, Interval, Natural, checked
from .antibodies import plan_stainings
from .apms import pull_down
from .elution import elute
from .images import write_images
from .references import corum_terms, go_terms, hpa_table, write_gmt
from .truth import build_truth, write_truth

PARTS = ("truth", "coverage", "apms", "elution", "corum", "go_cc", "hpa", "images")
"""Each draws from a stream of its own, so that a change of one leaves the others as they were."""

WITH_BOTH, WITH_ONE = 0.518, (0.264, 0.218)
"""Of the proteins in BioPlex 3 or HPA v23: in both, in BioPlex alone, in HPA alone."""


@checked
def simulate(
    folder: Path,
    *,
    n_proteins: Annotated[int, Ge(40)] = 600,
    noise: Annotated[float, Interval(ge=0, le=3)] = 1.0,
    images_per_protein: Natural = 2,
    images_per_antibody: AtLeastOne = 1,
    image_size: Annotated[int, Ge(64)] = 128,
    seed: Natural = 0,
    workers: AtLeastOne = 1,
) -> None:
    """Write a simulated cell to an existing folder.

    Args:
        folder: Gets ``ppi/apms.tsv``, ``secms/replicate1.tsv`` and ``replicate2.tsv``,
            ``corum.gmt``, ``go_cc.gmt``, ``hpa.tsv``, ``images/<color>/*.jpg`` with
            ``images/samples.csv``, ``truth.nodes`` with ``truth.edges``, and ``proteins.txt``.
        n_proteins: Size of the cell, >= 40. Names such as ``P0001`` are invented.
        noise: 0: clean, 1: as hard as the real data sets, up to 3: near chance level.
        images_per_protein: Fields of each imaged protein; 0: no images.
        images_per_antibody: Fields by one antibody, >= 1, before another one is used.
        image_size: Width and height of a field in pixels, >= 64.
        seed: The same seed gives the same bytes.
        workers: Processes that draw images; the result does not depend on it.

    Raises:
        ConfigError: If a setting is out of range.
    """
    rng = {name: _stream(seed, part) for part, name in enumerate(PARTS)}
    truth = build_truth(n_proteins, rng["truth"])
    tested, imaged = _coverage(n_proteins, noise, rng["coverage"])
    write_truth(truth, folder)
    (folder / "ppi").mkdir()
    table = pull_down(truth, tested, noise, rng["apms"])
    table.to_csv(folder / "ppi" / "apms.tsv", sep="\t", index=False, lineterminator="\n")
    (folder / "secms").mkdir()
    for number, profiles in enumerate(elute(truth, noise, rng["elution"]), start=1):
        path = folder / "secms" / f"replicate{number}.tsv"
        profiles.to_csv(path, sep="\t", index=False, lineterminator="\n")
    write_gmt(folder / "corum.gmt", corum_terms(truth, noise, rng["corum"]), truth)
    write_gmt(folder / "go_cc.gmt", go_terms(truth, noise, rng["go_cc"]), truth)
    locations = hpa_table(truth, noise, rng["hpa"])
    locations.to_csv(folder / "hpa.tsv", sep="\t", index=False, lineterminator="\n")
    if images_per_protein > 0:
        each = (images_per_protein, noise, rng["images"], images_per_antibody)
        plan = plan_stainings(truth, imaged, *each)
        write_images(folder / "images", truth, plan, image_size, noise, workers)


def _stream(seed: int, part: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(part,)))


def _coverage(
    n: int, noise: float, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Draw the proteins covered by AP-MS and by imaging; each is covered by at least one."""
    both = WITH_BOTH**noise
    draw = rng.random(n)
    interactions_only = both + (1 - both) * WITH_ONE[0] / sum(WITH_ONE)
    return draw < interactions_only, (draw < both) | (draw >= interactions_only)
