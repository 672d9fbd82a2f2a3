"""What a study of this size can show at all, however well the appraisers do.

Said beside the verdict, so that nobody takes "cannot tell" for a fault of the people.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from labeler.core.agreement.values import Estimate, Reason
from labeler.core.msa.acceptance import Judged, Limits
from labeler.core.msa.settings import StudySettings
from labeler.core.msa.shares import Unit, closed_interval, share_of_decisions

_MOST_PARTS = 100_000


@dataclass(frozen=True, slots=True)
class Reach:
    """The best that `parts` of the kind can show for one figure.

    `best` is the unfavourable end of the interval without a single error. `errors` are the
    most errors with which "good" is still shown, None where not even none is enough; then
    `parts_needed`, all without an error, would be.
    """

    judged: Judged
    parts: int
    best: float
    limit: float
    errors: int | None
    parts_needed: int | None

    def document(self) -> dict[str, object]:
        """As JSON."""
        return {
            "figure": str(self.judged), "parts": self.parts, "best": self.best,
            "limit": self.limit, "errors": self.errors, "parts_needed": self.parts_needed,
        }  # fmt: skip


def _smallest(enough: Callable[[int], bool]) -> int | None:
    """The smallest number of parts that is enough; None beyond a hundred thousand."""
    low, high = 0, 1
    while not enough(high):
        low, high = high, 2 * high
        if high > _MOST_PARTS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def effectiveness_reach(parts: int, limits: Limits, settings: StudySettings) -> Reach:
    """For parts right in all trials. Worked example: 50 of 50 are shown to be .929, 49 .895."""
    limit = limits.of[Judged.EFFECTIVENESS].good

    def lower(wrong: int, of: int) -> float:
        return closed_interval(of - wrong, of, settings)[0]

    errors = -1
    while errors < parts and lower(errors + 1, parts) >= limit:
        errors += 1
    needed = None if errors >= 0 else _smallest(lambda of: lower(0, of) >= limit)
    most = errors if errors >= 0 else None
    return Reach(Judged.EFFECTIVENESS, parts, lower(0, parts), limit, most, needed)


def rate_reach(
    judged: Judged, parts: int, trials: int, limits: Limits, settings: StudySettings
) -> Reach:
    """For misses (`parts` are bad ones) or false alarms (good ones); errors are decisions."""
    limit = limits.of[judged].good
    if settings.replicates == 0 and trials > 1:  # no interval, so nothing is shown
        return Reach(judged, parts, 1.0, limit, None, None)

    def upper(errors: int, of: int) -> float:
        wrong, decisions = np.zeros(of, np.int64), np.full(of, trials, np.int64)
        wrong[:errors] = 1  # each on a part of its own
        share = share_of_decisions(
            wrong, decisions, settings, Reason.NO_RATINGS, Unit.DECISIONS
        ).figure
        ends = share.high if isinstance(share, Estimate) else None
        return 1.0 if ends is None else ends

    errors = -1
    while errors < parts and upper(errors + 1, parts) <= limit:
        errors += 1
    needed = None if errors >= 0 else _smallest(lambda of: upper(0, of) <= limit)
    best = upper(0, parts) if parts else 1.0
    return Reach(judged, parts, best, limit, errors if errors >= 0 else None, needed)
