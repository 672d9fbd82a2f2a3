"""The pages around the review: starting, people, tablets, tokens, the language."""

import re
from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from labeler.core.people import Principal
from labeler.core.terms import DataClass, Role
from labeler.flows import assign, people, review, sign_in, stations
from labeler.flows.images import Progress
from labeler.flows.projects import ProjectInfo, get_project
from labeler.flows.site import Site
from labeler.web.pages.docs import kind_of
from labeler.web.pages.home import next_step
from tests.cast import PASSWORD, fill, found, person, present
from tests.served import app_of

HOME = "http://plant.test"
HTMX = {"hx-request": "true"}


@dataclass
class Pages:
    """The application and one browser per person."""

    site: Site
    app: FastAPI
    admin: Principal
    lead: Principal
    anna: Principal
    ben: Principal

    def browser(self, who: Principal | None = None) -> TestClient:
        browser = TestClient(
            self.app, base_url=HOME, headers={"origin": HOME, "accept": "text/html"},
            follow_redirects=False,
        )  # fmt: skip
        if who is not None:
            key = sign_in.with_password(self.site, who.name, PASSWORD)
            browser.cookies.set("labeler_session", key)
        return browser


@pytest.fixture
def pages(site: Site) -> Pages:
    found(site, name="Brushed plates")
    cast = {
        name: person(site, name, role, password=PASSWORD)
        for name, role in (
            ("admin", Role.ADMIN), ("lea", Role.LEAD), ("anna", Role.REVIEWER),
            ("ben", Role.REVIEWER),
        )
    }  # fmt: skip
    for name in ("lea", "anna", "ben"):
        people.add_member(site, "plates", name, cast["admin"])
    return Pages(site, app_of(site), cast["admin"], cast["lea"], cast["anna"], cast["ben"])


class TestTheStart:
    """What to do next, for everybody in their own words."""

    @pytest.mark.parametrize(
        ("counts", "reviewers", "step"),
        [
            (Progress(0, 0, 0, 0, 0, 0, 0), 0, "import"),
            (Progress(5, 0, 0, 5, 0, 0, 0), 1, "hire"),
            (Progress(5, 0, 0, 5, 0, 0, 0), 2, "wait"),
            (Progress(5, 1, 1, 3, 0, 4, 1), 1, "rule"),
            (Progress(5, 4, 0, 0, 1, 9, 0), 2, "export"),
            (Progress(5, 4, 0, 1, 0, 9, 0), 2, "wait"),
        ],
    )
    def test_the_next_step(self, counts: Progress, reviewers: int, step: str) -> None:
        info = ProjectInfo("", "plates", "", 2, False, DataClass.QUALITY, None)
        assert next_step(info, counts, reviewers) == step

    def test_an_overseer_sees_how_far_a_project_is(self, pages: Pages) -> None:
        fill(pages.site, count=2)
        for who, judged in ((pages.anna, [present("bubble")]), (pages.ben, [])):
            [lease] = assign.claim(pages.site, who, "plates", 1)
            told = review.Submission(
                submission_id=f"submission-{lease.id}", assignment=lease.id,
                standard_version=1, judgements=judged,
            )  # fmt: skip
            review.submit(pages.site, who, told)
        page = pages.browser(pages.lead).get("/").text
        assert "Brushed plates" in page
        assert "Disputes that wait for a ruling: 1" in page
        assert 'href="/projects/plates/disputes"' in page
        assert '<progress max="2" value="0"' in page

    def test_a_reviewer_sees_only_their_own_progress(self, pages: Pages) -> None:
        fill(pages.site, count=4)
        [lease] = assign.claim(pages.site, pages.ben, "plates", 1)
        told = review.Submission(
            submission_id="submission-of-ben", assignment=lease.id, standard_version=1,
            judgements=[],
        )  # fmt: skip
        before = pages.browser(pages.anna).get("/").text
        review.submit(pages.site, pages.ben, told)
        assert pages.browser(pages.anna).get("/").text == before
        assert "Start reviewing" in before
        assert "Continue reviewing" in pages.browser(pages.ben).get("/").text

    def test_without_a_project_it_says_whom_to_ask(self, pages: Pages) -> None:
        new = person(pages.site, "new", Role.REVIEWER, password=PASSWORD)
        assert "You belong to no project yet" in pages.browser(new).get("/").text
        lead = person(pages.site, "new lead", Role.LEAD, password=PASSWORD)
        assert 'href="/projects/new"' in pages.browser(lead).get("/").text

    def test_the_review_page_carries_project_standard_and_progress(self, pages: Pages) -> None:
        fill(pages.site, count=3)
        page = pages.browser(pages.anna).get("/projects/plates/review")
        assert page.status_code == 200
        boot = page.text.partition('id="review-boot">')[2].partition("</script>")[0]
        assert '"project": "plates"' in boot
        assert '"progress": {"done": 0, "total": 3}' in boot
        standard = get_project(pages.site, pages.anna, "plates").standard
        assert all(f'"code": "{code}"' in boot for code in standard.codes)
        assert "ben" not in page.text


class TestPeople:
    """Adding, letting in, taking out, removing; with htmx and without."""

    NEW = {"name": "carla", "role": "reviewer", "pin": "2580", "project": "plates"}  # noqa: RUF012  only read

    def _names(self, pages: Pages) -> dict[str, tuple[str, ...]]:
        return {p.name: p.projects for p in people.list_people(pages.site, pages.admin)}

    def test_a_lead_adds_a_reviewer_who_can_sign_in_at_once(self, pages: Pages) -> None:
        browser = pages.browser(pages.lead)
        answer = browser.post("/people", data=self.NEW)
        assert (answer.status_code, answer.headers["location"]) == (303, "/people#people-people")
        assert self._names(pages)["carla"] == ("plates",)
        announced = stations.add_station(pages.site, "tablet", "plates", pages.lead)
        key = stations.enrol(pages.site, announced.code or "")
        [tile] = sign_in.tiles(pages.site, key)
        assert tile.name == "carla"
        assert sign_in.with_pin(pages.site, key, tile.user_id, "2580")

    def test_htmx_gets_the_section_and_a_page_visit_the_page(self, pages: Pages) -> None:
        browser = pages.browser(pages.lead)
        part = browser.post("/people", data=self.NEW, headers=HTMX)
        assert part.status_code == 200
        assert part.text.lstrip().startswith('<section class="stack section" id="people-people"')
        assert "carla" in part.text
        assert "<html" in browser.get("/people").text

    @pytest.mark.parametrize(
        ("change", "status", "says"),
        [
            ({"pin": "1234"}, 422, "no run like 1234"),
            ({"pin": ""}, 422, "4 to 6 digits"),
            ({"name": "a<b"}, 422, "1 to 40 characters"),
            ({"name": "ben"}, 409, "somebody called ben already"),
            ({"role": "lead", "password": "x" * 12}, 422, "A lead adds reviewers only."),
            ({"project": "none"}, 404, "no such project"),
        ],
    )
    def test_a_refusal_stands_beside_the_form_and_adds_nobody(
        self, pages: Pages, change: dict[str, str], status: int, says: str
    ) -> None:
        before = self._names(pages)
        for headers in ({}, HTMX):
            form = self.NEW | change
            answer = pages.browser(pages.lead).post("/people", data=form, headers=headers)
            assert answer.status_code == status
            assert says in answer.text
            assert "2580" not in answer.text, "a secret is not sent back"
        assert self._names(pages) == before

    def test_an_administrator_adds_a_lead_with_a_password(self, pages: Pages) -> None:
        form = {"name": "lars", "role": "lead", "password": PASSWORD, "pin": "", "project": ""}
        assert pages.browser(pages.admin).post("/people", data=form).status_code == 303
        assert sign_in.with_password(pages.site, "lars", PASSWORD)

    def test_letting_in_and_taking_out(self, pages: Pages) -> None:
        found(pages.site, "lids")
        browser = pages.browser(pages.admin)
        anna = pages.anna.user_id
        browser.post(f"/people/{anna}/projects", data={"code": "lids"})
        assert self._names(pages)["anna"] == ("lids", "plates")
        browser.post(f"/people/{anna}/projects/plates/removal")
        assert self._names(pages)["anna"] == ("lids",)
        browser.post(f"/people/{anna}/removal")
        assert "anna" not in self._names(pages)

    def test_nobody_removes_themselves(self, pages: Pages) -> None:
        answer = pages.browser(pages.admin).post(f"/people/{pages.admin.user_id}/removal")
        assert answer.status_code == 409
        assert "You cannot remove yourself." in answer.text

    def test_a_lead_sees_no_button_for_what_a_lead_may_not(self, pages: Pages) -> None:
        page = pages.browser(pages.lead).get("/people").text
        assert f"/people/{pages.anna.user_id}/removal" in page
        assert f"/people/{pages.lead.user_id}/removal" not in page
        assert 'value="admin"' not in page


class TestNewSecrets:
    """A row's button for whoever forgot theirs; one's own with the old one."""

    def test_a_drawn_pin_is_shown_once_and_works(self, pages: Pages) -> None:
        browser = pages.browser(pages.lead)
        anna = pages.anna.user_id
        assert f'action="/people/{anna}/secret"' in browser.get("/people").text
        made = browser.post(f"/people/{anna}/secret", headers=HTMX)
        assert made.headers["cache-control"] == "no-store"
        [pin] = re.findall(r'class="secret">([0-9]{6})<', made.text)
        assert "New PIN for anna" in made.text
        assert pin not in browser.get("/people").text
        announced = stations.add_station(pages.site, "tablet", "plates", pages.lead)
        key = stations.enrol(pages.site, announced.code or "")
        assert sign_in.with_pin(pages.site, key, anna, pin)

    def test_what_was_typed_is_never_sent_back(self, pages: Pages) -> None:
        browser = pages.browser(pages.admin)
        for path, form, status in (
            (pages.anna.user_id, {"pin": "258147"}, 200),
            (pages.anna.user_id, {"pin": "123456"}, 422),
            (pages.lead.user_id, {"password": "short 9876"}, 422),
        ):
            answer = browser.post(f"/people/{path}/secret", data=form)
            assert answer.status_code == status
            assert not any(secret in answer.text for secret in form.values())
            # A refusal stands in its row, which is open; the form to add somebody is not.
            assert answer.text.count('<details class="renew" open>') == (status == 422)
            assert '<details class="card add-form">' in answer.text

    def test_tokens_end_where_that_was_ticked(self, pages: Pages) -> None:
        people.create_token(pages.site, "lea")
        browser = pages.browser(pages.admin)
        path = f"/people/{pages.lead.user_id}/secret"
        assert "1 API token of theirs goes on working" in browser.post(path).text
        answer = browser.post(path, data={"end_tokens": "true"})
        assert "goes on working" not in answer.text
        assert people.list_tokens(pages.site, pages.lead) == []

    def test_nobody_has_the_button_on_their_own_row(self, pages: Pages) -> None:
        page = pages.browser(pages.lead).get("/people").text
        assert f"/people/{pages.lead.user_id}/secret" not in page
        path = f"/people/{pages.admin.user_id}/secret"
        assert pages.browser(pages.admin).post(path).status_code == 409

    def test_one_s_own_is_changed_under_one_s_name(self, pages: Pages) -> None:
        browser = pages.browser(pages.lead)
        assert 'href="/password"' in browser.get("/").text
        new = "another long password"
        wrong = browser.post("/password", data={"old": "not this one", "password": new})
        assert wrong.status_code == 422
        assert "not your present password" in wrong.text
        assert new not in wrong.text
        done = browser.post("/password", data={"old": PASSWORD, "password": new})
        assert "Your new password holds." in done.text
        assert browser.get("/password").status_code == 200
        assert sign_in.with_password(pages.site, "lea", new)

    def test_a_reviewer_with_a_pin_is_told_whom_to_ask(self, pages: Pages) -> None:
        new = person(pages.site, "new", Role.REVIEWER, pin="2580")
        people.add_member(pages.site, "plates", "new", pages.admin)
        announced = stations.add_station(pages.site, "tablet", "plates", pages.lead)
        key = stations.enrol(pages.site, announced.code or "")
        browser = pages.browser()
        browser.cookies.set(
            "labeler_session", sign_in.with_pin(pages.site, key, new.user_id, "2580")
        )
        page = browser.get("/password").text
        assert "Your lead gives you a new one." in page
        assert 'name="old"' not in page
        assert 'href="/password"' not in browser.get("/").text


class TestTablets:
    """A one-time link, shown once, as a code to scan."""

    def test_a_link_is_shown_once_and_enrols(self, pages: Pages) -> None:
        browser = pages.browser(pages.lead)
        form = {"name": "Line 2", "project": "plates"}
        made = browser.post("/people/stations", data=form)
        link = re.search(r"http://plant\.test(/enrol/[a-z0-9]+)", made.text)
        assert link
        assert 'class="qr"' in made.text
        assert "style=" not in made.text.partition("<svg")[2].partition("</svg>")[0]
        code = link[1].removeprefix("/enrol/")
        assert f"{code[:4]}-{code[4:]}" in made.text
        typed = pages.browser().get("/enrol", params={"code": f"{code[:4].upper()}-{code[4:]}"})
        assert typed.headers["location"] == link[1]
        korean = pages.browser().get("/enrol", params={"code": "ㅁㅠ2ㅇ"})
        assert "This is not a code." in korean.text
        assert "This is not a code." not in pages.browser().get("/enrol").text
        assert link[1] not in browser.get("/people").text
        assert "works on this computer only" not in made.text
        tablet = pages.browser()
        assert tablet.post(link[1]).headers["location"] == "/sign-in"
        assert 'href="/enrol"' in pages.browser().post(link[1]).text  # used: the way to the next
        assert "Line 2" in browser.get("/people").text
        assert stations.list_stations(pages.site, pages.lead)[0].enrolled

    def test_it_warns_when_the_address_is_no_use_to_a_tablet(self, pages: Pages) -> None:
        browser = pages.browser(pages.lead)
        address = "http://127.0.0.1:8000"
        key = browser.cookies["labeler_session"]
        local = TestClient(pages.app, base_url=address, headers={"origin": address})
        local.cookies.set("labeler_session", key)
        made = local.post("/people/stations", data={"name": "x", "project": "plates"})
        assert "works on this computer only" in made.text

    def test_revoking_takes_it_off_the_list(self, pages: Pages) -> None:
        announced = stations.add_station(pages.site, "Line 2", "plates", pages.lead)
        browser = pages.browser(pages.lead)
        answer = browser.post(f"/people/stations/{announced.id}/revocation", headers=HTMX)
        assert answer.text.lstrip().startswith(
            '<section class="stack section" id="people-stations"'
        )
        assert stations.list_stations(pages.site, pages.lead) == []


class TestTokens:
    """Shown once, with the rights that were ticked."""

    def test_a_token_is_shown_once_and_works(self, pages: Pages) -> None:
        browser = pages.browser(pages.lead)
        form = {"user": pages.lead.user_id, "days": "30", "scopes": ["read", "export"]}
        made = browser.post("/people/tokens", data=form)
        [secret] = re.findall(r"lbl_[0-9a-f]{64}", made.text)
        assert secret not in browser.get("/people").text
        who = sign_in.token_principal(pages.site, secret)
        assert who is not None
        assert {scope.value for scope in who.scopes} == {"read", "export"}
        [info] = people.list_tokens(pages.site, pages.lead)
        assert info.expires_at is not None
        browser.post(f"/people/tokens/{info.id}/revocation")
        assert sign_in.token_principal(pages.site, secret) is None

    def test_a_lead_makes_none_for_another_lead(self, pages: Pages) -> None:
        other = person(pages.site, "lars", Role.LEAD)
        people.add_member(pages.site, "plates", "lars", pages.admin)
        answer = pages.browser(pages.lead).post("/people/tokens", data={"user": other.user_id})
        assert answer.status_code == 404
        assert "lbl_" not in answer.text.partition("people-tokens")[2]


class TestLanguage:
    """The switch works before and after signing in."""

    def test_a_cookie_remembers_it_before_signing_in(self, pages: Pages) -> None:
        browser = pages.browser()
        assert "<h1>Sign in</h1>" in browser.get("/sign-in").text
        answer = browser.post("/language", data={"language": "ko", "next": "/sign-in?by=password"})
        assert answer.headers["location"] == "/sign-in?by=password"
        page = browser.get("/sign-in").text
        assert '<html lang="ko"' in page
        assert "<h1>로그인</h1>" in page

    def test_a_person_keeps_it_on_every_device(self, pages: Pages) -> None:
        pages.browser(pages.lead).post("/language", data={"language": "ko"})
        assert '<html lang="ko"' in pages.browser(pages.lead).get("/").text
        assert '<html lang="en"' in pages.browser(pages.admin).get("/").text

    def test_the_switch_returns_to_where_one_is_with_its_question(self, pages: Pages) -> None:
        page = pages.browser().get("/sign-in?next=%2Fpeople").text
        assert 'name="next" value="/sign-in?next=%2Fpeople"' in page


class TestTheApiPage:
    """Every documented operation, who may use it, nothing from elsewhere."""

    def test_it_lists_every_operation_with_its_scope(self, pages: Pages) -> None:
        browser = pages.browser()
        page = browser.get("/docs").text
        for path, methods in browser.get("/openapi.json").json()["paths"].items():
            assert path in page
            assert path.startswith(("/api/v1/", "/healthz", "/readyz", "/metrics")), path
            assert len(methods) >= 1
        assert "scope <code>export</code>" in page
        anchors = re.findall(r'href="#([^"]+)"', page)
        ids = set(re.findall(r'id="([^"]+)"', page))
        assert set(anchors) <= ids
        assert len(re.findall(r'id="(?:get|post|put|delete)-', page)) == len(
            set(re.findall(r'id="((?:get|post|put|delete)-[^"]+)"', page))
        )

    def test_a_schema_is_said_in_words(self) -> None:
        assert kind_of({"$ref": "#/components/schemas/ReviewIn"}) == "ReviewIn"
        assert kind_of({"enum": ["a", "b"]}) == "a | b"
        assert kind_of({"type": "string", "format": "date-time"}) == "date-time"
        assert kind_of({}) == "any"
