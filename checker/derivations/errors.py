"""What can go wrong with a typed equation, and where it went wrong."""

from collections.abc import Iterable, Mapping
from contextlib import contextmanager

LONGEST_LINE = 160
WINDOW = 100


class EquationError(ValueError):
    """A message for the author of an equation, with its place.

    ``start`` and ``end`` are offsets into the LaTeX that was typed; they
    are ``None`` when the mistake has no single place.
    """

    def __init__(self, message, start=None, end=None):
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end

    @classmethod
    def on(cls, node, message):
        """Return the error whose place is that of a node."""
        return cls(message, node.start, node.end)

    def at(self, start, end):
        """Give the error a place if it has none yet; return it."""
        if self.start is None:
            self.start, self.end = start, end
        return self

    def pointed(self, latex):
        """Return the offending line, a caret under the place, the message."""
        if self.start is None:
            return self.message
        line_start = latex.rfind("\n", 0, self.start) + 1
        line_end = latex.find("\n", self.start)
        line = latex[line_start : line_end if line_end >= 0 else None]
        at = self.start - line_start
        width = max(1, min(self.end - line_start, len(line)) - at)
        if len(line) > LONGEST_LINE:
            line, at = _window(line, at)
            width = min(width, len(line) - at)
        return f"{line}\n{' ' * at}{'^' * width}\n{self.message}"


def _window(line, at):
    """Return what stands around a place, and the place in that."""
    start = max(0, min(at - WINDOW // 2, len(line) - WINDOW))
    stop = min(len(line), start + WINDOW)
    before = "… " if start else ""
    after = " …" if stop < len(line) else ""
    return before + line[start:stop] + after, at - start + len(before)


def check_instance(name, value, kind):
    """Raise TypeError unless an argument is of the class ``kind``."""
    if not isinstance(value, kind):
        raise TypeError(
            f"{name} must be a {kind.__name__}; got {type(value).__name__}"
        )


def texts_in(name, value):
    """Return the strings of an iterable, or one string, as a tuple.

    Raises TypeError for anything else.
    """
    texts = (value,) if isinstance(value, str) else value
    texts = tuple(texts) if isinstance(texts, Iterable) else (None,)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError(f"{name} must hold LaTeX strings; got {value!r}")
    return texts


def names_in(name, value):
    """Return what an argument maps strings to; ``None`` is ``{}``.

    Raises TypeError unless keys and values are strings.
    """
    value = {} if value is None else value
    check_instance(name, value, Mapping)
    texts_in(name, [*value.keys(), *value.values()])
    return value


def shortened(text):
    """Return a text without its middle if it is long."""
    if len(text) <= WINDOW:
        return text
    return f"{text[: WINDOW // 2]} … {text[-WINDOW // 2 :]}"


class ReadingError(EquationError):
    """The LaTeX cannot be read, or a symbol in it has no meaning."""


class ShapeError(EquationError):
    """Two sizes that should agree do not."""


class DomainError(EquationError):
    """The expression has no value at these indices (for example h_{-1})."""


class LimitError(EquationError):
    """The equation asks for more work than a display ever needs."""


class DefinitionError(EquationError):
    """Forward equations that do not define a network."""


@contextmanager
def in_row(latex):
    """Turn an error inside into a ``DefinitionError`` that shows the row."""
    try:
        yield
    except EquationError as error:
        source = getattr(latex, "source", None)  # of a row that was rewritten
        if source is not None:
            source.pointing(error)
            latex = source.typed
        raise DefinitionError(error.pointed(latex)) from None
