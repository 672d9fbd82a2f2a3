"""JSON that is the same bytes for the same value, one line per entry of its long lists."""

import json
from collections.abc import Iterable, Iterator, Mapping


def compact(value: object) -> str:
    """A value on one line, keys sorted. Raises `ValueError` for NaN and infinities."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def lines(document: Mapping[str, object]) -> Iterator[str]:
    """The document in pieces: a line per key, and within lists a line per entry."""
    opening = "{\n"
    for key in sorted(document):
        value = document[key]
        yield f"{opening}{json.dumps(key)}: "
        if isinstance(value, list | Iterator):
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
