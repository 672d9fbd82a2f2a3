"""Whether a recipe fits a project: what can be known before anything is gathered."""

from collections.abc import Collection, Iterator, Mapping

from labeler.core.datasets.recipe import Recipe
from labeler.core.datasets.selection import OWN_COLUMNS
from labeler.core.errors import FieldError, InvalidInput
from labeler.core.forbidden_changes import unknown_words
from labeler.core.standard import Standard


def context_columns(recipe: Recipe) -> frozenset[str]:
    """The columns to group by that an image has only if somebody gave them with it."""
    return frozenset(recipe.group_by) - OWN_COLUMNS


def check_fits(recipe: Recipe, standard: Standard, columns: Collection[str]) -> None:
    """Raise `InvalidInput` naming each wish that the project cannot fulfil.

    `columns` are those of `context_columns` that some image of the project has.
    """
    faults = [*_target_faults(standard, recipe), *forbidden_faults(standard, recipe)]
    if not context_columns(recipe) <= set(columns):
        faults.append(FieldError("group_by", "No image has this column."))
    if faults:
        raise InvalidInput("The recipe has faults.", fields=faults)


def forbidden_faults(standard: Standard, recipe: Recipe) -> list[FieldError]:
    """What the recipe and the standard forbid, and that does not exist."""
    asked = recipe.augment.per_defect_type
    faults = [
        FieldError(f"augment.per_defect_type.{code}", "The standard has no such defect type.")
        for code in sorted(set(asked) - set(standard.codes))
    ]
    if recipe.augment.preset == "none":
        return faults
    for one in standard.defect_types:
        wished = asked.get(one.code, ())
        faults += unknown_words(one.forbid_augment, f"standard.{one.code}.forbid_augment")
        faults += unknown_words(wished, f"augment.per_defect_type.{one.code}")
    return faults


def _target_faults(standard: Standard, recipe: Recipe) -> Iterator[FieldError]:
    target = recipe.balance.target
    if isinstance(target, Mapping):
        for code in sorted(set(target) - set(standard.codes)):
            yield FieldError(f"balance.target.{code}", "Not in the standard.")
