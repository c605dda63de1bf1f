"""What is said of a kernel that raises in every plain call: only what its exception speaks of."""

from __future__ import annotations

import pytest

from conformance.examine.ways_out import hint
from conformance.kernels.failures import CallFailed

_MISSING = "softmax() missing 1 required positional argument: "


@pytest.mark.parametrize(
    ("exception", "message", "said"),
    [
        ("ValueError", "expected shape (32, 1000)", "SHAPES"),
        ("AssertionError", "", "SHAPES"),
        ("RuntimeError", "needs a number of classes that is divisible by 8", "SHAPES"),
        (
            "TypeError",
            _MISSING + "'dim'",
            "say what dim is: my.py::softmax --as 'softmax(axis=dim)'",
        ),
        ("TypeError", _MISSING + "'mask'", "--as 'softmax(where=mask)'"),
        ("TypeError", _MISSING + "'weights'", "--as 'softmax(weight=weights)'"),
        ("TypeError", "argument 'x' must be Tensor, not numpy.ndarray", "BACKEND = 'NAME'"),
        ("TypeError", "softmax() got an unexpected keyword argument 'axis'", ""),
        ("ValueError", "reduction is no member of Reduction", ""),
        ("RuntimeError", "0 active drivers ([]). There should only be one.", ""),
    ],
)
def test_the_way_out_is_that_of_what_was_raised(exception, message, said):
    found = hint(CallFailed("raised", exception, message), "softmax", "my.py", "NumPy")
    assert said in found if said else not found
