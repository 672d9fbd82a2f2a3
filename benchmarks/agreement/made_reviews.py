"""A project in which every image has been judged by every reviewer, made at disk speed.

Only the newest few images still wait for the last reviewer.

What reviewers say follows from a truth nobody sees: 2 % of the images have each defect, a
reviewer finds 87 % of them, marks 0.3 % of the good ones, and cannot tell in 0.2 %.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.made_project import CODE, STANDARD
from labeler.core.people import Principal, effective_scopes
from labeler.core.terms import Role
from labeler.flows import people, projects
from labeler.flows.site import Site
from labeler.store import schema

PREVALENCE, FOUND, FALSE_ALARMS, UNSURE = 0.02, 0.87, 0.003, 0.002
ABSENT, PRESENT, CANNOT_TELL = 0, 1, 2
_WORDS = {PRESENT: "present", CANNOT_TELL: "unsure"}
WAITING = 200
_BATCH = 50_000
_LONG_AGO = "2026-01-05 06:00:00.000000"

# What most say of a type that anybody marks, on the images that are settled.
_LABELS = """
INSERT INTO consensus_label
    (image_id, defect_type, verdict, regions, source, n_present, n_absent, n_unsure)
SELECT image_id, defect_type, iif(2 * present > everybody, 'present', 'absent'), '[]',
    iif(present = everybody, 'unanimous', 'majority'), present, everybody - present - unsure, unsure
FROM (
    SELECT review.image_id, judgement.defect_type, ? AS everybody,
        sum(judgement.verdict = 'present') AS present, sum(judgement.verdict = 'unsure') AS unsure
    FROM judgement JOIN review ON review.id = judgement.review_id
    JOIN image ON image.id = review.image_id WHERE image.number < ?
    GROUP BY review.image_id, judgement.defect_type
)"""

Said = NDArray[np.int8]


@dataclass(frozen=True)
class Made:
    """The people of the project; the last of the `reviewers` has `WAITING` images left."""

    lead: Principal
    reviewers: list[Principal]


def answers(images: int, reviewers: int, types: int, seed: int = 0) -> Said:
    """What everybody says, shape (images, reviewers, types)."""
    luck = np.random.default_rng(seed)
    said = np.zeros((images, reviewers, types), dtype=np.int8)
    for start in range(0, images, _BATCH):
        part = said[start : start + _BATCH]
        truth = luck.random((len(part), 1, types)) < PREVALENCE
        chance = luck.random(part.shape)
        part[chance < np.where(truth, FOUND, FALSE_ALARMS)] = PRESENT
        part[chance > 1 - UNSURE] = CANNOT_TELL
    return said


def make_reviewed(site: Site, said: Said, *, per_unit: int = 0) -> Made:
    """Fill an empty installation on SQLite; ids sort as those of a real one do.

    `per_unit` images are pictures of one part; 0 where no image knows its part.
    """
    reviewers, types = said.shape[1:]
    schema.upgrade(site.database)
    book = {"defect_types": STANDARD["defect_types"][:types]}
    project = projects.create_project(site, CODE, book, overlap=reviewers).id
    admin = Principal("bench", "bench", Role.ADMIN, effective_scopes(Role.ADMIN, None))
    hired = []
    for name in (*(f"reviewer {n}" for n in range(reviewers)), "lead"):
        role = Role.LEAD if name == "lead" else Role.REVIEWER
        added = people.add_user(site, name, role)
        people.add_member(site, CODE, name, admin)
        hired.append(Principal(added.id, name, role, effective_scopes(role, None)))
    *judges, lead = hired
    connection = site.database.writers.raw_connection()
    try:
        _fill(connection.cursor(), project, [one.user_id for one in judges], said, per_unit)
        connection.commit()
    finally:
        connection.close()
    return Made(lead, judges)


def _fill(cursor: Any, project: str, users: list[str], said: Said, per_unit: int) -> None:
    # Every row is right by construction; looking up each foreign key would double the time.
    cursor.execute("PRAGMA foreign_keys=OFF")
    cursor.execute("PRAGMA synchronous=OFF")
    cursor.execute("PRAGMA cache_size=-524288")
    cursor.execute("BEGIN IMMEDIATE")
    numbers, waiting = range(len(said)), max(len(said) - WAITING, 0)
    cursor.executemany(
        "INSERT INTO image (id, project_id, sha256, file, format, bytes, width_px, height_px, "
        "bit_depth, channels, upright, pixel_sha256, perceptual_hash, context, priority, number, "
        "lane, position, free_places, state, revision, imported_at, line, lot, unit, captured_at, "
        "judged_version, settled_at) "
        "VALUES (?, ?, ?, ?, 'png', 1, 1000, 800, 8, 1, 1, ?, '0', '{}', 0, ?, 0, ?, ?, ?, ?, "
        "?, ?, ?, ?, ?, ?, ?)",
        (
            (
                _id(0, n), project, f"{n:064x}", f"{n}.png", f"{n:064x}", n, n,
                int(n >= waiting), "waiting" if n >= waiting else "settled", int(n < waiting),
                _LONG_AGO, f"line-{n % 4}", f"lot-{n // 5000}",
                f"part-{n // per_unit}" if per_unit else None, _captured(n),
                *((1, _LONG_AGO) if n < waiting else (None, None)),
            )
            for n in numbers
        ),
    )  # fmt: skip
    last = len(users) - 1
    kept = [
        k
        for k in range(len(said) * len(users))
        if k // len(users) < waiting or k % len(users) != last
    ]
    cursor.executemany(
        "INSERT INTO assignment (id, project_id, image_id, user_id, occasion, place, state, "
        "standard_version, expires_at) VALUES (?, ?, ?, ?, 'production', ?, 'submitted', 1, ?)",
        (
            (_id(1, k), project, _id(0, k // len(users)), users[k % len(users)],
             k % len(users), _LONG_AGO)
            for k in kept
        ),
    )  # fmt: skip
    cursor.executemany(
        "INSERT INTO review (id, submission_id, payload_sha256, project_id, image_id, "
        "assignment_id, user_id, standard_version, extra, received_at) VALUES "
        "(?, ?, ?, ?, ?, ?, ?, 1, 0, ?)",
        (
            (_id(2, k), f"s{k:039x}", f"{k:064x}", project, _id(0, k // len(users)),
             _id(1, k), users[k % len(users)], _LONG_AGO)
            for k in kept
        ),
    )  # fmt: skip
    cursor.executemany(
        "INSERT INTO judgement (review_id, defect_type, verdict, regions) VALUES (?, ?, ?, '[]')",
        _judgements(said),
    )
    cursor.execute(_LABELS, (len(users), waiting))
    cursor.execute("UPDATE project SET next_position = ?", (len(said),))
    cursor.execute("COMMIT")
    cursor.execute("PRAGMA optimize")


def _judgements(said: Said) -> Iterator[tuple[str, str, str]]:
    codes = [one["code"] for one in STANDARD["defect_types"]]
    said = said.copy()
    said[max(len(said) - WAITING, 0) :, -1] = ABSENT  # not said yet
    rows = said.reshape(-1, said.shape[2])
    for start in range(0, len(rows), _BATCH):
        part = rows[start : start + _BATCH]
        for row, kind in zip(*np.nonzero(part), strict=True):
            yield _id(2, start + int(row)), codes[kind], _WORDS[int(part[row, kind])]


def _id(kind: int, number: int) -> str:
    """As `Site.new_id` makes them: 12 digits of the time, then what looks like chance."""
    return f"{0x19B8_0000_0000 + number * 40 + kind:012x}{number * 2654435761 % 2**64:016x}"


def _captured(number: int) -> str:
    at = datetime.fromtimestamp(1_767_600_000 + number * 3, UTC)
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")


def write_table(file: Path, said: Said) -> None:
    """The same judgements as a table item,rater,defect_type,label."""
    codes = [one["code"] for one in STANDARD["defect_types"][: said.shape[2]]]
    words = {ABSENT: "absent", **_WORDS}
    # What an image's lines end in, for every answer: few texts, joined a million times.
    ends = [
        [[f",reviewer {r},{code},{words[n]}\n" for n in words] for code in codes]
        for r in range(said.shape[1])
    ]
    with file.open("w", encoding="utf-8") as out:
        out.write("item,rater,defect_type,label\n")
        for number, image in enumerate(said.tolist()):
            item = f"image-{number:07}"
            out.writelines(
                item + ends[r][d][answer]
                for r, answered in enumerate(image)
                for d, answer in enumerate(answered)
            )
