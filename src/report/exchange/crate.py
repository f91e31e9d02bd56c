"""A run's folder as RO-Crate 1.1 and Process Run Crate 0.5: every file, and what made it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from ...artifacts import whole
from ...errors import DataError
from ...nodes import yaml_files
from .provenance import entity, input_files, licence, parameters, person, single, software

METADATA = "ro-crate-metadata.json"
RUN_MARK = ".cytoweave-run.json"
"""File that says when its folder was begun."""

USES = "uses/"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
COMPLETED = "http://schema.org/CompletedActionStatus"
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
    "assemblies.gmt": ("Assemblies as gene sets", "text/tab-separated-values"),
    "assemblies.tsv": ("One row per assembly, annotated", "text/tab-separated-values"),
    "scores.json": ("Every metric by name", "application/json"),
    "report.html": ("The page to read first", "text/html"),
    RUN_MARK: ("That this folder was made by Cytoweave, and when", "application/json"),
    "run.log": ("What happened, line by line", "text/plain"),
}
"""What each file of a run holds, and its media type; tables follow the pattern of `_about`."""


def write_crate(folder: Path, config: Mapping[str, object], inputs: pd.DataFrame) -> Path:
    """Describe a run's folder as RO-Crate 1.1 and Process Run Crate 0.5; return the file.

    Every file is listed with size and checksum. The run, and each use of its map in ``uses/``, is
    an action with times, software, settings, what it was made from and what it made.

    Args:
        folder: The run's folder; every file in it and below is listed.
        config: The composed settings of the run: ``title`` names the crate, ``author`` who is
            responsible, ``command`` what made it.
        inputs: The files that it was made from, one a row, see `INPUT_COLUMNS`.

    Raises:
        DataError: If the existing crate, or the config of a use, is damaged.
    """
    ended = _ended(folder)
    crate = ROCrate(version="1.1")
    crate.metadata.extra_terms["sha256"] = "http://schema.org/sha256"
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != METADATA)
    files = [_add(crate, path, path.relative_to(folder).as_posix()) for path in paths]
    agent, tool = person(crate, config.get("author")), software(crate)
    run = _action(crate, folder, "#run", config, ended)
    run["object"] = single([*input_files(crate, inputs), *parameters(crate, run.id, config)])
    run["result"] = single([file for file in files if not file.id.startswith(USES)])
    actions = [run, *_uses(crate, folder, files, ended)]
    for action in actions:
        action["agent"], action["instrument"] = agent, tool
    _describe_root(crate, str(config.get("title", "Cell map")), agent, actions)
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
    sums = _sums(path)
    for name in files:
        if name not in sums or not (folder / name).is_file():
            continue
        if _sum_of(folder / name) != sums[name]:
            raise DataError(
                f"{folder / name}: not as the run wrote it: its checksum is another than that in "
                f"{METADATA}; restore it, or delete {METADATA} if you changed it on purpose."
            )


def is_unchanged(folder: Path) -> bool:
    """Return whether a run has a crate, and every file with the checksum that the crate has.

    Files that the crate does not list are not looked at.
    """
    try:
        sums = _sums(folder / METADATA)
        return bool(sums) and all(_sum_of(folder / name) == sums[name] for name in sums)
    except (OSError, DataError):
        return False


def _sums(path: Path) -> dict[str, str]:
    """Return the checksums that a crate has of files."""
    with whole(path, "delete it, and the files are taken as they are."):
        parts = json.loads(path.read_text())["@graph"]
        return {
            str(part["@id"]): part["sha256"]
            for part in parts
            if "sha256" in part and part.get("@type") == "File"
        }


def _sum_of(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _add(crate: ROCrate, path: Path, name: str) -> Entity:
    description, media_type = _about(name)
    properties = {"name": name, "description": description, "encodingFormat": media_type}
    if name not in OPEN_FILES:
        properties["sha256"] = _sum_of(path)
        properties["contentSize"] = str(path.stat().st_size)
    return crate.add_file(path, name, properties=properties)


def _about(name: str) -> tuple[str, str]:
    if name in FILES:
        return FILES[name]
    stem = Path(name).stem.replace("_", " ")
    if name.startswith("cards/"):
        return f"Evidence on assembly {Path(name).stem}", "application/json"
    if name.endswith(".json"):
        return f"Metrics, notes or evidence of {Path(name).parent}", "application/json"
    kind = "text/tab-separated-values" if name.endswith(".tsv") else "application/octet-stream"
    return f"Table: {stem}", kind


def _describe_root(
    crate: ROCrate, title: str, agent: ContextEntity, actions: list[ContextEntity]
) -> None:
    crate.name = title
    crate.description = f"{title}: a map of protein assemblies and what it was scored against."
    crate.datePublished = datetime.now(UTC).replace(microsecond=0).isoformat()
    crate.license = licence(crate, "The licences of the data apply, see the inputs of #run")
    root = crate.root_dataset
    version = {"version": PROFILE.rpartition("/")[2]}
    root["conformsTo"] = entity(crate, PROFILE, "CreativeWork", "Process Run Crate", version)
    root["author"], root["mentions"] = agent, single(actions)


def _uses(
    crate: ROCrate, folder: Path, files: list[Entity], ended: Mapping[tuple[str, str], str]
) -> list[ContextEntity]:
    """Add an action for each folder below ``uses/``; return them."""
    actions = []
    for config in sorted((folder / USES).glob("*/config.yaml")):
        place = f"{USES}{config.parent.name}"
        settings = yaml_files.read(config)
        action = _action(crate, config.parent, f"#{place}", settings, ended)
        given = [file for file in files if file.id == "hierarchy.cx2"]
        action["object"] = single([*given, *parameters(crate, action.id, settings)])
        action["result"] = single([file for file in files if file.id.startswith(f"{place}/")])
        actions.append(action)
    return actions


def _action(
    crate: ROCrate,
    folder: Path,
    identifier: str,
    config: Mapping[str, object],
    ended: Mapping[tuple[str, str], str],
) -> ContextEntity:
    """Add what filled a folder, which ended now, or when an earlier crate says; return it."""
    command, begun = str(config.get("command") or "cytoweave"), _begun(folder)
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    known = {
        "description": f"Cytoweave filled the folder with: {command}",
        "endTime": ended.get((identifier, begun), now),
        "actionStatus": COMPLETED,
    }
    known |= {"startTime": begun} if begun else {}
    return entity(crate, identifier, "CreateAction", command, known)


def _begun(folder: Path) -> str:
    """Return when a folder was begun, by its mark; "" if it has none."""
    mark = folder / RUN_MARK
    if not mark.exists():
        return ""
    with whole(mark, "restore it, or delete it."):
        return datetime.fromisoformat(json.loads(mark.read_text())["begun"]).isoformat()


def _ended(folder: Path) -> dict[tuple[str, str], str]:
    """Return when the actions of an earlier crate of the folder ended, by name and start."""
    path = folder / METADATA
    if not path.exists():
        return {}
    with whole(path, "delete it, and it is written anew."):
        parts = json.loads(path.read_text())["@graph"]
        actions = [part for part in parts if part["@type"] == "CreateAction"]
        return {(a["@id"], a["startTime"]): a["endTime"] for a in actions if "startTime" in a}
