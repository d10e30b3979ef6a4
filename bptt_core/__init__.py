"""Gradients through time: the shared package of the book."""
