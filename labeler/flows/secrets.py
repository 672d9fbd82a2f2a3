"""Hashing of passwords and PINs with Argon2id at about 50 ms, so that a shift change flows.

And drawing new ones, for people who get theirs from somebody else.
"""

from collections.abc import Callable
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from labeler.core.errors import InvalidInput
from labeler.core.people import check_pin

_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
# 19 MiB and two passes: the smallest pair that the usual guidance accepts.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hash_secret(secret: str) -> str:
    """The Argon2id hash of a password or PIN, with its own salt."""
    return _HASHER.hash(secret)


def secret_matches(secret: str, hashed: str | None) -> bool:
    """Whether a secret fits; takes as long when there is no hash to fit."""
    try:
        return _HASHER.verify(hashed or _nobody(), secret) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def draw_pin(entropy: Callable[[int], bytes]) -> str:
    """Six random digits that are not too easy to guess."""
    while True:
        # 250 and more would make the lower digits likelier.
        digits = [str(byte % 10) for byte in entropy(8) if byte < 250]
        try:
            return check_pin("".join(digits[:6]))
        except InvalidInput:
            continue  # a run, all the same, or too few are left: draw again


def draw_password(entropy: Callable[[int], bytes]) -> str:
    """Sixteen random letters and digits in fours, none that looks like another: 79 bits."""
    raw = "".join(_LETTERS[byte % len(_LETTERS)] for byte in entropy(16))
    return "-".join(raw[i : i + 4] for i in range(0, 16, 4))


def draw_code(entropy: Callable[[int], bytes]) -> str:
    """Eight random letters and digits to type by hand, none that looks like another: 39 bits."""
    even = len(_LETTERS) * (256 // len(_LETTERS))
    drawn = ""
    while len(drawn) < 8:
        drawn += "".join(_LETTERS[byte % len(_LETTERS)] for byte in entropy(16) if byte < even)
    return drawn[:8]


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _HASHER.hash("nobody has this secret")
