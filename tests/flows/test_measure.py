"""Agreement from SQL's pattern counts against a plain recount of the reviews."""

import random
from collections import defaultdict
from contextlib import suppress

import pytest
from sqlmodel import Session, select

from labeler.core.agreement.report import AgreementReport
from labeler.core.errors import Conflict, InvalidInput, NotFound
from labeler.core.terms import Unusable
from labeler.flows import projects, rating_counts
from labeler.flows.assign import claim
from labeler.flows.measure import measure
from labeler.flows.measure_table import AgreementBy
from labeler.flows.rating_counts import RatingCounts
from labeler.flows.reading import list_reviews
from labeler.flows.review import withdraw
from labeler.flows.site import Site
from labeler.store.tables import Image
from tests.cast import STANDARD, Cast, fill, found, hire, present, unsure
from tests.flows.test_review import answer

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


def name_the_images(site: Site, **columns: list[str | None]) -> None:
    """Give the images units, lines or further columns, over and over."""

    def deed(session: Session) -> None:
        rows = session.exec(select(Image).order_by(Image.number)).all()
        for index, row in enumerate(rows):
            for name, values in columns.items():
                value = values[index % len(values)]
                if name in ("unit", "line"):
                    setattr(row, name, value)
                elif value is not None:
                    row.context = {**row.context, name: value}
            session.add(row)

    site.database.write(deed)
    # Only a test names images afterwards: whoever has counted them does not look again.
    site.rating_counts = RatingCounts()


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


def test_a_report_per_line_covers_every_image_once(site: Site, cast: Cast) -> None:
    a_season(site, cast, rounds=6)
    name_the_images(site, line=["line-1", "line-2", None], shift=["early", "late"])
    whole = measure(site, cast.lead, "plates")
    assert isinstance(whole, AgreementReport)
    for column, values in (("line", ["", "line-1", "line-2"]), ("shift", ["early", "late"])):
        split = measure(site, cast.engineer, "plates", column)
        assert isinstance(split, AgreementBy)
        assert list(split.reports) == values
        for index, one in enumerate(whole.defect_types):
            parts = [report.defect_types[index].images for report in split.reports.values()]
            assert sum(parts) == one.images
            assert len(parts) == len(values)


def test_intervals_resample_units_where_images_know_theirs(site: Site, cast: Cast) -> None:
    a_season(site, cast, rounds=4)
    alone = measure(site, cast.lead, "plates")
    name_the_images(site, unit=["u1", "u2", None])
    grouped = measure(site, cast.lead, "plates")
    assert isinstance(alone, AgreementReport)
    assert isinstance(grouped, AgreementReport)
    assert (alone.resampled, grouped.resampled) == ("item", "group")
    assert [t.counts for t in alone.defect_types] == [t.counts for t in grouped.defect_types]


def test_many_units_are_bundled_and_no_image_is_lost(
    site: Site, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_season(site, cast, rounds=6)
    name_the_images(site, unit=[f"u{n}" for n in range(8)] + [None])
    before = measure(site, cast.lead, "plates")
    monkeypatch.setattr(rating_counts, "MOST_GROUPS", 3)
    site.rating_counts = rating_counts.RatingCounts()
    bundled = measure(site, cast.lead, "plates")
    assert [t.counts for t in bundled.defect_types] == [t.counts for t in before.defect_types]
    assert bundled.pairs[0].table == before.pairs[0].table
    assert bundled.resampled == "group"


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
