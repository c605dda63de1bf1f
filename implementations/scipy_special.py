"""SciPy's own functions, scipy.special, called the way a user calls them."""

from scipy import special

NAME = "scipy"
BACKEND = "numpy"
PACKAGES = ("scipy",)
DTYPES = ("float64", "float32")

sigmoid = special.expit
log_sigmoid = special.log_expit
if hasattr(special, "softplus"):  # older releases have none
    softplus = special.softplus


def softmax(x, axis=-1):
    return special.softmax(x, axis=axis)


def log_softmax(x, axis=-1):
    return special.log_softmax(x, axis=axis)


def logsumexp(x, axis=-1):
    return special.logsumexp(x, axis=axis)
