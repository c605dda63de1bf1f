"""Whose arrays a file takes, where what it imports does not tell."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import conformance
from conformance.errors import LoadError
from conformance.objects.load import load

_FOR_MAIN = """
import numpy as np
import torch
calls = []

def shifted(x, axis):
    return np.exp(x - x.max(axis=axis, keepdims=True))

def softmax(x, axis=-1):
    calls.append(x)
    np.random.seed(0)
    e = shifted(x, axis)
    return e / e.sum(axis=axis, keepdims=True)

def main():
    print(softmax(np.zeros(3)) - torch.softmax(torch.zeros(3), -1).numpy())
"""
_TENSORS = """
import numpy as np
import torch

def softmax(x, dim=-1):
    y = ((x - x.amax(dim, keepdim=True)) * float(np.log2(np.e))).exp2()
    return y / y.sum(dim, keepdim=True)
"""
_LATE = """
import numpy as np
import torch

def softmax(x, axis=-1):
    assert np.shape(x)
    return of_torch(x, axis)

def of_torch(x, axis):
    return torch.softmax(x, axis)
"""
_BOTH = """
import numpy as np
import torch

def softmax(x, dim=-1):
    return torch.softmax(x, dim)
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


def test_a_library_that_no_function_names_is_imported_for_something_else(tmp_path):
    found = load(written(tmp_path, _FOR_MAIN))
    assert found.backend.NAME == "numpy"
    assert found.form == (
        "called with NumPy's arrays: no function names PyTorch; BACKEND = 'numpy' in a file says so"
    )


def test_the_small_call_that_tells_is_not_noticed(tmp_path):
    """What a call leaves behind is put back, so that the law on it still sees the first one."""
    before = np.random.get_state()[1].tolist()
    found = load(written(tmp_path, _FOR_MAIN))
    assert found.functions["softmax"].__globals__["calls"]
    assert np.random.get_state()[1].tolist() == before
    report = conformance.check(
        found.path, dtype="float32", effort="quick", only="*/leaves-the-process-alone"
    )
    (result,) = report.results
    assert "changed NumPy's random state" in result.message


def test_where_a_function_names_it_nothing_is_called(tmp_path):
    text = _LATE.replace("assert np", "calls.append(x); assert np") + "calls = []\n"
    found = load(written(tmp_path, text))
    assert (found.backend.NAME, found.form) == ("torch", "")
    assert not found.functions["softmax"].__globals__["calls"]


@pytest.mark.parametrize("text", [_BOTH, _TENSORS, _LATE])
def test_what_takes_tensors_is_called_with_tensors(tmp_path, text):
    assert load(written(tmp_path, text)).backend.NAME == "torch"


def test_a_declared_backend_is_not_asked_about(tmp_path):
    found = load(written(tmp_path, f"BACKEND = 'torch'\n{_BOTH}"))
    assert found.backend.NAME == "torch"
    assert "arrays" not in found.form


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
