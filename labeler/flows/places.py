"""Giving back an image's place: to a waiting extra review, else to the queue."""

from sqlmodel import Session

from labeler.core.assignments import lane, lowest_free_place
from labeler.flows.settle import resettle
from labeler.flows.site import Site
from labeler.store import assignments, images, projects, reviews
from labeler.store.projects import ProjectTerms


def hand_on(site: Site, session: Session, project: ProjectTerms, image_id: str, actor: str) -> None:
    """Use a place that has just become free (the caller has counted it as free).

    The earliest extra review takes it, and the image is settled anew; without one the
    image goes to the lane of returned images, where every reviewer's cursor meets it.
    """
    image = images.by_id(session, image_id)
    session.refresh(image)
    waiting = reviews.extras(session, image_id)
    if not waiting:
        assignments.requeue(
            session,
            image_id,
            lane=lane(image.priority, returned=True),
            position=projects.take_positions(session, project.id, 1),
        )
        return
    place = lowest_free_place(assignments.places_taken(session, image_id))
    assignments.change(session, waiting[0].assignment_id, place=place)
    assignments.change_free_places(session, image_id, -1)
    session.refresh(image)
    resettle(
        site, session, image, overlap=project.overlap, majority=project.majority,
        reference=images.reference(session, image_id), actor=actor,
    )  # fmt: skip
