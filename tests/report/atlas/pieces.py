"""Read the pieces of a portal back, as its page does."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

PUT = re.compile(r'cw\.put\("([^"]+)",(\d+),"([^"]+)",(.*)\);\n', re.DOTALL)


def piece(portal: Path, name: str) -> Any:
    result = PUT.fullmatch((portal / "data" / f"{name}.js").read_text())
    assert result
    assert result[1] == name
    return json.loads(result[4])


def numbers(text: str, kind: str) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(text), kind)


def details(portal: Path, part: str) -> dict[int, Any]:
    paths = sorted((portal / "data" / part).glob("*.js"))
    shards = [piece(portal, f"{part}/{path.stem}") for path in paths]
    return {int(row): result for shard in shards for row, result in shard.items()}
