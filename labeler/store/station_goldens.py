"""Rows of the pictures of good parts that belong to a camera station."""

from collections.abc import Sequence

from sqlalchemy import Row, bindparam, delete, func, select
from sqlmodel import Session, col

from labeler.store.core_tables import IMAGE, STATION_GOLDEN
from labeler.store.prepared import Prepared
from labeler.store.tables import Image, StationGolden

_BESIDE = Prepared(
    select(STATION_GOLDEN.c.sha256)
    .join(
        IMAGE,
        (IMAGE.c.project_id == STATION_GOLDEN.c.project_id)
        & (IMAGE.c.station == STATION_GOLDEN.c.station),
    )
    # A good part itself has none: its own picture beside it would tell what it is.
    .where(IMAGE.c.id == bindparam("image_id"), IMAGE.c.sha256 != STATION_GOLDEN.c.sha256)
)


def beside(session: Session, image_id: str) -> str | None:
    """The content hash of the good part of an image's station, in the reviewer's loop."""
    row = _BESIDE.first(session, image_id=image_id)
    return row[0] if row else None


def put(session: Session, row: StationGolden) -> None:
    """Write down a station's good part, in place of the one before."""
    session.merge(row)


def remove(session: Session, project_id: str, station: str) -> bool:
    """Whether there was one to remove."""
    statement = delete(StationGolden).where(
        col(StationGolden.project_id) == project_id, col(StationGolden.station) == station
    )
    return bool(session.connection().execute(statement).rowcount)


def is_shown(session: Session, project_id: str, sha256: str) -> bool:
    """Whether these bytes are the good part of any station of the project."""
    statement = select(col(StationGolden.station)).where(
        col(StationGolden.project_id) == project_id, col(StationGolden.sha256) == sha256
    )
    return session.execute(statement.limit(1)).first() is not None


def by_station(session: Session, project_id: str) -> Sequence[Row[str, int, StationGolden | None]]:
    """(station, how many images it took, its good part) for the stations that images name."""
    counted = (
        select(col(Image.station).label("station"), func.count().label("images"))
        .where(col(Image.project_id) == project_id, col(Image.station).is_not(None))
        .group_by(col(Image.station))
        .subquery()
    )
    statement = (
        select(counted.c.station, counted.c.images, StationGolden)
        .outerjoin(
            StationGolden,
            (col(StationGolden.project_id) == project_id)
            & (col(StationGolden.station) == counted.c.station),
        )
        .order_by(counted.c.station)
    )
    return session.execute(statement).all()
