"""All agreement statistics of a set of defect types, and their JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from labeler.core.agreement.coefficients import light_figure, vector_statistics
from labeler.core.agreement.enough import not_enough
from labeler.core.agreement.intervals import Resampling
from labeler.core.agreement.item_counts import ItemCounts, item_counts
from labeler.core.agreement.methods import Method, Weights
from labeler.core.agreement.pairs import CROSSED, bias_index, marginal_test, pair_statistics
from labeler.core.agreement.place_features import PlaceSettings
from labeler.core.agreement.place_figures import place_agreement
from labeler.core.agreement.places import PlaceAgreement, PlaceCounts
from labeler.core.agreement.rater_answers import (
    RaterAnswers,
    rater_answers,
    share_of,
    with_others,
)
from labeler.core.agreement.ratings import FEWEST_GROUPS, RatingTable
from labeler.core.agreement.remember import Remember, make_anew
from labeler.core.agreement.scale import Scale
from labeler.core.agreement.severity import (
    SeverityAgreement,
    SeverityRatings,
    severity_agreement,
)
from labeler.core.agreement.values import (
    Figure,
    Reason,
    Statistics,
    Undefined,
    statistics_document,
)
from labeler.core.agreement.versus import VersusReference, versus_reference
from labeler.core.agreement.weighted import weighted_statistics
from labeler.core.errors import InvalidInput

MOST_REPLICATES = 100_000
# Above this share of "can't tell" the hard items are missing, which flatters every figure.
UNSURE_WARNING_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class GroupedBy:
    """What is drawn as a whole: `item`, or a kind of group, and how many groups are known."""

    kind: str = "item"
    count: int | None = None


@dataclass(frozen=True, slots=True)
class TypeAgreement:
    """One defect type over all raters; shares are in 0–1, None where there is nothing.

    `bias` is the mean bias index of the pairs that have one. `prevalence` and `bias` say how
    far chance-corrected figures can be trusted: where either is extreme they fall (Byrt, Bishop
    and Carlin 1993).
    `severity` is None for a type without levels, `places` for one that is judged without.
    `not_enough` says why the intervals can hardly be relied on; None where they can.
    """

    defect_type: str
    scale: Scale
    images: int
    ratings: int
    raters: int
    prevalence: float | None
    unsure_share: float | None
    counts: ItemCounts
    pairs_with_kappa: int
    statistics: Statistics
    severity: SeverityAgreement | None = None
    places: PlaceAgreement | None = None
    not_enough: Reason | None = None
    bias: float | None = None

    def document(self) -> dict[str, object]:
        """As in the contract, with the counts that stand above the figures."""
        return {
            "images": self.images,
            "ratings": self.ratings,
            "raters": self.raters,
            "prevalence": self.prevalence,
            "bias_index": self.bias,
            "unsure_share": self.unsure_share,
            "categories": list(self.scale.categories),
            "positive": self.scale.positive,
            "counts": self.counts.document(self.scale),
            "pairs_with_kappa": self.pairs_with_kappa,
            "not_enough": None if self.not_enough is None else str(self.not_enough),
            "statistics": statistics_document(self.statistics),
            "severity": None if self.severity is None else self.severity.document(),
            "places": None if self.places is None else self.places.document(),
        }


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two raters on one defect type; `table` crosses their decisions, first rater down.

    `marginal_test` is McNemar's exact p-value, None on more than two categories.
    """

    raters: tuple[str, str]
    defect_type: str
    images: int
    table: tuple[tuple[int, ...], ...]
    marginal_test: float | Undefined | None
    statistics: Statistics

    @property
    def bias(self) -> float | None:
        """The share by which one marks more than the other; None as `bias_index` has it."""
        return bias_index(self.table)

    def document(self) -> dict[str, object]:
        """As in the contract, with the crossed decisions and the marginal test."""
        test: object = self.marginal_test
        if isinstance(test, Undefined):
            test = test.document()
        elif test is not None:
            test = {"value": test}
        return {
            "raters": list(self.raters),
            "defect_type": self.defect_type,
            "images": self.images,
            "table": [list(row) for row in self.table],
            "bias_index": self.bias,
            "marginal_test": test,
            "statistics": statistics_document(self.statistics),
        }


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """Everything about one set of ratings; `versus_reference` None without known answers.

    `resampled` names what was drawn for the intervals: `item`, or the kind of group, of
    which `groups` are known (None where none was asked for). Where fewer than `FEWEST_GROUPS`
    are known, of all or behind one figure, items were drawn.
    """

    defect_types: tuple[TypeAgreement, ...]
    pairs: tuple[PairAgreement, ...]
    raters: tuple[RaterAnswers, ...]
    versus_reference: tuple[VersusReference, ...] | None
    resampling: Resampling
    resampled: str
    groups: int | None = None

    def document(self) -> dict[str, object]:
        """The agreement JSON of the contract."""
        versus = self.versus_reference
        return {
            "defect_types": {one.defect_type: one.document() for one in self.defect_types},
            "pairs": [one.document() for one in self.pairs],
            "raters": [one.document() for one in self.raters],
            "versus_reference": None if versus is None else [one.document() for one in versus],
            "intervals": {
                "level": self.resampling.level,
                "replicates": self.resampling.replicates,
                "seed": self.resampling.seed,
                "method": str(self.resampling.method),
                "resampled": self.resampled,
                "groups": self.groups,
            },
        }


def _of_the_only_pair(table: RatingTable, pairs: Sequence[PairAgreement]) -> Statistics:
    """With two raters the statistics that they have as a pair, so that no figure has two draws."""
    if len(table.raters) != 2:
        several = len(table.raters) > 2
        return {
            "cohen_kappa": Undefined(Reason.MORE_THAN_TWO_RATERS if several else Reason.ONE_RATER)
        }
    own = pairs[0].statistics
    kappa = own["cohen_kappa"]
    trials = table.pairs[0, 1].repeated
    if pairs[0].images == 0 or trials:
        return {"cohen_kappa": kappa, "light_kappa": kappa}
    return {name: own[name] for name in own if name in CROSSED} | {"light_kappa": kappa}


def _light(table: RatingTable, resampling: Resampling, recall: Remember) -> tuple[Figure, int]:
    if table.patterns is None:
        return light_figure(table, resampling)
    return recall(lambda: light_figure(table, resampling), "light", table.patterns, resampling)


def _type(
    name: str,
    table: RatingTable,
    scale: Scale,
    pairs: Sequence[PairAgreement],
    light: tuple[Figure, int],
    resampling: Resampling,
    recall: Remember,
) -> TypeAgreement:
    answers = table.answers.sum(axis=0)
    ratings, unsure = int(answers.sum()), int(table.unsure.sum())
    positive = scale.positive_index
    statistics = {
        **recall(
            lambda: vector_statistics(table.vectors, scale, resampling),
            "vectors",
            table.vectors,
            scale,
            resampling,
        ),
        "light_kappa": light[0],
        **_of_the_only_pair(table, pairs),
    }
    said = table.answers.sum(axis=1) + table.unsure > 0
    counts = item_counts(table.vectors)
    return TypeAgreement(
        name,
        scale,
        int(table.vectors.items.sum()),
        ratings,
        int(said.sum()),
        None if positive is None else share_of(int(answers[positive]), ratings),
        share_of(unsure, ratings + unsure),
        counts,
        light[1],
        statistics,
        not_enough=not_enough(counts.agreed[positive] + counts.differing, resampling.method)
        if scale.binary and positive is not None
        else None,
        bias=_mean_bias(table),
    )


def _mean_bias(table: RatingTable) -> float | None:
    """Over the pairs of raters, whether or not they are reported."""
    each = [bias_index(pair.total.tolist()) for pair in table.pairs.values()]
    known = [one for one in each if one is not None]
    return sum(known) / len(known) if known else None


def _pairs(
    name: str, table: RatingTable, scale: Scale, resampling: Resampling, recall: Remember
) -> list[PairAgreement]:
    found = []
    positive = scale.positive_index
    for (a, b), pair in table.pairs.items():
        raters = (table.raters[a], table.raters[b])
        test = marginal_test(pair, positive) if scale.binary and positive is not None else None
        figures = recall(
            partial(pair_statistics, pair, scale, resampling), "pair", pair, scale, resampling
        )
        crossed = tuple(tuple(int(cell) for cell in row) for row in pair.total)
        found.append(PairAgreement(raters, name, int(pair.items.sum()), crossed, test, figures))
    return found


def _settings(level: float, replicates: int, seed: int, method: Method) -> Resampling:
    if not 0 < level < 1:
        raise InvalidInput("The level of an interval lies between 0 and 1, like 0.95.")
    if not 0 <= replicates <= MOST_REPLICATES:
        raise InvalidInput("Give 0 to {most} replicates.", most=MOST_REPLICATES)
    if seed < 0:
        raise InvalidInput("A seed is 0 or more.")
    return Resampling(level, replicates, seed, method)


def _scale(table: RatingTable, positive: str | None, ordered: Sequence[str] | None) -> Scale:
    if ordered is not None and tuple(ordered) != table.categories:
        raise InvalidInput("The ordered categories are not the categories of the ratings.")
    return Scale(table.categories, positive, ordered is not None)


def _groups(tables: Mapping[str, RatingTable]) -> GroupedBy:
    """`count` is that of the type with the most groups: no two types are drawn together."""
    most = max((t.groups for t in tables.values() if t.groups is not None), default=None)
    few = most is None or most < FEWEST_GROUPS
    return GroupedBy("item" if few else "group", most)


def measure(
    tables: Mapping[str, RatingTable],
    *,
    positive: str | None,
    ordered: Sequence[str] | None = None,
    weights: Weights | None = None,
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
    method: Method = Method.SMOOTHED,
    grouped_by: GroupedBy | None = None,
    severity: Mapping[str, SeverityRatings] | None = None,
    places: Mapping[str, PlaceCounts] | None = None,
    how: PlaceSettings | None = None,
    pairs: bool = True,
    others: bool = True,
    fewest_known: int = 0,
    recall: Remember = make_anew,
) -> AgreementReport:
    """All statistics of each defect type in `tables`, which are never pooled.

    `positive` is the category that is the defect; None for a scale without one. `ordered`
    is the tables' categories in rank order, where they have one; with `weights` on the ranks come
    AC2 and Fleiss' kappa that are weighted so. `replicates` = 0 leaves the
    intervals out. `grouped_by` says what the tables' groups are. `severity` and `places` hold
    what is known besides of defect types that have levels or places, compared as `how` says.
    Without `pairs` those of more than two raters are left out, and with them the interval of
    Light's kappa: of ten raters they cost forty-five times the rest. Without `others` no rater
    is held against all others together. With fewer than
    `fewest_known` known positives (or negatives) a rater has counts against the reference, and
    no share. `recall` may know what was computed before.
    Raises `InvalidInput` for settings that make no sense.
    """
    resampling = _settings(level, replicates, seed, method)
    if weights is not None and ordered is None:
        raise InvalidInput("Weights need the order of the categories.")
    how = PlaceSettings() if how is None else how
    types: list[TypeAgreement] = []
    paired: list[PairAgreement] = []
    raters: list[RaterAnswers] = []
    versus: list[VersusReference] = []
    for name, table in tables.items():
        scale = _scale(table, positive, ordered)
        apart = pairs or len(table.raters) == 2
        own = _pairs(name, table, scale, resampling, recall) if apart else []
        drawn = resampling if apart else replace(resampling, replicates=0)
        light = _light(table, drawn, recall)
        one = _type(name, table, scale, own, light, resampling, recall)
        if weights is not None:
            more = weighted_statistics(table.vectors, weights)
            one = replace(one, statistics={**one.statistics, **more})
        levels, regions = (severity or {}).get(name), (places or {}).get(name)
        if levels is not None:
            made = partial(severity_agreement, levels, resampling)
            one = replace(one, severity=recall(made, "severity", levels, resampling))
        if regions is not None:
            compared = partial(place_agreement, regions, how, resampling)
            one = replace(one, places=recall(compared, "places", regions, how, resampling))
        types.append(one)
        paired += own
        together = with_others(table, scale, resampling, recall) if others else ()
        raters += rater_answers(name, table, scale, level, together)
        versus += versus_reference(name, table, scale, resampling, fewest_known, recall)
    known = any(table.versus is not None for table in tables.values())
    if grouped_by is None:
        grouped_by = _groups(tables)
    return AgreementReport(
        tuple(types),
        tuple(paired),
        tuple(raters),
        tuple(versus) if known else None,
        resampling,
        grouped_by.kind,
        grouped_by.count,
    )
