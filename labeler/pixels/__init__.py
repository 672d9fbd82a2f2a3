"""Bytes into pictures, pictures into variants. Knows `core`, no database."""
