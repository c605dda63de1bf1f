"""The certified values against mpmath and difference quotients; special values by hand."""

from __future__ import annotations

import numpy as np
import oracle
import pytest
from cases import certified, examples
from oracle import agree

from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.inputs.families import FAMILIES
from conformance.inputs.labels import cotangent, soft
from conformance.numerics.problem import Problem
from conformance.spec.batches import rows_of

DTYPES = tuple(FORMATS)
inf, nan = np.inf, np.nan
_SETTLED = [n for n in FAMILIES if n not in ("all masked", "one NaN", "one +inf")]
_FINITE = [n for n in _SETTLED if not n.startswith("masked")]


def rng_of(*key):
    return np.random.Generator(np.random.PCG64([sum(map(ord, str(k))) for k in key]))


def cast(values, dtype):
    fmt = FORMATS[dtype]
    wide = np.asarray(values, np.float64)
    clipped = np.where(np.isfinite(wide), np.clip(wide, -fmt.largest, fmt.largest), wide)
    return clipped.astype(fmt.dtype)


def family(name, rng, n, dtype):
    return cast(FAMILIES[name](rng, n, FORMATS[dtype]), dtype)


def elementwise(dtype, rng):
    """Numbers of every binade, seams of the functions, and the ends of the format."""
    fmt = FORMATS[dtype]
    scales = np.exp2(rng.uniform(np.log2(fmt.eta), 9, 40)) * rng.choice([-1, 1], 40)
    ends = np.array([fmt.eta, fmt.omega, fmt.u, 1.0, 17.5, 88.7, 103.9, 708.4, 745.1, 1e4])
    far = [0.0, -0.0, fmt.largest, -fmt.largest]
    return cast(np.concatenate([scales, rng.normal(0, 9, 40), ends, -ends, far]), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", ["sigmoid", "log_sigmoid", "softplus"])
def test_elementwise_values(function, dtype):
    x = elementwise(dtype, rng_of(function, dtype))
    agree(certified(function, "value", {"x": x}, {}), oracle.value(function, {"x": x}, {}))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("quantity", ["vjp", "hvp"])
@pytest.mark.parametrize("function", ["sigmoid", "log_sigmoid", "softplus"])
def test_elementwise_derivatives_are_difference_quotients(function, quantity, dtype):
    rng = rng_of(function, quantity, dtype)
    x = elementwise(dtype, rng)[::8]
    args = {"x": x, "cotangent": cotangent(rng, x.shape, FORMATS[dtype], 1),
            "direction": cotangent(rng, x.shape, FORMATS[dtype], 5)}  # fmt: skip
    for i in range(len(x)):
        one = {k: v[i : i + 1] for k, v in args.items()}
        found = certified(function, quantity, one, {})
        agree(found, oracle.derivative(function, quantity, one, {}))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("quantity", ["value", "vjp", "hvp"])
def test_merged_pairs(quantity, dtype):
    rng, fmt = rng_of(quantity, dtype), FORMATS[dtype]
    x = np.clip(elementwise(dtype, rng).astype(float), -3e4, 3e4)[::8]
    y = x + rng.choice([0.0, 2.5, -60.0], len(x))
    args = {"x": cast(x, dtype), "y": cast(y, dtype), "cotangent": cotangent(rng, x.shape, fmt, 1),
            "direction": cotangent(rng, x.shape, fmt, 5)}  # fmt: skip
    for i in range(len(x)):
        one = {k: v[i : i + 1] for k, v in args.items()}
        found = certified("logaddexp", quantity, one, {})
        if quantity == "value":
            agree(found, oracle.value("logaddexp", one, {}), 900)
        else:
            agree(found, oracle.derivative("logaddexp", quantity, one, {}), 900)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", ["softmax", "log_softmax", "logsumexp", "entropy_with_logits"])
def test_values_of_rows(function, dtype):
    rng = rng_of(function, dtype)
    for name in _SETTLED:
        x = family(name, rng, int(rng.integers(1, 9)), dtype)[None]
        if function == "log_softmax" and np.isneginf(x.astype(float)).any():
            kept = x[:, ~np.isneginf(x.astype(float))[0]]
            hi, lo = certified(function, "value", {"x": x}, {})
            assert (hi[np.isneginf(x.astype(float))] == -inf).all()
            finite = np.isfinite(hi)
            agree((hi[finite], lo[finite]), oracle.value(function, {"x": kept}, {}))
            continue
        agree(certified(function, "value", {"x": x}, {}), oracle.value(function, {"x": x}, {}))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("quantity", ["vjp", "hvp"])
@pytest.mark.parametrize("function", ["softmax", "log_softmax", "logsumexp", "entropy_with_logits"])
def test_derivatives_of_rows_are_difference_quotients(function, quantity, dtype):
    rng = rng_of(function, quantity, dtype)
    fmt = FORMATS[dtype]
    names = _FINITE if function == "log_softmax" else _SETTLED
    for turn, name in enumerate(rng.permutation(names)[:11]):
        x = family(name, rng, 3, dtype)[None]
        shape = x.shape if FUNCTIONS[function].by_class else (1,)
        args = {"x": x, "cotangent": cotangent(rng, shape, fmt, turn),
                "direction": cotangent(rng, x.shape, fmt, turn + 1)}  # fmt: skip
        agree(certified(function, quantity, args, {}),
              oracle.derivative(function, quantity, args, {}), 900)  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("quantity", ["value", "vjp", "hvp"])
def test_log_probabilities_of_labels(quantity, dtype):
    rng, fmt = rng_of(quantity, dtype), FORMATS[dtype]
    for turn, name in enumerate(rng.permutation(_FINITE)[:6]):
        x = np.stack([family(name, rng, 3, dtype) for _ in range(2)])
        args = {"logits": x, "labels": rng.integers(0, 3, 2),
                "cotangent": cotangent(rng, (2,), fmt, turn),
                "direction": cotangent(rng, x.shape, fmt, turn + 1)}  # fmt: skip
        found = certified("token_log_prob", quantity, args, {})
        if quantity == "value":
            agree(found, oracle.value("token_log_prob", args, {}))
        else:
            agree(found, oracle.derivative("token_log_prob", quantity, args, {}), 900)


def binary_case(function, dtype, rng, size):
    """Arguments and options of a binary loss; probabilities stay inside (0, 1)."""
    fmt = FORMATS[dtype]
    if function.endswith("logits"):
        first = {"logits": cast(rng.choice(elementwise(dtype, rng), size), dtype)}
    else:
        inside = np.concatenate([[fmt.eta, fmt.omega, 1 - 2 * fmt.u, 0.5], rng.random(size)])
        first = {"probs": cast(rng.permutation(inside)[:size], dtype)}
    labels = cast(rng.choice([0.0, 1.0, 0.5, fmt.u, rng.random()], size), dtype)
    options = {"reduction": str(rng.choice(["none", "mean", "sum"]))}
    if function.endswith("logits"):
        if rng.random() < 0.6:
            options["weight"] = cast(rng.choice([0.0, 1.0, 0.3, 7.0], size), dtype)
        if rng.random() < 0.6:
            shape = size if rng.random() < 0.5 else ()
            options["pos_weight"] = cast(np.exp2(rng.uniform(-8, 8, shape)), dtype)
    return {**first, "labels": labels}, options


def divergence_case(dtype, rng, size):
    """Logarithms of probabilities and targets, or logarithms of those."""
    options = {"reduction": str(rng.choice(["none", "mean", "sum"]))}
    labels = rng.choice([1.0, 0.5, 0.25, rng.random()], size)
    if rng.random() < 0.5:
        options["log_target"], labels = True, np.log(labels)
    first = -np.abs(cast(rng.normal(0, 9, size), dtype))
    return {"log_probs": first, "labels": cast(labels, dtype)}, options


def focal_case(dtype, rng, size):
    """Logits, hard labels, and the numbers of a focal loss."""
    options = {"reduction": str(rng.choice(["none", "mean", "sum"])),
               "gamma": float(rng.choice([0.0, 0.5, 1.0, 2.0, 3.0]))}  # fmt: skip
    if rng.random() < 0.5:
        options["alpha"] = float(rng.choice([0.25, 0.75]))
    labels = cast(rng.choice([0.0, 1.0], size), dtype)
    x = rng.choice([0.0, -0.5, 3.0, 17.0, -30.0, 60.0], size) + rng.normal(0, 1, size)
    return {"logits": cast(x, dtype), "labels": labels}, options


def class_case(function, dtype, rng, kind):
    """Arguments and options of a multi-class loss of three rows and four classes."""
    fmt = FORMATS[dtype]
    if function == "nll_loss":
        first = {"log_probs": -np.abs(cast(rng.normal(0, 9, (3, 4)), dtype))}
    elif function.endswith("logits"):
        first = {
            "logits": np.stack([family(str(rng.choice(_FINITE)), rng, 4, dtype) for _ in "abc"])
        }
    else:
        first = {"probs": cast(rng.choice([fmt.eta, 0.25, 0.7, 1.0], (3, 4)), dtype)}
    index = rng.integers(0, 4, 3)
    labels = index if kind == "index" else soft(rng, 3, 4, fmt, kind)
    options = {"reduction": str(rng.choice(["none", "mean", "sum"]))}
    if function in ("cross_entropy_with_logits", "nll_loss"):
        if rng.random() < 0.6:
            options["weight"] = cast(rng.uniform(0.1, 4, 4), dtype)
        if function != "nll_loss" and rng.random() < 0.6:
            options["label_smoothing"] = float(rng.choice([0.1, 0.125, 0.5, 1.0]))
        if kind == "index" and rng.random() < 0.6:
            labels = np.where(np.arange(3) == rng.integers(0, 3), -100, labels)
            options["ignore_index"] = int(rng.choice([-100, -100, index[0]]))
            if options["ignore_index"] != -100:
                labels = index
    return {**first, "labels": labels}, options


def with_cotangent(args, options, dtype, rng, turn):
    fmt, x = FORMATS[dtype], next(iter(args.values()))
    shape = x.shape[:1] if options["reduction"] == "none" else ()
    return {**args, "cotangent": cotangent(rng, shape, fmt, (0, 1, 3)[turn % 3]),
            "direction": cotangent(rng, x.shape, fmt, 1)}  # fmt: skip


def weighted(args, options, name, turn):
    """The options with a weight: of classes, of elements, or one for all of them."""
    x = next(iter(args.values()))
    if x.ndim == 1 and turn % 2:
        return {**options, name: np.asarray(0.75, x.dtype)}
    size = x.shape[-1]
    return {name: np.asarray([0.25, 1.5, 3.0, 0.0][:size], x.dtype), **options}


def kept_rows(args, options):
    labels = args["labels"]
    if labels.ndim == 2 or "ignore_index" not in options:
        return True
    return bool((labels != options["ignore_index"]).any())


QUANTITIES = {
    "binary_cross_entropy": ("value", "vjp", "vjp_labels", "hvp"),
    "binary_cross_entropy_with_logits": (
        "value", "vjp", "vjp_labels", "hvp", "vjp_weight", "vjp_pos_weight",
    ),
    "cross_entropy": ("value", "vjp", "vjp_labels", "hvp"),
    "cross_entropy_with_logits": ("value", "vjp", "vjp_labels", "hvp", "vjp_weight"),
    "nll_loss": ("value", "vjp", "vjp_weight"),
    "kl_div": ("value", "vjp", "vjp_labels"),
    "sigmoid_focal_loss": ("value", "vjp"),
}  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("function", "quantity"), [(f, q) for f, many in QUANTITIES.items() for q in many]
)
def test_losses_with_every_option(function, quantity, dtype):
    rng = rng_of(function, quantity, dtype)
    rounds = {"value": 20, "hvp": 2}.get(quantity, 5 if dtype == "float64" else 2)
    kinds = ("index", "one-hot", "soft", "unnormalised", "zero rows")
    start = 2 * DTYPES.index(dtype)
    for turn in range(start, start + rounds):
        if function == "sigmoid_focal_loss":
            args, options = focal_case(dtype, rng, 4)
        elif function == "kl_div":
            args, options = divergence_case(dtype, rng, 4)
        elif function.startswith("binary"):
            args, options = binary_case(function, dtype, rng, 4)
        else:
            kind = kinds[1 + turn % 4] if quantity == "vjp_labels" else kinds[turn % 5]
            kind = "index" if FUNCTIONS[function].indexed else kind
            args, options = class_case(function, dtype, rng, kind)
        if quantity in ("vjp_weight", "vjp_pos_weight"):
            options = weighted(args, options, quantity.removeprefix("vjp_"), turn)
        if not kept_rows(args, options):
            continue  # the mean of nothing is a convention
        if quantity == "value":
            agree(
                certified(function, "value", args, options), oracle.value(function, args, options)
            )
            continue
        args = with_cotangent(args, options, dtype, rng, turn)
        agree(certified(function, quantity, args, options),
              oracle.derivative(function, quantity, args, options), 900)  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "quantity",
    ["value", "vjp", "hvp", "vjp_labels", "vjp_weight", "vjp_linear_weight", "vjp_linear_bias"],
)
def test_losses_of_products(quantity, dtype):
    made = [e for e in examples("linear_cross_entropy", dtype) if e.classes * e.x.shape[1] <= 30]
    made = [e for e in made if quantity != "vjp_labels" or e.labels.ndim == 2]
    made = [e for e in made if quantity != "vjp_weight" or e.options.get("weight") is not None]
    few = made if quantity == "vjp_labels" else made[DTYPES.index(dtype) % 2 :: 2]
    assert len(few) > 2
    for e in (rows_of(e, slice(0, 2)) for e in few):
        if not Problem(e).denominator:
            continue
        options = {k: v for k, v in e.options.items() if np.ndim(v) or v is not None}
        options.setdefault("linear_bias", np.zeros(e.classes))
        further = {name: e.args[name] for name in ("cotangent", "direction")}
        args = {"hidden": e.x, "labels": e.labels, **further}
        found = certified("linear_cross_entropy", quantity, args, options)
        if quantity == "value":
            agree(found, oracle.value("linear_cross_entropy", args, options))
        else:
            wanted = oracle.derivative("linear_cross_entropy", quantity, args, options)
            agree(found, wanted, 900)


def exact(function, quantity, options=None, **args):
    hi, lo = certified(
        function, quantity, {k: np.asarray(v) for k, v in args.items()}, options or {}
    )
    return (hi + lo).tolist()


L = float(FORMATS["float64"].largest)


def test_special_values_of_elementwise_functions():
    x = [inf, -inf, 0.0, -0.0, L, -L, 5e-324]
    assert exact("sigmoid", "value", x=x) == [1, 0, 0.5, 0.5, 1, 0, 0.5]
    assert exact("log_sigmoid", "value", x=[inf, -inf, L, -L]) == [0, -inf, 0, -L]
    assert exact("sigmoid", "vjp", x=[inf, -inf, 0], cotangent=[1.0, 1.0, 1.0]) == [0, 0, 0.25]
    assert exact("log_sigmoid", "vjp", x=[inf, -inf, 0], cotangent=[1.0] * 3) == [0, 1, 0.5]
    for function in ("sigmoid", "log_sigmoid"):
        assert np.isnan(exact(function, "value", x=[nan])).all()
        assert exact(function, "value", x=np.zeros(0)) == []


def test_special_values_of_rows():
    mask = [[1.0, -inf, 1.0]]
    assert exact("softmax", "value", x=mask) == [[0.5, 0, 0.5]]
    assert exact("log_softmax", "value", x=mask) == [[-np.log(2), -inf, -np.log(2)]]
    assert exact("softmax", "value", x=[[L, L], [-L, -L], [L, -L]]) == [
        [0.5, 0.5],
        [0.5, 0.5],
        [1, 0],
    ]
    assert exact("log_softmax", "value", x=[[L, -L]]) == [[0, -inf]]
    assert exact("logsumexp", "value", x=[[L, L], [-L, -L], [L, -L]]) == [L, -L, L]
    assert exact("softmax", "value", x=[[3.0]]) == [[1]]
    assert exact("logsumexp", "value", x=[[5e-324]]) == [5e-324]
    all_masked = [[-inf, -inf]]
    assert exact("logsumexp", "value", x=all_masked) == [-inf]
    assert exact("logsumexp", "value", x=[[inf, 0.0], [inf, -inf]]) == [inf, inf]
    assert exact("logsumexp", "value", x=np.zeros((2, 0))) == [-inf, -inf]
    for function in ("softmax", "log_softmax"):
        assert np.isnan(exact(function, "value", x=all_masked)).all()
        assert np.isnan(exact(function, "value", x=[[0.0, inf]])).all()
        assert exact(function, "value", x=np.zeros((0, 3))) == []
    for function in ("softmax", "log_softmax", "logsumexp"):
        assert np.isnan(exact(function, "value", x=[[0.0, nan], [inf, nan]])).all()


def test_derivatives_at_masked_classes_are_zero():
    x, g, v = [[1.0, -inf, 2.0]], [[1.0, 5.0, -2.0]], [[0.5, 3.0, 1.0]]
    assert exact("softmax", "vjp", x=x, cotangent=g)[0][1] == 0
    assert exact("softmax", "hvp", x=x, cotangent=g, direction=v)[0][1] == 0
    assert exact("logsumexp", "vjp", x=x, cotangent=[1.0])[0][1] == 0
    assert exact("log_softmax", "vjp", x=x, cotangent=g)[0][1] == 5
    gradient = exact("cross_entropy_with_logits", "vjp", {"reduction": "sum"}, logits=x,
                     labels=[0], cotangent=1.0)  # fmt: skip
    assert gradient[0][1] == 0


def test_a_constant_cotangent_gives_a_zero_softmax_gradient():
    found = exact("softmax", "vjp", x=[[0.1, 3.0, -7.0]], cotangent=[[3.0, 3.0, 3.0]])
    assert np.abs(found).max() == 0


def test_what_cancels_to_the_smallest_numbers_is_still_certain():
    tiny = 2.0**-1060
    assert exact("sigmoid", "hvp", x=[tiny], cotangent=[1.0], direction=[1.0]) == [-tiny / 8]
    options = {"reduction": "sum"}
    far = {"logits": [[0.0, -735.0]], "labels": [0], "cotangent": 1.0}
    label, other = exact("cross_entropy_with_logits", "vjp", options, **far)[0]
    assert other == -label == exact("sigmoid", "value", x=[-735.0])[0]


def test_special_values_of_binary_losses():
    none = {"reduction": "none"}
    name = "binary_cross_entropy"
    p, y = [0.0, 1.0, 0.0, 1.0, 0.0, -0.0], [0.0, 1.0, 1.0, 0.0, 0.5, 0.0]
    assert exact(name, "value", none, probs=p, labels=y) == [0, 0, inf, inf, inf, 0]
    g = [1.0] * 6
    assert exact(name, "vjp", none, probs=p, labels=y, cotangent=g) == [1, -1, -inf, inf, -inf, 1]
    assert np.isnan(
        exact(name, "value", none, probs=[1.5, -0.1, nan], labels=[0.0, 0.0, 1.0])
    ).all()
    name = "binary_cross_entropy_with_logits"
    x, y = [L, -L, L, -L, 0.0], [0.0, 1.0, 1.0, 0.0, 0.25]
    assert exact(name, "value", none, logits=x, labels=y) == [L, L, 0, 0, np.log(2)]
    assert np.isnan(exact(name, "value", none, logits=[0.0, nan], labels=[1.5, 0.0])).all()
    weightless = {"reduction": "none", "weight": np.zeros(5)}
    assert exact(name, "value", weightless, logits=x, labels=y) == [0] * 5
    empty = np.zeros(0)
    assert exact(name, "value", {"reduction": "sum"}, logits=empty, labels=empty) == 0
    assert np.isnan(exact(name, "value", {}, logits=empty, labels=empty))


def test_special_values_from_logarithms_of_probabilities():
    none, name = {"reduction": "none"}, "kl_div"
    x, y = [-inf, -inf, 0.0, -1.0, 0.0], [0.0, 0.5, 0.0, 1.0, nan]
    found = exact(name, "value", none, log_probs=x, labels=y)
    assert found[:4] == [0, inf, 0, 1]
    assert np.isnan(found[4])
    logarithms = {**none, "log_target": True}
    assert exact(name, "value", logarithms, log_probs=[0.0, -inf], labels=[-inf, -inf]) == [0, 0]
    x, name = [[-2.0, -inf, -inf], [nan, 0.0, -1.0]], "nll_loss"
    ignoring = {**none, "ignore_index": 1}
    assert exact(name, "value", ignoring, log_probs=x, labels=[0, 1]) == [2, 0]
    assert exact(name, "value", none, log_probs=x[:1], labels=[1]) == [inf]
    assert np.isnan(exact(name, "value", none, log_probs=x, labels=[3, 2])).all()


def test_special_values_of_multi_class_losses():
    none, name = {"reduction": "none"}, "cross_entropy_with_logits"
    x = [[0.0, -inf, 0.0], [0.0, -inf, 0.0], [-inf, -inf, -inf], [nan, 0.0, 0.0]]
    found = exact(name, "value", none, logits=x, labels=[1, 0, 0, 0])
    assert found[:2] == [inf, np.log(2)]
    assert np.isnan(found[2:]).all()
    hot = np.eye(3)[[2, 2]]
    assert exact(name, "value", none, logits=x[:2], labels=hot) == [np.log(2)] * 2
    smoothed = {"reduction": "none", "label_smoothing": 0.25}
    assert exact(name, "value", smoothed, logits=x[:1], labels=[0]) == [inf]
    ignored = {"reduction": "mean", "ignore_index": -100}
    assert exact(name, "value", ignored, logits=x, labels=[-100, 0, -100, -100]) == np.log(2)
    gradient = exact(name, "vjp", ignored, logits=x, labels=[-100, 0, -100, -100], cotangent=1.0)
    assert gradient[2:] == [[0, 0, 0], [0, 0, 0]]
    assert gradient[1] == [-0.5, 0, 0.5]
    assert np.isnan(exact(name, "value", ignored, logits=x, labels=[-100] * 4))
    assert exact(name, "value", none, logits=[[7.0]], labels=[0]) == [0]
    assert np.isnan(exact(name, "value", none, logits=[[1.0, 2.0]] * 2, labels=[2, -1])).all()
    assert exact(name, "value", none, logits=[[1.0, 2.0]], labels=np.zeros((1, 2))) == [0]
    probs = [[0.0, 1.0], [1.0, 0.0]]
    assert exact("cross_entropy", "value", none, probs=probs, labels=[1, 1]) == [0, inf]
    assert exact("cross_entropy", "value", none, probs=probs, labels=np.eye(2)) == [inf, inf]


def test_every_function_has_exact_values_and_derivatives():
    for name, function in FUNCTIONS.items():
        twice = {"hvp"}.intersection(function.quantities)
        for quantity in ("value", "vjp", *QUANTITIES.get(name, twice)):
            shape = (2, 3) if function.rowwise else (3,)
            soft = 1.0 if function.hard else 0.5
            kind = (
                np.zeros(2, int) if function.indexed and function.rowwise else np.full(shape, soft)
            )
            labels = {"labels": kind} if function.labelled else {}
            out = shape if function.shaped else shape[:1]
            number = -0.5 if function.logarithms else 0.5
            args = {**dict.fromkeys(function.arguments, np.full(shape, number)), **labels,
                    "cotangent": np.ones(out), "direction": np.ones(shape)}  # fmt: skip
            weights = {k: np.ones(3) for k in ("weight", "pos_weight") if quantity == f"vjp_{k}"}
            matrix = {function.matrix: np.full((3, 3), 0.5)} if function.matrix else {}
            given = {"reduction": "none", **weights, **matrix}
            hi, lo = certified(name, quantity, args, given)
            assert np.isfinite(hi).all()
            assert (np.abs(lo) <= np.spacing(np.abs(hi))).all()
    with pytest.raises(KeyError, match="vjp_weight"):
        certified("cross_entropy", "vjp_weight", {}, {})


def test_gradients_for_weights_by_hand():
    """Σ of losses by class; of the mean of indices less the mean itself, over W."""
    name, log2 = "cross_entropy_with_logits", np.log(2)
    x, w = [[0.0, 0.0], [0.0, 0.0], [0.0, -inf]], np.array([1.0, 3.0])
    given = {"logits": x, "labels": [0, 1, 0], "cotangent": 1.0}
    total = exact(name, "vjp_weight", {"reduction": "sum", "weight": w}, **given)
    assert total == pytest.approx([log2, log2])
    mean = exact(name, "vjp_weight", {"reduction": "mean", "weight": w}, **given)
    value = 4 * log2 / 5
    assert mean == pytest.approx([(log2 - 2 * value) / 5, (log2 - value) / 5])
    alike = {**given, "labels": [0, 0, 0]}
    assert exact(name, "vjp_weight", {"reduction": "mean", "weight": w}, **alike) == [0, 0]
    soft = {**given, "labels": [[0.5, 0.5]] * 2 + [[1.0, 0.0]]}
    halves = exact(name, "vjp_weight", {"reduction": "mean", "weight": w}, **soft)
    assert halves == pytest.approx([log2 / 3, log2 / 3])
    name, given = "binary_cross_entropy_with_logits", {"logits": [0.0, 0.0], "labels": [1.0, 0.25]}
    given |= {"cotangent": [2.0, 1.0]}
    options = {"reduction": "none", "weight": np.array([5.0, 3.0]), "pos_weight": np.array(4.0)}
    assert exact(name, "vjp_weight", options, **given) == pytest.approx([8 * log2, 1.75 * log2])
    assert exact(name, "vjp_pos_weight", options, **given) == pytest.approx(10.75 * log2)
