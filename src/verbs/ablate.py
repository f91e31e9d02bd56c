"""The verb ``ablate``: ablation study of an experiment."""

from __future__ import annotations

from ..nodes.build import Settings
from ..studies.ablation import Ablation, AblationResult
from ..studies.ablation_tables import compared, conclusions, write_ablation
from ..terminal.console import console, show, show_paths
from .run_folder import folder_if_named


def ablate(overrides: list[str]) -> None:
    """Ablation study: components removed or replaced, over seeds, with paired tests."""
    planned = Ablation.of(overrides)
    comparison = make_ablation(planned).comparison
    show("Ablation", comparison)
    for sentence in conclusions(comparison):
        console.print(sentence, highlight=False)
    show_paths([("tables", planned.folder), ("report", planned.folder / "report.html")])


def make_ablation(planned: Ablation, *, write: bool = True) -> AblationResult:
    """Run an ablation and compare its variants; write its folder if wanted."""
    place: Settings = {"out": str(planned.folder) if write else None}
    place |= {"overwrite": planned.overwrite, "variants": dict(planned.variants)}
    with folder_if_named(place) as folder:
        values = planned.run()
        table = compared(values, planned.primary, planned.correction)
        if folder:
            write_ablation(folder, planned.name, values, table)
    return AblationResult(values, table)
