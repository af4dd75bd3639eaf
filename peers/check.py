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
# Where official code gives no digits, which is no difference in meaning: S4D's and DSS's divide e^z - 1 by A, which is or is
# almost 0 in these cases; S4D's takes the logarithm of a pole that is 0, and EMA's that of 1 less almost 1. S4's sums
# have their poles where a node is an eigenvalue.
UNDEFINED = {
    "s4d.filter": ("__zero", "__near-zero", "-bilinear__stiff"),
    "s4.filter": ("__zero", "__near-pole", "__fout"),
    "s4d.scan": ("__zero", "__near-zero", "-bilinear+x0__stiff"),
    "dss.filter": ("__zero", "__near-zero"),
    "ema.filter": ("__at-once",),
}


class Contender:
    """A contender process and the questions that are asked of it."""

    def __init__(self):
        command = [sys.executable, str(HERE / "contender.py")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **request):
        """The reply; a process that has ended gives an error."""
        try:
            print(json.dumps(request), file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass
        return json.loads(self.process.stdout.readline() or '{"error": "the process ended"}')

    def judged(self, path, expected, precision, variant, name, scratch):
        """The error on a fixture in one pass; a text where the contender said why there is none."""
        out = scratch / "out.h5"
        for request in (
            {"prepare": str(path), "variant": variant, "pass": name, "precision": precision},
            {"run": 1},
            {"write": str(out)},
        ):
            reply = self.ask(**request)
            if complaint := reply.get("error") or reply.get("refused"):
                return complaint
        found = casefile.read(out, "double")
        if name == "forward":
            return relative_error(found.outputs, expected.outputs)
        return relative_error(found.gradients, expected.gradients)

    def close(self):
        self.process.kill()
        self.process.communicate()


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
    """The case, pass and error of each fixture forward and gradient."""
    contender = Contender()
    for path in sorted((HERE.parent / "fixtures" / kernel).glob("*.h5")):
        if path.stem.endswith(UNDEFINED.get(kernel, ())):
            continue
        expected = casefile.read(path, "double")
        for name in ("forward", "gradient") if expected.gradients else ("forward",):
            yield path.stem, name, contender.judged(path, expected, precision, variant, name, scratch)
            if contender.process.poll() is not None:
                contender = Contender()
    contender.close()


def report(variant, kernel, precision, scratch):
    """Prints what was found of one peer; whether it is right."""
    worst, is_right = ("", "", 0.0), True
    for case, name, error in errors(variant, kernel, precision, scratch):
        if isinstance(error, str):
            print(f"{kernel} {variant} {precision}: {case} {name}: {error}")
            is_right = False
        elif not error <= worst[2]:
            worst = (case, name, error)
    print(f"{kernel} {variant} {precision}: worst {worst[2]:.1e}, {worst[0]} {worst[1]}", flush=True)
    return is_right and (precision == "float" or worst[2] <= LIMIT)


def main():
    races = json.loads((HERE / "peers.json").read_text())["races"]
    chosen = sys.argv[1:] or {name for race in races for name in race["peers"]}
    with tempfile.TemporaryDirectory() as scratch:
        verdicts = [
            report(variant, race["kernel"], precision, Path(scratch))
            for race in races
            for variant in race["peers"]
            if variant in chosen
            for precision in ("double", "float")
        ]
    sys.exit(0 if verdicts and all(verdicts) else 1)


if __name__ == "__main__":
    main()
