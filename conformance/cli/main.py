"""The entry point `conformance`: chooses the command, reports mistakes, returns the exit status."""

from __future__ import annotations

import argparse
import atexit
import contextlib
import gc
import importlib
import signal
import sys
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from conformance._version import SPEC_VERSION, __version__
from conformance.errors import UsageError, UserError, did_you_mean, printable

_LONGEST = 600  # characters of a line that says what is wrong

OK, INTERRUPTED, USAGE = 0, 2, 4

#: Name -> what it does; each is a module of `conformance.cli.commands`.
COMMANDS = {
    "run": "examine implementations and judge them",
    "sweep": "examine every input of a unary function",
    "report": "one page from one or several results files",
    "compare": "what differs between two results files",
    "replay": "run a counterexample again: FIXED, FAILED or ERROR",
    "finding": "a counterexample as a report to the library's maintainers",
    "spec": "the laws, or one law with its derivation and source",
    "info": "versions and devices, what is missing and how to add it",
    "power": "which planted bugs the laws catch: the kill matrix",
    "new": "write a commented stub of an implementation",
}

EPILOG = """\
examples:
  conformance run                           what is installed of NumPy, PyTorch and JAX
  conformance run my_kernels.py             which laws your file breaks, and on which input
  conformance run my_kernels.py --baseline conformance.baseline        the gate for CI
  conformance new my_kernels.py --backend torch                        a stub to fill in
  conformance spec softmax                  the laws of softmax

exit status: 0 conforms, 1 does not, 2 interrupted, 3 internal error, 4 usage, 5 nothing examined
`conformance COMMAND --help` has the options and examples of each command.
"""


class Parser(argparse.ArgumentParser):
    """argparse with pytest's exit status for usage, one line, and suggestions."""

    def __init__(self, **words: Any) -> None:
        if words.get("description"):
            words["description"] = textwrap.fill(words["description"], 79)
        layout = argparse.RawDescriptionHelpFormatter
        super().__init__(formatter_class=layout, allow_abbrev=False, **words)

    def error(self, message: str) -> NoReturn:
        """One line and the way to the help."""
        raise UsageError(f"{message}; see `{self.prog} --help`")

    def leftover(self, arguments: Sequence[str]) -> NoReturn:
        """What to say of arguments that no parser takes."""
        first = next((a for a in arguments if a.startswith("-")), arguments[0])
        known = [s for action in self._actions for s in action.option_strings]
        guess = did_you_mean(first.partition("=")[0], known)
        raise UsageError(f"no option {first!r}.{guess} See `{self.prog} --help`")


def parser(chosen: Sequence[str] | None = None) -> tuple[Parser, dict[str, Parser]]:
    """The parser, with the parsers of some commands (default: all)."""
    top = Parser(
        prog="conformance",
        description="Examine softmax, sigmoid, cross-entropy and their relatives against one "
        "written spec, in any array library, with derived bounds.",
        epilog=EPILOG,
    )
    top.add_argument(
        "--version", action="version", version=f"conformance {__version__}, spec {SPEC_VERSION}"
    )
    subparsers = top.add_subparsers(metavar="COMMAND", dest="command", parser_class=Parser)
    return top, {name: _declared(subparsers, name) for name in chosen or COMMANDS}


def _declared(subparsers: Any, name: str) -> Parser:
    """The parser of a command, from what its module says of it."""
    module = importlib.import_module(f"conformance.cli.commands.{name}")
    made: Parser = subparsers.add_parser(
        name, help=COMMANDS[name], description=module.DESCRIPTION, epilog=module.EXAMPLES
    )
    module.add(made)
    made.set_defaults(run=module.run)
    return made


@contextlib.contextmanager
def _stopped_alike() -> Iterator[None]:
    """What `timeout` and job schedulers send stops a run as Ctrl-C does: with what was finished."""
    try:
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status of a command line; a user's mistake is one line on standard error."""
    atexit.register(gc.freeze)  # to look for garbage among PyTorch's objects would take 0.4 s
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        with _stopped_alike():
            return _main(given)
    except KeyboardInterrupt:
        return _say("interrupted", INTERRUPTED)
    except BrokenPipeError:  # `conformance spec | head`
        with contextlib.suppress(OSError):
            sys.stdout = None
        return OK
    except UserError as error:
        return _say(f"{_prefix(given)}: {error}", USAGE)


def _main(given: list[str]) -> int:
    name = next((a for a in given if not a.startswith("-")), None)
    if name is None and not any(a in ("-h", "--help", "--version") for a in given):
        parser()[0].print_help()
        return USAGE if given else OK
    if name is not None and name not in COMMANDS:
        guess = did_you_mean(name, COMMANDS, 0.5) or f" There are {', '.join(COMMANDS)}"
        raise UsageError(f"no command {name!r}.{guess}")
    top, commands = parser(None if name is None else [name])
    args, rest = top.parse_known_args(given)
    if rest:
        commands.get(args.command, top).leftover(rest)
    return int(args.run(args))


def reference() -> str:
    """`docs/cli.md`: every command with its options and examples."""
    top, commands = parser()
    lines = [
        "# The command line",
        "",
        "Made by `python -m conformance.cli.main`; a test holds it.",
        "",
    ]
    lines += ["```", *top.epilog.strip().splitlines(), "```"] if top.epilog else []
    for command in commands.values():
        description = " ".join((command.description or "").split())
        lines += ["", f"## {command.prog}", "", description, "", "| option | |", "|---|---|"]
        lines += [_row(action) for action in command._actions if action.dest != "help"]
        lines += ["", "```", *(command.epilog or "").strip().splitlines(), "```"]
    return "\n".join(lines) + "\n"


def _row(action: argparse.Action) -> str:
    """One row of the table of a command's options."""
    values = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    spelled = ", ".join(f"`{s}{values}`" for s in action.option_strings)
    words = str(action.help or "").replace("%(default)s", str(action.default))
    words = words.replace("%(default)g", f"{action.default}").replace("|", "\\|")
    return f"| {spelled or f'`{action.metavar}`'} | {words} |"


def _prefix(given: Sequence[str]) -> str:
    name = next((a for a in given if a in COMMANDS), "")
    return f"conformance {name}".strip()


def _say(line: str, status: int) -> int:
    print(bearable(line), file=sys.stderr)
    return status


def bearable(text: str) -> str:
    """One printable line of bearable length, whatever a file or a name had in it."""
    said = printable(text)
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}..."


if __name__ == "__main__":
    sys.stdout.write(reference())
