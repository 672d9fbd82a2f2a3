"""Whether a project's labels are right: the answer per defect type, from its last audit."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlmodel import Session

from labeler.core.agreement.values import Undefined
from labeler.core.errors import NotFound
from labeler.core.label_accuracy.known_process import KnownProcess
from labeler.core.label_accuracy.missed import MarkCounts, MissedByAll, missed_by_all
from labeler.core.label_accuracy.outcome import LEAST, LEVEL, AuditOutcome, Shown, judge
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
            types, sample.id if sample else None, sample.draw if sample else 0, LEAST, LEVEL,
            _suggested(outcomes.values()), _waiting(session, sample),
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


def _suggested(outcomes: Iterable[AuditOutcome]) -> int:
    """About how many images a draw would ask for: types share those that nobody marked."""
    apart, shared, left = 0, 0, 0
    for one in outcomes:
        if one.shown is not Shown.NOT_YET:
            continue
        left = max(left, sum(stratum.labels - stratum.audited for stratum in one.strata))
        wanted = plan_audits(one.strata, least=LEAST, level=LEVEL)
        for stratum, count in zip(one.strata, wanted, strict=True):
            more = max(0, count - stratum.audited)
            if stratum.stratum is Stratum.ABSENT_AGREED:
                shared = max(shared, more)
            else:
                apart += more
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
            code: judge(_strata_of(drawn[code]), least=least, level=level)
            for code in standard.codes
        }
    since = _since(site, session, project, standard, sample)
    audited, waiting = audited_strata(site, session, project, sample)
    return {
        code: judge(
            (*audited.get(code, ()), *_later(since.get(code, {}))),
            waiting=waiting.get(code, 0), draw=sample.draw, least=least, level=level,
        )
        for code in standard.codes
    }  # fmt: skip


def _strata_of(labels: Mapping[Stratum, int]) -> tuple[AuditedStratum, ...]:
    return tuple(AuditedStratum(one, labels[one]) for one in STRATA if labels.get(one))


def _later(since: Mapping[Verdict, int]) -> tuple[AuditedStratum, ...]:
    kinds = {
        Verdict.PRESENT: Stratum.PRESENT_AGREED,
        Verdict.ABSENT: Stratum.ABSENT_AGREED,
    }
    return tuple(
        AuditedStratum(kinds[verdict], count, out_of_reach=count)
        for verdict, count in since.items()
        if count
    )


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
    """The labels of each type by stratum; the risk bands are not told apart here."""
    counts = site.label_counts.read(session, project.id)
    found: dict[str, dict[Stratum, int]] = {code: defaultdict(int) for code in standard.codes}
    for code in standard.codes:
        found[code][Stratum.ABSENT_AGREED] = _judged(site, session, project, code, counts.versions)
    for said, count in counts.labels.items():
        if said.defect_type in found:
            stratum = stratum_of(said.verdict, said.source)
            found[said.defect_type][Stratum.ABSENT_AGREED] -= count
            if stratum is not None:
                found[said.defect_type][stratum] += count
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
) -> dict[str, dict[Verdict, int]]:
    """Labels settled after a draw by what they say; images of the sample itself are left out."""
    versions, labels = site.figures(
        lambda: audit_frames.label_counts(
            session, project.id, since=sample.drawn_at, sample_id=sample.id
        ),
        # While no event is added nothing was settled; a sample's draw never changes.
        "labels settled since", sample.id, audit.head(session),
    )  # fmt: skip
    found: dict[str, dict[Verdict, int]] = {}
    for code in standard.codes:
        judged = _judged(site, session, project, code, versions)
        found[code] = {Verdict.PRESENT: 0, Verdict.ABSENT: judged}
    for code, verdict, source, count in labels:
        if code in found:
            found[code][Verdict.ABSENT] -= count
            if source != Source.REFERENCE:
                found[code][Verdict(verdict)] += count
    return found


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
