"""Reviewers against the images whose truth is known, which they judged like any other."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from labeler.core.agreement.ratings import (
    MISSING,
    UNSURE,
    Codes,
    Column,
    RatingTable,
    count_patterns,
    rating_table,
)
from labeler.core.standard import Standard
from labeler.core.terms import Verdict
from labeler.flows.measure_units import bundle_of, in_units
from labeler.store.known_answers import KnownAnswers, KnownSeat

_CODE = {Verdict.ABSENT: 0, Verdict.PRESENT: 1, Verdict.UNSURE: UNSURE}


def with_known_answers(
    table: RatingTable,
    code: str,
    known: KnownAnswers,
    names: Mapping[str, str],
    standards: Mapping[int, Standard],
    *,
    most_groups: int,
) -> RatingTable:
    """The ratings of one defect type, with each rater's answers crossed with the known ones."""
    place = {rater: index for index, rater in enumerate(table.raters)}
    answers = {
        answer: images
        for answer, images in known.of(code).items()
        if standards[answer[0].version].find(code) is not None
    }
    codes: Codes = np.full((len(answers), len(place)), MISSING, dtype=np.int8)
    for row, (seat, verdict) in enumerate(answers):
        codes[row, place[names[seat.user]]] = _CODE[verdict]
    items = np.array(list(answers.values()), dtype=np.int64)
    truth = np.array([code in seat.present for seat, _ in answers], dtype=np.int8)
    groups = None
    serials = _serials([seat for seat, _ in answers], most_groups)
    if any(serial is not None for serial in serials):
        rows, items, groups = in_units(serials, items, most_groups)
        codes, truth = codes[rows], truth[rows]
    columns = [Column(rater) for rater in table.raters]
    crossed = rating_table(
        count_patterns(
            table.categories, columns, codes, items=items, groups=groups, reference=truth
        )
    )
    return replace(table, versus=crossed.versus, versus_unsure=crossed.versus_unsure)


def _serials(seats: Sequence[KnownSeat], most: int) -> list[str | None]:
    units = {seat.unit for seat in seats if seat.unit is not None}
    if len(units) <= most:
        return [seat.unit for seat in seats]
    return [None if seat.unit is None else bundle_of(seat.unit, most) for seat in seats]
