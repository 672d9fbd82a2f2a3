"""A small plant at work: sample pictures, two reviewers who disagree, a dataset, a study."""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labeler.assets import asset_folder
from labeler.core.msa.plan import StudyPlan
from labeler.core.people import Principal
from labeler.core.terms import Role
from labeler.flows import people, projects, studies
from labeler.flows.adjudicate import list_disputes
from labeler.flows.assign import claim
from labeler.flows.audit_samples import SampleWish, draw_audit_sample
from labeler.flows.export import request_export
from labeler.flows.ingest import ingest, read_manifest
from labeler.flows.review import Submission, submit
from labeler.flows.sign_in import with_password, with_pin
from labeler.flows.site import Site
from labeler.flows.stations import add_station, enrol
from labeler.flows.work import run_next
from labeler.flows.worker import KINDS
from labeler.store.intake import IntakeLimits, walk
from tests.cast import PASSWORD, STANDARD, fill, person, present

CODE = "plates"
STUDIED = "plates-2"  # a project of made-up images with known answers, and a study of them
PIN = "2580"
PICTURES = 8
JUDGED = 5
STUDY_IMAGES = 20
NAMES = ("kim", "lee", "lea", "emil", "admin", "Plates")
"""What people typed: it stays as it is in every language."""


@dataclass(frozen=True)
class Plant:
    """Cookies by role, and what is there to look at."""

    site: Site
    sessions: dict[Role, str]
    device: str
    reviewer: str
    link: str
    dispute: str
    image: str
    study: str
    files: tuple[str, ...]


def _judge(site: Site, who: Principal, marked: set[int]) -> None:
    """Judge the first pictures; the marked ones have a scratch."""
    for number in range(JUDGED):
        (lease,) = claim(site, who, CODE, 1)
        box = (lease.width_px * 0.3, lease.height_px * 0.3, 60 + 4 * number, 30)
        said = [present("scratch", 1, box)] if number in marked else []
        submission = Submission(f"{who.name}-{number}", lease.id, 1, said)
        submit(site, who, submission)


def _audit(site: Site, lead: Principal) -> None:
    """An audit sample that the lead has half judged, and that contradicts a label."""
    draw_audit_sample(site, lead, CODE, SampleWish())
    for number in range(2):
        (lease,) = claim(site, lead, CODE, 1)
        said = [] if number else [present("scratch", 1, (60, 60, 90, 40))]
        submit(site, lead, Submission(f"audit-{number}", lease.id, 1, said))


def _pictures(folder: Path, standard: dict[str, Any]) -> list[Path]:
    """Some sample pictures, and those that the standard shows as examples."""
    shown = {e["image"] for kind in standard["defect_type"] for e in kind.get("examples", ())}
    every = sorted(folder.iterdir())
    examples = [p for p in every if hashlib.sha256(p.read_bytes()).hexdigest() in shown]
    return sorted({*every[:PICTURES], *examples})


def _study(site: Site, lead: Principal, appraisers: list[Principal]) -> str:
    """A study that one of two appraisers has finished, with an error now and then."""
    projects.create_project(site, STUDIED, STANDARD, name="Plates", by=lead)
    for one in appraisers:
        people.add_member(site, STUDIED, one.name, lead)
    known = [{"scratch": 2} if n % 3 == 0 else {} for n in range(STUDY_IMAGES)]
    truth = dict(zip(fill(site, STUDIED, STUDY_IMAGES, references=known), known, strict=True))
    names = [one.name for one in appraisers]
    planned = studies.plan_study(
        site, lead, STUDIED, StudyPlan("scratch", names, parts=10, trials=2)
    )
    for number in range(15):
        (lease,) = claim(site, appraisers[0], STUDIED, 1)
        said = [present("scratch", 2)] if truth[lease.image_id] and number % 7 else []
        submit(site, appraisers[0], Submission(f"study-{number}", lease.id, 1, said))
    return planned.id


def make_plant(site: Site) -> Plant:
    """Everything that a page can show, with a dispute open and pictures waiting."""
    lead = person(site, "lea", Role.LEAD, password=PASSWORD)
    engineer = person(site, "emil", Role.ENGINEER, password=PASSWORD)
    admin = person(site, "admin", Role.ADMIN, password=PASSWORD)
    reviewers = [person(site, name, Role.REVIEWER, pin=PIN) for name in ("kim", "lee")]
    folder = asset_folder("sample_data")
    standard = tomllib.loads((folder / "standard.toml").read_text("utf-8"))
    projects.create_project(site, CODE, standard, name="Plates", by=lead)
    for name in ("kim", "lee", "emil"):
        people.add_member(site, CODE, name, admin)
    pictures = _pictures(folder / "images", standard)
    rows = read_manifest(site, lead, CODE, (folder / "manifest.csv").read_text("utf-8"))
    ingest(site, lead, CODE, walk(pictures, IntakeLimits()), manifest=rows)
    _judge(site, reviewers[0], {0, 1, 2})
    _judge(site, reviewers[1], {0, 3})
    _audit(site, lead)
    request_export(site, engineer, CODE, {})
    run_next(site, "tests", KINDS)
    tablet = add_station(site, "Line 1", CODE, lead)
    device = enrol(site, tablet.code or "")
    sessions = {
        role: with_password(site, name, PASSWORD)
        for role, name in ((Role.LEAD, "lea"), (Role.ENGINEER, "emil"), (Role.ADMIN, "admin"))
    }
    sessions[Role.REVIEWER] = with_pin(site, device, reviewers[0].user_id, PIN)
    found = list_disputes(site, lead, CODE)
    link = add_station(site, "Line 2", CODE, lead).code or ""
    return Plant(
        site, sessions, device, reviewers[0].user_id, link, found[0].id, found[0].image,
        _study(site, lead, reviewers),
        (*(path.name for path in pictures), *(f"{n}.png" for n in range(STUDY_IMAGES))),
    )  # fmt: skip
