"""A forgotten secret: who may give a new one, what it ends, what it leaves alone."""

import pytest

from labeler.core.errors import (
    Conflict,
    InvalidInput,
    LabelerError,
    NotFound,
    NotSignedIn,
    TooManyAttempts,
)
from labeler.core.people import Principal, check_password, check_pin
from labeler.core.terms import Role
from labeler.flows import people, reading, sign_in
from labeler.flows.renew_secret import change_password, has_password, reset_secret
from labeler.flows.secrets import draw_password, draw_pin
from labeler.flows.site import Site
from tests.cast import PASSWORD, Cast, found, hire, person
from tests.conftest import CountedEntropy

OTHER = "another long password"


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def signed_in(site: Site, name: str, password: str = PASSWORD) -> Principal:
    who = sign_in.session_principal(site, sign_in.with_password(site, name, password))
    assert who is not None
    return who


def guess(site: Site, times: int, attempt: object) -> None:
    for _ in range(times):
        with pytest.raises(NotSignedIn):
            attempt()  # type: ignore[operator]


class TestSomebodyElse:
    """A lead for the reviewers of their projects, an administrator for everybody."""

    def test_a_lead_gives_a_reviewer_a_pin_that_works_where_the_old_one_did(
        self, site: Site, cast: Cast, tablet: str
    ) -> None:
        anna = cast.anna.user_id
        first = reset_secret(site, anna, pin="2580", by=cast.lead)
        assert (first.kind, first.secret, first.name) == ("pin", None, "anna")
        session = sign_in.with_pin(site, tablet, anna, "2580")
        drawn = reset_secret(site, "anna", by=cast.lead)
        assert drawn.secret is not None
        assert sign_in.session_principal(site, session) is None
        with pytest.raises(NotSignedIn):
            sign_in.with_pin(site, tablet, anna, "2580")
        assert sign_in.with_pin(site, tablet, anna, drawn.secret)

    def test_an_administrator_gives_anybody_a_password(self, site: Site, cast: Cast) -> None:
        for who in (cast.lead, cast.engineer, cast.outsider):
            made = reset_secret(site, who.user_id, by=cast.admin)
            assert made.kind == "password"
            assert sign_in.with_password(site, who.name, made.secret or "")
        reset_secret(site, "anna", password=PASSWORD, by=cast.admin)
        assert sign_in.with_password(site, "anna", PASSWORD)

    def test_nobody_reaches_beyond_those_they_look_after(self, site: Site, cast: Cast) -> None:
        other = person(site, "lars", Role.LEAD)
        people.add_member(site, "plates", "lars", cast.admin)
        refused = [
            (cast.lead, other), (cast.lead, cast.engineer), (cast.lead, cast.admin),
            (cast.outsider, cast.anna), (cast.engineer, cast.anna), (cast.anna, cast.ben),
        ]  # fmt: skip
        for by, whom in refused:
            with pytest.raises(NotFound):
                reset_secret(site, whom.user_id, by=by)
        with pytest.raises(NotFound):
            reset_secret(site, "nobody")

    def test_oneself_is_asked_for_the_old_one_instead(self, site: Site, cast: Cast) -> None:
        with pytest.raises(Conflict, match="old one"):
            reset_secret(site, cast.admin.user_id, password=OTHER, by=cast.admin)
        assert reset_secret(site, "admin", password=OTHER).secret is None  # on the server
        assert sign_in.with_password(site, "admin", OTHER)

    @pytest.mark.parametrize(
        ("name", "given"),
        [
            ("anna", {"pin": "1234"}), ("anna", {"pin": ""}), ("anna", {"password": "short"}),
            ("lea", {"pin": "2580"}), ("lea", {"password": "short"}),
            ("anna", {"pin": "2580", "password": PASSWORD}),
        ],
    )  # fmt: skip
    def test_a_secret_that_will_not_do_changes_nothing(
        self, site: Site, cast: Cast, name: str, given: dict[str, str]
    ) -> None:
        reset_secret(site, "lea", password=PASSWORD)
        session = sign_in.with_password(site, "lea", PASSWORD)
        with pytest.raises(InvalidInput) as refused:
            reset_secret(site, name, by=cast.admin, **given)
        assert refused.value.fields
        assert sign_in.session_principal(site, session) is not None

    def test_a_wait_after_wrong_attempts_ends_everywhere_but_for_others(
        self, site: Site, cast: Cast, tablet: str
    ) -> None:
        for one in (cast.anna, cast.ben):
            reset_secret(site, one.user_id, pin="2580")
            reset_secret(site, one.user_id, password=PASSWORD)
            guess(site, 5, lambda who=one: sign_in.with_pin(site, tablet, who.user_id, "9999"))
            guess(site, 5, lambda who=one: sign_in.with_password(site, who.name, "x" * 12))
        with pytest.raises(TooManyAttempts):
            sign_in.with_pin(site, tablet, cast.anna.user_id, "2580")
        reset_secret(site, "anna", pin="1470", by=cast.lead)
        assert sign_in.with_pin(site, tablet, cast.anna.user_id, "1470")
        assert sign_in.with_password(site, "anna", PASSWORD)
        for attempt in (
            lambda: sign_in.with_pin(site, tablet, cast.ben.user_id, "2580"),
            lambda: sign_in.with_password(site, "ben", PASSWORD),
        ):
            with pytest.raises(TooManyAttempts):
                attempt()

    def test_tokens_work_on_unless_they_are_to_end(self, site: Site, cast: Cast) -> None:
        _info, kept = people.create_token(site, "anna")
        _info, of_ben = people.create_token(site, "ben")
        assert reset_secret(site, "anna", by=cast.lead).tokens == 1
        assert sign_in.token_principal(site, kept) is not None
        assert reset_secret(site, "anna", end_tokens=True, by=cast.lead).tokens == 0
        assert sign_in.token_principal(site, kept) is None
        assert sign_in.token_principal(site, of_ben) is not None

    def test_the_event_says_who_and_whom_and_never_the_secret(self, site: Site, cast: Cast) -> None:
        people.create_token(site, "anna")
        drawn = reset_secret(site, "anna", end_tokens=True, by=cast.lead)
        event = reading.list_events(site, limit=1000)[-1]
        assert (event.actor, event.action) == (cast.lead.user_id, "secret.reset")
        assert event.subject == cast.anna.user_id
        assert event.data == {"kind": "pin", "drawn": True, "tokens_ended": 1}
        assert drawn.secret not in str(event)


class TestOneself:
    """The old password is asked; only the session that asks goes on."""

    @pytest.fixture
    def lea(self, site: Site, cast: Cast) -> Principal:
        reset_secret(site, "lea", password=PASSWORD)
        return signed_in(site, "lea")

    def test_the_new_one_holds_and_every_other_session_ends(
        self, site: Site, lea: Principal
    ) -> None:
        here = sign_in.with_password(site, "lea", PASSWORD)
        there = sign_in.with_password(site, "lea", PASSWORD)
        who = sign_in.session_principal(site, here)
        assert who is not None
        change_password(site, who, PASSWORD, OTHER)
        assert sign_in.session_principal(site, here) is not None
        assert sign_in.session_principal(site, there) is None
        with pytest.raises(NotSignedIn):
            sign_in.with_password(site, "lea", PASSWORD)
        assert sign_in.with_password(site, "lea", OTHER)
        event = [e for e in reading.list_events(site, limit=1000) if "password" in e.action]
        assert [(e.actor, e.data) for e in event] == [(lea.user_id, {})]

    @pytest.mark.parametrize(
        ("old", "new", "field"),
        [("wrong password", OTHER, "old"), (PASSWORD, "short", "password"),
         (PASSWORD, PASSWORD, "password")],
    )  # fmt: skip
    def test_a_refusal_names_the_field_and_changes_nothing(
        self, site: Site, lea: Principal, old: str, new: str, field: str
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            change_password(site, lea, old, new)
        assert [f.path for f in refused.value.fields] == [field]
        assert sign_in.with_password(site, "lea", PASSWORD)

    def test_an_open_session_is_no_place_to_guess_at(self, site: Site, lea: Principal) -> None:
        for _ in range(5):
            with pytest.raises(InvalidInput):
                change_password(site, lea, "wrong password", OTHER)
        for attempt in (
            lambda: change_password(site, lea, PASSWORD, OTHER),
            lambda: sign_in.with_password(site, "lea", PASSWORD),
        ):
            with pytest.raises(TooManyAttempts):
                attempt()

    def test_a_reviewer_with_a_pin_alone_has_none_to_change(self, site: Site, cast: Cast) -> None:
        reset_secret(site, "anna", pin="2580")
        assert not has_password(site, cast.anna)
        with pytest.raises(LabelerError, match="Ask your lead for a new PIN"):
            change_password(site, cast.anna, "2580", OTHER)


def test_what_is_drawn_may_be_used_and_never_repeats_itself() -> None:
    entropy = CountedEntropy()
    pins = [draw_pin(entropy) for _ in range(300)]
    assert all(check_pin(pin) == pin and len(pin) == 6 for pin in pins)
    assert len(set(pins)) > 290
    passwords = {draw_password(entropy) for _ in range(50)}
    assert len(passwords) == 50
    assert all(check_password(one) == one for one in passwords)


def test_a_pin_that_is_too_easy_is_drawn_again() -> None:
    given = iter((bytes(8), bytes(range(8)), b"\xff" * 8, bytes((2, 5, 8, 0, 1, 4, 7, 9))))
    assert draw_pin(lambda _size: next(given)) == "258014"
