"""`conformance new FILE`: a commented stub of an implementation, which runs as it is."""

from __future__ import annotations

import argparse
import keyword
import textwrap
from pathlib import Path

from conformance.backends import libraries
from conformance.errors import UsageError, unknown
from conformance.functions import FUNCTIONS
from conformance.model import Function
from conformance.objects.slots import MEANT

DESCRIPTION = "Write a commented stub of an implementation. An existing file is kept."
EXAMPLES = """\
examples:
  conformance new my_kernels.py                      NumPy
  conformance new my_kernels.py --backend torch
  conformance run my_kernels.py                      then fill it in, function by function

The stub is naive on purpose, so that the first run shows failures and what they look like.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    names = list(libraries())
    parser.add_argument("file", metavar="FILE", help="the Python file to write")
    parser.add_argument(
        "--backend", metavar="NAME", default=names[0],
        help=f"{', '.join(names[:-1])} or {names[-1]} (default: {names[0]})",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Write the stub and say what to do with it."""
    if args.backend not in libraries():
        raise UsageError(unknown("backend", args.backend, libraries()))
    path = Path(args.file)
    if path.suffix != ".py":
        raise UsageError(f"{path}: an implementation is a file named *.py; say {path.stem}.py")
    if keyword.iskeyword(path.stem) or path.stem in libraries():
        raise UsageError(f"{path}: a file of this name would hide a module; choose another")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(stub(args.backend))
    except FileExistsError:
        raise UsageError(f"{path}: exists already; choose another name or remove it") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    print(f"{path} is written. Examine it:\n\n  conformance run {path}")
    return 0


def stub(backend: str) -> str:
    """The text of the stub."""
    library = libraries()[backend]
    script = library.script
    text = _STUB.replace("@gradients", _DERIVED if library.derives else _OWN)
    others = [_signature(f) for f in FUNCTIONS.values() if f"def {f.name}(" not in text]
    marks = {"@functions": "\n".join(others)}
    imports = script.imports.splitlines()[-1]
    marks |= {"@LIBRARY": imports, "@BACKEND": backend, "@exp": f"{script.module}.exp"}
    marks["@total"] = script.total
    for mark, words in marks.items():
        text = text.replace(mark, words)
    return text


def _signature(f: Function) -> str:
    """A comment with the signature of the function, its options at their defaults."""
    options = [f"{name}={MEANT[name]!r}".replace("'", '"') for name in f.options]
    said = f"{f.name}({', '.join([*f.arguments, *options])})"
    return textwrap.fill(
        said, 100, initial_indent="# ", subsequent_indent="#" + " " * (len(f.name) + 2)
    )


_OWN = """\
# This library derives nothing, so a gradient is examined where the file defines it:
# <function>_vjp takes the arrays, then the cotangent, then the options, and returns the gradient
# of the first argument.
def sigmoid_vjp(x, cotangent):
    s = sigmoid(x)
    return cotangent * s * (1 - s)
"""

_DERIVED = """\
# Gradients are derived by the library and examined too, second derivatives likewise. Define
# <function>_vjp(arrays..., cotangent, options...) only if you have written one by hand.
"""

_STUB = '''\
"""My kernels: what this file defines is examined, what it leaves out is not."""

@LIBRARY

BACKEND = "@BACKEND"

# Optional:
# NAME = "my kernels"                  # how reports call it; otherwise the file's name
# DTYPES = ("float32", "bfloat16")     # of float64, float32, float16, bfloat16; otherwise all
# DEVICES = ("cpu",)                   # otherwise the first one that the library has
# DEVIATIONS = {"softmax/accuracy": "a fast exp, see its documentation"}   # shown, does not fail


def sigmoid(x):
    # Naive on purpose: see what a run says of it.
    return 1 / (1 + @exp(-x))


@gradients

def softmax(x, axis=-1):
    e = @exp(x)  # overflows: subtract the maximum
    return e / e.@total


# The functions of the spec. The options that yours accept are examined, others are not:
#
@functions
#
# Labels of cross_entropy*: integers of the batch's shape, or floats of the logits' shape.
# The result has the dtype of the floating input; nothing is changed in place.
'''
