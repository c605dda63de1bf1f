"""What may be declared of a kernel that raises in every plain call, by what it raises."""

from __future__ import annotations

import re

from conformance.backends.others import OF_ARRAYS
from conformance.kernels.failures import CallFailed

ONE_SIZE = (
    "if it takes one size only, say which, SHAPES = (32, 1000) in the file or shape=(32, 1000) in "
    "--as"
)
#: Words of an exception that speaks of a size.
_OF_SIZES = re.compile(
    r"shape|\bsizes?\b|dimension|divisible|multiple of|powers? of|length|rows|columns?|classes"
    r"|elements?"
    r"|\d+ ?x ?\d+|expected \d|only \d|\bfor \d",
    re.IGNORECASE,
)
_LACKS = re.compile(r"missing \d+ required \S+ arguments?: '(\w+)'")
#: What --as says of an argument that a call lacks, by its name.
_STANDS_FOR = {
    "mask": "where=mask", "dim": "axis=dim", "keepdim": "keepdims=keepdim",
    "weights": "weight=weights",
}  # fmt: skip


def hint(error: CallFailed, function: str, file: str, library: str) -> str:
    """The way out, where what was raised speaks of one; else empty.

    `library` is the title of that whose arrays are passed.
    """
    said = error.message.partition(", not a")[0] if error.kind == "type" else error.message
    if error.kind in ("raised", "type") and OF_ARRAYS.search(said):
        return f"if it takes other arrays than {library}'s, say whose: BACKEND = 'NAME' in the file"
    if error.slip or error.kind != "raised" or error.message.startswith("returned "):
        return ""
    if found := _LACKS.search(error.message):
        given = _STANDS_FOR.get(found[1], f"{found[1]}=VALUE")
        return f"say what {found[1]} is: {file}::{function} --as '{function}({given})'"
    silent = error.exception == "AssertionError" or not error.message
    return ONE_SIZE if silent or _OF_SIZES.search(error.message) else ""
