"""Comparisons of places added up per unit to resample, so that they can be brought on."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from zlib import crc32

from labeler.core.agreement.place_features import Part
from labeler.core.agreement.places import PAIR_PARTS
from labeler.core.agreement.values import Floats

# Rows lie on this grid: what is added and taken away again leaves nothing behind, and sums are
# the same in any order. Sixty millionths of a thousandth are far below what a hand can draw.
ROW_GRID = 2.0**-24

_Pair = tuple[str, str]
_Sums = dict[str, Floats]


@dataclass(frozen=True, slots=True)
class ComparedImage:
    """What an image adds to a tally: a row for each pair of reviewers, and what each drew.

    `key` is the part of the report and the defect type, `unit` what is resampled.
    """

    key: tuple[str, str]
    unit: str
    rows: tuple[tuple[_Pair, Floats], ...]
    regions: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class Tally:
    """Sums of one defect type in one report; units beyond the most are bundled by their hash.

    `rows` counts what was added to each unit.
    """

    most_units: int
    totals: _Sums = field(default_factory=dict)
    pairs: dict[_Pair, _Sums] = field(default_factory=dict)
    regions: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    bundled: bool = False

    def copy(self) -> "Tally":
        """Another that can be changed; rows themselves never are."""
        pairs = {pair: dict(units) for pair, units in self.pairs.items()}
        return Tally(
            self.most_units, dict(self.totals), pairs, self.regions.copy(), self.rows.copy(),
            self.bundled,
        )  # fmt: skip

    def add(self, image: ComparedImage, *, times: int = 1) -> None:
        """Add an image, or with -1 take away what was added."""
        for rater, regions in image.regions:
            self.regions[rater] += times * regions
        unit = self._bundle(image.unit) if self.bundled else image.unit
        for pair, row in image.rows:
            self.rows[unit] += times
            _add(self.totals, unit, times * row)
            if row[Part.COMPARED]:
                units = self.pairs.setdefault(pair, {})
                _add(units, unit, times * row[list(PAIR_PARTS)])
                if not units[unit][0]:
                    del units[unit]
                if not units:
                    del self.pairs[pair]
        if image.rows and not self.rows[unit]:
            del self.rows[unit], self.totals[unit]
        if len(self.totals) > self.most_units and not self.bundled:
            self._bundle_all()

    def _bundle_all(self) -> None:
        self.bundled = True
        self.totals = self._together(self.totals)
        self.pairs = {key: self._together(units) for key, units in self.pairs.items()}
        rows, self.rows = self.rows, Counter()
        for unit, count in rows.items():
            self.rows[self._bundle(unit)] += count

    def _bundle(self, unit: str) -> str:
        return f"{crc32(unit.encode()) % self.most_units:04d}"

    def _together(self, units: Mapping[str, Floats]) -> _Sums:
        found: _Sums = {}
        for unit, row in units.items():
            _add(found, self._bundle(unit), row)
        return found


def _add(sums: _Sums, unit: str, row: Floats) -> None:
    known = sums.get(unit)
    sums[unit] = row if known is None else known + row


Tallies = dict[tuple[str, str], Tally]
