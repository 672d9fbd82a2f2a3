"""Static files, under an address with a hash of them all, so that a browser keeps each for good.

A page names `/static/<version>/js/review/main.js`. What that module and a style sheet name in turn
is relative, so it comes from under the same version, and none of it is asked for again until
another version of Labeler is started. So forty small modules cost no request after the first
visit, and no bundler is needed.
"""

import hashlib
import posixpath
import re
from functools import cache
from http import HTTPStatus

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from labeler.assets import asset_folder

_VERSION = re.compile(r"[0-9a-f]{12}")
_IMPORT = re.compile(r"""^(?:import|export)\b[^"';]*["'](\.[^"']+)["'];""", re.MULTILINE)
_FOR_GOOD = "public, max-age=31536000, immutable"
_KINDS = {".js": "text/javascript", ".css": "text/css"}
_COMMENT = re.compile(r"^[ \t]*(?://[^\n]*|/\*.*?\*/[ \t]*)$", re.MULTILINE | re.DOTALL)
# Behind code: no text can end after it, so it does not stand in one.
_REMARK = re.compile(r"""[ \t]+//[^"'`\n]*$""", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


@cache
def version() -> str:
    """Twelve hexadecimal digits that change with any static file; taken once per process."""
    folder = asset_folder("static")
    found = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        found.update(f"{file.relative_to(folder).as_posix()} {content}\n".encode())
    return found.hexdigest()[:12]


@cache
def asset(path: str) -> str:
    """The address of a static file. Raises `FileNotFoundError` where there is none."""
    if not (asset_folder("static") / path).is_file():
        raise FileNotFoundError(path)
    return f"/static/{version()}/{path}"


@cache
def modules(path: str) -> tuple[str, ...]:
    """The addresses of a module, and of all that it imports, by way of others too; no duplicates.

    For `<link rel="modulepreload">`: a browser by itself finds them only level by level. What a
    module fetches later by `import()` is not among them. Raises `FileNotFoundError`.
    """
    folder = asset_folder("static")
    found = [path]
    for module in found:  # grows while it is walked
        source = (folder / module).read_text("utf-8")
        for name in _IMPORT.findall(source):
            imported = posixpath.normpath(posixpath.join(posixpath.dirname(module), name))
            if imported not in found:
                found.append(imported)
    return tuple(asset(module) for module in found)


def as_sent(source: str) -> str:
    """A script or style sheet without comments and indentation.

    A quarter of our scripts, compressed, is for who reads them here. Every line keeps its number,
    so that a browser's report of a fault leads to the right place. A text must not go over several
    lines; a test says which does.
    """
    plain = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), source)
    return _INDENT.sub("", _REMARK.sub("", plain))


@cache
def _script_or_style(path: str) -> bytes:
    return as_sent((asset_folder("static") / path).read_text("utf-8")).encode()


class VersionedStaticFiles(StaticFiles):
    """The static files, with or without a version before their path; with it, as they are sent."""

    def __init__(self) -> None:
        super().__init__(directory=asset_folder("static"))
        self._version = version()

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with a lifetime that fits the address.

        Whoever asks under another version, from a page that was opened before the server was
        renewed, gets the files of today, to be kept for no longer than until the next question.
        """
        first, _, rest = path.partition("/")
        response = await super().get_response(rest if _VERSION.fullmatch(first) else path, scope)
        if first == self._version and response.status_code == HTTPStatus.OK:
            response = _lean(response, rest)
        response.headers["cache-control"] = _FOR_GOOD if first == self._version else "no-cache"
        return response


def _lean(response: Response, path: str) -> Response:
    """Our own scripts and styles in short; other people's keep their licence."""
    kind = _KINDS.get(posixpath.splitext(path)[1])
    if kind is None or path.startswith("vendor/"):
        return response
    return Response(_script_or_style(path), media_type=kind)
