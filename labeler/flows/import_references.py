"""Bringing known truth: what images show, whatever reviewers say of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from labeler.core.people import Principal
from labeler.core.standard import Standard
from labeler.flows.label_table import (
    Faults,
    LabelLine,
    batches,
    project_images,
    read_severity,
    read_table,
)
from labeler.flows.scope import project_for, standard_of
from labeler.flows.settle import resettle
from labeler.flows.site import Site
from labeler.store import audit, images, reviews
from labeler.store.tables import Project

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ImportedReferences:
    """How many images got a known truth or another one, and how many had the same.

    `unused` names the columns that nothing was read from.
    """

    images: int
    unchanged: int
    unused: tuple[str, ...]


def import_references(
    site: Site,
    who: Principal,
    code: str,
    text: str,
    *,
    progress: Progress = lambda _done, _total: None,
) -> ImportedReferences:
    """Write down the known truth of images; an empty defect type means OK.

    It replaces what was known before, and settles images that were reviewed already.
    Raises `NotFound`, `InvalidInput` with every fault; then nothing was stored.
    """
    table = read_table(text, needed=("defect_type",), optional=("severity",), strict=False)
    with site.database.read() as session:
        project = project_for(session, who, code)
        standard = standard_of(site, session, project.id, project.standard_version)
    names = project_images(site, project.id)
    faults = Faults()
    found: dict[str, dict[str, int | None]] = {}
    for line in table.lines:
        image = names.of(line, faults)
        if image is not None:
            first = image.id not in found
            _add_truth(standard, found.setdefault(image.id, {}), line, faults, first=first)
    faults.check()
    changed = done = 0
    for batch in batches(list(found.items())):
        changed += _store_truths(site, who, project, batch)
        done += len(batch)
        progress(done, len(found))
    return ImportedReferences(changed, len(found) - changed, table.unused)


def _add_truth(
    standard: Standard,
    labels: dict[str, int | None],
    line: LabelLine,
    faults: Faults,
    *,
    first: bool,
) -> None:
    code, severity = line["defect_type"], read_severity(line, faults)
    if not first and (not code or not labels):
        message = "OK stands alone: an earlier line says something else of this image."
        faults.note(line.line, "defect_type", message)
        return
    if not code:
        if severity is not None:
            faults.note(line.line, "severity", "OK has no severity.")
        return
    entry = standard.find(code)
    if entry is None:
        faults.note(line.line, "defect_type", "The standard has no such defect type.")
        return
    levels = len(entry.severity)
    if levels and (severity is None or not 1 <= severity <= levels):
        faults.note(line.line, "severity", f"Give the severity as 1 to {levels}.")
        return
    if not levels and severity is not None:
        faults.note(line.line, "severity", "This defect type has no severity.")
        return
    if labels.setdefault(code, severity) != severity:
        faults.note(line.line, "severity", "An earlier line gives this type another severity.")


def _store_truths(
    site: Site,
    who: Principal,
    project: Project,
    batch: Sequence[tuple[str, dict[str, int | None]]],
) -> int:
    def deed(session: Session) -> int:
        return sum(
            _store_truth(site, session, who, project, image_id, labels)
            for image_id, labels in batch
        )

    return site.database.write(deed)


def _store_truth(
    site: Site,
    session: Session,
    who: Principal,
    project: Project,
    image_id: str,
    labels: dict[str, int | None],
) -> bool:
    if images.reference(session, image_id) == labels:
        return False
    images.set_reference(session, image_id, labels)
    session.flush()
    audit.append(
        session, at=site.now(), actor=who.user_id, action="reference.set", subject=image_id,
        data={"labels": labels},
    )  # fmt: skip
    if len(reviews.counting(session, image_id)) >= project.overlap:
        resettle(
            site, session, images.by_id(session, image_id), overlap=project.overlap,
            majority=project.majority, reference=labels, actor=who.user_id,
        )  # fmt: skip
    return True
