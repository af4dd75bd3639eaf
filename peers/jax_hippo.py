"""The suite's HiPPO kernels as users of JAX write them."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

# ssm.discretize


def discretize(inputs, size, options):
    """`jnp.linalg.solve` over the batch of heads, and `jax.scipy.linalg.expm` of each"""
    A, B, dt = inputs["A"], inputs["B"], inputs["dt"][:, None, None]
    N = A.shape[-1]
    if options.get("discretization", "gbt") == "zoh":
        augmented = jnp.pad(jnp.concatenate([dt * A, dt * B[..., None]], -1), ((0, 0), (0, 1), (0, 0)))
        E = jax.scipy.linalg.expm(augmented)
        return {"Abar": E[:, :N, :N], "Bbar": E[:, :N, N]}
    alpha = options.get("alpha", 0.5)
    identity = jnp.eye(N, dtype=A.dtype)
    right = jnp.concatenate([identity + (1 - alpha) * dt * A, dt * B[..., None]], -1)
    solution = jnp.linalg.solve(identity - alpha * dt * A, right)
    return {"Abar": solution[..., :N], "Bbar": solution[..., N]}


# hippo.project, hippo.reconstruct


def transition(measure, N, dtype):
    """`transition` in `src/models/hippo/hippo.py` of state-spaces/s4, for the measures that are raced and tested."""
    n = np.arange(N, dtype=np.float64)
    ratio = np.sqrt(np.outer(2 * n + 1, 2 * n + 1))
    below, above = np.tril(ratio, -1), np.triu(ratio, 1)
    B = np.sqrt(2 * n + 1)
    w = np.where(n % 2 == 1, 0.0, np.where(n == 0, 1.0, 2.0))
    rotation = np.zeros((N, N))
    for j in range(N // 2):
        rotation[2 * j, 2 * j + 1], rotation[2 * j + 1, 2 * j] = -np.pi * j, np.pi * j
    coupling = np.sqrt(np.outer(w, w))
    signs = np.where((n[:, None] - n) % 2 == 0, 1.0, -1.0)
    A, B = {
        "legs": (-below - np.diag(n + 1), B),
        "legsd": ((above - below - np.eye(N)) / 2, B / 2),
        "legt": (-(np.tril(ratio) + signs * above) / 2, B / 2),
        "lagt": (-np.tril(np.ones((N, N)), -1) - np.eye(N) / 2, np.ones(N)),
        "fout": (rotation - coupling, np.sqrt(w)),
        "fourier-decay": (rotation - coupling / 2, np.sqrt(w) / 2),
        "foud": (2 * rotation - np.eye(N) / 2, np.sqrt(w)),
    }[measure]
    return jnp.asarray(A, dtype), jnp.asarray(B, dtype)


def project(inputs, size, options):
    """`lax.scan` over samples: a triangle is solved with in each for legs, and the discrete matrices multiplied with otherwise"""
    f, N = inputs["f"], size["N"]
    measure = options.get("measure", "legs")
    alpha = {"forward": 0.0, "bilinear": 0.5, "backward": 1.0}[options.get("method", "bilinear")]
    A, B = transition(measure, N, f.dtype)
    identity = jnp.eye(N, dtype=f.dtype)
    if measure == "legs":

        def step(c, at):
            t, sample = at
            right = c + (1 - alpha) / t * (A @ c) + B[:, None] / t * sample
            c = jax.scipy.linalg.solve_triangular(identity - alpha / t * A, right, lower=True)
            return c, c

        at = (jnp.arange(1, f.shape[1] + 1, dtype=f.dtype), f.T)
    else:
        right = jnp.concatenate([identity + (1 - alpha) * options["dt"] * A, options["dt"] * B[:, None]], 1)
        discrete = jnp.linalg.solve(identity - alpha * options["dt"] * A, right)

        def step(c, sample):
            c = discrete[:, :N] @ c + discrete[:, N:] * sample
            return c, c

        at = f.T
    _, c = lax.scan(step, jnp.zeros((N, len(f)), f.dtype), at)
    return {"c": jnp.transpose(c, (2, 0, 1))}


def reconstruct(inputs, size, options):
    """the basis by its recurrence, and a product with it"""
    c = inputs["c"]
    y = 2 * jnp.linspace(0, 1, size["L"], dtype=c.dtype) - 1

    def step(state, n):
        before, value = state
        return (value, ((2 * n + 1) * y * value - n * before) / (n + 1)), jnp.sqrt(2 * n + 1) * value

    _, basis = lax.scan(step, (jnp.zeros_like(y), jnp.ones_like(y)), jnp.arange(c.shape[1], dtype=c.dtype))
    return {"f": c @ basis}


KERNELS = {
    "hippo.project": {"jax": project},
    "hippo.reconstruct": {"jax": reconstruct},
    "ssm.discretize": {"jax": discretize},
}
