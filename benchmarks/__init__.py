"""Programs that measure Labeler beside an alternative or a limit, in one run."""
