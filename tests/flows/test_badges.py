"""A reviewer's badge: who gives it, where it counts, what guessing costs, what is kept of it."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from labeler.core.errors import Conflict, InvalidInput, NotFound, NotSignedIn, TooManyAttempts
from labeler.core.people import check_badge
from labeler.core.terms import Role
from labeler.flows import people, reading, renew_secret, sign_in
from labeler.flows.badges import FILE, set_badge
from labeler.flows.site import Site
from labeler.store.badge_key import BadgeKey
from tests.cast import PASSWORD, Cast, found, hire, person
from tests.conftest import TurnableClock

BADGE = "04:A2:19:7F:3C"


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def who_scans(site: Site, tablet: str, badge: str) -> str:
    found = sign_in.session_principal(site, sign_in.with_badge(site, tablet, badge))
    assert found is not None
    assert found.station_id is not None
    return found.name


def test_a_badge_signs_its_reviewer_in_however_the_reader_writes_it(
    site: Site, cast: Cast, tablet: str
) -> None:
    assert set_badge(site, cast.anna.user_id, BADGE, cast.lead) == "anna"
    set_badge(site, "ben", "1002003004", cast.lead)
    for written in (BADGE, "04a2197f3c", "04-A2-19-7F-3C"):
        assert who_scans(site, tablet, written) == "anna"
    assert who_scans(site, tablet, "1002003004") == "ben"


def test_only_on_an_enrolled_tablet_of_their_project(site: Site, cast: Cast, tablet: str) -> None:
    set_badge(site, "anna", BADGE, cast.lead)
    for key in ("", "no tablet's key"):
        with pytest.raises(NotSignedIn):
            sign_in.with_badge(site, key, BADGE)
    people.remove_member(site, "plates", "anna", cast.admin)
    with pytest.raises(NotSignedIn):
        sign_in.with_badge(site, tablet, BADGE)


def test_who_may_give_one(site: Site, cast: Cast) -> None:
    with pytest.raises(NotFound):
        set_badge(site, "anna", BADGE, cast.outsider)
    with pytest.raises(NotFound):
        set_badge(site, "nobody", BADGE, cast.lead)
    with pytest.raises(InvalidInput):
        set_badge(site, "lea", BADGE, cast.admin)
    set_badge(site, "anna", BADGE, cast.admin)
    set_badge(site, "anna", BADGE)  # again, by whoever runs the server: nothing is lost
    assert [p.name for p in people.list_people(site, cast.lead) if p.has_badge] == ["anna"]


def test_a_badge_has_one_owner_and_goes_on_after_a_removal(
    site: Site, cast: Cast, tablet: str
) -> None:
    set_badge(site, "anna", BADGE, cast.lead)
    with pytest.raises(Conflict):
        set_badge(site, "ben", BADGE.lower(), cast.lead)
    people.remove_user(site, cast.anna.user_id, cast.lead)
    with pytest.raises(NotSignedIn):
        sign_in.with_badge(site, tablet, BADGE)
    set_badge(site, "ben", BADGE, cast.lead)
    assert who_scans(site, tablet, BADGE) == "ben"


def test_taking_a_lost_badge_back_ends_what_it_opened(site: Site, cast: Cast, tablet: str) -> None:
    set_badge(site, "anna", BADGE, cast.lead)
    opened = sign_in.with_badge(site, tablet, BADGE)
    set_badge(site, "anna", None, cast.lead)
    assert sign_in.session_principal(site, opened) is None
    with pytest.raises(NotSignedIn):
        sign_in.with_badge(site, tablet, BADGE)
    told = [one.action for one in reading.list_events(site)]
    assert "badge.set" in told
    assert told.index("badge.taken") > told.index("badge.set")


def test_five_unknown_badges_make_the_tablet_wait_and_a_right_one_clears_nothing(
    site: Site, cast: Cast, tablet: str, clock: TurnableClock
) -> None:
    set_badge(site, "anna", BADGE, cast.lead)
    for number in range(4):
        with pytest.raises(NotSignedIn):
            sign_in.with_badge(site, tablet, f"99999{number}")
    assert who_scans(site, tablet, BADGE) == "anna"
    with pytest.raises(NotSignedIn):
        sign_in.with_badge(site, tablet, "x")  # not even a badge's shape
    with pytest.raises(TooManyAttempts):
        sign_in.with_badge(site, tablet, BADGE)
    clock.turn(seconds=11)
    assert who_scans(site, tablet, BADGE) == "anna"
    with pytest.raises(NotSignedIn):
        sign_in.with_badge(site, tablet, "999999")
    clock.turn(seconds=11)
    with pytest.raises(TooManyAttempts):  # the sixth doubled the wait
        sign_in.with_badge(site, tablet, BADGE)
    clock.turn(seconds=3700)
    for number in range(4):  # after an hour without a fault the count begins anew
        with pytest.raises(NotSignedIn):
            sign_in.with_badge(site, tablet, f"99999{number}")
    assert who_scans(site, tablet, BADGE) == "anna"


def test_guesses_that_come_at_once_are_counted_like_guesses_in_turn(
    site: Site, cast: Cast, tablet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lex = person(site, "lex", Role.LEAD, password=PASSWORD)
    looked_at = []

    def slow(secret: str, _hashed: str | None) -> bool:
        looked_at.append(secret)
        time.sleep(0.02)  # hashing takes that long and more in an installation
        return False

    for flow in (sign_in, renew_secret):
        monkeypatch.setattr(flow, "secret_matches", slow)

    def guess_pin(number: int) -> None:
        sign_in.with_pin(site, tablet, cast.anna.user_id, f"{number}")

    def guess_old_password(number: int) -> None:
        renew_secret.change_password(site, lex, f"a long guess {number}", PASSWORD)

    for guess in (guess_pin, guess_old_password):

        def refusal(number: int, guess: Callable[[int], None] = guess) -> type[Exception]:
            with pytest.raises((NotSignedIn, InvalidInput, TooManyAttempts)) as refused:
                guess(number)
            return refused.type

        looked_at.clear()
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(refusal, range(3000, 3020)))
        assert len(looked_at) == 5
        assert answers.count(TooManyAttempts) == 15


def test_unknown_badges_do_not_block_anybody_s_pin(site: Site, cast: Cast, tablet: str) -> None:
    new = person(site, "new", Role.REVIEWER, pin="2580")
    people.add_member(site, "plates", "new", cast.admin)
    for number in range(6):
        with pytest.raises((NotSignedIn, TooManyAttempts)):
            sign_in.with_badge(site, tablet, f"99999{number}")
    assert sign_in.with_pin(site, tablet, new.user_id, "2580")


def test_the_database_holds_only_a_hash_under_a_key_that_is_not_in_it(
    site: Site, cast: Cast
) -> None:
    set_badge(site, "anna", BADGE, cast.lead)
    with site.database.read() as session:
        stored = session.execute(text("SELECT badge_hash FROM user_account WHERE name = 'anna'"))
        kept = stored.scalar_one()
    file = site.settings.data / FILE
    assert file.stat().st_mode & 0o777 == 0o600
    assert kept == BadgeKey(file).digest(check_badge(BADGE))
    assert [p.name for p in site.settings.data.glob("badge.key*")] == [FILE]
    assert BadgeKey(site.settings.data / "another.key").digest(check_badge(BADGE)) != kept


@pytest.mark.parametrize("badge", ["", "12345", "ÄÖÜ-ßßß", "1" * 65, "------------"])
def test_what_cannot_be_a_badge(site: Site, cast: Cast, badge: str) -> None:
    with pytest.raises(InvalidInput):
        set_badge(site, "anna", badge, cast.lead)


def test_a_session_on_a_tablet_ends_when_nobody_touches_it_and_one_at_a_desk_does_not(
    site: Site, cast: Cast, tablet: str, clock: TurnableClock
) -> None:
    set_badge(site, "anna", BADGE, cast.lead)
    people.add_user(site, "lou", Role.LEAD, password=PASSWORD)
    on_tablet = sign_in.with_badge(site, tablet, BADGE)
    lead_there = sign_in.with_password(site, "lou", PASSWORD, tablet)
    at_desk = sign_in.with_password(site, "lou", PASSWORD, "no tablet's key")
    limit = sign_in.idle_limit(site)
    assert limit > timedelta(seconds=site.settings.idle_lock_s)
    clock.turn(seconds=limit.total_seconds() - 5)
    there = sign_in.session_principal(site, on_tablet)
    assert there is not None
    sign_in.note_presence(site, there)
    clock.turn(seconds=10)
    assert sign_in.session_principal(site, on_tablet) is not None
    assert sign_in.session_principal(site, lead_there) is None
    assert sign_in.session_principal(site, at_desk) is not None
    clock.turn(seconds=limit.total_seconds())
    assert sign_in.session_principal(site, on_tablet) is None
    sign_in.note_presence(site, there)  # a late word from the network
