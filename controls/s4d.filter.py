"""s4d.filter in NumPy: every power of every mode."""

import numpy as np

from common import discretized, positions, serve


def powers(z, Abar, options, exponents):
    """Abar to these exponents, on a new last axis."""
    if options.get("discretization", "zoh") == "zoh":
        return np.exp(z[..., None] * exponents)
    return Abar[..., None] ** exponents


def s4d(inputs, size, options):
    """Sums the powers of all modes"""
    dt, A, B, C = inputs["dt"][:, None], inputs["A"], inputs["B"], inputs["C"]
    Abar, scale, *_ = discretized(dt * A, options)
    terms = (C * B * dt * scale)[..., None] * powers(dt * A, Abar, options, positions(size["L"], A))
    return {"K": 2 * terms.real.sum(axis=1)}


def gradient(inputs, cotangents, size, options):
    dt, A, B, C = inputs["dt"][:, None], inputs["A"], inputs["B"], inputs["C"]
    g = 2 * cotangents["K"][:, None]
    Abar, scale, by_Abar, by_scale, by_step = discretized(dt * A, options)
    l = positions(size["L"], A)
    # With weights w = C B dt·scale, K = 2 Re Σ w Abar^l.
    by_weight = (g * powers(dt * A, Abar, options, l).conj()).sum(axis=-1)
    by_power = (g[..., 1:] * l[1:] * powers(dt * A, Abar, options, l[:-1]).conj()).sum(axis=-1)
    through_Abar = (C * B * dt * scale * by_Abar).conj() * by_power
    return {
        "dt": (A.conj() * through_Abar + (C * B * by_step).conj() * by_weight).real.sum(axis=-1),
        "A": dt * (through_Abar + (C * B * dt * by_scale).conj() * by_weight),
        "B": (C * dt * scale).conj() * by_weight,
        "C": (B * dt * scale).conj() * by_weight,
    }


if __name__ == "__main__":
    serve(s4d, gradient)
