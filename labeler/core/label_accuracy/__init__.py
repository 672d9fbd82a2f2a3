"""Label accuracy: how many of the settled labels are right, shown by a blind audit."""
