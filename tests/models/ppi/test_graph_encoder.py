"""The graph autoencoder against dense algebra; what weights and features do to vectors."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pytorch_lightning import Trainer

from cytoweave.artifacts import Embedding, Network
from cytoweave.errors import ConfigError, DataError
from cytoweave.models import GraphAutoencoder, TrainedGraphEncoder, Training
from cytoweave.models.ppi.graph_encoder import all_vectors, feature_rows, graph_of

TRAINING = Training(accelerator="cpu", progress=False)
MODULE = partial(GraphAutoencoder, dimensions=8, hidden=16, dropout=0.1)
SMALL = TrainedGraphEncoder(MODULE, epochs=6)


def _cliques(weight_across: float = 1.0) -> Network:
    """Two cliques of ten joined by one edge."""
    pairs = [(i, j) for i in range(20) for j in range(i) if i // 10 == j // 10]
    first, second = ([f"P{pair[k]:02d}" for pair in [*pairs, (10, 0)]] for k in (0, 1))
    return Network.from_pairs(first, second, [1.0] * len(pairs) + [weight_across])


def _embed(network: Network, features: Embedding | None = None, seed: int = 0) -> Embedding:
    return SMALL(network, modality="ppi", features=features, training=TRAINING, seed=seed)


def _cosines(embedding: Embedding) -> np.ndarray:
    unit = embedding.vectors / np.linalg.norm(embedding.vectors, axis=1, keepdims=True)
    result: np.ndarray = unit @ unit.T
    return result


def test_vectors_equal_dense_convolutions() -> None:
    network = _cliques(7.0)
    features = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    module = MODULE(proteins=20, features=3).eval()
    adjacency = network.adjacency().toarray() / network.weights.mean() + np.eye(20)
    degrees = adjacency.sum(axis=1)
    scaled = adjacency / np.sqrt(np.outer(degrees, degrees))
    assert module.of_features is not None
    parts = (module.own, module.of_features.weight, module.second.weight)
    own, mapped, second = (part.detach().numpy() for part in parts)
    expected = scaled @ np.maximum(scaled @ (own + features @ mapped.T), 0) @ second.T
    assert np.allclose(all_vectors(module, graph_of(network, features)), expected, atol=1e-5)


def test_interactions_are_drawn_by_weight_and_negatives_from_the_same_ends() -> None:
    network = Network.from_pairs(list("ABC"), list("BCD"), [1.0, 2.0, 5.0])
    graph = graph_of(network, np.zeros((4, 0), np.float32))
    ends = torch.cat([(graph.ends + k) / 3000 for k in range(3000)])
    graph = graph._replace(edges=graph.edges.repeat(3000, 1), ends=ends)
    torch.manual_seed(0)
    first, second = MODULE(proteins=4)._drawn(graph)
    counts = np.bincount(torch.minimum(first, second).numpy(), minlength=3)
    assert np.allclose(counts / counts.sum(), [1 / 8, 2 / 8, 5 / 8], atol=0.02)
    assert abs(float((first < second).float().mean()) - 0.5) < 0.02
    order = GraphAutoencoder._shuffled(second)
    assert torch.equal(second[order].bincount(), second.bincount())


def test_two_cliques_fall_apart() -> None:
    cosines = _cosines(_embed(_cliques()))
    same = np.equal.outer(np.arange(20) // 10, np.arange(20) // 10)
    assert cosines[same].min() > cosines[~same].max() + 0.2


def test_weights_matter_unless_told_otherwise() -> None:
    bound, loose = (_cosines(_embed(_cliques(weight)))[0, 10] for weight in (40.0, 0.01))
    assert bound > loose + 0.2
    deaf = TrainedGraphEncoder(MODULE, epochs=1, weighted=False)
    first, second = (
        deaf(_cliques(w), modality="ppi", features=None, training=TRAINING, seed=0).vectors
        for w in (1.0, 40.0)
    )
    assert np.array_equal(first, second)


def test_features_enter() -> None:
    network = _cliques()
    names = [*network.proteins[:15], "Q"]  # five proteins lack them, one does not interact
    values = np.random.default_rng(0).normal(3, 2, (16, 4))
    given = Embedding.of_modality("lopit", names, values)
    rows = feature_rows(network.proteins, given, "ppi")
    assert np.allclose(rows[:15].mean(axis=0), 0, atol=1e-5)
    assert np.allclose(rows[:15].std(axis=0), 1, atol=1e-5)
    assert not rows[15:].any()
    embedding = _embed(network, given)
    assert embedding.proteins == network.proteins
    assert not np.allclose(embedding.vectors, _embed(network).vectors)


def test_features_of_nobody() -> None:
    given = Embedding.of_modality("lopit", ["ENSG1"], np.ones((1, 2)))
    with pytest.raises(DataError) as caught:
        _embed(_cliques(), given)
    assert str(caught.value) == (
        "ppi_encoder.features: ppi and lopit share no protein (ppi: 'P00', features: 'ENSG1'); "
        "set data.id_map to translate, or ppi_encoder.features=null."
    )


def test_isolated_proteins_are_absent_and_tiny_networks_are_embedded() -> None:
    parts = Network.from_pairs(list("ABCXYS"), list("BCAYZS"), None, ["Q"])
    assert _embed(parts).proteins == ("A", "B", "C", "X", "Y", "Z")
    assert np.isfinite(_embed(Network.from_pairs(["A"], ["B"])).vectors).all()
    with pytest.raises(DataError, match=r"modalities.ppi: the network of 2 proteins has no inter"):
        _embed(Network.from_pairs([], [], None, ["A", "B"]))


def test_same_seed_gives_the_same_bytes() -> None:
    first, repeated, other = (_embed(_cliques(), seed=seed).vectors for seed in (1, 1, 2))
    assert first.tobytes() == repeated.tobytes()
    assert first.tobytes() != other.tobytes()


def test_training_ends_when_held_out_interactions_are_no_longer_predicted_better() -> None:
    ended: list[int] = []

    class Seen(GraphAutoencoder):
        def on_train_end(self) -> None:
            ended.append(self.current_epoch)

    patient = Training(accelerator="cpu", progress=False, patience=2)
    encoder = TrainedGraphEncoder(partial(Seen, dimensions=8, hidden=16), epochs=60)
    result = encoder(_cliques(), modality="ppi", features=None, training=patient, seed=0)
    assert result.vectors.shape == (20, 8)
    assert ended[0] < 60


@pytest.mark.gpu
def test_on_a_gpu() -> None:
    training = Training(accelerator="gpu", progress=False)
    result = SMALL(_cliques(), modality="ppi", features=None, training=training, seed=0)
    assert _cosines(result)[0, 1] > _cosines(result)[0, 19]


def test_a_checkpoint_loads_as_weights_only(tmp_path: Path) -> None:
    module = MODULE(proteins=20, features=0).eval()
    trainer = Trainer(
        accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False
    )
    trainer.strategy.connect(module)
    trainer.save_checkpoint(tmp_path / "graph.ckpt", weights_only=True)
    loaded = GraphAutoencoder.load_from_checkpoint(tmp_path / "graph.ckpt", weights_only=True)
    graph = graph_of(_cliques(), np.zeros((20, 0), np.float32))
    assert np.array_equal(all_vectors(loaded.eval(), graph), all_vectors(module, graph))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"dimensions": 0}, "dimensions must be a whole number of at least 1, got 0."),
        ({"hidden": 0}, "hidden must be a whole number of at least 1, got 0."),
        ({"pairs": 0}, "pairs must be a whole number of at least 1, got 0."),
        ({"negative": 0}, "negative must be a whole number of at least 1, got 0."),
        ({"dropout": 1.0}, "dropout must be a number of at least 0 and below 1, got 1.0."),
        ({"learning_rate": 0.0}, "learning_rate must be a number above 0, got 0.0."),
        ({"weight_decay": -1.0}, "weight_decay must be a number of at least 0, got -1.0."),
    ],
)
def test_wrong_settings_of_the_module_show_before_work_starts(
    wrong: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        TrainedGraphEncoder(partial(GraphAutoencoder, **wrong))
    assert str(caught.value) == f"module.{message}"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0."),
        ({"validation": 0.0}, "validation must be a number above 0 and below 1, got 0.0."),
    ],
)
def test_wrong_settings(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        TrainedGraphEncoder(MODULE, **wrong)
    assert str(caught.value) == message
