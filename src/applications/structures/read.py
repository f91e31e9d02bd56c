"""Results of structure predictors: ipTM, ipSAE, pDockQ, LIS of each model and pair of chains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from ...artifacts import Findings
from ...errors import DataError
from ...stages.reading import identifier_map
from ..use import Use, existing
from .complexes import Complex
from .known import KnownPairs, check_cutoff, ordered
from .manifest import Job, plain_name, read_jobs
from .scores.agreement import PAIR_KEY, Agreement, Contacts, agreements, over_models
from .scores.evidence import (
    PAGE,
    FoldedPair,
    by_assembly,
    cards_of,
    command_files,
    contact_page,
)
from .scores.layouts import ModelFiles, found_models
from .scores.metrics import Interface, clashes, confidence
from .scores.result_files import result_files
from .scores.score_tables import read_score_table

FIRST_COLUMNS = (
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

CONTACTS = ("job", "chain_a", "chain_b", "residue_a", "residue_b", "models", "pae")
LEFT_OUT = ["job", "model", "source", "reason"]
SCORED = ("candidate", "decoy")
"""Kinds of jobs that error rates are given of."""

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

    def add(self, model: Complex, layout: str, job: Job | None) -> None:
        """Compute the metrics of each pair of chains of a model.

        Raises:
            DataError: If its chains are not those of the job.
        """
        names = model.coordinates.chains
        pairs = list(model.pairs()) if job is None else [job.chains(model.coordinates)]
        identity = ("", "", "") if job is None else (*job.proteins, job.kind)
        for a, b in pairs:
            interface = Interface.of(model, a, b)
            iptm = model.iptm_of(names[a], names[b])
            row = dict(zip(TEXTS[:5], _named(model, a, b), strict=True))
            metrics: dict[str, object] = dict(interface.metrics())
            metrics |= {"iptm": iptm, "ptm": model.ptm, "ranking": model.ranking}
            metrics |= {"confidence": confidence(iptm, model.ptm), "clashes": clashes(model, a, b)}
            metrics |= dict(zip(TEXTS[5:], identity, strict=True))
            self.rows.append({**row, **metrics, "predictor": layout})
            score = float(metrics.get("ipsae_min", metrics["confidence"]))  # type: ignore[arg-type]
            self.contacts.append(Contacts.of(model, interface, (a, b), identity[:2], score))


def _named(model: Complex, a: int, b: int) -> tuple[str, ...]:
    names = model.coordinates.chains
    return model.job, model.seed, model.model, names[a], names[b]


def find_structures(use: Use) -> Findings:
    """Read what predictors left in a folder, and compute the metrics of every interface.

    Raises:
        DataError: If nothing can be read, or the list of jobs is none.
    """
    check_cutoff(use.settings["pdb_cutoff"])
    place = existing("results", str(use.settings["results"]))
    path = use.file("jobs")
    jobs = None if path is None else read_jobs(path)
    if place.is_file() and place.name.endswith(TABLES):
        results = Results(rows=read_score_table(place, jobs))
    else:
        results = read_models(place, jobs)
    if not results.rows:
        reasons = "; ".join(f"{one['source']}: {one['reason']}" for one in results.incomplete[:1])
        raise DataError(
            f"results: {place} holds no whole model of ColabFold, AlphaFold 3, AlphaFold Server, "
            f"Boltz or Chai{f' ({reasons})' if reasons else ''}."
        )
    return Reading(use, place, jobs or {}, results).findings()


def read_models(place: Path, jobs: Mapping[str, Job] | None) -> Results:
    """Read every model; what cannot be read is named with the reason."""
    results = Results()
    files = result_files(place)
    for archive, why in files.damaged.items():
        results.leave_out("", "", archive, why)
    models = found_models(files)
    for model in _distinct(models, results):
        job = None if jobs is None else jobs.get(plain_name(model.job))
        if jobs is not None and job is None:
            results.leave_out(model.job, model.model, model.source, "is not in the list of jobs.")
            continue
        try:
            results.add(model.read(), model.layout, job)
        except DataError as error:
            results.leave_out(model.job, model.model, model.source, error)
    named = {plain_name(model.job) for model in models}
    for key in (jobs or {}).keys() - named:
        results.leave_out((jobs or {})[key].name, "", place.name, "no result was found.")
    return results


def _distinct(models: Sequence[ModelFiles], results: Results) -> Iterator[ModelFiles]:
    """Yield the models whose name no other has; the others could be of two proteins each."""
    keys = [(one.layout, plain_name(one.job), one.seed, one.model) for one in models]
    times = Counter(keys)
    for key, one in zip(keys, models, strict=True):
        if times[key] == 1:
            yield one
        else:
            others = [o.source for o, k in zip(models, keys, strict=True) if k == key and o != one]
            reason = f"{others[0]} has the same job, seed and model; rename one."
            results.leave_out(one.job, one.model, one.source, reason)


@dataclass(frozen=True)
class Reading:
    """The results that were read, and the context of their report.

    Attributes:
        use: The map, if there is one, and the settings.
        place: The results.
        jobs: The list of jobs by plain name; empty where none was given.
        results: What was read.
    """

    use: Use
    place: Path
    jobs: Mapping[str, Job]
    results: Results

    @cached_property
    def known(self) -> KnownPairs | None:
        """Pairs in the PDB; None without a table."""
        path = self.use.file("pdb")
        identifiers = identifier_map(self.use.store, self.use.data_node.get("id_map"))
        return None if path is None else KnownPairs.read(path, identifiers)

    def findings(self) -> Findings:
        """Return each model, each pair over its models, contacts, cards, what was left out."""
        table = pd.DataFrame(self.results.rows)
        columns = [*FIRST_COLUMNS, *(name for name in table if name not in FIRST_COLUMNS)]
        table = table.reindex(columns=columns)
        agreed = agreements(self.results.contacts)
        pairs = over_models(table, agreed)
        if self.known is not None:
            pairs["pdb"] = [self.evidence_for(a, b) for a, b in zip(*_proteins(pairs), strict=True)]
        incomplete = pd.DataFrame(self.results.incomplete, columns=LEFT_OUT)
        tables = {
            "structures": table,
            "pairs": pairs,
            "contacts": _rows(agreed, Agreement.contact_rows, CONTACTS),
            "interface_residues": _rows(agreed, Agreement.residue_rows, RESIDUES),
            "incomplete": incomplete.sort_values(["job", "model"], kind="stable"),
        }
        score = statistic(pairs)
        if pairs["kind"].isin(SCORED).any():
            tables["scores"] = scores_of(pairs, score, self.jobs)
        metrics = {"models": float(len(table)), "pairs": float(len(pairs))}
        metrics |= {"incomplete": float(len(incomplete))}
        groups = by_assembly(self.folded(agreed, pairs, score))
        folder = self.place if self.place.is_dir() else self.place.parent
        return Findings(
            "Structures of protein pairs",
            tables,
            metrics,
            _notes(tables, score, bool(groups)),
            cards_of(groups),
            files={PAGE: contact_page(groups)} if groups else {},
            written=command_files(folder.absolute(), groups),
        )

    def evidence_for(self, a: str, b: str) -> str:
        """Return whether the PDB has a pair, with the date where the table has one."""
        if self.known is None or not (a and b):
            return ""
        date = self.known.since.get(ordered(a, b), "")
        words = self.known.evidence_for(a, b, self.use.settings["pdb_cutoff"])
        return f"{words} ({date})" if date else words

    def folded(
        self, agreed: Sequence[Agreement], pairs: pd.DataFrame, score: str
    ) -> list[FoldedPair]:
        """Return the pairs on cards and pictures: all but decoys."""
        keys = list(zip(*(pairs[name] for name in PAIR_KEY), strict=True))
        scores = dict(zip(keys, pairs[score].tolist(), strict=True))
        kinds = dict(zip(keys, pairs["kind"].tolist(), strict=True))
        return [
            FoldedPair(one, self._assembly(one), scores[one.key], score, *self._about(one))
            for one in agreed
            if kinds[one.key] != "decoy"
        ]

    def _about(self, one: Agreement) -> tuple[str, dict[str, str | float]]:
        """Return what PDB and list of jobs say of a pair."""
        job = self.jobs.get(plain_name(one.key[0]))
        more = {} if job is None else dict(job.more)
        listed = str(more.pop("pdb", ""))
        more.pop("assembly", "")
        return self.evidence_for(*one.proteins) or listed, more

    def _assembly(self, one: Agreement) -> str:
        """Return the smallest assembly that holds both proteins; the job where there is none."""
        job = self.jobs.get(plain_name(one.key[0]))
        listed = "" if job is None else str(job.more.get("assembly", ""))
        return listed or self._smallest(one.proteins) or one.key[0]

    def _smallest(self, proteins: tuple[str, str]) -> str:
        hierarchy = self.use.hierarchy
        place = {name: k for k, name in enumerate(hierarchy.proteins)}
        if not set(proteins) <= set(place):
            return ""
        inside = hierarchy.membership[:, [place[name] for name in proteins]].toarray()
        rows = [int(k) for k in np.flatnonzero((inside > 0).all(axis=1)) if k]
        return hierarchy.names[min(rows, key=lambda k: hierarchy.sizes[k])] if rows else ""


def _proteins(pairs: pd.DataFrame) -> tuple[list[str], list[str]]:
    return pairs["protein_a"].tolist(), pairs["protein_b"].tolist()


def statistic(pairs: pd.DataFrame) -> str:
    """Return the score that error rates are given of, chosen before any score is looked at.

    The smaller ipSAE of both directions where every pair has a PAE, else AlphaFold-Multimer's
    confidence.
    """
    has_pae = "ipsae_min" in pairs and pairs["ipsae_min"].notna().all()
    return "ipsae_min" if has_pae else "confidence"


def scores_of(pairs: pd.DataFrame, score: str, jobs: Mapping[str, Job]) -> pd.DataFrame:
    """Return what ``structures rates`` takes: the median over models of one score of each pair.

    With length and, where the list of jobs has them, stratum, assembly and disorder of each.
    Homodimers have no decoys, and are left out.
    """
    chosen = pairs[pairs["kind"].isin(SCORED) & pairs[score].notna()]
    scores = chosen[["job", "kind", score, "protein_a", "protein_b"]]
    scores = scores.set_axis(["pair", "kind", "score", "protein_a", "protein_b"], axis=1)
    known = [jobs[plain_name(str(name))] for name in scores["pair"]] if jobs else []
    if known:
        scores["length"] = [sum(job.lengths) for job in known]
    for name in ("stratum", "assembly"):
        if any(job.more.get(name) for job in known):
            scores[name] = [job.more.get(name, "") for job in known]
    if any("disorder" in job.more for job in known):
        scores["disorder"] = [job.more.get("disorder", np.nan) for job in known]
    return scores.sort_values("pair")


def _rows(
    agreed: Sequence[Agreement],
    rows_of: Callable[[Agreement], Iterable[tuple[object, ...]]],
    columns: Sequence[str],
) -> pd.DataFrame:
    return pd.DataFrame([row for one in agreed for row in rows_of(one)], columns=list(columns))


def _notes(tables: Mapping[str, pd.DataFrame], score: str, has_contacts: bool) -> tuple[str, ...]:
    table, left_out = tables["structures"], tables["incomplete"]
    jobs = table["job"].nunique()
    sentences = [f"{len(table):,} models and pairs of chains of {jobs:,} jobs were read."]
    if len(left_out):
        first = left_out.iloc[0]
        sentences.append(
            f"{len(left_out):,} were not, each with its reason in incomplete.tsv; such as "
            f"{first['source']}: {first['reason']}"
        )
    several = int((table.groupby("job")["predictor"].nunique() > 1).sum())
    if several:
        sentences.append(
            f"{several:,} jobs have models of several predictors, which count alike for medians."
        )
    if has_contacts:
        sentences.append(
            f"{PAGE} pictures the contacts of each assembly; chimerax/ holds commands that open "
            "pairs and assemblies."
        )
    if table["ipsae_min"].isna().any():
        sentences.append("Metrics of the PAE are blank where the predictor left none.")
    if "scores" in tables:
        lost = int(tables["pairs"]["kind"].isin(SCORED).sum()) - len(tables["scores"])
        sentences += [f"{lost:,} pairs have no {score}, and are not in scores.tsv."] if lost else []
        sentences.append(f"scores.tsv holds the median {score} of each pair, for structures rates.")
    return tuple(sentences)
