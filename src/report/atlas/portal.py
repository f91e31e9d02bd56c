"""Portal of a run: a folder of static pages to explore the map and its evidence.

``index.html`` and a small program are part of this package; the rest is data in classic scripts:
core data in ``core.js``, and details in files of about a megabyte that are loaded when an assembly
or a protein is opened.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from ...artifacts import Findings, Hierarchy
from ..annotations import Annotations
from ..measured import Measured
from ..result import RunResult
from ..templating import render
from ..titles import titles
from .comparison import comparison
from .contrasts import contrast, contrasts_of
from .core import core, files_of
from .details import Details
from .evidence import Evidence
from .script import Json, safe_json, write_part

PORTAL = "portal"
PROGRAM = ("app.js", "app.css", "THIRD_PARTY.txt")

SHARD = 1_000_000
"""Size in characters from which a new file of details is started."""
MAX_LISTED_ASSEMBLIES = 3000
"""Number of assemblies listed without JavaScript."""


def write_portal(
    folder: Path,
    result: RunResult,
    annotations: Annotations,
    evidence: Sequence[Evidence],
    uses: Mapping[str, Findings],
    other: RunResult | None = None,
) -> Path:
    """Write ``portal/`` into the folder of a run, replacing an earlier one; return its page.

    It shows only data of the run, and the same run gives the same bytes.

    Args:
        folder: The folder of the run, which the page links files of.
        result: The run.
        annotations: Annotations from references.
        evidence: All kinds of evidence.
        uses: Findings of applications.
        other: A run to compare it with.

    Raises:
        DataError: If the two runs share no protein.
    """
    place = folder / f".{PORTAL}.unfinished"
    shutil.rmtree(place, ignore_errors=True)
    (place / "data").mkdir(parents=True)
    key = _write_data(place, folder, Details(result, annotations, evidence, uses), other)
    for name in PROGRAM:
        (place / name).write_bytes(files(__package__).joinpath(name).read_bytes())
    (place / "index.html").write_text(_shell(result, annotations, uses, key), encoding="utf-8")
    final = folder / PORTAL
    shutil.rmtree(final, ignore_errors=True)
    place.rename(final)
    return final / "index.html"


def _write_data(place: Path, folder: Path, details: Details, other: RunResult | None) -> str:
    """Write the data; return the key of the map, which is in every file."""
    result, annotations, uses = details.result, details.annotations, details.uses
    names = titles(result.hierarchy, annotations, result.similarity, uses)
    summaries = [one.summary(result.hierarchy) for one in details.evidence]
    content = core(result, annotations, names, details.evidence, summaries)
    key = hashlib.sha256(safe_json(content).encode()).hexdigest()[:12]
    data = place / "data"
    content["shards"] = {
        "a": _write_shards(data, "a", key, details.assemblies()),
        "p": _write_shards(data, "p", key, details.proteins()),
    }
    content["files"] = files_of(folder, uses)
    content["cells"] = _write_cells(place, result.measured, result.hierarchy.proteins)
    write_part(data / "terms.js", "terms", key, details.terms())
    columns = {str(name): result.measured.names[name].tolist() for name in result.measured.names}
    write_part(data / "names.js", "names", key, columns)
    if other is not None:
        write_part(data / "compare.js", "compare", key, _compared(result, other))
    content["compared"] = other.title if other else None
    content["contrasts"] = _write_contrasts(data, key, uses, result.hierarchy)
    write_part(data / "core.js", "core", key, content)
    return key


def _write_contrasts(
    data: Path, key: str, uses: Mapping[str, Findings], hierarchy: Hierarchy
) -> list[Json]:
    """Write each contrast of conditions; return their folders and titles."""
    listed: list[Json] = []
    for number, (use, findings) in enumerate(contrasts_of(uses).items()):
        write_part(
            data / f"contrast/{number}.js", f"contrast/{number}", key, contrast(findings, hierarchy)
        )
        listed.append({"use": use, "title": findings.title})
    return listed


def _compared(result: RunResult, other: RunResult) -> Json:
    """Return the other map's core data, and the comparison of the two."""
    annotations = other.annotations()
    names = titles(other.hierarchy, annotations, other.similarity)
    content = comparison(result.hierarchy, other.hierarchy)
    return {"core": core(other, annotations, names, (), ()), **content}


def _write_shards(data: Path, part: str, key: str, rows: Iterable[Json]) -> list[int]:
    """Write details in shards; return the first row of each file."""
    starts: list[int] = []
    waiting: dict[str, Json] = {}
    shard_size = 0
    for number, row in enumerate(rows):
        size = len(json.dumps(row, separators=(",", ":")))
        if shard_size + size > SHARD and waiting:
            _write_shard(data, part, key, len(starts) - 1, waiting)
            waiting, shard_size = {}, 0
        if not waiting:
            starts.append(number)
        waiting[str(number)] = row
        shard_size += size
    if waiting:
        _write_shard(data, part, key, len(starts) - 1, waiting)
    return starts


def _write_shard(data: Path, part: str, key: str, number: int, rows: Mapping[str, Json]) -> None:
    write_part(data / part / f"{number:03d}.js", f"{part}/{number:03d}", key, rows)


def _write_cells(place: Path, measured: Measured, proteins: Sequence[str]) -> list[Json]:
    """Copy the sheets of thumbnails; return the sheets and positions of each modality."""
    row = {name: k for k, name in enumerate(proteins)}
    sheets: list[Json] = []
    for number, (name, cells) in enumerate(measured.cells.items()):
        (place / "img").mkdir(exist_ok=True)
        paths = [f"img/{number}_{k:03d}.jpg" for k in range(len(cells.sheets))]
        for path, sheet in zip(paths, cells.sheets, strict=True):
            (place / path).write_bytes(sheet)
        shown = [row[protein] for protein in cells.proteins]
        sheets.append({"key": name, "sheets": paths, "rows": shown})
    return sheets


def _shell(
    result: RunResult, annotations: Annotations, uses: Mapping[str, Findings], key: str
) -> str:
    """Return the page; without scripts it lists the assemblies."""
    names = titles(result.hierarchy, annotations, result.similarity, uses)
    order = sorted(range(1, len(names)), key=lambda k: -result.hierarchy.sizes[k])[
        :MAX_LISTED_ASSEMBLIES
    ]
    assemblies = [
        {
            "title": names[k].text,
            "name": result.hierarchy.names[k],
            "size": result.hierarchy.sizes[k],
        }
        for k in order
    ]
    shell = "report/atlas/templates/shell.html.j2"
    return render(shell, title=result.title, key=key, assemblies=assemblies)
