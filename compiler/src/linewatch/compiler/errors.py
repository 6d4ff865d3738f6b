"""Errors of the compiler, as a tree whose roots say what the caller can do."""


class CompilerError(Exception):
    """Root of every error the compiler raises on purpose; its text says what to do."""

    exit_code = 1


class WrongUse(CompilerError):
    """The caller can mend it: settings, pictures or paths."""

    exit_code = 2


class Refused(CompilerError):
    """The result was made and measured, and is not good enough to be a bundle."""

    exit_code = 3
