"""Input of structure predictors: ColabFold, AlphaFold 3, AlphaFold Server, Boltz and Chai.

Each writer takes the same jobs and returns files by their name below the predictor's folder. What
is written is read back by `rules.py` and checked against what the predictor accepts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from ....errors import DataError
from .sequences import Protein, read_fasta

FORMATS = ("colabfold", "af3", "af3server", "boltz", "chai")

SERVER_JOBS = 30
"""Jobs of a file for AlphaFold Server, which takes so many a day."""

Files = dict[str, str]


@dataclass(frozen=True)
class FoldingJob:
    """Two proteins to fold, under a name that says nothing of them.

    Attributes:
        name: Small letters, digits and ``_``: no predictor writes it otherwise.
        proteins: Both.
    """

    name: str
    proteins: tuple[Protein, Protein]

    @property
    def is_homodimer(self) -> bool:
        """Whether both chains are of one sequence."""
        return self.proteins[0].letters == self.proteins[1].letters

    @property
    def chains(self) -> list[tuple[object, Protein]]:
        """Each sequence once, with the name of its chain, or the names of both."""
        if self.is_homodimer:
            return [(["A", "B"], self.proteins[0])]
        return list(zip("AB", self.proteins, strict=True))


@dataclass(frozen=True)
class Alignments:
    """MSAs, one a protein, as A3M text.

    Attributes:
        texts: SHA-256 of a sequence -> its MSA; empty where MSAs are made later.
    """

    texts: Mapping[str, str]

    @classmethod
    def read(cls, place: object, jobs: Sequence[FoldingJob]) -> Alignments:
        """Return the MSAs of a folder, named ``<SHA-256>.a3m`` or ``<accession>.a3m``.

        Args:
            place: The folder; None: there are none yet.
            jobs: The jobs whose proteins are looked for.

        Raises:
            DataError: If there is no folder, or an MSA is of another sequence.
        """
        if place is None:
            return cls({})
        folder = Path(str(place))
        if not folder.is_dir():
            raise DataError(f"msa: {folder} is no folder.")
        alignments = {}
        for one in {one.sha256: one for job in jobs for one in job.proteins}.values():
            paths = (folder / f"{name}.a3m" for name in (one.sha256, one.accession))
            path = next((path for path in paths if path.is_file()), None)
            if path is not None:
                alignments[one.sha256] = _alignment(path, one)
        return cls(alignments)

    def of(self, protein: Protein) -> str | None:
        """Return the MSA of a protein, or None."""
        return self.texts.get(protein.sha256)


def _alignment(path: Path, protein: Protein) -> str:
    """Return the text of an MSA.

    Raises:
        DataError: If it is of another protein, or a row is not as wide as its sequence.
    """
    if next(read_fasta(path)).letters != protein.letters:
        raise DataError(f"msa: {path} begins with another sequence than its protein's.")
    text = path.read_text(encoding="utf-8")
    for header, row in _records(text):
        width = sum(not sign.islower() for sign in row)
        if width != protein.length:
            raise DataError(
                f"msa: {path}: row '{header[:40]}' has {width} columns, its protein has "
                f"{protein.length} residues; make the MSA again."
            )
    return text


def written(jobs: Sequence[FoldingJob], formats: Sequence[str], msas: Alignments) -> Files:
    """Return the input files of each format, below a folder of its name."""
    return {
        f"{name}/{path}": text
        for name in formats
        for path, text in WRITERS[name](jobs, msas).items()
    }


def _colabfold(jobs: Sequence[FoldingJob], msas: Alignments) -> Files:
    """Write one table of all jobs, or with MSAs one A3M a job: pairs are folded from either."""
    rows = [f"{job.name},{':'.join(one.letters for one in job.proteins)}" for job in jobs]
    files = {"jobs.csv": "\n".join(["id,sequence", *rows]) + "\n"}
    for job in jobs:
        if all(msas.of(one) for one in job.proteins):
            files[f"a3m/{job.name}.a3m"] = _paired_a3m(job, msas)
    return files | {"run.slurm": _slurm("colabfold", len(jobs), COLABFOLD)}


def _paired_a3m(job: FoldingJob, msas: Alignments) -> str:
    """Return ColabFold's A3M of a complex: lengths, both queries, then each MSA padded."""
    lengths = [one.length for one in job.proteins]
    if job.is_homodimer:
        return f"#{lengths[0]}\t2\n{msas.of(job.proteins[0])}"
    lines = [f"#{lengths[0]},{lengths[1]}\t1,1", ">101\t102"]
    lines.append("".join(one.letters for one in job.proteins))
    for k, one in enumerate(job.proteins):
        before, after = "-" * lengths[0] * k, "-" * lengths[1] * (1 - k)
        for n, (header, row) in enumerate(_records(msas.of(one) or "")):
            lines += [f">{101 + k}" if n == 0 else f">{header}", f"{before}{row}{after}"]
    return "\n".join(lines) + "\n"


def _records(a3m: str) -> list[tuple[str, str]]:
    """Return header and row of each record of an A3M."""
    parts = (part.partition("\n") for part in a3m.lstrip()[1:].split("\n>"))
    return [(header, "".join(rest.split())) for header, _, rest in parts]


def _af3(jobs: Sequence[FoldingJob], msas: Alignments) -> Files:
    """Write one JSON a job for AlphaFold 3; MSAs are in the same folder, one a protein."""
    files: Files = {}
    for job in jobs:
        files[f"json/{job.name}.json"] = _json(_af3_job(job, msas))
        for one in job.proteins:
            if text := msas.of(one):
                files[f"msa/{one.sha256}.a3m"] = text
    return files | {"run.slurm": _slurm("af3", len(jobs), AF3)}


def _af3_job(job: FoldingJob, msas: Alignments) -> dict[str, object]:
    entities = []
    for chain, one in job.chains:
        protein: dict[str, object] = {"id": chain, "sequence": one.letters}
        if msas.of(one):
            path = f"../msa/{one.sha256}.a3m"
            protein |= {"unpairedMsaPath": path, "pairedMsa": "", "templates": []}
        entities.append({"protein": protein})
    return {
        "name": job.name,
        "modelSeeds": [1],
        "sequences": entities,
        "dialect": "alphafold3",
        "version": 2,
    }


def _server(jobs: Sequence[FoldingJob], _: Alignments) -> Files:
    """Write lists of jobs for AlphaFold Server, which makes its own MSAs."""
    parts = [jobs[k : k + SERVER_JOBS] for k in range(0, len(jobs), SERVER_JOBS)]
    return {
        f"jobs_{k:03d}.json": _json([_server_job(job) for job in part])
        for k, part in enumerate(parts, 1)
    }


def _server_job(job: FoldingJob) -> dict[str, object]:
    proteins = job.proteins[:1] if job.is_homodimer else job.proteins
    count = 2 if job.is_homodimer else 1
    chains = [{"proteinChain": {"sequence": one.letters, "count": count}} for one in proteins]
    return {
        "name": job.name,
        "modelSeeds": [],
        "sequences": chains,
        "dialect": "alphafoldserver",
        "version": 1,
    }


def _boltz(jobs: Sequence[FoldingJob], msas: Alignments) -> Files:
    """Write one YAML a job for Boltz, MSAs as CSV, which it wants for several proteins."""
    files: Files = {}
    for job in jobs:
        files[f"yaml/{job.name}.yaml"] = yaml.dump(
            _boltz_job(job, msas), Dumper=yaml.CSafeDumper, sort_keys=False
        )
        for one in job.proteins:
            if text := msas.of(one):
                files[f"msa/{one.sha256}.csv"] = _boltz_csv(text)
    return files | {"run.slurm": _slurm("boltz", len(jobs), BOLTZ)}


def _boltz_job(job: FoldingJob, msas: Alignments) -> dict[str, object]:
    entities = []
    for chain, one in job.chains:
        protein: dict[str, object] = {"id": chain, "sequence": one.letters}
        if msas.of(one):
            protein["msa"] = f"../msa/{one.sha256}.csv"
        entities.append({"protein": protein})
    return {"version": 1, "sequences": entities}


def _boltz_csv(a3m: str) -> str:
    """Return an MSA as Boltz's table; key -1: no row is paired."""
    rows = [f"-1,{row}" for _, row in _records(a3m)]
    return "\n".join(["key,sequence", *rows]) + "\n"


def _chai(jobs: Sequence[FoldingJob], msas: Alignments) -> Files:
    """Write one FASTA a job for Chai, whose names must differ; MSAs become Parquet by its tool."""
    files: Files = {}
    for job in jobs:
        chains = zip("AB", job.proteins, strict=True)
        lines = [f">protein|name={job.name}_{chain}\n{one.letters}" for chain, one in chains]
        files[f"fasta/{job.name}.fasta"] = "\n".join(lines) + "\n"
        for one in job.proteins:
            if text := msas.of(one):
                files[f"a3m/{one.sha256}/hits.a3m"] = text
    return files | {"run.slurm": _slurm("chai", len(jobs), CHAI)}


Writer = Callable[[Sequence[FoldingJob], Alignments], Files]

WRITERS: dict[str, Writer] = {
    "colabfold": _colabfold,
    "af3": _af3,
    "af3server": _server,
    "boltz": _boltz,
    "chai": _chai,
}

COLABFOLD = """\
if [ -d a3m ]; then
  colabfold_batch "$(ls a3m/*.a3m | sed -n "${SLURM_ARRAY_TASK_ID}p")" results
else
  k=$SLURM_ARRAY_TASK_ID
  (head -1 jobs.csv; sed -n "$((k + 1))p" jobs.csv) > "job_$k.csv"
  colabfold_batch "job_$k.csv" results
fi"""

AF3 = """\
# with MSAs given add --norun_data_pipeline; databases and weights: $AF3_DB, $AF3_WEIGHTS
python run_alphafold.py --json_path="$(ls json/*.json | sed -n "${SLURM_ARRAY_TASK_ID}p")" \\
  --model_dir="$AF3_WEIGHTS" --db_dir="$AF3_DB" --output_dir=results"""

BOLTZ = """\
# without MSAs add --use_msa_server; PAE is off by default and needed for ipSAE and LIS
boltz predict "$(ls yaml/*.yaml | sed -n "${SLURM_ARRAY_TASK_ID}p")" --write_full_pae \\
  --out_dir results"""

CHAI = """\
# MSAs, once for all: for d in a3m/*/; do chai-lab a3m-to-pqt "$d" --output-directory msa; done
# then add --msa-directory msa, or without MSAs --use-msa-server
job=$(ls fasta/*.fasta | sed -n "${SLURM_ARRAY_TASK_ID}p")
chai-lab fold "$job" "results/$(basename "$job" .fasta)\""""


def _slurm(name: str, jobs: int, command: str) -> str:
    """Return a Slurm array of one job each, at most 20 at a time."""
    return (
        f"#!/bin/bash\n#SBATCH --job-name={name}\n#SBATCH --array=1-{jobs}%20\n"
        "#SBATCH --gres=gpu:1\n#SBATCH --time=04:00:00\n"
        'set -euo pipefail\ncd "$SLURM_SUBMIT_DIR"\n'
        f"{command}\n"
    )


def _json(value: object) -> str:
    return json.dumps(value, indent=1) + "\n"
