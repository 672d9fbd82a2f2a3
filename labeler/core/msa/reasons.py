"""Why a share of several appraisers is undefined: reasons that only studies know."""

from dataclasses import dataclass, replace
from enum import StrEnum

from labeler.core.agreement.values import Reason, Undefined
from labeler.core.msa.shares import Share


class StudyReason(StrEnum):
    """The sentence on the page, and its key in the translations."""

    NO_PART_OF_ALL = "No part was judged by everybody concerned in all their common trials."
    NO_ROUND_OF_ALL = "No part was decided by everybody concerned in the same trial."
    NO_KNOWN_PART_OF_ALL = (
        "No part with a known reference was judged by everybody concerned in all their trials."
    )
    NO_KNOWN_ROUND_OF_ALL = (
        "No part with a known reference was decided by everybody concerned in the same trial."
    )


@dataclass(frozen=True, slots=True)
class UndefinedTogether(Undefined):
    """`why` says it for several appraisers, of whom `reason` knows nothing."""

    why: StudyReason

    def document(self) -> dict[str, object]:
        """As JSON."""
        return {"value": None, "reason": str(self.why)}


def reason_words(figure: Undefined) -> str:
    """Why it is undefined."""
    return str(figure.why if isinstance(figure, UndefinedTogether) else figure.reason)


def of_several(share: Share, why: StudyReason) -> Share:
    """The share of several appraisers; where it is undefined for want of common parts, `why`."""
    figure = share.figure
    if not isinstance(figure, Undefined) or figure.reason is Reason.NO_REFERENCE:
        return share
    return replace(share, figure=UndefinedTogether(figure.reason, why))
