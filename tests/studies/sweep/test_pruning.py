"""Poor trials end early: by their embedding, and in the course of training."""

import re

import optuna
import pytest
from optuna.trial import FrozenTrial, TrialState, create_trial

from cytoweave.errors import ConfigError
from cytoweave.studies.sweep import Sweep
from cytoweave.studies.sweep.pruning import EMBEDDING, Pruning
from cytoweave.studies.sweep.study import open_study


def trials(values: list[float]) -> list[FrozenTrial]:
    return [
        create_trial(value=0.0, user_attrs={EMBEDDING: v}, intermediate_values={0: 1 - v, 3: 1 - v})
        for v in values
    ]


def test_the_poorest_share_is_ended() -> None:
    pruning, before = Pruning(embedding=0.5, startup=4), trials([0.6, 0.7, 0.8, 0.9])
    assert pruning.poor_embedding(0.74, before)
    assert not pruning.poor_embedding(0.76, before)
    assert not pruning.poor_embedding(0.1, before[:3])  # too few to judge by
    assert not Pruning(startup=1).poor_embedding(0.1, before)


def test_trainings_are_compared_at_the_same_epoch_and_smaller_is_better() -> None:
    pruning, before = Pruning(training=0.5, startup=4, warmup=2), trials([0.6, 0.7, 0.8, 0.9])
    assert pruning.poor_training(3, 0.26, before)
    assert not pruning.poor_training(3, 0.24, before)
    assert not pruning.poor_training(0, 9.0, before)  # still warming up
    assert not pruning.poor_training(2, 9.0, before)  # nobody was measured there


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"embedding": 1.0}, "embedding must be a number of at least 0 and below 1, got 1.0"),
        ({"startup": 0}, "startup must be a whole number of at least 1"),
        ({"metric": "corum.held_out.auroc"}, "metric must be on the tuning half"),
    ],
)
def test_a_setting_out_of_range_is_named(words: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        Pruning(**words)  # type: ignore[arg-type]


@pytest.mark.slow
def test_pruned_trials_stop_early(tmp_path: pytest.TempPathFactory) -> None:
    words = [
        "search=fusion", "data=demo", "data.simulate.n_proteins=120",
        "data.simulate.images_per_protein=1", "data.simulate.image_size=64",
        "image_encoder.epochs=1", "image_encoder.least_steps=1", "fusion=autoencoder",
        "pruner=poorest", "pruner.startup=3", "trials=10", "workers=1",
        "map.communities.cpm.count=8", "map.communities.modularity.count=4",
        "trainer.progress=false", f"store={tmp_path}/store", f"out={tmp_path}/study",
    ]  # fmt: skip
    sweep = Sweep.of(words)
    sweep.run()
    result = open_study(sweep.plan).get_trials()
    pruned = [trial for trial in result if trial.state == TrialState.PRUNED]
    done = [trial for trial in result if trial.state == TrialState.COMPLETE]
    assert pruned
    assert len(pruned) + len(done) == 10
    assert all("map" not in trial.user_attrs["computed"] for trial in pruned)
    whole = max(len(trial.intermediate_values) for trial in done)
    assert any(0 < len(trial.intermediate_values) < whole for trial in pruned) or any(
        EMBEDDING in trial.user_attrs for trial in pruned
    )
    assert isinstance(result[0], optuna.trial.FrozenTrial)
