"""ssm.discretize in NumPy: LAPACK's solver, and the exponential by scaling and squaring."""

import numpy as np

from common import serve


def transposed(X):
    return np.swapaxes(X, -1, -2)


def sides(inputs, options):
    """I − α dt A and I + (1 − α) dt A, and dt with axes added."""
    alpha, dt = options.get("alpha", 0.5), inputs["dt"][:, None, None]
    one = np.eye(inputs["A"].shape[-1], dtype=dt.dtype)
    return one - alpha * dt * inputs["A"], one + (1 - alpha) * dt * inputs["A"], dt


def augmented(inputs):
    """dt [[A, B], [0, 0]], whose exponential is [[Abar, Bbar], [0, 1]]."""
    A, B, dt = inputs["A"], inputs["B"], inputs["dt"]
    X = np.zeros((len(A), A.shape[-1] + 1, A.shape[-1] + 1), A.dtype)
    X[:, :-1, :-1], X[:, :-1, -1] = A, B
    return dt[:, None, None] * X


def exponential(X):
    """e^X by scaling, a Padé approximant of degree 13, and squaring."""
    norm = abs(X).sum(axis=0).max()
    squarings = int(np.ceil(np.log2(norm / 5))) if norm > 5 else 0
    X = X / 2**squarings
    power = np.eye(len(X), dtype=X.dtype)
    above, below, weight = power, power, 1.0
    for j in range(1, 14):
        power = power @ X
        weight *= (14 - j) / (j * (27 - j))
        above, below = above + weight * power, below + (-1) ** j * weight * power
    E = np.linalg.solve(below, above)
    for _ in range(squarings):
        E = E @ E
    return E


def exponential_slope(X, D):
    """The derivative of e^X in the direction D: a block of the exponential of [[X, D], [0, X]].

    D is divided by its norm, so that it asks for no squarings.
    """
    scale = max(abs(D).sum(axis=0).max(), np.finfo(X.dtype).tiny)
    N = len(X)
    return scale * exponential(np.block([[X, D / scale], [np.zeros_like(X), X]]))[:N, N:]


def discretize(inputs, size, options):
    """Solves the implicit step, or takes the matrix exponential"""
    if options.get("discretization", "gbt") == "zoh":
        E = np.stack([exponential(X) for X in augmented(inputs)])
        return {"Abar": E[:, :-1, :-1], "Bbar": E[:, :-1, -1]}
    left, right, dt = sides(inputs, options)
    Bbar = np.linalg.solve(left, dt * inputs["B"][..., None])
    return {"Abar": np.linalg.solve(left, right), "Bbar": Bbar[..., 0]}


def gradient(inputs, cotangents, size, options):
    A, B = inputs["A"], inputs["B"]
    g = {"Abar": np.zeros_like(A), "Bbar": np.zeros_like(B), **cotangents}
    if options.get("discretization", "gbt") == "zoh":
        X = augmented(inputs)
        G = np.zeros_like(X)
        G[:, :-1, :-1], G[:, :-1, -1] = g["Abar"], g["Bbar"]
        # The adjoint of the exponential's derivative at X is its derivative at Xᵀ.
        F = np.stack([exponential_slope(*pair) for pair in zip(transposed(X), G)])
        dt = inputs["dt"][:, None]
        by_dt = (A * F[:, :-1, :-1]).sum(axis=(1, 2)) + (B * F[:, :-1, -1]).sum(axis=1)
        return {"A": dt[..., None] * F[:, :-1, :-1], "B": dt * F[:, :-1, -1], "dt": by_dt}
    alpha = options.get("alpha", 0.5)
    left, right, dt = sides(inputs, options)
    Abar = np.linalg.solve(left, right)
    Bbar = np.linalg.solve(left, dt * B[..., None])
    S = np.linalg.solve(transposed(left), g["Abar"])
    t = np.linalg.solve(transposed(left), g["Bbar"][..., None])
    # By dt A: the right side's share, and that of the left side.
    by_step = (1 - alpha) * S + alpha * (S @ transposed(Abar) + t @ transposed(Bbar))
    by_dt = (A * by_step).sum(axis=(1, 2)) + (B * t[..., 0]).sum(axis=1)
    return {"A": dt * by_step, "B": dt[..., 0] * t[..., 0], "dt": by_dt}


if __name__ == "__main__":
    serve(discretize, gradient)
