"""Policy for protein names of search engines and spreadsheets: groups, contaminants, dates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..artifacts import unguarded
from ..nodes.ranges import checked
from .textfiles import listed

Groups = Literal["first", "split", "drop"]
Contaminants = Literal["drop", "keep"]

INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028\u2029\u2060\ufeff]")
"""Soft hyphens, zero-width characters and marks of direction."""
CONTAMINANT = re.compile(
    r"(?:CON__|REV__|contam_|cont_|rev_|decoy_|reverse_|XXX_|zz\|)(?=.)", re.IGNORECASE
)
"""Contaminants and decoys of MaxQuant, FragPipe, Proteome Discoverer, Comet and Spectronaut."""
FASTA = re.compile(r"(?:sp|tr|ref|gb|emb|lcl)\|([^|]+)(?:\|.*)?", re.IGNORECASE)
"""The name of a FASTA entry, ``sp|P12345|NAME_HUMAN``."""
_MONTH = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec"
DATE = re.compile(
    rf"\d{{1,2}}[-. ](?:{_MONTH})(?:[-. ]\d{{2,4}})?|(?:{_MONTH})[-. ]\d{{1,4}}"
    r"|\d{4}-\d{2}-\d{2}(?:[T_ ]00:00:00)?|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}",
    re.IGNORECASE,
)
"""Dates into which spreadsheets convert ``SEPT2`` and ``MARCH1``."""
SERIAL = re.compile(r"[34]\d{4}")
"""A date as the number of its day, from 1982 on, as spreadsheets count."""

ACCOUNT = {
    "contaminant": "contaminants and decoys",
    "group": "groups of proteins",
    "cleaned": "names with an accession in bars, blanks or invisible characters",
    "date": "names that a spreadsheet made dates of",
}
"""Status of a name, and its plural for messages."""


@dataclass(frozen=True)
class NameAccount:
    """Interpretation of given names.

    Attributes:
        meaning: Name as given -> the names it means; none if it is left out.
        status: Name as given -> one of `ACCOUNT`, for names that were changed or ambiguous.
    """

    meaning: Mapping[str, tuple[str, ...]]
    status: Mapping[str, str] = field(default_factory=dict)

    def notes(self, where: str) -> tuple[str, ...]:
        """Return messages for the log on changed names."""
        done = {"contaminant": "were left out", "date": "stay as they are; restore the symbols"}
        lines = []
        for status, words in ACCOUNT.items():
            names = sorted(name for name, word in self.status.items() if word == status)
            if names:
                what = done.get(status) or self._example(names[0])
                lines.append(f"{where}: {len(names)} {words} {what}: {listed(names, 4)}.")
        return tuple(lines)

    def _example(self, name: str) -> str:
        meaning = ", ".join(f"'{meant}'" for meant in self.meaning[name]) or "none"
        return f"(the first was taken as {meaning})"


@checked
@dataclass(frozen=True)
class NamePolicy:
    """Policy for the names in tables of proteins.

    Args:
        groups: Protein groups with shared peptides, ``A;B``: keep the ``first``, ``split`` into
            all, or ``drop``.
        contaminants: ``drop`` or ``keep`` names such as ``CON__P00761`` and ``REV__P12345``, and
            rows marked by MaxQuant; a group is a contaminant if its first protein is.
    """

    groups: Groups = "first"
    contaminants: Contaminants = "drop"

    def account(self, given: Iterable[str]) -> NameAccount:
        """Return the interpretation of each name.

        With all settings, ``sp|P12345|NAME_HUMAN`` is ``P12345``, invisible characters are removed,
        and blanks in a name become ``_``, so that lists of members can be separated by blanks.
        Dates are kept: ``1-Mar`` may be MARCHF1 or MTARC1.
        """
        distinct = set(given)
        meaning = {name: self._meaning(name) for name in distinct}
        status = {n: _status(n, meant) for n, meant in meaning.items() if meant != (n,)}
        status |= dict.fromkeys(_dates(meaning), "date")
        return NameAccount(meaning, status)

    def _meaning(self, name: str) -> tuple[str, ...]:
        if name.isalnum() and name.isascii():
            return (name,)
        members = [m for part in name.split(";") if (m := _cleaned(part))]
        contaminants = [CONTAMINANT.match(member) is not None for member in members]
        if self.contaminants == "drop":
            if not members or contaminants[0]:
                return ()
            members = [m for m, foreign in zip(members, contaminants, strict=True) if not foreign]
        if self.groups == "drop" and len(members) > 1:
            return ()
        kept = members if self.groups == "split" else members[:1]
        return tuple(dict.fromkeys(kept))


USUAL = NamePolicy()
"""The first of a group, no contaminants."""


def without_blanks(name: str) -> str:
    """Return a name without invisible characters, with blanks as ``_``.

    An apostrophe that our tables put before ``=``, ``+``, ``-`` or ``@`` is removed.
    """
    return "_".join(INVISIBLE.sub("", unguarded(name)).split())


def _cleaned(name: str) -> str:
    plain = without_blanks(name)
    entry = FASTA.fullmatch(plain)
    return entry[1] if entry else plain.strip("|,")


def _status(name: str, meant: tuple[str, ...]) -> str:
    several = len([part for part in name.split(";") if _cleaned(part)]) > 1
    if CONTAMINANT.match(without_blanks(name)):
        return "contaminant"
    return "group" if several else "cleaned"


def _dates(meaning: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return names that are dates; serial day numbers only if other dates occur."""
    dates = [name for name in meaning if DATE.fullmatch(name)]
    numbers = [name for name in meaning if name.isdecimal()]
    if len(numbers) * 2 > len(meaning):  # Entrez genes
        return dates
    return [*dates, *(name for name in numbers if SERIAL.fullmatch(name))]
