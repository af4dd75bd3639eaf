"""Lets Hippodrome verify and time a function in Python: of NumPy arrays, or of PyTorch tensors.

    import hippodrome_contender as hippodrome

    def scan(inputs, size, options):
        return {"y": ..., "x": ...}

    hippodrome.serve(scan)

`inputs` holds the operands by name, `size` the extents and `options` the options that are not the default; the result
holds the outputs by name. Such a script can be run in two ways:

    hippodrome verify KERNEL --external "python3 script.py"      one process for each case
    hippodrome verify KERNEL --contender "python3 script.py"     one process for all; so does `bench KERNEL --external`

Gradients of tensors are PyTorch's own, by `serve(scan, tensors=True)`; for arrays `serve(scan, gradient)` takes a
function of `(inputs, cotangents, size, options)`. A case that the function does not take is refused by
`raise Refused("why")`. In the first way it computes in 64 bits, or in what `--precision` in the command names.

In `half` and `bfloat16` operands are numbers of that precision in arrays of 32 bits, and results are rounded to it: a
kernel that computes in 16 bits converts its operands, which changes none of them.

Formats: docs/case-files.md and docs/contenders.md of Hippodrome. Needs h5py and NumPy.
"""

import argparse
import json
import os
import re
import signal
import sys
import time

import h5py
import numpy as np

# The exit code that says that a case is refused.
REFUSAL = 3
DTYPES = {
    "float": (np.float32, np.complex64),
    "double": (np.float64, np.complex128),
    "half": (np.float32, np.complex64),
    "bfloat16": (np.float32, np.complex64),
}


class Refused(Exception):
    """A case that the function does not take; the message says why."""


class Case:
    """What a case file holds, with operands in the precision that is to be computed in."""

    def __init__(self, path, precision):
        self.precision = precision
        with h5py.File(path) as file:
            self.kernel = file.attrs["kernel"]
            self.size = json.loads(file.attrs.get("size", "{}"))
            self.options = json.loads(file.attrs.get("options", "{}"))
            self.inputs, self.cotangents = (
                {name: rounded(data[()], precision) for name, data in file.get(group, {}).items()}
                for group in ("inputs", "cotangents")
            )


def rounded(value, precision):
    """The array in 32 or 64 bits, real or complex as it was, with numbers of the precision."""
    array = np.asarray(value, dtype=DTYPES[precision][np.iscomplexobj(value)], order="C")
    if precision not in ("half", "bfloat16"):
        return array
    parts = np.ascontiguousarray(array).view(np.float32)
    with np.errstate(over="ignore"):
        narrow = parts.astype(np.float16).astype(np.float32) if precision == "half" else brief(parts)
    return narrow.view(array.dtype).reshape(array.shape)


def brief(value):
    """Numbers of 32 bits rounded to the upper 16, ties to even; not a number stays that."""
    bits = value.view(np.uint32)
    nearest = (bits + np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))) & np.uint32(0xFFFF0000)
    return np.where(np.isnan(value), value, nearest.view(np.float32))


def write(path, case, groups):
    """Writes results, arrays by name in groups by name: whole or not at all.

    They are written in the precision that was asked for: NumPy before 2.0 transforms 32 bits into 64, and a product with a
    64-bit constant is in 64 bits in any version, though no more bits are right.
    """
    with h5py.File(path + ".partial", "w") as file:
        file.attrs["schema"] = 1
        file.attrs["kernel"] = case.kernel
        file.attrs["size"] = json.dumps(case.size)
        file.attrs["options"] = json.dumps(case.options)
        file.attrs["source"] = os.path.basename(sys.argv[0])
        for group, results in groups.items():
            for name, value in results.items():
                result = rounded(value, case.precision)
                # Neither HDF5 nor NumPy has bfloat16, and NumPy has no complex numbers of two halves: these stay 32 bits.
                is_half = case.precision == "half" and not np.iscomplexobj(result)
                file[f"{group}/{name}"] = result.astype(np.float16) if is_half else result
    os.replace(path + ".partial", path)


class Arrays:
    """Functions of NumPy arrays."""

    version = f"NumPy {np.__version__}"

    def __init__(self, forward, gradient):
        self.forward, self.gradient = forward, gradient

    def prepared(self, case, wants_gradient, threads):
        """A call without arguments that gives results by name."""
        if not wants_gradient:
            return lambda: self.forward(case.inputs, case.size, case.options)
        return lambda: self.gradient(case.inputs, case.cotangents, case.size, case.options)

    @staticmethod
    def fetched(results):
        """Results as NumPy arrays."""
        return {name: np.asarray(value) for name, value in results.items()}


class Tensors:
    """Functions of PyTorch tensors, with gradients by PyTorch's automatic differentiation."""

    gradient = True

    def __init__(self, forward):
        import torch

        self.torch, self.forward, self.version = torch, forward, f"PyTorch {torch.__version__}"

    def prepared(self, case, wants_gradient, threads):
        """A call without arguments that gives results by name."""
        torch = self.torch
        if threads:
            torch.set_num_threads(threads)
        inputs = {name: torch.from_numpy(value).requires_grad_(wants_gradient) for name, value in case.inputs.items()}
        cotangents = {name: torch.from_numpy(value) for name, value in case.cotangents.items()}

        def outputs():
            with torch.no_grad():
                return self.forward(inputs, case.size, case.options)

        def gradients():
            results = self.forward(inputs, case.size, case.options)
            # A cotangent that is missing is zero; so is the gradient of an input that nothing depends on.
            seeded = [name for name in cotangents if results[name].requires_grad]
            values = torch.autograd.grad(
                [results[name] for name in seeded],
                list(inputs.values()),
                [cotangents[name] for name in seeded],
                allow_unused=True,
            )
            pairs = zip(inputs.items(), values, strict=True)
            return {name: torch.zeros_like(value) if grad is None else grad for (name, value), grad in pairs}

        return gradients if wants_gradient else outputs

    @staticmethod
    def fetched(results):
        """Results as NumPy arrays."""
        values = {name: value.detach().resolve_conj() for name, value in results.items()}
        # NumPy has no bfloat16; 32 bits hold its numbers.
        return {name: (value.float() if value.element_size() == 2 else value).numpy() for name, value in values.items()}


class Contender:
    """Answers the requests of the contender protocol, a JSON object each."""

    def __init__(self, library):
        self.library = library
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
            return {"error": one_line(error)}

    def prepare(self, request):
        """Loads the operands and calls once, so that what happens once does not happen on the clock."""
        self.results = self.call = None
        wants_gradient = request.get("pass", "forward") == "gradient"
        if wants_gradient and not self.library.gradient:
            raise Refused("there is no gradient")
        self.group = "gradients" if wants_gradient else "outputs"
        self.case = Case(request["prepare"], request.get("precision", "double"))
        self.call = self.library.prepared(self.case, wants_gradient, request.get("threads", 1))
        arrays = [*self.case.inputs.values(), *self.library.fetched(self.call()).values()]
        if wants_gradient:
            arrays += self.case.cotangents.values()
        return {
            "ready": True,
            "operands": sum(array.nbytes for array in arrays),
            "version": self.library.version,
            "idea": (self.library.forward.__doc__ or "").strip().split("\n")[0].rstrip("."),
        }

    def run(self, request):
        """Times calls, after a quarter as many off the clock."""
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
        write(request["write"], self.case, {self.group: self.library.fetched(self.results)})
        self.results = None
        return {"written": request["write"]}


def one_line(error):
    """An exception as one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:400]


def compute(library, source, target, precision):
    """Answers one case file with another: outputs, and gradients where there are cotangents and the function has any."""
    case = Case(source, precision)
    groups = {"outputs": library.fetched(library.prepared(case, False, None)())}
    if case.cotangents and library.gradient:
        groups["gradients"] = library.fetched(library.prepared(case, True, None)())
    write(target, case, groups)


def converse(library):
    """Speaks the protocol on standard input and output until the input ends."""
    # Nobody is left to be told that the driver has gone.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    # What a function prints must not get into the protocol.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    contender = Contender(library)
    for line in sys.stdin:
        print(json.dumps(contender.answer(line)), file=replies, flush=True)


def serve(forward, gradient=None, *, tensors=False):
    """Serves a function to Hippodrome, as the command line says."""
    parser = argparse.ArgumentParser(description="Computes INPUT into OUTPUT; without them, speaks the contender protocol.")
    parser.add_argument("--precision", choices=DTYPES, default="double", help="in which INPUT is computed")
    parser.add_argument("files", nargs="*", metavar="INPUT OUTPUT")
    arguments = parser.parse_args()
    library = Tensors(forward) if tensors else Arrays(forward, gradient)
    if not arguments.files:
        return converse(library)
    if len(arguments.files) != 2:
        parser.error(f"expected INPUT and OUTPUT, found {len(arguments.files)} files")
    try:
        compute(library, *arguments.files, arguments.precision)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        sys.exit(REFUSAL)
