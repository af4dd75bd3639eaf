"""cauchy.sum in NumPy: every term of the sums."""

from common import serve


def cauchy(inputs, size, options):
    """Sums the two terms of each pair of poles"""
    v, z, w = inputs["v"][..., None], inputs["z"], inputs["w"][..., None]
    return {"y": (v / (z - w) + v.conj() / (z - w.conj())).sum(axis=1)}


def gradient(inputs, cotangents, size, options):
    v, z, w = inputs["v"][..., None], inputs["z"], inputs["w"][..., None]
    g = cotangents["y"][:, None]
    near, far = 1 / (z - w), 1 / (z - w.conj())
    # The second term of a pair depends on the conjugates of v and w, so its share is conjugated.
    by_v = near.conj() * g + far * g.conj()
    by_w = (v * near**2).conj() * g + v.conj() * far**2 * g.conj()
    by_z = -(v * near**2 + v.conj() * far**2).conj() * g
    return {"v": by_v.sum(axis=-1), "w": by_w.sum(axis=-1), "z": by_z.sum(axis=(0, 1))}


if __name__ == "__main__":
    serve(cauchy, gradient)
