"""Whether a project's labels are right: the answer per defect type, from its last audit."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlmodel import Session

from labeler.core.agreement.values import Undefined
from labeler.core.errors import NotFound
from labeler.core.label_accuracy.known_process import KnownProcess
from labeler.core.label_accuracy.missed import MarkCounts, MissedByAll, missed_by_all
from labeler.core.label_accuracy.outcome import (
    LEAST,
    LEVEL,
    AuditOutcome,
    Shown,
    judge,
    level_of_draw,
)
from labeler.core.label_accuracy.planning import plan_audits
from labeler.core.label_accuracy.strata import STRATA, AuditedStratum, Stratum, stratum_of
from labeler.core.people import Principal
from labeler.core.standard import Standard
from labeler.core.terms import Source, Verdict
from labeler.flows.known_process import known_process
from labeler.flows.scope import every_standard, project_for, project_holding, standard_of
from labeler.flows.site import Site
from labeler.store import audit, audit_frames, audit_samples, judged_images
from labeler.store.audit_samples import AnswerCount, Said
from labeler.store.tables import AuditSample, Project

_NO_SAMPLE = "There is no such audit sample for you."


@dataclass(frozen=True, slots=True)
class TypeAccuracy:
    """One defect type: the answer, the labels settled since the draw, and what stays unseen.

    `missed` is Chao's lower bound, which needs no audit, nor does `known`: what the reviewers'
    rule makes of images whose truth is known.
    """

    defect_type: str
    outcome: AuditOutcome
    since: int
    missed: MissedByAll | Undefined
    known: KnownProcess

    def document(self) -> dict[str, object]:
        """As plain JSON."""
        missed: dict[str, object] = (
            {"missed": None, "reason": str(self.missed.reason)}
            if isinstance(self.missed, Undefined)
            else self.missed.document()
        )
        return {
            **self.outcome.document(), "settled_since": self.since, "missed_by_all": missed,
            "known_images": self.known.document(),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProjectAccuracy:
    """The answer per defect type of the standard in force.

    `sample` is the last one drawn, None without any; `waiting_images` of it are not judged yet.
    `level` is the one at which the limits of this draw are claimed, stricter with every draw;
    `suggested_images` is about how many images a draw would ask to audit now.
    """

    types: tuple[TypeAccuracy, ...]
    sample: str | None
    draw: int
    least: float
    level: float
    suggested_images: int
    waiting_images: int = 0

    def document(self) -> dict[str, object]:
        """As plain JSON."""
        return {
            "sample": self.sample,
            "min": self.least,
            "level": self.level,
            "suggested_images": self.suggested_images,
            "waiting_images": self.waiting_images,
            "defect_types": {one.defect_type: one.document() for one in self.types},
        }


def accuracy(site: Site, who: Principal, code: str) -> ProjectAccuracy:
    """Precision and recall of a project's labels as far as they are shown. Raises `NotFound`."""
    with site.database.read() as session:
        project = project_for(session, who, code)
        standard = standard_of(site, session, project.id, project.standard_version)
        sample = audit_samples.latest(session, project.id)
        outcomes = audit_outcomes(site, session, project)
        since = _since(site, session, project, standard, sample) if sample else {}
        missed = _missed(site, session, project, standard)
        known = _known(site, session, project, standard)
        types = tuple(
            TypeAccuracy(
                code, outcomes[code], sum(since.get(code, {}).values()), missed[code], known[code]
            )
            for code in standard.codes
        )
        return ProjectAccuracy(
            types, sample.id if sample else None, sample.draw if sample else 0, LEAST,
            level_of_draw(LEVEL, sample.draw if sample else 0),
            _suggested(tuple(outcomes.values())), _waiting(session, sample),
        )  # fmt: skip


def _waiting(session: Session, sample: AuditSample | None) -> int:
    if sample is None:
        return 0
    images, judged = audit_samples.progress(session, sample.id)
    return images - judged


def sample_outcomes(site: Site, who: Principal, sample_id: str) -> dict[str, AuditOutcome]:
    """The answer of one sample per defect type. Raises `NotFound`."""
    with site.database.read() as session:
        project, sample = load_sample(session, who, sample_id)
        return audit_outcomes(site, session, project, sample=sample)


def load_sample(session: Session, who: Principal, sample_id: str) -> tuple[Project, AuditSample]:
    """The row of a sample that this person may see, with its project. Raises `NotFound`."""
    row = audit_samples.by_id(session, sample_id)
    if row is None:
        raise NotFound(_NO_SAMPLE)
    return project_holding(session, who, row.project_id, _NO_SAMPLE), row


def _suggested(outcomes: Sequence[AuditOutcome]) -> int:
    """About how many images a draw would ask for: types share those that nobody marked.

    They are drawn in one order for all types, so the type that came furthest along has had its
    share of them judged for the others too.
    """
    agreed = Stratum.ABSENT_AGREED
    judged = max(
        (s.audited / s.reachable for one in outcomes for s in one.to_draw
         if s.stratum is agreed and s.reachable),
        default=0.0,
    )  # fmt: skip
    apart, shared, left = 0, 0, 0
    for one in outcomes:
        if one.shown is not Shown.NOT_YET:
            continue
        left = max(left, sum(each.reachable - each.audited for each in one.to_draw))
        wanted = plan_audits(one.to_draw, least=LEAST, level=one.next_level)
        for stratum, count in zip(one.to_draw, wanted, strict=True):
            if stratum.stratum is agreed:
                shared = max(shared, round(count - judged * stratum.reachable))
            else:
                apart += max(0, count - stratum.audited)
    return min(apart + shared, left)


def audit_outcomes(
    site: Site,
    session: Session,
    project: Project,
    *,
    least: float = LEAST,
    level: float = LEVEL,
    sample: AuditSample | None = None,
) -> dict[str, AuditOutcome]:
    """The answer per defect type of the standard in force, from a sample (the last one).

    Labels settled after the draw count as labels of which nothing is known. Without a sample
    that is true of all of them, and the answer says how many to audit.
    """
    standard = standard_of(site, session, project.id, project.standard_version)
    sample = sample or audit_samples.latest(session, project.id)
    if sample is None:
        drawn = _unaudited(site, session, project, standard)
        return {
            code: judge(_strata_of(drawn[code]), draw=0, least=least, level=level)
            for code in standard.codes
        }
    since = _since(site, session, project, standard, sample)
    audited, waiting = audited_strata(site, session, project, sample)
    found = {}
    for code in standard.codes:
        known, later = audited.get(code, ()), _strata_of(since[code])
        found[code] = judge(
            (*known, *_unknown(later)),
            to_draw=_together(known, later), waiting=waiting.get(code, 0), draw=sample.draw,
            least=least, level=level,
        )  # fmt: skip
    return found


def _strata_of(labels: Mapping[Stratum, int]) -> tuple[AuditedStratum, ...]:
    return tuple(AuditedStratum(one, labels[one]) for one in STRATA if labels.get(one))


def _unknown(later: Iterable[AuditedStratum]) -> Iterator[AuditedStratum]:
    """Labels settled since a draw, by what they say: its claims assume the worst of them."""
    for agreed in (Stratum.PRESENT_AGREED, Stratum.ABSENT_AGREED):
        count = sum(one.labels for one in later if one.stratum.verdict is agreed.verdict)
        if count:
            yield AuditedStratum(agreed, count, out_of_reach=count)


def _together(
    drawn: Iterable[AuditedStratum], later: Iterable[AuditedStratum]
) -> tuple[AuditedStratum, ...]:
    """The strata as the next draw finds them: labels settled since are among the others then."""
    found = {one.stratum: one for one in drawn}
    for one in later:
        known = found.get(one.stratum, AuditedStratum(one.stratum, 0))
        found[one.stratum] = replace(known, labels=known.labels + one.labels)
    return tuple(found[one] for one in STRATA if one in found)


class Audited(NamedTuple):
    """The strata of a sample per defect type, and how many of its labels wait to be judged."""

    strata: dict[str, tuple[AuditedStratum, ...]]
    waiting: dict[str, int]


def audited_strata(site: Site, session: Session, project: Project, sample: AuditSample) -> Audited:
    """What the audits of a sample say so far, held against the labels as they were drawn.

    A review under a standard that lacks the type says nothing of it, like an unusable image.
    """
    counts: dict[tuple[str, Stratum], list[AnswerCount]] = defaultdict(list)
    for one in audit_samples.answer_counts(session, sample.id):
        counts[one.defect_type, one.stratum].append(one)
    found: dict[str, dict[Stratum, AuditedStratum]] = defaultdict(dict)
    waiting: dict[str, int] = defaultdict(int)
    for row in audit_samples.strata(session, sample.id):
        stratum = Stratum(row.stratum)
        audited = wrong = unsure = 0
        for one in counts[row.defect_type, stratum]:
            if one.said.version is None:
                waiting[row.defect_type] += one.count
                continue
            audited += one.count
            verdict = said_of(site, session, project, row.defect_type, one.said)
            unsure += one.count * (verdict is Verdict.UNSURE)
            wrong += one.count * (verdict not in (Verdict.UNSURE, stratum.verdict))
        found[row.defect_type][stratum] = AuditedStratum(
            stratum, row.labels, audited, wrong, unsure, row.out_of_reach
        )
    return Audited(
        {code: tuple(here[one] for one in STRATA if one in here) for code, here in found.items()},
        dict(waiting),
    )


def said_of(
    site: Site, session: Session, project: Project, defect_type: str, said: Said
) -> Verdict:
    """What a given audit says of a type: can't tell on an unusable image, and without the type."""
    standard = standard_of(site, session, project.id, said.version or 0)
    if said.verdict is None or standard.find(defect_type) is None:
        return Verdict.UNSURE
    return said.verdict


def _unaudited(
    site: Site, session: Session, project: Project, standard: Standard
) -> dict[str, dict[Stratum, int]]:
    """The labels of each type by stratum, of every settled image."""
    counts = site.label_counts.read(session, project.id)
    labels = (
        (said.defect_type, stratum_of(said.verdict, said.source), count)
        for said, count in counts.labels.items()
    )
    return _by_stratum(site, session, project, standard, counts.versions, labels)


def _by_stratum(
    site: Site, session: Session, project: Project, standard: Standard,
    versions: Mapping[int, int], labels: Iterable[tuple[str, Stratum | None, int]],
) -> dict[str, dict[Stratum, int]]:  # fmt: skip
    """The labels of each type by stratum; the risk bands are not told apart here.

    `versions` counts the images by the standard they were judged by, `labels` those labels that
    have a row; without one an image says absent. References, without a stratum, are left out.
    """
    found: dict[str, dict[Stratum, int]] = {code: defaultdict(int) for code in standard.codes}
    for code in standard.codes:
        found[code][Stratum.ABSENT_AGREED] = _judged(site, session, project, code, versions)
    for code, stratum, count in labels:
        if code in found:
            found[code][Stratum.ABSENT_AGREED] -= count
            if stratum is not None:
                found[code][stratum] += count
    return found


def _judged(
    site: Site, session: Session, project: Project, code: str, versions: Mapping[int, int]
) -> int:
    return sum(
        count
        for version, count in versions.items()
        if standard_of(site, session, project.id, version).find(code) is not None
    )


def _since(
    site: Site, session: Session, project: Project, standard: Standard, sample: AuditSample
) -> dict[str, dict[Stratum, int]]:
    """Labels settled after a draw by stratum; images of the sample itself are left out."""
    versions, labels = site.figures(
        lambda: audit_frames.label_counts(
            session, project.id, since=sample.drawn_at, sample_id=sample.id
        ),
        # While no event is added nothing was settled; a sample's draw never changes.
        "labels settled since", sample.id, audit.head(session),
    )  # fmt: skip
    placed = (
        (code, stratum_of(Verdict(verdict), Source(source)), count)
        for code, verdict, source, count in labels
    )
    return _by_stratum(site, session, project, standard, versions, placed)


def _missed(
    site: Site, session: Session, project: Project, standard: Standard
) -> dict[str, MissedByAll | Undefined]:
    marks: dict[str, dict[int, dict[int, int]]] = {code: {} for code in standard.codes}
    for one, images in site.label_counts.read(session, project.id).marks.items():
        if one.defect_type in marks:
            marks[one.defect_type].setdefault(one.reviews, {})[one.marking] = images
    return {
        code: missed_by_all([MarkCounts(reviews, by) for reviews, by in here.items()])
        for code, here in marks.items()
    }


def _known(
    site: Site, session: Session, project: Project, standard: Standard
) -> dict[str, KnownProcess]:
    judged = judged_images.count_judged_known(session, project.id)
    standards = every_standard(site, session, project)
    return known_process(judged, standard.codes, standards, majority=project.majority)
