"""How a study is counted, and how its intervals are made."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labeler.core.agreement.intervals import Resampling


class Convention(StrEnum):
    """What counts as one match.

    `ALL_TRIALS` counts parts: a part matches if every trial concerned does (AIAG, Minitab).
    `EACH_TRIAL` counts decisions, trial by trial.
    """

    ALL_TRIALS = "all_trials"
    EACH_TRIAL = "each_trial"


class Interval(StrEnum):
    """The interval of a share whose units are independent: Wilson's, or Clopper and Pearson's."""

    WILSON = "wilson"
    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class StudySettings:
    """`level`, `replicates` and `seed` as in `Resampling`, which makes the other intervals."""

    convention: Convention = Convention.ALL_TRIALS
    interval: Interval = Interval.WILSON
    level: float = 0.95
    replicates: int = 2000
    seed: int = 0

    @property
    def resampling(self) -> "Resampling":
        """For kappas, and for shares of decisions: parts are drawn."""
        # A server starts without NumPy, and reads plans of studies.
        from labeler.core.agreement.intervals import Resampling

        return Resampling(self.level, self.replicates, self.seed)
