"""vandermonde.sum in NumPy: every exponential."""

import numpy as np

from common import positions, serve


def vandermonde(inputs, size, options):
    """Sums all modes' exponentials"""
    v, x = inputs["v"][..., None], inputs["x"][..., None]
    return {"y": 2 * (v * np.exp(x * positions(size["L"], x))).real.sum(axis=1)}


def gradient(inputs, cotangents, size, options):
    v, x = inputs["v"], inputs["x"]
    l = positions(size["L"], x)
    terms = 2 * cotangents["y"][:, None] * np.exp(x[..., None] * l).conj()
    return {"v": terms.sum(axis=-1), "x": v.conj() * (terms * l).sum(axis=-1)}


if __name__ == "__main__":
    serve(vandermonde, gradient)
