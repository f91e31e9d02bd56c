"""Reference names against scipy, and on sets whose name is clear."""

import numpy as np
import pytest
from scipy import stats

from cytoweave.applications.names.known import Known
from cytoweave.applications.names.naming import Naming, name_sets
from cytoweave.applications.names.significance import log10_tails
from cytoweave.artifacts import TermSet
from cytoweave.errors import DataError

from .small import columns, known, proteins, terms


@pytest.mark.parametrize(
    ("k", "m", "n", "universe"),
    [(5, 5, 5, 1000), (3, 10, 40, 500), (30, 100, 90, 1000), (3, 3, 100, 150), (60, 300, 90, 2000)],
)
def test_tails_are_those_of_scipy(k: int, m: int, n: int, universe: int) -> None:
    expected = -stats.hypergeom.logsf(k - 1, universe, n, m) / np.log(10)
    assert log10_tails(k, m, n, universe) == pytest.approx(expected, rel=1e-7)


def test_tails_are_finite_below_the_smallest_number_and_zero_at_the_expectation() -> None:
    assert 500 < float(log10_tails(400, 400, 400, 20000)) < 1000
    assert float(log10_tails(10, 100, 100, 1000)) == 0
    assert float(log10_tails(0, 10, 10, 1000)) == 0


def named(world: Known, members: list[str], **settings: list[int]) -> Naming:
    return name_sets(world, [columns(world, members)], [len(members)], 0, **settings)[0]


def test_a_part_is_named_for_itself_and_a_whole_for_the_whole() -> None:
    world = known()
    assert [world.words[k] for k in named(world, proteins(3)[:5]).rows] == ["core of 3"]
    assert [world.words[k] for k in named(world, proteins(3)).rows] == ["complex 3"]


def test_two_complexes_in_one_set_are_both_named() -> None:
    world = known()
    result = named(world, [*proteins(3), *proteins(20)])
    assert {world.words[k] for k in result.rows} == {"complex 3", "complex 20"}
    assert (result.coverage, result.precision) == (1.0, 1.0)


def test_carriers_are_the_members_of_the_term_and_unannotated_members_count() -> None:
    world = known()
    result = named(world, [*proteins(3), "unknown1", "unknown2", "unknown3", "unknown4"])
    assert [world.proteins[k] for k in result.carriers] == proteins(3)
    assert result.coverage == pytest.approx(12 / 16)
    assert result.runner_up >= 0


def test_a_hidden_group_names_nothing() -> None:
    world = known()
    whole = world.terms.index("whole3")
    result = named(world, proteins(3), hidden=[int(world.groups[whole])])
    assert result.rows
    assert not {"whole3", "around3"} & {world.terms[k] for k in result.rows}
    alone = TermSet.from_sets({"only": ("only", {"A", "B", "C"}), "rest": ("rest", set("DEFGHIJ"))})
    few = Known.of({"ref": alone}, [*alone.proteins, *"KLMNOPQRSTUVWXYZ"])
    small = Known(few.proteins, few.terms, few.words, few.references, few.members)
    nothing = name_sets(small, [columns(small, ["A", "D"])], [2], 0)[0]
    assert (nothing.rows, nothing.coverage, nothing.best) == ((), 0.0, 0.0)


def test_general_terms_and_repeated_ones_do_not_name() -> None:
    result = terms()
    everything = {"all": ("everything", set(result.proteins)), "again": ("again", set(proteins(3)))}
    world = Known.of({"ref": result, "more": TermSet.from_sets(everything)}, result.proteins)
    assert not {"all", "again"} & set(world.terms)


def test_references_without_a_protein_of_the_map_are_refused() -> None:
    with pytest.raises(DataError, match="no protein of the map is in a reference"):
        Known.of({"ref": terms()}, ["X", "Y"])
    with pytest.raises(DataError, match="no term holds 3 or more of the 2 annotated proteins"):
        Known.of({"ref": terms()}, proteins(1)[:2])
