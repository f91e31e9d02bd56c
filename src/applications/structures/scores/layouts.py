"""File layouts of ColabFold, AlphaFold 3 (local and server), Boltz and Chai results.

A layout finds its models among the files of a folder by their names, and reads one when asked, so
that of a model with a missing or damaged file the reason can be reported while the others are read.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ....errors import DataError
from ..complexes import Complex, Coordinates, Floats, Index
from .coordinates import read_coordinates
from .result_files import ResultFile, ResultFiles, matrix_in, number_in

COLABFOLD = re.compile(
    r"(?P<job>.+)_scores_(?P<rank>rank_\d+_.+_model_(?P<model>\d+)_seed_(?P<seed>\d+))\.json"
)
SERVER = re.compile(r"(?P<job>.+)_full_data_(?P<model>\d+)\.json")
LOCAL = re.compile(
    r"(?P<stem>(?:(?P<job>.+?)_)??(?:seed-(?P<seed>\d+)_sample-(?P<model>\d+)_)?)"
    r"summary_confidences\.json"
)
SAMPLE = re.compile(r"seed-(?P<seed>\d+)_sample-(?P<model>\d+)")
BOLTZ = re.compile(r"(?P<lead>(?:.*__)?)confidence_(?P<job>.+)_model_(?P<model>\d+)\.json")
CHAI = re.compile(r"scores\.model_idx_(?P<model>\d+)\.npz")

Files = dict[str, "ResultFile | None"]


@dataclass(frozen=True)
class ModelFiles:
    """A model whose files have been found and not yet read.

    Attributes:
        layout: Name of the predictor.
        job: Name of the job.
        seed: "" where the layout does not say.
        model: Which of the models of the seed.
        source: The file that it was found by.
        files: The files it needs: name -> the file, None where it is missing.
        parse: Reads it.
    """

    layout: str
    job: str
    seed: str
    model: str
    source: ResultFile
    files: Files
    parse: Callable[[ModelFiles], Complex]

    def read(self) -> Complex:
        """Return the model.

        Raises:
            DataError: If a file is missing, damaged, or does not fit the others.
        """
        missing = [name for name, file in self.files.items() if file is None]
        if missing:
            raise DataError(f"{self.source}: {', '.join(missing)} is missing beside it.")
        return self.parse(self)

    def file(self, position: int) -> ResultFile:
        """Return one of the files that it needs."""
        file = list(self.files.values())[position]
        if file is None:
            raise DataError(f"{self.source}: a file is missing beside it.")
        return file

    def complex(
        self, place: Coordinates, pae: Floats | None, summary: Mapping[str, object]
    ) -> Complex:
        """Return the model, with the metrics that the predictor's JSON states."""
        iptm, ptm = (number_in(summary, name, self.source) for name in ("iptm", "ptm"))
        stated = ("ranking_score", "confidence_score")
        ranking = next((number_in(summary, n, self.source) for n in stated if n in summary), np.nan)
        return Complex(
            self.job, self.seed, self.model, str(self.source), place, pae, iptm, ptm, ranking
        )


def found_models(files: ResultFiles) -> list[ModelFiles]:
    """Return the models of every layout that is known, in the order of their files."""
    layouts = (_colabfold, _server, _local, _boltz, _chai)
    return [one for layout in layouts for one in layout(files)]


def _coordinates(file: ResultFile) -> Coordinates:
    return replace(read_coordinates(str(file), file.text()), file=file.unpacked)


def _beside(files: ResultFiles, file: ResultFile, *names: str) -> Files:
    return {name: files.sibling(file, name) for name in names}


def _colabfold(files: ResultFiles) -> Iterator[ModelFiles]:
    for file, match in files.matching(COLABFOLD):
        names = [f"{match['job']}_{kind}_{match['rank']}.pdb" for kind in ("unrelaxed", "relaxed")]
        place: Files = {names[0]: files.sibling(file, *names)}
        yield ModelFiles(
            "colabfold", match["job"], match["seed"], match["model"], file, place, _read_colabfold
        )


def _read_colabfold(model: ModelFiles) -> Complex:
    summary = model.source.json()
    place = _coordinates(model.file(0))
    plddt = matrix_in(summary, "plddt", model.source, 1)
    pae = matrix_in(summary, "pae", model.source)
    return model.complex(_with_plddt(model, place, plddt), pae, summary)


def _with_plddt(model: ModelFiles, place: Coordinates, plddt: Floats) -> Coordinates:
    if len(plddt) != len(place.letters):
        raise DataError(
            f"{model.source}: pLDDT of {len(plddt)} residues, the structure has "
            f"{len(place.letters)}; the two are not of one model."
        )
    return replace(place, plddt=plddt)


def _server(files: ResultFiles) -> Iterator[ModelFiles]:
    for file, match in files.matching(SERVER):
        job, model = match["job"], match["model"]
        rest: Files = {file.name: file}
        rest |= _beside(files, file, f"{job}_model_{model}.cif")
        summary = files.sibling(file, f"{job}_summary_confidences_{model}.json") or file
        name = job.removeprefix("fold_")
        yield ModelFiles("af3server", name, "", model, summary, rest, _read_alphafold3)


def _local(files: ResultFiles) -> Iterator[ModelFiles]:
    models = [_local_model(files, file, match) for file, match in files.matching(LOCAL)]
    sampled = {one.job for one in models if one.seed and None not in one.files.values()}
    for one in models:
        if one.seed:
            yield one
        elif one.job not in sampled:  # the best sample's files once more, at the top
            best = _best(files.sibling(one.source, *_ranking_names(one.job)))
            yield replace(one, seed=best[0], model=best[1])


def _local_model(files: ResultFiles, file: ResultFile, match: re.Match[str]) -> ModelFiles:
    folder = SAMPLE.fullmatch(file.folder.name)
    root = file.folder.parent if folder else file.folder
    stem, numbered = match["stem"], folder or match
    job = match["job"] or root.name or "alphafold3"
    rest = _beside(files, file, f"{stem}confidences.json", f"{stem}model.cif")
    seed, model = numbered["seed"] or "", numbered["model"] or ""
    return ModelFiles("af3", job, seed, model, file, rest, _read_alphafold3)


def _ranking_names(job: str) -> tuple[str, str]:
    return f"{job}_ranking_scores.csv", "ranking_scores.csv"


def _best(file: ResultFile | None) -> tuple[str, str]:
    """Return seed and sample of the highest ranking score; two blanks where there is no table."""
    rows = [] if file is None else list(csv.DictReader(io.StringIO(file.text())))
    try:
        best = max(rows, key=lambda row: float(row["ranking_score"]))
        return best["seed"], best["sample"]
    except (KeyError, TypeError, ValueError):
        return "", ""


def _read_alphafold3(model: ModelFiles) -> Complex:
    summary, full = model.source.json(), model.file(0).json()
    place = _coordinates(model.file(1))
    tokens = _tokens(model, place, full)
    pae = matrix_in(full, "pae", model.file(0))
    listed = len(_strings(model, full, "token_chain_ids"))
    _check_tokens(model, pae, listed)
    if place.tokens != listed:
        raise DataError(
            f"{model.file(1)}: the structure has {place.tokens} tokens, {model.file(0)} has "
            f"{listed}; one of the two is truncated, or they are not of one model."
        )
    read = model.complex(place, pae[np.ix_(tokens, tokens)], summary)
    chains = list(dict.fromkeys(_strings(model, full, "token_chain_ids")))
    return replace(read, pair_iptm=_pairs(summary, "chain_pair_iptm", model, chains))


def _strings(model: ModelFiles, full: Mapping[str, object], key: str) -> list[str]:
    values = full.get(key)
    if not isinstance(values, list):
        raise DataError(f"{model.file(0)}: has no list '{key}'.")
    return [str(value) for value in values]


def _tokens(model: ModelFiles, place: Coordinates, full: Mapping[str, object]) -> Index:
    """Return each residue's token, by chain and number: the CIF may order chains otherwise."""
    chains, numbers = (_strings(model, full, f"token_{key}_ids") for key in ("chain", "res"))
    first: dict[tuple[str, str], int] = {}
    count: dict[tuple[str, str], int] = {}
    for k, key in enumerate(zip(chains, numbers, strict=False)):
        first.setdefault(key, k)
        count[key] = count.get(key, 0) + 1
    keys = [
        (place.chains[c], str(n)) for c, n in zip(place.chain, place.number.tolist(), strict=True)
    ]
    absent = next((key for key in keys if key not in first), None)
    if absent:
        raise DataError(
            f"{model.file(0)}: has no token of residue {absent[1]} of chain {absent[0]}, which "
            "the structure has; the two are not of one model."
        )
    pairs = zip(keys, place.offset.tolist(), strict=True)
    return np.array([first[key] + (k if count[key] > 1 else 0) for key, k in pairs], np.intp)


def _check_tokens(model: ModelFiles, pae: Floats, tokens: int) -> None:
    if pae.shape != (tokens, tokens):
        raise DataError(
            f"{model.source}: the PAE is {' x '.join(map(str, pae.shape))}, but there are {tokens} "
            "tokens; the files are not of one model."
        )


def _pairs(
    summary: Mapping[str, object], key: str, model: ModelFiles, chains: Sequence[str]
) -> dict[tuple[str, str], float]:
    """Return a table of chain pairs; one of another size than the chains is refused."""
    if summary.get(key) is None:
        return {}
    values = matrix_in(summary, key, model.source)
    if values.shape != (len(chains), len(chains)):
        raise DataError(f"{model.source}: {key} is not of {len(chains)} chains.")
    return _by_pair(values, chains)


def _by_pair(values: Floats, chains: Sequence[str]) -> dict[tuple[str, str], float]:
    return {(a, b): float(values[i, j]) for i, a in enumerate(chains) for j, b in enumerate(chains)}


def _boltz(files: ResultFiles) -> Iterator[ModelFiles]:
    for file, match in files.matching(BOLTZ):
        lead, job, model = match["lead"], match["job"], match["model"]
        stem = f"{job}_model_{model}"
        shapes = [f"{lead}{stem}.cif", f"{lead}{stem}.pdb"]
        rest: Files = {shapes[0]: files.sibling(file, *shapes)}
        rest |= _beside(files, file, f"{lead}pae_{stem}.npz")
        plddt = files.sibling(file, f"{lead}plddt_{stem}.npz")
        rest |= {} if plddt is None else {plddt.name: plddt}
        yield ModelFiles("boltz", job, "", model, file, rest, _read_boltz)


def _read_boltz(model: ModelFiles) -> Complex:
    summary, place = model.source.json(), _coordinates(model.file(0))
    pae = model.file(1).array("pae", 2)
    _check_tokens(model, pae, place.tokens)
    own = place.token + place.offset
    if len(model.files) > 2:
        plddt = model.file(2).array("plddt", 1)
        _check_tokens(model, np.empty((len(plddt), len(plddt))), place.tokens)
        place = replace(place, plddt=100 * plddt[own])  # Boltz writes 0..1
    read = model.complex(place, pae[np.ix_(own, own)], summary)
    return replace(read, pair_iptm=_boltz_pairs(summary, model, place.chains))


def _boltz_pairs(
    summary: Mapping[str, object], model: ModelFiles, chains: Sequence[str]
) -> dict[tuple[str, str], float]:
    """Return ipTM of chain pairs, which Boltz keys by the position of the chain: "0", "1"."""
    table = summary.get("pair_chains_iptm")
    if not isinstance(table, Mapping) or set(table) != {str(k) for k in range(len(chains))}:
        return {}  # with ligands positions are not those of the proteins
    return {
        (a, b): number_in(table[str(i)], str(j), model.source)
        for i, a in enumerate(chains)
        for j, b in enumerate(chains)
    }


def _chai(files: ResultFiles) -> Iterator[ModelFiles]:
    for file, match in files.matching(CHAI):
        rest = _beside(files, file, f"pred.model_idx_{match['model']}.cif")
        job = file.folder.name or "chai"
        yield ModelFiles("chai", job, "", match["model"], file, rest, _read_chai)


def _read_chai(model: ModelFiles) -> Complex:
    """Read a model of Chai, whose command line writes no PAE."""
    place = _coordinates(model.file(0))
    metrics = ("iptm", "ptm", "aggregate_score")
    summary = {key: float(model.source.array(key, 0)) for key in metrics}
    read = model.complex(place, None, summary | {"ranking_score": summary["aggregate_score"]})
    values = model.source.array("per_chain_pair_iptm", 2)
    if values.shape != (len(place.chains),) * 2:
        return read  # with ligands positions are not those of the proteins
    return replace(read, pair_iptm=_by_pair(values, place.chains))
