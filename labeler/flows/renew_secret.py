"""A new PIN or password: from a lead or an administrator, or one's own.

Whoever forgot a secret gets a new one from somebody who may give it. Their sessions end,
so that whoever used the old one is out, and the wait after wrong attempts ends too. API
tokens go on working: programs at the line hold them, and a forgotten PIN must not stop
the line. Where the secret may have become known they end with it, when asked to.
"""

from dataclasses import dataclass

from sqlmodel import Session

from labeler.core.errors import Conflict, FieldError, InvalidInput, NotFound
from labeler.core.people import Principal, check_password, check_pin
from labeler.core.terms import Role
from labeler.flows.attempts import one_guess
from labeler.flows.people import NOBODY, actor_of, person_for
from labeler.flows.secrets import draw_password, draw_pin, hash_secret, secret_matches
from labeler.flows.sign_in import password_subject
from labeler.flows.site import Site
from labeler.store import audit, people, renewals
from labeler.store.tables import User


@dataclass(frozen=True, slots=True)
class Renewed:
    """A person's new secret; `secret` is there when it was drawn, to be shown this once.

    `kind` is `pin` or `password`; `tokens` counts the person's API tokens that work on.
    """

    user_id: str
    name: str
    kind: str
    secret: str | None
    tokens: int


def reset_secret(
    site: Site,
    user: str,
    *,
    pin: str | None = None,
    password: str | None = None,
    end_tokens: bool = False,
    by: Principal | None = None,
) -> Renewed:
    """Give a person (by id or name) a new secret; without one it is drawn at random.

    A reviewer gets a PIN unless `password` is given, anybody else a password. A lead does
    so for the reviewers of their projects, an administrator for everybody else; `by` None
    is whoever may run commands on the server. Raises `NotFound`, `InvalidInput`, and
    `Conflict` for oneself: that asks for the old one.
    """
    with site.database.read() as session:
        role = Role(_person(session, user, by).role)
    kind = "pin" if role is Role.REVIEWER and password is None else "password"
    drawn = None
    if kind == "pin":
        drawn = draw_pin(site.entropy) if pin is None else None
        hashed = hash_secret(drawn or check_pin(pin or ""))
    else:
        _refuse_pin(pin)
        drawn = draw_password(site.entropy) if password is None else None
        hashed = hash_secret(drawn or check_password(password or ""))

    def deed(session: Session) -> Renewed:
        row = _person(session, user, by)
        setattr(row, f"{kind}_hash", hashed)
        people.end_sessions_of(session, row.id, site.now())
        renewals.forget_failures(session, row.id, password_subject(row.name))
        ended = renewals.end_tokens(session, row.id, site.now()) if end_tokens else 0
        left = renewals.count_tokens(session, row.id, site.now())
        audit.append(
            session, at=site.now(), actor=actor_of(by), action="secret.reset", subject=row.id,
            data={"kind": kind, "drawn": drawn is not None, "tokens_ended": ended},
        )  # fmt: skip
        return Renewed(row.id, row.name, kind, drawn, left)

    return site.database.write(deed)


def has_password(site: Site, who: Principal) -> bool:
    """Whether this person has a password to change; a reviewer with a PIN alone has none."""
    with site.database.read() as session:
        row = people.user_by_id(session, who.user_id)
        return row is not None and row.password_hash is not None


def change_password(site: Site, who: Principal, old: str, new: str) -> None:
    """Change one's own password; every other session of the person ends, this one stays.

    Raises `InvalidInput` for a wrong old one, or a new one that will not do;
    `TooManyAttempts` after five wrong ones in a row, at the sign-in or here.
    """
    subject = password_subject(who.name)
    with one_guess(site, subject) as wrong:
        with site.database.read() as session:
            row = people.user_by_id(session, who.user_id)
        if row is None or row.password_hash is None:
            raise InvalidInput("You have no password. Ask your lead for a new PIN instead.")
        if not secret_matches(old, row.password_hash):
            wrong()
            raise InvalidInput(
                "The password was not changed.",
                fields=[FieldError("old", "This is not your present password.")],
            )
    hashed = hash_secret(_new_password(old, new))

    def deed(session: Session) -> None:
        current = people.user_by_id(session, who.user_id)
        if current is None or not current.active or current.password_hash != row.password_hash:
            raise Conflict("Your password was changed meanwhile. Sign in again.")
        current.password_hash = hashed
        renewals.end_other_sessions(session, who.user_id, site.now(), but=who.session_sha256)
        people.clear_failures(session, subject)
        audit.append(
            session, at=site.now(), actor=who.user_id, action="password.changed",
            subject=who.user_id,
        )  # fmt: skip

    site.database.write(deed)


def _person(session: Session, user: str, by: Principal | None) -> User:
    row = people.user_by_id(session, user) or people.user_by_name(session, user)
    if row is None or not row.active:
        raise NotFound(NOBODY)
    if by is None:
        return row
    if row.id == by.user_id:
        # A session that somebody left open must not be enough to take the account over.
        raise Conflict("Change your own password with the old one, under your name above.")
    return person_for(session, by, row.id)


def _refuse_pin(pin: str | None) -> None:
    if pin is not None:
        raise InvalidInput(
            "Only reviewers sign in with a PIN.",
            fields=[FieldError("pin", "Give a password instead.")],
        )


def _new_password(old: str, new: str) -> str:
    if new == old:
        raise InvalidInput(
            "The password was not changed.",
            fields=[FieldError("password", "Choose one that differs from the old one.")],
        )
    return check_password(new)
