"""Who sat at how many images and what they said: a project's ratings as counts.

A judgement that is plainly absent is said by silence, and nearly all are. So two counts
answer everything: which reviewers (under which version of the standard) judged how many
images at all, and, per defect type, who said what on the few images where somebody said
more than absent. What is left of the first after the second is where all said absent.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from labeler.core.terms import Verdict

K = TypeVar("K")


class Seat(NamedTuple):
    """A reviewer's id and the version of the standard that the review was made under."""

    user: str
    version: int


class Place(NamedTuple):
    """Where images belong: `part` is the value that reports are split by, `group` what is drawn.

    Both are None where nobody asked for them or the image has none.
    """

    part: str | None
    group: str | None


class Said(NamedTuple):
    """What a review says of a defect type; a severity where it says present of levels."""

    verdict: Verdict
    severity: int | None = None


NOTHING_SAID = Said(Verdict.ABSENT)


class Answers(NamedTuple):
    """Who sat at an image, in a fixed order, and what each said of the defect types marked."""

    seats: tuple[Seat, ...]
    marked: Mapping[str, tuple[Said, ...]]


class Pattern(NamedTuple):
    """Who sat at an image and, in the same order, what each said of one defect type."""

    place: Place
    seats: tuple[Seat, ...]
    said: tuple[Said, ...]


class MiscountedError(ValueError):
    """Something was taken away that had not been counted: the counts describe other rows."""


def answers_of(reviews: Iterable[tuple[Seat, Mapping[str, Said]]]) -> Answers:
    """The answers on one image from its reviews, each a seat and what it marks.

    >>> said = [(Seat("ben", 1), {}), (Seat("anna", 1), {"dent": Said(Verdict.PRESENT, 2)})]
    >>> [one.severity for one in answers_of(said).marked["dent"]]
    [2, None]
    """
    ordered = sorted(reviews, key=lambda review: review[0])
    types = {defect_type for _, marks in ordered for defect_type in marks}
    return Answers(
        tuple(seat for seat, _ in ordered),
        {one: tuple(marks.get(one, NOTHING_SAID) for _, marks in ordered) for one in sorted(types)},
    )


@dataclass(frozen=True, slots=True)
class PatternsOfTypes:
    """Images by who judged them, and by pattern for those where somebody said more than absent.

    Every count is 1 or more.
    """

    seated: Mapping[tuple[Place, tuple[Seat, ...]], int] = field(default_factory=dict)
    marked: Mapping[str, Mapping[Pattern, int]] = field(default_factory=dict)

    @property
    def users(self) -> frozenset[str]:
        """The ids of everybody who judged anything."""
        return frozenset(seat.user for _, seats in self.seated for seat in seats)

    def by_part(self) -> dict[str, "PatternsOfTypes"]:
        """The counts of each value that reports are split by; "" where an image has none."""
        seated: dict[str, dict[tuple[Place, tuple[Seat, ...]], int]] = {}
        for key, images in self.seated.items():
            seated.setdefault(key[0].part or "", {})[key] = images
        marked: dict[str, dict[str, dict[Pattern, int]]] = {part: {} for part in seated}
        for one, found in self.marked.items():
            for pattern, images in found.items():
                of_part = marked[pattern.place.part or ""]
                of_part.setdefault(one, {})[pattern] = images
        return {part: PatternsOfTypes(seated[part], marked[part]) for part in seated}

    def changed(self, images: Iterable[tuple[Place, Answers, int]]) -> "PatternsOfTypes":
        """These counts and so many more images with these answers; less where negative.

        An image without any seat is not counted. Raises `MiscountedError` below zero.
        """
        seated = Counter(self.seated)
        marked: dict[str, Counter[Pattern]] = {}
        for place, (seats, marks), number in images:
            if not seats:
                continue
            seated[place, seats] += number
            for defect_type, said in marks.items():
                found = marked.get(defect_type)
                if found is None:
                    found = marked[defect_type] = Counter(self.marked.get(defect_type, {}))
                found[Pattern(place, seats, said)] += number
        every = {**self.marked, **{one: _positive(found) for one, found in marked.items()}}
        return PatternsOfTypes(
            _positive(seated), {one: found for one, found in every.items() if found}
        )

    def moved(self, move: Callable[[Place], Place]) -> "PatternsOfTypes":
        """The same counts at other places; what comes to lie at one place is added up."""
        seated: Counter[tuple[Place, tuple[Seat, ...]]] = Counter()
        for (place, seats), images in self.seated.items():
            seated[move(place), seats] += images
        marked: dict[str, Counter[Pattern]] = {one: Counter() for one in self.marked}
        for one, found in self.marked.items():
            for pattern, images in found.items():
                marked[one][pattern._replace(place=move(pattern.place))] += images
        return PatternsOfTypes(seated, marked)


def _positive(counts: Counter[K]) -> dict[K, int]:
    if counts and min(counts.values()) < 0:
        message = "an image was taken away that had not been counted"
        raise MiscountedError(message)
    return {key: number for key, number in counts.items() if number}
