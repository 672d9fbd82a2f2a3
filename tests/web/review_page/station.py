"""A tiny station for browser tests: real templates and static files, a fake API in memory."""

import functools
import io
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from labeler.core.change_requests import parse_something_else
from labeler.core.errors import InvalidInput
from labeler.core.reviews import parse_judgements
from labeler.core.standard import parse_standard
from labeler.core.terms import Language, Unusable
from labeler.web.languages import translated
from labeler.web.pages.review import limits
from labeler.web.static_files import as_sent, asset, modules, version

REPO = Path(__file__).parents[3]
CSP = "default-src 'self'; img-src 'self' blob:; frame-ancestors 'none'"
WIDTH_PX, HEIGHT_PX = 1600, 1200
TYPES_OF_FILE = {
    ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml",
}  # fmt: skip


def _levels(*names: tuple[str, str, str]) -> list[dict[str, Any]]:
    return [{"code": code, "name": {"en": en, "ko": ko}} for code, en, ko in names]


def _type(code: str, en: str, ko: str, **more: Any) -> dict[str, Any]:
    return {
        "code": code, "name": {"en": en, "ko": ko}, "definition": {}, "severity": [],
        "geometry": [], "region_required": False, "forbid_augment": [],
    } | more  # fmt: skip


LIGHT_DEEP = _levels(("light", "Light", "경미"), ("deep", "Deep", "심함"))
FOUR = _levels(
    ("trace", "Trace", "미세"),
    ("light", "Light", "경미"),
    ("medium", "Moderate", "보통"),
    ("deep", "Severe", "심함"),
)
STANDARD = {
    "defect_types": [
        _type(
            "scratch",
            "Scratch",
            "스크래치",
            severity=LIGHT_DEEP,
            geometry=["box", "polygon"],
            definition={"en": "Linear mark.", "ko": "선형 자국."},
            limit={"en": "Length ≥ 2 mm", "ko": "길이 ≥ 2 mm"},
            examples=[
                {"kind": "counter", "image": "c" * 64, "note": {"en": "A hair.", "ko": "털."}},
                {"kind": "typical", "image": "a" * 64, "note": {"en": "Deep.", "ko": "깊음."}},
                {"kind": "borderline", "image": "b" * 64, "note": {}},
            ],
        ),
        _type("dent", "Dent", "찍힘", geometry=["box"], region_required=True),
        _type("stain", "Oil or coolant stain", "오일 또는 절삭유 얼룩"),
        _type("porosity", "Casting porosity", "주조 기공", severity=FOUR, geometry=["box"]),
        _type("burr", "Burr on the edge", "모서리 버", geometry=["mask"]),
        _type("crack", "Crack", "균열", geometry=["polygon"]),
        _type("contamination", "Contamination by foreign particles", "이물질 혼입으로 인한 오염"),
        _type("discoloration", "Discoloration after heat treatment", "열처리 후 변색"),
    ]
}

TONE = {
    "range": [180, 3900],
    "window": [400, 3200],
    "counts": [max(0, 40 - abs(bin_ - 24)) for bin_ in range(64)],
}


@functools.cache
def picture(number: int, *, grain: bool = True) -> bytes:
    """A brushed metal plate with a scratch and a few pits, as JPEG, at the preview's 1280 px.

    Without the grain a screenshot of it costs a third.
    """
    rng = np.random.default_rng(number)
    rough = 1 if grain else 0
    grain_px = rng.normal(168, 16 * rough, (960, 1)) + rng.normal(0, 7 * rough, (960, 1280))
    slope = np.linspace(-22, 22, 1280)[None, :]
    plate = Image.fromarray(np.clip(grain_px + slope * rough, 0, 255).astype(np.uint8))
    plate = plate.filter(ImageFilter.GaussianBlur(0.8))
    pen = ImageDraw.Draw(plate)
    x, y = rng.integers(200, 900), rng.integers(200, 600)
    pen.line([(x, y), (x + 170, y + 60), (x + 240, y + 75)], fill=92, width=4)
    for _ in range(5):
        px, py, r = rng.integers(80, 1200), rng.integers(80, 880), rng.integers(4, 14)
        pen.ellipse([px - r, py - r, px + r, py + r], fill=70, outline=215)
    out = io.BytesIO()
    plate.save(out, "JPEG", quality=82)
    return out.getvalue()


def named(names: dict[str, str] | None) -> dict[str, Any]:
    """The standard, every defect type under these names; its own without any."""
    if names is None:
        return STANDARD
    return {"defect_types": [entry | {"name": names} for entry in STANDARD["defect_types"]]}


def check(body: dict[str, Any]) -> None:
    """Hold a review against the standard with the rules of `labeler.core`."""
    parse_something_else(
        body.get("something_else", ()), unusable=None, width_px=WIDTH_PX, height_px=HEIGHT_PX
    )
    parse_judgements(
        body["judgements"],
        parse_standard(STANDARD, version=body["standard_version"]),
        unusable=Unusable(body["unusable"]) if body["unusable"] else None,
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
    )


@dataclass
class Plant:
    """What the fake server knows; a test reads it and sets the faults."""

    images: int = 6
    bits: int = 8
    reviews: list[dict[str, Any]] = field(default_factory=list)
    withdrawn: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    answer_reviews_with: int | None = None
    answer_withdrawals_with: int | None = None
    new_lease_after_withdrawal: bool = False
    standards_in_page: bool = True
    golden: bool = True
    golden_file: bytes = b""  # another one than usual
    grain: bool = True
    at_a_station: bool = True  # what the menu offers; the lock and the badge reader are not here
    names: dict[str, str] | None = None  # one for all defect types, per language
    versions: dict[int, int] = field(default_factory=dict)  # of the standard, by picture; else 1
    leased: dict[int, str] = field(default_factory=dict)
    claims: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin_anew(self) -> None:
        """Forget everything, faults included; the pictures stay as they are."""
        kept = ("lock", "grain")
        with self.lock:
            self.__dict__.update({k: v for k, v in vars(Plant()).items() if k not in kept})

    def live(self) -> list[dict[str, Any]]:
        gone = {w["review"] for w in self.withdrawn}
        return [r for r in self.reviews if r["id"] not in gone]

    def claim(self, count: int, answered: Sequence[str]) -> dict[str, Any]:
        done = {r["image"] for r in self.live()}
        self.claims += 1
        items = []
        for number in range(1, self.images + 1):
            if f"img-{number}" in done or len(items) == count:
                continue
            lease = self.leased.setdefault(number, f"asg-{number}")
            if lease in answered:
                continue
            preview = f"/api/v1/images/img-{number}/preview?width=1280"
            shown = {"width_px": WIDTH_PX, "height_px": HEIGHT_PX, "preview_url": preview}
            shown["bits"] = self.bits
            shown["golden_url"] = preview.replace("preview", "golden") if self.golden else None
            items.append(
                {
                    "id": lease,
                    "image": {"id": f"img-{number}", **shown},
                    "standard_version": self.versions.get(number, 1),
                    "expires_at": "2030-01-01T00:00:00Z",
                }
            )
        return {"items": items}

    def review(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.answer_reviews_with:
            return self.answer_reviews_with, {"title": "Refused", "detail": "made up for a test"}
        same = [r for r in self.reviews if r["submission_id"] == body["submission_id"]]
        if same:
            return 200, same[0]
        try:
            check(body)
        except InvalidInput as error:
            return 422, {"title": "Not valid", "detail": str(error)}
        number = next(n for n, lease in self.leased.items() if lease == body["assignment"])
        if any(r["image"] == f"img-{number}" for r in self.live()):
            return 409, {"title": "Conflict", "detail": "already answered"}
        kept = {"id": f"rev-{len(self.reviews) + 1}", "image": f"img-{number}", **body}
        self.reviews.append(kept)
        return 201, kept

    def withdraw(self, review: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.answer_withdrawals_with:
            return self.answer_withdrawals_with, {"title": "Refused"}
        self.withdrawn.append({"review": review, **body})
        if self.new_lease_after_withdrawal:
            image = next(r["image"] for r in self.reviews if r["id"] == review)
            number = int(image.removeprefix("img-"))
            self.leased[number] = f"asg-{number}-again"
        return 200, {"id": review}


def translate(language: str) -> Any:
    def gettext(message: str, **values: object) -> str:
        return translated(Language(language), message, values)

    return gettext


@functools.cache
def templates(language: str) -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(REPO / "templates")
    made = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    made.globals |= {"_": translate(language), "asset": asset, "modules": modules}
    return made


@functools.cache
def static_file(name: str) -> tuple[bytes, str]:
    """A file as the product sends it, and of what kind it is."""
    file = REPO / "static" / name
    content = file.read_text("utf-8")
    plain = content if file.suffix == ".svg" else as_sent(content)
    return plain.encode(), TYPES_OF_FILE[file.suffix]


def render(template: str, language: str, **context: object) -> str:
    frame = {
        "language": language,
        "nav": [],
        "user": None,
        "project": None,
        "theme": "",
        "here": "/",
    }
    return templates(language).get_template(template).render(frame | context)


def review_page(plant: Plant, language: str = "en") -> str:
    standards = {"1": named(plant.names)} if plant.standards_in_page else {}
    progress = {"done": 0, "total": plant.images}
    reviewer = {"name": "Kim Minji"}
    person = reviewer | {"station_id": "station-1" if plant.at_a_station else None}
    boot = {"project": "plates", "reviewer": reviewer, "standards": standards}
    boot |= {"progress": progress, "limits": limits()}
    nav = [
        {"href": "/", "label": "Projects", "current": False},
        {"href": "/projects/plates/review", "label": "Review", "current": True},
    ]
    project = {"code": "plates", "name": "Brushed plates"}
    return render("review/page.html", language, boot=boot, project=project, nav=nav, user=person)


class Handler(BaseHTTPRequestHandler):
    """Serves pages, static files and the fake API."""

    plant: Plant
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body must not wait until its head has been acknowledged

    def log_message(self, *_: object) -> None:
        pass

    def send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CSP)
        self.end_headers()
        self.wfile.write(body)

    def send_json(self, status: int, document: object) -> None:
        self.send(status, json.dumps(document).encode(), "application/json")

    def send_picture(self, number: int) -> None:
        self.send(200, picture(number, grain=self.plant.grain), "image/jpeg")

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path.startswith("/static/"):
            name = path.removeprefix(f"/static/{version()}/").removeprefix("/static/")
            self.send(200, *static_file(name))
        elif path == "/projects/plates/review":
            language = "ko" if "ko" in query else "en"
            self.send(200, review_page(self.plant, language).encode(), "text/html; charset=utf-8")
        elif path == "/patterns":
            language = "ko" if "ko" in query else "en"
            person = {"name": "Kim Minji", "station_id": None}
            page = render("patterns/page.html", language, user=person, theme="light")
            self.send(200, page.encode(), "text/html; charset=utf-8")
        elif path.startswith("/api/v1/images/") and path.endswith("/golden"):
            self.send(
                200, self.plant.golden_file or picture(99, grain=self.plant.grain), "image/jpeg"
            )
        elif path.startswith("/api/v1/images/") and path.endswith("/tone"):
            self.send_json(200, TONE)
        elif path.startswith("/api/v1/images/"):
            self.send_picture(int(path.split("/")[4].removeprefix("img-")))
        elif path.startswith("/api/v1/projects/plates/examples/"):
            self.send_picture(ord(path[-1]))
        elif path.startswith("/api/v1/projects/plates/standards/"):
            number, types = int(path[-1]), named(self.plant.names)["defect_types"]
            # The second version has the same ones in other places.
            self.send_json(
                200, {"version": number, "defect_types": types[:: -1 if number == 2 else 1]}
            )
        else:
            self.send_json(404, {"title": "Not found"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        path = self.path.removeprefix("/api/v1")
        with self.plant.lock:
            self.plant.requests.append((path, self.headers["Content-Type"]))
            if path == "/projects/plates/assignments":
                assert 1 <= body["count"] <= 10
                answer = 200, self.plant.claim(body["count"], body["answered"])
            elif path == "/reviews":
                answer = self.plant.review(body)
            elif path.endswith("/withdrawal"):
                answer = self.plant.withdraw(path.split("/")[2], body)
            else:
                answer = 404, {"title": "Not found"}
        self.send_json(*answer)


@contextmanager
def serving(plant: Plant) -> Iterator[str]:
    """The station's address while the block runs."""
    handler = type("Station", (Handler,), {"plant": plant})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
