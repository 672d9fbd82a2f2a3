"""The labeling standard as TOML text, and the lines of it where faults stand."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from labeler.core.errors import FieldError, InvalidInput
from labeler.core.standard import DefectType, Standard

_HEAD = "[[defect_type]]"
_LINE = re.compile(r"line (\d+)\Z")
# What a new project begins with: small, and every kind of entry once.
EXAMPLE = """\
[[defect_type]]
code = "scratch"
name = {en = "Scratch", ko = "스크래치"}
definition.en = "A line that light catches, 0.5 mm or longer."
definition.ko = "빛에 드러나는 0.5 mm 이상의 선."
severity = [
    {code = "light", name = {en = "Light", ko = "경미"}},
    {code = "deep", name = {en = "Deep", ko = "심함"}},
]
geometry = ["box", "polygon", "mask"]

[[defect_type]]
code = "stain"
name = {en = "Stain", ko = "얼룩"}
definition.en = "A spot that stays after wiping."
definition.ko = "닦아도 남는 자국."
geometry = []
"""
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault with the line of the text where it stands, if that is known."""

    line: int | None
    place: str
    message: str


def faults_in(text: str, fields: Mapping[str, str]) -> list[Fault]:
    """The faults of a text, by line; `fields` maps places in the document to messages."""
    found = [
        Fault(line_of(text, path), "" if _LINE.match(path) else path, message)
        for path, message in fields.items()
    ]
    return sorted(found, key=lambda fault: (fault.line or 0, fault.place))


def standard_text(standard: Standard) -> str:
    """The TOML that `parse_standard` reads back into the same entries."""
    return "\n".join("\n".join(_entry(entry)) + "\n" for entry in standard.defect_types)


def _entry(entry: DefectType) -> Iterator[str]:
    yield _HEAD
    yield f"code = {_quoted(entry.code)}"
    yield f"name = {_names(entry.name)}"
    for language, text in entry.definition.items():
        yield f"definition.{language} = {_long(text)}"
    for language, text in entry.limit.items():
        yield f"limit.{language} = {_long(text)}"
    if entry.severity:
        yield "severity = ["
        for level in entry.severity:
            yield f"    {{code = {_quoted(level.code)}, name = {_names(level.name)}}},"
        yield "]"
    yield f"geometry = [{', '.join(_quoted(g) for g in entry.geometry)}]"
    yield f"region_required = {str(entry.region_required).lower()}"
    if entry.forbid_augment:
        yield f"forbid_augment = [{', '.join(_quoted(f) for f in entry.forbid_augment)}]"
    if entry.examples:
        yield "examples = ["
        for example in entry.examples:
            note = f", note = {_names(example.note)}" if example.note else ""
            yield f"    {{kind = {_quoted(example.kind)}, image = {_quoted(example.image)}{note}}},"
        yield "]"


def _names(names: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{code} = {_quoted(text)}" for code, text in names.items()) + "}"


def _quoted(text: str) -> str:
    def escaped(sign: str) -> str:
        if sign in _ESCAPES:
            return _ESCAPES[sign]
        return sign if sign.isprintable() else f"\\U{ord(sign):08x}"

    return '"' + "".join(escaped(sign) for sign in text) + '"'


def _long(text: str) -> str:
    """Several lines stay several lines, which is how definitions are written."""
    if "\n" not in text:
        return _quoted(text)
    lines = (_quoted(line)[1:-1] for line in text.split("\n"))
    return '"""\n' + "\n".join(lines) + '"""'


def read_standard_text(text: str) -> dict[str, object]:
    """The document behind TOML text. Raises `InvalidInput` with the line where it breaks."""
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        # Python's reader says the line in the middle of an English sentence.
        place = re.search(r"at line (\d+)", str(error))
        line = int(place[1]) if place else len(text.splitlines())
        raise InvalidInput(
            "The text is not readable as TOML.",
            fields=[
                FieldError(f"line {line}", "Check quotes, commas and brackets near this line.")
            ],
        ) from error


def line_of(text: str, path: str) -> int | None:
    """The line, from 1, of a fault's place like `defect_types.2.severity`; None if unknown.

    The place may name a defect type by its number or by its code, or be `line 7` itself.
    """
    named = _LINE.match(path)
    if named:
        return int(named[1])
    parts = path.split(".")
    if parts[0] not in ("defect_type", "defect_types") or len(parts) < 2:
        return None
    lines = text.splitlines()
    heads = [n for n, line in enumerate(lines) if line.strip().startswith(_HEAD)]
    start = _start(lines, heads, parts[1])
    if start is None:
        return None
    end = next((n for n in heads if n > start), len(lines))
    if len(parts) > 2:
        key = re.compile(rf"\s*{re.escape(parts[2])}\s*[.=]")
        start = next((n for n in range(start, end) if key.match(lines[n])), start)
    return start + 1


def _start(lines: list[str], heads: list[int], which: str) -> int | None:
    if which.isdecimal():
        return heads[int(which)] if int(which) < len(heads) else None
    code = re.compile(rf"\s*code\s*=\s*[\"']{re.escape(which)}[\"']")
    found = next((n for n, line in enumerate(lines) if code.match(line)), None)
    return None if found is None else max((n for n in heads if n <= found), default=found)
