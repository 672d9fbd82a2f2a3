"""The model that ranks raters, against the published error tables."""

import numpy as np
import pytest

from labeler.core.agreement.dawid_skene import Prior, dawid_skene
from labeler.core.agreement.ratings import Column
from labeler.core.agreement.values import Reason, Undefined
from tests.core.agreement.made_tables import patterns
from tests.core.agreement.test_published_tables import shared_table

# Error tables of observers 1 to 5 (maximum likelihood), reference page.
ERRORS = [
    [[0.889488, 0.110512, 0, 0], [0.070585, 0.87638, 0.053035, 0],
     [0, 0.338822, 0.661178, 0], [0, 0, 0.555556, 0.444444]],
    [[0.834214, 0.165786, 0, 0], [0.052707, 0.632946, 0.314347, 0],
     [0, 0, 1, 0], [0, 0, 0, 1]],
    [[1, 0, 0, 0], [0.106378, 0.788299, 0.105323, 0],
     [0, 0.403671, 0.198776, 0.397552], [0, 0, 0.666667, 0.333333]],
    [[0.94443, 0.05557, 0, 0], [0.053672, 0.842627, 0.103702, 0],
     [0, 0, 0.801224, 0.198776], [0, 0, 0.333333, 0.666667]],
    [[1, 0, 0, 0], [0.159039, 0.73452, 0.10644, 0],
     [0, 0.209114, 0.790886, 0], [0, 0, 0.333333, 0.666667]],
]  # fmt: skip


def test_the_anaesthetists_of_1979():
    counted = shared_table("dawid_skene_1979.csv").patterns
    found = dawid_skene(counted)
    assert found.log_likelihood == pytest.approx(-192.890881, abs=1e-6)
    assert found.shares == pytest.approx([0.399555, 0.421983, 0.111795, 0.066667], abs=1e-6)
    assert found.errors == pytest.approx(np.array(ERRORS), abs=1e-6)
    # Patient 7 was graded 1, 2, 2 by the first observer and 2, 1, 1, 1 by the others.
    seven = [0, 1, 1, 1, 0, 0, 0]
    row = np.flatnonzero((counted.patterns == seven).all(axis=1))
    assert found.posteriors[row[0]] == pytest.approx([0.981020, 0.018980, 0, 0], abs=1e-6)
    assert found.posteriors.max(axis=1).min() == pytest.approx(0.947995, abs=1e-6)
    claim = counted.items @ found.posteriors.max(axis=1) / counted.items.sum()
    assert claim == pytest.approx(0.997928, abs=1e-6)


def test_priors_soften_the_anaesthetists():
    found = dawid_skene(shared_table("dawid_skene_1979.csv").patterns, prior=Prior())
    assert found.shares == pytest.approx([0.399548, 0.436366, 0.104534, 0.059553], abs=1e-6)
    assert found.errors.min() > 0


def test_bluebirds():
    counted = shared_table("bluebirds.csv").patterns
    found = dawid_skene(counted)
    assert found.log_likelihood == pytest.approx(-1888.116755, abs=1e-6)
    assert found.shares == pytest.approx([0.564071, 0.435929], abs=1e-6)
    says = found.posteriors.argmax(axis=1)
    right = counted.items @ (says == counted.reference)
    assert right / counted.items.sum() == pytest.approx(0.898148, abs=1e-6)
    softened = dawid_skene(counted, prior=Prior())
    assert softened.shares == pytest.approx([0.567157, 0.432843], abs=1e-6)


def test_the_careless_rater_is_told_from_the_careful_ones():
    rows = [(1, 1, 0), (0, 0, 0), (1, 1, 1), (0, 0, 1), (1, 1, 0), (0, 0, 0)] * 10
    found = dawid_skene(patterns(rows), prior=Prior())
    right = found.errors[:, [0, 1], [0, 1]].mean(axis=1)
    assert right[2] < 0.75
    assert right[0] > 0.95


def test_repeats_of_one_person_share_an_error_table():
    columns = [Column("a", "1"), Column("a", "2"), Column("b", "1"), Column("c", "1")]
    rows = [(1, 1, 1, 1), (0, 1, 0, 0), (0, 0, 0, 0), (1, 0, 1, 1)]
    found = dawid_skene(patterns(rows, columns=columns))
    assert found.raters == ("a", "b", "c")
    assert found.errors[0] == pytest.approx(np.array([[0.75, 0.25], [0.25, 0.75]]))


def test_two_raters_are_too_few():
    assert dawid_skene(patterns([(1, 1)])) == Undefined(Reason.TOO_FEW_RATERS)


def test_raters_without_a_chain_of_common_items_are_not_compared():
    rows = [(1, 1, None, None), (None, None, 0, 1)]
    assert dawid_skene(patterns(rows)) == Undefined(Reason.NOT_CONNECTED)
    assert not isinstance(dawid_skene(patterns([*rows, (None, 1, 1, None)])), Undefined)


def test_no_ratings_no_model():
    assert dawid_skene(patterns([(None, None, None)])) == Undefined(Reason.NO_RATINGS)


def test_an_item_without_a_rating_gets_the_class_shares():
    counted = patterns([(1, 1, 1), (0, 0, 0), (None, None, None)])
    found = dawid_skene(counted)
    empty = np.flatnonzero((counted.patterns < 0).all(axis=1))[0]
    assert found.posteriors[empty] == pytest.approx(found.shares)


def test_the_anaesthetists_to_the_printed_digits():
    counted = shared_table("dawid_skene_1979.csv").patterns
    found = dawid_skene(counted)
    assert found.shares.round(2).tolist() == [0.40, 0.42, 0.11, 0.07]
    assert found.errors[0].round(2).tolist() == [
        [0.89, 0.11, 0, 0], [0.07, 0.88, 0.05, 0], [0, 0.34, 0.66, 0], [0, 0, 0.56, 0.44],
    ]  # fmt: skip
    classes = np.bincount(found.posteriors.argmax(axis=1), counted.items).astype(int)
    assert classes.tolist() == [18, 19, 5, 3]


def test_bluebirds_against_the_truth():
    counted = shared_table("bluebirds.csv").patterns
    found = dawid_skene(counted)
    says, known = found.posteriors.argmax(axis=1), counted.reference
    cells = [int(counted.items @ ((says == said) & (known == true)))
             for said, true in ((1, 1), (0, 1), (1, 0), (0, 0))]  # fmt: skip
    assert cells == [42, 6, 5, 55]
    claim = counted.items @ found.posteriors.max(axis=1) / counted.items.sum()
    assert claim == pytest.approx(0.997485, abs=1e-6)
    softened = dawid_skene(counted, prior=Prior()).posteriors.argmax(axis=1)
    right = counted.items @ (softened == known)
    assert right / counted.items.sum() == pytest.approx(0.898148, abs=1e-6)
    # The vote is right less often; a tie counts half.
    votes = np.stack([(counted.patterns == code).sum(axis=1) for code in (0, 1)], axis=1)
    most = votes == votes.max(axis=1, keepdims=True)
    shared = most[np.arange(len(known)), known] / most.sum(axis=1)
    assert counted.items @ shared / counted.items.sum() == pytest.approx(0.759259, abs=1e-6)
