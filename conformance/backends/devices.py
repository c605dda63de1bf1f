"""What the words for devices mean: cpu, cuda, cuda:1, gpu, all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

#: Words for the makers' platforms; JAX calls them all "gpu".
_GPUS = ("cuda", "rocm")


def is_cpu(name: str) -> bool:
    """True for the CPU, and for the further devices into which a library divides it."""
    return name.partition(":")[0] == "cpu"


def meant(there: Sequence[str], word: str) -> tuple[str, ...]:
    """The devices that a word means, by the names that a library gives them; empty if none."""
    if word == "all":
        return tuple(there)
    kind, _, index = word.partition(":")
    if kind == "gpu":
        accelerators = [name for name in there if not is_cpu(name)]
        at = int(index or 0)
        return tuple(accelerators[at : at + 1])
    spelled = [kind, *(("gpu",) if kind in _GPUS else ())]
    names = [f"{k}:{index or 0}" for k in spelled]
    names += spelled if index in ("", "0") else []
    return next(((name,) for name in names if name in there), ())


def chosen(there: Sequence[str], words: Iterable[str]) -> tuple[str, ...]:
    """The devices that some words mean; a word that means none stands for itself."""
    return tuple(dict.fromkeys(name for word in words for name in meant(there, word) or (word,)))
