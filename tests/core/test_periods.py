from datetime import datetime, timedelta

import pytest

from labeler.core.errors import InvalidInput
from labeler.core.periods import Shifts, iso_week, read_shifts


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ("2026-11-22T23:59", "2026-W47"), ("2026-11-23T00:00", "2026-W48"),
        # The days around New Year belong to the year that most of their week lies in.
        ("2027-01-03T12:00", "2026-W53"), ("2027-01-04T00:00", "2027-W01"),
        ("2024-12-30T00:00", "2025-W01"),
    ],
)  # fmt: skip
def test_a_week_is_that_of_iso_8601(day: str, week: str) -> None:
    assert iso_week(datetime.fromisoformat(day)) == week


def test_a_shift_holds_from_its_start_until_the_next_one_over_midnight() -> None:
    shifts = read_shifts("06:00,14:00,22:00")
    assert shifts is not None
    said = {}
    for minute in range(24 * 60):
        at = datetime.fromisoformat("2026-03-02") + timedelta(minutes=minute)
        said.setdefault(shifts.of(at), []).append(minute)
    assert said == {
        "22:00-06:00": [*range(360), *range(1320, 1440)],
        "06:00-14:00": list(range(360, 840)),
        "14:00-22:00": list(range(840, 1320)),
    }


def test_a_shift_of_the_night_belongs_to_the_day_on_which_it_began() -> None:
    shifts = read_shifts("06:00,14:00,22:00")
    assert shifts is not None
    start = datetime.fromisoformat("2026-02-28T00:00")
    names = [shifts.dated(start + timedelta(hours=n)) for n in range(48)]
    assert list(dict.fromkeys(names)) == [
        "2026-02-27 22:00-06:00",
        "2026-02-28 06:00-14:00", "2026-02-28 14:00-22:00", "2026-02-28 22:00-06:00",
        "2026-03-01 06:00-14:00", "2026-03-01 14:00-22:00", "2026-03-01 22:00-06:00",
    ]  # fmt: skip
    assert names == sorted(names), "the names sort in time"


def test_order_and_spaces_do_not_matter_and_nothing_is_no_shifts() -> None:
    assert read_shifts(" 22:30 ,00:00") == Shifts((0, 1350))
    assert read_shifts("  ") is None


@pytest.mark.parametrize(
    "text", ["6:00,14:00", "24:00,06:00", "06:00", "06:00,06:00", "06:00,", "morning", "06:60,1:00"]
)
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_shifts(text)


def test_more_shifts_than_anybody_has_are_refused() -> None:
    with pytest.raises(InvalidInput, match="12"):
        read_shifts(",".join(f"{hour:02}:00" for hour in range(13)))
