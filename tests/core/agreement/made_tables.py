"""Small tables of ratings, and slow definitions to hold the fast ones against."""

from collections.abc import Sequence
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pytest

from labeler.core.agreement.ratings import (
    MISSING,
    Column,
    PatternCounts,
    RatingTable,
    count_patterns,
    rating_table,
)
from labeler.core.agreement.report import AgreementReport, measure
from labeler.core.agreement.values import Estimate, Figure, Undefined

PRESENT_ABSENT = ("absent", "present")
_SHARED = Path(__file__).parents[3] / "../shared/data/raters"

Rows = Sequence[Sequence[int | None]]


def shared_file(name: str) -> Path:
    """A published table; where the shared folder is not, the test that asks for it ends here."""
    path = _SHARED / name
    if not path.exists():
        pytest.skip("the shared tables are not here")
    return path


def patterns(rows: Rows, categories: Sequence[str] = PRESENT_ABSENT, **more) -> PatternCounts:
    """One row an item, one column a rater; None is missing."""
    width = len(rows[0]) if rows else 2
    codes = np.array(
        [[MISSING if code is None else code for code in row] for row in rows], dtype=np.int8
    ).reshape(-1, width)
    columns = more.pop("columns", [Column(f"r{index}") for index in range(width)])
    return count_patterns(categories, columns, codes, **more)


def table(rows: Rows, categories: Sequence[str] = PRESENT_ABSENT, **more) -> RatingTable:
    return rating_table(patterns(rows, categories, **more))


def two_raters(both: int, first_only: int, second_only: int, neither: int) -> RatingTable:
    """Counts, not rows: a million items cost as much as ten."""
    counted = PatternCounts(
        PRESENT_ABSENT,
        (Column("Anna"), Column("Ben")),
        np.array([[1, 1], [1, 0], [0, 1], [0, 0]], dtype=np.int8),
        np.array([both, first_only, second_only, neither], dtype=np.int64),
    )
    return rating_table(counted)


def report(one: RatingTable, **settings) -> AgreementReport:
    settings.setdefault("positive", "present")
    settings.setdefault("replicates", 0)
    return measure({"scratch": one}, **settings)


def figures(one: RatingTable, **settings) -> dict[str, Figure]:
    return dict(report(one, **settings).defect_types[0].statistics)


def value(figure: Figure) -> float | None:
    """The number, None where undefined."""
    return None if isinstance(figure, Undefined) else figure.value


def interval(figure: Figure) -> tuple[float, float]:
    assert isinstance(figure, Estimate)
    assert figure.low is not None
    assert figure.high is not None
    return figure.low, figure.high


def given(row: Sequence[int | None]) -> list[int]:
    return [code for code in row if code is not None]


def slow_percent_agreement(rows: Rows) -> float | None:
    shares = []
    for row in rows:
        pairs = list(combinations(given(row), 2))
        if pairs:
            shares.append(sum(a == b for a, b in pairs) / len(pairs))
    return sum(shares) / len(shares) if shares else None


def slow_specific_agreement(rows: Rows, category: int) -> float | None:
    """Of all ordered pairs whose first says `category`: how many seconds say it too."""
    seconds = [b for row in rows for a, b in permutations(given(row), 2) if a == category]
    return seconds.count(category) / len(seconds) if seconds else None


def slow_shares(rows: Rows, categories: int) -> list[float]:
    rated = [given(row) for row in rows if given(row)]
    return [
        sum(answers.count(k) / len(answers) for answers in rated) / len(rated)
        for k in range(categories)
    ]


def slow_beyond_chance(agreement: float | None, chance: float) -> float | None:
    if agreement is None or 1 - chance < 1e-12:
        return None
    return (agreement - chance) / (1 - chance)


def slow_fleiss(rows: Rows, categories: int) -> float | None:
    agreement = slow_percent_agreement(rows)
    if agreement is None:
        return None
    return slow_beyond_chance(agreement, sum(s * s for s in slow_shares(rows, categories)))


def slow_ac1(rows: Rows, categories: int) -> float | None:
    agreement = slow_percent_agreement(rows)
    if agreement is None:
        return None
    spread = sum(s * (1 - s) for s in slow_shares(rows, categories))
    return slow_beyond_chance(agreement, spread / (categories - 1))


def slow_alpha(rows: Rows, *, ordinal: bool = False) -> float | None:
    """Observed over expected disagreement, by looking at every ordered pair of values."""
    units = [given(row) for row in rows if len(given(row)) > 1]
    values = [code for unit in units for code in unit]

    def distance(a: int, b: int) -> float:
        if not ordinal:
            return float(a != b)
        low, high = min(a, b), max(a, b)
        between = sum(low <= code <= high for code in values)
        return (between - (values.count(a) + values.count(b)) / 2) ** 2

    observed = sum(
        sum(distance(a, b) for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units
    )
    expected = sum(distance(a, b) for a, b in permutations(values, 2))
    if expected == 0:
        return None
    return 1 - observed / len(values) / (expected / (len(values) * (len(values) - 1)))


def slow_cohen(pairs: Sequence[tuple[int, int]]) -> float | None:
    if not pairs:
        return None
    n = len(pairs)
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    chance = sum(first.count(k) * second.count(k) for k in set(first)) / (n * n)
    return slow_beyond_chance(sum(a == b for a, b in pairs) / n, chance)


def slow_light(rows: Rows) -> float | None:
    kappas = []
    for a, b in combinations(range(len(rows[0])), 2):
        both = [(r[a], r[b]) for r in rows if r[a] is not None and r[b] is not None]
        kappa = slow_cohen(both)
        if kappa is not None:
            kappas.append(kappa)
    return sum(kappas) / len(kappas) if kappas else None
