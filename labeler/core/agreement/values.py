"""What a statistic can be: an estimate, or undefined with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

# Differences of float sums that should be zero come out around 1e-16; nothing that a
# table of fewer than a hundred billion items can say is as small as this.
NOTHING = 1e-12


class Reason(StrEnum):
    """Why a figure is undefined: the sentence on the page, and its key in the translations."""

    NO_TWO_RATINGS = "No item has two ratings."
    NO_COMMON_ITEM = "These two raters have no item in common."
    NO_VARIATION = "All ratings are the same, so chance agreement is 1."
    NOT_MARKED = "Nobody marked it where two ratings can be compared."
    ALWAYS_MARKED = "Everybody marked it where two ratings can be compared."
    NOT_USED = "Nobody used this category where two ratings can be compared."
    ONE_CATEGORY = "The scale has only one category."
    NO_ORDER = "The order of the categories is not given."
    ONE_RATER = "There is only one rater."
    MORE_THAN_TWO_RATERS = "There are more than two raters: see the pairs and Light's kappa."
    NO_PAIR_DEFINED = "No pair of raters has a defined kappa."
    NO_DIFFERENCE = "The two raters never differ."
    REPEATED = "Decisions on one item over several trials are not independent."
    NO_KNOWN_ANSWER = "This rater judged no item with a known answer."
    NO_KNOWN_POSITIVE = "This rater judged no item that is known to be positive."
    NO_KNOWN_NEGATIVE = "This rater judged no item that is known to be negative."
    TOO_FEW_KNOWN_POSITIVE = "Not enough defective parts seen for a share."
    TOO_FEW_KNOWN_NEGATIVE = "Not enough good parts seen for a share."
    NO_REPEAT = "Nothing of this was judged twice."
    TOO_FEW_REPEATS = "Not enough repeats for a share."
    NO_KNOWN_DEFECT = "No image with a known defect has been judged yet."
    TOO_FEW_RATERS = "A model of the raters needs at least three of them."
    NOT_CONNECTED = "Common items do not connect all the raters."
    NO_RATINGS = "There are no ratings."
    NOT_ENOUGH_MARKED = "Too few images are marked for an interval that can be relied on."
    ONE_TRIAL = "There is only one trial."
    NO_COMPLETE_PART = "No part has been judged in all trials."
    NO_REFERENCE = "No part has a known reference."
    NO_BAD_CATEGORY = "Nobody said which rating means a bad part."
    NO_LINEARISED_ERROR = "No linearised standard error of this figure is known."
    ONE_UNIT = "A standard error needs at least two items or groups."
    NEVER_BOTH_PRESENT = "No two reviewers said present of the same image."
    NO_PLACE_MARKED = "Nobody marked a place where two reviewers said present."
    NO_PLACE_MATCHES = "No marked place of one reviewer matches one of another."
    ONLY_BOXES = "Only boxes were drawn: outlines and areas are compared on polygons and masks."
    NOT_AUDITED = "Some of these labels have not been audited at all."
    NONE_PRESENT = "No label says present."
    NO_DEFECT = "No defect is known to be there."
    NONE_MARKED_TWICE = "No defect was marked by two reviewers."


@dataclass(frozen=True, slots=True)
class Undefined:
    """A figure that cannot be computed, and why."""

    reason: Reason

    def document(self) -> dict[str, object]:
        """The figure as JSON: `{"value": null, "reason": …}`."""
        return {"value": None, "reason": str(self.reason)}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval; `low` and `high` are None where none was computed.

    `standard_error` is linearised and None where it is undefined. `undefined_share` is
    the share of replicates in which the statistic was undefined: they were left out.
    `count` of `of` stand behind a plain proportion, None for anything else. `no_interval`
    says why an interval that was asked for cannot be given.
    """

    value: float
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None
    undefined_share: float = 0.0
    count: int | None = None
    of: int | None = None
    no_interval: Reason | None = None

    def document(self) -> dict[str, object]:
        """The figure as JSON: `{"value", "low", "high"}`, and what else is known of it."""
        found: dict[str, object] = {"value": self.value, "low": self.low, "high": self.high}
        if self.of is not None:
            found |= {"count": self.count, "of": self.of}
        if self.standard_error is not None:
            found["standard_error"] = self.standard_error
        if self.undefined_share > 0:
            found["undefined_share"] = self.undefined_share
        if self.no_interval is not None:
            found["interval_reason"] = str(self.no_interval)
        return found


Figure = Estimate | Undefined
# A statistic per category has one figure for each; all others have one.
Statistics = Mapping[str, Figure | Mapping[str, Figure]]


def statistics_document(statistics: Statistics) -> dict[str, object]:
    """Figures as JSON, under the names they have."""
    return {
        name: {key: one.document() for key, one in figure.items()}
        if isinstance(figure, Mapping)
        else figure.document()
        for name, figure in statistics.items()
    }


def ratio(above: Floats, below: Floats) -> Floats:
    """`above / below`, NaN where `below` is nothing.

    Inside this package NaN marks an undefined replicate; it never leaves it, since the
    point estimate turns into `Undefined` first.
    """
    if below.size and below.min() > NOTHING:  # what nearly always is the case, and quicker
        quotient: Floats = above / below
        return quotient
    shape = np.broadcast_shapes(above.shape, below.shape)
    # Keeping the memory layout of `above` makes the sums that follow several times faster.
    result = np.full_like(above, np.nan, shape=None if above.shape == shape else shape)
    np.divide(above, below, out=result, where=below > NOTHING)
    return result
