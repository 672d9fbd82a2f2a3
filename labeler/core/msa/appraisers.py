"""One appraiser: repeating oneself, and being right."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from labeler.core.agreement.coefficients import vector_statistics
from labeler.core.agreement.ratings import MISSING, UNSURE, RatingTable, rating_table
from labeler.core.agreement.reference import reference_statistics
from labeler.core.agreement.values import Estimate, Figure, Reason, Undefined
from labeler.core.msa import matches
from labeler.core.msa.settings import Convention, StudySettings
from labeler.core.msa.shares import (
    Marks,
    Share,
    Unit,
    figure_document,
    share_of_decisions,
    share_of_parts,
)
from labeler.core.msa.standard import standard_statistics
from labeler.core.msa.study import StudyTable

Table = tuple[tuple[int, ...], ...]
# Beside Fleiss' kappa of the same ratings; the ordinal ones for ordered categories only.
_BESIDE = ("krippendorff_alpha", "gwet_ac1", "gwet_ac2", "krippendorff_alpha_ordinal")


def coefficients_of(
    table: StudyTable, rated: RatingTable, settings: StudySettings
) -> dict[str, Figure]:
    """Fleiss' kappa, alpha and AC1 over all columns; AC2 and ordinal alpha where ordered."""
    found = vector_statistics(rated.vectors, table.scale, settings.resampling)
    wanted = ("fleiss_kappa", *(_BESIDE if table.scale.ordered else _BESIDE[:2]))
    return {
        name: one for name, one in found.items() if name in wanted and not isinstance(one, Mapping)
    }


@dataclass(frozen=True, slots=True)
class Within:
    """Whether an appraiser says the same of a part each time; `kappa` is Fleiss' over trials."""

    appraiser: str
    share: Share
    kappa: Figure
    others: Mapping[str, Figure]

    def document(self) -> dict[str, object]:
        """As JSON, `kappa` beside the share."""
        return (
            self.share.document()
            | {"kappa": figure_document(self.kappa)}
            | {name: figure_document(one) for name, one in self.others.items()}
        )


@dataclass(frozen=True, slots=True)
class VersusStandard:
    """An appraiser against the known answers.

    `share` follows the convention; `all_trials` counts parts right in every trial (AIAG's
    effectiveness, which the verdict judges either way), `decisions` right decisions. `kappa`
    is Cohen's over all decisions pooled (AIAG); `others` are means over trials. `table`
    crosses decisions (down) with the known answers (across).
    `unsure` of `answers` were "can't tell".
    """

    appraiser: str
    share: Share
    all_trials: Share
    decisions: Share
    miss_rate: Share
    false_alarm_rate: Share
    kappa: Figure
    others: Mapping[str, Figure]
    table: Table
    unsure: int
    answers: int

    def document(self) -> dict[str, object]:
        """As JSON, `kappa` beside the share; rates stand under keys of their own."""
        return (
            self.share.document()
            | {"kappa": figure_document(self.kappa)}
            | {name: figure_document(one) for name, one in self.others.items()}
            | {"table": [list(row) for row in self.table], "unsure": self.unsure}
        )


def within(table: StudyTable, appraiser: int, settings: StudySettings) -> Within:
    """One appraiser's trials beside each other; undefined with a single trial."""
    name = table.appraisers[appraiser]
    if len(table.trials_of(appraiser)) < 2:
        nothing = Undefined(Reason.ONE_TRIAL)
        unit = _unit(settings, Unit.PAIRS)
        return Within(name, Share(0, 0, unit, nothing, str(settings.interval)), nothing, {})
    answers = table.answers([appraiser])
    if settings.convention is Convention.ALL_TRIALS:
        share = share_of_parts(*matches.alike(answers), settings, Reason.NO_COMPLETE_PART)
    else:
        share = share_of_decisions(
            *matches.alike_pairs(answers, len(table.scale.categories)),
            settings, Reason.NO_TWO_RATINGS, Unit.PAIRS,
        )  # fmt: skip
    rated = rating_table(table.patterns([appraiser]))
    others = coefficients_of(table, rated, settings)
    kappa = others.pop("fleiss_kappa")
    return Within(name, share, kappa, others)


def _unit(settings: StudySettings, each: Unit) -> Unit:
    return Unit.PARTS if settings.convention is Convention.ALL_TRIALS else each


def versus_standard(table: StudyTable, appraiser: int, settings: StudySettings) -> VersusStandard:
    """One appraiser against the known answers; undefined where none is known."""
    name = table.appraisers[appraiser]
    answers = table.answers([appraiser])
    known = table.known > 0
    whole = share_of_parts(
        *matches.right(answers, table.reference), settings,
        Reason.NO_COMPLETE_PART if known else Reason.NO_REFERENCE,
    )  # fmt: skip
    decisions = share_of_decisions(
        *matches.right_decisions(answers, table.reference), settings,
        Reason.NO_KNOWN_ANSWER if known else Reason.NO_REFERENCE, Unit.DECISIONS,
    )  # fmt: skip
    counted = table.patterns([appraiser])
    pair = (rating_table(counted).versus or ())[:1]
    pooled: Figure = Undefined(Reason.NO_REFERENCE)
    crossed: Table = ()
    if pair:
        figures = reference_statistics(pair[0], table.scale, settings.resampling)
        found = figures["cohen_kappa"]
        pooled = found if known and isinstance(found, Estimate | Undefined) else pooled
        crossed = tuple(tuple(int(cell) for cell in row) for row in pair[0].total)
    others = standard_statistics(counted, settings.resampling, ordered=table.scale.ordered)
    return VersusStandard(
        name,
        whole if settings.convention is Convention.ALL_TRIALS else decisions,
        whole,
        decisions,
        _error_rate(table, appraiser, settings, bad=True),
        _error_rate(table, appraiser, settings, bad=False),
        pooled,
        others,
        crossed,
        int((answers == UNSURE).sum()),
        int((answers != MISSING).sum()),
    )


def _error_rate(table: StudyTable, appraiser: int, settings: StudySettings, *, bad: bool) -> Share:
    """Misses on bad parts, or false alarms on good ones."""
    if not table.bad:
        nothing = Undefined(Reason.NO_BAD_CATEGORY)
        return Share(0, 0, Unit.DECISIONS, nothing, str(settings.interval))
    here = table.bad if bad else table.good
    side: Marks = np.array([name in here for name in table.scale.categories], dtype=np.bool_)
    reason = Reason.NO_KNOWN_POSITIVE if bad else Reason.NO_KNOWN_NEGATIVE
    return share_of_decisions(
        *matches.wrong_side(table.answers([appraiser]), table.reference, side),
        settings, reason if table.known else Reason.NO_REFERENCE, Unit.DECISIONS,
    )  # fmt: skip
