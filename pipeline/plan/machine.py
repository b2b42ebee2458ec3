"""What this machine has: memory, and room on a disk."""

import contextlib
import os
import shutil
from pathlib import Path

_LIMIT = Path("/sys/fs/cgroup/memory.max")


def memory_installed() -> int:
    """Bytes of memory that a process can have, by the machine and by its container."""
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):  # no container, or one without a limit
        return min(installed, int(_LIMIT.read_text()))
    return installed


def disk_free(folder: Path) -> int:
    """Bytes free where a folder is, or would be made."""
    place = Path(os.path.realpath(folder))
    while not place.is_dir() and place != place.parent:
        place = place.parent
    return shutil.disk_usage(place).free
