"""s4.filter in NumPy: the state after an impulse, step by step."""

import numpy as np

from common import serve
from lowrank import Bilinear


def s4(inputs, size, options):
    """Steps the state and reads it with C"""
    dt, B = inputs["dt"], inputs["B"]
    bilinear = Bilinear(dt, inputs["A"], inputs["P"])
    x = dt[:, None] * bilinear.solved(B, bilinear.along(B))
    K = np.empty((len(B), size["L"]), dt.dtype)
    for l in range(size["L"]):
        K[:, l] = 2 * (inputs["C"] * x).real.sum(axis=-1)
        x = bilinear.stepped(x, bilinear.along(x))
    return {"K": K}


def gradient(inputs, cotangents, size, options):
    dt, A, P, B, C = (inputs[name] for name in ("dt", "A", "P", "B", "C"))
    bilinear, adjoint, L = Bilinear(dt, A, P), Bilinear(dt, A.conj(), P), size["L"]
    step, g = dt[:, None], cotangents["K"][..., None]
    # With S the inverse of the implicit side, x_l = Abar^l dt S B: the states x_l, S x_l and [P_r, P̄_r]^* S x_l.
    first = bilinear.along(B)
    x = np.empty((L, *B.shape), B.dtype)
    x[0] = step * bilinear.solved(B, first)
    along = np.empty((L, *first.shape), dt.dtype)
    for l in range(L):
        along[l] = bilinear.along(x[l])
        if l + 1 < L:
            x[l + 1] = bilinear.stepped(x[l], along[l])
    w = bilinear.solved(x, along)

    grad_dt, grad_A, grad_P, grad_C = np.zeros_like(dt), np.zeros_like(A), np.zeros_like(bilinear.P), np.zeros_like(C)
    by_state = np.zeros_like(B)
    for l in reversed(range(L)):
        grad_C += 2 * g[:, l] * x[l].conj()
        by_state = by_state + g[:, l] * C.conj()
        across = adjoint.along(by_state)
        t = adjoint.solved(by_state, across)
        # The derivative of Abar by F is dt S dF S, and that of Bbar dt²/2 S dF S B.
        after, share = (w[l - 1], along[l - 1]) if l > 0 else (x[0] / 2, step * first / 2)
        grad_A += 2 * step * t * after.conj()
        grad_P -= 2 * step[..., None] * (t[:, None] * share[..., None] + after[:, None] * across[..., None])
        if l > 0:
            grad_dt += 2 * (t.conj() * A * after).real.sum(axis=-1) - (across * share).sum(axis=-1)
            by_state = adjoint.stepped(by_state, across)
    # That of Bbar = dt S B by dt is S S B.
    grad_dt += 2 * (t.conj() * x[0] / step).real.sum(axis=-1)
    return {"dt": grad_dt, "A": grad_A, "P": np.moveaxis(grad_P, 1, 0), "B": 2 * step * t, "C": grad_C}


if __name__ == "__main__":
    serve(s4, gradient)
