"""Examples for the tests of oracle, filter and bounds: every family, label kind and option."""

from __future__ import annotations

import zlib
from functools import cache

import numpy as np

from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.inputs import elementwise, families, labels
from conformance.inputs.options import (
    COMBINATIONS,
    binary_options,
    focus,
    ignored_index,
    rounded,
    weights,
)
from conformance.inputs.projected import ProjectedRows
from conformance.model import Example, View
from conformance.numerics import exact
from conformance.spec import batches
from conformance.spec.known import Known
from conformance.spec.weights import as_shown

DTYPES = tuple(FORMATS)
QUANTITIES = [(f.name, q) for f in FUNCTIONS.values() for q in f.quantities]


def certified(function, quantity, args, options):
    """The exact value of a quantity of a function, as (hi, lo)."""
    return exact.certified(FUNCTIONS[function].quantities[quantity].exact, args, options)


def rng_of(*key):
    return np.random.Generator(np.random.PCG64(zlib.crc32(repr(key).encode())))


def shown(e, quantity):
    """The example, of gradients for weights as their laws show it: mild, and weighted.

    Strict admits no sum of more than some thirty like terms one after the other.
    """
    if quantity not in ("vjp_weight", "vjp_pos_weight"):
        return e
    e = e if e.function.rowwise else batches.rows_of(e, slice(0, 30))
    return as_shown(known(e.function.name, e.fmt.name), _weighted(e, quantity[4:]))[-1]


def _weighted(e, option):
    """The example with its own weights, or with some powers of two where it has none."""
    if e.options.get(option) is not None:
        return e
    size = e.classes if e.function.rowwise else e.x.shape[0]
    powers = np.ldexp(1.0, np.arange(size) * 3 % 5 - 2).astype(e.fmt.dtype)
    return e.but(options={**e.options, option: powers})


def forced(e, quantity):
    """Where laws speak of a quantity; of label gradients only finite ones of soft labels."""
    x = known(e.function.name, e.fmt.name)
    x.begin()
    where = x.where(e, quantity)
    wide = x.exact(e, quantity).wide
    if quantity == "vjp_labels":
        inside = np.isfinite(wide) & _contained(x.problem(e))
        inside = inside if e.function.matrix else inside & np.isfinite(x.problem(e).x)
        where = where & inside & (e.labels.dtype.kind not in "iu")
    return np.broadcast_to(where, wide.shape)


def _contained(p):
    """Labels whose logarithms, times their weights, stay within Ω."""
    if p.e.function.probabilities:
        return True
    if p.e.function.logarithms:
        return np.isfinite(p.labels) & (np.abs(p.labels) >= 4 / p.fmt.largest)
    if p.e.function.rowwise:
        return p.rows.gap <= p.fmt.largest
    return np.maximum(p.weight, 1) * (1 + p.pos_weight) * p.logistic.size <= p.fmt.largest


@cache
def known(function, dtype, grade="standard"):
    """What says where values are forced."""
    return Known(FUNCTIONS[function], FORMATS[dtype], grade)


def completed(function, fmt, args, options, rng, turn):
    """An example with cotangent and direction."""
    x = next(iter(args.values()))
    shape = x.shape if function.shaped else x.shape[:1]
    if function.reduces and options["reduction"] != "none":
        shape = ()
    args["cotangent"] = labels.cotangent(rng, shape, fmt, turn)
    args["direction"] = labels.cotangent(rng, x.shape, fmt, turn + 1)
    return Example(function, fmt, args, View(x.shape[:1]), options)


def rows_of(function, fmt, rng, n, repeats=1):
    """Every family of logits, or of probabilities, with n classes."""
    if function.probabilities:
        return families.probabilities(rng, 12 * repeats, n, fmt, 0)
    found = families.logits(rng, len(families.NAMES) * repeats, n, fmt, 0)
    return -np.abs(found) if function.logarithms else found


def numbers(function, fmt, rng, size):
    """Numbers of every binade, the seams and the specials; or probabilities."""
    if function.probabilities:
        return elementwise.probabilities(rng, size, fmt)
    pool = elementwise.everywhere(fmt.name, 4000)
    dense = np.exp2(rng.uniform(-30, 10, size // 2)) * rng.choice([-1.0, 1.0], size // 2)
    found = np.concatenate([rng.choice(pool, size - size // 2), dense.astype(fmt.dtype)])
    return -np.abs(found) if function.logarithms else found


def labelled(function, fmt, rng, n, turn):
    """Rows with labels and options of one combination."""
    reduction, weight, ignored, smoothing, kind = COMBINATIONS[turn % len(COMBINATIONS)]
    x = rows_of(function, fmt, rng, n)
    if reduction == "mean":
        x = x[rng.permutation(len(x))[:6]]
    found = (
        labels.indices(rng, len(x), n, turn)
        if kind == "index"
        else labels.soft(rng, len(x), n, fmt, kind)
    )
    if function.indexed:
        found = labels.indices(rng, len(x), n, turn)
    options = {"reduction": reduction} if function.reduces else {}
    if function.reduces and not function.probabilities:
        if weight:
            options["weight"] = weights(rng, n, fmt, weight)
        if ignored and kind == "index":
            options["ignore_index"] = ignored_index(ignored, n)
            found = labels.ignoring(rng, found, options["ignore_index"], turn)
        if smoothing and "label_smoothing" in function.options:
            options["label_smoothing"] = rounded(smoothing, fmt)
    return completed(function, fmt, {function.first: x, "labels": found}, options, rng, turn)


def binary(function, fmt, rng, size, turn):
    """Elements of a binary loss with labels and options by turns."""
    size = size if turn % 3 != 1 else 6
    x = numbers(function, fmt, rng, size)
    accepted = frozenset(function.options)
    options = {"reduction": "mean", **binary_options(rng, size, fmt, accepted, turn)}
    y = labels.binary(rng, size, fmt, turn // 3)
    if function.hard:
        options |= focus(accepted, fmt, turn)
        y = np.rint(y.astype(float)).astype(fmt.dtype)
    if options.get("log_target"):
        y = np.log(y.astype(float)).astype(fmt.dtype)
    return completed(function, fmt, {function.first: x, "labels": y}, options, rng, turn)


def elements(function, fmt, rng, size):
    """The arguments of a function of one number, or of two."""
    x = numbers(function, fmt, rng, size)
    second = {"y": elementwise.beside(rng, x, fmt)} if "y" in function.arguments else {}
    return {function.first: x, **second}


def projected(function, fmt):
    """Small examples of rows and a matrix, as they are examined; every third with other logits."""
    made = ProjectedRows(function, fmt, "default", 0, None, frozenset(function.options), ("C",), {})
    few = [e for e in made.designed() if 0 < e.size <= 300 and 1 < e.classes <= 33]
    scaled = [e for e in few if e.family == "scaled"]
    plain = (e for e in few if e.family != "scaled")
    return [e for each in zip(plain, plain, scaled, strict=False) for e in each]


@cache
def examples(name, dtype, sizes=(1, 2, 3, 17), size=240, turns=30):
    """Examples of a function and a dtype that meet every family and option."""
    function, fmt = FUNCTIONS[name], FORMATS[dtype]
    rng = rng_of(name, dtype)
    if function.matrix:
        return projected(function, fmt)[:turns]
    if function.labelled:
        made = labelled if function.rowwise else binary
        return [
            made(function, fmt, rng, (4, 2, 7)[t % 3] if function.rowwise else size, t)
            for t in range(turns)
        ]
    if not function.rowwise:
        return [completed(function, fmt, elements(function, fmt, rng, size), {}, rng, t)
                for t in (0, 1)]  # fmt: skip
    return [
        completed(function, fmt, {function.first: rows_of(function, fmt, rng, n)}, {}, rng, t)
        for n in sizes
        for t in ((1, 3) if n > 1 else (1,))
    ]
