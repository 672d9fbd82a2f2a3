"""Whom to train first, and what needs a third look: orders from Dawid and Skene's model.

Nothing but the order leaves this file. The model takes people to err independently, and they
do not: its numbers look like accuracies and are none (of bluebirds it claims .91 where .59
is true). An order is what they are good for.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from labeler.core.agreement.dawid_skene import DawidSkene, Prior, dawid_skene
from labeler.core.agreement.ratings import PatternCounts, count_patterns
from labeler.core.agreement.values import Floats, Reason, Undefined

# Where all say the same the model must be as unsure as this to ask for a third look.
_DOUBTFUL_FROM = 0.1

Answers = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Orders for one defect type, on a scale of two categories.

    `to_train` names the raters who gave a rating, whoever would gain most from training first;
    those whom the model cannot tell apart by name. `doubtful` ranks patterns of answers (one
    per column, as in `PatternCounts`) that are worth a third look, 1 the most doubtful.
    """

    to_train: tuple[str, ...]
    doubtful: Mapping[Answers, int]


def rank(counted: PatternCounts) -> Ranking | Undefined:
    """The orders behind the answers to one defect type.

    Undefined with fewer than three raters who gave a rating, where common items do not connect
    them, or where all said the same of everything: then nobody stands out.
    """
    merged = count_patterns(
        counted.categories, counted.columns, counted.patterns, items=counted.items
    )
    model = dawid_skene(merged, prior=Prior(), tolerance=1e-9)
    if isinstance(model, Undefined):
        return model
    if not (merged.patterns == 1).any():
        return Undefined(Reason.NOT_MARKED)
    if not (merged.patterns == 0).any():
        return Undefined(Reason.ALWAYS_MARKED)
    return Ranking(_to_train(model), _doubtful(merged, model))


def _to_train(model: DawidSkene) -> tuple[str, ...]:
    """By the error rates of both kinds, which weigh the same however rare the defect is."""
    wrong = 1 - np.trace(model.errors, axis1=1, axis2=2) / model.errors.shape[1]
    order = sorted(zip(-np.round(wrong, 6), model.raters, strict=True))
    return tuple(rater for _, rater in order)


def _doubtful(counted: PatternCounts, model: DawidSkene) -> dict[Answers, int]:
    """Where people differ, and where they agree but those who do are not to be relied on."""
    doubt: Floats = np.round(1 - model.posteriors.max(axis=1), 6)
    said = [{int(code) for code in pattern if code >= 0} for pattern in counted.patterns]
    asked = [len(one) > 1 or d >= _DOUBTFUL_FROM for one, d in zip(said, doubt, strict=True)]
    levels = sorted({float(d) for d, a in zip(doubt, asked, strict=True) if a}, reverse=True)
    places = {level: place for place, level in enumerate(levels, start=1)}
    return {
        tuple(int(code) for code in pattern): places[float(d)]
        for pattern, d, a in zip(counted.patterns, doubt, asked, strict=True)
        if a
    }
