"""What a lead looks at when asking whom to train, and on what. For leads only.

Nothing here ranks people by how fast they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from labeler.core.agreement.marginals import MarksMore, marks_more
from labeler.core.agreement.rater_answers import RaterAnswers
from labeler.core.agreement.repeatability import Repeatability
from labeler.core.agreement.report import UNSURE_WARNING_SHARE, AgreementReport
from labeler.core.pace import Pace, pace
from labeler.core.people import Principal
from labeler.core.repeats import RepeatCounts, counts_document
from labeler.flows.measure import measure
from labeler.flows.repeats import repeat_counts, repeated
from labeler.flows.scope import project_for
from labeler.flows.site import Site
from labeler.flows.third_look import ThirdLook, TrainingOrder, third_look
from labeler.store import patterns


@dataclass(frozen=True, slots=True)
class ReviewerQuality:
    """Per reviewer the pace and what was said of each defect type, who marks more, repeats.

    `paces` is keyed by the reviewer's name, in the order of the names.
    """

    report: AgreementReport
    paces: Mapping[str, Pace]
    marks_more: tuple[MarksMore, ...]
    repeats: Mapping[str, RepeatCounts]
    repeatability: tuple[Repeatability, ...]
    training: tuple[TrainingOrder, ...]
    third_look: tuple[ThirdLook, ...]

    def answers(self, reviewer: str) -> list[RaterAnswers]:
        """What one reviewer said, per defect type in the order of the standard."""
        return [one for one in self.report.raters if one.rater == reviewer]

    def twice(self, reviewer: str) -> list[Repeatability]:
        """How far one reviewer agrees with themselves, per defect type; none without repeats."""
        return [one for one in self.repeatability if one.rater == reviewer]

    def document(self) -> dict[str, object]:
        """All of it as JSON."""
        return {
            "raters": [
                {
                    "rater": name,
                    "pace": one.document(),
                    "answers": [
                        answers.document() | {"too_unsure": too_unsure(answers)}
                        for answers in self.answers(name)
                    ],
                }
                for name, one in self.paces.items()
            ],
            "marks_more": [one.document() for one in self.marks_more],
            "repeats": counts_document(self.repeats),
            "repeatability": [one.document() for one in self.repeatability],
            "training": [one.document() for one in self.training],
            "third_look": [one.document() for one in self.third_look],
        }


def too_unsure(answers: RaterAnswers) -> bool:
    """Whether "can't tell" is so frequent that the hard images are missing from the figures."""
    return (answers.unsure_share or 0) > UNSURE_WARNING_SHARE


def reviewer_quality(site: Site, who: Principal, code: str) -> ReviewerQuality:
    """How a project's reviewers judge. Raises `NotFound`."""
    with site.database.read() as session:
        project = project_for(session, who, code)
        seconds = site.pace_counts.read(session, project.id)
        names = patterns.names_of(session, sorted(seconds))
        repeats = repeat_counts(session, project.id)
        twice = repeated(site, session, project)
        training, looks = third_look(site, session, project)
    report = measure(site, who, code, others=True)
    paces = {names[user]: pace(counts) for user, counts in seconds.items()}
    return ReviewerQuality(
        report, dict(sorted(paces.items())), tuple(marks_more(report)), repeats, tuple(twice),
        tuple(training), tuple(looks),
    )  # fmt: skip
