"""The sample project: people, pictures, reviews, disputes, some rulings, and their secrets.

The secrets are written down before they are used, so that a start that was interrupted
goes on where it stopped, and the finished sheet appears only when everything is there.
"""

import csv
import io
import json
import os
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from labeler.assets import asset_folder
from labeler.core.errors import Conflict, InvalidInput, NotFound, Unavailable
from labeler.core.imports import ImportStatus
from labeler.core.msa.plan import StudyPlan
from labeler.core.people import Principal, effective_scopes
from labeler.core.terms import DisputeKind, Role, Verdict
from labeler.flows import people, projects
from labeler.flows.adjudicate import DisputeView, RulingRequest, list_disputes, rule
from labeler.flows.assign import claim
from labeler.flows.audit_samples import SampleWish, draw_audit_sample, list_samples
from labeler.flows.change_requests import list_requests
from labeler.flows.export import list_exports, request_export
from labeler.flows.import_labels import import_reviews
from labeler.flows.ingest import ingest, read_manifest
from labeler.flows.review import Submission, submit
from labeler.flows.secrets import draw_password, draw_pin
from labeler.flows.set_up import needs_set_up
from labeler.flows.site import Site, secret_sha256
from labeler.flows.stations import add_station
from labeler.flows.studies import list_studies, plan_study
from labeler.store import people as person_rows
from labeler.store.intake import IntakeLimits, walk

CODE = "demo"
REVIEWERS = ("anna", "ben", "chris")
_NAMES = {
    Role.REVIEWER: REVIEWERS[0],
    Role.LEAD: "lead",
    Role.ENGINEER: "engineer",
    Role.ADMIN: "admin",
}
_LEFT_OPEN = 8
_ODD = {"kind": "box", "x": 40, "y": 40, "width": 90, "height": 70}

Progress = Callable[[int, int], None]
Sheet = dict[str, Any]


def sheet_file(site: Site) -> Path:
    """Where the finished sheet lies: address, logins, tokens, enrolment link."""
    return site.settings.data / "demo.json"


def make_demo(site: Site, *, progress: Progress = lambda _done, _total: None) -> None:
    """Make what is missing of the sample project; nothing if it is complete.

    Raises `Conflict` where somebody else's installation is, `Unavailable` when the sample
    pictures cannot be read here.
    """
    if sheet_file(site).exists() and not needs_set_up(site):
        return
    sheet = _begun(site)
    cast = _hire(site, sheet)
    _set_up_project(site, cast)
    _bring_images(site, cast[Role.LEAD], progress)
    text = (asset_folder("sample_data") / "reviews.csv").read_text("utf-8")
    import_reviews(site, cast[Role.LEAD], CODE, text)
    _rule_some(site, cast[Role.LEAD])
    _begin_checks(site, cast[Role.LEAD], _principal(site, REVIEWERS[2]))
    if not list_exports(site, cast[Role.ENGINEER], CODE):
        request_export(site, cast[Role.ENGINEER], CODE, {})
    for role, who in cast.items():
        if role.value not in sheet["tokens"]:
            _info, sheet["tokens"][role.value] = people.create_token(site, who.user_id)
    _write(sheet_file(site), sheet)
    _draft_file(site).unlink()


def at_address(site: Site, address: str, *, tablets: str | None = None) -> Sheet:
    """The sheet with where the server is now, written down; `tablets` is their address.

    An enrolment link works once and for a day: a used or old one is replaced.
    """
    sheet: Sheet = json.loads(sheet_file(site).read_text("utf-8"))
    code = str(sheet["enrol"]).rpartition("/")[2]
    if not code or not _is_usable(site, code):
        lead = _principal(site, _NAMES[Role.LEAD])
        code = add_station(site, "Tablet", CODE, lead).code or ""
    sheet |= {"address": address, "enrol": f"{tablets or address}/enrol/{code}"}
    _write(sheet_file(site), sheet)
    return sheet


def _is_usable(site: Site, code: str) -> bool:
    with site.database.read() as session:
        found = person_rows.station_by_code(session, secret_sha256(code), site.now())
        return found is not None


def _draft_file(site: Site) -> Path:
    return site.settings.data / "demo.json.part"


def _begun(site: Site) -> Sheet:
    """The secrets of an interrupted start, else new ones, written down."""
    draft = _draft_file(site)
    if needs_set_up(site) or not draft.exists():
        if not needs_set_up(site):
            raise Conflict(
                "{folder} holds an installation that is not a demo. Choose another folder.",
                folder=str(site.settings.data),
            )
        _write(draft, _new_sheet(site))
    found: Sheet = json.loads(draft.read_text("utf-8"))
    return found


def _new_sheet(site: Site) -> Sheet:
    pins = {name: draw_pin(site.entropy) for name in REVIEWERS}
    logins = {
        role.value: {
            "name": name,
            "secret": pins[name] if role is Role.REVIEWER else draw_password(site.entropy),
        }
        for role, name in _NAMES.items()
    }
    return {"address": "", "logins": logins, "reviewers": pins, "tokens": {}, "enrol": ""}


def _write(file: Path, sheet: Mapping[str, Any]) -> None:
    """Write for this user's eyes only, as a whole or not at all."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(json.dumps(sheet, indent=2) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(file)


def _principal(site: Site, name: str) -> Principal:
    with site.database.read() as session:
        row = person_rows.user_by_name(session, name)
    if row is None:
        raise NotFound("The demo's {name} is gone.", name=name)
    role = Role(row.role)
    return Principal(row.id, row.name, role, effective_scopes(role, None))


def _hire(site: Site, sheet: Sheet) -> dict[Role, Principal]:
    """Everybody of the sheet; the four whose logins it names, by role."""
    there = _there(site)
    for role in (Role.ADMIN, Role.LEAD, Role.ENGINEER):
        if _NAMES[role] not in there:
            secret = sheet["logins"][role.value]["secret"]
            people.add_user(site, _NAMES[role], role, password=secret)
    for name, pin in sheet["reviewers"].items():
        if name not in there:
            people.add_user(site, name, Role.REVIEWER, pin=pin)
    return {role: _principal(site, name) for role, name in _NAMES.items()}


def _there(site: Site) -> set[str]:
    with site.database.read() as session:
        return {row.name for row in person_rows.users(session)}


def _set_up_project(site: Site, cast: Mapping[Role, Principal]) -> None:
    try:
        projects.get_project(site, cast[Role.ADMIN], CODE)
    except NotFound:
        standard = tomllib.loads((asset_folder("sample_data") / "standard.toml").read_text("utf-8"))
        projects.create_project(
            site, CODE, standard, name="Plates and housings", by=cast[Role.LEAD]
        )
    for name in (*REVIEWERS, _NAMES[Role.ENGINEER]):
        people.add_member(site, CODE, name, cast[Role.ADMIN])


def _bring_images(site: Site, lead: Principal, progress: Progress) -> None:
    folder = asset_folder("sample_data")
    rows = read_manifest(site, lead, CODE, (folder / "manifest.csv").read_text("utf-8"))
    done = 0

    def count(_name: str) -> None:
        nonlocal done
        done += 1
        progress(done, len(rows))

    files = walk([folder / "images"], IntakeLimits())
    results = ingest(site, lead, CODE, files, manifest=rows, progress=count)
    for result in results:
        if result.status is ImportStatus.REJECTED:
            raise Unavailable(
                f"The sample picture {result.file} cannot be read: {result.explanation}"
            )


def _rule_some(site: Site, lead: Principal) -> None:
    """Decide as many disputes as leave eight open, by what was drawn on the pictures."""
    text = (asset_folder("sample_data") / "truth.csv").read_text("utf-8")
    truth = {  # the pictures are stored without the folder that the tables name
        (row["file"].rpartition("/")[2], row["defect_type"]): int(row["severity"])
        for row in csv.DictReader(io.StringIO(text))
    }
    disputes = list_disputes(site, lead, CODE)
    plain = [d for d in disputes if d.kind in (DisputeKind.VERDICT, DisputeKind.SEVERITY)]
    for dispute in plain[: max(len(disputes) - _LEFT_OPEN, 0)]:
        drawn = truth.get((dispute.file, dispute.defect_type or ""))
        rule(site, lead, dispute.id, _ruling(dispute, drawn))


def _begin_checks(site: Site, lead: Principal, third: Principal) -> None:
    """What a lead watches: something odd that a reviewer saw, an audit sample, a study.

    The third reviewer and the lead have the study, so that the first two find images that wait.
    """
    odd = [{"note": "unknown_mark", "text": "Looks like a thumb print.", "regions": [_ODD]}]
    if not list_requests(site, lead, CODE):
        for lease in claim(site, third, CODE, 1):
            seen = Submission("demo-odd", lease.id, lease.standard_version, [], something_else=odd)
            submit(site, third, seen)
    if not list_samples(site, lead, CODE):
        draw_audit_sample(site, lead, CODE, SampleWish(size=20))
    if not list_studies(site, lead, CODE):
        appraisers = (third.name, lead.name)
        plan = StudyPlan("scratch", appraisers, name="Spring check", parts=20, trials=2)
        with suppress(InvalidInput):  # a handful of the pictures, as tests take, is too few
            plan_study(site, lead, CODE, plan)


def _ruling(dispute: DisputeView, drawn: int | None) -> RulingRequest:
    """Present with the severity that was drawn, where a reviewer marked it; else absent."""
    marked = [review.regions for review in dispute.reviews if review.regions]
    if drawn is None or not marked:
        reason = "Below the limit of the standard: not a defect."
        return RulingRequest(Verdict.ABSENT, reason, dispute.version)
    reason = "Measured at the part: it is a defect, and of this severity."
    return RulingRequest(Verdict.PRESENT, reason, dispute.version, drawn, marked[0])
