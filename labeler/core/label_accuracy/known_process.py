"""What the reviewers' rule makes of images whose truth is known.

The known truth settles such an image whatever its reviewers say, so a lead never rules on it.
What the rule would have made of their answers is known all the same, and needs no assumption
that reviewers err independently. What it would have left open is a dispute: a lead may rule on
each rightly or wrongly, so the share that is right lies between two bounds.
"""

from dataclasses import dataclass

from labeler.core.agreement.proportions import jeffreys
from labeler.core.agreement.reference import FEWEST_KNOWN
from labeler.core.agreement.values import Reason, Undefined


@dataclass(frozen=True, slots=True)
class RightShare:
    """The share that is right when leads rule wrongly on every dispute, and rightly on every.

    `at_least` and `at_most` are the lower end of the first share's interval and the upper end
    of the second's (Jeffreys, 95 %).
    """

    if_none: float
    if_all: float
    at_least: float
    at_most: float


@dataclass(frozen=True, slots=True)
class KnownLabels:
    """Known images of one kind: what reviewers settled `right`, `wrong`, or left `disputed`."""

    right: int = 0
    wrong: int = 0
    disputed: int = 0

    @property
    def known(self) -> int:
        """All of them."""
        return self.right + self.wrong + self.disputed

    def share(self, none: Reason, few: Reason) -> RightShare | Undefined:
        """How many are right; `none` or `few` says why not where too few are known."""
        if self.known == 0:
            return Undefined(none)
        if self.known < FEWEST_KNOWN:
            return Undefined(few)
        best = self.right + self.disputed
        return RightShare(
            self.right / self.known,
            best / self.known,
            jeffreys(self.right, self.known)[0],
            jeffreys(best, self.known)[1],
        )


@dataclass(frozen=True, slots=True)
class KnownProcess:
    """One defect type on known images: on those that have it, and on those that do not."""

    present: KnownLabels = KnownLabels()
    absent: KnownLabels = KnownLabels()

    @property
    def any(self) -> bool:
        """Whether any image of known truth was judged."""
        return bool(self.present.known + self.absent.known)

    @property
    def recall(self) -> RightShare | Undefined:
        """Of the known defects, those that end with the right label."""
        return self.present.share(Reason.NO_KNOWN_POSITIVE, Reason.TOO_FEW_KNOWN_POSITIVE)

    @property
    def specificity(self) -> RightShare | Undefined:
        """Of the images known to be without, those that end with the right label."""
        return self.absent.share(Reason.NO_KNOWN_NEGATIVE, Reason.TOO_FEW_KNOWN_NEGATIVE)

    def document(self) -> dict[str, object]:
        """Counts, and the shares or why there is none, as plain JSON."""
        return {
            "present": _counts(self.present),
            "absent": _counts(self.absent),
            "recall": _share(self.recall),
            "specificity": _share(self.specificity),
        }


def _counts(labels: KnownLabels) -> dict[str, int]:
    return {"right": labels.right, "wrong": labels.wrong, "disputed": labels.disputed}


def _share(share: RightShare | Undefined) -> dict[str, object]:
    if isinstance(share, Undefined):
        return {"if_none": None, "reason": str(share.reason)}
    return {
        "if_none": share.if_none, "if_all": share.if_all,
        "at_least": share.at_least, "at_most": share.at_most,
    }  # fmt: skip
