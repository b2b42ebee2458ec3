"""Files that a command writes on demand, looked at before the work is done for nothing."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pipeline.errors import OutputError


def check_targets(
    targets: Mapping[str, Path | None], truths: Iterable[Path], out: Path, *, overwrite: bool
) -> None:
    """See to it that all can be written, and replace nothing that is read.

    Args:
        targets: by option (--html, --write) the file, if one is asked for.
        truths: files and folders of known answers.
        out: the run's folder.
        overwrite: may files be replaced?

    Raises:
        MissingExtraError: a page needs packages that aren't installed.
        OutputError: a file stands there already, is read, lies in the run, or is asked for twice.
    """
    from pipeline.io.whole import refuse_existing  # noqa: PLC0415 -- slow to import
    from pipeline.report.page import check_extra  # noqa: PLC0415

    asked = {option: path for option, path in targets.items() if path}
    truths = list(truths)
    if "--html" in asked:
        check_extra()
    seen: dict[Path, str] = {}
    for option, path in asked.items():
        real = path.resolve()
        if real in seen:
            raise OutputError(f"{option} {path} is {seen[real]}, too; name another file")
        seen[real] = option
        _keep_out(option, path, truths, out)
        refuse_existing(path, overwrite=overwrite)


def _keep_out(option: str, path: Path, truths: list[Path], out: Path) -> None:
    from pipeline.io.apart import keep_apart  # noqa: PLC0415 -- slow to import
    from pipeline.io.truth_tables import SUFFIXES  # noqa: PLC0415

    real = path.resolve()
    if real.is_relative_to(out.resolve()):
        raise OutputError(f"{option} {path} lies in the run {out}; name another file")
    # Other files beside tables of truth are never read as such.
    read = [it for it in truths if not it.is_dir() or real.suffix.lower() in SUFFIXES]
    try:
        keep_apart(path, read)
    except OutputError as error:
        raise OutputError(
            f"{option} {path} is or lies among what --truth names; name another file"
        ) from error
