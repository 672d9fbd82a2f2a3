"""Appraisers beside each other: pairs, all of them, and all against the standard."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from labeler.core.agreement.coefficients import light_figure
from labeler.core.agreement.pairs import pair_statistics
from labeler.core.agreement.ratings import rating_table
from labeler.core.agreement.reference import reference_statistics
from labeler.core.agreement.values import Estimate, Figure, Reason, Undefined
from labeler.core.msa import matches
from labeler.core.msa.appraisers import Table, coefficients_of
from labeler.core.msa.reasons import StudyReason, of_several
from labeler.core.msa.settings import Convention, StudySettings
from labeler.core.msa.shares import (
    Share,
    Unit,
    figure_document,
    share_of_decisions,
    share_of_parts,
)
from labeler.core.msa.standard import standard_statistics
from labeler.core.msa.study import StudyTable


@dataclass(frozen=True, slots=True)
class PairReport:
    """Two appraisers; `kappa` is Cohen's over decisions of the same trial, crossed in `table`."""

    appraisers: tuple[str, str]
    share: Share
    kappa: Figure
    table: Table

    def document(self) -> dict[str, object]:
        """As JSON, `kappa` beside the share."""
        return (
            {"appraisers": list(self.appraisers)}
            | self.share.document()
            | {"kappa": figure_document(self.kappa), "table": [list(row) for row in self.table]}
        )


@dataclass(frozen=True, slots=True)
class Together:
    """All appraisers, with themselves or with the standard; `others` by their names in JSON."""

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


def _plain(figure: Figure | Mapping[str, Figure]) -> Figure:
    return figure if isinstance(figure, Estimate | Undefined) else Undefined(Reason.NO_RATINGS)


def pairs_of(table: StudyTable, settings: StudySettings) -> tuple[PairReport, ...]:
    """Every two appraisers."""
    rated = rating_table(table.patterns(range(len(table.appraisers))))
    found = []
    for a, b in combinations(range(len(table.appraisers)), 2):
        names = (table.appraisers[a], table.appraisers[b])
        both = table.codes[:, [a, b], :]
        if settings.convention is Convention.ALL_TRIALS:
            marks = matches.alike(table.answers([a, b], common=True))
            share = share_of_parts(*marks, settings, Reason.NO_COMPLETE_PART)
            why = StudyReason.NO_PART_OF_ALL
        else:
            share = share_of_decisions(
                *matches.alike_rounds(both), settings, Reason.NO_COMMON_ITEM, Unit.ROUNDS,
            )  # fmt: skip
            why = StudyReason.NO_ROUND_OF_ALL
        pair = rated.pairs[a, b]
        figures = pair_statistics(pair, table.scale, settings.resampling)
        crossed = tuple(tuple(int(cell) for cell in row) for row in pair.total)
        found.append(
            PairReport(names, of_several(share, why), _plain(figures["cohen_kappa"]), crossed)
        )
    return tuple(found)


def between(table: StudyTable, pairs: tuple[PairReport, ...], settings: StudySettings) -> Together:
    """All appraisers with each other; `kappa` is Light's, the mean over pairs of people.

    `fleiss_kappa` beside it takes every trial of everybody for a rater (Minitab).
    """
    everybody = range(len(table.appraisers))
    if len(table.appraisers) < 2:
        nothing = Undefined(Reason.ONE_RATER)
        share = Share(0, 0, Unit.PARTS, nothing, str(settings.interval))
        return Together(share, nothing, {})
    if settings.convention is Convention.ALL_TRIALS:
        marks = matches.alike(table.answers(everybody, common=True))
        share = share_of_parts(*marks, settings, Reason.NO_COMPLETE_PART)
        why = StudyReason.NO_PART_OF_ALL
    else:
        share = share_of_decisions(
            *matches.alike_rounds(table.codes), settings, Reason.NO_COMMON_ITEM, Unit.ROUNDS,
        )  # fmt: skip
        why = StudyReason.NO_ROUND_OF_ALL
    rated = rating_table(table.patterns(everybody))
    light = pairs[0].kappa
    if len(table.appraisers) > 2:
        light, _ = light_figure(rated, settings.resampling)
    return Together(of_several(share, why), light, coefficients_of(table, rated, settings))


def all_versus_standard(table: StudyTable, settings: StudySettings) -> Together:
    """All appraisers against the known answers; `kappa` is Fleiss', the mean over all trials.

    `cohen_kappa` beside it pools all decisions of everybody.
    """
    everybody = range(len(table.appraisers))
    reason = Reason.NO_COMPLETE_PART if table.known else Reason.NO_REFERENCE
    if settings.convention is Convention.ALL_TRIALS:
        marks = matches.right(table.answers(everybody), table.reference)
        share = share_of_parts(*marks, settings, reason)
        why = StudyReason.NO_KNOWN_PART_OF_ALL
    else:
        share = share_of_decisions(
            *matches.right_rounds(table.codes, table.reference), settings,
            reason, Unit.ROUNDS,
        )  # fmt: skip
        why = StudyReason.NO_KNOWN_ROUND_OF_ALL
    others = standard_statistics(
        table.patterns(everybody), settings.resampling, ordered=table.scale.ordered
    )
    kappa = others.pop("fleiss_kappa")
    pooled = rating_table(table.patterns(everybody, pooled=True)).versus
    figures: Mapping[str, Figure | Mapping[str, Figure]] = {}
    if pooled and table.known:
        figures = reference_statistics(pooled[0], table.scale, settings.resampling)
    cohen = _plain(figures.get("cohen_kappa", Undefined(Reason.NO_REFERENCE)))
    return Together(of_several(share, why), kappa, {"cohen_kappa": cohen, **others})
