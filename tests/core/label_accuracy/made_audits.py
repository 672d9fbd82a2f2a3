"""Labels whose wrong ones are known, to be audited by chance as a project's are."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from labeler.core.label_accuracy.outcome import AuditOutcome, Shown, judge, level_of_draw
from labeler.core.label_accuracy.planning import plan_audits
from labeler.core.label_accuracy.strata import AuditedStratum, Stratum

GOOD = {
    Stratum.PRESENT_AGREED: (150, 1),
    Stratum.PRESENT_RULED: (40, 1),
    Stratum.ABSENT_RULED: (60, 1),
    Stratum.ABSENT_DOUBTED: (20, 1),
    Stratum.ABSENT_QUICK: (450, 0),
    Stratum.ABSENT_AGREED: (9280, 1),
}
"""Labels of 10,000 images with about 190 defects, and how many of each stratum are wrong."""


@dataclass(frozen=True)
class Truth:
    """(labels, wrong ones) of every stratum of one defect type."""

    strata: Mapping[Stratum, tuple[int, int]]

    def _sum(self, verdict: str, place: int) -> int:
        return sum(n[place] for h, n in self.strata.items() if h.verdict == verdict)

    @property
    def precision(self) -> float:
        return 1 - self._sum("present", 1) / self._sum("present", 0)

    @property
    def recall(self) -> float:
        right = self._sum("present", 0) - self._sum("present", 1)
        return right / (right + self._sum("absent", 1))


class Audit:
    """Audits labels draw by draw, as a lead would who follows the advice."""

    def __init__(self, truth: Truth, chance: np.random.Generator) -> None:
        self._truth, self._chance = truth, chance
        self.draws = 0
        self.strata = tuple(AuditedStratum(h, n) for h, (n, _) in truth.strata.items())

    def audit(self, counts: Mapping[Stratum, int]) -> None:
        """Judge so many labels more of each stratum."""
        found = []
        for one in self.strata:
            wrong = self._truth.strata[one.stratum][1] - one.wrong
            left = one.labels - one.audited
            more = min(left, counts.get(one.stratum, 0))
            new = int(self._chance.hypergeometric(wrong, left - wrong, more)) if more else 0
            found.append(
                AuditedStratum(one.stratum, one.labels, one.audited + more, one.wrong + new)
            )
        self.strata = tuple(found)

    def draw(self) -> AuditOutcome:
        """Draw as many as is suggested, judge them, and give the answer."""
        self.draws += 1
        level = level_of_draw(0.95, self.draws)
        wanted = plan_audits(self.strata, least=0.95, level=level)
        pairs = zip(self.strata, wanted, strict=True)
        self.audit({one.stratum: count - one.audited for one, count in pairs})
        return judge(self.strata, draw=self.draws)


def follow_the_advice(truth: Truth, chance: np.random.Generator, most: int) -> list[AuditOutcome]:
    """The answers of at most so many draws; the last one ends it or leads nowhere."""
    audit, found = Audit(truth, chance), []
    for _ in range(most):
        found.append(audit.draw())
        if found[-1].shown is not Shown.NOT_YET or found[-1].needed is None:
            break
    return found
