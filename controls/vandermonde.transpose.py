"""vandermonde.transpose in NumPy: every exponential."""

import numpy as np

from common import positions, serve


def transpose(inputs, size, options):
    """Sums each sequence times each mode's exponentials"""
    u, x = inputs["u"][:, None], inputs["x"][..., None]
    return {"y": (u * np.exp(x * positions(size["L"], x))).sum(axis=-1)}


def gradient(inputs, cotangents, size, options):
    u, x, g = inputs["u"][:, None], inputs["x"][..., None], cotangents["y"]
    l = positions(size["L"], x)
    powers = np.exp(x * l)
    return {"u": (g[..., None].conj() * powers).real.sum(axis=1), "x": g * (u * l * powers).sum(axis=-1).conj()}


if __name__ == "__main__":
    serve(transpose, gradient)
