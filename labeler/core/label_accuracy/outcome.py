"""The three outcomes of an audit: shown, shown to be below, not shown yet."""

from dataclasses import dataclass, replace
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
    number of audits promises to show it. `waiting` labels are drawn and not judged yet. The limits
    of `accuracy` are claimed at `level`; the next draw finds `to_draw` and is judged at
    `next_level`. `other_auditors`: nothing but labels that none of the auditors may judge stands
    in the way.
    """

    shown: Shown
    accuracy: LabelAccuracy
    strata: tuple[AuditedStratum, ...]
    needed: int | None
    waiting: int
    level: float
    to_draw: tuple[AuditedStratum, ...]
    next_level: float
    other_auditors: bool = False

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
            "level": self.level,
            "labels_to_audit": self.needed,
            "waiting": self.waiting,
            "audited": self.audited,
            "wrong": self.wrong,
            "precision": self.accuracy.precision.document(),
            "recall": self.accuracy.recall.document(),
            "strata": [one.document() for one in self.strata],
        }


def level_of_draw(level: float, draw: int) -> float:
    """The level at which the `draw`-th draw (from 1) of one audit is judged; 0: none was drawn.

    Whoever audits some more after every "not shown yet" has another chance each time: labels
    just below the limit, judged at .95 again and again, are "shown" in 12 to 16 of 100 audits of
    six draws (simulated). So the k-th draw has 2 / (k (k + 1)) of the first one's chance to err,
    which is at most twice the first one's in all, however many there are.

    >>> [round(level_of_draw(0.95, draw), 4) for draw in (1, 2, 3, 4)]
    [0.95, 0.9833, 0.9917, 0.995]
    """
    return level if draw <= 1 else 1 - (1 - level) * 2 / (draw * (draw + 1))


@lru_cache(maxsize=1024)
def judge(
    strata: tuple[AuditedStratum, ...],
    *,
    to_draw: tuple[AuditedStratum, ...] | None = None,
    waiting: int = 0,
    draw: int = 1,
    least: float = LEAST,
    level: float = LEVEL,
) -> AuditOutcome:
    """Hold precision and recall against `least`, each one-sided at the level of this draw.

    Shown needs both, so the two together err as rarely as one. As long as drawn labels wait to be
    judged nothing is answered: whoever looks after every label and stops at a good moment shows
    anything. The same holds for a stratum of which nothing was judged.

    How many more to audit is planned on `to_draw`, the strata as the next draw finds them
    (`strata` by default): labels settled since this one are out of its reach, not of the next's.
    """
    now, following = level_of_draw(level, draw), level_of_draw(level, draw + 1)
    accuracy = label_accuracy(strata, level=now)
    ahead = strata if to_draw is None else to_draw

    def answer(shown: Shown, needed: int | None, *, other_auditors: bool = False) -> AuditOutcome:
        return AuditOutcome(
            shown, accuracy, strata, needed, waiting, level=now, to_draw=ahead,
            next_level=following, other_auditors=other_auditors,
        )  # fmt: skip

    if waiting:
        return answer(Shown.NOT_YET, waiting)
    precision, recall = accuracy.precision, accuracy.recall
    seen = not any(one.unseen for one in strata)
    if seen and min(precision.at_least, recall.at_least) >= least:
        return answer(Shown.SHOWN, 0)
    if min(precision.at_most, recall.at_most) < least:
        return answer(Shown.BELOW, 0)
    needed = audits_to_go(ahead, least=least, level=following)
    if needed is not None or not any(one.out_of_reach for one in ahead):
        return answer(Shown.NOT_YET, needed)
    within = tuple(replace(one, out_of_reach=0) for one in ahead)
    others = audits_to_go(within, least=least, level=following) is not None
    return answer(Shown.NOT_YET, None, other_auditors=others)
