"""spacetime.preprocess in NumPy: the differencing or residual filter, tap by tap."""

import math

import numpy as np

from common import serve


def preprocess(inputs, size, options):
    """Adds the input, delayed, for each tap"""
    u = inputs["u"]
    if "order" in options:
        order = options["order"]
        taps = [(-1) ** j * math.comb(order, j) for j in range(order + 1)]
    else:
        window = options["window"]
        taps = [1 - 1 / window] + [-1 / window] * (window - 1)
    y = np.zeros_like(u)
    for j, tap in enumerate(taps[: u.shape[-1]]):
        y[..., j:] += u.dtype.type(tap) * u[..., : u.shape[-1] - j]
    return {"y": y}


if __name__ == "__main__":
    serve(preprocess)
