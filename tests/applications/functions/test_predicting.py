"""Learning by hiding: nothing of a hidden protein reaches its own predictions; sound numbers."""

import numpy as np
import pytest

from cytoweave.applications.functions.knowledge import Knowledge
from cytoweave.applications.functions.predicting import Predictor
from cytoweave.applications.functions.voters import Voters, assembly_voters
from cytoweave.applications.functions.words import Words
from cytoweave.artifacts import Hierarchy
from cytoweave.errors import DataError

from .small import knowledge, ontology
from .test_voters import tree

CLIQUES, SIZE = 24, 6
NAMES = [chr(200 + k) for k in range(CLIQUES * SIZE)]
ORDER = ontology([(1, 0), (2, 0), *((3 + k, 1 + k % 2) for k in range(8))])


def case(changed: dict[str, list[str]] | None = None) -> tuple[Hierarchy, Knowledge, list[Voters]]:
    """Return cliques of one of eight terms; some members have another, all have one more."""
    rng = np.random.default_rng(0)
    pairs = {}
    for k, name in enumerate(NAMES):
        own = (k // SIZE) % 8 if rng.random() < 0.9 else int(rng.integers(8))
        pairs[name] = [f"t{3 + own}", f"t{3 + (own + 2) % 8}"]
    known = knowledge(pairs | (changed or {}), ORDER)
    sets = [set(NAMES[k * SIZE : (k + 1) * SIZE]) for k in range(CLIQUES)]
    hierarchy = tree(sets, "".join(NAMES))
    return hierarchy, known, assembly_voters(hierarchy, known, known.rows(hierarchy.proteins))


def trial_of(predictor: Predictor, protein: int) -> dict[int, float]:
    trial = predictor.trials["new"]
    mine = trial.pairs.protein == protein
    shares = trial.pairs.shares[mine, 0]
    return dict(zip(trial.pairs.term[mine].tolist(), shares.tolist(), strict=True))


def test_what_is_hidden_of_a_protein_does_not_reach_its_prediction() -> None:
    """Another term for one protein: its own shares differ by no vote, only by frequencies."""
    _, known, voters = case()
    before = trial_of(Predictor.fit(known, voters), 7)
    _, changed, voters = case({NAMES[7]: ["t6", "t7", "t9"]})
    after = trial_of(Predictor.fit(changed, voters), 7)
    assert before.keys() == after.keys()
    assert before == pytest.approx(after, abs=1e-6)


def test_where_every_protein_has_one_term_only_the_unknown_get_predictions() -> None:
    hierarchy, _, _ = case()
    one = {name: [f"t{3 + (k // SIZE) % 8}"] for k, name in enumerate(NAMES)}
    known = knowledge(one | {NAMES[0]: ["t0"]}, ORDER)
    voters = assembly_voters(hierarchy, known, known.rows(hierarchy.proteins))
    predictor = Predictor.fit(known, voters)
    assert list(predictor.stacks) == ["new"]
    pairs, probability, new = predictor.predict(known, np.arange(len(NAMES)))
    assert set(pairs.protein[probability > 0].tolist()) == {0}
    assert new[probability > 0].all()


def test_probabilities_rank_the_hidden_terms_first_and_agree_with_the_ontology() -> None:
    _, known, voters = case()
    predictor = Predictor.fit(known, voters)
    trial = predictor.trials["new"]
    assert trial.probability[trial.true].mean() > 3 * trial.probability[~trial.true].mean()
    whole = {
        (p, t): v
        for p, t, v in zip(
            trial.pairs.protein.tolist(),
            trial.pairs.term.tolist(),
            trial.probability.tolist(),
            strict=True,
        )
    }
    for child, parent in zip(*known.ontology.parents.nonzero(), strict=True):
        for protein in range(len(NAMES)):
            if (protein, child) in whole:
                assert whole[protein, child] <= whole[protein, parent] + 1e-6


def test_only_terms_that_are_lacked_are_predicted() -> None:
    _, known, voters = case()
    predictor = Predictor.fit(known, voters)
    pairs, probability, new = predictor.predict(known, np.arange(len(NAMES)))
    rows = voters[0].rows[pairs.protein]
    assert not np.asarray(known.has[rows, pairs.term]).any()
    assert ((probability >= 0) & (probability <= 1)).all()
    assert not new.any()


def test_the_same_seed_gives_the_same_probabilities() -> None:
    _, known, voters = case()
    first, second = (Predictor.fit(known, voters, seed=3).trials["more"] for _ in range(2))
    assert np.array_equal(first.probability, second.probability)


def test_too_few_known_proteins_are_refused() -> None:
    _, known, voters = case()
    hidden = np.ones(len(known.proteins), bool)
    hidden[:5] = False
    with pytest.raises(DataError, match="only 5 proteins of the map have one"):
        Predictor.fit(known.without(hidden), voters)


def test_evidence_in_words_names_assemblies_and_counts_carriers() -> None:
    hierarchy, known, voters = case({NAMES[0]: ["t0"]})
    predictor = Predictor.fit(known, voters)
    pairs, _, new = predictor.predict(known, np.array([0]))
    assert new.all()
    words = Words(hierarchy, known, predictor)
    message = dict(zip(pairs.term.tolist(), words.full(pairs), strict=True))
    t3 = known.ontology.terms.index("t3")
    row = known.rows(NAMES[1:SIZE])
    carriers = int(np.asarray(known.has[row][:, [t3]].sum()))
    assert f"S1 ({carriers} of {SIZE - 1})" in message[t3]
    short = dict(zip(pairs.term.tolist(), words.short(pairs), strict=True))
    assert f"assemblies of 1 to 10 ({carriers} of {SIZE - 1})" in short[t3]
