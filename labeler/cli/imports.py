"""`import` and `import-labels`: images, and labels that were made elsewhere."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labeler.cli.opening import OPERATOR, opened
from labeler.cli.output import Json, note, progress_bar, read_text, show, show_json
from labeler.core.errors import NotBuilt
from labeler.core.imports import ImportStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labeler.flows.ingest import FileResult, ImportReport
    from labeler.flows.site import Site
    from labeler.store.intake import IntakeFile, IntakeLimits


class LabelKind(StrEnum):
    """What imported labels become."""

    REVIEWS = "reviews"
    REFERENCES = "references"


class LabelFormat(StrEnum):
    """The formats that the contract names."""

    CSV = "csv"
    COCO = "coco"
    YOLO = "yolo"
    VOC = "voc"
    LABEL_STUDIO = "label-studio"
    MASKS = "masks"


Manifest = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.csv",
        help="What is known: file and any of lot, unit, line, station, captured_at, golden, "
        "reference, priority; further columns are kept.",
    ),
]


STRICT = "Exit 1 if a file is rejected, or a file that the manifest names did not come."


def add_to(app: typer.Typer) -> None:
    """Give the commands their names."""
    app.command("import")(import_images)
    app.command("import-labels")(import_labels)


def import_images(
    code: Annotated[str, typer.Argument(help="The project.")],
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Folders, files, zips.")],
    manifest: Manifest = None,
    *,
    strict: Annotated[bool, typer.Option("--strict", help=STRICT)] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on and import what arrives, until Ctrl-C.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Import images; a bad file is rejected with its reason, the rest goes on."""
    if watch and not all(path.is_dir() for path in paths):
        raise typer.BadParameter("--watch needs folders")
    with opened() as site:
        if watch:
            _watch(site, code, paths, manifest, as_json=as_json)
            return
        from labeler.store.intake import walk

        limits = limits_of(site)
        names = [file.name for file in walk(paths, limits)] if manifest else None
        report = ingest_all(site, code, walk(paths, limits), manifest, names=names)
    counts = {s.value: sum(r.status is s for r in report) for s in ImportStatus}
    _show_report(report, counts, as_json=as_json)
    if strict and counts[ImportStatus.REJECTED]:
        note("Error: files were rejected, and --strict was given.")
        raise typer.Exit(1)
    if strict and report.unmatched:
        note("Error: the manifest names files that did not come, and --strict was given.")
        raise typer.Exit(1)


def _show_report(report: "ImportReport", counts: dict[str, int], *, as_json: bool) -> None:
    if as_json:
        unmatched = list(report.unmatched)
        show_json({"counts": counts, "results": report.results, "unmatched": unmatched})
        return
    for result in report:
        is_told = result.status is not ImportStatus.IMPORTED and result.reason
        if is_told:
            show(f"{result.status.value:9} {result.file}: {result.explanation}")
    for name in report.unmatched:
        show(f"unmatched {name}: the manifest names it, and no file of this import fits.")
    show(", ".join(f"{number} {status}" for status, number in counts.items()))


def limits_of(site: "Site") -> "IntakeLimits":
    """What a path on the server may hold; archives have no request's bounds here."""
    from labeler.store.intake import IntakeLimits

    return IntakeLimits(max_file_bytes=site.settings.max_file_mb << 20)


def ingest_all(
    site: "Site",
    code: str,
    files: "Iterable[IntakeFile]",
    manifest: Path | None,
    *,
    names: "Iterable[str] | None" = None,
) -> "ImportReport":
    """Import with a counter on stderr."""
    from labeler.flows.ingest import ingest, read_manifest

    rows = None
    if manifest is not None:
        rows = read_manifest(site, OPERATOR, code, read_text(manifest, what="manifest"))
    with progress_bar("Importing") as bar:
        done = 0

        def count(_name: str) -> None:
            nonlocal done
            done += 1
            bar(done, 0)

        return ingest(site, OPERATOR, code, files, manifest=rows, names=names, progress=count)


def _watch(
    site: "Site", code: str, folders: list[Path], manifest: Path | None, *, as_json: bool
) -> None:
    import time

    from labeler.cli.watching import Watched

    watched = Watched(folders, skip=manifest)
    note("Watching; end with Ctrl-C.")
    try:
        while True:
            arrived = watched.arrived(limits_of(site))
            for result in ingest_all(site, code, arrived, manifest):
                _tell(result, as_json=as_json)
            time.sleep(watched.PAUSE_S)
    except KeyboardInterrupt:
        note("Stopped.")


def _tell(result: "FileResult", *, as_json: bool) -> None:
    if as_json:
        line = {
            "file": result.file, "status": result.status, "image": result.image,
            "reason": result.explanation,
        }  # fmt: skip
        show_json(line, indent=None)
    else:
        reason = f": {result.explanation}" if result.reason else ""
        show(f"{result.status.value:9} {result.file}{reason}")


def import_labels(
    code: Annotated[str, typer.Argument(help="The project.")],
    file: Annotated[Path, typer.Argument(help="The labels.")],
    kind: Annotated[LabelKind, typer.Option("--as", help="What they become.")],
    form: Annotated[LabelFormat, typer.Option("--format", help="How they are written.")] = (
        LabelFormat.CSV
    ),
    *,
    as_json: Json = False,
) -> None:
    """Import labels as reviews, or as known truth; with a fault in the file, none of them.

    The columns of the csv are `file` or `image` (SHA-256), and for reviews `reviewer,
    defect_type, verdict, severity, regions` (JSON), `reviewed_at`; an empty defect_type with
    the verdict absent says OK for all. For references `defect_type, severity`.
    """
    if form is not LabelFormat.CSV:
        raise NotBuilt(
            "Labels in the format {format} are not built yet. Give csv.", format=form.value
        )
    text = read_text(file, what="table")
    from labeler.flows.import_labels import import_reviews
    from labeler.flows.import_references import import_references

    with opened() as site, progress_bar("Importing") as bar:
        if kind is LabelKind.REVIEWS:
            brought = import_reviews(site, OPERATOR, code, text, progress=bar)
            shown = (
                f"{brought.reviews} reviews imported ({brought.extra} of them extra), "
                f"{brought.unchanged} known before."
            )
            document: object = brought
        else:
            known = import_references(site, OPERATOR, code, text, progress=bar)
            shown = f"{known.images} references imported, {known.unchanged} known before."
            document = known
            if known.unused:
                note(f"Nothing was read from these columns: {', '.join(known.unused)}.")
    if as_json:
        show_json(document)
    else:
        show(shown)
