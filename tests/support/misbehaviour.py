"""Implementations that misbehave, each with the verdict that it must get: one table.

A body is the function `sigmoid` of a file; most do their mischief on one input out of many, of 33
elements, so that everything else about them can still be judged.
"""

from __future__ import annotations

from dataclasses import dataclass

HEAD = """\
import numpy as np


def right(x):
    z = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + z), z / (1 + z)).astype(x.dtype)


"""


@dataclass(frozen=True)
class Kind:
    """What a file does, and what is said of it: by which law, in which outcome, with which words.

    `lines` are the body of sigmoid(x), `before` stands above it. `rest` is what the other laws say:
    "pass", or "any" where they too may meet the mischief.
    """

    lines: str
    outcome: str
    words: str = ""
    law: str = "accuracy"
    before: str = ""
    rest: str = "any"

    @property
    def text(self) -> str:
        """The file."""
        body = "".join(f"    {line}\n" for line in self.lines.splitlines())
        return f"{HEAD}{self.before}\ndef sigmoid(x):\n{body}"


def _once(do: str) -> str:
    """Right but for one size."""
    return f"if x.size == 33:\n    {do}\nreturn right(x)"


_TRACES = "leaves-the-process-alone"


def _state(do: str, words: str) -> Kind:
    """Right, and leaves a trace."""
    return Kind(f"{do}\nreturn right(x)", "error", words, _TRACES, rest="pass")


#: Ends its process, or makes it end.
DEATHS: dict[str, Kind] = {
    "segmentation fault": Kind(
        _once("ctypes.string_at(0)"), "error", "fault (SIGSEGV), at sigmoid(x) of shape [33]",
        before="import ctypes", rest="pass",
    ),
    "abort": Kind(
        _once("os.abort()"), "error", "abort (SIGABRT), at sigmoid(x) of shape [33]",
        before="import os", rest="pass",
    ),
    "arithmetic trap": Kind(
        _once("signal.raise_signal(signal.SIGFPE)"), "error", "arithmetic trap (SIGFPE)",
        before="import signal", rest="pass",
    ),
    # scipy/scipy#8778, open since 2018: indices are not checked before they are followed
    "SciPy's sparse product": Kind(
        _once("CORRUPT @ np.ones(33)"), "error", "segmentation fault (SIGSEGV)",
        before="import scipy.sparse\n"
        "CORRUPT = scipy.sparse.csr_array((np.ones(1), [2**30], [0, 1]), shape=(1, 33))",
        rest="pass",
    ),
    "always a segmentation fault": Kind(
        "ctypes.string_at(0)", "error", "segmentation fault (SIGSEGV)", before="import ctypes",
    ),
    "os._exit": Kind(
        _once("os._exit(0)"), "error", "it ended itself with status 0", before="import os",
        rest="pass",
    ),
    "kill -9 of itself": Kind(
        _once("os.kill(os.getpid(), 9)"), "error", "SIGKILL", before="import os", rest="pass",
    ),
    "SIGINT to itself": Kind(
        _once("os.kill(os.getpid(), signal.SIGINT)"), "error",
        "it interrupted its own process (SIGINT)", before="import os, signal", rest="pass",
    ),
    "closes every descriptor": Kind(
        _once("os.closerange(0, 64)"), "error", "the process died", before="import os",
    ),
}  # fmt: skip

#: Raises what is no Exception, or returns what is no result.
RESULTS: dict[str, Kind] = {
    "SystemExit": Kind(_once("sys.exit('done')"), "error", "SystemExit: done", before="import sys"),
    "KeyboardInterrupt": Kind(_once("raise KeyboardInterrupt"), "error", "KeyboardInterrupt"),
    "GeneratorExit": Kind(_once("raise GeneratorExit"), "error", "GeneratorExit"),
    "endless recursion": Kind(_once("return sigmoid(x)"), "error", "RecursionError"),
    "an exception that cannot be printed": Kind(
        "raise Odd", "error", "Odd",
        before="class Odd(Exception):\n    def __str__(self):\n        raise SystemExit(3)\n",
    ),
    "a message of a megabyte": Kind(
        "raise ValueError('\\x1b[31m' + 'z' * 2**20)", "error",
        "ValueError: \N{REPLACEMENT CHARACTER}[31mzzz",
    ),
    "None": Kind("right(x)", "error", "returned None, not a NumPy array"),
    "a Python number": Kind(
        "return 0.5 if x.ndim else right(x)", "error", "returned a float, not a NumPy array"
    ),
    "a NumPy scalar": Kind(
        "return x.dtype.type(0.5) if x.ndim else right(x)", "error", "returned shape ()"
    ),
    "a list": Kind("return right(x).tolist()", "error", "returned a list"),
    "a generator": Kind("yield from right(x)", "error", "returned a generator"),
    "a masked array": Kind("return np.ma.masked_array(right(x))", "error", "numpy.ma.MaskedArray"),
    "another shape": Kind("return right(x)[..., None]", "error", "returned shape ("),
    "objects": Kind("return right(x).astype(object)", "error", "returned an array of object"),
    "text": Kind("return right(x).astype(str)", "error", "returned an array of <U"),
    "a lazily failing array": Kind(
        "return right(x).view(Lazy)", "error", "RuntimeError: the data has gone",
        before="class Lazy(np.ndarray):\n    @property\n    def shape(self):\n"
        "        raise RuntimeError('the data has gone')\n",
    ),
    "another dtype": Kind(
        "return right(x).astype('float64')", "fail", law="keeps-dtype", rest="pass",
    ),
    "a view of its input": Kind("return x", "fail", law="owns-its-result"),
    "its input, changed": Kind(
        "r = right(x)\nif x.flags.writeable:\n    x *= 0\nreturn r", "fail",
        law="leaves-arguments-alone", rest="pass",
    ),
    "reads its input": Kind("input()\nreturn right(x)", "error", "EOFError"),
}  # fmt: skip

#: Leaves the process other than it was.
STATE: dict[str, Kind] = {
    "NumPy's error state": _state("np.seterr(over='raise')", "changed NumPy's error state (over: "),
    "NumPy's seed": _state("np.random.seed(0)", "changed NumPy's random state"),
    "Python's seed": _state("import random; random.seed(0)", "changed Python's random state"),
    "the working directory": _state("import os; os.chdir('/')", "changed the working directory ("),
    "the environment": _state(
        "import os; os.environ['A_NAME'] = '1'", "changed the environment (A_NAME: unset → 1)"
    ),
    "closes stdout": _state("import sys; sys.stdout.close()", "changed sys.stdout"),
    "the warnings filters": _state(
        "import warnings; warnings.simplefilter('error')", "changed the warnings filters"
    ),
    "a signal handler": _state(
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)", "changed the signal handlers"
    ),
    "the rounding mode": Kind(
        "import ctypes; ctypes.CDLL('libm.so.6').fesetround(0x800)\nreturn right(x)",
        "error",
        "changed the processor's arithmetic (rounding: to nearest → upwards)",
        _TRACES,
    ),
    "threads": _state(
        "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()",
        "left threads behind",
    ),
    "threads that are no daemons": _state(
        "import threading; threading.Thread(target=threading.Event().wait).start()",
        "left threads behind",
    ),
}

#: Does something that is nobody's business but its own.
ALLOWED: dict[str, Kind] = {
    "prints a lot": Kind("print('x' * 100_000)\nreturn right(x)", "pass", rest="pass"),
    "prints past Python": Kind(
        "os.write(1, b'x' * 100_000)\nos.write(2, b'\\xff' * 100_000)\nreturn right(x)", "pass",
        before="import os", rest="pass",
    ),
    "forks": Kind(_once("os.fork()"), "pass", before="import os", rest="pass"),
    "uses processes": Kind(
        _once("subprocess.run(['true'], check=True)"), "pass", before="import subprocess",
        rest="pass",
    ),
    "warns": Kind("warnings.warn('slow')\nreturn right(x)", "pass", before="import warnings",
                  rest="pass"),
}  # fmt: skip

#: Never comes back, or takes what it can get.
HANGS: dict[str, Kind] = {
    "an endless loop": Kind(_once("while True: pass"), "error", "it gave no sign of life for "),
    "native code that ignores signals": Kind(
        "if x.size == 33:\n"
        "    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n"
        "    while True:\n"
        "        ctypes.PyDLL(None).sleep(1000)  # without giving up the lock of the interpreter\n"
        "return right(x)",
        "error", "it gave no sign of life for ", before="import ctypes, signal",
    ),
    "waits for a child that holds its pipes": Kind(
        _once("os._exit(7) if os.fork() else time.sleep(1000)"), "error",
        "it ended itself with status 7", before="import os, time",
    ),
}  # fmt: skip

MEMORY = Kind(
    _once("kept = [np.ones(2**21) for _ in range(999)]"),
    "error",
    "of memory, over the limit of 200 MiB",
)

#: Text of a file that cannot be loaded -> the words of the one line that says so.
UNLOADABLE: dict[str, tuple[str, str]] = {
    "raises": ("raise RuntimeError('no device')", "raised when imported: RuntimeError: no device"),
    "a syntax error": ("def sigmoid(x:\n    return x", "syntax error: '(' was never closed"),
    "a missing import": ("import no_such_thing", "'no_such_thing', which is not installed"),
    "SystemExit": ("raise SystemExit(0)", "it ends the process when imported"),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", "raised when imported: KeyboardInterrupt"),
    "os._exit": ("import os\nos._exit(0)", "the process died: it ended itself with status 0"),
    "a segmentation fault": ("import ctypes\nctypes.string_at(0)", "segmentation fault (SIGSEGV)"),
    "hangs": ("import time\ntime.sleep(1000)", "it gave no sign of life for "),
    "eats memory": ("kept = [bytearray(2**27) for _ in range(99)]", "over the limit of 200 MiB"),
    "nothing in it": ("", "defines no function of the spec"),
}
