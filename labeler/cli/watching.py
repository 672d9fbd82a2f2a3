"""What has arrived in watched folders since the last look."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from labeler.store.intake import IntakeFile, IntakeLimits, walk
from labeler.store.intake_names import is_hidden, plain_name

_Seen = tuple[int, int]


class Watched:
    """Folders whose files are imported once they have stopped growing.

    A file counts as complete when two looks, `PAUSE_S` apart, find the same size and time
    of change. A changed file is imported again.
    """

    PAUSE_S = 1.0

    def __init__(self, folders: Sequence[Path], *, skip: Path | None = None) -> None:
        self._folders = folders
        self._skip = skip.resolve() if skip else None
        self._last: dict[Path, _Seen] = {}
        self._done: dict[Path, _Seen] = {}

    def arrived(self, limits: IntakeLimits) -> Iterator[IntakeFile]:
        """The complete files that were not given before, under their names in the folder."""
        now = dict(self._look())
        before, self._last = self._last, now
        for path, seen in now.items():
            if before.get(path) == seen and self._done.get(path) != seen:
                self._done[path] = seen
                yield from self._named(path, limits)

    def _look(self) -> Iterator[tuple[Path, _Seen]]:
        for root in self._folders:
            for folder, folders, files in os.walk(root):
                folders[:] = sorted(name for name in folders if not is_hidden(name))
                for name in sorted(files):
                    path = Path(folder) / name
                    if is_hidden(name) or path.is_symlink() or path.resolve() == self._skip:
                        continue
                    try:
                        found = path.stat()
                    except FileNotFoundError:  # gone between the two calls
                        continue
                    yield path, (found.st_size, found.st_mtime_ns)

    def _named(self, path: Path, limits: IntakeLimits) -> Iterator[IntakeFile]:
        root = next(folder for folder in self._folders if path.is_relative_to(folder))
        name = plain_name(path.relative_to(root).as_posix())
        for file in walk([path], limits):
            alone = file.name == plain_name(path.name)
            yield replace(file, name=name if alone else f"{name}/{file.name}")
