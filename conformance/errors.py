"""A user's mistakes: each says in one line what is wrong, and the way out. Exit status 4."""

from __future__ import annotations


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
