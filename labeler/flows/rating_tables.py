"""A project's counts as the tables that the statistics are computed from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

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
from labeler.core.agreement.seats import (
    NOTHING_SAID,
    Pattern,
    PatternsOfTypes,
    Said,
    Seat,
)
from labeler.core.agreement.severity import SeverityRatings, severity_categories
from labeler.core.agreement.values import Counts
from labeler.core.standard import Standard
from labeler.core.terms import Verdict

_VERDICTS = (Verdict.ABSENT.value, Verdict.PRESENT.value)
CODE = {Verdict.ABSENT: 0, Verdict.PRESENT: 1, Verdict.UNSURE: UNSURE}

_Seats = tuple[Seat, ...]
_Kind = tuple[_Seats, tuple[Said, ...]]
Standards = Mapping[int, Standard]
# The code of one answer, from the version of the standard and what was said.
_Coding = Callable[[int, Said], int]


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """The patterns of one defect type: each row's kind, images and group."""

    kinds: Sequence[_Kind]
    kind: Counts
    images: Counts
    group: Counts


class RatingTables:
    """The tables of one report; `names` of people by id, raters stand in their order.

    Where `grouped`, groups are what is drawn; an image that knows none depends on no other.
    """

    def __init__(
        self,
        counted: PatternsOfTypes,
        names: Mapping[str, str],
        standards: Standards,
        *,
        grouped: bool,
    ) -> None:
        self._counted, self._standards, self._grouped = counted, standards, grouped
        users = sorted(counted.users, key=lambda user: names[user])
        self._columns = [Column(names[user]) for user in users]
        self._place_of = {user: place for place, user in enumerate(users)}
        self._seats: dict[_Seats, int] = {}
        for _, seats in counted.seated:
            self._seats.setdefault(seats, len(self._seats))
        known = sorted({place.group for place, _ in counted.seated if place.group is not None})
        numbers: dict[str | None, int] = {group: number for number, group in enumerate(known)}
        numbers[None] = ALONE
        size = len(counted.seated)
        self._row = {key: row for row, key in enumerate(counted.seated)}
        entries = counted.seated
        self._kind = np.fromiter((self._seats[seats] for _, seats in entries), np.int64, size)
        self._group = np.fromiter((numbers[place.group] for place, _ in entries), np.int64, size)
        self._images = np.fromiter(entries.values(), np.int64, size)

    def verdicts(self, defect_type: str) -> RatingTable:
        """Present or absent; a version of the standard without the type judged nothing."""
        versions = {v for v, book in self._standards.items() if book.find(defect_type) is not None}

        def coded(version: int, said: Said) -> int:
            return CODE[said.verdict] if version in versions else MISSING

        return self._table(_VERDICTS, coded, self._rows(defect_type))

    def severities(self, defect_type: str) -> SeverityRatings | None:
        """The levels, 0 absent; None where the latest standard has none of the type.

        What was said under a version without levels, or without the type, rated no severity:
        to keep only those who said absent would make the type look rarer than it is.
        """
        entry = self._standards[max(self._standards)].find(defect_type)
        if entry is None or not entry.severity:
            return None
        levels = tuple(level.code for level in entry.severity)
        versions = set()
        for version, book in self._standards.items():
            then = book.find(defect_type)
            if then is not None and then.severity:
                versions.add(version)

        def coded(version: int, said: Said) -> int:
            if version not in versions:
                return MISSING
            if said.verdict is not Verdict.PRESENT:
                return CODE[said.verdict]
            return MISSING if said.severity is None else said.severity

        categories = severity_categories(len(levels))
        return SeverityRatings(levels, self._table(categories, coded, self._rows(defect_type)))

    def _rows(self, defect_type: str) -> _Rows:
        """Those where all said absent first."""
        marked: Mapping[Pattern, int] = self._counted.marked.get(defect_type, {})
        kinds: dict[_Kind, int] = {
            (seats, (NOTHING_SAID,) * len(seats)): kind for seats, kind in self._seats.items()
        }
        left = self._images.copy()
        kind, row = [], []
        for place, seats, said in marked:
            kind.append(kinds.setdefault((seats, said), len(kinds)))
            row.append(self._row[place, seats])
        images = np.fromiter(marked.values(), np.int64, len(marked))
        rows = np.array(row, dtype=np.int64)
        np.subtract.at(left, rows, images)
        absent = np.flatnonzero(left)
        return _Rows(
            list(kinds),
            np.concatenate([self._kind[absent], np.array(kind, dtype=np.int64)]),
            np.concatenate([left[absent], images]),
            np.concatenate([self._group[absent], self._group[rows]]),
        )

    def _table(self, categories: Sequence[str], coded: _Coding, rows: _Rows) -> RatingTable:
        codes: Codes = np.full((len(rows.kinds), len(self._columns)), MISSING, dtype=np.int8)
        for index, (seats, said) in enumerate(rows.kinds):
            for seat, one in zip(seats, said, strict=True):
                codes[index, self._place_of[seat.user]] = coded(seat.version, one)
        return rating_table(
            count_patterns(
                categories, self._columns, codes[rows.kind], items=rows.images,
                groups=rows.group if self._grouped else None,
            )
        )  # fmt: skip
