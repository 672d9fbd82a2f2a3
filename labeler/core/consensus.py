"""Settling: from independent reviews and rulings to a consensus, or to disputes.

Per image × defect type, over the reviews that count:

- All verdicts equal → unanimous. Any unsure → dispute `verdict`. Otherwise different ones
  → dispute `verdict` too, unless a majority is allowed and more than half say the same.
- Where the consensus is present, those who said present settle the rest: severities one
  step apart → the higher, further apart → dispute `severity`; regions one-to-one (see
  `labeler.core.region_matching`), any unmatched → dispute `where`.
- Anybody's unusable mark → dispute `unusable`; until it is ruled on nothing is settled,
  and what the other reviews leave open waits.

There is no random choice anywhere, and the order of the reviews makes no difference.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from labeler.core.regions import Region
from labeler.core.reviews import Judgement, Review
from labeler.core.standard import Standard
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

    `judged_version` is the oldest standard version among the counting reviews, unusable
    marks included: defect types outside it were not judged by everybody and have no label.
    None while the image waits for reviews.

    `labels` has every judged defect type that is fully settled, in the order of the book:
    all of them when the image is settled, some or none while it is disputed.
    """

    state: ImageState
    labels: tuple[Label, ...]
    disputes: tuple[Dispute, ...]
    judged_version: int | None


@dataclass(frozen=True, slots=True)
class _Rules:
    majority: bool
    width_px: int | None
    height_px: int | None


@dataclass(frozen=True, slots=True)
class _Votes:
    """What the reviewers who judged the image say of one defect type.

    `present` holds the judgements of those who said so, in the order of the reviews.
    """

    present: tuple[Judgement, ...]
    n_absent: int
    n_unsure: int

    @property
    def total(self) -> int:
        return len(self.present) + self.n_absent + self.n_unsure

    def label(
        self,
        code: str,
        source: Source,
        verdict: Verdict,
        severity: int | None = None,
        regions: tuple[Region, ...] = (),
    ) -> Label:
        """A label with these votes beside it; absent has neither severity nor regions."""
        if verdict is not Verdict.PRESENT:
            severity, regions = None, ()
        n = (len(self.present), self.n_absent, self.n_unsure)
        return Label(code, verdict, severity, regions, source, *n)


def counting_reviews(received: Iterable[Review], overlap: int) -> tuple[Review, ...]:
    """The reviews that count, of an image's live independent ones in receipt order.

    Each reviewer's first one, of the first `overlap` reviewers. The others are extra, and
    the next of them moves up when a withdrawn one is left out here.
    """
    first: dict[str, Review] = {}
    for review in received:
        first.setdefault(review.reviewer, review)
    return tuple(first.values())[:overlap]


def settle(
    reviews: Sequence[Review],
    *,
    standards: Mapping[int, Standard],
    overlap: int,
    majority: bool,
    rulings: Sequence[Ruling] = (),
    reference: Mapping[str, int | None] | None = None,
    width_px: int | None = None,
    height_px: int | None = None,
    asked: Collection[str] = (),
) -> Outcome:
    """Say where an image stands after its counting reviews and the rulings made so far.

    `reviews` are those of `counting_reviews`; `standards` has at least the oldest of their
    versions. The image's size is needed only to turn matched polygons into a mask.

    `rulings` are in the order they were made. A ruling decides what it names, the later
    one overriding the earlier; None leaves things as they are:

    - On `verdict` it is final: absent ends every dispute on the type, present leaves no
      `severity` or `where` open. What it does not name comes from those who said present:
      their severity if they settle it, and the regions on which all of them agree.
    - On `severity` (naming one) or `where` it closes that dispute only; `where` without
      regions keeps those that matched. Its other values replace settled ones. Verdict
      absent says that there is no defect after all.
    - `unusable` with usable False takes the image out. With True the reviewers who marked
      it drop out of the votes. If one remains, that one's verdicts stand, as ruled; if
      nobody remains, every defect type is a dispute `verdict`.

    A label in which a ruling had a say has source ruled. Rulings on defect types that not
    everybody judged are left aside, unless they are asked for.

    `asked` are defect types that the lead named for something that a reviewer found besides
    the standard: each is a dispute `verdict` until it is ruled on, whatever the reviews say.
    Types that not everybody judged come after those of the book, with the votes of those
    who said present.

    `reference` is the known truth: present defect types with their severity (None without
    levels), {} for an OK image. It settles the image without disputes, whatever the reviews
    say; their regions are taken over where at least two reviewers match completely.

    Raises `ValueError` for an overlap below 2, more reviews than that, two by one
    reviewer, or polygons without the image's size; `KeyError` for a missing standard.
    """
    _check(reviews, overlap)
    if len(reviews) < overlap:
        return Outcome(ImageState.WAITING, (), (), None)
    version = min(review.standard_version for review in reviews)
    codes = standards[version].codes
    rules = _Rules(majority, width_px, height_px)
    if reference is not None:
        voters = [review for review in reviews if review.unusable is None]
        known = tuple(_known(code, _votes(voters, code), reference, rules) for code in codes)
        return Outcome(ImageState.SETTLED, known, (), version)
    if (
        not rulings
        and not asked
        and not any(review.judgements or review.unusable for review in reviews)
    ):
        labels = tuple([_all_absent(code, len(reviews)) for code in codes])
        return Outcome(ImageState.SETTLED, labels, (), version)
    return _weigh(reviews, version, codes, rules, rulings, asked)


def _check(reviews: Sequence[Review], overlap: int) -> None:
    if overlap < 2:
        raise ValueError("a consensus needs an overlap of at least 2")
    if len(reviews) > overlap:
        raise ValueError("more reviews than count")
    if len({review.reviewer for review in reviews}) < len(reviews):
        raise ValueError("a reviewer counts twice")


# Most images of most lines are OK: their labels are made once, not once per image.
@lru_cache(maxsize=1_024)
def _all_absent(code: str, reviewers: int) -> Label:
    return _Votes((), reviewers, 0).label(code, Source.UNANIMOUS, Verdict.ABSENT)


def _weigh(
    reviews: Sequence[Review],
    version: int,
    book: Sequence[str],
    rules: _Rules,
    rulings: Sequence[Ruling],
    asked: Collection[str],
) -> Outcome:
    answers = [r.usable for r in rulings if r.kind is DisputeKind.UNUSABLE and r.usable is not None]
    usable = answers[-1] if answers else None
    if usable is False:
        return Outcome(ImageState.UNUSABLE, (), (), version)
    voters = [review for review in reviews if review.unusable is None]
    waits = len(voters) < len(reviews) and usable is None
    labels: list[Label] = []
    # While everybody calls the image unusable, nothing is judged and nothing else disputed.
    disputes = [Dispute(DisputeKind.UNUSABLE, None)] if waits else []
    codes = (*book, *sorted(set(asked) - set(book)))
    for code in codes if voters or not waits else ():
        said = [r for r in rulings if r.defect_type == code and r.kind is not DisputeKind.UNUSABLE]
        votes = _votes(voters, code)
        if code not in book:  # whoever was not asked did not say absent
            votes = replace(votes, n_absent=0)
        found = _settle_type(code, votes, rules, said, asked=code in asked)
        if isinstance(found, Label):
            labels.append(found)
        else:
            disputes += [Dispute(kind, code, waits) for kind in found]
    state = ImageState.DISPUTED if disputes else ImageState.SETTLED
    return Outcome(state, () if waits else tuple(labels), tuple(disputes), version)


def _votes(voters: Sequence[Review], code: str) -> _Votes:
    judged = [judgement for review in voters if (judgement := review.judgement(code))]
    present = tuple(j for j in judged if j.verdict is Verdict.PRESENT)
    n_unsure = sum(j.verdict is Verdict.UNSURE for j in judged)
    return _Votes(present, len(voters) - len(present) - n_unsure, n_unsure)


def _settle_type(
    code: str, votes: _Votes, rules: _Rules, rulings: Sequence[Ruling], *, asked: bool
) -> Label | tuple[DisputeKind, ...]:
    """The label of one defect type, or the kinds of dispute that are open on it."""
    final = [r.verdict for r in rulings if r.kind is DisputeKind.VERDICT and _decides(r)]
    if final:
        return _ruled(code, votes, rules, rulings, final[-1] or Verdict.ABSENT)
    votes_cast = len(votes.present), votes.n_absent, votes.n_unsure
    verdict, source = elect(*votes_cast, majority=rules.majority)
    if verdict is None or asked:
        return (DisputeKind.VERDICT,)
    if verdict is Verdict.ABSENT:
        return votes.label(code, source, verdict)
    decided = [r.verdict for r in rulings if _decides(r)]
    if decided and decided[-1] is Verdict.ABSENT:
        return votes.label(code, Source.RULED, Verdict.ABSENT)
    severity, apart = _severity(votes)
    regions, unmatched = _places(votes, rules)
    answered = {r.kind for r in rulings if r.kind is DisputeKind.WHERE or r.severity is not None}
    open_kinds = {DisputeKind.SEVERITY: apart, DisputeKind.WHERE: unmatched > 0}
    left = tuple(kind for kind, is_open in open_kinds.items() if is_open and kind not in answered)
    if left:
        return left
    if rulings:
        return _ruled(code, votes, rules, rulings, verdict)
    return votes.label(code, source, verdict, severity, regions)


def _decides(ruling: Ruling) -> bool:
    return ruling.verdict in {Verdict.PRESENT, Verdict.ABSENT}


def elect(
    n_present: int, n_absent: int, n_unsure: int, *, majority: bool
) -> tuple[Verdict | None, Source]:
    """The verdict that these votes settle, or None for a dispute; and how it came about."""
    total = n_present + n_absent + n_unsure
    leading = Verdict.PRESENT if n_present > n_absent else Verdict.ABSENT
    most = max(n_present, n_absent)
    if n_unsure or not total:
        return None, Source.RULED
    if most == total:
        # One reviewer alone is heard only because a ruling kept the image.
        return leading, Source.UNANIMOUS if total > 1 else Source.RULED
    # Two who differ are no majority, so an overlap of 2 needs no case of its own.
    if majority and most * 2 > total:
        return leading, Source.MAJORITY
    return None, Source.RULED


def _ruled(
    code: str, votes: _Votes, rules: _Rules, rulings: Sequence[Ruling], verdict: Verdict
) -> Label:
    """The label when every dispute on it is ruled on: what rulings name, else what is settled."""
    severity: int | None = None
    regions: tuple[Region, ...] | None = None
    for ruling in rulings:
        if ruling.verdict is Verdict.ABSENT:
            severity = regions = None
            continue
        severity = severity if ruling.severity is None else ruling.severity
        regions = regions if ruling.regions is None else ruling.regions
    if verdict is Verdict.PRESENT:
        severity = _severity(votes)[0] if severity is None else severity
        regions = _places(votes, rules)[0] if regions is None else regions
    return votes.label(code, Source.RULED, verdict, severity, regions or ())


def _severity(votes: _Votes) -> tuple[int | None, bool]:
    """The severity that those who said present settle, and whether they are too far apart.

    None without a dispute when a reviewer's version of the standard had no levels: not
    everybody judged it.
    """
    found = [judgement.severity for judgement in votes.present]
    known = [severity for severity in found if severity is not None]
    if not known or len(known) < len(found):
        return None, False
    if max(known) - min(known) > 1:
        return None, True
    return max(known), False


def _places(votes: _Votes, rules: _Rules) -> tuple[tuple[Region, ...], int]:
    """The regions on which all who said present agree, and the number of unmatched ones."""
    if not any(judgement.regions for judgement in votes.present):
        return (), 0
    # NumPy is slow to load, and most images have no region.
    from labeler.core.region_matching import agree_on_places

    several = [judgement.regions for judgement in votes.present]
    places = agree_on_places(several, width_px=rules.width_px, height_px=rules.height_px)
    return places.regions, places.unmatched


def _known(code: str, votes: _Votes, reference: Mapping[str, int | None], rules: _Rules) -> Label:
    if code not in reference:
        return votes.label(code, Source.REFERENCE, Verdict.ABSENT)
    regions, unmatched = _places(votes, rules)
    # Nobody looks at it again: places that a second reviewer did not confirm stay out.
    confirmed = regions if len(votes.present) > 1 and not unmatched else ()
    return votes.label(code, Source.REFERENCE, Verdict.PRESENT, reference[code], confirmed)
