"""The kinds of limits in words: what is refused, and what is taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from conformance.floats import FORMATS
from conformance.kernels import sizes
from conformance.kernels.input_classes import EDGES, NONE
from conformance.kernels.ranges import Beyond
from conformance.kernels.special_numbers import MINUS, NAN, PLUS, SPECIAL
from conformance.model import Example
from conformance.records.grouping import grouped
from conformance.records.limit_kinds import KINDS, TOLD

#: What --require takes: kinds that a law asks for, and formats.
REQUIRABLE = (*(k for k, law in KINDS.items() if law and k not in ("formats", *TOLD)), *FORMATS)
#: Layouts that PyTorch, JAX, ONNX Runtime or MLX refuse themselves.
_ODD = {
    "reversed": "negative strides",
    "unaligned": "unaligned arrays",
    "swapped": "other byte order",
    "readonly": "read-only arrays",
    "broadcast": "arrays with stride 0",  # which NumPy makes read-only
}
#: Layouts in words.
LAYOUTS = {
    "F": "Fortran order",
    "strided": "strided arrays",
    "rows-strided": "strided rows",
    "offset": "arrays that begin inside a buffer",
    "permuted": "permuted batches",
    "channels-last": "channels-last images",
    "window": "parts of each head or sequence",
    **_ODD,
}
_RANKS = {0: "scalars", 1: "vectors", 2: "matrices"}
_LABELS = {
    "index": "class indices as labels", "one-hot": "one-hot labels", "soft": "soft labels",
    "hard": "labels 0 and 1", "unnormalised": "labels that do not sum to 1",
}  # fmt: skip
_QUANTITIES = {"vjp": "gradient", "hvp": "second derivative", "jvp": "forward mode"}
_IGNORED = {
    "-100": "=-100", "-1": "=-1", "negative": " of another negative number", "0": "=0",
    "class": " that is a class", "beyond": " that is no class",
}  # fmt: skip
#: Kinds of which one alone is said, if the others are refused.
_ALONE = {"reduction": ("none", "mean", "sum"), "ignore_index": ("-100", "-1", "0")}


def group_of(features: Sequence[tuple[str, Any]], memory: bool) -> str:
    """The kind of a limit by its features."""
    found = dict(features)
    if memory:
        return "space"
    if "fmt" in found:
        return "formats"
    if "mode" in found:
        return "modes"
    if "special" in found:
        return "numbers"
    if "quantity" in found:
        return "derivatives"
    if _is_zero(found.get("rows")):
        return "empty"
    if "layout" in found:
        return "memory" if found["layout"][0] in _ODD else "layouts"
    if "option" in found:
        return "options"
    if found.get("rank") == 0:
        return "memory"
    for name, group in (("axis", "axes"), ("rank", "ranks"), ("labels", "labels")):
        if name in found:
            return group
    if "label_type" in found:
        return "labels"
    if "classes" in found and not found["classes"].takes(1) and found["classes"].takes(2):
        return "one-class"
    return "sizes"


def _is_zero(found: Any) -> bool:
    return found is not None and found.rule == "but" and found.number == 0


def refused_words(features: Sequence[tuple[str, Any]], e: Example) -> str:
    """Fortran order; weight together with label_smoothing; more than 4,096 classes."""
    if group_of(features, False) == "empty":
        return "empty batches"
    options = " together with ".join(
        _option(*value) for name, value in features if name == "option"
    )
    rest = [_feature(*x, e) for x in features if x[0] not in ("option", "quantity")]
    of = [_feature(*x, e) for x in features if x[0] == "quantity"]
    if not of:
        return " with ".join([*([options] if options else []), *rest])
    words = f"{of[0]} with {options}" if options else of[0]
    return f"{words} for {' with '.join(rest)}" if rest else words


def _option(name: str, kind: Any) -> str:
    if isinstance(kind, Beyond):
        return f"{name} {kind.words}"
    if name == "reduction":
        return f"reduction={kind!r}"
    if name == "ignore_index":
        return f"ignore_index{_IGNORED[kind]}"
    if kind in ("edge", NONE):
        return f"{name}={EDGES[name]:g}" if kind == "edge" else f"{name}=None"
    return f"{name} that is a number" if kind == "number" else name


def _feature(name: str, value: Any, e: Example) -> str:
    if name == "layout":
        layout, only, _ = value
        return (f"{only} in " if only else "") + LAYOUTS[layout]
    if name == "axis":
        return _axis(value)
    if name == "special":
        return _number(value, e)
    if name == "rank":
        return _RANKS.get(value, f"arrays of {value} axes")
    if name == "batch":
        return f"batches other than {_batch(value)}"
    if name in ("labels", "label_type"):
        return _LABELS.get(value, f"labels of type {value}")
    if name == "quantity":
        return _QUANTITIES.get(value, "gradient for " + value.removeprefix("vjp_"))
    if name in ("fmt", "mode"):
        return str(value)
    return sizes.refused_words(value, _noun(name, e))


def _number(number: tuple[str, str], e: Example) -> str:
    """NaN; NaN in y; −inf, as in masks."""
    array, kind = number
    if array != e.function.first:
        return f"{kind} in {array}"
    return f"{kind}, as in masks" if e.function.rowwise and kind == MINUS else kind


def _batch(shape: Iterable[int]) -> str:
    return " x ".join(map(str, shape))


def _noun(name: str, e: Example) -> str:
    if name in ("classes", "width"):
        return "classes" if name == "classes" else "numbers in a row"
    return "rows" if e.function.rowwise else "elements"


def _axis(words: str) -> str:
    if words == "last+":
        return "axis counted from the front"
    return "first axis" if words.startswith("first") else "axis in the middle"


def taken_words(limits: Iterable[Any]) -> list[str]:
    """What is taken, from the limits of one function: C-contiguous arrays, matrices, ..."""
    found = list(limits)
    plain = [limit for limit in found if len(limit.features) == 1]
    values = grouped(limit.features[0] for limit in plain)
    said = [
        *(["eager mode only"] if "mode" in values else []),
        *_taken_layouts(values.get("layout", [])),
        *_taken_ranks(values.get("rank", [])),
        *_taken_axes(values.get("axis", [])),
        *_taken_numbers(plain),
        *_taken_labels(values.get("labels", [])),
        *(f"batches of {_batch(shape)} rows" for shape in values.get("batch", [])),
    ]
    said += _taken_sizes([limit for limit in plain if limit.group != "empty"])
    alone = dict(_taken_alone(values.get("option", [])))
    said += alone.values()
    merged = {"layout", "rank", "batch", "axis", "labels", "rows", "classes", "width", "fmt",
              "mode", "special"}  # fmt: skip
    pulled = [*_labels_of_gradients(found)]
    said += ["gradients for class indices as labels"] if pulled else []
    for words, several in _single_sizes(found).items():
        said.append(words.format(sizes.named(sorted(size.number for _, size in several))))
        pulled += [x for x, _ in several]
    rest = (x for x in found if len(x.features) > 1 or x.features[0][0] not in merged)
    rest = (x for x in rest if x not in pulled)
    said += [f"no {x.words}" for x in rest if x not in plain or x.features[0][1][0] not in alone]
    said += [f"no {limit.words}" for limit in plain if limit.group == "empty"]
    return list(dict.fromkeys(said))


def _taken_sizes(limits: Sequence[Any]) -> Iterable[str]:
    """What is taken of rows, elements and classes."""
    found: dict[tuple[str, bool], list[Any]] = {}
    for limit in limits:
        name, value = limit.features[0]
        if name in ("rows", "classes", "width"):
            found.setdefault((_noun(name, limit.example), limit.memory), []).append(value)
    for (noun, memory), refused in found.items():
        yield sizes.taken_words(refused, noun) + (", for want of memory" if memory else "")


def _taken_layouts(refused: list[tuple[str, str, int]]) -> list[str]:
    whole = sorted((layout for layout, only, _ in refused if not only), key=[*LAYOUTS].index)
    alone = [f"no {only} in {LAYOUTS[layout]}" for layout, only, _ in refused
             if only and layout not in whole]  # fmt: skip
    if {"F", "strided"} <= set(whole):
        hidden = {"F", "strided", "rows-strided", "permuted", "channels-last", "window",
                  "broadcast", "reversed"}  # fmt: skip
        return ["C-contiguous arrays", *(f"no {LAYOUTS[w]}" for w in whole if w not in hidden)]
    return [*(f"no {LAYOUTS[layout]}" for layout in whole), *alone]


def _labels_of_gradients(limits: Sequence[Any]) -> list[Any]:
    """Limits of gradients for floating labels, if class indices alone have gradients."""
    of = [x for x in limits if {name for name, _ in x.features} == {"labels", "quantity"}
          and dict(x.features)["quantity"] == "vjp"]  # fmt: skip
    return of if {"one-hot", "soft"} <= {dict(x.features)["labels"] for x in of} else []


def _single_sizes(limits: Sequence[Any]) -> dict[str, list[tuple[Any, sizes.Sizes]]]:
    """Limits of a derivative at single sizes, if they are several: no gradient for {} classes."""
    found: dict[str, list[tuple[Any, sizes.Sizes]]] = {}
    for x in limits:
        size = next((f for f in x.features if isinstance(f[1], sizes.Sizes)), None)
        of = dict(x.features).get("quantity")
        if size and of and len(x.features) == 2 and size[1].rule == "but":
            noun = _noun(size[0], x.example)
            words = f"no {_feature('quantity', of, x.example)} for {{}} {noun}"
            found.setdefault(words, []).append((x, size[1]))
    return {words: several for words, several in found.items() if len(several) > 1}


def _taken_alone(refused: list[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """reduction='none' only: options of which one kind is taken."""
    for name, kinds in _ALONE.items():
        taken = [kind for kind in kinds if (name, kind) not in refused]
        if len(taken) == 1:
            yield name, f"{_option(name, taken[0])} only"
        elif taken == ["-100", "-1"]:
            yield name, "a negative ignore_index only"


def _taken_numbers(limits: Sequence[Any]) -> Iterable[str]:
    """Finite numbers only; no NaN; no NaN in y, if those in x are taken."""
    found = [x for x in limits if x.of_numbers]
    of = grouped((x.features[0][1], x) for x in found)
    kinds = grouped(of)
    first = found[0].example.function.first if found else ""
    for array, refused in kinds.items():
        if array != first and set(refused) <= set(kinds.get(first, ())):
            continue
        if {NAN, PLUS, MINUS} <= set(refused):
            yield "finite numbers only" + ("" if array == first else f" in {array}")
        else:
            yield from (f"no {of[array, kind][0].words}" for kind in SPECIAL if kind in refused)


def _taken_ranks(refused: list[int]) -> list[str]:
    if any(rank > 2 for rank in refused) and 2 not in refused:
        return ["matrices"] if 1 in refused else ["no more than two axes"]
    return [f"no {_RANKS.get(rank, f'arrays of {rank} axes')}" for rank in refused]


def _taken_axes(refused: list[str]) -> list[str]:
    places = [word[:-1] for word in refused]
    if "first" in places:
        return ["the last axis"] if "last" not in places else ["axis=-1"]
    return [f"no {_axis(word)}" for word in refused]


def _taken_labels(refused: list[str]) -> list[str]:
    if {"one-hot", "soft"} <= set(refused):
        return [_LABELS["index"]]
    if "index" in refused:
        return ["one-hot labels" if "soft" in refused else "distributions as labels"]
    return [f"no {_LABELS[kind]}" for kind in refused]


def formats_words(taken: Iterable[str]) -> str:
    """float32 and float64; empty if all are."""
    names = [name for name in FORMATS if name in set(taken)]
    if len(names) == len(FORMATS) or not names:
        return ""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
