"""Files written whole or not at all."""

import hashlib
import os
import tempfile
from pathlib import Path


def file_name(student: str) -> str:
    """Return what a student's files are called: the name, cut where file systems would refuse it."""
    data = os.fsencode(student)
    return student if len(data) <= 200 else f"{student[:50]}-{hashlib.sha256(data).hexdigest()[:12]}"


def write(path: Path, text: str) -> None:
    """Write a text whole or not at all; names and texts that are not Unicode are written with escapes."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; an error names it."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        with open(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException as error:
        if temporary is not None:
            os.unlink(temporary)
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(path)) from None
        raise
