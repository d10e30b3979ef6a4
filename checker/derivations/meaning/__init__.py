"""From a tree to a meaning."""
