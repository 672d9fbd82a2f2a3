"""The page of figures: each section between two marks of its own, written by a program."""

import os
import platform
import subprocess
from pathlib import Path

REPO = Path(__file__).parents[2]
PAGE = REPO / "docs" / "figures.md"


def commit() -> str:
    """The commit that is being measured, with a star if files were changed since."""

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=REPO, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    # The page itself changes while sections are written.
    changed = git("diff", "HEAD", "--", ".", f":!{PAGE.relative_to(REPO)}")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("*" if changed else "")


def measured_on(command: str) -> str:
    """The line under a section's heading."""
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    return f"Commit `{commit()}`, {machine}, `{command}`."


def place(page: str, name: str, part: str) -> str:
    r"""The page with the section of this name replaced, or added at the end.

    >>> page = place("a\n", "kills", "old")
    >>> place(page, "kills", "new").splitlines()
    ['a', '', '<!-- kills: begin -->', 'new', '<!-- kills: end -->']
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    section = f"{begin}\n{part}\n{end}"
    before, found, rest = page.partition(begin)
    if not found:
        return page.rstrip() + ("\n\n" if page.strip() else "") + section + "\n"
    return before + section + rest.partition(end)[2]


def write(name: str, part: str, page: Path = PAGE) -> None:
    """Replace one section on disk, at once: a later program that fails leaves it there."""
    text = page.read_text("utf-8") if page.exists() else "# Figures\n"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(place(text, name, part), "utf-8")
