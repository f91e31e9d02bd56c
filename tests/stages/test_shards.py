"""Images embedded in shards: the bytes of one pass, each shard remembered by itself."""

from pathlib import Path

import numpy as np
import pytest

from cytoweave import config
from cytoweave.artifacts import ImageVectors
from cytoweave.launchers import Dask, Local, Pool
from cytoweave.stages import Pipeline, shards
from cytoweave.stages.pipeline import embed_shard
from cytoweave.stages.shards import Shards
from cytoweave.store import Store


def test_shards_end_where_batches_do() -> None:
    assert list(shards._bounds(3000, 128)) == [(0, 1024), (1024, 2048), (2048, 3000)]
    assert list(shards._bounds(2100, 14)) == [(0, 1036), (1036, 2072), (2072, 2100)]
    assert list(shards._bounds(5, 16)) == [(0, 5)]


def test_this_machine_does_all_at_once(tmp_path: Path) -> None:
    assert Shards.of(Pool(Local(), 2, tmp_path), {}, embed_shard) is None
    result = Shards.of(Pool(Dask(), 2, tmp_path), {"seed": 1, "workers": 9}, embed_shard)
    assert result is not None
    assert result.config["workers"] == 1
    assert result.config["launcher"] == {"_target_": "cytoweave.launchers.Local"}


@pytest.mark.slow
def test_the_vectors_are_those_of_one_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [
        "data=demo", "data.simulate.n_proteins=60", "workers=1", "image_encoder.epochs=1",
        "image_encoder.least_steps=1", f"store={tmp_path / 'store'}",
    ]  # fmt: skip
    settings, store = config.load("run", words), Store(tmp_path / "store")
    pipeline = Pipeline.of(settings, store)
    encoding = pipeline.encoding(pipeline.read(settings))
    whole = encoding.image_vectors("image").value
    images = encoding.contracted("image")
    at_once = pipeline.parts.image_encoder.thing.images_at_once(  # type: ignore[union-attr]
        images, modality="image", training=pipeline.parts.trainer.thing
    )
    monkeypatch.setattr(shards, "LEAST_IMAGES", at_once)
    count = -(-len(images.names) // at_once)
    assert count > 1
    before = len(list((store.root / "embed").iterdir()))
    elsewhere = Shards(Pool(Local(), 1, tmp_path), settings, embed_shard)
    result: ImageVectors = elsewhere.embed(store, "image", len(images.names), at_once)
    assert result.names == whole.names
    assert result.vectors.tobytes() == whole.vectors.tobytes()
    assert result.logits.tobytes() == whole.logits.tobytes()
    assert len(list((store.root / "embed").iterdir())) == before + count
    assert np.isfinite(result.vectors).all()
