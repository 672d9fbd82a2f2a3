"""What a lead plans: how many parts, who, how often, and how it will be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from labeler.core.errors import FieldError, InvalidInput
from labeler.core.msa.acceptance import Limits, parse_limits
from labeler.core.msa.settings import Convention, Interval

FEWEST_PARTS, MOST_PARTS = 10, 500
DEFAULT_PARTS, DEFAULT_BAD_SHARE = 50, 1 / 3
MOST_TRIALS, MOST_APPRAISERS = 5, 20
MOST_PAUSE_H = 24 * 30


class StudyState(StrEnum):
    """Where a study stands. Closed and cancelled ones hand out nothing more.

    Complete means that every answer is in; it is never stored, but seen.
    """

    RUNNING = "running"
    COMPLETE = "complete"
    CLOSED = "closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """A plan as it arrives; `appraisers` are ids or names, `pause_h` hours between trials."""

    defect_type: str
    appraisers: Sequence[str]
    name: str = ""
    parts: int = DEFAULT_PARTS
    trials: int = 3
    bad_share: float = DEFAULT_BAD_SHARE
    pause_h: float = 0
    convention: str = Convention.ALL_TRIALS
    interval: str = Interval.WILSON
    limits: Mapping[str, object] = field(default_factory=dict)


def check_plan(plan: StudyPlan) -> Limits:
    """The plan's acceptance limits. Raises `InvalidInput` with every fault of the plan."""
    faults = [
        fault
        for wrong, fault in (
            (
                not FEWEST_PARTS <= plan.parts <= MOST_PARTS,
                FieldError.filled(
                    "parts", "Give {fewest} to {most} parts.", fewest=FEWEST_PARTS, most=MOST_PARTS
                ),
            ),
            (
                not 2 <= plan.trials <= MOST_TRIALS,
                FieldError.filled("trials", "Give 2 to {most} trials.", most=MOST_TRIALS),
            ),
            (
                not 2 <= len(plan.appraisers) <= MOST_APPRAISERS,
                FieldError.filled(
                    "appraisers", "Choose 2 to {most} appraisers.", most=MOST_APPRAISERS
                ),
            ),
            (
                not 0.1 <= plan.bad_share <= 0.9,
                FieldError("bad_share", "Give a share of bad parts from 0.1 to 0.9."),
            ),
            (
                not 0 <= plan.pause_h <= MOST_PAUSE_H,
                FieldError.filled("pause_hours", "Give 0 to {most} hours.", most=MOST_PAUSE_H),
            ),
            (len(plan.name) > 80, FieldError("name", "Give at most 80 characters.")),
            (
                plan.convention not in set(Convention),
                FieldError("convention", "Give all_trials or each_trial."),
            ),
            (
                plan.interval not in set(Interval),
                FieldError("interval", "Give wilson or exact."),
            ),
        )
        if wrong
    ]
    limits = Limits()
    try:
        limits = parse_limits(plan.limits)
    except InvalidInput as error:
        faults += error.fields
    if faults:
        raise InvalidInput("The study cannot be planned.", fields=faults)
    return limits
