"""The report of a study from its live answers. Apart, because it loads NumPy and SciPy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from labeler.core.agreement.ratings import MISSING, UNSURE, Codes
from labeler.core.agreement.scale import Scale
from labeler.core.assignments import trial_occasion
from labeler.core.errors import Conflict, FieldError, InvalidInput
from labeler.core.msa.acceptance import parse_limits
from labeler.core.msa.plan import StudyState
from labeler.core.msa.report import StudyReport, report_study
from labeler.core.msa.settings import Convention, Interval, StudySettings
from labeler.core.msa.study import StudyTable
from labeler.core.people import Principal
from labeler.core.standard import DefectType
from labeler.core.terms import Verdict
from labeler.flows.scope import standard_of
from labeler.flows.site import Site
from labeler.flows.studies import StudyInfo, get_study, occasions_of, study_for
from labeler.store import planned, reviews, studies
from labeler.store.planned import PlannedAnswer
from labeler.store.reviews import WrittenJudgement
from labeler.store.tables import Study, StudyPart

VERDICT, SEVERITY = "verdict", "severity"


@dataclass(frozen=True, slots=True)
class StudyImage:
    """The image of a part, under the part's number in the report."""

    id: str
    file: str


@dataclass(frozen=True, slots=True)
class ReportOfStudy:
    """A report with the study it is about; `images` by the numbers of the parts."""

    info: StudyInfo
    report: StudyReport
    images: Mapping[str, StudyImage]

    def document(self) -> dict[str, object]:
        """The MSA JSON, with the study and the images of its parts."""
        found = self.report.document()
        info, counted = self.info, found["study"]
        about = {
            "id": info.id, "project": info.project, "name": info.name,
            "defect_type": info.defect_type, "state": str(info.state),
            "standard_version": info.standard_version, "created_at": info.created_at.isoformat(),
            "sources": dict(info.sources), "judged_before": info.judged_before,
            "images": {part: {"id": one.id, "file": one.file} for part, one in self.images.items()},
        }  # fmt: skip
        return found | {"study": about | (counted if isinstance(counted, dict) else {})}


def study_report(
    site: Site,
    who: Principal,
    study_id: str,
    *,
    convention: str | None = None,
    interval: str | None = None,
    ratings: str = VERDICT,
) -> ReportOfStudy:
    """The report of what has been answered so far.

    `convention` and `interval` take the place of the planned ones. `ratings` are the verdicts,
    or the severities as ordered categories of which all but absent are bad. A review that
    calls the image unusable is "can't tell". Raises `NotFound`, `InvalidInput`, and
    `Conflict` for an appraiser of the study who is not through: the report names the answers.
    """
    info = get_study(site, who, study_id)
    _keep_blind(who, info)
    settings = StudySettings(
        Convention(_one_of("convention", convention or info.convention, tuple(Convention))),
        Interval(_one_of("interval", interval or info.interval, tuple(Interval))),
    )
    with site.database.read() as session:
        study, project = study_for(session, who, study_id)
        standard = standard_of(site, session, project.id, study.standard_version)
        defect_type = standard.find(study.defect_type)
        levels = defect_type.severity if defect_type else ()
        if _one_of("ratings", ratings, (VERDICT, SEVERITY)) == SEVERITY and len(levels) < 2:
            raise InvalidInput(
                "The report cannot be made.",
                fields=[FieldError("ratings", "This defect type has no severity levels.")],
            )
        parts = studies.parts(session, study.id)
        names = studies.appraisers(session, [study.id])[study.id]
        answers = planned.answers(session, project.id, occasions_of(study))
        judgements = reviews.judgements(
            session, [one.review_id for one in answers if one.review_id is not None]
        )
        asked = frozenset(
            version
            for version in {one.standard_version for one in answers if one.standard_version}
            if standard_of(site, session, project.id, version).find(study.defect_type)
        )
    scale = _scale(defect_type, ratings)
    table = _table(scale, study, [part for part, _ in parts], names, answers, asked, judgements)
    images = {str(part.number): StudyImage(part.image_id, file) for part, file in parts}
    report = report_study(table, settings, parse_limits(study.limits))
    return ReportOfStudy(info, report, images)


def _keep_blind(who: Principal, info: StudyInfo) -> None:
    for one in info.appraisers:
        if one.user_id == who.user_id and info.state is StudyState.RUNNING and one.done < one.of:
            raise Conflict(
                "You appraise in this study: its report opens to you when all your answers are in.",
                current={"done": one.done, "of": one.of},
            )


def _one_of(path: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise InvalidInput(
            "The report cannot be made.",
            fields=[FieldError.filled(path, "Give one of: {names}.", names=", ".join(known))],
        )
    return value


def _scale(defect_type: DefectType | None, ratings: str) -> Scale:
    if ratings == SEVERITY and defect_type is not None:
        levels = tuple(level.code for level in defect_type.severity)
        return Scale((Verdict.ABSENT.value, *levels), None, ordered=True)
    return Scale((Verdict.ABSENT.value, Verdict.PRESENT.value), Verdict.PRESENT.value)


def _code(verdict: str, severity: int | None, scale: Scale) -> int:
    """A judgement as a category.

    A present one without a severity, or with one that the study's version of the standard did
    not have yet, has no place on that scale.
    """
    if verdict == Verdict.ABSENT:
        return 0
    if verdict == Verdict.UNSURE:
        return UNSURE
    if not scale.ordered:
        return 1
    return MISSING if severity is None or severity >= len(scale.categories) else severity


def _answer_code(
    one: PlannedAnswer,
    defect_type: str,
    asked: frozenset[int],
    judgements: Mapping[str, Sequence[WrittenJudgement]],
    scale: Scale,
) -> int:
    if one.review_id is None:
        return MISSING
    if one.unusable is not None:
        return UNSURE
    if one.standard_version not in asked:  # a version that lacks the type asked nothing
        return MISSING
    for judgement in judgements.get(one.review_id, ()):
        if judgement.defect_type == defect_type:
            return _code(judgement.verdict, judgement.severity, scale)
    return 0  # what is not written is plainly absent


def _table(
    scale: Scale,
    study: Study,
    parts: Sequence[StudyPart],
    names: Mapping[str, str],
    answers: Sequence[PlannedAnswer],
    asked: frozenset[int],
    judgements: Mapping[str, Sequence[WrittenJudgement]],
) -> StudyTable:
    row = {part.image_id: index for index, part in enumerate(parts)}
    seat = {user: index for index, user in enumerate(names)}
    round_of = {trial_occasion(study.id, t): t - 1 for t in range(1, study.trials + 1)}
    codes: Codes = np.full((len(parts), len(names), study.trials), MISSING, dtype=np.int8)
    for one in answers:
        place = (row[one.image_id], seat[one.user_id], round_of[one.occasion])
        codes[place] = _answer_code(one, study.defect_type, asked, judgements, scale)
    truth = (Verdict.ABSENT.value, Verdict.PRESENT.value)
    return StudyTable(
        scale,
        scale.categories[1:],
        tuple(str(part.number) for part in parts),
        tuple(names.values()),
        tuple(str(trial) for trial in range(1, study.trials + 1)),
        codes,
        np.array([_code(truth[part.bad], part.severity, scale) for part in parts], dtype=np.int8),
    )
