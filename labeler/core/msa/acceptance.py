"""Acceptance limits of a study. Without NumPy, because every start of a server reads them.

The defaults are AIAG's (Measurement Systems Analysis, 4th edition).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite

from labeler.core.errors import FieldError, InvalidInput


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
