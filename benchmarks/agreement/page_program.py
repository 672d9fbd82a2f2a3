"""The agreement page of a large project, in a server's process of its own.

    python -m benchmarks.agreement.page_program DATA ROUNDS

Asks for the page as a signed-in lead's browser does, up to the last byte of its body: the
first time, again, and after each of ROUNDS reviews more. Between two of them it forgets what
it has kept, to see what the same page costs when everything is counted anew. Prints JSON.
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
from labeler.flows.label_counts import LabelCounts
from labeler.flows.rating_counts import RatingCounts
from labeler.flows.recall import Recall
from labeler.flows.review import Submission, submit
from labeler.flows.site import Site, open_site
from labeler.settings import Settings
from labeler.store import people as people_rows
from labeler.web.app import create_app

PRESENT = {"defect_type": "scratch", "verdict": "present", "severity": None, "regions": []}


def person(site: Site, name: str, role: Role) -> Principal:
    with site.database.read() as session:
        row = people_rows.user_by_name(session, name)
    assert row is not None
    return Principal(row.id, row.name, role, effective_scopes(role, None))


def forget(site: Site) -> None:
    """Back to the state of a process that has just begun."""
    site.rating_counts, site.label_counts, site.figures = RatingCounts(), LabelCounts(), Recall()
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

    def page() -> tuple[float, float]:
        begun, used = time.perf_counter(), time.process_time()
        found = client.get(f"/projects/{CODE}/agreement")
        spent = time.perf_counter() - begun, time.process_time() - used
        assert found.status_code == 200
        assert "chart-dot" in found.text
        return spent

    first = page()
    counted_mib = peak_mib()
    anew, again, after_one = [], [], []
    for number in range(rounds):
        again.append(page())
        judge(site, last, number)
        after_one.append(page())
    followed = client.get(f"/projects/{CODE}/agreement").content
    for _ in range(2):
        forget(site)
        anew.append(page())
    body = client.get(f"/projects/{CODE}/agreement").content
    print(
        json.dumps(
            {
                "first": first,
                "anew": middle(anew),
                "again": middle(again),
                "after_one": middle(after_one),
                "worst_s": max(spent for spent, _ in after_one),
                "same_page": followed == body,
                "bytes": len(body),
                "idle_mib": before,
                "peak_mib": counted_mib,
            }
        )
    )
    site.close()


if __name__ == "__main__":
    main()
