"""Opening every page as those who may see it, and writing down what a browser makes of it."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request, Response

from labeler.core.terms import Role
from tests.web.every_page.small_plant import CODE, STUDIED, Plant
from tests.web.review_page.browser import LANDSCAPE, PORTRAIT

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
WCAG_22_AA = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# Of these rules, the ones that a theme can make a difference to.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
LANGUAGES = ("en", "ko")
THEMES = ("light", "dark")

# Route, and how it is reached; None is somebody who has not signed in.
PAGES: list[tuple[str, str, Role | None]] = [
    ("/", "/", Role.REVIEWER),
    ("/", "/", Role.ADMIN),
    ("/device", "/device", Role.REVIEWER),
    ("/docs", "/docs", Role.ADMIN),
    ("/enrol", "/enrol", None),
    ("/enrol", "/enrol", None),
    ("/enrol/{link}", "/enrol/{link}", None),
    ("/password", "/password", Role.LEAD),
    ("/patterns", "/patterns", Role.ADMIN),
    ("/people", "/people", Role.LEAD),
    ("/people", "/people", Role.ADMIN),
    ("/projects/{code}/agreement", "/projects/{code}/agreement", Role.LEAD),
    ("/projects/{code}/agreement/audits", "/projects/{code}/agreement/audits", Role.LEAD),
    (
        "/projects/{code}/agreement/differences",
        "/projects/{code}/agreement/differences?defect_type=scratch&one=kim&other=lee",
        Role.LEAD,
    ),
    ("/projects/{code}/agreement/reviewers", "/projects/{code}/agreement/reviewers", Role.LEAD),
    ("/projects/{code}/agreement/trend", "/projects/{code}/agreement/trend", Role.ENGINEER),
    ("/projects/{code}/disputes", "/projects/{code}/disputes", Role.LEAD),
    ("/projects/{code}/disputes/{dispute}", "/projects/{code}/disputes/{dispute}", Role.LEAD),
    ("/projects/{code}/exports", "/projects/{code}/exports", Role.ENGINEER),
    ("/projects/{code}/images", "/projects/{code}/images", Role.LEAD),
    ("/projects/{code}/images/good-parts", "/projects/{code}/images/good-parts", Role.LEAD),
    ("/projects/{code}/images/{image}", "/projects/{code}/images/{image}", Role.LEAD),
    ("/projects/{code}/review", "/projects/{code}/review", Role.REVIEWER),
    ("/projects/{code}/studies", "/projects/{studied}/studies", Role.LEAD),
    ("/projects/{code}/studies/{study}", "/projects/{studied}/studies/{study}", Role.LEAD),
    ("/projects/{code}/standard", "/projects/{code}/standard", Role.REVIEWER),
    ("/projects/{code}/standard", "/projects/{code}/standard", Role.LEAD),
    ("/projects/{code}/standard/requests", "/projects/{code}/standard/requests", Role.LEAD),
    ("/projects/{code}/standard/draft", "/projects/{code}/standard/draft", Role.LEAD),
    ("/projects/{code}/standard/publish", "/projects/{code}/standard/publish", Role.LEAD),
    ("/projects/new", "/projects/new", Role.LEAD),
    ("/setup", "/setup", None),
    ("/sign-in", "/sign-in?by=password", None),
    ("/sign-in", "/sign-in", None),
    ("/sign-in", "/sign-in?person={person}", None),
    ("404", "/nowhere", Role.LEAD),
]
# Pages that people print, with tables that are folded on the screen.
PRINTED = {"/projects/{code}/agreement"}
# A part of a page, files for programs and other machines: nothing to look at.
NOT_PAGES = {
    "/healthz", "/readyz", "/metrics", "/openapi.json",
    "/projects/{code}/agreement/table.csv", "/projects/{code}/agreement/by.csv",
    "/projects/{code}/agreement/reviewers.csv", "/projects/{code}/agreement/trend.csv",
    "/projects/{code}/agreement/pairs.csv", "/projects/{code}/agreement/accuracy.csv",
    "/projects/{code}/exports/list",
    "/plant-ca.crt", "/sw.js",
}  # fmt: skip


@dataclass(frozen=True)
class Printed:
    """What is folded of a page with tables and charts: before, on paper, and after; what is cut."""

    folded: tuple[int, int, int]
    cut: tuple[str, ...]


@dataclass
class Sight:
    """What a browser saw of one page in one language."""

    route: str
    address: str
    role: Role | None
    language: str
    status: int = 0
    words: str = ""
    violations: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    too_wide: list[str] = field(default_factory=list)
    printed: "Printed | None" = None
    script_and_style_bytes: int = 0

    def __str__(self) -> str:
        who = self.role.value if self.role else "nobody"
        return f"{self.address} as {who} in {self.language}"


def walk(browser: Browser, plant: Plant, address: str) -> Iterator[Sight]:
    """Every page, in every language; both themes are looked at with axe."""
    weights: dict[str, int] = {}
    for language in LANGUAGES:
        for role in (None, *plant.sessions):
            context = browser.new_context(
                base_url=address, viewport=LANDSCAPE, has_touch=True, reduced_motion="reduce"
            )
            context.add_cookies(_cookies(plant, address, role, language))
            page = context.new_page()
            for route, path, who in PAGES:
                if who is role:
                    yield _look(page, plant, Sight(route, path, role, language), address, weights)
            context.close()


def _cookies(plant: Plant, address: str, role: Role | None, language: str) -> list[Any]:
    values = {"labeler_language": language, "labeler_device": plant.device}
    if role is not None:
        values["labeler_session"] = plant.sessions[role]
    return [{"name": name, "value": value, "url": address} for name, value in values.items()]


def _weight(answer: Response, known: dict[str, int]) -> int:
    """Compressed bytes; a file's address changes with what is in it."""
    if answer.url not in known:
        known[answer.url] = len(gzip.compress(answer.body()))
    return known[answer.url]


def _look(page: Page, plant: Plant, sight: Sight, address: str, weights: dict[str, int]) -> Sight:
    asked: list[str] = []
    answers: list[Response] = []
    faults: list[str] = []

    def hear(message: Any) -> None:
        if message.type in {"error", "warning"}:
            faults.append(message.text)

    def fail(error: Any) -> None:
        faults.append(str(error))

    def ask(request: Request) -> None:
        asked.append(request.url)  # answered or not

    def note(answer: Response) -> None:
        answers.append(answer)

    listeners = {"request": ask, "response": note, "console": hear, "pageerror": fail}
    for name, listener in listeners.items():
        page.on(name, listener)
    path = sight.address.format(
        code=CODE, link=plant.link, dispute=plant.dispute, image=plant.image,
        person=plant.reviewer, studied=STUDIED, study=plant.study,
    )  # fmt: skip
    answer = page.goto(path, wait_until="load")
    sight.status = answer.status if answer else 0
    if sight.route.endswith("/review"):
        page.wait_for_selector("[data-painted]")
    sight.words = "\n".join([page.inner_text("body"), page.title(), *page.evaluate(UNSEEN)])
    # What the program says of its API is English on every page, and long: axe reads it once.
    read = "" if sight.language == "en" else "main.docs [lang=en]"
    sight.violations += found_by_axe(page, "light", WCAG_22_AA, but=read)
    sight.violations += found_by_axe(page, "dark", COLOURS, but=read)
    sight.too_wide = too_wide_upright(page)
    if sight.route in PRINTED and sight.language == "en":
        sight.printed = printed(page)
    for name, listener in listeners.items():
        page.remove_listener(name, listener)
    own = urlsplit(address).netloc
    sight.strangers = [
        url for url in asked if urlsplit(url).netloc != own and not url.startswith("blob:")
    ]
    sight.strangers += elsewhere(page)
    sight.faults = [f for f in faults if not (sight.route == "404" and "404" in f)]
    # What a page before has fetched comes from the browser's own store, and counts all the same.
    kept = [
        a for a in answers if urlsplit(a.url).path.endswith((".js", ".css")) and a.status == 200
    ]
    sight.script_and_style_bytes = sum(_weight(a, weights) for a in kept)
    return sight


# Words that wait in closed dialogs, and those that are only heard or come with a hovering mouse.
UNSEEN = """() => [
  ...[...document.querySelectorAll("dialog:not([open])")].map((node) => node.textContent),
  ...["aria-label", "alt", "title", "placeholder"].flatMap((name) =>
    [...document.querySelectorAll(`[${name}]`)].map((node) => node.getAttribute(name))),
]"""
BEYOND = """() => {
  if (document.documentElement.scrollWidth <= innerWidth) return [];
  const beyond = [...document.querySelectorAll("body *")]
    .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
    .map((node) => `${node.localName}.${node.className}`).slice(0, 9);
  return [`${document.documentElement.scrollWidth} px`, ...beyond];
}"""


def too_wide_upright(page: Page) -> list[str]:
    """What lies beyond the right edge of an upright tablet and has to be scrolled to."""
    page.set_viewport_size(PORTRAIT)
    found: list[str] = page.evaluate(BEYOND)
    page.set_viewport_size(LANDSCAPE)
    return found


# Also what a browser would call beforehand (preconnect), or where a form would go.
ELSEWHERE = """() => ["href", "src", "action"].flatMap((name) =>
  [...document.querySelectorAll(`:not(a)[${name}]`)].map((node) => node.getAttribute(name)))
    .filter((told) => new URL(told, location.href).origin !== location.origin)
    .filter((told) => !told.startsWith("blob:"))"""


def elsewhere(page: Page) -> list[str]:
    """Other servers that a page names where a browser may call them unasked."""
    found: list[str] = page.evaluate(ELSEWHERE)
    return found


# How many folds with a table, chart or list are closed now, and while the paper is made, and then.
FOLDS = """() => {
  window.folds = [];
  const count = () => window.folds.push(
    document.querySelectorAll("details:not([open]):has(table, svg, ul)").length);
  count();
  for (const name of ["beforeprint", "afterprint"]) addEventListener(name, count);
}"""
CUT = """() => {
  const avoids = (node) => getComputedStyle(node).breakInside === "avoid";
  const whole = (node) => node && (avoids(node) || whole(node.parentElement));
  const found = [...document.querySelectorAll("tr, .chart-scroll")];
  const cut = found.filter((node) => node.checkVisibility() && !whole(node));
  return cut.map((node) => node.outerHTML);
}"""


def may_be_cut(page: Page) -> list[str]:
    """Rows and charts that the end of a sheet of paper may go through."""
    found: list[str] = page.evaluate(CUT)
    return found


def printed(page: Page) -> Printed:
    """Print a page, and say how it came on paper."""
    page.evaluate(FOLDS)
    page.pdf()
    page.wait_for_function("window.folds.length === 3")
    page.emulate_media(media="print")
    cut = may_be_cut(page)
    page.emulate_media(media="screen")
    folded, on_paper, after = page.evaluate("window.folds")
    return Printed((folded, on_paper, after), tuple(cut))


def violations(page: Page, theme: str) -> list[str]:
    """What axe finds on a page in a theme, a line for each place."""
    return found_by_axe(page, theme, WCAG_22_AA)


def found_by_axe(page: Page, theme: str, rules: dict[str, Any], *, but: str = "") -> list[str]:
    """What axe finds by some of its rules; `but`, a selector, is not looked at."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE)
    page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
    found = page.evaluate(
        """([runOnly, but]) => axe.run(but ? { exclude: [but] } : document,
            { runOnly, resultTypes: ["violations"] })""",
        [rules, but],
    )
    return [
        f"{theme} {rule['id']}: {node['target']} {node['any'][0]['message'] if node['any'] else ''}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
