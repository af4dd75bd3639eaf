"""companion.forecast in NumPy: the closed loop, step by step."""

import numpy as np

from common import serve


def states(inputs, count):
    """x, (A + b kᵀ) x, …"""
    a, b, k = inputs["a"], inputs["b"], inputs["k"]
    x = np.zeros((count, *inputs["x"].shape), a.dtype)
    x[0] = inputs["x"]
    for h in range(1, count):
        x[h, ..., 1:] = x[h - 1, ..., :-1]
        x[h] += a * x[h - 1, ..., -1:] + b * (k * x[h - 1]).sum(axis=-1, keepdims=True)
    return x


def forecast(inputs, size, options):
    """Steps the state and reads it with c and k"""
    x = states(inputs, size["L"])
    return {name: np.moveaxis((inputs[row] * x).sum(axis=-1), 0, -1) for name, row in (("y", "c"), ("u", "k"))}


def gradient(inputs, cotangents, size, options):
    a, b, c, k = (inputs[name] for name in "abck")
    x = states(inputs, size["L"])
    zeros = np.zeros((*x.shape[1:3], size["L"]), a.dtype)
    gy, gu = (cotangents.get(name, zeros)[..., None] for name in "yu")
    grads = {name: np.zeros_like(inputs[name]) for name in "abck"}
    adjoint = np.zeros_like(x[0])
    for h in reversed(range(size["L"])):
        grads["c"] += (gy[:, :, h] * x[h]).sum(axis=0)
        grads["k"] += (gu[:, :, h] * x[h]).sum(axis=0)
        adjoint = adjoint + gy[:, :, h] * c + gu[:, :, h] * k
        if h > 0:
            before = x[h - 1]
            by_input = (b * adjoint).sum(axis=-1, keepdims=True)
            grads["a"] += (adjoint * before[..., -1:]).sum(axis=0)
            grads["b"] += (adjoint * (k * before).sum(axis=-1, keepdims=True)).sum(axis=0)
            grads["k"] += (by_input * before).sum(axis=0)
            last = (a * adjoint).sum(axis=-1, keepdims=True)
            adjoint = np.concatenate([adjoint[..., 1:], last], axis=-1) + by_input * k
    return {**grads, "x": adjoint}


if __name__ == "__main__":
    serve(forecast, gradient)
