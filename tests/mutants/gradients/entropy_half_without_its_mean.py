"""In 16 bits only, the gradient is -p log p: the entropy is not subtracted."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("bfloat16",)
SEVERITY = "blatant"
CAUGHT_BY = ("entropy-with-logits/gradient-accuracy",)


def _logs(logits):
    d = logits.astype(np.float32)
    d = d - d.max(axis=-1, keepdims=True)
    logs = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    p = np.exp(logs)
    return p, np.where(p > 0, logs, 0)


def entropy_with_logits(logits):
    p, logs = _logs(logits)
    return -(p * logs).sum(axis=-1).astype(logits.dtype)


def entropy_with_logits_vjp(logits, cotangent):
    p, logs = _logs(logits)
    mean = (p * logs).sum(axis=-1, keepdims=True)
    slope = -p * (logs - mean if logits.dtype.itemsize > 2 else logs)
    return (cotangent[..., None] * slope).astype(logits.dtype)
