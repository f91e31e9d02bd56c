"""Ask every address of the manifests for its first bytes; print what differs. Needs a network.

    python scripts/check_sources.py [NAME ..]

Compares the status and the first bytes with what a manifest says: a web page instead of data, no
archive where one should be. The size that a server states is printed beside the manifest's.
"""

import sys
from collections.abc import Iterator, Sequence

import requests

from cytoweave.data.fetch.checks import ContentError, check_head
from cytoweave.data.fetch.manifests import Manifest, SourceFile, read_manifests

HEAD = 1 << 16
SECONDS = 30


def main(names: Sequence[str]) -> int:
    """Print a line for each address; return how many are wrong."""
    manifests = read_manifests()
    wrong = 0
    for manifest in (manifests[name] for name in names or manifests):
        for key, url, message, is_wrong in rows(manifest):
            print(
                f"{'WRONG' if is_wrong else 'ok':6s}{manifest.name}.{key}: {message}\n      {url}"
            )
            wrong += is_wrong
    return wrong


def rows(manifest: Manifest) -> Iterator[tuple[str, str, str, bool]]:
    """Yield key, address, what was found, and whether that is wrong."""
    for key, file in manifest.files.items():
        for url in file.urls:
            try:
                yield key, url, stated_size(url, file), False
            except (requests.RequestException, ContentError) as error:
                yield key, url, str(error), True


def stated_size(url: str, file: SourceFile) -> str:
    """Return the size that a server states, once its first bytes were checked."""
    headers = {"Range": f"bytes=0-{HEAD - 1}", "Accept-Encoding": "identity"}
    with requests.get(url, headers=headers, stream=True, timeout=SECONDS) as answer:
        answer.raise_for_status()
        head = next(answer.iter_content(HEAD), b"")
        total = answer.headers.get("Content-Range", "").rpartition("/")[2]
        total = total or answer.headers.get("Content-Length", "not stated")
    check_head(head, file)
    return f"{total} bytes, manifest {file.bytes or f'about {file.about}'}"


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
