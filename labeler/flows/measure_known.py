"""Reviewers against the images whose truth is known, which they judged like any other."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from labeler.core.agreement.ratings import (
    ALONE,
    MISSING,
    Codes,
    Column,
    RatingTable,
    count_patterns,
    rating_table,
)
from labeler.core.standard import Standard
from labeler.flows.rating_tables import CODE
from labeler.store.known_answers import KnownAnswers


def with_known_answers(
    table: RatingTable,
    code: str,
    known: KnownAnswers,
    names: Mapping[str, str],
    standards: Mapping[int, Standard],
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
        codes[row, place[names[seat.user]]] = CODE[verdict]
    items = np.array(list(answers.values()), dtype=np.int64)
    truth = np.array([code in seat.present for seat, _ in answers], dtype=np.int8)
    groups = None
    named = [seat.group for seat, _ in answers]
    if any(group is not None for group in named):
        number = {group: n for n, group in enumerate(sorted({g for g in named if g is not None}))}
        drawn = [ALONE if group is None else number[group] for group in named]
        groups = np.array(drawn, dtype=np.int64)
    columns = [Column(rater) for rater in table.raters]
    crossed = rating_table(
        count_patterns(
            table.categories, columns, codes, items=items, groups=groups, reference=truth
        )
    )
    return replace(table, versus=crossed.versus, versus_unsure=crossed.versus_unsure)
