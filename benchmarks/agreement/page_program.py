"""The agreement pages of a large project, in a server's process of its own.

    python -m benchmarks.agreement.page_program DATA ROUNDS

Asks for the pages as a signed-in lead's browser does, up to the last byte of their bodies: the
first time, again, and after each of ROUNDS reviews more. In the end it forgets twice what it
has kept, to see what the same pages cost when everything is counted anew. Prints JSON, the
times of each page by what its address ends in.
"""

import json
import statistics
import sys
import time
from pathlib import Path

from fastapi.testclient import TestClient

from benchmarks.agreement.cli_program import peak_mib
from benchmarks.made_project import CODE
from labeler.core.agreement import draws, group_totals
from labeler.core.people import Principal, effective_scopes
from labeler.core.terms import Role
from labeler.flows import people
from labeler.flows.assign import claim
from labeler.flows.judged_counts import JudgedCounts
from labeler.flows.label_counts import LabelCounts
from labeler.flows.marked_kinds import MarkedKinds
from labeler.flows.pace_counts import PaceCounts
from labeler.flows.rating_counts import RatingCounts
from labeler.flows.recall import Recall
from labeler.flows.review import Submission, submit
from labeler.flows.site import Site, open_site
from labeler.settings import Settings
from labeler.store import people as people_rows
from labeler.web.app import create_app

PAGES = (
    "agreement", "agreement/reviewers", "agreement/trend", "agreement/differences",
)  # fmt: skip
PRESENT = {"defect_type": "scratch", "verdict": "present", "severity": None, "regions": []}


def person(site: Site, name: str, role: Role) -> Principal:
    with site.database.read() as session:
        row = people_rows.user_by_name(session, name)
    assert row is not None
    return Principal(row.id, row.name, role, effective_scopes(role, None))


def forget(site: Site) -> None:
    """Back to the state of a process that has just begun."""
    site.rating_counts, site.label_counts, site.figures = RatingCounts(), LabelCounts(), Recall()
    site.judged_counts, site.marked_kinds = JudgedCounts(), MarkedKinds()
    site.pace_counts = PaceCounts()
    site.kept_places.clear()
    site.compared_places.clear()
    draws.forget()
    group_totals.forget()


def middle(spent: list[tuple[float, float]]) -> list[float]:
    """The medians of seconds and of processor seconds."""
    return [statistics.median(each) for each in zip(*spent, strict=True)]


def judge(site: Site, who: Principal, number: int) -> None:
    [lease] = claim(site, who, CODE, 1)
    said = [PRESENT] if number % 2 else []
    submit(site, who, Submission(f"bench-{number}", lease.id, 1, said))


def main() -> None:
    folder, rounds = Path(sys.argv[1]), int(sys.argv[2])
    site = open_site(Settings(data=folder))
    lead = person(site, "lead", Role.LEAD)
    _info, secret = people.create_token(site, lead.user_id)
    client = TestClient(create_app(site), headers={"authorization": f"Bearer {secret}"})
    last = person(site, sys.argv[3], Role.REVIEWER)
    before = peak_mib()

    def ask(page: str) -> tuple[float, float]:
        begun, used = time.perf_counter(), time.process_time()
        found = client.get(f"/projects/{CODE}/{page}")
        spent = time.perf_counter() - begun, time.process_time() - used
        assert found.status_code == 200
        assert "<table" in found.text
        return spent

    times: dict[str, dict[str, list[tuple[float, float]]]] = {
        page: {"first": [ask(page)], "anew": [], "again": [], "after_one": []} for page in PAGES
    }
    counted_mib = peak_mib()

    def note(key: str) -> None:
        for page in PAGES:
            times[page][key].append(ask(page))

    for number in range(rounds):
        note("again")
        judge(site, last, number)
        note("after_one")
    followed = [client.get(f"/projects/{CODE}/{page}").content for page in PAGES]
    for _ in range(2):
        forget(site)
        note("anew")
    bodies = [client.get(f"/projects/{CODE}/{page}").content for page in PAGES]
    print(
        json.dumps(
            {
                "pages": {
                    page: {key: middle(spent) for key, spent in found.items()}
                    | {"worst_s": max(spent for spent, _ in found["after_one"])}
                    for page, found in times.items()
                },
                "same_pages": followed == bodies,
                "bytes": len(bodies[0]),
                "idle_mib": before,
                "peak_mib": counted_mib,
            }
        )
    )
    site.close()


if __name__ == "__main__":
    main()
