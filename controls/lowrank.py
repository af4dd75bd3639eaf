"""The bilinear steps of a diagonal plus low-rank model as dense matrices: what s4.filter and s4.step share."""

import numpy as np


def paired(half):
    """Modes followed by their conjugates, on the last axis."""
    return np.concatenate([half, half.conj()], axis=-1)


def transition(inputs):
    """diag([A, Ā]) − Σ_r [P_r, P̄_r][P_r, P̄_r]^* (H, N, N)."""
    A, P = paired(inputs["A"]), paired(inputs["P"])
    F = A[:, :, None] * np.eye(A.shape[-1], dtype=A.dtype)
    return F - (P[..., None] * P[..., None, :].conj()).sum(axis=0)


def discretized(inputs):
    """Abar (H, N, N), Bbar (H, N), and I − dt/2 F."""
    half, F = inputs["dt"][:, None, None] / 2, transition(inputs)
    one = np.eye(F.shape[-1], dtype=F.dtype)
    left = one - half * F
    Bbar = np.linalg.solve(left, 2 * half * paired(inputs["B"])[..., None])
    return np.linalg.solve(left, one + half * F), Bbar[..., 0], left
