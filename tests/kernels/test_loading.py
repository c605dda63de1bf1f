"""Loading: good files of every kind, and one clear line for every bad one."""

from __future__ import annotations

import importlib.util
import os
import sys
import textwrap

import numpy as np
import pytest

from conformance.errors import LoadError
from conformance.kernels import importing
from conformance.kernels.loading import distinct, load
from conformance.processes.worker import unknown_deviations

GOOD = "import numpy as np\ndef sigmoid(x):\n    return 1 / (1 + np.exp(-x))\n"


@pytest.fixture
def file(tmp_path):
    """Write a file from its text and return its path."""

    def write(text: str, name: str = "mine.py"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return write


def said(ref) -> str:
    """The one line with which loading fails."""
    with pytest.raises(LoadError) as caught:
        load(ref)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_good_file(file):
    path = file(GOOD + "NAME = 'My own'\nDTYPES = ['float32']\nMODES = ('eager',)\n")
    mine = load(path)
    assert (mine.name, mine.path, mine.backend.NAME) == ("My own", path, "numpy")
    assert (mine.dtypes, mine.modes, mine.devices) == (("float32",), ("eager",), None)
    assert mine.lines == {"sigmoid": 2}
    assert mine.functions["sigmoid"](np.zeros(1)) == 0.5
    assert load(str(path)).name == "My own"


def test_the_name_is_the_stem_without_NAME(file):
    assert load(file(GOOD, "kernels.py")).name == "kernels"


BAD = {
    "syntax": ("def sigmoid(x)\n    return x\n", ["mine.py:1:15", "syntax error", "expected ':'"]),
    "nearly a name": (
        "def sofmax(x):\n    return x\n",
        ["mine.py::sofmax --as 'softmax(axis=-1)'"],
    ),
    "indentation": ("def sigmoid(x):\nreturn x\n", ["mine.py:2", "syntax error"]),
    "missing import": (
        "import numpy\nimport no_such_library.sub\n",
        ["mine.py:2", "it imports 'no_such_library', which is not installed", "pip install"],
    ),
    "misspelt import": ("import nmpy\n", ["it imports 'nmpy'", "Did you mean 'numpy'?"]),
    "missing name": (
        "from numpy import no_such_name\n",
        ["mine.py:1", "ImportError", "no_such_name"],
    ),
    "raises": (
        "def f():\n    raise ValueError('two\\nlines')\n\nf()\n",
        ["mine.py:2", "raised when imported: ValueError: two lines"],
    ),
    "recursion": ("def f():\n    f()\nf()\n", ["mine.py:2", "RecursionError"]),
    "exits": ("import sys\nsys.exit(3)\n", ["mine.py:2", "ends the process", "__main__"]),
    "interrupts": ("raise KeyboardInterrupt\n", ["mine.py:1", "KeyboardInterrupt"]),
    "empty": ("", ["no function of the spec", "log_softmax"]),
    "near": (
        "def log_softmx(x):\n    return x\n",
        ["If log_softmx is log_softmax: mine.py::log_softmx --as"],
    ),
    "camel": (
        "def LogSoftmax(x):\n    return x\n",
        ["If LogSoftmax is log_softmax: mine.py::LogSoftmax --as 'log_softmax(axis=-1)'"],
    ),
    "namespace": (
        "class Ops:\n    @staticmethod\n    def softmax(x, axis=-1):\n        return x\n",
        ["mine.py::Ops.softmax --as 'softmax'"],
    ),
    "like none": ("def register(x):\n    return x\n", ["mine.py::NAME --as FUNCTION"]),
    "not callable": ("sigmoid = 0.5\n", ["sigmoid is a float, not a function"]),
    "orphan": (
        "def softmax(x): return x\ndef sigmoid_vjp(x, g): return g\n",
        ["sigmoid_vjp without sigmoid"],
    ),
    "backend near": (GOOD + "BACKEND = 'jaxx'\n", ["'jaxx'", "Did you mean 'jax'?"]),
    "backend unknown": (GOOD + "BACKEND = 'q_library'\n", ["numpy, torch, jax, cupy"]),
    "backend module": (GOOD + "BACKEND = 'json'\n", ["'json' is not a backend", "it lacks"]),
    "backend type": (GOOD + "import numpy\nBACKEND = numpy\n", ["BACKEND", "not a name"]),
    "dtype": (GOOD + "DTYPES = ('float23',)\n", ["'float23'", "Did you mean 'float32'?"]),
    "dtype string": (GOOD + "DTYPES = 'float32'\n", ["DTYPES", "not a tuple of names"]),
    "dtype object": (GOOD + "DTYPES = (np.float32,)\n", ["DTYPES", "not a tuple of names"]),
    "no dtypes": (GOOD + "DTYPES = ()\n", ["DTYPES", "not a tuple of names"]),
    "device": (GOOD + "DEVICES = ('the gpu',)\n", ["DEVICES", "'the gpu'"]),
    "mode": (GOOD + "MODES = ('eagre',)\n", ["'eagre'", "Did you mean 'eager'?"]),
    "deviations list": (GOOD + "DEVIATIONS = ['a']\n", ["DEVIATIONS is a list, not a dict"]),
    "deviations reason": (GOOD + "DEVIATIONS = {'a/b': None}\n", ["DEVIATIONS['a/b'] is None"]),
    "name": (GOOD + "NAME = 'a::b'\n", ["NAME", "'a::b'"]),
    "name type": (GOOD + "NAME = 3\n", ["NAME is 3"]),
    "NUL": ("x = '\0'\n", ["mine.py: is not Python: ", "null bytes"]),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_one_line(kind, file):
    text, parts = BAD[kind]
    message = said(file(text))
    assert "mine.py" in message
    for part in parts:
        assert part in message


def test_no_text(tmp_path):
    path = tmp_path / "mine.py"
    path.write_bytes(b"\xff\xfe\x00x = 1\n")
    assert str(path) in said(path)


def test_missing_and_wrong_paths(file, tmp_path):
    path = file(GOOD, "kernels.py")
    assert f"Did you mean {str(path)!r}?" in said(tmp_path / "kernel.py")
    assert "no such file" in said(str(tmp_path / "nowhere" / "x.py"))
    (tmp_path / "link.py").symlink_to(tmp_path / "gone.py")
    assert "is a link that leads nowhere" in said(str(tmp_path / "link.py"))
    assert "is a directory" in said(tmp_path)
    text = tmp_path / "kernels.txt"
    text.write_text("x")
    assert "not a Python file" in said(text)
    assert "not a Python file" not in said(tmp_path / "kernels.toml")


def test_bundled_names(tmp_path, monkeypatch, file):
    file(GOOD, "numpy.py")
    file(GOOD, "_helper.py")
    monkeypatch.setattr(importing, "folder", lambda: tmp_path)
    assert list(importing.bundled()) == ["numpy"]
    assert load("numpy").path == tmp_path / "numpy.py"
    message = said("nunpy")
    assert "Did you mean 'numpy'?" in message
    assert "Bundled: numpy" in message


def test_a_wheels_folder_comes_first(tmp_path, monkeypatch):
    monkeypatch.setattr(
        importing, "__file__", str(tmp_path / "package" / "kernels" / "importing.py")
    )
    assert importing.folder() == tmp_path / "implementations"
    (tmp_path / "package" / "implementations").mkdir(parents=True)
    assert importing.folder() == tmp_path / "package" / "implementations"


def test_what_a_file_prints_is_dropped(file, capsys):
    load(file("import sys\nprint('noise')\nsys.stderr.write('more')\n" + GOOD))
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_the_module_does_not_shadow_a_library(file):
    mine = load(file(GOOD, "numpy.py"))
    assert np.zeros(1) is not None
    assert mine.functions["sigmoid"].__module__.startswith("_conformance_numpy_")


@pytest.mark.parametrize(
    ("text", "backend"),
    [
        ("import torch\nsigmoid = torch.sigmoid\n", "torch"),
        ("from torch.nn.functional import softmax as s\ndef softmax(x): return s(x)\n", "torch"),
        ("import jax.numpy as jnp\ndef sigmoid(x): return x\n", "jax"),
        ("from jax.nn import sigmoid\n", "jax"),
        ("import math\ndef sigmoid(x): return x\n", "numpy"),
    ],
)
def test_the_backend_is_guessed_from_the_imports(text, backend, file):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    assert load(file(text)).backend.NAME == backend  # noqa: SIM300


def test_options_are_those_of_the_signature(file):
    mine = load(
        file(
            """
            import functools
            import numpy as np
            sigmoid = np.tanh
            def softmax(x, axis=-1): return x
            log_softmax = functools.partial(softmax, axis=0)
            class Sum:
                def __call__(self, x, *, axis): return x
            logsumexp = Sum()
            def cross_entropy(probs, labels, reduction): return probs
            def cross_entropy_with_logits(logits, labels, **options): return logits
            def cross_entropy_with_logits_vjp(logits, labels, cotangent, axis=-1): return logits
            def binary_cross_entropy(probs, labels, weight=None): return probs
            """
        )
    )
    assert {k: sorted(v) for k, v in mine.options.items()} == {
        "sigmoid": [],
        "softmax": ["axis"],
        "log_softmax": ["axis"],
        "logsumexp": ["axis"],
        "cross_entropy": ["reduction"],
        "cross_entropy_with_logits": [
            "axis",
            "ignore_index",
            "label_smoothing",
            "reduction",
            "weight",
        ],
        "cross_entropy_with_logits_vjp": ["axis"],
        "binary_cross_entropy": [],
    }
    assert mine.gradients.keys() == {"cross_entropy_with_logits"}
    assert mine.lines["sigmoid"] == 4
    assert mine.lines["logsumexp"] == 9


def test_deviations_from_no_law_are_a_warning(file):
    text = "DEVIATIONS = {'softmax/sum-to-one': 'why', 'softmax/sums-to-one': 'why'}\n"
    warnings = unknown_deviations(load(file(GOOD + text)))
    assert len(warnings) == 1
    assert "Did you mean 'softmax/sums-to-one'?" in warnings[0]


def test_names_are_made_distinct():
    assert list(distinct(["mine", "mine", "mine-2", "mine"])) == [
        "mine", "mine-2", "mine-2-2", "mine-3"
    ]  # fmt: skip


def test_a_file_is_read_as_it_is_now(tmp_path, monkeypatch):
    """Two texts of one length within a second: bytecode of the first would pass for the second."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path = tmp_path / "mine.py"
    for number in (1, 2):
        path.write_text(f"import numpy as np\n\ndef sigmoid(x):\n    return x * 0 + {number}\n")
        os.utime(path, (1e9, 1e9))
        assert load(path).functions["sigmoid"](np.ones(1)) == number
    assert not [*tmp_path.glob("__pycache__")]
