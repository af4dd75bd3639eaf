"""The kernel convolution.causal in NumPy, by Fourier transforms, with its gradient.

    hippodrome verify convolution.causal --external "python3 examples/python/causal_convolution.py"
"""

import numpy as np

import hippodrome_contender as hippodrome


def transform(x, length):
    """The spectrum of rows, followed by zeros up to `length`."""
    return np.fft.rfft(x, length, axis=-1)


def rows(spectrum, length, count):
    """The first `count` elements of the rows that have this spectrum."""
    return np.fft.irfft(spectrum, length, axis=-1)[..., :count]


def convolution(inputs, size, options):
    """One product of spectra for each row, transformed at twice the length so that nothing wraps around"""
    u, K = inputs["u"], inputs["K"]
    length = 2 * u.shape[-1]
    taps = K[:, : u.shape[-1]]
    y = rows(transform(u, length) * transform(taps, length), length, u.shape[-1])
    if "D" in inputs:
        y += inputs["D"][:, None] * u
    return {"y": y}


def gradient(inputs, cotangents, size, options):
    """Correlations: products with conjugate spectra."""
    u, K, g = inputs["u"], inputs["K"], cotangents["y"]
    length = 2 * u.shape[-1]
    taps = K[:, : u.shape[-1]]
    spectrum = transform(g, length)
    gradients = {"u": rows(spectrum * transform(taps, length).conj(), length, u.shape[-1]), "K": np.zeros_like(K)}
    # Taps beyond the input never act.
    shares = rows(spectrum * transform(u, length).conj(), length, taps.shape[-1])
    gradients["K"][:, : taps.shape[-1]] = shares.sum(axis=0)
    if "D" in inputs:
        gradients["u"] += inputs["D"][:, None] * g
        gradients["D"] = (g * u).sum(axis=(0, 2))
    return gradients


if __name__ == "__main__":
    hippodrome.serve(convolution, gradient)
