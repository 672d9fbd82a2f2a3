"""What tests about people and their secrets share."""

import pytest

from labeler.flows import stations
from labeler.flows.site import Site
from tests.cast import Cast


@pytest.fixture
def tablet(site: Site, cast: Cast) -> str:
    """The key of an enrolled tablet."""
    announced = stations.add_station(site, "Line 2", "plates", cast.lead)
    return stations.enrol(site, announced.code or "")
