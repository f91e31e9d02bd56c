"""Pairs and recall against the definition, written out for one query after the other."""

from itertools import pairwise

import numpy as np
import pytest

from cytoweave.artifacts import Hierarchy, TermSet
from cytoweave.eval import MapRetrieval, Split, Task
from cytoweave.eval.terms.map_retrieval import pair_metrics
from cytoweave.eval.terms.nested_pairs import Nested
from cytoweave.eval.terms.queries import drawn_queries, every_query, ground_of

from .conftest import MapBuilder, TermBuilder


def closeness(hierarchy: Hierarchy, first: str, second: str) -> int:
    """Return the size of the smallest assembly that holds both."""
    sets = [set(hierarchy.members_of(k)) for k in range(len(hierarchy.names))]
    return min(len(result) for result in sets if {first, second} <= result)


def average_precision(
    hierarchy: Hierarchy, protein: str, wanted: set[str], other: set[str]
) -> float:
    near = {name: closeness(hierarchy, protein, name) for name in wanted | other}
    total, before = 0.0, 0
    for level in sorted(set(near.values())):
        true = sum(near[name] <= level for name in wanted)
        false = sum(near[name] <= level for name in other)
        total += (true - before) / len(wanted) * (true / (true + false) if true else 0)
        before = true
    chance = len(wanted) / (len(wanted) + len(other))
    return (total - chance) / (1 - chance)


def test_pairs_by_the_definition(random_map: Hierarchy, random_terms: TermSet) -> None:
    """Against a plain double loop over the proteins of every term, no band, no grouping."""
    ground = ground_of(random_map.proteins, random_terms, None, 500)
    names = [random_map.proteins[k] for k in ground.inside]
    terms = [
        {names[k] for k in ground.terms.indices[start:stop]}
        for start, stop in pairwise(ground.terms.indptr)
    ]
    nested = Nested.of(random_map, ground.inside)
    seen = 0
    for block in every_query(ground):
        result = nested.precision(block.protein, block.wanted, block.unrelated)
        for k in range(0, len(result), 37):
            protein = names[block.protein[k]]
            wanted = terms[block.term[k]] - {protein}
            related = set().union(*(term for term in terms if protein in term))
            unrelated = set(names) - related - wanted - {protein}
            chance = len(wanted) / (len(wanted) + len(unrelated))
            scaled = (result[k] - chance) / (1 - chance)
            assert scaled == pytest.approx(
                average_precision(random_map, protein, wanted, unrelated), abs=1e-12
            )
            seen += 1
    assert seen > 10


def test_pairs_of_the_other_half_count_neither_way(
    build_map: MapBuilder, build_terms: TermBuilder
) -> None:
    proteins = [f"p{k}" for k in range(12)]
    hierarchy = build_map({"A": "p0 p1 p2 p3 p6"}, proteins)
    tune = build_terms({"T": "p0 p1 p2 p3", "U": "p4 p5 p6 p7"})
    other = build_terms({"H": "p0 p6", "all": " ".join(proteins)})
    task = Task(tune, hierarchy, None, [0, 1], other=other)
    metrics = MapRetrieval(queries=None, max_related=7, nulls=0)(task)[0]
    # p6 comes with T's own; for p0 it is barred, for p1, p2 and p3 the one false of four.
    for_p0, others = 1.0, 3 / 4
    chance_p0, chance = 3 / (3 + 3), 3 / (3 + 4)
    of_t = np.mean(
        [(for_p0 - chance_p0) / (1 - chance_p0), *[(others - chance) / (1 - chance)] * 3]
    )
    # U: p6's three are only in the root, with the three of T that are not barred before them.
    of_p6 = (3 / 6 - 3 / 6) / (1 - 3 / 6)
    of_rest = (3 / 7 - 3 / 7) / (1 - 3 / 7)
    of_u = np.mean([of_p6, *[of_rest] * 3])
    assert metrics["pairs_small"] == pytest.approx((of_t + of_u) / 2)
    assert metrics["recall"] == pytest.approx((4 / 5 + 1 / 8) / 2)


def test_a_perfect_map_has_one_and_the_root_alone_none(
    build_map: MapBuilder, build_terms: TermBuilder
) -> None:
    proteins = [f"p{k}" for k in range(20)]
    sets = {f"T{k}": " ".join(proteins[4 * k : 4 * k + 4]) for k in range(5)}
    terms = build_terms(sets)
    for assemblies, pairs, recall in ((sets, 1, 1), ({"A": "p0 p19"}, 0, 1 / 25)):
        task = Task(terms, build_map(assemblies, proteins), None, [0, 1])
        result = MapRetrieval(queries=None, nulls=3)(task)[0]
        assert result["pairs_small"] == pytest.approx(pairs, abs=1e-2)
        assert result["recall"] == pytest.approx(recall, abs=0.06)
        assert 0 < result["recall.null_mean"] < 0.5


def test_random_maps_have_none(build_map: MapBuilder, build_terms: TermBuilder) -> None:
    rng = np.random.default_rng(3)
    names = [f"p{k:03}" for k in range(400)]
    terms = build_terms({f"T{k}": " ".join(names[8 * k : 8 * k + 8]) for k in range(50)})
    result = []
    for _ in range(10):
        sets = [rng.choice(names, rng.integers(4, 90), replace=False) for _ in range(25)]
        hierarchy = build_map({f"A{k}": " ".join(s) for k, s in enumerate(sets)}, names)
        task = Task(terms, hierarchy, None, [0, 1])
        result.append(MapRetrieval(queries=None, nulls=0)(task)[0]["pairs_small"])
    assert abs(np.mean(result)) < 0.02


def test_drawn_queries_agree_with_all_within_their_error(
    random_map: Hierarchy, random_terms: TermSet
) -> None:
    split = Split.of(random_terms)
    ground = ground_of(random_map.proteins, split.part("tune"), split.other("tune"), 500)
    nested = Nested.of(random_map, ground.inside)
    whole = pair_metrics(nested, ground, every_query(ground))
    drawn = [pair_metrics(nested, ground, drawn_queries(ground, 200, seed)) for seed in range(30)]
    for name, value in whole.items():
        values = [result[name] for result in drawn]
        assert abs(np.mean(values) - value) < 4 * np.std(values) / len(values) ** 0.5 + 1e-3
    repeated = pair_metrics(nested, ground, drawn_queries(ground, 200, 0))
    assert repeated == drawn[0]


def test_the_seed_of_a_run_changes_nothing(random_map: Hierarchy, random_terms: TermSet) -> None:
    result = [
        MapRetrieval(queries=30)(Task(random_terms, random_map, None, [seed, 5]))[0]
        for seed in (0, 1)
    ]
    assert result[0] == result[1]
