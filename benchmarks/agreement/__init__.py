"""Both sides of the agreement benchmark."""
