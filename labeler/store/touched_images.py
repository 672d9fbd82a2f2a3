"""Reading which images may have changed since an event of the audit chain."""

from sqlalchemy import select, union
from sqlmodel import Session, col

from labeler.store.tables import ChangeRequest, DisputeRow, Event, Image, ReviewRow


def touched_since(session: Session, project_id: str, number: int) -> list[str]:
    """The images that events above `number` name, or whose reviews, disputes or requests they do.

    What an image is labelled, disputed over or judged as changes only within a deed that leaves
    such an event.
    """
    later = col(Event.number) > number
    ways = [
        select(col(row.image_id))
        .join(Event, col(Event.subject) == col(row.id))
        .where(later, col(row.project_id) == project_id)
        for row in (ReviewRow, DisputeRow, ChangeRequest)
    ]
    itself = (
        select(col(Image.id))
        .join(Event, col(Event.subject) == col(Image.id))
        .where(later, col(Image.project_id) == project_id)
    )
    return list(session.execute(union(itself, *ways)).scalars())
