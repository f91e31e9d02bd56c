"""A run's folder as a research object: every file, its digest, and the action that made it."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from ...artifacts import whole
from ...errors import DataError

METADATA = "ro-crate-metadata.json"
OPEN_FILES = ("run.log",)
"""Files still being written when the crate is made: listed, but without size and digest."""

FILES = {
    "config.yaml": ("The composed settings of the run", "application/yaml"),
    "embedding.tsv.gz": ("Fused vector of each protein", "application/gzip"),
    "embedding.h5ad": ("Vectors, modalities and assemblies as AnnData", "application/x-hdf5"),
    "hierarchy.nodes": ("Assemblies with their members, HiDeF form", "text/tab-separated-values"),
    "hierarchy.edges": ("Parent and child of assemblies, HiDeF form", "text/tab-separated-values"),
    "hierarchy.cx2": ("The map for Cytoscape, HCX form", "application/json"),
    "hierarchy_parent.cx2": ("Protein pairs and their evidence, CX2", "application/json"),
    "ndex.json": ("Where the map was uploaded to", "application/json"),
    "assemblies.tsv": ("One row per assembly, annotated", "text/tab-separated-values"),
    "scores.json": ("Every figure by name", "application/json"),
    "report.html": ("The page to read first", "text/html"),
    ".cytoweave-run.json": ("That this folder was made by Cytoweave, and when", "application/json"),
    "run.log": ("What happened, line by line", "text/plain"),
}
"""What each file of a run holds, and its media type; tables follow the pattern of `_about`."""


def write_crate(folder: Path, title: str, command: str) -> Path:
    """Describe every file of `folder` in an RO-Crate 1.1 metadata file and return its path.

    Args:
        folder: The run's folder; every file in it and below is listed.
        title: Name of the crate.
        command: The command line that made the run, "" where it is not known.
    """
    crate = ROCrate(version="1.1")
    crate.metadata.extra_terms["sha256"] = "http://schema.org/sha256"
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    crate.name = title
    crate.description = f"{title}: a map of protein assemblies and what it was scored against."
    crate.datePublished = now
    crate.license = "The licence of the input data applies."
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != METADATA)
    files = [_add(crate, path, path.relative_to(folder).as_posix()) for path in paths]
    _add_action(crate, files, command, now)
    target = folder / METADATA
    target.write_text(json.dumps(crate.metadata.generate(), indent=1, sort_keys=True) + "\n")
    return target


def check_unchanged(folder: Path, files: Iterable[str]) -> None:
    """Compare files of a run with the checksums that its crate has of them, if it has a crate.

    Raises:
        DataError: If one has changed, or the crate is damaged.
    """
    path = folder / METADATA
    if not path.exists():
        return
    with whole(path, "delete it, and the files are taken as they are."):
        parts = json.loads(path.read_text())["@graph"]
        sums = {str(part["@id"]): part["sha256"] for part in parts if "sha256" in part}
    for name in files:
        if name not in sums or not (folder / name).is_file():
            continue
        with (folder / name).open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
        if found != sums[name]:
            raise DataError(
                f"{folder / name}: not as the run wrote it: its checksum is another than that in "
                f"{METADATA}; restore it, or delete {METADATA} if you changed it on purpose."
            )


def _add(crate: ROCrate, path: Path, name: str) -> object:
    description, media_type = _about(name)
    properties = {"name": name, "description": description, "encodingFormat": media_type}
    if name not in OPEN_FILES:
        with path.open("rb") as content:
            properties["sha256"] = hashlib.file_digest(content, "sha256").hexdigest()
        properties["contentSize"] = str(path.stat().st_size)
    return crate.add_file(path, name, properties=properties)


def _about(name: str) -> tuple[str, str]:
    if name in FILES:
        return FILES[name]
    stem = Path(name).stem.replace("_", " ")
    if name.startswith("cards/"):
        return f"Evidence on assembly {Path(name).stem}", "application/json"
    if name.endswith(".json"):
        return f"Figures, notes or evidence of {Path(name).parent}", "application/json"
    kind = "text/tab-separated-values" if name.endswith(".tsv") else "application/octet-stream"
    return f"Table: {stem}", kind


def _add_action(crate: ROCrate, files: list[object], command: str, now: str) -> None:
    software = ContextEntity(
        crate,
        "#cytoweave",
        {
            "@type": "SoftwareApplication",
            "name": "Cytoweave",
            "version": version("cytoweave"),
            "softwareVersion": version("cytoweave"),
            "softwareRequirements": f"Python {platform.python_version()}",
        },
    )
    action = ContextEntity(
        crate,
        "#run",
        {"@type": "CreateAction", "name": command or "cytoweave", "endTime": now},
    )
    crate.add(software, action)
    action["instrument"] = software
    action["result"] = files
    crate.root_dataset["mentions"] = action
