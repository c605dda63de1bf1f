"""float64 where long double is double, as on macOS and Windows: verdicts stay right there.

The path is forced by putting `np.float64` in the place of `np.longdouble` before the suite is
imported, in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conformance.floats import FORMATS, difference, same_bits

FUNCTIONS = ("sigmoid", "softmax", "binary_cross_entropy", "binary_cross_entropy_with_logits")
#: Wrong in the last bits of float64 only: what long double, and here the balls, have to tell.
WRONG = """
    import numpy as np

    def softmax(x, axis=-1):
        e = np.exp(x - x.max(axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True) * (1 + 2.0**-44)
"""


def verdicts(ref: str, *functions: str) -> dict[str, str]:
    """Law -> outcome, in float64, without extended precision."""
    code = f"""
        import json
        import numpy as np
        np.longdouble = np.float64
        from conformance.examine.engine import Settings, examine
        from conformance.examine.selection import subjects
        from conformance.floats import FORMATS, HAS_EXTENDED
        from conformance.kernels.loading import load
        assert not HAS_EXTENDED and FORMATS["float64"].wide is np.float64
        made = load({ref!r})
        settings = Settings(effort="quick", dtypes=("float64",), functions={functions!r})
        with np.errstate(all="ignore"):
            found = [examine(made, s, settings).results for s in subjects(made, settings)[0]]
        print(json.dumps({{r.invariant: r.outcome for of in found for r in of}}))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_right_kernel_breaks_nothing(function: str) -> None:
    found = verdicts("numpy", function)
    assert [law for law, outcome in found.items() if outcome in ("fail", "error")] == []
    slug = function.replace("_", "-")
    assert found[f"{slug}/accuracy"] == found[f"{slug}/gradient-accuracy"] == "pass"


def test_an_error_in_the_last_bits_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    file.write_text(textwrap.dedent(WRONG), encoding="utf-8")
    found = verdicts(str(file), "softmax")
    assert found["softmax/accuracy"] == found["softmax/sums-to-one"] == "fail"


CASES: list[tuple[str, Any, Any, bool]] = [
    ("float64", 1.0, 0.75, True),
    ("float64", 1.0, 2.0**-60, False),
    ("float64", 1e300, 1.0, False),
    ("float64", 2.0**53, 1.0, True),
    ("float32", 1.0, 2.0**-30, False),
    ("float16", 1.0, 2.0**-12, False),
    ("float16", 65504.0, -65504.0, False),
    ("float32", np.inf, 1.0, False),
]


@pytest.mark.parametrize(("dtype", "a", "b", "exact"), CASES)
def test_whether_a_difference_is_exact(dtype: str, a: float, b: float, exact: bool) -> None:
    fmt = FORMATS[dtype]
    found, whether = difference(a, np.array([b], fmt.dtype), fmt)
    assert found.dtype == fmt.dtype and whether.tolist() == [exact]
    assert not exact or float(found[0]) == a - b


@pytest.mark.parametrize("size", [3, 10_000])
@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.longdouble])
def test_the_same_bits(dtype: Any, size: int) -> None:
    """NaN is NaN, -0 is not +0, whatever a number's size in bytes and their count."""
    a = np.zeros(size, dtype)
    a[1] = np.nan
    b = a.copy()
    assert same_bits(a, b)
    b[0] = -0.0
    assert not same_bits(a, b)
