"""What tests about people and their secrets share."""

import pytest
from argon2 import PasswordHasher

from labeler.flows import secrets, stations
from labeler.flows.site import Site
from tests.cast import Cast


@pytest.fixture
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing as safe as an installation's would be most of such a test's time."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(secrets, "_HASHER", cheap)


@pytest.fixture
def tablet(site: Site, cast: Cast) -> str:
    """The key of an enrolled tablet."""
    announced = stations.add_station(site, "Line 2", "plates", cast.lead)
    return stations.enrol(site, announced.code or "")
