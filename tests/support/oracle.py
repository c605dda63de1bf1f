"""A second oracle: mpmath on the bare definitions, and difference quotients for the derivatives.

Nothing of the suite is used. Exponentials are taken unshifted, logarithms of sums as they stand;
derivatives are central differences of the values, at so many bits that they are exact to 2^-100
of themselves or 2^-900. The step is relative to a probability and its complement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import mpmath as mp
import numpy as np

Number = Any
Rows = list[list[Number]]
Options = Mapping[str, Any]

LOGITS = ("logaddexp", "sigmoid", "log_sigmoid", "softplus", "softmax", "log_softmax", "logsumexp",
          "token_log_prob", "entropy_with_logits", "binary_cross_entropy_with_logits",
          "cross_entropy_with_logits", "linear_cross_entropy", "nll_loss", "kl_div",
          "sigmoid_focal_loss")  # fmt: skip
#: Bits of working precision, and the exponent of the step of the difference quotients.
BITS, STEP = 3300, 460


def numbers(values: Any) -> list[Number]:
    """Exact mpmath numbers of machine numbers, in row-major order."""
    return [mp.mpf(v) for v in np.asarray(values).astype(np.float64).ravel().tolist()]


def _times(weight: Number, value: Callable[[], Number]) -> Number:
    return mp.mpf(0) if weight == 0 else weight * value()


def sigmoid(x: Number) -> Number:
    return 1 / (1 + mp.exp(-x))


def softmax(row: list[Number]) -> list[Number]:
    powers = [mp.exp(v) for v in row]
    total = mp.fsum(powers)
    return [p / total for p in powers]


def log_softmax(row: list[Number]) -> list[Number]:
    total = logsumexp(row)
    return [v - total for v in row]


def logsumexp(row: list[Number]) -> Number:
    return mp.log(mp.fsum(mp.exp(v) for v in row))


def _binary(p: Callable[[], Number], not_p: Callable[[], Number], y: Number, rho: Number) -> Number:
    return _times(rho * y, lambda: -mp.log(p())) + _times(1 - y, lambda: -mp.log(not_p()))


def _at(value: Any, i: int) -> Number:
    if value is None:
        return mp.mpf(1)
    if isinstance(value, list):  # numbers already
        return value[i]
    given = numbers(value)
    return given[i] if np.ndim(value) else given[0]


def _smoothed(y: Number, options: Options) -> Number:
    s = mp.mpf(options.get("label_smoothing", 0.0))
    return y * (1 - s) + s / 2


def binary(xs: list[Number], ys: list[Number], options: Options, logits: bool) -> list[Number]:
    found = []
    for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
        y = _smoothed(y, options)
        if logits:
            rho = _at(options.get("pos_weight"), i)
            loss = _binary(lambda x=x: sigmoid(x), lambda x=x: sigmoid(-x), y, rho)
            found.append(_at(options.get("weight"), i) * loss)
        else:
            found.append(_binary(lambda x=x: x, lambda x=x: 1 - x, y, mp.mpf(1)))
    return found


def classes(rows: Rows, labels: Any, options: Options, logits: bool | None) -> tuple[list, list]:
    """Each row's loss and its weight in the mean."""
    n = len(rows[0])
    w = [_at(options.get("weight"), c) for c in range(n)]
    alpha = mp.mpf(options.get("label_smoothing", 0.0))
    losses, weights = [], []
    for row, label in zip(rows, labels, strict=True):
        index = np.ndim(label) == 0 and not isinstance(label, list)
        if index and label == options.get("ignore_index"):
            losses.append(mp.mpf(0))
            weights.append(mp.mpf(0))
            continue
        if logits is None:  # they are logarithms
            minus_log = [(lambda v=v: -v) for v in row]
        elif logits:
            minus_log = [(lambda v=v: -v) for v in log_softmax(row)]
        else:
            minus_log = [(lambda v=v: -mp.log(v)) for v in row]
        lam = options.get("z_loss", 0.0)
        z = lam * logsumexp(row) ** 2 if lam else 0
        if index:
            hard = _times((1 - alpha) * w[label], minus_log[label])
            smooth = [_times(alpha / n * w[c], minus_log[c]) for c in range(n)]
            losses.append(hard + mp.fsum(smooth) + z)
            weights.append(w[label])
        else:
            q = [(1 - alpha) * v + alpha / n for v in label]
            losses.append(mp.fsum(_times(w[c] * q[c], minus_log[c]) for c in range(n)) + z)
            weights.append(mp.mpf(1))
    return losses, weights


def divergence(xs: list[Number], ys: list[Number], options: Options) -> list[Number]:
    """y log(y/p), p = e^x; the target may be a logarithm."""
    ys = [mp.exp(t) for t in ys] if options.get("log_target") else ys
    each = zip(xs, ys, strict=True)
    return [_times(y, lambda y=y, x=x: mp.log(y / mp.exp(x))) for x, y in each]


def focal(xs: list[Number], ys: list[Number], options: Options) -> list[Number]:
    """a (1 − p_t)^γ (−log p_t), p_t = p y + (1 − p)(1 − y)."""
    alpha, gamma = options.get("alpha"), mp.mpf(options.get("gamma", 2.0))
    found = []
    for x, y in zip(xs, ys, strict=True):
        right = sigmoid(x) if y == 1 else sigmoid(-x)
        wrong = sigmoid(-x) if y == 1 else sigmoid(x)
        a = 1 if alpha is None else mp.mpf(alpha) * y + (1 - mp.mpf(alpha)) * (1 - y)
        found.append(a * (wrong**gamma if gamma else 1) * -mp.log(right))
    return found


def _reduce(losses: list[Number], weights: list[Number], options: Options) -> list[Number]:
    reduction = options.get("reduction", "mean")
    if reduction == "none":
        return losses
    total = mp.fsum(losses)
    return [total if reduction == "sum" else total / mp.fsum(weights)]


def _scaled(x: Number, options: Options) -> Number:
    """A logit capped and divided."""
    if options.get("softcap") is not None:
        x = options["softcap"] * mp.tanh(x / options["softcap"])
    return x / mp.mpf(options.get("temperature", 1.0))


def outputs(function: str, x: Rows, labels: Any, options: Options) -> list[Number]:
    """The flat outputs of a function of rows; elementwise functions have one row."""
    if function == "linear_cross_entropy":
        x, function = _products(x, options), "cross_entropy_with_logits"
    x = [[_scaled(v, options) for v in row] for row in x]
    if function == "sigmoid":
        return [sigmoid(v) for v in x[0]]
    if function == "log_sigmoid":
        return [mp.log(sigmoid(v)) for v in x[0]]
    if function == "logaddexp":  # y stands in the options
        return [mp.log(mp.exp(a) + mp.exp(b)) for a, b in zip(x[0], options["y"], strict=True)]
    if function == "softplus":
        return [mp.log(1 + mp.exp(v)) for v in x[0]]
    if function == "entropy_with_logits":
        return [mp.fsum(_times(p, lambda p=p: -mp.log(p)) for p in softmax(row)) for row in x]
    if function == "token_log_prob":
        return [log_softmax(row)[y] for row, y in zip(x, labels, strict=True)]
    if function == "softmax":
        return [v for row in x for v in softmax(row)]
    if function == "log_softmax":
        return [v for row in x for v in log_softmax(row)]
    if function == "logsumexp":
        return [logsumexp(row) for row in x]
    if function == "sigmoid_focal_loss":
        losses = focal(x[0], labels, options)
        return _reduce(losses, [mp.mpf(1)] * len(losses), options)
    if function == "kl_div":
        losses = divergence(x[0], labels, options)
        return _reduce(losses, [mp.mpf(1)] * len(losses), options)
    logits = None if function == "nll_loss" else function.endswith("logits")
    if function.startswith("binary"):
        losses = binary(x[0], labels, options, logits)
        return _reduce(losses, [mp.mpf(1)] * len(losses), options)
    return _reduce(*classes(x, labels, options, logits), options)


def _products(x: Rows, options: Options) -> Rows:
    """h Wᵀ + b."""
    W = options["linear_weight"]
    n, d = len(W) // len(x[0]), len(x[0])
    b = options.get("linear_bias") or [mp.mpf(0)] * n
    return [
        [mp.fsum(h * w for h, w in zip(row, W[c * d : c * d + d], strict=True)) + b[c]
         for c in range(n)]
        for row in x
    ]  # fmt: skip


def _labels(labels: Any) -> Any:
    if labels is None:
        return None
    labels = np.asarray(labels)
    if labels.dtype.kind in "iu":
        return labels.tolist()
    return numbers(labels) if labels.ndim == 1 else [numbers(row) for row in labels]


def _rows(x: Any) -> Rows:
    x = np.asarray(x)
    return [numbers(x)] if x.ndim == 1 else [numbers(row) for row in x]


def _beside(args: Mapping[str, Any], options: Options) -> Options:
    """The options as numbers, with the second argument of a function of two numbers."""
    flat = ("linear_weight", "linear_bias")
    options = {k: numbers(v) if k in flat else v for k, v in options.items()}
    return {**options, "y": numbers(args["y"])} if "y" in args else options


def value(
    function: str, args: Mapping[str, Any], options: Options, bits: int = BITS
) -> list[Number]:
    """The outputs at machine arguments."""
    with mp.workprec(bits):
        first, options = next(iter(args)), _beside(args, options)
        return outputs(function, _rows(args[first]), _labels(args.get("labels")), options)


def _room(rows: Rows) -> Number:
    """How far all probabilities are from 0 and 1, but where they are 1 exactly."""
    return min(min(p, abs(1 - p) or p) for row in rows for p in row)


def _moved(rows: Rows, i: int, by: Number) -> Rows:
    n = len(rows[0])
    return [
        [v + by if r * n + c == i else v for c, v in enumerate(row)] for r, row in enumerate(rows)
    ]


def _along(rows: Rows, direction: Rows, by: Number) -> Rows:
    return [
        [v + by * d for v, d in zip(*pair, strict=True)]
        for pair in zip(rows, direction, strict=True)
    ]


def _weights_moved(value: Any, size: int, h: Number) -> list[tuple[list[Number], list[Number]]]:
    """The weights with each of them moved up and down; a single one for all places at once."""
    given = value if isinstance(value, list) else numbers(value)
    if not np.ndim(value):
        return [([given[0] + h] * size, [given[0] - h] * size)]
    return [
        tuple([w + by * (i == k) for k, w in enumerate(given)] for by in (h, -h))
        for i in range(len(given))
    ]


def derivative(function: str, quantity: str, args: Mapping[str, Any], options: Options) -> list:
    """A derivative at machine arguments, by central differences of Σ cotangent·output."""
    with mp.workprec(BITS):
        first, options = next(iter(args)), _beside(args, options)
        x, labels = _rows(args[first]), _labels(args.get("labels"))
        cotangent = numbers(args["cotangent"])
        h = mp.mpf(2) ** -STEP * (1 if function in LOGITS else _room(x))

        def whole(x: Rows, labels: Any, options: Options = options) -> Number:
            found = outputs(function, x, labels, options)
            return mp.fsum(g * v for g, v in zip(cotangent, found, strict=True) if g != 0)

        if quantity.startswith("vjp_") and quantity != "vjp_labels":
            name = quantity.removeprefix("vjp_")
            return [
                (
                    whole(x, labels, {**options, name: up})
                    - whole(x, labels, {**options, name: down})
                )
                / (2 * h)
                for up, down in _weights_moved(options[name], len(x[0]), h)
            ]

        if quantity == "vjp_labels":
            flat = [labels] if not isinstance(labels[0], list) else labels
            shaped = (lambda y: y[0]) if flat[0] is labels else (lambda y: y)
            places = range(sum(len(row) for row in flat))
            return [
                (whole(x, shaped(_moved(flat, i, h))) - whole(x, shaped(_moved(flat, i, -h))))
                / (2 * h)
                for i in places
            ]
        places = range(sum(len(row) for row in x))

        def slope(x: Rows, i: int) -> Number:
            return (whole(_moved(x, i, h), labels) - whole(_moved(x, i, -h), labels)) / (2 * h)

        if quantity == "vjp":
            return [slope(x, i) for i in places]
        v = _rows(args["direction"])
        return [(slope(_along(x, v, h), i) - slope(_along(x, v, -h), i)) / (2 * h) for i in places]


def agree(found, wanted, floor=1074):
    """hi + lo equals the oracle's numbers to 2^-100, or to 2^-floor where they are tiny."""
    hi, lo = (np.atleast_1d(a).ravel().tolist() for a in found)
    assert len(hi) == len(wanted)
    with mp.workprec(BITS):
        for i, want in enumerate(wanted):
            if abs(want) >= mp.mpf(2) ** 1024:
                assert hi[i] == (np.inf if want > 0 else -np.inf)
                continue
            error = abs(mp.mpf(hi[i]) + mp.mpf(lo[i]) - want)
            assert error <= abs(want) * mp.mpf(2) ** -100 + mp.mpf(2) ** -floor, (i, hi[i], want)
