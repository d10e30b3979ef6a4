"""Runs in Pyodide, at build time: finds what the checker imports, packs it.

/checker holds the checker as it stands; into /out go
    python_stdlib.zip   the modules of the standard library, as byte code
    checker.gz          the checker and what it needs, as byte code: one line
                        of JSON, [[path, bytes], …], and then their contents
"""

import gzip
import importlib.util
import io
import json
import marshal
import sys
import zipfile
from pathlib import Path

# The same place as on a page: the parser's tables are kept with their address.
SOURCES, OUT = Path("/checker"), Path("/out")
TABLES = SOURCES / "derivations" / "latex" / "grammar.tables"
# No date stands in the files: the same sources give the same bytes.
LONG_AGO = (1980, 1, 1, 0, 0, 0)
# What is imported first when something goes wrong.
RARE = ("difflib", "graphlib", "html", "traceback", "linecache", "tokenize")
BOOK = ["BOOK", "BOOK_LSTM"]
ASKED = [
    {"ask": "table", "network": "BOOK_LSTM"},
    {"ask": "table", "network": {"forward": ["h_t = \\tanh(W h_{t-1})"]}},
    {"ask": "table", "network": {"forward": ["h_t = \\tanh("]}},
    {"ask": "line", "network": "BOOK", "latex": r"\delta_t = W^\top h_t"},
    {"ask": "line", "network": "BOOK", "latex": r"z_t = V h_t + c"},
    {"ask": "line", "network": "BOOK", "latex": r"z_t = V h_t + \eta"},
    {"ask": "line", "network": "BOOK", "latex": r"z_t = V h_t + ("},
    {"ask": "line", "network": "BOOK", "latex": r"z_t = V^\top h_t"},
    {"ask": "exercise", "label": "ex-order", "latex": "W"},
    {"ask": "exercise", "label": "ex-order", "latex": ""},
    {"ask": "hints", "label": "ex-bptt-delta", "latex": "V^\\top"},
    {
        "ask": "hints",
        "label": "ex-bptt-delta",
        "latex": r"(1 - h_T^2) \odot V (\hat y_T - y_T)",
    },
    {"ask": "code", "label": "ex-chain-code", "text": "judge(all_paths)"},
    {"ask": "code", "label": "ex-lstm-code", "text": "1 +"},
]


def code_of(path):
    """Return byte code without docstrings, and without a date."""
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(path.anchor).as_posix()
    code = compile(text, name, "exec", dont_inherit=True, optimize=2)
    # The flag says: made from no file that could be newer.
    head = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little")
    return head + bytes(8) + marshal.dumps(code)


def standard_library(before):
    """Write the modules that are loaded, or were before, as one archive."""
    shipped = next(Path(p) for p in sys.path if p.endswith(".zip"))
    names = {
        origin.split(".zip/")[1]
        for module in [*sys.modules.values()]
        if (origin := getattr(module, "__file__", "") or "")
        and f"{shipped}/" in origin
    }
    with (
        zipfile.ZipFile(shipped) as full,
        zipfile.ZipFile(OUT / "python_stdlib.zip", "w") as kept,
    ):
        for name in sorted(names):
            source = Path("/tmp", name)
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_bytes(full.read(name))
            entry = zipfile.ZipInfo(f"{name}c", LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            kept.writestr(entry, code_of(source), compresslevel=9)


def checker():
    """Write every file of /checker, modules as byte code."""
    listed, contents = [], []
    for path in sorted(SOURCES.rglob("*")):
        if not path.is_file():
            continue
        name = path.relative_to(SOURCES).as_posix()
        module = path.suffix == ".py"
        data = code_of(path) if module else path.read_bytes()
        listed.append([f"{name}c" if module else name, len(data)])
        contents.append(data)
    packed = io.BytesIO()
    with gzip.GzipFile("", "wb", 9, packed, mtime=0) as file:
        file.write(json.dumps(listed).encode() + b"\n" + b"".join(contents))
    (OUT / "checker.gz").write_bytes(packed.getvalue())


loaded = set(sys.modules)
sys.path.insert(0, str(SOURCES))
for rare in RARE:
    __import__(rare)
TABLES.touch()  # found empty, they are made
from derivations.latex import tree  # noqa: E402
from in_page.answering import respond  # noqa: E402

for request in ASKED:
    print(respond(json.dumps(request))[:72])
try:
    respond(json.dumps({"ask": "line", "network": "none", "latex": "W"}))
except KeyError:
    pass
else:
    raise AssertionError("a network of no name was found")
tree._parser.cache_clear()
if tree._parser().source_path != "<deserialized>":
    raise AssertionError("the parser does not come from its tables")
standard_library(loaded)
checker()
