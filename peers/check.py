"""Runs every peer on the fixtures, forward and gradient, and prints its worst relative error on each kernel.

    peers/.venv/bin/python peers/check.py [VARIANT…]

In double, where rounding hides nothing, an error above 1e-6 fails: the peer would compute something else. Errors in
float are what a user of the library gets.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import casefile

HERE = Path(__file__).parent
LIMIT = 1e-6
# Where S4D's official code gives no digits, which is no difference in meaning: it divides e^z - 1 by A, which is or is almost 0 in
# these cases, or takes the logarithm of a pole that is 0.
UNDEFINED = {"s4d.filter": ("__zero", "__near-zero", "-bilinear__stiff")}


class Contender:
    """A contender process and the questions that are asked of it."""

    def __init__(self):
        command = [sys.executable, str(HERE / "contender.py")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **request):
        print(json.dumps(request), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline() or '{"error": "the process ended"}')

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def relative_error(found, expected):
    """The relative L2 error of the worst operand; infinite for what is missing or not a number."""
    worst = 0.0
    for name, value in expected.items():
        got = found.get(name)
        if got is None or got.shape != value.shape or not np.isfinite(got).all():
            return np.inf
        scale = np.linalg.norm(value)
        worst = max(worst, np.linalg.norm(got - value) / scale if scale else np.linalg.norm(got))
    return worst


def errors(variant, kernel, precision, scratch):
    """The error on each fixture and pass; a text where the contender said why not."""
    contender = Contender()
    for path in sorted((HERE.parent / "fixtures" / kernel).glob("*.h5")):
        expected = casefile.read(path, "double")
        for name, wanted in (("forward", expected.outputs), ("gradient", expected.gradients)):
            out = scratch / "out.h5"
            requests = {"prepare": str(path), "variant": variant, "pass": name, "precision": precision}
            replies = [contender.ask(**requests), contender.ask(run=1), contender.ask(write=str(out))]
            complaint = next((text for reply in replies for key in ("error", "refused") if (text := reply.get(key))), None)
            if complaint:
                yield path.stem, name, complaint
                continue
            found = casefile.read(out, "double")
            yield path.stem, name, relative_error(found.outputs if name == "forward" else found.gradients, wanted)
    contender.close()


def main():
    peers = json.loads((HERE / "peers.json").read_text())
    chosen = sys.argv[1:] or sorted({name for race in peers["races"] for name in race["peers"]})
    is_wrong = False
    with tempfile.TemporaryDirectory() as scratch:
        for race in peers["races"]:
            for variant in (name for name in race["peers"] if name in chosen):
                for precision in ("double", "float"):
                    worst = ("", "", 0.0)
                    for case, name, error in errors(variant, race["kernel"], precision, Path(scratch)):
                        if case.endswith(UNDEFINED.get(race["kernel"], ())):
                            continue
                        if isinstance(error, str):
                            print(f"{race['kernel']} {variant} {precision}: {case} {name}: {error}")
                            is_wrong = True
                        elif not error <= worst[2]:
                            worst = (case, name, error)
                    is_wrong |= precision == "double" and not worst[2] <= LIMIT
                    print(f"{race['kernel']} {variant} {precision}: worst {worst[2]:.1e}, {worst[0]} {worst[1]}", flush=True)
    sys.exit(1 if is_wrong else 0)


if __name__ == "__main__":
    main()
