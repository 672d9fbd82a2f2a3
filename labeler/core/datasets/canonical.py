"""JSON that is the same bytes for the same value, one line per entry of its long lists.

So it can be written and read line by line, however long its lists are.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Entries:
    """A long list that is not held in memory; `read` begins it anew."""

    read: Callable[[], Iterable[Any]]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.read())


class Written(str):
    """An entry that is compact text already, and goes into the document as it is."""

    __slots__ = ()


def compact(value: object) -> str:
    """A value on one line, keys sorted. Raises `ValueError` for NaN and infinities."""
    if isinstance(value, Written):
        return value
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def lines(document: Mapping[str, object]) -> Iterator[str]:
    """The document in pieces: a line per key, and within lists a line per entry."""
    opening = "{\n"
    for key in sorted(document):
        value = document[key]
        yield f"{opening}{json.dumps(key)}: "
        if isinstance(value, list | Iterator | Entries):
            yield from _list(value)
        else:
            yield compact(value)
        opening = ",\n"
    yield "\n}\n" if document else "{}\n"


def _list(values: Iterable[object]) -> Iterator[str]:
    opening = "[\n"
    for value in values:
        yield opening + compact(value)
        opening = ",\n"
    yield "[]" if opening == "[\n" else "\n]"


def text(document: Mapping[str, object]) -> str:
    """The whole document."""
    return "".join(lines(document))


def items(written: Iterable[str]) -> Iterator[tuple[str, int | None, str]]:
    """Read a document line by line: (key, None, value) or (key, place in its list, entry).

    Values and entries are the text as it stands. An empty list is a value.
    Raises `ValueError` where keys, brackets and commas are not as `lines` writes them.
    """
    rest = iter(written)
    _expect(next(rest, ""), "{\n")
    before, more = "", True
    while more:
        key, value, more = _key_and_value(next(rest, ""))
        if key <= before:
            raise ValueError(f"{key!r} is twice or out of order")
        before = key
        if value == "[]" or not value.startswith("["):
            yield key, None, value
            continue
        if value != "[" or more:
            raise ValueError(f"the list {key!r} does not begin on a line of its own")
        place, another = 0, True
        while another:
            entry, another = _value(next(rest, ""))
            yield key, place, entry
            place += 1
        bracket, more = _value(next(rest, ""))
        _expect(bracket, "]")
    _expect(next(rest, ""), "}\n")
    _expect(next(rest, ""), "")


def entries(written: Iterable[str], key: str) -> Iterator[Any]:
    """The entries of one list of a document. Raises `ValueError` without such a list."""
    found = False
    for name, place, value in items(written):
        if name == key:
            found = True
            if place is not None:
                yield json.loads(value)
            elif value != "[]":
                raise ValueError(f"{key!r} is no list")
    if not found:
        raise ValueError(f"there is no {key!r}")


def _value(line: str) -> tuple[str, bool]:
    """The value on a line, and whether another follows it."""
    if not line.endswith("\n"):
        raise ValueError("it ends too early")
    more = line.endswith(",\n")
    return line[: -2 if more else -1], more


def _key_and_value(line: str) -> tuple[str, str, bool]:
    rest, more = _value(line)
    name, sign, value = rest.partition('": ')
    if not sign or not name.startswith('"'):
        raise ValueError("a line has no key")
    key = json.loads(name + '"')
    _expect(json.dumps(key), name + '"')
    return key, value, more


def _expect(found: str, wanted: str) -> None:
    if found != wanted:
        raise ValueError(f"{found[:20]!r} stands where {wanted!r} should")
