"""What must hold of places, leases and reviews at every moment, recounted from the rows."""

from collections.abc import Iterable, Mapping

from sqlalchemy import TextClause, text

from labeler.core.people import Principal
from labeler.flows.assign import claim
from labeler.flows.review import Submission, submit
from labeler.flows.site import Site

_RULES: Mapping[str, str] = {
    "more places are held than the overlap": """
        SELECT i.number FROM image i JOIN project p ON p.id = i.project_id
        WHERE (SELECT count(*) FROM assignment a WHERE a.image_id = i.id
               AND a.place IS NOT NULL) > p.overlap""",
    "free_places differs from a recount": """
        SELECT i.number FROM image i JOIN project p ON p.id = i.project_id
        WHERE i.free_places <> p.overlap - (SELECT count(*) FROM assignment a
               WHERE a.image_id = i.id AND a.place IS NOT NULL)""",
    "one place is held twice": """
        SELECT image_id FROM assignment WHERE place IS NOT NULL
        GROUP BY image_id, occasion, place HAVING count(*) > 1""",
    "a place outside 0 … overlap - 1": """
        SELECT a.image_id FROM assignment a JOIN project p ON p.id = a.project_id
        WHERE a.place < 0 OR a.place >= p.overlap""",
    "somebody holds an image twice": """
        SELECT image_id FROM assignment GROUP BY image_id, user_id HAVING count(*) > 1""",
    "an ended assignment holds a place": """
        SELECT image_id FROM assignment
        WHERE state IN ('lapsed', 'withdrawn') AND place IS NOT NULL""",
    "a lease without a place": """
        SELECT image_id FROM assignment WHERE state = 'leased' AND place IS NULL""",
    "somebody's review is there twice": """
        SELECT image_id FROM review r
        WHERE NOT EXISTS (SELECT 1 FROM withdrawal w WHERE w.review_id = r.id)
        GROUP BY image_id, user_id HAVING count(*) > 1""",
    "more reviews count than the overlap": """
        SELECT r.image_id FROM review r
        JOIN assignment a ON a.id = r.assignment_id JOIN project p ON p.id = r.project_id
        WHERE a.place IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM withdrawal w WHERE w.review_id = r.id)
        GROUP BY r.image_id, p.overlap HAVING count(*) > p.overlap""",
    "a settled image with too few reviews that count": """
        SELECT i.number FROM image i JOIN project p ON p.id = i.project_id
        WHERE i.state <> 'waiting' AND (SELECT count(*) FROM assignment a
              WHERE a.image_id = i.id AND a.state = 'submitted' AND a.place IS NOT NULL)
              < p.overlap""",
    "an image with every review still waits": """
        SELECT i.number FROM image i JOIN project p ON p.id = i.project_id
        WHERE i.state = 'waiting' AND (SELECT count(*) FROM assignment a
              WHERE a.image_id = i.id AND a.state = 'submitted' AND a.place IS NOT NULL)
              >= p.overlap""",
    "an open image lies behind the cursor of somebody who may take it": """
        SELECT i.number FROM image i
        JOIN queue_cursor c ON c.project_id = i.project_id AND c.lane = i.lane
        WHERE i.free_places > 0 AND c.position >= i.position
        AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.image_id = i.id
              AND a.user_id = c.user_id AND a.state IN ('leased', 'submitted'))""",
}


def _at_once(rules: Mapping[str, str]) -> TextClause:
    """One statement for all rules: rows of (rule's number, what breaks it)."""
    named = (f"rule_{at} (found) AS ({sql})" for at, sql in enumerate(rules.values()))
    asked = (
        f"SELECT {at} AS rule, CAST(found AS TEXT) FROM rule_{at}"  # noqa: S608  our own rules
        for at in range(len(rules))
    )
    return text(f"WITH {', '.join(named)} {' UNION ALL '.join(asked)}")


_ALL_RULES = _at_once(_RULES)


def faults(site: Site) -> list[str]:
    """Every rule that is broken in one consistent view of the database."""
    with site.database.read() as session:
        rows = session.execute(_ALL_RULES).all()
    broken: dict[str, list[str]] = {}
    for at, found in rows:
        broken.setdefault(list(_RULES)[at], []).append(found)
    return [f"{rule}: {found[:5]}" for rule, found in broken.items()]


def settled(site: Site) -> set[str]:
    """The images that have a final outcome."""
    with site.database.read() as session:
        rows = session.execute(text("SELECT id FROM image WHERE state IN ('settled', 'unusable')"))
        return {row[0] for row in rows}


def drain(site: Site, reviewers: Iterable[Principal], code: str = "plates") -> list[str]:
    """Everybody judges whatever they are still given; the images that nobody could reach.

    Only the public flows are used here: an image that a cursor had lost stays open.
    """
    for who in reviewers:
        number = 0
        while leases := claim(site, who, code, 10):
            for lease in leases:
                number += 1
                once = f"drain-{who.name}-{site.new_id()}-{number}"
                submit(site, who, Submission(once, lease.id, lease.standard_version, []))
    with site.database.read() as session:
        rows = session.execute(text("SELECT number FROM image WHERE free_places > 0"))
        return [f"image {row[0]} was lost from the queue" for row in rows]
