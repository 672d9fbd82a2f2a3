"""A tablet for tests about people, and what holds after every test of a flow."""

from collections.abc import Iterator

import pytest

from labeler.flows import stations
from labeler.flows.site import Site
from tests.cast import Cast
from tests.flows.kept import forgetful, read_all, what_is_kept


@pytest.fixture
def tablet(site: Site, cast: Cast) -> str:
    """The key of an enrolled tablet."""
    announced = stations.add_station(site, "Line 2", "plates", cast.lead)
    return stations.enrol(site, announced.code or "")


@pytest.fixture(autouse=True)
def kept_counts_are_true(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test has done: the counts kept beside it equal a recount."""
    site: Site | None = request.getfixturevalue("site") if "site" in request.fixturenames else None
    yield
    asked = what_is_kept(site) if site else set()
    if site and asked:
        assert read_all(site, asked) == read_all(forgetful(site), asked)
