"""Reads operands from case files and writes results into new ones (docs/case-files.md)."""

import json
from dataclasses import dataclass

import h5py
import numpy as np


@dataclass
class Case:
    """One case file: operands by name in the precision asked for, extents and options as stated."""

    kernel: str
    precision: str
    size: dict
    options: dict
    inputs: dict
    cotangents: dict
    outputs: dict
    gradients: dict


def rounded(value, precision):
    """The array in 32 or 64 bits, real or complex as it was."""
    kinds = {"float": (np.float32, np.complex64), "double": (np.float64, np.complex128)}[precision]
    return np.asarray(value, dtype=kinds[np.iscomplexobj(value)], order="C")


def read(path, precision):
    """The case in the file."""
    with h5py.File(path) as file:
        groups = {
            group: {name: rounded(data[()], precision) for name, data in file.get(group, {}).items()}
            for group in ("inputs", "cotangents", "outputs", "gradients")
        }
        return Case(
            kernel=file.attrs["kernel"],
            precision=precision,
            size=json.loads(file.attrs.get("size", "{}")),
            options=json.loads(file.attrs.get("options", "{}")),
            **groups,
        )


def write(path, case, group, results, source):
    """Writes results, arrays by name, as one group, in the case's precision whatever a library promoted them to."""
    with h5py.File(path, "w") as file:
        file.attrs["schema"] = 1
        file.attrs["kernel"] = case.kernel
        file.attrs["size"] = json.dumps(case.size)
        file.attrs["options"] = json.dumps(case.options)
        file.attrs["source"] = source
        for name, value in results.items():
            file[f"{group}/{name}"] = rounded(value, case.precision)
