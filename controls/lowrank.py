"""The bilinear step of a diagonal plus low-rank model, which s4.filter and s4.step share."""

import numpy as np


class Bilinear:
    """The implicit side I − dt/2 F of a step with F = diag([A, Ā]) − Σ_r [P_r, P̄_r][P_r, P̄_r]^*, by the Woodbury identity.

    Vectors are one half of conjugate pairs, (…, H, M); so their products with a row of [P_r, P̄_r]^* are real. The dense inverse
    would lose digits where P is large: what it keeps of a vector along P is a small difference.
    """

    def __init__(self, dt, A, P):
        self.half, self.A = dt[:, None] / 2, A
        self.P = np.moveaxis(P, 0, 1)
        self.inverse = 1 / (1 - self.half * A)
        gram = 2 * (self.P.conj() @ np.swapaxes(self.P * self.inverse[:, None], -1, -2)).real
        self.small = np.linalg.inv(np.eye(len(P), dtype=gram.dtype) + self.half[..., None] * gram)

    def along(self, y):
        """[P_r, P̄_r]^* (I − dt/2 F)⁻¹ y for each r."""
        return (self.small @ (2 * (self.P.conj() @ (self.inverse * y)[..., None]).real))[..., 0]

    def solved(self, y, along):
        """(I − dt/2 F)⁻¹ y."""
        return self.inverse * (y - self.half * self.spread(along))

    def stepped(self, y, along):
        """(I − dt/2 F)⁻¹ (I + dt/2 F) y, as y and what a step adds: a small step then loses no digits."""
        return y + 2 * self.half * self.inverse * (self.A * y - self.spread(along))

    def spread(self, along):
        """Σ_r P_r along_r."""
        return (along[..., None, :] @ self.P)[..., 0, :]
