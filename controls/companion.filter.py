"""companion.filter in NumPy: the powers of the companion matrix times b, one after the other."""

import numpy as np

from common import serve


def states(a, b, count):
    """b, A b, A² b, …"""
    x = np.zeros((count, *b.shape), b.dtype)
    x[0] = b
    for l in range(1, count):
        x[l, :, 1:] = x[l - 1, :, :-1]
        x[l] += a * x[l - 1, :, -1:]
    return x


def companion(inputs, size, options):
    """Steps the state and reads it with c"""
    return {"K": (inputs["c"] * states(inputs["a"], inputs["b"], size["L"])).sum(axis=-1).T}


def gradient(inputs, cotangents, size, options):
    a, b, c, g = inputs["a"], inputs["b"], inputs["c"], cotangents["K"][..., None]
    x = states(a, b, size["L"])
    grad_a, adjoint = np.zeros_like(a), np.zeros_like(b)
    for l in reversed(range(size["L"])):
        adjoint = adjoint + g[:, l] * c
        if l > 0:
            grad_a += adjoint * x[l - 1, :, -1:]
            last = (a * adjoint).sum(axis=-1, keepdims=True)
            adjoint = np.concatenate([adjoint[:, 1:], last], axis=-1)
    return {"a": grad_a, "b": adjoint, "c": (np.moveaxis(g, 1, 0) * x).sum(axis=0)}


if __name__ == "__main__":
    serve(companion, gradient)
