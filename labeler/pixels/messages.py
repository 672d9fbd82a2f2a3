"""What parent and decoding child say to each other: JSON objects with their length before them.

JSON because reading it can only ever make plain values; the child has touched hostile bytes.
"""

import json
import os
from collections.abc import Mapping

Message = Mapping[str, object]

_LENGTH_BYTES = 4
_LONGEST = 2**20


class BrokenMessage(Exception):
    """The other side sent something that is not one of our messages."""


def send(descriptor: int, message: Message) -> None:
    """Write one message whole. Raises `OSError` when the other side is gone."""
    body = json.dumps(message).encode()
    data = memoryview(len(body).to_bytes(_LENGTH_BYTES, "big") + body)
    while data:
        data = data[os.write(descriptor, data) :]


def receive(descriptor: int) -> Message | None:
    """Read one message; `None` when the other side has ended, even in mid-message.

    Raises `BrokenMessage` for anything that is not a JSON object of at most 1 MiB.
    """
    head = _read(descriptor, _LENGTH_BYTES)
    if head is None:
        return None
    length = int.from_bytes(head, "big")
    if length > _LONGEST:
        raise BrokenMessage(f"a message of {length} bytes")
    body = _read(descriptor, length)
    return None if body is None else _parsed(body)


def _parsed(body: bytes) -> Message:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise BrokenMessage("not JSON") from problem
    if not isinstance(message, dict):
        raise BrokenMessage("not an object")
    return message


def _read(descriptor: int, length: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < length:
        part = os.read(descriptor, length - len(parts))
        if not part:
            return None
        parts += part
    return bytes(parts)
