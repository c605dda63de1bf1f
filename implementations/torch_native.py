"""PyTorch's own functions, called the way a user calls them; derivatives are autograd's."""

import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)

NAME = "torch"
BACKEND = "torch"

_CLAMPED = (
    "binary_cross_entropy clamps log p and log(1 - p) at -100, so that the loss stays finite: "
    "https://docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html"
)
_DIVIDED = (
    "binary_cross_entropy divides its gradient by max(p·(1 - p), 1e-12), so that it stays finite: "
    "https://github.com/pytorch/pytorch/issues/103316"
)
_ADDED = (
    "the second derivative of binary_cross_entropy has p + 1e-12 and 1 - p + 1e-12 in its "
    "denominator, and (1 - p)² as p² - 2p + 1 above it: see docs/findings.md"
)
_OFFSET = (
    "the gradient of logsumexp is exp(x - logsumexp(x)), whose error grows with |x| where that of "
    "softmax does not: https://github.com/pytorch/pytorch/pull/7254"
)
_SUMMED = (
    "in float16 cross_entropy, linear_cross_entropy and nll_loss sum losses, weights and the "
    "log-probabilities of label smoothing in float16, so that a mean of ordinary losses is inf in "
    "large batches: see docs/findings.md and "
    "https://github.com/pytorch/pytorch/issues/61523"
)
_COUNTED = (
    "in float16 cross_entropy, linear_cross_entropy and nll_loss count rows and add up weights in "
    "float16: beyond 65504 the sum is inf and the gradient 0: see docs/findings.md and "
    "https://github.com/pytorch/pytorch/issues/85791"
)
_LONG = (
    "in float16 on CPUs the sum of logsumexp and log_softmax is rounded to float16: 65,520 equal "
    "logits give inf and -inf, and gradients of 0: see docs/findings.md"
)
_NO_MASS = (
    "soft labels: 0·log 0 is 0·(-inf) = NaN where a masked class has no mass: see docs/findings.md"
)
_NO_TARGET = (
    "kl_div is NaN where a target of 0 meets log p = -inf, and where a log target is -inf, for "
    "0·(-inf) is: see docs/findings.md"
)
_QUOTIENT = (
    "the gradient of logaddexp is 1/(1 + e^(y - x)), whose own derivative is inf/inf² = NaN where "
    "e^(y - x) leaves the format: https://github.com/pytorch/pytorch/issues/196704"
)
_PADDED = (
    "the gradient of an ignored row is 0·NaN where the row holds NaN or inf: "
    "https://github.com/pytorch/pytorch/issues/11551"
)
_INTEGERS = (
    "torch.compile takes integers where the plain function raises, and gives integers, zeros for a "
    "softmax: https://github.com/pytorch/pytorch/issues/198155"
)
_THRESHOLD = (
    "softplus is x itself above threshold=20, where log(1 + e^-x) is up to 2e-9: less than float32 "
    "holds beside 20, not so float64: "
    "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.softplus.html"
)
DEVIATIONS = {
    "softplus/accuracy@float64": _THRESHOLD,
    "softplus/relative-accuracy@float64": _THRESHOLD,
    "softplus/monotone@float64": _THRESHOLD,
    "softplus/reflects@float64": _THRESHOLD,
    "softplus/no-steeper-than@float64": _THRESHOLD,
    "softplus/is-minus-log-sigmoid@float64": _THRESHOLD,
    "softplus/gradient-accuracy@float64": _THRESHOLD,
    "softplus/gradient-relative-accuracy@float64": _THRESHOLD,
    "softplus/forward-agrees-with-reverse@float64": _THRESHOLD,
    "softplus/hessian-accuracy@float64": _THRESHOLD,
    "logaddexp/hessian-accuracy": _QUOTIENT,
    "logaddexp/hessian-in-any-order": _QUOTIENT,
    "logaddexp/hessian-of-large-batches": _QUOTIENT,
    "logsumexp/gradient-accuracy": _OFFSET,
    "logsumexp/gradient-layout-does-not-matter": _OFFSET,
    "logsumexp/gradient-along-several-axes": _OFFSET,
    "logsumexp/gradient-rows-sum": _OFFSET,
    "logsumexp/hessian-accuracy": _OFFSET,
    "logsumexp/hessian-in-any-order": _OFFSET,
    "logsumexp/hessian-of-large-batches": _OFFSET,
    "logsumexp/hessian-is-convex": _OFFSET,
    "logsumexp/hessian-rows-sum-to-zero": _OFFSET,
    "cross-entropy-with-logits/reduces-large-batches@float16": _SUMMED,
    "cross-entropy-with-logits/gradient-in-large-batches@float16": _COUNTED,
    "kl-div/no-mass-costs-nothing": _NO_TARGET,
    "nll-loss/reduces-large-batches@float16": _SUMMED,
    "linear-cross-entropy/reduces-large-batches@float16": _SUMMED,
    "linear-cross-entropy/gradient-in-large-batches@float16": _COUNTED,
    "linear-cross-entropy/ignored-gradient-ignores-nan": _PADDED,
    "nll-loss/gradient-in-large-batches@float16": _COUNTED,
    "log-softmax/carries-long-sums@float16": _LONG,
    "log-softmax/gradient-of-long-sums@float16": _LONG,
    "logsumexp/carries-long-sums@float16": _LONG,
    "logsumexp/gradient-of-long-sums@float16": _LONG,
    "token-log-prob/carries-long-sums@float16": _LONG,
    "token-log-prob/gradient-of-long-sums@float16": _LONG,
    "entropy-with-logits/carries-long-sums@float16": _LONG,
    "cross-entropy-with-logits/carries-long-sums@float16": _LONG,
    "cross-entropy-with-logits/gradient-of-long-sums@float16": _LONG,
    "cross-entropy-with-logits/masked-class-without-mass": _NO_MASS,
    "binary-cross-entropy/accuracy": _CLAMPED,
    "binary-cross-entropy/relative-accuracy": _CLAMPED,
    "binary-cross-entropy/certain-and-wrong-is-infinite": _CLAMPED,
    "binary-cross-entropy/gradient-accuracy": _DIVIDED,
    "binary-cross-entropy/forward-agrees-with-reverse": _DIVIDED,
    "binary-cross-entropy/hessian-accuracy": _ADDED,
    "binary-cross-entropy/hessian-in-any-order": _ADDED,
    "binary-cross-entropy/hessian-of-large-batches": _ADDED,
    "binary-cross-entropy/double-backward-to-the-cotangent": _ADDED,
    "binary-cross-entropy-with-logits/infinitely-wrong-is-infinite": (
        "an infinitely wrong logit gives NaN: https://github.com/pytorch/pytorch/issues/49844"
    ),
    "cross-entropy-with-logits/ignored-gradient-ignores-nan": _PADDED,
    "log-sigmoid/refuses-types-that-eager-refuses": _INTEGERS,
    "softmax/refuses-types-that-eager-refuses": _INTEGERS,
    "log-softmax/refuses-types-that-eager-refuses": _INTEGERS,
    "binary-cross-entropy/refuses-types-that-eager-refuses": _INTEGERS,
    "binary-cross-entropy-with-logits/refuses-types-that-eager-refuses": _INTEGERS,
    "cross-entropy-with-logits/refuses-types-that-eager-refuses": _INTEGERS,
}

#: An `ignore_index` that no label has: PyTorch's own default, -100, would hide a bad label.
_NONE = -(2**31)

sigmoid = torch.sigmoid
log_sigmoid = F.logsigmoid
softplus = F.softplus
logaddexp = torch.logaddexp


def softmax(x, axis=-1, where=None):
    if where is not None:
        return torch.masked.softmax(x, axis, mask=where)
    return F.softmax(x, dim=axis)


def log_softmax(x, axis=-1, where=None):
    if where is not None:
        return torch.masked.log_softmax(x, axis, mask=where)
    return F.log_softmax(x, dim=axis)


def logsumexp(x, axis=-1, where=None, keepdims=False):
    if where is not None:
        return torch.masked.logsumexp(x, axis, keepdim=keepdims, mask=where)
    return torch.logsumexp(x, dim=axis, keepdim=keepdims)


def token_log_prob(logits, labels, axis=-1):
    log_p = F.log_softmax(logits, dim=axis)
    return log_p.gather(axis, labels.long().unsqueeze(axis)).squeeze(axis)


def entropy_with_logits(logits, axis=-1):
    """-Σ p·log p, 0·log 0 being 0; PyTorch has it in torch.distributions only."""
    log_p = F.log_softmax(logits, dim=axis)
    p = log_p.exp()
    return -(p * log_p.masked_fill(p == 0, 0)).sum(axis)


def _smoothed(labels, label_smoothing):
    """PyTorch smooths labels of classes only: those of two are drawn towards 1/2."""
    return labels * (1 - label_smoothing) + label_smoothing / 2 if label_smoothing else labels


def binary_cross_entropy(probs, labels, reduction="mean", label_smoothing=0.0):
    labels = _smoothed(labels, label_smoothing)
    return F.binary_cross_entropy(probs, labels, reduction=reduction)


def binary_cross_entropy_with_logits(
    logits, labels, reduction="mean", weight=None, pos_weight=None, label_smoothing=0.0
):
    labels = _smoothed(labels, label_smoothing)
    return F.binary_cross_entropy_with_logits(
        logits, labels, weight=weight, pos_weight=pos_weight, reduction=reduction
    )


def _classes_second(scores, axis):
    """The layout that PyTorch's losses want: (N, C), or (N, C, d1, ...) for a larger batch."""
    last = scores.movedim(axis, -1)
    return last.movedim(-1, 1) if last.ndim > 1 else last


def _target(labels, axis):
    """Class indices as int64, which PyTorch demands; soft labels in the layout of the logits."""
    return _classes_second(labels, axis) if labels.is_floating_point() else labels.long()


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    """nll_loss of the logarithm for class indices; PyTorch has no loss for soft labels."""
    p = _classes_second(probs.to(torch.promote_types(probs.dtype, torch.float32)), axis)
    if labels.is_floating_point():
        losses = -torch.xlogy(_target(labels, axis), p).sum(min(1, p.ndim - 1))
        losses = losses if reduction == "none" else getattr(losses, reduction)()
    else:  # contiguous, since nll_loss has no gradient otherwise
        log_p = torch.log(p).contiguous()
        losses = F.nll_loss(log_p, labels.long(), ignore_index=_NONE, reduction=reduction)
    return losses.to(probs.dtype)


def kl_div(log_probs, labels, reduction="mean", log_target=False):
    return F.kl_div(log_probs, labels, reduction=reduction, log_target=log_target)


def nll_loss(log_probs, labels, axis=-1, reduction="mean", weight=None, ignore_index=None):
    return F.nll_loss(
        _classes_second(log_probs, axis).contiguous(),  # it has no gradient otherwise
        labels.long(),
        weight=weight,
        ignore_index=_NONE if ignore_index is None else ignore_index,
        reduction=reduction,
    )


def cross_entropy_with_logits(
    logits,
    labels,
    axis=-1,
    reduction="mean",
    weight=None,
    ignore_index=None,
    label_smoothing=0.0,
    where=None,
):
    if where is not None:
        logits = logits.masked_fill(~where, -torch.inf)
    return F.cross_entropy(
        _classes_second(logits, axis),
        _target(labels, axis),
        weight=weight,
        ignore_index=_NONE if ignore_index is None else ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )


if hasattr(F, "linear_cross_entropy"):  # older releases have none

    def linear_cross_entropy(
        hidden,
        linear_weight,
        labels,
        linear_bias=None,
        reduction="mean",
        weight=None,
        ignore_index=None,
        label_smoothing=0.0,
    ):
        """PyTorch takes one batch axis at most."""
        batch, soft = hidden.shape[:-1], labels.is_floating_point()
        target, several = labels if soft else labels.long(), len(batch) > 1
        loss = F.linear_cross_entropy(
            hidden.flatten(end_dim=-2) if several else hidden,
            linear_weight,
            target.flatten(end_dim=len(batch) - 1) if several else target,
            linear_bias=linear_bias,
            weight=weight,
            reduction=reduction,
            ignore_index=_NONE if ignore_index is None and not soft else ignore_index,
            label_smoothing=label_smoothing,
        )
        return loss.reshape(batch) if reduction == "none" else loss
