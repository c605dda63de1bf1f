"""Realistic reports for tests of what reads and writes them: three frameworks, every function."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Sequence

import numpy as np

from conformance.floats import FORMATS, from_ordered, to_hex
from conformance.functions import FUNCTIONS
from conformance.records.results import (
    Accuracy,
    ArrayText,
    Bin,
    Counterexample,
    ImplementationInfo,
    LawRecord,
    NotRun,
    Report,
    Result,
)

DTYPES = ("float64", "float32", "float16", "bfloat16")
FRAMEWORKS = ("numpy", "torch", "jax")
VERSIONS = {"numpy": "2.4.6", "torch": "2.13.0", "jax": "0.10.2"}

_LAWS = (
    ("accuracy", "must", "|{f} − exact| ≤ B"),
    ("high-relative-accuracy", "should", "|{f} − exact| ≤ H·|exact|"),
    ("shift", "must", "{f}(x + c) = {f}(x)"),
    ("sums-to-one", "must", "Σⱼ {f}(x)ⱼ = 1"),
    ("monotone", "must", "x ≤ y ⇒ {f}(x) ≤ {f}(y)"),
    ("range", "must", "0 ≤ {f}(x) ≤ 1"),
    ("symmetry", "must", "{f}(x) + {f}(−x) = 1"),
    ("permutation", "must", "{f}(Πx) = Π{f}(x)"),
    ("batch-independence", "should", "{f}(X)ᵢ = {f}(Xᵢ)"),
    ("infinities", "must", "{f}(±∞) is its limit"),
    ("nan", "must", "a NaN in gives a NaN out"),
    ("two-infinities", "may", "{f}(+∞, +∞) is undefined"),
    ("vjp-accuracy", "must", "|∇{f} − exact| ≤ B′"),
    ("vjp-linear", "must", "the gradient is linear in the cotangent"),
    ("vjp-high-relative-accuracy", "should", "|∇{f} − exact| ≤ H′·|exact|"),
    ("hvp-finite", "must", "the second derivative is finite"),
)
_CONTRACT = (
    ("contract/dtype", "must", "the result's dtype is the input's"),
    ("contract/shape", "must", "the result's shape is the input's"),
    ("contract/no-change", "must", "no argument is changed"),
    ("contract/layout", "must", "strides do not change a result"),
)


def laws() -> list[LawRecord]:
    """Sixteen laws for each function and four for all of them."""
    own = [
        _law(f"{f.slug}/{slug}", level, [f.name], says.format(f=f.name))
        for f in FUNCTIONS.values()
        for slug, level, says in _LAWS
    ]
    return own + [_law(name, level, list(FUNCTIONS), says) for name, level, says in _CONTRACT]


def _law(name: str, level: str, functions: list[str], says: str) -> LawRecord:
    return LawRecord(
        id=name,
        level=level,  # type: ignore[arg-type]
        functions=functions,
        says=says,
        bound="p·(c_d·u·|d| + ε·[d < 0] + errS + 3u) + a, with errS = θ(t) + ε·T/S",
        why="The maximum is subtracted exactly or with one rounding u|d|; each exponential errs by "
        "ε = c_E·u; the sum in any order by θ(t); the division and the last rounding by 3u.",
        source="Blanchard, Higham and Higham 2021, Theorem 4.2; Higham 2002, section 4.2",
        reveals="a sum taken in half precision, or an exponential without a shift",
    )


def counterexample(dtype: str = "float16", **fields: object) -> Counterexample:
    """Two logits, presented with a batch of one row."""
    base: dict[str, object] = {
        "id": "7f3a1c",
        "call": "softmax(x, axis=-1)",
        "arguments": {"x": ArrayText(dtype=dtype, shape=[1, 2], values=["0x1.4p+2", "0x0p+0"])},
        "options": {},
        "view": {"batch": [1], "axis": -1, "layout": "C"},
        "index": [0, 0],
        "got": "0x1.fcp-1",
        "exact": "0x1.fc9p-1",
        "error": "16 u",
        "allowed": "3.0 u = (n - 1)·u for the sum + u for each quotient",
        "over": 16 / 3,
        "claim": "Σⱼ softmax(x)ⱼ = 1",
        "first_shape": [8, 33],
    }
    return Counterexample(**{**base, **fields})  # type: ignore[arg-type]


def array_text(array: np.ndarray) -> ArrayText:  # type: ignore[type-arg]
    """An array as exact text."""
    values = [int(v) if array.dtype.kind == "i" else float(v) for v in array.ravel()]
    return ArrayText(
        dtype=array.dtype.name, shape=list(array.shape), values=[to_hex(v) for v in values]
    )


def info(name: str, **fields: object) -> ImplementationInfo:
    """An implementation whose functions are defined on lines 10, 20, ..."""
    base: dict[str, object] = {
        "name": name,
        "file": f"implementations/{name}_functions.py",
        "backend": name if name in VERSIONS else "numpy",
        "versions": {k: v for k, v in VERSIONS.items() if k in (name, "numpy")},
        "functions": {f: 10 * i for i, f in enumerate(FUNCTIONS, 1)},
    }
    return ImplementationInfo(**{**base, **fields})  # type: ignore[arg-type]


def result(outcome: str = "pass", ratio: float | str | None = 0.3, **fields: object) -> Result:
    """One case of numpy's softmax unless said otherwise."""
    base: dict[str, object] = {
        "implementation": "numpy",
        "function": "softmax",
        "invariant": "softmax/sums-to-one",
        "level": "must",
        "dtype": "float32",
        "device": "cpu",
        "mode": "eager",
        "examples": 200,
        "seconds": 0.01,
    }
    return Result(**{**base, "outcome": outcome, "ratio": ratio, **fields})  # type: ignore[arg-type]


def small(*results: Result, **fields: object) -> Report:
    """A complete report of these results, with their implementations and laws."""
    names = dict.fromkeys(r.implementation for r in results)
    used = {r.invariant for r in results}
    base: dict[str, object] = {
        "spec_version": "1.0",
        "environment": {"platform": "Linux x86_64", "python": "3.11.9"},
        "settings": {"grade": "standard", "effort": "default", "seed": "0"},
        "implementations": [info(name) for name in names],
        "laws": [law for law in laws() if law.id in used],
        "results": list(results),
        "complete": True,
    }
    return Report(**{**base, **fields})  # type: ignore[arg-type]


def realistic(names: Sequence[str] = FRAMEWORKS, seed: int = 0) -> Report:
    """A run of frameworks as it may come out: a few failures, deviations and gaps."""
    draw = random.Random(seed)
    found = list(_results(names, draw))
    places = list(_accuracies(names, draw))
    return small(
        laws=laws(),
        implementations=[_declared(name) for name in names],
        environment={
            "platform": "Linux x86_64",
            "processor": "2 cores, AVX-512",
            "python": "3.11.9",
            "conformance": "0.1.0",
        },
        results=found,
        accuracy=places,
        not_run=[
            NotRun(what=f"{name}::{f} on cuda", why="no such device on this machine")
            for name in names
            for f in FUNCTIONS
        ],
    )


def _declared(name: str) -> ImplementationInfo:
    declared = {"binary-cross-entropy/accuracy": "clamps log at −100, see its documentation"}
    return info(name, deviations=declared if name == "torch" else {})


def _results(names: Sequence[str], draw: random.Random) -> Iterator[Result]:
    for name in names:
        for mode in ("eager",) if name == "numpy" else ("eager", "jit"):
            for dtype in DTYPES:
                for law in laws():
                    for function in law.functions:
                        yield _case(draw, name, function, law, dtype, mode)


def _case(
    draw: random.Random, name: str, function: str, law: LawRecord, dtype: str, mode: str
) -> Result:
    outcome, ratio = "pass", round(draw.betavariate(2, 4), 4)
    message = ""
    counter = None
    if law.level == "may":
        ratio = None
        message = "½ for each" if name == "jax" and law.id.startswith("softmax/") else "NaN"
    elif law.id.startswith("contract/"):
        ratio = 0.0
    elif name == "torch" and law.id == "binary-cross-entropy/accuracy":
        outcome, ratio = "deviation", 7.3
        message = "clamps log at −100, see its documentation"
    elif "high-relative" in law.id and dtype != "float64" and draw.random() < 0.25:
        outcome, ratio = "fail", round(10 ** draw.uniform(0.1, 4), 3)
    elif name == "jax" and law.id == "log-softmax/vjp-accuracy" and dtype == "float16":
        outcome, ratio = "fail", math.inf if mode == "jit" else 5300.0
    elif name == "numpy" and "hvp" in law.id:
        outcome, ratio, message = "unsupported", None, "no second derivative"
    elif name == "jax" and law.id == "cross-entropy/nan" and mode == "jit":
        outcome, ratio, message = "error", None, "TypeError: unhashable type: 'ArrayImpl'"
    elif draw.random() < 0.004:
        outcome, ratio = "vacuous", None
    if outcome == "fail":
        message = "16 u, allowed 3.0 u"
        counter = counterexample(dtype, call=f"{function}(x)")
    return result(
        outcome,
        "inf" if ratio == math.inf else ratio,
        implementation=name,
        function=function,
        invariant=law.id,
        level=law.level,
        dtype=dtype,
        mode=mode,
        worst="x = [0x1.4p+2, 0x0p+0]",
        message=message,
        counterexample=counter,
        grade="standard" if outcome == "pass" else "",
    )


def _accuracies(names: Sequence[str], draw: random.Random) -> Iterator[Accuracy]:
    for name in names:
        for function in ("sigmoid", "log_sigmoid"):
            for quantity in ("value", "vjp"):
                for dtype in DTYPES:
                    yield accuracy(name, function, quantity, dtype, draw)


def accuracy(
    name: str, function: str, quantity: str, dtype: str, draw: random.Random, bins: int = 128
) -> Accuracy:
    """Errors that are half an ulp where the function is flat, and more where it is not."""
    edges = _edges(dtype, bins)
    rows = []
    for low, high in itertools.pairwise(edges):
        at = float(low)
        busy = math.exp(-((math.log10(abs(at) + 1e-3) - 0.8) ** 2))
        ulp = 0.5 + draw.random() * (0.2 + 2.2 * busy)
        rows.append(
            Bin(low=to_hex(at), high=to_hex(float(high)), ulp=round(ulp, 3), bound_ulp=4 + 4 * busy)
        )
    top = max(rows, key=lambda b: float(b.ulp))
    count = 65_536 if FORMATS[dtype].is_half else 20_000
    return Accuracy(
        implementation=name,
        function=function,
        quantity=quantity,
        dtype=dtype,
        device="cpu",
        mode="eager",
        coverage="all 65,536" if FORMATS[dtype].is_half else "20,000 sampled",
        count=count,
        exhaustive=FORMATS[dtype].is_half,
        ulp=top.ulp,
        ratio=round(float(top.ulp) / float(top.bound_ulp), 3),
        worst=top.low,
        correctly_rounded=round(0.8 + 0.15 * draw.random(), 4),
        histogram=[int(count * 0.88), int(count * 0.1), int(count * 0.02), 3],
        bins=rows,
    )


def _edges(dtype: str, bins: int) -> np.ndarray:  # type: ignore[type-arg]
    fmt = FORMATS[dtype]
    top = int(np.array(fmt.largest, fmt.dtype).view(fmt.integer))
    keys = [round(-top + 2 * top * i / bins) for i in range(bins + 1)]
    return from_ordered(np.array(keys, fmt.integer), fmt.dtype)
