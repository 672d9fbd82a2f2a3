"""The three outcomes of an audit: shown, shown to be below, not shown yet."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from labeler.core.label_accuracy.estimate import LabelAccuracy, label_accuracy
from labeler.core.label_accuracy.planning import audits_to_go
from labeler.core.label_accuracy.strata import AuditedStratum

LEAST, LEVEL = 0.95, 0.95
"""What is asked where nobody asks for something else: 95 %, at one-sided confidence 95 %."""


class Shown(StrEnum):
    """What an audit says about one defect type."""

    SHOWN = "shown"
    BELOW = "below"
    NOT_YET = "not_shown_yet"


@dataclass(frozen=True, slots=True)
class AuditOutcome:
    """The answer for one defect type, and what it rests on.

    `needed` is about how many labels more to audit where it is not shown yet, None where no
    number of audits promises to show it. `waiting` labels are drawn and not judged yet.
    """

    shown: Shown
    accuracy: LabelAccuracy
    strata: tuple[AuditedStratum, ...]
    needed: int | None
    waiting: int = 0

    @property
    def audited(self) -> int:
        """Labels that were drawn by chance and judged."""
        return sum(one.audited for one in self.strata)

    @property
    def wrong(self) -> int:
        """Those of them that the auditor contradicts."""
        return sum(one.wrong for one in self.strata)

    def document(self) -> dict[str, object]:
        """The answer, its figures and its strata as plain JSON."""
        return {
            "shown": self.shown.value,
            "labels_to_audit": self.needed,
            "waiting": self.waiting,
            "audited": self.audited,
            "wrong": self.wrong,
            "precision": self.accuracy.precision.document(),
            "recall": self.accuracy.recall.document(),
            "strata": [one.document() for one in self.strata],
        }


def level_of_draw(level: float, draw: int) -> float:
    """The level at which the `draw`-th draw (from 1) of one audit is judged.

    Whoever audits some more after every "not shown yet" has another chance each time: labels
    just below the limit, judged at .95 again and again, are "shown" in 12 to 16 of 100 audits of
    six draws (simulated). So the k-th draw has 2 / (k (k + 1)) of the first one's chance to err,
    which is at most twice the first one's in all, however many there are.

    >>> [round(level_of_draw(0.95, draw), 4) for draw in (1, 2, 3, 4)]
    [0.95, 0.9833, 0.9917, 0.995]
    """
    return level if draw == 1 else 1 - (1 - level) * 2 / (draw * (draw + 1))


@lru_cache(maxsize=1024)
def judge(
    strata: tuple[AuditedStratum, ...],
    *,
    waiting: int = 0,
    draw: int = 1,
    least: float = LEAST,
    level: float = LEVEL,
) -> AuditOutcome:
    """Hold precision and recall against `least`, each one-sided at the level of this draw.

    Shown needs both, so the two together err as rarely as one. As long as drawn labels wait to be
    judged nothing is answered: whoever looks after every label and stops at a good moment shows
    anything. The same holds for a stratum of which nothing was judged.
    """
    now = level_of_draw(level, draw)
    accuracy = label_accuracy(strata, level=now)
    if waiting:
        return AuditOutcome(Shown.NOT_YET, accuracy, strata, waiting, waiting)
    precision, recall = accuracy.precision, accuracy.recall
    seen = not any(one.unseen for one in strata)
    if seen and min(precision.at_least, recall.at_least) >= least:
        return AuditOutcome(Shown.SHOWN, accuracy, strata, 0)
    if min(precision.at_most, recall.at_most) < least:
        return AuditOutcome(Shown.BELOW, accuracy, strata, 0)
    following = level_of_draw(level, draw + 1)
    needed = audits_to_go(strata, least=least, level=following)
    return AuditOutcome(Shown.NOT_YET, accuracy, strata, needed)
