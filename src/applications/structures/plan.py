"""Which pairs of a map to fold, with decoys, as jobs for five structure predictors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from ...artifacts import Findings, Hierarchy, Network, TermSet
from ...errors import ConfigError, DataError
from ...stages.reading import identifier_map
from ..functions.given import embedding_of, networks_of
from ..use import Use, chosen_settings
from .complexes import Floats, Index, Mask
from .jobs.decoys import rewired, substitutes
from .jobs.pairs import Ends, Evidence, Pairs
from .jobs.planned import cards_of, fasta, figures_of
from .jobs.ranking import LEAST_KNOWN, Cost, protein_disjoint, spread
from .jobs.rules import read_back
from .jobs.sequences import Sequences, read_fasta
from .jobs.writers import Alignments, FoldingJob, written
from .known import KnownPairs, ordered
from .manifest import sha256

LEFT_OUT = ["protein_a", "protein_b", "assembly", "reason"]

LARGEST_COMPLEX = 12
"""Members of a reference complex up to which co-members count as known to bind."""


@dataclass(frozen=True)
class Question:
    """What is planned; the verb's own settings, see ``conf/structures_plan.yaml``."""

    formats: Sequence[str]
    max_size: int
    pairs: int | None
    gpu_hours: float | None
    max_residues: int
    decoys: int
    homodimers: bool
    cost: Sequence[Sequence[float]]
    reference: str | None
    pdb_cutoff: str | None


@dataclass(frozen=True)
class Ranked:
    """Pairs to choose from, and what each is worth.

    Attributes:
        pairs: The pairs.
        probability: ``(P,)`` chance of direct binding; a number to rank by where nothing is known.
        novelty: ``(P,)`` 0: in the PDB, .5: a pair of both families is, 1: new.
        hours: ``(P,)`` of a GPU.
        gain: ``(P,)`` expected new structures an hour, assemblies taking turns.
    """

    pairs: Pairs
    probability: Floats
    novelty: Floats
    hours: Floats
    gain: Floats


@dataclass(frozen=True)
class Plan:
    """A map, its sequences, and what is asked."""

    use: Use
    asked: Question

    @property
    def hierarchy(self) -> Hierarchy:
        """The map."""
        return self.use.hierarchy

    @cached_property
    def sequences(self) -> Sequences:
        """Sequences of the map's proteins."""
        identifiers = identifier_map(self.use.store, self.use.data_node.get("id_map"))
        return Sequences.read(self.use.needed("sequences"), self.hierarchy.proteins, identifiers)

    @cached_property
    def known(self) -> KnownPairs:
        """Pairs in the PDB; none without a table."""
        path = self.use.file("pdb")
        identifiers = identifier_map(self.use.store, self.use.data_node.get("id_map"))
        return KnownPairs({}) if path is None else KnownPairs.read(path, identifiers)

    @cached_property
    def cost(self) -> Cost:
        """GPU time of a prediction."""
        (first, early), (second, late) = self.asked.cost
        if not 0 < first < second or not 0 < early < late:
            raise ConfigError("cost must be [[residues, seconds], [more, longer]].")
        return Cost.through(((first, early), (second, late)))

    @cached_property
    def networks(self) -> Mapping[str, Network]:
        """Interactions of the map's proteins."""
        return networks_of(self.use)

    @cached_property
    def complexes(self) -> frozenset[tuple[str, str]]:
        """Pairs that a small complex of the reference holds."""
        references = self.use.data.references
        name = self.asked.reference
        if name is None:
            return frozenset()
        if name not in references:
            if name == "corum":  # the default, which data of one's own may lack
                return frozenset()
            raise ConfigError(f"reference: the data have no reference '{name}'.")
        found = references[name].measurement
        if not isinstance(found, TermSet):
            raise ConfigError(f"reference: '{name}' holds no sets of proteins.")
        return frozenset(co_members(found))

    @cached_property
    def lengths(self) -> Floats:
        """Residues of every protein of the map; 1 where it has no sequence."""
        found = (self.sequences.found.get(name) for name in self.hierarchy.proteins)
        return np.array([one.length if one else 1 for one in found], float)

    @cached_property
    def disorder(self) -> Floats:
        """Propensity for disorder of every protein of the map."""
        found = (self.sequences.found.get(name) for name in self.hierarchy.proteins)
        return np.array([one.disorder if one else 0.0 for one in found])

    def names(self, ends: Ends) -> list[tuple[str, str]]:
        """Return pairs by the names of their proteins."""
        proteins = self.hierarchy.proteins
        return [(proteins[a], proteins[b]) for a, b in ends.tolist()]

    def fault(self, a: str, b: str) -> str:
        """Return why a pair cannot be folded, or need not be; "" otherwise."""
        for name in (a, b):
            if name not in self.sequences.found:
                return f"{name} has no sequence"
            if fault := self.sequences.found[name].fault:
                return f"{name} has {fault}"
        if self.known.novelty(a, b) == 0:
            return self.known.said(a, b, self.asked.pdb_cutoff)
        total = sum(self.sequences.found[name].length for name in (a, b))
        if total > self.asked.max_residues:
            return f"{total:,} residues, more than max_residues={self.asked.max_residues:,}"
        return ""

    def ranked(self, pairs: Pairs) -> tuple[Ranked, str]:
        """Return what each pair is worth, and how its chance was estimated, in words.

        Pairs that have a structure already count for the fit, not for the choice.
        """
        names = self.names(pairs.ends)
        probability, words = self._probability(pairs, names)
        novelty = np.array([self.known.novelty(a, b) for a, b in names])
        hours = self.cost.hours(self.lengths[pairs.ends].sum(axis=1))
        gain = spread(probability * novelty / hours, pairs.smallest)
        return Ranked(pairs, probability, novelty, hours, gain), words

    def _probability(self, pairs: Pairs, names: list[tuple[str, str]]) -> tuple[Floats, str]:
        known = np.array([ordered(a, b) in self.positive for a, b in names])
        profiles = self.use.run.measured.profiles if self.use.run else {}
        evidence = Evidence(
            self.hierarchy, self.sequences.found, self.networks, embedding_of(self.use), profiles
        )
        features = evidence.features(pairs)
        rng = np.random.default_rng(self.use.seed)
        found = None
        if known.sum() >= LEAST_KNOWN:
            found = protein_disjoint(features.to_numpy(float), known, pairs.ends, rng)
        if found is None:
            sizes = self.hierarchy.sizes[pairs.smallest]
            return 1 / (sizes - 1.0), (
                f"Only {int(known.sum())} pairs are known to bind: pairs are ranked by 1 / (size - "
                "1) of their assembly, as if each member bound one other; give pdb=FILE."
            )
        return found, (
            f"The chance of direct binding is fitted to {int(known.sum()):,} known pairs, each "
            f"judged by pairs of other proteins, on {', '.join(map(str, features))}."
        )

    @cached_property
    def positive(self) -> frozenset[tuple[str, str]]:
        """Pairs known to bind: in the PDB, or in a small complex."""
        return frozenset(self.known.since) | self.complexes

    def chosen(self, ranked: Ranked) -> Index:
        """Return the pairs to fold, the best first, within the number and the hours asked for."""
        order = np.argsort(-ranked.gain, kind="stable")
        order = order[: self.asked.pairs]
        if self.asked.gpu_hours is not None:
            spent = np.cumsum(ranked.hours[order] * (1 + self.asked.decoys))
            order = order[spent <= self.asked.gpu_hours]
        if not len(order):
            raise DataError(
                f"gpu_hours={self.asked.gpu_hours} is less than one pair with its decoys needs."
            )
        return order

    @cached_property
    def together(self) -> Mask:
        """``(N, N)`` which proteins share an assembly below the root, an edge or a structure."""
        inside = self.hierarchy.membership[1:].astype(bool).astype(np.float32)
        found = (inside.T @ inside).toarray() > 0
        place = {name: k for k, name in enumerate(self.hierarchy.proteins)}
        edges = [
            (network.proteins[a], network.proteins[b])
            for network in self.networks.values()
            for a, b in network.edges.tolist()
        ]
        for a, b in (*edges, *self.positive):
            if a in place and b in place:
                found[place[a], place[b]] = found[place[b], place[a]] = True
        return np.asarray(found)

    def decoys(self, ends: Ends, kind: str) -> tuple[Ends, Mask]:
        """Return a decoy for each chosen pair, and for which one was found.

        Kind ``swap`` rewires the pairs themselves; ``matched`` rewires pairs of other proteins, as
        long and as disordered.
        """
        rng = np.random.default_rng([self.use.seed, kind == "matched"])

        def allowed(a: int, b: int) -> bool:
            return not self.together[a, b] and a != b

        start, has = ends, np.ones(len(ends), bool)
        if kind == "matched":
            pool = [
                k for k, name in enumerate(self.hierarchy.proteins)
                if name in self.sequences.found and not self.sequences.found[name].fault
            ]  # fmt: skip
            other = substitutes(
                np.unique(ends), np.array(pool, np.intp), self.lengths, self.disorder, rng
            )
            has = np.array([a in other and b in other for a, b in ends.tolist()])
            start = np.array(
                [[other.get(a, a), other.get(b, b)] for a, b in ends.tolist()], np.intp
            )
        found = rewired(start, self.lengths, self.disorder, allowed, rng)
        return found.ends, found.is_free & has

    def findings(self) -> Findings:
        """Return jobs, what was left out, and the files for each predictor."""
        pairs = Pairs.within(self.hierarchy, self.asked.max_size)
        if not len(pairs):
            raise DataError(
                f"max_size={self.asked.max_size}: no assembly below the root has 2 to "
                f"{self.asked.max_size} members; set a larger one."
            )
        names = self.names(pairs.ends)
        faults = np.array([self.fault(a, b) for a, b in names], object)
        assemblies = [self.hierarchy.names[k] for k in pairs.smallest]
        left_out = [(*n, s, f) for n, s, f in zip(names, assemblies, faults, strict=True) if f]
        usable = pairs.of(np.asarray(faults == ""))
        if not len(usable):
            raise DataError(
                f"none of {len(pairs):,} pairs can be folded; such as {' and '.join(names[0])}: "
                f"{faults[0]}."
            )
        folded = np.array([self._has_sequences(a, b) for a, b in names])
        everything, words = self.ranked(pairs.of(folded))
        ranked = _of(everything, np.asarray(faults[folded] == ""))
        order = self.chosen(ranked)
        rows, missing = self._rows(ranked, order)
        left_out += missing
        table = pd.DataFrame(rows)
        return self._findings(table, pd.DataFrame(left_out, columns=LEFT_OUT), words, len(pairs))

    def _has_sequences(self, a: str, b: str) -> bool:
        return all(name in self.sequences.found for name in (a, b))

    def _rows(
        self, ranked: Ranked, order: Index
    ) -> tuple[list[dict[str, object]], list[tuple[str, str, str, str]]]:
        """Return jobs, each candidate beside its decoys in random order, and lost decoys."""
        ends = ranked.pairs.ends[order]
        blocks: list[list[dict[str, object]]] = []
        for k, row in enumerate(order.tolist()):
            blocks.append([self._row("candidate", ends[k], ranked, row)])
        missing = []
        for kind in ("swap", "matched")[: self.asked.decoys]:
            others, is_free = self.decoys(ends, kind)
            for k, row in enumerate(order.tolist()):
                if is_free[k]:
                    cells = self._row("decoy", others[k], ranked, row) | {"decoy": kind}
                    blocks[k].append(cells)
                else:
                    names = self.names(ends[k : k + 1])[0]
                    missing.append((*names, "", f"no {kind} decoy was found for it"))
        rng = np.random.default_rng([self.use.seed, 2])
        rows = [block[k] for block in blocks for k in rng.permutation(len(block)).tolist()]
        if self.asked.homodimers:
            rows += [self._row("homodimer", np.array([k, k]), None, 0) for k in np.unique(ends)]
        for k, cells in enumerate(rows, 1):
            cells["job"] = f"p{k:05d}"
        return rows, missing

    def _row(self, kind: str, ends: Index, ranked: Ranked | None, row: int) -> dict[str, object]:
        """Return what the list of jobs says of one; of a decoy nothing of its candidate's worth."""
        names = self.names(ends.reshape(1, 2))[0]
        first, second = (self.sequences.found[name] for name in names)
        cells: dict[str, object] = {
            "job": "",
            "kind": kind,
            "protein_a": names[0],
            "protein_b": names[1],
            "length_a": first.length,
            "length_b": second.length,
            "accession_a": first.accession,
            "accession_b": second.accession,
            "sha256_a": sha256(first.letters),
            "sha256_b": sha256(second.letters),
            "disorder": first.disorder + second.disorder,
            "gpu_hours": float(self.cost.hours(np.array([first.length + second.length], float))[0]),
            "assembly": "",
            "assemblies": 0,
            "probability": np.nan,
            "novelty": np.nan,
            "pdb": "",
            "decoy": "",
        }
        if kind == "candidate" and ranked is not None:
            cells |= {
                "assembly": self.hierarchy.names[ranked.pairs.smallest[row]],
                "assemblies": int(ranked.pairs.shared[row]),
                "probability": ranked.probability[row],
                "novelty": ranked.novelty[row],
                "pdb": self.known.said(*names, self.asked.pdb_cutoff),
            }
        return cells

    def _findings(
        self, table: pd.DataFrame, left_out: pd.DataFrame, words: str, pairs: int
    ) -> Findings:
        jobs = [
            FoldingJob(str(job), (self.sequences.found[str(a)], self.sequences.found[str(b)]))
            for job, a, b in zip(table["job"], table["protein_a"], table["protein_b"], strict=True)
        ]
        files = written(jobs, self.asked.formats, self._alignments(jobs))
        for name in self.asked.formats:
            _check(jobs, files, name)
        files["proteins.fasta"] = fasta(jobs)
        figures = figures_of(table)
        notes = [*self._notes(table, left_out, pairs, figures), words]
        return Findings(
            "Pairs to fold",
            {"jobs": table, "left_out": left_out},
            figures,
            tuple(notes),
            cards_of(table),
            written=files,
        )

    def _alignments(self, jobs: Sequence[FoldingJob]) -> Alignments:
        """Return the MSAs that lie in a folder as ``<SHA-256>.a3m`` or ``<accession>.a3m``.

        Raises:
            DataError: If there is no folder, or an MSA is of another sequence.
        """
        if self.use.settings["msa"] is None:
            return Alignments({})
        folder = Path(str(self.use.settings["msa"]))
        if not folder.is_dir():
            raise DataError(f"msa: {folder} is no folder.")
        found = {}
        for one in {one.accession: one for job in jobs for one in job.proteins}.values():
            names = (f"{sha256(one.letters)}.a3m", f"{one.accession}.a3m")
            path = next((folder / name for name in names if (folder / name).is_file()), None)
            if path is not None:
                query = next(read_fasta(path)).letters
                if query != one.letters:
                    raise DataError(f"msa: {path} begins with another sequence than its protein's.")
                found[sha256(one.letters)] = path.read_text(encoding="utf-8")
        return Alignments(found)

    def _notes(
        self, table: pd.DataFrame, left_out: pd.DataFrame, pairs: int, figures: Mapping[str, float]
    ) -> list[str]:
        counts = table["kind"].value_counts()
        said = [
            f"{int(counts['candidate']):,} of {pairs:,} pairs within assemblies of at most "
            f"{self.asked.max_size} proteins, {int(counts.get('decoy', 0)):,} decoys: "
            f"{table['gpu_hours'].sum():,.1f} GPU hours.",
            f"{len(set(table['accession_a']) | set(table['accession_b'])):,} proteins need one MSA "
            "each: proteins.fasta.",
        ]
        if len(left_out):
            reasons = left_out["reason"].str.replace(r"^\S+ has", "a protein has", regex=True)
            reasons = reasons.str.replace(r"^[\d,]+ residues", "residues", regex=True)
            common = reasons.value_counts().head(3).items()
            listed = "; ".join(f"{why} ({count:,})" for why, count in common)
            said.append(f"{len(left_out):,} are in left_out.tsv: {listed}.")
        if self.sequences.several:
            count = len(self.sequences.several)
            said.append(
                f"{count:,} proteins have several sequences, of which the reviewed or the longest "
                f"is taken, such as {self.sequences.several[0]}."
            )
        if "ks.degree" in figures:
            said.append(
                "Candidates and decoys differ by a Kolmogorov-Smirnov distance of "
                f"{figures['ks.degree']:.3f} in degree, {figures['ks.length']:.3f} in length and "
                f"{figures['ks.disorder']:.3f} in disorder."
            )
        return said


def find_plan(use: Use) -> Findings:
    """Choose the pairs of a map to fold, and write them as jobs.

    Raises:
        ConfigError: If the reference is none of the data's.
        DataError: If a file does not fit the map, or no pair can be folded.
    """
    return Plan(use, chosen_settings(Question, use.settings)).findings()


def _of(ranked: Ranked, chosen: Mask) -> Ranked:
    """Return some of the pairs; assemblies take turns among these alone."""
    pairs = ranked.pairs.of(chosen)
    parts = ranked.probability[chosen], ranked.novelty[chosen], ranked.hours[chosen]
    return Ranked(pairs, *parts, spread(parts[0] * parts[1] / parts[2], pairs.smallest))


def co_members(found: TermSet) -> set[tuple[str, str]]:
    """Return the pairs of proteins that a small set holds."""
    pairs = set()
    pointer, members = found.members.indptr, found.members.indices
    for row in range(len(found.terms)):
        inside = [found.proteins[k] for k in members[pointer[row] : pointer[row + 1]]]
        if len(inside) <= LARGEST_COMPLEX:
            pairs |= {ordered(a, b) for n, a in enumerate(inside) for b in inside[n + 1 :]}
    return pairs


def _check(jobs: Sequence[FoldingJob], files: Mapping[str, str], name: str) -> None:
    """Read the jobs of a predictor back, and compare them with what was to be written.

    Raises:
        DataError: If they differ, or the predictor would not take one.
    """
    expected = {job.name: tuple(one.letters for one in job.proteins) for job in jobs}
    if dict(read_back(files, name)) != expected:
        raise DataError(f"{name}: the written jobs are not those that were planned.")
