"""hippo.nplr in NumPy: LAPACK's eigenvectors. There are no operands, so they are computed in double and rounded."""

import numpy as np

from common import serve
from measures import correction, transition


def nplr(inputs, size, options):
    """Diagonalises the normal part"""
    measure, N = options.get("measure", "legs"), size["N"]
    A, B = transition(measure, N)
    P = correction(measure, N, options.get("rank"))
    normal = A + P.T @ P
    real = np.diag(normal).mean()
    imaginary, V = np.linalg.eigh(-1j * (normal - real * np.eye(N)))
    imaginary, V = imaginary[: N // 2], V[:, : N // 2]
    if measure in ("fout", "fourier-decay", "foud"):
        # The two modes that do not turn are one pair, which is any two orthogonal vectors to the solver.
        imaginary[-1] = 0
        V[:, -1] = 0
        V[:2, -1] = np.array([1, 1j]) / np.sqrt(2)
    return {"W": real + 1j * imaginary, "P": P @ V.conj(), "B": B @ V.conj(), "V": V}


if __name__ == "__main__":
    serve(nplr)
