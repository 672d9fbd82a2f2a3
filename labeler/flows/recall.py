"""Figures of before, found again by the counts that they were computed from."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from hashlib import blake2b
from typing import Any, TypeVar

T = TypeVar("T")

# One project's page has some hundred tables, a comparison of sixty weeks some thousand.
MOST = 8_000


class Recall:
    """Remembers what was computed last. Thread-safe.

    A figure depends on nothing but its counts and settings, so what is found by their
    content is what would be computed anew.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: OrderedDict[bytes, Any] = OrderedDict()
        self._looking = threading.Lock()

    def __call__(self, make: Callable[[], T], *of: object) -> T:
        """What `make` makes, made once for all equal `of`: arrays, values, dataclasses of them."""
        key = _digest(of)
        with self._looking:
            if key in self._known:
                self._known.move_to_end(key)
                known: T = self._known[key]
                return known
        made = make()
        with self._looking:
            self._known[key] = made
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return made


def _digest(value: object) -> bytes:
    digest = blake2b(digest_size=16)
    for part in _parts(value):
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.digest()


def _parts(value: Any) -> Iterator[bytes]:
    """The content of a value, piece by piece; two values differ if their pieces do."""
    if hasattr(value, "tobytes"):
        yield f"{value.dtype} {value.shape}".encode()
        yield value.tobytes()
    elif is_dataclass(value) and not isinstance(value, type):
        yield type(value).__name__.encode()
        for one in fields(value):
            yield from _parts(getattr(value, one.name))
    elif isinstance(value, tuple):
        yield f"tuple of {len(value)}".encode()
        for item in value:
            yield from _parts(item)
    elif isinstance(value, Mapping):
        yield f"mapping of {len(value)}".encode()
        for key, item in value.items():
            yield from _parts(key)
            yield from _parts(item)
    elif value is None or isinstance(value, str | int | float):
        yield repr(value).encode()
    else:
        message = f"no two of {type(value)} can be told apart here"
        raise TypeError(message)
