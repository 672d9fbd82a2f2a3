"""What an incoming file is called: text to show and to match with a manifest, never a path."""

import contextlib
import unicodedata
import zipfile

_LONGEST = 512
_NAMELESS = "unnamed"
_UTF8_FLAG = 0x800
# Control and format characters (among them those that reverse the direction of reading),
# surrogates, private use, unassigned.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# Joiners that Indic and Persian words need.
_JOINERS = frozenset({"\u200c", "\u200d"})


def plain_name(name: str) -> str:
    """Make any given name a relative one: NFC, `/` between parts, no `..`, drive or root.

    Unprintable characters go; of a name beyond 512 characters the end stays. Two files may come
    to share a name: names tell people, they do not identify.
    """
    visible = "".join(letter for letter in name if _printable(letter))
    parts = unicodedata.normalize("NFC", visible).replace("\\", "/").split("/")
    kept = [part for part in (part.strip() for part in parts) if part not in {"", ".", ".."}]
    if kept and len(kept[0]) == 2 and kept[0][1] == ":":
        del kept[0]
    return "/".join(kept)[-_LONGEST:].lstrip("/") or _NAMELESS


def is_hidden(name: str) -> bool:
    """Tell whether a part of a plain name begins with a dot, or is what archivers leave behind."""
    parts = name.split("/")
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def entry_name(entry: zipfile.ZipInfo) -> str:
    """Read an archive entry's name as its writer meant it.

    Names without the UTF-8 mark are by standard in code page 437, in practice in UTF-8 or in
    the writer's own code page; Korean ones are recognised.
    """
    if entry.flag_bits & _UTF8_FLAG or entry.filename.isascii():
        return entry.filename
    raw = entry.filename.encode("cp437", errors="replace")
    for encoding in ("utf-8", "euc_kr"):
        with contextlib.suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    return entry.filename


def _printable(letter: str) -> bool:
    return letter in _JOINERS or unicodedata.category(letter) not in _UNPRINTABLE
