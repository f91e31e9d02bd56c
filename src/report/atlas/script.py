"""Data as classic scripts, which a page opened from disk can load on demand.

Each file calls ``cw.put(part, format, map, data)``. The page refuses files of another format or
map, so that mixed-up folders give an error instead of a wrong drawing. Numbers are typed arrays in
base64.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

Json = dict[str, object]

FORMAT = 1
"""Number of the format; the page knows one."""


def write_part(path: Path, part: str, key: str, data: object) -> Path:
    """Write one file; `part` is its name, `key` that of the map."""
    path.parent.mkdir(parents=True, exist_ok=True)
    words = ",".join([json.dumps(part), str(FORMAT), json.dumps(key), safe_json(data)])
    path.write_text(f"cw.put({words});\n", encoding="utf-8")
    return path


def safe_json(data: object) -> str:
    """Return JSON that is safe inside a script element."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def packed(values: ArrayLike, kind: DTypeLike) -> str:
    """Return numbers as base64 of a little-endian array."""
    array = np.asarray(values).astype(np.dtype(kind).newbyteorder("<"))
    return base64.b64encode(array.tobytes()).decode()


def number(value: float | None, digits: int = 6) -> float | None:
    """Return a number rounded to six digits, as in the tables of a run; None if missing."""
    if value is None or not np.isfinite(value):
        return None
    return float(f"{value:.{digits}g}")
