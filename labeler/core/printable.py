"""Text of other people on a terminal, where some characters are orders and no text."""

# What moves a cursor, breaks a line or turns the direction of reading.
_ORDERS = (
    *range(0x20),
    *range(0x7F, 0xA0),
    0x2028,
    0x2029,
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
)
_WRITTEN_OUT = {code: chr(code).encode("unicode_escape").decode() for code in _ORDERS}
_BUT_LINES = {code: text for code, text in _WRITTEN_OUT.items() if chr(code) not in "\n\t"}


def one_line(text: str) -> str:
    r"""Control characters written out, a line break as `\n`."""
    return text.translate(_WRITTEN_OUT)


def several_lines(text: str) -> str:
    """Control characters written out, but for line breaks and tabs."""
    return text.translate(_BUT_LINES)
