"""Badges: a card that a reader types into an enrolled tablet instead of a PIN."""

from sqlmodel import Session

from labeler.core.errors import Conflict, FieldError, InvalidInput, NotFound
from labeler.core.people import Principal, check_badge
from labeler.core.terms import Role
from labeler.flows.people import NOBODY, actor_of, person_for
from labeler.flows.site import Site
from labeler.store import audit, people
from labeler.store.badge_key import BadgeKey
from labeler.store.tables import User

FILE = "badge.key"


def badge_digest(site: Site, badge: str) -> str:
    """How a badge's number is stored. Raises `InvalidInput` for what cannot be one."""
    return BadgeKey(site.settings.data / FILE).digest(check_badge(badge))


def set_badge(site: Site, user: str, badge: str | None, by: Principal | None = None) -> str:
    """Give a reviewer (by id or name) a badge, or with None take it back; their name.

    Whoever used the old badge is signed out: it may be lost. A badge of somebody who was
    removed can be given on. `by` None is whoever may run commands on the server. Raises
    `NotFound`, `InvalidInput`, and `Conflict` for another person's badge.
    """
    hashed = badge_digest(site, badge) if badge is not None else None

    def deed(session: Session) -> str:
        row = _reviewer(session, user, by)
        if hashed is not None:
            _release(session, hashed, row)
        if row.badge_hash is not None and row.badge_hash != hashed:
            people.end_sessions_of(session, row.id, site.now())
        row.badge_hash = hashed
        audit.append(
            session, at=site.now(), actor=actor_of(by), subject=row.id,
            action="badge.set" if hashed else "badge.taken",
        )  # fmt: skip
        return row.name

    return site.database.write(deed)


def _reviewer(session: Session, user: str, by: Principal | None) -> User:
    row = people.user_by_id(session, user) or people.user_by_name(session, user)
    if row is None or not row.active:
        raise NotFound(NOBODY)
    if by is not None:
        row = person_for(session, by, row.id)
    if row.role != Role.REVIEWER:
        raise InvalidInput(
            "Only reviewers sign in with a badge.",
            fields=[FieldError("badge", "Everybody else signs in with a password.")],
        )
    return row


def _release(session: Session, hashed: str, row: User) -> None:
    holder = people.user_by_badge(session, hashed)
    if holder is None or holder.id == row.id:
        return
    if holder.active:
        raise Conflict("This badge belongs to somebody else. Take it back from them first.")
    holder.badge_hash = None
    session.flush()
