"""Errors of the compiler, as a tree whose roots say what the caller can do."""


class CompilerError(Exception):
    """Root of every error the compiler raises on purpose; its text says what to do."""

    exit_code = 1


class WrongUse(CompilerError):
    """The caller can mend it: settings, pictures or paths."""

    exit_code = 2


class UnknownTarget(WrongUse):
    """No such target."""


class PictureError(WrongUse):
    """The pictures cannot be compiled from: too few, broken shapes, or all the same."""


class TeacherError(WrongUse):
    """The teacher learned nothing that a student could learn from it."""


class Refused(CompilerError):
    """The result was made and measured, and is not good enough to be a bundle."""

    exit_code = 3


class AccuracyFell(Refused):
    """The student is further below its teacher than was asked."""


class TooSlow(Refused):
    """No student, or not the one that was made, keeps the time that was asked."""


class TooLarge(Refused):
    """No student, or not the one that was asked for, fits into the memory that its target has."""


class GoldenFailed(Refused):
    """Two ways to run one graph gave the golden pictures different scores."""


class GraphUnsupported(Refused):
    """A graph holds what the runtime of its target cannot run; the text names the node."""


class Unproven(Refused):
    """Too few normal pictures prove the false-alarm rate that was asked."""


class ScoresUnusable(Refused):
    """The student's scores of normal pictures set no threshold: all the same, or not finite."""
