"""The figures of the proofs, for `make prove`: run every proof at full size, write what it found.

    python -m tests.proof.figures [--small] [--only NAME ...] [--out docs/figures.md]

Each proof notes its figures in one line of JSON. It has a section of its own on the page, written
as soon as it ends: a run that is stopped keeps what it has shown, and one proof can be run alone.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.proof.figures_page import PAGE, REPO, measured_on, write
from tests.proof.sizes import FULL

NOTES = "PROOF_NOTES"


@dataclass(frozen=True)
class Proof:
    """Tests that belong together, and the sizes that they look at."""

    title: str
    files: tuple[str, ...]
    sizes: tuple[str, ...] = ()


PROOFS = {
    "audit": Proof(
        "A tampered audit chain is found",
        ("tests/core/test_audit.py",),
        ("PROOF_MUTATIONS", "PROOF_EVENTS"),
    ),
    "blindness": Proof("No answer tells what others said", ("tests/proof/test_blindness.py",)),
    "real": Proof(
        "The whole path on real images, beside a second implementation",
        ("tests/proof/test_real_data.py", "tests/proof/test_browser_walk.py"),
    ),
    "outbox": Proof(
        "Reviews survive the Wi-Fi, in a real browser",
        ("tests/web/review_page/test_review_offline.py",),
    ),
    "station": Proof(
        "What can be read at the station, from screenshots",
        ("tests/web/review_page/test_review_contrast.py",),
    ),
    "claims": Proof(
        "The quota is exact",
        ("tests/proof/test_claims.py",),
        ("PROOF_CLAIM_STORIES", "PROOF_CLAIM_STEPS", "PROOF_CLAIM_DEEDS"),
    ),
    "libraries": Proof(
        "Coefficients are those of other libraries",
        ("tests/core/agreement/test_other_libraries.py",),
        ("PROOF_TABLES",),
    ),
    "coverage": Proof(
        "How often intervals hold the truth",
        ("tests/proof/test_coverage.py",),
        ("PROOF_STUDIES",),
    ),
    "fuzz": Proof(
        "Made-up requests", ("tests/proof/test_bad_input.py",), ("PROOF_FUZZ_CASES",)
    ),
    "kill": Proof(
        "kill -9 while reviews arrive",
        ("tests/proof/test_kill.py",),
        ("PROOF_KILLS", "PROOF_KILL_REVIEWS"),
    ),
}  # fmt: skip


def note(proof: str, **figures: object) -> None:
    """Write one proof's figures down, if somebody collects them."""
    target = os.environ.get(NOTES)
    if target:
        with Path(target).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"proof": proof, **figures}) + "\n")


def section(
    proof: Proof, command: str, notes: list[dict[str, object]], sizes: Mapping[str, float], *,
    passed: bool,
) -> str:  # fmt: skip
    """A proof's part of the page, as Markdown."""
    rows = []
    for entry in notes:
        figures = words({key: value for key, value in entry.items() if key != "proof"})
        rows.append(f"| {entry['proof']} | {figures} |")
    asked = ", ".join(f"`{name}={value}`" for name, value in sizes.items())
    outcome = "Held." if passed else "**At least one test failed in this run.**"
    return "\n".join(
        [
            f"## {proof.title}",
            "",
            f"{outcome} {measured_on(command)}" + (f" Sizes: {asked}." if asked else ""),
            "",
            "| proof | figures |",
            "|---|---|",
            *rows,
        ]
    )


def words(figures: Mapping[str, object]) -> str:
    """Figures in a line; those inside figures in brackets.

    >>> words({"images": 2, "lost_s": {"a": 1, "b": 2}})
    'images 2, lost s (a 1, b 2)'
    """
    shown = {k: f"({words(v)})" if isinstance(v, Mapping) else v for k, v in figures.items()}
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in shown.items())


def run(name: str, *, small: bool, page: Path) -> int:
    """Run one proof and write its section; the exit status is pytest's."""
    proof = PROOFS[name]
    sizes = {} if small else {size: FULL[size] for size in proof.sizes}
    command = f"make prove{' ARGS=--small' if small else ''}"
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "notes.jsonl"
        told = {NOTES: str(notes), **{size: str(value) for size, value in sizes.items()}}
        words = ["-m", "pytest", "-q", "--durations=5", "--durations-min=10", *proof.files]
        limit = [] if small else ["-o", "timeout=14400"]
        done = subprocess.run(
            [sys.executable, *words, *limit], cwd=REPO, env={**os.environ, **told}, check=False
        )
        lines = notes.read_text("utf-8").splitlines() if notes.exists() else []
    found = [json.loads(line) for line in lines]
    write(name, section(proof, command, found, sizes, passed=done.returncode == 0), page)
    return done.returncode


def main() -> int:
    """Run the proofs one after the other; fails if one of them did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="the sizes of make test")
    parser.add_argument("--only", nargs="+", choices=PROOFS, default=list(PROOFS))
    parser.add_argument("--out", type=Path, default=PAGE)
    given = parser.parse_args()
    return max(run(name, small=given.small, page=given.out) for name in given.only)


if __name__ == "__main__":
    sys.exit(main())
