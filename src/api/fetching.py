"""Public data by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..data.fetch.fetching import raise_failures
from ..verbs.fetch import fetched, wanted
from .given import Place
from .session import session
from .settings import settings_of


def fetch(
    source: str | Sequence[str] | None = None,
    *,
    data_root: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> dict[str, Path]:
    """Fetch public data into the data root; return the files as ``source.file`` -> path.

    Args:
        source: Names of sources, such as ``"hgnc"`` or ``["go", "corum"]``; None where ``for`` or
            ``from`` says which: ``cw.fetch(**{"for": "data/u2os_public"})``.
        data_root: Where to; None: ``$CYTOWEAVE_DATA``, or ``data`` here.
        verbose: Show log and progress; None: where standard error is a terminal.
        settings: Those of ``cytoweave data fetch``: ``accept=["corum4"], genes=["TP53"]``.

    Raises:
        ConfigError: If a setting is unknown, or a licence must be accepted first.
        DataError: If a file cannot be fetched; the same call goes on with what is missing.
    """
    names = source.split(",") if isinstance(source, str) else source
    given = settings | ({} if data_root is None else {"data_root": data_root})
    with session(verbose):
        composed = settings_of("data_fetch", given | {"source__names": names})
        outcomes = fetched(composed, wanted(composed))
        raise_failures(outcomes)
    root = Path(composed["data_root"])
    return {
        f"{one.source}.{one.key}": root / one.path for one in outcomes if one.state != "lacking"
    }
