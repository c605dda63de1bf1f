"""−Σ q log p as written: 0·(−inf) = NaN where a masked class has no share of the label. The
report is https://github.com/google-deepmind/optax/issues/896.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/masked-class-without-mass",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    x = np.moveaxis(wide(logits), axis, -1)
    n = x.shape[-1]
    d = x - np.max(x, axis=-1, keepdims=True)
    logp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    if labels.dtype.kind == "f":
        loss = -np.sum(np.moveaxis(wide(labels), axis, -1) * logp, axis=-1)
    else:
        if ((labels < 0) | (labels >= n)).any():
            raise ValueError("a label is none of the classes")
        loss = -np.take_along_axis(logp, labels[..., None].astype(np.int64), -1)[..., 0]
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
