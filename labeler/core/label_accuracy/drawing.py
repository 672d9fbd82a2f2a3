"""Drawing an audit sample: by chance, at known rates, one image for as many types as possible.

Every image has one permanent random number, the same for all defect types and for later draws.
Of each stratum of each type those with the smallest numbers are drawn: a simple random sample
without return of that stratum, whatever else is drawn. Since the numbers are shared, the samples
of different types are mostly the same images, so one look answers for all of them, and a later,
larger sample contains the earlier one (coordinated samples with permanent random numbers,
Ohlsson 1995). Images are drawn one by one, never by unit or lot: see `estimate`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeler.core.agreement.values import Counts, Floats
from labeler.core.label_accuracy.planning import plan_audits
from labeler.core.label_accuracy.strata import STRATA, AuditedStratum, Stratum

Marks = NDArray[np.bool_]
Codes = NDArray[np.int8]

NOT_JUDGED = -1


def permanent_numbers(key: int, numbers: Counts) -> Floats:
    """The random number in [0, 1) of each image, from the key of an audit and the image's number.

    `numbers` are the places in the order of import, from 0, which never change, shape (images,).
    """
    highest = int(numbers.max(initial=-1)) + 1
    drawn: Floats = np.random.default_rng(key).random(highest)[numbers]
    return drawn


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What can be drawn from: images in columns, defect types in rows.

    `strata` has places in `STRATA`, or `NOT_JUDGED` where a type has no label to audit on an
    image, shape (types, images). `chances` are the permanent numbers, shape (images,);
    `reachable` says which images somebody may audit. `before` marks labels that an earlier draw
    of this audit has drawn, shape (types, images): they stay in.
    """

    strata: Codes
    chances: Floats
    reachable: Marks
    before: Marks

    def labels(self, row: int) -> tuple[AuditedStratum, ...]:
        """The strata of one type that have labels, none of them audited yet."""
        found = []
        for place, stratum in enumerate(STRATA):
            here = self.strata[row] == place
            labels = int(here.sum())
            if labels:
                out_of_reach = labels - int((here & self.reachable).sum())
                found.append(AuditedStratum(stratum, labels, out_of_reach=out_of_reach))
        return tuple(found)

    def draw(self, row: int, wanted: Mapping[Stratum, int]) -> Marks:
        """The labels of one type to audit, `wanted` of each stratum, shape (images,).

        Whoever was drawn before stays, and with them everybody with a smaller number: only so
        is it still a random sample after labels were added.
        """
        drawn = np.zeros(len(self.chances), dtype=np.bool_)
        for place, stratum in enumerate(STRATA):
            can = np.flatnonzero((self.strata[row] == place) & self.reachable)
            count = min(len(can), wanted.get(stratum, 0))
            chances = self.chances[can]
            limit = np.partition(chances, count - 1)[count - 1] if count else -1.0
            earlier = chances[self.before[row, can]]
            drawn[can] = chances <= max(limit, earlier.max(initial=-1.0))
        return drawn


def draw_sample(
    frame: Frame,
    audited: Sequence[tuple[AuditedStratum, ...]],
    *,
    least: float,
    level: float,
    size: int | None = None,
    enough: Collection[int] = (),
) -> Marks:
    """The labels to audit of every type, shape (types, images).

    `audited` has the strata of each type with what is known of them so far. Without `size` as
    many as are foreseen to show every type; with it as many as fit into about `size` images,
    those drawn before included. Of types whose row is in `enough` nothing is added.
    """
    rows = range(len(frame.strata))

    def drawn(most: int | None) -> Marks:
        marks = np.zeros(frame.strata.shape, dtype=np.bool_)
        for row in rows:
            strata = audited[row]
            if row in enough:
                marks[row] = frame.draw(row, {})
                continue
            counts = plan_audits(strata, least=least, level=level, most=most)
            wanted = {one.stratum: n for one, n in zip(strata, counts, strict=True)}
            marks[row] = frame.draw(row, wanted)
        return marks

    def images(marks: Marks) -> int:
        return int(marks.any(axis=0).sum())

    if size is None:
        return drawn(None)
    low, high, best = 0, size + 1, drawn(0)
    while high - low > max(1, size // 20):
        middle = (low + high) // 2
        marks = drawn(middle)
        if images(marks) <= size:
            low, best = middle, marks
        else:
            high = middle
    return best
