"""In which order examiners take subjects."""

from conformance.model import Subject
from conformance.processes.crew import Agenda, Task

MODES = ("eager", "jit")


class Loaded:
    """An examiner that has the files that it is given."""

    def __init__(self, *refs):
        self.refs = refs

    def has(self, ref):
        return ref in self.refs


def _tasks(*dtypes, ref="jax"):
    laws = {"softmax": 60, "sigmoid": 40}
    return [
        Task(ref, Subject(ref, function, dtype, "cpu", mode), count)
        for dtype in dtypes
        for function, count in laws.items()
        for mode in MODES
    ]


def _taken(agenda, examiner, count):
    found = (agenda.take(examiner) for _ in range(count))
    return [(t.subject.dtype, t.subject.function) for t in found if t is not None]


def test_an_examiner_stays_with_a_format_and_a_function():
    agenda = Agenda(_tasks("float32", "float16"))
    found = _taken(agenda, Loaded("jax"), 9)
    assert found == [
        (dtype, function)
        for dtype in ("float32", "float16")
        for function in ("softmax", "softmax", "sigmoid", "sigmoid")
    ]


def test_two_examiners_share_the_formats_and_then_the_subjects():
    agenda = Agenda(_tasks("float32", "float16", "bfloat16"), workers=2)
    one, two = Loaded("jax"), Loaded("jax")
    first, second = [], []
    for _ in range(6):
        first += _taken(agenda, one, 1)
        second += _taken(agenda, two, 1)
    assert {dtype for dtype, _ in first[:4]} == {"float32"}
    assert {dtype for dtype, _ in second[:4]} == {"float16"}
    assert {dtype for dtype, _ in first[4:] + second[4:]} == {"bfloat16"}
    assert agenda.take(one) is None


def test_a_loaded_file_comes_before_a_format():
    agenda = Agenda([*_tasks("float32", ref="torch"), *_tasks("float64", ref="numpy")])
    assert {dtype for dtype, _ in _taken(agenda, Loaded("torch"), 4)} == {"float32"}
