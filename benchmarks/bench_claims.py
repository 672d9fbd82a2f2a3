"""What one claim costs with few and with many images, also at the end of a reviewer's work.

    python -m benchmarks.bench_claims [--few 1000] [--many 100000] [--rounds 5]

Aim: the same (ratio at most 1.5). Two installations stand side by side in one run, the
rounds alternate. "Nearly done" is a reviewer for whom all but the last images are judged,
while the second place of every image is still free.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from sqlalchemy import text

from benchmarks.made_project import CODE, make_project
from labeler.core.people import Principal, effective_scopes
from labeler.core.terms import Role
from labeler.flows.assign import claim
from labeler.flows.site import Site, open_site
from labeler.settings import Settings
from labeler.store import people as people_rows

PER_ROUND = 100


def open_with(images: int, folder: Path) -> tuple[Site, list[Principal]]:
    """An installation with so many images and two reviewers, the second nearly done."""
    site = open_site(Settings(data=folder))
    names = make_project(site, images=images, reviewers=2)
    with site.database.read() as session:
        rows = [people_rows.user_by_name(session, name) for name in names]
    rights = effective_scopes(Role.REVIEWER, None)
    who = [Principal(r.id, r.name, Role.REVIEWER, rights) for r in rows if r is not None]
    left = PER_ROUND * 8

    def finish(session) -> None:
        session.execute(
            text(
                "INSERT INTO assignment (id, project_id, image_id, user_id, occasion, place, "
                "state, standard_version, expires_at) "
                "SELECT 'done' || id, project_id, id, :user, 'production', 0, 'submitted', 1, "
                "'2030-01-01 00:00:00.000000' FROM image WHERE number < :count"
            ),
            {"user": who[1].user_id, "count": max(images - left, 0)},
        )
        session.execute(
            text("UPDATE image SET free_places = 1 WHERE number < :count"),
            {"count": max(images - left, 0)},
        )

    site.database.write(finish)
    claim(site, who[1], CODE, 1)  # the first claim walks past what is done, once
    return site, who


def one_round(site: Site, who: Principal) -> float:
    """Median seconds of a claim of ten fresh images."""
    spent = []
    for _ in range(PER_ROUND // 10):
        site.database.write(
            lambda session: session.execute(
                text(
                    "UPDATE assignment SET state = 'submitted' "
                    "WHERE user_id = :user AND state = 'leased'"
                ),
                {"user": who.user_id},
            )
        )
        begun = time.perf_counter()
        claim(site, who, CODE, 10)
        spent.append(time.perf_counter() - begun)
    return statistics.median(spent)


def main() -> None:
    """Measure, alternating, and print absolutes and ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        few, many = open_with(given.few, Path(one)), open_with(given.many, Path(two))
        for index, name in enumerate(("fresh reviewer", "nearly done")):
            pairs = [
                (one_round(few[0], few[1][index]), one_round(many[0], many[1][index]))
                for _ in range(given.rounds)
            ]
            ratio = statistics.median(b / a for a, b in pairs)
            small, large = (1e3 * statistics.median(side) for side in zip(*pairs, strict=True))
            print(
                f"{name:15} {given.few:7} images {small:6.2f} ms   "
                f"{given.many:7} images {large:6.2f} ms   ratio {ratio:.2f}"
            )
        few[0].close()
        many[0].close()


if __name__ == "__main__":
    main()
