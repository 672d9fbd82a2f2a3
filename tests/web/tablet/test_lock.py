"""A tablet that nobody touches locks; whoever comes back goes on, anybody else begins anew."""

import json

from playwright.sync_api import Route, expect

from labeler.flows import people, projects, sign_in
from labeler.store import people as rows
from tests.cast import STANDARD
from tests.web.review_page.browser import PORTRAIT, eventually, needs_chromium
from tests.web.tablet.conftest import BADGES, IDLE_S, PINS, Opener, Plant, Tablet
from tests.web.tablet.gloves import faults_in_both_themes, misfits

pytestmark = needs_chromium

HEARD = """
window.heard = [];
for (const name of ["signed-out", "signed-in"])
  document.addEventListener(`labeler:${name}`, ({ detail }) =>
    heard.push([name, detail?.person?.name ?? null]));
window.shaken = 0;
navigator.vibrate = () => { shaken += 1; };
"""


def session_of(one: Tablet) -> str | None:
    found = [c["value"] for c in one.context.cookies() if c["name"] == "labeler_session"]
    return found[0] if found else None


def test_it_warns_one_tap_goes_on_and_then_it_locks_for_real(tablet: Opener, plant: Plant) -> None:
    one = tablet(device_scale_factor=2)
    one.page.add_init_script(HEARD)
    one.sign_in("kim")
    before = session_of(one)
    assert before
    image = one.page.get_attribute("[data-stage]", "data-image")
    one.turn(IDLE_S - 27)
    one.page.wait_for_selector("dialog[data-lock-warning][open]")
    assert 20 < int(one.page.inner_text("[data-lock-seconds]")) <= 30
    assert misfits(one.page, "[data-lock-warning]") == []
    assert faults_in_both_themes(one.page, seen="idle warning") == []
    x, y = one.finger.middle("[data-lock-go-on]")
    one.finger.drag((x, y - 15), (x, y + 30))  # a glove drifts
    one.page.wait_for_selector("dialog[data-lock-warning]:not([open])", state="attached")
    assert one.page.evaluate("shaken") == 1
    assert one.signed_in_as() == "kim"

    # A mark that is not submitted yet, then nobody comes.
    one.page.wait_for_timeout(400)
    one.finger.tap("[data-type='bubble']")
    submit = one.page.locator("[data-act=submit]:visible").bounding_box()
    one.turn(IDLE_S)
    one.locked()
    assert one.page.evaluate("heard") == [["signed-out", None]]
    eventually(lambda: sign_in.session_principal(plant.site, before) is None, one.page)
    # Nothing of the picture shows: covered, and not even painted below.
    assert (
        one.page.evaluate("getComputedStyle(document.querySelector('main')).visibility") == "hidden"
    )
    covered = one.page.evaluate(
        """() => document.elementFromPoint(400, 300).closest("dialog")?.hasAttribute("data-lock")"""
    )
    assert covered is True
    for _ in range(2):
        one.page.keyboard.press("Escape")
    one.locked()
    one.page.keyboard.press("u")  # no answer to the covered picture
    expect(one.page.locator("dialog[data-lock] .tile")).to_have_count(len(PINS))
    assert misfits(one.page, "[data-lock]") == []
    assert faults_in_both_themes(one.page, seen="lock") == []

    # A wrong PIN is told; the right one goes on where the work was, without a reload.
    one.page.evaluate("window.same = true")
    one.finger.tap("dialog[data-lock] .tile:has-text('kim')")
    one.keys_fit_gloves()
    one.page.evaluate("shaken = 0")
    one.type_pin("9753")
    one.page.wait_for_selector("dialog[data-lock] [role=alert]:visible:has-text('PIN is wrong')")
    assert one.page.evaluate("shaken") == 5  # each key, and the one that sends
    assert one.page.locator("[data-enter].tapped:visible").count() == 1
    assert misfits(one.page, "[data-lock]") == []
    assert faults_in_both_themes(one.page, seen="lock PIN") == []
    for digit in PINS["kim"]:
        one.finger.tap(f"[data-digit='{digit}']:visible")
    # The key that sends lies over Submit: a glove that bounces must not answer the picture.
    enter = one.page.locator("[data-enter]:visible").bounding_box()
    assert enter
    assert submit
    low = (enter["x"] + enter["width"] / 2, enter["y"] + enter["height"] - 10)
    assert low[1] > submit["y"]
    one.finger.down(*low)
    one.finger.up()
    one.unlocked()
    one.finger.down(*low)
    one.finger.up()
    one.page.wait_for_timeout(100)
    assert one.page.evaluate("[window.same, window.heard]") == [
        True, [["signed-out", None], ["signed-in", "kim"]],
    ]  # fmt: skip
    assert one.page.get_attribute("[data-stage]", "data-image") == image
    assert one.page.get_attribute("[data-type='bubble']", "data-verdict") == "present"
    assert one.signed_in_as() == "kim"


def test_another_person_gets_a_page_of_their_own_by_menu_and_by_badge(
    tablet: Opener, plant: Plant
) -> None:
    one = tablet(PORTRAIT)
    one.page.add_init_script(HEARD)
    one.sign_in("kim")
    one.finger.tap("[data-act=menu]")
    one.page.wait_for_selector("dialog[data-dialog=menu][open]")
    one.page.wait_for_timeout(380)
    one.page.evaluate("shaken = 0")
    one.finger.tap("dialog[open] [data-switch-person]")
    one.locked()
    assert one.page.evaluate("shaken") == 1
    one.finger.tap("dialog[data-lock] .tile:has-text('lee')")
    one.keys_fit_gloves()
    with one.page.expect_event("domcontentloaded"):
        one.type_pin(PINS["lee"])
    one.ready()
    assert one.signed_in_as() == "lee"
    assert "kim" not in one.page.content()
    # While lee works, kim scans: one move. What the reader typed is no answer to the picture.
    with one.page.expect_event("domcontentloaded"):
        one.scan(BADGES["kim"])
    one.ready()
    assert one.signed_in_as() == "kim"
    assert one.page.inner_text("[data-progress]") == "0 of 6"
    # kim works for a project that is none of lee's: lee gets their own, and kim stays in that.
    projects.create_project(plant.site, "spare", STANDARD, name="Spare", by=plant.lead)
    people.add_member(plant.site, "spare", "kim", plant.lead)
    one.goto("/projects/spare/review")
    one.page.wait_for_selector("[data-empty]:visible")
    for name in ("lee", "kim"):
        with one.page.expect_event("domcontentloaded"):
            one.scan(BADGES[name])
        one.ready()
        assert one.page.url.endswith("/projects/plates/review")
        assert one.signed_in_as() == name
    people.remove_member(plant.site, "spare", "kim", plant.lead)


def test_unstored_work_is_asked_about_in_the_pages_own_words_before_another_person_comes(
    tablet: Opener, plant: Plant
) -> None:
    one = tablet()
    prompts: list[str] = []
    one.page.on("dialog", lambda prompt: (prompts.append(prompt.type), prompt.accept()))
    one.page.add_init_script(
        "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }"
    )
    one.sign_in("kim")
    one.page.route("**/api/v1/reviews", lambda route: route.abort())
    first = one.page.get_attribute("[data-stage]", "data-image")
    one.page.wait_for_timeout(400)
    one.finger.tap("[data-act=ok]")
    one.page.wait_for_selector("[data-sync]:has-text('Not on this tablet: 1')")
    asked = one.page.locator("dialog[data-dialog=leaving]")

    # kim wants to leave: stay, or the file, or go all the same.
    one.finger.tap("[data-act=menu]")
    one.page.wait_for_timeout(400)
    one.finger.tap("dialog[open] [data-switch-person]")
    expect(asked).to_be_visible()
    expect(asked).to_contain_text("Your reviews that are only in this open page: 1")
    with one.page.expect_download() as file:
        one.finger.tap("dialog[data-dialog=leaving] [data-act=tray-save]")
    [entry] = json.loads(file.value.path().read_text())["entries"]
    assert entry["image"] == first
    one.page.wait_for_timeout(400)
    one.finger.tap("dialog[data-dialog=leaving] [data-act=leaving-go]")
    one.locked()
    one.finger.tap("dialog[data-lock] .tile:has-text('kim')")
    one.type_pin(PINS["kim"])  # back before anybody else came: nothing is lost yet
    one.unlocked()
    for link in ("nav a[href='/']", "form[action='/sign-out'] button"):
        one.finger.tap("[data-act=menu]")
        one.page.wait_for_timeout(400)
        one.page.locator(f"dialog[data-dialog=menu] {link}").last.click()
        expect(asked).to_be_visible()
        one.page.wait_for_timeout(400)
        one.finger.tap("dialog[data-dialog=leaving] [data-close]")

    # Nobody touches it; lee comes, is told whose work would go, and lets kim send it.
    one.turn(IDLE_S + 1)
    one.locked()
    # On another page somebody has signed in: this one stays with what only it has, unasked.
    one.page.evaluate("""() => dispatchEvent(new StorageEvent("storage", {
        key: "labeler.presence",
        newValue: JSON.stringify({ session: "other", touched_ms: 0, locked: false }) }))""")
    expect(asked).to_be_hidden()
    one.finger.tap("dialog[data-lock] .tile:has-text('lee')")
    one.type_pin(PINS["lee"])
    expect(asked).to_be_visible()
    expect(asked).to_contain_text("Reviews by kim that are only in this open page: 1")
    expect(asked.locator("[data-act=tray-save]")).to_be_hidden()  # no business of lee's
    one.page.wait_for_timeout(400)
    assert misfits(one.page, "[data-dialog=leaving]") == []
    lees = session_of(one) or ""
    assert sign_in.session_principal(plant.site, lees)
    one.finger.tap("dialog[data-dialog=leaving] [data-close]")
    expect(asked).to_be_hidden()
    one.page.wait_for_timeout(400)  # nobody's next tap comes sooner
    # lee has made way: who opens the page anew is not lee, without a PIN.
    assert sign_in.session_principal(plant.site, lees) is None
    one.finger.tap("dialog[data-lock] .tile:has-text('kim')")
    one.page.unroute("**/api/v1/reviews")
    one.type_pin(PINS["kim"])
    one.unlocked()
    one.page.wait_for_selector("[data-sync]:has-text('All saved')")

    # Who goes on without it gets a page of their own, without the browser's question.
    one.page.route("**/api/v1/reviews", lambda route: route.abort())
    one.page.wait_for_timeout(400)
    one.finger.tap("[data-act=ok]")
    one.page.wait_for_selector("[data-sync]:has-text('Not on this tablet: 1')")
    one.scan(BADGES["lee"])
    expect(asked).to_be_visible()
    one.page.wait_for_timeout(400)
    with one.page.expect_event("domcontentloaded"):
        one.finger.tap("dialog[data-dialog=leaving] [data-act=leaving-go]")
    one.ready()
    assert one.signed_in_as() == "lee"
    assert prompts == []


def test_without_the_network_it_stays_locked_and_says_why(tablet: Opener, plant: Plant) -> None:
    one = tablet()
    one.sign_in("kim")
    before = session_of(one)
    assert before
    # A clock that was turned back keeps no tablet open: it locks as long after the last touch.
    one.turn(-3600)
    one.page.wait_for_timeout(600)
    one.context.set_offline(True)
    # Nor does a link lead to the browser's own page, from which there is no way back.
    for link in ("nav a[href='/']", "form[action='/language'] button"):
        one.page.evaluate(
            "(link) => document.querySelector(`[data-dialog=menu] ${link}`).click()", link
        )
        hint = one.page.locator("[data-hint]:not([hidden])")
        expect(hint).to_contain_text("No connection to the server")
        hint.evaluate("(node) => { node.hidden = true; }")
    one.turn(IDLE_S + 1)
    one.locked()
    one.page.wait_for_selector(
        "dialog[data-lock] [role=alert]:visible:has-text('cannot be reached')"
    )
    one.finger.tap("dialog[data-lock] .tile:has-text('kim')")
    one.type_pin(PINS["kim"])
    one.page.wait_for_selector(
        "dialog[data-lock] [role=alert]:visible:has-text('cannot be reached')"
    )
    assert sign_in.session_principal(plant.site, before) is not None
    one.context.set_offline(False)
    # The end of the session arrives as soon as it can, and does not end the next one.
    one.type_pin(PINS["kim"])
    one.unlocked()
    assert sign_in.session_principal(plant.site, before) is None
    one.page.wait_for_timeout(500)
    assert one.signed_in_as() == "kim"
    # A page that slept while another one locked the tablet has heard of nothing, and asks.
    one.page.evaluate("""() => {
        const said = { ...JSON.parse(localStorage["labeler.presence"]), locked: true };
        localStorage["labeler.presence"] = JSON.stringify(said); }""")
    one.locked()


def test_an_ended_session_asks_for_the_pin_over_the_page(tablet: Opener, plant: Plant) -> None:
    one = tablet()
    one.page.add_init_script("localStorage['labeler.tiles'] ??= '{\"junk\": 1}'")
    one.sign_in("kim")
    ended = session_of(one)
    plant.site.database.write(
        lambda session: rows.end_session(
            session, sign_in.secret_sha256(ended or ""), plant.site.now()
        )
    )
    one.page.evaluate("window.same = true")
    one.page.wait_for_timeout(800)
    one.finger.tap("[data-act=ok]")  # sent, refused with 401, kept
    one.locked()
    one.scan(BADGES["kim"])
    one.unlocked()
    assert one.page.evaluate("window.same") is True
    one.page.wait_for_selector("[data-sync]:has-text('All saved')")
    # Who signs out without the network has locked the tablet at least; with it a link leads on.
    one.context.set_offline(True)
    one.page.evaluate("document.querySelector('form[action=\"/sign-out\"] button').click()")
    one.locked()
    one.context.set_offline(False)
    one.scan(BADGES["kim"])
    one.unlocked()
    one.page.evaluate("document.querySelector('[data-dialog=menu] nav a[href=\"/\"]').click()")
    one.page.wait_for_url(plant.address + "/")


def test_a_badge_that_is_scanned_over_a_picture_answers_nothing(tablet: Opener) -> None:
    one = tablet()
    one.sign_in("kim")
    one.page.wait_for_timeout(500)  # answers count by now
    one.page.keyboard.press("1")  # the control: a shortcut that a hand types
    one.page.wait_for_selector("[data-type='scratch'][data-verdict='present']")
    one.page.keyboard.press("1")
    one.page.wait_for_selector("[data-act=ok]:visible")
    former = one.page.get_attribute("html", "data-session")
    one.page.evaluate("""() => {
        window.changed = [];
        new MutationObserver((records) => changed.push(...records.map((r) => r.attributeName)))
            .observe(document.querySelector(".types"), {
                subtree: true, attributeFilter: ["data-verdict", "aria-pressed"],
            });
    }""")
    one.scan("213d" + BADGES["kim"])  # digits of all three types, and the defect book's key
    one.page.wait_for_timeout(300)
    assert one.page.evaluate("changed") == []
    one.scan(BADGES["kim"])
    one.page.wait_for_selector(f"html:not([data-session='{former}'])")
    one.unlocked()
    assert one.page.evaluate("changed") == []
    assert one.page.locator("[data-act=ok]:visible").count() == 1
    one.page.wait_for_timeout(400)
    image = one.page.get_attribute("[data-stage]", "data-image")
    one.scan("3c")  # a reader that was asleep loses the beginning: no answer either
    one.page.wait_for_timeout(160)
    assert one.page.evaluate("changed") == []
    assert one.page.get_attribute("[data-stage]", "data-image") == image

    # Keys that become no badge all count, in order, however quick: on, on, on, back, back, off, on.
    marked = one.page.locator("[data-type][data-verdict='present']")
    one.strike("123zz12", gap_ms=105)
    expect(marked).to_have_count(1)
    expect(marked).to_have_attribute("data-type", "bubble")
    one.strike("123zz12", gap_ms=5)
    expect(marked).to_have_count(0)
    # A key just before a badge is no part of it.
    one.strike("3", gap_ms=5)
    one.page.wait_for_timeout(80)
    former = one.page.get_attribute("html", "data-session")
    one.scan(BADGES["kim"])
    one.page.wait_for_selector(f"html:not([data-session='{former}'])")
    one.unlocked()
    expect(marked).to_have_count(1)


def test_an_answer_that_comes_late_does_not_lock_the_next_session(tablet: Opener) -> None:
    one = tablet()
    one.sign_in("kim")
    held: dict[str, Route] = {}

    def hold(route: Route) -> None:
        """Keep the first answer of each path back: it is about the session that is over."""
        path = route.request.url.rpartition("/")[2]
        if path in held:
            route.continue_()
        else:
            held[path] = route

    one.page.route("**/station/presence", hold)
    one.page.route("**/api/v1/reviews", hold)
    one.page.wait_for_timeout(400)
    first = one.page.get_attribute("[data-stage]", "data-image")
    one.turn(IDLE_S / 2 - 5)  # a touch is told to the server, if the last one is long ago
    one.finger.tap("[data-act=ok]")
    eventually(lambda: set(held) == {"presence", "reviews"}, one.page)
    former = one.page.get_attribute("html", "data-session")
    one.scan(BADGES["kim"])  # locks, and unlocks for the same person
    one.page.wait_for_selector(f"html:not([data-session='{former}'])")
    one.unlocked()
    for route in held.values():
        route.fulfill(status=401, json={"detail": "Sign in first."})
    one.page.wait_for_selector("[data-sync]:has-text('All saved')")
    one.page.wait_for_timeout(300)
    one.unlocked()
    # The control: an answer about this session does lock.
    one.page.wait_for_selector(f"[data-painted]:not([data-painted='{first}'])")
    one.page.wait_for_timeout(400)
    one.page.route("**/api/v1/reviews", lambda route: route.fulfill(status=401, json={}))
    one.finger.tap("[data-act=ok]")
    one.locked()


def test_the_tiles_of_last_time_are_there_at_once_and_a_slow_sign_in_shows_itself(
    tablet: Opener,
) -> None:
    one = tablet()
    one.sign_in("kim")
    tiles = one.page.locator("dialog[data-lock] .tile")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    for times in range(2):
        one.finger.tap("[data-act=menu]")
        one.page.wait_for_timeout(400)
        one.finger.tap("dialog[open] [data-switch-person]")
        one.locked()
        expect(tiles).to_have_count(len(PINS))
        assert len(held) == times  # the second time without an answer
        one.page.route("**/station", hold)
        if not times:
            one.scan(BADGES["kim"])
            one.unlocked()
    busy = one.page.locator(".lock-busy")
    expect(busy).to_be_hidden()
    one.page.route("**/station/session", hold)
    one.finger.tap("dialog[data-lock] .tile:has-text('kim')")
    one.type_pin(PINS["kim"])
    expect(busy).to_be_visible()
    held.pop().continue_()
    one.unlocked()
    expect(busy).to_be_hidden()


def test_a_glove_may_rest_on_the_keys_of_the_lock(tablet: Opener, plant: Plant) -> None:
    one = tablet(PORTRAIT)
    korean = {"name": "labeler_language", "value": "ko", "url": plant.address}
    one.context.add_cookies([korean])  # type: ignore[list-item]

    one.sign_in("kim")
    one.turn(IDLE_S - 27)
    one.page.wait_for_selector("dialog[data-lock-warning][open]:has-text('계속')")
    assert misfits(one.page, "[data-lock-warning]") == []
    one.rest_on("[data-lock-go-on]")
    one.page.wait_for_selector("dialog[data-lock-warning]:not([open])", state="attached")
    one.finger.tap("[data-act=menu]")
    one.page.wait_for_timeout(400)
    one.rest_on("dialog[open] [data-switch-person]")
    one.locked()
    one.page.wait_for_selector("dialog[data-lock] .tile")
    assert misfits(one.page, "[data-lock]") == []
    one.rest_on("dialog[data-lock] .tile:has-text('kim')")
    assert misfits(one.page, "[data-lock]") == []
    for digit in PINS["kim"]:
        one.finger.tap(f"[data-digit='{digit}']:visible")
    one.rest_on("[data-enter]:visible")
    one.unlocked()


def test_two_pages_of_one_tablet_lock_together_and_a_touch_keeps_both(tablet: Opener) -> None:
    one = tablet()
    one.sign_in("kim")
    other = one.another_page()
    other.goto(one.plant.address + "/device")
    # Whoever works on while the clock is turned back is still heard of by the server.
    for turned_s in (0, -3600):
        for page in (one.page, other):
            one.turn(turned_s, page)
        with other.expect_request("**/station/presence"):
            other.keyboard.press("Shift")
    for page in (one.page, other):
        one.turn(IDLE_S - 15, page)  # neither has locked yet, however slow this machine is
    other.keyboard.press("Shift")
    for page in (one.page, other):
        one.turn(20, page)
    one.page.wait_for_timeout(1200)
    assert one.signed_in_as() == "kim"
    assert one.page.locator("dialog[data-lock][open]").count() == 0
    other.click("[data-switch-person]")
    one.locked()
    eventually(lambda: one.signed_in_as() is None, one.page)


def test_a_page_that_comes_back_after_the_time_is_never_seen(tablet: Opener) -> None:
    one = tablet()
    one.sign_in("kim")
    kept = json.loads(one.page.evaluate("localStorage['labeler.presence']"))
    kept["touched_ms"] -= IDLE_S * 1000 + 1
    stale = json.dumps(kept)
    one.page.add_init_script(
        "if (!sessionStorage.once) { sessionStorage.once = 1;"
        f" localStorage['labeler.presence'] = {stale!r}; }}"
        "new MutationObserver(() => document.body && (window.first ??="
        " document.documentElement.hasAttribute('data-locked')))"
        ".observe(document, {childList: true, subtree: true});"
    )
    one.page.reload(wait_until="commit")
    one.locked()
    assert one.page.evaluate("window.first") is True


def test_the_server_ends_what_no_page_tells_of(plant: Plant) -> None:
    site = plant.site
    cookie = sign_in.with_pin(site, plant.device, plant.ids["lee"], PINS["lee"])
    real = site.clock
    try:
        limit = sign_in.idle_limit(site)
        who = sign_in.session_principal(site, cookie)
        assert who is not None
        site.clock = lambda: real() + limit * 0.9
        sign_in.note_presence(site, who)
        site.clock = lambda: real() + limit * 1.8
        assert sign_in.session_principal(site, cookie) is not None
        site.clock = lambda: real() + limit * 2
        assert sign_in.session_principal(site, cookie) is None
        assert not sign_in.session_principal(site, cookie)
    finally:
        site.clock = real


def test_a_page_left_from_another_session_locks_and_ends_nothing(
    tablet: Opener, plant: Plant
) -> None:
    one = tablet()
    # Remembered over the reload that may follow at once.
    one.page.add_init_script(
        """document.addEventListener("labeler:signed-out", () => {
          sessionStorage.left = document.documentElement.dataset.session; });"""
    )
    one.sign_in("kim")
    mark = one.page.get_attribute("html", "data-session")
    kims = session_of(one)
    other = one.another_page()
    other.goto(one.plant.address + "/sign-in")
    other.click(".tile:has-text('lee')")
    for digit in PINS["lee"]:
        other.click(f"[data-digit='{digit}']:visible")
    other.click("[data-enter]:visible")
    other.wait_for_url("**/projects/plates/review")
    other.wait_for_selector("[data-painted]")
    one.page.wait_for_function("mark => sessionStorage.left === mark", arg=mark)
    lees = session_of(one)
    assert lees
    assert lees != kims
    assert sign_in.session_principal(plant.site, lees) is not None
    assert other.locator("dialog[data-lock][open]").count() == 0
    # lee's next touch there makes this page lee's too.
    other.wait_for_timeout(1_050)  # a touch is told to other pages once a second
    other.keyboard.press("Shift")
    one.page.wait_for_selector(f"html:not([data-session='{mark}']) [data-painted]")
    assert "kim" not in one.page.content()
    # Signing out on one page leaves the picture on no other: the next answer would be lee's.
    one.page.route("**/api/**", lambda route: route.abort())  # not by the server's word
    other.evaluate("document.querySelector('form[action=\"/sign-out\"]').requestSubmit()")
    one.locked()


def test_a_page_that_cannot_hear_of_the_others_ends_only_its_own_session(
    tablet: Opener, plant: Plant
) -> None:
    one = tablet()
    one.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', "
        "{ get() { throw new DOMException('blocked', 'SecurityError'); } });"
    )
    one.sign_in("kim")
    # A finger on the picture works without the storage; an error would be a fault of this test.
    with one.page.expect_response("**/station/presence"):
        one.finger.tap("[data-stage]")
    lees = sign_in.with_pin(plant.site, plant.device, plant.ids["lee"], PINS["lee"])
    one.context.add_cookies(
        [{"name": "labeler_session", "value": lees, "domain": "plant.test", "path": "/"}]
    )
    with one.page.expect_response("**/station/session") as told:
        one.turn(IDLE_S + 1)
        one.locked()
    assert told.value.status == 401
    assert one.signed_in_as() == "lee"
    assert session_of(one) == lees
    presence = """fetch("/api/v1/station/presence", {
        method: "POST", headers: {"Labeler-Session": document.documentElement.dataset.session},
    }).then(({ status }) => status)"""
    assert one.page.evaluate(presence) == 401
