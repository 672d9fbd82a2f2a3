"""Hashing of passwords and PINs with Argon2id at about 50 ms, so that a shift change flows."""

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

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


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _HASHER.hash("nobody has this secret")
