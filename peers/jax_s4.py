"""State space models of the S4 family, diagonal plus low rank, as users of JAX write them.

As in `pytorch_s4.py`, folding C is part of the call.
"""

import jax.numpy as jnp
import numpy as np


def full(x):
    """A half with the conjugate half."""
    return jnp.concatenate([x, x.conj()], axis=-1)


def folded(dt, A, P, C, L):
    """C (1 - Abar^L) of dense Abar, with N modes."""
    eye = jnp.eye(2 * A.shape[-1], dtype=A.dtype)
    p = full(P)
    half = dt[:, None, None] / 2 * (eye * full(A)[:, None] - jnp.einsum("rhm,rhn->hmn", p, p.conj()))
    Abar = jnp.linalg.solve(eye - half, eye + half)
    return full(C) - jnp.einsum("hm,hmn->hn", full(C), jnp.linalg.matrix_power(Abar, L))


def cauchy(v, z, w):
    """`Σ v/(z - w)` over the modes."""
    return (v[..., None] / (z - w[..., None])).sum(-2)


def s4_filter(inputs, size, options):
    """the annotated S4: Cauchy sums at roots of unity, Woodbury, inverse real FFT

    `kernel_DPLR` in `s4/s4.py` of srush/annotated-s4 on the half of the nodes that a real result needs, which are
    computed in double.
    """
    dt, A, P, B, C = (inputs[name] for name in ("dt", "A", "P", "B", "C"))
    L = size["L"]
    omega = np.exp(-2j * np.pi * np.arange(L // 2 + 1) / L)
    z = jnp.asarray((2 * (1 - omega) / (1 + omega)).astype(A.dtype))
    scale = jnp.asarray((2 / (1 + omega)).astype(A.dtype))

    w = full(A) * dt[:, None]
    columns = [full(B), *full(P)]
    rows = [folded(dt, A, P, C, L), *full(P).conj()]
    r = jnp.stack([jnp.stack([cauchy(b * c * dt[:, None], z, w) for c in rows]) for b in columns])
    if P.shape[0] == 1:
        k = r[0, 0] - r[0, 1] * r[1, 0] / (1 + r[1, 1])
    else:
        gram = jnp.eye(P.shape[0], dtype=A.dtype) + r[1:, 1:].transpose(2, 3, 1, 0)
        solved = jnp.linalg.solve(gram, r[0, 1:].transpose(1, 2, 0)[..., None])[..., 0]
        k = r[0, 0] - jnp.einsum("hni,ihn->hn", solved, r[1:, 0])
    return {"K": jnp.fft.irfft(k * scale, n=L)}


def pairing(a, b):
    """`2 Re Σ conj(a) b` of halves, in real numbers."""
    return 2 * (a.real * b.real + a.imag * b.imag).sum(-1)


def s4_step(inputs, size, options):
    """Woodbury's identity on the stored half"""
    dt, A, P, B, C = (inputs[name] for name in ("dt", "A", "P", "B", "C"))
    E = 2 / dt[:, None] + A
    D = 1 / (2 / dt[:, None] - A)
    gram = jnp.eye(P.shape[0], dtype=dt.dtype) + pairing(P[:, None], D * P[None]).transpose(2, 0, 1)
    R = jnp.linalg.solve(gram.astype(A.dtype), (P.conj() * D).transpose(1, 0, 2)).transpose(1, 0, 2)
    x, u = inputs["x"], inputs["u"][..., None]
    signal = pairing(P[:, None], x[None])
    x = E * x - (P[:, None] * signal[..., None]).sum(0) + 2 * B * u
    signal = 2 * (R[:, None] * x).sum(-1).real
    x = D * (x - (P[:, None] * signal[..., None]).sum(0))
    return {"y": 2 * (C * x).sum(-1).real, "x": x}


KERNELS = {"s4.filter": {"jax": s4_filter}, "s4.step": {"jax": s4_step}}
