"""What a manifest says of files, and what becomes of what fits none."""

import hashlib
import io
import zipfile

import pytest

from labeler.core.errors import InvalidInput
from labeler.flows.images import list_images
from labeler.flows.ingest import ImportReport, ingest, read_manifest
from labeler.flows.reading import list_events
from labeler.flows.site import Site
from labeler.store import images
from labeler.store.intake import IntakeLimits, walk_upload
from tests.cast import Cast, found, hire
from tests.web.conftest import picture


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def bring(
    site: Site, cast: Cast, manifest: str, files: dict[str, int], *, known: bool = True
) -> ImportReport:
    """Import a zip of made-up pictures, by name and seed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, seed in files.items():
            archive.writestr(name, picture(seed))
    rows = read_manifest(site, cast.lead, "plates", manifest)
    incoming = walk_upload("all.zip", packed, IntakeLimits())
    names = list(files) if known else None
    return ingest(site, cast.lead, "plates", incoming, manifest=rows, names=names)


def stored(site: Site, cast: Cast) -> dict[str, tuple[str | None, object]]:
    """File to unit and known truth."""
    found = list_images(site, cast.lead, "plates", after=-1, limit=100)
    with site.database.read() as session:
        return {one.file: (one.unit, images.reference(session, one.id)) for one in found}


@pytest.mark.parametrize("known", [True, False])
def test_a_row_is_not_given_to_files_that_only_share_its_last_part(
    site: Site, cast: Cast, known: bool
) -> None:
    files = {"a/1.png": 1, "b/1.png": 2, "c/1.png": 3}
    report = bring(site, cast, "file,unit,reference\na/1.png,U1,ok\n", files, known=known)
    assert stored(site, cast) == {
        "a/1.png": ("U1", {}), "b/1.png": (None, None), "c/1.png": (None, None),
    }  # fmt: skip
    assert [result.file for result in report] == list(files)
    assert report.unmatched == ()


def test_a_row_whose_folders_differ_in_front_fits_and_the_file_keeps_its_name(
    site: Site, cast: Cast
) -> None:
    manifest = "file,unit\nimages\\1.png,U1\n2.png,U2\n"
    report = bring(site, cast, manifest, {"1.png": 1, "line/2.png": 2})
    assert stored(site, cast) == {"1.png": ("U1", None), "line/2.png": ("U2", None)}
    assert set(report.matched) == {"images\\1.png", "2.png"}


@pytest.mark.parametrize("known", [True, False])
def test_a_row_that_could_mean_two_files_is_given_to_neither_and_named(
    site: Site, cast: Cast, known: bool
) -> None:
    report = bring(site, cast, "file,unit\n1.png,U1\n", {"a/1.png": 1, "b/1.png": 2}, known=known)
    assert stored(site, cast) == {"a/1.png": (None, None), "b/1.png": (None, None)}
    assert report.unmatched == ("1.png",)


def test_rows_and_golden_parts_that_never_came_are_named(site: Site, cast: Cast) -> None:
    manifest = "file,golden\n1.png,good.png\nlate.png,nowhere.png\n2.png,late.png\n"
    report = bring(site, cast, manifest, {"1.png": 1, "2.png": 2, "good.png": 3})
    assert report.unmatched == ("late.png", "nowhere.png")
    # The good part is there by now, and need not come with every import.
    again = bring(site, cast, "file,golden\n4.png,good.png\n", {"4.png": 4})
    assert again.unmatched == ()


def test_a_golden_part_that_is_judged_too_is_found_under_the_name_of_the_manifest(
    site: Site, cast: Cast
) -> None:
    manifest = "file,golden\nimages/1.png,images/2.png\nimages/2.png,images/2.png\n"
    bring(site, cast, manifest, {"1.png": 1, "2.png": 2})
    with site.database.read() as session:
        project = images.by_id(session, _id(site, cast, "1.png")).project_id
        first, second = (images.by_file(session, project, name)[0] for name in ("1.png", "2.png"))
        assert images.golden(session, first) == second.sha256
        assert images.golden(session, second) is None


def test_a_good_part_leaves_an_event_when_it_comes_and_when_another_takes_its_name(
    site: Site, cast: Cast
) -> None:
    def came() -> list[tuple[str, object]]:
        told = [e for e in list_events(site, limit=500) if e.action == "good_part.imported"]
        return [(e.actor, e.data["sha256"]) for e in told]

    manifest = "file,golden\n1.png,good.png\n"
    bring(site, cast, manifest, {"1.png": 1, "good.png": 2})
    bring(site, cast, manifest, {"good.png": 2})  # the same again changes nothing
    bring(site, cast, manifest, {"good.png": 3})
    pictures = [hashlib.sha256(picture(seed)).hexdigest() for seed in (2, 3)]
    assert came() == [(cast.lead.user_id, sha256) for sha256 in pictures]


def _id(site: Site, cast: Cast, file: str) -> str:
    found = list_images(site, cast.lead, "plates", after=-1, limit=100)
    return next(one.id for one in found if one.file == file)


def test_a_duplicate_says_which_of_its_values_were_not_taken(site: Site, cast: Cast) -> None:
    first = "file,unit,lot,captured_at,reference,place\n1.png,U1,L1,2026-03-01T08:00,ok,top\n"
    bring(site, cast, first, {"1.png": 1})
    [same] = bring(site, cast, first, {"1.png": 1})
    assert (same.status, same.reason) == ("duplicate", None)
    other = "file,unit,lot,captured_at,reference,place\nx.png,U2,,2026-03-02T08:00,bubble,top\n"
    [result] = bring(site, cast, other, {"x.png": 1})
    assert result.status == "duplicate"
    assert result.explanation == (
        "Known already as 1.png; what the manifest says differently was not taken: "
        "unit, captured_at, reference."
    )
    assert stored(site, cast) == {"1.png": ("U1", {})}


def test_a_column_that_stands_twice_in_the_header_is_refused_by_name(
    site: Site, cast: Cast
) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_manifest(site, cast.lead, "plates", "file,unit, unit,,\n1.png,U1,U2,,\n")
    assert [field.path for field in refused.value.fields] == ["line 1, unit"]
