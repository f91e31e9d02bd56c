"""Input requirements of an image encoder: channels, size, whole fields or cells."""

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
    """Input requirements of an encoder; images are adapted to it, or refused.

    An encoder has its contract as the attribute ``contract``. It is then given an `ImageSet` whose
    ``channels``, size and ``pixel_um`` are those of the contract.

    Args:
        channels: Names of the channels, in the order of the encoder.
        size: Width and height in pixels of the encoder's input; None: fields as read, cells a
            quarter as wide as a field.
        pixel_um: Width of a pixel in um; None: any. Needs `size` and a data set with ``pixel_um``;
            of a whole field the central square of `size` is used.
        read_size: Width in pixels to read fields at if the data config sets no ``size``; None:
            `size` for whole fields at any pixel width, else the reader's default.
        cells: Single cells, detected by their nuclei, in place of whole fields.
        nucleus: Channel of the nuclei.
        min_nucleus: Minimum area of a nucleus in pixels of the field as read; None: a quarter of
            the set's typical nucleus.
        min_nucleus_um2: The same in square um; needs a data set with ``pixel_um``.

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
        """Return the width at which fields should be read; None for the reader's default."""
        if self.read_size is not None:
            return self.read_size
        return None if self.cells or self.pixel_um is not None else self.size

    def fits(self, images: ImageSet) -> bool:
        """Return whether images fit the contract without changes."""
        return (
            tuple(self.channels) == images.channels
            and not self.cells
            and self.pixel_um is None
            and self.size in (None, images.pixels.shape[-1])
        )


AS_READ = ImageContract()
"""Whole fields, in the four channels, as large as they were read."""
