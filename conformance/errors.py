"""A user's mistakes: each says in one printable line what is wrong and how to fix it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """What the user can mend; the command prints it in one line, without a traceback."""


class UsageError(UserError):
    """An option, a value or a combination of them that is not allowed."""


class LoadError(UserError, ValueError):
    """A file that is no implementation: not found, not importable, or not of the right form."""


class ResultsError(UserError):
    """A results file that cannot be read or written."""


class BaselineError(UserError):
    """A baseline that cannot be read, written or applied."""


class CompareError(UserError):
    """Two results files that cannot be compared."""


def printable(text: str) -> str:
    """Text from a file without what would steer a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def one_line(value: object) -> str:
    """One printable line of a text that may quote a file."""
    return printable(" ".join(str(value).split())[:300])


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known name most like a misspelt one, in any case; empty if none is like it."""
    folded = {n.lower(): n for n in known}
    found = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=cutoff)
    return folded[found[0]] if found else ""


def did_you_mean(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """What follows "no such name": a guess in words, or nothing."""
    close = nearest(name, known, cutoff)
    return f" Did you mean {close!r}?" if close else ""


#: Names that are listed where none is like the one that was given.
_FEW = 24


def unknown(kind: str, name: str, known: Iterable[str], more: str = "") -> str:
    """What is said of a name that is not known: the nearest one, or all if they are few.

    `more` is a sentence that follows.
    """
    names = list(known)
    guess = nearest(name, names)
    if guess:
        said = f"no {kind} {name!r}. Did you mean {guess!r}?"
    else:
        there = f"; there are {', '.join(names)}" if len(names) <= _FEW else ""
        said = f"no {kind} {name!r}{there}{'.' * bool(more)}"
    return f"{said} {more}".rstrip()
