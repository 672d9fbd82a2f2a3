"""The labeling standard: the versioned book of defect types."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from labeler.core.errors import FieldError, InvalidInput
from labeler.core.forbidden_changes import unknown_words
from labeler.core.terms import ExampleKind, Geometry

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}\Z")
_LANGUAGE = re.compile(r"[a-z]{2}\Z")
_MAX_TYPES = 100
_MAX_LEVELS = 4
_CONTENT = re.compile(r"[0-9a-f]{64}\Z")
_MAX_TEXT = 2_000
_MAX_EXAMPLES = 12

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SeverityLevel:
    """One step of a severity scale, from light to heavy."""

    code: str
    name: Names


@dataclass(frozen=True, slots=True)
class Example:
    """A picture that shows what counts, what does not, or where the limit lies.

    `image` is the SHA-256 of an image of the project, or of a file uploaded as an example.
    """

    kind: ExampleKind
    image: str
    note: Names = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """The same as plain JSON, with the keys of the TOML."""
        return {"kind": self.kind.value, "image": self.image, "note": dict(self.note)}


@dataclass(frozen=True, slots=True)
class DefectType:
    """One entry of the standard, judged on its own.

    `geometry` empty means: judged without a place. `severity` empty means: no levels.
    `limit` is what can be measured of the definition, for whoever holds a gauge.
    """

    code: str
    name: Names
    definition: Names = field(default_factory=dict)
    limit: Names = field(default_factory=dict)
    severity: tuple[SeverityLevel, ...] = ()
    geometry: tuple[Geometry, ...] = ()
    region_required: bool = False
    forbid_augment: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()

    def label(self, language: str) -> str:
        """The name in `language`, else English, else the code."""
        return self.name.get(language) or self.name.get("en") or self.code

    def document(self) -> dict[str, object]:
        """The same as plain JSON, with the keys of the TOML."""
        return {
            "code": self.code,
            "name": dict(self.name),
            "definition": dict(self.definition),
            "limit": dict(self.limit),
            "severity": [{"code": s.code, "name": dict(s.name)} for s in self.severity],
            "geometry": [g.value for g in self.geometry],
            "region_required": self.region_required,
            "forbid_augment": list(self.forbid_augment),
            "examples": [example.document() for example in self.examples],
        }


@dataclass(frozen=True, slots=True)
class Standard:
    """One published version; versions count from 1, and a version never changes."""

    version: int
    defect_types: tuple[DefectType, ...]

    def find(self, code: str) -> DefectType | None:
        """The defect type with this code, if this version has it."""
        return next((d for d in self.defect_types if d.code == code), None)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes in the order of the book."""
        return tuple(d.code for d in self.defect_types)

    @property
    def pictures(self) -> frozenset[str]:
        """The SHA-256 of every example."""
        return frozenset(e.image for d in self.defect_types for e in d.examples)

    def document(self) -> dict[str, object]:
        """The same as plain JSON: `{"defect_types": […]}`."""
        return {"defect_types": [d.document() for d in self.defect_types]}


class _Reader:
    """Collects every fault of a document, so that its author sees them all at once."""

    def __init__(self, *, published: bool) -> None:
        self.faults: list[FieldError] = []
        self.published = published

    def fault(self, path: str, message: str) -> None:
        self.faults.append(FieldError(path, message))

    def names(self, raw: object, path: str, *, needed: bool) -> dict[str, str]:
        if raw is None and not needed:
            return {}
        if not isinstance(raw, Mapping) or (needed and not raw):
            self.fault(path, 'Give the text per language, like {en = "Scratch"}.')
            return {}
        for language, text in raw.items():
            if not isinstance(language, str) or not _LANGUAGE.match(language):
                self.fault(path, "A language is two small letters, like en or ko.")
            elif not isinstance(text, str) or not text.strip() or len(text) > _MAX_TEXT:
                self.fault(f"{path}.{language}", "Give a text of 1 to 2000 characters.")
        return {str(k): str(v).strip() for k, v in raw.items()}

    def code(self, raw: object, path: str) -> str:
        if not isinstance(raw, str) or not _CODE.match(raw):
            self.fault(path, "A code has 1 to 40 of a-z, 0-9, _ and -.")
        return str(raw)

    def strings(self, raw: object, path: str) -> tuple[str, ...]:
        if raw is None:
            return ()
        if not isinstance(raw, Sequence) or isinstance(raw, str):
            self.fault(path, "Give a list of words.")
            return ()
        if not all(isinstance(item, str) for item in raw):
            self.fault(path, "Give a list of words.")
            return ()
        return tuple(raw)

    def forbidden(self, raw: object, path: str) -> tuple[str, ...]:
        words = self.strings(raw, path)
        if not self.published:
            self.faults += unknown_words(words, path)
        return words

    def unknown(self, raw: Mapping[str, object], known: set[str], path: str) -> None:
        for key in sorted(str(key) for key in set(raw) - known):
            self.fault(f"{path}{key}", "This key is not known; see the documentation.")


def _severity(reader: _Reader, raw: object, path: str) -> tuple[SeverityLevel, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        reader.fault(path, "Give a list of levels, from light to heavy.")
        return ()
    if len(raw) == 1 or len(raw) > _MAX_LEVELS:
        reader.fault(path, "Severity has two to four levels, or none.")
    levels = []
    for index, item in enumerate(raw):
        here = f"{path}.{index}"
        if not isinstance(item, Mapping):
            reader.fault(here, "A level has a code and a name.")
            continue
        reader.unknown(item, {"code", "name"}, f"{here}.")
        levels.append(
            SeverityLevel(
                reader.code(item.get("code"), f"{here}.code"),
                reader.names(item.get("name"), f"{here}.name", needed=True),
            )
        )
    if len({level.code for level in levels}) < len(levels):
        reader.fault(path, "Two levels share a code.")
    return tuple(levels)


def _examples(reader: _Reader, raw: object, path: str) -> tuple[Example, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, Sequence) or isinstance(raw, str) or len(raw) > _MAX_EXAMPLES:
        reader.fault(path, "Give a list of at most 12 examples.")
        return ()
    found = [_example(reader, item, f"{path}.{index}") for index, item in enumerate(raw)]
    known = [example for example in found if example is not None]
    if len({(example.kind, example.image) for example in known}) < len(known):
        reader.fault(path, "Two examples show the same picture for the same reason.")
    return tuple(known)


def _example(reader: _Reader, raw: object, path: str) -> Example | None:
    if not isinstance(raw, Mapping):
        reader.fault(path, "An example has a kind and an image.")
        return None
    reader.unknown(raw, {"kind", "image", "note"}, f"{path}.")
    kind, image = raw.get("kind"), raw.get("image")
    note = reader.names(raw.get("note"), f"{path}.note", needed=False)
    if kind not in set(ExampleKind):
        reader.fault(f"{path}.kind", "A kind of example is typical, counter or borderline.")
        return None
    if not isinstance(image, str) or not _CONTENT.match(image):
        reader.fault(f"{path}.image", "Give the SHA-256 of a picture: 64 of 0-9 and a-f.")
        return None
    return Example(ExampleKind(kind), image, note)


_TYPE_KEYS = {
    "code", "name", "definition", "limit", "severity", "geometry", "region_required",
    "forbid_augment", "examples",
}  # fmt: skip


def _defect_type(reader: _Reader, raw: object, path: str) -> DefectType | None:
    if not isinstance(raw, Mapping):
        reader.fault(path, "A defect type is a table with at least code and name.")
        return None
    reader.unknown(raw, _TYPE_KEYS, f"{path}.")
    geometry = []
    for kind in reader.strings(raw.get("geometry"), f"{path}.geometry"):
        if kind not in set(Geometry):
            reader.fault(f"{path}.geometry", "A geometry is box, polygon or mask.")
        else:
            geometry.append(Geometry(kind))
    required = raw.get("region_required", False)
    if not isinstance(required, bool):
        reader.fault(f"{path}.region_required", "Give true or false.")
    if required and not geometry:
        reader.fault(f"{path}.region_required", "A required region needs a geometry.")
    return DefectType(
        code=reader.code(raw.get("code"), f"{path}.code"),
        name=reader.names(raw.get("name"), f"{path}.name", needed=True),
        definition=reader.names(raw.get("definition"), f"{path}.definition", needed=False),
        limit=reader.names(raw.get("limit"), f"{path}.limit", needed=False),
        severity=_severity(reader, raw.get("severity"), f"{path}.severity"),
        geometry=tuple(dict.fromkeys(geometry)),
        region_required=bool(required),
        forbid_augment=reader.forbidden(raw.get("forbid_augment"), f"{path}.forbid_augment"),
        examples=_examples(reader, raw.get("examples"), f"{path}.examples"),
    )


def parse_standard(
    document: Mapping[str, object], *, version: int, published: bool = False
) -> Standard:
    """Read a standard from its TOML or JSON form (`defect_type` or `defect_types`).

    What is `published` already may forbid changes of a name that nobody knows: an earlier
    Labeler took them, and its reviews go on meaning what they meant.
    Raises `InvalidInput` that lists every fault with its place.
    """
    reader = _Reader(published=published)
    reader.unknown(document, {"defect_type", "defect_types"}, "")
    if "defect_type" in document and "defect_types" in document:
        reader.fault("defect_type", "Give defect_type or defect_types, not both.")
    raw = document.get("defect_types", document.get("defect_type"))
    found: list[DefectType] = []
    if not isinstance(raw, Sequence) or isinstance(raw, str) or not raw:
        reader.fault("defect_types", "Give at least one defect type.")
    elif len(raw) > _MAX_TYPES:
        reader.fault("defect_types", "A standard has at most 100 defect types.")
    else:
        for index, item in enumerate(raw):
            one = _defect_type(reader, item, f"defect_types.{index}")
            if one is not None:
                found.append(one)
        codes = [d.code for d in found if _CODE.match(d.code)]
        if len(set(codes)) < len(codes):
            reader.fault("defect_types", "Two defect types share a code.")
    if reader.faults:
        raise InvalidInput("The labeling standard has faults.", fields=reader.faults)
    return Standard(version, tuple(found))


def check_succession(old: Standard, new: Standard) -> None:
    """Refuse a new version that would take something away from reviews already made.

    Defect types are never deleted, and a severity scale only grows at its heavy end:
    the number 2 in an old review must go on meaning what it meant.
    Raises `InvalidInput`.
    """
    faults = []
    for before in old.defect_types:
        after = new.find(before.code)
        if after is None:
            faults.append(
                FieldError(
                    f"defect_types.{before.code}",
                    "A published defect type stays in the standard; put it back.",
                )
            )
            continue
        kept = tuple(s.code for s in after.severity[: len(before.severity)])
        if kept != tuple(s.code for s in before.severity):
            faults.append(
                FieldError(
                    f"defect_types.{before.code}.severity",
                    "Published severity levels keep their order; add new ones at the end.",
                )
            )
    if faults:
        raise InvalidInput("The new version would break reviews already made.", fields=faults)
