"""The suite's HiPPO kernels as users of PyTorch write them."""

import torch

# ssm.discretize


def discretize(inputs, size, options):
    """`torch.linalg.solve` and `torch.matrix_exp` over the batch of heads

    `SSMKernelDense.bilinear` in `src/models/sequence/kernels/ssm.py` of state-spaces/s4, of which zoh is the exponential of the
    augmented matrix.
    """
    A, B, dt = inputs["A"], inputs["B"], inputs["dt"][:, None, None]
    N = A.shape[-1]
    if options.get("discretization", "gbt") == "zoh":
        augmented = torch.nn.functional.pad(torch.cat([dt * A, dt * B[..., None]], -1), (0, 0, 0, 1))
        E = torch.matrix_exp(augmented)
        return {"Abar": E[:, :N, :N], "Bbar": E[:, :N, N]}
    alpha = options.get("alpha", 0.5)
    identity = torch.eye(N, dtype=A.dtype)
    left = identity - alpha * dt * A
    right = torch.cat([identity + (1 - alpha) * dt * A, dt * B[..., None]], -1)
    solution = torch.linalg.solve(left, right)
    return {"Abar": solution[..., :N], "Bbar": solution[..., N]}


@torch.compile
def discretize_compiled(inputs, size, options):
    """the same, compiled: what surrounds solve and exponential is fused"""
    return discretize(inputs, size, options)


KERNELS = {
    "ssm.discretize": {"pytorch": discretize, "pytorch-compile": discretize_compiled},
}
