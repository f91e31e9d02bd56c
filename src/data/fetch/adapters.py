"""Adapters: convert raw files of public sources to the formats of the readers.

A file that is read as it is published needs none: HGNC, OBO, GAF, CORUM 4 and 5, HPA locations,
BioPlex, tables. An adapter is a function ``(to, ..)`` that writes one file or folder; a manifest
names it as ``kind`` under ``made``, and its arguments by the keys of the source's files.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal, TextIO

import pandas as pd

from ...errors import ConfigError, DataError
from ...nodes.ranges import Natural, bind, checked, hints
from ...nodes.schema import Json
from ..edge_forms import mitab_names
from ..sheets import find_column, header_of, open_sheet
from .hpa_xml import hpa_index
from .lockfile import Lock
from .manifests import within
from .rda import rda

HUMAN = "9606"


@checked
def unzip(to: Path, archive: Path, member: str = "*") -> None:
    """Unpack one file of a zip archive.

    Args:
        to: The file to write.
        archive: The archive.
        member: Its name there, or a pattern that one name fits.
    """
    with _zip(archive) as opened:
        names = [n for n in opened.namelist() if not n.endswith("/") and _fits(n, member)]
        if len(names) != 1:
            raise DataError(f"{archive.name}: {len(names)} files are named '{member}', not one.")
        with opened.open(names[0]) as source, to.open("wb") as target:
            shutil.copyfileobj(source, target)


@checked
def unpack(to: Path, archive: Path, member: str = "*", strip: Natural = 0) -> None:
    """Unpack a zip archive into a folder, or each archive of a folder into one of its own.

    Args:
        to: The folder to make.
        archive: The archive, or a folder of them.
        member: Pattern of the names to unpack.
        strip: Folders to take off the start of each name.
    """
    if archive.is_dir():
        for path in sorted(archive.rglob("*.zip")):
            _unpack(to / path.stem, path, member, strip)
    else:
        _unpack(to, archive, member, strip)


def _unpack(to: Path, archive: Path, member: str, strip: int) -> None:
    with _zip(archive) as opened:
        entries = [e for e in opened.infolist() if not e.is_dir() and _fits(e.filename, member)]
        places = [to / _inside(archive, entry, strip) for entry in entries]
        if not entries:
            raise DataError(f"{archive.name}: no file is named '{member}'.")
        for entry, place in zip(entries, places, strict=True):
            place.parent.mkdir(parents=True, exist_ok=True)
            with opened.open(entry) as source, place.open("wb") as target:
                shutil.copyfileobj(source, target)


def _zip(archive: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(archive)
    except (OSError, zipfile.BadZipFile) as error:
        raise DataError(f"{archive.name}: no zip archive ({error}).") from error


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(name.rpartition("/")[2], pattern)


def _inside(archive: Path, entry: zipfile.ZipInfo, strip: int) -> PurePosixPath:
    """Return where an entry goes, refusing what would leave the folder: ``..``, links, devices."""
    path = PurePosixPath(entry.filename)
    kind = entry.external_attr >> 16 & 0o170000
    plain = kind in (0, 0o100000)
    if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or not plain:
        raise DataError(
            f"{archive.name}: '{entry.filename}' would lie outside its folder; refused."
        )
    return PurePosixPath(*path.parts[min(strip, len(path.parts) - 1) :])


@checked
def humap(to: Path, complexes: Path, max_confidence: Natural = 6) -> None:
    """Write the complexes of hu.MAP 3 as GMT.

    Args:
        to: The file to write.
        complexes: ``HuMAP3_ID,ComplexConfidence,Uniprot_ACCs,genenames``; names separated by
            blanks.
        max_confidence: Largest class kept, 1 to 6; 1 is the surest.
    """
    table = _columns(complexes, ("HuMAP3_ID", "ComplexConfidence", "genenames"))
    kept = table[pd.to_numeric(table["ComplexConfidence"]) <= max_confidence]
    with _text(to) as stream:
        for name, confidence, genes in kept.itertuples(index=False):
            members = [gene for gene in re.split(r"[\s;]+", genes) if gene]
            if members:
                stream.write("\t".join([name, f"confidence {confidence}", *members]) + "\n")


@checked
def mitab(to: Path, table: Path, min_score: float = 0.0, taxon: str = HUMAN) -> None:
    """Write the pairs of an IntAct table with their MI score: ``protein_a protein_b miscore``.

    Args:
        to: The file to write.
        table: MITAB 2.5 to 2.7 with its header.
        min_score: Least MI score; pairs without one have 0.
        taxon: NCBI number of the species of both.
    """
    ids = ("#ID(s) interactor A", "ID(s) interactor B", "Alt. ID(s) interactor A")
    more = ("Alt. ID(s) interactor B", "Alias(es) interactor A", "Alias(es) interactor B")
    species = ("Taxid interactor A", "Taxid interactor B")
    names = tuple(name.removeprefix("#") for name in (*ids, *more, *species, "Confidence value(s)"))
    edges = _columns(table, names)
    wanted = rf"(?:^|\|)taxid:{re.escape(taxon)}(?:\(|$|\|)"
    human = [edges[name].str.contains(wanted) for name in species]
    edges = edges[human[0] & human[1]]
    pairs = mitab_names(edges.iloc[:, :6]).set_axis(["protein_a", "protein_b"], axis=1)
    score = edges[names[-1]].str.extract(r"intact-miscore:([0-9.]+)")[0].astype(float).fillna(0)
    _write(to, pairs.assign(miscore=score)[(score >= min_score) & (score > 0)])


@checked
def biogrid(
    to: Path,
    table: Path,
    system: Literal["physical", "genetic"] = "physical",
    taxon: str = HUMAN,
) -> None:
    """Write the rows of a BioGRID table (tab3) that are of one species and one kind.

    Args:
        to: The file to write, with the same columns.
        table: The table of an organism.
        system: Kind of experiment.
        taxon: NCBI number of the species of both.
    """
    species = ("Organism ID Interactor A", "Organism ID Interactor B")
    symbols = ("Official Symbol Interactor A", "Official Symbol Interactor B")
    edges = _columns(table, (*symbols, *species, "Experimental System Type"))
    kept = (edges[list(species)] == taxon).all(axis=1)
    _write(to, edges[kept & (edges["Experimental System Type"] == system)])


@checked
def string(to: Path, links: Path, info: Path, min_score: Natural = 0) -> None:
    """Write STRING's links by gene name: ``protein1 protein2 combined_score``.

    Args:
        to: The file to write.
        links: ``protein1 protein2 .. combined_score``, Ensembl proteins such as ``9606.ENSP..``.
        info: ``#string_protein_id preferred_name ..``.
        min_score: Least score, 0 to 1000.
    """
    known = _columns(info, ("string_protein_id", "preferred_name"))
    symbol = dict(known.itertuples(index=False, name=None))
    edges = _columns(links, ("protein1", "protein2", "combined_score"))
    edges = edges[edges["combined_score"].astype(int) >= min_score]
    ends = [edges[name].map(symbol) for name in ("protein1", "protein2")]
    unknown = [name for k, name in enumerate(("protein1", "protein2")) if ends[k].isna().all()]
    if unknown:
        raise DataError(f"{info.name}: names none of the proteins of {links.name}.")
    named = edges.assign(protein1=ends[0], protein2=ends[1]).dropna()
    _write(to, named[named["protein1"] <= named["protein2"]])  # each pair is given both ways


@checked
def opencell_locations(to: Path, table: Path, grades: Sequence[Literal[1, 2, 3]] = (3, 2)) -> None:
    """Write OpenCell's annotated locations as GMT.

    Args:
        to: The file to write.
        table: ``ensg_id target_name annotations_grade_3 annotations_grade_2 annotations_grade_1``;
            locations separated by ``;``.
        grades: Those kept; 3 is the main location, 1 a trace.
    """
    columns = [f"annotations_grade_{grade}" for grade in grades]
    locations = _columns(table, ("target_name", *columns))
    sets: dict[str, list[str]] = {}
    for name, *cells in locations.itertuples(index=False):
        for location in re.split(r"[;,]", ";".join(cells)):
            if location.strip() and name not in sets.setdefault(location.strip(), []):
                sets[location.strip()].append(name)
    with _text(to) as stream:
        for location, members in sorted(sets.items()):
            stream.write("\t".join([location, f"OpenCell: {location}", *members]) + "\n")


@checked
def ndex(to: Path, network: Path) -> None:
    """Write the edges of a CX2 network: ``protein_a protein_b`` and each edge attribute.

    Args:
        to: The file to write.
        network: CX2 as NDEx gives it; proteins are named by the attribute ``name``, or ``n``.
    """
    try:
        aspects: dict[str, list[dict[str, Json]]] = {}
        for fragment in json.loads(network.read_text(encoding="utf-8")):
            for name, elements in fragment.items():
                aspects.setdefault(name, []).extend(elements if isinstance(elements, list) else [])
        nodes, edges = aspects["nodes"], aspects["edges"]
        declared = aspects.get("attributeDeclarations", [{}])[0].get("nodes", {})
        aliased = next((v.get("a") for k, v in declared.items() if k == "name" and v), None)
        names = {node["id"]: node["v"].get("name", node["v"].get(aliased or "n")) for node in nodes}
        rows = [
            {"protein_a": names[e["s"]], "protein_b": names[e["t"]], **e.get("v", {})}
            for e in edges
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{network.name}: no network in CX2 ({error!r}).") from error
    _write(to, pd.DataFrame(rows))


@contextmanager
def _text(to: Path) -> Iterator[TextIO]:
    """Open a file for text, packed if it is named so; the same content gives the same bytes."""
    with to.open("wb") as raw:
        if not to.name.endswith(".gz"):
            yield from _wrapped(raw)
            return
        with gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
            yield from _wrapped(packed)


def _wrapped(stream: BinaryIO | gzip.GzipFile) -> Iterator[TextIO]:
    with io.TextIOWrapper(stream, "utf-8", newline="\n") as text:
        yield text


ADAPTERS: dict[str, Callable[..., None]] = {
    "biogrid": biogrid,
    "hpa_index": hpa_index,
    "humap": humap,
    "mitab": mitab,
    "ndex": ndex,
    "opencell_locations": opencell_locations,
    "rda": rda,
    "string": string,
    "unpack": unpack,
    "unzip": unzip,
}


@dataclass(frozen=True)
class Recipe:
    """How something is made.

    Attributes:
        key: Its place in the document, for messages.
        kind: Name of the adapter.
        root: The data root.
        inputs: Argument -> place under the data root.
        others: Its other arguments.
    """

    key: str
    kind: str
    root: Path
    inputs: Mapping[str, str]
    others: Mapping[str, object]

    @classmethod
    def of(
        cls, key: str, node: Mapping[str, object], paths: Mapping[str, str], root: Path
    ) -> Recipe:
        """Read a node under ``made`` of a manifest.

        Raises:
            ConfigError: If the adapter or a file is unknown, or an argument does not fit.
        """
        kind = str(node.get("kind"))
        if kind not in ADAPTERS:
            raise ConfigError(f"{key}: kind must be one of {', '.join(ADAPTERS)}, got '{kind}'.")
        allowed = hints(ADAPTERS[kind])
        given = {name: value for name, value in node.items() if name not in ("kind", "path")}
        files = {name for name in given if allowed.get(name) is Path}
        inputs = {name: _place(f"{key}.{name}", str(given[name]), paths) for name in files}
        others = {name: value for name, value in given.items() if name not in files}
        bind(key, ADAPTERS[kind], {**inputs, **others, "to": "x"})
        return cls(key, kind, root, inputs, others)

    def settings(self) -> dict[str, object]:
        """Return the arguments that are no files."""
        return dict(self.others)

    def used(self, lock: Lock) -> dict[str, str]:
        """Return place -> checksum of all that it is made of."""
        used = {
            path: known.sha256
            for path, known in lock.files.items()
            if any(within(path, place) for place in self.inputs.values())
        }
        for place in self.inputs.values():
            if place in lock.made:
                text = json.dumps(sorted(lock.made[place].of.items()))
                used[place] = sha256(text.encode()).hexdigest()
        return used


def _place(key: str, word: str, paths: Mapping[str, str]) -> str:
    """Return the place of a file that is named by its key, or in a listing as ``key/name``."""
    name, slash, rest = word.partition("/")
    if name not in paths:
        raise ConfigError(f"{key}: the source has no file '{word}'; it has {', '.join(paths)}.")
    return f"{paths[name]}{slash}{rest}"


def make(recipe: Recipe, target: Path) -> None:
    """Make a file or folder and give it its place whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"part.{target.name}")
    _delete(part)
    inputs = {name: str(recipe.root / place) for name, place in recipe.inputs.items()}
    given = bind(recipe.key, ADAPTERS[recipe.kind], {**inputs, **recipe.others, "to": str(part)})
    try:
        ADAPTERS[recipe.kind](**given)
        _delete(target)
        part.replace(target)
    except BaseException:
        _delete(part)
        raise


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _columns(path: Path, names: Sequence[str]) -> pd.DataFrame:
    """Return columns of a table as text, in this order."""
    sheet = open_sheet(path)
    line, header = header_of(sheet)
    if set(names) <= set(sheet.comment):
        line, header = line - 1, sheet.comment
    columns = [find_column(sheet, header, name) for name in names]
    return sheet.read(header, after=line, texts=columns)[columns]


def _write(to: Path, table: pd.DataFrame) -> None:
    if table.empty:
        raise DataError(f"{to.name.removeprefix('part.')}: no row is left to write.")
    with _text(to) as stream:
        table.to_csv(stream, sep="\t", index=False)
