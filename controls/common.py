"""What the controls share: how they are served, and the discretisation of a diagonal model."""

import pathlib
import sys

import numpy as np

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "examples" / "python"))

from hippodrome_contender import serve  # noqa: E402, F401


def positions(count, like):
    """0, 1, … count − 1 in the real type of the array `like`, so that products with it keep its precision."""
    return np.arange(count).astype(like.real.dtype)


def phi(z):
    """(e^z − 1)/z, which is 1 at 0."""
    zero = z == 0
    return np.where(zero, 1, np.expm1(z) / np.where(zero, 1, z))


def phi_slope(z):
    """The derivative of `phi`: Σ_k z^k/(k! (k + 2)) near 0, where the closed form cancels."""
    near = abs(z) < 1
    small, large = np.where(near, z, 0), np.where(near, 1, z)
    series, term = np.full_like(z, 0.5), np.ones_like(z)
    for k in range(1, 20):
        term = term * small / k
        series += term / (k + 2)
    return np.where(near, series, (np.exp(large) - phi(large)) / large)


def discretized(z, options):
    """Of x' = A x + B u with z = dt·A: Abar, Bbar/(dt·B), the derivatives of both by z, and that of Bbar/B by dt.

    The last is the second plus z times the fourth, of which nearly everything cancels where a mode decays within a step.
    """
    if options.get("discretization", "zoh") == "zoh":
        Abar = np.exp(z)
        return Abar, phi(z), Abar, phi_slope(z), Abar
    inverse = 1 / (1 - z / 2)
    return (1 + z / 2) * inverse, inverse, inverse**2, inverse**2 / 2, inverse**2
