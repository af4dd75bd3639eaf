"""convolution.causal in NumPy: the input, delayed, for each tap."""

import numpy as np

from common import serve


def convolution(inputs, size, options):
    """Adds the input, delayed, for each tap"""
    u, K = inputs["u"], inputs["K"]
    L = u.shape[-1]
    y = inputs["D"][:, None] * u if "D" in inputs else np.zeros_like(u)
    for j in range(min(L, K.shape[-1])):
        y[..., j:] += K[:, j, None] * u[..., : L - j]
    return {"y": y}


def gradient(inputs, cotangents, size, options):
    u, K, g = inputs["u"], inputs["K"], cotangents["y"]
    L = u.shape[-1]
    # Taps beyond the input never act.
    gradients = {"u": np.zeros_like(u), "K": np.zeros_like(K)}
    for j in range(min(L, K.shape[-1])):
        gradients["u"][..., : L - j] += K[:, j, None] * g[..., j:]
        gradients["K"][:, j] = (g[..., j:] * u[..., : L - j]).sum(axis=(0, 2))
    if "D" in inputs:
        gradients["u"] += inputs["D"][:, None] * g
        gradients["D"] = (g * u).sum(axis=(0, 2))
    return gradients


if __name__ == "__main__":
    serve(convolution, gradient)
