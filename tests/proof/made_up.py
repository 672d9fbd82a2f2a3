"""Made-up requests: sound bodies spoilt at one place, odd names, odd queries."""

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.cast import present

LONG = "A" * 5_000
NASTY = st.sampled_from(
    [
        "", " ", "\x00", "a\x00b", "\ud800", "../../etc/passwd", "=1+1", LONG, "null", "%s{0}",
        "<script>", "판정", "\u202e", 0, -1, 1.5, 2**31, 2**63, 2**70, -(2**63), 1e308, True, None,
        float("nan"), float("inf"), [], {}, [[]], {"": None},
    ]
)  # fmt: skip
SIMPLE = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = st.recursive(
    SIMPLE | NASTY,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=8,
)
QUERY = ("cursor", "limit", "state", "width", "low", "high", "by", "after", "next", "person")
PLACES = ("nothing", "%00", "%ED%A0%80", "..%2f..", "a" * 300, "0", "%F0%9F")
FIELDS = (
    "name", "password", "pin", "person", "next", "language", "verdict", "reason", "severity",
    "based_on", "regions", "recipe", "text", "code", "role", "project", "user", "scopes", "days",
)  # fmt: skip
FORMS = st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=30), max_size=4)
TYPES = [
    {
        "code": "dent",
        "name": {"en": "Dent"},
        "definition": {"en": "Deeper than 0.2 mm"},
        "severity": [{"code": "light", "name": {"en": "Light"}}],
        "geometry": ["box"],
        "region_required": False,
        "forbid_augment": ["hue"],
    }
]
RECIPE = {
    "formats": ["coco"],
    "splits": {"train": 0.7, "val": 0.15, "test": 0.15},
    "group_by": ["unit"],
    "near_duplicates": True,
    "seed": 1,
    "images": {"max_side_px": 100, "format": "png", "quality": 90},
    "balance": {"strategy": "target", "target": {"scratch": 3}, "max_copies_per_image": 2},
    "augment": {"preset": "surface", "per_defect_type": {"scratch": ["hue"]}},
    "include": {"sources": ["unanimous"]},
    "gate": {"min": 0.95, "level": 0.95, "on_fail": "mark"},
}
RULING = {
    "verdict": "present", "severity": 1, "regions": None, "reason": "Seen.", "clause": "4.2",
    "based_on": 1,
}  # fmt: skip


def sound_bodies(review: dict[str, Any]) -> dict[str, Any]:
    """A body that each route takes; `review` belongs to an open lease."""
    judged = [present("scratch", 1, (1, 1, 9, 9)), present("bubble", None, (1, 1, 2, 2))]
    project = {"code": "more", "name": "More", "overlap": 2, "majority": False,
               "data_class": "quality", "standard": {"defect_types": TYPES}}  # fmt: skip
    return {
        "/api/v1/projects": project,
        "/api/v1/projects/{code}/assignments": {"count": 2},
        "/api/v1/projects/{code}/exports": RECIPE,
        "/api/v1/projects/{code}/standard/draft": {"defect_types": TYPES},
        "/api/v1/reviews": {**review, "judgements": judged},
        "/api/v1/reviews/{review}/withdrawal": {"reason": "A slip."},
        "/api/v1/disputes/{dispute}/ruling": RULING,
        "/api/v1/users": {"name": "Eve", "role": "reviewer", "pin": "2580", "password": None},
        "/api/v1/tokens": {"user": "dora", "scopes": ["read"], "days": 3},
        "/api/v1/stations": {"name": "Line 2", "project": "plates"},
    }


def spoilt(draw: Any, body: Any) -> Any:
    """The body with one value somewhere inside replaced."""
    if isinstance(body, dict) and body and draw(st.integers(0, 9)):
        key = draw(st.sampled_from(sorted(body)))
        return {**body, key: spoilt(draw, body[key])}
    if isinstance(body, list) and body and draw(st.integers(0, 9)):
        at = draw(st.integers(0, len(body) - 1))
        return [*body[:at], spoilt(draw, body[at]), *body[at + 1 :]]
    return draw(JSON)


UNSTORABLE = ("ab\x00cdefgh", "ab\ud800cdefgh", LONG * 30, 2**70, float("nan"), [[[]]], {"\x00": 1})


def spoilt_everywhere(body: Any) -> Iterator[Any]:
    """The body with each of its values in turn replaced by each of the unstorable ones."""
    if isinstance(body, dict):
        for key, value in body.items():
            yield from ({**body, key: one} for one in spoilt_everywhere(value))
    elif isinstance(body, list):
        for at, value in enumerate(body):
            yield from ([*body[:at], one, *body[at + 1 :]] for one in spoilt_everywhere(value))
    yield from UNSTORABLE
