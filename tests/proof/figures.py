"""The figures of the proofs, for `make prove`: run every proof at full size, write what it found.

    python -m tests.proof.figures [--small] [--out docs/figures.md]

Each proof notes its figures in one line of JSON; the section between the two marks of the
page is replaced, so other programs may keep their own sections.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.proof.sizes import FULL

REPO = Path(__file__).parents[2]
NOTES = "PROOF_NOTES"
BEGIN, END = "<!-- proofs: begin -->", "<!-- proofs: end -->"
PROOFS = ["tests/proof", "tests/core/test_audit.py"]


def note(proof: str, **figures: object) -> None:
    """Write one proof's figures down, if somebody collects them."""
    target = os.environ.get(NOTES)
    if target:
        with Path(target).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"proof": proof, **figures}) + "\n")


def commit() -> str:
    """The commit that is being measured, with a star if files were changed since."""

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=REPO, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("*" if git("diff", "HEAD") else "")


def section(notes: list[dict[str, object]], sizes: dict[str, float], *, passed: bool) -> str:
    """The page's part about the proofs, as Markdown."""
    rows = []
    for entry in notes:
        figures = words({key: value for key, value in entry.items() if key != "proof"})
        rows.append(f"| {entry['proof']} | {figures} |")
    asked = " ".join(f"{name}={value}" for name, value in sizes.items())
    outcome = "Every proof held." if passed else "**At least one proof failed in this run.**"
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    return "\n".join(
        [
            BEGIN,
            "## Proofs",
            "",
            f"Commit `{commit()}`, {machine}, command `make prove`. {outcome}",
            "",
            f"Sizes: `{asked or 'those of make test'}`",
            "",
            "| proof | figures |",
            "|---|---|",
            *rows,
            END,
        ]
    )


def words(figures: Mapping[str, object]) -> str:
    """Figures in a line; those inside figures in brackets.

    >>> words({"images": 2, "lost_s": {"a": 1, "b": 2}})
    'images 2, lost s (a 1, b 2)'
    """
    shown = {k: f"({words(v)})" if isinstance(v, Mapping) else v for k, v in figures.items()}
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in shown.items())


def place(page: str, part: str) -> str:
    r"""The page with its part about the proofs replaced, or added at the end.

    >>> place(f"a\n{BEGIN}\nold\n{END}\nb\n", f"{BEGIN}\nnew\n{END}").splitlines()[::2]
    ['a', 'new', 'b']
    """
    before, begin, rest = page.partition(BEGIN)
    if not begin:
        return page.rstrip() + ("\n\n" if page.strip() else "") + part + "\n"
    return before + part + rest.partition(END)[2]


def main() -> int:
    """Run the proofs and write their section; the exit status is theirs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="the sizes of make test")
    parser.add_argument("--out", type=Path, default=REPO / "docs" / "figures.md")
    given = parser.parse_args()
    sizes: dict[str, float] = {} if given.small else dict(FULL)
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "notes.jsonl"
        told = {NOTES: str(notes), **{name: str(value) for name, value in sizes.items()}}
        command = [sys.executable, "-m", "pytest", "-q", "--durations=20", *PROOFS]
        if not given.small:
            command += ["-o", "timeout=14400"]
        done = subprocess.run(command, cwd=REPO, env={**os.environ, **told}, check=False)
        lines = notes.read_text("utf-8").splitlines() if notes.exists() else []
    page = given.out.read_text("utf-8") if given.out.exists() else "# Figures\n"
    part = section([json.loads(line) for line in lines], sizes, passed=done.returncode == 0)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(place(page, part), "utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
