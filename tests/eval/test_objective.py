"""The objective of sweeps: its parts and floors by hand, and the games that do not pay."""

import numpy as np
import pytest

from cytoweave.artifacts import ElutionProfiles, Hierarchy, TermSet
from cytoweave.errors import ConfigError
from cytoweave.eval import Evaluation, MapObjective, Unit

from .conftest import MapBuilder, TermBuilder

METRICS = {
    "corum.tune.pairs_small": 0.4,
    "corum.tune.pairs_large": 0.2,
    "go.tune.pairs_small": 0.3,
    "corum.tune.recall": 0.5,
    "corum.tune.recall.null_mean": 0.2,
    "go.tune.recall": 0.3,
    "go.tune.recall.null_mean": 0.1,
    "corum.tune.enriched": 0.6,
    "go.tune.enriched": 0.2,
    "hpa.tune.enriched": 1.0,
    "hpa.tune.pairs_small": 1.0,
    "hpa.tune.recall": 1.0,
    "hpa.tune.recall.null_mean": 0.0,
    "sec.all.nested_coelution": 0.4,
    "sec2.all.nested_coelution": 0.1,
}
OBJECTIVE = MapObjective(kept_apart=("hpa",))


def test_parts_by_hand() -> None:
    result = OBJECTIVE.measured(METRICS)
    recall = (0.3 / 0.8 + 0.2 / 0.9) / 2
    assert result == pytest.approx(
        {"pairs": 0.3, "recall": recall, "coelution": 0.4, "enriched": 0.4}
        | {"pairs_small": 0.35, "pairs_large": 0.2}
    )
    assert OBJECTIVE.measured(METRICS, "held_out") == {}
    other = {name.replace("tune", "held_out"): value for name, value in METRICS.items()}
    assert OBJECTIVE.measured(other, "held_out")["coelution"] == 0.1


def test_the_default_has_one_and_a_part_below_its_floor_rules_out() -> None:
    unit = Unit.of([OBJECTIVE.measured(METRICS)] * 5)
    assert OBJECTIVE.value(unit.mean, unit) == pytest.approx(1)
    better = unit.mean | {"pairs": unit.mean["pairs"] * 1.331}
    assert OBJECTIVE.value(better, unit) == pytest.approx(1.1)
    for part in unit.mean:
        fallen = better | {part: unit.mean[part] * 0.9}
        assert OBJECTIVE.value(fallen, unit) == pytest.approx(0.9 - 0.97)
    assert OBJECTIVE.relative(better, unit)["map.tune.pairs"] == pytest.approx(1.331)


def test_pairs_of_one_size_are_not_given_up_for_others() -> None:
    unit = Unit.of([OBJECTIVE.measured(METRICS)] * 5)
    traded = OBJECTIVE.measured(
        METRICS | {"corum.tune.pairs_small": 0.6, "corum.tune.pairs_large": 0.1}
    )
    assert traded["pairs"] > unit.mean["pairs"]
    assert OBJECTIVE.value(traded, unit) == pytest.approx(0.5 - 0.97)
    one_map = Unit.of([OBJECTIVE.measured(METRICS)])  # its spread is unknown: no guards
    assert OBJECTIVE.value(traded, one_map) == pytest.approx((1 / 0.9) ** (1 / 3))


def test_floors_follow_the_spread_and_what_is_noise_is_left_out() -> None:
    rows = [
        {"pairs": 1.0, "recall": 1.0, "coelution": value, "enriched": 1.0} for value in (0.5, 1.5)
    ]
    unit = Unit.of(rows)
    assert unit.spread["coelution"] == pytest.approx(np.std([0.5, 1.5], ddof=1))
    assert OBJECTIVE.floors(unit)["coelution"] == pytest.approx(1 - 2 * unit.spread["coelution"])
    assert OBJECTIVE.floors(unit)["pairs"] == pytest.approx(0.97)
    strict = MapObjective(noisiest=0.05)
    assert strict.heard(unit) == ("pairs", "recall", "enriched")
    quiet = unit.mean | {"coelution": -3.0, "pairs": 1.331}  # enriched takes its place
    assert strict.value(quiet, unit) == pytest.approx(1.1)
    silent = Unit.of([{"pairs": -0.1, "recall": 0.0, "enriched": 0.5}] * 2)
    with pytest.raises(ConfigError, match="no map can be measured by it"):
        OBJECTIVE.value(silent.mean, silent)


def test_a_part_below_chance_whose_floor_is_lower_makes_the_objective_zero() -> None:
    rows = [{"pairs": 1.0, "recall": value, "enriched": 1.0} for value in (0.3, 1.7)]
    unit = Unit.of(rows)
    assert OBJECTIVE.floors(unit)["recall"] < -0.5
    assert OBJECTIVE.value(unit.mean | {"recall": -0.5}, unit) == 0


def test_a_part_that_the_default_lacks_is_left_out() -> None:
    parts = {"pairs": 1.0, "recall": 1.0, "coelution": 0.0, "enriched": 1.0}
    unit = Unit.of([parts] * 2)
    assert "coelution" not in OBJECTIVE.heard(unit)
    better = parts | {"pairs": 1.21, "coelution": 3.0}
    assert OBJECTIVE.value(better, unit) == pytest.approx(1.21 ** (1 / 3))
    assert np.isnan(OBJECTIVE.relative(better, unit)["map.tune.coelution"])


def test_without_elution_the_enriched_share_is_a_factor(
    build_terms: TermBuilder,
) -> None:
    metrics = {name: value for name, value in METRICS.items() if "sec" not in name}
    unit = Unit.of([OBJECTIVE.measured(metrics)] * 5)
    more = unit.mean | {"enriched": unit.mean["enriched"] * 1.728}
    assert OBJECTIVE.value(more, unit) == pytest.approx(1.2)
    known = {"corum": build_terms({"T": "a b"}), "x": 1}
    assert OBJECTIVE.front(known) == ("map.tune.pairs", "map.tune.recall", "map.tune.enriched")


def test_references_of_any_name_choose_but_those_kept_apart(build_terms: TermBuilder) -> None:
    terms = build_terms({"T": "a b"})
    profiles = ElutionProfiles(("a", "b"), np.ones((1, 2, 3), np.float32))
    known = {"mine": terms, "hpa": terms, "sec": profiles, "truth": 1}
    assert OBJECTIVE.references(known) == ("mine", "sec")
    with pytest.raises(ConfigError, match=r"it has hpa; kept apart: hpa"):
        OBJECTIVE.references({"hpa": terms})
    with pytest.raises(ConfigError, match="a map is measured by the default's; none was made"):
        OBJECTIVE.value({"pairs": 1.0}, None)


NAMES = [f"p{k:03}" for k in range(400)]
COMPLEXES = {f"C{k}": NAMES[8 * k : 8 * k + 8] for k in range(40)}
RNG = np.random.default_rng(1)
FOUND = {f"A{k}": [*NAMES[8 * k : 8 * k + 7], NAMES[320 + k]] for k in range(30)} | {
    f"B{k}": [*NAMES[24 * k : 24 * k + 22], *RNG.choice(NAMES[320:], 2).tolist()] for k in range(10)
}


def tiny(base: dict[str, list[str]]) -> dict[str, list[str]]:
    rng = np.random.default_rng(0)
    return base | {f"T{k}": rng.choice(NAMES, 4, replace=False).tolist() for k in range(2000)}


def cut(base: dict[str, list[str]]) -> dict[str, list[str]]:
    return base | {
        f"{name}_{k}": row[4 * k : 4 * k + 4] for name, row in base.items() for k in (0, 1)
    }


def copies(base: dict[str, list[str]]) -> dict[str, list[str]]:
    return base | {f"{name}_again": row for name, row in base.items()}


def giant(base: dict[str, list[str]]) -> dict[str, list[str]]:
    return base | {"giant": NAMES[:390]}


def only_a_giant(base: dict[str, list[str]]) -> dict[str, list[str]]:
    return {"giant": NAMES[:390]}


def half(base: dict[str, list[str]]) -> dict[str, list[str]]:
    return dict([*base.items()][::2])


def shuffled(base: dict[str, list[str]]) -> dict[str, list[str]]:
    place = dict(zip(NAMES, np.random.default_rng(2).permutation(NAMES).tolist(), strict=True))
    return {name: [place[p] for p in row] for name, row in base.items()}


@pytest.fixture(scope="module")
def terms(build_terms: TermBuilder) -> TermSet:
    return build_terms({name: " ".join(row) for name, row in COMPLEXES.items()})


def measured(build_map: MapBuilder, terms: TermSet, sets: dict[str, list[str]]) -> dict[str, float]:
    unique = {name: " ".join(dict.fromkeys(row)) for name, row in sets.items()}
    hierarchy: Hierarchy = build_map(unique, NAMES)
    metrics = Evaluation(nulls=0, bootstrap=1, parts=("tune",))(
        hierarchy=hierarchy, embedding=None, references={"corum": terms}, seed=0
    ).metrics
    return OBJECTIVE.measured(metrics)


@pytest.mark.parametrize("game", [tiny, cut, giant, copies, only_a_giant, half, shuffled])
def test_no_game_pays(build_map: MapBuilder, terms: TermSet, game: object) -> None:
    honest = measured(build_map, terms, FOUND)
    unit = Unit.of([honest])
    gamed = OBJECTIVE.value(measured(build_map, terms, game(FOUND)), unit)  # type: ignore[operator]
    assert gamed <= 1.0001
    if game not in (copies, giant):
        assert gamed < 0.97


def test_a_better_map_is_worth_more(build_map: MapBuilder, terms: TermSet) -> None:
    unit = Unit.of([measured(build_map, terms, FOUND)])
    whole = FOUND | {f"A{k}": COMPLEXES[f"C{k}"] for k in range(30)}
    assert OBJECTIVE.value(measured(build_map, terms, whole), unit) > 1.05
