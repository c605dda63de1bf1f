"""The constants of a grade: what one operation of a stable algorithm may cost in a format.

These are the only numbers that no derivation gives; each is a published property of hardware and
math libraries (`SOURCES`). Every bound is a function of them and of the input.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from math import ceil, log2

import numpy as np

from conformance.floats import FORMATS, Array, Format
from conformance.model import Grade

SOURCES = """\
c_E  relative error of exp, log, log1p, in u. strict 3 (1.5 ulp); standard 8 (4 ulp): covers the
     OpenCL full profile (exp, log 3 ulp), CUDA (exp 2), XLA CPU (log1p 3), NumPy SIMD (exp 2.52);
     16-bit standard 2 (1 ulp: one rounding of an fp32 function).
c_d  cost of the argument x − m, per |d| u: 1 for the subtraction, 1.5 more when e^d is taken as
     2^(d log₂e) (standard); relaxed 6 adds the 3 + 2|x| ulp of Vulkan and WGSL.
theta  relative error of a sum of nonnegative terms in any order (see `theta`).
a    absolute allowance of one value. strict 2η; standard ω, because XLA on CPUs and -ftz builds
     flush subnormals and 1/(1 + e^−x) loses [η, 1/Ω]; float16 keeps its subnormals on every
     mainstream backend, so 2η there; relaxed 2ω.
16-bit strict means float32 standard inside and one final rounding: u|y| + η/2."""


@dataclass(frozen=True, slots=True, eq=False)
class Budget:
    """The constants of a (format, grade): unit roundoff u, eps = c_E·u, argument cost, allowance.

    `final` is the format of the one final rounding of 16-bit strict, whose other constants are
    those of float32. Unless `whole`, terms that take most of the time are left out, and of several
    forms one is taken: for sums, for derivatives through maxima, for products with a matrix and for
    what they lose below ω. That gives a smaller bound, since such terms are only added.
    """

    fmt: Format
    grade: Grade
    u: float
    eps: float
    c_d: float
    a: float
    omega: float
    final: Format | None = None
    whole: bool = True

    @property
    def stable(self) -> bool:
        """False for strict, which admits only the most accurate form."""
        return self.grade != "strict" or self.final is not None

    @property
    def least(self) -> float:
        """What a product may lose below ω: η/2 with gradual underflow, else all of it (Lemma 6)."""
        return self.a / 4 if self.a < self.omega else self.a

    @property
    def anchored(self) -> bool:
        """True for relaxed, which admits the forms x − lse and e^(x − lse); they cost u|m|."""
        return self.grade == "relaxed"

    def theta(self, terms: Array, counts: Array | None = None) -> Array:
        """Relative error bound of Σ terms over the last axis, keepdims; terms >= 0 (Lemma 1).

        A rounded addition a + b errs by at most min(u(a + b), min(a, b)), so a sequential sum
        errs by at most Σ min(u S, t_i) over all but the largest term; lanes and trees of height h
        add h u, or h times all but the largest term. Flat rows cost n u, peaked rows almost
        nothing, one term beside zeros nothing at all. 16-bit standard sums in fp32 or pairwise,
        16-bit relaxed also one after the other. `counts`: how often each of the terms is there.
        """
        n = _number(terms, counts)
        if n <= 1 or not self.whole:  # the last rounding to 16 bits is there in any case
            least = self.u if n > 1 and self._halves else 0.0
            return np.full((*terms.shape[:-1], 1), least, terms.dtype)
        return self._of_lost(n, lambda u: _lost(terms, u, counts))

    def theta_of_softmax(self, T: Array, n: int) -> Array:
        """What `theta` is at the least of n terms whose largest is 1 and whose others sum to T.

        With a_i = t_i/(uS) ≤ a = 1/(uS), Σ min(a_i, 1) is at least min(Σa_i, 1) and Σa_i/max(a, 1).
        """
        if n <= 1:
            return np.zeros_like(T)

        def lost(u: float) -> Array:
            total = u * (1 + T)
            return np.maximum(np.minimum(T / total, 1), T / np.maximum(total, 1))

        return self._of_lost(n, lost)

    def _of_lost(self, n: int, lost: Callable[[float], Array]) -> Array:
        """θ of n terms, of which additions that err by u lose `lost` of u."""
        height = ceil(log2(n))
        wide = self._in_float32(lost, height) if self._halves else np.zeros(1)
        if self._halves and self.grade == "standard":
            return wide
        found = _sequential(lost(self.u), self.u, height)
        if self.grade == "strict" and self.final is None:
            return np.minimum(found, (32 + height) * self.u)
        return np.maximum(found, wide) if self._halves else found

    def _in_float32(self, lost: Callable[[float], Array], height: int) -> Array:
        """Of a sum in float32 that is rounded, or of one pairwise in 16 bits; as `theta`."""
        single = FORMATS["float32"].u
        given = lost(single)
        pairwise = (1 + height * np.minimum(given, 1)) * self.u
        return np.asarray(_sequential(given, single, height) + pairwise)

    def theta_of_rows(self, terms: Array, counts: Array | None = None) -> Array:
        """Relative error bound of a reduction of losses, or of their weights; as `theta` (Lemma 1).

        In 16 bits, except strict, also by a cascade, as PyTorch adds losses: blocks of 16 sums,
        and blocks of 16 of those. In each of its L levels an addition errs by at most uS, 15 to a
        term, and all together by Σ min(uS, t_i); the L levels are then added up.
        """
        found, n = self.theta(terms, counts), _number(terms, counts)
        if not self._halves or n <= 1 or not self.whole:
            return found
        lost, levels = _lost(terms, self.u, counts), ceil(log2(n) / 4)
        cascade = 1 + levels * np.minimum(lost, 15) + (levels - 1) * np.minimum(lost, 1)
        return np.maximum(found, cascade * self.u)

    @property
    def _halves(self) -> bool:
        """True where sums may be of 16 bits, each addition rounded: not where only the last is."""
        return self.fmt.is_half and self.final is None

    def theta_beside(self, own: Array, terms: Array, scale: Array) -> Array:
        """Absolute error of own_i + Σ_j scale_i·terms_j, for each i; all >= 0 (Lemma 1).

        Σ min(uW, s t_j) is concave in W, so for W_i it is at most W_i times its value for the terms
        alone, and at most their sum. A tree adds own_i to disjoint sums only.
        """
        if not self.whole:
            return np.asarray(scale * self._of_terms(terms))
        found = self._beside(own, terms, scale, self.u)
        if not self._halves:
            return found
        whole = own + scale * terms.sum(axis=-1, keepdims=True)
        wide = self._beside(own, terms, scale, FORMATS["float32"].u) + self.u * whole
        return np.asarray(wide if self.grade == "standard" else np.maximum(found, wide))

    def _of_terms(self, terms: Array) -> Array:
        """What `theta_beside` is at the least, for s = 1: whatever own_i is, without its term.

        What a tree adds, and Σ min(uS, t_j) ≥ Σt_j·uS/max(t, uS) of all but the largest term t; the
        last rounding to 16 bits.
        """
        total = terms.sum(axis=-1, keepdims=True)
        lost = self.u * total
        if self._halves:
            return np.asarray(lost)
        top = terms.max(axis=-1, keepdims=True, initial=0)
        share = np.where(total > 0, lost / np.maximum(top, lost), 0)
        height = ceil(log2(terms.shape[-1] + 1))
        return np.asarray((total - top) * share + min(height, 8) * lost)

    def _beside(self, own: Array, terms: Array, scale: Array, u: float) -> Array:
        """The same of sums whose additions err by u, before they are rounded to the format."""
        n, s = terms.shape[-1], scale
        total, (top, others) = terms.sum(axis=-1, keepdims=True), _parted(terms)
        whole, height = own + s * total, ceil(log2(n + 1))
        rest = np.minimum(u * whole * _lost(terms, u), s * others)
        first = np.minimum(u * whole, np.minimum(own, s * top))
        tree = (min(height, 8) if u == self.u else height) * self.u
        return np.asarray(rest + first + tree * s * total + np.minimum(tree * own, s * total))

    def finish(self, bound: Array, exact: Array) -> Array:
        """The bound after the final rounding to 16 bits, if the grade has one (Lemma 7)."""
        if self.final is None:
            return bound
        f = self.final
        size = np.where(np.isfinite(exact), np.abs(exact), 0)
        return bound * (1 + f.u) + f.u * size + f.eta / 2


def _sequential(lost: Array, u: float, height: int) -> Array:
    """u(lost + h min(lost, 1)): a tree's level loses uS at most, and all but the largest term."""
    return np.asarray(u * (lost + min(height, 8) * np.minimum(lost, 1)))


def _number(terms: Array, counts: Array | None) -> int:
    """How many terms a sum has."""
    return terms.shape[-1] if counts is None else int(counts.sum())


def _added(terms: Array, counts: Array | None) -> Array:
    """The sum of the terms, each as often as it is there; keepdims."""
    each = terms if counts is None else terms * counts
    return np.asarray(each.sum(axis=-1, keepdims=True))


def _lost(terms: Array, u: float, counts: Array | None = None) -> Array:
    """Σ min(t/(uΣt), 1) over all but the largest term."""
    total = _added(terms, counts)
    each = 1 / (u * total)
    if np.isfinite(each).all():
        lost = terms * each
        np.minimum(lost, 1, out=lost)
    else:  # of nothing, or so little that total·u underflows
        lost = np.minimum(terms / np.where(total > 0, total, 1) / u, 1)
    return _added(lost, counts) - lost.max(-1, keepdims=True, initial=0)


def _parted(terms: Array) -> tuple[Array, Array]:
    """The largest of the terms, and the sum of the others without cancellation; keepdims."""
    if not terms.shape[-1]:
        nothing = np.zeros((*terms.shape[:-1], 1), terms.dtype)
        return nothing, nothing
    place, rest = terms.argmax(axis=-1)[..., None], terms.copy()
    top = np.take_along_axis(terms, place, -1)
    np.put_along_axis(rest, place, 0, -1)
    return top, rest.sum(axis=-1, keepdims=True)


def second_order(relative: Array) -> Array:
    """θ/(1 − min(θ, ½)): the terms of higher order of a relative error (Lemma 5)."""
    return relative / (1 - np.minimum(relative, 0.5))


@cache
def budget(fmt: Format, grade: Grade) -> Budget:
    """The constants of a grade in a format."""
    if fmt.is_half and grade == "strict":
        inside = budget(FORMATS["float32"], "standard")
        return replace(inside, fmt=fmt, grade=grade, a=inside.a, final=fmt)
    c_E, c_d, a = _CONSTANTS[grade](fmt)
    return Budget(fmt, grade, fmt.u, c_E * fmt.u, c_d, a, fmt.omega)


def _standard(fmt: Format) -> tuple[float, float, float]:
    flushed = 2 * fmt.eta if fmt.name == "float16" else fmt.omega
    return (2 if fmt.is_half else 8), 2.5, flushed


_CONSTANTS: dict[str, Callable[[Format], tuple[float, float, float]]] = {
    "strict": lambda fmt: (3, 1, 2 * fmt.eta),
    "standard": _standard,
    "relaxed": lambda fmt: (4 if fmt.is_half else 8, 6, 2 * fmt.omega),
}
