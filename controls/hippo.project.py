"""hippo.project in NumPy: one linear system a step."""

import numpy as np

from common import serve
from measures import transition

IMPLICIT = {"forward": 0, "bilinear": 0.5, "backward": 1}


def steps(f, size, options):
    """For each step c ← L⁻¹(R c + b f) the matrices L and R and the vector b."""
    measure, alpha = options.get("measure", "legs"), IMPLICIT[options.get("method", "bilinear")]
    A, B = (array.astype(f.dtype) for array in transition(measure, size["N"]))
    one = np.eye(size["N"], dtype=f.dtype)
    for t in range(1, f.shape[-1] + 1):
        h = 1 / t if measure == "legs" else options["dt"]
        yield one - alpha * h * A, one + (1 - alpha) * h * A, h * B


def project(inputs, size, options):
    """Solves for the coefficients, step by step"""
    f = inputs["f"]
    c = np.zeros((*f.shape, size["N"]), f.dtype)
    last = c[:, 0]
    for l, (left, right, b) in enumerate(steps(f, size, options)):
        last = np.linalg.solve(left, right @ last.T + b[:, None] * f[:, l]).T
        c[:, l] = last
    return {"c": c}


def gradient(inputs, cotangents, size, options):
    f, g = inputs["f"], cotangents["c"]
    grad, adjoint = np.empty_like(f), np.zeros_like(g[:, 0])
    for l, (left, right, b) in reversed(list(enumerate(steps(f, size, options)))):
        through = np.linalg.solve(left.T, (adjoint + g[:, l]).T)
        grad[:, l] = b @ through
        adjoint = (right.T @ through).T
    return {"f": grad}


if __name__ == "__main__":
    serve(project, gradient)
