"""The z-loss is that of the logits before the cap."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def _wide(a):
    return a.astype(np.float32) if a.dtype.itemsize == 2 else a


def _targets(x, labels, axis, weight, ignore_index, label_smoothing):
    """Class axis last: effective targets A, kept rows, the mean's denominator."""
    classes = x.shape[-1]
    w = np.ones(classes, x.dtype) if weight is None else _wide(np.asarray(weight)).astype(x.dtype)
    if np.issubdtype(labels.dtype, np.integer):
        kept = np.ones(labels.shape, bool) if ignore_index is None else labels != ignore_index
        safe = np.where(kept, labels, 0)
        if safe.size and (safe.min() < 0 or safe.max() >= classes):
            raise IndexError("label out of range")
        q = np.zeros(x.shape, x.dtype)
        np.put_along_axis(q, safe[..., None], 1, -1)
        total = np.where(kept, w[safe], 0).sum()
    else:
        q = np.moveaxis(_wide(labels), axis, -1).astype(x.dtype)
        kept = np.ones(q.shape[:-1], bool)
        total = x.dtype.type(kept.size)
    if label_smoothing:
        s = x.dtype.type(label_smoothing)
        q = (1 - s) * q + s / classes
    return q * w, kept, total


def _parts(logits, axis, where, temperature, softcap):
    x = np.moveaxis(_wide(logits), axis, -1)
    slope = x.dtype.type(1) / x.dtype.type(temperature)
    y = x / x.dtype.type(temperature)
    if softcap is not None:
        t = np.tanh(y / x.dtype.type(softcap))
        y = x.dtype.type(softcap) * t
        slope = slope * (1 - t * t)
    if where is not None:
        where = np.moveaxis(np.broadcast_to(where, logits.shape), axis, -1)
        y = np.where(where, y, -np.inf)
    m = y.max(axis=-1, keepdims=True)
    d = y - np.where(np.isfinite(m), m, 0)
    d = np.where(np.isnan(m), np.nan, d)
    e = np.exp(d)
    total = e.sum(axis=-1, keepdims=True)
    return x, y, m, d, e, total, slope, where


def cross_entropy_with_logits(
    logits,
    labels,
    axis=-1,
    reduction="mean",
    weight=None,
    ignore_index=None,
    label_smoothing=0.0,
    where=None,
    temperature=1.0,
    softcap=None,
    z_loss=0.0,
):
    with np.errstate(all="ignore"):
        x, _y, _m, d, _e, total, _slope, _keep = _parts(logits, axis, where, temperature, softcap)
        a, kept, denominator = _targets(x, labels, axis, weight, ignore_index, label_smoothing)
        logp = d - np.log(total)
        loss = -np.where(a == 0, 0 * np.where(np.isnan(logp), np.nan, 0), a * logp).sum(axis=-1)
        if z_loss:
            _, _, m0, _, _, total0, _, _ = _parts(logits, axis, where, temperature, None)
            lse = (m0 + np.log(total0))[..., 0]
            loss = loss + x.dtype.type(z_loss) * lse * lse
        loss = np.where(kept, loss, 0)
        if reduction == "none":
            return loss.astype(logits.dtype)
        if reduction == "sum":
            return loss.sum().astype(logits.dtype)
        return (loss.sum() / denominator).astype(logits.dtype)


def cross_entropy_with_logits_vjp(
    logits,
    labels,
    cotangent,
    axis=-1,
    reduction="mean",
    weight=None,
    ignore_index=None,
    label_smoothing=0.0,
    where=None,
    temperature=1.0,
    softcap=None,
    z_loss=0.0,
):
    with np.errstate(all="ignore"):
        x, _y, m, _d, e, total, slope, keep = _parts(logits, axis, where, temperature, softcap)
        a, kept, denominator = _targets(x, labels, axis, weight, ignore_index, label_smoothing)
        p = e / total
        g = p * a.sum(axis=-1, keepdims=True) - a
        if z_loss:
            lse = m + np.log(total)
            g = g + 2 * x.dtype.type(z_loss) * lse * p
        rate = _wide(np.asarray(cotangent)).astype(x.dtype)
        if reduction == "mean":
            rate = rate / denominator
        rate = np.broadcast_to(rate, kept.shape)[..., None]
        g = g * rate * slope
        g = np.where(kept[..., None], g, 0)
        if keep is not None:
            g = np.where(keep, g, 0)
        return np.ascontiguousarray(np.moveaxis(g, -1, axis)).astype(logits.dtype)
