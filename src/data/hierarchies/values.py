"""Validation of values in hierarchy files: counts, shares, lists of members."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, isnan, nan

from ...errors import DataError

MAX_PERSISTENCE = 2**31 - 1
"""What a persistence may be at most: the largest 32-bit integer."""


def number(value: object, what: str, where: str) -> float:
    """Return a number, also from text.

    Raises:
        DataError: If it is neither.
    """
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        return float(value)
    except (ValueError, OverflowError):
        raise DataError(f"{where} has {what} '{short(value)}', not a number.") from None


def count(value: object, what: str, where: str) -> int:
    """Return a number of 0 or more, truncated to a whole one.

    Raises:
        DataError: If it is no number or out of range.
    """
    whole = number(value, what, where)
    if not isfinite(whole) or not 0 <= whole <= MAX_PERSISTENCE:
        raise DataError(
            f"{where} has {what} {short(value)}, which is not in 0 to {MAX_PERSISTENCE}."
        )
    return int(whole)


def share(value: object, what: str, where: str) -> float:
    """Return a number in 0..1, NaN where it is null or NaN.

    Raises:
        DataError: If it is no number or out of range.
    """
    fraction = nan if value is None else number(value, what, where)
    if not isnan(fraction) and not 0 <= fraction <= 1:
        raise DataError(f"{where} has {what} {short(value)}, which is not in 0 to 1.")
    return fraction


def supports(values: Sequence[object], members: Sequence[str], where: str) -> dict[str, float]:
    """Return the support of each member, above 0 and at most 1.

    Raises:
        DataError: If there are not as many numbers as members, or one is out of range.
    """
    if values and len(values) != len(members):
        raise DataError(
            f"{where} lists {len(members)} members but {len(values)} numbers of support."
        )
    shares = {m: share(v, "support", where) for m, v in zip(members, values, strict=False)}
    for member, value in shares.items():
        if not value > 0:
            raise DataError(f"{where} has support {value} of '{member}', which is not above 0.")
    return shares


def texts(value: object, what: str, where: str) -> list[str]:
    """Return names given as a list, or as text separated by blanks.

    Raises:
        DataError: If it is neither.
    """
    if isinstance(value, str):
        return value.split()
    if not isinstance(value, list) or not all(_is_name(item) for item in value):
        raise DataError(f"{where} has {what} {short(value)}; a list of names is needed.")
    return [str(item) for item in value]


def short(value: object) -> str:
    """Return a value of any type shortened for a message."""
    shown = " ".join(str(value).split())
    return shown if len(shown) <= 60 else f"{shown[:60]}..."


def _is_name(item: object) -> bool:
    return isinstance(item, str | int) and not isinstance(item, bool) and item != ""
