"""One file per thing that people do: fetch, ask core, store, commit once, return."""
