"""Strata: settled labels of one defect type, put together by how they came about.

Misses do not lie evenly among the labels that say absent. Where somebody once doubted, was
outvoted or hardly looked there are more of them, so these labels are audited at a higher, known
rate, and estimated apart.
"""

from dataclasses import dataclass
from enum import StrEnum

from labeler.core.terms import Source, Verdict


class Stratum(StrEnum):
    """How a settled label came about; each label is in exactly one.

    The last four are risk bands: all of them unanimous or outvoted, none was ruled on.
    """

    PRESENT_AGREED = "present_agreed"
    PRESENT_MAJORITY = "present_majority"
    PRESENT_RULED = "present_ruled"
    ABSENT_RULED = "absent_ruled"
    ABSENT_MAJORITY = "absent_majority"
    ABSENT_DOUBTED = "absent_doubted"
    ABSENT_QUICK = "absent_quick"
    ABSENT_AGREED = "absent_agreed"

    @property
    def verdict(self) -> Verdict:
        """What the labels of this stratum say."""
        return Verdict.PRESENT if self.value.startswith("present") else Verdict.ABSENT


STRATA = tuple(Stratum)

_RULED = {Verdict.PRESENT: Stratum.PRESENT_RULED, Verdict.ABSENT: Stratum.ABSENT_RULED}
_MAJORITY = {Verdict.PRESENT: Stratum.PRESENT_MAJORITY, Verdict.ABSENT: Stratum.ABSENT_MAJORITY}


def stratum_of(
    verdict: Verdict, source: Source, *, doubted: bool = False, quick: bool = False
) -> Stratum | None:
    """The stratum of a settled label; None for a reference, which nobody needs to audit.

    `doubted`: a review that does not count (an extra one, or one taken back) said present or
    can't tell. `quick`: a counting review of the image was among the quickest of the project.

    >>> stratum_of(Verdict.ABSENT, Source.UNANIMOUS, doubted=True, quick=True)
    <Stratum.ABSENT_DOUBTED: 'absent_doubted'>
    """
    if source is Source.REFERENCE:
        return None
    if source is Source.RULED:
        return _RULED[verdict]
    if source is Source.MAJORITY:
        return _MAJORITY[verdict]
    if verdict is Verdict.PRESENT:
        return Stratum.PRESENT_AGREED
    if doubted:
        return Stratum.ABSENT_DOUBTED
    return Stratum.ABSENT_QUICK if quick else Stratum.ABSENT_AGREED


@dataclass(frozen=True, slots=True)
class AuditedStratum:
    """One stratum of one defect type as far as it was audited.

    Of `labels`, `out_of_reach` could not be drawn (nobody may audit them, or they were settled
    later); of the others `audited` were drawn by chance and judged. `wrong` of these differ from
    the auditor's verdict; of `unsure` ones the auditor could not tell.
    """

    stratum: Stratum
    labels: int
    audited: int = 0
    wrong: int = 0
    unsure: int = 0
    out_of_reach: int = 0

    def __post_init__(self) -> None:
        """Refuse counts that contradict each other. Raises `ValueError`."""
        if not 0 <= self.wrong + self.unsure <= self.audited <= self.reachable:
            message = f"counts of a stratum contradict each other: {self}"
            raise ValueError(message)

    def document(self) -> dict[str, object]:
        """The counts as plain JSON."""
        return {
            "stratum": self.stratum.value,
            "labels": self.labels,
            "out_of_reach": self.out_of_reach,
            "audited": self.audited,
            "wrong": self.wrong,
            "unsure": self.unsure,
        }

    @property
    def says_present(self) -> bool:
        """Whether its labels say present."""
        return self.stratum.verdict is Verdict.PRESENT

    @property
    def reachable(self) -> int:
        """Labels that could be drawn."""
        return self.labels - self.out_of_reach

    @property
    def decided(self) -> int:
        """Audited labels of which the auditor could tell."""
        return self.audited - self.unsure

    @property
    def unseen(self) -> bool:
        """Whether labels could be audited and none was decided: nothing can be shown then."""
        return self.labels > self.out_of_reach and self.decided == 0
