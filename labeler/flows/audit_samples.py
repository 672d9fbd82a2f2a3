"""Drawing settled labels for a blind audit, and how far an audit has come.

What an auditor says is held against the label as it stood when it was drawn. If a label is ruled
on again later, the figures of its sample stay as they are: correcting what an audit found does
not make the labels that nobody audited any better.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from sqlmodel import Session

from labeler.core.assignments import AssignmentState, audit_occasion
from labeler.core.errors import Conflict, FieldError, InvalidInput
from labeler.core.label_accuracy.drawing import NOT_JUDGED, Marks, draw_sample
from labeler.core.label_accuracy.outcome import LEAST, LEVEL, Shown, level_of_draw
from labeler.core.label_accuracy.strata import STRATA, AuditedStratum, Stratum
from labeler.core.people import Principal
from labeler.core.terms import Role, Verdict
from labeler.flows.audit_frame import LoadedFrame, load_frame
from labeler.flows.label_accuracy import audit_outcomes, load_sample, said_of
from labeler.flows.scope import project_for
from labeler.flows.site import Site
from labeler.store import audit, audit_frames, audit_samples, people, planned
from labeler.store.audit_samples import ItemAnswer
from labeler.store.tables import AuditSample, Project

MOST_IMAGES = 100_000
_CAN_AUDIT = (Role.REVIEWER, Role.LEAD)


@dataclass(frozen=True, slots=True)
class SampleWish:
    """What a lead asks for: the auditors by name, None is the lead alone.

    `size` is about how many images to audit, None as many as are foreseen to be enough. `anew`
    begins another audit with other random numbers instead of adding to the last one. As long as
    no label of the last one was corrected it is judged as strictly as one draw more of it: who
    asks again about the same labels has another chance to be deceived, however they ask.
    """

    auditors: Sequence[str] | None = None
    size: int | None = None
    anew: bool = False


@dataclass(frozen=True, slots=True)
class PossibleAuditor:
    """Somebody who may be asked; who `has_reviewed` here may not audit those images."""

    name: str
    has_reviewed: bool


@dataclass(frozen=True, slots=True)
class AuditorShare:
    """How far an auditor has come with their images."""

    name: str
    images: int
    judged: int


@dataclass(frozen=True, slots=True)
class SampleInfo:
    """A sample as lists show it.

    `images` were drawn, earlier draws of the same audit included; `judged` of them are audited.
    `out_of_reach` counts labels that none of the auditors may judge.
    """

    id: str
    project: str
    number: int
    draw: int
    continues: str | None
    drawn_at: datetime
    drawn_by: str
    images: int
    judged: int
    out_of_reach: int
    auditors: tuple[AuditorShare, ...]

    @property
    def is_open(self) -> bool:
        """Whether images still wait for their audit."""
        return self.judged < self.images


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A sample that is ready to be stored."""

    row: AuditSample
    strata: list[dict[str, object]]
    items: list[dict[str, object]]
    planned: list[dict[str, object]]
    replaced: str | None


def draw_audit_sample(site: Site, who: Principal, code: str, wish: SampleWish) -> SampleInfo:
    """Draw labels by chance, and plan their audit as assignments of the auditors.

    Nobody audits an image that they reviewed or ruled on. Raises `NotFound`, `InvalidInput`
    (somebody who cannot audit, nothing to audit), `Conflict` when somebody drew meanwhile.
    """
    if wish.size is not None and not 1 <= wish.size <= MOST_IMAGES:
        raise _wrong("size", "Give 1 to {most} images.", most=MOST_IMAGES)
    with site.database.read() as session:
        project = project_for(session, who, code)
        # Everything settled from now on is later than the draw, whatever is read below.
        now = site.now()
        auditors = _auditors(session, project, who, wish.auditors)
        drawn = _draw(site, session, project, who, wish, list(auditors), now)

    def deed(session: Session) -> None:
        last = audit_samples.latest(session, project.id)
        if (last.number if last else 0) + 1 != drawn.row.number:
            raise Conflict("Somebody has just drawn a sample. Look at it first.")
        audit_samples.add(session, drawn.row, drawn.strata, drawn.items)
        if drawn.replaced is not None:
            planned.call_off(session, project.id, [audit_occasion(drawn.replaced)])
        planned.plan(session, drawn.planned)
        audit.append(
            session, at=now, actor=who.user_id, action="audit_sample.drawn",
            subject=drawn.row.id,
            data={
                "project": code, "number": drawn.row.number, "draw": drawn.row.draw,
                "auditors": sorted(auditors), "images": len(drawn.planned),
                "labels": len(drawn.items),
            },
        )  # fmt: skip

    site.database.write(deed)
    return get_sample(site, who, drawn.row.id)


def _wrong(path: str, message: str, **values: object) -> InvalidInput:
    fault = FieldError.filled(path, message, **values)
    return InvalidInput("This sample cannot be drawn.", fields=[fault])


def possible_auditors(site: Site, who: Principal, code: str) -> list[PossibleAuditor]:
    """The members of a project who may be asked to audit. Raises `NotFound`."""
    with site.database.read() as session:
        project = project_for(session, who, code)
        return [
            PossibleAuditor(user.name, audit_frames.has_reviewed(session, project.id, user.id))
            for user in people.users(session, project_id=project.id)
            if user.role in _CAN_AUDIT
        ]


def _auditors(
    session: Session, project: Project, who: Principal, names: Sequence[str] | None
) -> dict[str, str]:
    """The auditors' ids with their names."""
    members = {
        user.name: user.id
        for user in people.users(session, project_id=project.id)
        if user.role in _CAN_AUDIT
    }
    wanted = [who.name] if names is None else list(dict.fromkeys(names))
    if not wanted:
        raise _wrong("auditors", "Name at least one auditor.")
    for name in wanted:
        if name not in members:
            raise _wrong("auditors", "{name} is no reviewer or lead of this project.", name=name)
    return {members[name]: name for name in wanted}


def _draw(
    site: Site,
    session: Session,
    project: Project,
    who: Principal,
    wish: SampleWish,
    auditors: Sequence[str],
    now: datetime,
) -> _Drawn:
    last = audit_samples.latest(session, project.id)
    before = None if wish.anew else last
    earlier = audit_samples.item_answers(session, before.id) if before else []
    key = before.key if before else site.new_secret()
    draw = _draw_number(session, last, before)
    loaded = load_frame(
        site, session, project, key=int(key, 16), auditors=auditors, earlier=earlier
    )
    audited = _audited(site, session, project, loaded, earlier)
    if not any(one.labels for strata in audited for one in strata):
        raise InvalidInput("There is no settled label to audit yet.")
    drawn_before = int(loaded.frame.before.any(axis=0).sum())
    answered = _answered(site, session, project, before) if wish.size is None else set()
    marks = draw_sample(
        loaded.frame, audited, least=LEAST, level=level_of_draw(LEVEL, draw),
        size=None if wish.size is None else wish.size + drawn_before,
        enough=[row for row, code in enumerate(loaded.codes) if code in answered],
    )  # fmt: skip
    row = AuditSample(
        id=site.new_id(), project_id=project.id, number=(last.number if last else 0) + 1,
        draw=draw, key=key, continues=before.id if before else None,
        standard_version=project.standard_version, quick_s=loaded.quick_s,
        drawn_by=who.user_id, drawn_at=now,
    )  # fmt: skip
    kept = _kept(session, project, earlier)
    turns = _turns(site, loaded, marks, kept, auditors)
    if not turns:
        raise InvalidInput(
            "Everything that would help has been drawn already."
            if loaded.frame.reachable.any()
            else "Nobody you named may audit any of these images."
        )
    plan = [
        {
            "id": site.new_id(), "project_id": project.id, "image_id": loaded.images[column],
            "user_id": user, "occasion": audit_occasion(row.id),
            "standard_version": project.standard_version, "due_at": now, "turn": turn,
        }
        for turn, (column, user) in enumerate(turns)
    ]  # fmt: skip
    return _Drawn(
        row, _stratum_rows(row.id, loaded, marks), _item_rows(row.id, loaded, marks, kept), plan,
        last.id if last else None,
    )  # fmt: skip


def _draw_number(session: Session, last: AuditSample | None, before: AuditSample | None) -> int:
    """Which draw of the same labels it is: another audit begins at 1 where some were corrected."""
    if last is None or (before is None and audit_samples.any_corrected(session, last.id)):
        return 1
    return last.draw + 1


def _answered(
    site: Site, session: Session, project: Project, before: AuditSample | None
) -> set[str]:
    """Types that need no more audits of this audit: they are shown, or shown to be below."""
    if before is None:
        return set()
    outcomes = audit_outcomes(site, session, project, sample=before)
    return {code for code, one in outcomes.items() if one.shown is not Shown.NOT_YET}


def _audited(
    site: Site,
    session: Session,
    project: Project,
    loaded: LoadedFrame,
    earlier: Sequence[ItemAnswer],
) -> list[tuple[AuditedStratum, ...]]:
    """The strata of every type with what earlier draws of this audit have shown of them."""
    here, counts = set(loaded.images), defaultdict[tuple[str, Stratum], Counter[str]](Counter)
    for item in earlier:
        if item.counted and item.said.version is not None and item.image_id in here:
            said = said_of(site, session, project, item.defect_type, item.said)
            count = counts[item.defect_type, item.stratum]
            count["audited"] += 1
            count["unsure"] += said is Verdict.UNSURE
            count["wrong"] += said not in (Verdict.UNSURE, item.stratum.verdict)
    found = []
    for row, code in enumerate(loaded.codes):
        strata = []
        for one in loaded.frame.labels(row):
            count = counts[code, one.stratum]
            strata.append(
                replace(one, audited=count["audited"], wrong=count["wrong"], unsure=count["unsure"])
            )
        found.append(tuple(strata))
    return found


def _kept(session: Session, project: Project, earlier: Sequence[ItemAnswer]) -> dict[str, str]:
    """By image the earlier occasion that has its audit, or has it on a tablet right now."""
    occasions = sorted({item.occasion for item in earlier})
    return {
        one.image_id: one.occasion
        for one in planned.answers(session, project.id, occasions)
        if one.review_id is not None or one.state is AssignmentState.LEASED
    }


def _turns(
    site: Site,
    loaded: LoadedFrame,
    marks: Marks,
    kept: Mapping[str, str],
    auditors: Sequence[str],
) -> list[tuple[int, str]]:
    """(column, auditor) of each image to ask for, in an order that tells nothing.

    The permanent numbers are no such order: strata that are audited nearly in full would come
    last. Each image goes to the one of those who may audit it who has the fewest.
    """
    columns = [c for c in np.flatnonzero(marks.any(axis=0)) if loaded.images[c] not in kept]
    shuffled = np.random.default_rng(int.from_bytes(site.entropy(16))).permutation(columns)
    load = dict.fromkeys(auditors, 0)
    turns = []
    for column in shuffled:
        user = min((u for u in auditors if loaded.reach[u][column]), key=load.__getitem__)
        load[user] += 1
        turns.append((int(column), user))
    return turns


def _stratum_rows(sample_id: str, loaded: LoadedFrame, marks: Marks) -> list[dict[str, object]]:
    strata = loaded.frame.strata
    return [
        {
            "sample_id": sample_id, "defect_type": code, "stratum": one.stratum.value,
            "labels": one.labels, "out_of_reach": one.out_of_reach,
            "drawn": int((marks[row] & (strata[row] == STRATA.index(one.stratum))).sum()),
        }
        for row, code in enumerate(loaded.codes)
        for one in loaded.frame.labels(row)
    ]  # fmt: skip


def _item_rows(
    sample_id: str, loaded: LoadedFrame, marks: Marks, kept: Mapping[str, str]
) -> list[dict[str, object]]:
    own = audit_occasion(sample_id)
    return [
        {
            "sample_id": sample_id, "image_id": loaded.images[column], "defect_type": code,
            "stratum": STRATA[loaded.frame.strata[row, column]].value,
            "counted": bool(marks[row, column]),
            "occasion": kept.get(loaded.images[column], own),
        }
        for column in np.flatnonzero(marks.any(axis=0))
        for row, code in enumerate(loaded.codes)
        if loaded.frame.strata[row, column] != NOT_JUDGED
    ]  # fmt: skip


def list_samples(site: Site, who: Principal, code: str) -> list[SampleInfo]:
    """Every sample of a project, the latest first. Raises `NotFound`."""
    with site.database.read() as session:
        project = project_for(session, who, code)
        rows = audit_samples.of_project(session, project.id)
        return [_info(session, project, row, name) for row, name in rows]


def get_sample(site: Site, who: Principal, sample_id: str) -> SampleInfo:
    """One sample. Raises `NotFound`."""
    with site.database.read() as session:
        project, row = load_sample(session, who, sample_id)
        drawer = people.user_by_id(session, row.drawn_by)
        return _info(session, project, row, drawer.name if drawer else "")


def _info(session: Session, project: Project, row: AuditSample, drawn_by: str) -> SampleInfo:
    images, judged = audit_samples.progress(session, row.id)
    shares: dict[str, list[bool]] = defaultdict(list)
    for one in planned.answers(session, project.id, [audit_occasion(row.id)]):
        shares[one.user_id].append(one.review_id is not None)
    names = {user: people.user_by_id(session, user) for user in shares}
    return SampleInfo(
        row.id, project.code, row.number, row.draw, row.continues, row.drawn_at, drawn_by,
        images, judged, sum(one.out_of_reach for one in audit_samples.strata(session, row.id)),
        tuple(
            AuditorShare(name.name, len(said), sum(said))
            for user, said in shares.items()
            if (name := names[user]) is not None
        ),
    )  # fmt: skip
