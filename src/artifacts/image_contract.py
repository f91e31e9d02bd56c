"""What an image encoder asks to be given: which channels, how large, whole fields or cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import ConfigError
from .images import CHANNELS, ImageSet


@dataclass(frozen=True)
class ImageContract:
    """The images that an encoder is made for; a data set is brought to it, or refused in a line.

    An encoder states its contract as the attribute ``contract``. What it then gets is an
    `ImageSet` whose ``channels``, size and ``pixel_um`` are those of the contract.

    Args:
        channels: Names of the channels, in the order the encoder wants them.
        size: Width and height in pixels of what the encoder is given; None: fields as they are
            read, cells a quarter as wide as a field.
        pixel_um: Width of a pixel in um; None: whatever it is. Needs `size` and a data set that
            states its own ``pixel_um``; of a whole field the central square of `size` is given.
        read_size: Width in pixels to read fields at where the data config states no ``size``;
            None: `size` for whole fields at any pixel width, else the reader's own.
        cells: Give single cells, found by their nuclei, in place of whole fields.
        nucleus: Channel that shows the nuclei.
        min_nucleus: Least area of a nucleus in pixels of the field as read; None: a quarter of the
            set's typical nucleus.
        min_nucleus_um2: The same in square um; needs a data set that states ``pixel_um``.

    Raises:
        ConfigError: If a number is out of range, or two settings contradict each other.
    """

    channels: Sequence[str] = CHANNELS
    size: int | None = None
    pixel_um: float | None = None
    read_size: int | None = None
    cells: bool = False
    nucleus: str = "blue"
    min_nucleus: int | None = None
    min_nucleus_um2: float | None = None

    def __post_init__(self) -> None:
        if not self.channels or len(set(self.channels)) != len(self.channels):
            raise ConfigError(
                f"image_encoder.contract.channels must be distinct names, got {[*self.channels]}."
            )
        least = {"size": 8, "read_size": 8, "pixel_um": 0, "min_nucleus": 1, "min_nucleus_um2": 0}
        for name, low in least.items():
            value = getattr(self, name)
            if value is not None and (value < low or value == 0):
                allowed = f"at least {low}" if low else "above 0"
                raise ConfigError(f"image_encoder.contract.{name} must be {allowed}, got {value}.")
        if self.pixel_um is not None and self.size is None:
            raise ConfigError("image_encoder.contract.pixel_um needs image_encoder.contract.size.")
        if self.min_nucleus is not None and self.min_nucleus_um2 is not None:
            raise ConfigError(
                "image_encoder.contract: give min_nucleus or min_nucleus_um2, not both."
            )

    @property
    def fields_at(self) -> int | None:
        """Return the width at which fields should be read; None where the reader may choose."""
        if self.read_size is not None:
            return self.read_size
        return None if self.cells or self.pixel_um is not None else self.size

    def fits(self, images: ImageSet) -> bool:
        """Tell whether images are as wanted, just as they lie."""
        return (
            tuple(self.channels) == images.channels
            and not self.cells
            and self.pixel_um is None
            and self.size in (None, images.pixels.shape[-1])
        )


AS_READ = ImageContract()
"""Whole fields, in the four channels, as large as they were read."""
