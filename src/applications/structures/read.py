"""Results of structure predictors: ipTM, ipSAE, pDockQ, LIS of each model and pair of chains."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ...artifacts import Findings
from ...errors import DataError
from ..use import Use, existing
from .complexes import Complex
from .manifest import Job, plain_name, read_jobs
from .scores.agreement import Agreement, Contacts, agreements, over_models
from .scores.layouts import Found, found_models
from .scores.metrics import Interface, clashes, confidence
from .scores.result_files import result_files
from .scores.score_tables import read_score_table

FIRST = (
    "job", "seed", "model", "chain_a", "chain_b", "iptm", "ptm", "pdockq", "pdockq2", "lis",
    "ipsae_ab", "ipsae_ba", "ipsae_max", "ipsae_min", "contacts", "confidence", "clis", "ilis",
    "lia", "interface_plddt", "interface_residues", "clashes", "ranking", "protein_a",
    "protein_b", "kind", "predictor",
)  # fmt: skip
"""Columns of the answer, in this order; those that two directions have follow."""

TEXTS = ("job", "seed", "model", "chain_a", "chain_b", "protein_a", "protein_b", "kind")
"""Columns that name a row."""

TABLES = (".tsv", ".csv", ".txt", ".tsv.gz", ".csv.gz", ".txt.gz")
"""How a table of scores ends that is read in place of a folder."""

CONTACTS = ("job", "chain_a", "chain_b", "residue_a", "residue_b", "models")
RESIDUES = ("job", "chain", "protein", "residue", "plddt")


@dataclass
class Results:
    """What has been read so far.

    Attributes:
        rows: One of each model and pair of chains.
        incomplete: What could not be read, with the reason.
        contacts: The contacts of each model and pair of chains.
    """

    rows: list[dict[str, object]] = field(default_factory=list)
    incomplete: list[dict[str, str]] = field(default_factory=list)
    contacts: list[Contacts] = field(default_factory=list)

    def leave_out(self, job: str, model: str, source: object, reason: object) -> None:
        """Note what could not be read."""
        why = str(reason).removeprefix(f"{source}: ")
        self.incomplete.append({"job": job, "model": model, "source": str(source), "reason": why})

    def add(self, found: Complex, layout: str, job: Job | None) -> None:
        """Compute the metrics of each pair of chains of a model.

        Raises:
            DataError: If its chains are not those of the job.
        """
        names = found.coordinates.chains
        pairs = list(found.pairs()) if job is None else [job.chains(found.coordinates)]
        said = ("", "", "") if job is None else (*job.proteins, job.kind)
        for a, b in pairs:
            interface = Interface.of(found, a, b)
            iptm = found.iptm_of(names[a], names[b])
            row = dict(zip(TEXTS[:5], _named(found, a, b), strict=True))
            figures: dict[str, object] = dict(interface.metrics())
            figures |= {"iptm": iptm, "ptm": found.ptm, "ranking": found.ranking}
            figures |= {"confidence": confidence(iptm, found.ptm), "clashes": clashes(found, a, b)}
            figures |= dict(zip(TEXTS[5:], said, strict=True))
            self.rows.append({**row, **figures, "predictor": layout})
            self.contacts.append(Contacts.of(found, interface, (a, b), said[:2]))


def _named(found: Complex, a: int, b: int) -> tuple[str, ...]:
    names = found.coordinates.chains
    return found.job, found.seed, found.model, names[a], names[b]


def find_structures(use: Use) -> Findings:
    """Read what predictors left in a folder, and compute the metrics of every interface.

    Raises:
        DataError: If nothing can be read, or the list of jobs is none.
    """
    place = existing("results", str(use.settings["results"]))
    path = use.file("jobs")
    jobs = None if path is None else read_jobs(path)
    if place.is_file() and place.name.endswith(TABLES):
        results = Results(rows=read_score_table(place, jobs))
    else:
        results = _read_all(place, jobs)
    if not results.rows:
        reasons = "; ".join(f"{one['source']}: {one['reason']}" for one in results.incomplete[:1])
        raise DataError(
            f"results: {place} holds no whole model of ColabFold, AlphaFold 3, AlphaFold Server, "
            f"Boltz or Chai{f' ({reasons})' if reasons else ''}."
        )
    return findings(results)


def _read_all(place: Path, jobs: Mapping[str, Job] | None) -> Results:
    """Read every model; what cannot be read is named with the reason."""
    results = Results()
    models = found_models(result_files(place))
    for found in _distinct(models, results):
        job = None if jobs is None else jobs.get(plain_name(found.job))
        if jobs is not None and job is None:
            results.leave_out(found.job, found.model, found.source, "is not in the list of jobs.")
            continue
        try:
            results.add(found.read(), found.layout, job)
        except DataError as error:
            results.leave_out(found.job, found.model, found.source, error)
    named = {plain_name(found.job) for found in models}
    for key in (jobs or {}).keys() - named:
        results.leave_out((jobs or {})[key].name, "", place.name, "no result was found.")
    return results


def _distinct(models: Sequence[Found], results: Results) -> Iterator[Found]:
    """Yield the models whose name no other has; the others could be of two proteins each."""
    keys = [(one.layout, plain_name(one.job), one.seed, one.model) for one in models]
    for key, one in zip(keys, models, strict=True):
        if keys.count(key) == 1:
            yield one
        else:
            others = [o.source for o, k in zip(models, keys, strict=True) if k == key and o != one]
            reason = f"{others[0]} has the same job, seed and model; rename one."
            results.leave_out(one.job, one.model, one.source, reason)


def findings(results: Results) -> Findings:
    """Return what was read: each model, each pair over its models, contacts, what was left out."""
    table = pd.DataFrame(results.rows)
    columns = [*FIRST, *(name for name in table if name not in FIRST)]
    table = table.reindex(columns=columns)
    found = agreements(results.contacts)
    pairs = over_models(table, found)
    incomplete = pd.DataFrame(results.incomplete, columns=["job", "model", "source", "reason"])
    tables = {
        "structures": table,
        "pairs": pairs,
        "contacts": _rows(found, Agreement.contact_rows, CONTACTS),
        "interface_residues": _rows(found, Agreement.residue_rows, RESIDUES),
        "incomplete": incomplete.sort_values(["job", "model"], kind="stable"),
    }
    score = statistic(pairs)
    if (pairs["kind"] != "").any():
        tables["scores"] = scores_of(pairs, score)
    figures = {"models": float(len(table)), "pairs": float(len(pairs))}
    figures |= {"incomplete": float(len(incomplete))}
    return Findings("Structures of protein pairs", tables, figures, _notes(tables, score))


def statistic(pairs: pd.DataFrame) -> str:
    """Return the score that error rates are given of, chosen before any score is looked at.

    The smaller ipSAE of both directions where every pair has a PAE, else AlphaFold-Multimer's
    confidence.
    """
    has_pae = "ipsae_min" in pairs and pairs["ipsae_min"].notna().all()
    return "ipsae_min" if has_pae else "confidence"


def scores_of(pairs: pd.DataFrame, score: str) -> pd.DataFrame:
    """Return what ``structures rates`` takes: the median over models of one score of each pair."""
    found = pairs[["job", "kind", score, "protein_a", "protein_b"]]
    found = found.set_axis(["pair", "kind", "score", "protein_a", "protein_b"], axis=1)
    return found[found["score"].notna()].sort_values("pair")


def _rows(
    found: Sequence[Agreement],
    rows_of: Callable[[Agreement], Iterable[tuple[object, ...]]],
    columns: Sequence[str],
) -> pd.DataFrame:
    return pd.DataFrame([row for one in found for row in rows_of(one)], columns=list(columns))


def _notes(tables: Mapping[str, pd.DataFrame], score: str) -> tuple[str, ...]:
    table, left_out = tables["structures"], tables["incomplete"]
    jobs = table["job"].nunique()
    said = [f"{len(table):,} models and pairs of chains of {jobs:,} jobs were read."]
    if len(left_out):
        first = left_out.iloc[0]
        said.append(
            f"{len(left_out):,} were not, each with its reason in incomplete.tsv; such as "
            f"{first['source']}: {first['reason']}"
        )
    if table["ipsae_min"].isna().any():
        said.append("Metrics of the PAE are blank where the predictor left none.")
    if "scores" in tables:
        said.append(f"scores.tsv holds the median {score} of each pair, for structures rates.")
    return tuple(said)
