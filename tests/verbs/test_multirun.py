"""Grids: ``-m key=a,b`` runs every combination, each in a folder of its own."""

import pytest

from cytoweave import config
from cytoweave.cli import main


def test_every_combination_is_expanded() -> None:
    words = ["map.neighbours.k=10,15", "seed=0", "fusion=choice(concat,autoencoder)"]
    result = config.expand(words)
    assert len(result) == 4
    assert result[0] == ["map.neighbours.k=10", "seed=0", "fusion=concat"]
    assert {(w[0], w[2]) for w in result} == {
        (f"map.neighbours.k={k}", f"fusion={fusion}")
        for k in (10, 15)
        for fusion in ("concat", "autoencoder")
    }


def test_lists_and_paths_are_one_value() -> None:
    words = ["eval.parts=[tune,held_out]", "data.modalities.ppi.path=a,b.tsv"]
    assert config.expand(words) == [words]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["seed=1"], "-m: no setting names several values; write key=a,b,c"),
        (["sede=1,2"], "'sede' is not a setting of `cytoweave run`"),
        (["fusion=concat,muze"], "fusion=muze: there is no such option"),
    ],
)
def test_a_grid_that_does_not_fit_gets_one_line(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "-m", *words]) == 2
    assert message in capsys.readouterr().err
