"""What a report says in words: English sentences, which are the keys of their translations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import floor

from labeler.core.msa.acceptance import Judged
from labeler.core.msa.limits import Answer
from labeler.core.msa.reach import Reach
from labeler.core.msa.settings import Convention, Interval
from labeler.core.rounded import told_apart


class Said(StrEnum):
    """Every sentence, with named places."""

    GOOD = "Good"
    MARGINAL = "Marginal"
    NOT_ACCEPTABLE = "Not acceptable"
    CANNOT_TELL = "Cannot tell"
    CANNOT_TELL_YET = "Cannot tell with this many parts"
    NOT_MEASURED = "Not measured"
    NOT_ALL_MEASURED = "Cannot tell: not every figure was measured"

    EFFECTIVENESS = "Effectiveness"
    RIGHT_DECISIONS = "Share of right decisions"
    MISS_RATE = "Miss rate"
    FALSE_ALARM_RATE = "False alarm rate"
    KAPPA = "Kappa"

    ALL_TRIALS = "A part counts as a match only if every trial concerned matches (AIAG)."
    EACH_TRIAL = (
        "Every decision counts by itself, trial by trial; only effectiveness, which the verdict "
        "judges, counts parts that were right in all trials (AIAG)."
    )
    UNEVEN = (
        "Not all appraisers had the same trials ({trials}): within and against the standard their "
        "own trials count, between appraisers those that all concerned had."
    )
    WILSON = "Intervals of shares of parts are Wilson's."
    EXACT = "Intervals of shares of parts are exact (Clopper and Pearson)."
    BAD = (
        "Bad means: {bad}. A miss is a bad part called good, a false alarm is a good part called "
        "bad."
    )
    NO_BAD = (
        "Nobody said which rating means a bad part, so misses and false alarms are not counted."
    )

    PARTS_NONE = (
        "With {parts} parts, an effectiveness of {limit} % is shown only if not one part is wrong."
    )
    PARTS_SOME = (
        "With {parts} parts, an effectiveness of {limit} % is shown only if at most {errors} "
        "of them are wrong."
    )
    PARTS_NEVER = (
        "{parts} parts cannot show an effectiveness of {limit} %: with all of them right the "
        "interval still reaches down to {best} %. It takes {needed} parts, all of them right."
    )
    MISS_NONE = "With {parts} bad parts, a miss rate of {limit} % is shown only without any miss."
    MISS_SOME = (
        "With {parts} bad parts, a miss rate of {limit} % is shown only with at most {errors} "
        "misses, each on another part."
    )
    MISS_NEVER = (
        "{parts} bad parts cannot show a miss rate of {limit} %: without any miss the interval "
        "still reaches up to {best} %. It takes about {needed} bad parts without a miss."
    )
    ALARM_NONE = (
        "With {parts} good parts, a false alarm rate of {limit} % is shown only without any "
        "false alarm."
    )
    ALARM_SOME = (
        "With {parts} good parts, a false alarm rate of {limit} % is shown only with at most "
        "{errors} false alarms, each on another part."
    )
    ALARM_NEVER = (
        "{parts} good parts cannot show a false alarm rate of {limit} %: without any false alarm "
        "the interval still reaches up to {best} %. It takes about {needed} good parts without one."
    )
    NEVER = "No number of parts that anybody judges can show this limit."


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and what fills its places."""

    key: Said
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def english(self) -> str:
        """The whole sentence."""
        return self.key.format(**self.values)


_OF_A_WHOLE: Mapping[Answer, Said] = {
    Answer.CANNOT_TELL: Said.CANNOT_TELL_YET,
    Answer.NOT_MEASURED: Said.NOT_ALL_MEASURED,
}


def answer_words(answer: Answer) -> Said:
    """An answer as people say it."""
    return Said[answer.name]


def verdict_words(answer: Answer) -> Said:
    """The answer of a whole study."""
    return _OF_A_WHOLE.get(answer) or answer_words(answer)


def judged_words(judged: Judged) -> Said:
    """A figure's name."""
    return Said[judged.name]


def convention_words(convention: Convention) -> Said:
    """What counts as a match."""
    return Said[convention.name]


def interval_words(interval: Interval) -> Said:
    """How shares of parts get their interval."""
    return Said[interval.name]


_REACH: Mapping[Judged, tuple[Said, Said, Said]] = {
    Judged.EFFECTIVENESS: (Said.PARTS_NONE, Said.PARTS_SOME, Said.PARTS_NEVER),
    Judged.MISS_RATE: (Said.MISS_NONE, Said.MISS_SOME, Said.MISS_NEVER),
    Judged.FALSE_ALARM_RATE: (Said.ALARM_NONE, Said.ALARM_SOME, Said.ALARM_NEVER),
}


def percent(share: float, *limits: float) -> str:
    """In per cent with one decimal, halves rounded up as people (and AIAG) do.

    With more where one would make it look like one of the `limits`, which are shares too.

    >>> percent(0.0625), percent(0.9), percent(0.89997, 0.9)
    ('6.3', '90.0', '89.997')
    """

    def text(decimals: int) -> str:
        fine = 10**decimals
        return f"{floor(100 * fine * share + 0.5 + 1e-9) / fine:.{decimals}f}"

    return told_apart(text, 1, 100 * share, [100 * limit for limit in limits])


def short_percent(share: float, *limits: float) -> str:
    """The same; the decimal only where it says something."""
    return percent(share, *limits).removesuffix(".0")


def limit_in_words(judged: Judged, limit: float) -> str:
    """A limit as it was set, not rounded: a share in per cent, kappa as it is.

    >>> limit_in_words(Judged.MISS_RATE, 0.0004), limit_in_words(Judged.KAPPA, 0.4)
    ('0.04', '0.40')
    """
    if judged is not Judged.KAPPA:
        return f"{100 * limit:.10g}"
    return max(f"{limit:.2f}", f"{limit:.10g}", key=len)


def reach_sentence(reach: Reach) -> Sentence:
    """What this many parts can show of one figure."""
    none, some, never = _REACH[reach.judged]
    limit = limit_in_words(reach.judged, reach.limit)
    values: dict[str, object] = {"parts": reach.parts, "limit": limit}
    if reach.errors is None:
        if reach.parts_needed is None:
            return Sentence(Said.NEVER)
        return Sentence(
            never,
            values | {"best": short_percent(reach.best, reach.limit), "needed": reach.parts_needed},
        )
    if reach.errors == 0:
        return Sentence(none, values)
    return Sentence(some, values | {"errors": reach.errors})


def uneven_sentence(trials: Mapping[str, Sequence[str]]) -> Sentence:
    """Who had which trials."""
    told = "; ".join(f"{name}: {', '.join(had)}" for name, had in trials.items())
    return Sentence(Said.UNEVEN, {"trials": told})


def bad_sentence(bad: tuple[str, ...]) -> Sentence:
    """The bad class in words."""
    return Sentence(Said.BAD, {"bad": ", ".join(bad)}) if bad else Sentence(Said.NO_BAD)
