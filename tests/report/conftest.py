"""A small run with everything a run can have, and names that want escaping."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from cytoweave.artifacts import IMAGE_COLUMNS, Embedding, Findings, Hierarchy, Network, Scores
from cytoweave.report import RunResult

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ViewportSize

AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
DESK: ViewportSize = {"width": 1400, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}

NASTY = '<script>alert("x")</script>&'
PROTEINS = ("NA", NASTY, *(f"P{k:02d}" for k in range(2, 24)))
ASSEMBLIES = {
    "root": range(24),
    "A": range(12),
    "B": range(6, 20),
    "A1": range(5),
    "AB": range(8, 12),
    "<b>B1</b>": range(14, 18),
}
EDGES = [(0, 1), (0, 2), (1, 3), (1, 4), (2, 4), (2, 5)]


def make_hierarchy() -> Hierarchy:
    rows = [list(held) for held in ASSEMBLIES.values()]
    members = sparse.csr_array(
        (
            np.ones(sum(map(len, rows)), np.float32),
            np.concatenate(rows).astype(np.int32),
            np.cumsum([0, *map(len, rows)]).astype(np.int32),
        ),
        shape=(len(rows), len(PROTEINS)),
    )
    members.data[-2:] = [0.7, 0.3333]
    return Hierarchy(
        PROTEINS,
        tuple(ASSEMBLIES),
        members,
        np.array(EDGES, np.int32),
        np.array([0, 40, 9, 12, 5, 7], np.int32),
        np.array([np.nan, 0.9, 0.25, 1, np.nan, 0.1], np.float32),
    )


def make_scores() -> Scores:
    numbers = ["overlap", "jaccard", "p", "fdr"]
    columns = ["assembly", "reference", "term", "description", *numbers, "class", "genes"]
    terms = [
        ("A", "corum", "007", "small | complex", 5, 0.25, 1e-5, 1e-4, "variant", "P02 P03"),
        ("A", "hpa", "Nucleus", "Nucleus", 9, 0.55, 1e-8, 1e-7, "documented", "NA P02"),
        ("A1", "corum", "12", NASTY, 5, 1.0, 1e-9, 1e-8, "documented", f"NA {NASTY}"),
        ("A1", "corum", "13", "second", 4, 0.4, 1e-5, 1e-4, "variant", "NA P02 P03 P04"),
        ("B", "go_cc", "GO:1", "cytosol", 3, 0.15, 1e-3, 5e-3, "undocumented", "P06"),
        ("AB", "corum", "14", "chance", 1, 0.6, 0.3, 0.9, "documented", "P08"),
        ("<b>B1</b>", "corum", "", "", 0, 0.0, 1.0, 1.0, "undocumented", ""),
    ]
    coelution = pd.DataFrame(
        {
            "assembly": list(ASSEMBLIES)[1:],
            "reference": "sec",
            "auroc": [0.9, 0.5, np.nan, 0.6, 0.7],
            "p": [1e-6, 0.5, np.nan, 0.2, 0.04],
            "fdr": [4e-6, 0.5, np.nan, 0.27, 0.08],
        }
    )
    truth = pd.DataFrame(
        {
            "truth": ["proteasome", NASTY],
            "reference": "truth",
            "size": [5, 12],
            "complex": [True, False],
            "assembly": ["A1", ""],
            "jaccard": [0.83, 0.0],
            "recovered": [True, False],
        }
    )
    metrics = {
        "corum.all.recovered": 3.0,
        "corum.all.recovered.null_mean": 0.25,
        "corum.all.recovered.z": 8.125,
        "corum.all.recovered.p": 1 / 21,
        "corum.held_out.recovered": 1.0,
        "hpa.all.enriched": 0.414,
        "sec.all.validated": 2.0,
        "truth.all.recovered": 0.5,
        "corum.all.macro_auroc": 0.8676,
        "corum.all.macro_auroc.lo": 0.859,
        "corum.all.macro_auroc.hi": 0.877,
        "corum.all.auroc": float("nan"),
    }
    tables = {
        "assemblies_terms": pd.DataFrame(terms, columns=columns),
        "coelution": coelution,
        "truth": truth,
    }
    return Scores(metrics, tables)


def make_run(*, embedded: bool = True) -> RunResult:
    rng = np.random.default_rng(0)
    n = len(PROTEINS)
    pairs = [(a, b) for a in range(n) for b in range(a + 1, n) if rng.random() < 0.3]
    similarity = Network(
        PROTEINS, np.array(pairs, np.int32), rng.random(len(pairs)).astype(np.float32) + 0.01
    )
    present = np.column_stack([np.ones(n, bool), np.arange(n) % 3 > 0])
    embedding = Embedding(
        PROTEINS, rng.normal(size=(n, 6)).astype(np.float32), ("ppi", "image"), present
    )
    image = Embedding.of_modality(
        "image",
        [name for name, has in zip(PROTEINS, present[:, 1], strict=True) if has],
        rng.normal(size=(int(present[:, 1].sum()), 4)),
    )
    ppi = Embedding.of_modality("ppi", PROTEINS, rng.normal(size=(n, 3)))
    identifiers = pd.DataFrame(
        {"given": ["OLD1", NASTY], "symbol": ["P02", ""], "status": ["updated", "unknown"]}
    )
    images = pd.DataFrame(
        [["image", "i1", "AB1", "", "NA|P02", "yes"], ["image", NASTY, "", "U2OS", "P03", ""]],
        columns=list(IMAGE_COLUMNS),
    )
    return RunResult(
        config={"title": f"A {NASTY} map", "command": "cytoweave run data=demo", "seed": 3},
        hierarchy=make_hierarchy(),
        similarity=similarity,
        embedding=embedding if embedded else None,
        modalities={"image": image, "ppi": ppi} if embedded else {},
        scores=make_scores() if embedded else Scores({}),
        identifiers=identifiers,
        images=images.iloc[: 2 * embedded],
        layout=rng.normal(size=(n, 2)).astype(np.float32) if embedded else None,
    )


def make_contrast(*, tested: bool = True) -> Findings:
    """Return a contrast of two conditions, with or without replicates."""
    nan = float("nan")
    numbers = {
        "effect": [-0.4, 0.01, 0.1],
        "p": [1e-5, 0.8, 0.2],
        "fdr": [3e-5, 0.8, 0.3],
        "effect_lo": [-0.5, -0.05, -0.1],
        "effect_hi": [-0.3, 0.07, 0.3],
        "detectable": [0.2, 0.1, 0.4],
        "measured": [4, 12, 3],
        "p_equivalent": [1.0, 1e-4, 0.4],
        "fdr_equivalent": [1.0, 3e-4, 0.6],
    }
    printed = ("effect", "measured")
    numbers = {k: v if tested or k in printed else [nan] * 3 for k, v in numbers.items()}
    kinds = ["changed", "conserved", "undecided"] if tested else ["undecided"] * 3
    table = pd.DataFrame(
        {"assembly": ["A1", "B", "<b>B1</b>"], "class": kinds}
        | numbers
        | {"cohesion_control": [0.9, 0.6, 0.5], "cohesion_treated": [0.5, 0.61, 0.6]}
        | {"members_behind": ["P02 P03", "P06", "P14 P15"]}
    )
    movers = pd.DataFrame(
        {
            "protein": ["P02", "not in the map", "P06"],
            "score": [6.0, 2.0, 0.3],
            "p": [1e-6, 0.01, 0.5] if tested else [nan] * 3,
            "fdr": [3e-6, 0.04, 0.5] if tested else [nan] * 3,
            "distance": [9.0, 3.0, 0.7],
            "replicates": [4, 4, 3],
            "leaves": ["A1", "", ""],
            "enters": ["B", "A", ""],
        }
    )
    nulls = pd.DataFrame(
        [("conditions", "control v treated", 0.4, 1, 0.3, 2)]
        + [("replicates", f"{k}/1 v {k}/2", 0.05, 0, 0.04, 0) for k in ("control", "treated")],
        columns=["kind", "contrast", "p_05", "changed", "movers_p_05", "movers"],
    )
    metrics = {"tested": 3, "changed": 1, "conserved": 1, "undecided": 1, "proteins": 3}
    metrics |= {"movers": 2 if tested else 0}
    tables = {"contrast": table, "movers": movers} | ({"nulls": nulls} if tested else {})
    note = "control (2), treated (2) replicates." if tested else "No replicates are left."
    cards = {"A1": {"assembly": "A1", "class": kinds[0], "movers": ["P02"]}}
    return Findings(f"Conditions compared: {NASTY}", tables, metrics, (note,), cards)


@pytest.fixture(scope="session")
def hierarchy() -> Hierarchy:
    return make_hierarchy()


@pytest.fixture(scope="session")
def run() -> RunResult:
    return make_run()


@pytest.fixture(scope="session")
def map_run() -> RunResult:
    """Return a run that began at a network and was not scored."""
    return make_run(embedded=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return Debian's Chromium; tests skip without it, unless ``CI`` says it must be there."""
    playwright = pytest.importorskip("playwright.sync_api")
    place = shutil.which("chromium") or shutil.which("chromium-browser")
    if place is None:
        skip_or_fail("there is no chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=place, args=["--no-sandbox"])
        yield started
        started.close()


def serious_findings(browser: Browser, url: str, ready: str) -> list[tuple[str, str]]:
    """Return what axe calls serious or critical on a page."""
    if not AXE.is_file():
        skip_or_fail("axe-core is not there: cd web && npm ci --ignore-scripts")
    context = browser.new_context(viewport=DESK, bypass_csp=True)
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector(ready, state="attached")
    page.wait_for_timeout(300)
    page.add_script_tag(path=str(AXE))
    result: dict[str, Any] = page.evaluate("axe.run()")
    context.close()
    return [
        (one["id"], one["nodes"][0]["html"][:200])
        for one in result["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def skip_or_fail(what: str) -> NoReturn:
    """Skip a test that needs what is not there, or fail it where ``CI`` says it must be."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI=true, and {what}")
    pytest.skip(what)
