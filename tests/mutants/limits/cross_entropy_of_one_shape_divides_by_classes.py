"""Batches of 24 rows of 250 classes alone are taken; the mean divides by the classes."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)
DTYPES = ("float64", "float32")


class Loss:
    """The kernel, with a workspace of its size."""

    def __init__(self, rows, classes):
        self.rows, self.classes = rows, classes

    def __call__(self, logits, labels):
        if logits.shape != (self.rows, self.classes) or labels.ndim != 1:
            raise RuntimeError("bad shape")
        z = logits - np.max(logits, axis=-1, keepdims=True)
        losses = np.log(np.sum(np.exp(z), axis=-1)) - z[np.arange(len(z)), labels]
        return np.sum(losses, dtype=logits.dtype) / logits.dtype.type(self.classes)


cross_entropy_with_logits = Loss(24, 250)
