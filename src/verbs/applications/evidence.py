"""The verb ``evidence``: similarity of an assembly's members in another experiment."""

from __future__ import annotations

from ...applications.evidence import find_evidence
from .use import show_use


def evidence(overrides: list[str]) -> None:
    """Assemblies whose members are alike in another experiment, against like proteins."""
    show_use("evidence", overrides, find_evidence)
