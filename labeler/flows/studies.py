"""Attribute agreement studies: planning one, watching it, ending it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from labeler.core.assignments import trial_occasion
from labeler.core.errors import Conflict, FieldError, InvalidInput, NotFound
from labeler.core.msa.plan import StudyPlan, StudyState, check_plan
from labeler.core.people import Principal
from labeler.core.standard import DefectType, Standard
from labeler.core.terms import Role, Source
from labeler.flows.scope import every_standard, project_for, project_holding, standard_of
from labeler.flows.site import Site
from labeler.flows.study_trials import plan_trial
from labeler.store import audit, images, people, planned, studies
from labeler.store.patterns import names_of
from labeler.store.studies import KnownImage, PartKind
from labeler.store.tables import Project, Study, StudyPart, User

NO_STUDY = "There is no such study for you."
# Of the many images that all call good, no more than about so many are looked at for a draw.
_ENOUGH_GOOD = 20_000
_JUDGES = (Role.REVIEWER.value, Role.LEAD.value, Role.ADMIN.value)


@dataclass(frozen=True, slots=True)
class AppraiserProgress:
    """How far one appraiser has come: `done` of `of` answers, the `trial` that is under way."""

    user_id: str
    name: str
    done: int
    of: int
    trial: int


@dataclass(frozen=True, slots=True)
class StudyInfo:
    """A study as its lead sees it; `sources` counts where the truth of its parts came from.

    `judged_before` parts were judged in production by an appraiser of the study, who may
    have helped to settle what they are held against.
    """

    id: str
    project: str
    name: str
    defect_type: str
    trials: int
    pause_h: float
    standard_version: int
    convention: str
    interval: str
    limits: Mapping[str, object]
    state: StudyState
    parts: int
    bad: int
    near_limit: int
    sources: Mapping[str, int]
    judged_before: int
    appraisers: tuple[AppraiserProgress, ...]
    created_by: str | None
    created_at: datetime
    ended_at: datetime | None

    @property
    def good(self) -> int:
        """Parts whose reference is good."""
        return self.parts - self.bad

    @property
    def done(self) -> int:
        """Answers that are in."""
        return sum(one.done for one in self.appraisers)

    @property
    def expected(self) -> int:
        """Answers when it is complete."""
        return sum(one.of for one in self.appraisers)


def plan_study(site: Site, who: Principal, code: str, plan: StudyPlan) -> StudyInfo:
    """Draw the parts, freeze what is known of them, and plan everybody's first trial.

    Raises `NotFound`, `InvalidInput` with the faults of the plan, or where too few images
    have a known truth.
    """
    limits = check_plan(plan)
    with site.database.read() as session:
        project = project_for(session, who, code)
        standard = standard_of(site, session, project.id, project.standard_version)
        defect_type = _defect_type(standard, plan.defect_type)
        users = [_appraiser(session, project, name) for name in plan.appraisers]
        user_ids = list(dict.fromkeys(user.id for user in users))
        if len(user_ids) < len(users):
            raise _refused("appraisers", "An appraiser stands there twice.")
        known = _known_images(site, session, project, standard, defect_type, user_ids)
    parts = _drawn(site, known, defect_type, plan)
    now = site.now()
    study = Study(
        id=site.new_id(), project_id=project.id, name=plan.name.strip() or defect_type.code,
        defect_type=defect_type.code, trials=plan.trials, pause_h=plan.pause_h,
        standard_version=standard.version, convention=plan.convention, interval=plan.interval,
        limits=limits.document(), state=StudyState.RUNNING.value,
        created_by=who.user_id or None, created_at=now,
    )  # fmt: skip

    def deed(session: Session) -> StudyInfo:
        rows = [_part(study.id, n, one, defect_type) for n, one in enumerate(parts, start=1)]
        studies.add(session, study, rows, user_ids)
        order = [row.image_id for row in rows]
        for user_id in user_ids:
            plan_trial(site, session, study, order, user_id, 1, now)
        audit.append(
            session, at=now, actor=who.user_id, action="study.planned", subject=study.id,
            data={"defect_type": study.defect_type, "parts": len(rows), "trials": study.trials,
                  "appraisers": user_ids},
        )  # fmt: skip
        return _info(session, study, code)

    return site.database.write(deed)


def list_studies(site: Site, who: Principal, code: str) -> list[StudyInfo]:
    """The studies of a project, the latest first. Raises `NotFound`."""
    with site.database.read() as session:
        project = project_for(session, who, code)
        return _infos(session, studies.of_project(session, project.id), code)


def get_study(site: Site, who: Principal, study_id: str) -> StudyInfo:
    """One study. Raises `NotFound`."""
    with site.database.read() as session:
        study, project = study_for(session, who, study_id)
        return _info(session, study, project.code)


def possible_appraisers(site: Site, who: Principal, code: str) -> list[tuple[str, str]]:
    """(id, name) of the members who judge images. Raises `NotFound`."""
    with site.database.read() as session:
        project = project_for(session, who, code)
        members = people.users(session, project_id=project.id)
        return [(user.id, user.name) for user in members if user.role in _JUDGES]


def end_study(site: Site, who: Principal, study_id: str, *, cancel: bool = False) -> StudyInfo:
    """Hand out nothing more; what is on a tablet already is still taken.

    A closed study stands as it is, a cancelled one says so above its report. Raises
    `NotFound`, `Conflict` where it has ended already.
    """
    state = StudyState.CANCELLED if cancel else StudyState.CLOSED

    def deed(session: Session) -> StudyInfo:
        study, project = study_for(session, who, study_id)
        if study.state != StudyState.RUNNING:
            raise Conflict("This study has ended already.", current={"state": study.state})
        now = site.now()
        studies.end(session, study.id, state, now)
        planned.call_off(session, project.id, occasions_of(study))
        session.refresh(study)
        audit.append(
            session, at=now, actor=who.user_id, action=f"study.{state.value}", subject=study.id,
            data={},
        )  # fmt: skip
        return _info(session, study, project.code)

    return site.database.write(deed)


def study_for(session: Session, who: Principal, study_id: str) -> tuple[Study, Project]:
    """A study and its project, if `who` may see it. Raises `NotFound`."""
    study = studies.by_id(session, study_id)
    if study is None:
        raise NotFound(NO_STUDY)
    return study, project_holding(session, who, study.project_id, NO_STUDY)


def occasions_of(study: Study) -> list[str]:
    """The occasions of all its trials."""
    return [trial_occasion(study.id, trial) for trial in range(1, study.trials + 1)]


def _refused(path: str, message: str, **values: object) -> InvalidInput:
    return InvalidInput(
        "The study cannot be planned.", fields=[FieldError.filled(path, message, **values)]
    )


def _defect_type(standard: Standard, code: str) -> DefectType:
    found = standard.find(code)
    if found is None:
        raise _refused("defect_type", "The standard has no such defect type.")
    return found


def _appraiser(session: Session, project: Project, name: str) -> User:
    """Somebody who may judge the project's images, by id or name."""
    user = people.user_by_id(session, name) or people.user_by_name(session, name)
    if user is None or not user.active or user.role not in _JUDGES:
        raise _refused("appraisers", "{name} does not judge images here.", name=name)
    if user.role != Role.ADMIN.value and not people.is_member(session, project.id, user.id):
        raise _refused("appraisers", "{name} does not judge images here.", name=name)
    return user


def _known_images(
    site: Site,
    session: Session,
    project: Project,
    standard: Standard,
    defect_type: DefectType,
    user_ids: Sequence[str],
) -> list[KnownImage]:
    """Everything that a part can be drawn from; of very many good images a random share.

    Not the pictures that the standard shows as examples: beside them stands what they are.
    """
    code, shown = defect_type.code, standard.pictures
    standards = every_standard(site, session, project)
    versions = [version for version, one in standards.items() if one.find(code) is not None]
    step = max(1, images.count(session, project.id) // _ENOUGH_GOOD)
    offset = int.from_bytes(site.entropy(8), "big") % step
    return [
        *studies.referenced(session, project.id, code, user_ids, shown),
        *studies.labelled(session, project.id, code, user_ids, shown),
        *studies.plainly_absent(
            session, project.id, code, versions, user_ids, shown, step=step, offset=offset
        ),
    ]


def _near(one: KnownImage, defect_type: DefectType) -> bool:
    """Once disputed, or of the lightest of several severities."""
    return one.doubted or (one.bad and one.severity == 1 and len(defect_type.severity) > 1)


def _rank(one: KnownImage) -> int:
    """References first, then what no appraiser of the study has helped to settle."""
    if one.source is Source.REFERENCE:
        return 0
    return 2 if one.judged else 1


def _drawn(
    site: Site, known: Sequence[KnownImage], defect_type: DefectType, plan: StudyPlan
) -> list[KnownImage]:
    # Here, not above: a server starts without NumPy.
    import numpy as np

    from labeler.core.msa.drawing import Candidate, draw_parts

    candidates = [
        Candidate(
            one.image_id, one.bad, _near(one, defect_type),
            f"{one.severity or 0} {one.station or ''}", _rank(one), one.unit,
        )
        for one in known
    ]  # fmt: skip
    rng = np.random.default_rng(int.from_bytes(site.entropy(16), "big"))
    chosen = draw_parts(candidates, rng, parts=plan.parts, bad_share=plan.bad_share)
    by_id = {one.image_id: one for one in known}
    found = [by_id[one.image_id] for one in chosen]
    bad = sum(one.bad for one in found)
    if len(found) < plan.parts:
        raise _refused(
            "parts",
            "There are only {n} parts with a known truth: settle more images, or import "
            "references.",
            n=len(found),
        )
    if bad in (0, len(found)):
        raise _refused(
            "defect_type",
            "Both bad and good parts with a known truth are needed; there are {bad} bad and "
            "{good} good ones.",
            bad=bad,
            good=len(found) - bad,
        )
    return found


def _part(study_id: str, number: int, one: KnownImage, defect_type: DefectType) -> StudyPart:
    return StudyPart(
        study_id=study_id, number=number, image_id=one.image_id, bad=one.bad,
        severity=one.severity, near_limit=_near(one, defect_type), source=one.source.value,
        judged_before=one.judged and one.source is not Source.REFERENCE,
    )  # fmt: skip


def _info(session: Session, study: Study, code: str) -> StudyInfo:
    [info] = _infos(session, [study], code)
    return info


def _infos(session: Session, rows: Sequence[Study], code: str) -> list[StudyInfo]:
    """What leads see of studies of one project, in as many queries for many as for one."""
    if not rows:
        return []
    ids = [study.id for study in rows]
    kinds: dict[str, list[PartKind]] = {}
    for kind in studies.part_kinds(session, ids):
        kinds.setdefault(kind.study_id, []).append(kind)
    names = studies.appraisers(session, ids)
    occasions = [occasion for study in rows for occasion in occasions_of(study)]
    answered = studies.submitted(session, rows[0].project_id, occasions)
    authors = names_of(session, [study.created_by for study in rows if study.created_by])
    return [
        _told(study, code, kinds[study.id], names[study.id], answered, authors) for study in rows
    ]


def _told(
    study: Study,
    code: str,
    kinds: Sequence[PartKind],
    names: Mapping[str, str],
    answered: Mapping[tuple[str, str], int],
    authors: Mapping[str, str],
) -> StudyInfo:
    parts = sum(kind.parts for kind in kinds)
    progress = tuple(_progress(study, parts, answered, one) for one in names.items())
    state = StudyState(study.state)
    if state is StudyState.RUNNING and all(one.done == one.of for one in progress):
        state = StudyState.COMPLETE
    sources: Counter[str] = Counter()
    for kind in kinds:
        sources[kind.source] += kind.parts
    return StudyInfo(
        study.id, code, study.name, study.defect_type, study.trials, study.pause_h,
        study.standard_version, study.convention, study.interval, study.limits, state,
        parts,
        sum(kind.parts for kind in kinds if kind.bad),
        sum(kind.parts for kind in kinds if kind.near_limit),
        sources,
        sum(kind.parts for kind in kinds if kind.judged_before),
        progress, authors.get(study.created_by or ""), study.created_at, study.ended_at,
    )  # fmt: skip


def _progress(
    study: Study, parts: int, answered: Mapping[tuple[str, str], int], who: tuple[str, str]
) -> AppraiserProgress:
    user_id, name = who
    each = [answered.get((user_id, occasion), 0) for occasion in occasions_of(study)]
    under_way = next((n for n, done in enumerate(each, start=1) if done < parts), study.trials)
    return AppraiserProgress(user_id, name, sum(each), parts * study.trials, under_way)
