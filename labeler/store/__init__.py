"""Rows and files. A store never commits and never decides."""
