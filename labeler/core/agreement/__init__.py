"""Agreement between raters, computed from counts of rating patterns."""
