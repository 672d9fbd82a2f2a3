"""`python -m labeler.cli` does what `labeler` does."""

from labeler.cli.commands import main

main()
