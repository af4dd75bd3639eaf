"""s4.step in NumPy: the diagonal and the low-rank part of a step."""

from common import serve
from lowrank import Bilinear


def step(inputs, size, options):
    """Steps the state and the input by the Woodbury identity"""
    dt, x, B = inputs["dt"], inputs["x"], inputs["B"]
    bilinear = Bilinear(dt, inputs["A"], inputs["P"])
    Bbar = dt[:, None] * bilinear.solved(B, bilinear.along(B))
    x = bilinear.stepped(x, bilinear.along(x)) + Bbar * inputs["u"][..., None]
    return {"y": 2 * (inputs["C"] * x).real.sum(axis=-1), "x": x}


if __name__ == "__main__":
    serve(step)
