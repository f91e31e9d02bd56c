"""The exchangeable components of an experiment, built from its config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from ..nodes import plugins
from ..nodes.build import Config, Part

if TYPE_CHECKING:
    from ..contracts import AnyFusion, AnyImageEncoder, AnyPPIEncoder, Evaluator, MapMaker, Trainer

NAMES = ("ppi_encoder", "image_encoder", "fusion", "map", "eval", "trainer")
"""Keys of components in a config."""


@dataclass(frozen=True)
class Parts:
    """The components of a config, built and so validated before work starts.

    Some verbs have fewer; asking for a missing one is a `KeyError`.

    Attributes:
        built: Name -> component.
    """

    built: Mapping[str, Part[object]]

    @classmethod
    def of(cls, config: Config) -> Parts:
        """Build all components of a composed config; its plug-ins are imported first.

        A new worker process has imported none yet, and in a reused one $CYTOWEAVE_PLUGINS is that
        of the first task.
        """
        plugins.load(config.get("plugins", ()))
        return cls({name: Part.of(name, config[name]) for name in NAMES if name in config})

    def with_part(self, name: str, part: Part[object]) -> Parts:
        """Return the same components with one replaced."""
        return Parts({**self.built, name: part})

    @property
    def ppi_encoder(self) -> Part[AnyPPIEncoder]:
        """PPI encoder."""
        return cast("Part[AnyPPIEncoder]", self.built["ppi_encoder"])

    @property
    def image_encoder(self) -> Part[AnyImageEncoder]:
        """Image encoder."""
        return cast("Part[AnyImageEncoder]", self.built["image_encoder"])

    @property
    def fusion(self) -> Part[AnyFusion]:
        """Fusion of modalities."""
        return cast("Part[AnyFusion]", self.built["fusion"])

    @property
    def map(self) -> Part[MapMaker]:
        """Map maker."""
        return cast("Part[MapMaker]", self.built["map"])

    @property
    def eval(self) -> Part[Evaluator]:
        """Evaluation."""
        return cast("Part[Evaluator]", self.built["eval"])

    @property
    def trainer(self) -> Part[Trainer]:
        """Trainer."""
        return cast("Part[Trainer]", self.built["trainer"])
