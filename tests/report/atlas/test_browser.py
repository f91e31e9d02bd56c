"""The portal in headless Chromium: what a reader does, sees and takes along.

`.ci/run` installs Debian's package and runs these (`pytest -m browser`). Without a browser they are
skipped, except where ``CI`` says that there must be one.
"""

import dataclasses
import functools
import http.server
import io
import itertools
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page
from skimage.color import rgb2lab

from cytoweave.artifacts import Findings
from cytoweave.report import RunResult, write_run, write_run_portal
from cytoweave.report.measured import Measured

from ..conftest import (
    DESK,
    PHONE,
    make_contrast,
    make_run,
    serious_findings,
    skip_or_fail,
)
from ..exchange.cytoscape_web import (
    OPENED,
    faults_of_hierarchy,
    faults_of_network,
    undeclared,
)
from .pieces import details, numbers, piece
from .test_portal import measured

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[3]
READY_S, FRAME_MS, HEAP_MB = 2.0, 50.0, 250.0
"""Limits: processor time until a page can be used, a frame of zooming, memory."""

HOSTILE = {
    "P02": "<img src=x onerror=document.title='hit'>",
    "P03": "</script><script>document.title='hit'</script>",
    "P04": "\u202eesrever \u05d0\u05d1\u05d2",
    "P05": "x" * 300,
    "P06": 'it\'s "quoted" `so`',
    "P07": '=HYPERLINK("http://127.0.0.1:9/","x")',
    "P08": "a/b?c#d%20&e",
}
"""Names that a page, an address, a table or a spreadsheet might take for something else."""

SHORT = "Septins"
LONG_NAMES = {
    "A": "Large subunit of the ribosome of the mitochondrion and all of its assembly factors",
    "B": "cytoplasmic_ribonucleoprotein_granules_with_factors and stress granules",
    "A1": SHORT,
    "AB": "Dolichyldiphosphooligosaccharideproteinglycosyltransferase precursors of all kinds",
    "<b>B1</b>": "Endoplasmic-reticulum-mitochondrion-encounter-structure and its regulators",
}

Open = Callable[..., Page]


def written(place: Path, result: RunResult) -> Path:
    place.mkdir(exist_ok=True)
    (place / "config.yaml").write_text(json.dumps(result.config))
    write_run(place, result, portal=True)
    return place


def generated(place: Path, *sizes: int) -> dict[str, float]:
    """Write a generated map by the benchmark; return what it measured."""
    command = [sys.executable, "benchmarks/portal.py", "write", str(place), *map(str, sizes)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("small")
    generated(place, 600, 60)
    return place


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small run with every file, compared with itself."""
    result = dataclasses.replace(make_run(), measured=measured())
    place = written(tmp_path_factory.mktemp("browsed") / "run", result)
    write_run_portal(place, place)
    return place


@pytest.fixture(scope="module")
def long_names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run whose assemblies have names of any length."""
    place = written(tmp_path_factory.mktemp("named") / "run", make_run())
    cards = {key: {"name": name} for key, name in LONG_NAMES.items()}
    answer = pd.DataFrame({"assembly": list(LONG_NAMES), "name": list(LONG_NAMES.values())})
    (place / "uses" / "names").mkdir(parents=True)
    Findings("Names", {"names": answer}, cards=cards).save(place / "uses" / "names")
    write_run_portal(place)
    return place


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = dataclasses.replace(make_run(), measured=measured())
    return written(tmp_path_factory.mktemp("hostile") / "run", renamed(given))


def renamed(given: RunResult) -> RunResult:
    """Return a run whose proteins have hostile names."""
    names = tuple(HOSTILE.get(name, name) for name in given.hierarchy.proteins)
    assert given.embedding
    swap = functools.partial(dataclasses.replace, proteins=names)
    parts = {
        key: dataclasses.replace(e, proteins=tuple(HOSTILE.get(n, n) for n in e.proteins))
        for key, e in given.modalities.items()
    }
    networks = {
        key: dataclasses.replace(n, proteins=tuple(HOSTILE.get(x, x) for x in n.proteins))
        for key, n in given.measured.networks.items()
    }
    return dataclasses.replace(
        given,
        hierarchy=swap(given.hierarchy),
        similarity=swap(given.similarity),
        embedding=swap(given.embedding),
        modalities=parts,
        measured=Measured(networks),
    )


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport=DESK, accept_downloads=True)
    yield made
    made.close()


@pytest.fixture
def visit(context: BrowserContext) -> Iterator[Open]:
    """Return what opens a view; at the end nothing may have been said, asked or gone wrong."""
    printed: list[str] = []

    def opened(folder: Path | str, view: str = "#/c", **size: int) -> Page:
        page = context.new_page()
        if size:
            page.set_viewport_size({"width": size["width"], "height": size["height"]})
        base = folder if isinstance(folder, str) else (folder / "portal").absolute().as_uri()
        page.on("console", lambda message: printed.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: printed.append(f"error: {error}"))
        page.on("request", lambda sent: printed.extend(_beyond(sent.url, base)))
        page.goto(f"{base}/index.html{view}")
        page.wait_for_selector("body[data-ready]", state="attached")
        return page

    yield opened
    assert printed == []


def _beyond(url: str, base: str) -> list[str]:
    """Return a request that leaves the folder of the portal."""
    own = url.startswith((f"{base}/", "data:", "blob:"))
    return [] if own else [f"request: {url}"]


def processor_time(page: Page) -> dict[str, float]:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    result = session.send("Performance.getMetrics")["metrics"]
    return {one["name"]: float(one["value"]) for one in result}


def address(folder: Path, name: str) -> str:
    columns = piece(folder / "portal", "core")["cols"]
    return str(columns["uid"][columns["id"].index(name)])


def detailed(page: Page) -> Page:
    page.wait_for_selector("body[data-detail]", state="attached")
    return page


def test_1_it_opens_from_disk_and_from_a_server(small: Path, visit: Open) -> None:
    page = visit(small)
    page.wait_for_selector("body[data-cell]", state="attached")
    assert page.locator(".stage canvas").is_visible()
    assert "58" in page.locator(".lead").inner_text() or page.locator(".lead b").count() == 2
    with served(small / "portal") as server:
        there = visit(server)
        there.wait_for_selector("body[data-cell]", state="attached")
        assert "P00001" in detailed(visit(server, "#/p/P00001")).locator("h1").inner_text()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder; yield its address."""
    handler = functools.partial(_Silent, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.slow  # minutes, and seconds are compared
def test_2_twenty_thousand_proteins(tmp_path: Path, visit: Open) -> None:
    """Hold writing and opening a large map to their limits; wall time only where it must be."""
    written_in = generated(tmp_path, 20_000, 2_000)
    assert written_in["cpu_seconds"] <= 60
    assert written_in["peak_mb"] <= 2048
    assert written_in["size_mb"] <= 60
    page = visit(tmp_path)
    ready = processor_time(page)
    assert ready["TaskDuration"] < READY_S
    page.wait_for_selector("body[data-cell]", state="attached", timeout=60_000)
    frames = []
    for k in range(12):
        page.mouse.move(300 + 20 * k, 300)
        page.mouse.wheel(0, -200 if k % 3 else 150)
        page.wait_for_timeout(100)
        frames.append(float(page.evaluate("document.body.dataset.frame")))
    assert np.median(frames) < FRAME_MS
    assert processor_time(page)["JSHeapUsedSize"] / 1e6 < HEAP_MB


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P00007", "P00007"),
        ("p00007", "P00007"),
        ("ALIAS7", "P00007"),
        ("old7", "P00007"),
        ("Q00007", "P00007"),
        ("ENSG00000000007", "P00007"),
        ("protein number 7", "P00007"),
    ],
)
def test_3_search_finds_proteins_by_every_name(
    small: Path, visit: Open, text: str, expected: str
) -> None:
    page = visit(small)
    page.keyboard.press("/")
    page.keyboard.type(text)
    page.wait_for_selector(f'[role="option"]:has-text("{expected}")')
    page.keyboard.press("Enter")
    page.wait_for_selector(f'h1:has-text("{expected}")')


def test_3_search_finds_assemblies_and_terms(run: Path, visit: Open) -> None:
    page = visit(run)
    page.fill("#search", "second")  # a known set that names no assembly
    page.wait_for_selector('[role="option"]:has-text("second")')
    page.fill("#search", "A1")
    page.wait_for_selector('[role="option"]:has-text("A1")')
    page.fill("#search", "no such thing")
    page.wait_for_selector('.found [class="none"]')


def test_3_the_id_of_the_files_finds_an_assembly(run: Path, visit: Open) -> None:
    core = piece(run / "portal", "core")["cols"]
    name = core["name"][core["id"].index("A1")]
    page = visit(run)
    page.fill("#search", "a1")
    first = page.locator('[role="option"]').first
    first.wait_for()
    assert name in first.inner_text()
    page.keyboard.press("Enter")
    page.wait_for_selector(".assembly h1")
    assert page.locator("h1").inner_text() == name
    assert page.locator(".top .facts .id").inner_text() == "id A1"


def saved_labels(page: Page) -> list[tuple[float, float, str]]:
    """Return the labels of the cell view as SVG has them: x, y, text."""
    with page.expect_download() as waiting:
        page.click('button:text-is("SVG")')
    root = ElementTree.parse(waiting.value.path()).getroot()
    texts = root.iter("{http://www.w3.org/2000/svg}text")
    return [(float(t.attrib["x"]), float(t.attrib["y"]), t.text or "") for t in texts]


def test_labels_of_the_cell_are_whole_or_cut_late_and_then_tell_the_rest(
    long_names: Path, visit: Open
) -> None:
    page = visit(long_names)
    page.wait_for_selector("body[data-cell]", state="attached")
    page.wait_for_selector("body[data-frame]", state="attached")
    labels = saved_labels(page)
    cut = [(x, y, text.removesuffix("…").rstrip()) for x, y, text in labels if "…" in text]
    assert cut
    assert all(len(text) >= 4 for _, _, text in cut)
    whole = " ".join(text for _, _, text in labels if "…" not in text)
    assert SHORT in whole
    box = page.locator("canvas").bounding_box()
    assert box
    for x, y, text in cut:
        page.mouse.move(box["x"] + x, box["y"] + y)
        tooltip = page.locator(".hovercard")
        tooltip.wait_for()
        assert text in tooltip.inner_text()
        assert tooltip.locator("strong").inner_text() in LONG_NAMES.values()


def test_4_every_address_restores_its_view_and_back_works(small: Path, visit: Open) -> None:
    core = piece(small / "portal", "core")
    uid, name = core["cols"]["uid"][3], core["cols"]["name"][3]
    page = visit(small, f"#/a/{uid}?mod=ppi&min=0.4&p=P00001")
    assert page.locator("h1").inner_text() == name
    boxes = page.locator('.network [data-kind="ppi"] input')
    boxes.wait_for()
    assert boxes.is_checked()
    assert not page.locator('.network [data-kind="image"] input').is_checked()
    assert page.locator('.network input[type="range"]').input_value() == "0.4"
    page.click('nav[aria-label="Views"] >> text=Table')
    page.fill('input[aria-label="Filter the table"]', "Complex number 1")
    page.select_option('select[aria-label="Class"]', "documented")
    wanted = page.evaluate("location.hash")
    shown = page.locator("tbody tr[data-row]").count()
    repeated = visit(small, wanted)
    assert repeated.locator("tbody tr[data-row]").count() == shown
    page.go_back()
    page.wait_for_selector(".assembly h1")
    assert page.locator("h1").inner_text() == name
    assert "Not in this map" in visit(small, "#/a/0000000000").locator("h1").inner_text()
    assert visit(small, f"#/a/{core['cols']['id'][3]}").locator("h1").inner_text() == name
    assert visit(small, "#/tree?q=number").locator('[role="treeitem"]').count() > 1
    assert visit(small, "#/u").locator("canvas").is_visible()


def test_5_numbers_are_those_of_the_tables(run: Path, visit: Open) -> None:
    table = pd.read_csv(run / "assemblies.tsv", sep="\t", index_col="id", keep_default_na=False)
    columns = {"size": "size", "nm": "diameter_nm", "pers": "persistence", "stab": "stability"}
    columns |= {"sec": "sec_fdr"}
    page = visit(run, "#/t")
    for name, row in table.iterrows():
        cells = page.locator("tbody tr[data-row]").filter(has=page.locator("[data-n]"))
        own = next(c for c in cells.all() if c.get_attribute("data-row") == name)
        for ours, theirs in columns.items():
            shown = own.locator(f'[data-of="{ours}"]').get_attribute("data-n")
            assert shown == "" if row[theirs] == "" else float(shown or "nan") == float(row[theirs])
    terms = pd.read_csv(run / "tables" / "assemblies_terms.tsv", sep="\t", keep_default_na=False)
    bars = terms["jaccard"].ge(0.1) & terms["fdr"].lt(0.01)
    for name in table.index:
        page = detailed(visit(run, f"#/a/{address(run, str(name))}"))
        accepted = terms[(terms["assembly"] == name) & bars & (terms["term"] != "")]
        accepted = accepted.sort_values("jaccard", ascending=False)
        for of, column in {"overlap": "overlap", "term.jac": "jaccard", "term.fdr": "fdr"}.items():
            cells = page.locator(f'#terms [data-of="{of}"]')
            result = [float(one.get_attribute("data-n") or "nan") for one in cells.all()]
            assert result == pytest.approx(accepted[column].tolist(), rel=1e-5), name
        for one in page.locator("[data-n]").all():
            value, text = one.get_attribute("data-n"), one.inner_text()
            if re.fullmatch(r"\d+\.\d\d", text) and value:
                assert float(text) == pytest.approx(float(value), abs=0.005001)
        page.close()


def test_5_edges_are_those_of_the_network_among_members(run: Path, visit: Open) -> None:
    pairs = measured().networks["ppi"].to_frame()
    core = piece(run / "portal", "core")
    row = core["cols"]["id"].index("A")
    ptr, idx = numbers(core["ptr"], "<u4"), numbers(core["idx"], "<u2")
    members = {core["sym"][k] for k in idx[ptr[row] : ptr[row + 1]]}
    inside = pairs["protein_a"].isin(members) & pairs["protein_b"].isin(members)
    page = detailed(visit(run, f"#/a/{address(run, 'A')}"))
    shown = page.locator('.network [data-kind="ppi"] .soft').inner_text()
    assert int(shown) == inside.sum() > 0
    message = page.locator('.evidences [data-kind="ppi"]').inner_text()
    assert f"{inside.sum()} of" in message


def test_images_of_a_protein_are_reached_from_its_assembly(run: Path, visit: Open) -> None:
    page = detailed(visit(run, f"#/a/{address(run, 'A')}"))
    page.locator("#cells a", has_text="NA").first.click()
    page.wait_for_selector(".protein h1")
    assert page.locator("#cells .picture").count() == 2
    places = page.locator("#cells .picture").evaluate_all(
        "all => all.map((one) => one.style.backgroundPosition)"
    )
    assert len(set(places)) == 2


VIEWS = ("#/c", "#/tree", "#/t", "#/u", "#/compare", "#/p/P02", "#/a/A")


@pytest.mark.parametrize("view", VIEWS)
def test_6_no_serious_finding_of_axe(browser: Browser, run: Path, view: str) -> None:
    url = f"{(run / 'portal').absolute().as_uri()}/index.html{view}"
    assert serious_findings(browser, url, "body[data-ready]") == []


def test_6_a_walk_by_keys_alone(run: Path, visit: Open) -> None:
    page = visit(run)
    page.wait_for_selector("body[data-cell]", state="attached")
    page.locator(".stage canvas").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_selector(".chosen")
    page.keyboard.press("Enter")
    page.wait_for_selector(".assembly")
    assert page.evaluate("location.hash").startswith("#/a/")
    link = page.locator("#members td.symbol a").first
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".protein h1")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")


def test_7_print_keeps_pictures(run: Path, visit: Open) -> None:
    page = detailed(visit(run, f"#/a/{address(run, 'A')}"))
    paper = page.pdf(format="A4")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", paper)) <= 12
    page.evaluate("document.querySelector('.stage canvas').style.visibility = 'hidden'")
    assert len(page.pdf(format="A4")) < len(paper) - 1000


@pytest.mark.parametrize("view", VIEWS)
def test_8_a_phone_scrolls_one_way(run: Path, visit: Open, view: str) -> None:
    page = visit(run, view, width=390, height=844)
    page.wait_for_timeout(200)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]


@pytest.mark.parametrize("name", HOSTILE.values())
def test_9_hostile_names_are_text(hostile: Path, visit: Open, name: str) -> None:
    page = visit(hostile)
    title = page.title()
    page.goto(f"{(hostile / 'portal').absolute().as_uri()}/index.html")
    page.wait_for_selector("body[data-ready]", state="attached")
    page.evaluate("name => { location.hash = '#/p/' + encodeURIComponent(name); }", name)
    page.wait_for_selector(".protein h1")
    assert page.locator(".protein h1").text_content() == name
    page.fill("#search", name[:40])
    page.wait_for_selector('[role="option"]')
    for view in ("#/c", "#/t", "#/u", f"#/a/{address(hostile, 'A')}"):
        page.evaluate("view => { location.hash = view; }", view)
        page.wait_for_timeout(150)
    detailed(page)
    assert page.locator("#members").text_content()
    assert page.title() == title
    assert page.locator("img").count() == 0
    with page.expect_download() as saved:
        page.click('#members button:has-text("TSV")')
    table = Path(saved.value.path()).read_text()
    assert not re.search(r"(?:^|\t)[=+@-]", table, re.MULTILINE)
    exported = json.loads((hostile / "hierarchy_parent.cx2").read_text())
    nodes = next(aspect["nodes"] for aspect in exported if "nodes" in aspect)
    assert name in {node["v"]["name"] for node in nodes}


def test_10_an_exported_network_is_valid(run: Path, visit: Open) -> None:
    page = detailed(visit(run, f"#/a/{address(run, 'A')}"))
    with page.expect_download() as saved:
        page.click('button:text-is("CX2")')
    text = Path(saved.value.path()).read_text()
    aspects = {name: rows for aspect in json.loads(text) for name, rows in aspect.items()}
    counts = {one["name"]: one["elementCount"] for one in aspects["metaData"]}
    assert all(len(aspects[name]) == count for name, count in counts.items())
    ids = {node["id"] for node in aspects["nodes"]}
    assert min(ids) == 1
    assert all({"x", "y"} <= node.keys() for node in aspects["nodes"])
    assert all({edge["s"], edge["t"]} <= ids for edge in aspects["edges"])
    declared = aspects["attributeDeclarations"][0]["edges"]
    assert set(declared) == {"evidence", "Weight"}
    assert {edge["v"]["evidence"] for edge in aspects["edges"]} <= {"ppi", "image", "fused"}
    from ndex2.cx2 import RawCX2NetworkFactory

    network = RawCX2NetworkFactory().get_cx2network(json.loads(text))
    assert len(network.get_nodes()) == len(ids)
    assert undeclared(aspects) == []
    for kind in ("interaction", "evidence"):
        values = {edge["v"].get(kind) for edge in aspects["edges"]}
        assert None not in values or len(values) == 1
    assert len(aspects["edges"]) <= OPENED
    assert faults_of_hierarchy(run / "hierarchy.cx2", uploaded=False) == []
    assert faults_of_network(run / "hierarchy_parent.cx2", run / "hierarchy.cx2") == []
    with page.expect_download() as picture:
        page.click('.network button:text-is("SVG")')
    drawn = Path(picture.value.path()).read_text()
    assert "P02" in drawn
    with page.expect_download() as sets:
        page.click('button:text-is("GMT")')
    line = Path(sets.value.path()).read_text().split("\t")
    assert line[0] == "A"
    assert len(line) == 2 + 12


def test_11_a_piece_of_another_map_is_refused(run: Path, visit: Open, tmp_path: Path) -> None:
    place = tmp_path / "mixed"
    shutil.copytree(run, place)
    for shard in (place / "portal" / "data" / "a").glob("*.js"):
        shard.write_text(re.sub(r'",1,"\w+"', '",1,"000000000000"', shard.read_text(), count=1))
    page = visit(place, f"#/a/{address(run, 'A')}")
    page.wait_for_selector('.problem:has-text("another map")')
    core = place / "portal" / "data" / "core.js"
    core.write_text(core.read_text().replace('"core",1,', '"core",2,', 1))
    other = page.context.new_page()
    other.goto((place / "portal" / "index.html").as_uri())
    other.wait_for_selector('.problem:has-text("format 2")')


def test_12_what_a_run_lacks_is_not_shown(tmp_path: Path, visit: Open) -> None:
    bare = written(tmp_path / "bare", make_run(embedded=False))
    page = detailed(visit(bare, f"#/a/{address(bare, 'A')}"))
    assert page.locator("#members").is_visible()
    for part in ("#terms", "#cells", "#prof-sec"):
        assert page.locator(part).count() == 0
    tabs = page.locator('nav[aria-label="Views"] a').all_inner_texts()
    assert tabs == ["Cell", "Tree", "Table"]


VISION = ("none", "deuteranopia", "protanopia", "tritanopia", "achromatopsia")


@pytest.mark.parametrize("kind", VISION)
def test_13_evidence_is_told_apart_without_colour(run: Path, visit: Open, kind: str) -> None:
    """Lines differ by dash, so that colour is never alone; where seen, colours lie apart."""
    page = detailed(visit(run, f"#/a/{address(run, 'A')}"))
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setEmulatedVisionDeficiency", {"type": kind})
    lines = page.locator(".network label svg").all()
    dashes = [one.locator("line").get_attribute("stroke-dasharray") for one in lines]
    assert len(lines) == len(set(dashes)) >= 3
    shown = [line.screenshot() for line in lines]
    assert len(set(shown)) == len(shown)
    colours = [drawn_colour(picture) for picture in shown]
    apart = [np.linalg.norm(a - b) for a, b in itertools.combinations(colours, 2)]
    assert kind == "achromatopsia" or min(apart) > 15, apart


def drawn_colour(picture: bytes) -> NDArray[np.float64]:
    """Return the colour of a line, in CIELAB: that of the pixel farthest from the paper."""
    with Image.open(io.BytesIO(picture)) as opened:
        pixels = rgb2lab(np.asarray(opened.convert("RGB")) / 255).reshape(-1, 3)
    paper = np.median(pixels, axis=0)
    result: NDArray[np.float64] = pixels[np.linalg.norm(pixels - paper, axis=1).argmax()]
    return result


@pytest.mark.slow
def test_14_a_second_browser_opens_finds_and_links(run: Path) -> None:
    """Firefox: from disk and from a server, by every name, and each address."""
    place = shutil.which("firefox-esr") or shutil.which("firefox")
    driver = ROOT / "web" / "node_modules" / "puppeteer-core"
    if place is None or not driver.is_dir():
        skip_or_fail("a second browser: apt-get install firefox-esr; cd web && npm ci")
    core = piece(run / "portal", "core")
    uid, name = core["cols"]["uid"][1], core["cols"]["name"][1]
    views = {"#/t": "Assemblies", f"#/a/{uid}": name, "#/p/P02": "P02"}
    with served(run / "portal") as server:
        requested = {
            "urls": [f"{(run / 'portal').absolute().as_uri()}/index.html", f"{server}/index.html"],
            "searches": ["P02", "p02", "zwei", "nucleus"],
            "views": list(views),
        }
        command = ["node", "second_browser.mjs", str(place), json.dumps(requested)]
        done = subprocess.run(command, cwd=ROOT / "web", check=True, capture_output=True, text=True)
    seen = json.loads(done.stdout)
    assert seen["ready"] == [True, True]
    assert seen["told"] == []
    for word in ("P02", "p02", "zwei"):
        assert "P02" in seen["found"][word][0], word
    assert any("Nucleus" in one for one in seen["found"]["nucleus"])
    assert {view: seen["headings"][view] for view in views} == views
    assert seen["back"] == list(views)[-1]


def test_14_two_maps_are_compared(run: Path, visit: Open) -> None:
    page = visit(run, "#/compare")
    page.wait_for_selector("figure canvas")
    assert page.locator("figure").count() == 2
    result = page.locator('[data-of="match"]').all()
    assert {one.inner_text() for one in result} == {"1.00"}
    page.select_option(".bar-top select >> nth=0", "only")
    page.wait_for_timeout(100)
    assert page.locator('[data-of="match"]').count() == 0


def test_five_questions_in_three_clicks(small: Path, visit: Open) -> None:
    """Where is a protein and with whom, why, what is new, what do members look like, how sure."""
    page = visit(small)
    page.click("#search")
    page.keyboard.type("P00002")
    page.click('[role="option"]:has-text("P00002")')  # 1: the protein
    assert "with" in page.locator(".chain li").first.inner_text()
    page.click(".chain li a >> nth=0")  # 2: its smallest assembly
    detailed(page)
    for block in ("#why", "#terms", "#cells", "#sure"):
        assert page.locator(block).is_visible(), block
    assert "× chance" in page.locator("#why").inner_text()
    assert "New here" in page.locator("#terms").inner_text()
    assert details(small / "portal", "a")


@pytest.fixture(scope="module")
def contrasted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run with two contrasts, of which the second had no replicates."""
    place = tmp_path_factory.mktemp("contrasted") / "run"
    for name, tested in (("contrast", True), ("contrast.alone", False)):
        (place / "uses" / name).mkdir(parents=True)
        make_contrast(tested=tested).save(place / "uses" / name)
    return written(place, dataclasses.replace(make_run(), measured=measured()))


def test_a_contrast_shows_classes_intervals_and_movers(contrasted: Path, visit: Open) -> None:
    page = visit(contrasted)
    page.click('nav[aria-label="Views"] >> text=Contrast')
    page.wait_for_selector("body[data-contrast][data-cell]", state="attached")
    assert "of 3 assemblies 1 changed, 1 are conserved, 1 undecided" in _text(page, ".lead")
    rows = page.locator("#assemblies tbody tr")
    assert [row.get_attribute("data-row") for row in rows.all()] == ["A1", "<b>B1</b>", "B"]
    spoken = rows.first.locator("svg").get_attribute("aria-label") or ""
    assert spoken == "effect −0.40 (95 % interval −0.50 to −0.30)"
    page.click("#assemblies th >> text=Effect")
    page.click("#assemblies th >> text=Effect")
    assert rows.first.get_attribute("data-row") == "<b>B1</b>"
    assert "sort=-effect" in page.evaluate("location.hash")
    page.select_option('#assemblies select[aria-label="Class"]', "changed")
    assert rows.count() == 1
    rows.first.locator("button").click()
    page.wait_for_selector(".chosen dl")
    assert "cohesion 0.90" in _text(page, ".chosen")
    repeated = visit(contrasted, page.evaluate("location.hash"))
    repeated.wait_for_selector(".chosen dl")
    assert repeated.locator("#assemblies tbody tr").count() == 1
    assert [
        one.get_attribute("data-row") for one in repeated.locator("#movers tbody tr").all()
    ] == ["P02"]


def _text(page: Page, place: str) -> str:
    return " ".join(page.locator(place).first.inner_text().split())


def test_movers_lead_to_proteins_and_back(contrasted: Path, visit: Open) -> None:
    page = visit(contrasted, "#/contrast/contrast")
    movers = page.locator("#movers tbody tr")
    movers.first.wait_for()
    assert movers.count() == 3
    left = movers.first.locator("td").nth(5).locator("a")
    assert left.get_attribute("href") == f"#/a/{address(contrasted, 'A1')}"
    assert movers.nth(1).locator("td").first.locator("a").count() == 0  # not in the map
    movers.first.locator("a").first.click()
    page.wait_for_selector("#use-contrast")
    assert page.locator("#use-contrast a", has_text="A1").get_attribute("href") == "#/a/A1"
    page.locator("#use-contrast a", has_text="Show in the contrast").click()
    page.wait_for_selector("#movers tbody tr")
    assert page.locator("#movers tbody tr").count() == 1


def test_a_contrast_without_replicates_says_so(contrasted: Path, visit: Open) -> None:
    page = visit(contrasted, "#/contrast/contrast.alone")
    page.wait_for_selector(".caution b")
    assert _text(page, ".caution b") == "Effect sizes only."
    assert "Nothing was tested" in _text(page, ".lead")
    assert page.locator("#nulls").count() == 0
    spoken = page.locator("#assemblies svg").first.get_attribute("aria-label")
    assert spoken == "effect −0.40, no interval"
    assert "No such contrast" in _text(visit(contrasted, "#/contrast/other"), "h1")


def test_tables_of_a_contrast_are_taken_along(
    contrasted: Path, visit: Open, tmp_path: Path
) -> None:
    page = visit(contrasted, "#/contrast")
    for place, name in (("#assemblies", "contrast"), ("#movers", "movers")):
        page.wait_for_selector(f"{place} tbody tr")
        with page.expect_download() as waiting:
            page.locator(f"{place} .head button", has_text="TSV").click()
        waiting.value.save_as(tmp_path / "given.tsv")
        result = pd.read_csv(tmp_path / "given.tsv", sep="\t", keep_default_na=False)
        expected = make_contrast().tables[name]
        key = expected.columns[0]
        assert sorted(result[key]) == sorted(expected[key])
        assert result["fdr"].sort_values().tolist() == expected["fdr"].sort_values().tolist()


def test_a_contrast_is_readable_by_all(contrasted: Path, browser: Browser) -> None:
    url = (contrasted / "portal" / "index.html").absolute().as_uri()
    assert serious_findings(browser, f"{url}#/contrast", "body[data-contrast]") == []
