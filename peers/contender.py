"""Serves the PyTorch and JAX kernels by the contender protocol (docs/contenders.md).

One process serves one contender. Which library it needs follows from the variant's name, so that JAX's threads never
stand beside PyTorch's; how many cores it may use, its environment decides.
"""

import importlib
import json
import os
import re
import signal
import sys
import time

import casefile

# The module of a variant is chosen by the first word of its name.
MODULES = {"pytorch": "pytorch_kernels", "jax": "jax_kernels"}


class Refused(Exception):
    """A kernel or size that the contender does not take; the message says why."""


def library(variant):
    """The module that holds a variant."""
    name = MODULES.get(variant.split("-")[0])
    if name is None:
        raise ValueError(f"unknown variant '{variant}', expected one that begins with {' or '.join(MODULES)}")
    return importlib.import_module(name)


def function(module, kernel, variant):
    """The forward function of a kernel's variant."""
    variants = module.KERNELS.get(kernel, {})
    if variant not in variants:
        raise Refused(f"there is no {variant} of {kernel}")
    return variants[variant]


class Contender:
    """What is prepared, and the results of the last call until they are written."""

    def __init__(self):
        self.case = self.call = self.results = None
        self.wants_peak = False

    def answer(self, line):
        """The reply to one request; what goes wrong is part of it."""
        try:
            request = json.loads(line)
            for action in ("prepare", "run", "reset-peak", "write"):
                if action in request:
                    return getattr(self, action.replace("-", "_"))(request)
            raise ValueError("no action, expected prepare, run, reset-peak or write")
        except Refused as refusal:
            return {"refused": str(refusal)}
        except Exception as error:
            return {"error": " ".join(f"{type(error).__name__}: {error}".split())[:400]}

    def prepare(self, request):
        """Moves the operands to the library, and calls once, which compiles."""
        variant, precision = request["variant"], request.get("precision", "float")
        module = library(variant)
        self.case = casefile.read(request["prepare"], precision)
        self.group = {"forward": "outputs", "gradient": "gradients"}[request.get("pass", "forward")]
        forward = function(module, self.case.kernel, variant)
        self.source = module.VERSION
        self.call, self.fetched = module.prepared(
            forward, self.case, self.group == "gradients", precision, request.get("threads", 1)
        )
        arrays = [*self.case.inputs.values(), *self.fetched(self.call()).values()]
        if self.group == "gradients":
            arrays += self.case.cotangents.values()
        return {
            "ready": True,
            "operands": sum(array.nbytes for array in arrays),
            "version": module.VERSION,
            "idea": forward.__doc__.split("\n")[0].rstrip("."),
        }

    def run(self, request):
        """Times calls, each of which ends when its results are there, after a quarter as many off the clock."""
        if self.call is None:
            raise ValueError("nothing is prepared")
        calls = request["run"]
        for _ in range(calls // 4):
            self.call()
        begin = time.perf_counter()
        for _ in range(calls):
            self.results = self.call()
        reply = {"seconds": time.perf_counter() - begin}
        if self.wants_peak:
            with open("/proc/self/status") as status:
                reply["peak"] = 1024 * int(re.search(r"VmHWM:\s*(\d+)", status.read())[1])
        return reply

    def reset_peak(self, _):
        """Makes the largest resident size start again from what is resident now."""
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
        self.wants_peak = True
        return {"ready": True}

    def write(self, request):
        """Writes the last results and forgets them, so that they cannot be taken for those of a later call."""
        if self.results is None:
            raise ValueError("nothing has been run since the last write")
        casefile.write(request["write"], self.case, self.group, self.fetched(self.results), self.source)
        self.results = None
        return {"written": request["write"]}


def main():
    # Nobody is left to be told that the driver has gone.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    # Libraries and compilers print to standard output, which belongs to the protocol.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    contender = Contender()
    for line in sys.stdin:
        print(json.dumps(contender.answer(line)), file=replies, flush=True)


if __name__ == "__main__":
    main()
