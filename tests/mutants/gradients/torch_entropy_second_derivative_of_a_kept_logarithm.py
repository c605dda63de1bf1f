"""The backward pass makes p anew of the logits and keeps p log p and H of the forward pass: by
backward twice half of the gradient is a constant, in 16 bits as well.
"""

import torch

BACKEND = "torch"
DTYPES = ("bfloat16",)
SEVERITY = "blatant"
CAUGHT_BY = ("entropy-with-logits/hessian-accuracy",)


class _Entropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits):
        logs = torch.log_softmax(logits.float(), -1)
        p = logs.exp()
        terms = (p * logs).masked_fill(p == 0, 0.0)
        entropy = -terms.sum(-1, keepdim=True)
        ctx.save_for_backward(logits, terms, entropy)
        return entropy.squeeze(-1).to(logits.dtype)

    @staticmethod
    def backward(ctx, g):
        logits, terms, entropy = ctx.saved_tensors
        p = torch.softmax(logits.float(), -1)
        return (-g.float().unsqueeze(-1) * (terms + p * entropy)).to(logits.dtype)


def entropy_with_logits(logits):
    return _Entropy.apply(logits)
