"""Index of immunofluorescence images from the Human Protein Atlas' XML.

The XML has 8 GB and more; it is read entry by entry and never held.
"""

from __future__ import annotations

import csv
import gzip
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from ...errors import DataError
from ...nodes.ranges import checked
from .checks import opened
from .pictures import COLUMNS

COMPOSITE = re.compile(r"(.+/(\d+)/([^/]+_[A-Z]\d+_[^/_]+))_blue_red_green(?:_yellow)?\.jpg")
"""Address of a composite: antibody, then plate, well and number."""
IMAGES = "https://images.proteinatlas.org"
"""Where images are now, whatever host the XML of a release names."""
FORMER = re.compile(r"(?:www|v\d+|images)\.proteinatlas\.org")


@checked
def hpa_index(to: Path, xml: Path) -> None:
    """Write a row for each gene of each field of view: the columns of `pictures.COLUMNS`.

    Args:
        to: The file to write, gzip.
        xml: ``proteinatlas.xml``, gzip or not, or that of one gene.

    Raises:
        DataError: If it is damaged or contains no image.
    """
    rows = 0
    with gzip.open(to, "wt", encoding="utf-8", newline="") as stream, opened(xml) as source:
        table = csv.writer(stream, delimiter="\t", lineterminator="\n")
        table.writerow(COLUMNS)
        try:
            for row in _rows(source):
                table.writerow(row)
                rows += 1
        except ET.ParseError as error:
            raise DataError(f"{xml.name}: damaged XML ({error}).") from error
    if not rows:
        raise DataError(f"{xml.name}: holds no immunofluorescence image.")


def _rows(source: BinaryIO) -> Iterator[tuple[str, ...]]:
    events = ET.iterparse(source, events=("start", "end"))
    _, root = next(events)
    for event, element in events:
        if event == "end" and element.tag == "entry":
            yield from _of_entry(element)
            root.clear()


def _of_entry(entry: ET.Element) -> Iterator[tuple[str, ...]]:
    identifier = entry.find("identifier")
    ensembl = "" if identifier is None else identifier.get("id", "")
    reliability = entry.findtext("cellExpression/verification[@type='reliability']", "").strip()
    for antibody in entry.iterfind("antibody"):
        about = (entry.findtext("name", ""), ensembl, antibody.get("id", ""))
        for data in antibody.iterfind("cellExpression/subAssay/data"):
            cell_line = data.findtext("cellLine", "").strip()
            places = ";".join((place.text or "").strip() for place in data.iterfind("location"))
            for address in data.iterfind("assayImage/image/imageUrl"):
                match = COMPOSITE.fullmatch((address.text or "").strip())
                if match:
                    image = f"{match[2]}_{match[3]}"
                    yield (*about, cell_line, image, places, reliability, _current(match))


def _current(match: re.Match[str]) -> str:
    """Return the address of an image's channels; those of former hosts are gone."""
    host = urlsplit(match[1]).netloc
    return f"{IMAGES}/{match[2]}/{match[3]}" if FORMER.fullmatch(host) else match[1]
