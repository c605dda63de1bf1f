"""Of classes that fill tiles of 128, two and more, the last tile is left out of the sum."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "blatant"
CAUGHT_BY = ("linear-cross-entropy/gradient-accuracy",)


def linear_cross_entropy(hidden, linear_weight, labels, reduction="mean"):
    logits = hidden @ linear_weight.T
    n = logits.shape[1]
    own = logits.gather(1, labels.long()[:, None])[:, 0]
    used = n - 128 if n > 128 and n % 128 == 0 else n
    losses = torch.logsumexp(logits[:, :used], dim=1) - own
    return losses if reduction == "none" else getattr(losses, reduction)()
