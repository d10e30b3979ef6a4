"""A verdict as plain data: what other programs read, never the words."""

# The type under which a notebook stores the record of a verdict.
RECORD_TYPE = "application/vnd.derivations.verdict+json"


def record(verdict) -> dict:
    """Return a ``Verdict`` as data that JSON can hold.

    latex: what was judged, as typed.
    read: how it was read; only there if it was read otherwise.
    verdict: "holds"; "false", when some line does not hold; "refused",
    when one cannot be judged or uses what is not given.
    network: {"name", "forward"}, its name ("" if it has none) and its
    forward equations; ``None`` when the verdict knows no network.
    domain, networks: where it holds, in words, and on how many random
    networks; "" and 0 unless it holds.
    lines: for each ``=`` {"line", "holds", "follows"}.
    counterexample: of the first line that has one: {"line" (its number),
    "network", "sizes", "times", "components", "entry", "left", "right"};
    the two sides are texts, rounded as they are printed. Else ``None``.
    error: {"kind", "message", "column"}, or ``None``.
    not_given: derivatives that the answer uses and may not.
    readings: how something was read that could mean something else; it is
    left out if there is nothing to say.
    hints: each {"edit", "line", "kind", "changes"}, as in ``Hint``.

    It is the same on every machine: measured numbers are rounded.
    """
    holds = bool(verdict)
    readings = list(dict.fromkeys(verdict.readings))
    return {
        "latex": verdict.latex,
        **({"read": verdict.reading} if verdict.reading else {}),
        "verdict": _word(verdict),
        "network": _network(verdict.notation),
        "domain": verdict.domain if holds else "",
        "networks": verdict.networks if holds else 0,
        "lines": [
            {"line": s.right, "holds": s.holds, "follows": s.follows}
            for s in verdict.steps
        ],
        "counterexample": _counterexample(verdict.steps),
        "error": _error(verdict.error),
        "not_given": list(verdict.not_given),
        "hints": [
            {
                "edit": h.edit,
                "line": h.line,
                "kind": h.kind,
                "changes": [list(change) for change in h.changes],
            }
            for h in verdict.hints
        ],
        **({"readings": readings} if readings else {}),
    }


def _word(verdict):
    if verdict:
        return "holds"
    return "false" if any(s.refuted for s in verdict.steps) else "refused"


def _network(notation):
    if notation is None:
        return None
    return {"name": notation.name, "forward": list(notation.forward)}


def _counterexample(steps):
    for number, step in enumerate(steps, 1):
        found = step.counterexample
        if found is not None:
            return {
                "line": number,
                "network": found.network,
                "sizes": dict(found.sizes),
                "times": dict(found.times),
                "components": dict(found.components),
                "entry": list(found.entry),
                "left": f"{found.left:.4g}",
                "right": f"{found.right:.4g}",
            }
    return None


def _error(error):
    if error is None:
        return None
    return {
        "kind": error.kind,
        "message": error.message,
        "column": error.column,
    }
