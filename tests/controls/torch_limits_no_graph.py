"""A kernel of the forward pass that computes in NumPy: its results keep no graph, and it says nothing."""

import numpy as np
import torch

BACKEND = "torch"
DTYPES = ("float32", "float64")


def softmax(x, axis=-1):
    w = x.detach().numpy()
    with np.errstate(all="ignore"):
        e = np.exp(w - np.max(w, axis=axis, keepdims=True, initial=-np.inf))
        return torch.from_numpy(e / np.sum(e, axis=axis, keepdims=True))
