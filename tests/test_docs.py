"""The documentation site lists every page, public name, command and group of options."""

import re
import runpy
import sys
from pathlib import Path

import pytest
import reference_pages

import cytoweave
from cytoweave.cli import VERBS
from cytoweave.nodes.conf import chosen_options
from cytoweave.nodes.settings_checks import described

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def test_the_settings_of_sphinx_name_files_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    settings = runpy.run_path(str(DOCS / "conf.py"))
    assert settings["version"] == cytoweave.__version__
    assert (ROOT / f"{settings['root_doc']}.md").is_file()
    assert all((DOCS / "static" / name).is_file() for name in settings["html_css_files"])
    assert all(
        (DOCS / "templates" / n).is_file() for n in settings["html_additional_pages"].values()
    )


def test_every_page_and_notebook_is_in_the_contents() -> None:
    trees = re.findall(r"^```\{toctree\}\n(.*?)^```$", (DOCS / "index.md").read_text(), re.M | re.S)
    lines = [line for tree in trees for line in tree.splitlines() if line and line[0] != ":"]
    named = [line.partition("<")[2].rstrip(">") or line for line in lines]
    listed = [(DOCS / name).resolve().relative_to(ROOT) for name in named]
    result = [*ROOT.glob("*.md"), *DOCS.glob("*.md"), *ROOT.glob("examples/*.ipynb")]
    pages = {path.relative_to(ROOT).with_suffix("") for path in result} - {Path("docs/index")}
    assert set(listed) == pages | {Path("examples/plugin/README")}
    assert len(listed) == len(set(listed))


def test_every_public_name_is_on_the_page_of_the_api() -> None:
    text = (DOCS / "api.md").read_text()
    named = re.findall(r"^\.\. auto(?:function|class|exception):: (\w+)$", text, re.MULTILINE)
    assert sorted(named) == sorted(cytoweave.__all__)


def test_every_group_of_options_is_on_a_page() -> None:
    groups = {group for verb in VERBS for group in chosen_options(verb)} - {"experiment"}
    assert set(reference_pages.pages_of_groups()) == groups


def test_every_command_is_described_with_every_setting() -> None:
    text = reference_pages.filled("<!-- generated: commands -->")
    sections = dict(re.findall(r"^## `cytoweave ([\w ]+)`\n(.*?)(?=^## |\Z)", text, re.M | re.S))
    assert [name.replace(" ", "_") for name in sections] == list(VERBS)
    for verb in VERBS:
        types = described(verb)
        rows = re.findall(r"^\| `([\w.]+)` \| (.*?) \|", sections[verb.replace("_", " ")], re.M)
        assert {key for key, allowed in rows if allowed} == types.keys() & {key for key, _ in rows}
    assert "| `keep` | text or a whole number of at least 0 | `20GB` |  |" in sections["store"]
    assert "| `sequences` | a path | must be given | FASTA:" in sections["structures plan"]
    assert "[`search=`](settings_studies.md#search) | `map` |" in sections["sweep"]


def test_an_option_is_described_with_type_default_and_meaning() -> None:
    text = "\n".join(reference_pages.option("fusion", "concat"))
    assert text.startswith(
        "\n### `fusion=concat`\n\nConcatenation of scaled modalities; no training."
    )
    row = (
        "| `fusion.crowding` | a number of at least 0 | `1.0` | Strength of the hubness correction"
    )
    assert row in text


def test_an_option_without_a_class_is_shown_as_its_file() -> None:
    text = "\n".join(reference_pages.option("search", "map"))
    assert "```yaml\noverrides: []\nspace:\n  map.neighbours.k: {choices: [10, 15, 22]}" in text
    assert "```text\nThe first two decide the communities" in text


def test_a_kind_is_described_by_its_keys() -> None:
    text = reference_pages.filled("<!-- generated: kinds -->")
    assert "\n| `min_weight` | a number or null | `null` | Leave out pairs below it" in text


def test_prose_has_no_markup_of_its_own() -> None:
    assert reference_pages.prose("a|b <out> `<c>` [0, 1) *") == r"a\|b \<out> `<c>` \[0, 1) \*"
