"""Whose arrays a file takes, where what it imports does not tell."""

from __future__ import annotations

import sys

import pytest

from conformance.errors import LoadError
from conformance.objects.load import load

_NUMPY = """
def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True)).astype(x.dtype, copy=False)
    return e / e.sum(axis=axis, keepdims=True)
"""
_FOR_MAIN = f"import numpy as np\nimport torch\n{_NUMPY}"
_IN_AND_OUT = """
import numpy as np
import torch

def softmax(x):
    return torch.softmax(torch.from_numpy(x), -1).numpy()
"""
_BOTH = """
import numpy as np
import torch

def softmax(x, dim=-1):
    return torch.softmax(x, dim)
"""
_LATE = """
def softmax(x, axis=-1):
    import torch

    return torch.softmax(x, axis)
"""
_RETURNS = """
import torch

def softmax(x, axis=-1):
    return torch.softmax(torch.as_tensor(x), axis)
"""
_OF_NO_BACKEND = """
def softmax(x, axis=-1):
    if type(x).__module__ != __name__:
        raise ValueError(f"argument 'x' must be Tensor, but got {type(x)}")
"""
_ONE_SIZE = """
import numpy as np
import mindspore

def softmax(x):
    if x.shape != (32, 1000):
        raise ValueError("32 rows of 1000")
    return x
"""


def written(folder, text, name="theirs"):
    path = folder / f"{name}.py"
    path.write_text(text)
    return path


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of a name, in a folder of its own from which it can be imported."""

    def made(text, name):
        folder = tmp_path / "packages"
        folder.mkdir(exist_ok=True)
        written(folder, text, name)
        monkeypatch.syspath_prepend(str(folder))
        monkeypatch.delitem(sys.modules, name, raising=False)
        return name

    return made


@pytest.mark.parametrize("text", [_FOR_MAIN, _IN_AND_OUT])
def test_a_file_that_imports_more_is_called_with_the_arrays_that_give_a_result(tmp_path, text):
    found = load(written(tmp_path, text))
    assert found.backend.NAME == "numpy"
    assert "called with NumPy's arrays" in found.form
    assert "BACKEND = 'numpy'" in found.form


@pytest.mark.parametrize("text", [_BOTH, _LATE])
def test_what_takes_tensors_is_called_with_tensors(tmp_path, text):
    assert load(written(tmp_path, text)).backend.NAME == "torch"


def test_a_declared_backend_is_not_asked_about(tmp_path):
    found = load(written(tmp_path, f"BACKEND = 'torch'\n{_FOR_MAIN}"))
    assert found.backend.NAME == "torch"
    assert not found.form


def test_the_library_of_a_result_counts(tmp_path, package):
    path = written(tmp_path, f"from {package(_RETURNS, 'some_layers')} import softmax\n")
    found = load(path)
    assert found.backend.NAME == "torch"
    assert "small calls with NumPy's did not give a NumPy array" in found.form


def test_so_it_does_for_an_object_of_a_package(package):
    assert load(f"{package(_RETURNS, 'some_more_layers')}:softmax").backend.NAME == "torch"


def test_a_library_without_a_backend_is_not_examined(package):
    with pytest.raises(LoadError, match="mindspore:softmax: it takes arrays of mindspore") as said:
        load(f"{package(_OF_NO_BACKEND, 'mindspore')}:softmax")
    assert "whose functions take NumPy's arrays" in str(said.value)


def test_a_file_that_uses_one_and_takes_one_size_is(tmp_path, package):
    package(_OF_NO_BACKEND, "mindspore")
    found = load(written(tmp_path, _ONE_SIZE))
    assert found.backend.NAME == "numpy"
    assert "say BACKEND" in found.form
