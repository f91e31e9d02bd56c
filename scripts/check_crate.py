"""Validate the crate of a run as RO-Crate 1.1 and Process Run Crate 0.5, without a network.

    python -m venv validator && validator/bin/pip install "roc-validator>=0.13" rocrate
    validator/bin/python scripts/check_crate.py runs/demo [--severity recommended]

Prints what each profile requires that the crate lacks, and ends with 1 if it lacks anything. The
one document that the validator would fetch, the context of RO-Crate 1.1, is taken from `rocrate`.
"""

from __future__ import annotations

import argparse
import json
import sys
from importlib.resources import files
from unittest.mock import patch

import rdflib.plugins.shared.jsonld.context as jsonld
import requests
from requests.adapters import HTTPAdapter
from rocrate_validator import services

PROFILES = ("ro-crate-1.1", "process-run-crate-0.5")
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
DOCUMENT = (files("rocrate") / "data" / "ro-crate.jsonld").read_bytes()


def main() -> None:
    """Parse the command line and validate."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run", help="folder of a run")
    parser.add_argument("--severity", default="required", help="required, recommended or optional")
    given = parser.parse_args()
    with (
        patch.object(HTTPAdapter, "send", answered),
        patch.object(jsonld, "source_to_json", lambda *_, **__: (json.loads(DOCUMENT), None)),
    ):
        lacking = [line for name in PROFILES for line in issues(given.run, name, given.severity)]
    sys.exit(1 if lacking else 0)


def issues(run: str, profile: str, severity: str) -> list[str]:
    """Print and return what a profile asks for at a severity that a crate lacks."""
    settings = services.ValidationSettings(
        rocrate_uri=run,
        profile_identifier=profile,
        requirement_severity=severity.upper(),
        skip_availability_check=True,
        no_cache=True,
    )
    result = services.validate(settings).get_issues()
    lines = [f"{issue.severity.name} {issue.check.identifier}: {issue.message}" for issue in result]
    print(f"{profile}: {len(lines)} {severity} failures", *sorted(lines), sep="\n  ")
    return lines


def answered(_: HTTPAdapter, request: requests.PreparedRequest, **__: object) -> requests.Response:
    """Answer a request for the context; nothing else is asked for."""
    if request.url != CONTEXT:
        raise requests.ConnectionError(f"{request.url} is not served here")
    response = requests.Response()
    response.status_code, response.url, response.request = 200, CONTEXT, request
    response.headers["Content-Type"] = "application/ld+json"
    response._content = DOCUMENT
    return response


if __name__ == "__main__":
    main()
