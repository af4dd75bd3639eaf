"""dss.filter in NumPy: every power of every mode."""

import numpy as np

from common import phi, phi_slope, positions, serve


def softmax(z, l):
    """e^{lz} over their sum, of the last axis, and the positions l counted from that of the largest of them.

    From there no exponential overflows and the mean position, close to the largest's, keeps its digits.
    """
    places = l - np.where(z.real > 0, l[-1], l[0])[..., None]
    powers = np.exp(z[..., None] * places)
    return powers / powers.sum(axis=-1, keepdims=True), places


def dss(inputs, size, options):
    """Sums the powers of all modes"""
    dt, A, C = inputs["dt"][:, None], inputs["A"], inputs["C"]
    l = positions(size["L"], A)
    if options.get("mode", "exp") == "softmax":
        terms = (C / A)[..., None] * softmax(dt * A, l)[0]
    else:
        terms = (C * dt * phi(dt * A))[..., None] * np.exp((dt * A)[..., None] * l)
    return {"K": terms.real.sum(axis=1)}


def gradient(inputs, cotangents, size, options):
    dt, A, C = inputs["dt"][:, None], inputs["A"], inputs["C"]
    g, z, l = cotangents["K"][:, None], dt * A, positions(size["L"], A)
    if options.get("mode", "exp") == "softmax":
        weights, places = softmax(z, l)
        by_C = (g * weights.conj()).sum(axis=-1) / A.conj()
        # A weight's derivative by z is the weight times the distance of its position from the mean position.
        mean = (places * weights).sum(axis=-1, keepdims=True)
        by_z = (C / A).conj() * (g * (weights * (places - mean)).conj()).sum(axis=-1)
        return {"dt": (A.conj() * by_z).real.sum(axis=-1), "A": dt * by_z - (C / A).conj() * by_C, "C": by_C}
    powers = np.exp(z[..., None] * l)
    by_weight, by_power = (g * powers.conj()).sum(axis=-1), (g * l * powers.conj()).sum(axis=-1)
    by_power *= (C * dt * phi(z)).conj()
    return {
        # The derivative of dt φ(dt A) by dt is e^{dt A}.
        "dt": (A.conj() * by_power + (C * np.exp(z)).conj() * by_weight).real.sum(axis=-1),
        "A": dt * (by_power + (C * dt * phi_slope(z)).conj() * by_weight),
        "C": (dt * phi(z)).conj() * by_weight,
    }


if __name__ == "__main__":
    serve(dss, gradient)
