"""Enrolling a tablet: a short code, once, in time, and not by guessing."""

import pytest

from labeler.core.errors import NotFound, TooManyAttempts
from labeler.flows import stations
from labeler.flows.site import Site
from tests.cast import Cast, found, hire
from tests.conftest import TurnableClock


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def announce(site: Site, cast: Cast) -> str:
    code = stations.add_station(site, "Line 1", "plates", cast.lead).code
    assert code is not None
    return code


def test_a_code_is_easy_to_type_and_works_once(site: Site, cast: Cast) -> None:
    code = announce(site, cast)
    assert len(code) == 8
    assert set(code).isdisjoint("01ilo")
    key = stations.enrol(site, f" {code[:4].upper()}-{code[4:]} ")
    named = stations.station_of(site, key)
    assert named is not None
    assert named.name == "Line 1"
    assert stations.station_of(site, "another key") is None
    with pytest.raises(NotFound):
        stations.enrol(site, code)


def test_a_code_ends_after_a_day(site: Site, cast: Cast, clock: TurnableClock) -> None:
    code = announce(site, cast)
    clock.turn(seconds=stations.CODE_HOURS * 3600 + 1)
    with pytest.raises(NotFound):
        stations.enrol(site, code)


def test_whoever_guesses_waits_and_nobody_else_does(
    site: Site, cast: Cast, clock: TurnableClock
) -> None:
    code = announce(site, cast)
    for number in range(5):
        with pytest.raises(NotFound):
            stations.enrol(site, f"guess{number}", origin="192.0.2.7")
    with pytest.raises(TooManyAttempts):
        stations.enrol(site, code, origin="192.0.2.7")
    assert stations.enrol(site, code, origin="192.0.2.8")
    clock.turn(seconds=11)
    assert stations.enrol(site, announce(site, cast), origin="192.0.2.7")
