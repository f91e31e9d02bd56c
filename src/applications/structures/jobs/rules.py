"""Input rules of each structure predictor, by which written jobs are validated."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import yaml

from ....errors import DataError
from .sequences import AMINO_ACIDS
from .writers import SERVER_JOBS

JOB_NAME = re.compile(r"[A-Za-z0-9_.-]+")
"""Names that ColabFold does not change."""

SERVER_RESIDUES = 5000
"""Tokens that AlphaFold Server takes in one job (alphafoldserver.com/faq)."""

Job = tuple[str, tuple[str, ...]]
"""Name of a job and the sequences of its chains, as a file says them."""


def read_back(files: Mapping[str, str], name: str) -> list[Job]:
    """Return the jobs that a predictor's files hold.

    Args:
        files: Path below the folder of the plan -> text.
        name: Of the predictor.

    Raises:
        DataError: If it would not accept one of them.
    """
    inside = {path: text for path, text in files.items() if path.startswith(f"{name}/")}
    jobs = list(READERS[name](inside))
    names = [job for job, _ in jobs]
    twice = next((job for job in names if names.count(job) > 1), None) if _repeats(names) else None
    if twice:
        raise _refused(name, f"two jobs are called '{twice}'")
    for job, chains in jobs:
        if not JOB_NAME.fullmatch(job):
            raise _refused(name, f"the name '{job}' would be changed")
        if len(chains) != 2:
            raise _refused(name, f"{job} has {len(chains)} chains")
        if any(not sequence or set(sequence) - AMINO_ACIDS for sequence in chains):
            raise _refused(name, f"{job} has other letters than the 20 amino acids")
    return jobs


def _repeats(names: Sequence[str]) -> bool:
    return len(set(names)) < len(names)


def _refused(name: str, why: str) -> DataError:
    return DataError(f"{name}: {why}; the predictor would not take it.")


def _colabfold(files: Mapping[str, str]) -> Iterator[Job]:
    header, *rows = files["colabfold/jobs.csv"].splitlines()
    if header != "id,sequence":
        raise _refused("colabfold", "the header must be id,sequence")
    for row in rows:
        name, _, sequence = row.partition(",")
        chains = tuple(sequence.split(":"))
        _check_a3m(files.get(f"colabfold/a3m/{name}.a3m"), name, chains)
        yield name, chains


def _check_a3m(text: str | None, name: str, chains: Sequence[str]) -> None:
    if text is None:
        return
    first, *rest = text.splitlines()
    widths = [int(n) for n in first[1:].split("\t")[0].split(",")]
    rows = ("".join(x for x in row if not x.islower()) for row in rest if row[:1] != ">")
    if widths != list(map(len, dict.fromkeys(chains))) or any(len(r) != sum(widths) for r in rows):
        raise _refused("colabfold", f"the MSA of {name} is not as wide as its chains")


def _af3(files: Mapping[str, str]) -> Iterator[Job]:
    for path, text in files.items():
        if not path.endswith(".json"):
            continue
        job = json.loads(text)
        if job["dialect"] != "alphafold3" or job["version"] not in (1, 2, 3, 4):
            raise _refused("af3", f"{path} has another dialect or version")
        proteins = [one["protein"] for one in job["sequences"]]
        for protein in proteins:
            if {"unpairedMsaPath", "pairedMsa"} & set(protein) and not (
                f"af3/{protein.get('unpairedMsaPath', '').removeprefix('../')}" in files
                and "pairedMsa" in protein
            ):
                raise _refused("af3", f"{path} needs both MSAs of a protein, in files beside")
        if not job["modelSeeds"] or not all(isinstance(seed, int) for seed in job["modelSeeds"]):
            raise _refused("af3", f"{path} needs whole numbers as seeds")
        yield job["name"], _chains("af3", proteins)


def _chains(name: str, proteins: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    """Return the sequence of each chain; identifiers must be capitals that no other chain has."""
    seen: list[str] = []
    chains = []
    for protein in proteins:
        given = protein["id"]
        mine = [str(one) for one in given] if isinstance(given, list) else [str(given)]
        seen += mine
        chains += [str(protein["sequence"])] * len(mine)
    if _repeats(seen) or not all(re.fullmatch("[A-Z]+", one) for one in seen):
        raise _refused(name, f"chains are called {', '.join(seen)}")
    return tuple(chains)


def _server(files: Mapping[str, str]) -> Iterator[Job]:
    for path, text in files.items():
        jobs = json.loads(text)
        if not isinstance(jobs, list) or len(jobs) > SERVER_JOBS:
            raise _refused("af3server", f"{path} must be a list of at most {SERVER_JOBS} jobs")
        for job in jobs:
            if job["dialect"] != "alphafoldserver" or job["version"] != 1:
                raise _refused("af3server", f"{path} has another dialect or version")
            if not all(isinstance(seed, str) for seed in job["modelSeeds"]):
                raise _refused("af3server", f"{path} needs seeds as text")
            chains = [one["proteinChain"] for one in job["sequences"]]
            sequences = tuple(c["sequence"] for c in chains for _ in range(c["count"]))
            if sum(map(len, sequences)) > SERVER_RESIDUES:
                raise _refused(
                    "af3server",
                    f"{job['name']} has more than {SERVER_RESIDUES:,} residues (max_residues=, or "
                    "leave af3server out of formats=)",
                )
            yield job["name"], sequences


def _boltz(files: Mapping[str, str]) -> Iterator[Job]:
    for path, text in files.items():
        if not path.endswith(".yaml"):
            continue
        job = yaml.load(text, Loader=yaml.CSafeLoader)
        if job["version"] != 1:
            raise _refused("boltz", f"{path} has another version")
        proteins = [one["protein"] for one in job["sequences"]]
        for protein in proteins:
            msa = protein.get("msa")
            if msa and f"boltz/{msa.removeprefix('../')}" not in files:
                raise _refused("boltz", f"{path} names an MSA that is not there")
        yield path.rpartition("/")[2].removesuffix(".yaml"), _chains("boltz", proteins)


def _chai(files: Mapping[str, str]) -> Iterator[Job]:
    for path, text in files.items():
        if not path.endswith(".fasta"):
            continue
        records = [part.split("\n") for part in text.strip()[1:].split("\n>")]
        names = [record[0] for record in records]
        if _repeats(names) or not all(re.fullmatch(r"protein\|name=\S+", one) for one in names):
            raise _refused("chai", f"{path} needs headers protein|name=.. that differ")
        yield path.rpartition("/")[2].removesuffix(".fasta"), tuple(r[1] for r in records)


READERS: dict[str, Callable[[Mapping[str, str]], Iterator[Job]]] = {
    "colabfold": _colabfold,
    "af3": _af3,
    "af3server": _server,
    "boltz": _boltz,
    "chai": _chai,
}
