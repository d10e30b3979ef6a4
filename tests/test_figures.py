"""The figures: stable bytes, both themes, legible text, honest drawings."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from bptt_figures import still as figures
from bptt_figures.still import lstm_graphs, mathtext

ALT = "A drawing made for a test, described at sufficient length."
STEPS = np.arange(1, 31)
SERIES = {r"$\rho = 0.8$": 0.8**STEPS, "grows": 1.1**STEPS}
GRID = np.linspace(-1.0, 1.0, 12)
BOWL = GRID[:, None] ** 2 + 2.0 * GRID[None, :] ** 2 + 0.5
REACH = np.triu(0.5 ** np.abs(np.subtract.outer(range(5), range(5))))

DRAWINGS = {
    "lines": lambda ax: figures.lines_over_time(ax, SERIES),
    "heat map": lambda ax: figures.heat_map(
        ax, REACH, mask="lower", name=r"$\|\delta_t\|$"
    ),
    "bars": lambda ax: figures.bars(ax, {"one": 1.0, r"$\delta_t$": 2.0}),
    "matrix": lambda ax: figures.matrix_picture(
        ax, [[Fraction(1, 2), -1], [0, 2]], name="$W$"
    ),
    "surface": lambda ax: figures.error_surface(
        ax, GRID, GRID, BOWL, paths={"descent": [[0.5, 0.5], [0.1, 0.2]]}
    ),
    "unrolled": lambda ax: figures.unrolled_graph(ax, 3, backward=True),
    "term": lambda ax: figures.unrolled_graph(ax, 3, highlight=(3, 1)),
    "cell": lambda ax: figures.lstm_cell(ax, "c"),
    "paths": lambda ax: figures.lstm_unrolled(ax, highlight=["i", "o"]),
}


@pytest.fixture(autouse=True)
def book_style():
    with mpl.rc_context():
        figures.use_book_style()
        yield


def draw(name):
    fig, ax = figures.new_figure()
    assert DRAWINGS[name](ax) is ax
    return figures.show(fig, ALT).html


def parts(draw_on, kind="narrow"):
    """The names of what was drawn, as the page finds them."""
    fig, ax = figures.new_figure(kind)
    draw_on(ax)
    return re.findall('data-part="([^"]+)"', figures.show(fig, ALT).html)


def starting(names, word):
    return {name.split(" ", 1)[1] for name in names if name.startswith(word)}


# Display ---------------------------------------------------------------------


@pytest.mark.parametrize("name", DRAWINGS)
def test_bytes_are_stable_in_one_process(name):
    assert draw(name) == draw(name)


def test_bytes_are_stable_across_processes():
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "import test_figures as t; t.figures.use_book_style()\n"
        "sys.stdout.buffer.write("
        "''.join(map(t.draw, t.DRAWINGS)).encode())"
    )
    once, again = (
        subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            capture_output=True,
            check=True,
            cwd=Path(__file__).parents[1],
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    )
    assert once == again
    assert once == "".join(map(draw, DRAWINGS)).encode()


def test_round_off_leaves_the_bytes_alone():
    def picture(noise):
        fig, ax = figures.new_figure()
        figures.lines_over_time(ax, {"a": 0.83**STEPS * (1 + noise)})
        return figures.show(fig, ALT).html

    noise = np.random.default_rng(3).uniform(-1e-14, 1e-14, 30)
    assert picture(noise) == picture(0)
    assert picture(0.01) != picture(0)


def test_shades_do_not_turn_on_round_off():
    def picture(scale):
        fig, ax = figures.new_figure()
        figures.heat_map(ax, REACH * scale, mask="lower")
        return figures.show(fig, ALT).html

    assert picture(1 - 1e-14) == picture(1.0) == picture(1 + 1e-14)


def test_earlier_settings_do_not_show():
    plain = draw("lines")
    with mpl.rc_context({"lines.linewidth": 9, "font.size": 30}):
        figures.use_book_style()
        assert draw("lines") == plain


@pytest.mark.parametrize("name", DRAWINGS)
def test_output_is_well_formed_and_described(name):
    figure = ET.fromstring(draw(name))
    drawing = figure.find("{http://www.w3.org/2000/svg}svg")
    assert figure.tag == "figure"
    assert drawing.get("role") == "img"
    assert drawing.get("aria-label") == ALT
    assert "max-width" in figure.get("style")


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_colour_is_fixed_to_one_theme(name):
    colours = set(re.findall(r"#[0-9a-fA-F]{6}", draw(name)))
    assert colours <= set(figures.ROLE.values())
    assert not re.search(r"(fill|stroke)[=:]\"?(black|white)", draw(name))


@pytest.mark.parametrize("name", DRAWINGS)
def test_text_is_text_and_legible_on_a_phone(name):
    html = draw(name)
    sizes = [float(size) for size in re.findall(r'font-size="([^"]+)"', html)]
    assert sizes
    assert min(sizes) >= 11
    assert 'viewBox="0 0 336 ' in html
    assert "<image" not in html
    assert "<style" not in html


def test_cells_stay_light_under_their_numbers():
    _, ax = figures.new_figure()
    figures.heat_map(ax, REACH + 1, numbers="{:.2f}")
    figures.matrix_picture(ax, REACH)
    shades = [patch.get_facecolor()[3] for patch in ax.patches]
    assert 0.3 < max(shades) <= 0.37


@pytest.mark.parametrize("name", DRAWINGS)
def test_coordinates_have_two_decimals_at_most(name):
    for shape in re.findall(r' d="([^"]+)"', draw(name)):
        assert not re.search(r"\.\d{3}|e-|nan|inf", shape)


def clipped(low):
    fig, ax = figures.new_figure()
    ax.plot(STEPS, SERIES["grows"])
    ax.set_ylim(low, 2)
    return figures.show(fig, ALT).html


def test_ids_are_unique_on_a_page_and_resolve():
    page = clipped(1.2) + clipped(1.5) + "".join(map(draw, DRAWINGS))
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids)) >= 2
    assert set(re.findall(r"url\(#([^)]+)\)", page)) == set(ids)


def test_what_leaves_the_axes_is_clipped_and_nothing_else():
    assert clipped(1.2).count("<clipPath") == 1
    assert "<clipPath" not in draw("lines")


@pytest.mark.parametrize(
    "alt",
    [
        None,
        "",
        "Figure",
        " " * 40,
        "Ablinethatfallstowardsthebottomright",
        r"The norm of $\delta_t$ falls as t grows",
    ],
)
def test_alternative_text_is_required(alt):
    fig, _ = figures.new_figure()
    with pytest.raises(ValueError, match="alt"):
        figures.show(fig, alt)


def test_mimebundle_and_text():
    fig, _ = figures.new_figure()
    shown = figures.show(fig, 'Two lines, "a" & b < c, that cross once')
    bundle = shown._repr_mimebundle_()
    text = 'Figure: Two lines, "a" & b < c, that cross once'
    assert bundle["text/plain"] == repr(shown) == text
    assert ET.fromstring(bundle["text/html"]) is not None


def test_caption_sets_mathematics():
    fig, _ = figures.new_figure()
    html = figures.show(fig, ALT, r"Norm of $\delta_{t-1}$ & more").html
    caption = ET.fromstring(html).find("figcaption")
    assert "".join(caption.itertext()) == "Norm of δt−1 & more"
    assert caption.find("sub") is not None


def test_pyplot_forgets_a_shown_figure():
    mpl.use("agg")
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    ax.plot([1, 2])
    figures.show(fig, ALT)
    assert plt.get_fignums() == []


def test_several_panels():
    made = [figures.new_figure()[0] for _ in range(2)]
    html = figures.show(made, [ALT, ALT + " Again."]).html
    assert ET.fromstring(html) is not None
    assert html.count("<svg") == 2
    with pytest.raises(ValueError, match="list of 2"):
        figures.show(made, ALT)


def test_a_wide_figure_scrolls_in_its_own_frame():
    fig, _ = figures.new_figure("wide")
    html = figures.show(fig, ALT).html
    assert "overflow-x:auto" in html
    assert 'tabindex="0"' in html
    assert "min-width:528px" in html


def test_small_text_images_and_huge_drawings_are_refused():
    fig, ax = figures.new_figure()
    ax.set_title("tiny", fontsize=8)
    with pytest.raises(ValueError, match=r"'tiny' must be .* got 8 px"):
        figures.show(fig, ALT)
    fig, ax = figures.new_figure()
    ax.imshow(np.eye(3))
    with pytest.raises(ValueError, match="raster"):
        figures.show(fig, ALT)
    fig, ax = figures.new_figure()
    ax.plot(np.sin(np.arange(20_000)))
    with pytest.raises(ValueError, match="thin the data"):
        figures.show(fig, ALT)
    with pytest.raises(ValueError, match="figure must be a Figure"):
        figures.show(["no figure"], [ALT])


@pytest.mark.parametrize("wrong", [{"kind": "huge"}, {"height": 0}])
def test_new_figure_refuses(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        figures.new_figure(**wrong)


# Labels ----------------------------------------------------------------------


def plain(label):
    return "".join(run.text for run in mathtext.runs(label))


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("plain words", "plain words"),
        (r"$\hat y_t$", "ŷt"),
        (r"$\delta_{t-1}$ here", "δt−1 here"),
        (r"$\|\partial L/\partial h_t\|$", "‖∂L/∂ht‖"),
        (r"$\mathdefault{10^{-3}}$", "10−3"),
        (r"$W^\top \odot h$", "W⊤⊙h"),
        (r"$a\leq b$", "a\u2005≤\u2005b"),
        (r"$-1$", "−1"),
        (r"costs \$5", "costs $5"),
    ],
)
def test_labels_become_text(label, text):
    assert plain(label) == text


def test_letters_slant_and_digits_stand():
    assert mathtext.runs("$h_{t2}$") == [
        ("h", "italic", 0),
        ("t", "italic", -1),
        ("2", "upright", -1),
    ]


@pytest.mark.parametrize(
    "label", ["$x", r"$\nonsense$", "$x_{t$", "$x_{t_k}$", "$x_$", "$x}$"]
)
def test_bad_labels_are_quoted(label):
    with pytest.raises(ValueError, match=re.escape(repr(label))):
        mathtext.runs(label)


# Plots -----------------------------------------------------------------------


def test_lines_carry_their_names_apart():
    _, ax = figures.new_figure()
    series = {name: STEPS * (1 + 1e-4 * i) for i, name in enumerate("abcd")}
    figures.lines_over_time(ax, series, ghosts=["b"], dashed=["c"])
    assert [line.get_linestyle() for line in ax.lines] == [
        "-",
        "--",
        "--",
        "-",
    ]
    assert ax.lines[1].get_color() == figures.GHOST
    heights = sorted(note.xyann[1] for note in ax.texts)
    assert min(np.diff(heights)) >= 14
    assert [note.get_text() for note in ax.texts] == list("abcd")
    assert ax.get_yscale() == "log"


def test_lines_stop_at_the_floor():
    _, ax = figures.new_figure()
    figures.lines_over_time(ax, {"a": 0.1**STEPS}, floor=1e-12)
    assert ax.lines[0].get_ydata().min() >= 0.99e-12
    assert len(ax.lines[0].get_xdata()) in (11, 12)


def test_a_band_lies_behind_its_line_and_ends_at_the_floor():
    _, ax = figures.new_figure()
    line = 0.1**STEPS
    figures.lines_over_time(
        ax, {"a": line}, bands={"a": (line / 100, line * 100)}, floor=1e-12
    )
    [band] = [p for p in ax.patches if p.get_gid() == "band a"]
    corners = band.get_xy()
    assert corners[:, 1].min() == 1e-12
    assert corners[:, 1].max() == pytest.approx(10)
    # above, the band goes on where the line has left the figure
    assert corners[:, 0].max() in (13, 14)
    assert band.get_zorder() < ax.lines[0].get_zorder()
    _, ax = figures.new_figure()
    figures.lines_over_time(
        ax, {"a": STEPS}, log=False, bands={"a": (STEPS - 1, STEPS + 2)}
    )
    corners = ax.patches[0].get_xy()
    assert (corners[:, 1].min(), corners[:, 1].max()) == (0, 32)


def test_maps_that_are_compared_share_a_span():
    _, ax = figures.new_figure()
    powers = 10.0 ** np.arange(0, -5, -1)[None, :]
    figures.heat_map(ax, powers, span=(1e-2, 10))
    keys = [text.get_text() for text in ax.texts]
    assert keys == ["≥ 10", "≥ 1", "≥ 0.1", "< 0.1"]
    cells = [p for p in ax.patches if (p.get_gid() or "")[:5] == "cells"]
    assert [p.get_gid() for p in cells] == ["cells 3", "cells 1", "cells 1"]


def test_a_surface_may_stand_on_a_grid_that_follows_it():
    _, ax = figures.new_figure()
    x = GRID[None, :] + 0.1 * GRID[:, None]
    figures.error_surface(ax, x, GRID, x**2 + GRID[:, None] ** 2)
    assert ax.get_xlim() == pytest.approx((-1.1, 1.1))
    assert ax.get_ylim() == (-1, 1)


def test_heat_map_draws_what_is_not_masked():
    drawn = parts(lambda ax: figures.heat_map(ax, REACH, mask="lower"))
    counts = [int(name.split()[1]) for name in drawn if "cells" in name]
    assert sum(counts) == 15
    whole = parts(lambda ax: figures.heat_map(ax, REACH + 1, log=False))
    assert sum(int(n.split()[1]) for n in whole if "cells" in n) == 25


def test_heat_map_shades_follow_the_values():
    _, ax = figures.new_figure()
    powers = 10.0 ** np.arange(0, -5, -1)[None, :]
    figures.heat_map(ax, powers)
    cells = [p for p in ax.patches if (p.get_gid() or "")[:5] == "cells"]
    alphas = [patch.get_facecolor()[3] for patch in cells]
    columns = [patch.get_path().vertices[:, 0].mean() for patch in cells]
    assert alphas == sorted(alphas)
    assert len(set(alphas)) == 5
    assert columns == sorted(columns, reverse=True)
    keys = [text.get_text() for text in ax.texts]
    assert keys[0] == "≥ 1"
    assert len(keys) == 5


def test_heat_map_writes_numbers():
    _, ax = figures.new_figure()
    figures.heat_map(ax, [[0.5, 1.0]], log=False, numbers="{:.1f}")
    assert [text.get_text() for text in ax.texts][:2] == ["0.5", "1.0"]


def test_bars_and_their_numbers():
    _, ax = figures.new_figure()
    figures.bars(ax, {"a": 3.0, "b": -1.5}, roles={"b": "delta"})
    assert [bar.get_width() for bar in ax.patches] == [3.0, -1.5]
    assert [text.get_text() for text in ax.texts] == ["3", "−1.5"]


def test_bars_on_a_log_axis_reach_their_values():
    _, ax = figures.new_figure()
    figures.bars(ax, {"a": 3.1e-5, "b": 2e10}, log=True, numbers="{:.1e}")
    assert ax.get_xlim() == (1e-5, 2e10)
    written = [mathtext.runs(text.get_text()) for text in ax.texts]
    texts = ["".join(run.text for run in runs) for runs in written]
    assert texts == ["3.1 × 10−5", "2.0 × 1010"]


def test_matrix_picture_keeps_fractions():
    _, ax = figures.new_figure()
    figures.matrix_picture(ax, [[Fraction(-1, 3), 2]])
    assert [text.get_text() for text in ax.texts] == ["−1/3", "2"]


def test_matrices_that_are_compared_share_one_signed_scale():
    """Size gives the strength against `top`, the sign gives the colour."""
    shades = []
    for matrix in ([[1.0, -1.0]], [[4.0, 2.0]]):
        _, ax = figures.new_figure()
        figures.matrix_picture(ax, matrix, role="delta", negative="h", top=4)
        shades += [patch.get_facecolor() for patch in ax.patches]
    one, minus_one, four, two = shades
    assert one[:3] == four[:3] == two[:3] != minus_one[:3]
    assert one[3] == minus_one[3] < two[3] < four[3]


def test_round_off_below_zero_is_written_as_zero():
    _, ax = figures.new_figure()
    figures.matrix_picture(ax, [[-1e-17, -2.0]], numbers="{:.1f}")
    assert [text.get_text() for text in ax.texts] == ["0.0", "−2.0"]


def test_surface_paths_are_drawn():
    _, ax = figures.new_figure()
    walk = np.array([[0.5, 0.5], [0.2, 0.1]])
    figures.error_surface(ax, GRID, GRID, BOWL, paths={"a": walk, "b": walk})
    assert [line.get_linestyle() for line in ax.lines] == ["-", "--"]
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), walk)


@pytest.mark.parametrize("top", [0, -1.0, np.nan, 0.5])
def test_a_scale_must_hold_every_entry(top):
    _, ax = figures.new_figure()
    with pytest.raises(ValueError, match="top: expected a positive number"):
        figures.matrix_picture(ax, np.eye(2), top=top)


@pytest.mark.parametrize(
    ("function", "arguments", "named"),
    [
        ("lines_over_time", [{}], "series"),
        ("lines_over_time", [{"a": []}], "'a'"),
        ("lines_over_time", [{"a": [1, np.nan]}], "finite"),
        ("lines_over_time", [{"a": [1, 0]}], "floor"),
        ("heat_map", [[1, 2]], "matrix"),
        ("heat_map", [[[0, 0]]], "matrix"),
        ("heat_map", [[[1, -1]]], "matrix"),
        ("bars", [{}], "values"),
        ("matrix_picture", [np.eye(9)], "8"),
        ("matrix_picture", [[1, 2]], "M"),
        ("error_surface", [GRID, GRID[:3], BOWL], "loss"),
        ("error_surface", [BOWL[:3], GRID, BOWL], "loss"),
    ],
)
def test_plots_refuse_bad_arrays(function, arguments, named):
    _, ax = figures.new_figure()
    with pytest.raises(ValueError, match=named):
        getattr(figures, function)(ax, *arguments)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda ax: figures.heat_map(ax, REACH, mask="left"), "mask"),
        (lambda ax: figures.heat_map(ax, REACH, span=(0, 1)), "span"),
        (lambda ax: figures.heat_map(ax, REACH, span=(2, 1)), "span"),
        (
            lambda ax: figures.lines_over_time(
                ax, SERIES, bands={"b": (1, 2)}
            ),
            "bands",
        ),
        (
            lambda ax: figures.lines_over_time(
                ax, SERIES, bands={"grows": (STEPS,)}
            ),
            "bands",
        ),
        (
            lambda ax: figures.lines_over_time(
                ax, SERIES, bands={"grows": (STEPS, STEPS[1:])}
            ),
            "band",
        ),
        (lambda ax: figures.heat_map(ax, REACH, mask=[True]), "mask"),
        (lambda ax: figures.heat_map(ax, REACH, role="q"), "role"),
        (lambda ax: figures.lines_over_time(ax, SERIES, x=[1]), "values"),
        (lambda ax: figures.lines_over_time(ax, SERIES, ghosts="q"), "ghosts"),
        (
            lambda ax: figures.lines_over_time(
                ax, SERIES, roles={"grows": "q"}
            ),
            "role",
        ),
        (lambda ax: figures.lines_over_time(ax, SERIES, floor=99.0), "floor"),
        (lambda ax: figures.bars(ax, {"a": 0}, log=True), "log"),
        (lambda ax: figures.bars(ax, {"a": 1}, roles={"b": "h"}), "roles"),
        (
            lambda ax: figures.error_surface(ax, GRID, GRID, -BOWL, log=True),
            "log",
        ),
        (
            lambda ax: figures.error_surface(
                ax, GRID, GRID, BOWL, paths={"a": [[1]]}
            ),
            "path",
        ),
    ],
)
def test_plots_refuse_bad_options(call, named):
    _, ax = figures.new_figure()
    with pytest.raises(ValueError, match=named):
        call(ax)


# Graphs ----------------------------------------------------------------------


def test_unrolled_graph_has_every_node_weight_and_edge():
    drawn = parts(lambda ax: figures.unrolled_graph(ax, 3))
    columns = {f"{row}{t}" for row in "xhyL" for t in (1, 2, 3)}
    assert starting(drawn, "node") == columns | {"h0"}
    assert starting(drawn, "weight") == {
        f"{w}{t}" for w in "UWV" for t in (1, 2, 3)
    }
    assert len(starting(drawn, "forward")) == 7 * 3
    assert not starting(drawn, "backward")


def test_detail_adds_a_and_z():
    drawn = parts(lambda ax: figures.unrolled_graph(ax, 2, detail=True))
    assert {"a1", "a2", "z1", "z2"} <= starting(drawn, "node")
    assert {"a2-h2", "z1-y1", "W2-a2"} <= starting(drawn, "forward")


def test_backward_edges_mirror_the_forward_graph():
    drawn = parts(lambda ax: figures.unrolled_graph(ax, 2, backward=True))
    assert starting(drawn, "backward") == {
        "L2-y2",
        "y2-h2",
        "h2-h1",
        "h2-x2",
        "L1-y1",
        "y1-h1",
        "h1-h0",
        "h1-x1",
    }


@pytest.mark.parametrize(
    ("options", "lit"),
    [
        ({"highlight": (3, 3)}, "L3-y3 y3-h3 h3-W3"),
        ({"highlight": (3, 1)}, "L3-y3 y3-h3 h3-h2 h2-h1 h1-W1"),
        ({"highlight": (2, 2), "weight": "U"}, "L2-y2 y2-h2 h2-U2"),
        ({"highlight": (2, 2), "weight": "V"}, "L2-y2 y2-V2"),
        ({"highlight": (2, 0), "weight": None}, "L2-y2 y2-h2 h2-h1 h1-h0"),
        (
            {"highlight": [(3, 2), (2, 2)]},
            "L3-y3 y3-h3 h3-h2 h2-W2 L2-y2 y2-h2",
        ),
        (
            {"highlight": (2, 1), "detail": True},
            "L2-y2 y2-z2 z2-h2 h2-a2 a2-h1 h1-a1 a1-W1",
        ),
    ],
)
def test_the_lit_path_is_the_term(options, lit):
    drawn = parts(lambda ax: figures.unrolled_graph(ax, 3, **options))
    lit = set(lit.split())
    assert starting(drawn, "lit") == lit
    assert not starting(drawn, "forward")
    ends = {name for edge in lit for name in edge.split("-")}
    assert starting(drawn, "node") | starting(drawn, "weight") == ends


@pytest.mark.parametrize(
    ("T", "options", "named"),
    [
        (0, {}, "T"),
        (2.0, {}, "T"),
        (5, {}, "T must be an integer from 1 to 4 in a"),
        (3, {"highlight": (1, 2)}, "highlight"),
        (3, {"highlight": (4, 1)}, "highlight"),
        (3, {"highlight": (3, 0)}, "highlight"),
        (3, {"highlight": (3, 2), "weight": "V"}, "highlight"),
        (3, {"highlight": []}, "highlight"),
        (3, {"highlight": (3, 2), "weight": "b"}, "weight"),
    ],
)
def test_unrolled_graph_refuses(T, options, named):
    _, ax = figures.new_figure()
    with pytest.raises(ValueError, match=named):
        figures.unrolled_graph(ax, T, **options)


def test_a_wide_figure_takes_more_steps():
    drawn = parts(lambda ax: figures.unrolled_graph(ax, 6), "wide")
    assert "h6" in starting(drawn, "node")


def test_a_graph_wants_its_figure_to_itself():
    _, axes = figures.new_figure(columns=2)
    with pytest.raises(ValueError, match="own"):
        figures.unrolled_graph(axes[0], 2)


@pytest.mark.parametrize("name", figures.LSTM_FORWARD)
def test_cell_equation_lights_its_wires(name):
    drawn = parts(lambda ax: figures.lstm_cell(ax, name))
    assert starting(drawn, "path") == set(figures.LSTM_FORWARD[name])
    assert not starting(drawn, "lit")


@pytest.mark.parametrize("name", figures.LSTM_BACKWARD)
def test_cell_gradient_lights_its_wires(name):
    drawn = parts(lambda ax: figures.lstm_cell(ax, name, backward=True))
    assert starting(drawn, "lit") == set(figures.LSTM_BACKWARD[name])
    assert not starting(drawn, "path")


def test_the_whole_cell_is_in_ink_by_default():
    drawn = parts(lambda ax: figures.lstm_cell(ax))
    everything = {w for wires in figures.LSTM_FORWARD.values() for w in wires}
    assert starting(drawn, "forward") == everything
    assert not starting(drawn, "pale")


@pytest.mark.parametrize(
    ("highlight", "lit"),
    [
        ("carry", "c2-c1 c1-c0"),
        ("output", "h2-c2 h1-c1"),
        ("i", "c2-i2 i2-h1 c1-i1 i1-h0"),
        ("o", "h2-o2 o2-h1 h1-o1 o1-h0"),
        (["f", "carry"], "c2-f2 f2-h1 c1-f1 f1-h0 c2-c1 c1-c0"),
    ],
)
def test_unrolled_lstm_lights_its_paths(highlight, lit):
    drawn = parts(lambda ax: figures.lstm_unrolled(ax, highlight=highlight))
    assert starting(drawn, "lit") == set(lit.split())


def test_unrolled_lstm_draws_every_edge_both_ways():
    drawn = parts(lambda ax: figures.lstm_unrolled(ax, backward=True))
    forward = starting(drawn, "forward")
    assert len(forward) == 2 * 10
    assert starting(drawn, "backward") == {
        "-".join(reversed(edge.split("-"))) for edge in forward
    }


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda ax: figures.lstm_cell(ax, "q"), "highlight"),
        (lambda ax: figures.lstm_cell(ax, "carry"), "highlight"),
        (lambda ax: figures.lstm_cell(ax, backward=True), "highlight"),
        (lambda ax: figures.lstm_unrolled(ax, 3), "T"),
        (lambda ax: figures.lstm_unrolled(ax, highlight="c"), "highlight"),
    ],
)
def test_lstm_figures_refuse(call, named):
    _, ax = figures.new_figure()
    with pytest.raises(ValueError, match=named):
        call(ax)


def test_the_cell_is_drawn_for_a_narrow_figure():
    _, ax = figures.new_figure("wide")
    with pytest.raises(ValueError, match="narrow"):
        figures.lstm_cell(ax)


# Names beside what they name -------------------------------------------------


def places(ax):
    """Where each text stands."""
    found = {}
    for text in ax.texts:
        found.setdefault(text.get_text(), []).append(text.get_position())
    return {label: np.array(at) for label, at in found.items()}


def between(one, other):
    return (one + other) / 2


def astray_in_graph(ax, T):
    """The letters of parameters that are not on the edges they work on."""
    at, wrong = places(ax), []
    for t in range(1, T + 1):
        (x,), (h,), (before,), (y,) = (
            at[label]
            for label in (
                f"$x_{t}$",
                f"$h_{t}$",
                f"$h_{t - 1}$",
                rf"$\hat y_{t}$",
            )
        )
        for letter, middle in (
            ("U", between(x, h)),
            ("W", between(before, h)),
            ("V", between(h, y)),
        ):
            distances = np.hypot(*(at[f"${letter}$"] - middle).T)
            if distances.min() > 1:
                wrong.append((letter, t))
    return wrong


ENDS = {  # label -> wire, and which of its ends is free
    "$c_{t-1}$": ("c_in", 0),
    "$h_{t-1}$": ("h_in", 0),
    "$x_t$": ("x_in", 0),
    "$c_t$": ("c_out", -1),
    "$h_t$": ("h_out", -1),
}


def astray_in_cell(ax):
    """The letters of an LSTM cell that do not stand at their wires."""
    at, wrong = places(ax), []
    ends = {
        label: np.array(lstm_graphs._WIRES[wire][1][end])
        for label, (wire, end) in ENDS.items()
    }
    for gate in "ifog":
        into, out = (
            np.array(lstm_graphs._WIRES[wire][1][end])
            for wire, end in ((f"to_{gate}", -1), (gate, 0))
        )
        ends[f"${gate}_t$"] = between(into, out)
    for label in ends:
        nearest = min(
            ends, key=lambda one: np.hypot(*(ends[one] - at[label][0]))
        )
        if nearest != label:
            wrong.append((label, nearest))
    return wrong


def exchange(ax, one, other):
    """Exchange two labels, as a typing mistake in a drawing would."""
    for text in ax.texts:
        label = text.get_text()
        if label in (one, other):
            text.set_text(other if label == one else one)


def test_a_parameter_stands_on_the_edge_it_works_on():
    _, ax = figures.new_figure()
    figures.unrolled_graph(ax, 3)
    assert astray_in_graph(ax, 3) == []
    for pair in (("$U$", "$W$"), ("$V$", "$W$"), ("$h_1$", "$h_2$")):
        exchange(ax, *pair)
        assert astray_in_graph(ax, 3)
        exchange(ax, *pair)


def test_a_letter_stands_at_the_wire_of_the_cell():
    _, ax = figures.new_figure()
    figures.lstm_cell(ax)
    assert astray_in_cell(ax) == []
    for pair in (
        ("$c_t$", "$h_t$"),
        ("$c_{t-1}$", "$c_t$"),
        ("$i_t$", "$f_t$"),
        ("$o_t$", "$g_t$"),
    ):
        exchange(ax, *pair)
        assert astray_in_cell(ax)
        exchange(ax, *pair)


def misnamed(ax):
    """The names that do not stand at the end of their own line."""
    lines = {line.get_gid(): line for line in ax.lines}
    return [
        text.get_text()
        for text in ax.texts
        if tuple(lines[f"line {text.get_text()}"].get_xydata()[-1]) != text.xy
    ]


def test_a_name_stands_at_its_own_line(monkeypatch):
    series = {"up": 2.0**STEPS, "down": 0.5**STEPS, "flat": STEPS * 0 + 1.0}
    _, ax = figures.new_figure()
    figures.lines_over_time(ax, series)
    assert misnamed(ax) == []
    exchange(ax, "up", "down")
    assert misnamed(ax) == ["down", "up"]
    exchange(ax, "up", "down")
    one, other = ax.lines[0], ax.lines[1]
    data = one.get_ydata(), other.get_ydata()
    one.set_ydata(data[1])
    other.set_ydata(data[0])
    assert misnamed(ax) == ["up", "down"]


def test_a_bar_stands_in_the_row_of_its_name():
    _, ax = figures.new_figure()
    figures.bars(ax, {"one": 3.0, "other": 1.0, "third": 2.0})
    names = [label.get_text() for label in ax.get_yticklabels()]
    for place, bar in zip(ax.get_yticks(), ax.patches, strict=True):
        assert bar.get_gid() == f"bar {names[place]}"
        assert bar.get_y() < place < bar.get_y() + bar.get_height()
    assert [bar.get_width() for bar in ax.patches] == [3.0, 1.0, 2.0]


def test_a_map_has_rows_down_and_columns_across():
    """Rows and columns exchanged would draw the triangle below."""
    values = np.array([[1.0, 10.0], [100.0, 1000.0]])
    _, ax = figures.new_figure()
    figures.heat_map(ax, values, numbers="{:.0f}", rows="row", columns="col")
    at = places(ax)
    across, down = at["10"][0] - at["1"][0], at["100"][0] - at["1"][0]
    assert across[0] > 0
    assert across[1] == 0
    assert down[0] == 0
    low, high = ax.get_ylim()
    assert (down[1] < 0) == (low < high)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("col", "row")
