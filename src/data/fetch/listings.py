"""File listings of servers (Dataverse, PRIDE, NDEx, S3, Google buckets), as one interface."""

from __future__ import annotations

import base64
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol
from urllib.parse import quote, urlencode

from .manifests import Listing

PAGE = 1000
"""Entries asked for at once."""


class Listed(NamedTuple):
    """A file that a server knows.

    Attributes:
        name: Its name, with its folder.
        url: Its address.
        bytes: Its size; None if the server does not say.
        md5: Its checksum, or "".
    """

    name: str
    url: str
    bytes: int | None = None
    md5: str = ""


Ask = Callable[[str], bytes]
"""Returns what an address holds."""


class _Lister(Protocol):
    def __call__(self, spec: Listing, ask: Ask) -> Iterator[Listed]: ...


def files(spec: Listing, ask: Ask) -> list[Listed]:
    """Return the files of a listing that its pattern takes, in the server's order.

    Args:
        spec: What to list.
        ask: Brings the content of an address.

    Raises:
        ValueError: If the server's answer has another form.
    """
    try:
        return [file for file in LISTERS[spec.kind](spec, ask) if spec.takes(file.name)]
    except (KeyError, TypeError, AttributeError, ET.ParseError) as error:
        raise ValueError(f"the list of {spec.url} has another form ({error!r})") from error


def _dataverse(spec: Listing, ask: Ask) -> Iterator[Listed]:
    """List a data set (https://guides.dataverse.org/en/latest/api/native-api.html)."""
    base = f"{spec.url}/api/datasets/:persistentId/versions/{quote(spec.version, safe=':')}/files"
    for start in range(0, 1 << 30, PAGE):
        words = {"persistentId": spec.id, "limit": PAGE, "offset": start}
        entries = json.loads(ask(f"{base}?{urlencode(words, safe=':/')}"))["data"]
        for entry in entries:
            file = entry["dataFile"]
            folder = f"{entry['directoryLabel']}/" if entry.get("directoryLabel") else ""
            url = f"{spec.url}/api/access/datafile/{file['id']}?gbrecs=true"
            yield Listed(folder + entry["label"], url, file.get("filesize"), _md5(file))
        if len(entries) < PAGE:
            return


def _md5(file: Mapping[str, object]) -> str:
    """Return the checksum of a file that is kept as it was uploaded.

    Tables are converted on upload: size and checksum of these are those of another file.
    """
    return "" if file.get("originalFileFormat") else str(file.get("md5", ""))


def _s3(spec: Listing, ask: Ask) -> Iterator[Listed]:
    """List a public bucket, unsigned; an ETag with ``-`` is no MD5."""
    words = {"list-type": "2", "prefix": spec.id}
    while True:
        tree = ET.fromstring(ask(f"{spec.url}/?{urlencode(words)}"))
        space = tree.tag.partition("}")[0] + "}" if tree.tag.startswith("{") else ""
        for entry in tree.iter(f"{space}Contents"):
            key, size = entry.findtext(f"{space}Key", ""), entry.findtext(f"{space}Size", "")
            tag = entry.findtext(f"{space}ETag", "").strip('"')
            name = key.removeprefix(spec.id).lstrip("/")
            if name:
                md5 = "" if "-" in tag else tag
                yield Listed(name, f"{spec.url}/{quote(key)}", int(size) if size else None, md5)
        token = tree.findtext(f"{space}NextContinuationToken")
        if not token:
            return
        words["continuation-token"] = token


def _gcs(spec: Listing, ask: Ask) -> Iterator[Listed]:
    """List a public bucket of Google (https://cloud.google.com/storage/docs/json_api)."""
    bucket, _, prefix = spec.id.partition("/")
    words = {"prefix": prefix}
    while True:
        page = json.loads(ask(f"{spec.url}/storage/v1/b/{bucket}/o?{urlencode(words)}"))
        for item in page.get("items", []):
            md5 = base64.b64decode(item.get("md5Hash", "")).hex()
            name = item["name"].rpartition("/")[2]
            yield Listed(name, f"{spec.url}/{bucket}/{quote(item['name'])}", int(item["size"]), md5)
        if "nextPageToken" not in page:
            return
        words["pageToken"] = page["nextPageToken"]


def _pride(spec: Listing, ask: Ask) -> Iterator[Listed]:
    """List a project of PRIDE (https://www.ebi.ac.uk/pride/markdownpage/prideapi)."""
    base = f"{spec.url}/pride/ws/archive/v3/projects/{quote(spec.id)}/files"
    for number in range(1 << 20):
        entries = json.loads(ask(f"{base}?page={number}&pageSize=100"))
        for entry in entries:
            place = next(
                place["value"]
                for place in entry["publicFileLocations"]
                if place["value"].startswith(("ftp://", "http"))
            )
            url = f"https://{place.partition('://')[2]}" if place.startswith("ftp:") else place
            yield Listed(entry["fileName"], url, entry.get("fileSizeBytes"))
        if len(entries) < 100:
            return


def _ndex(spec: Listing, ask: Ask) -> Iterator[Listed]:
    """Name a network as CX2, where its server has it."""
    summary = json.loads(ask(f"{spec.url}/v2/network/{quote(spec.id)}/summary"))
    if summary.get("isValid") is False:
        raise ValueError(f"{spec.url} says that network {spec.id} is not valid")
    yield Listed(f"{spec.id}.cx2", f"{spec.url}/v3/networks/{quote(spec.id)}")


LISTERS: dict[str, _Lister] = {
    "dataverse": _dataverse,
    "gcs": _gcs,
    "ndex": _ndex,
    "pride": _pride,
    "s3": _s3,
}
