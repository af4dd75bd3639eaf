"""hippo.reconstruct in NumPy: the Legendre polynomials by their recurrence."""

import numpy as np

from common import serve


def reconstruct(inputs, size, options):
    """Evaluates every polynomial at every point"""
    c = inputs["c"]
    x = np.linspace(-1, 1, size["L"]).astype(c.dtype)
    before, polynomial = np.zeros_like(x), np.ones_like(x)
    f = np.zeros((len(c), size["L"]), c.dtype)
    for n in range(size["N"]):
        f += c[:, n, None] * (np.sqrt(c.dtype.type(2 * n + 1)) * polynomial)
        before, polynomial = polynomial, ((2 * n + 1) * x * polynomial - n * before) / (n + 1)
    return {"f": f}


if __name__ == "__main__":
    serve(reconstruct)
