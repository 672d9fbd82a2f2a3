"""The verdict of a study: every figure that has limits, judged at the end of its interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labeler.core.agreement.values import Figure, Reason, Undefined
from labeler.core.msa.acceptance import Judged, Limits
from labeler.core.msa.appraisers import VersusStandard
from labeler.core.msa.limits import Answer, by_figure_alone, shown, worst
from labeler.core.msa.reach import Reach, effectiveness_reach, rate_reach
from labeler.core.msa.sentences import reach_sentence
from labeler.core.msa.settings import StudySettings
from labeler.core.msa.study import StudyTable
from labeler.core.msa.together import PairReport


@dataclass(frozen=True, slots=True)
class Judgement:
    """One figure of one appraiser, or of a pair: what its interval shows.

    `alone` is the usual reading, which takes the figure for exact.
    """

    judged: Judged
    appraisers: tuple[str, ...]
    figure: Figure
    answer: Answer
    alone: Answer

    def document(self) -> dict[str, object]:
        """As JSON."""
        return {
            "figure": str(self.judged),
            "appraisers": list(self.appraisers),
            "answer": str(self.answer),
            "by_figure_alone": str(self.alone),
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """`answer` is the worst of `judgements`; `reach` is what this many parts can show at all."""

    answer: Answer
    alone: Answer
    judgements: tuple[Judgement, ...]
    reach: tuple[Reach, ...]
    limits: Limits

    @property
    def unmeasured(self) -> Mapping[Reason, tuple[Judged, ...]]:
        """Why figures are undefined, and which ones: no number of parts would tell them."""
        found: dict[Reason, dict[Judged, None]] = {}
        for one in self.judgements:
            if isinstance(one.figure, Undefined):
                found.setdefault(one.figure.reason, {})[one.judged] = None
        return {reason: tuple(judged) for reason, judged in found.items()}

    def document(self) -> dict[str, object]:
        """As JSON, with the limits that were used."""
        return {
            "answer": str(self.answer),
            "by_figure_alone": str(self.alone),
            "not_measured": [
                {"figures": [str(one) for one in judged], "reason": str(reason)}
                for reason, judged in self.unmeasured.items()
            ],
            "judgements": [one.document() for one in self.judgements],
            "reach": [
                one.document() | {"sentence": reach_sentence(one).english} for one in self.reach
            ],
            "limits": self.limits.document(),
        }


def judge(
    table: StudyTable,
    versus: Sequence[VersusStandard],
    pairs: Sequence[PairReport],
    limits: Limits,
    settings: StudySettings,
) -> Verdict:
    """Hold every appraiser's figures, and the kappa of every pair, against the limits."""
    found = []
    for one in versus:
        who = (one.appraiser,)
        for judged, figure in (
            # Its limits are made for parts: many right decisions hide many parts with a wrong one.
            (Judged.EFFECTIVENESS, one.all_trials.figure),
            (Judged.MISS_RATE, one.miss_rate.figure),
            (Judged.FALSE_ALARM_RATE, one.false_alarm_rate.figure),
            (Judged.KAPPA, one.kappa),
        ):
            found.append(_judgement(judged, who, figure, limits))
    found += [_judgement(Judged.KAPPA, pair.appraisers, pair.kappa, limits) for pair in pairs]
    return Verdict(
        worst([one.answer for one in found]),
        worst([one.alone for one in found]),
        tuple(found),
        _reach(table, limits, settings),
        limits,
    )


def _judgement(
    judged: Judged, appraisers: tuple[str, ...], figure: Figure, limits: Limits
) -> Judgement:
    return Judgement(
        judged,
        appraisers,
        figure,
        shown(judged, figure, limits),
        by_figure_alone(judged, figure, limits),
    )


def _reach(table: StudyTable, limits: Limits, settings: StudySettings) -> tuple[Reach, ...]:
    if not table.known:
        return ()
    found = [effectiveness_reach(table.known, limits, settings)]
    trials = len(table.trials)
    if table.bad:
        for judged, categories in (
            (Judged.MISS_RATE, table.bad),
            (Judged.FALSE_ALARM_RATE, table.good),
        ):
            parts = table.known_in(categories)
            found.append(rate_reach(judged, parts, trials, limits, settings))
    return tuple(found)
