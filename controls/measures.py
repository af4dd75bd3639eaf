"""The HiPPO matrices, by their closed forms: what hippo.transition, hippo.nplr and hippo.project share."""

import numpy as np


def rotations(N, speed):
    """Blocks of two that turn at whole multiples of `speed`."""
    A = np.zeros((N, N))
    for j in range(N // 2):
        A[2 * j, 2 * j + 1], A[2 * j + 1, 2 * j] = -speed * j, speed * j
    return A


def transition(measure, N):
    """A (N, N) and B (N) of x' = A x + B u."""
    n, k = np.arange(N)[:, None], np.arange(N)
    root = np.sqrt((2 * n + 1) * (2 * k + 1))
    fourier = np.where(k % 2 == 1, 0, np.where(k == 0, 1, np.sqrt(2)))
    if measure == "legs":
        return -np.where(n == k, n + 1, np.where(n > k, root, 0)), np.sqrt(2 * k + 1)
    if measure == "legsd":
        A, B = transition("legs", N)
        return A + root / 2, B / 2
    if measure == "legt":
        return -root / 2 * np.where(n < k, (-1.0) ** (n - k), 1), np.sqrt(2 * k + 1) / 2
    if measure == "lagt":
        return -np.where(n == k, 0.5, np.where(n > k, 1, 0)), np.ones(N)
    outer = np.outer(fourier != 0, fourier != 0) * np.where(n == 0, 1, np.sqrt(2)) * np.where(k == 0, 1, np.sqrt(2))
    if measure == "fout":
        return rotations(N, np.pi) - outer, fourier
    if measure == "fourier-decay":
        return rotations(N, np.pi) - outer / 2, fourier / 2
    if measure == "foud":
        return rotations(N, 2 * np.pi) - np.eye(N) / 2, fourier
    raise ValueError(f"no measure {measure}")


def correction(measure, N, rank):
    """P (rank, N) such that A + Σ P Pᵀ is normal; rows beyond those that are needed are zero."""
    n = np.arange(N)
    rows = np.zeros((0, N))
    if measure == "legs":
        rows = np.sqrt(n + 0.5)[None]
    elif measure == "legt":
        rows = np.sqrt(n + 0.5) * (n % 2 == np.array([[1], [0]]))
    elif measure == "lagt":
        rows = np.full((1, N), np.sqrt(0.5))
    elif measure == "fout":
        rows = transition("fout", N)[1][None]
    elif measure == "fourier-decay":
        rows = transition("fout", N)[1][None] / np.sqrt(2)
    rank = rank or max(1, len(rows))
    return np.pad(rows, ((0, max(0, rank - len(rows))), (0, 0)))
