"""x_y - logsumexp(x), as trainers write it: the error grows with the offset of the logits."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("token-log-prob/accuracy", "token-log-prob/keeps-shift",)


def token_log_prob(logits, labels, axis=-1):
    x = np.moveaxis(logits, axis, -1)
    m = x.max(axis=-1, keepdims=True)
    lse = (m + np.log(np.exp(x - m).sum(axis=-1, keepdims=True)))[..., 0]
    return np.take_along_axis(x, labels[..., None], -1)[..., 0] - lse
