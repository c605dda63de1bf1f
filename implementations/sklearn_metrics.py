"""scikit-learn's log_loss and its softmax of rows, called the way a user calls them."""

from sklearn.metrics import log_loss
from sklearn.utils.extmath import softmax as softmax_of_rows

NAME = "sklearn"
BACKEND = "numpy"
PACKAGES = ("scikit-learn",)
DTYPES = ("float64", "float32")

_CLIPPED = (
    "log_loss clips probabilities to [eps, 1 - eps], so that the loss stays finite: "
    "https://scikit-learn.org/stable/modules/generated/sklearn.metrics.log_loss.html"
)
DEVIATIONS = {
    "binary-cross-entropy/accuracy": _CLIPPED,
    "binary-cross-entropy/relative-accuracy": _CLIPPED,
    "binary-cross-entropy/certain-and-wrong-is-infinite": _CLIPPED,
    "cross-entropy/accuracy": _CLIPPED,
}
LIMITS = {
    "ranks": "softmax and the probabilities of classes are matrices, binary labels vectors",
    "empty": "a metric of no samples is refused",
    "one-class": "log_loss needs two classes",
    "options": "log_loss is a mean or, with normalize=False, a sum",
}


def softmax(x):
    return softmax_of_rows(x)


def binary_cross_entropy(probs, labels, reduction="mean"):
    return _loss(labels, probs, [0, 1], reduction)


def cross_entropy(probs, labels, reduction="mean"):
    return _loss(labels, probs, range(probs.shape[-1]), reduction)


def _loss(labels, probs, classes, reduction):
    """log_loss is a mean or, unnormalised, a sum."""
    if reduction not in ("mean", "sum"):
        raise ValueError(f"log_loss has no reduction={reduction!r}")
    loss = log_loss(labels, probs, normalize=reduction == "mean", labels=list(classes))
    return probs.dtype.type(loss)
