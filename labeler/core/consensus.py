"""Settling: from independent reviews and rulings to a consensus, or to disputes."""

from dataclasses import dataclass
from datetime import datetime

from labeler.core.regions import Region
from labeler.core.terms import DisputeKind, ImageState, Source, Verdict


@dataclass(frozen=True, slots=True)
class Label:
    """The consensus on one defect type of one image.

    `verdict` is present or absent; the three counts say how the counting reviews voted.
    """

    defect_type: str
    verdict: Verdict
    severity: int | None
    regions: tuple[Region, ...]
    source: Source
    n_present: int
    n_absent: int
    n_unsure: int


@dataclass(frozen=True, slots=True)
class Ruling:
    """The QA lead's decision on one dispute.

    For `unusable`, `usable` says whether the image stays; the other fields are empty.
    `regions` None keeps what is settled already, () marks no place.
    """

    kind: DisputeKind
    defect_type: str | None
    verdict: Verdict | None = None
    severity: int | None = None
    regions: tuple[Region, ...] | None = None
    usable: bool | None = None
    ruled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dispute:
    """What the settling rule cannot settle; `defect_type` is None for `unusable`.

    `waiting` disputes exist, and stay closed to rulings while `unusable` is open.
    """

    kind: DisputeKind
    defect_type: str | None
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where an image stands: its labels so far and its open disputes.

    `judged_version` is the oldest standard version among the counting reviews: defect
    types outside it were not judged by everybody and have no label.
    """

    state: ImageState
    labels: tuple[Label, ...]
    disputes: tuple[Dispute, ...]
    judged_version: int | None
