"""Planning hidden repeats, and reading how far reviewers agree with themselves."""

from collections import Counter, defaultdict
from datetime import timedelta

import numpy as np
from sqlmodel import Session

from labeler.core.agreement.repeatability import Repeatability, repeatability
from labeler.core.assignments import AssignmentState, repeat_occasion
from labeler.core.people import Principal
from labeler.core.repeats import RepeatCounts, RepeatPlan, draw_repeats, due_times
from labeler.core.terms import Role, Verdict
from labeler.flows.scope import project_for, standard_of
from labeler.flows.site import Site
from labeler.store import audit, patterns, people, planned, repeats, reviews
from labeler.store.tables import Project

_OPEN = (AssignmentState.PLANNED.value, AssignmentState.LEASED.value)
_ENTROPY_BYTES = 16
_READ_AT_ONCE = 500


def plan_repeats(site: Site, who: Principal, code: str, plan: RepeatPlan) -> dict[str, int]:
    """Top every reviewer up to `plan.per_reviewer` open repeats; how many were added, by name.

    Only images that the reviewer judged for production at least `plan.min_age_h` ago under
    the standard in force; each at most once. Nothing that a reviewer sees tells them from
    other images. Raises `NotFound`, `InvalidInput`.
    """
    plan.check()

    def deed(session: Session) -> dict[str, int]:
        project = project_for(session, who, code)
        seed = site.entropy(_ENTROPY_BYTES)
        rng = np.random.default_rng(int.from_bytes(seed))
        states = repeats.counts(session, project.id)
        added: dict[str, int] = {}
        by_user: dict[str, int] = {}
        for person in people.users(session, project_id=project.id):
            waiting = sum(states.get(person.id, {}).get(state, 0) for state in _OPEN)
            wanted = plan.per_reviewer - waiting
            rows = _rows(site, session, project, person.id, plan, wanted, rng)
            planned.plan(session, rows)
            if rows or person.role == Role.REVIEWER:
                added[person.name] = by_user[person.id] = len(rows)
        audit.append(
            session, at=site.now(), actor=who.user_id, action="repeats.planned",
            subject=project.id,
            data={
                "per_reviewer": plan.per_reviewer, "min_age_h": plan.min_age_h,
                "spread_h": plan.spread_h, "planned": by_user, "seed": seed.hex(),
            },
        )  # fmt: skip
        return added

    return site.database.write(deed)


def _rows(
    site: Site,
    session: Session,
    project: Project,
    user: str,
    plan: RepeatPlan,
    wanted: int,
    rng: np.random.Generator,
) -> list[dict[str, object]]:
    if wanted <= 0:
        return []
    now = site.now()
    before, version = now - timedelta(hours=plan.min_age_h), project.standard_version
    marked, clean = (
        repeats.candidates(session, project.id, user, version=version, before=before, marked=marked)
        for marked in (True, False)
    )
    chosen = draw_repeats(marked, clean, wanted, rng)
    due = due_times(len(chosen), now, plan.spread_h, rng)
    return [
        {
            "id": site.new_id(),
            "project_id": project.id,
            "image_id": one.image_id,
            "user_id": user,
            "occasion": repeat_occasion(repeats.times_planned(session, one.image_id, user) + 1),
            "standard_version": version,
            "due_at": at,
            "turn": turn,
        }
        for turn, (one, at) in enumerate(zip(chosen, due, strict=True))
    ]


def repeat_counts(session: Session, project_id: str) -> dict[str, RepeatCounts]:
    """How many repeats are waiting and answered, by the reviewer's name."""
    states = repeats.counts(session, project_id)
    names = patterns.names_of(session, sorted(states))
    found = {
        names[user]: RepeatCounts(
            sum(one.get(state, 0) for state in _OPEN),
            one.get(AssignmentState.SUBMITTED.value, 0),
        )
        for user, one in states.items()
    }
    return dict(sorted(found.items()))


def repeated(site: Site, session: Session, project: Project) -> list[Repeatability]:
    """Every reviewer with answered repeats, per defect type of the standard in force."""
    pairs = list(repeats.judged_twice(session, project.id))
    names = patterns.names_of(session, sorted({pair.user_id for pair in pairs}))
    said: dict[str, dict[str, Verdict]] = defaultdict(dict)
    ids = [review for pair in pairs for review in (pair.first, pair.second)]
    for start in range(0, len(ids), _READ_AT_ONCE):
        found = reviews.judgements(session, ids[start : start + _READ_AT_ONCE])
        for review, judgements in found.items():
            said[review] = {j.defect_type: Verdict(j.verdict) for j in judgements}
    codes = standard_of(site, session, project.id, project.standard_version).codes
    answers: dict[tuple[str, str], Counter[tuple[Verdict, Verdict]]] = defaultdict(Counter)
    for pair in pairs:
        book = standard_of(site, session, project.id, pair.version)
        first, second = said[pair.first], said[pair.second]
        for code in codes:
            if book.find(code) is not None:
                absent = Verdict.ABSENT
                both = first.get(code, absent), second.get(code, absent)
                answers[names[pair.user_id], code][both] += 1
    return [
        repeatability(name, code, answers[name, code])
        for name in sorted(set(names.values()))
        for code in codes
        if (name, code) in answers
    ]
