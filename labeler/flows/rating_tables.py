"""A project's counts as the tables that the statistics are computed from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeler.core.agreement.ratings import (
    ALONE,
    MISSING,
    UNSURE,
    Codes,
    Column,
    RatingTable,
    count_patterns,
    rating_table,
)
from labeler.core.agreement.seats import Pattern, PatternsOfTypes, Place, Seat
from labeler.core.agreement.values import Counts
from labeler.core.standard import Standard
from labeler.core.terms import Verdict

CATEGORIES = (Verdict.ABSENT.value, Verdict.PRESENT.value)
_CODE = {Verdict.ABSENT: 0, Verdict.PRESENT: 1, Verdict.UNSURE: UNSURE}

_Seats = tuple[Seat, ...]
_Kind = tuple[_Seats, tuple[Verdict, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class _Seated:
    """Who sat where, as numbers: `row` finds the entry of a place and its seats."""

    row: Mapping[tuple[Place, _Seats], int]
    kinds: Sequence[_Seats]
    kind: NDArray[np.int64]
    unit: Counts
    images: Counts
    units: Mapping[str | None, int]


def _seated(entries: Mapping[tuple[Place, _Seats], int]) -> _Seated:
    kinds: dict[_Seats, int] = {}
    for _, seats in entries:
        kinds.setdefault(seats, len(kinds))
    serials = sorted({place.unit for place, _ in entries if place.unit is not None})
    units: dict[str | None, int] = {serial: number for number, serial in enumerate(serials)}
    units[None] = ALONE
    size = len(entries)
    return _Seated(
        {key: row for row, key in enumerate(entries)},
        list(kinds),
        np.fromiter((kinds[seats] for _, seats in entries), np.int64, size),
        np.fromiter((units[place.unit] for place, _ in entries), np.int64, size),
        np.fromiter(entries.values(), np.int64, size),
        units,
    )


def rating_tables(
    counted: PatternsOfTypes,
    defect_types: Sequence[str],
    names: Mapping[str, str],
    standards: Mapping[int, Standard],
) -> dict[str, RatingTable]:
    """Each defect type's ratings, raters by name; `names` of people by id.

    A version of the standard without the type judged nothing. Where any image knows its
    unit, units are the groups; an image that knows none depends on no other.
    """
    seated = _seated(counted.seated)
    users = sorted(counted.users, key=lambda user: names[user])
    columns = [Column(names[user]) for user in users]
    places = {user: place for place, user in enumerate(users)}
    grouped = len(seated.units) > 1
    tables = {}
    for one in defect_types:
        judging = {version for version, book in standards.items() if book.find(one) is not None}
        codes, images, groups = _rows(seated, counted.marked.get(one, {}), places, judging)
        tables[one] = rating_table(
            count_patterns(
                CATEGORIES, columns, codes, items=images, groups=groups if grouped else None
            )
        )
    return tables


def _rows(
    seated: _Seated, marked: Mapping[Pattern, int], places: Mapping[str, int], judging: set[int]
) -> tuple[Codes, Counts, Counts]:
    """The patterns of one defect type: codes, images and units, all-absent ones first."""
    kinds: dict[_Kind, int] = {
        (seats, (Verdict.ABSENT,) * len(seats)): kind for kind, seats in enumerate(seated.kinds)
    }
    left = seated.images.copy()
    kind, row = [], []
    for place, seats, verdicts in marked:
        kind.append(kinds.setdefault((seats, verdicts), len(kinds)))
        row.append(seated.row[place, seats])
    images = np.fromiter(marked.values(), np.int64, len(marked))
    rows = np.array(row, dtype=np.int64)
    np.subtract.at(left, rows, images)
    absent = np.flatnonzero(left)
    every = np.concatenate([seated.kind[absent], np.array(kind, dtype=np.int64)])
    return (
        _codes(kinds, places, judging)[every],
        np.concatenate([left[absent], images]),
        np.concatenate([seated.unit[absent], seated.unit[rows]]),
    )


def _codes(kinds: Iterable[_Kind], places: Mapping[str, int], judging: set[int]) -> Codes:
    """What each kind of pattern says, shape (kinds, raters)."""
    found = list(kinds)
    codes: Codes = np.full((len(found), len(places)), MISSING, dtype=np.int8)
    for index, (seats, verdicts) in enumerate(found):
        for seat, verdict in zip(seats, verdicts, strict=True):
            if seat.version in judging:
                codes[index, places[seat.user]] = _CODE[verdict]
    return codes
