"""Every forgery of the chain is found: edits, deletions, insertions, swaps, cuts, rewrites."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from labeler.core.audit import (
    GENESIS,
    ChainedEvent,
    ChainFault,
    ChainHead,
    canonical_json,
    event_hash,
    verify_chain,
)
from tests.proof import sizes
from tests.proof.figures import note

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
LENGTH = 24
Chain = list[ChainedEvent]


def event(number: int, previous: str, **changed: object) -> ChainedEvent:
    """A sound event after `previous`."""
    terms = {
        "at": START + timedelta(seconds=number),
        "actor": f"user-{number % 3}",
        "action": "review.submitted",
        "subject": f"review-{number}",
        "data": {"image": f"image-{number}", "extra": number % 2 == 0, "note": "판정"},
        **changed,
    }
    words = [terms[key] for key in ("at", "actor", "action", "subject", "data")]
    return ChainedEvent(number, *words, previous, event_hash(previous, number, *words))  # type: ignore[arg-type]


def chain(length: int = LENGTH) -> Chain:
    events: Chain = []
    for number in range(1, length + 1):
        events.append(event(number, events[-1].hash if events else GENESIS))
    return events


def edit(events: Chain, rng: random.Random) -> Chain:
    """Change one field of one event, and leave the rest."""
    at = rng.randrange(len(events))
    old = events[at]
    field = rng.choice(
        ["number", "at", "actor", "action", "subject", "data", "previous_hash", "hash"]
    )
    values: dict[str, object] = {
        "number": old.number + rng.choice([-1, 1, 100]),
        "at": old.at + timedelta(microseconds=rng.choice([-1, 1, 10**6])),
        "actor": old.actor + "x",
        "action": old.action[:-1],
        "subject": old.subject.upper(),
        "data": _changed(old.data, rng),
        "previous_hash": _other_digit(old.previous_hash, rng),
        "hash": _other_digit(old.hash, rng),
    }
    return [*events[:at], replace(old, **{field: values[field]}), *events[at + 1 :]]


def _changed(data: object, rng: random.Random) -> dict[str, object]:
    assert isinstance(data, dict)
    key = rng.choice(sorted(data))
    return rng.choice(
        [
            {**data, key: "other"},
            {**data, "more": None},
            {k: v for k, v in data.items() if k != key},
        ]
    )


def _other_digit(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text))
    digit = rng.choice([d for d in "0123456789abcdef" if d != text[at]])
    return text[:at] + digit + text[at + 1 :]


def delete(events: Chain, rng: random.Random) -> Chain:
    """Take out some events before the last one."""
    at = rng.randrange(len(events) - 1)
    return events[:at] + events[rng.randint(at + 1, len(events) - 1) :]


def insert(events: Chain, rng: random.Random) -> Chain:
    """Add an event that is sound in itself, or one that is there already."""
    at = rng.randrange(len(events))
    new = event(at + 1, events[at].previous_hash, actor="mallory")
    return [*events[:at], rng.choice([new, rng.choice(events)]), *events[at:]]


def swap(events: Chain, rng: random.Random) -> Chain:
    a, b = rng.sample(range(len(events)), 2)
    swapped = list(events)
    swapped[a], swapped[b] = swapped[b], swapped[a]
    return swapped


def rewrite(events: Chain, rng: random.Random) -> Chain:
    """Change one event and compute every later hash anew: only a signature can tell."""
    at = rng.randrange(len(events))
    forged = events[:at]
    for old in events[at:]:
        previous = forged[-1].hash if forged else GENESIS
        actor = "mallory" if old.number == at + 1 else old.actor
        forged.append(
            event(old.number, previous, at=old.at, actor=actor, action=old.action,
                  subject=old.subject, data=old.data)
        )  # fmt: skip
    return forged


def cut(events: Chain, rng: random.Random) -> Chain:
    """Leave out the end: what remains is sound in itself."""
    return events[: rng.randrange(len(events))]


def cut_and_go_on(events: Chain, rng: random.Random) -> Chain:
    """Leave out the end and write another one of the same length."""
    kept = events[: rng.randrange(len(events))]
    while len(kept) < len(events):
        previous = kept[-1].hash if kept else GENESIS
        kept.append(event(len(kept) + 1, previous, actor="mallory"))
    return kept


BREAKING: Sequence[Callable[[Chain, random.Random], Chain]] = (edit, delete, insert, swap)
SOUND_IN_THEMSELVES = (rewrite, cut, cut_and_go_on)


def test_a_chain_that_nobody_touched_holds() -> None:
    events = chain()
    head = ChainHead(LENGTH, events[-1].hash)
    assert verify_chain(events) == head
    assert verify_chain(events, checkpoints=[head, ChainHead(5, events[4].hash)]) == head
    assert verify_chain([]) == ChainHead(0, GENESIS)


def test_every_random_forgery_is_found() -> None:
    rng = random.Random(7)
    events = chain()
    signed = [ChainHead(LENGTH, events[-1].hash)]
    found: dict[str, int] = {}
    missed = []
    for number in range(sizes.MUTATIONS):
        forge = rng.choice([*BREAKING, *SOUND_IN_THEMSELVES])
        forged = forge(events, rng)
        assert forged != events
        # What breaks the chain is found without any signature.
        checkpoints = signed if forge in SOUND_IN_THEMSELVES else []
        if isinstance(verify_chain(forged, checkpoints=checkpoints), ChainFault):
            found[forge.__name__] = found.get(forge.__name__, 0) + 1
        else:
            missed.append((number, forge.__name__))
    assert missed == []
    assert set(found) == {forge.__name__ for forge in (*BREAKING, *SOUND_IN_THEMSELVES)}
    note("audit, random forgeries", tried=sizes.MUTATIONS, found=sum(found.values()), **found)


@pytest.mark.parametrize("forge", SOUND_IN_THEMSELVES)
def test_without_a_signed_checkpoint_a_rewritten_or_cut_chain_looks_sound(
    forge: Callable[[Chain, random.Random], Chain],
) -> None:
    """The control: it is the checkpoint that finds these, not luck."""
    assert isinstance(verify_chain(forge(chain(), random.Random(1))), ChainHead)


def test_the_fault_names_the_first_event_that_does_not_hold() -> None:
    events = chain()
    changed = [*events[:4], replace(events[4], actor="mallory"), *events[5:]]
    assert verify_chain(changed) == ChainFault(5, "was changed after it was written")
    assert verify_chain(events[1:]) == ChainFault(1, "expected event 1, found 2")
    fault = verify_chain(events[:9], checkpoints=[ChainHead(LENGTH, events[-1].hash)])
    assert fault == ChainFault(10, f"events up to {LENGTH} were signed and are gone")


def test_one_value_has_one_spelling() -> None:
    assert canonical_json({"b": 1, "a": "판정"}) == '{"a":"판정","b":1}'.encode()
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json(float("nan"))


def test_a_long_chain_is_verified_in_the_time_we_promise() -> None:
    """A million events in 30 s."""
    events = chain(sizes.EVENTS)
    began = time.process_time()
    assert verify_chain(events) == ChainHead(sizes.EVENTS, events[-1].hash)
    took = time.process_time() - began
    assert took * 1_000_000 / sizes.EVENTS <= 30
    note("audit, one long chain", events=sizes.EVENTS, verified_in_s=round(took, 2))
