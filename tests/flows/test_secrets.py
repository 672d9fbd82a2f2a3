"""How an installation hashes; the other tests of this suite do it cheaply."""

from argon2 import PasswordHasher
from argon2.low_level import Type


def test_an_installation_hashes_no_weaker_than_the_usual_guidance(
    own_hasher: PasswordHasher,
) -> None:
    assert own_hasher.type is Type.ID
    assert own_hasher.memory_cost >= 19_456  # KiB
    assert own_hasher.time_cost >= 2
