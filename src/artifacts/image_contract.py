"""What an image encoder asks to be given: which channels, how large, whole fields or cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from ..errors import SettingError
from ..nodes.ranges import AtLeastOne, Ge, MinLen, Positive, checked
from .images import CHANNELS, ImageSet


@checked
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

    channels: Annotated[Sequence[str], MinLen(1)] = CHANNELS
    size: Annotated[int, Ge(8)] | None = None
    pixel_um: Positive | None = None
    read_size: Annotated[int, Ge(8)] | None = None
    cells: bool = False
    nucleus: str = "blue"
    min_nucleus: AtLeastOne | None = None
    min_nucleus_um2: Positive | None = None

    def __post_init__(self) -> None:
        if len(set(self.channels)) != len(self.channels):
            raise SettingError("channels", f"must be distinct names, got {[*self.channels]}.")
        if self.pixel_um is not None and self.size is None:
            raise SettingError("pixel_um", "needs size beside it.")
        if self.min_nucleus is not None and self.min_nucleus_um2 is not None:
            raise SettingError("min_nucleus", "or min_nucleus_um2 must be null, both are given.")

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
