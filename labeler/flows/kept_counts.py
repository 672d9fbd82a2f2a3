"""Keeping counts that follow the audit chain: how many, where, and when they still hold."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlmodel import Session

from labeler.core.audit import ChainHead
from labeler.store import audit

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

# What people look at: some projects, each as a whole and by a few columns.
MOST_KEPT = 24
# After more events than these, counting everything is as quick as following.
MOST_EVENTS = 100_000


def continues(session: Session, known: ChainHead, head: ChainHead) -> bool:
    """Whether the chain goes on from the event that is known, and not for too long."""
    return 0 <= head.number - known.number <= MOST_EVENTS and audit.holds(session, known)


@dataclass(slots=True)
class Place(Generic[T]):
    """Where counts are kept; one thread at a time brings them on, holding `busy`."""

    counted: T | None = None
    busy: threading.Lock = field(default_factory=threading.Lock)


class KeptCounts(Generic[K, T]):
    """The counts that were looked at last, each in a place of its own. Thread-safe."""

    def __init__(self) -> None:
        self._places: OrderedDict[K, Place[T]] = OrderedDict()
        self._looking = threading.Lock()

    def place(self, key: K) -> Place[T]:
        """Where the counts of this key are kept; empty when they are new or long unused."""
        with self._looking:
            found = self._places.setdefault(key, Place())
            self._places.move_to_end(key)
            if len(self._places) > MOST_KEPT:
                self._places.popitem(last=False)
            return found

    def knows(self, key: K) -> bool:
        """Whether these counts were made before."""
        with self._looking:
            found = self._places.get(key)
            return found is not None and found.counted is not None

    def keys(self) -> list[K]:
        """What is kept, the longest unused first."""
        with self._looking:
            return list(self._places)
