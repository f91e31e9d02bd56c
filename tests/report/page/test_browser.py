"""The report in headless Chromium: what is seen first, found, linked, printed, read on a phone."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cytoweave.report import write_run
from cytoweave.report.measured import NAME_COLUMNS, Measured

from ..conftest import DESK, PHONE, make_run, serious_findings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report of a small run with a portal, and with names for two proteins."""
    folder = tmp_path_factory.mktemp("report")
    names = pd.DataFrame(
        [
            ["P02", "second protein", "deux|zwei", "P12345", "ENSG02", "HGNC:2", "2"],
            ["P03", "third protein", "trois|drei", "P67890", "ENSG03", "HGNC:3", "3"],
        ],
        columns=NAME_COLUMNS,
    )
    write_run(folder, dataclasses.replace(make_run(), measured=Measured(names=names)), portal=True)
    return folder / "report.html"


@pytest.fixture
def page(browser: Browser, report: Path) -> Iterator[Page]:
    """Return the open page; at the end nothing may have been said, and no request have left."""
    context, printed = browser.new_context(viewport=DESK), []
    page = context.new_page()
    page.on("console", lambda message: printed.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: printed.append(f"error: {error}"))
    page.on("request", lambda sent: printed.append(sent.url) if "://" in sent.url[5:] else None)
    page.goto(report.absolute().as_uri())
    page.wait_for_selector("#assembly-table tbody tr", state="attached")
    yield page
    context.close()
    assert printed == []


def test_the_map_stands_before_the_scores(page: Page) -> None:
    tops = {
        name: page.locator(f"#{name}").bounding_box() for name in ("hierarchy", "scores", "glance")
    }
    assert all(tops.values())
    assert tops["glance"]["y"] < tops["hierarchy"]["y"] < tops["scores"]["y"]  # type: ignore[index]
    assert tops["hierarchy"]["y"] < 2 * DESK["height"]  # type: ignore[index]


def test_the_command_is_seen_in_full_and_copied_from_disk(browser: Browser, report: Path) -> None:
    long = " ".join(["cytoweave run", *(f"map.setting_{k}=value" for k in range(12))])
    long += " data.path=/" + "folder" * 40
    text = report.read_text().replace("cytoweave run data=demo</pre>", f"{long}</pre>")
    place = report.with_name("command.html")
    place.write_text(text)
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(place.absolute().as_uri())
    command = page.locator("#command")
    assert command.inner_text() == long
    assert command.evaluate("node => node.scrollWidth <= node.clientWidth")
    page.evaluate(
        "document.addEventListener('copy', () => { window.taken = String(getSelection()); })"
    )
    page.evaluate("delete Navigator.prototype.clipboard")  # the least that a page from disk has
    page.click('[data-copy="command"]')
    page.wait_for_selector('[data-copy]:text-is("Copied")')
    assert page.evaluate("window.taken") == long
    context.close()
    granted = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = granted.new_page()
    page.goto(place.absolute().as_uri())
    page.click('[data-copy="command"]')
    page.wait_for_selector('[data-copy]:text-is("Copied")')
    assert page.evaluate("navigator.clipboard.readText()") == long
    granted.close()


def test_few_scores_are_open_and_all_are_there(page: Page) -> None:
    rows = page.locator("#scores > .scroll tbody tr")
    assert 1 <= rows.count() <= 8
    assert page.locator("#scores details[open]").count() == 0
    assert page.locator("#scores details tbody tr").count() > rows.count()


def test_a_link_lands_on_its_section(page: Page) -> None:
    for name in ("scores", "truth", "sizes"):
        page.locator(f"nav a[href='#{name}']").click()
        page.wait_for_timeout(1200)
        box = page.locator(f"#{name} h2").bounding_box()
        assert box is not None
        assert -1 <= box["y"] < 200, name


@pytest.mark.parametrize("word", ["P02", "p02", "zwei", "P12345", "ensg02", "second protein"])
def test_a_protein_is_found_by_every_name(page: Page, word: str) -> None:
    page.fill("#protein-search", word)
    assert "P02 is in" in page.inner_text("#found")
    links = page.locator("#found a").evaluate_all("found => found.map((one) => one.href)")
    assert "https://www.uniprot.org/uniprotkb/P12345" in links
    assert any(link.endswith("portal/index.html#/p/P02") for link in links)


def test_a_word_that_is_no_protein_finds_assemblies(page: Page) -> None:
    page.fill("#protein-search", "nucleus")
    assert "Assemblies that are called so" in page.inner_text("#found")
    page.locator("#found ol a").first.click()
    page.wait_for_selector("tr.details")
    page.fill("#protein-search", "no such thing")
    assert "No protein and no assembly" in page.inner_text("#found")


def test_an_open_assembly_leads_to_its_evidence(page: Page) -> None:
    page.locator(".toggle").first.click()
    page.locator("tr.details a", has_text="portal").click()
    page.wait_for_selector("body[data-ready]", state="attached")
    assert page.evaluate("location.hash").startswith("#/a/")
    page.wait_for_selector(".assembly")


def test_print_has_every_picture(page: Page) -> None:
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_timeout(1500)
    places = page.locator(".plot").count()
    assert page.locator(".plot .main-svg, .plot canvas").count() >= places > 1
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) > 1


def test_a_phone_scrolls_one_way(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.wait_for_timeout(500)
    page.locator("#scores").scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_no_serious_finding_of_axe(browser: Browser, report: Path) -> None:
    url = report.absolute().as_uri()
    assert serious_findings(browser, url, "#assembly-table tbody tr") == []
