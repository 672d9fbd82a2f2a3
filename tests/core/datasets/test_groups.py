from collections.abc import Callable, Iterator, Sequence

from labeler.core.datasets.groups import Forest, group_images
from labeler.core.datasets.recipe import parse_recipe
from labeler.core.datasets.selection import SettledImage
from tests.made_datasets import settled


def nobody_alike(images, worth) -> Iterator[tuple[int, int]]:
    return iter(())


def alike(*pairs: tuple[int, int]):
    def agreeing(
        images: Sequence[SettledImage], worth: Callable[[int, int], bool]
    ) -> Iterator[tuple[int, int]]:
        return (pair for pair in pairs if worth(*pair))

    return agreeing


def test_shared_units_lots_and_pixels_join_and_nothing_else_does():
    images = [
        settled(0, unit="A", lot="1"),
        settled(1, unit="A", lot="2"),
        settled(2, unit="B", lot="2"),
        settled(3, pixel_sha256="same"),
        settled(4, pixel_sha256="same"),
        settled(5),
        settled(6),
    ]
    by_unit = group_images(images, parse_recipe({}), nobody_alike)
    assert by_unit.root == (0, 0, 2, 3, 3, 5, 6)
    by_both = group_images(images, parse_recipe({"group_by": ["unit", "lot"]}), nobody_alike)
    assert by_both.root == (0, 0, 0, 3, 3, 5, 6)


def test_a_unit_and_a_lot_of_the_same_name_are_not_the_same():
    images = [settled(0, unit="7"), settled(1, lot="7")]
    recipe = parse_recipe({"group_by": ["unit", "lot"]})
    assert group_images(images, recipe, nobody_alike).root == (0, 1)


def test_near_duplicates_join_unless_the_recipe_says_no():
    images = [settled(n) for n in range(4)]
    joined = group_images(images, parse_recipe({}), alike((0, 2), (1, 3)))
    assert joined.root == (0, 1, 0, 1)
    assert joined.near_pairs == ((0, 2), (1, 3))
    apart = group_images(images, parse_recipe({"near_duplicates": False}), alike((0, 2)))
    assert apart.root == (0, 1, 2, 3)


def test_a_lump_stops_growing_by_appearance_and_is_reported():
    images = [settled(n) for n in range(200)]
    chain = [(n, n + 1) for n in range(150)]
    grouping = group_images(images, parse_recipe({}), alike(*chain))
    sizes = sorted((grouping.root.count(root) for root in set(grouping.root)), reverse=True)
    assert sizes[0] == 21  # the first size above a tenth of 200
    assert grouping.stopped[0] == 21


def test_a_lump_by_unit_takes_in_no_more_by_appearance_but_still_by_unit():
    images = [settled(n, unit="big") for n in range(60)] + [settled(60 + n) for n in range(100)]
    grouping = group_images(images, parse_recipe({}), alike((0, 60), (60, 61)))
    assert grouping.root.count(0) == 60
    assert grouping.near_pairs == ((60, 61),)
    assert grouping.stopped == (60,)


def test_few_images_may_be_a_larger_share():
    images = [settled(n) for n in range(20)]
    grouping = group_images(images, parse_recipe({}), alike(*[(n, n + 1) for n in range(6)]))
    assert grouping.root.count(0) == 7
    assert grouping.stopped == ()


def test_a_forest_roots_every_group_in_its_smallest_position():
    forest = Forest(6)
    forest.join(5, 3)
    forest.join(3, 4)
    forest.join(4, 1)
    assert [forest.root(n) for n in range(6)] == [0, 1, 2, 1, 1, 1]
    assert forest.size[1] == 4
