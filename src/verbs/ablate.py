"""The verb ``ablate``: an experiment with parts taken out or replaced."""

from __future__ import annotations

from ..nodes.build import Settings
from ..studies.ablation import Ablation, compared, write_ablation
from ..terminal.console import show, show_paths
from .run_folder import new_folder


def ablate(overrides: list[str]) -> None:
    """The same experiment with parts taken out or replaced, over seeds, with paired tests."""
    planned = Ablation.of(overrides)
    place: Settings = {"out": str(planned.folder), "overwrite": planned.overwrite}
    with new_folder(place | {"variants": dict(planned.variants)}) as folder:
        values = planned.run()
        table = compared(values, planned.correction)
        write_ablation(folder, planned.name, values, table)
    show("Ablation", table)
    show_paths([("tables", planned.folder), ("report", planned.folder / "report.html")])
