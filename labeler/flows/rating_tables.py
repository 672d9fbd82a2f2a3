"""Pattern counts of the database as the tables that the statistics are computed from."""

from collections.abc import Callable, Mapping

import numpy as np

from labeler.core.agreement.ratings import (
    MISSING,
    UNSURE,
    Codes,
    Column,
    RatingTable,
    count_patterns,
    rating_table,
)
from labeler.core.agreement.severity import SeverityRatings, severity_categories
from labeler.core.standard import Standard
from labeler.core.terms import Verdict
from labeler.flows.measure_groups import number_groups
from labeler.store.patterns import Pattern

_VERDICTS = (Verdict.ABSENT.value, Verdict.PRESENT.value)
CODE = {Verdict.ABSENT: 0, Verdict.PRESENT: 1, Verdict.UNSURE: UNSURE}

Names = Mapping[str, str]
Standards = Mapping[int, Standard]
Patterns = Mapping[Pattern, int]
# The code of one answer, from the version of the standard, the verdict and the severity.
Coding = Callable[[int, Verdict, int | None], int]


def verdict_table(
    code: str, found: Patterns, names: Names, standards: Standards, *, grouped: bool
) -> RatingTable:
    """Present or absent of one defect type; a standard without the type judged nothing."""
    versions = {version for version, book in standards.items() if book.find(code) is not None}

    def coded(version: int, verdict: Verdict, _severity: int | None) -> int:
        return CODE[verdict] if version in versions else MISSING

    return _table(_VERDICTS, coded, found, names, grouped=grouped)


def severity_ratings(
    code: str, found: Patterns, names: Names, standards: Standards, *, grouped: bool
) -> SeverityRatings | None:
    """The levels of one defect type, 0 absent; None where its latest standard has none.

    What was said under a version without levels, or without the type, rated no severity: to
    keep only those who said absent would make the type look rarer than it is.
    """
    entry = standards[max(standards)].find(code)
    if entry is None or not entry.severity:
        return None
    levels = tuple(level.code for level in entry.severity)
    versions = set()
    for version, book in standards.items():
        then = book.find(code)
        if then is not None and then.severity:
            versions.add(version)

    def coded(version: int, verdict: Verdict, severity: int | None) -> int:
        if version not in versions:
            return MISSING
        if verdict is not Verdict.PRESENT:
            return CODE[verdict]
        return MISSING if severity is None else severity

    categories = severity_categories(len(levels))
    return SeverityRatings(levels, _table(categories, coded, found, names, grouped=grouped))


def _table(
    categories: tuple[str, ...], coded: Coding, found: Patterns, names: Names, *, grouped: bool
) -> RatingTable:
    users = sorted({s.user for p in found for s in p.seats}, key=lambda user: names[user])
    place = {user: index for index, user in enumerate(users)}
    codes: Codes = np.full((len(found), len(users)), MISSING, dtype=np.int8)
    for row, pattern in enumerate(found):
        answers = zip(pattern.seats, pattern.verdicts, pattern.severities, strict=True)
        for seat, verdict, severity in answers:
            codes[row, place[seat.user]] = coded(seat.version, verdict, severity)
    items = np.array(list(found.values()), dtype=np.int64)
    groups = None
    if grouped:
        rows, items, groups = number_groups([pattern.place.group for pattern in found], items)
        codes = codes[rows]
    columns = [Column(names[user]) for user in users]
    return rating_table(count_patterns(categories, columns, codes, items=items, groups=groups))
