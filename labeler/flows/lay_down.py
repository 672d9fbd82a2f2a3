"""Lay a finished dataset into a folder of the operator's: whole or not at all, never mixed."""

import filecmp
import json
import shutil
from pathlib import Path

from labeler.core.errors import Conflict


def lay_down(made: Path, code: str, out_dir: Path) -> None:
    """Copy `made/CODE/` and `made/receipt.json` into `out_dir`.

    Where the same dataset lies there already, it and its receipt stay as they are. Raises
    `Conflict` when something else does: two datasets in one folder would put a picture into
    two splits. An interrupted copy leaves nothing under the dataset's name.
    """
    target = out_dir / code
    there = _taken(target)
    if there and not _same(made / code, target):
        raise Conflict(
            "{folder} holds another dataset. Choose another folder, or delete it first.",
            folder=str(target),
        )
    out_dir.mkdir(parents=True, exist_ok=True)
    # One level deeper, so that nobody takes what an interruption left for a dataset.
    unfinished = out_dir / f".{code}.partial"
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        if not there:
            shutil.copytree(made / code, unfinished / code)
            if target.exists():
                target.rmdir()  # empty
            (unfinished / code).rename(target)
        if not (there and _is_of(out_dir / "receipt.json", made / "receipt.json")):
            unfinished.mkdir(exist_ok=True)
            shutil.copyfile(made / "receipt.json", unfinished / "receipt.json")
            (unfinished / "receipt.json").replace(out_dir / "receipt.json")
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _taken(target: Path) -> bool:
    if target.is_symlink() or not target.is_dir():
        return target.is_symlink() or target.exists()
    return any(target.iterdir())


def _same(one: Path, other: Path) -> bool:
    """Whether both folders hold the same names, with the same bytes."""
    if other.is_symlink() or not other.is_dir():
        return False
    names = {path.relative_to(one) for path in one.rglob("*")}
    if names != {path.relative_to(other) for path in other.rglob("*")}:
        return False
    return all(_same_file(one / name, other / name) for name in names)


def _same_file(one: Path, other: Path) -> bool:
    if other.is_symlink() or one.is_dir() != other.is_dir():
        return False
    return one.is_dir() or filecmp.cmp(one, other, shallow=False)


def _is_of(there: Path, receipt: Path) -> bool:
    """Whether the receipt in the folder speaks of the same zip as this one."""
    try:
        found = json.loads(there.read_text("utf-8"))
        return bool(found["zip"] == json.loads(receipt.read_text("utf-8"))["zip"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
