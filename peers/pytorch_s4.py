"""State space models of the S4 family, diagonal plus low rank, as users of PyTorch write them.

The official code stores C̃ = C (1 - Abar^L), which it folds when a model is made. The suite's C is the model's own, so
folding is part of the call here: it takes the power of a dense matrix by repeated squaring, as `_setup_C` does.
"""

import torch

# Nodes whose distances from all poles are held at a time: all of them at once would take gigabytes.
CHUNK = 2048


def full(x):
    """A half with the conjugate half."""
    return torch.cat([x, x.conj()], dim=-1)


def folded(dt, A, P, C, L):
    """C (1 - Abar^L) of dense Abar, with N modes."""
    eye = torch.eye(2 * A.shape[-1], dtype=A.dtype)
    p = full(P)
    half = dt[:, None, None] / 2 * (torch.diag_embed(full(A)) - torch.einsum("rhm,rhn->hmn", p, p.conj()))
    Abar = torch.linalg.solve(eye - half, eye + half)
    return full(C) - torch.einsum("hm,hmn->hn", full(C), torch.linalg.matrix_power(Abar, L))


def cauchy_naive(v, z, w):
    """`Σ v/(z - w)` over the modes, as the official code's fallback."""
    return (v.unsqueeze(-1) / (z - w.unsqueeze(-1))).sum(-2)


def generating_function(v, z, w):
    """The sums at all nodes, a part of them at a time."""
    return torch.cat([cauchy_naive(v, part, w) for part in z.split(CHUNK)], dim=-1)


def s4_filter(inputs, size, options, sums=generating_function):
    """the official S4 code: naive Cauchy sums at roots of unity, Woodbury, inverse real FFT

    `SSMKernelDPLR.forward` in `src/models/sequence/kernels/ssm.py` of state-spaces/s4, with `cauchy_naive`, after
    `_setup_C`. Nodes are computed in double, where the official ones are powers of one rounded number.
    """
    dt, A, P, B, C = (inputs[name] for name in ("dt", "A", "P", "B", "C"))
    L = size["L"]
    turns = torch.arange(L // 2 + 1, dtype=torch.float64) / L
    omega = torch.exp(-2j * torch.pi * turns)
    z = (2 * (1 - omega) / (1 + omega)).to(A.dtype)
    scale = (2 / (1 + omega)).to(A.dtype)

    columns = torch.cat([full(B)[None], full(P)])
    rows = torch.cat([folded(dt, A, P, C, L)[None], full(P).conj()])
    v = columns[:, None] * rows[None] * dt[:, None]
    r = sums(v, z, full(A) * dt[:, None])
    if P.shape[0] == 1:
        k = r[0, 0] - r[0, 1] * r[1, 0] / (1 + r[1, 1])
    else:
        r11 = r[1:, 1:].permute(2, 3, 0, 1)
        inverse = torch.linalg.inv(torch.eye(P.shape[0], dtype=A.dtype) + r11)
        k = r[0, 0] - torch.einsum("ihn,hnij,jhn->hn", r[0, 1:], inverse, r[1:, 0])
    return {"K": torch.fft.irfft(k * scale, n=L)}


@torch.compile(dynamic=False)
def real_sums(vr, vi, zr, zi, wr, wi):
    """`Σ v/(z - w)` in real numbers, which Inductor fuses; it generates no code for complex ones."""
    dr, di = zr - wr[..., None], zi - wi[..., None]
    scale = 1 / (dr * dr + di * di)
    vr, vi = vr[..., None], vi[..., None]
    return ((vr * dr + vi * di) * scale).sum(-2), ((vi * dr - vr * di) * scale).sum(-2)


def compiled_sums(v, z, w):
    """The sums of all pairs, fused."""
    w = w.expand(v.shape)
    real, imaginary = real_sums(v.real, v.imag, z.real, z.imag, w.real, w.imag)
    return torch.complex(real, imaginary)


def s4_filter_compiled(inputs, size, options):
    """the same with the Cauchy sums in real numbers, fused by Inductor"""
    return s4_filter(inputs, size, options, compiled_sums)


def pairing(a, b):
    """`2 Re Σ conj(a) b` of halves, in real numbers."""
    return 2 * (a.real * b.real + a.imag * b.imag).sum(-1)


def s4_step(inputs, size, options):
    """the official step: Woodbury's identity on the stored half

    `_step_state_linear` of `SSMKernelDPLR`, with what `_setup_linear` computes.
    """
    dt, A, P, B, C = (inputs[name] for name in ("dt", "A", "P", "B", "C"))
    E = 2 / dt[:, None] + A
    D = 1 / (2 / dt[:, None] - A)
    ranks = torch.eye(P.shape[0], dtype=dt.dtype)
    gram = ranks + pairing(P[:, None], D * P[None]).permute(2, 0, 1)
    R = torch.linalg.solve(gram.to(A.dtype), (P.conj() * D).permute(1, 0, 2)).permute(1, 0, 2)
    x, u = inputs["x"], inputs["u"][..., None]
    signal = pairing(P[:, None], x[None])
    x = E * x - (P[:, None] * signal[..., None]).sum(0) + 2 * B * u
    signal = 2 * (R[:, None] * x).sum(-1).real
    x = D * (x - (P[:, None] * signal[..., None]).sum(0))
    return {"y": 2 * (C * x).sum(-1).real, "x": x}


@torch.compile(dynamic=False)
def s4_step_compiled(inputs, size, options):
    """the same, compiled"""
    return s4_step(inputs, size, options)


KERNELS = {
    "s4.filter": {"pytorch": s4_filter, "pytorch-compile": s4_filter_compiled},
    "s4.step": {"pytorch": s4_step, "pytorch-compile": s4_step_compiled},
}
