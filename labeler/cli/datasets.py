"""`export` and `verify`: frozen datasets."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from labeler.cli.opening import OPERATOR, opened
from labeler.cli.output import Json, progress_bar, read_toml, show, show_json
from labeler.core.errors import InvalidInput, NotBuilt
from labeler.settings import load_settings


def add_to(app: typer.Typer) -> None:
    """Give the commands their names."""
    app.command("export")(export)
    app.command("verify")(verify)


def export(
    code: Annotated[str, typer.Argument(help="The project.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Gets CODE/ and receipt.json.")],
    recipe: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="What is wanted; without: defaults.")
    ] = None,
    zip_file: Annotated[
        Path | None, typer.Option("--zip", metavar="FILE", help="Gets the same as one zip.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that render. Without: one per core.")
    ] = None,
    cluster: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Not built yet.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Make a dataset from what is settled now."""
    if cluster is not None:
        raise NotBuilt("--cluster is not built yet. Leave it out; --workers uses this machine.")
    wishes = read_toml(recipe, what="recipe") if recipe else {}
    from labeler.flows.export import export_folder, export_now

    with opened() as site:
        with progress_bar("Rendering") as bar:
            info = export_now(
                site, OPERATOR, code, wishes, out_dir=out, workers=workers, progress=bar
            )
        if zip_file is not None:
            zip_file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(export_folder(site, info.id) / "dataset.zip", zip_file)
    if as_json:
        show_json(
            {
                "id": info.id, "project": info.project, "status": info.status,
                "folder": out / code, "zip": zip_file, "counts": info.counts,
                "sha256": info.sha256, "bytes": info.bytes,
            }
        )  # fmt: skip
    else:
        show(f"Wrote {info.total} files to {out / code}; the zip's SHA-256 is {info.sha256}.")


def verify(
    path: Annotated[Path, typer.Argument(help="A dataset: folder or zip.")],
    *,
    as_json: Json = False,
) -> None:
    """Check a dataset: every hash, count and label, and that nothing is missing or extra."""
    from labeler.flows.dataset_receipt import installation_key
    from labeler.flows.verify_dataset import DatasetFaults
    from labeler.flows.verify_dataset import verify as check

    try:
        found = check(path, installation_key(load_settings().data))
    except DatasetFaults as faults:
        if as_json:
            show_json({"ok": False, "faults": faults.faults})
        raise
    except OSError as error:
        raise InvalidInput(
            "{path} cannot be read: {reason}.", path=str(path), reason=error.strerror
        ) from error
    if as_json:
        show_json({"ok": True, "faults": [], "dataset": found})
    else:
        images = ", ".join(f"{number} {split}" for split, number in found.images.items())
        show(f"{found.project} holds: {found.files} files, images {images}.")
        if not found.gate_passed:
            show("The quality of its labels is not shown; see DATASHEET.md.")
        show(_RECEIPT[found.receipt])


_RECEIPT = {
    "signed": "The receipt beside it fits, and this installation signed it.",
    "not_checked": "The receipt beside it fits. Its signature was not checked: no key is here.",
    "other": "The receipt beside it is of another project and was not checked.",
    "none": "No receipt lies beside it, so none was checked.",
}
