"""s4.step in NumPy: dense matrices."""

from common import serve
from lowrank import discretized, paired


def step(inputs, size, options):
    """Multiplies the state by the discretised matrix"""
    Abar, Bbar, _ = discretized(inputs)
    x = (Abar @ paired(inputs["x"])[..., None])[..., 0] + Bbar * inputs["u"][..., None]
    x = x[..., : x.shape[-1] // 2]
    return {"y": 2 * (inputs["C"] * x).real.sum(axis=-1), "x": x}


if __name__ == "__main__":
    serve(step)
