"""sgconv.filter in NumPy: every scale as a matrix of interpolation."""

import numpy as np

from common import serve


def interpolation(width, factor, dtype):
    """(width·factor, width): linear interpolation between the centres of cells, constant beyond the outer ones."""
    places = np.clip((np.arange(width * factor) + 0.5) / factor - 0.5, 0, width - 1)
    return np.clip(1 - abs(places[:, None] - np.arange(width)), 0, None).astype(dtype)


def scales(kappa, options):
    """Each scale's matrix, weighted, and the place where it begins in the filter."""
    count, _, width = kappa.shape
    concatenates = options.get("mode", "concat") == "concat"
    start = 0
    for i in range(count):
        factor = 2 ** (max(0, i - 1) if concatenates else i)
        weight = kappa.dtype.type(float(options.get("decay", 2)) ** (count - 1 - i))
        yield weight * interpolation(width, factor, kappa.dtype), start
        if concatenates:
            start += width * factor


def whole(kappa, options):
    """The filter before it is cut and divided by its norm."""
    parts = [(kappa[i] @ matrix.T, start) for i, (matrix, start) in enumerate(scales(kappa, options))]
    K = np.zeros((kappa.shape[1], max(start + part.shape[-1] for part, start in parts)), kappa.dtype)
    for part, start in parts:
        K[:, start : start + part.shape[-1]] += part
    return K


def fitted(rows, length):
    """Rows cut, or followed by zeros, to this length."""
    return np.pad(rows[:, :length], ((0, 0), (0, max(0, length - rows.shape[-1]))))


def sgconv(inputs, size, options):
    """Interpolates, weights and joins all scales"""
    K = whole(inputs["kappa"], options)
    if options.get("norm", True):
        K /= np.linalg.norm(K, axis=-1, keepdims=True)
    return {"K": fitted(K, size["L"])}


def gradient(inputs, cotangents, size, options):
    kappa = inputs["kappa"]
    K = whole(kappa, options)
    g = fitted(cotangents["K"], K.shape[-1])
    if options.get("norm", True):
        norm = np.linalg.norm(K, axis=-1, keepdims=True)
        K /= norm
        g = (g - K * (K * g).sum(axis=-1, keepdims=True)) / norm
    grads = [g[:, start : start + len(matrix)] @ matrix for matrix, start in scales(kappa, options)]
    return {"kappa": np.stack(grads)}


if __name__ == "__main__":
    serve(sgconv, gradient)
