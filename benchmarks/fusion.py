"""Benchmark of fusion methods on interactions and fractions of thousands of proteins.

    python benchmarks/fusion.py TABLE [--seeds 5] [--cache DIR] [--peer DIR] [--rows A B ...]

Tables: ``accuracy`` (retrieval of complexes and components, co-elution of neighbours, paired
differences to the default), ``maps`` (what the default map of each embedding recovers), ``missing``
(three in ten proteins lack one modality), ``terms`` (the default with parts taken out or added),
``constants`` (those of the published method), ``uncertainty`` (what that of an ensemble says of
errors). Real data is found under `$CYTOWEAVE_DATA`.
Embeddings are kept in the cache, one file per row and seed, named by what is fused and the source
that fuses it too. What a peer wrote is read from `--peer`: folders ``<algorithm>_<run>`` with
``coembedding_emd.tsv``, as its command leaves them for the two tables that ``inputs`` writes into
the cache.

All settings were chosen on the half ``tune`` of CORUM; the half ``held_out`` is what counts.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import fusion_rows
import numpy as np
import pandas as pd
from fusion_rows import ROWS, Made, Row, ablations, constants
from fusion_scores import (
    Retrieval,
    first_groups,
    over_groups,
    paired,
    partners_auroc,
    retrieval,
    sets_of,
)
from scipy import stats

from cytoweave import config
from cytoweave.artifacts import ElutionProfiles, Embedding, TermSet
from cytoweave.errors import DataError
from cytoweave.eval import neighbours_auroc
from cytoweave.eval.terms.splits import Split
from cytoweave.models import Concat
from cytoweave.stages import Pipeline
from cytoweave.stages.dataset import keep_proteins
from cytoweave.stages.parts import Parts
from cytoweave.stages.reading import as_network
from cytoweave.store import Store, sources_of
from cytoweave.terminal.console import logging_to, show

DEFAULT = "autoencoder (default)"
PARTS = ("tune", "held_out", "all")
MISSING = 0.3


@dataclass(frozen=True)
class World:
    """What all tables share.

    Attributes:
        made: Embeddings of the modalities over the proteins with all, and the network behind one.
        terms: Reference -> its halves.
        profiles: SEC-MS.
        parts: The parts of the default experiment.
        cache: Folder of embeddings.
        peer: Folder of what peers wrote, or None.
        seeds: Repeats.
    """

    made: Made
    terms: Mapping[str, Split]
    profiles: ElutionProfiles
    parts: Parts
    cache: Path
    peer: Path | None
    seeds: int

    @classmethod
    def of(cls, cache: Path, peer: Path | None, seeds: int, overrides: Sequence[str]) -> World:
        """Read the data and encode it, through the store."""
        settings = config.load("run", ["data=bioplex_lopit", "trainer.progress=false", *overrides])
        store, parts = Store(Path(settings["store"])), Parts.of(settings)
        pipeline = Pipeline(store, parts, 0)
        data = pipeline.read(settings)
        encoded = {name: pipeline.encode(data, name) for name in data.modalities}
        kept = keep_proteins(encoded, "both")
        references = {name: part.measurement for name, part in data.references.items()}
        corum, go, sec = references["corum"], references["go_cc"], references["sec"]
        assert isinstance(corum, TermSet)
        assert isinstance(go, TermSet)
        assert isinstance(sec, ElutionProfiles)
        cache.mkdir(parents=True, exist_ok=True)
        network = as_network(data.modalities["ppi"]).value
        made = Made({n: e.value for n, e in kept.items()}, network)
        return cls(
            made, {"corum": Split.of(corum), "go_cc": Split.of(go)}, sec, parts, cache, peer, seeds
        )

    def embeddings(self, name: str, row: Row, made: Made | None = None) -> list[Embedding]:
        """Return the embeddings of one row, one per seed; made once."""
        made, result = made or self.made, []
        key = self.key(made)
        for seed in range(1 if row.closed else self.seeds):
            file = self.cache / f"{name} {seed} {key}.npz".replace("/", "-")
            if not file.exists():
                start = time.process_time()
                embedding = row.fuse(made, seed, self.parts.trainer.thing)
                cost = time.process_time() - start
                names = np.array(embedding.proteins)
                unsure = embedding.uncertainty
                more: dict[str, Any] = {} if unsure is None else {"uncertainty": unsure}
                np.savez(file, proteins=names, vectors=embedding.vectors, cost=cost, **more)
            with np.load(file) as stored:
                proteins = tuple(stored["proteins"].tolist())
                vectors = Embedding.of_modality(name, proteins, stored["vectors"])
                result.append(replace(vectors, uncertainty=stored.get("uncertainty")))
        return result

    def key(self, made: Made) -> str:
        """Return a hash of what is fused, of the trainer, and of the source of all rows."""
        digest = hashlib.sha256(sources_of(("cytoweave.models",)).digest.encode())
        digest.update(Path(fusion_rows.__file__).read_bytes())
        digest.update(repr(self.parts.trainer.thing).encode())
        for name, embedding in made.embeddings.items():
            digest.update(f"{name} {embedding.proteins}".encode())
            digest.update(np.ascontiguousarray(embedding.vectors).tobytes())
        return digest.hexdigest()[:12]

    def peers(self) -> dict[str, list[Embedding]]:
        """Return what peers wrote, by algorithm."""
        result: dict[str, list[Embedding]] = {}
        for file in sorted(self.peer.glob("*/coembedding_emd.tsv")) if self.peer else []:
            if file.stat().st_size:
                table = pd.read_csv(file, sep="\t", index_col=0, na_filter=False)
                name = f"{file.parent.name.rpartition('_')[0]} (Cell Mapping Toolkit)"
                embedding = Embedding.of_modality(name, tuple(map(str, table.index)), table)
                result.setdefault(name, []).append(embedding.restrict(sorted(embedding.proteins)))
        return result


def over_seeds(values: Sequence[float]) -> str:
    """Return the mean and, of several, its 95 % t interval."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return f"{mean:.4f}"
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    return f"{mean:.4f} ± {half:.4f}"


def everything(world: World, rows: Mapping[str, Row]) -> dict[str, list[Embedding]]:
    """Return the embeddings of all rows, peers last, all of the same proteins.

    Raises:
        DataError: If one has other proteins, whose sets would not be those of the rest.
    """
    result = {name: world.embeddings(name, row) for name, row in rows.items()} | world.peers()
    proteins = next(iter(world.made.embeddings.values())).proteins
    for name, embeddings in result.items():
        for embedding in embeddings:
            if embedding.proteins != proteins:
                lost = len(set(proteins) - set(embedding.proteins))
                raise DataError(f"{name}: {lost} of {len(proteins)} proteins are not there.")
    return result


def accuracy(world: World, rows: Mapping[str, Row]) -> None:
    """Print retrieval and co-elution of each row, and what the default adds."""
    result = everything(world, rows)
    scored: dict[tuple[str, str, str], list[Retrieval]] = {}
    table = []
    for name, embeddings in result.items():
        line: dict[str, Any] = {"row": name, "runs": len(embeddings)}
        for reference, part, sizes in (
            *(("corum", part, (3, 30)) for part in PARTS),
            ("go_cc", "all", (5, 50)),
        ):
            sets = sets_of(world.terms[reference], part, embeddings[0].proteins, sizes)
            runs = embeddings if reference == "corum" else embeddings[:1]
            scores = [retrieval(embedding, sets) for embedding in runs]
            scored[name, reference, part] = scores
            title = f"{reference} {part}"
            line[f"{title} macro"] = over_seeds([s.macro_auroc for s in scores])
            line[f"{title} AP"] = over_seeds([s.average_precision for s in scores])
        chances = [neighbours_auroc(e, world.profiles, 10) for e in embeddings]
        line["SEC"] = over_seeds(chances)
        table.append(line)
    show("Retrieval: macro AUROC and average precision at 1:10", pd.DataFrame(table))
    show(f"{DEFAULT} minus each row, CORUM, 95 % of groups of complexes", differences(scored))


def differences(scored: Mapping[tuple[str, str, str], list[Retrieval]]) -> pd.DataFrame:
    """Return the paired differences between the default and every other row."""
    lines = []
    for name in dict.fromkeys(row for row, *_ in scored):
        if name == DEFAULT or (DEFAULT, "corum", "all") not in scored:
            continue
        line: dict[str, Any] = {"row": name}
        for part in ("held_out", "all"):
            ours, theirs = scored[DEFAULT, "corum", part], scored[name, "corum", part]
            for metric, (mean, low, high) in paired(ours, theirs).items():
                line[f"{part} {metric}"] = f"{mean:+.4f} [{low:+.4f}, {high:+.4f}]"
        lines.append(line)
    return pd.DataFrame(lines)


def maps(world: World, rows: Mapping[str, Row]) -> None:
    """Print what the default map of each embedding recovers, always of the same size."""
    settings = config.load("run", ["data=bioplex_lopit", "eval=tune", "eval.parts=[all,held_out]"])
    parts = Parts.of(settings)
    references = {name: split.terms for name, split in world.terms.items()}
    lines = []
    for name, embeddings in everything(world, rows).items():
        embedding = embeddings[0]
        present = np.ones((len(embedding.proteins), 1), bool)
        embedding = replace(embedding, modalities=("fused",), present=present)
        network = parts.map.thing.neighbours(embedding)
        hierarchy = parts.map.thing(network, seed=0, workers=1)
        metrics = parts.eval.thing(
            hierarchy=hierarchy, embedding=None, references=references, seed=0
        ).metrics
        line: dict[str, Any] = {"row": name, "assemblies": int(metrics["map.all.assemblies"])}
        for reference in references:
            for metric in ("recovered", "recovered_groups", "enriched", "mmr"):
                value = metrics[f"{reference}.all.{metric}"]
                line[f"{reference} {metric}"] = f"{value:.3f}" if value < 1 else f"{value:.0f}"
            held = metrics[f"{reference}.held_out.matching_f1"]
            line[f"{reference} held_out F1"] = f"{held:.3f}"
        lines.append(line)
    show("The default map of each embedding", pd.DataFrame(lines))


def missing(world: World, rows: Mapping[str, Row]) -> None:
    """Print what is lost where three in ten proteins lack one modality, drawn at random."""
    modalities = list(world.made.embeddings)
    proteins = np.array(world.made.embeddings[modalities[0]].proteins)
    drawn = np.random.default_rng(0).permutation(len(proteins))
    lacking = np.array_split(drawn[: int(MISSING * len(proteins))], len(modalities))
    lacks = {m: set(proteins[gone].tolist()) for m, gone in zip(modalities, lacking, strict=True)}
    left = {
        m: e.restrict([p for p in e.proteins if p not in lacks[m]])
        for m, e in world.made.embeddings.items()
    }
    partial_world = replace(world.made, embeddings=left)
    everyone = sets_of(world.terms["corum"], "held_out", tuple(proteins.tolist()), (3, 30))
    lines = []
    for name, row in rows.items():
        if row.needs_all:
            continue
        complete = [retrieval(e, everyone) for e in world.embeddings(name, row)]
        embeddings = world.embeddings(f"{name} missing", row, partial_world)
        line: dict[str, Any] = {"row": name}
        if set(embeddings[0].proteins) >= set(proteins.tolist()):
            embeddings = [e.restrict(proteins.tolist()) for e in embeddings]
            holed = [retrieval(e, everyone) for e in embeddings]
            line["complete"] = over_seeds([s.macro_auroc for s in complete])
            line["30 % lack one"] = over_seeds([s.macro_auroc for s in holed])
            mean, low, high = paired(holed, complete)["macro"]
            line["change"] = f"{mean:+.4f} [{low:+.4f}, {high:+.4f}]"
            for modality in modalities:
                other = next(m for m in modalities if m != modality)
                line[f"those with {other} only"] = alone(
                    world, embeddings, sorted(lacks[modality]), world.made.embeddings[other]
                )
            lines.append(line)
    show("Macro AUROC, held-out CORUM; minus that modality alone", pd.DataFrame(lines))


def alone(
    world: World, embeddings: Sequence[Embedding], proteins: list[str], modality: Embedding
) -> str:
    """Compare proteins with one modality with the better form of that modality alone."""
    sets = sets_of(world.terms["corum"], "all", tuple(proteins), (3, 30))
    result = [retrieval(e.restrict(proteins), sets) for e in embeddings]
    name = modality.modalities[0]
    forms = (modality, Concat(sharing=0, crowding=0)({name: modality}, seed=0))
    theirs = [[retrieval(form.restrict(proteins), sets)] for form in forms]
    best = max(theirs, key=lambda scores: scores[0].macro_auroc)
    mean, low, high = paired(result, best)["macro"]
    return f"{np.mean([s.macro_auroc for s in result]):.4f}, {mean:+.4f} [{low:+.4f}, {high:+.4f}]"


def compared(world: World, rows: Mapping[str, Row]) -> None:
    """Print rows of one method compared with its first, each part changed by itself."""
    scored = {}
    for name, row in rows.items():
        embeddings = world.embeddings(name, row)
        for part in PARTS:
            sets = sets_of(world.terms["corum"], part, embeddings[0].proteins, (3, 30))
            scored[name, part] = [retrieval(e, sets) for e in embeddings]
    first, lines = next(iter(rows)), []
    for name in rows:
        line: dict[str, Any] = {"row": name}
        for part in ("tune", "held_out"):
            scores = scored[name, part]
            line[f"{part} macro"] = over_seeds([s.macro_auroc for s in scores])
            line[f"{part} AP"] = over_seeds([s.average_precision for s in scores])
        for metric, (mean, low, high) in paired(scored[name, "all"], scored[first, "all"]).items():
            line[f"change, all, {metric}"] = f"{mean:+.4f} [{low:+.4f}, {high:+.4f}]"
        lines.append(line)
    show("Parts changed one by one", pd.DataFrame(lines))


def uncertainty(world: World, rows: Mapping[str, Row]) -> None:
    """Print how well proteins find their held-out partners, by quarters of their uncertainty.

    Intervals come from resampling groups of complexes, a protein in that of its first.
    """
    lines = []
    for name, row in rows.items():
        for seed, embedding in enumerate(world.embeddings(name, row)):
            if embedding.uncertainty is None:
                continue
            result = partners_auroc(embedding, world.terms["corum"], "held_out")
            scored = np.isfinite(result)
            unsure, aurocs = embedding.uncertainty[scored], result[scored]
            groups = first_groups(embedding.proteins, world.terms["corum"], "held_out")[scored]
            line: dict[str, Any] = {"row": name, "seed": seed, "proteins": int(scored.sum())}
            order = np.argsort(unsure, kind="stable")
            for k, quarter in enumerate(np.array_split(order, 4)):
                within = over_groups(aurocs[quarter], groups[quarter])
                line[f"quarter {k + 1}"] = f"{unsure[quarter].mean():.2f}: {within}"
            line["Spearman"] = f"{stats.spearmanr(unsure, aurocs).statistic:+.2f}"
            lines.append(line)
    show("Uncertainty: AUROC of a protein's partners, held-out CORUM", pd.DataFrame(lines))


def inputs(world: World, rows: Mapping[str, Row]) -> None:
    """Write the two tables that peers read."""
    for name, embedding in world.made.embeddings.items():
        index = pd.Index(embedding.proteins, name="id")
        pd.DataFrame(embedding.vectors, index).to_csv(world.cache / f"{name}_emd.tsv", sep="\t")


TABLES: dict[str, Callable[[World, Mapping[str, Row]], None]] = {
    "accuracy": accuracy,
    "maps": maps,
    "missing": missing,
    "terms": compared,
    "constants": compared,
    "uncertainty": uncertainty,
    "inputs": inputs,
}


def main() -> None:
    """Make what is missing in the cache, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--cache", type=Path, default=Path("fusion_cache"))
    parser.add_argument("--peer", type=Path)
    parser.add_argument("--rows", nargs="+", help="of the table; all by default")
    parser.add_argument("--only-make", action="store_true", help="fill the cache, print nothing")
    arguments, overrides = parser.parse_known_args()
    choices = {"terms": ablations, "constants": constants, "uncertainty": ablations}
    rows = choices.get(arguments.table, partial(dict, ROWS))()
    chosen = {name: row for name, row in rows.items() if name in (arguments.rows or rows)}
    with logging_to():
        world = World.of(arguments.cache, arguments.peer, arguments.seeds, overrides)
        if arguments.only_make:
            everything(world, chosen)
        else:
            TABLES[arguments.table](world, chosen)


if __name__ == "__main__":
    main()
