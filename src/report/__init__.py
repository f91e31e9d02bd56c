"""Reports: HTML report, portal, tables and exchange files of a run."""

from .distinct import shortened
from .exchange.home import Home
from .exchange.tables import read_labels
from .layout import layout
from .page.cells import write_crops
from .result import RunResult
from .run import (
    read_run,
    upload_run,
    write_map,
    write_plots,
    write_run,
    write_run_portal,
    write_scores,
    write_toolkit,
    write_uses,
)

__all__ = [
    "Home",
    "RunResult",
    "layout",
    "read_labels",
    "read_run",
    "shortened",
    "upload_run",
    "write_crops",
    "write_map",
    "write_plots",
    "write_run",
    "write_run_portal",
    "write_scores",
    "write_toolkit",
    "write_uses",
]
