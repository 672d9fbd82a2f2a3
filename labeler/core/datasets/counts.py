"""What a data set counts of its files, one file after the other."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable

from labeler.core.datasets.recipe import Split

_KINDS = ("real", "augmented", "synthetic")


class FileCounts:
    """Files and groups per split; grows with the groups, not with the files."""

    def __init__(self) -> None:
        self._images: Counter[tuple[str, str]] = Counter()
        self._good: Counter[tuple[str, str]] = Counter()
        self._types: Counter[tuple[str, str, str]] = Counter()
        self._groups: defaultdict[str, set[str]] = defaultdict(set)

    def add(self, split: Split, group: str, present: Collection[str], *, augmented: bool) -> None:
        """Count one file of a group that shows the defect types in `present`."""
        place = ("augmented" if augmented else "real", split.value)
        self._images[place] += 1
        self._good[place] += not present
        self._types.update((*place, code) for code in present)
        self._groups[split.value].add(group)

    def document(self, codes: Iterable[str]) -> dict[str, object]:
        """Per kind and split, the defect types of the standard with 0 where there is none.

        `{"real": {"train": {"images": 3, "ok": 1, "defect_types": {"scratch": 2}}, …}, …}`
        """
        known = sorted(codes)
        return {
            kind: {
                split.value: {
                    "images": self._images[kind, split.value],
                    "ok": self._good[kind, split.value],
                    "defect_types": {code: self._types[kind, split.value, code] for code in known},
                }
                for split in Split
            }
            for kind in _KINDS
        }

    def groups(self) -> dict[str, int]:
        """Groups per split."""
        return {split.value: len(self._groups[split.value]) for split in Split}

    def ok(self, split: Split) -> int:
        """Files of a split without a defect, copies among them."""
        return sum(self._good[kind, split.value] for kind in _KINDS)

    def showing(self, split: Split, code: str) -> int:
        """Files of a split that show a defect type, copies among them."""
        return sum(self._types[kind, split.value, code] for kind in _KINDS)
