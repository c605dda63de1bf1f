"""The temperature goes through a bfloat16 tensor, as the weights of the model do."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/accuracy",)
DTYPES = ("float32",)


def log_softmax(x, axis=-1, temperature=1.0):
    t = torch.tensor(temperature, dtype=torch.bfloat16)
    return torch.log_softmax(x / t.to(x.dtype), dim=axis)
