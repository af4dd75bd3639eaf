"""s4.filter in NumPy: dense matrices, and the powers of Abar times Bbar one after the other."""

import numpy as np

from common import serve
from lowrank import discretized, paired, transition


def states(Abar, Bbar, count):
    """Bbar, Abar Bbar, …"""
    x = np.empty((count, *Bbar.shape), Bbar.dtype)
    x[0] = Bbar
    for l in range(1, count):
        x[l] = (Abar @ x[l - 1][..., None])[..., 0]
    return x


def s4(inputs, size, options):
    """Steps the state and reads it with C"""
    Abar, Bbar, _ = discretized(inputs)
    return {"K": (paired(inputs["C"]) * states(Abar, Bbar, size["L"])).real.sum(axis=-1).T}


def adjoint(X):
    return np.swapaxes(X, -1, -2).conj()


def gradient(inputs, cotangents, size, options):
    dt, P, C, g = inputs["dt"], paired(inputs["P"]), paired(inputs["C"]), cotangents["K"]
    Abar, Bbar, left = discretized(inputs)
    x = states(Abar, Bbar, size["L"])
    by_Abar, by_state = np.zeros_like(Abar), np.zeros_like(Bbar)
    for l in reversed(range(size["L"])):
        by_state = by_state + g[:, l, None] * C.conj()
        if l > 0:
            by_Abar += by_state[..., None] * x[l - 1][..., None, :].conj()
            by_state = (adjoint(Abar) @ by_state[..., None])[..., 0]
    S = np.linalg.solve(adjoint(left), by_Abar)
    t = np.linalg.solve(adjoint(left), by_state[..., None])
    # By dt F: half of it stands on the right of the step and half on the left.
    by_step = (S + S @ adjoint(Abar) + t @ adjoint(Bbar[..., None])) / 2
    by_F = dt[:, None, None] * by_step
    by_P = -((by_F @ P[..., None]) + (adjoint(by_F) @ P[..., None]))[..., 0]
    by_dt = (transition(inputs).conj() * by_step).real.sum(axis=(1, 2))
    return {
        "dt": by_dt + (paired(inputs["B"]).conj() * t[..., 0]).real.sum(axis=-1),
        "A": folded(np.diagonal(by_F, axis1=1, axis2=2)),
        "P": folded(by_P),
        "B": folded(dt[:, None] * t[..., 0]),
        "C": folded((g.T[..., None] * x.conj()).sum(axis=0)),
    }


def folded(gradient):
    """What falls to the modes, from what falls to them and to their conjugates."""
    half = gradient.shape[-1] // 2
    return gradient[..., :half] + gradient[..., half:].conj()


if __name__ == "__main__":
    serve(s4, gradient)
