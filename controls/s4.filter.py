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

    # What K changes by with each state, from the last.
    by_state = np.empty_like(x)
    across = np.empty_like(along)
    for l in reversed(range(L)):
        later = adjoint.stepped(by_state[l + 1], across[l + 1]) if l + 1 < L else 0
        by_state[l] = g[:, l] * C.conj() + later
        across[l] = adjoint.along(by_state[l])
    t = adjoint.solved(by_state, across)

    # The derivative of Abar by F is dt S dF S, and that of Bbar dt²/2 S dF S B.
    before = np.concatenate([x[:1] / 2, w[:-1]])
    share = np.concatenate([step[None] * first / 2, along[:-1]])
    by_P = (t[..., None, :] * share[..., None] + before[..., None, :] * across[..., None]).sum(axis=0)
    by_step = (2 * (t.conj() * A * before).real.sum(axis=-1) - (across * share).sum(axis=-1))[1:].sum(axis=0)
    return {
        # That of Bbar = dt S B by dt is S S B.
        "dt": by_step + 2 * (t[0].conj() * x[0] / step).real.sum(axis=-1),
        "A": 2 * step * (t * before.conj()).sum(axis=0),
        "P": np.moveaxis(-2 * step[..., None] * by_P, 1, 0),
        "B": 2 * step * t[0],
        "C": 2 * (np.moveaxis(g, 1, 0) * x.conj()).sum(axis=0),
    }


if __name__ == "__main__":
    serve(s4, gradient)
