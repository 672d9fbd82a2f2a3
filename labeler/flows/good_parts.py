"""The picture of a good part for each camera station, which a lead chooses."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlmodel import Session

from labeler.core.errors import FieldError, InvalidInput, NotFound
from labeler.core.people import Principal
from labeler.flows.images import preview_of
from labeler.flows.kept_pictures import keep_picture
from labeler.flows.scope import project_for
from labeler.flows.site import Site
from labeler.store import audit, station_goldens
from labeler.store.tables import StationGolden

_NONE = "There is no such good part for you."


@dataclass(frozen=True, slots=True)
class GoodPart:
    """A camera station with the number of its images; `sha256` and `file` of its good part."""

    station: str
    images: int
    sha256: str | None
    file: str | None


def list_good_parts(site: Site, who: Principal, code: str) -> list[GoodPart]:
    """Every camera station that the project's images name. Raises `NotFound`."""
    with site.database.read() as session:
        project = project_for(session, who, code)
        return [
            GoodPart(station, count, kept.sha256 if kept else None, kept.file if kept else None)
            for station, count, kept in station_goldens.by_station(session, project.id)
        ]


def set_good_part(
    site: Site, who: Principal, code: str, station: str, name: str, stream: BinaryIO
) -> GoodPart:
    """Show this picture beside the images of the station that have none of their own.

    Raises `NotFound`, `InvalidInput` for a station that no image names and for what is no
    picture, `Unavailable`.
    """
    known = {each.station: each for each in list_good_parts(site, who, code)}
    if station not in known:
        raise InvalidInput(
            "The good part was not kept.",
            fields=[FieldError("station", "No image of the project comes from this station.")],
        )
    sha256, file = keep_picture(site, name, stream)

    def deed(session: Session) -> GoodPart:
        project = project_for(session, who, code)
        now = site.now()
        row = StationGolden(
            project_id=project.id, station=station, sha256=sha256, file=file,
            set_by=who.user_id, set_at=now,
        )  # fmt: skip
        station_goldens.put(session, row)
        audit.append(
            session, at=now, actor=who.user_id, action="good_part.set", subject=project.id,
            data={"station": station, "sha256": sha256, "file": file},
        )  # fmt: skip
        return GoodPart(station, known[station].images, sha256, file)

    return site.database.write(deed)


def remove_good_part(site: Site, who: Principal, code: str, station: str) -> None:
    """Show no good part for this station any more. Raises `NotFound`."""

    def deed(session: Session) -> None:
        project = project_for(session, who, code)
        if not station_goldens.remove(session, project.id, station):
            raise NotFound(_NONE)
        audit.append(
            session, at=site.now(), actor=who.user_id, action="good_part.removed",
            subject=project.id, data={"station": station},
        )  # fmt: skip

    site.database.write(deed)


def good_part_preview(
    site: Site, who: Principal, code: str, sha256: str, width: int
) -> tuple[Path, str]:
    """(file, content tag) of a good part that a station of the project shows.

    Raises `NotFound`, `InvalidInput`.
    """
    with site.database.read() as session:
        project = project_for(session, who, code)
        if not station_goldens.is_shown(session, project.id, sha256):
            raise NotFound(_NONE)
    return preview_of(site, sha256, width)
