"""The one character that no text may have: SQLite stores it, and PostgreSQL does not."""

from collections.abc import Iterable, Mapping

from labeler.core.errors import InvalidInput

NUL = "\x00"
LEAVE_OUT = "Leave out the NUL character."


def has_nul(value: object) -> bool:
    """Whether a text, or any text in a JSON value, has it."""
    if isinstance(value, str):
        return NUL in value
    if isinstance(value, Mapping):
        return any(has_nul(key) or has_nul(one) for key, one in value.items())
    return isinstance(value, Iterable) and any(map(has_nul, value))


def check_file(text: str) -> None:
    """Raise `InvalidInput` with the first line of a text that has it."""
    at = text.find(NUL)
    if at >= 0:
        raise InvalidInput(
            "Line {line} has a NUL character: save the file as plain text in UTF-8.",
            line=text.count("\n", 0, at) + 1,
        )
