"""Names of assemblies for display, of which no two are the same.

A parent often matches the same known set as its child. Report, portal, terminal and files take
their names from here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ..artifacts import Hierarchy

ENDING = re.compile(r" \([\d,]+ proteins?(?:, [^()]*)?\)$")
"""What `distinct` appends to a name."""


def distinct(names: Sequence[str], hierarchy: Hierarchy) -> list[str]:
    """Return the names, each that occurs more than once with the size of its assembly.

    Where sizes are the same too, the id follows: ``Ribosome (80 proteins, C12)``. Upper and lower
    case do not distinguish names.

    Args:
        names: ``(A,)`` a name for each assembly of the hierarchy.
        hierarchy: The map.
    """
    sizes = hierarchy.sizes.tolist()
    sized = list(zip((name.casefold() for name in names), sizes, strict=True))
    of_name = Counter(name for name, _ in sized)
    of_size = Counter(sized)
    texts = []
    for name, key, assembly in zip(names, sized, hierarchy.names, strict=True):
        size = f"{key[1]:,} protein{'s' * (key[1] != 1)}"
        ending = f" ({size}, {assembly})" if of_size[key] > 1 else f" ({size})"
        texts.append(f"{name}{ending}" if of_name[key[0]] > 1 else name)
    return texts


def shortened(name: str, most: int = 48) -> str:
    """Return a name cut to `most` characters; lists of subunits make some very long.

    The ending that distinguishes it from others is kept.
    """
    if len(name) <= most:
        return name
    ending = ENDING.search(name)
    tail = ending.group() if ending else ""
    start = name[: max(most - len(tail) - 1, 1)].rstrip(" ,(")
    return f"{start}…{tail}"
