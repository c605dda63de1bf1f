"""What the watching and the examining process say to each other, as frames of MessagePack.

Plain data in both directions: nothing that an examined file could make is unpickled or run.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any, BinaryIO

import msgspec

from conformance.backends import devices
from conformance.examine.selection import Settings
from conformance.examine.watch import Incident
from conformance.model import Subject
from conformance.records.results import Findings, ImplementationInfo, LawRecord, NotRun, Result
from conformance.records.storage import encodable

#: The status of a process that ended itself because its device was lost; it printed how.
DEVICE_LOST = 86

_HEAD = struct.Struct(">Q")


class Load(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """Load the file that `ref` names, and say what there is to examine."""

    ref: str
    settings: Settings


class Examine(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """Examine a subject of the loaded file; `conformance.examine.watch.Watch` explains the rest."""

    subject: Subject
    settings: Settings
    incidents: list[Incident] = []
    as_seen: dict[str, str] = {}
    until: int | None = None
    below: int | None = None
    apart: bool = False


class Again(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """Look with a law at its stored counterexample again."""

    result: Result
    settings: Settings


class Do(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """Call a function of the suite, `module:name`, from bytes to bytes."""

    function: str
    data: bytes


class Done(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """What it gave."""

    data: bytes


class Loaded(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """What is in a file: each subject with the ids of its laws, and what cannot be examined."""

    info: ImplementationInfo
    subjects: list[tuple[Subject, list[str]]]
    not_run: list[NotRun]
    laws: list[LawRecord]
    path: str
    devices: list[str] = []
    warnings: list[str] = []

    def uses(self, device: str) -> bool:
        """True if the file's library sees a device that is asked for by this name."""
        return bool(devices.meant(self.devices, device)) or any(
            subject.device == device for subject, _ in self.subjects
        )

    def refusal(self, device: str) -> str:
        """What the file's library says of a device that it does not see."""
        said = (n.why for n in self.not_run if n.what.endswith(f"-{device}"))
        return next(said, f"sees {', '.join(self.devices) or 'no device'}")

    def named(self, name: str) -> Loaded:
        """The same under another name."""
        old = self.info.name
        return msgspec.structs.replace(
            self,
            info=msgspec.structs.replace(self.info, name=name),
            subjects=[(replace(s, implementation=name), laws) for s, laws in self.subjects],
            not_run=[
                NotRun(what=name + n.what.removeprefix(old), why=n.why)
                if n.what.startswith(f"{old}::")
                else n
                for n in self.not_run
            ],
        )


class Refused(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """What is asked cannot be done: the line of the LoadError, or of the UsageError."""

    words: str


class Found(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """The verdicts on a subject."""

    findings: Findings


class Broken(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """The examination ended early: what was raised, and where. `own`: by the suite's mistake."""

    words: str
    own: bool = True


Request = Load | Examine | Again | Do
Reply = Loaded | Refused | Found | Broken | Done


def send(stream: BinaryIO, message: Request | Reply) -> None:
    """Write one frame. OSError if the other process is gone."""
    try:
        data = msgspec.msgpack.encode(message)
    except UnicodeEncodeError:  # a lone surrogate in what a file said
        data = msgspec.msgpack.encode(encodable(msgspec.to_builtins(message)))
    stream.write(_HEAD.pack(len(data)) + data)
    stream.flush()


def receive(stream: BinaryIO, kind: Any) -> Any:
    """Read one frame, one of the kinds. EOFError if the other process is gone."""
    (size,) = _HEAD.unpack(_exactly(stream, _HEAD.size))
    return msgspec.msgpack.decode(_exactly(stream, size), type=kind)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if data is None or len(data) < size:
        raise EOFError
    return data
