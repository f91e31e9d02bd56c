"""Skip-gram against a loop over windows; what walks and weights do to vectors."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Callback

from cytoweave.artifacts import Embedding, Network
from cytoweave.errors import ConfigError, DataError
from cytoweave.models import Node2Vec, SkipGram, Training

TRAINING = Training(accelerator="cpu", progress=False)
MODULE = partial(SkipGram, dimensions=16, window=5, learning_rate=0.05)
WALKS: dict[str, Any] = {
    "walks": 10, "length": 20, "epochs": 8, "least_steps": 0, "batch_size": 25,
}  # fmt: skip
SMALL = Node2Vec(MODULE, **WALKS)


def _cliques(weights: dict[tuple[int, int], float] | None = None) -> Network:
    """Two cliques of ten joined by one edge."""
    pairs = [(i, j) for i in range(20) for j in range(i) if i // 10 == j // 10]
    given = {**dict.fromkeys([*pairs, (10, 0)], 1.0), **(weights or {})}
    first, second = ([f"P{pair[k]:02d}" for pair in given] for k in (0, 1))
    return Network.from_pairs(first, second, list(given.values()))


def _cosines(embedding: Embedding) -> np.ndarray:
    unit = embedding.vectors / np.linalg.norm(embedding.vectors, axis=1, keepdims=True)
    result: np.ndarray = unit @ unit.T
    return result


def _embed(network: Network, encoder: Node2Vec = SMALL, seed: int = 0) -> Embedding:
    return encoder(network, modality="ppi", training=TRAINING, seed=seed)


def test_the_loss_equals_a_loop_over_windows() -> None:
    torch.manual_seed(0)
    module = SkipGram(7, dimensions=4, window=3, negative=2.0, shared=6)
    torch.nn.init.normal_(module.contexts.weight)
    torch.nn.init.normal_(module.centres.weight)
    walks = torch.randint(0, 7, (5, 8))
    torch.manual_seed(1)
    noise = SkipGram._noise(module, walks).tolist()
    module.visits.fill_(1)
    torch.manual_seed(1)
    loss = float(module._losses(walks)["loss"].detach())
    u, v = module.centres.weight.detach().numpy(), module.contexts.weight.detach().numpy()
    total = count = 0.0
    for walk, drawn in zip(walks.tolist(), noise, strict=True):
        for i, centre in enumerate(walk):
            for j, other in enumerate(walk):
                weight = (4 - abs(i - j)) / 3
                if i == j or weight <= 0:
                    continue
                total += weight * np.log1p(np.exp(-u[centre] @ v[other]))
                missed = [np.log1p(np.exp(u[centre] @ v[n])) for n in drawn]
                total += weight * 2 * np.mean(missed)
                count += weight
    assert loss == pytest.approx(total / count, rel=1e-5)


def test_noise_follows_the_visits() -> None:
    torch.manual_seed(0)
    module = SkipGram(3, shared=30_000)
    noise = module._noise(torch.tensor([[0] * 15 + [1] * 80]))
    odds = np.array([16, 81, 1]) ** 0.75
    assert np.allclose(np.bincount(noise[0]) / 30_000, odds / odds.sum(), atol=0.01)
    assert module.visits.tolist() == [16, 81, 1]


@pytest.mark.parametrize("sparse", [False, True])
def test_two_cliques_fall_apart(sparse: bool) -> None:
    encoder = Node2Vec(partial(MODULE, sparse=sparse), **WALKS)
    cosines = _cosines(_embed(_cliques(), encoder))
    same = np.equal.outer(np.arange(20) // 10, np.arange(20) // 10)
    assert cosines[same].min() > cosines[~same].max() + 0.3


def test_weights_matter_unless_told_otherwise() -> None:
    bound = {(i, j): 50.0 for i in range(10, 15) for j in range(10, i)}
    within, across = np.triu_indices(5, 1), np.ix_(range(5), range(5, 10))
    upper = _cosines(_embed(_cliques(bound)))[10:, 10:]
    assert upper[within].mean() > upper[across].mean() + 0.1
    deaf = Node2Vec(MODULE, **WALKS, weighted=False)
    assert np.array_equal(_embed(_cliques(bound), deaf).vectors, _embed(_cliques()).vectors)


def test_isolated_proteins_are_absent_and_disconnected_parts_are_apart() -> None:
    first, second = ["A", "B", "C", "X", "Y", "X", "S"], ["B", "C", "A", "Y", "Z", "Z", "S"]
    embedding = _embed(Network.from_pairs(first, second, None, ["Q"]))
    assert embedding.proteins == ("A", "B", "C", "X", "Y", "Z")
    assert embedding.modalities == ("ppi",)
    cosines = _cosines(embedding)
    assert cosines[:3, :3].min() > cosines[:3, 3:].max()


def test_a_vector_is_that_of_the_centre_and_of_the_context() -> None:
    module = SkipGram(3, dimensions=2)
    torch.nn.init.normal_(module.contexts.weight)
    both = (module.centres.weight + module.contexts.weight) / 2
    assert torch.equal(module(torch.arange(3)), both)
    alone = SkipGram(3, dimensions=2, joined=False)
    assert torch.equal(alone(torch.arange(3)), alone.centres.weight)


def test_a_single_pair_is_embedded() -> None:
    vectors = _embed(Network.from_pairs(["A"], ["B"])).vectors
    assert vectors.shape == (2, 16)
    assert np.isfinite(vectors).all()


def test_same_seed_gives_the_same_bytes() -> None:
    first, repeated, other = (_embed(_cliques(), seed=seed).vectors for seed in (1, 1, 2))
    assert first.tobytes() == repeated.tobytes()
    assert first.tobytes() != other.tobytes()


def test_training_ends_when_held_out_interactions_are_no_longer_predicted_better() -> None:
    patient = Training(accelerator="cpu", progress=False, patience=2)
    ended: list[int] = []

    class Seen(SkipGram):
        def on_train_end(self) -> None:
            ended.append(self.current_epoch)

    encoder = Node2Vec(partial(Seen, dimensions=16, window=5), **{**WALKS, "epochs": 60})
    assert encoder(_cliques(), modality="ppi", training=patient, seed=0).vectors.shape == (20, 16)
    assert ended[0] < 60
    tree = Network.from_pairs(["A", "B", "B"], ["B", "C", "D"])  # nothing can be kept back
    assert SMALL(tree, modality="ppi", training=patient, seed=0).vectors.shape == (4, 16)


def test_an_interrupted_training_ends_alike(tmp_path: Path) -> None:
    class Stop(Callback):
        def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
            if trainer.current_epoch == 4:
                raise RuntimeError("out of power")

    def vectors(training: Training) -> np.ndarray:
        return SMALL(_cliques(), modality="ppi", training=training, seed=0).vectors

    kept = TRAINING.observed(state=tmp_path)
    with pytest.raises(RuntimeError, match="out of power"):
        vectors(kept.observed(callbacks=[Stop()]))
    assert vectors(kept).tobytes() == vectors(TRAINING).tobytes()


@pytest.mark.gpu
@pytest.mark.parametrize("sparse", [False, True])
def test_on_a_gpu(sparse: bool) -> None:
    training = Training(accelerator="gpu", progress=False)
    encoder = Node2Vec(partial(MODULE, sparse=sparse), **WALKS)
    result = encoder(_cliques(), modality="ppi", training=training, seed=0)
    assert _cosines(result)[0, 1] > _cosines(result)[0, 19]


def test_a_checkpoint_loads_as_weights_only(tmp_path: Path) -> None:
    module = SkipGram(9, dimensions=4, window=2, sparse=True)
    trainer = Trainer(
        accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False
    )
    trainer.strategy.connect(module)
    trainer.save_checkpoint(tmp_path / "skip_gram.ckpt", weights_only=True)
    loaded = SkipGram.load_from_checkpoint(tmp_path / "skip_gram.ckpt", weights_only=True)
    assert loaded.window == 2
    assert torch.equal(loaded(torch.arange(9)), module(torch.arange(9)))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"walks": 0}, "walks must be a whole number of at least 1, got 0."),
        ({"length": 1}, "length must be a whole number of at least 2, got 1."),
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0."),
        ({"least_steps": -1}, "least_steps must be a whole number of at least 0, got -1."),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0."),
        ({"p": 0.0}, "p must be a number from 0.001 to 1000.0, got 0.0."),
        ({"q": 2000.0}, "q must be a number from 0.001 to 1000.0, got 2000.0."),
        ({"validation": 1.0}, "validation must be a number above 0 and below 1, got 1.0."),
    ],
)
def test_wrong_settings(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Node2Vec(SkipGram, **wrong)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"dimensions": 0}, "dimensions must be a whole number of at least 1, got 0."),
        ({"window": 0}, "window must be a whole number of at least 1, got 0."),
        ({"shared": 0}, "shared must be a whole number of at least 1, got 0."),
        ({"negative": 0.0}, "negative must be a number above 0, got 0.0."),
        ({"learning_rate": 0.0}, "learning_rate must be a number above 0, got 0.0."),
    ],
)
def test_wrong_settings_of_the_module_show_before_work_starts(
    wrong: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        Node2Vec(partial(SkipGram, **wrong))
    assert str(caught.value) == f"module.{message}"


def test_a_network_without_interactions() -> None:
    network = Network.from_pairs([], [], None, ["A", "B"])
    with pytest.raises(DataError, match=r"modalities.ppi: the network of 2 proteins has no inter"):
        _embed(network)
