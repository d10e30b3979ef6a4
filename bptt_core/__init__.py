"""Gradients through time: the shared package of the book."""

__version__ = "0.1.0"
