"""The kernel mamba.scan in PyTorch, with gradients by automatic differentiation.

    hippodrome verify mamba.scan --contender "python3 examples/pytorch/selective_scan.py"
"""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).parents[1] / "python"))
import hippodrome_contender as hippodrome


def signed_decay(dtA):
    """2 exp(dtA) - 1 by expm1, since near 1 the difference would lose a bit in every step; but with the derivative of exp: PyTorch
    takes expm1's to be expm1 + 1, which has few digits where dtA is far below 0."""
    exponential = 2 * torch.exp(dtA)
    return 1 + 2 * torch.expm1(dtA).detach() + (exponential - exponential.detach())


def selective_scan(u, delta, A, B, C, D=None, z=None, bias=None, x0=None, softplus=False, eigenvalues="positive"):
    """A loop over positions, all batches, channels and states at once"""
    channels, groups = u.shape[1], B.shape[1]
    if bias is not None:
        delta = delta + bias[:, None]
    if softplus:
        # F.softplus is the identity above 20, which costs digits in 64 bits.
        delta = torch.logaddexp(delta, torch.zeros_like(delta))
    B, C = (value.repeat_interleave(channels // groups, dim=1) for value in (B, C))
    x = torch.zeros(u.shape[0], *A.shape, dtype=u.dtype) if x0 is None else x0
    y = []
    for position in range(u.shape[-1]):
        dt = delta[:, :, position, None]
        dtA = dt * A
        decay = torch.exp(dtA) if eigenvalues == "positive" else signed_decay(dtA)
        x = decay * x + dt * u[:, :, position, None] * B[..., position]
        y.append((C[..., position] * x).sum(-1))
    y = torch.stack(y, dim=-1)
    if D is not None:
        y = y + D[:, None] * u
    if z is not None:
        y = y * F.silu(z)
    return y, x


def scan(inputs, size, options):
    """A loop over positions, all batches, channels and states at once"""
    y, x = selective_scan(**inputs, **options)
    return {"y": y, "x": x}


if __name__ == "__main__":
    hippodrome.serve(scan, tensors=True)
