"""Labels and cotangents that go with logits."""

from __future__ import annotations

from functools import cache

import numpy as np

from conformance.floats import Array, Format
from conformance.inputs.families import Rng

KINDS = ("index", "one-hot", "soft", "unnormalised", "zero rows")

#: Random ones of `indices`, and those that `ignoring` takes every second of.
ANY, EVERY_SECOND = 4, 3


def indices(rng: Rng, rows: int, n: int, which: int) -> Array:
    """Class indices: first, last, running through all, random, repeated; int64."""
    kind = which % 5
    if kind == 0:
        found = np.where(np.arange(rows) % 2 == 0, n - 1, 0)
    elif kind == 1:
        found = np.arange(rows) % n
    elif kind == 2:
        found = np.full(rows, n // 2)
    elif kind == 3:
        found = n - 1 - np.arange(rows) % n
    else:
        found = rng.integers(0, n, rows)
    return found.astype(np.int64)


def ignoring(rng: Rng, labels: Array, index: int, which: int) -> Array:
    """Some labels replaced by the ignored index: first, last, scattered, every second, most."""
    rows = len(labels)
    kind = which % 5
    if kind == 0:
        hit = np.arange(rows) == 0
    elif kind == 1:
        hit = np.arange(rows) == rows - 1
    elif kind == 2:
        hit = rng.random(rows) < 0.5
    elif kind == 3:
        hit = np.arange(rows) % 2 == 0
    else:
        hit = np.arange(rows) != rows // 2
    return np.where(hit, index, labels).astype(labels.dtype)


def soft(rng: Rng, rows: int, n: int, fmt: Format, kind: str) -> Array:
    """Floating labels of a kind of `KINDS`; Dirichlet rows have exact zeros."""
    if not rows or not n:
        return np.zeros((rows, n), fmt.dtype)
    if kind == "one-hot":
        return _one_hot(rng, rows, n, fmt)
    q = rng.gamma(0.3, size=(rows, n))
    q *= rng.random((rows, n)) < 0.7
    q += 1e-300
    q /= q.sum(axis=1, keepdims=True)
    q[q < 1e-6] = 0
    if kind == "unnormalised" and rng.random() < 0.5:
        q = np.ceil(q)  # several classes at once
    elif kind == "unnormalised":
        q = q * rng.choice([0.5, 2.0, 3.0], (rows, 1))
    if kind == "zero rows":
        q[:: max(2, rows // 3)] = 0
    return q.astype(fmt.dtype)


def _one_hot(rng: Rng, rows: int, n: int, fmt: Format) -> Array:
    hot = np.zeros((rows, n), fmt.dtype)
    hot[np.arange(rows), rng.integers(0, n, rows)] = 1
    return hot


def binary(rng: Rng, size: int, fmt: Format, which: int) -> Array:
    """Labels in [0, 1]: hard, soft, very small, near 0 and near 1, one half."""
    kind = which % 4
    if kind == 0:
        y = (np.arange(size) % 2).astype(np.float64)
    elif kind == 1:
        y = rng.random(size)
    elif kind == 2:
        near = fmt.u * rng.integers(1, 9, size)
        small = np.exp2(rng.uniform(np.log2(max(fmt.omega, 1e-300)), 0, size))
        y = np.choose(rng.integers(0, 4, size), [small, near, 1 - 2 * near, 1 - 2 * near])
    else:
        y = rng.choice([0, 1, 0.5, 0.25, 1.0], size)
    return y.astype(fmt.dtype)


#: Kinds of cotangents, and the scale at which training in mixed precision begins.
COTANGENTS = 9
_LOSS_SCALE = 2.0**16
TINY = 2.0**-30


@cache
def _values(fmt: Format, kind: int) -> Array:
    """The few numbers that cotangents of a kind are chosen from.

    Those that are nearly constant differ by half of the format's digits.
    """
    if kind == 3:
        found = 2.0 ** np.arange(-6, 7)
    elif kind == 8:
        found = np.arange(-3.0, 4)
    else:
        found = 1 + np.arange(5) * 2.0 ** -(fmt.precision // 2)
        found *= TINY if kind == 6 and fmt.name != "float16" else 1
    return found.astype(fmt.dtype)


def cotangent(rng: Rng, shape: tuple[int, ...], fmt: Format, which: int) -> Array:
    """Ones, random, one-hot per row, powers of two, nearly constant, nearly cancelling, integers.

    Every other random one is as large as the loss scale of mixed precision, where sums of it stay
    inside the format; what nearly cancels is as small as a mean over very many losses makes it.
    """
    kind = which % COTANGENTS
    if kind in (0, 7):
        return np.full(shape, -3 if kind else 1, fmt.dtype)
    if kind in (1, 5):
        scaled = kind == 5 and fmt.name != "float16"
        drawn = rng.normal(0, _LOSS_SCALE if scaled else 1, shape)
        return np.asarray(drawn).astype(fmt.dtype, copy=False)
    if kind == 2:
        g = np.zeros(shape, fmt.dtype)
        if g.size:
            flat = g.reshape(-1, shape[-1]) if shape else g.reshape(1, 1)
            flat[np.arange(len(flat)), rng.integers(0, flat.shape[1], len(flat))] = 1
        return g
    values = _values(fmt, kind)
    g = np.asarray(values[rng.integers(0, len(values), shape)])
    if kind == 6:
        every_second = g.reshape(-1)[1 - rng.integers(2) :: 2]
        np.negative(every_second, out=every_second)
    return g


def direction(rng: Rng, shape: tuple[int, ...], fmt: Format, which: int) -> Array:
    """As `cotangent`, but never constant: along such a direction no softmax changes."""
    return cotangent(rng, shape, fmt, (1, 2, 3, 5, 6, 8)[which % 6])
