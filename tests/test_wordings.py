"""Vocabulary: wordings and names that were replaced by the field's terms do not come back."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

FOLDERS = ("src", "conf", "docs", "benchmarks", "scripts", "web/src")
TEXTS = {".py", ".md", ".yaml", ".j2", ".ts", ".tsx"}

WORDINGS = (
    r"foretell|hushed|stopped_alike|\baloud\b|RESULT_BLIND|SHAPING_LIBRARIES",
    r"\b(is|are|was|were) worth\b|what .{1,40} worth\b",
    r"(who|nobody) else is told|told by their nearest|\bare told by\b|\bbe told from\b",
    r"last but one stage|half to choose by|like life|until they stand|taken as they stand",
    r"know an image again|take up where|stands? (behind|between|twice|beside|around)\b",
    r"\b(lies?|stands?|stood|lain) beside\b|\bbeside each other\b",
    r"\b(nobody|somebody)'s\b|\bkey figures\b|(each|every|the same) figures?\b",
)
"""Regular expressions of wordings, without regard to case; each has a standard term instead."""

NAMES = {"again", "asked", "beside", "figure", "figures", "found", "it", "said", "stands", "told"}
NAMES |= {"ways", "worth"}
"""Names that say nothing of what a variable is; plots may keep plotly's `figure`."""

PLOTS = re.compile(
    r"src/(report/page/(score_)?plots|studies/sweep/pictures)\.py|benchmarks/evaluation\.py"
)
CODE = ("src", "tests", "benchmarks", "scripts", "examples")


def _files() -> list[Path]:
    places = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    return [path for path in places if path.suffix in TEXTS] + [ROOT / "README.md"]


def test_replaced_wordings_do_not_occur() -> None:
    pattern = re.compile("|".join(WORDINGS), re.IGNORECASE)
    hits = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in _files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert not hits


def test_variables_and_parameters_have_names_that_say_what_they_are() -> None:
    hits = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {name}"
        for folder in CODE
        for path in (ROOT / folder).rglob("*.py")
        if not PLOTS.search(path.as_posix())
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (name := _name_of(node)) in NAMES and isinstance(node, ast.Name | ast.arg)
    ]
    assert not hits


def _name_of(node: ast.AST) -> str:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    return node.arg if isinstance(node, ast.arg) else ""
