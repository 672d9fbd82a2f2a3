"""Small studies, written as people say them."""

from collections.abc import Mapping, Sequence

import numpy as np

from labeler.core.agreement.ratings import MISSING, UNSURE
from labeler.core.agreement.scale import Scale
from labeler.core.msa.study import StudyTable

SAID = {"-": MISSING, "?": UNSURE}
Part = tuple[str, Mapping[str, str]]


def study(
    parts: Sequence[Part],
    categories: str = "gb",
    *,
    bad: Sequence[str] = ("b",),
    ordered: bool = False,
) -> StudyTable:
    """Each part: its reference, and per appraiser a letter a trial; `-` missing, `?` unsure.

    `("b", {"A": "bbg"})` is a bad part that A called bad twice and good in trial 3.
    """
    code = SAID | {letter: index for index, letter in enumerate(categories)}
    appraisers = tuple(sorted(parts[0][1]))
    codes = np.array(
        [[[code[letter] for letter in said[a]] for a in appraisers] for _, said in parts],
        dtype=np.int8,
    )
    return StudyTable(
        Scale(tuple(categories), None, ordered),
        tuple(bad),
        tuple(str(number) for number in range(1, len(parts) + 1)),
        appraisers,
        tuple(str(number) for number in range(1, codes.shape[2] + 1)),
        codes,
        np.array([code[known] for known, _ in parts], dtype=np.int8),
    )


# Five parts, two of them bad. A errs once on a bad part, B on a good one in every trial.
FIVE = (
    ("b", {"A": "bb", "B": "bb"}),
    ("b", {"A": "bg", "B": "bb"}),
    ("g", {"A": "gg", "B": "bb"}),
    ("g", {"A": "gg", "B": "gg"}),
    ("g", {"A": "gg", "B": "gg"}),
)
