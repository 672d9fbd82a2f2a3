"""Bringing reviews that were made elsewhere.

Everything is checked before anything is stored. What follows goes in deeds of some
hundred rows, each through the same rules as a review from a tablet; a file that was
brought before changes nothing, because the submission id follows from the content.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from labeler.core.assignments import PRODUCTION, AssignmentState
from labeler.core.audit import canonical_json
from labeler.core.errors import Conflict, InvalidInput
from labeler.core.instants import HOW, read_instant
from labeler.core.people import Principal, effective_scopes
from labeler.core.reviews import parse_judgement
from labeler.core.standard import Standard
from labeler.core.terms import Role, Verdict
from labeler.flows.label_table import (
    Faults,
    ImageNames,
    KnownImage,
    LabelLine,
    batches,
    project_images,
    read_regions,
    read_severity,
    read_table,
)
from labeler.flows.review import Receipt, Submission, take_in
from labeler.flows.scope import project_for, standard_of
from labeler.flows.site import Site
from labeler.store import assignments, audit, people, reviews
from labeler.store.tables import Project

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ImportedReviews:
    """How many reviews were stored, how many of them as extra ones, how many were known."""

    reviews: int
    extra: int
    unchanged: int


@dataclass(slots=True)
class _Draft:
    """One review, put together from its lines."""

    line: int
    image: KnownImage
    reviewer: Principal
    judgements: dict[str, dict[str, object]] = field(default_factory=dict)
    all_ok: bool = False
    reviewed_at: datetime | None = None

    def said(self) -> list[dict[str, object]]:
        """What is not plainly absent, in the order of the codes."""
        judged = [self.judgements[code] for code in sorted(self.judgements)]
        return [one for one in judged if one["verdict"] != Verdict.ABSENT]

    def submission_id(self) -> str:
        """The same content has the same id, under whatever version of the standard."""
        at = self.reviewed_at.isoformat() if self.reviewed_at else None
        content = [self.image.id, self.reviewer.user_id, self.said(), at]
        return f"import-{hashlib.sha256(canonical_json(content)).hexdigest()[:40]}"


@dataclass(frozen=True, slots=True)
class _Context:
    """What every line is held against."""

    project: Project
    standard: Standard
    names: ImageNames
    reviewers: Mapping[str, Principal | None]


def import_reviews(
    site: Site,
    who: Principal,
    code: str,
    text: str,
    *,
    progress: Progress = lambda _done, _total: None,
) -> ImportedReviews:
    """Store the reviews of a CSV, in its order; the lines of one image and reviewer are one.

    Raises `NotFound` for a foreign project, and `InvalidInput` that lists the faults with
    their line (an image, person or defect type that is not known, a reviewer who judged
    the image otherwise already); then nothing was stored. `Conflict` when such a review
    came from elsewhere meanwhile: bring the file again.
    """
    table = read_table(
        text,
        needed=("reviewer", "defect_type", "verdict"),
        optional=("severity", "regions", "reviewed_at"),
    )
    context = _context(site, who, code, table.lines)
    faults = Faults()
    drafts = _drafts(site, context, table.lines, faults)
    faults.check()
    new = _new_ones(site, drafts, faults)
    faults.check()
    extra = done = 0
    for batch in batches(new):
        receipts = _store(site, who, context, batch)
        extra += sum(one.extra for one in receipts)
        done += len(batch)
        progress(done, len(new))
    return ImportedReviews(len(new), extra, len(drafts) - len(new))


def _context(site: Site, who: Principal, code: str, lines: Iterable[LabelLine]) -> _Context:
    with site.database.read() as session:
        project = project_for(session, who, code)
        standard = standard_of(site, session, project.id, project.standard_version)
        named = {line["reviewer"] for line in lines}
        reviewers = {name: _member(session, project, name) for name in named}
    return _Context(project, standard, project_images(site, project.id), reviewers)


def _member(session: Session, project: Project, name: str) -> Principal | None:
    row = people.user_by_name(session, name)
    if row is None or not people.is_member(session, project.id, row.id):
        return None
    role = Role(row.role)
    return Principal(row.id, row.name, role, effective_scopes(role, None))


def _drafts(
    site: Site, context: _Context, lines: Iterable[LabelLine], faults: Faults
) -> list[_Draft]:
    found: dict[tuple[str, str], _Draft] = {}
    for line in lines:
        image = context.names.of(line, faults)
        reviewer = context.reviewers[line["reviewer"]]
        if reviewer is None:
            message = "No member of the project has this name: add them first."
            faults.note(line.line, "reviewer", message)
        if image is None or reviewer is None:
            continue
        key = (image.id, reviewer.user_id)
        draft = found.setdefault(key, _Draft(line.line, image, reviewer))
        _add(context.standard, draft, line, faults)
        at = _reviewed_at(site, line, faults)
        draft.reviewed_at = max(filter(None, (draft.reviewed_at, at)), default=None)
    return list(found.values())


def _add(standard: Standard, draft: _Draft, line: LabelLine, faults: Faults) -> None:
    """Take one line into the review it belongs to."""
    code = line["defect_type"]
    if not code and (line["verdict"] != Verdict.ABSENT or line["severity"] or line["regions"]):
        message = "Only the verdict absent stands without a defect type: it says OK for all."
        faults.note(line.line, "defect_type", message)
        return
    if draft.all_ok or (draft.judgements and not code):
        message = "This reviewer said OK for all, or judged this type, in an earlier line too."
        faults.note(line.line, "defect_type", message)
        return
    if not code:
        draft.all_ok = True
        return
    if code in draft.judgements:
        message = "This reviewer judged this defect type in an earlier line too."
        faults.note(line.line, "defect_type", message)
        return
    raw: dict[str, object] = {
        "defect_type": code,
        "verdict": line["verdict"],
        "severity": read_severity(line, faults),
        "regions": read_regions(line, faults),
    }
    draft.judgements[code] = raw
    _check(standard, draft.image, raw, line, faults)


def _check(
    standard: Standard,
    image: KnownImage,
    raw: Mapping[str, object],
    line: LabelLine,
    faults: Faults,
) -> None:
    try:
        parse_judgement(
            raw, standard, width_px=image.width_px, height_px=image.height_px, path="line"
        )
    except InvalidInput as error:
        for fault in error.fields:
            faults.note(line.line, fault.path.removeprefix("line."), fault.message)


def _reviewed_at(site: Site, line: LabelLine, faults: Faults) -> datetime | None:
    """A time with its zone; without one it is plant time."""
    raw = line["reviewed_at"]
    if not raw:
        return None
    try:
        return read_instant(raw, site.settings.zone)
    except ValueError:
        faults.note(line.line, "reviewed_at", HOW)
        return None


def _new_ones(site: Site, drafts: Iterable[_Draft], faults: Faults) -> list[_Draft]:
    """The drafts that are not stored yet; a fault where another review stands in their way."""
    found = []
    with site.database.read() as session:
        for draft in drafts:
            if reviews.by_submission(session, draft.submission_id()) is not None:
                continue
            held = assignments.of_reviewer(session, draft.image.id, draft.reviewer.user_id)
            if held is not None and held[1] == AssignmentState.SUBMITTED:
                message = (
                    f"{draft.reviewer.name} judged this image before, and otherwise: a review "
                    "is never changed. Take that review back first, or leave this line out."
                )
                faults.note(draft.line, "reviewer", message)
                continue
            found.append(draft)
    return found


def _store(site: Site, who: Principal, context: _Context, batch: Sequence[_Draft]) -> list[Receipt]:
    def deed(session: Session) -> list[Receipt]:
        receipts = [_bring(site, session, who, context, draft) for draft in batch]
        audit.append(
            session, at=site.now(), actor=who.user_id, action="labels.imported",
            subject=context.project.id, data={"as": "reviews", "count": len(receipts)},
        )  # fmt: skip
        return receipts

    return site.database.write(deed)


def _bring(
    site: Site, session: Session, who: Principal, context: _Context, draft: _Draft
) -> Receipt:
    held = assignments.of_reviewer(session, draft.image.id, draft.reviewer.user_id)
    assignment_id = held[0] if held else _assignment(site, session, context, draft)
    submission = Submission(
        submission_id=draft.submission_id(),
        assignment=assignment_id,
        standard_version=context.standard.version,
        judgements=draft.said(),
        reviewed_at=draft.reviewed_at,
    )
    try:
        return take_in(
            site, session, draft.reviewer, submission, submission.fingerprint(),
            actor=who.user_id,
        )  # fmt: skip
    except Conflict as error:
        raise Conflict(
            "Line {line}: {name} judged this image in the meantime. Import the file again.",
            current=error.current,
            line=draft.line,
            name=draft.reviewer.name,
        ) from error


def _assignment(site: Site, session: Session, context: _Context, draft: _Draft) -> str:
    """An assignment like one whose lease ran out: taking the review in finds it a place."""
    assignment_id = site.new_id()
    assignments.add(
        session,
        [
            {
                "id": assignment_id,
                "project_id": context.project.id,
                "image_id": draft.image.id,
                "user_id": draft.reviewer.user_id,
                "occasion": PRODUCTION,
                "state": AssignmentState.LAPSED.value,
                "place": None,
                "standard_version": context.standard.version,
                "expires_at": site.now(),
            }
        ],
    )
    return assignment_id
