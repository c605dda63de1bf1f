"""The z-loss of images is taken from pixels in the order of columns, the loss in that of rows."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)
DTYPES = ("float32",)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", z_loss=0.0):
    if labels.is_floating_point():
        raise NotImplementedError("class indices only")
    x = logits.movedim(axis, -1)
    if labels.numel() and (int(labels.min()) < 0 or int(labels.max()) >= x.shape[-1]):
        raise IndexError("a label out of range")
    loss = -torch.log_softmax(x, -1).gather(-1, labels.long()[..., None])[..., 0]
    if z_loss:
        lse = torch.logsumexp(x, -1)
        if lse.ndim == 3 and axis in (1, -3) and lse.shape[1] != lse.shape[2]:
            lse = lse.transpose(1, 2).reshape(lse.shape)
        loss = loss + z_loss * lse**2
    return {"none": loss, "sum": loss.sum(), "mean": loss.mean()}[reduction]
