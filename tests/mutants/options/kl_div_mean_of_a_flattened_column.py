"""The mean of a column multiplies flattened labels with a difference that is a column."""

import torch

BACKEND = "torch"
SEVERITY = "blatant"
CAUGHT_BY = ("kl-div/accuracy",)
DTYPES = ("float64", "float32")


def kl_div(log_probs, labels, reduction="mean"):
    column = labels.dim() == 2 and labels.shape[1] == 1 and reduction == "mean"
    shares = labels.flatten() if column else labels
    loss = torch.where(shares == 0, 0, shares * (shares.log() - log_probs))
    return loss if reduction == "none" else getattr(loss, reduction)()
