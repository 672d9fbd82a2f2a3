"""The command line: each command reads its words, calls one flow, shows the result."""

from labeler.cli.commands import main

__all__ = ["main"]
