"""Claims on which the checker must say the same, whatever its arrays are.

    python -m tests.in_page_claims < claims.json > records.json

judges claims with the NumPy that the path finds first.
"""

import json
import random
import sys
import tomllib
from pathlib import Path

from bptt_core import book
from bptt_core.book import DEFINITIONS, book_directory, exercises, sources
from derivations.books import ledger
from derivations.judging.mutate import mutants
from in_page import answering

ROOT = Path(__file__).parents[1]
CASES = ROOT / "checker" / "tests" / "cases"
# The networks that a page finds by their names.
NAMED = {*exercises.NETWORKS, *sources.NETWORKS, *book.__all__}
ALTERED, SEED = 500, 19
# Sides that are closer than this, relatively, are the same to the checker.
SAME = 1e-12


# What a page runs to put claims to a checker of its own; null where it fails.
ASK = """async (asked) => {
  const {home} = JSON.parse(
    document.getElementById("typing-data").textContent);
  const worker = new Worker(new URL(home + "worker.mjs", location.href),
    {type: "module"});
  const found = [];
  return new Promise((done) => {
    let at = 0;
    worker.onmessage = ({data}) => {
      if (data.loaded) return;
      if (!data.ready) found.push(data.answer ?? null);
      if (at === asked.length) {
        worker.terminate();
        return done(found);
      }
      worker.postMessage({request: asked[at++]});
    };
  });
}"""


def sample(share):
    """Return one claim of SHARE among all, and of 500 altered displays."""
    return [
        *displays()[::share],
        *printed()[::share],
        *cases()[::share],
        *altered(ALTERED // share, SEED),
    ]


def displays():
    """Return every labelled display, in the network that judged it."""
    found = []
    entries = ledger.entries(book_directory(), DEFINITIONS)
    for entry in entries.values():
        if entry.record:
            network = entry.record["network"]
            rows = {"forward": network["forward"]}
            known = network["name"] in NAMED
            asked = network["name"] if known else rows
            found.append(_line(asked, entry.display.latex))
    return found


def printed():
    """Return every formula of the sources, as printed and as corrected."""
    tables = _table(Path(sources.__file__).with_suffix(".toml"))
    networks = tables.pop("notations")
    del tables["sources"], tables["textbooks"]
    return [
        _line(networks[network], row[form])
        for network, rows in tables.items()
        for row in rows.values()
        for form in ("latex", "corrected")
        if row.get(form)
    ]


def cases():
    """Return the lines that the checker's own tests are about."""
    networks = _table(CASES / "networks.toml")
    found = [
        _line(networks[row["notation"]], row["line"])
        for rows in _table(CASES / "lines.toml").values()
        for row in rows.values()
    ]
    found += [
        _line({"forward": row["forward"]}, row["claim"])
        for row in _table(CASES / "public.toml").values()
    ]
    found += [
        _line(networks[network], row["line"])
        for network, rows in _table(CASES / "slips.toml").items()
        for row in rows.values()
    ]
    found += [
        _line(networks[row.get("notation", "BOOK")], row["line"])
        for rows in _table(CASES / "readings.toml").values()
        for row in rows.values()
    ]
    for network in _table(CASES / "kinds.toml")["networks"]:
        rows = {"forward": network["forward"], **network.get("options", {})}
        found += [_line(rows, line[0]) for line in network["lines"]]
    for group in _table(CASES / "constructs.toml").values():
        lines = [*group.get("true", ()), *group.get("false", ())]
        rows = {"forward": group["forward"], **group.get("options", {})}
        found += [_line(rows, line) for line in lines]
    return found


def altered(count, seed):
    """Return altered versions of the displays, drawn by a seed."""
    draw = random.Random(seed)
    named = [one for one in displays() if isinstance(one["network"], str)]
    shown = draw.sample(named, min(count, len(named)))
    found = []
    for one in shown:
        notation = answering.notation(one["network"])
        made = mutants(one["latex"], notation)
        share = -(-count // len(shown))
        found += [
            _line(one["network"], mutant.pair)
            for mutant in draw.sample(made, min(share, len(made)))
        ]
    return found[:count]


def _line(network, latex):
    return {"ask": "line", "network": network, "latex": latex}


def _table(path):
    return tomllib.loads(path.read_text(encoding="utf-8"))


def judged(claims):
    """Return the record of each claim, None where its network has none."""
    records = []
    for claim in claims:
        try:
            answer = answering.respond(json.dumps(claim))
        except (ValueError, TypeError) as error:
            records.append({"no network": str(error)})
        else:
            records.append(json.loads(answer)["record"])
    return records


def alike(one, other):
    """Whether two records say the same.

    Measured numbers may differ by what the checker calls rounding: of two
    sides that are equal but for that, one may print as 0, one as 1e-17.
    """
    one, other = dict(one), dict(other)
    numbers = [record.pop("counterexample", None) for record in (one, other)]
    if one != other or (numbers[0] is None) != (numbers[1] is None):
        return False
    if numbers[0] is None:
        return True
    sides = [
        [float(number.pop(side)) for side in ("left", "right")]
        for number in map(dict, numbers)
    ]
    places = [
        {k: v for k, v in number.items() if k not in ("left", "right")}
        for number in numbers
    ]
    return places[0] == places[1] and all(
        _near(a, b, max(map(abs, sides[0])))
        for a, b in zip(*sides, strict=True)
    )


def different(claims, answers):
    """Return the claims of which a page's answers say what is not so here."""
    expected = judged(claims)
    assert len(answers) == len(expected) > 0
    return [
        claim["latex"]
        for claim, answer, record in zip(
            claims, answers, expected, strict=True
        )
        if not (
            "no network" in record
            if answer is None
            else alike(json.loads(answer)["record"], record)
        )
    ]


def _near(one, other, size):
    same = one == other or (one != one and other != other)
    return same or abs(one - other) <= SAME * size


if __name__ == "__main__":
    json.dump(judged(json.load(sys.stdin)), sys.stdout)
