"""Something else: what a reviewer sees and the standard has no word for.

It is part of a review, and a request to the lead to change the standard. It is nobody's
verdict on a defect type, and never an OK: while a request of a counting review is open, its
image does not settle. The lead's answer lets go of it:

- "no defect": the image settles as the reviews say;
- "is CODE" and "added as CODE": the mark belongs to a defect type, so the lead's ruling on
  that type is asked (`settle(…, asked=…)`), whether or not the reviews knew the type.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from labeler.core.consensus import Outcome
from labeler.core.errors import FieldError, InvalidInput
from labeler.core.regions import Region, parse_region
from labeler.core.terms import ImageState, Unusable

MOST_THINGS = 10
MOST_REGIONS = 20
MOST_TEXT = 500
_KEYS = frozenset({"note", "text", "regions"})


class Note(StrEnum):
    """The preset words for what it is."""

    UNKNOWN_MARK = "unknown_mark"
    FOREIGN_OBJECT = "foreign_object"
    COLOUR = "colour"
    SHAPE = "shape"
    OTHER = "other"


class AnswerKind(StrEnum):
    """What the lead says of it."""

    ADDED = "added"
    IS = "is"
    NO_DEFECT = "no_defect"


@dataclass(frozen=True, slots=True)
class SomethingElse:
    """One such thing on an image; `text` are the reviewer's own words, often none."""

    note: Note
    text: str
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The lead's answer; `defect_type` stands only with `added` and `is`."""

    kind: AnswerKind
    defect_type: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the requests of the counting reviews mean for their image.

    `open`: how many have no answer; `defect_types`: whose rulings the answers ask for.
    """

    open: int
    defect_types: tuple[str, ...]


def what_is_asked(answers: Iterable[Answer | None]) -> Asked:
    """Sum up the last answers to an image's requests, None for an open one."""
    found = list(answers)
    named = {a.defect_type for a in found if a is not None and a.defect_type is not None}
    return Asked(sum(a is None for a in found), tuple(sorted(named)))


def held(outcome: Outcome, asked: Asked) -> Outcome:
    """The outcome as long as requests are open: what would be settled waits for the lead.

    An image that a ruling took out as unusable stays out: nothing of it is ever exported.
    """
    if asked.open and outcome.state is ImageState.SETTLED:
        return replace(outcome, state=ImageState.DISPUTED)
    return outcome


def _fail(path: str, message: str, **values: object) -> InvalidInput:
    fault = FieldError.filled(path, message, **values)
    return InvalidInput("The review is not valid.", fields=[fault])


def _text(raw: object, path: str) -> str:
    text = "" if raw is None else raw
    if not isinstance(text, str) or len(text.strip()) > MOST_TEXT:
        raise _fail(path, "Give a text of at most {most} characters.", most=MOST_TEXT)
    return text.strip()


def _thing(raw: Mapping[str, object], *, width_px: int, height_px: int, path: str) -> SomethingElse:
    if not isinstance(raw, Mapping):
        raise _fail(path, "Something else is an object with a note and regions.")
    for key in raw:
        if key not in _KEYS:
            raise _fail(f"{path}.{key}", "This key is not known; see the documentation.")
    try:
        note = Note(str(raw.get("note")))
    except ValueError:
        raise _fail(
            f"{path}.note", "A note is unknown_mark, foreign_object, colour, shape or other."
        ) from None
    text = _text(raw.get("text"), f"{path}.text")
    listed = raw.get("regions")
    if not isinstance(listed, Sequence) or isinstance(listed, str) or not listed:
        raise _fail(f"{path}.regions", "Show where it is: mark at least one region.")
    if len(listed) > MOST_REGIONS:
        raise _fail(f"{path}.regions", "Give a list of at most {most} regions.", most=MOST_REGIONS)
    regions = tuple(
        parse_region(item, width_px=width_px, height_px=height_px, path=f"{path}.regions.{index}")
        for index, item in enumerate(listed)
    )
    return SomethingElse(note, text, regions)


def parse_something_else(
    raw: Sequence[Mapping[str, object]],
    *,
    unusable: Unusable | None,
    width_px: int,
    height_px: int,
) -> tuple[SomethingElse, ...]:
    """Read what a review found besides the standard. Raises `InvalidInput` naming the field."""
    if not isinstance(raw, Sequence) or isinstance(raw, str) or len(raw) > MOST_THINGS:
        raise _fail("something_else", "Give a list of at most {most} things.", most=MOST_THINGS)
    if unusable is not None and raw:
        raise _fail("something_else", "An unusable image is not judged: leave this list empty.")
    return tuple(
        _thing(item, width_px=width_px, height_px=height_px, path=f"something_else.{index}")
        for index, item in enumerate(raw)
    )
