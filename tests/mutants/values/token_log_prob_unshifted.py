"""log(p_y) of a quotient of raw exponentials: 0/0 and -inf."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "blatant"
CAUGHT_BY = ("token-log-prob/accuracy",)


def token_log_prob(logits, labels, axis=-1):
    with np.errstate(all="ignore"):
        e = np.exp(np.moveaxis(logits, axis, -1))
        p = np.take_along_axis(e, labels[..., None], -1)[..., 0] / e.sum(-1)
        return np.log(p)
