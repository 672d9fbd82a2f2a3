"""Programs that measure Labeler beside an alternative or a limit, in one run."""

# Exit status of a program that has measured everything and says which of its aims were missed.
AIM_MISSED = 3
