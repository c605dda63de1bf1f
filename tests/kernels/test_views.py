"""Presenting canonical arrays and reading them back, for every layout and backend."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from math import prod
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import backends
from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.kernels.calling import Kernel
from conformance.kernels.layouts import (
    LAYOUTS,
    LEAST_AXES,
    LINE,
    WINDOW,
    address,
    canonical,
    layouts,
    present,
    presented,
    shape_of,
)
from conformance.kernels.loading import load
from conformance.kernels.spread_rows import Spread, along
from conformance.model import Example, View

INSTALLED = [n for n in ("numpy", "torch", "jax") if importlib.util.find_spec(n)]
BATCHES = st.lists(st.integers(0, 4), max_size=3).map(tuple)
DTYPES = st.sampled_from([*(f.dtype for f in FORMATS.values()), np.dtype(np.int64)])


def filled(shape, dtype):
    """Distinct finite values."""
    return (np.arange(prod(shape)) - 3).reshape(shape).astype(dtype)


@pytest.mark.parametrize("name", INSTALLED)
@settings(deadline=None, max_examples=150)
@given(data=st.data(), batch=BATCHES, classes=st.integers(0, 5), dtype=DTYPES)
def test_rows_return(name, data, batch, classes, dtype):
    backend = backends.get(name)
    axis = data.draw(st.integers(-len(batch) - 1, len(batch)))
    layout = data.draw(st.sampled_from(sorted({*LAYOUTS, *LEAST_AXES})))
    rows = filled((prod(batch), classes), dtype)
    view = View(batch, axis, layout)
    with backend.scope("cpu"):
        native = present(rows, view, "rows", backend, "cpu")
        assert tuple(native.shape) == shape_of(view, "rows", classes)
        back = canonical(backend.host(native), view, "rows")
    assert back.dtype == rows.dtype
    assert back.tobytes() == rows.tobytes()
    assert back.shape == rows.shape


@pytest.mark.parametrize("name", INSTALLED)
@settings(deadline=None, max_examples=100)
@given(batch=BATCHES, dtype=DTYPES, layout=st.sampled_from(sorted(LAYOUTS)))
def test_batches_and_scalars_return(name, batch, dtype, layout):
    backend = backends.get(name)
    flat, view = filled((prod(batch),), dtype), View(batch, -1, layout)
    with backend.scope("cpu"):
        native = present(flat, view, "batch", backend, "cpu")
        assert tuple(native.shape) == batch
        assert canonical(backend.host(native), view, "batch").tobytes() == flat.tobytes()
        whole = present(np.array(2.5), view, "whole", backend, "cpu")
        assert tuple(whole.shape) == ()
        assert canonical(backend.host(whole), view, "whole") == 2.5


@pytest.mark.parametrize("axis", [-1, 2, 0, 1, -2])
def test_the_class_axis_is_where_the_view_says(axis):
    rows = filled((6, 4), np.float64)
    native = present(rows, View((2, 3), axis), "rows", backends.get("numpy"), "cpu")
    assert np.moveaxis(native, axis, -1).reshape(6, 4).tolist() == rows.tolist()
    assert native.flags.c_contiguous


@pytest.mark.parametrize("name", [n for n in ("numpy", "torch") if n in INSTALLED])
@pytest.mark.parametrize("layout", ["F", "strided", "rows-strided", "offset"])
def test_layouts_are_real(name, layout):
    backend = backends.get(name)
    shown = presented(filled((6, 4), np.float64), View((6,), -1, layout), "rows", backend, "cpu")
    native = shown.native
    strides = [s // native.itemsize for s in native.strides] if name == "numpy" else None
    strides = strides or list(native.stride())
    want = {"F": [1, 6], "strided": [8, 2], "rows-strided": [8, 1], "offset": [4, 1]}[layout]
    assert strides == want
    assert backend.shares_memory(native, shown.buffer)


@pytest.mark.parametrize("name", [n for n in ("numpy", "torch") if n in INSTALLED])
def test_a_window_leaves_gaps_between_heads_alone(name):
    backend = backends.get(name)
    x = filled((24, 5), np.float64)
    shown = presented(x, View((2, 3, 4), -1, WINDOW), "rows", backend, "cpu")
    want = np.zeros((2, 3, 5, 5))[..., 1:, :]
    assert np.array_equal(backend.host(shown.native), x.reshape(2, 3, 4, 5))
    if name == "numpy":
        assert shown.native.strides == want.strides


@pytest.mark.parametrize("name", [n for n in ("numpy", "torch") if n in INSTALLED])
@pytest.mark.parametrize("dtype", [*FORMATS, "int64"])
def test_arrays_begin_where_the_view_says(name, dtype):
    """At every start up to a cache line, with gaps before the first element and after the last."""
    backend = backends.get(name)
    values = filled((6, 4), FORMATS[dtype].dtype if dtype in FORMATS else np.dtype(dtype))
    size = values.itemsize
    for start in range(1, LINE // size + 1):
        view = View((6,), -1, "offset", start=start)
        shown = presented(values, view, "rows", backend, "cpu")
        assert address(shown.native) % LINE == start * size % LINE
        assert backend.host(shown.native).tobytes() == values.tobytes()
        assert backend.host(shown.buffer).tobytes() == shown.host.tobytes()
        first = (address(shown.native) - address(shown.buffer)) // size
        around = [shown.host[first - 1], shown.host[first + values.size]]
        assert around == [-7, -7] if dtype == "int64" else np.isnan(np.array(around, float)).all()


def test_gaps_hold_sentinels():
    numpy = backends.get("numpy")
    rows = filled((2, 3), np.float64)
    shown = presented(rows, View((2,), -1, "strided"), "rows", numpy, "cpu")
    assert np.isnan(shown.buffer[:, 1::2]).all()
    labels = presented(filled((4,), np.int64), View((4,), -1, "strided"), "batch", numpy, "cpu")
    assert (labels.buffer[1::2] == -7).all()


def test_layouts_that_only_numpy_has():
    numpy = backends.get("numpy")
    rows = filled((2, 3), np.float64)

    def shown(layout):
        return present(rows, View((2,), -1, layout), "rows", numpy, "cpu")

    assert not shown("unaligned").flags.aligned
    assert not shown("swapped").dtype.isnative
    assert not shown("readonly").flags.writeable
    assert shown("reversed").strides == (-24, -8)


@pytest.mark.parametrize("name", [n for n in ("numpy", "torch") if n in INSTALLED])
@pytest.mark.parametrize("axis", [-1, 0])
def test_broadcast_has_stride_zero_where_rows_are_equal(name, axis):
    backend = backends.get(name)
    rows = np.tile(np.arange(3.0), (4, 1))
    view = View((4,), axis, "broadcast")
    native = present(rows, view, "rows", backend, "cpu")
    strides = native.strides if name == "numpy" else native.stride()
    assert strides[1 if axis == 0 else 0] == 0
    assert canonical(backend.host(native), view, "rows").tolist() == rows.tolist()
    different = present(filled((4, 3), np.float64), view, "rows", backend, "cpu")
    assert 0 not in (different.strides if name == "numpy" else different.stride())


def test_class_weights_have_the_layout():
    weights = filled((3,), np.float64)
    for layout, strides in {"strided": 16, "rows-strided": 16, "reversed": -8, "F": 8}.items():
        native = present(weights, View((2,), 0, layout), "whole", backends.get("numpy"), "cpu")
        assert native.strides == (strides,)
        assert native.tolist() == weights.tolist()


def test_one_array_alone_has_the_layout():
    view = View((2,), 0, "F", "labels")
    assert view.of("labels").layout == "F"
    assert view.of("logits") == View((2,), 0, "C", "labels")
    assert View((2,), 0, "F").of("logits").layout == "F"


def test_layouts_of_a_backend():
    assert layouts(backends.get("jax")) == ("C",)
    assert layouts(SimpleNamespace(NAME="third.party")) == ("C",)
    assert "readonly" in layouts(backends.get("numpy"))
    assert "reversed" not in layouts(backends.get("torch"))


@pytest.mark.parametrize("axis", [-1, 0, 1, -2])
def test_an_axis_that_is_kept_has_length_1_in_its_place(axis):
    backend, view, values = backends.get("numpy"), View((2, 3), axis), filled((6,), np.float32)
    native = present(values, view, "kept", backend, "cpu")
    assert native.shape == shape_of(view, "kept") == shape_of(view, "rows", 1)
    assert (native.reshape(6) == values).all()
    assert (canonical(native, view, "kept") == values).all()


def test_rows_are_spread_over_several_axes(tmp_path):
    """What is called along two axes of three, or all, sees the elements of each row."""
    seen = []

    def logsumexp(x, axis=-1):
        seen.append((x.shape, axis))
        return np.logaddexp.reduce(np.moveaxis(x, 1, 0).reshape(2, -1), axis=-1).astype(x.dtype)

    path = tmp_path / "file.py"
    path.write_text(
        "import numpy as np\nBACKEND = 'numpy'\ndef logsumexp(x, axis=-1):\n    return x"
    )
    loaded = replace(load(str(path)), functions={"logsumexp": logsumexp})
    kernel = Kernel(loaded, "logsumexp", "eager", "cpu")
    x = filled((2, 12), np.float64)
    ones = np.ones_like(x)
    e = Example(FUNCTIONS["logsumexp"], FORMATS["float64"],
                {"x": x, "cotangent": ones[:, 0], "direction": ones}, View((2,)))  # fmt: skip
    spread = Spread((3, 4), (1, 0, 2), (0, 2))
    assert along(kernel, spread) is along(kernel, spread)
    assert np.allclose(along(kernel, spread).value(e), np.logaddexp.reduce(x, axis=-1))
    assert seen == [((3, 2, 4), (0, 2))]
