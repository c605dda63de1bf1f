"""An example in wide arithmetic, from which reference values and derived bounds are computed."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.floats import Array, Format
from conformance.model import Example
from conformance.numerics.effective import effective, mask_of
from conformance.numerics.intermediates import Logistic, Rows, targets, widen
from conformance.numerics.logits import Logits, logits
from conformance.numerics.memo import cached_property
from conformance.numerics.projections import Projection, projection

#: The fourth power is a number of float64.
_ORDINARY = 1e75


class Problem:
    """The wide arguments of an example and the intermediates that several formulas share.

    Losses have one form. From logits of classes: ℓ = −Σ_c A_c log p_c. From logits of two:
    ℓ = A₁ softplus(−x) + A₀ softplus(x). From probabilities likewise with log p and log(1 − p).
    A reduced loss is Σ rate·ℓ, where rate is the cotangent's share of each row.
    """

    def __init__(self, e: Example, fmt: Format | None = None) -> None:
        #: Which logits take part, (R, n); None for all. Everything below is of effective arguments.
        self.mask = mask_of(e)
        self.given = e
        self.e = e = effective(e)
        self.fmt = fmt or e.fmt
        self.wide = self.fmt.wide
        self.x = widen(e.x, self.fmt)
        self.counts = e.counts
        #: What `numerics.memo` keeps of it.
        self.kept_values: dict[tuple[Any, ...], Any] = {}

    @property
    def lighter(self) -> Problem:
        """The same problem in float64, which is enough for bounds: they move by 1e-13.

        Long double takes six times as long. It is kept where products of a few of the numbers could
        overflow float64; what underflows is far below the bound's allowance for underflow.
        """
        return self._lighter or self

    @cached_property
    def _lighter(self) -> Problem | None:
        """None if it is this one: what held itself would stay until garbage is looked for."""
        if self.wide is not np.longdouble or not all(map(_ordinary, self._numbers())):
            return None
        return Problem(self.given, replace(self.fmt, wide=np.float64))

    def _numbers(self) -> Iterator[Array]:
        yield from self.e.args.values()
        yield from (np.asarray(v) for v in self.e.options.values() if isinstance(v, np.ndarray))
        if self.e.function.probabilities:
            with np.errstate(all="ignore"):
                yield np.where(self.e.x == 0, 0, 1 / self.e.x)

    def widened(self, values: Any) -> Array:
        """Exact copies in the wide dtype."""
        return widen(values, self.fmt)

    @cached_property
    def logistic(self) -> Logistic:
        """σ and relatives at x."""
        return Logistic(self.x)

    @cached_property
    def rows(self) -> Rows:
        """softmax and relatives of the rows of x, or of the logits that options make of x."""
        made = [m for m in (self.projection, self.logits) if m is not None]
        if not made:
            return Rows(self.x)
        firm = np.logical_and.reduce([m.firm for m in made], axis=0)
        return Rows(made[-1].y, firm if self.projection is None else firm & ~self.shaky)

    @property
    def log_p(self) -> Array:
        """Logarithms of the classes' probabilities (R, n): those of the logits, or x itself."""
        return self.x if self.e.function.logarithms else self.rows.log_p

    @property
    def shaky(self) -> Array:
        """Rows whose logits options leave so uncertain that no derivative is forced."""
        return np.zeros((), bool) if self.logits is None else self.logits.shaky

    @cached_property
    def projection(self) -> Projection | None:
        """The products of x with a matrix; None where x is the logits."""
        return projection(self.x, self.e, self.fmt)

    @property
    def classes(self) -> int:
        """Classes of a row."""
        return self.e.classes

    @cached_property
    def logits(self) -> Logits | None:
        """The logits that options make of x, or of its products; None if they change nothing."""
        x = self.x if self.projection is None else self.projection.y
        given = None if self.mask is None else self.widened(self.given.x)
        return logits(x, self.e.options, self.fmt, given)

    @cached_property
    def labels(self) -> Array:
        """Labels, wide if floating."""
        labels = self.e.labels
        return labels if np.issubdtype(labels.dtype, np.integer) else self.widened(labels)

    @cached_property
    def soft(self) -> bool:
        """True for floating labels."""
        return not np.issubdtype(self.e.labels.dtype, np.integer)

    @property
    def number(self) -> int:
        """How many rows or elements there are."""
        return len(self.x) if self.counts is None else int(self.counts.sum())

    def total(self, values: Array) -> Any:
        """The sum of a number for each row or element, as often as it is there."""
        return values.sum() if self.counts is None else (values * self.counts).sum()

    def up_to(self, largest: float) -> Array:
        """Where x lies within ±largest, or takes no part."""
        fine = np.abs(self.x) <= largest
        return np.asarray(fine if self.mask is None else fine | ~self.mask)

    def option(self, name: str, default: Any = None) -> Any:
        """An option of the example."""
        return self.e.options.get(name, default)

    @cached_property
    def weight(self) -> Array:
        """The elementwise weight of the binary loss, shape (N,)."""
        return self._of_each("weight")

    @cached_property
    def pos_weight(self) -> Array:
        """ρ of the binary loss, shape (N,)."""
        return self._of_each("pos_weight")

    def _of_each(self, name: str) -> Array:
        """An option of each element, 1 if not given; of some axes, as it is spread over all."""
        given = self.option(name)
        array = np.ones((), self.wide) if given is None else self.widened(given)
        if array.ndim and array.shape != self.x.shape:
            array = np.broadcast_to(array, self.e.view.batch).ravel()
        return np.broadcast_to(array, self.x.shape)

    @cached_property
    def class_weight(self) -> Array:
        """w of a cross-entropy, shape (n,)."""
        given = self.option("weight")
        return np.ones(self.classes, self.wide) if given is None else self.widened(given)

    @cached_property
    def unsmoothed(self) -> Any:
        """1 − s, s = label_smoothing: what is left of a label."""
        return 1 - self.wide(self.option("label_smoothing", 0.0))

    @cached_property
    def _smoothed(self) -> tuple[Array, Array]:
        """y and 1 − y of a binary loss, (N,), smoothed: (1 − s)y + s/2."""
        y, own = self.labels, self.unsmoothed
        return own * y + (1 - own) / 2, own * (1 - y) + (1 - own) / 2

    @property
    def share(self) -> Array:
        """The share of the positive class in the labels of a binary loss, (N,)."""
        return self._smoothed[0]

    @property
    def rest(self) -> Array:
        """The share of the negative class."""
        return self._smoothed[1]

    @cached_property
    def positive(self) -> Array:
        """A₁ = w ρ y."""
        return self.weight * self.pos_weight * self.share

    @cached_property
    def negative(self) -> Array:
        """A₀ = w (1 − y)."""
        return self.weight * self.rest

    @cached_property
    def _targets(self) -> tuple[Array, Array]:
        weight = self.option("weight")
        return targets(
            self.labels, self.classes, self.wide, weight,
            self.option("ignore_index"), float(self.option("label_smoothing", 0.0)),
        )  # fmt: skip

    @cached_property
    def mass(self) -> Array:
        """A before the class weights, (R, n): (1 − α)q + α/C; 0 in rows that are left out."""
        return targets(
            self.labels, self.classes, self.wide, None,
            self.option("ignore_index"), float(self.option("label_smoothing", 0.0)),
        )[0]  # fmt: skip

    @cached_property
    def hot(self) -> Array:
        """Whether a kept row's index is the class, (R, n)."""
        return np.asarray((self.labels[:, None] == np.arange(self.classes))
                          & self.kept[:, None])  # fmt: skip

    @property
    def A(self) -> Array:
        """Effective targets (R, n) of a cross-entropy."""
        return self._targets[0]

    @cached_property
    def Q(self) -> Array:
        """Σ_c A_c, shape (R, 1)."""
        return self.A.sum(axis=-1, keepdims=True)

    @cached_property
    def pull(self) -> Array:
        """2λL, L = log Σe^x, (R,), 0 of ignored rows: z_loss adds this times p to the gradient."""
        given = self.option("z_loss")
        if not given:
            return np.zeros(len(self.x), self.wide)
        return np.asarray(np.where(self.ignored, 0, 2 * self.wide(given) * self.rows.lse))

    @property
    def row_weight(self) -> Array:
        """Each row's weight in the mean, shape (R,)."""
        return self._targets[1]

    @cached_property
    def kept(self) -> Array:
        """Rows (R,) that take part: valid labels that are not ignored."""
        if self.soft:
            return np.ones(len(self.labels), bool)
        ignore = self.option("ignore_index")
        valid = (self.labels >= 0) & (self.labels < self.classes)
        return valid if ignore is None else valid & (self.labels != ignore)

    @cached_property
    def ignored(self) -> Array:
        """Rows (R,) whose label is ignore_index."""
        ignore = self.option("ignore_index")
        if self.soft or ignore is None:
            return np.zeros(len(self.e.labels), bool)
        return np.asarray(self.labels == ignore)

    @cached_property
    def settled(self) -> Array:
        """Elements (N,) or rows (R,) whose value the definition or its limit forces."""
        return self.e.function.domain.settled(self)

    @cached_property
    def attended(self) -> Array:
        """Elements or rows whose own input is settled too: an ignored row may hold anything."""
        return self.e.function.domain.attended(self)

    @cached_property
    def without_mass(self) -> Array:
        """Rows (R,) with a floating label of no mass where log p overflows: 0·log 0 = 0."""
        return self.e.function.domain.without_mass(self)

    @cached_property
    def contained(self) -> Array:
        """Finite values of which no stable form has a term beyond Ω."""
        return self.e.function.domain.contained(self)

    @property
    def class_sum(self) -> Array:
        """Σ_c w_c (|d_c| + log S), shape (R,): what label smoothing multiplies by α/C."""
        w = self.class_weight
        terms = np.where(w > 0, w * (-self.rows.log_p), 0)
        return np.asarray(np.where(np.isposinf(terms), 0, terms).sum(axis=-1))

    @cached_property
    def denominator(self) -> Any:
        """What the mean divides by."""
        return self.e.function.domain.denominator(self)

    @cached_property
    def cotangent(self) -> Array:
        """The cotangent, wide."""
        return self.widened(self.e.args["cotangent"])

    @cached_property
    def direction(self) -> Array:
        """The direction of the second derivative, wide: that of the logits which options make."""
        return self.along if self.logits is None else self.along * self.logits.slope

    @cached_property
    def along(self) -> Array:
        """The direction before options change it, wide: v Wᵀ where logits are products."""
        v = self.widened(self.e.args["direction"])
        return v if self.projection is None else v @ self.projection.matrix.T

    def headed(self, along: Array) -> Problem:
        """The same problem along another direction."""
        other = copy(self)
        vars(other).pop("direction", None)
        vars(other)["along"] = along
        return other

    @cached_property
    def rate(self) -> Array:
        """∂(reduced loss)/∂ℓ_i times the cotangent: shape (N,) or (R,)."""
        size = len(self.x)
        if self.e.reduction == "none":
            return self.cotangent
        if self.e.reduction == "sum":
            return np.broadcast_to(self.cotangent, (size,))
        with np.errstate(all="ignore"):
            return np.broadcast_to(self.cotangent / self.denominator, (size,))

    def product(self, second: bool) -> Array:
        """|g| max(w, ΣA) ρ, and |v| of a second derivative: what σ or p may be multiplied by last.

        ΣA of floating labels, which may be no distribution.
        """
        factors = [np.abs(self.cotangent)]
        if self.e.function.rowwise:
            mass = self.Q[:, 0] if self.e.function.labelled and self.soft else 1
            factors.append(np.maximum(mass, self.class_weight.max(initial=1)))
            factors += [] if self.logits is None else [self.logits.slope.max(axis=-1, initial=1)]
        else:
            factors += [self.weight, self.pos_weight]
        if second:
            v = np.abs(self.direction)
            factors.append(v.max(axis=-1, initial=1) if v.ndim == 2 else v)
        found = np.ones(len(self.x), self.wide)
        for factor in factors:
            found = found * np.maximum(factor, 1)
        return found

    @cached_property
    def flushed(self) -> Problem | None:
        """The same problem with subnormal probabilities taken as 0, where there are any.

        Hardware that flushes subnormal operands evaluates f there; numerics allow either value.
        float16 keeps its subnormals on every mainstream backend.
        """
        if not self.e.function.probabilities or self.fmt.name == "float16":
            return None
        small = (self.x != 0) & (np.abs(self.x) < self.fmt.omega)
        if not small.any():
            return None
        zeroed = np.where(small, np.zeros_like(self.e.x), self.e.x)
        return Problem(self.e.with_first(zeroed))


def _ordinary(values: Array) -> bool:
    """True if products of four finite numbers stay within the range of float64."""
    size = np.abs(values)
    if size.max(initial=0) <= _ORDINARY:
        return True
    return bool(((size <= _ORDINARY) | ~np.isfinite(size)).all())
