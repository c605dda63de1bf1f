"""NumPy's arrays in and out, in files that import PyTorch: to compute with, and for `main` alone.

It says no BACKEND: a small call tells.
"""

import numpy as np
import torch

DTYPES = ("float64", "float32")


def softmax(x):
    return torch.softmax(torch.from_numpy(x), -1).numpy()


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, np.ones((), x.dtype), e) / (1 + e)


def main():
    x = np.linspace(-3, 3, 7)
    print(sigmoid(x) - torch.sigmoid(torch.from_numpy(x)).numpy())
