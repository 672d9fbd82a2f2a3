"""What an interval shows about an acceptance limit.

A figure is judged at the unfavourable end of its interval, never by itself: with 50 parts,
45 right ones are shown to be anything from 79 to 96 %, and "cannot tell" is then the answer.
"""

from collections.abc import Sequence
from enum import StrEnum

from labeler.core.agreement.values import Figure, Undefined
from labeler.core.msa.acceptance import Judged, Limit, Limits, is_rate


class Answer(StrEnum):
    """What is shown. `MARGINAL`: at least that. `NOT_MEASURED`: the figure is undefined."""

    GOOD = "good"
    MARGINAL = "marginal"
    NOT_ACCEPTABLE = "not_acceptable"
    CANNOT_TELL = "cannot_tell"
    NOT_MEASURED = "not_measured"


def _grade(judged: Judged, value: float, limit: Limit) -> Answer:
    """The band that one number lies in. Kappa is good above its limit, the others from it on."""
    if is_rate(judged):
        good, marginal = value <= limit.good, value <= limit.marginal
    elif judged is Judged.KAPPA:
        good, marginal = value > limit.good, value >= limit.marginal
    else:
        good, marginal = value >= limit.good, value >= limit.marginal
    if good:
        return Answer.GOOD
    return Answer.MARGINAL if marginal else Answer.NOT_ACCEPTABLE


def by_figure_alone(judged: Judged, figure: Figure, limits: Limits) -> Answer:
    """The usual reading of the limits, which takes the figure for exact."""
    if isinstance(figure, Undefined):
        return Answer.NOT_MEASURED
    return _grade(judged, figure.value, limits.of[judged])


def shown(judged: Judged, figure: Figure, limits: Limits) -> Answer:
    """What the interval shows: judged at its unfavourable end.

    Only where even the favourable end is not acceptable is that shown; all else is "cannot
    tell". Worked example: 45 of 50 are .786 to .957: between not acceptable and good.
    """
    if isinstance(figure, Undefined) or figure.low is None or figure.high is None:
        return Answer.NOT_MEASURED
    ends = (figure.high, figure.low) if is_rate(judged) else (figure.low, figure.high)
    limit = limits.of[judged]
    unfavourable, favourable = (_grade(judged, end, limit) for end in ends)
    if unfavourable is not Answer.NOT_ACCEPTABLE:
        return unfavourable
    return Answer.NOT_ACCEPTABLE if favourable is Answer.NOT_ACCEPTABLE else Answer.CANNOT_TELL


def worst(answers: Sequence[Answer]) -> Answer:
    """The answer of a whole: what is not acceptable first, then what nobody can tell.

    What was not measured is told apart: more parts would not help there.
    """
    if Answer.NOT_ACCEPTABLE in answers:
        return Answer.NOT_ACCEPTABLE
    if Answer.CANNOT_TELL in answers:
        return Answer.CANNOT_TELL
    if not answers or Answer.NOT_MEASURED in answers:
        return Answer.NOT_MEASURED
    return Answer.MARGINAL if Answer.MARGINAL in answers else Answer.GOOD
