"""Reviewers against defect types: what each marked, found of what is known, and differs in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labeler.core.agreement.marginals import MarksMore
from labeler.core.agreement.rater_answers import RaterAnswers
from labeler.core.agreement.report import UNSURE_WARNING_SHARE, AgreementReport
from labeler.core.agreement.values import Estimate, Figure
from labeler.core.agreement.versus import VersusReference
from labeler.core.terms import Verdict


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """One reviewer on one defect type; `answers` None where nothing of it was judged.

    `more_than` and `less_than` name those from whom the marginal test tells the reviewer
    apart, whatever the number of pairs.
    """

    answers: RaterAnswers | None
    versus: VersusReference | None
    more_than: tuple[str, ...]
    less_than: tuple[str, ...]

    @property
    def judged(self) -> int:
        """How often present or absent was said."""
        return sum(self.answers.answers.values()) if self.answers else 0

    @property
    def marked(self) -> int:
        """How often present was said."""
        return self.answers.answers[Verdict.PRESENT] if self.answers else 0

    @property
    def too_unsure(self) -> bool:
        """Whether "can't tell" is too frequent."""
        return self.answers is not None and (
            (self.answers.unsure_share or 0) > UNSURE_WARNING_SHARE
        )

    @property
    def known_defects(self) -> int:
        """How many images with a known defect of this type were decided on."""
        return self.versus.known[Verdict.PRESENT] if self.versus else 0

    @property
    def found_defects(self) -> int:
        """How many of them were marked."""
        return self.versus.confusion[Verdict.PRESENT][Verdict.PRESENT] if self.versus else 0

    @property
    def sensitivity(self) -> Estimate | None:
        """Their share with its interval, None where there are too few for one."""
        found: Figure | Mapping[str, Figure] | None = (
            self.versus.statistics["sensitivity"] if self.versus else None
        )
        return found if isinstance(found, Estimate) else None


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One reviewer, with a cell per defect type in the order of the report."""

    reviewer: str
    cells: tuple[MatrixCell, ...]


def matrix(report: AgreementReport, named: Sequence[MarksMore]) -> list[MatrixRow]:
    """A row per reviewer, by name; `named` are the pairs of whom one marks more for sure."""
    answers = {(one.rater, one.defect_type): one for one in report.raters}
    versus = {(one.rater, one.defect_type): one for one in report.versus_reference or ()}

    def cell(reviewer: str, code: str) -> MatrixCell:
        here = [pair for pair in named if pair.defect_type == code]
        return MatrixCell(
            answers.get((reviewer, code)),
            versus.get((reviewer, code)),
            tuple(pair.less for pair in here if pair.more == reviewer),
            tuple(pair.more for pair in here if pair.less == reviewer),
        )

    codes = [one.defect_type for one in report.defect_types]
    return [
        MatrixRow(reviewer, tuple(cell(reviewer, code) for code in codes))
        for reviewer in sorted({rater for rater, _ in answers})
    ]
