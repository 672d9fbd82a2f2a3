"""The scale that labels stand on: its categories, the positive one, their order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import category, normalize

from labeler.core.agreement.values import Figure


@dataclass(frozen=True, slots=True)
class Scale:
    """Categories, seen or not; `positive` is the defect; `ordered`: given in rank order."""

    categories: tuple[str, ...]
    positive: str | None = None
    ordered: bool = False

    @property
    def positive_index(self) -> int | None:
        """Where the positive category stands; None if the scale has none."""
        if self.positive is None or self.positive not in self.categories:
            return None
        return self.categories.index(self.positive)

    @property
    def binary(self) -> bool:
        """Present or absent, whatever the two are called."""
        return len(self.categories) == 2 and self.positive_index is not None


# Minus and the dashes look like a hyphen, and programs put one for the other.
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")


def spelled_alike(label: str) -> str:
    """The same for labels that look alike.

    They differ only in case, blanks, signs that nobody sees, which hyphen or minus they have, or
    how characters are composed.
    """
    seen = "".join(sign for sign in normalize("NFKC", label) if category(sign) != "Cf")
    return " ".join(seen.translate(_HYPHENS).casefold().split())


def specific_figures(
    scale: Scale, figure: Callable[[int, str], Figure]
) -> dict[str, Figure | Mapping[str, Figure]]:
    """Specific agreement under its names in JSON; `figure` takes a category and its part.

    The part is `positive`, `negative` or `category`: it decides what "undefined" says.
    """
    positive = scale.positive_index
    found: dict[str, Figure | Mapping[str, Figure]] = {}
    if positive is not None:
        found["positive_agreement"] = figure(positive, "positive")
    if scale.binary and positive is not None:
        found["negative_agreement"] = figure(1 - positive, "negative")
    if not scale.binary:
        found["specific_agreement"] = {
            name: figure(index, "category") for index, name in enumerate(scale.categories)
        }
    return found


_VOCABULARIES: Sequence[tuple[str, str]] = (("absent", "present"), ("0", "1"), ("false", "true"))
_POSITIVE = frozenset(positive for _, positive in _VOCABULARIES)


def _in_order(labels: Sequence[str]) -> list[str]:
    """By number where all labels are numbers, else by letter."""
    try:
        return sorted(labels, key=lambda label: (float(label), label))
    except ValueError:
        return sorted(labels)


def _from_vocabulary(labels: Sequence[str]) -> tuple[str, str] | None:
    """The known two-word scale that all labels belong to, spelled as the labels are."""
    spelled = {label.casefold(): label for label in labels}
    if len(spelled) < len(labels):
        return None
    for negative, positive in _VOCABULARIES:
        if set(spelled) <= {negative, positive}:
            return spelled.get(negative, negative), spelled.get(positive, positive)
    return None


def infer_scale(
    labels: Sequence[str], *, positive: str | None = None, ordered: Sequence[str] | None = None
) -> Scale:
    """The scale behind the different labels of a table.

    `ordered` is the whole scale where it is given. Labels that all are absent / present,
    0 / 1 or false / true stand on that scale even if only one of the two occurs: the second
    category of a scale exists before anybody uses it. On two categories the positive one
    defaults to present, 1 or true; on more there is none unless it is named.
    """
    if ordered is not None:
        categories = tuple(ordered)
    else:
        known = _from_vocabulary(labels)
        extra = [positive] if positive is not None and positive not in labels else []
        if known is not None and (positive is None or positive in known):
            categories = known
        else:
            categories = tuple(_in_order([*labels, *extra]))
    if positive is None and len(categories) == 2:
        positive = next((c for c in categories if c.casefold() in _POSITIVE), None)
    return Scale(categories, positive, ordered is not None)
