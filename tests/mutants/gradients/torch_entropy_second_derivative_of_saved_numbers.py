"""The backward pass uses p, p log p and H as the forward pass has kept them: by backward twice the
gradient is a constant, in 16 bits as well.
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
        ctx.save_for_backward(p, terms, entropy)
        ctx.dtype = logits.dtype
        return entropy.squeeze(-1).to(logits.dtype)

    @staticmethod
    def backward(ctx, g):
        p, terms, entropy = ctx.saved_tensors
        return (-g.float().unsqueeze(-1) * (terms + p * entropy)).to(ctx.dtype)


def entropy_with_logits(logits):
    return _Entropy.apply(logits)
