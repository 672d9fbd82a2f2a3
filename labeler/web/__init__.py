"""The web door: read input, call one flow, show the result. No SQL, no rules."""
