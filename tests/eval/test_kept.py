"""What is kept while the same objects are asked about."""

import numpy as np

from cytoweave.artifacts import TermSet
from cytoweave.eval.kept import CACHED_RESULTS, kept
from cytoweave.eval.terms.queries import ground_of
from cytoweave.eval.terms.splits import split_of


def test_the_same_objects_are_asked_about_once() -> None:
    requested = []

    @kept
    def total(values: object, name: str, rows: tuple[int, ...]) -> int:
        requested.append(name)
        return len(requested)

    array = np.arange(3)
    assert total(array, "a", (1, 2)) == total(array, "a", (1, 2)) == 1
    assert total(array, "b", (1, 2)) == 2
    assert total(array.copy(), "a", (1, 2)) == 3  # equal, but another object
    assert total(array, "a", (1, 3)) == 4
    for k in range(CACHED_RESULTS):
        total(array, f"n{k}", ())
    assert total(array, "a", (1, 2)) == 5 + CACHED_RESULTS  # pushed out by later ones


def test_a_second_map_is_scored_against_what_the_first_prepared(random_terms: TermSet) -> None:
    names = tuple(random_terms.proteins)
    grounds = []
    for _ in range(2):
        split = split_of(random_terms, 0)
        grounds.append(ground_of(names, split.part("tune"), split.other("tune"), 500))
    assert grounds[0] is grounds[1]
