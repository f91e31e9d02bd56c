"""Read what Weights & Biases wrote offline, as `wandb sync` would: a log of protobuf records.

The form is LevelDB's log: blocks of 32 KiB, in them parts of records, each with checksum, length
and kind (1 whole, 2 first, 3 middle, 4 last); seven bytes of header stand before. wandb 0.31
reads it in compiled code alone.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wandb.proto.wandb_internal_pb2 import Record  # type: ignore[attr-defined]

BLOCK, HEADER = 32768, 7


@dataclass
class OfflineRun:
    """What one run told: its config, every point of each curve, its metrics, its files."""

    name: str = ""
    group: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)


def read_run(run: Path) -> OfflineRun:
    """Return what lies in a folder ``offline-run-*``."""
    result = OfflineRun()
    for record in records(run):
        kind = record.WhichOneof("record_type")
        if kind == "run":
            result.name, result.group = record.run.display_name, record.run.run_group
            result.config |= {u.key: json.loads(u.value_json) for u in record.run.config.update}
        elif kind == "history":
            result.history.append(_items(record.history.item))
        elif kind == "summary":
            result.summary |= _items(record.summary.update)
        elif kind == "artifact":
            contents = record.artifact.manifest.contents
            result.files |= {entry.path: Path(entry.local_path) for entry in contents}
    return result


def records(run: Path) -> Iterator[Record]:
    """Yield the records of a run in their order."""
    (log,) = run.glob("run-*.wandb")
    data, place, whole = log.read_bytes(), HEADER, b""
    while place + HEADER <= len(data):
        left = BLOCK - place % BLOCK
        if left < HEADER:
            place += left
            continue
        length, kind = struct.unpack_from("<HB", data, place + 4)
        part = data[place + HEADER : place + HEADER + length]
        place += HEADER + length
        whole = part if kind in (1, 2) else whole + part
        if kind in (1, 4):
            yield Record.FromString(whole)


def _items(items: Any) -> dict[str, Any]:
    return {item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in items}
