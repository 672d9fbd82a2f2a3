"""Who gets in where: one line per route and method, reviewed by a person.

Columns: nobody signed in; a reviewer, a lead and an engineer who are members of the
project; an administrator; a lead of no project; and an administrator whose token has every
scope but the one that the route declares. A cell is the exact status, or `in`: whatever
the answer says, it is not "sign in", "not allowed", "not found" or a fault of the server.

Words in braces are filled by `test_access_table.py` with real objects of the project, in
bodies too, so that `404` can only mean "not for you". Bodies are valid for the same reason.
"""

from dataclasses import dataclass
from typing import Any

COLUMNS = ("nobody", "reviewer", "lead", "engineer", "admin", "outsider", "unscoped")


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    method: str
    path: str
    expected: str
    json: Any = None
    data: Any = None
    before: str = ""  # a word in braces that has to be there when the request comes
    query: str = ""  # behind the question mark, where the route asks for something


# The same few patterns come again and again; each is a column pattern of its own.
OPEN = "in  in  in  in  in  in  in"
MEMBERS = "401 in  in  in  in  404 403"
EVERYBODY = "401 in  in  in  in  in  403"
JUDGES = "401 in  in  404 in  404 403"
OVERSEERS = "401 404 in  in  in  404 403"
LEADS = "401 404 in  404 in  404 403"
ANY_LEAD = "401 404 in  404 in  in  403"
ADMINS = "401 404 404 404 in  404 403"

STANDARD = {"defect_types": [{"code": "scratch", "name": {"en": "Scratch"}}]}
RULING = {"verdict": "present", "severity": None, "reason": "Seen.", "based_on": -1}
REVIEW = {
    "submission_id": "{submission}", "assignment": "{assignment}", "standard_version": 1,
    "unusable": None, "judgements": [], "reviewed_at": "2026-03-02T06:00:00Z", "elapsed_s": 1,
}  # fmt: skip

HEALTH = [
    Row("GET", "/healthz", OPEN),
    Row("GET", "/readyz", OPEN),
    Row("GET", "/metrics", OPEN),
]
PROJECTS = [
    Row("POST", "/api/v1/projects", ANY_LEAD, json={"code": "{free}", "standard": STANDARD}),
    Row("GET", "/api/v1/projects", EVERYBODY),
    Row("GET", "/api/v1/projects/{code}", MEMBERS),
    Row("PUT", "/api/v1/projects/{code}/members/{user}", LEADS),
    Row("DELETE", "/api/v1/projects/{code}/members/{user}", LEADS),
    Row("GET", "/api/v1/projects/{code}/standards", MEMBERS),
    Row("GET", "/api/v1/projects/{code}/standards/{version}", MEMBERS),
    Row("PUT", "/api/v1/projects/{code}/standard/draft", LEADS, json="{standard}"),
    Row("POST", "/api/v1/projects/{code}/standard/publish", LEADS, before="{draft}"),
    Row("GET", "/api/v1/projects/{code}/progress", OVERSEERS),
]
PEOPLE = [
    Row("POST", "/api/v1/users", ANY_LEAD, json={"name": "{free}", "role": "reviewer"}),
    Row("GET", "/api/v1/users", ANY_LEAD),
    Row("DELETE", "/api/v1/users/{user}", LEADS),
    Row("POST", "/api/v1/users/{user}/secret", LEADS, json={}),
    Row("PUT", "/api/v1/users/{user}/badge", LEADS, json={"badge": "{free}"}),
    Row("DELETE", "/api/v1/users/{user}/badge", LEADS),
    # One's own: the old one is asked, so a wrong one is a refusal of the body.
    Row("PUT", "/api/v1/password", EVERYBODY, json={"old": "x", "password": "y"}),
    # Everybody ends their own tokens; {token} belongs to whoever asks. The table's clients
    # come with tokens, and one makes others with the scope lead or admin alone.
    Row("POST", "/api/v1/tokens", "401 403 in  403 in  in  403", json={}),
    Row("GET", "/api/v1/tokens", EVERYBODY),
    Row("DELETE", "/api/v1/tokens/{token}", EVERYBODY),
    Row("POST", "/api/v1/stations", LEADS, json={"name": "{free}", "project": "{code}"}),
    Row("GET", "/api/v1/stations", ANY_LEAD),
    Row("DELETE", "/api/v1/stations/{station}", LEADS),
]
STATION = [
    Row("GET", "/api/v1/station", OPEN),
    # The table's clients are no enrolled tablets.
    Row("POST", "/api/v1/station/session", "401 401 401 401 401 401 401",
        json={"person": "{user}", "pin": "2580"}),
    Row("DELETE", "/api/v1/station/session", OPEN),
    Row("POST", "/api/v1/station/presence", EVERYBODY),
]  # fmt: skip
IMAGES = [
    Row("POST", "/api/v1/projects/{code}/images", LEADS, data="{files}"),
    Row("GET", "/api/v1/projects/{code}/images", MEMBERS),
    # The reviewer of this table holds {image}.
    Row("GET", "/api/v1/images/{image}", MEMBERS),
    Row("GET", "/api/v1/images/{image}/history", LEADS),
    Row("GET", "/api/v1/images/{image}/preview", MEMBERS),
    Row("GET", "/api/v1/images/{image}/tiles/{level}/{tile}", MEMBERS),
    # Its 422 for an image of 8 bits is no refusal.
    Row("GET", "/api/v1/images/{image}/tone", MEMBERS),
    Row("GET", "/api/v1/images/{image}/golden", MEMBERS),
    Row("GET", "/api/v1/images/{image}/original", MEMBERS),
    Row("GET", "/api/v1/projects/{code}/good-parts", LEADS),
    Row("POST", "/api/v1/projects/{code}/good-parts", LEADS,
        data={"station": "{camera}", "file": "{file}"}),
    Row("POST", "/api/v1/projects/{code}/good-parts/removal", LEADS,
        json={"station": "{camera}"}, before="{good}"),
    # {good} is shown by a station.
    Row("GET", "/api/v1/projects/{code}/good-parts/{good}", MEMBERS),
]  # fmt: skip
REVIEWS = [
    Row("POST", "/api/v1/projects/{code}/assignments", JUDGES, json={"count": 1}),
    # The assignment and the review are the reviewer's own: nobody else's business.
    Row("POST", "/api/v1/reviews", "401 in  404 404 404 404 403", json=REVIEW),
    Row("POST", "/api/v1/reviews/{review}/withdrawal", "401 in  404 404 404 404 403",
        json={"reason": "A slip."}),
    Row("GET", "/api/v1/projects/{code}/reviews", LEADS),
]  # fmt: skip
DISPUTES = [
    Row("GET", "/api/v1/projects/{code}/disputes", LEADS),
    Row("GET", "/api/v1/disputes/{dispute}", LEADS),
    Row("POST", "/api/v1/disputes/{dispute}/ruling", LEADS, json=RULING),
]
EXAMPLES = [
    Row("POST", "/api/v1/projects/{code}/examples", LEADS, data="{file}"),
    # {sha256} stands in the published standard.
    Row("GET", "/api/v1/projects/{code}/examples/{sha256}", MEMBERS),
]
CHANGE_REQUESTS = [
    Row("GET", "/api/v1/projects/{code}/change-requests", LEADS),
    Row("POST", "/api/v1/change-requests/{request}/answer", LEADS,
        json={"answer": "no_defect", "text": "Dust.", "based_on": -1}),
]  # fmt: skip
EXPORTS = [
    Row("POST", "/api/v1/projects/{code}/exports", OVERSEERS, json={}),
    Row("GET", "/api/v1/projects/{code}/exports", OVERSEERS),
    Row("GET", "/api/v1/exports/{export_id}", OVERSEERS),
    Row("DELETE", "/api/v1/exports/{export_id}", OVERSEERS),
    Row("GET", "/api/v1/exports/{export_id}/download", OVERSEERS),
    Row("HEAD", "/api/v1/exports/{export_id}/download", OVERSEERS),
    Row("GET", "/api/v1/exports/{export_id}/manifest", OVERSEERS),
    Row("GET", "/api/v1/exports/{export_id}/receipt", OVERSEERS),
]
LABEL_ACCURACY = [
    Row("POST", "/api/v1/projects/{code}/audit-samples", LEADS, json={}),
    Row("GET", "/api/v1/projects/{code}/audit-samples", LEADS),
    Row("GET", "/api/v1/audit-samples/{sample}", LEADS),
    Row("GET", "/api/v1/audit-samples/{sample}/contradicted", LEADS),
    Row("GET", "/api/v1/projects/{code}/label-accuracy", OVERSEERS),
    Row("POST", "/api/v1/images/{image}/reopening", LEADS,
        json={"defect_type": "bubble", "reason": "The audit sees one."}),
]  # fmt: skip
AGREEMENT = [
    Row("GET", "/api/v1/projects/{code}/agreement", OVERSEERS),
    Row("GET", "/api/v1/projects/{code}/drift", OVERSEERS),
    Row("GET", "/api/v1/projects/{code}/reviewer-quality", LEADS),
    Row("POST", "/api/v1/projects/{code}/repeats", LEADS, json={}),
]
STUDIES = [
    Row("POST", "/api/v1/projects/{code}/studies", LEADS,
        json={"defect_type": "scratch", "appraisers": ["anna", "ben"], "parts": 10}),
    Row("GET", "/api/v1/projects/{code}/studies", LEADS),
    Row("GET", "/api/v1/studies/{study}", LEADS),
    Row("GET", "/api/v1/studies/{study}/report", LEADS),
    Row("POST", "/api/v1/studies/{study}/end", LEADS, json={"how": "close"}),
]  # fmt: skip
AUDIT = [Row("GET", "/api/v1/audit", ADMINS)]
PAGES = [
    Row("GET", "/setup", OPEN),
    Row("POST", "/setup", OPEN, data={"code": "x", "name": "x", "password": "123456789012"}),
    Row("GET", "/sign-in", OPEN),
    Row("POST", "/sign-in", "401 401 401 401 401 401 401",
        data={"name": "{free}", "password": "y"}),
    Row("POST", "/sign-out", OPEN),
    Row("GET", "/enrol", OPEN),
    Row("GET", "/enrol/{link}", OPEN),
    Row("POST", "/enrol/{link}", OPEN),
    Row("POST", "/language", OPEN, data={"language": "en"}),
    Row("GET", "/device", OPEN),
    Row("GET", "/sw.js", OPEN),
    # The table's installation has no certificates.
    Row("GET", "/plant-ca.crt", "404 404 404 404 404 404 404"),
    Row("GET", "/docs", OPEN),
    Row("GET", "/openapi.json", OPEN),
    Row("GET", "/patterns", ADMINS),
    Row("GET", "/", EVERYBODY),
    Row("GET", "/projects/{code}/review", JUDGES),
    Row("GET", "/people", ANY_LEAD),
    Row("POST", "/people", LEADS,
        data={"name": "{free}", "role": "reviewer", "pin": "2580", "project": "{code}"}),
    Row("POST", "/people/{user}/removal", LEADS),
    Row("POST", "/people/{user}/secret", LEADS, data={"pin": "2580"}),
    Row("POST", "/people/{user}/badge", LEADS, data={"badge": "{free}"}),
    Row("GET", "/password", EVERYBODY),
    Row("POST", "/password", EVERYBODY, data={"old": "x", "password": "y"}),
    Row("POST", "/people/{user}/projects", LEADS, data={"code": "{code}"}),
    Row("POST", "/people/{user}/projects/{code}/removal", LEADS),
    Row("POST", "/people/stations", LEADS, data={"name": "{free}", "project": "{code}"}),
    Row("POST", "/people/stations/{station}/revocation", LEADS),
    Row("POST", "/people/tokens", LEADS, data={"user": "{user}"}),
    Row("POST", "/people/tokens/{token}/revocation", ANY_LEAD),
]  # fmt: skip
PROJECT_PAGES = [
    Row("GET", "/projects/new", ANY_LEAD),
    Row("POST", "/projects/new", ANY_LEAD, data={"code": "{free}", "text": "x = 1"}),
    Row("GET", "/projects/{code}/images", OVERSEERS),
    Row("POST", "/projects/{code}/images/import", LEADS, data="{files}"),
    Row("GET", "/projects/{code}/images/{image}", OVERSEERS),
    Row("GET", "/projects/{code}/images/good-parts", LEADS),
    Row("POST", "/projects/{code}/images/good-parts", LEADS,
        data={"station": "{camera}", "file": "{file}"}),
    Row("POST", "/projects/{code}/images/good-parts/removal", LEADS,
        data={"station": "{camera}"}, before="{good}"),
    Row("GET", "/projects/{code}/disputes", LEADS),
    Row("GET", "/projects/{code}/disputes/{dispute}", LEADS),
    Row("POST", "/projects/{code}/disputes/{dispute}/ruling", LEADS,
        data={"verdict": "present", "reason": "Seen.", "based_on": "-1"}),
    Row("GET", "/projects/{code}/standard", MEMBERS),
    Row("GET", "/projects/{code}/standard/draft", LEADS),
    Row("POST", "/projects/{code}/standard/draft", LEADS, data={"text": "x = 1"}),
    Row("POST", "/projects/{code}/standard/examples", LEADS, data="{file}"),
    Row("GET", "/projects/{code}/standard/requests", LEADS),
    Row("POST", "/projects/{code}/standard/requests/{change}/answer", LEADS,
        data={"answer": "no_defect", "text": "Dust.", "based_on": "-1"}),
    Row("GET", "/projects/{code}/standard/publish", LEADS, before="{draft}"),
    Row("POST", "/projects/{code}/standard/publish", LEADS, before="{draft}"),
    Row("GET", "/projects/{code}/agreement", OVERSEERS),
    Row("GET", "/projects/{code}/agreement/table.csv", OVERSEERS),
    Row("GET", "/projects/{code}/agreement/audits", LEADS),
    Row("POST", "/projects/{code}/agreement/audits", LEADS, data={"auditors": "dora"}),
    Row("POST", "/projects/{code}/agreement/audits/reopening", LEADS,
        data={"image": "{image}", "defect_type": "bubble", "reason": "The audit sees one."}),
    Row("GET", "/projects/{code}/agreement/by.csv", OVERSEERS, query="by=week"),
    Row("GET", "/projects/{code}/agreement/reviewers.csv", OVERSEERS),
    Row("GET", "/projects/{code}/agreement/pairs.csv", OVERSEERS),
    Row("GET", "/projects/{code}/agreement/accuracy.csv", OVERSEERS),
    Row("GET", "/projects/{code}/agreement/differences", OVERSEERS,
        query="defect_type=scratch&one=anna&other=ben"),
    Row("GET", "/projects/{code}/agreement/reviewers", LEADS),
    Row("POST", "/projects/{code}/agreement/repeats", LEADS, data={}),
    Row("GET", "/projects/{code}/agreement/trend", OVERSEERS),
    Row("GET", "/projects/{code}/agreement/trend.csv", OVERSEERS),
    Row("GET", "/projects/{code}/exports", OVERSEERS),
    Row("GET", "/projects/{code}/exports/list", OVERSEERS),
    Row("POST", "/projects/{code}/exports", OVERSEERS, data={}),
    Row("POST", "/projects/{code}/exports/{export_id}/cancel", OVERSEERS),
    Row("GET", "/projects/{code}/studies", LEADS),
    Row("POST", "/projects/{code}/studies", LEADS, data={"parts": "none"}),
    Row("GET", "/projects/{code}/studies/{study}", LEADS),
    Row("POST", "/projects/{code}/studies/{study}/end", LEADS, data={"how": "close"}),
]  # fmt: skip

TABLE = [
    *HEALTH, *PROJECTS, *PEOPLE, *STATION, *IMAGES, *REVIEWS, *DISPUTES, *EXAMPLES,
    *CHANGE_REQUESTS, *EXPORTS, *AGREEMENT, *LABEL_ACCURACY, *STUDIES, *AUDIT,
    *PAGES, *PROJECT_PAGES,
]  # fmt: skip
