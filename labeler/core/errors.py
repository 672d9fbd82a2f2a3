"""The one family of errors that people can do something about.

    LabelerError
    ├── InvalidInput          the request is understood and wrong; `fields` says where
    │   └── NotBuilt          the contract names it, this version does not do it yet
    ├── NotSignedIn           nobody, an ended session, a wrong secret
    ├── MissingScope          the token may not do this; `scope` names what is missing
    ├── NotFound              it does not exist, or is not for these eyes: the two look alike
    ├── Conflict              somebody was faster; `current` says what is there now
    ├── TooLarge              beyond a limit that the settings name
    ├── TooManyAttempts       wait `retry_after_s`
    ├── CheckFailed           a verification found what it looks for
    └── Unavailable           database or storage is away; nothing was written

A message is an English sentence with named places, which is also its key in the
translations; `values` fill the places. The doors translate, then fill.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: `path` like `judgements.2.severity`, and what to do about it.

    `message` is the whole English sentence. Where it has places, `key` is the sentence
    before they were filled and `values` fill them, so that a door can translate it.
    """

    path: str
    message: str
    key: str = ""
    values: Mapping[str, object] = field(default_factory=dict, compare=False)

    @classmethod
    def filled(cls, path: str, key: str, /, **values: object) -> "FieldError":
        """From a sentence with named places.

        >>> FieldError.filled("severity", "Give 1 to {most}.", most=3).message
        'Give 1 to 3.'
        """
        return cls(path, key.format(**values) if values else key, key, values)


class LabelerError(Exception):
    """Base of all errors that a person can act on."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message.format(**values) if values else message)
        self.message = message
        self.values: Mapping[str, object] = values


class InvalidInput(LabelerError):
    """The request is understood and wrong."""

    def __init__(
        self, message: str, *, fields: Sequence[FieldError] = (), **values: object
    ) -> None:
        super().__init__(message, **values)
        self.fields: tuple[FieldError, ...] = tuple(fields)


class NotBuilt(InvalidInput):
    """The contract names it, this version does not do it yet."""


class NotSignedIn(LabelerError):
    """Nobody, an ended session, or a wrong secret."""


class MissingScope(LabelerError):
    """The token's owner could, the token may not."""

    def __init__(self, message: str, *, scope: str) -> None:
        super().__init__(message, scope=scope)
        self.scope = scope


class NotFound(LabelerError):
    """It does not exist, or is not for these eyes: the two must look alike."""


class Conflict(LabelerError):
    """Somebody was faster; `current` says what is there now, fit for JSON."""

    def __init__(
        self, message: str, *, current: Mapping[str, object] | None = None, **values: object
    ) -> None:
        super().__init__(message, **values)
        self.current: Mapping[str, object] = current or {}


class TooLarge(LabelerError):
    """Beyond a limit that the settings name."""


class TooManyAttempts(LabelerError):
    """Too many wrong secrets: wait `retry_after_s` seconds."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message, seconds=retry_after_s)
        self.retry_after_s = retry_after_s


class CheckFailed(LabelerError):
    """A verification ran to its end and found faults."""


class Unavailable(LabelerError):
    """Database or storage is away; nothing was written; try again in `retry_after_s`."""

    def __init__(self, message: str, *, retry_after_s: int = 5) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
