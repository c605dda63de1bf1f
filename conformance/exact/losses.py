"""Exact cross-entropies, binary and multi-class, with every option, and their derivatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from conformance.exact.balls import (
    INFINITY,
    NAN,
    ONE,
    ZERO,
    Ball,
    ball,
    balls,
    raised,
    split,
    times,
    total,
)
from conformance.exact.elementwise import Evaluate, sigma, softplus
from conformance.exact.rows import Row, settled
from conformance.floats import Array

Args = Mapping[str, Array]
Options = Mapping[str, Any]


def _reduction(options: Options) -> str:
    return str(options.get("reduction", "mean"))


def _filled(value: Any, size: int) -> list[Ball]:
    given = np.asarray(1.0) if value is None else np.asarray(value)
    return balls(np.broadcast_to(given.astype(np.float64), (size,)))


class _Binary:
    """One element of a binary loss: x or p, y, w and ρ."""

    def __init__(self, args: Args, options: Options, i: int) -> None:
        first = "logits" if "logits" in args else "probs"
        size = len(args[first])
        self.x = ball(args[first][i])
        self.y = ball(args["labels"][i])
        self.w = _filled(options.get("weight"), size)[i] if options.get("weight") is not None else ONE
        given = options.get("pos_weight")
        self.rho = _filled(given, size)[i] if given is not None else ONE
        self.logits = first == "logits"
        self.defined = self._defined()

    def _defined(self) -> bool:
        if not (self.y >= 0 and self.y <= 1):
            return False
        if self.logits:
            return bool(self.x.is_finite())
        return bool(self.x >= 0 and self.x <= 1)

    @property
    def positive(self) -> Ball:
        return self.w * self.rho * self.y

    @property
    def negative(self) -> Ball:
        return self.w * (ONE - self.y)

    def value(self) -> Ball:
        if self.logits:
            return times(self.positive, softplus(-self.x)) + times(self.negative, softplus(self.x))
        up = INFINITY if self.x == 0 else -self.x.log()
        down = INFINITY if self.x == 1 else -(-self.x).log1p()
        return times(self.y, up) + times(ONE - self.y, down)

    def vjp(self) -> Ball:
        if self.logits:
            return self.negative * sigma(self.x) - self.positive * sigma(-self.x)
        if self.x == 0 or self.x == 1:
            return NAN
        return (ONE - self.y) / (ONE - self.x) - self.y / self.x

    def hvp(self) -> Ball:
        return (self.positive + self.negative) * sigma(self.x) * sigma(-self.x)

    def vjp_labels(self) -> Ball:
        if self.logits:
            return self.w * (self.rho * softplus(-self.x) - softplus(self.x))
        if self.x == 0 or self.x == 1:
            return NAN
        return (-self.x).log1p() - self.x.log()


def _binary(quantity: str) -> Evaluate:
    def evaluate(args: Args, options: Options) -> tuple[Array, Array]:
        size = len(args["labels"])
        rates = _rates(args, options, ball(max(size, 1)), size)
        further = balls(args["direction"]) if quantity == "hvp" else [ONE] * size

        def one(i: int) -> Ball:
            element = _Binary(args, options, i)
            return getattr(element, quantity)() if element.defined else NAN

        if quantity == "value":
            return _reduced([lambda i=i: one(i) for i in range(size)], options, lambda: ball(size))  # type: ignore[misc]
        found = [
            raised(lambda i=i: [rates()[i] * further[i] * one(i)])[0]  # type: ignore[misc]
            for i in range(size)
        ]
        return split(found, (size,))

    return evaluate


def _rates(args: Args, options: Options, count: Ball, size: int) -> Callable[[], list[Ball]]:
    """The cotangent's share of each loss."""

    def rates() -> list[Ball]:
        if "cotangent" not in args:
            return [ONE] * size
        g = balls(args["cotangent"])
        if _reduction(options) == "none":
            return g
        if _reduction(options) == "sum":
            return g * size
        return [g[0] / count if count != 0 else NAN] * size

    return rates


def _reduced(
    losses: Sequence[Callable[[], Ball]], options: Options, count: Callable[[], Ball]
) -> tuple[Array, Array]:
    reduction = _reduction(options)
    if reduction == "none":
        found = [raised(lambda f=f: [f()])[0] for f in losses]  # type: ignore[misc]
        return split(found, (len(losses),))

    def whole() -> list[Ball]:
        added = total([f() for f in losses])
        if reduction == "sum":
            return [added]
        divisor = count()
        return [added / divisor if divisor != 0 else NAN]

    return split(raised(whole), ())


class _Targets:
    """The effective targets of one row and its weight in the mean."""

    def __init__(self, args: Args, options: Options, i: int) -> None:
        first = "logits" if "logits" in args else "probs"
        self.x = args[first][i]
        self.logits = first == "logits"
        self.n = len(self.x)
        labels, ignored = args["labels"], options.get("ignore_index")
        self.alpha = ball(options.get("label_smoothing") or 0.0)
        self.w = _filled(options.get("weight"), self.n)
        self.indexed = np.issubdtype(labels.dtype, np.integer)
        label = labels[i]
        self.ignored = bool(self.indexed and ignored is not None and label == ignored)
        self.label = int(label) if self.indexed else -1
        self.soft = [] if self.indexed else balls(label)
        self.defined = self._defined()

    def _defined(self) -> bool:
        if self.ignored:
            return True
        if self.indexed and not 0 <= self.label < self.n:
            return False
        if any(not (q >= 0 and q.is_finite()) for q in self.soft):
            return False
        wide = self.x.astype(np.float64)
        return settled(self.x) if self.logits else bool((wide >= 0).all() and np.isfinite(wide).all())

    @property
    def A(self) -> list[Ball]:
        if self.ignored:
            return [ZERO] * self.n
        hot = [ONE if c == self.label else ZERO for c in range(self.n)] if self.indexed else self.soft
        share = self.alpha / self.n
        at = self.w[self.label] if self.indexed else ONE
        if self.indexed:
            return [(ONE - self.alpha) * at * h + share * w for h, w in zip(hot, self.w, strict=True)]
        return [w * ((ONE - self.alpha) * h + share) for h, w in zip(hot, self.w, strict=True)]

    @property
    def mean_weight(self) -> Ball:
        if self.ignored or not (not self.indexed or 0 <= self.label < self.n):
            return ZERO
        return self.w[self.label] if self.indexed and self.logits else ONE

    def value(self) -> Ball:
        if self.ignored:
            return ZERO
        if not self.defined:
            return NAN
        if self.logits:
            logs = Row(self.x).log_p
        else:
            logs = [-INFINITY if p == 0 else p.log() for p in balls(self.x)]
        return total([times(a, -v) for a, v in zip(self.A, logs, strict=True)])

    def vjp(self) -> list[Ball]:
        if self.ignored:
            return [ZERO] * self.n
        if not self.defined:
            return [NAN] * self.n
        A = self.A
        if self.logits:
            mass = total(A)
            return [p * mass - a for p, a in zip(Row(self.x).p, A, strict=True)]
        return [
            (NAN if a != 0 else ZERO) if p == 0 else -a / p
            for p, a in zip(balls(self.x), A, strict=True)
        ]

    def hvp(self, v: list[Ball]) -> list[Ball]:
        if self.ignored:
            return [ZERO] * self.n
        return Row(self.x).hessian(v, total(self.A)) if self.defined else [NAN] * self.n

    def vjp_labels(self) -> list[Ball]:
        if not self.defined:
            return [NAN] * self.n
        if not self.logits:
            return [INFINITY if p == 0 else -p.log() for p in balls(self.x)]
        return [
            times((ONE - self.alpha) * w, -v)
            for w, v in zip(self.w, Row(self.x).log_p, strict=True)
        ]


def _classes(quantity: str) -> Evaluate:
    def evaluate(args: Args, options: Options) -> tuple[Array, Array]:
        x = args["logits"] if "logits" in args else args["probs"]
        size = len(x)

        def row(i: int) -> _Targets:
            return _Targets(args, options, i)

        def count() -> Ball:
            return total([row(i).mean_weight for i in range(size)])

        if quantity == "value":
            return _reduced([lambda i=i: row(i).value() for i in range(size)], options, count)  # type: ignore[misc]
        found: list[Ball] = []
        mean = _reduction(options) == "mean"

        def derivative(i: int) -> list[Ball]:
            rate = _rates(args, options, count() if mean else ONE, size)()[i]
            target = row(i)
            if quantity == "hvp":
                return [rate * v for v in target.hvp(balls(args["direction"][i]))]
            return [times(rate, v) for v in getattr(target, quantity)()]

        for i in range(size):
            found += raised(lambda i=i: derivative(i))  # type: ignore[misc]
        return split(found, x.shape)

    return evaluate


_BINARY = ("binary_cross_entropy", "binary_cross_entropy_with_logits")
_CLASSES = ("cross_entropy", "cross_entropy_with_logits")
LOSSES: dict[tuple[str, str], Evaluate] = {
    **{(f, q): _binary(q) for f in _BINARY for q in ("value", "vjp", "vjp_labels")},
    **{(f, q): _classes(q) for f in _CLASSES for q in ("value", "vjp", "vjp_labels")},
    (_BINARY[1], "hvp"): _binary("hvp"),
    (_CLASSES[1], "hvp"): _classes("hvp"),
}
