"""The committed result files are whole, and their smallest runs repeat."""

import datetime
import hashlib
import os
import random

import numpy as np
import pytest

from bptt_core import tasks
from tools import experiments

NAMES = list(experiments.EXPERIMENTS)


# What ends a run after its first losses; they are the same as of the whole.
SHORT = {
    "temporal_order": {"steps": 25},
    "temporal_order_lstm": {"steps": 25},
    "adding": {"steps": 100},
    "forget_bias": {"steps": 100},
    "characters": {"passes": 1},
    "gradient_by_lag": {"steps": 25},
    "gradient_on_text": {"passes": 1},
    "gradient_bug": {},
    "lstm_1997": {"most": 25, "tested": 256},
}
# Runs that took fewer seconds are cheap enough to be made again as a whole.
CHEAP = {
    "temporal_order": 3,
    "temporal_order_lstm": 3,
    "adding": 1,
    "forget_bias": 3,
}
record_of = experiments.record_of


def lot(name):
    """Draws for a day; BOOK_LOT draws again what a report names."""
    day = os.environ.get("BOOK_LOT", datetime.date.today().isoformat())
    return day, random.Random(f"{day} {name}")


def test_every_result_file_belongs_to_an_experiment():
    files = {path.stem for path in experiments.RESULTS.glob("*.json")}
    assert files == set(NAMES)


# Runs in single precision, whose last digit is another in another NumPy.
ON_TEXT = ("characters", "gradient_on_text")


@pytest.mark.parametrize("name", NAMES)
def test_the_runs_are_those_that_were_written(name):
    record = record_of(name)
    assert record["checksum"] == experiments.checksum(record["runs"])


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_was_run_with_every_seed(name):
    experiment = experiments.EXPERIMENTS[name]
    expected = [
        (setting, seed)
        for setting in experiment.settings
        for seed in experiment.seeds
    ]
    runs = record_of(name)["runs"]
    assert [(run["setting"], run["seed"]) for run in runs] == expected


@pytest.mark.parametrize("name", NAMES)
def test_the_smallest_run_repeats(name):
    stored = record_of(name)["runs"][0]
    if "text_sha256" in stored:
        text = tasks.python_prose()
        found = hashlib.sha256(
            text.symbols.encode() + text.codes.tobytes()
        ).hexdigest()
        assert found == stored["text_sha256"]
    experiment = experiments.EXPERIMENTS[name]
    again = experiment.run(stored["seed"], **stored["setting"])
    # The file keeps nine digits. The opening follows the stored run step by
    # step; later steps amplify the round-off of another processor, so the
    # outcome is compared to 1 %.
    single = "text_sha256" in stored
    assert again["opening"] == pytest.approx(
        stored["opening"], rel=1e-4 if single else 1e-8, abs=0
    )
    for key in ("final_error", "error_rate", "held_out_loss", "final"):
        if key in stored:
            assert again[key] == pytest.approx(stored[key], rel=0.01, abs=0)


@pytest.mark.parametrize("name", NAMES)
def test_the_file_keeps_what_a_run_needs(name):
    """A default that is changed later would make another experiment."""
    run = experiments.EXPERIMENTS[name].run
    assert record_of(name)["defaults"] == experiments.defaults(run)
    for stored in record_of(name)["runs"]:
        assert {"setting", "seed", "seconds", "opening"} <= set(stored)


@pytest.mark.parametrize("name", NAMES)
def test_a_run_drawn_by_lot_begins_as_stored(name):
    day, draw = lot(name)
    stored = draw.choice(record_of(name)["runs"])
    again = experiments.repeated(name, stored, **SHORT[name])
    # Plain descent on text in single precision, at rates that throw it off,
    # doubles round-off at every step: its first four losses are compared.
    steps, error = (4, 1e-5) if name in ON_TEXT else (25, 1e-8)
    assert again["opening"][:steps] == pytest.approx(
        stored["opening"][:steps], rel=error, abs=0
    ), f"BOOK_LOT={day}: {stored['setting']}, seed {stored['seed']}"


@pytest.mark.parametrize("name", CHEAP)
def test_a_cheap_run_drawn_by_lot_ends_as_stored(name):
    """Later steps amplify another processor's round-off: compared to 1 %."""
    day, draw = lot(name)
    cheap = [
        run for run in record_of(name)["runs"] if run["seconds"] < CHEAP[name]
    ]
    stored = draw.choice(cheap)
    again = experiments.repeated(name, stored)
    told = f"BOOK_LOT={day}: {stored['setting']}, seed {stored['seed']}"
    for key in ("final_error", "error_rate", "held_out_loss", "solved_at"):
        if stored.get(key) is not None:
            assert again[key] == pytest.approx(stored[key], rel=0.01), told


def test_only_what_is_not_on_file_is_run(monkeypatch, tmp_path):
    made = []

    def once(seed, size, scale=2.0):
        """Note that it was run."""
        made.append((size, seed))
        return {"found": scale * size + seed, "opening": []}

    def ask(run, seeds, again=False):
        made.clear()
        settings = [{"size": 1}, {"size": 3}]
        toy = experiments.Experiment(run, settings, range(seeds))
        monkeypatch.setitem(experiments.EXPERIMENTS, "toy", toy)
        experiments.run_experiment("toy", again)
        runs = experiments.record_of("toy")["runs"]
        found = [(run["setting"]["size"], run["seed"]) for run in runs]
        assert found == [(size, s) for size in (1, 3) for s in range(seeds)]
        return list(made)

    monkeypatch.setattr(experiments, "RESULTS", tmp_path)
    assert ask(once, 2) == [(1, 0), (3, 0), (1, 1), (3, 1)]
    assert ask(once, 2) == []
    assert ask(once, 3) == [(1, 2), (3, 2)]
    assert len(ask(once, 3, again=True)) == 6

    def other(seed, size, scale=3.0):
        """The same, where nothing is said about the scale."""
        return once(seed, size, scale)

    assert len(ask(other, 3)) == 6
    monkeypatch.setitem(experiments.VERSIONS, "numpy", "another")
    assert len(ask(other, 3)) == 6


def test_windows_follow_each_other_without_a_gap():
    codes = np.arange(41)
    pieces = list(experiments.windows(codes, B=4, T=3))
    assert len(pieces) == 3
    now = np.concatenate([piece[0] for piece in pieces])
    following = np.concatenate([piece[1] for piece in pieces])
    np.testing.assert_array_equal(now[:, 1], np.arange(10, 19))
    np.testing.assert_array_equal(following, now + 1)


def test_a_window_must_be_filled():
    with pytest.raises(ValueError, match=r"codes .* = 13 long; got 9"):
        next(experiments.windows(np.arange(9), 3, 4))
