"""Adversarial arithmetic: every operation errs as far as the model of the bounds allows.

The standard model fl(a ∘ b) = (a ∘ b)(1 + δ), |δ| <= u, with the sign of δ chosen by an adversary;
exp, log and log1p err by c_E u, and by c_d for their argument; an addition errs by no more than
its smaller operand; results below ω are flushed or moved by half of η; e^0 = 1, log 1 = 0 and
multiplication by a power of two are exact, as they are in every library. The numbers are kept in
the wide format, so that any roundoff can be played.
"""

from __future__ import annotations

import numpy as np

#: How δ is chosen: all of one sign, one sign per operation, one per number.
SIGNS = ("plus", "minus", "by operation", "by number")
ORDERS = ("sequential", "reversed", "ascending", "descending", "pairwise", "lanes", "random")


class Arithmetic:
    """One adversary in one format and grade. `flush`: subnormal results become 0."""

    def __init__(self, budget, rng, signs, order="sequential", flush=False):
        self.b, self.rng, self.signs, self.order = budget, rng, signs, order
        self.fmt = budget.fmt
        self.flush = flush and budget.a >= budget.omega
        inside = budget.final is not None
        self.eta = 2.0**-149 if inside else self.fmt.eta
        self.largest = 2.0**128 * (1 - 2.0**-24) if inside else self.fmt.largest

    def __repr__(self):
        return f"<{self.signs}, {self.order}, {'flushing' if self.flush else 'gradual'}>"

    def opposed(self):
        """The adversary that errs the other way, where it errs one way."""
        turned = {"plus": "minus", "minus": "plus"}.get(self.signs, self.signs)
        other = Arithmetic(self.b, self.rng, turned, self.order)
        other.flush = self.flush
        return other

    @property
    def u(self):
        return self.b.u

    def sign(self, shape):
        if self.signs == "plus":
            return 1.0
        if self.signs == "minus":
            return -1.0
        return self.rng.choice([-1.0, 1.0], shape if self.signs == "by number" else ())

    def fl(self, x, relative=None):
        """A result that errs by u, or by another relative error."""
        x = np.asarray(x)
        size = self.u if relative is None else relative
        return self._stored(x, x * self.sign(x.shape) * self.fmt.wide(size))

    def _stored(self, whole, error):
        """What is lost below ω and beyond Ω; rounding is monotone, so Ω itself is never passed."""
        y = np.where(np.isfinite(whole), whole + error, whole)
        small = (np.abs(y) < self.b.omega) & (y != 0)
        if small.any():
            least = np.minimum(self.fmt.wide(self.eta) / 2, np.abs(y))
            moved = 0 * y if self.flush else y + self.sign(y.shape) * least
            y = np.where(small, moved, y)
        y = np.where(np.abs(whole) <= self.largest, np.clip(y, -self.largest, self.largest), y)
        over = np.abs(y) >= self.fmt.wide(self.largest) * (1 + self.fmt.wide(self.u))
        return np.where(over, np.sign(y) * np.inf, y)

    def add(self, a, b):
        """Off by at most u|a + b| and by at most the smaller operand."""
        return self._plus(*np.broadcast_arrays(a, b), self.u)

    def _plus(self, a, b, u):
        whole = a + b
        least = np.minimum(np.abs(a), np.abs(b))
        size = np.where(np.isfinite(least), np.minimum(u * np.abs(whole), least), 0)
        if not self.flush:  # sums of multiples of η are exact below ω
            size = np.where(np.abs(whole) < self.b.omega, 0, size)
            return self._clipped(whole, self.sign(whole.shape) * size)
        return self._stored(whole, self.sign(whole.shape) * size)

    def _clipped(self, whole, error):
        y = np.where(np.isfinite(whole), whole + error, whole)
        y = np.where(np.abs(whole) <= self.largest, np.clip(y, -self.largest, self.largest), y)
        over = np.abs(y) >= self.fmt.wide(self.largest) * (1 + self.fmt.wide(self.u))
        return np.where(over, np.sign(y) * np.inf, y)

    def sub(self, a, b):
        return self.add(a, -np.asarray(b))

    def mul(self, a, b):
        a, b = np.broadcast_arrays(a, b)
        trivial = (np.abs(a) == 1) | (np.abs(b) == 1) | (a == 0) | (b == 0)
        return np.where(trivial, a * b, self.fl(a * b))

    def div(self, a, b):
        a, b = np.broadcast_arrays(a, b)
        return np.where((np.abs(b) == 1) | (a == 0), a / b, self.fl(a / b))

    def exp(self, d):
        """e^d with c_E, as 2^(d log₂e) where the grade admits it; 16-bit libraries use float32."""
        d = np.asarray(d)
        half = self.fmt.is_half and self.b.final is None
        base = 0 if half else (self.b.c_d - 1) * self.u
        moved = np.where(np.isfinite(d), d * (1 + self.sign(d.shape) * self.fmt.wide(1) * base), d)
        return np.where(d == 0, 1, self.fl(np.exp(moved), self.b.eps))

    def log(self, x):
        return np.where(x == 1, 0, self.fl(np.log(x), self.b.eps))

    def log1p(self, x):
        return np.where(x == 0, 0, self.fl(np.log1p(x), self.b.eps))

    # Sums over the last axis

    def total(self, terms, keepdims=False):
        """Σ of terms in an order, in float32 or by pairs where the grade asks for that."""
        terms = np.asarray(terms)
        n = terms.shape[-1]
        if n <= 1:
            found = terms[..., 0] if n else np.zeros(terms.shape[:-1], terms.dtype)
        elif self.b.fmt.is_half and self.b.final is None and self.b.grade == "standard":
            found = self._half(terms)
        else:
            found = self._ordered(terms, self.u)
        return found[..., None] if keepdims else found

    def _half(self, terms):
        if self.order in ("pairwise", "lanes"):
            return self._pairs(terms, self.u)
        return self.fl(self._ordered(terms, 2.0**-24))

    def _ordered(self, terms, u):
        if self.order == "pairwise":
            return self._pairs(terms, u)
        if self.order == "lanes":
            lanes = [self._chain(terms[..., k::8], u) for k in range(min(8, terms.shape[-1]))]
            return self._pairs(np.stack(lanes, -1), u)
        return self._chain(self._arranged(terms), u)

    def _arranged(self, terms):
        if self.order == "sequential":
            return terms
        if self.order == "reversed":
            return terms[..., ::-1]
        if self.order == "random":
            return terms[..., self.rng.permutation(terms.shape[-1])]
        rising = np.take_along_axis(terms, np.argsort(np.abs(terms), axis=-1), axis=-1)
        return rising if self.order == "ascending" else rising[..., ::-1]

    def _chain(self, terms, u):
        partial = terms[..., 0]
        for k in range(1, terms.shape[-1]):
            partial = self._plus(partial, terms[..., k], u)
        return partial

    def _pairs(self, terms, u):
        while terms.shape[-1] > 1:
            even = terms[..., 0 : 2 * (terms.shape[-1] // 2) : 2]
            found = self._plus(even, terms[..., 1::2], u)
            rest = terms[..., 2 * (terms.shape[-1] // 2) :]
            terms = np.concatenate([found, rest], axis=-1)
        return terms[..., 0]

    def stored(self, y):
        """The result as it is returned: rounded once more where 16-bit strict computes wider."""
        f = self.b.final
        if f is None:
            return y
        shift = self.sign(np.shape(y))
        moved = y + shift * np.maximum(np.abs(y) * f.u, f.eta / 2)
        return np.where(np.isfinite(y), moved, y)
