"""Planning of structure prediction: ranked pairs of a map with decoys, as jobs of predictors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
import pandas as pd

from ...artifacts import Findings, Hierarchy, Network, TermSet
from ...errors import ConfigError, DataError
from ...stages.reading import identifier_map
from ..functions.given import embedding_of, networks_of
from ..use import Use, chosen_settings
from .complexes import Floats, Index
from .jobs.decoys import Decoyed, Proteins, alike_in, apart_in, decoys_of
from .jobs.pairs import Ends, Evidence, Pairs
from .jobs.planned import cards_of, fasta, metrics_of, notes_of, strata_of
from .jobs.ranked import Ranked
from .jobs.ranking import LEAST_KNOWN, Cost, protein_disjoint, spread
from .jobs.rules import read_back
from .jobs.sequences import Sequences
from .jobs.writers import Alignments, FoldingJob, written
from .known import KnownPairs, check_cutoff, ordered

LEFT_OUT = ["protein_a", "protein_b", "assembly", "reason"]

LARGEST_COMPLEX = 12
"""Members of a reference complex up to which co-members count as known to bind."""


@dataclass(frozen=True)
class Options:
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
    compartments: str | None
    pdb_cutoff: str | None


@dataclass(frozen=True)
class Plan:
    """A map, its sequences, and the settings."""

    use: Use
    options: Options

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
        (first, early), (second, late) = self.options.cost
        if not 0 < first < second or not 0 < early < late:
            raise ConfigError("cost must be [[residues, seconds], [more, longer]].")
        return Cost.through(((first, early), (second, late)))

    @cached_property
    def networks(self) -> Mapping[str, Network]:
        """Interactions of the map's proteins."""
        return networks_of(self.use)

    def _sets(self, key: str, name: str | None, usual: str) -> TermSet | None:
        """Return the sets of a reference of the data; None where none is asked for.

        Raises:
            ConfigError: If the data have no such reference, or it contains no sets.
        """
        references = self.use.data.references
        if name is None or (name == usual and name not in references):
            return None  # the default, which data of one's own may lack
        if name not in references:
            raise ConfigError(f"{key}: the data have no reference '{name}'.")
        measurement = references[name].measurement
        if not isinstance(measurement, TermSet):
            raise ConfigError(f"{key}: '{name}' holds no sets of proteins.")
        return measurement

    @cached_property
    def complexes(self) -> frozenset[tuple[str, str]]:
        """Pairs that a small complex of the reference holds."""
        terms = self._sets("reference", self.options.reference, "corum")
        return frozenset() if terms is None else frozenset(co_members(terms))

    @cached_property
    def compartments(self) -> TermSet | None:
        """Places in the cell that decoys are matched in."""
        return self._sets("compartments", self.options.compartments, "hpa")

    @cached_property
    def lengths(self) -> Floats:
        """Residues of every protein of the map; 1 where it has no sequence."""
        proteins = (self.sequences.by_name.get(name) for name in self.hierarchy.proteins)
        return np.array([one.length if one else 1 for one in proteins], float)

    @cached_property
    def disorder(self) -> Floats:
        """Propensity for disorder of every protein of the map."""
        proteins = (self.sequences.by_name.get(name) for name in self.hierarchy.proteins)
        return np.array([one.disorder if one else 0.0 for one in proteins])

    def names(self, ends: Ends) -> list[tuple[str, str]]:
        """Return pairs by the names of their proteins."""
        proteins = self.hierarchy.proteins
        return [(proteins[a], proteins[b]) for a, b in ends.tolist()]

    def fault(self, a: str, b: str) -> str:
        """Return why a pair cannot be folded, or need not be; "" otherwise."""
        for name in (a, b):
            if name not in self.sequences.by_name:
                return f"{name} has no sequence"
            if fault := self.sequences.by_name[name].fault:
                return f"{name} has {fault}"
        if self.known.novelty(a, b) == 0:
            return self.known.evidence_for(a, b, self.options.pdb_cutoff)
        total = sum(self.sequences.by_name[name].length for name in (a, b))
        if total > self.options.max_residues:
            return f"{total:,} residues, more than max_residues={self.options.max_residues:,}"
        return ""

    def ranked(self, pairs: Pairs) -> tuple[Ranked, str]:
        """Return the value of each pair, and a sentence on how its chance was estimated.

        Pairs that have a structure already count for the fit, not for the choice.
        """
        names = self.names(pairs.ends)
        features = self._features(pairs)
        probability, words = self._probability(pairs, names, features)
        novelty = np.array([self.known.novelty(a, b) for a, b in names])
        hours = self.cost.hours(self.lengths[pairs.ends].sum(axis=1))
        gain = spread(probability * novelty / hours, pairs.smallest)
        return Ranked(pairs, probability, novelty, hours, gain, features), words

    def _features(self, pairs: Pairs) -> pd.DataFrame:
        profiles = self.use.run.measured.profiles if self.use.run else {}
        evidence = Evidence(
            self.hierarchy, self.sequences.by_name, self.networks, embedding_of(self.use), profiles
        )
        return evidence.features(pairs)

    def _probability(
        self, pairs: Pairs, names: list[tuple[str, str]], features: pd.DataFrame
    ) -> tuple[Floats, str]:
        known = np.array([ordered(a, b) in self.positive for a, b in names])
        rng = np.random.default_rng(self.use.seed)
        probability = None
        if known.sum() >= LEAST_KNOWN:
            probability = protein_disjoint(features.to_numpy(float), known, pairs.ends, rng)
        if probability is None:
            sizes = self.hierarchy.sizes[pairs.smallest]
            return 1 / (sizes - 1.0), (
                f"Only {int(known.sum())} pairs are known to bind: pairs are ranked by 1 / (size - "
                "1) of their assembly, as if each member bound one other; give pdb=FILE."
            )
        return probability, (
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
        order = order[: self.options.pairs]
        if self.options.gpu_hours is not None:
            spent = np.cumsum(ranked.hours[order] * (1 + self.options.decoys))
            order = order[spent <= self.options.gpu_hours]
        if not len(order):
            raise DataError(
                f"gpu_hours={self.options.gpu_hours} is less than one pair with its decoys needs."
            )
        return order

    @cached_property
    def proteins(self) -> Proteins:
        """What decoys are matched in, and which proteins may be one."""
        measured = (
            (network.proteins[a], network.proteins[b])
            for network in self.networks.values()
            for a, b in network.edges.tolist()
        )
        return Proteins(
            self.lengths,
            self.disorder,
            alike_in(self.hierarchy, self.compartments),
            apart_in(self.hierarchy, chain(measured, self.positive)),
        )

    def decoys(self, ends: Ends, kind: str) -> Decoyed:
        """Return a decoy for each chosen pair, and for which one was found.

        Kind ``swap`` rewires the pairs themselves; ``matched`` rewires pairs of other proteins that
        look like theirs.
        """
        rng = np.random.default_rng([self.use.seed, kind == "matched"])
        known = self.sequences.by_name
        pool = [
            k for k, name in enumerate(self.hierarchy.proteins)
            if name in known and not known[name].fault
        ]  # fmt: skip
        return decoys_of(ends, self.proteins, pool if kind == "matched" else None, rng)

    def findings(self) -> Findings:
        """Return jobs, what was left out, and the files for each predictor."""
        pairs = Pairs.within(self.hierarchy, self.options.max_size)
        if not len(pairs):
            raise DataError(
                f"max_size={self.options.max_size}: no assembly below the root has 2 to "
                f"{self.options.max_size} members; set a larger one."
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
        ranked = everything.of(np.asarray(faults[folded] == ""))
        order = self.chosen(ranked)
        rows, missing = self._rows(ranked, order)
        left_out += missing + self._later(ranked.pairs, order)
        table = pd.DataFrame(rows)
        table["stratum"] = strata_of(table)
        if self.compartments is None:
            table["same_compartment"] = ""
        return self._findings(table, pd.DataFrame(left_out, columns=LEFT_OUT), words, len(pairs))

    def _later(self, pairs: Pairs, order: Index) -> list[tuple[str, str, str, str]]:
        """Return the pairs that others come before."""
        rest = np.setdiff1d(np.arange(len(pairs)), order)
        names = self.names(pairs.ends[rest])
        assemblies = [self.hierarchy.names[k] for k in pairs.smallest[rest]]
        why = "others come first within pairs= and gpu_hours="
        return [(*both, name, why) for both, name in zip(names, assemblies, strict=True)]

    def _has_sequences(self, a: str, b: str) -> bool:
        return all(name in self.sequences.by_name for name in (a, b))

    def _rows(
        self, ranked: Ranked, order: Index
    ) -> tuple[list[dict[str, object]], list[tuple[str, str, str, str]]]:
        """Return jobs, each candidate and its decoys in random order, and lost decoys."""
        ends = ranked.pairs.ends[order]
        blocks: list[list[dict[str, object]]] = []
        for k, row in enumerate(order.tolist()):
            blocks.append([self._row("candidate", ends[k], ranked, row)])
        missing = []
        for kind in ("swap", "matched")[: self.options.decoys]:
            decoys = self.decoys(ends, kind)
            for k, row in enumerate(order.tolist()):
                if decoys.is_free[k]:
                    cells = self._row("decoy", decoys.ends[k], ranked, row) | {"decoy": kind}
                    blocks[k].append(cells)
                else:
                    names = self.names(ends[k : k + 1])[0]
                    missing.append((*names, "", f"no {kind} decoy was found for it"))
        rng = np.random.default_rng([self.use.seed, 2])
        rows = [block[k] for block in blocks for k in rng.permutation(len(block)).tolist()]
        if self.options.homodimers:
            rows += [self._row("homodimer", np.array([k, k]), None, 0) for k in np.unique(ends)]
        for k, cells in enumerate(rows, 1):
            cells["job"] = f"p{k:05d}"
        return rows, missing

    def _row(self, kind: str, ends: Index, ranked: Ranked | None, row: int) -> dict[str, object]:
        """Return what the list of jobs says of one; of a decoy nothing of its candidate's value."""
        names = self.names(ends.reshape(1, 2))[0]
        first, second = (self.sequences.by_name[name] for name in names)
        cells: dict[str, object] = {
            "job": "",
            "kind": kind,
            "protein_a": names[0],
            "protein_b": names[1],
            "length_a": first.length,
            "length_b": second.length,
            "accession_a": first.accession,
            "accession_b": second.accession,
            "sha256_a": first.sha256,
            "sha256_b": second.sha256,
            "disorder": first.disorder + second.disorder,
            "gpu_hours": float(self.cost.hours(np.array([first.length + second.length], float))[0]),
            "same_compartment": bool(self.proteins.alike[ends[0], ends[1]]),
            "size": 0 if ranked is None else self._size(ranked, row),
            "assembly": "",
            "assemblies": 0,
            "probability": np.nan,
            "novelty": np.nan,
            "similarity": np.nan,
            "interactions": "",
            "pdb": "",
            "decoy": "",
        }
        if kind == "candidate" and ranked is not None:
            cells |= {
                "assembly": self.hierarchy.names[ranked.pairs.smallest[row]],
                "assemblies": int(ranked.pairs.shared[row]),
                "probability": ranked.probability[row],
                "novelty": ranked.novelty[row],
                "pdb": self.known.evidence_for(*names, self.options.pdb_cutoff),
                **ranked.columns(row),
            }
        return cells

    def _size(self, ranked: Ranked, row: int) -> int:
        """Return the size of the smallest assembly of a candidate, which is that of its decoys."""
        return int(self.hierarchy.sizes[ranked.pairs.smallest[row]])

    def _findings(
        self, table: pd.DataFrame, left_out: pd.DataFrame, words: str, pairs: int
    ) -> Findings:
        jobs = [
            FoldingJob(str(job), (self.sequences.by_name[str(a)], self.sequences.by_name[str(b)]))
            for job, a, b in zip(table["job"], table["protein_a"], table["protein_b"], strict=True)
        ]
        msas = Alignments.read(self.use.settings["msa"], jobs)
        files = written(jobs, self.options.formats, msas)
        for name in self.options.formats:
            _check(jobs, files, name)
        files["proteins.fasta"] = fasta(jobs)
        metrics = metrics_of(table)
        options = f"{pairs:,} pairs within assemblies of at most {self.options.max_size} proteins"
        several = self.sequences.several
        notes = [*notes_of(table, left_out, options, several, metrics), words]
        return Findings(
            "Pairs to fold",
            {"jobs": table, "left_out": left_out},
            metrics,
            tuple(notes),
            cards_of(table),
            written=files,
        )


def find_plan(use: Use) -> Findings:
    """Choose the pairs of a map to fold, and write them as jobs.

    Raises:
        ConfigError: If the reference is none of the data's.
        DataError: If a file does not fit the map, or no pair can be folded.
    """
    options = chosen_settings(Options, use.settings)
    check_cutoff(options.pdb_cutoff)
    return Plan(use, options).findings()


def co_members(terms: TermSet) -> set[tuple[str, str]]:
    """Return the pairs of proteins that a small set holds."""
    pairs = set()
    pointer, members = terms.members.indptr, terms.members.indices
    for row in range(len(terms.terms)):
        inside = [terms.proteins[k] for k in members[pointer[row] : pointer[row + 1]]]
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
