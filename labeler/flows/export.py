"""Exports: frozen datasets, made by a job from the settled labels of one moment."""

import hashlib
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from labeler import __version__
from labeler.core.audit import canonical_json
from labeler.core.datasets.fitting import check_fits, context_columns
from labeler.core.datasets.recipe import Recipe, parse_recipe
from labeler.core.datasets.selection import SettledImage
from labeler.core.errors import Conflict, LabelerError, NotFound
from labeler.core.people import Principal
from labeler.flows.checkpoint import signed_head, signing_key
from labeler.flows.dataset_receipt import sha256_of, signed_receipt
from labeler.flows.lay_down import lay_down
from labeler.flows.scope import project_for, standard_of
from labeler.flows.settled_images import Settled, settled_images, settled_state
from labeler.flows.site import Site
from labeler.flows.work import Ended, Heartbeat, explained, run_job, worker_name
from labeler.store import audit, exports, jobs
from labeler.store.shelf import Shelf
from labeler.store.tables import Export, Job, Project

if TYPE_CHECKING:
    from labeler.core.label_accuracy.outcome import AuditOutcome

_GONE = "There is no such export for you."


@dataclass(frozen=True, slots=True)
class ExportInfo:
    """An export as lists show it; `done` of `total` files are rendered."""

    id: str
    project: str
    status: str
    done: int
    total: int
    recipe: Mapping[str, Any]
    counts: Mapping[str, Any] | None
    sha256: str | None
    bytes: int | None
    file: str | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None


def request_export(
    site: Site, who: Principal, code: str, recipe: Mapping[str, object]
) -> ExportInfo:
    """Queue an export.

    Raises `NotFound`, `NotBuilt`, and `InvalidInput` that names each key that is wrong, or that
    the project's standard and columns cannot fulfil.
    """
    wishes = _fitting(site, who, code, recipe)
    now = site.now()

    def deed(session: Session) -> ExportInfo:
        project = project_for(session, who, code)
        row, job = _add(site, session, who, project, wishes, now)
        return _info(row, job, code)

    return site.database.write(deed)


def _fitting(site: Site, who: Principal, code: str, recipe: Mapping[str, object]) -> Recipe:
    """The recipe, if the project as it is now can follow it."""
    wishes = parse_recipe(recipe)
    with site.database.read() as session:
        project = project_for(session, who, code)
        standard = standard_of(site, session, project.id, project.standard_version)
        wanted = context_columns(wishes)
        check_fits(wishes, standard, exports.columns_among(session, project.id, wanted))
    return wishes


def _add(
    site: Site, session: Session, who: Principal, project: Project, wishes: Recipe, now: datetime
) -> tuple[Export, Job]:
    export_id = site.new_id()
    job = jobs.add(
        session, job_id=site.new_id(), kind="export", payload={"export": export_id}, at=now
    )
    row = Export(
        id=export_id, project_id=project.id, job_id=job.id, recipe=wishes.document(),
        requested_by=who.user_id or None, created_at=now,
    )  # fmt: skip
    exports.add(session, row)
    audit.append(
        session, at=now, actor=who.user_id, action="export.requested", subject=export_id,
        data={"project": project.code, "recipe": wishes.document()},
    )  # fmt: skip
    return row, job


def list_exports(site: Site, who: Principal, code: str) -> list[ExportInfo]:
    """Every export of a project, the latest first. Raises `NotFound`."""
    with site.database.read() as session:
        project = project_for(session, who, code)
        return [_info(row, job, code) for row, job in exports.of_project(session, project.id)]


def get_export(site: Site, who: Principal, export_id: str) -> ExportInfo:
    """One export. Raises `NotFound`."""
    with site.database.read() as session:
        return _info(*_visible(session, who, export_id))


def cancel_export(site: Site, who: Principal, export_id: str) -> None:
    """Stop a waiting or running export, or delete a finished one. Raises `NotFound`."""

    def deed(session: Session) -> bool:
        row, job, _code = _visible(session, who, export_id)
        audit.append(
            session, at=site.now(), actor=who.user_id, action="export.deleted",
            subject=export_id, data={"state": job.state},
        )  # fmt: skip
        if job.state == jobs.RUNNING:
            job.cancel_requested = True
            return False
        if job.state == jobs.QUEUED:
            jobs.finish(job, state=jobs.CANCELLED, now=site.now())
            return False
        row.deleted_at = site.now()
        return True

    if site.database.write(deed):
        shutil.rmtree(export_folder(site, export_id), ignore_errors=True)


def export_folder(site: Site, export_id: str) -> Path:
    """Where an export's files lie."""
    return site.settings.data / "exports" / export_id


def finished_file(site: Site, who: Principal, export_id: str, name: str) -> tuple[Path, ExportInfo]:
    """(file, facts) of `dataset.zip`, `manifest.json` or `receipt.json` of a finished export.

    Raises `NotFound`, and `Conflict` while it is not done.
    """
    info = get_export(site, who, export_id)
    if info.status != jobs.DONE:
        raise Conflict(
            "This export is not finished.",
            current={"status": info.status, "done": info.done, "total": info.total},
        )
    return export_folder(site, export_id) / name, info


def receipt_of(site: Site, who: Principal, export_id: str) -> Mapping[str, Any]:
    """When, by whom, from what: the paper that leaves with a dataset. Raises as above."""
    path, _facts = finished_file(site, who, export_id, "receipt.json")
    document: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    return document


def _visible(session: Session, who: Principal, export_id: str) -> tuple[Export, Job, str]:
    found = exports.visible(
        session, export_id, user_id=who.user_id, everywhere=who.sees_every_project
    )
    if found is None:
        raise NotFound(_GONE)
    row, job, code = found
    return row, job, code


def _info(row: Export, job: Job, code: str) -> ExportInfo:
    return ExportInfo(
        row.id, code, job.state, job.done, job.total, row.recipe, row.counts, row.sha256,
        row.bytes, row.file, job.error, row.created_at, job.finished_at,
    )  # fmt: skip


class StoredSources:
    """Gives a renderer the stored file of an image; small, so that it travels to workers."""

    def __init__(self, site: Site) -> None:
        self._path = site.blobs.path

    def __call__(self, sha256: str) -> Path:
        """The file with these bytes."""
        return self._path(sha256)


@dataclass(frozen=True, slots=True)
class _Job:
    export_id: str
    code: str
    project_id: str
    recipe: Recipe
    settled: Settled
    assigned: Mapping[str, str]
    audits: "Mapping[str, AuditOutcome]"
    rule: str
    requested_by: str
    requested_at: datetime


def ledger_rule(recipe: Recipe) -> str:
    """Which ledger of splits a recipe continues: the wishes that decide about splitting."""
    document = recipe.document()
    keys = ("splits", "group_by", "near_duplicates", "seed")
    return hashlib.sha256(canonical_json({k: document[k] for k in keys})).hexdigest()[:32]


def _load(site: Site, export_id: str, shelf: Shelf[SettledImage]) -> _Job:
    """What the export is about; its images go onto the shelf."""
    from labeler.flows.label_accuracy import audit_outcomes

    with site.database.read() as session:
        row = exports.by_id(session, export_id)
        project = session.get(Project, row.project_id)
        if project is None:
            raise NotFound(_GONE)
        recipe = parse_recipe(row.recipe)
        rule = ledger_rule(recipe)
        for image in settled_images(site, session, project):
            shelf.append(image)
        return _Job(
            export_id=export_id, code=project.code, project_id=project.id, recipe=recipe,
            settled=settled_state(session, project),
            assigned=exports.splits(session, project.id, rule),
            audits=audit_outcomes(
                site, session, project, least=recipe.gate.min, level=recipe.gate.level
            ),
            rule=rule,
            requested_by=row.requested_by or "command line", requested_at=row.created_at,
        )  # fmt: skip


def export_work(
    site: Site, heart: Heartbeat, payload: Mapping[str, str], *, workers: int | None = None
) -> Ended:
    """Make one export's files, then write down what was made. The job's kind is `export`."""
    # OpenCV and SciPy load only where a dataset is made.
    from labeler.core.datasets.gate import GateRefused
    from labeler.flows.build_dataset import BuildCancelled, build_dataset

    folder = export_folder(site, payload["export"])
    folder.mkdir(parents=True, exist_ok=True)
    with (
        Shelf[SettledImage](folder) as shelf,
        ProcessPoolExecutor(
            workers or os.cpu_count() or 1, mp_context=multiprocessing.get_context("spawn")
        ) as pool,
    ):
        job = _load(site, payload["export"], shelf)
        with site.database.read() as session:
            standard = standard_of(site, session, job.project_id, job.settled.standard_version)
        try:
            built = build_dataset(
                job.code, standard, shelf, job.recipe,
                excluded=job.settled.excluded, assigned=job.assigned, audits=job.audits,
                sources=StoredSources(site), out_dir=folder, executor=pool,
                progress=heart.progress, cancelled=lambda: heart.cancelled, limits=site.limits,
            )  # fmt: skip
        except GateRefused as refusal:
            return Ended(jobs.REFUSED, explained(refusal))
        except BuildCancelled:
            return Ended(jobs.CANCELLED)
    shutil.copyfile(built.manifest_path, folder / "manifest.json")
    built.zip_path.replace(folder / "dataset.zip")
    mark = "-quality-not-shown" if built.gate.marked else ""
    size = (folder / "dataset.zip").stat().st_size
    manifest = sha256_of(folder / "manifest.json")

    def deed(session: Session) -> None:
        row = exports.by_id(session, job.export_id)
        row.counts, row.sha256, row.bytes = dict(built.counts), built.sha256, size
        row.file = f"{job.code}{mark}.zip"
        exports.add_splits(session, job.project_id, job.rule, built.splits)
        audit.append(
            session, at=site.now(), actor=job.requested_by, action="export.finished",
            subject=job.export_id, data={"sha256": built.sha256, "bytes": size},
        )  # fmt: skip
        session.flush()
        row.receipt = _receipt(site, session, job, built.sha256, size, manifest)
        (folder / "receipt.json").write_text(
            json.dumps(row.receipt, indent=1, ensure_ascii=False) + "\n", "utf-8"
        )

    site.database.write(deed)
    return Ended(jobs.DONE)


def _receipt(
    site: Site, session: Session, job: _Job, sha256: str, size: int, manifest: str
) -> dict[str, Any]:
    body = {
        "export": job.export_id,
        "project": job.code,
        "requested_by": job.requested_by,
        "requested_at": job.requested_at.isoformat(),
        "finished_at": site.now().isoformat(),
        "software": f"labeler {__version__}",
        "standard_version": job.settled.standard_version,
        "zip": {"sha256": sha256, "bytes": size},
        "manifest": {"sha256": manifest},
        "audit": signed_head(site, session),
    }
    return signed_receipt(body, signing_key(site))


def export_now(
    site: Site,
    who: Principal,
    code: str,
    recipe: Mapping[str, object],
    *,
    out_dir: Path,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> ExportInfo:
    """Make an export here and now, and lay `CODE/` and `receipt.json` into `out_dir`.

    Raises what `request_export` raises, `LabelerError` with the reason when it fails, and
    `Conflict` when another dataset lies in `out_dir`.
    """
    wishes = _fitting(site, who, code, recipe)
    now = site.now()
    worker = worker_name(site)

    def deed(session: Session) -> tuple[str, str]:
        row, job = _add(site, session, who, project_for(session, who, code), wishes, now)
        jobs.take(job, worker=worker, now=now, lease_s=site.settings.job_lease_s)
        return row.id, job.id

    export_id, job_id = site.database.write(deed)

    def work(site: Site, heart: Heartbeat, payload: dict[str, str]) -> Ended:
        heart.listener = progress
        return export_work(site, heart, payload, workers=workers)

    run_job(site, worker, job_id, work, {"export": export_id})
    info = get_export(site, who, export_id)
    if info.status != jobs.DONE:
        raise LabelerError(info.error or "The export was cancelled.")
    lay_down(export_folder(site, export_id), code, out_dir)
    return info
