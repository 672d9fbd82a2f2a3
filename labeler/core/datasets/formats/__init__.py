"""One file per format: pure functions from rendered files to text."""
