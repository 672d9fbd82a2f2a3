"""The first start: a one-time code makes the first administrator."""

from sqlmodel import Session

from labeler.core.audit import OPERATOR
from labeler.core.errors import Conflict, NotSignedIn
from labeler.core.people import check_name, check_password
from labeler.core.terms import Role
from labeler.flows.attempts import one_guess
from labeler.flows.secrets import hash_secret
from labeler.flows.site import Site, secret_sha256
from labeler.store import audit, people
from labeler.store.tables import SetupCode, User

_SUBJECT = "set-up"


def needs_set_up(site: Site) -> bool:
    """Whether nobody exists yet."""
    with site.database.read() as session:
        return people.count_users(session) == 0


def issue_code(site: Site) -> str:
    """A fresh one-time code, like `k7m2-9xqp-h4tw`; earlier ones stop working."""
    letters = "23456789abcdefghjkmnpqrstuvwxyz"
    raw = "".join(letters[b % len(letters)] for b in site.entropy(12))
    code = "-".join((raw[:4], raw[4:8], raw[8:]))

    def deed(session: Session) -> None:
        people.forget_setup_codes(session)
        now = site.now()
        people.add(session, SetupCode(code_sha256=secret_sha256(code), created_at=now))
        # No part of the code: who reads the events must not become the administrator.
        audit.append(session, at=now, actor=OPERATOR, action="setup_code.issued", subject=_SUBJECT)

    site.database.write(deed)
    return code


def first_administrator(site: Site, code: str, name: str, password: str) -> None:
    """Use up the code and make the first administrator.

    Raises `NotSignedIn` on a wrong code, `Conflict` when somebody exists already.
    """
    name, password = check_name(name), check_password(password)

    def deed(session: Session, hashed: str) -> bool:
        if people.count_users(session):
            raise Conflict("Labeler is set up already. Sign in instead.")
        if not people.take_setup_code(session, secret_sha256(code.strip().lower())):
            return False
        user = User(
            id=site.new_id(), name=name, role=Role.ADMIN, password_hash=hashed,
            created_at=site.now(),
        )  # fmt: skip
        people.add(session, user)
        audit.append(
            session, at=site.now(), actor=user.id, action="user.added", subject=user.id,
            data={"name": name, "role": Role.ADMIN, "by": "set-up code"},
        )  # fmt: skip
        return True

    with one_guess(site, _SUBJECT) as wrong:
        hashed = hash_secret(password)  # slow on purpose, so only for who may guess
        if not site.database.write(lambda session: deed(session, hashed)):
            wrong()
            raise NotSignedIn(
                "The set-up code is wrong. It stands in the window where Labeler was started."
            )
