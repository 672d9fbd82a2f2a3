"""Both sides of the export benchmark."""
