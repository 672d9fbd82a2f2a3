"""Agreement on place from the database against a plain comparison of the reviews."""

import random
from collections import defaultdict
from contextlib import suppress
from itertools import combinations

import pytest

from labeler.core.agreement.place_features import Part, PlaceSettings, alone, compare
from labeler.core.agreement.places import PlaceAgreement
from labeler.core.agreement.values import Reason, Undefined
from labeler.core.errors import Conflict
from labeler.core.masks import rasterise, to_rle
from labeler.core.regions import Box, Region, parse_region
from labeler.core.terms import Unusable
from labeler.flows import measure_places, rating_groups
from labeler.flows.assign import claim
from labeler.flows.measure import Intervals, measure
from labeler.flows.rating_counts import RatingCounts
from labeler.flows.reading import list_reviews
from labeler.flows.review import withdraw
from labeler.flows.site import Site
from tests.cast import Cast, fill, found, hire, present, unsure
from tests.core.agreement.made_tables import interval, value
from tests.flows.test_measure import name_the_images
from tests.flows.test_review import answer

NONE = Intervals(replicates=0)
HOW = PlaceSettings()


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def drawn(luck: random.Random) -> dict:
    """A scratch with up to two boxes or masks somewhere near (50, 40), or with no place."""

    def somewhere() -> Box:
        return Box(luck.randint(44, 52), luck.randint(34, 42), luck.randint(9, 30), 20)

    boxes = [somewhere() for _ in range(luck.choice((0, 1, 1, 2)))]
    kinds = [luck.random() < 0.3 for _ in boxes]
    regions = [
        (to_rle(rasterise(box, 100, 200)) if mask else box).document()
        for box, mask in zip(boxes, kinds, strict=True)
    ]
    return {"defect_type": "scratch", "verdict": "present", "severity": 1, "regions": regions}


def a_season(site: Site, cast: Cast, rounds: int) -> None:
    luck = random.Random(11)
    for _ in range(rounds):
        fill(site)
        for who in luck.sample(cast.reviewers[:3], 2):
            [lease] = claim(site, who, "plates", 1)
            judgements = [drawn(luck)] if luck.random() < 0.8 else []
            if not judgements and luck.random() < 0.3:
                judgements = [unsure("scratch")]
            if luck.random() < 0.05:
                receipt = answer(site, who, lease, unusable=Unusable.DARK)
            else:
                receipt = answer(site, who, lease, *judgements)
            if luck.random() < 0.1:
                with suppress(Conflict):  # the image has settled meanwhile
                    withdraw(site, who, receipt.id, "Wrong image.")


def plainly_compared(site: Site, cast: Cast) -> dict[tuple[str, str], list]:
    """The rows of every two reviews of an image, read review by review."""
    said: dict[str, dict[str, tuple[str, list[Region]]]] = defaultdict(dict)
    for review in list_reviews(site, cast.lead, "plates", limit=500):
        if review.withdrawn or review.unusable:
            continue
        [scratch] = [j for j in review.judgements if j["defect_type"] == "scratch"] or [
            {"verdict": "absent", "regions": []}
        ]
        regions = [parse_region(r, width_px=200, height_px=100) for r in scratch["regions"]]
        said[review.image][review.reviewer] = scratch["verdict"], regions
    rows = defaultdict(list)
    for answers in said.values():
        for pair in combinations(sorted(answers), 2):
            (first, a), (second, b) = (answers[name] for name in pair)
            if first == second == "present":
                rows[pair].append(compare(a, b, HOW))
            elif {first, second} == {"present", "absent"}:
                rows[pair].append(alone(len(a) + len(b)))
    return rows


def scratch(site: Site, cast: Cast, **settings) -> PlaceAgreement:
    settings.setdefault("intervals", NONE)
    places = measure(site, cast.lead, "plates", **settings).defect_types[0].places
    assert places is not None
    return places


def test_the_places_of_the_database_are_those_of_a_plain_comparison(site: Site, cast: Cast) -> None:
    a_season(site, cast, 40)
    places = scratch(site, cast)
    rows = plainly_compared(site, cast)
    totals = sum(row for several in rows.values() for row in several)
    assert places.compared == totals[Part.COMPARED] > 10
    assert places.one_drew == totals[Part.ONE_DREW] > 0
    assert (places.matched, places.matched_grown) == (totals[Part.MATCHED], totals[Part.GROWN])
    regions = totals[Part.FIRST] + totals[Part.SECOND]
    assert value(places.statistics["f1"]) == pytest.approx(2 * totals[Part.MATCHED] / regions)
    assert value(places.statistics["f1_with_presence"]) == pytest.approx(
        2 * totals[Part.MATCHED] / (regions + totals[Part.ALONE])
    )
    assert totals[Part.ALONE] > 0
    dice = totals[Part.DICE] / totals[Part.DRAWN]
    assert value(places.statistics["union_dice"]) == pytest.approx(dice)
    matched = {pair: sum(row[Part.MATCHED] for row in several) for pair, several in rows.items()}
    assert {one.raters: one.matched for one in places.pairs} == matched
    said_present = sum(one.images for one in places.drawn)
    assert said_present > sum(1 for several in rows.values() for _ in several)
    assert places.nobody_drew > 0


def test_a_second_look_reads_and_compares_only_what_is_new(
    site: Site, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_season(site, cast, 12)
    first = scratch(site, cast)
    read: list[str] = []
    real = measure_places.drawings

    def watched(session, reviews):
        read.extend(reviews)
        return real(session, reviews)

    monkeypatch.setattr(measure_places, "drawings", watched)
    assert scratch(site, cast) == first
    assert read == []
    [image] = fill(site)
    for who in cast.reviewers[:2]:
        [lease] = [one for one in claim(site, who, "plates", 10) if one.image_id == image]
        answer(site, who, lease, present("scratch", 1, (10, 10, 20, 20)))
    second = scratch(site, cast)
    assert second.compared == first.compared + 1
    assert len(read) == 2
    # Compared otherwise is compared anew.
    assert scratch(site, cast, how=PlaceSettings(0.99, 0, 0)).matched == 1
    assert len(read) > 10
    assert scratch(site, cast) == second


def test_units_beyond_the_most_are_bundled_and_no_image_is_lost(
    site: Site, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_season(site, cast, 20)
    before = scratch(site, cast)
    monkeypatch.setattr("labeler.flows.measure.MOST_GROUPS", 4)
    monkeypatch.setattr(rating_groups, "MOST_GROUPS", 4)
    site.rating_counts = RatingCounts()
    site.kept_places.clear()
    bundled = scratch(site, cast)
    assert (bundled.compared, bundled.sizes) == (before.compared, before.sizes)
    assert [(p.compared, p.matched) for p in bundled.pairs] == [
        (p.compared, p.matched) for p in before.pairs
    ]
    assert bundled.statistics["f1"].value == pytest.approx(before.statistics["f1"].value)


def test_lots_are_drawn_as_a_whole_on_places_too(site: Site, cast: Cast) -> None:
    for number in range(24):
        fill(site)
        far = 60 if number < 12 else 0
        for who, x in zip(cast.reviewers, (10, 10 + far), strict=False):
            [lease] = claim(site, who, "plates", 1)
            answer(site, who, lease, present("scratch", 1, (x, 10, 20, 20)))
    some = Intervals(replicates=2000)
    alone_low, alone_high = interval(scratch(site, cast, intervals=some).statistics["f1"])
    lots = [f"lot-{n // 3}" for n in range(24)]
    name_the_images(site, lot=lots)
    places = scratch(site, cast, intervals=some)
    low, high = interval(places.statistics["f1"])
    assert places.statistics["f1"].value == 0.5
    assert high - low > 1.3 * (alone_high - alone_low)
    split = measure(site, cast.lead, "plates", "lot", intervals=NONE)
    compared = [one.defect_types[0].places.compared for one in split.reports.values()]
    assert compared == [3] * 8
    shares = [value(one.defect_types[0].places.statistics["f1"]) for one in split.reports.values()]
    assert shares == [0] * 4 + [1] * 4


def test_types_without_a_place_have_none_and_types_nobody_drew_say_why(
    site: Site, cast: Cast
) -> None:
    fill(site)
    for who in cast.reviewers[:2]:
        [lease] = claim(site, who, "plates", 1)
        answer(site, who, lease, present("bubble"), present("stain"))
    drawn_scratch, bubble, stain = measure(site, cast.lead, "plates").defect_types
    assert stain.places is None
    assert bubble.places is not None
    assert (bubble.places.nobody_drew, bubble.places.compared) == (1, 0)
    assert bubble.places.statistics["f1"] == Undefined(Reason.NO_PLACE_MARKED)
    assert drawn_scratch.places is not None
    assert drawn_scratch.places.statistics["f1"] == Undefined(Reason.NEVER_BOTH_PRESENT)
