"""The intermediate quantities that stable formulas form, in the wide format of an example.

They serve twice: the reference values (`numerics.reference`) are made of them, and the derived
bounds (`numerics.bounds`) are weighted by them. Wide means float64 for the 16- and 32-bit
formats and long double for float64, so that the reference is itself an instance of the algorithm
that the bound is derived for, run at a roundoff 2^-29 (2^-11 for float64) times smaller.

Notation: m = max x, d = x − m, t = e^d, S = Σt = 1 + T, p = t/S; s = σ(x), q = 1 − s,
l = log(1 + e^−|x|).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from conformance.floats import Array, Format
from conformance.numerics.memo import cached_property


def widen(values: Array, fmt: Format) -> Array:
    """Exact copies of machine numbers in the format's wide dtype."""
    return np.asarray(values).astype(fmt.wide)


def xlogy_free(weight: Array, value: Array) -> Array:
    """weight·value with 0·(±inf) = 0, the limit that cross-entropies take."""
    with np.errstate(all="ignore"):
        product = np.asarray(weight * value)
        if not np.isfinite(product.sum()):
            np.copyto(product, 0, where=weight == 0)
        return product


def _finite(values: Array) -> Array:
    """The array itself, 0 put in place of what is not finite, which is faster than `where`."""
    np.copyto(values, 0, where=~np.isfinite(values))
    return values


class Logistic:
    """σ and its relatives at wide x of shape (N,)."""

    def __init__(self, x: Array) -> None:
        self.x = x
        self.size = np.abs(x)
        self.e = np.exp(-self.size)

    @cached_property
    def l(self) -> Array:  # noqa: E743
        """log(1 + e^−|x|)."""
        return np.log1p(self.e)

    @cached_property
    def s(self) -> Array:
        """σ(x)."""
        return np.maximum(self.e, self.x >= 0) / (1 + self.e)

    @cached_property
    def q(self) -> Array:
        """1 − σ(x) = σ(−x), without cancellation."""
        return np.maximum(self.e, self.x < 0) / (1 + self.e)

    @cached_property
    def finite(self) -> Array:
        """|x|, and 0 where x is infinite: the weight of argument errors."""
        return _finite(self.size.copy())

    @cached_property
    def plus(self) -> Array:
        """softplus(x) = −log σ(−x)."""
        return np.maximum(self.x, 0) + self.l

    @cached_property
    def minus(self) -> Array:
        """softplus(−x) = −log σ(x)."""
        return np.maximum(-self.x, 0) + self.l


class Rows:
    """A batch of rows of logits, shape (R, n), class axis last; `firm` are those that count."""

    def __init__(self, x: Array, firm: Array | bool = True) -> None:
        self.x = x
        self.firm = firm
        self.n = x.shape[-1]

    @cached_property
    def m(self) -> Array:
        """The maximum of each row, shape (R, 1); -inf of an empty row."""
        return np.max(self.x, axis=-1, keepdims=True, initial=-np.inf)

    @cached_property
    def d(self) -> Array:
        """x − m <= 0; NaN in rows without a finite maximum."""
        with np.errstate(invalid="ignore"):
            return self.x - self.m

    @cached_property
    def t(self) -> Array:
        """e^d."""
        return np.exp(self.d)

    @cached_property
    def top(self) -> Array:
        """True at one maximum of each row: its term of S is exactly 1."""
        top = np.zeros(self.x.shape, bool)
        if self.n:
            top[np.arange(len(top)), np.argmax(self.x, axis=-1)] = True
        return top

    @cached_property
    def tail(self) -> Array:
        """t without that maximum, so that Σ tail = T."""
        tail = self.t.copy()
        np.copyto(tail, 0, where=self.top)
        return tail

    @cached_property
    def T(self) -> Array:
        """S − 1, shape (R, 1), relatively accurate."""
        return self.tail.sum(axis=-1, keepdims=True)

    @cached_property
    def S(self) -> Array:
        """Σ t = 1 + T."""
        return 1 + self.T

    @cached_property
    def log_S(self) -> Array:
        """log S by log1p(T)."""
        return np.log1p(self.T)

    @cached_property
    def p(self) -> Array:
        """softmax."""
        return self.t / self.S

    @cached_property
    def log_p(self) -> Array:
        """log_softmax."""
        return self.d - self.log_S

    @cached_property
    def size(self) -> Array:
        """|log p|, and 0 where that is infinite."""
        return _finite(-self.log_p)

    @cached_property
    def lse(self) -> Array:
        """logsumexp, shape (R,): +inf and -inf by their limits."""
        with np.errstate(invalid="ignore"):
            return np.where(np.isfinite(self.m), self.m + self.log_S, self.m)[:, 0]

    @cached_property
    def gap(self) -> Array:
        """|d|, and 0 where e^d is exactly 0: the weight of argument errors."""
        return _finite(-self.d)

    @cached_property
    def mean_gap(self) -> Array:
        """Σ p|d|, shape (R, 1)."""
        return (self.p * self.gap).sum(axis=-1, keepdims=True)

    @cached_property
    def settled(self) -> Array:
        """Rows (R,) whose softmax is forced: no NaN, no +inf, a finite maximum."""
        return np.isfinite(self.m[:, 0]) & ~np.isnan(self.x).any(axis=-1) & self.firm

    def mean(self, values: Array) -> Array:
        """Σ p·values, shape (R, 1), with 0·inf = 0."""
        return xlogy_free(self.p, values).sum(axis=-1, keepdims=True)


def targets(
    labels: Array, n: int, wide: Any, weight: Array | None, ignore: int | None, alpha: float
) -> tuple[Array, Array]:
    """The effective targets A (R, n) with ℓ = −Σ_c A_c log p_c, and each row's mean weight (R,).

    Index labels: A = (1−α) w_y e_y + (α/C) w, and the mean divides by Σ w_y over the rows kept.
    Floating labels: A = w·((1−α) q + α/C), and the mean divides by the number of rows.
    Rows of an ignored index, or of one out of range, have A = 0 and weight 0.
    """
    w = np.ones(n, wide) if weight is None else weight.astype(wide)
    if np.issubdtype(labels.dtype, np.integer):
        kept = np.ones(labels.shape, bool) if ignore is None else labels != ignore
        kept &= (labels >= 0) & (labels < n)
        hot = labels[:, None] == np.arange(n)
        full = (1 - wide(alpha)) * w * hot
        if alpha:
            full += (wide(alpha) / max(n, 1)) * w
        at = w[np.where(kept, labels, 0)] if n else np.zeros(labels.shape, wide)
        return np.where(kept[:, None], full, 0), np.where(kept, at, 0)
    soft = labels.astype(wide)
    mixed = w * ((1 - wide(alpha)) * soft + wide(alpha) / max(n, 1))
    return mixed, np.ones(len(labels), wide)
