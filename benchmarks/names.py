"""Benchmark of names of assemblies: contaminated GO sets, and held-out complexes.

Sections, each printed as a table and written as TSV to the output folder:

    archive    50 GO sets, real, half replaced, random (Hu et al. 2024), named by GO of 2018: AUROC
               of the confidence, compared with the confidence that five language models stated
    stacked    the same sets by a stack of GPT-4's confidence and reference terms, cross-validated
               by term: AUROC, calibration error, slope, intercept, reliability
    corum      groups of CORUM complexes that are held out, as they are and contaminated, named by
               the other complexes and GO cellular components: reliability of the confidence
    recorded   267 titles that GPT-4 gave the draft map of May 2023, against the reference names
    picture    the three reliability curves as SVG

    python benchmarks/names.py SECTION .. [--data DIR] [--out DIR]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

import cytoweave as cw
from cytoweave.applications.names.answers import read_title
from cytoweave.applications.names.calibration import AS_CLOSE, Confidence, Probes, within
from cytoweave.applications.names.controls import Pool
from cytoweave.applications.names.known import Known
from cytoweave.applications.names.naming import name_sets
from cytoweave.applications.names.reliability import (
    auroc,
    calibration_table,
    interval,
    reliability,
)
from cytoweave.applications.names.stacked import (
    cross_validated,
    drawn_members,
    features_of,
    shares_of,
)
from cytoweave.applications.names.support import content_words
from cytoweave.artifacts import TermSet
from cytoweave.data import read_gmt
from cytoweave.eval.matched.strata import strata_of
from cytoweave.eval.terms.recovery import group_terms
from cytoweave.eval.terms.splits import HELD_OUT, TUNE, Split
from cytoweave.terminal.console import show

ARCHIVE = "annotation/llm_50go_contamination_5models.tsv.gz"
GO_2018 = {
    "process": "function/enrichr_GO_Biological_Process_2018.gmt.gz",
    "function": "function/enrichr_GO_Molecular_Function_2018.gmt.gz",
}
RECORDED = "annotation/u2os_may2023_gpt4_prompts_responses.tsv.gz"
MAY_2023 = "hierarchies/U2OS_map_May2023final.nodes.gz"
CITATIONS = "function/gene_citation_counts_2023-12.tsv.gz"
CORUM = "corum/corum4_human.gmt.gz"
COMPONENTS = "go/GO_CC_human_propagated_2023-11.gmt.gz"
KINDS = {"default": "real", "50perc_contaminated": "half", "100perc_contaminated": "random"}
PAIRS = (("real", "random"), ("real", "half"), ("half", "random"))
MIN_MEMBERS, SETS = 4, 150


def archive_sets(data: Path) -> pd.DataFrame:
    """Return one row per set and model: ``model go kind genes llm_name llm_confidence id``."""
    table = pd.read_csv(data / ARCHIVE, sep="\t", keep_default_na=False)
    table["kind"] = table["contamination"].map(KINDS)
    return table.assign(id=table["kind"] + "|" + table["go"])


def aurocs(values: pd.Series, kinds: pd.Series, terms: pd.Series, seed: int = 0) -> dict[str, str]:
    """Return the three AUROCs with their 95 % intervals over terms."""
    result = {}
    for above, below in PAIRS:
        inside = kinds.isin([above, below]).to_numpy()
        score, of = values[inside].to_numpy(float), terms[inside].to_numpy()
        upper = (kinds[inside] == above).to_numpy()

        def statistic(k: np.ndarray, score: np.ndarray = score, up: np.ndarray = upper) -> float:
            return auroc(score[k], up[k])

        low, high = interval(statistic, of, seed)
        result[f"{above} v {below}"] = f"{auroc(score, upper):.3f} ({low:.3f} - {high:.3f})"
    return result


def archive(data: Path, out: Path) -> None:
    """Name the GO sets by GO of 2018."""
    table = archive_sets(data)
    one = table[table["model"] == "gpt_4"].set_index("id")
    result = cw.names(
        sets={str(name): genes.split() for name, genes in one["genes"].items()},
        references={k: {"kind": "gmt", "path": str(data / v)} for k, v in GO_2018.items()},
    )
    answer = result.answer.set_index("assembly").loc[one.index]
    rows = [{"by": "reference", **aurocs(answer["confidence"], one["kind"], one["go"])}]
    for model, part in table.groupby("model", sort=False):
        stated = pd.to_numeric(part["llm_confidence"], errors="coerce").fillna(0)
        rows.append({"by": str(model), **aurocs(stated, part["kind"], part["go"])})
    named = (answer["name"] != "").groupby(one["kind"]).mean()
    rows[0] |= {f"named {kind}": f"{share:.0%}" for kind, share in named.items()}
    write(out, "archive", pd.DataFrame(rows).fillna(""))
    write(out, "archive_scores", result.tables["scores"])
    write(out, "archive_reliability", result.tables["reliability"])


def stacked(data: Path, out: Path) -> None:
    """Stack the recorded answers of GPT-4 and the reference names, cross-validated by term."""
    table = archive_sets(data)
    one = table[table["model"] == "gpt_4"].set_index("id")
    result = {name: read_gmt(data / path).value for name, path in GO_2018.items()}
    references = {name: terms for name, terms in result.items() if isinstance(terms, TermSet)}
    sets = [genes.split() for genes in one["genes"]]
    proteins = sorted(set().union(*sets, *(terms.proteins for terms in references.values())))
    known = Known.of(references, proteins)
    position = pd.Series(range(len(proteins)), index=proteins)
    counts = pd.Series(0, index=proteins)
    for terms in references.values():
        counts[list(terms.proteins)] += np.bincount(
            terms.members.indices, minlength=len(terms.proteins)
        )
    pool = Pool(strata_of(counts.to_frame("annotations")))
    places = np.asarray(position[list(known.proteins)], np.int64)
    probes = Probes.of(known, pool, places, 300, 0)
    indices = [np.sort(position[genes].to_numpy(np.intp)) for genes in sets]
    columns = within(places, indices, len(proteins))
    named = name_sets(known, columns, [len(genes) for genes in sets], 0)
    confidence = Confidence.of(probes, named, 0.05, 0)
    stated = pd.to_numeric(one["llm_confidence"], errors="coerce").fillna(0)
    expected = confidence.expected_share(named)
    features = features_of(stated.to_numpy(float), np.ones(len(one)), expected)
    shares, groups = shares_of(list(one["kind"])), pd.factorize(one["go"])[0]
    values = {
        "stack": cross_validated(features, shares, groups, 0),
        "GPT-4": stated.to_numpy(float),
        "reference, confidence": confidence.predict(named),
        "reference, expected share": expected,
    }
    rows, scores = [], []
    for name, value in values.items():
        rows.append({"by": name, **aurocs(pd.Series(value), one["kind"], one["go"])})
        judged = calibration_table(*drawn_members(value, shares, groups), 0)
        scores.append(judged.assign(by=name))
    write(out, "stacked", pd.DataFrame(rows))
    write(out, "stacked_scores", pd.concat(scores))
    members = drawn_members(values["stack"], shares, groups)
    write(out, "stacked_reliability", reliability(*members[:2]))


def corum(data: Path, out: Path) -> None:
    """Name complexes of groups that are held out by the others and by cellular components."""
    whole = read_gmt(data / CORUM).value
    assert isinstance(whole, TermSet)
    split = Split.of(whole)
    known, hidden = split.part(TUNE), split.part(HELD_OUT)
    components = read_gmt(data / COMPONENTS).value
    assert isinstance(components, TermSet)
    rng = np.random.default_rng(0)
    truth = one_a_group(hidden, rng)
    truth = {k: v for k, v in truth.items() if not equal_to_some(v, components)}
    everyone = sorted({*whole.proteins, *components.proteins})
    noisy_sets = {f"{share:.0%}|{k}": mixed(v, share, everyone, rng) for k, v in truth.items()
             for share in (0.0, 0.5, 1.0)}  # fmt: skip
    references = {"corum": as_sets(known), "go_cc": as_sets(components)}
    result = cw.names(sets=noisy_sets, references=references)
    answer = result.answer
    share, term = (answer["assembly"].str.split("|").str[k] for k in (0, 1))
    visible = {**references["corum"], **references["go_cc"]}
    close = np.array(
        [
            is_close(message, truth[name], visible)
            for message, name in zip(considered(result), term, strict=True)
        ]
    )
    right = close & (share == "0%").to_numpy()
    groups = pd.factorize(term)[0]
    confidence = answer["confidence"].to_numpy(float)
    write(out, "corum_scores", calibration_table(confidence, right, groups, 0))
    write(out, "corum_reliability", reliability(confidence, right))
    shown = answer["name"] != ""
    rows = [
        {"replaced": kind, "sets": len(part), "named": shown[part].mean(),
         "close": close[part].mean(), "mean confidence": confidence[part].mean()}
        for kind, part in answer.groupby(share).groups.items()
    ]  # fmt: skip
    write(out, "corum_named", pd.DataFrame(rows))


def one_a_group(terms: TermSet, rng: np.random.Generator) -> dict[str, list[str]]:
    """Return one complex of each group of similar ones, of at least `MIN_MEMBERS` members."""
    groups = group_terms(terms.members, 0.5)
    large = np.flatnonzero(np.diff(terms.members.indptr) >= MIN_MEMBERS)
    order = rng.permutation(large)
    _, first = np.unique(groups[order], return_index=True)
    sets = as_sets(terms)
    return {terms.terms[k]: sets[terms.terms[k]] for k in order[np.sort(first)][:SETS].tolist()}


def equal_to_some(members: list[str], terms: TermSet, at: float = 0.5) -> bool:
    """Return whether a complex is, nearly, one of the terms: then it is not held out."""
    own = np.isin(np.array(terms.proteins, object), members)
    shared = terms.members.astype(np.int64) @ own.astype(np.int64)
    sizes = np.diff(terms.members.indptr)
    return bool((shared / (sizes + len(members) - shared)).max() >= at)


def mixed(
    members: list[str], share: float, everyone: Sequence[str], rng: np.random.Generator
) -> list[str]:
    """Return a set with a share of its members replaced by any proteins."""
    count = round(share * len(members))
    kept = rng.permutation(members)[count:].tolist()
    others = [name for name in rng.permutation(everyone).tolist() if name not in members]
    return sorted([*kept, *others[:count]])


def considered(result: cw.Findings) -> list[tuple[str, ...]]:
    """Return the terms that each set is named by, whether the name is shown or not."""
    return [tuple(filter(None, str(cell).split("; "))) for cell in result.answer["best_terms"]]


def is_close(message: tuple[str, ...], members: list[str], visible: dict[str, list[str]]) -> bool:
    """Return whether terms are as close to a set as the closest visible one, or nearly."""
    own = set(members)

    def jaccard(sets: set[str]) -> float:
        return len(own & sets) / len(own | sets)

    closest = max(jaccard(set(one)) for one in visible.values())
    united = set().union(*(visible[name] for name in message)) if message else set()
    return bool(own & united) and jaccard(united) >= AS_CLOSE * closest


def as_sets(terms: TermSet) -> dict[str, list[str]]:
    """Return ``{term: proteins}``."""
    rows = sparse.csr_array(terms.members)
    cells = np.split(rows.indices, rows.indptr[1:-1])
    return {
        term: [terms.proteins[k] for k in columns.tolist()]
        for term, columns in zip(terms.terms, cells, strict=True)
    }


def picture(curves: dict[str, pd.DataFrame], path: Path, side: int = 260) -> None:
    """Draw reliability curves side by side as SVG: share right over confidence, with intervals."""
    parts, edge = [], 40
    for k, (title, curve) in enumerate(curves.items()):
        left = k * (side + 2 * edge) + edge

        def place(x: float, y: float, left: int = left) -> str:
            return f"{left + x * side:.1f},{edge + (1 - y) * side:.1f}"

        parts.append(f'<rect x="{left}" y="{edge}" width="{side}" height="{side}" fill="none" '
                     'stroke="#999"/>')  # fmt: skip
        parts.append(f'<polyline points="{place(0, 0)} {place(1, 1)}" stroke="#bbb" fill="none"/>')
        for row in curve.itertuples():
            x = float(str(row.confidence))
            low, high = (place(x, float(str(y))) for y in (row.right_lo, row.right_hi))
            parts.append(f'<polyline points="{low} {high}" stroke="#2F6DB5"/>')
            x_, y_ = place(x, float(str(row.right))).split(",")
            parts.append(f'<circle cx="{x_}" cy="{y_}" r="4" fill="#2F6DB5"/>')
        middle, below = left + side / 2, edge + side + 25
        parts.append(f'<text x="{middle}" y="25" text-anchor="middle">{title}</text>')
        parts.append(f'<text x="{middle}" y="{below}" text-anchor="middle">confidence, 0 to 1; '
                     'up: share right</text>')  # fmt: skip
    width, height = len(curves) * (side + 2 * edge), side + 2 * edge
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="13">\n'
        f'<rect width="{width}" height="{height}" fill="white"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def recorded(data: Path, out: Path) -> None:
    """Compare the titles that GPT-4 gave the draft map of May 2023 with the reference names."""
    table = pd.read_csv(data / RECORDED, sep="\t", usecols=["cluster", "response"])
    titles = {row.cluster: read_title(str(row.response))[0] for row in table.itertuples()}
    result = cw.names(
        data / MAY_2023,
        references={
            "corum": {"kind": "gmt", "path": str(data / CORUM)},
            "go_cc": {"kind": "gmt", "path": str(data / COMPONENTS)},
        },
        covariates=data / CITATIONS,
    )
    answer = result.answer[result.answer["assembly"].isin(titles)].copy()
    answer["title"] = [titles[str(name)] for name in answer["assembly"]]
    rng = np.random.default_rng(0)
    rows = []
    for name, least in (("all named", 0.0), ("confidence of .5 and more", 0.5)):
        part = answer[(answer["name"] != "") & (answer["confidence"] >= least)]
        ours = [content_words(one) for one in part["name"]]
        theirs = [content_words(one) for one in part["title"]]
        shuffled = [agreeing(ours, [theirs[k] for k in rng.permutation(len(theirs))])
                    for _ in range(200)]  # fmt: skip
        rows.append({"names": name, "assemblies": len(part), "share a word": agreeing(ours, theirs),
                     "shuffled": float(np.mean(shuffled))})  # fmt: skip
    rows.append({"names": "titles read", "assemblies": len(titles)})
    write(out, "recorded", pd.DataFrame(rows))
    answer[["assembly", "name", "confidence", "title"]].to_csv(
        out / "names_recorded_pairs.tsv", sep="\t", index=False
    )


def agreeing(ours: list[frozenset[str]], theirs: list[frozenset[str]]) -> float:
    """Return the share of pairs of names that have a word of content in common."""
    return float(np.mean([bool(a & b) for a, b in zip(ours, theirs, strict=True)]))


def drawn(data: Path, out: Path) -> None:
    """Draw the reliability of what `corum`, `archive` and `stacked` have written."""
    tables = {
        "hidden terms of GO": "archive_reliability",
        "held-out complexes": "corum_reliability",
        "GPT-4 and GO, 50 GO sets": "stacked_reliability",
    }
    curves = {k: pd.read_csv(out / f"names_{v}.tsv", sep="\t") for k, v in tables.items()}
    picture(curves, out / "names_reliability.svg")


def write(out: Path, name: str, table: pd.DataFrame) -> None:
    """Show a table and write it."""
    show(f"names: {name}", table.round(3))
    table.to_csv(out / f"names_{name}.tsv", sep="\t", index=False)


SECTIONS = {
    "archive": archive,
    "stacked": stacked,
    "corum": corum,
    "recorded": recorded,
    "picture": drawn,
}


def main() -> None:
    """Run the sections asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sections", nargs="+", choices=list(SECTIONS))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("."))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.sections:
        SECTIONS[name](arguments.data.resolve(), arguments.out)


if __name__ == "__main__":
    main()
