"""Everything that can go wrong, as one tree; only the command line prints or exits."""


class StemmaError(Exception):
    """Something the user can mend: the message names the place and the mend."""


class InputError(StemmaError):
    """An input is missing, empty, unreadable or of an unknown kind."""


class ConfigError(StemmaError):
    """A config file, preset or `--set` value can't be used."""


class OutputError(StemmaError):
    """The output folder exists, can't be written, or isn't one of stemma's."""


class MemoryLimitError(StemmaError, MemoryError):
    """A run holds more memory than `run.memory_limit` allows."""


class MissingExtraError(StemmaError):
    """An input needs a package from one of stemma's optional extras."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs the extra '{extra}': pip install '.[{extra}]'")


def unwrapped(error: BaseException) -> BaseException:
    """What a signal raised: inside a kernel that comes out wrapped in a SystemError."""
    cause = error.__cause__ or error.__context__
    signalled = isinstance(cause, KeyboardInterrupt | SystemExit)
    return cause if signalled and cause and isinstance(error, SystemError) else error


class TableError(Exception):
    """A stage made a table that breaks its declaration: a bug in stemma, not in the input."""
