"""The labeling standard as TOML text, and the lines of it where faults stand."""

import re
import tomllib
from collections.abc import Iterator, Mapping

from labeler.core.errors import FieldError, InvalidInput
from labeler.core.standard import DefectType, Standard

_HEAD = "[[defect_type]]"
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def standard_text(standard: Standard) -> str:
    """The TOML that `parse_standard` reads back into the same entries."""
    return "\n".join("\n".join(_entry(entry)) + "\n" for entry in standard.defect_types)


def _entry(entry: DefectType) -> Iterator[str]:
    yield _HEAD
    yield f"code = {_quoted(entry.code)}"
    yield f"name = {_names(entry.name)}"
    for language, text in entry.definition.items():
        yield f"definition.{language} = {_long(text)}"
    if entry.severity:
        yield "severity = ["
        for level in entry.severity:
            yield f"    {{code = {_quoted(level.code)}, name = {_names(level.name)}}},"
        yield "]"
    yield f"geometry = [{', '.join(_quoted(g) for g in entry.geometry)}]"
    yield f"region_required = {str(entry.region_required).lower()}"
    if entry.forbid_augment:
        yield f"forbid_augment = [{', '.join(_quoted(f) for f in entry.forbid_augment)}]"


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
        raise InvalidInput(
            "The text is not readable as TOML: {fault}.",
            fault=str(error),
            fields=[FieldError("text", "Check quotes, commas and brackets near this line.")],
        ) from error


def line_of(text: str, path: str) -> int | None:
    """The line, from 1, of a fault's place like `defect_types.2.severity`; None if unknown.

    The place may name a defect type by its number or by its code.
    """
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
