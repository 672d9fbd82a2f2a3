"""Which parts, or how many decisions on each part, match: with themselves and the standard.

`answers` have the shape (parts, columns), a column per appraiser and trial. "Can't tell" is
no decision: shares of decisions leave it out, and a part with one is neither alike nor right.
"""

import numpy as np

from labeler.core.agreement.ratings import MISSING, Codes
from labeler.core.agreement.values import Counts
from labeler.core.msa.shares import Marks

# (matching, of) per part
PartMarks = tuple[Marks, Marks]
PartCounts = tuple[Counts, Counts]


def _complete(answers: Codes) -> Marks:
    some = answers.shape[1] > 0  # without any column all of none would be enough
    marks: Marks = (answers != MISSING).all(axis=1) & some
    return marks


def alike(answers: Codes) -> PartMarks:
    """Parts with the same decision in every column, of those answered in every column."""
    same: Marks = (answers >= 0).all(axis=1) & (answers == answers[:, :1]).all(axis=1)
    return same, _complete(answers)


def right(answers: Codes, reference: Codes) -> PartMarks:
    """Parts decided as known in every column, of the known ones answered in every column."""
    correct: Marks = (answers == reference[:, None]).all(axis=1)
    return correct, _complete(answers) & (reference >= 0)


def right_decisions(answers: Codes, reference: Codes) -> PartCounts:
    """Decisions as known, of all decisions on parts with a known reference."""
    decided = (answers >= 0) & (reference >= 0)[:, None]
    correct = decided & (answers == reference[:, None])
    return correct.sum(axis=1), decided.sum(axis=1)


def wrong_side(answers: Codes, reference: Codes, side: Marks) -> PartCounts:
    """Decisions on the other side than the reference, of those on parts that lie on `side`.

    `side`, shape (categories,), marks bad categories to count misses, good ones to count
    false alarms.
    """
    here = (reference >= 0) & side[np.maximum(reference, 0)]
    decided = (answers >= 0) & here[:, None]
    other = decided & ~side[np.maximum(answers, 0)]
    return other.sum(axis=1), decided.sum(axis=1)


def alike_pairs(answers: Codes, categories: int) -> PartCounts:
    """Pairs of columns that say the same, of all pairs of decisions on a part."""
    ratings = np.stack([(answers == code).sum(axis=1) for code in range(categories)], axis=1)
    total = ratings.sum(axis=1)
    return (ratings * (ratings - 1) // 2).sum(axis=1), total * (total - 1) // 2


def alike_rounds(answers: Codes) -> PartCounts:
    """Trials in which all appraisers say the same, of those in which all decided.

    `answers` here have the shape (parts, appraisers, trials).
    """
    decided = (answers >= 0).all(axis=1)
    same = decided & (answers == answers[:, :1]).all(axis=1)
    return same.sum(axis=1), decided.sum(axis=1)


def right_rounds(answers: Codes, reference: Codes) -> PartCounts:
    """Trials in which all appraisers are right, of those in which all decided, per known part.

    `answers` here have the shape (parts, appraisers, trials).
    """
    decided = (answers >= 0).all(axis=1) & (reference >= 0)[:, None]
    correct = decided & (answers == reference[:, None, None]).all(axis=1)
    return correct.sum(axis=1), decided.sum(axis=1)
