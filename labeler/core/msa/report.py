"""The report of an attribute agreement study, and its JSON."""

from collections.abc import Sequence
from dataclasses import dataclass

from labeler.core.agreement.ratings import MISSING
from labeler.core.msa.acceptance import Limits
from labeler.core.msa.appraisers import VersusStandard, Within, versus_standard, within
from labeler.core.msa.settings import StudySettings
from labeler.core.msa.study import StudyTable
from labeler.core.msa.together import (
    PairReport,
    Together,
    all_versus_standard,
    between,
    pairs_of,
)
from labeler.core.msa.verdict import Verdict, judge

# Above this share of "can't tell" the hard parts are missing from every share of decisions.
UNSURE_WARNING_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class PartAnswers:
    """A part that was not judged alike and right by all; `answers` per appraiser and trial."""

    part: str
    reference: str
    answers: tuple[tuple[str, ...], ...]

    def document(self, appraisers: Sequence[str]) -> dict[str, object]:
        """As JSON; a missing answer is empty."""
        answers = {name: list(said) for name, said in zip(appraisers, self.answers, strict=True)}
        return {"part": self.part, "reference": self.reference, "answers": answers}


@dataclass(frozen=True, slots=True)
class StudyReport:
    """Everything that a study says. `missing` answers of the planned ones have not come."""

    table: StudyTable
    settings: StudySettings
    within: tuple[Within, ...]
    versus: tuple[VersusStandard, ...]
    pairs: tuple[PairReport, ...]
    between: Together
    all_versus: Together
    verdict: Verdict
    disagreements: tuple[PartAnswers, ...]
    missing: int

    @property
    def bad_parts(self) -> int:
        """Parts whose reference is bad."""
        return self.table.known_in(self.table.bad)

    @property
    def good_parts(self) -> int:
        """Parts whose reference is good; 0 where nobody said what is bad."""
        return self.table.known_in(self.table.good) if self.table.bad else 0

    @property
    def trials_by_appraiser(self) -> dict[str, list[str]]:
        """The names of the trials that each appraiser had."""
        table = self.table
        return {
            name: [table.trials[trial] for trial in table.trials_of(place)]
            for place, name in enumerate(table.appraisers)
        }

    @property
    def too_unsure(self) -> tuple[str, ...]:
        """Appraisers who said "can't tell" so often that it flatters their rates."""
        return tuple(
            one.appraiser
            for one in self.versus
            if one.answers and one.unsure / one.answers > UNSURE_WARNING_SHARE
        )

    def document(self) -> dict[str, object]:
        """The MSA JSON of the contract, with what was counted and how."""
        table, settings = self.table, self.settings
        return {
            "within": {one.appraiser: one.document() for one in self.within},
            "versus_standard": {one.appraiser: one.document() for one in self.versus},
            "between": self.between.document(),
            "all_versus_standard": self.all_versus.document(),
            "pairs": [one.document() for one in self.pairs],
            "effectiveness": {one.appraiser: one.all_trials.document() for one in self.versus},
            "right_decisions": {one.appraiser: one.decisions.document() for one in self.versus},
            "miss_rate": {one.appraiser: one.miss_rate.document() for one in self.versus},
            "false_alarm_rate": {
                one.appraiser: one.false_alarm_rate.document() for one in self.versus
            },
            "verdict": self.verdict.document(),
            "disagreements": [one.document(table.appraisers) for one in self.disagreements],
            "study": {
                "parts": len(table.parts),
                "known_parts": table.known,
                "bad_parts": self.bad_parts,
                "good_parts": self.good_parts,
                "appraisers": list(table.appraisers),
                "trials": list(table.trials),
                "categories": list(table.scale.categories),
                "ordered": table.scale.ordered,
                "bad": list(table.bad),
                "trials_of": self.trials_by_appraiser,
                "missing_answers": self.missing,
            },
            "convention": str(settings.convention),
            "intervals": {
                "interval": str(settings.interval),
                "level": settings.level,
                "replicates": settings.replicates,
                "seed": settings.seed,
                "resampled": "part",
            },
        }


def report_study(
    table: StudyTable, settings: StudySettings | None = None, limits: Limits | None = None
) -> StudyReport:
    """The whole report; a figure that cannot be computed says why."""
    settings, limits = settings or StudySettings(), limits or Limits()
    everybody = range(len(table.appraisers))
    versus = tuple(versus_standard(table, one, settings) for one in everybody)
    pairs = pairs_of(table, settings)
    return StudyReport(
        table,
        settings,
        tuple(within(table, one, settings) for one in everybody),
        versus,
        pairs,
        between(table, pairs, settings),
        all_versus_standard(table, settings),
        judge(table, versus, pairs, limits, settings),
        _disagreements(table),
        table.expected - int((table.codes != MISSING).sum()),
    )


def _disagreements(table: StudyTable) -> tuple[PartAnswers, ...]:
    """Parts on which any two answers, or an answer and the reference, differ."""
    found = []
    for part, codes, known in zip(table.parts, table.codes, table.reference, strict=True):
        said = set(codes.reshape(-1).tolist()) - {MISSING}
        if len(said | ({int(known)} - {MISSING})) > 1 or min(said, default=0) < 0:
            answers = tuple(tuple(table.said(code) for code in row) for row in codes.tolist())
            found.append(PartAnswers(part, table.said(int(known)), answers))
    return tuple(found)
