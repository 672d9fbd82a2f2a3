"""What a command prints: results on stdout, everything about the way there on stderr."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from labeler.core.errors import InvalidInput, LabelerError
from labeler.core.next_steps import next_step
from labeler.core.printable import one_line, several_lines

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Progress = Callable[[int, int], None]


def show(text: str) -> None:
    """Print a result; control characters in it are written out."""
    typer.echo(several_lines(text))


def note(text: str) -> None:
    """Say something beside the result."""
    typer.echo(several_lines(text), err=True)


def show_json(value: object, *, indent: int | None = 2) -> None:
    """Print a result for programs; without `indent` in one line."""
    typer.echo(json.dumps(value, indent=indent, ensure_ascii=False, default=_plain))


def show_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print lines in columns, each as wide as its longest cell."""
    lines = [tuple(header), *(tuple(one_line(str(cell)) for cell in row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    for line in lines:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        typer.echo("  ".join(padded).rstrip())


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


def report_error(error: LabelerError) -> None:
    """Say what went wrong, what to do next, and where, in sentences."""
    step = next_step(error)
    note(f"Error: {error}" if step is None else f"Error: {error} {step.command}")
    if isinstance(error, InvalidInput):
        for field in error.fields:
            note(f"  {field.path}: {field.message}")


@contextmanager
def progress_bar(what: str) -> Iterator[Progress]:
    """A callable (done, total) that draws a bar on stderr; nothing where nobody watches.

    A total of 0 means that it is not known.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
    )
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bar(
        *columns, TimeElapsedColumn(), console=console, transient=True,
        disable=not console.is_terminal,
    ) as bar:  # fmt: skip
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)


def read_text(file: Path, *, what: str) -> str:
    """The text of a file that somebody named. Raises `InvalidInput`."""
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            "The {what} {file} is not UTF-8 text. Save it as UTF-8.", what=what, file=str(file)
        ) from error
    except OSError as error:
        raise InvalidInput(
            "The {what} {file} cannot be read: {reason}.",
            what=what,
            file=str(file),
            reason=error.strerror or os.strerror(error.errno or 0),
        ) from error


def read_toml(file: Path, *, what: str) -> dict[str, Any]:
    """A TOML file, or a JSON one if its name says so. Raises `InvalidInput`."""
    import tomllib

    text = read_text(file, what=what)
    try:
        found = json.loads(text) if file.suffix.lower() == ".json" else tomllib.loads(text)
    except ValueError as error:  # both kinds of decode error are one
        raise InvalidInput(
            "The {what} {file} is not readable: {reason}.",
            what=what,
            file=str(file),
            reason=str(error),
        ) from error
    if not isinstance(found, dict):
        raise InvalidInput("The {what} {file} holds no table.", what=what, file=str(file))
    return found
