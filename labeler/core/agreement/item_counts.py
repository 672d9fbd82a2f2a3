"""How many items raters agreed on, differed on, or could not be compared on."""

from dataclasses import dataclass

from labeler.core.agreement.ratings import VectorCounts
from labeler.core.agreement.scale import Scale


@dataclass(frozen=True, slots=True)
class ItemCounts:
    """Every item in one of five places, in this order of questions.

    Two ratings or more: `agreed` on a category (one count per category), or `differing`.
    Else "can't tell" was said: `unsure`. Else `one_rating`.
    """

    agreed: tuple[int, ...]
    differing: int
    one_rating: int
    unsure: int

    def document(self, scale: Scale) -> dict[str, object]:
        """On two categories `both_present, only_one, both_absent`, else per category."""
        rest: dict[str, object] = {"one_rating": self.one_rating, "unsure": self.unsure}
        positive = scale.positive_index
        if scale.binary and positive is not None:
            return {
                "both_present": self.agreed[positive],
                "only_one": self.differing,
                "both_absent": self.agreed[1 - positive],
            } | rest
        agreed = dict(zip(scale.categories, self.agreed, strict=True))
        return {"agreed": agreed, "differing": self.differing} | rest


def item_counts(counted: VectorCounts) -> ItemCounts:
    """Where each item of a table belongs."""
    vectors, items = counted.vectors, counted.items
    ratings = vectors.sum(axis=1)
    several = ratings >= 2
    alike = several[:, None] & (vectors == ratings[:, None])
    unsure = ~several & (counted.unsure > 0)
    one = (ratings == 1) & ~unsure
    return ItemCounts(
        tuple(int(count) for count in items @ alike),
        int(items[several & ~alike.any(axis=1)].sum()),
        int(items[one].sum()),
        int(items[unsure].sum()),
    )
