"""No label is lost between finger and server: the real page against the real application.

Every story that holds with the page as it is must fail with a fault put into one of its
modules; else it would prove nothing.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from labeler.flows import assign, people
from labeler.flows.review import Submission, submit
from labeler.flows.scope import terms_for
from labeler.web.static_files import asset
from tests.cast import fill
from tests.proof.figures import note
from tests.proof.server import Server
from tests.web.review_page.browser import STORAGE, Finger, eventually, needs_chromium, pause
from tests.web.review_page.real_station import (
    REVIEWS,
    Fault,
    Plant,
    all_saved,
    answer_ok,
    answer_with_box,
    go_online,
    mark_scratch_with_outline_and_stroke,
    opened,
    real_site,
    serving,
    shown,
    stored,
    tablet,
)

pytestmark = needs_chromium
BOOT = asset("js/review/boot.js")

BOXES = [((60, 80), (200, 170)), ((300, 200), (420, 330)), ((500, 40), (600, 300))]
FORGETFUL = Fault(
    "deeds.js", 'await rows.put("deeds", tried);', 'await rows.delete("deeds", deed.seq);'
)
NEW_EACH_TIME = Fault(
    "delivery.js", "assignment: deed.assignment });",
    "assignment: deed.assignment, submission_id: String(Math.random()) + 'again' });",
)  # fmt: skip
NOT_WAITING = Fault("delivery.js", "answer.status === 401", "answer.status === 499")
NO_LEASE = Fault("lease.js", "row?.owner && row.owner !== holder", "false")
ANYBODYS = Fault(
    "deeds.js",
    'const deed = await rows.get("deeds", beginning(this.#author.id, "queued"), "turn");',
    'const [deed] = (await rows.all("deeds")).filter(({ state }) => state === "queued");',
)
UNTOLD = Fault("outbox.js", "return this.loose + this.storing >= this.#allowed;", "return false;")
NO_ORDER = Fault(
    "deeds.js",
    'const deed = await rows.get("deeds", beginning(this.#author.id, "queued"), "turn");',
    'const deed = (await rows.all("deeds", beginning(this.#author.id, "queued"), "turn")).pop();',
)


@pytest.fixture
def plant(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Plant]:
    (tmp_path / "labeler.sqlite").write_bytes(migrated_sqlite.read_bytes())
    site = real_site(tmp_path / "data", f"sqlite:///{tmp_path / 'labeler.sqlite'}")
    with serving(site, pictures=7) as running:
        yield running


def regions(judgements: list[dict[str, Any]]) -> list[Any]:
    """By the codes of the defect types: tablet and server each have an order of their own."""
    return [one["regions"] for one in sorted(judgements, key=lambda one: one["defect_type"])]


def holds(fault: Fault | None) -> Any:
    """With a fault the story must fail."""
    return pytest.raises(AssertionError) if fault else nullcontext()


@pytest.mark.parametrize("fault", [None, FORGETFUL], ids=["as it is", "deleted before the answer"])
def test_three_reviews_outlive_a_reload_and_a_closed_tab_and_arrive_with_their_places(
    review_chromium: Browser, plant: Plant, fault: Fault | None
) -> None:
    plant.line.fault = fault
    with holds(fault), tablet(review_chromium) as context:
        plant.signed_in(context, "anna")
        page = opened(context, plant)
        images = [shown(page)]
        context.set_offline(True)
        for box in BOXES:
            if box == BOXES[1]:
                mark_scratch_with_outline_and_stroke(page)
            images.append(answer_with_box(page, images[-1], box))
        expect(page.locator("[data-sync]")).to_have_text("On this tablet: 3")
        on_tablet = stored(page)
        assert [deed["image"] for deed in on_tablet] == images[:3]
        # The server is back, its API is not: the page itself can be loaded again.
        plant.line.cut = True
        context.set_offline(False)
        page.reload()
        assert shown(page) == images[3], "the image that was in view comes from the tablet"
        expect(page.locator("[data-sync]")).to_have_text("On this tablet: 3")
        expect(page.locator("[data-progress]")).to_have_text("3 of 7")
        page.close()
        page = opened(context, plant)
        assert shown(page) == images[3]
        assert plant.reviews() == []
        plant.line.cut = False
        go_online(page)
        all_saved(page)
        kept = plant.reviews()
        assert [review.image for review in kept] == images[:3]
        assert [r.submission_id for r in kept] == [d["submission_id"] for d in on_tablet]
        assert [regions(review.judgements) for review in kept] == [
            regions(deed["review"]["judgements"]) for deed in on_tablet
        ]
        kinds = [[one["kind"] for each in regions(r.judgements) for one in each] for r in kept]
        assert kinds == [["box"], ["box", "polygon", "mask"], ["box"]]
        for review, ((left, top), (right, bottom)) in zip(kept, BOXES, strict=True):
            [box] = regions(review.judgements)[0]
            drawn = [box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]]
            assert drawn == pytest.approx([left, top, right, bottom], abs=1.5)
        assert stored(page) == []


@pytest.mark.parametrize("fault", [None, NEW_EACH_TIME], ids=["as it is", "a new id per send"])
def test_an_answer_lost_after_the_commit_and_a_foreign_200_leave_one_review(
    review_chromium: Browser, plant: Plant, fault: Fault | None
) -> None:
    plant.line.fault = fault
    plant.line.lose_answers, plant.line.portal = 1, 1
    with holds(fault), tablet(review_chromium) as context:
        plant.signed_in(context, "anna")
        page = opened(context, plant)
        answer_ok(page, shown(page))
        eventually(lambda: len(plant.sent()) >= 1, page)
        go_online(page)
        eventually(lambda: len(plant.sent()) >= 2, page)
        go_online(page)
        all_saved(page, within_ms=4_000)
        assert len(set(plant.sent())) == 1
        assert [note["status"] for note in plant.line.deliveries] == [None, 201, 200]
        assert len(plant.reviews()) == 1


@pytest.mark.parametrize("fault", [None, NOT_WAITING], ids=["as it is", "a 401 like any other 4xx"])
def test_a_session_that_ends_in_the_middle_keeps_the_queue_until_the_next_sign_in(
    review_chromium: Browser, plant: Plant, fault: Fault | None
) -> None:
    plant.line.fault = fault
    with holds(fault), tablet(review_chromium) as context:
        plant.signed_in(context, "anna")
        page = opened(context, plant)
        second = answer_ok(page, shown(page))
        all_saved(page)
        plant.end_sessions()
        assert shown(page) == second
        Finger(page).tap("[data-act=ok]")
        eventually(lambda: len(plant.sent()) >= 2, page)
        expect(page.locator("[data-sync]")).to_have_text("On this tablet: 1")
        expect(page.locator("[data-notice]")).to_contain_text("You are signed out")
        # Before she comes back she answers the picture that is in view here, on another tablet.
        third = behind_the_lock(page, after=second)
        [lease] = [one for one in leases(plant, "anna") if one.image_id == third]
        submit(plant.site, plant.people["anna"], Submission("elsewhere", lease.id, 1, ()))
        plant.signed_in(context, "anna")
        page.evaluate("document.dispatchEvent(new Event('labeler:signed-in'))")
        all_saved(page)
        expect(page.locator("[data-notice][hidden]")).to_have_count(1)
        behind_the_lock(page, after=third)
        assert len(plant.reviews()) == 3


@pytest.mark.parametrize("fault", [None, NO_LEASE], ids=["as it is", "without the lease"])
def test_two_tabs_send_every_review_once_and_in_order(
    review_chromium: Browser, plant: Plant, fault: Fault | None
) -> None:
    plant.line.fault = fault
    plant.line.slow_s = 0.05
    with holds(fault), tablet(review_chromium) as context:
        plant.signed_in(context, "anna")
        first, second = opened(context, plant), opened(context, plant)
        image = shown(first)
        assert shown(second) == image
        plant.line.cut = True
        for _ in range(3):
            answered, image = image, answer_ok(first, image)
            assert shown(second, after=answered) == image, "the other tab goes on too"
        expect(second.locator("[data-sync]")).to_have_text("On this tablet: 3")
        expected = [deed["submission_id"] for deed in stored(first)]
        # A browser that clears its storage meanwhile: the page knows what it has put there.
        forget = {"origin": plant.address, "storageTypes": "indexeddb"}
        context.new_cdp_session(first).send("Storage.clearDataForOrigin", forget)
        eventually(lambda: [deed["submission_id"] for deed in stored(first)] == expected, first)
        plant.line.deliveries.clear()
        plant.line.cut = False
        go_online(first, second)
        all_saved(first)
        all_saved(second)
        assert plant.sent() == expected
        assert [review.submission_id for review in plant.reviews()] == expected


@pytest.mark.parametrize("fault", [None, ANYBODYS], ids=["as it is", "whoever is signed in"])
def test_on_a_shared_tablet_each_review_waits_for_its_author(
    review_chromium: Browser, plant: Plant, tmp_path: Path, fault: Fault | None
) -> None:
    plant.line.fault = fault
    with holds(fault), tablet(review_chromium) as context:
        plant.signed_in(context, "anna")
        annas = opened(context, plant)
        image = shown(annas)
        plant.line.cut = True
        for _ in range(2):
            image = answer_ok(annas, image)
        expect(annas.locator("[data-sync]")).to_have_text("On this tablet: 2")
        annas.tap("[data-type=scratch]")  # and Ben comes before she submits it
        plant.signed_in(context, "ben")
        plant.line.cut = False
        # Anna's page is still open in its tab: it must not send as Ben.
        go_online(annas)
        expect(annas.locator("[data-notice]")).to_contain_text("You are signed out")
        bens = opened(context, plant)
        first = shown(bens)
        bens.evaluate(WHOLE)
        answer_ok(bens, first)
        expect(bens.locator("[data-act=ok]")).to_be_visible()  # nothing of anna's is marked
        expect(bens.locator("[data-notice]")).to_contain_text("On this tablet for anna: 2")
        all_saved(bens)
        assert bens.evaluate("whole") == 0, "what waits for anna may be much, and is not read again"
        go_online(annas, bens)
        assert [review.reviewer for review in plant.reviews()] == ["ben"]
        # What others said stays unseen, in the file too.
        file = saved_to_file(bens, tmp_path / "bens.json")
        assert json.loads(file.read_text())["entries"] == []
        # A lead gets everybody's, but nothing of a project that may be none of theirs.
        bens.evaluate(ELSEWHERE, [BOOT, STORAGE, True])
        with bens.expect_download() as waiting:
            bens.evaluate(
                "document.querySelector('[data-dialog=unstored] [data-act=tray-save]').click()"
            )
        entries = json.loads(waiting.value.path().read_text())["entries"]
        assert [(one["project"], one["author"]["name"]) for one in entries] == [
            ("plates", "anna"), ("plates", "anna"),
        ]  # fmt: skip
        bens.evaluate(GONE, STORAGE)
        plant.signed_in(context, "anna")
        bens.close()
        annas.reload()
        all_saved(annas)
        assert shown(annas) == image
        expect(annas.locator("[data-type=scratch]")).to_have_attribute("aria-pressed", "true")
        assert [review.reviewer for review in plant.reviews()] == ["ben", "anna", "anna"]
        expect(annas.locator("[data-notice]")).to_be_hidden()


# Counts how often every deed on the tablet is read as a whole.
WHOLE = """() => {
    const { getAll } = IDBObjectStore.prototype;
    window.whole = 0;
    IDBObjectStore.prototype.getAll = function (...range) {
        if (this.name === "deeds" && range[0] === undefined) whole += 1;
        return getAll.apply(this, range);
    };
}"""
# What this tablet knows is days old, and others have worked on it since.
DAYS_LATER = """async ([deeds, storage]) => {
    const { Deeds } = await import(deeds);
    const { transact } = await import(storage);
    await transact(["receipts"], "readwrite", async (rows) => {
      for (const row of await rows.all("receipts")) await rows.put("receipts", {...row, at_ms: 0});
    });
    const others = new Deeds({ id: "ben", name: "ben" });
    const step = (outcome) => others.step(outcome, { hurried: true, now_ms: Date.now() });
    await others.keep({ kind: "review", submission_id: "bens", assignment: "bens", seq: 100 });
    let deed = null;
    while (!deed) ({ deed } = await step(null));
    await step({ deed, kind: "saved", receipt: "bens" });
}"""
# A review for another project than the page's: by joe where a lead looks, else by the reviewer.
ELSEWHERE = """async ([boot, storage, leads]) => {
    const { reviewer } = (await import(boot)).boot;
    const { transact } = await import(storage);
    reviewer.leads = leads;
    const author = leads ? { id: "joe", name: "joe" } : { id: reviewer.id, name: reviewer.name };
    const about = { project: "elsewhere", assignment: "elsewhere", submission_id: "elsewhere" };
    const deed = { seq: 99, author, kind: "review", state: "queued", ...about };
    await transact(["deeds"], "readwrite", (rows) => rows.put("deeds", deed));
}"""
GONE = """async (storage) => {
    const { transact } = await import(storage);
    await transact(["deeds"], "readwrite", (rows) => rows.delete("deeds", 99));
}"""
HOW_TO = Path(__file__).parents[3] / "docs/howto/wifi.md"


def handed_in(
    file: Path, plant: Plant, token: str, author: str = "anna"
) -> "subprocess.CompletedProcess[str]":
    """The script that stands in the how-to, run as it stands there."""
    script = HOW_TO.read_text().split("<<'PY'\n")[1].split("\nPY")[0]
    server = f"http://127.0.0.1:{plant.port}"
    return subprocess.run(
        [sys.executable, "-", str(file)], input=script, text=True, timeout=60,
        capture_output=True, check=False,
        env={**os.environ, "AUTHOR": author, "SERVER": server, "TOKEN": token},
    )  # fmt: skip


def saved_to_file(page: Page, file: Path) -> Path:
    page.evaluate("document.querySelector('[data-act=tray]').click()")
    with page.expect_download() as waiting:
        page.tap("[data-act=tray-save]")
    waiting.value.save_as(file)
    return file


def test_a_file_handed_in_takes_back_what_its_author_took_back(
    review_chromium: Browser, plant: Plant, tmp_path: Path
) -> None:
    with tablet(review_chromium) as context:
        plant.signed_in(context, "anna")
        page = opened(context, plant)
        first = shown(page)
        plant.line.cut = True
        answer_with_box(page, first, BOXES[0])
        eventually(lambda: any(one["attempts"] for one in stored(page)), page)
        Finger(page).tap("[data-act=undo]")
        expect(page.locator(f"[data-painted='{first}']")).to_be_visible()
        page.reload()
        image = shown(page)
        page.tap("[data-act=undo]")  # what was marked came back with the page
        second = answer_ok(page, image)
        expect(page.locator("[data-progress]")).to_have_text("1 of 7")
        page.evaluate(ELSEWHERE, [BOOT, STORAGE, False])  # counts there, not here
        page.reload()
        assert shown(page) == second
        expect(page.locator("[data-progress]")).to_have_text("1 of 7")
        page.evaluate(GONE, STORAGE)
        answer_with_box(page, second, BOXES[1])
        file = saved_to_file(page, tmp_path / "reviews.json")
        page.close()
    kinds = [one["kind"] for one in json.loads(file.read_text())["entries"]]
    assert kinds == ["review", "withdrawal", "review", "review"]
    # Somebody's broken entry in front stops nothing.
    broken = json.loads(file.read_text())
    odd = json.loads(json.dumps(broken["entries"][0]))
    odd["review"] |= {"submission_id": "odd-one-out", "assignment": "nobodys"}
    broken["entries"].insert(0, odd)
    with_broken = tmp_path / "broken.json"
    with_broken.write_text(json.dumps(broken))
    plant.line.cut = False
    _info, token = people.create_token(plant.site, plant.people["anna"].user_id)
    mistyped = handed_in(file, plant, token, author="Anna")
    assert mistyped.returncode == 1
    assert "by Anna, but by: anna" in mistyped.stderr
    refused = handed_in(with_broken, plant, token)
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "1 refused" in refused.stderr
    expected = [one["review"]["submission_id"] for one in broken["entries"][3:]]
    for _ in range(2):
        assert [review.submission_id for review in plant.reviews()] == expected
        again = handed_in(file, plant, token)
        assert again.returncode == 0, again.stdout + again.stderr
    # What had arrived before it was taken back is named by the server's id, however long it waits.
    with tablet(review_chromium) as context:
        plant.signed_in(context, "anna")
        page = opened(context, plant)
        third = shown(page)
        answer_ok(page, third)
        all_saved(page)
        plant.line.cut = True
        Finger(page).tap("[data-act=undo]")
        expect(page.locator(f"[data-painted='{third}']")).to_be_visible()
        page.evaluate(DAYS_LATER, [asset("js/review/deeds.js"), STORAGE])
        file = saved_to_file(page, tmp_path / "taken_back.json")
        page.close()
    plant.line.cut = False
    taken = handed_in(file, plant, token)
    assert taken.returncode == 0, taken.stdout + taken.stderr
    assert [review.submission_id for review in plant.reviews()] == expected


def test_a_server_killed_with_work_on_the_tablet_gets_it_all_when_it_is_back(
    review_chromium: Browser, tmp_path: Path, migrated_sqlite: Path
) -> None:
    database = tmp_path / "labeler.sqlite"
    database.write_bytes(migrated_sqlite.read_bytes())
    url = f"sqlite:///{database}"
    server = Server(tmp_path / "data", url)
    with tablet(review_chromium) as context:
        with serving(real_site(tmp_path / "data", url), pictures=5) as plant:
            plant.signed_in(context, "anna")
        plant.port = server.port  # from here on a process of its own has the same data
        server.start()
        try:
            page = opened(context, plant)
            image = answer_ok(page, shown(page))
            all_saved(page)
            server.kill()
            for _ in range(2):
                image = answer_ok(page, image)
            expect(page.locator("[data-sync]")).to_have_text("On this tablet: 2")
            expected = [deed["submission_id"] for deed in stored(page)]
            server.start()
            go_online(page)
            all_saved(page)
        finally:
            server.stop()
    plant.site = real_site(tmp_path / "data", url)
    kept = [review.submission_id for review in plant.reviews()]
    plant.site.close()
    assert len(kept) == len(set(kept)) == 3
    assert kept[1:] == expected


ON_THE_WAY = """() => performance.getEntriesByType("resource")
    .filter(({ name, transferSize }) => name.includes("/static/") && transferSize > 0)
    .map(({ name }) => name)"""


def test_a_second_visit_asks_for_no_static_file(review_chromium: Browser, plant: Plant) -> None:
    with tablet(review_chromium) as context:
        plant.signed_in(context, "anna")
        page = opened(context, plant)
        shown(page)
        assert len(page.evaluate(ON_THE_WAY)) > 40
        page.goto(plant.page)
        shown(page)
        assert page.evaluate(ON_THE_WAY) == []


SEED = """async ({ storage, author, leases }) => {
    const { transact } = await import(storage);
    await transact(["deeds"], "readwrite", async (rows) => {
        for (const [number, { assignment, image }] of leases.entries()) {
            const submission_id = `seeded-${String(number).padStart(4, "0")}`;
            const review = {
                submission_id, standard_version: 1, unusable: null, judgements: [],
                reviewed_at: new Date().toISOString(), elapsed_s: 4,
            };
            await rows.put("deeds", {
                kind: "review", submission_id, author, project: "plates", assignment, image,
                standard_version: 1, created_at: new Date(Date.now() - 6 * 3600e3).toISOString(),
                attempts: 0, state: "queued", review,
            });
        }
    });
}"""


@pytest.mark.parametrize(("count", "fault"), [(500, None), (20, NO_ORDER)])
def test_six_hours_of_queue_arrive_in_order(
    review_chromium: Browser, plant: Plant, count: int, fault: Fault | None
) -> None:
    plant.line.fault = fault
    fill(plant.site, count=count)
    who = plant.people["anna"]
    leases = lease_many(plant, count)
    with holds(fault), tablet(review_chromium) as context:
        plant.signed_in(context, "anna")
        page = opened(context, plant)
        plant.line.cut = True
        author = {"id": who.user_id, "name": "anna"}
        page.evaluate(SEED, {"storage": STORAGE, "author": author, "leases": leases})
        page.evaluate("document.dispatchEvent(new Event('labeler:signed-in'))")
        expect(page.locator("[data-sync]")).to_contain_text(
            f"On this tablet: {count} · oldest: 360 min"
        )
        plant.line.cut = False
        began = time.monotonic()
        go_online(page)
        all_saved(page, within_ms=60_000)
        note("offline queue drained", reviews=count, seconds=round(time.monotonic() - began, 1))
        expected = [f"seeded-{number:04}" for number in range(count)]
        assert plant.sent() == expected
        assert [review.submission_id for review in plant.reviews()] == expected


REFUSES = "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }"


@pytest.mark.parametrize("way", ["refused", "full"])
@pytest.mark.parametrize("fault", [None, UNTOLD], ids=["as it is", "without a word"])
def test_a_tablet_that_cannot_store_says_so_and_asks_before_more_is_at_risk(
    review_chromium: Browser, plant: Plant, fault: Fault | None, way: str
) -> None:
    plant.line.fault = fault
    script = REFUSES if way == "refused" else ""
    with holds(fault), tablet(review_chromium, script=script) as context:
        plant.signed_in(context, "anna")
        page = context.new_page()
        if way == "full":
            cdp = context.new_cdp_session(page)
            cdp.send("Storage.overrideQuotaForOrigin", {"origin": plant.address, "quotaSize": 1})
        page.goto(plant.page)
        image = shown(page)
        page.route(f"**{REVIEWS}", lambda route: route.abort())
        for number in range(1, 6):
            image = answer_ok(page, image)
            expect(page.locator("[data-sync]")).to_have_text(f"Not on this tablet: {number}")
        expect(page.locator("[data-notice]")).to_contain_text("cannot store reviews")
        Finger(page).tap("[data-act=ok]")
        expect(page.locator("[data-dialog=unstored]")).to_be_visible(timeout=2_000)
        page.tap("[data-act=unstored-go-on]")
        pause(page)
        Finger(page).tap("[data-act=ok]")
        expect(page.locator("[data-sync]")).to_have_text("Not on this tablet: 6")
        page.unroute(f"**{REVIEWS}")
        go_online(page)
        all_saved(page)
        expect(page.locator("[data-notice]")).to_be_hidden()
        assert len(plant.reviews()) == len(set(plant.sent())) == 6


def behind_the_lock(page: Page, *, after: str) -> str:
    """The image on the stage once it is another one than `after`; nobody can see it."""
    page.wait_for_selector(f"[data-painted]:not([data-painted='{after}'])", state="attached")
    return page.locator("[data-painted]").get_attribute("data-painted") or ""


def leases(plant: Plant, name: str) -> list[Any]:
    """What this reviewer holds."""
    return assign.claim(plant.site, plant.people[name], "plates", 4)


def lease_many(plant: Plant, count: int) -> list[dict[str, str]]:
    """More leases than anybody is given at once, as a day without a network would need."""
    who = plant.people["anna"]

    def deed(session: Any) -> list[Any]:
        project = terms_for(session, who, "plates")
        return assign._top_up(plant.site, session, project, who, count)

    return [
        {"assignment": lease.id, "image": lease.image_id}
        for lease in plant.site.database.write(deed)
    ]
