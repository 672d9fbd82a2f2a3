"""The rules: frozen values and pure functions. No clock, no files, no database, no web."""
