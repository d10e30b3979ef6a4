"""Verdicts and tables as text and as HTML."""

from html import escape

_BOX = "border-left:3px solid currentColor;padding:.2em .8em;margin:.4em 0"
# A wrapped line would take the caret from its place, so it scrolls.
_LINE = "margin:.3em 0;background:none;white-space:pre;overflow-x:auto"


def verdict_lines(verdict) -> list[str]:
    """Return the lines of plain text that a verdict prints."""
    lines = [*_findings(verdict), *_reading(verdict), *_readings(verdict)]
    return [*lines, *_pointed(verdict), *_hints(verdict)]


def verdict_html(verdict) -> str:
    """Return a verdict as HTML that reads well in light and dark."""
    first, *rest = _findings(verdict)
    mark = "?" if _undecided(verdict) else "✓" if verdict else "✗"
    *place, message = _pointed(verdict) or [""]
    pointed = "\n".join(place)
    if place:
        pointed = f'<pre style="{_LINE}" tabindex="0">{escape(pointed)}</pre>'
    rest = [*rest, *_reading(verdict), *_readings(verdict)]
    lines = [escape(line) for line in ([message] if message else []) + rest]
    lines += [_hint_html(hint) for hint in verdict.hints]
    body = "".join(f"<div>{line}</div>" for line in lines)
    return (
        f'<div class="verdict" style="{_BOX}"><strong>{mark} '
        f"{escape(first)}</strong>{pointed}{body}</div>"
    )


def scope(verdict) -> str:
    """Return where a true display was compared, and on what."""
    on = f"on {verdict.networks} random networks"
    if verdict.blurred:
        on += f" ({verdict.blurred} more saturate: no digits to compare)"
    if verdict.kinked:
        on += f" ({verdict.kinked} more stand at a kink: they have no slope)"
    if any(step.overrun for step in verdict.steps):
        on += "; beyond T every gradient is zero, so a sum may go on there"
    if any(step.tame for step in verdict.steps):
        on += (
            "; a term may hide there below the last digit, so it was judged "
            "with smaller numbers in the rows too"
        )
    held = next((step.held for step in verdict.steps if step.held), "")
    if held:
        on += f"; {held} is taken as given, not as its row makes it"
    return f"{verdict.domain}, {on}" if verdict.domain else on


def _undecided(verdict):
    """Whether nothing is known against it, but it could not be judged."""
    refuted = any(step.refuted for step in verdict.steps)
    return verdict.error is not None and not refuted


def _findings(verdict):
    """Return the lines that say what was found, the first one in short."""
    if verdict:
        return [f"holds: {scope(verdict)}"]
    lines = []
    if _undecided(verdict):
        lines.append("cannot be judged")
    elif any(step.refuted for step in verdict.steps):
        lines.append("does not hold")
    if verdict.not_given:
        lines.append(
            "not an answer yet: it uses what is not given: "
            + ", ".join(verdict.not_given)
        )
    for number, step in enumerate(verdict.steps, 1):
        if len(verdict.steps) > 1:
            lines.append(_step_line(step, number))
        if step.counterexample is not None:
            lines.append(str(step.counterexample))
        if step.where:
            lines.append(step.where)
    return lines


def _reading(verdict):
    """Return the line that says how it was read, if not as it stands."""
    if not verdict.steps or not verdict.reading:
        return []
    return [f"read as: {verdict.reading}"]


def _step_line(step, number):
    state = "does not hold" if step.refuted else "cannot be judged"
    if step.holds:
        state = "holds"
    if number > 1 and step.follows != step.holds:
        state += (
            ", but follows from the line above"
            if step.follows
            else ", but does not follow from the line above"
        )
    return f"line {number}, = {step.right}: {state}"


def _pointed(verdict):
    """Return the line of an error, its caret and the message."""
    return verdict.error.pointed.split("\n") if verdict.error else []


def _readings(verdict):
    return [f"read {what}" for what in dict.fromkeys(verdict.readings)]


def _hints(verdict):
    return [f"hint: {hint}" for hint in verdict.hints]


def _hint_html(hint):
    line = f"<code>{escape(hint.line)}</code>"
    return f"hint: it holds with {escape(hint.edit)}: {line}"
