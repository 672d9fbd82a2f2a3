"""Agreement from SQL's pattern counts against a plain recount of the reviews."""

import random
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from labeler.core.agreement.report import AgreementReport, TypeAgreement
from labeler.core.agreement.values import Statistics
from labeler.core.errors import Conflict, InvalidInput, NotFound
from labeler.core.terms import Unusable
from labeler.flows import projects, rating_groups
from labeler.flows.assign import claim
from labeler.flows.measure import Intervals, measure
from labeler.flows.measure_table import measure_csv
from labeler.flows.rating_counts import RatingCounts
from labeler.flows.reading import list_reviews
from labeler.flows.review import withdraw
from labeler.flows.site import Site
from labeler.store.tables import Image
from tests.cast import STANDARD, Cast, fill, found, hire, present, unsure
from tests.core.agreement.made_tables import slow_alpha, slow_percent_agreement, value
from tests.flows.test_review import answer

NONE = Intervals(replicates=0)
GLOSS = {"code": "gloss", "name": {"en": "Gloss"}}


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def a_season(site: Site, cast: Cast, *, rounds: int = 12) -> None:
    """Reviews of every sort: present, unsure, unusable, withdrawn, of two standard versions."""
    luck = random.Random(7)
    for number in range(rounds):
        if number == rounds // 2:
            book = {"defect_types": [*STANDARD["defect_types"], GLOSS]}
            projects.publish(site, cast.lead, "plates", book)
        fill(site, count=2)
        for who in luck.sample(cast.reviewers, 4):
            for lease in claim(site, who, "plates", 2):
                judgements = []
                if luck.random() < 0.5:
                    judgements.append(present("bubble"))
                if luck.random() < 0.2:
                    judgements.append(unsure("stain"))
                if lease.standard_version == 2 and luck.random() < 0.3:
                    judgements.append(present("gloss"))
                if luck.random() < 0.1:
                    receipt = answer(site, who, lease, unusable=Unusable.DARK)
                else:
                    receipt = answer(site, who, lease, *judgements)
                if luck.random() < 0.1:
                    with suppress(Conflict):  # the image has settled meanwhile
                        withdraw(site, who, receipt.id, "Wrong image.")


def name_the_images(site: Site, **columns: Sequence[str | datetime | None]) -> None:
    """Give the images units, lines, times or further columns, over and over."""

    def deed(session: Session) -> None:
        rows = session.exec(select(Image).order_by(Image.number)).all()
        for index, row in enumerate(rows):
            for name, values in columns.items():
                value = values[index % len(values)]
                if name in ("unit", "lot", "line", "station", "captured_at"):
                    setattr(row, name, value)
                elif value is not None:
                    row.context = {**row.context, name: value}
            session.add(row)

    site.database.write(deed)
    # Only a test names images afterwards: whoever has counted them does not look again.
    site.rating_counts = RatingCounts()
    site.kept_places.clear()


def plainly_counted(site: Site, cast: Cast, code: str, born: int) -> dict[str, int]:
    """Images by what was said of a defect type, read review by review."""
    said = defaultdict(list)
    for review in list_reviews(site, cast.lead, "plates", limit=500):
        if review.withdrawn or review.unusable or review.standard_version < born:
            continue
        verdicts = {j["defect_type"]: j["verdict"] for j in review.judgements}
        said[review.image].append(verdicts.get(code, "absent"))
    counts: dict[str, int] = defaultdict(int)
    for verdicts in said.values():
        rated = [v for v in verdicts if v != "unsure"]
        if len(rated) >= 2:
            same = len(set(rated)) == 1
            counts["both_" + rated[0] if same else "only_one"] += 1
        else:
            counts["unsure" if "unsure" in verdicts else "one_rating"] += 1
    return dict(counts)


def test_the_counts_of_sql_equal_a_plain_recount(site: Site, cast: Cast) -> None:
    a_season(site, cast)
    told = list_reviews(site, cast.lead, "plates", limit=500)
    assert any(r.withdrawn for r in told)
    assert any(r.unusable for r in told)
    report = measure(site, cast.lead, "plates")
    assert isinstance(report, AgreementReport)
    for one in report.defect_types:
        born = 2 if one.defect_type == "gloss" else 1
        counted = {k: n for k, n in one.counts.document(one.scale).items() if n}
        assert counted == plainly_counted(site, cast, one.defect_type, born), one.defect_type
    bubble = next(t for t in report.defect_types if t.defect_type == "bubble")
    assert bubble.raters == 4
    assert bubble.counts.differing > 3
    assert next(t for t in report.defect_types if t.defect_type == "stain").counts.unsure > 0


def points(statistics: Statistics) -> dict[str, float | None]:
    """Every value; Light's kappa is Cohen's of two, and counts nobody who rated nothing."""
    return {name: value(one) for name, one in statistics.items() if name != "cohen_kappa"}


def measured_alone(site: Site, cast: Cast, images: set[str]) -> dict[str, TypeAgreement]:
    """What a table of the reviews of these images says, read without any database."""
    lines = ["item,rater,label,defect_type"]
    for review in list_reviews(site, cast.lead, "plates", limit=500):
        if review.image not in images or review.withdrawn or review.unusable:
            continue
        said = {j["defect_type"]: j["verdict"] for j in review.judgements}
        judged = ["scratch", "bubble", "stain", "gloss"][: 3 if review.standard_version == 1 else 4]
        lines += [
            f"{review.image},{review.reviewer},{said.get(code, 'absent')},{code}"
            for code in judged
        ]  # fmt: skip
    found = measure_csv("\n".join(lines), replicates=0)
    assert isinstance(found, AgreementReport)
    return {one.defect_type: one for one in found.defect_types}


def test_a_part_says_what_its_images_say_alone_and_the_parts_cover_them_all(
    site: Site, cast: Cast
) -> None:
    a_season(site, cast, rounds=6)
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    name_the_images(
        site, line=["line-1", "line-2", None], station=["east", "west"],
        captured_at=[noon, noon + timedelta(hours=11), noon + timedelta(days=8)],
    )  # fmt: skip
    plant = replace(site, settings=site.settings.model_copy(update={"shifts": "06:00,18:00"}))
    whole = measure(site, cast.lead, "plates", intervals=NONE)
    with site.database.read() as session:
        images = session.exec(select(Image)).all()
    parts: dict[str, dict[str, str]] = {
        "line": {one.id: one.line or "" for one in images},
        "station": {one.id: one.station or "" for one in images},
        "week": {one.id: f"{one.captured_at:%G-W%V}" for one in images},
        "shift": {
            one.id: "06:00-18:00" if f"{one.captured_at:%H}" == "12" else "18:00-06:00"
            for one in images
        },
    }
    compared = 0
    for column, part_of in parts.items():
        split = measure(plant, cast.engineer, "plates", column, intervals=NONE)
        assert list(split.reports) == sorted(set(part_of.values())), column
        for index, one in enumerate(whole.defect_types):
            of_parts = [report.defect_types[index].images for report in split.reports.values()]
            assert sum(of_parts) == one.images
        for part, report in split.reports.items():
            here = {image for image, named in part_of.items() if named == part}
            alone = measured_alone(site, cast, here)
            for one in report.defect_types:
                if one.defect_type in alone:
                    same = alone[one.defect_type]
                    found, wanted = points(one.statistics), points(same.statistics)
                    assert found == pytest.approx(wanted), (column, part)
                    assert (one.prevalence, one.bias) == pytest.approx((same.prevalence, same.bias))
                    compared += one.counts.differing
    assert compared > 10


def test_intervals_draw_units_where_images_know_theirs_else_lots(site: Site, cast: Cast) -> None:
    a_season(site, cast, rounds=4)
    plain = measure(site, cast.lead, "plates")
    assert (plain.resampled, plain.groups) == ("item", None)
    some = ["u1", None, None, None, "u2"]  # u1 and u2, and of the other images lots b and c
    for columns, drawn in (
        ({"lot": ["a", "b", "c", None]}, ("lot", 3)),
        ({"unit": some}, ("unit or lot", 4)),
        ({"unit": [f"u{n}" for n in range(8)]}, ("unit", 8)),
    ):
        name_the_images(site, **columns)
        found = measure(site, cast.lead, "plates")
        assert (found.resampled, found.groups) == drawn
        assert [t.counts for t in found.defect_types] == [t.counts for t in plain.defect_types]


def test_two_lots_are_too_few_to_draw(site: Site, cast: Cast) -> None:
    a_season(site, cast, rounds=4)
    name_the_images(site, lot=["a", "b"])
    whole = measure(site, cast.lead, "plates")
    assert whole.document()["intervals"]["resampled"] == "item"
    assert whole.document()["intervals"]["groups"] == 2
    name_the_images(site, lot=["a", "b", None])  # nor do images without a lot make them more
    alone = measure(site, cast.lead, "plates")
    assert (alone.resampled, alone.groups) == ("item", 2)
    assert [t.statistics for t in alone.defect_types] == [t.statistics for t in whole.defect_types]
    name_the_images(site, lot=["a", "b"])
    # Within one lot its images are drawn.
    split = measure(site, cast.lead, "plates", "lot")
    assert [(one.resampled, one.groups) for one in split.reports.values()] == [("item", 1)] * 2


def test_the_severity_of_sql_equals_a_plain_recount(site: Site, cast: Cast) -> None:
    luck = random.Random(3)
    said = defaultdict(list)
    for _ in range(30):
        [image] = fill(site)
        for who in luck.sample(cast.reviewers[:3], 2):
            [lease] = claim(site, who, "plates", 1)
            level = luck.choice((0, 0, 1, 2, 3))
            judgements = [present("scratch", level)] if level else []
            if not level and luck.random() < 0.2:
                judgements = [unsure("scratch")]
            answer(site, who, lease, *judgements)
            said[image].append(None if judgements and not level else level)
    scratch, bubble, _ = measure(site, cast.lead, "plates", intervals=NONE).defect_types
    assert bubble.severity is None
    assert scratch.severity is not None
    assert scratch.severity.levels == ("light", "middle", "deep")
    rows = list(said.values())
    ordinal = scratch.severity.statistics["krippendorff_alpha_ordinal"]
    assert value(ordinal) == pytest.approx(slow_alpha(rows, ordinal=True))
    plain = scratch.severity.statistics["percent_agreement"]
    assert value(plain) == pytest.approx(slow_percent_agreement(rows))


def test_versions_without_levels_rated_no_severity(site: Site, cast: Cast) -> None:
    answered = [(present("bubble"), present("bubble")), (), (present("bubble"), present("stain"))]
    for judgements in answered:
        fill(site)
        for who, said in zip(cast.reviewers, judgements or (None, None), strict=False):
            [lease] = claim(site, who, "plates", 1)
            answer(site, who, lease, *([said] if said else []))
    types = [dict(one) for one in STANDARD["defect_types"]]
    types[1]["severity"] = types[0]["severity"][:2]
    projects.publish(site, cast.lead, "plates", {"defect_types": types})
    fill(site)
    for who, level in zip(cast.reviewers, (1, 2), strict=False):
        [lease] = claim(site, who, "plates", 1)
        answer(site, who, lease, present("bubble", level))
    bubble = measure(site, cast.lead, "plates", intervals=NONE).defect_types[1]
    assert bubble.images == 4
    assert bubble.severity is not None
    assert (bubble.severity.images, bubble.severity.ratings) == (1, 2)


def test_many_units_are_bundled_and_no_image_is_lost(
    site: Site, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_season(site, cast, rounds=6)
    name_the_images(site, unit=[f"u{n}" for n in range(8)] + [None])
    before = measure(site, cast.lead, "plates")
    monkeypatch.setattr(rating_groups, "MOST_GROUPS", 3)
    site.rating_counts = RatingCounts()
    site.kept_places.clear()
    bundled = measure(site, cast.lead, "plates")
    assert [t.counts for t in bundled.defect_types] == [t.counts for t in before.defect_types]
    assert bundled.pairs[0].table == before.pairs[0].table
    assert (bundled.resampled, bundled.groups) == ("unit", 8)


def test_a_column_that_no_image_has_is_refused(site: Site, cast: Cast) -> None:
    fill(site)
    with pytest.raises(InvalidInput, match="no column"):
        measure(site, cast.lead, "plates", "moon_phase")


def test_a_column_with_too_many_values_is_refused(site: Site, cast: Cast) -> None:
    fill(site, count=70)
    name_the_images(site, line=[f"line-{n}" for n in range(61)])
    with pytest.raises(InvalidInput, match="60"):
        measure(site, cast.lead, "plates", "line")


def test_without_reviews_every_figure_is_undefined_with_its_reason(site: Site, cast: Cast) -> None:
    fill(site)
    report = measure(site, cast.lead, "plates")
    assert isinstance(report, AgreementReport)
    assert [t.defect_type for t in report.defect_types] == ["scratch", "bubble", "stain"]
    statistics = report.document()["defect_types"]["scratch"]["statistics"]  # type: ignore[index]
    assert statistics["positive_agreement"]["value"] is None
    assert statistics["positive_agreement"]["reason"]


def test_somebody_outside_measures_nothing(site: Site, cast: Cast) -> None:
    with pytest.raises(NotFound):
        measure(site, cast.outsider, "plates")
