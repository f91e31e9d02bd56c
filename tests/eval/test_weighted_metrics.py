"""Weighted metrics as an objective: their scale, and that the one-to-one F1 cannot be gamed."""

from collections.abc import Callable

import numpy as np
import pytest

from cytoweave.artifacts import Hierarchy, TermSet
from cytoweave.errors import ConfigError
from cytoweave.eval import Evaluation, WeightedMetrics

from .conftest import MapBuilder, TermBuilder

WEIGHTS = {"corum.tune.matching_f1": 1.0}


def test_scale_by_hand() -> None:
    objective = WeightedMetrics({"a.tune.x": 1.0, "b.tune.x": 3.0})
    metrics = {"a.tune.x": 0.6, "a.tune.x.null_mean": 0.2, "b.tune.x": 0.1, "b.tune.x.null_mean": 0}
    measured = objective.measured(metrics)
    assert measured == pytest.approx({"a.tune.x": 0.5, "b.tune.x": 0.1})
    assert objective.value(measured) == pytest.approx((0.5 + 3 * 0.1) / 4)
    assert objective.measured({}) == {}
    other = {name.replace("tune", "held_out"): value for name, value in metrics.items()}
    assert objective.measured(other, "held_out") == measured


def test_which_references_it_needs() -> None:
    objective = WeightedMetrics({"a.tune.x": 1.0, "b.tune.x": 3.0, "a.tune.y": 1.0})
    assert objective.references({"a": 1, "b": 2, "c": 3}) == ("a", "b")
    assert objective.front({}) == ("a.tune.x", "b.tune.x", "a.tune.y")
    with pytest.raises(ConfigError, match="the data has no reference 'b'; it has a"):
        objective.references({"a": 1})
    with pytest.raises(ConfigError, match="pareto=true needs at least two metrics"):
        WeightedMetrics(WEIGHTS).front({})


def test_a_known_chance_level_needs_no_null() -> None:
    weights = {"corum.tune.macro_auroc": 1.0, "sec.all.neighbours_auroc": 1.0}
    metrics = {"corum.tune.macro_auroc": 0.75, "sec.all.neighbours_auroc": 0.5}
    assert value_of(WeightedMetrics(weights), metrics) == pytest.approx(0.25)
    ap = WeightedMetrics({"c.tune.ap_1to10": 1.0})
    assert value_of(ap, {"c.tune.ap_1to10": 1 / 11}) == pytest.approx(0)


def test_what_cannot_be_an_objective() -> None:
    with pytest.raises(ConfigError, match=r"weights must be a mapping of at least 1 .*, got \{\}"):
        WeightedMetrics({})
    with pytest.raises(
        ConfigError, match=r"^weights\.corum\.tune\.mmr must be a number above 0, got 0\."
    ):
        WeightedMetrics({"corum.tune.mmr": 0})
    with pytest.raises(ConfigError, match="held out for the report must not be chosen by"):
        WeightedMetrics({"corum.held_out.mmr": 1.0})
    with pytest.raises(ConfigError, match=r"corum.tune.mmr has no null; set eval.nulls above 0"):
        WeightedMetrics({"corum.tune.mmr": 1.0}).measured({"corum.tune.mmr": 0.5})


NAMES = [f"p{k:03}" for k in range(400)]
COMPLEXES = {f"C{k}": NAMES[8 * k : 8 * k + 8] for k in range(30)}
FOUND = {f"A{k}": [*NAMES[8 * k : 8 * k + 6], NAMES[300 + k]] for k in range(20)}

Assemblies = dict[str, list[str]]


def thousands_of_tiny(base: Assemblies) -> Assemblies:
    rng = np.random.default_rng(0)
    tiny = {f"T{k}": rng.choice(NAMES, 4, replace=False).tolist() for k in range(2000)}
    return base | tiny


def every_pair_of_four(base: Assemblies) -> Assemblies:
    """Tiny assemblies cut from what is there already."""
    return base | {f"{name}_{k}": row[k : k + 4] for name, row in base.items() for k in range(3)}


def cores_and_halos(base: Assemblies) -> Assemblies:
    cores = {f"{name}_core": row[:5] for name, row in base.items()}
    return base | cores | {f"{name}_halo": [*row, NAMES[-1]] for name, row in base.items()}


def one_giant(base: Assemblies) -> Assemblies:
    return base | {"giant": NAMES[:390]}


@pytest.mark.parametrize(
    "game", [thousands_of_tiny, every_pair_of_four, cores_and_halos, one_giant]
)
def test_no_game_raises_it(
    build_map: MapBuilder, build_terms: TermBuilder, game: Callable[[Assemblies], Assemblies]
) -> None:
    terms = build_terms({name: " ".join(row) for name, row in COMPLEXES.items()})
    honest, gamed = (objective(build_map, terms, made) for made in (FOUND, game(FOUND)))
    assert honest > 0.3
    assert gamed < honest


def test_leaving_proteins_out_does_not_raise_it(
    build_map: MapBuilder, build_terms: TermBuilder
) -> None:
    """Proteins in no assembly stay in the universe as long as they were offered."""
    terms = build_terms({name: " ".join(row) for name, row in COMPLEXES.items()})
    placed = sorted({p for row in FOUND.values() for p in row})
    half = {name: row for name, row in FOUND.items() if row[0] < placed[len(placed) // 2]}
    assert objective(build_map, terms, half) < objective(build_map, terms, FOUND)


def test_a_better_map_has_more_and_the_truth_has_all(
    build_map: MapBuilder, build_terms: TermBuilder
) -> None:
    terms = build_terms({name: " ".join(row) for name, row in COMPLEXES.items()})
    whole = WeightedMetrics({"corum.all.matching_f1": 1.0})
    values = [objective(build_map, terms, made, whole) for made in (FOUND, COMPLEXES)]
    assert values[0] < values[1] == 1


def value_of(objective: WeightedMetrics, metrics: dict[str, float]) -> float:
    return objective.value(objective.measured(metrics))


def objective(
    build_map: MapBuilder,
    terms: TermSet,
    assemblies: Assemblies,
    chosen: WeightedMetrics = WeightedMetrics(WEIGHTS),  # noqa: B008 - frozen
) -> float:
    made: Hierarchy = build_map({n: " ".join(row) for n, row in assemblies.items()}, NAMES)
    scores = Evaluation(nulls=5, bootstrap=1)(
        hierarchy=made, embedding=None, references={"corum": terms}, seed=0
    )
    return value_of(chosen, scores.metrics)
