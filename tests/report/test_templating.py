"""HTML comes from templates: no tag in Python code, names escaped, missing values refused."""

import ast
import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from cytoweave.report.page.plotly_text import plain
from cytoweave.report.templating import ENVIRONMENT, asset, render

from .conftest import NASTY

SRC = Path(__file__).resolve().parents[2] / "src"
TAG = re.compile(r"(?<!\(\?P)</?([a-z][a-z0-9]*)(?=[\s>/])")
NO_HTML = {
    "name": "a part of a file's name, in a message",
    "color": "a part of a file's name, in a message",
    "simulated": "stands for the path of data that are made, not read",
    "data": "what a language model is told to take for data alone",
}
"""Words in angle brackets that are no tags, and what they are."""


def docstrings(tree: ast.Module) -> set[int]:
    """Return the strings that stand alone: documentation of what is before or around them."""
    alone = (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr))
    return {id(value) for value in alone if isinstance(value, ast.Constant)}


def tags_in(code: str) -> list[str]:
    """Return the tags in the strings of a module; parts of f-strings are strings, too."""
    tree = ast.parse(code)
    skipped = docstrings(tree)
    return [
        result[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and id(node) not in skipped
        for result in TAG.finditer(node.value if isinstance(node.value, str) else "")
        if result[1] not in NO_HTML
    ]


def test_no_string_of_the_code_holds_a_tag() -> None:
    result = {str(path.relative_to(SRC)): tags_in(path.read_text()) for path in SRC.rglob("*.py")}
    assert {path: tags for path, tags in result.items() if tags} == {}


@pytest.mark.parametrize("text", ['"<b>"', "f'<p class={x}>'", '"a</td>"', '"<br/>"', 'f"{x}<li>"'])
def test_a_tag_is_seen(text: str) -> None:
    assert tags_in(f'"""Of <b>."""\ny = {text}')


def test_no_template_switches_escaping_off() -> None:
    assert ENVIRONMENT.autoescape is True
    paths = list(SRC.rglob("*.j2"))
    assert len(paths) > 10
    for path in paths:
        assert not re.search(r"\|\s*safe\b|autoescape", path.read_text()), path


def test_every_template_can_be_read() -> None:
    for path in SRC.rglob("*.j2"):
        ENVIRONMENT.get_template(path.relative_to(SRC).as_posix())


def test_names_are_text_in_markup_and_in_scripts() -> None:
    page = ENVIRONMENT.from_string('<i title="{{ name }}">{{ name }}</i>{{ [name]|tojson }}')
    text = page.render(name=NASTY + "'")
    assert text.startswith('<i title="&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;&amp;&#39;">')
    assert "<" not in text.partition("</i>")[2]


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="'sections' is undefined"):
        render("report/page/templates/page.html.j2", kind="", title="", css="", lead="")


def test_text_of_pictures_escapes_all_but_its_own_tags() -> None:
    assert plain("<i>", "b") == "&lt;i&gt;<br>b"
    assert plain("a", bold="<i>") == "<b>&lt;i&gt;</b><br>a"
    assert plain(bold="x") == "<b>x</b>"
    assert plain("%{y:.1%}", extra="") == "%{y:.1%}<extra></extra>"
    assert plain("4", quiet="9 nm") == '4<br><span style="color:#5b6672">9 nm</span>'


def test_a_style_sheet_is_placed_as_it_is() -> None:
    assert asset("cytoweave.report.page", "page.css").__html__().startswith(":root {")
