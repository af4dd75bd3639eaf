"""SpaceTime's kernels as users of PyTorch write them: see pytorch_kernels.py."""

import torch
import torch.nn.functional as F


def companion(a):
    """The matrices with ones below the diagonal and a in the last column, as `CompanionSSM.matrix_power` builds them."""
    H, N = a.shape
    shift = torch.zeros(N, N, dtype=a.dtype)
    shift[1:, :-1] = torch.eye(N - 1, dtype=a.dtype)
    return shift.expand(H, N, N) + F.pad(a[:, :, None], (N - 1, 0))


def krylov(L, A, x):
    """The columns x, A x, … A^(L-1) x, whose number doubles with each square of A.

    `krylov` in `model/functional/krylov.py` of HazyResearch/spacetime.
    """
    columns = x[..., None]
    while columns.shape[-1] < L:
        more = columns[..., : L - columns.shape[-1]]
        columns = torch.cat([columns, A @ more], dim=-1)
        if columns.shape[-1] < L:
            A = A @ A
    return columns


def companion_filter(inputs, size, options):
    """the official SpaceTime code: columns of powers, doubled in number by dense squares, and a product with c"""
    columns = krylov(size["L"], companion(inputs["a"]), inputs["b"])
    return {"K": torch.einsum("hn,hnl->hl", inputs["c"], columns)}


def companion_forecast(inputs, size, options):
    """the official SpaceTime code: columns of powers of the closed loop's matrix, doubled in number by dense squares

    `ClosedLoopCompanionSSM.forward`, with operands as they are given.
    """
    loop = companion(inputs["a"]) + inputs["b"][:, :, None] * inputs["k"][:, None]
    columns = krylov(size["L"], loop, inputs["x"])
    return {key: torch.einsum("hn,bhnl->bhl", inputs[row], columns) for key, row in (("y", "c"), ("u", "k"))}


def preprocess(inputs, size, options):
    """`torch.diff` of a padded row; or less its mean by `avg_pool1d`"""
    u = inputs["u"]
    if (order := options.get("order")) is not None:
        return {"y": torch.diff(F.pad(u, (order, 0)), n=order)}
    window = options["window"]
    return {"y": u - F.avg_pool1d(F.pad(u, (window - 1, 0)), window, stride=1)}


def compiled(function, idea):
    """The function by Inductor."""
    result = torch.compile(function, dynamic=False)

    def call(inputs, size, options):
        return result(inputs, size, options)

    call.__doc__ = idea
    return call


KERNELS = {
    "companion.filter": {
        "pytorch": companion_filter,
        "pytorch-compile": compiled(companion_filter, "the same, compiled: what surrounds the products is fused"),
    },
    "companion.forecast": {
        "pytorch": companion_forecast,
        "pytorch-compile": compiled(companion_forecast, "the same, compiled: what surrounds the products is fused"),
    },
    "spacetime.preprocess": {
        "pytorch": preprocess,
        "pytorch-compile": compiled(preprocess, "the same, compiled to one loop"),
    },
}
