"""From a meaning to numbers."""
