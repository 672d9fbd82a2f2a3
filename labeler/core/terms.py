"""The closed vocabularies: every word here is also the word on the wire and in the database."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is for."""

    REVIEWER = "reviewer"
    LEAD = "lead"
    ENGINEER = "engineer"
    ADMIN = "admin"


class Scope(StrEnum):
    """What an API token may be used for; a person's right is role ∩ scopes."""

    READ = "read"
    REVIEW = "review"
    LEAD = "lead"
    EXPORT = "export"
    ADMIN = "admin"


ROLE_SCOPES: dict[Role, frozenset[Scope]] = {
    Role.REVIEWER: frozenset({Scope.READ, Scope.REVIEW}),
    Role.LEAD: frozenset({Scope.READ, Scope.REVIEW, Scope.LEAD, Scope.EXPORT}),
    Role.ENGINEER: frozenset({Scope.READ, Scope.EXPORT}),
    Role.ADMIN: frozenset(Scope),
}


class Verdict(StrEnum):
    """What a reviewer says of one defect type on one image."""

    PRESENT = "present"
    ABSENT = "absent"
    UNSURE = "unsure"


class Unusable(StrEnum):
    """Why an image cannot be judged at all."""

    BLURRED = "blurred"
    DARK = "dark"
    WRONG_PART = "wrong_part"
    OTHER = "other"


class Source(StrEnum):
    """Where a consensus comes from."""

    UNANIMOUS = "unanimous"
    MAJORITY = "majority"
    RULED = "ruled"
    REFERENCE = "reference"


class DisputeKind(StrEnum):
    """What the settling rule could not settle."""

    VERDICT = "verdict"
    SEVERITY = "severity"
    WHERE = "where"
    UNUSABLE = "unusable"


class ImageState(StrEnum):
    """Where an image stands on its way to a consensus."""

    WAITING = "waiting"
    DISPUTED = "disputed"
    SETTLED = "settled"
    UNUSABLE = "unusable"

    @property
    def is_decided(self) -> bool:
        """Whether nobody has to rule on it: before, a name would tell whose answer is at stake."""
        return self in (ImageState.SETTLED, ImageState.UNUSABLE)


class Geometry(StrEnum):
    """The kinds of region."""

    BOX = "box"
    POLYGON = "polygon"
    MASK = "mask"


class ExampleKind(StrEnum):
    """What an example picture of the standard shows."""

    TYPICAL = "typical"
    COUNTER = "counter"
    BORDERLINE = "borderline"


class DataClass(StrEnum):
    """What kind of plant data images and context columns are."""

    PROCESS = "process"
    QUALITY = "quality"
    EQUIPMENT = "equipment"
    ENVIRONMENT = "environment"


class Language(StrEnum):
    """The languages of the interface."""

    ENGLISH = "en"
    KOREAN = "ko"
