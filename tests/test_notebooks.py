"""Stored outputs are complete, in order, clean, and fresh."""

import json
import re

import nbformat
import pytest

from tools import notebooks

CHAPTERS = notebooks.chapters()
ABSOLUTE_PATH = re.compile(
    r"/(?:home|Users|root|work|tmp|usr|opt)/\w|[A-Z]:\\"
)
OBJECT_ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}|0x[0-9a-f]{8,}")

pytestmark = pytest.mark.parametrize(
    "path", CHAPTERS, ids=[path.stem for path in CHAPTERS]
)


def code_cells(path):
    return [c for c in notebooks.read(path).cells if c.cell_type == "code"]


def printed(cell):
    """Everything a cell shows, as one text."""
    pieces = []
    for output in cell.outputs:
        pieces.append(output.get("text", ""))
        pieces.extend(
            value if isinstance(value, str) else json.dumps(value)
            for kind, value in output.get("data", {}).items()
            if not kind.startswith("image/png")
        )
    return "\n".join(pieces)


def test_is_valid_and_normalised(path):
    notebook = notebooks.read(path)
    nbformat.validate(notebook)
    again = notebooks.normalise(
        notebooks.read(path), notebook.metadata["bptt"]["digest"]
    )
    assert path.read_text(encoding="utf-8") == nbformat.writes(again) + "\n"


def test_was_executed_from_first_cell_to_last(path):
    cells = [cell for cell in code_cells(path) if cell.source.strip()]
    counts = [cell.execution_count for cell in cells]
    assert counts == list(range(1, len(cells) + 1))


def test_holds_no_error_and_no_warning(path):
    for cell in code_cells(path):
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", output.get("text")


def test_shows_no_absolute_path_and_no_object_address(path):
    for cell in code_cells(path):
        text = printed(cell)
        assert not ABSOLUTE_PATH.search(text), cell.source
        assert not OBJECT_ADDRESS.search(text), cell.source


def test_outputs_are_fresh(path):
    assert notebooks.is_fresh(path, notebooks.Inputs()), (
        f"{path.name} was not executed since its code, an equation or "
        "a module that it imports changed: run make book"
    )


def test_has_a_label_and_a_title(path):
    first = notebooks.read(path).cells[0].source
    assert re.match(r"\([\w-]+\)=\n# \S", first), first[:80]
