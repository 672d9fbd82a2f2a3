"""Agreement by week and by shift, in plant time, on both databases alike."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, select

from labeler.core.agreement.report import AgreementReport
from labeler.core.errors import InvalidInput
from labeler.flows import measure as measure_flow
from labeler.flows.assign import claim
from labeler.flows.measure import Intervals, measure
from labeler.flows.measure_table import AgreementBy
from labeler.flows.site import Site
from labeler.store.tables import Image
from tests.cast import Cast, fill, found, hire, present
from tests.flows.test_measure import name_the_images
from tests.flows.test_review import answer

QUICK = Intervals(replicates=20)
# Summer time ends in Berlin: 02:30 there comes twice, at 00:30 and at 01:30 UTC.
MOMENTS = [
    "2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25T04:59", "2026-10-25T05:00",
    "2026-10-25T22:59", "2026-10-25T23:00", "2026-10-24T03:59", "2026-10-24T04:00",
    "2026-12-31T23:30", "2027-01-03T23:00", None,
]  # fmt: skip


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def in_plant(site: Site, *, timezone: str, shifts: str = "") -> Site:
    """The same installation with other settings."""
    update = {"timezone": timezone, "shifts": shifts}
    return replace(site, settings=site.settings.model_copy(update=update))


def judged_at(site: Site, cast: Cast, moments: list[str | None]) -> None:
    """An image per moment, judged by two: they differ on every third."""
    fill(site, count=len(moments))

    def deed(session: Session) -> None:
        rows = session.exec(select(Image).order_by(Image.number)).all()
        for row, moment in zip(rows, moments, strict=True):
            row.captured_at = datetime.fromisoformat(f"{moment}+00:00") if moment else None
            session.add(row)

    site.database.write(deed)
    for who in (cast.anna, cast.ben):
        for lease in (claim(site, who, "plates", 1) for _ in moments):
            number = sorted(images_of(site)).index(lease[0].image_id)
            marks = who is cast.anna or number % 3
            answer(site, who, lease[0], *([present("bubble")] if marks else []))


def images_of(site: Site) -> list[str]:
    with site.database.read() as session:
        return [row.id for row in session.exec(select(Image).order_by(Image.number)).all()]


def images_per_part(split: AgreementBy) -> dict[str, int]:
    return {part: report.defect_types[1].images for part, report in split.reports.items()}


def expected(moments: list[str | None], name: Callable[[datetime], str], zone: str) -> dict:
    local = [
        datetime.fromisoformat(m).replace(tzinfo=UTC).astimezone(ZoneInfo(zone)) if m else None
        for m in moments
    ]
    return dict(Counter("" if one is None else name(one) for one in local))


def week_name(local: datetime) -> str:
    return local.strftime("%G-W%V")


def shift_name(local: datetime) -> str:
    return "06:00-18:00" if 6 <= local.hour < 18 else "18:00-06:00"


def test_weeks_and_shifts_are_those_of_the_plant_s_clock(site: Site, cast: Cast) -> None:
    judged_at(site, cast, MOMENTS)
    for zone in ("Europe/Berlin", "Asia/Seoul", "Asia/Kathmandu", "UTC"):
        plant = in_plant(site, timezone=zone, shifts="06:00,18:00")
        weeks = measure(plant, cast.lead, "plates", "week", intervals=QUICK)
        assert images_per_part(weeks) == expected(MOMENTS, week_name, zone), zone
        assert list(weeks.reports) == sorted(weeks.reports)
        shifts = measure(plant, cast.lead, "plates", "shift", intervals=QUICK)
        assert images_per_part(shifts) == expected(MOMENTS, shift_name, zone), zone
        assert (weeks.left_out, shifts.left_out) == (0, 0)


def test_the_parts_together_say_what_the_whole_says(site: Site, cast: Cast) -> None:
    judged_at(site, cast, MOMENTS)
    whole = measure(site, cast.lead, "plates", intervals=QUICK)
    split = measure(site, cast.lead, "plates", "week", intervals=QUICK)
    assert isinstance(whole, AgreementReport)
    total: Counter[str] = Counter()
    for report in split.reports.values():
        bubble = report.defect_types[1]
        total.update(bubble.counts.document(bubble.scale))
    bubble = whole.defect_types[1]
    assert +total == +Counter(bubble.counts.document(bubble.scale))
    assert total["only_one"] == 4
    assert "left_out" not in split.document()


def test_of_many_weeks_the_latest_are_compared_and_the_others_counted(
    site: Site, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = datetime.fromisoformat("2026-01-05T12:00")
    judged_at(site, cast, [(start + timedelta(weeks=n)).isoformat() for n in range(5)])
    monkeypatch.setattr(measure_flow, "MOST_PARTS", 3)
    split = measure(site, cast.lead, "plates", "week", intervals=QUICK)
    assert list(split.reports) == ["2026-W04", "2026-W05", "2026-W06"]
    assert split.document()["left_out"] == 2


def test_a_manifest_s_own_column_goes_before(site: Site, cast: Cast) -> None:
    judged_at(site, cast, MOMENTS)
    name_the_images(site, shift=["red", "blue"])
    plant = in_plant(site, timezone="UTC", shifts="06:00,18:00")
    split = measure(plant, cast.lead, "plates", "shift", intervals=QUICK)
    assert list(split.reports) == ["blue", "red"]


def test_shifts_that_nobody_set_up_are_refused_with_what_to_do(site: Site, cast: Cast) -> None:
    fill(site)
    with pytest.raises(InvalidInput) as refused:
        measure(site, cast.lead, "plates", "shift")
    assert "LABELER_SHIFTS" in refused.value.fields[0].message


def test_level_replicates_and_seed_reach_the_intervals(site: Site, cast: Cast) -> None:
    judged_at(site, cast, MOMENTS)

    def interval(**given: float) -> tuple[float | None, float | None]:
        report = measure(site, cast.lead, "plates", intervals=Intervals(**given))
        figure = report.defect_types[1].statistics["positive_agreement"]
        return figure.low, figure.high

    usual = interval()
    assert interval() == usual
    low, high = interval(level=0.5)
    assert usual[0] < low <= high < usual[1]
    assert interval(seed=1, replicates=100) != interval(seed=2, replicates=100)
    assert interval(replicates=0) == (None, None)
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        interval(level=1.5)
