"""Options that no call accepts, and functions that need a GPU where there is none."""

from __future__ import annotations

import os

import pytest

from conformance.errors import LoadError
from conformance.objects.load import load

HEAD = """
import functools
import numpy as np

def plain(x, axis=-1, temperature=1.0):
    e = np.exp((x - x.max(axis, keepdims=True)) / x.dtype.type(temperature))
    return e / e.sum(axis, keepdims=True)
"""
LIES = """
@functools.wraps(plain)
def softmax(*args, **kwargs):
    if kwargs:
        raise ValueError("no keywords here")
    return plain(*args)
"""
NAMED = """
def softmax(x, axis="classes"):
    return plain(x, {"classes": -1, "batch": 0}[axis])
"""
NONE = """
def softmax(x, axis=-1, temperature=None):
    if temperature is not None:
        raise ValueError("not yet")
    return plain(x, axis)
"""
DECORATED = """
@functools.wraps(plain)
def softmax(*args, **kwargs):
    return plain(*args, **kwargs)
"""
SLIP = """
def softmax(x, axis=None):
    return plain(x) if axis is None else plane(x, axis)
"""
KEYWORDS = """
def softmax(x, **keywords):
    dim = keywords.pop("dim", -1)
    if keywords:
        raise ValueError(f"unknown options: {sorted(keywords)}")
    return plain(x, dim)
"""


def loaded(tmp_path, text):
    path = tmp_path / "theirs.py"
    path.write_text(HEAD + text)
    return load(path)


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (LIES, set(), "without axis and temperature: every value is refused (ValueError: no keyw"),
        (NAMED, set(), "without axis: every value is refused (KeyError: -1"),
        (NONE, {"axis"}, "without temperature: every value is refused (ValueError: not yet"),
        (DECORATED, {"axis", "temperature"}, ""),
        (SLIP, {"axis"}, ""),
        (KEYWORDS, set(), "its **keywords do not take axis"),
    ],
)
def test_an_option_of_which_every_value_is_refused_is_not_there(tmp_path, text, options, words):
    found = loaded(tmp_path, text)
    assert found.options["softmax"] == options
    assert words in found.form and bool(words) == bool(found.form)


NO_GPU = (
    'raise RuntimeError("0 active drivers ([]). There should only be one.")',
    'raise RuntimeError("Found no NVIDIA driver on your system. Please check")',
    'raise AssertionError("Torch not compiled with CUDA enabled")',
    'raise ValueError("softmax expects CUDA tensors")',
    "assert x.is_cuda",
)


@pytest.mark.parametrize("raises", NO_GPU)
def test_a_file_that_needs_a_gpu_is_not_examined_without_one(tmp_path, raises):
    pytest.importorskip("torch")
    text = f"import torch  # and triton\ndef softmax(x, axis=-1):\n    {raises}\n"
    with pytest.raises(LoadError, match=r"needs a GPU, and there is none: softmax\(x\) raised "):
        loaded(tmp_path, text)


def test_a_function_that_needs_a_gpu_is_left_out(tmp_path):
    text = (
        "def sigmoid(x):\n    raise RuntimeError('no CUDA device is there')\n"
        "def softmax(x):\n    return plain(x)\n"
    )
    found = loaded(tmp_path, text)
    assert list(found.functions) == ["softmax"]
    assert found.form == (
        "sigmoid is left out: it needs a GPU (RuntimeError: no CUDA device is there)"
    )


def test_other_errors_of_such_a_file_are_its_own(tmp_path):
    text = "# for cuda\ndef softmax(x):\n    raise ValueError('rows of 1000 only')\n"
    assert list(loaded(tmp_path, text).functions) == ["softmax"]


def test_a_small_call_leaves_the_process_as_it_was(tmp_path):
    (tmp_path / "cuda.py").write_text(
        "import os\nimport numpy as np\n# for cuda, or not\n"
        "def softmax(x, axis=-1):\n"
        "    os.environ['LEFT_BY_A_CALL'] = '1'\n"
        "    return np.exp(x) / np.exp(x).sum(axis, keepdims=True)\n"
    )
    load(tmp_path / "cuda.py")
    assert "LEFT_BY_A_CALL" not in os.environ
