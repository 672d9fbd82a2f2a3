"""People, their sessions and tokens, the tablets they share."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from labeler.store.columns import json_column, time_column


class User(SQLModel, table=True):
    """A person. Reviewers have a PIN, everybody else a password; both only as Argon2id.

    A reviewer's badge is kept as a keyed hash, so that scanning it finds the person.
    """

    __tablename__ = "user_account"

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    role: str
    pin_hash: str | None = None
    password_hash: str | None = None
    badge_hash: str | None = Field(default=None, index=True, unique=True)
    language: str | None = None
    active: bool = True
    created_at: datetime = Field(sa_column=time_column())


class Member(SQLModel, table=True):
    """A person who may see a project."""

    __tablename__ = "member"

    project_id: str = Field(primary_key=True, foreign_key="project.id")
    user_id: str = Field(primary_key=True, foreign_key="user_account.id", index=True)


class SignInSession(SQLModel, table=True):
    """A server-side session; the cookie's value is stored only as its SHA-256."""

    __tablename__ = "sign_in_session"

    id_sha256: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="user_account.id", index=True)
    station_id: str | None = Field(default=None, foreign_key="station.id")
    created_at: datetime = Field(sa_column=time_column())
    expires_at: datetime = Field(sa_column=time_column())
    # On a shared tablet: when somebody last touched it. NULL: not since the sign-in.
    last_seen_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    revoked_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class ApiToken(SQLModel, table=True):
    """A secret for programs; shown once, stored as its SHA-256."""

    __tablename__ = "api_token"

    id: str = Field(primary_key=True)
    secret_sha256: str = Field(unique=True)
    prefix: str
    user_id: str = Field(foreign_key="user_account.id", index=True)
    scopes: list[str] = Field(sa_column=json_column())
    created_at: datetime = Field(sa_column=time_column())
    expires_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    revoked_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class Station(SQLModel, table=True):
    """A tablet that a lead enrolled with a one-time link; its key is stored as SHA-256."""

    __tablename__ = "station"

    id: str = Field(primary_key=True)
    name: str
    project_id: str | None = Field(default=None, foreign_key="project.id")
    code_sha256: str | None = Field(default=None, unique=True)
    code_expires_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    key_sha256: str | None = Field(default=None, unique=True)
    enrolled_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    created_by: str = Field(foreign_key="user_account.id")
    created_at: datetime = Field(sa_column=time_column())
    revoked_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class SignInFailure(SQLModel, table=True):
    """How often in a row a secret was wrong; `subject` is a user id or `set-up`."""

    __tablename__ = "sign_in_failure"

    subject: str = Field(primary_key=True)
    failures: int
    blocked_until: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class SetupCode(SQLModel, table=True):
    """The one-time code that makes the first administrator; its row leaves with its use."""

    __tablename__ = "setup_code"

    code_sha256: str = Field(primary_key=True)
    created_at: datetime = Field(sa_column=time_column())
