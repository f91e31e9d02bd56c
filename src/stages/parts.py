"""The exchangeable components of an experiment, built from its config."""

from __future__ import annotations

from dataclasses import dataclass

from ..nodes.build import Config, Part


@dataclass(frozen=True)
class Parts:
    """The exchangeable parts of an experiment, built and so checked before work starts."""

    ppi_encoder: Part
    image_encoder: Part
    fusion: Part
    map: Part
    eval: Part
    trainer: Part

    @classmethod
    def of(cls, config: Config) -> Parts:
        """Build all parts of a composed config."""
        return cls(**{name: Part.of(name, config[name]) for name in cls.__annotations__})
