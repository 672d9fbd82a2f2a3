"""How a report asks for a figure that somebody may know already."""

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Remember(Protocol):
    """Whoever may have made a figure before."""

    def __call__(self, make: Callable[[], T], *of: object) -> T:
        """What `make` makes, or what it made for equal `of`: arrays, values, dataclasses."""


def make_anew(make: Callable[[], T], *_of: object) -> T:
    """What `make` makes, for who remembers nothing."""
    return make()
