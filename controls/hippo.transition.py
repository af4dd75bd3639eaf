"""hippo.transition in NumPy: the closed forms. There are no operands, so they are computed in double and rounded."""

from common import serve
from measures import transition


def matrices(inputs, size, options):
    """Evaluates the closed forms"""
    A, B = transition(options.get("measure", "legs"), size["N"])
    return {"A": A, "B": B}


if __name__ == "__main__":
    serve(matrices)
