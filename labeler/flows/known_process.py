"""What becomes of images whose truth is known when they pass through the whole process."""

from collections import Counter
from collections.abc import Iterable, Mapping

from labeler.core.consensus import elect
from labeler.core.label_accuracy.known_process import KnownLabels, KnownProcess
from labeler.core.standard import Standard
from labeler.core.terms import Verdict
from labeler.store.judged_images import JudgedKnown


def known_process(
    judged: Iterable[JudgedKnown],
    codes: Iterable[str],
    standards: Mapping[int, Standard],
    *,
    majority: bool,
) -> dict[str, KnownProcess]:
    """What the rule would make of the answers to known images, for each of these defect types.

    As in settling, a type that the oldest of an image's standards lacks was not asked, and an
    unusable mark leaves everything open.
    """
    became: Counter[tuple[str, Verdict, Verdict | None]] = Counter()
    codes = tuple(codes)
    for row in judged:
        asked = standards[min(seat.version for seat in row.seats)]
        for code in codes:
            if asked.find(code) is not None:
                truth = Verdict.PRESENT if code in row.present else Verdict.ABSENT
                became[code, truth, _verdict(row, code, majority=majority)] += row.images

    def labels(code: str, truth: Verdict, other: Verdict) -> KnownLabels:
        ends = (became[code, truth, one] for one in (truth, other, None))
        return KnownLabels(*ends)

    there, not_there = Verdict.PRESENT, Verdict.ABSENT
    return {
        code: KnownProcess(labels(code, there, not_there), labels(code, not_there, there))
        for code in codes
    }


def _verdict(row: JudgedKnown, code: str, *, majority: bool) -> Verdict | None:
    if row.unusable:
        return None
    said = [verdict for _, of, verdict in row.said if of == code]
    present, unsure = said.count(Verdict.PRESENT), said.count(Verdict.UNSURE)
    return elect(present, len(row.seats) - present - unsure, unsure, majority=majority)[0]
