"""Verdicts and tables as text and as HTML."""

from html import escape

_STYLE = (
    "border-left:3px solid currentColor;padding:.2em .8em;margin:.4em 0"
)


def verdict_lines(verdict):
    """Return the lines of plain text that a verdict prints."""
    if verdict.error is not None and not verdict.steps:
        return ["cannot be judged", *verdict.error.pointed.split("\n")]
    if verdict:
        return [f"holds: {_scope(verdict)}"]
    lines = []
    if verdict.not_given:
        lines.append(
            "not an answer yet: it uses what is not given: "
            + ", ".join(verdict.not_given)
        )
    if not all(step.holds for step in verdict.steps):
        lines.insert(0, "does not hold")
    single = len(verdict.steps) == 1
    for number, step in enumerate(verdict.steps, 1):
        lines += _step_lines(step, number, single)
    if verdict.error is not None:
        lines += verdict.error.pointed.split("\n")
    lines += [f"hint: {hint}" for hint in verdict.hints]
    return lines


def _scope(verdict):
    domain = verdict.domain
    networks = f"on {verdict.networks} random networks"
    return f"{domain}, {networks}" if domain else networks


def _step_lines(step, number, single):
    lines = []
    if not single:
        state = "holds" if step.holds else "does not hold"
        if not step.holds and step.follows and number > 1:
            state += ", but follows from the line above"
        if step.holds and not step.follows and number > 1:
            state += ", but does not follow from the line above"
        lines.append(f"line {number}, = {step.right}: {state}")
    if step.counterexample is not None:
        lines.append(str(step.counterexample))
    return lines


def verdict_html(verdict):
    """Return a verdict as HTML that reads well in light and dark."""
    lines = verdict_lines(verdict)
    mark = "✓" if verdict else "✗"
    if verdict.error is not None and not verdict.steps:
        mark = "?"
    head = f"<strong>{mark} {escape(lines[0])}</strong>"
    pointed = ""
    rest = lines[1:]
    if verdict.error is not None:
        pointed = (
            '<pre style="margin:.3em 0;background:none;overflow-x:auto">'
            f"{escape(verdict.error.pointed)}</pre>"
        )
        shown = verdict.error.pointed.split("\n")
        rest = [line for line in rest if line not in shown]
    body = "".join(f"<div>{escape(line)}</div>" for line in rest)
    return (
        f'<div class="verdict" style="{_STYLE}">{head}{pointed}{body}</div>'
    )


def notation_html(notation):
    """Return the table of roles and sizes of a notation."""
    rows = "".join(
        f"<tr><td><code>{escape(latex)}</code></td><td>{escape(role)}</td>"
        f"<td>{escape(shape)}</td></tr>"
        for latex, role, shape in notation.table()
    )
    notes = "".join(
        f"<div>{escape(note)}</div>" for note in notation.network.notes
    )
    return (
        '<table class="notation"><thead><tr><th>symbol</th><th>role</th>'
        f"<th>shape</th></tr></thead><tbody>{rows}</tbody></table>{notes}"
    )
