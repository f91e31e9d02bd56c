"""Which proteins are fused: those with every modality, or with any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..artifacts import Embedding
from ..errors import DataError
from ..store import Remembered


def keep_proteins(
    embeddings: Mapping[str, Remembered[Embedding]], keep: str
) -> dict[str, Remembered[Embedding]]:
    """Return the embeddings over the proteins that are to be fused.

    Args:
        embeddings: Modality -> its embedding.
        keep: ``all_modalities`` or ``any_modality``.

    Raises:
        DataError: If no protein is left.
    """
    if keep == "any_modality":
        return dict(embeddings)
    shared = set.intersection(*(set(found.value.proteins) for found in embeddings.values()))
    if not shared:
        raise DataError(
            f"data.keep=all_modalities leaves no protein: none has all of {', '.join(embeddings)}; "
            "set data.keep=any_modality."
        )
    others = " & ".join(sorted(found.key for found in embeddings.values()))
    return {
        name: replace(
            found, value=found.value.restrict(sorted(shared)), key=f"{found.key} in {others}"
        )
        for name, found in embeddings.items()
    }
