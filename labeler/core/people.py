"""Who somebody is, and what that allows."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from labeler.core.errors import FieldError, InvalidInput
from labeler.core.terms import ROLE_SCOPES, Role, Scope

MIN_PASSWORD = 12
MAX_PASSWORD = 200
FREE_ATTEMPTS = 5
_PIN = re.compile(r"[0-9]{4,6}\Z")
_BADGE = re.compile(r"[A-Z0-9]{6,64}\Z")
_NAME = re.compile(r"[^\s\x00-\x1f<>&\"'](?:[^\x00-\x1f<>&\"']{0,38}[^\s\x00-\x1f<>&\"'])?\Z")


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in person; `scopes` is already role ∩ token scopes.

    `token_ends_at` is when the token that was shown ends, None for a session too.
    """

    user_id: str
    name: str
    role: Role
    scopes: frozenset[Scope]
    language: str | None = None
    station_id: str | None = None
    session_sha256: str | None = None
    by_token: bool = False
    token_ends_at: datetime | None = None

    @property
    def sees_every_project(self) -> bool:
        """Only an administrator is not bound to memberships."""
        return self.role is Role.ADMIN


def effective_scopes(role: Role, granted: frozenset[Scope] | None) -> frozenset[Scope]:
    """Role ∩ scopes; without a token (None) the role's own.

    >>> sorted(effective_scopes(Role.REVIEWER, frozenset({Scope.LEAD, Scope.READ})))
    [<Scope.READ: 'read'>]
    """
    return ROLE_SCOPES[role] if granted is None else ROLE_SCOPES[role] & granted


def check_name(name: str) -> str:
    """The name as written on a tile: 1 to 40 visible characters. Raises `InvalidInput`."""
    name = name.strip()
    if not _NAME.match(name):
        raise InvalidInput(
            "This name cannot be used.",
            fields=[FieldError("name", "Give 1 to 40 characters without < > & or quotes.")],
        )
    return name


def check_pin(pin: str) -> str:
    """Four to six digits, not all the same, no simple run. Raises `InvalidInput`."""
    if not _PIN.match(pin):
        raise InvalidInput(
            "This PIN cannot be used.", fields=[FieldError("pin", "A PIN has 4 to 6 digits.")]
        )
    steps = {int(b) - int(a) for a, b in pairwise(pin)}
    if steps in ({0}, {1}, {-1}):
        raise InvalidInput(
            "This PIN is too easy to guess.",
            fields=[FieldError("pin", "Not all the same digits and no run like 1234.")],
        )
    return pin


def check_badge(badge: str) -> str:
    """A badge's number as readers of every make give it: capital letters and digits alone.

    What a reader puts between them depends on its settings and on the keyboard's layout.
    Raises `InvalidInput`.

    >>> check_badge("04:a2:19:7f")
    '04A2197F'
    """
    plain = "".join(c for c in badge if c.isascii() and c.isalnum()).upper()
    if not _BADGE.match(plain):
        raise InvalidInput(
            "This badge cannot be used.",
            fields=[FieldError("badge", "A badge's number has 6 to 64 letters and digits.")],
        )
    return plain


def check_password(password: str) -> str:
    """At least twelve characters. Raises `InvalidInput`."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise InvalidInput(
            "This password cannot be used.",
            fields=[FieldError("password", "Give 12 to 200 characters.")],
        )
    return password


def delay_after(failures: int) -> timedelta:
    """How long to wait after so many wrong secrets in a row: 10 s doubling, at most 15 min.

    >>> [int(delay_after(n).total_seconds()) for n in (4, 5, 6, 7, 20)]
    [0, 10, 20, 40, 900]
    """
    if failures < FREE_ATTEMPTS:
        return timedelta(0)
    return timedelta(seconds=min(10 * 2 ** min(failures - FREE_ATTEMPTS, 10), 900))
