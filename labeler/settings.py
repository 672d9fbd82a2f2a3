"""Settings: every `LABELER_*` name, its default and its meaning."""

import os
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from labeler.core.errors import FieldError, InvalidInput
from labeler.core.periods import read_shifts
from labeler.core.terms import Language

PREFIX = "LABELER_"


def _origins(raw: object) -> object:
    if isinstance(raw, str):
        return tuple(part.strip().rstrip("/") for part in raw.split(",") if part.strip())
    return raw


class Settings(BaseSettings):
    """What an installation can choose. Immutable after start."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    data: Path = Field(Path("data"), description="Folder for the database, images and keys.")
    database_url: str = Field(
        "",
        description="Empty: SQLite in the data folder. "
        "Else `postgresql+psycopg://user:password@host/name`.",
    )
    storage_url: str = Field(
        "", description="Empty: the data folder. Object storage is not built yet."
    )
    origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins)] = Field(
        (),
        description="Comma-separated origins that may send changes, for an installation behind "
        "a proxy. Empty: the request's own scheme and host.",
    )
    language: Language = Field(
        Language.ENGLISH, description="Language before a person has chosen one: `en` or `ko`."
    )
    timezone: str = Field(
        "UTC", description="The plant's time zone (IANA name); a time without zone is plant time."
    )
    shifts: str = Field(
        "", description="When shifts begin, in plant time, with commas: `06:00,14:00,22:00`."
    )
    lease_s: int = Field(1800, ge=5, description="Seconds that an image is promised to a reviewer.")
    session_hours: int = Field(12, ge=1, le=720, description="Hours until a sign-in ends.")
    idle_lock_s: int = Field(
        300, ge=2, le=86_400, description="Seconds without a touch until a shared tablet locks."
    )
    max_file_mb: int = Field(200, ge=1, description="Largest single image file, in MB.")
    max_upload_mb: int = Field(2000, ge=1, description="Largest upload in one request, in MB.")
    max_upload_files: int = Field(20_000, ge=1, description="Most files in one upload or one zip.")
    max_megapixels: int = Field(64, ge=1, description="Largest image, in millions of pixels.")
    max_side_px: int = Field(16_384, ge=1, description="Longest side of an image, in pixels.")
    decode_seconds: int = Field(
        10, ge=1, description="Processor seconds that one image may take to decode."
    )
    decode_memory_mb: int = Field(
        512, ge=128, description="Memory that decoding one image may take, in MB."
    )
    tile_cache_mb: int = Field(
        4096, ge=1, description="Disk that tiles of large images may take, in MB."
    )
    job_lease_s: int = Field(
        60, ge=5, description="Seconds without a heartbeat after which a job is taken over."
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            message = "not a known time zone; use an IANA name like Asia/Seoul"
            raise ValueError(message) from error
        return name

    @field_validator("shifts")
    @classmethod
    def _real_shifts(cls, text: str) -> str:
        try:
            read_shifts(text)
        except InvalidInput as error:
            raise ValueError(str(error)) from error
        return text

    @field_validator("storage_url")
    @classmethod
    def _built_storage(cls, url: str) -> str:
        if url:
            message = "object storage is not built yet; leave it empty to use the data folder"
            raise ValueError(message)
        return url

    @cached_property
    def zone(self) -> ZoneInfo:
        """The plant's time zone."""
        return ZoneInfo(self.timezone)

    @cached_property
    def resolved_database_url(self) -> str:
        """Where the rows are, with the default filled in."""
        return self.database_url or f"sqlite:///{(self.data / 'labeler.sqlite').resolve()}"

    def masked(self) -> dict[str, str]:
        """Every setting as text, with secrets hidden, under its full name."""
        shown = {}
        for name, value in self.model_dump(mode="json").items():
            text = ",".join(value) if isinstance(value, list) else str(value)
            if name == "database_url":
                text = _without_password(text)
            shown[f"{PREFIX}{name.upper()}"] = text
        return shown


def _without_password(url: str) -> str:
    """A database address with its password hidden, before the host or among the options."""
    scheme, mark, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    person, at, host = place.rpartition("@")
    user, colon, _password = person.partition(":")
    hidden = f"{user}{colon}***" if colon else user
    path = re.sub(r"(password=)[^&]*", r"\1***", path, flags=re.IGNORECASE)
    return f"{scheme}{mark}{hidden}{at}{host}{slash}{path}"


def load_settings(**given: object) -> Settings:
    """Read the environment; `given` values win over it.

    Raises `InvalidInput` on an unknown `LABELER_` name or a value that does not fit.
    """
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(n for n in os.environ if n.startswith(PREFIX) and n not in known)
    if unknown:
        raise InvalidInput(
            "Unknown setting. See `labeler config show` for the names that exist.",
            fields=[FieldError(name, "There is no such setting.") for name in unknown],
        )
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        raise InvalidInput(
            "A setting does not fit.",
            fields=[
                FieldError(PREFIX + "_".join(str(p) for p in e["loc"]).upper(), e["msg"])
                for e in error.errors()
            ],
        ) from error
