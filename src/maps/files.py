"""Hierarchies in the file forms of others: HiDeF's `.nodes` and `.edges`, CX2, DDOT."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ..artifacts import Hierarchy
from ..errors import DataError
from .containment import set_sizes
from .cx2 import parse_cx2
from .listing import Listing, hierarchy_of

GZIP_MAGIC = b"\x1f\x8b"
NAMING = "'.nodes' (with '.edges' beside it), '.cx2' or '.ont', each also with '.gz'"


def read_hierarchy(
    path: Path,
    proteins: Sequence[str] | None = None,
    rename: Callable[[Sequence[str]], Sequence[str]] | None = None,
) -> Hierarchy:
    """Read a hierarchy from `.nodes`, CX2 or DDOT, told apart by their content.

    Members are kept as the file lists them. A `.nodes` file's edges are read from the `.edges`
    file beside it; where there is none, an assembly hangs below the smallest ones that hold all
    its members. gzip is found by content; Windows line ends and a byte order mark are accepted.

    Args:
        path: The file.
        proteins: The universe, in the order to keep. Proteins outside it are left out, and so are
            assemblies without any protein in it. By default the union of the assemblies.
        rename: Gives each listed protein its name here; proteins given one name become one.

    Returns:
        The root first, then the assemblies in the file's order. Where the file has no assembly
        above all others that holds every listed protein, one named ``root`` is added.

    Raises:
        DataError: If the file is missing, damaged or malformed, contradicts itself, or has no
            protein of the universe.
    """
    path = Path(path)
    text = _read_text(path)
    first = text.lstrip()[:1]
    if first in ("[", "{"):
        listing = parse_cx2(text, path.name)
    elif _is_ddot(text):
        listing = _parse_ddot(text, path.name)
    else:
        listing = _parse_nodes(text, path.name, _edges_beside(path))
    return hierarchy_of(_renamed(listing, rename) if rename else listing, proteins)


def write_nodes_edges(hierarchy: Hierarchy, nodes: Path, edges: Path) -> None:
    """Write a hierarchy in HiDeF's form, gzip-compressed where a name ends in `.gz`.

    `nodes` gets name, size, sorted members separated by blanks, and persistence; `edges` parent,
    child and ``default``; neither has a header. Same hierarchy, same bytes.
    """
    sizes = set_sizes(hierarchy.members)
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
    return replace(listing, members=[frozenset(name[p] for p in row) for row in listing.members])


def _read_text(path: Path) -> str:
    if not path.is_file():
        raise DataError(f"{path}: no such file; a hierarchy is read from {NAMING}.")
    content = path.read_bytes()
    try:
        content = gzip.decompress(content) if content.startswith(GZIP_MAGIC) else content
        return content.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: damaged gzip ({error}); fetch or compress it again.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not text in UTF-8; a hierarchy is read from {NAMING}.") from error


def _write_text(path: Path, text: str) -> None:
    content = text.encode()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Number and fields of each line that is not blank."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, line.split("\t")


def _parse_nodes(text: str, source: str, edges: Path | None) -> Listing:
    names: list[str] = []
    members: list[frozenset[str]] = []
    persistence: list[int] = []
    for number, fields in _rows(text):
        where = f"{source} row {number}"
        if len(fields) not in (3, 4):
            raise DataError(
                f"{where}: {len(fields)} columns; expected name, size, members separated by "
                "blanks, and optionally persistence, with tabs between."
            )
        listed = frozenset(fields[2].split())
        if _whole(fields[1], "size", where) != len(listed):
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
        if number < 0 or not number.is_integer():
            raise ValueError(value)
    except (ValueError, OverflowError) as error:
        message = f"{where}: {what} '{value}' is not a whole number of 0 or more."
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
    pairs = []
    for number, fields in _rows(text):
        if len(fields) < 2:
            raise DataError(f"{source} row {number}: expected parent and child with a tab between.")
        parent, child = fields[0].strip(), fields[1].strip()
        for name in (parent, child):
            if name not in known:
                raise DataError(
                    f"{source} row {number}: unknown assembly '{name}'; "
                    "every name must occur in the .nodes file."
                )
        pairs.append((parent, child))
    return pairs


def _is_ddot(text: str) -> bool:
    """Whether the first lines are parent, child and a type that DDOT knows."""
    head = [fields for _, (_, fields) in zip(range(2), _rows(text), strict=False)]
    return bool(head) and all(
        len(fields) == 3 and fields[2].strip() in ("type", "default", "gene") for fields in head
    )


def _parse_ddot(text: str, source: str) -> Listing:
    """Terms with the genes of all terms below them; a term's own genes are its ``gene`` rows."""
    own: dict[str, set[str]] = {}
    pairs: list[tuple[str, str]] = []
    for number, fields in _rows(text):
        if len(fields) != 3 or fields[2].strip() not in ("type", "default", "gene"):
            raise DataError(
                f"{source} row {number}: expected parent, child and 'default' or 'gene' with tabs."
            )
        parent, child, kind = (field.strip() for field in fields)
        if kind == "gene":
            own.setdefault(parent, set()).add(child)
        elif kind == "default":
            own.setdefault(parent, set())
            own.setdefault(child, set())
            pairs.append((parent, child))
    if not any(own.values()):
        raise DataError(
            f"{source}: no 'gene' rows, so no assembly has members; "
            "if this is an .edges file, name the .nodes file beside it."
        )
    below = _propagated(own, pairs)
    return Listing(source, list(below), list(below.values()), [1] * len(below), pairs)


def _propagated(
    own: dict[str, set[str]], pairs: Sequence[tuple[str, str]]
) -> dict[str, frozenset[str]]:
    """Members of each term and of all below it, by repeated passes up the edges."""
    held = {name: set(genes) for name, genes in own.items()}
    growing = True
    while growing:
        growing = False
        for parent, child in pairs:
            if not held[child] <= held[parent]:
                held[parent] |= held[child]
                growing = True
    return {name: frozenset(genes) for name, genes in held.items()}
