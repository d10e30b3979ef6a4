"""Gradients that somebody computed, beside those of the oracle."""

from collections.abc import Mapping

import numpy as np

from bptt_core import oracle
from bptt_core.oracle import Params


def compare(
    mine: Params, reference: Params, paths: Mapping[str, Params] | None = None
) -> dict[str, str]:
    """Return for each array, by its name, how it agrees with the reference.

    paths: what single paths contribute; one that is all that lacks is named.
    Raises TypeError for another class, ValueError as `relative_error`.
    """
    if not hasattr(mine, "_fields"):
        raise TypeError(f"mine must be a NamedTuple; got {type(mine)}")
    if not isinstance(paths, Mapping | None):
        raise TypeError("paths must map names to gradients")
    parts = {f"paths[{path!r}]": one for path, one in (paths or {}).items()}
    for name, one in {"reference": reference, **parts}.items():
        if type(one) is not type(mine):
            raise TypeError(f"{name} must be of the class {type(mine)}")
    return {
        name: _one(
            getattr(mine, name),
            getattr(reference, name),
            {p: getattr(g, name) for p, g in (paths or {}).items()},
        )
        for name in mine._fields
    }


def _one(mine, wanted, parts):
    if np.shape(mine) != np.shape(wanted):
        return f"wrong shape {np.shape(mine)} for {np.shape(wanted)}"
    error = oracle.relative_error(mine, wanted)
    for path, part in parts.items():
        if error > 0 and oracle.relative_error(wanted - mine, part) < 1e-9:
            return f"wrong: the path {path} is missing"
    word = "approximate" if error < 1e-6 else "wrong"
    return "exact" if error < 1e-12 else f"{word}: off by {error:.1e} of it"
