"""Files on their way in: folders, single files, zips and uploads, as one stream.

    for file in walk([Path("photographs"), Path("more.zip")], IntakeLimits()):
        copy = file.copy_into(workspace)

Names are text and never become paths. One bad file, entry or archive is refused; the rest goes
on.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from labeler.store.intake_file import IntakeCopy, IntakeFile, bounded, refused
from labeler.store.intake_limits import IntakeLimits, IntakeRefusal, RefusedFile
from labeler.store.intake_names import is_hidden, plain_name
from labeler.store.intake_zip import ZIP_STARTS, zip_files

__all__ = [
    "IntakeCopy",
    "IntakeFile",
    "IntakeLimits",
    "IntakeRefusal",
    "RefusedFile",
    "walk",
    "walk_upload",
]

# Not to hang on a pipe, nor to follow a link that took a file's place since we looked.
_OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
)


def walk(paths: Iterable[Path], limits: IntakeLimits) -> Iterator[IntakeFile]:
    """Give every file under `paths` in a fixed order: as given, folders sorted, zips as packed.

    Names are relative to the folder given, the bare name for a file given, the entry's own for a
    zip given (`zip/entry` for a zip found in a folder). Hidden files are passed over. A link given
    by name is followed, a link found in a folder is refused.
    """
    for path in paths:
        try:
            real = path.resolve(strict=True)
        except (FileNotFoundError, NotADirectoryError, ValueError):
            yield refused(plain_name(path.name), IntakeRefusal.MISSING)
        except (OSError, RuntimeError):  # no permission on the way, or links in a circle
            yield refused(plain_name(path.name), IntakeRefusal.UNREADABLE)
        else:
            yield from (
                _folder(real, limits) if real.is_dir() else _file(real, path.name, "", limits)
            )


def walk_upload(name: str, upload: BinaryIO, limits: IntakeLimits) -> Iterator[IntakeFile]:
    """Give what one uploaded, seekable file holds: itself, or the files of a zip.

    What it is decides its content, not `name`, except that a broken zip called `.zip` says so.
    """
    shown = plain_name(name)
    if _is_zip(upload, shown):
        yield from zip_files(upload, shown, limits)
    else:
        yield IntakeFile(shown, None, lambda: _rewound(upload, limits))


def _rewound(upload: BinaryIO, limits: IntakeLimits) -> Iterator[bytes]:
    upload.seek(0)
    yield from bounded(upload, limits)


def _folder(root: Path, limits: IntakeLimits) -> Iterator[IntakeFile]:
    unreadable: list[OSError] = []
    for folder, folders, files in os.walk(root, onerror=unreadable.append):
        here = Path(folder)
        folders.sort()
        for name in [*folders]:
            if (here / name).is_symlink() and not is_hidden(name):
                yield refused(_relative(here / name, root), IntakeRefusal.LINK)
        # os.walk does not follow linked folders; hidden ones are taken out here.
        folders[:] = [name for name in folders if not is_hidden(name)]
        for name in sorted(files):
            if not is_hidden(name):
                shown = _relative(here / name, root)
                yield from _file(here / name, shown, shown + "/", limits)
    for problem in unreadable:
        yield refused(_relative(Path(str(problem.filename)), root), IntakeRefusal.UNREADABLE)


def _file(path: Path, name: str, prefix: str, limits: IntakeLimits) -> Iterator[IntakeFile]:
    """Give one file on disk; `prefix` goes before the names of a zip's entries."""
    shown = plain_name(name)
    try:
        with _opened(path) as stream:
            if _is_zip(stream, shown):
                yield from zip_files(stream, shown, limits, prefix=prefix)
                return
    except RefusedFile as problem:
        yield IntakeFile(shown, problem)
        return
    yield IntakeFile(shown, None, lambda: _from_disk(path, limits))


def _from_disk(path: Path, limits: IntakeLimits) -> Iterator[bytes]:
    with _opened(path) as stream:
        try:
            yield from bounded(stream, limits)
        except OSError as problem:
            raise RefusedFile(IntakeRefusal.UNREADABLE) from problem


def _opened(path: Path) -> BinaryIO:
    """Open a regular file, and nothing else. Raises `RefusedFile`."""
    if path.is_symlink():
        raise RefusedFile(IntakeRefusal.LINK)
    try:
        descriptor = os.open(path, _OPEN_FLAGS)
    except OSError as problem:
        raise RefusedFile(IntakeRefusal.UNREADABLE) from problem
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise RefusedFile(IntakeRefusal.NOT_A_FILE)
    return os.fdopen(descriptor, "rb")


def _is_zip(stream: BinaryIO, name: str) -> bool:
    stream.seek(0)
    return stream.read(4).startswith(ZIP_STARTS) or name.lower().endswith(".zip")


def _relative(path: Path, root: Path) -> str:
    return plain_name(path.relative_to(root).as_posix())
