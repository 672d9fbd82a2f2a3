"""Acceptance limits, and what an interval shows about them.

The limits are AIAG's (Measurement Systems Analysis, 4th edition). A figure is judged by the
far end of its interval, never by the figure alone: with 50 parts, 45 right ones are shown to
be anything from 79 to 96 %, and "cannot tell" is then the answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite

from labeler.core.agreement.values import Figure, Undefined
from labeler.core.errors import FieldError, InvalidInput


class Answer(StrEnum):
    """What is shown. `MARGINAL`: at least that. `NOT_MEASURED`: the figure is undefined."""

    GOOD = "good"
    MARGINAL = "marginal"
    NOT_ACCEPTABLE = "not_acceptable"
    CANNOT_TELL = "cannot_tell"
    NOT_MEASURED = "not_measured"


class Judged(StrEnum):
    """The figures that have limits."""

    EFFECTIVENESS = "effectiveness"
    MISS_RATE = "miss_rate"
    FALSE_ALARM_RATE = "false_alarm_rate"
    KAPPA = "kappa"


_RATES = (Judged.MISS_RATE, Judged.FALSE_ALARM_RATE)


@dataclass(frozen=True, slots=True)
class Limit:
    """From `good` on it is good, from `marginal` on marginal; below for a rate of errors."""

    good: float
    marginal: float


_DEFAULTS: Mapping[Judged, Limit] = {
    Judged.EFFECTIVENESS: Limit(0.90, 0.80),
    Judged.MISS_RATE: Limit(0.02, 0.05),
    Judged.FALSE_ALARM_RATE: Limit(0.05, 0.10),
    Judged.KAPPA: Limit(0.75, 0.40),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of every figure; those not named are AIAG's."""

    of: Mapping[Judged, Limit] = field(default_factory=lambda: dict(_DEFAULTS))

    def document(self) -> dict[str, list[float]]:
        """`{FIGURE: [good, marginal]}`."""
        return {str(name): [limit.good, limit.marginal] for name, limit in self.of.items()}


def parse_limits(document: Mapping[str, object]) -> Limits:
    """Limits from `{FIGURE: [good, marginal]}`. Raises `InvalidInput` naming each fault."""
    found, faults = dict(_DEFAULTS), []
    for name, value in document.items():
        path = f"limits.{name}"
        if name not in set(Judged):
            names = ", ".join(Judged)
            faults.append(FieldError.filled(path, "Limits exist for: {names}.", names=names))
            continue
        two = _two_shares(value)
        judged = Judged(name)
        if two is None:
            faults.append(FieldError(path, "Give two numbers from 0 to 1: good, then marginal."))
        elif (two[0] > two[1]) if judged in _RATES else (two[0] < two[1]):
            faults.append(
                FieldError(path, "The good limit of a rate of errors is the smaller one.")
                if judged in _RATES
                else FieldError(path, "The good limit is the larger one.")
            )
        else:
            found[judged] = Limit(*two)
    if faults:
        raise InvalidInput("The acceptance limits have faults.", fields=faults)
    return Limits(found)


def _two_shares(value: object) -> tuple[float, float] | None:
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != 2:
        return None
    numbers = [
        float(one) for one in value if isinstance(one, int | float) and not isinstance(one, bool)
    ]
    inside = [one for one in numbers if isfinite(one) and 0 <= one <= 1]
    return (inside[0], inside[1]) if len(inside) == 2 else None


def is_rate(judged: Judged) -> bool:
    """Whether small is good."""
    return judged in _RATES


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
    """The answer of a whole: what is not acceptable first, then what nobody can tell."""
    if Answer.NOT_ACCEPTABLE in answers:
        return Answer.NOT_ACCEPTABLE
    if not answers or Answer.CANNOT_TELL in answers or Answer.NOT_MEASURED in answers:
        return Answer.CANNOT_TELL
    return Answer.MARGINAL if Answer.MARGINAL in answers else Answer.GOOD
