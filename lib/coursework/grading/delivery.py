"""What lies in a delivery: every file of a folder or a zip file, of zip files inside too, whatever is wrong with it."""

import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from ..errors import CourseworkError
from .formats import Parts, system_of
from .letters import decoded
from .notebook import LARGEST_FILE
from .submissions import IGNORED

ARCHIVES = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")
DEEPEST = 3  # archives within archives
LARGEST_ARCHIVE = 2_000_000_000  # bytes of one inside another
MOST_INSIDE, LARGEST_INSIDE = 5_000, 1_000_000_000  # files, and bytes, of an archive inside another


def delivered(source: Path) -> Iterator[tuple[Parts, Callable[[], bytes], str]]:
    """Yield (parts of the path, function that reads it, "" or why it cannot be read) of every file of a delivery."""
    if source.is_file():
        with open(source, "rb") as file:
            if not zipfile.is_zipfile(file):
                raise CourseworkError(f"{source}: neither a folder nor a zip file")
        yield from _archive((), source, 1)
        return
    if not source.is_dir():
        raise CourseworkError(f"{source}: not found; give the folder or the zip file that your system delivered")
    for path, folders, names in os.walk(source):
        folders[:] = sorted(f for f in folders if f not in IGNORED and not f.startswith("."))
        for name in sorted(n for n in names if not n.startswith(".")):
            file = Path(path) / name
            parts = file.relative_to(source).parts
            if not S_ISREG(file.lstat().st_mode):
                yield parts, bytes, "not an ordinary file (links are not followed)"
            elif name.lower().endswith(".zip"):
                yield from _archive(parts, file, 1, lambda file=file: _start(file))
            else:
                yield parts, lambda file=file: _start(file), _closed(name)


def _closed(name):
    return "an archive that cannot be opened here: unpack it" if name.lower().endswith(ARCHIVES) else ""


def _start(path):
    with open(path, "rb") as file:
        return file.read(LARGEST_FILE + 1)


def _archive(parts, file, depth, content=bytes):
    try:
        archive = zipfile.ZipFile(file)
    except Exception:  # whatever a damaged one makes the standard library raise
        yield parts or (Path(str(file)).name,), content, "a broken zip file"
        return
    with archive:
        members = sorted(archive.infolist(), key=lambda info: info.filename)
        inside = depth > 1 or len(parts) > 1 or any(map(system_of, parts))  # a student's, not the whole delivery
        if inside and (len(members) > MOST_INSIDE or sum(m.file_size for m in members) > LARGEST_INSIDE):
            yield parts, content, f"more than {MOST_INSIDE:,} files or {LARGEST_INSIDE // 10**9} GB: unpack it"
            return
        for info in members:
            inner = tuple(p for p in _named(info).replace("\\", "/").split("/") if p not in ("", ".", ".."))
            if info.is_dir() or not inner or any(p in IGNORED or p.startswith(".") for p in inner):
                continue
            if info.flag_bits & 1:
                yield (*parts, *inner), bytes, "encrypted"
            elif inner[-1].lower().endswith(".zip") and depth < DEEPEST and info.file_size <= LARGEST_ARCHIVE:
                yield from _inner(parts + inner, archive, info, depth)
            else:
                yield from _member(parts + inner, archive, info)


def _inner(parts, archive, info, depth):
    with tempfile.TemporaryFile() as spool:
        try:
            with archive.open(info) as file:
                _copy(file, spool)
        except Exception:  # whatever its decompressor raises
            yield parts, bytes, "damaged in the zip file"
            return
        spool.seek(0)
        start = spool.read(LARGEST_FILE)
        yield from _archive(parts, spool, depth + 1, lambda: start)


def _copy(file: BinaryIO, spool: BinaryIO) -> None:
    left = LARGEST_ARCHIVE
    while chunk := file.read(min(1 << 20, left + 1)):
        left -= len(chunk)
        if left < 0:
            raise ValueError("more than it says")
        spool.write(chunk)


def _member(parts, archive, info):
    try:
        with archive.open(info) as file:
            data = file.read(LARGEST_FILE + 1)
    except Exception as error:  # a damaged member raises whatever its decompressor does
        yield parts, bytes, f"damaged in the zip file ({type(error).__name__})"
        return
    yield parts, lambda: data, _closed(parts[-1])


def _named(info):
    """Return a member's name: without the flag for UTF-8, an archive says nothing of its letters."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return decoded(info.filename.encode("cp437"))[0]
    except UnicodeError:
        return info.filename
