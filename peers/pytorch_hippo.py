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


# hippo.project, hippo.reconstruct


def transition(measure, N, dtype):
    """`transition` in `src/models/hippo/hippo.py` of state-spaces/s4, for the measures that are raced and tested."""
    n = torch.arange(N, dtype=torch.float64)
    ratio = torch.sqrt(torch.outer(2 * n + 1, 2 * n + 1))
    below, above = torch.tril(ratio, -1), torch.triu(ratio, 1)
    B = torch.sqrt(2 * n + 1)
    w = torch.where(n % 2 == 1, 0.0, torch.where(n == 0, 1.0, 2.0)).double()
    rotation = torch.zeros(N, N, dtype=torch.float64)
    for j in range(N // 2):
        rotation[2 * j, 2 * j + 1], rotation[2 * j + 1, 2 * j] = -torch.pi * j, torch.pi * j
    coupling = torch.sqrt(torch.outer(w, w))
    identity = torch.eye(N, dtype=torch.float64)
    signs = torch.where((n[:, None] - n) % 2 == 0, 1.0, -1.0)
    A, B = {
        "legs": (-below - torch.diag(n + 1), B),
        "legsd": ((above - below - identity) / 2, B / 2),
        "legt": (-(torch.tril(ratio) + signs * above) / 2, B / 2),
        "lagt": (-torch.tril(torch.ones_like(ratio), -1) - identity / 2, torch.ones_like(B)),
        "fout": (rotation - coupling, torch.sqrt(w)),
        "fourier-decay": (rotation - coupling / 2, torch.sqrt(w) / 2),
        "foud": (2 * rotation - identity / 2, torch.sqrt(w)),
    }[measure]
    return A.to(dtype), B.to(dtype)


def project(inputs, size, options):
    """a loop over samples: a triangle is solved with in each for legs, and the discrete matrices multiplied with otherwise

    `HiPPOScale.forward` and `HiPPO.forward` in `src/models/hippo/visualizations.py` of state-spaces/s4, with a loop for their
    `unroll`, whose stacked products of matrices take L N² memory.
    """
    f, N = inputs["f"], size["N"]
    measure = options.get("measure", "legs")
    alpha = {"forward": 0.0, "bilinear": 0.5, "backward": 1.0}[options.get("method", "bilinear")]
    A, B = transition(measure, N, f.dtype)
    identity = torch.eye(N, dtype=f.dtype)
    c = f.new_zeros(N, len(f))
    rows = []
    if measure == "legs":
        for t, sample in enumerate(f.unbind(1), 1):
            right = c + (1 - alpha) / t * (A @ c) + B[:, None] / t * sample
            c = torch.linalg.solve_triangular(identity - alpha / t * A, right, upper=False)
            rows.append(c)
    else:
        step = torch.cat([identity + (1 - alpha) * options["dt"] * A, options["dt"] * B[:, None]], 1)
        Abar, Bbar = torch.linalg.solve(identity - alpha * options["dt"] * A, step).split([N, 1], 1)
        for sample in f.unbind(1):
            c = Abar @ c + Bbar * sample
            rows.append(c)
    return {"c": torch.stack(rows).permute(2, 0, 1)}


def reconstruct(inputs, size, options):
    """the basis by its recurrence, and a product with it

    `HiPPOScale.reconstruct` in `src/models/hippo/visualizations.py` of state-spaces/s4, whose basis is SciPy's.
    """
    c = inputs["c"]
    y = 2 * torch.linspace(0, 1, size["L"], dtype=c.dtype) - 1
    before, value, rows = torch.zeros_like(y), torch.ones_like(y), []
    for n in range(c.shape[1]):
        rows.append((2 * n + 1) ** 0.5 * value)
        before, value = value, ((2 * n + 1) * y * value - n * before) / (n + 1)
    return {"f": c @ torch.stack(rows)}


KERNELS = {
    "hippo.project": {"pytorch": project},
    "hippo.reconstruct": {"pytorch": reconstruct},
    "ssm.discretize": {"pytorch": discretize, "pytorch-compile": discretize_compiled},
}
