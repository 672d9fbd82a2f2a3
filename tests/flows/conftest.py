"""A tablet for tests about people, and what holds after every test of a flow."""

from collections.abc import Iterator

import pytest

from labeler.flows import stations
from labeler.flows.label_counts import LabelCounts
from labeler.flows.site import Site
from tests.cast import Cast


@pytest.fixture
def tablet(site: Site, cast: Cast) -> str:
    """The key of an enrolled tablet."""
    announced = stations.add_station(site, "Line 2", "plates", cast.lead)
    return stations.enrol(site, announced.code or "")


@pytest.fixture(autouse=True)
def kept_labels_are_true(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test has done: the label counts kept beside it equal a recount."""
    site: Site | None = request.getfixturevalue("site") if "site" in request.fixturenames else None
    yield
    for project in site.label_counts.projects() if site else ():
        with site.database.read() as session:
            kept = site.label_counts.read(session, project)
            assert kept == LabelCounts().read(session, project)
