import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from cytoweave.artifacts import Embedding, Hierarchy, Network, Scores
from cytoweave.report import RunResult
from cytoweave.report.annotations import annotate
from cytoweave.report.page.page import write_page

LOADING = {"src", "srcset", "data", "action", "poster", "background"}


class Page(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.scripts[-1] += data
        elif self.cdata_elem is None:
            self.text += data

    @property
    def data(self) -> dict[str, Any]:
        return dict(json.loads(self.scripts[0]))

    @property
    def anchors(self) -> list[str]:
        return [str(attrs["id"]) for tag, attrs in self.tags if tag == "section"]


def page_of(result: RunResult, folder: Path) -> Page:
    path = folder / "report.html"
    write_page(path, result, annotate(result.hierarchy, result.scores))
    return Page(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def page(run: RunResult, tmp_path_factory: pytest.TempPathFactory) -> Page:
    return page_of(run, tmp_path_factory.mktemp("page"))


def test_the_page_loads_nothing(page: Page) -> None:
    for tag, attrs in page.tags:
        assert not LOADING & attrs.keys(), tag
        target = attrs.get("href") or ""
        assert not re.match(r"(https?:)?//", target), target
    assert "link" not in {tag for tag, attrs in page.tags if attrs.get("rel") != "icon"}


def test_a_policy_forbids_every_request(page: Page) -> None:
    (policy,) = [
        str(attrs["content"])
        for tag, attrs in page.tags
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert not any("http" in rule or "*" in rule for rule in rules.values())


def test_names_from_the_data_are_text_and_nothing_else(page: Page) -> None:
    assert len([tag for tag, _ in page.tags if tag == "script"]) == 3
    assert "b" not in {tag for tag, _ in page.tags}
    assert page.data["proteins"][1] == '<script>alert("x")</script>&'
    assert 'A <script>alert("x")</script>& map' in page.text
    assert "<" not in page.scripts[0]


def test_pictures_show_names_as_text(page: Page) -> None:
    for plot in page.data["plots"].values():
        for trace in plot["data"]:
            shown = [trace.get(key) or [] for key in ("hovertext", "labels", "ids")]
            assert not any(
                "<script" in text or "<b>B1" in text for texts in shown for text in texts
            )


def test_all_sections_stand_in_order(page: Page) -> None:
    assert page.anchors == [
        "glance",
        "hierarchy",
        "assemblies",
        "proteins",
        "sizes",
        "measurements",
        "scores",
        "truth",
        "identifiers",
    ]
    linked = [str(attrs["href"])[1:] for tag, attrs in page.tags if tag == "a" and "href" in attrs]
    assert set(page.anchors) <= set(linked)


def test_every_place_has_its_picture(page: Page) -> None:
    places = {str(attrs["id"]) for _, attrs in page.tags if attrs.get("class") == "plot"}
    assert places == set(page.data["plots"])


def test_the_page_says_what_it_shows(page: Page) -> None:
    for text in (
        "20 of 24 proteins placed in 5 assemblies, from 4 proteins",
        "cytoweave run data=demo",
        "with several parents (1 here) is drawn once",
        "partly circular",
        "half held out",
        "2 documented",
        "2 names in the data were not current gene symbols",
    ):
        assert text in page.text, text


def test_the_table_holds_each_assembly_with_its_members(page: Page, run: RunResult) -> None:
    rows = page.data["assemblies"]
    assert [row["id"] for row in rows] == list(run.hierarchy.names[1:])
    proteins = page.data["proteins"]
    for k, row in enumerate(rows, start=1):
        assert tuple(sorted(proteins[m] for m in row["members"])) == run.hierarchy.members_of(k)
        assert row["size"] == len(row["members"])
    assert [row["parents"] for row in rows] == [[-1], [-1], [0], [0, 1], [1]]


def test_a_map_without_scores_and_vectors(map_run: RunResult, tmp_path: Path) -> None:
    page = page_of(map_run, tmp_path)
    assert page.anchors == ["glance", "hierarchy", "assemblies", "proteins", "sizes", "identifiers"]
    assert "was not compared with known complexes" in page.text
    assert "undocumented" not in page.text
    assert page.data["layout"] is None


def test_few_proteins_are_said_to_be_drawn_by_components(run: RunResult, tmp_path: Path) -> None:
    proteins = ("X", "Y")
    hierarchy = Hierarchy(
        proteins,
        ("root",),
        sparse.csr_array(np.ones((1, 2), np.float32)),
        np.empty((0, 2), np.int32),
        np.zeros(1, np.int32),
        np.full(1, np.nan, np.float32),
    )
    small = replace(
        run,
        hierarchy=hierarchy,
        similarity=Network.from_pairs(["X"], ["Y"]),
        embedding=Embedding.of_modality("ppi", proteins, np.eye(2)),
        modalities={},
        scores=Scores({}),
        layout=np.zeros((2, 2), np.float32),
    )
    page = page_of(small, tmp_path)
    assert "Too few proteins (2) for a UMAP" in page.text
    assert "2 proteins, and no assembly among them" in page.text


def test_a_map_of_six_thousand_proteins_stays_below_ten_megabytes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    n, a = 6000, 301
    sizes = np.r_[n, np.geomspace(4, 2000, a - 1).astype(int)]
    rows = [np.sort(rng.choice(n, size, replace=False)) for size in sizes]
    members = sparse.csr_array(
        (
            np.ones(sizes.sum(), np.float32),
            np.concatenate(rows).astype(np.int32),
            np.cumsum([0, *sizes]).astype(np.int32),
        ),
        shape=(a, n),
    )
    proteins = tuple(f"GENE{k:05d}" for k in range(n))
    hierarchy = Hierarchy(
        proteins,
        tuple(f"C{k}" for k in range(a)),
        members,
        np.array([(0, k) for k in range(1, a)], np.int32),
        np.ones(a, np.int32),
        np.ones(a, np.float32),
    )
    result = RunResult(
        config={},
        hierarchy=hierarchy,
        similarity=Network.from_pairs([], [], proteins=proteins),
        embedding=Embedding.of_modality("ppi", proteins, rng.normal(size=(n, 2))),
        modalities={},
        scores=Scores({}),
        identifiers=pd.DataFrame({"given": [], "symbol": [], "status": []}),
        layout=rng.normal(size=(n, 2)).astype(np.float32),
    )
    page_of(result, tmp_path)
    assert (tmp_path / "report.html").stat().st_size < 10e6
