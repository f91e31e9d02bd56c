"""Who may import whom, as the table in CONTRIBUTING.md says; no circles; the trees are mirrored."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src"
ROW = re.compile(r"^\| `src/([\w/.]+?)/?` \|[^|]+\|([^|]*)\|$", re.MULTILINE)


def _allowed() -> dict[str, set[str]]:
    """Return the table: room -> the rooms it may import."""
    rows = ROW.findall((ROOT / "CONTRIBUTING.md").read_text())
    return {
        room.removesuffix(".py"): {name.strip() for name in cell.split(",") if name.strip()}
        for room, cell in rows
    }


def _room(path: Path) -> str:
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def _imports(path: Path) -> set[str]:
    """Return the rooms that a file imports, also inside functions, but for types alone."""
    tree = ast.parse(path.read_text())
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    package = ["cytoweave", *path.relative_to(SRC).parts[:-1]]
    result: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not node.level or id(node) in skipped:
            continue
        base = package[: len(package) - node.level + 1] + (node.module or "").split(".")
        base = [name for name in base if name]
        result |= {base[1]} if len(base) > 1 else {alias.name for alias in node.names}
    return result - {"__version__", _room(path)}


@cache
def _house() -> dict[str, set[str]]:
    house: dict[str, set[str]] = defaultdict(set)
    for path in SRC.rglob("*.py"):
        if path != SRC / "__init__.py":
            house[_room(path)] |= _imports(path)
    return house


def test_every_room_is_in_the_table() -> None:
    assert set(_allowed()) == set(_house())


def test_rooms_import_what_the_table_allows() -> None:
    allowed = _allowed()
    beyond = {room: result - allowed[room] for room, result in _house().items()}
    assert {room: names for room, names in beyond.items() if names} == {}


def test_the_table_allows_no_circle() -> None:
    order = list(TopologicalSorter(_allowed()).static_order())
    assert order.index("errors") < order.index("artifacts") < order.index("stages")


def test_metrics_and_maps_know_neither_torch_nor_hydra() -> None:
    heavy = re.compile(
        r"^\s*(?:import|from) (torch|pytorch_lightning|hydra|omegaconf)\b", re.MULTILINE
    )
    rooms = ("artifacts", "similarity", "eval", "maps", "nodes", "data")
    result = [
        p for room in rooms for p in (SRC / room).rglob("*.py") if heavy.search(p.read_text())
    ]
    assert result == []


def test_the_root_and_the_folders_stay_small() -> None:
    assert len(list(SRC.glob("*.py"))) <= 6
    folders = [folder for folder in SRC.rglob("*") if folder.is_dir()]
    assert max(len(list(folder.glob("*.py"))) for folder in folders) <= 22


def test_tests_mirror_the_tree() -> None:
    """A folder of tests is named as one of the package; `faults` and `fuzz` are about all of it."""
    folders = {p.parent.relative_to(ROOT / "tests") for p in (ROOT / "tests").rglob("test_*.py")}
    folders -= {Path("faults"), Path("fuzz")}
    assert [str(f) for f in folders if not (SRC / f).is_dir()] == []
