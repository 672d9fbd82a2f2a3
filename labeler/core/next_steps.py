"""What to do next, where an error's message only says what is wrong."""

from dataclasses import dataclass

from labeler.core.errors import (
    CheckFailed,
    Conflict,
    InvalidInput,
    LabelerError,
    MissingScope,
    NotBuilt,
    NotFound,
    Unavailable,
)


@dataclass(frozen=True, slots=True)
class NextStep:
    """An English sentence for the web, and for a command line where that has to differ."""

    web: str
    command: str


def _both(sentence: str) -> NextStep:
    return NextStep(sentence, sentence)


# The first that fits counts: a kind comes before what it is a kind of. Those that are missing
# say it themselves wherever they are raised: sign in, wait so long, send less.
NEXT_STEPS: tuple[tuple[type[LabelerError], NextStep], ...] = (
    (NotBuilt, _both("Leave it out, or look at the documentation for what exists.")),
    (
        InvalidInput,
        NextStep(
            "Correct what is named and send it again; nothing was changed.",
            "Correct what is named, then run the command again.",
        ),
    ),
    (MissingScope, _both("Use a token that has it, or make one.")),
    (
        NotFound,
        NextStep(
            "Check the address, or ask your lead.",
            "Check how it is written, then run the command again.",
        ),
    ),
    (Conflict, _both("Look at what is there now, then go on.")),
    (CheckFailed, _both("Tell your administrator before you change anything.")),
    (
        Unavailable,
        NextStep(
            "Try again; if it happens again, tell your administrator.",
            "See that it is there and may be used, then run the command again.",
        ),
    ),
)


def next_step(error: LabelerError) -> NextStep | None:
    """What to do after `error`; None where its message goes on to say so itself.

    >>> next_step(NotFound("There is no such project for you.")).web
    'Check the address, or ask your lead.'
    >>> next_step(NotFound("This link is too old. Ask your lead for one.")) is None
    True
    """
    if any(end in error.message for end in (". ", "; ")):
        return None
    return next((step for kind, step in NEXT_STEPS if isinstance(error, kind)), None)
