import csv
import json
import tomllib
from pathlib import Path

import PIL.Image
import PIL.ImageOps
import pytest
from sqlmodel import Session, select

from labeler.core.errors import InvalidInput, NotFound
from labeler.core.people import Principal
from labeler.core.terms import DisputeKind, Role, Source
from labeler.flows import people, projects
from labeler.flows.adjudicate import list_disputes
from labeler.flows.assign import claim
from labeler.flows.images import get_image, progress
from labeler.flows.import_labels import ImportedReviews, import_reviews
from labeler.flows.import_references import ImportedReferences, import_references
from labeler.flows.reading import list_events, list_reviews
from labeler.flows.review import Submission, submit, withdraw
from labeler.flows.site import Site
from labeler.store import images
from labeler.store import projects as project_rows
from labeler.store.tables import Assignment, Image
from tests.cast import Cast, fill, found, hire, made_up_image, person, present
from tests.conftest import TurnableClock

SAMPLE = Path(__file__).parents[2] / "sample_data"
HEADER = "file,reviewer,defect_type,verdict,severity,regions,reviewed_at\n"


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def faults_of(caught: pytest.ExceptionInfo[InvalidInput]) -> dict[str, str]:
    return {fault.path: fault.message for fault in caught.value.fields}


def states(site: Site) -> list[str]:
    with site.database.read() as session:
        rows = session.execute(select(Image).order_by(Image.number)).scalars()
        return [f"{row.state} {row.free_places}" for row in rows]


def stored(site: Site, cast: Cast) -> list[tuple[str, bool, list[dict]]]:
    rows = list_reviews(site, cast.lead, "plates")
    return [(row.reviewer, row.extra, row.judgements) for row in rows]


def test_lines_of_one_image_and_reviewer_are_one_review(site: Site, cast: Cast) -> None:
    fill(site)
    box = json.dumps([{"kind": "box", "x": 1, "y": 2, "width": 30, "height": 20}])
    escaped = box.replace('"', '""')
    text = HEADER + (
        f'0.png,anna,scratch,present,2,"{escaped}",2026-03-01T08:00:00+09:00\n'
        "0.png,anna,bubble,unsure,,,2026-03-01T08:00:00+09:00\n"
    )
    assert import_reviews(site, cast.admin, "plates", text) == ImportedReviews(1, 0, 0)
    [(reviewer, extra, judged)] = stored(site, cast)
    assert (reviewer, extra) == ("anna", False)
    assert [(j["defect_type"], j["verdict"], j["severity"]) for j in judged] == [
        ("bubble", "unsure", None),
        ("scratch", "present", 2),
    ]
    assert judged[1]["regions"][0]["width"] == 30
    assert states(site) == ["waiting 1"]


def test_an_empty_defect_type_says_ok_for_all_and_two_of_them_settle(
    site: Site, cast: Cast
) -> None:
    fill(site)
    text = HEADER + "0.png,anna,,absent,,,\n0.png,ben,,absent,,,\n"
    import_reviews(site, cast.admin, "plates", text)
    assert states(site) == ["settled 0"]


def test_a_review_beyond_the_overlap_is_extra(site: Site, cast: Cast) -> None:
    fill(site)
    lines = "".join(f"0.png,{name},,absent,,,\n" for name in ("anna", "ben", "chris"))
    assert import_reviews(site, cast.admin, "plates", HEADER + lines) == ImportedReviews(3, 1, 0)
    assert [extra for _, extra, _ in stored(site, cast)] == [False, False, True]


def test_the_same_file_again_changes_nothing(site: Site, cast: Cast) -> None:
    fill(site, count=2)
    text = HEADER + "0.png,anna,,absent,,,\n1.png,anna,bubble,present,,,\n"
    import_reviews(site, cast.admin, "plates", text)
    before = (stored(site, cast), len(list_events(site, limit=500)))
    assert import_reviews(site, cast.admin, "plates", text) == ImportedReviews(0, 0, 2)
    assert (stored(site, cast), len(list_events(site, limit=500))) == before


def test_the_same_file_after_a_new_version_of_the_standard_changes_nothing(
    site: Site, cast: Cast
) -> None:
    fill(site)
    text = HEADER + "0.png,anna,bubble,present,,,\n"
    import_reviews(site, cast.admin, "plates", text)
    now = projects.get_standard(site, cast.lead, "plates", None)
    projects.publish(site, cast.admin, "plates", now.document())
    assert import_reviews(site, cast.admin, "plates", text) == ImportedReviews(0, 0, 1)


def test_what_a_reviewer_withdrew_is_not_brought_back(site: Site, cast: Cast) -> None:
    fill(site)
    text = HEADER + "0.png,anna,bubble,present,,,\n"
    import_reviews(site, cast.admin, "plates", text)
    [row] = list_reviews(site, cast.lead, "plates")
    withdraw(site, cast.anna, row.id, "looked again")
    assert import_reviews(site, cast.admin, "plates", text) == ImportedReviews(0, 0, 1)


def test_a_reviewer_is_not_asked_again_for_an_imported_image(site: Site, cast: Cast) -> None:
    ids = fill(site, count=3)
    import_reviews(site, cast.admin, "plates", HEADER + "1.png,anna,,absent,,,\n")
    given = [lease.image_id for lease in claim(site, cast.anna, "plates", 3)]
    assert given == [ids[0], ids[2]]
    assert len(claim(site, cast.ben, "plates", 3)) == 3


def test_an_open_lease_is_used_up(site: Site, cast: Cast) -> None:
    fill(site)
    claim(site, cast.anna, "plates", 1)
    import_reviews(site, cast.admin, "plates", HEADER + "0.png,anna,,absent,,,\n")
    assert states(site) == ["waiting 1"]
    assert claim(site, cast.anna, "plates", 1) == []


def test_a_place_lost_by_time_is_taken_again_while_it_is_free(
    site: Site, cast: Cast, clock: TurnableClock
) -> None:
    fill(site)
    claim(site, cast.anna, "plates", 1)
    clock.turn(seconds=601)
    claim(site, cast.ben, "plates", 1)
    import_reviews(site, cast.admin, "plates", HEADER + "0.png,anna,,absent,,,\n")
    with site.database.read() as session:
        held = {row.user_id: row.place for row in session.execute(select(Assignment)).scalars()}
    assert set(held) == {cast.anna.user_id, cast.ben.user_id}
    assert sorted(held.values()) == [0, 1]


def test_another_opinion_of_the_same_reviewer_is_a_fault_and_stores_nothing(
    site: Site, cast: Cast
) -> None:
    fill(site, count=2)
    [lease] = claim(site, cast.anna, "plates", 1)
    submit(site, cast.anna, Submission("by hand", lease.id, 1, (present("bubble"),)))
    text = HEADER + "1.png,ben,,absent,,,\n0.png,anna,,absent,,,\n"
    with pytest.raises(InvalidInput) as caught:
        import_reviews(site, cast.admin, "plates", text)
    assert "anna judged this image before" in faults_of(caught)["line 3, reviewer"]
    assert len(stored(site, cast)) == 1


FAULTY = [
    ("9.png,anna,,absent,,,", "file"),
    (",anna,,absent,,,", "file"),
    ("0.png,otto,,absent,,,", "reviewer"),
    ("0.png,nobody,,absent,,,", "reviewer"),
    ("1.png,anna,crack,present,,,", "defect_type"),
    ("2.png,anna,,present,,,", "defect_type"),
    ("2.png,anna,,absent,1,,", "defect_type"),
    ("3.png,anna,scratch,present,,,", "severity"),
    ("4.png,anna,scratch,present,many,,", "severity"),
    ("5.png,anna,scratch,present,4,,", "severity"),
    ("6.png,anna,scratch,maybe,1,,", "verdict"),
    ("7.png,anna,scratch,present,1,nowhere,", "regions"),
    ('8.png,anna,scratch,present,1,"[{""kind"":""star""}]",', "regions.0"),
    ("8.png,ben,scratch,present,1,[NaN],", "regions.0"),
    ("0.png,anna,,absent,,,yesterday", "reviewed_at"),
    ("0.png,anna,,absent,,,9999-12-31T23:59:59-14:00", "reviewed_at"),
    ("0.png,ben,,absent,,,", "defect_type"),
    ("0.png,ben,bubble,absent,,,", "defect_type"),
]


def test_every_fault_is_named_with_its_line_and_nothing_is_stored(site: Site, cast: Cast) -> None:
    fill(site, count=9)
    text = HEADER + "0.png,ben,,absent,,,\n" + "".join(f"{line}\n" for line, _ in FAULTY)
    with pytest.raises(InvalidInput) as caught:
        import_reviews(site, cast.admin, "plates", text)
    named = {tuple(path.split(", ")) for path in faults_of(caught)}
    for number, (line, column) in enumerate(FAULTY, start=3):
        assert (f"line {number}", column) in named, line
    assert not any(line == "line 2" for line, _ in named)
    assert stored(site, cast) == []


def test_a_line_with_too_few_cells_is_a_fault(site: Site, cast: Cast) -> None:
    with pytest.raises(InvalidInput) as caught:
        import_reviews(site, cast.admin, "plates", HEADER + "0.png,anna\n")
    assert "line 2, line" in faults_of(caught)
    with pytest.raises(InvalidInput, match="NUL"):
        import_reviews(site, cast.admin, "plates", HEADER + "0.png,an\0na,,absent,,,\n")


def test_very_many_faults_stop_at_fifty(site: Site, cast: Cast) -> None:
    text = HEADER + "gone.png,anna,,absent,,,\n" * 200
    with pytest.raises(InvalidInput) as caught:
        import_reviews(site, cast.admin, "plates", text)
    assert len(caught.value.fields) == 50


def test_a_damaged_file_is_refused_as_no_csv(site: Site, cast: Cast) -> None:
    with pytest.raises(InvalidInput, match="not readable as CSV near line 2"):
        import_reviews(site, cast.admin, "plates", HEADER + '0.png,"anna"x,,absent,,,\n')


def test_a_wrong_header_is_refused(site: Site, cast: Cast) -> None:
    for header, place in (
        ("file,reviewer,defect_type", "line 1, verdict"),
        ("reviewer,defect_type,verdict", "line 1, file"),
        ("file,reviewer,defect_type,verdict,severty", "line 1, severty"),
        ("file,file,reviewer,defect_type,verdict", "line 1, file"),
        ("", "line 1, reviewer"),
    ):
        with pytest.raises(InvalidInput) as caught:
            import_reviews(site, cast.admin, "plates", header + "\n")
        assert place in faults_of(caught)


def test_an_image_can_be_named_by_its_content(site: Site, cast: Cast) -> None:
    [image] = fill(site)
    sha256 = get_image(site, cast.admin, image).sha256
    text = f"image,reviewer,defect_type,verdict\n{sha256.upper()},anna,,absent\n"
    assert import_reviews(site, cast.admin, "plates", text).reviews == 1


def test_a_name_is_found_by_its_last_part_where_only_one_image_has_it(
    site: Site, cast: Cast
) -> None:
    fill(site)
    text = HEADER + "day 1/0.png,anna,,absent,,,\n"
    assert import_reviews(site, cast.admin, "plates", text).reviews == 1


def test_a_name_that_two_images_have_is_a_fault(site: Site, cast: Cast) -> None:
    fill(site, count=2)

    def rename(session: Session) -> None:
        for row in session.execute(select(Image)).scalars():
            row.file = "same.png"

    site.database.write(rename)
    with pytest.raises(InvalidInput) as caught:
        import_reviews(site, cast.admin, "plates", HEADER + "same.png,anna,,absent,,,\n")
    assert "SHA-256" in faults_of(caught)["line 2, file"]


def test_the_events_name_who_imported_and_not_the_reviewer(site: Site, cast: Cast) -> None:
    fill(site)
    import_reviews(site, cast.admin, "plates", HEADER + "0.png,anna,,absent,,,\n")
    events = {e.action: e.actor for e in list_events(site, limit=500)}
    assert events["review.submitted"] == events["labels.imported"] == cast.admin.user_id


def test_whoever_does_not_see_the_project_imports_nothing(site: Site, cast: Cast) -> None:
    with pytest.raises(NotFound):
        import_reviews(site, cast.outsider, "plates", HEADER)


def test_progress_counts_the_reviews_that_are_new(site: Site, cast: Cast) -> None:
    fill(site, count=205)
    told: list[tuple[int, int]] = []
    text = HEADER + "".join(f"{n}.png,anna,,absent,,,\n" for n in range(205))
    import_reviews(
        site, cast.admin, "plates", text, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(200, 205), (205, 205)]


def test_known_truth_settles_what_was_reviewed_and_waits_for_the_rest(
    site: Site, cast: Cast
) -> None:
    done, _waiting = fill(site, count=2)
    reviewed = HEADER + "0.png,anna,,absent,,,\n0.png,ben,bubble,present,,,\n"
    import_reviews(site, cast.admin, "plates", reviewed)
    assert states(site) == ["disputed 0", "waiting 2"]
    truth = "file,defect_type,severity\n0.png,scratch,2\n0.png,bubble,\n1.png,,\n"
    first = import_references(site, cast.admin, "plates", truth)
    assert first == ImportedReferences(2, 0, ())
    assert states(site) == ["settled 0", "waiting 2"]
    labels = {one["defect_type"]: one for one in get_image(site, cast.lead, done).labels}
    assert labels["scratch"]["severity"] == 2
    assert labels["scratch"]["source"] == Source.REFERENCE
    again = import_references(site, cast.admin, "plates", truth)
    assert again == ImportedReferences(0, 2, ())


def test_columns_that_known_truth_does_not_use_are_named(site: Site, cast: Cast) -> None:
    fill(site)
    truth = "file,defect_type,severity,x,y\n0.png,bubble,,3,4\n"
    assert import_references(site, cast.admin, "plates", truth).unused == ("x", "y")


def test_wrong_truth_is_refused_with_its_line(site: Site, cast: Cast) -> None:
    [image] = fill(site)
    for lines, place in (
        ("0.png,crack,", "line 2, defect_type"),
        ("0.png,scratch,", "line 2, severity"),
        ("0.png,scratch,9", "line 2, severity"),
        ("0.png,scratch,0", "line 2, severity"),
        ("0.png,bubble,1", "line 2, severity"),
        ("0.png,,1", "line 2, severity"),
        ("0.png,bubble,\n0.png,,", "line 3, defect_type"),
        ("0.png,,\n0.png,bubble,", "line 3, defect_type"),
        ("0.png,scratch,1\n0.png,scratch,2", "line 3, severity"),
        ("7.png,bubble,", "line 2, file"),
    ):
        text = f"file,defect_type,severity\n{lines}\n"
        with pytest.raises(InvalidInput) as caught:
            import_references(site, cast.admin, "plates", text)
        assert place in faults_of(caught), lines
    with site.database.read() as session:
        assert images.reference(session, image) is None


def sample_project(site: Site) -> Principal:
    """The sample standard, people and pictures, without the work of decoding them."""
    standard = tomllib.loads((SAMPLE / "standard.toml").read_text("utf-8"))
    projects.create_project(site, "demo", standard)
    admin = person(site, "admin", Role.ADMIN)
    for name in ("anna", "ben"):
        person(site, name, Role.REVIEWER)
        people.add_member(site, "demo", name, admin)
    with (SAMPLE / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        files = [row["file"] for row in csv.DictReader(stream)]

    def deed(session: Session) -> None:
        project = project_rows.visible(session, "demo", user_id="", everywhere=True)
        assert project is not None
        first = project_rows.take_positions(session, project.id, len(files))
        for number, file in enumerate(files, start=first):
            with PIL.Image.open(SAMPLE / file) as stored_picture:
                size = PIL.ImageOps.exif_transpose(stored_picture).size
            image = made_up_image(site, project, number, size, 0)
            image.file = file
            images.add(session, image, gray=bytes(64 * 64))

    site.database.write(deed)
    return admin


def test_the_sample_reviews_leave_the_disputes_that_the_sample_data_promise(site: Site) -> None:
    admin = sample_project(site)
    text = (SAMPLE / "reviews.csv").read_text("utf-8")
    brought = import_reviews(site, admin, "demo", text)
    assert (brought.extra, brought.unchanged) == (0, 0)
    found_disputes = list_disputes(site, admin, "demo")
    # tests/test_sample_data.py holds the data themselves to 8 to 14 pictures of all kinds.
    assert 8 <= len({d.image for d in found_disputes}) <= 14
    assert {d.kind for d in found_disputes} == {
        DisputeKind.VERDICT,
        DisputeKind.SEVERITY,
        DisputeKind.WHERE,
    }
    counts = progress(site, admin, "demo")
    assert counts.reviews == brought.reviews
    assert counts.disputed + counts.settled + counts.waiting == counts.images == 80
    assert import_reviews(site, admin, "demo", text).unchanged == brought.reviews
