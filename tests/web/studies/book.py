"""What a test's own book of answers says a study's printed report must hold.

Nothing here comes from Labeler's statistics: the textbook formulas, computed from who said what.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Book:
    """What everybody said of every part: image → appraiser → (bad or not, …) by trial."""

    truth: dict[str, bool]
    said: dict[str, dict[str, list[bool]]] = field(default_factory=dict)

    def write(self, image: str, appraiser: str, *, bad: bool) -> None:
        self.said.setdefault(image, {}).setdefault(appraiser, []).append(bad)

    def of(self, appraiser: str) -> Iterator[tuple[bool, list[bool]]]:
        for image, answers in self.said.items():
            yield self.truth[image], answers[appraiser]

    def effectiveness(self, appraiser: str) -> int:
        return sum(set(answers) == {known} for known, answers in self.of(appraiser))

    def alike(self, *appraisers: str) -> int:
        return sum(
            len({answer for name in appraisers for answer in answers[name]}) == 1
            for answers in self.said.values()
        )

    def all_right(self) -> int:
        return sum(
            {answer for one in answers.values() for answer in one} == {self.truth[image]}
            for image, answers in self.said.items()
        )

    def errors(self, appraiser: str, *, bad: bool) -> tuple[int, int]:
        decisions = [
            a is not known for known, said in self.of(appraiser) if known is bad for a in said
        ]
        return sum(decisions), len(decisions)

    def kappa(self, first: list[bool], second: list[bool]) -> float:
        """Cohen's, as the textbooks write it."""
        n = len(first)
        agreed = sum(a is b for a, b in zip(first, second, strict=True)) / n
        p, q = sum(first) / n, sum(second) / n
        chance = p * q + (1 - p) * (1 - q)
        return (agreed - chance) / (1 - chance)

    def versus_kappa(self, appraiser: str) -> float:
        pairs = [(a, known) for known, said in self.of(appraiser) for a in said]
        return self.kappa([a for a, _ in pairs], [known for _, known in pairs])

    def pair_kappa(self, one: str, other: str) -> float:
        both = [
            pair
            for answers in self.said.values()
            for pair in zip(answers[one], answers[other], strict=True)
        ]
        return self.kappa([a for a, _ in both], [b for _, b in both])


@dataclass
class Sheet:
    """A printed report as it is read: its whole text, and the texts of each table's rows."""

    text: str
    tables: list[list[list[str]]]

    def row(self, heading: str, name: str) -> list[str]:
        """The row called `name` of the table that has a column called `heading`."""
        for table in self.tables:
            if heading in table[0]:
                return next(row for row in table if row[0] == name)
        raise AssertionError(f"no table with {heading}")

    def between(self, name: str) -> list[str]:
        """A row of the table between appraisers."""
        table = next(t for t in self.tables if any(r[:1] == ["All, with each other"] for r in t))
        return next(row for row in table if row[0] == name)


def hold_sheet(sheet: Sheet, book: Book) -> None:
    """Every count, share and kappa of the sheet is the book's."""
    parts, people = len(book.said), sorted(next(iter(book.said.values())))
    for name in people:
        right = book.effectiveness(name)
        row = sheet.row("Right in all trials", name)
        assert row[1:3] == [f"{right} / {parts}", f"{percent(right, parts)} %"]
        misses, on_bad = book.errors(name, bad=True)
        alarms, on_good = book.errors(name, bad=False)
        row = sheet.row("Misses on bad parts", name)
        assert (row[1], row[2]) == (f"{misses} / {on_bad}", f"{percent(misses, on_bad)} %")
        assert (row[4], row[5]) == (f"{alarms} / {on_good}", f"{percent(alarms, on_good)} %")
        assert sheet.row("Fleiss' kappa", name)[1] == f"{book.alike(name)} / {parts}"
        kappa = sheet.row("Kappa, all decisions pooled", name)[1]
        assert kappa.startswith(f"{book.versus_kappa(name):.3f}")
    for one, other in itertools.combinations(people, 2):
        row = sheet.between(f"{one} · {other}")
        assert row[1] == f"{book.alike(one, other)} / {parts}"
        assert row[4].startswith(f"{book.pair_kappa(one, other):.3f}")
    assert sheet.between("All, with each other")[1] == f"{book.alike(*people)} / {parts}"
    assert sheet.between("All, against the standard")[1] == f"{book.all_right()} / {parts}"


def percent(count: int, of: int) -> str:
    """With one decimal, halves up."""
    return f"{int(1000 * count / of + 0.5) / 10:.1f}"
