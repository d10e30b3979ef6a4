"""The picture that a shared link shows, drawn at build time."""

import textwrap

import matplotlib

WIDTH, HEIGHT, DPI = 1200, 630, 100


def draw(title, path):
    """Write a PNG: the title, and errors that fade backward in time."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"font.family": "DejaVu Sans"}):
        figure = Figure((WIDTH / DPI, HEIGHT / DPI), DPI, facecolor="#fcfbf9")
        axes = figure.add_axes((0.07, 0.12, 0.86, 0.36))
        times = range(51)
        for factor in (0.80, 0.85, 0.95, 1.0):
            axes.plot(
                times,
                [factor ** (50 - t) for t in times],
                color="#9aa0a6",
                dashes=(4, 3),
            )
        fading = [0.9 ** (50 - t) for t in times]
        axes.plot(times, fading, color="#cd0b17", linewidth=5)
        axes.set_yscale("log")
        axes.set_ylim(1e-5, 3)
        axes.set_yticks([])
        axes.minorticks_off()
        axes.set_xticks([0, 50], ["t = 0", "T"], fontsize=18)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.text(
            33, 1.5e-3, "size of δ at time t", fontsize=20, color="#94291a"
        )
        figure.text(
            0.07,
            0.9,
            textwrap.fill(title, 30),
            fontsize=44,
            weight="bold",
            va="top",
            color="#22262b",
            linespacing=1.2,
        )
        FigureCanvasAgg(figure)
        figure.savefig(path, metadata={"Software": None})
