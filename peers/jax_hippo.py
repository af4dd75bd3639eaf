"""The suite's HiPPO kernels as users of JAX write them."""

import jax
import jax.numpy as jnp

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


KERNELS = {
    "ssm.discretize": {"jax": discretize},
}
