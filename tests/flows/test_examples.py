"""Example pictures of the standard, and the golden part beside an image."""

import io

import pytest

from labeler.core.errors import InvalidInput, NotFound
from labeler.core.terms import ExampleKind
from labeler.flows import examples, good_parts, projects
from labeler.flows.assign import claim
from labeler.flows.images import golden_preview
from labeler.flows.ingest import ingest, read_manifest
from labeler.flows.site import Site
from labeler.store.intake import IntakeLimits, walk_upload
from tests.cast import STANDARD, Cast, found, hire
from tests.web.conftest import picture


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def upload(site: Site, cast: Cast, seed: int = 1, code: str = "plates") -> str:
    file = io.BytesIO(picture(seed))
    return examples.upload_example(site, cast.lead, code, "seen.png", file)


def bring(site: Site, cast: Cast, manifest: str, *seeds: int) -> None:
    rows = read_manifest(site, cast.lead, "plates", manifest)
    files = [
        one
        for seed in seeds
        for one in walk_upload(f"{seed}.png", io.BytesIO(picture(seed)), IntakeLimits())
    ]
    ingest(site, cast.lead, "plates", files, manifest=rows)


def test_an_uploaded_example_comes_into_the_draft_and_with_it_to_the_reviewers(
    site: Site, cast: Cast
) -> None:
    sha256 = upload(site, cast)
    assert upload(site, cast) == sha256
    new = examples.NewExample("bubble", ExampleKind.COUNTER, sha256, {"en": "A boss.", "ko": " "})
    examples.add_example(site, cast.lead, "plates", new)
    path, _tag = examples.example_preview(site, cast.lead, "plates", sha256, 320)
    assert path.read_bytes().startswith(b"\xff\xd8")
    with pytest.raises(NotFound):  # not published yet
        examples.example_preview(site, cast.anna, "plates", sha256, 320)
    before = projects.get_standard(site, cast.anna, "plates", 1)
    after = projects.publish(site, cast.lead, "plates")
    [example] = after.find("bubble").examples
    assert (example.kind, example.image, example.note) == ("counter", sha256, {"en": "A boss."})
    assert examples.example_preview(site, cast.anna, "plates", sha256, 320)[0] == path
    assert projects.get_standard(site, cast.anna, "plates", 1) == before
    assert claim(site, cast.anna, "plates", 1) == []  # nobody is asked to judge it


def test_a_standard_opens_no_way_to_another_projects_pictures(site: Site, cast: Cast) -> None:
    sha256 = upload(site, cast)
    shown = STANDARD["defect_types"][0] | {"examples": [{"kind": "typical", "image": sha256}]}
    projects.create_project(site, "other", {"defect_types": [shown]}, by=cast.outsider)
    with pytest.raises(NotFound):
        examples.example_preview(site, cast.outsider, "other", sha256, 320)
    with pytest.raises(NotFound):
        examples.example_preview(site, cast.outsider, "plates", sha256, 320)
    new = examples.NewExample("scratch", ExampleKind.TYPICAL, sha256)
    with pytest.raises(InvalidInput):
        examples.add_example(site, cast.outsider, "other", new)


def test_what_is_no_picture_or_no_type_of_the_standard_is_refused(site: Site, cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        examples.upload_example(site, cast.lead, "plates", "x.png", io.BytesIO(b"no picture"))
    new = examples.NewExample("nothing", ExampleKind.TYPICAL, upload(site, cast))
    with pytest.raises(InvalidInput):
        examples.add_example(site, cast.lead, "plates", new)
    assert projects.get_draft(site, cast.lead, "plates") is None


def test_the_golden_part_is_offered_with_the_lease_and_only_to_who_holds_it(
    site: Site, cast: Cast
) -> None:
    # 1 has a good part kept beside the images, 2 an image, 3 is its own, 4's never came.
    manifest = "file,golden\n1.png,9.png\n2.png,1.png\n3.png,3.png\n4.png,nowhere.png\n5.png,\n"
    bring(site, cast, manifest, 1, 2, 3, 4, 5, 9)
    for _ in range(2):  # given now, and held before
        leases = claim(site, cast.anna, "plates", 10)
        assert [lease.golden_file for lease in leases] == ["9.png", "1.png", None, None, None]
    first, second, third, *_ = leases
    for lease in (first, second):
        path, _tag = golden_preview(site, cast.anna, lease.image_id, 320)
        assert path.read_bytes().startswith(b"\xff\xd8")
    with pytest.raises(NotFound):
        golden_preview(site, cast.ben, first.image_id, 320)
    with pytest.raises(NotFound):
        golden_preview(site, cast.anna, third.image_id, 320)


def test_a_stations_good_part_stands_beside_its_images_that_have_none(
    site: Site, cast: Cast
) -> None:
    # 1 has its own, 2 none, 3 another station's, 4's never came, 5 is the station's good part.
    manifest = (
        "file,golden,station\n1.png,9.png,top\n2.png,,top\n3.png,,line/side\n"
        "4.png,nowhere.png,top\n5.png,,top\n"
    )
    bring(site, cast, manifest, 1, 2, 3, 4, 5, 9)
    lead = cast.lead

    def choose(station: str, seed: int) -> str:
        file = io.BytesIO(picture(seed))
        part = good_parts.set_good_part(site, lead, "plates", station, f"{seed}.png", file)
        return str(part.sha256)

    def shown() -> list[tuple[str | None, str | None]]:
        leases = claim(site, cast.anna, "plates", 10)
        return [(lease.golden_file, lease.station_golden) for lease in leases]

    assert shown() == [("9.png", None), *[(None, None)] * 4]
    top = choose("top", 5)
    assert shown() == [("9.png", None), (None, top), (None, None), (None, top), (None, None)]
    listed = good_parts.list_good_parts(site, lead, "plates")
    assert [(each.station, each.images, each.file) for each in listed] == [
        ("line/side", 1, None), ("top", 4, "5.png"),
    ]  # fmt: skip
    second = claim(site, cast.anna, "plates", 2)[1]
    path, _tag = golden_preview(site, cast.anna, second.image_id, 320)
    assert good_parts.good_part_preview(site, cast.anna, "plates", top, 320)[0] == path

    newer = choose("top", 7)
    assert shown()[1:] == [(None, newer), (None, None), (None, newer), (None, newer)]
    with pytest.raises(NotFound):  # no station shows it any more
        good_parts.good_part_preview(site, cast.anna, "plates", top, 320)
    good_parts.remove_good_part(site, lead, "plates", "top")
    assert shown() == [("9.png", None), *[(None, None)] * 4]
    with pytest.raises(NotFound):
        good_parts.remove_good_part(site, lead, "plates", "top")
    with pytest.raises(InvalidInput):
        choose("tpo", 5)
    with pytest.raises(NotFound):
        good_parts.list_good_parts(site, cast.outsider, "plates")
