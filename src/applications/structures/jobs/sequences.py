"""Protein sequences from FASTA (UniProt, Ensembl, plain headers), matched to the map's names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ....data.identifiers import IdentifierMap
from ....data.textfiles import read_text
from ....errors import DataError
from ..manifest import sha256

AMINO_ACIDS = frozenset("ACDEFGHIKLMNPQRSTVWY")
OTHER_LETTER = re.compile("[^ACDEFGHIKLMNPQRSTVWY]")

RARE_RESIDUES = {
    "U": "selenocysteine",
    "O": "pyrrolysine",
    "X": "unknown",
    "B": "Asx",
    "Z": "Glx",
    "J": "Xle",
}
"""Letters that no predictor folds as they are."""

UNIPROT = re.compile(r"(?P<source>sp|tr)\|(?P<accession>[^|\s]+)\|(?P<entry>\S+)")
GENE = re.compile(r"\b(?:GN=|gene_symbol:)(?P<symbol>\S+)")
ENSEMBL = re.compile(r"\bgene:(?P<gene>ENSG\d+)")

PROPENSITY = dict(
    zip(
        "WFYIMLVNCTAGRDHQSKEP",
        (
            -0.884, -0.697, -0.510, -0.486, -0.397, -0.326, -0.121, 0.007, 0.02, 0.059, 0.06,
            0.166, 0.180, 0.192, 0.303, 0.318, 0.341, 0.586, 0.736, 0.987,
        ),
        strict=True,
    )
)  # fmt: skip
"""TOP-IDP, propensity for disorder (Campen et al. 2008, doi:10.2174/092986608785849164)."""


@dataclass(frozen=True)
class Protein:
    """A sequence.

    Attributes:
        accession: Its identifier in the FASTA file.
        letters: One letter an amino acid.
        names: What it is called: accession, symbol, gene.
        rank: Smaller is preferred: reviewed, then unreviewed, isoforms last.
    """

    accession: str
    letters: str
    names: tuple[str, ...]
    rank: int = 0

    @property
    def length(self) -> int:
        """How many residues it has."""
        return len(self.letters)

    @cached_property
    def disorder(self) -> float:
        """Mean propensity for disorder, -.9 to 1."""
        total = sum(value * self.letters.count(letter) for letter, value in PROPENSITY.items())
        return total / self.length

    @cached_property
    def fault(self) -> str:
        """Why no predictor takes it; "" if it is made of the 20 amino acids."""
        match = OTHER_LETTER.search(self.letters)
        if match is None:
            return ""
        name = RARE_RESIDUES.get(match[0], "no amino acid")
        return f"{match[0]} ({name}) at position {match.start() + 1}"

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the sequence, by which its MSA is named."""
        return sha256(self.letters)


@dataclass(frozen=True)
class Sequences:
    """The sequences of a map's proteins.

    Attributes:
        by_name: Protein of the map -> its sequence.
        several: Proteins that the file has several sequences of, of which one was chosen.
    """

    by_name: Mapping[str, Protein]
    several: tuple[str, ...]

    @classmethod
    def read(
        cls, path: Path, proteins: Sequence[str], identifiers: IdentifierMap | None
    ) -> Sequences:
        """Find the sequences of the proteins of a map.

        A record is found by any of its names; by their current symbols, where names are translated.
        Of several the reviewed canonical one is taken, then the longest.

        Raises:
            DataError: If the file is no FASTA, or names no protein of the map.
        """
        wanted = set(proteins)
        records = list(read_fasta(path))
        listed = [name for record in records for name in record.names]
        meaning = dict(zip(listed, listed, strict=True))
        if identifiers is not None:
            meaning = dict(zip(listed, identifiers.translate(listed)[0], strict=True))
        matches: dict[str, list[Protein]] = {}
        for record in records:
            names = (*record.names, *(meaning[name] for name in record.names))
            name = next((one for one in names if one in wanted), None)
            if name is not None:
                matches.setdefault(name, []).append(record)
        if not matches:
            example = records[0].names[0]
            raise DataError(
                f"sequences: none of the {len(records):,} of {path.name} (such as '{example}') is "
                f"of a protein of the map (such as '{proteins[0]}'); set data.id_map to translate."
            )
        best = {
            name: min(several, key=lambda one: (one.rank, -one.length, one.accession))
            for name, several in matches.items()
        }
        many = (n for n, several in matches.items() if len({one.letters for one in several}) > 1)
        return cls(best, tuple(sorted(many)))


def read_fasta(path: Path) -> Iterator[Protein]:
    """Yield the sequences of a FASTA file.

    Raises:
        DataError: If it is none, or a sequence is empty or contains other signs than letters.
    """
    text = read_text(path)
    if not text.lstrip().startswith(">"):
        raise DataError(f"{path}: is no FASTA file; its first line must begin with '>'.")
    for record in text.lstrip()[1:].split("\n>"):
        header, _, rest = record.partition("\n")
        letters = "".join(rest.split()).rstrip("*").upper()
        if not letters.isalpha() or not letters.isascii():
            raise DataError(
                f"{path.name}: the sequence of '{header.strip()[:40]}' is "
                f"{'empty' if not letters else 'not of letters alone'}; correct it."
            )
        yield _protein(header.strip(), letters)


def _protein(header: str, letters: str) -> Protein:
    uniprot, gene, ensembl = UNIPROT.match(header), GENE.search(header), ENSEMBL.search(header)
    first = header.split()[0] if header else "?"
    accession = uniprot["accession"] if uniprot else first
    names = [accession]
    names += [gene["symbol"]] if gene else []
    names += [ensembl["gene"]] if ensembl else []
    rank = 1 if uniprot and uniprot["source"] == "tr" else 0
    return Protein(accession, letters, tuple(names), rank + 2 * ("-" in accession))
