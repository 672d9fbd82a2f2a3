"""The chain of events: each event's hash covers its content and the hash before it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

GENESIS = "0" * 64
# Actors that are nobody's account: who runs commands on the server, and who did not sign in.
OPERATOR = "command line"
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class ChainedEvent:
    """One event as it is stored; numbers count from 1 without gaps."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    data: Mapping[str, object]
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The end of the chain: how many events, and the last one's hash."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first event at which the chain does not hold, and why."""

    number: int
    reason: str


def canonical_json(value: object) -> bytes:
    """One spelling per value: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def event_hash(
    previous_hash: str,
    number: int,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    data: Mapping[str, object],
) -> str:
    """SHA-256 (hex) over the canonical JSON of the event and of the hash before it."""
    instant = at.astimezone(UTC).isoformat(timespec="microseconds")
    body = canonical_json([previous_hash, number, instant, actor, action, subject, data])
    return hashlib.sha256(body).hexdigest()


def verify_chain(
    events: Iterable[ChainedEvent], *, checkpoints: Iterable[ChainHead] = ()
) -> ChainHead | ChainFault:
    """Walk the chain from its first event; the head if it holds, else the first fault.

    An edit breaks its own hash, a deletion, insertion or swap breaks the numbers or the
    link, and a cut at the end is found by any checkpoint taken after it.
    """
    expected = {c.number: c.hash for c in checkpoints if c.number > 0}
    number, previous = 0, GENESIS
    for event in events:
        number += 1
        if event.number != number:
            return ChainFault(number, f"expected event {number}, found {event.number}")
        if event.previous_hash != previous:
            return ChainFault(number, "does not follow the event before it")
        previous = event_hash(
            previous, number, event.at, event.actor, event.action, event.subject, event.data
        )
        if event.hash != previous:
            return ChainFault(number, "was changed after it was written")
        if expected.pop(number, previous) != previous:
            return ChainFault(number, "differs from the signed checkpoint")
    if expected:
        return ChainFault(number + 1, f"events up to {max(expected)} were signed and are gone")
    return ChainHead(number, previous)
