"""The pictures of the book: still ones, and those that move."""
