"""Letting no one in: origins, headers, cookies, sessions, PINs, tokens, and how refusals look."""

from dataclasses import dataclass
from datetime import datetime

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import text

from labeler.assets import asset_folder
from labeler.core.errors import Unavailable
from labeler.core.people import Principal
from labeler.core.terms import Role, Scope
from labeler.flows import people, set_up, sign_in, stations
from labeler.flows.site import Site
from labeler.settings import Settings
from labeler.web.access import Anybody, require_declarations
from labeler.web.addresses import local_path
from labeler.web.app import create_app
from labeler.web.static_files import asset
from tests.cast import PASSWORD, found, person
from tests.conftest import TurnableClock
from tests.served import app_of

HOME = "http://plant.test"
SECURE = "https://plant.test"
PIN = "2580"


@dataclass
class Plant:
    """A project with a lead who has a password, a reviewer with a PIN, an enrolled tablet."""

    site: Site
    app: FastAPI
    lead: Principal
    anna: Principal
    admin: Principal
    tablet_key: str
    station_id: str

    def browser(self, address: str = HOME, **headers: str) -> TestClient:
        """A browser at our own pages: it sends their origin with every change."""
        return TestClient(
            self.app, base_url=address,
            headers={"origin": address, "accept": "text/html"} | headers,
            follow_redirects=False, raise_server_exceptions=False,
        )  # fmt: skip

    def tablet(self, address: str = HOME) -> TestClient:
        found = self.browser(address)
        prefix = "__Host-" if address == SECURE else ""
        found.cookies.set(f"{prefix}labeler_device", self.tablet_key)
        return found

    def signed_in(self, address: str = HOME) -> TestClient:
        """The lead's browser."""
        browser = self.browser(address)
        answer = browser.post("/sign-in", data={"name": "lea", "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return browser

    def program(self, who: Principal, *scopes: Scope) -> TestClient:
        _info, secret = people.create_token(self.site, who.user_id, scopes)
        headers = {"authorization": f"Bearer {secret}"}
        return TestClient(self.app, base_url=HOME, headers=headers, raise_server_exceptions=False)


@pytest.fixture
def plant(site: Site) -> Plant:
    found(site)
    admin = person(site, "admin", Role.ADMIN, password=PASSWORD)
    lead = person(site, "lea", Role.LEAD, password=PASSWORD)
    anna = person(site, "anna", Role.REVIEWER, pin=PIN)
    for member in (lead, anna):
        people.add_member(site, "plates", member.name, admin)
    announced = stations.add_station(site, "tablet", "plates", lead)
    key = stations.enrol(site, announced.code or "")
    return Plant(site, app_of(site), lead, anna, admin, key, announced.id)


class TestChangesComeFromOurPages:
    """CSRF: what a browser adds decides, a program's token needs nothing."""

    TRIED = (
        ({"origin": HOME}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),  # typed or from a bookmark
        ({"sec-fetch-site": "same-site", "origin": HOME}, False),
        ({"sec-fetch-site": "cross-site", "origin": HOME}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"origin": "http://elsewhere.test"}, False),
        ({"origin": "https://plant.test"}, False),  # another scheme is another origin
        ({"origin": "http://plant.test:81"}, False),
        ({"origin": "null"}, False),
        ({}, False),  # a cookie and no word about where it comes from
    )

    def test_with_a_cookie(self, plant: Plant) -> None:
        browser = plant.signed_in()
        del browser.headers["origin"]
        for headers, passes in self.TRIED:
            answer = browser.post("/language", data={"language": "en"}, headers=headers)
            assert answer.status_code == (303 if passes else 403), headers
            if not passes:
                assert answer.headers["content-type"] == "application/problem+json"

    def test_every_changing_method_is_held_to_it(self, plant: Plant) -> None:
        browser = plant.signed_in()
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            foreign = {"origin": "http://elsewhere.test"}
            answer = browser.request(method, "/language", headers=foreign)
            assert answer.status_code == 403, method

    def test_reading_is_not(self, plant: Plant) -> None:
        answer = plant.signed_in().get("/people", headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 200

    def test_a_program_with_a_token_needs_no_origin(self, plant: Plant) -> None:
        assert plant.program(plant.lead).post("/api/v1/tokens", json={}).status_code == 201

    def test_another_page_cannot_sign_its_visitor_in(self, plant: Plant) -> None:
        browser = plant.browser(origin="http://elsewhere.test")
        form = {"name": "lea", "password": PASSWORD}
        answer = browser.post("/sign-in", data=form)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers

    def test_configured_origins_take_the_place_of_the_own_one(self, plant: Plant) -> None:
        settings = plant.site.settings.model_copy(update={"origins": ("https://labels.plant",)})
        plant.site.settings = Settings.model_validate(settings.model_dump())
        app = create_app(plant.site)
        for origin, status in (("https://labels.plant", 303), (HOME, 403)):
            client = TestClient(app, base_url=HOME, headers={"origin": origin})
            answer = client.post("/language", data={"language": "en"}, follow_redirects=False)
            assert answer.status_code == status


class TestHeaders:
    """What every answer carries."""

    PATHS = (
        "/", "/sign-in", "/people", "/docs", "/device", "/healthz", "/metrics", "/openapi.json",
        "/static/css/base.css", "/static/nothing.css", "/nothing", "/api/v1/projects",
        "/api/v1/projects/none", "/api/v1/audit", "/projects/plates/review",
    )  # fmt: skip

    @pytest.mark.parametrize("signed_in", [True, False])
    def test_every_answer_carries_them(self, plant: Plant, signed_in: bool) -> None:
        browser = plant.signed_in() if signed_in else plant.browser()
        for path in self.PATHS:
            self._check(browser.get(path))
        self._check(browser.post("/language", headers={"origin": "http://elsewhere.test"}))
        self._check(browser.post("/language", data={"language": "xx"}))
        self._check(browser.delete("/people"))

    def _check(self, answer: object) -> None:
        headers = answer.headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert policy.startswith(("default-src 'self'", "sandbox; default-src 'none'"))
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        opener = headers.get("cross-origin-opener-policy")
        assert opener == ("same-origin" if answer.url.scheme == "https" else None)
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert (
            headers["cache-control"] in ("no-store", "no-cache")
            or "immutable" in (headers["cache-control"])
        )

    def test_a_fault_of_ours_carries_them_too(
        self, plant: Plant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_args: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("labeler.web.pages.device.station_of", fail)
        answer = plant.browser().get("/device")
        assert answer.status_code == 500
        assert "ZeroDivisionError" not in answer.text
        self._check(answer)

    def test_an_opener_policy_is_there_under_tls_where_browsers_heed_it(
        self, plant: Plant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("labeler.web.pages.device.station_of", lambda *_: 1 / 0)
        for address, policy in ((HOME, None), (SECURE, "same-origin")):
            browser = plant.browser(address)
            for path, status in (("/sign-in", 200), ("/api/v1/audit", 401), ("/device", 500)):
                answer = browser.get(path)
                assert answer.status_code == status
                assert answer.headers.get("cross-origin-opener-policy") == policy, path

    def test_pages_are_not_kept_and_assets_with_a_hash_are(self, plant: Plant) -> None:
        browser = plant.signed_in()
        page = browser.get("/people")
        assert page.headers["cache-control"] == "no-store"
        assert "HX-Request" in page.headers["vary"]
        address = asset("css/base.css")
        assert f'href="{address}"' in page.text
        kept = browser.get(address)
        assert "immutable" in kept.headers["cache-control"]
        for later in ("/static/css/base.css", "/static/0123456789ab/css/base.css"):
            again = browser.get(later)
            assert again.text == (asset_folder("static") / "css/base.css").read_text()
            assert again.headers["cache-control"] == "no-cache"

    def test_scripts_and_styles_travel_compressed(self, plant: Plant) -> None:
        sent = plant.browser().get("/static/css/base.css", headers={"accept-encoding": "gzip"})
        plain = plant.browser().get("/static/css/base.css", headers={"accept-encoding": "identity"})
        assert sent.headers["content-encoding"] == "gzip"
        assert sent.text == plain.text
        assert int(sent.headers["content-length"]) < int(plain.headers["content-length"]) / 2


class TestCookies:
    """Session and device keys that no script, no other site and no other host can use."""

    def test_on_plain_http(self, plant: Plant) -> None:
        form = {"name": "lea", "password": PASSWORD}
        [cookie] = plant.browser().post("/sign-in", data=form).headers.get_list("set-cookie")
        name, _, rest = cookie.partition("=")
        assert name == "labeler_session"
        assert "HttpOnly" in rest
        assert "samesite=strict" in rest.lower()
        assert "Path=/" in rest
        assert "Secure" not in rest  # a browser would not send it back
        assert "max-age" not in rest.lower()  # it ends with the browser, or sooner

    def test_under_tls(self, plant: Plant) -> None:
        form = {"name": "lea", "password": PASSWORD}
        answer = plant.browser(SECURE).post("/sign-in", data=form)
        [cookie] = answer.headers.get_list("set-cookie")
        assert cookie.startswith("__Host-labeler_session=")
        assert "Secure" in cookie
        assert "Domain" not in cookie

    def test_a_cookie_without_the_prefix_counts_for_nothing_under_tls(self, plant: Plant) -> None:
        key = sign_in.with_password(plant.site, "lea", PASSWORD)
        browser = plant.browser(SECURE)
        browser.cookies.set("labeler_session", key)
        assert browser.get("/people").status_code == 303

    @pytest.mark.parametrize(("address", "prefix"), [(HOME, ""), (SECURE, "__Host-")])
    def test_enrolling_gives_a_device_key_that_lasts(
        self, plant: Plant, address: str, prefix: str
    ) -> None:
        announced = stations.add_station(plant.site, "second", "plates", plant.lead)
        answer = plant.browser(address).post(f"/enrol/{announced.code}")
        assert answer.status_code == 303
        device = [
            c for c in answer.headers.get_list("set-cookie")
            if c.startswith(f"{prefix}labeler_device=")
        ]  # fmt: skip
        [cookie] = device
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        assert "Max-Age=" in cookie
        assert ("Secure" in cookie) is (address == SECURE)

    def test_looking_at_an_enrolment_link_does_not_use_it_up(self, plant: Plant) -> None:
        announced = stations.add_station(plant.site, "second", "plates", plant.lead)
        browser = plant.browser()
        for _ in range(2):
            page = browser.get(f"/enrol/{announced.code}")
            assert page.status_code == 200
            assert "set-cookie" not in page.headers
        assert browser.post(f"/enrol/{announced.code}").status_code == 303
        assert plant.browser().post(f"/enrol/{announced.code}").status_code == 404

    def test_enrolling_signs_out_whoever_brought_the_tablet(self, plant: Plant) -> None:
        browser = plant.signed_in()
        key = browser.cookies["labeler_session"]
        announced = stations.add_station(plant.site, "second", "plates", plant.lead)
        browser.post(f"/enrol/{announced.code}")
        assert sign_in.session_principal(plant.site, key) is None


class TestSessions:
    """Rows on the server: new at every sign-in, ended from afar."""

    def test_a_sign_in_makes_a_new_one_and_ends_the_old(self, plant: Plant) -> None:
        browser = plant.signed_in()
        before = browser.cookies["labeler_session"]
        browser.post("/sign-in", data={"name": "admin", "password": PASSWORD})
        after = browser.cookies["labeler_session"]
        assert after != before
        assert sign_in.session_principal(plant.site, before) is None
        assert sign_in.session_principal(plant.site, after).name == "admin"

    def test_a_key_that_somebody_planted_is_not_taken_over(self, plant: Plant) -> None:
        browser = plant.browser()
        browser.cookies.set("labeler_session", "planted")
        browser.post("/sign-in", data={"name": "lea", "password": PASSWORD})
        assert sign_in.session_principal(plant.site, "planted") is None

    def test_signing_out_ends_it_on_the_server(self, plant: Plant) -> None:
        browser = plant.signed_in()
        key = browser.cookies["labeler_session"]
        answer = browser.post("/sign-out")
        assert answer.headers["location"] == "/sign-in"
        browser.cookies.set("labeler_session", key)
        assert browser.get("/people").status_code == 303

    def test_it_ends_by_itself(self, plant: Plant, clock: TurnableClock) -> None:
        browser = plant.signed_in()
        clock.turn(seconds=plant.site.settings.session_hours * 3600 - 60)
        assert browser.get("/people").status_code == 200
        clock.turn(seconds=120)
        assert browser.get("/people").status_code == 303

    def test_removing_a_person_ends_theirs(self, plant: Plant) -> None:
        browser = plant.signed_in()
        people.remove_user(plant.site, plant.lead.user_id, plant.admin)
        assert browser.get("/people").status_code == 303

    def test_revoking_a_tablet_ends_every_one_on_it(self, plant: Plant) -> None:
        tablet = plant.tablet()
        tablet.post("/sign-in", data={"person": plant.anna.user_id, "pin": PIN})
        assert tablet.get("/").status_code == 200
        stations.revoke_station(plant.site, plant.station_id, plant.lead)
        assert tablet.get("/").status_code == 303
        again = tablet.post("/sign-in", data={"person": plant.anna.user_id, "pin": PIN})
        assert again.status_code == 401

    def test_no_secret_is_stored_readably(self, plant: Plant) -> None:
        browser = plant.signed_in()
        _info, token = people.create_token(plant.site, plant.lead.user_id)
        announced = stations.add_station(plant.site, "second", "plates", plant.lead)
        code = set_up.issue_code(plant.site)
        secrets = (
            browser.cookies["labeler_session"], plant.tablet_key, token, announced.code, code,
            PASSWORD, PIN,
        )  # fmt: skip
        tables = (
            "user_account", "sign_in_session", "api_token", "station", "setup_code", "event",
        )  # fmt: skip
        with plant.site.database.read() as session:
            stored = "\n".join(
                str(value) for table in tables
                for row in session.execute(text(f"SELECT * FROM {table}"))  # noqa: S608  names of our own tables
                for value in row
            )  # fmt: skip
        assert "lea" in stored
        cells = stored.split("\n")
        for secret in secrets:
            assert secret
            assert secret not in cells
        assert token not in stored
        assert PASSWORD not in stored


class TestPins:
    """Only on an enrolled tablet, and slower with every wrong one."""

    def test_only_on_an_enrolled_tablet(self, plant: Plant) -> None:
        form = {"person": plant.anna.user_id, "pin": PIN}
        answer = plant.browser().post("/sign-in", data=form)
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        assert plant.tablet().post("/sign-in", data=form).status_code == 303

    def test_other_devices_do_not_learn_who_works_here(self, plant: Plant) -> None:
        assert "anna" not in plant.browser().get("/sign-in").text
        assert "anna" in plant.tablet().get("/sign-in").text

    def test_a_lead_has_no_tile_and_a_pin_opens_no_lead(self, plant: Plant) -> None:
        tablet = plant.tablet()
        assert "lea" not in tablet.get("/sign-in").text
        answer = tablet.post("/sign-in", data={"person": plant.lead.user_id, "pin": PIN})
        assert answer.status_code == 401

    def test_a_reviewer_of_another_project_cannot_sign_in_there(self, plant: Plant) -> None:
        stranger = person(plant.site, "stranger", Role.REVIEWER, pin=PIN)
        form = {"person": stranger.user_id, "pin": PIN}
        assert plant.tablet().post("/sign-in", data=form).status_code == 401

    def test_five_wrong_ones_make_the_right_one_wait(
        self, plant: Plant, clock: TurnableClock
    ) -> None:
        tablet = plant.tablet()
        wrong = {"person": plant.anna.user_id, "pin": "9999"}
        right = wrong | {"pin": PIN}
        for _ in range(5):
            assert tablet.post("/sign-in", data=wrong).status_code == 401
        refused = tablet.post("/sign-in", data=right)
        assert refused.status_code == 429
        assert 9 <= int(refused.headers["retry-after"]) <= 11
        clock.turn(seconds=11)
        assert tablet.post("/sign-in", data=wrong).status_code == 401
        clock.turn(seconds=11)  # the sixth doubles the wait
        assert tablet.post("/sign-in", data=right).status_code == 429
        clock.turn(seconds=10)
        assert tablet.post("/sign-in", data=right).status_code == 303
        for _ in range(4):  # a right one clears the count
            assert tablet.post("/sign-in", data=wrong).status_code == 401
        assert tablet.post("/sign-in", data=right).status_code == 303

    def test_passwords_wait_too_and_unknown_names_look_the_same(self, plant: Plant) -> None:
        browser = plant.browser()
        for name in ("lea", "nobody at all"):
            shown = set()
            for _ in range(5):
                answer = browser.post("/sign-in", data={"name": name, "password": "x" * 12})
                shown.add((answer.status_code, answer.text.replace(name, "")))
            assert len(shown) == 1
            answer = browser.post("/sign-in", data={"name": name, "password": PASSWORD})
            assert answer.status_code == 429

    def test_set_up_works_once_and_only_with_the_code(self, site: Site) -> None:
        plant = TestClient(
            create_app(site), base_url=HOME, headers={"origin": HOME, "accept": "text/html"},
            follow_redirects=False,
        )  # fmt: skip
        assert plant.get("/sign-in").headers["location"] == "/setup"
        code = set_up.issue_code(site)
        form = {"code": "k7m2-9xqp-h4tw", "name": "Ada", "password": PASSWORD}
        assert plant.post("/setup", data=form).status_code == 401
        assert set_up.needs_set_up(site)
        made = plant.post("/setup", data=form | {"code": code})
        assert (made.status_code, made.headers["location"]) == (303, "/")
        assert plant.get("/people").status_code == 200
        assert plant.post("/setup", data=form | {"code": code}).status_code == 409
        assert plant.get("/setup").headers["location"] == "/sign-in"


class TestTokens:
    """For programs, in the Authorization header only."""

    def test_a_token_in_the_address_or_a_cookie_is_nothing(self, plant: Plant) -> None:
        _info, token = people.create_token(plant.site, plant.lead.user_id)
        browser = plant.browser()
        assert browser.get(f"/api/v1/projects?token={token}").status_code == 401
        browser.cookies.set("labeler_session", token)
        assert browser.get("/api/v1/projects").status_code == 401

    def test_a_wrong_token_beside_a_good_cookie_is_refused(self, plant: Plant) -> None:
        browser = plant.signed_in()
        answer = browser.get("/api/v1/projects", headers={"authorization": "Bearer nonsense"})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"

    def test_it_ends_when_revoked_or_over(self, plant: Plant, clock: TurnableClock) -> None:
        program = plant.program(plant.lead)
        assert program.get("/api/v1/projects").status_code == 200
        [info] = people.list_tokens(plant.site, plant.lead)
        people.revoke_token(plant.site, info.id, plant.lead)
        assert program.get("/api/v1/projects").status_code == 401
        _info, secret = people.create_token(plant.site, plant.lead.user_id, days=1)
        program.headers["authorization"] = f"Bearer {secret}"
        assert program.get("/api/v1/projects").status_code == 200
        clock.turn(seconds=86_401)
        assert program.get("/api/v1/projects").status_code == 401

    def test_a_token_cannot_make_one_that_may_do_more(self, plant: Plant) -> None:
        maker = plant.program(plant.lead, Scope.READ, Scope.LEAD)
        assert maker.post("/api/v1/tokens", json={"scopes": ["export"]}).status_code == 403
        made = maker.post("/api/v1/tokens", json={})
        assert made.json()["scopes"] == ["read", "lead"]

    def test_an_administrators_token_without_that_scope_keeps_to_reviewers(
        self, plant: Plant
    ) -> None:
        admin = person(plant.site, "root", Role.ADMIN, password=PASSWORD)
        weak = plant.program(admin, Scope.READ, Scope.LEAD)
        asked = {"name": "mallory", "role": "admin", "password": PASSWORD}
        for refused in (
            weak.post("/api/v1/users", json=asked),
            weak.post(f"/api/v1/users/{plant.lead.user_id}/secret", json={"password": PASSWORD}),
        ):
            assert (refused.status_code, refused.json()["scope"]) == (403, "admin")
        added = weak.post("/api/v1/users", json={"name": "rita", "role": "reviewer", "pin": "2580"})
        assert added.status_code == 201

    def test_a_token_without_lead_or_admin_makes_none(self, plant: Plant) -> None:
        for who in (plant.lead, plant.anna):
            refused = plant.program(who, Scope.READ).post("/api/v1/tokens", json={})
            assert (refused.status_code, refused.json()["scope"]) == (403, "lead")
        assert plant.signed_in().post("/api/v1/tokens", json={}).status_code == 201

    def test_a_token_makes_none_that_outlives_it(self, plant: Plant) -> None:
        mine, secret = people.create_token(plant.site, plant.lead.user_id, days=2)
        program = plant.program(plant.lead)
        program.headers["authorization"] = f"Bearer {secret}"
        assert mine.expires_at is not None
        made = {
            days: program.post("/api/v1/tokens", json={"days": days}).json()["expires_at"]
            for days in (None, 1, 30)
        }
        ends = {days: datetime.fromisoformat(end) for days, end in made.items()}
        assert ends[None] == ends[30] == mine.expires_at
        assert ends[1] < mine.expires_at

    def test_other_people_s_tokens_take_the_scope_of_the_role(self, plant: Plant) -> None:
        theirs, _secret = people.create_token(plant.site, plant.lead.user_id)
        at = f"/api/v1/tokens/{theirs.id}"
        for_anna = {"user": plant.anna.user_id}
        for scopes in ((Scope.READ,), (Scope.READ, Scope.LEAD)):
            weak = plant.program(plant.admin, *scopes)
            assert weak.delete(at).json()["scope"] == "admin"
            assert weak.post("/api/v1/tokens", json=for_anna).status_code == 403
        assert theirs.id in [t.id for t in people.list_tokens(plant.site, plant.lead)]
        assert plant.program(plant.admin, Scope.READ, Scope.ADMIN).delete(at).status_code == 204
        reader = plant.program(plant.lead, Scope.READ)
        assert reader.post("/api/v1/tokens", json=for_anna).status_code == 403
        lead = plant.program(plant.lead, Scope.READ, Scope.LEAD)
        assert lead.post("/api/v1/tokens", json=for_anna).status_code == 201

    def test_a_role_bounds_its_scopes(self, plant: Plant) -> None:
        program = plant.program(plant.anna, Scope.READ, Scope.ADMIN)
        assert program.get("/api/v1/audit").status_code == 404


class TestRedirects:
    """After signing in somebody goes to one of our pages, whatever the address says."""

    ELSEWHERE = (
        "http://elsewhere.test/", "//elsewhere.test/", "///elsewhere.test", "/\\elsewhere.test",
        "\\\\elsewhere.test", "/\t/elsewhere.test", "/\n/elsewhere.test", " //elsewhere.test",
        "javascript:alert(1)", "elsewhere.test", "/ä",
    )  # fmt: skip

    def test_an_address_elsewhere_leads_home(self, plant: Plant) -> None:
        browser = plant.browser()
        for target in self.ELSEWHERE:
            assert local_path(target) == "/", target
            form = {"name": "lea", "password": PASSWORD, "next": target}
            assert browser.post("/sign-in", data=form).headers["location"] == "/", target
            form = {"language": "en", "next": target}
            assert browser.post("/language", data=form).headers["location"] == "/", target
        assert local_path("/" + "x" * 2_000) == "/"

    def test_a_page_of_ours_is_returned_to(self, plant: Plant) -> None:
        wanted = "/projects/plates/disputes?state=open&x=1"
        browser = plant.browser()
        asked = browser.get(wanted)
        assert asked.status_code == 303
        assert asked.headers["location"].startswith("/sign-in?next=%2Fprojects")
        page = browser.get(asked.headers["location"])
        assert 'value="/projects/plates/disputes?state=open&amp;x=1"' in page.text
        form = {"name": "lea", "password": PASSWORD, "next": wanted}
        assert browser.post("/sign-in", data=form).headers["location"] == wanted

    def test_a_reviewer_of_one_project_lands_on_its_next_image(self, plant: Plant) -> None:
        form = {"person": plant.anna.user_id, "pin": PIN}
        answer = plant.tablet().post("/sign-in", data=form)
        assert answer.headers["location"] == "/projects/plates/review"


class TestRefusals:
    """RFC 9457 for programs, in the language of whoever asks; a page for people."""

    def _problem(self, answer: object, status: int) -> dict:
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert body["status"] == status
        assert set(body) >= {"type", "title", "status", "detail"}
        assert body["title"]
        assert body["detail"]
        return body

    def test_nobody(self, plant: Plant) -> None:
        answer = TestClient(plant.app, base_url=HOME).get("/api/v1/projects")
        self._problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"

    def test_a_missing_scope_is_named(self, plant: Plant) -> None:
        answer = plant.program(plant.lead, Scope.REVIEW).get("/api/v1/projects")
        assert self._problem(answer, 403)["scope"] == "read"

    def test_foreign_and_missing_look_the_same(self, plant: Plant) -> None:
        found(plant.site, "secret")
        program = plant.program(plant.lead)
        foreign = self._problem(program.get("/api/v1/projects/secret"), 404)
        assert foreign == self._problem(program.get("/api/v1/projects/none"), 404)
        self._problem(program.get("/nothing"), 404)
        self._problem(program.delete("/healthz"), 405)

    def test_a_conflict_says_what_is_there(self, plant: Plant) -> None:
        answer = plant.program(plant.admin).post(
            "/api/v1/users", json={"name": "anna", "role": "reviewer"}
        )
        assert self._problem(answer, 409)["current"] == {"name": "anna"}

    def test_wrong_fields_are_named(self, plant: Plant) -> None:
        program = plant.program(plant.admin)
        for body, field in (
            ({"name": "x", "role": "king"}, "role"),
            ({"name": "x", "role": "reviewer", "crown": 1}, "crown"),
            ({"name": "x", "role": "reviewer", "pin": "1234"}, "pin"),
        ):
            problem = self._problem(program.post("/api/v1/users", json=body), 422)
            assert [fault["field"] for fault in problem["errors"]] == [field]

    def test_too_large(self, plant: Plant) -> None:
        settings = plant.site.settings.model_copy(update={"max_upload_mb": 1})
        plant.site.settings = settings
        program = plant.program(plant.admin)
        small = TestClient(create_app(plant.site), base_url=HOME, headers=program.headers)
        announced = b" " * (1 << 20) + b"{}"
        for content in (announced, iter([announced[: 1 << 19]] * 3)):
            answer = small.post("/api/v1/users", content=content)
            self._problem(answer, 413)
            assert answer.headers["x-content-type-options"] == "nosniff"
        fits = small.post("/api/v1/users", content=b" " * (1 << 19) + b"{}")
        assert fits.status_code == 422

    def test_a_store_that_is_away(self, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
        program = plant.program(plant.admin)

        def away(_deed: object) -> None:
            message = (
                "The database does not answer. Nothing was changed; try again in a few seconds."
            )
            raise Unavailable(message)

        monkeypatch.setattr(type(plant.site.database), "write", lambda _self, deed: away(deed))
        answer = program.post("/api/v1/users", json={"name": "x", "role": "reviewer"})
        self._problem(answer, 503)
        assert int(answer.headers["retry-after"]) > 0

    def test_in_korean(self, plant: Plant) -> None:
        program = plant.program(plant.admin)
        program.cookies.set("labeler_language", "ko")
        program.headers["origin"] = HOME
        problem = self._problem(program.get("/api/v1/projects/none"), 404)
        assert problem["title"] == "찾을 수 없습니다"
        assert "프로젝트" in problem["detail"]
        body = {"name": "x", "role": "reviewer", "pin": "1"}
        problem = self._problem(program.post("/api/v1/users", json=body), 422)
        assert problem["errors"] == [{"field": "pin", "message": "PIN은 숫자 4~6자리입니다."}]
        page = program.get("/nothing", headers={"accept": "text/html"})
        assert "찾을 수 없습니다" in page.text

    def test_people_get_a_page_and_htmx_a_part_of_one(self, plant: Plant) -> None:
        browser = plant.signed_in()
        page = browser.get("/projects/none/review")
        assert page.status_code == 404
        assert "<!doctype html>" in page.text
        assert "lea" in page.text, "the frame shows who is signed in"
        part = browser.get("/projects/none/review", headers={"hx-request": "true"})
        assert part.status_code == 404
        assert part.text.lstrip().startswith('<section class="message error problem"')

    def test_htmx_is_told_of_an_ended_session_instead_of_sent_away(self, plant: Plant) -> None:
        answer = plant.browser().get("/people", headers={"hx-request": "true"})
        assert answer.status_code == 401
        assert 'href="/sign-in"' in answer.text


def test_a_route_that_does_not_say_who_may_use_it_stops_the_start(site: Site) -> None:
    app = create_app(site)

    def open_door() -> None: ...

    def named(who: Anybody) -> None: ...

    app.router.routes.append(APIRoute("/fine", named))
    require_declarations(app)
    app.router.routes.append(APIRoute("/open", open_door))
    with pytest.raises(RuntimeError, match="/open does not declare"):
        require_declarations(app)
