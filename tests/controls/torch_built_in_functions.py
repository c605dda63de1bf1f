"""torch's own built-in functions by their names: they need `dim`, and have no Python signature."""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32", "bfloat16")  # its float16 sums overflow

softmax = torch.softmax
log_softmax = torch.log_softmax
sigmoid = torch.special.expit
