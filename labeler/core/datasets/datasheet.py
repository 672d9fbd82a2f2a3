"""The data sheet: the manifest for people. A pure function of it, so that it can be checked."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labeler.core.datasets.recipe import Split
from labeler.core.rounded import cut

_REASONS = {
    "ok_not_needed": "OK images above the limit for training",
    "would_bridge_two_splits": "would tie two splits together",
    "source_not_included": "a label from a source that the recipe does not include",
    "no_label": "no defect type was judged by everybody",
}


def datasheet(manifest: Mapping[str, Any]) -> str:
    """Markdown, in English; reads nothing but the manifest, and not its documents or digest."""
    return "\n".join(
        [
            f"# Data set {_cell(manifest['project'])}",
            "",
            *_quality(manifest),
            *_counts(manifest),
            *_splits(manifest),
            *_balance(manifest),
            *_left_out(manifest),
            *_standard(manifest),
            *_reading(),
            "",
        ]
    )


def _cell(value: object) -> str:
    text = str(value)
    for sign in ("\\", "|", "<", ">", "*", "_", "`", "[", "]", "#"):
        text = text.replace(sign, "\\" + sign)
    return " ".join(text.split())


def _table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    yield "| " + " | ".join(_cell(name) for name in head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(_cell(value) for value in row) + " |"
    yield ""


def _quality(manifest: Mapping[str, Any]) -> Iterator[str]:
    gate, settings = manifest["gate"], manifest["recipe"]["gate"]
    yield "## Quality of the labels"
    yield ""
    if gate["passed"]:
        yield f"Audits show precision and recall of at least {settings['min']} for every type."
    else:
        yield (
            f"**Not shown for every type** that precision and recall are at least "
            f"{settings['min']} (confidence {settings['level']})."
        )
    yield ""
    words = {"shown": "shown", "below": "shown to be below", "not_shown_yet": "not shown yet"}
    rows = [
        (
            code,
            words[one["shown"]],
            _figure(one["precision"]),
            _figure(one["recall"]),
            one["audited"],
            one["wrong"],
            "cannot be said" if one["labels_to_audit"] is None else one["labels_to_audit"],
        )
        for code, one in sorted(gate["defect_types"].items())
    ]
    yield from _table(
        (
            "defect type", "quality", "precision", "recall", "audited", "of them wrong",
            "about so many labels more to audit",
        ),
        rows,
    )  # fmt: skip
    yield (
        "An audit is blind and drawn by chance. Precision: of the labels that say present, how "
        "many are right. Recall: of the defects that are there, how many have a label. The "
        "brackets hold the 95 % interval, then what may be claimed."
    )
    yield ""


def _figure(share: Mapping[str, Any] | None) -> str:
    if share is None or (share["value"] is None and share["at_least"] == 0):
        return "not known"
    claim = f"at least {cut(share['at_least'])}"
    if share["value"] is None:
        return claim
    return f"{share['value']:.3f} ({share['low']:.3f} to {share['high']:.3f}; {claim})"


def _counts(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield "## Images"
    yield ""
    counts = manifest["counts"]
    kinds = [kind for kind in counts if any(counts[kind][s]["images"] for s in Split)]
    columns = [(kind, split.value) for kind in sorted(kinds, reverse=True) for split in Split]
    rows: list[list[object]] = [
        ["all images", *(counts[kind][split]["images"] for kind, split in columns)],
        ["OK images", *(counts[kind][split]["ok"] for kind, split in columns)],
    ]
    rows += [
        [code, *(counts[kind][split]["defect_types"][code] for kind, split in columns)]
        for code in manifest["classes"]
    ]
    yield from _table(["", *(f"{kind} {split}" for kind, split in columns)], rows)


def _splits(manifest: Mapping[str, Any]) -> Iterator[str]:
    proof = manifest["leak_proof"]
    yield "## Splits"
    yield ""
    tied = [*proof["group_by"], "identical pixels"]
    tied += ["near-duplicates"] if proof["near_duplicates"] else []
    yield f"No group straddles splits. Grouped by: {', '.join(_cell(one) for one in tied)}."
    yield ""
    yield from _table(
        ("split", "groups"), [(split.value, manifest["groups"][split]) for split in Split]
    )
    stopped = proof["groups_too_large_to_join_by_appearance"]
    if stopped:
        yield (
            "Groups above a tenth of the images took in no more by appearance alone; look-alikes "
            f"of theirs may be in other splits. Sizes: {', '.join(map(str, stopped))}."
        )
        yield ""
    if manifest["not_met"]:
        yield "Groups did not allow these shares:"
        yield ""
        rows = [
            (one["defect_type"] or "all images", one["split"], one["asked"], one["reached"])
            for one in manifest["not_met"]
        ]
        yield from _table(("defect type", "split", "asked", "reached"), rows)


def _balance(manifest: Mapping[str, Any]) -> Iterator[str]:
    recipe, found = manifest["recipe"], manifest["balance"]
    yield "## Training images per defect type"
    yield ""
    yield (
        f"Balance: {recipe['balance']['strategy']}. Augmentation: {recipe['augment']['preset']}. "
        "Validation and test images are real, one file each."
    )
    yield ""
    rows = [("OK images", found["ok"]), *sorted(found["defect_types"].items())]
    yield from _table(
        ("", "before", "asked", "reached"),
        [
            (name, one["before"], "" if one["asked"] is None else one["asked"], one["reached"])
            for name, one in rows
        ],
    )
    dropped = len(manifest["dropped_variants"])
    if dropped:
        yield f"Variants dropped because a defect could not be seen: {dropped}."
        yield ""


def _left_out(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield "## Left out"
    yield ""
    if manifest["left_out"]:
        rows = [
            (_REASONS.get(reason, reason.replace("_", " ")), count)
            for reason, count in sorted(manifest["left_out"].items())
        ]
        yield from _table(("reason", "images"), rows)
    else:
        yield "Nothing."
        yield ""


def _standard(manifest: Mapping[str, Any]) -> Iterator[str]:
    standard = manifest["standard"]
    versions = ", ".join(map(str, manifest["standard_versions"])) or "none"
    yield "## Labeling standard"
    yield ""
    yield f"Version {standard['version']}; reviews were made under: {versions}."
    yield ""
    rows = [
        (
            one["code"],
            one["name"].get("en") or next(iter(one["name"].values()), ""),
            one["definition"].get("en") or next(iter(one["definition"].values()), ""),
            ", ".join(level["code"] for level in one["severity"]),
        )
        for one in standard["defect_types"]
    ]
    yield from _table(("code", "name", "definition", "severity from 1"), rows)


def _reading() -> Iterator[str]:
    yield "## Reading it"
    yield ""
    yield (
        "`manifest.json` lists every file with its source, labels and transforms. Boxes are "
        "half-open: a box covers x ≤ column < x + width. A defect type that has no row for an "
        "image in `annotations/labels.csv` was not judged on it by everybody."
    )
