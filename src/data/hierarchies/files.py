"""Readers and writers of hierarchies: HiDeF's `.nodes` and `.edges`, CX2, DDOT, GML."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ...artifacts import Hierarchy
from ...errors import DataError
from ...similarity.containment import set_sizes
from ..names import without_blanks
from ..textfiles import unpacked
from ..toolkit import file_in
from .cx2 import parse_cx2
from .ddot import ddot_text, is_ddot, parse_ddot, rows_of
from .gml import gml_text, is_gml, parse_gml
from .listing import Listing, hierarchy_of
from .values import MAX_PERSISTENCE, short

GZIP_MAGIC = b"\x1f\x8b"
NAMING = "'.nodes' (with '.edges' beside it), '.cx2', '.ont' or '.gml', each also with '.gz'"
FORMS = (".nodes", ".ont", ".gml")


def read_hierarchy(
    path: Path,
    proteins: Sequence[str] | None = None,
    rename: Callable[[Sequence[str]], Sequence[str]] | None = None,
) -> Hierarchy:
    """Read a hierarchy from `.nodes`, CX2, DDOT or GML, recognised by content.

    Members are kept as listed. The edges of a `.nodes` file are read from the `.edges` file next to
    it; without one, the parents of an assembly are the smallest ones that contain all its members.
    gzip is recognised by content; Windows line ends and a byte order mark are accepted.

    Args:
        path: The file, or a folder of the Cell Mapping Toolkit or of a run.
        proteins: The universe, in output order. Proteins outside it are left out, and so are
            assemblies without any protein in it. By default the union of the assemblies.
        rename: Maps listed protein names; proteins with the same new name are merged.

    Returns:
        The root first, then the assemblies in the file's order. If the file has no assembly above
        all others with every listed protein, one named ``root`` is added.

    Raises:
        DataError: If the file is missing, damaged or malformed, contradicts itself, or has no
            protein of the universe.
    """
    path = file_in(Path(path), "hierarchy")
    text = _read_text(path)
    first = text.lstrip()[:1]
    if first in ("[", "{"):
        listing = parse_cx2(text, path.name)
    elif is_gml(text):
        listing = parse_gml(text, path.name)
    elif is_ddot(text):
        listing = parse_ddot(text, path.name)
    else:
        listing = _parse_nodes(text, path.name, _edges_beside(path))
    listing = _plainly_named(listing)
    return hierarchy_of(_renamed(listing, rename) if rename else listing, proteins)


def write_hierarchy(path: Path, hierarchy: Hierarchy) -> list[Path]:
    """Write a hierarchy in the format of its suffix; return the written files.

    `.nodes` with `.edges` next to it, `.ont` (DDOT) or `.gml`, compressed if the name ends in
    `.gz`. All formats preserve names, members and tree; `.nodes` and GML persistence; GML also
    stability and support.

    Raises:
        DataError: If the suffix is another one.
    """
    stem = path.name.removesuffix(".gz")
    form = next((ending for ending in FORMS if stem.endswith(ending)), None)
    if form is None:
        raise DataError(
            f"{path.name}: a hierarchy is written as {', '.join(FORMS)} (or with .gz), or .cx2."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    if form == ".nodes":
        edges = path.with_name(path.name.replace(".nodes", ".edges"))
        write_nodes_edges(hierarchy, path, edges)
        return [path, edges]
    _write_text(path, ddot_text(hierarchy) if form == ".ont" else gml_text(hierarchy))
    return [path]


def write_nodes_edges(hierarchy: Hierarchy, nodes: Path, edges: Path) -> None:
    """Write a hierarchy in HiDeF's format, gzip-compressed if a name ends in `.gz`.

    `nodes` has name, size, sorted members separated by blanks, and persistence; `edges` parent,
    child and ``default``; neither has a header. Equal hierarchies give equal bytes.
    """
    sizes = set_sizes(hierarchy.membership)
    rows = (
        f"{name}\t{sizes[k]}\t{' '.join(hierarchy.members_of(k))}\t{hierarchy.persistence[k]}\n"
        for k, name in enumerate(hierarchy.names)
    )
    _write_text(nodes, "".join(rows))
    names = hierarchy.names
    pairs = hierarchy.edges.tolist()
    _write_text(edges, "".join(f"{names[p]}\t{names[c]}\tdefault\n" for p, c in pairs))


def _renamed(listing: Listing, rename: Callable[[Sequence[str]], Sequence[str]]) -> Listing:
    listed = sorted(frozenset().union(*listing.members))
    name = dict(zip(listed, rename(listed), strict=True))
    support = listing.support and [
        {name[p]: value for p, value in sorted(row.items(), key=lambda pair: pair[1])}
        for row in listing.support
    ]
    members = [frozenset(name[p] for p in row) for row in listing.members]
    return replace(listing, members=members, support=support)


def _plainly_named(listing: Listing) -> Listing:
    """Return a listing without blanks in protein names and line ends in assembly names.

    `.nodes` files and our tables separate members by blanks.
    """
    names = [" ".join(re.split(r"[\t\r\n]+", name)).strip() for name in listing.names]
    pairs = listing.edges
    if names != list(listing.names):
        plain = dict(zip(listing.names, names, strict=True))
        pairs = pairs and [(plain[a], plain[b]) for a, b in pairs]
    named = replace(listing, names=names, edges=pairs)
    if all(without_blanks(name) == name for row in listing.members for name in row):
        return named
    return _renamed(named, lambda listed: [without_blanks(name) for name in listed])


def _read_text(path: Path) -> str:
    if not path.is_file():
        raise DataError(f"{path}: no such file; a hierarchy is read from {NAMING}.")
    content = path.read_bytes()
    try:
        content = unpacked(path, content) if content.startswith(GZIP_MAGIC) else content
        return content.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: damaged gzip ({error}); fetch or compress it again.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not text in UTF-8; a hierarchy is read from {NAMING}.") from error


def _write_text(path: Path, text: str) -> None:
    content = text.encode()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def _parse_nodes(text: str, source: str, edges: Path | None) -> Listing:
    names: list[str] = []
    members: list[frozenset[str]] = []
    persistence: list[int] = []
    for number, fields in rows_of(text):
        where = f"{source} row {number}"
        if not names and [field.strip().casefold() for field in fields[1:2]] == ["size"]:
            continue  # a header
        if len(fields) not in (3, 4):
            raise DataError(
                f"{where}: {len(fields)} columns; expected name, size, members separated by "
                "blanks, and optionally persistence, with tabs between; sets without a tree (GMT, "
                "a cluster a line) are references."
            )
        listed = frozenset(fields[2].split())
        size = _whole(fields[1], "size", where)
        if size != len(listed) and size == len(fields[2].split(",")):
            listed = frozenset(name.strip() for name in fields[2].split(","))
        if size != len(listed):
            raise DataError(
                f"{where}: '{fields[0]}' says {fields[1]} members but lists {len(listed)}."
            )
        names.append(fields[0].strip())
        members.append(listed)
        persistence.append(_whole(fields[3], "persistence", where) if len(fields) == 4 else 1)
    pairs = None if edges is None else _parse_edges(_read_text(edges), edges.name, frozenset(names))
    return Listing(source, names, members, persistence, pairs)


def _whole(value: str, what: str, where: str) -> int:
    try:
        number = float(value)
        if not 0 <= number <= MAX_PERSISTENCE or not number.is_integer():
            raise ValueError(value)
    except (ValueError, OverflowError) as error:
        message = f"{where}: {what} '{short(value)}' is not a whole number of 0 or more."
        raise DataError(message) from error
    return int(number)


def _edges_beside(path: Path) -> Path | None:
    stem = path.name.removesuffix(".gz")
    if not stem.endswith(".nodes"):
        return None
    wanted = stem.removesuffix(".nodes") + ".edges"
    compressed = path.name.endswith(".gz")
    for name in (f"{wanted}.gz", wanted) if compressed else (wanted, f"{wanted}.gz"):
        if path.with_name(name).is_file():
            return path.with_name(name)
    return None


def _parse_edges(text: str, source: str, known: frozenset[str]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for number, fields in rows_of(text):
        if len(fields) < 2:
            raise DataError(f"{source} row {number}: expected parent and child with a tab between.")
        parent, child = fields[0].strip(), fields[1].strip()
        if not pairs and (parent.casefold(), child.casefold()) == ("parent", "child"):
            continue  # a header
        for name in (parent, child):
            if name not in known:
                raise DataError(
                    f"{source} row {number}: unknown assembly '{name}'; "
                    "every name must occur in the .nodes file."
                )
        pairs.append((parent, child))
    return pairs
