"""Gradients that somebody computed, beside those of the oracle."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bptt_core.oracle import relative_error


def compare(mine: Any, reference: Any, paths: Any = None) -> dict[str, str]:
    """Return for each array, by its name, how it agrees with the reference.

    mine, reference: name → array, as a mapping or a NamedTuple, or a list of
    such, one for each network: an answer is true of all of them together.
    paths: name of a path → what it contributes, likewise; the one that is
    all that is missing, or too much, is named. Raises TypeError for another
    kind, ValueError for unequal lists or a value that is not finite.
    """
    ours, true = _networks("mine", mine), _networks("reference", reference)
    (ways,) = _networks("paths", {} if paths is None else paths)
    ways = {p: _networks(f"paths[{p!r}]", w) for p, w in ways.items()}
    return {
        name: _verdict(
            [network.get(name) for network in ours],
            [network[name] for network in true],
            {p: [n[name] for n in w] for p, w in ways.items() if name in w[0]},
        )
        for name in true[0]
    }


def _networks(argument, found):
    networks = found if isinstance(found, list) else [found]
    networks = [getattr(n, "_asdict", lambda n=n: n)() for n in networks]
    if networks and all(isinstance(n, Mapping) for n in networks):
        return networks
    raise TypeError(f"{argument} must map names to arrays; got {type(found)}")


def _verdict(mine, true, ways):
    for one, wanted in zip(mine, true, strict=True):
        if one is None or np.shape(one) != np.shape(wanted):
            got = "empty" if one is None else f"shape {np.shape(one)}"
            return f"{got}, expected {np.shape(wanted)}"
    mine, true = _joined(mine), _joined(true)
    error = relative_error(mine, true)
    for path, parts in ways.items() if error > 1e-12 else ():
        for sign, words in ((1, "is missing"), (-1, "is counted twice")):
            if relative_error(true - mine, sign * _joined(parts)) < 1e-9:
                return f"{path} {words}"
    if error < 1e-6:
        near = f"approximate, off by {error:.1e} of it"
        return "exact" if error < 1e-12 else near
    return f"largest difference {np.abs(true - mine).max():.2g}"


def _joined(arrays):
    return np.concatenate([np.ravel(array) for array in arrays])
