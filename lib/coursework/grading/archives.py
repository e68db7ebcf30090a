"""Feedback for all students in one file, in the form that a system takes, or with a folder per student."""

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from .final import Course
from .formats import mark_of
from .writing import file_name


def write_archives(out: Path, students: Iterable[str], names: list[str], course: Course) -> list[str]:
    """Write the archives of feedback into RESULTS/upload; return their names. names: of the notebooks."""
    made, students = [], list(students)
    for name in names:
        for system, place in (("moodle", _moodle_place), ("canvas", _canvas_place)):
            made += _archive(out, f"feedback-{system}-{name}.zip", [name], students, course, place)
    return made + _archive(out, "feedback.zip", names, students, course, _own_place)


def _own_place(course, student, name):
    return f"{file_name(student)}/{name}.html"


def _moodle_place(course, student, name):
    """Return where Moodle looks for a student's feedback: in a folder that is called as the one it delivered."""
    person = course.people.get(student)
    number = course.number(student, name, "Moodle")
    if person and not number and "identifier" in person.row:
        number = person.row["identifier"].rpartition(" ")[2]
    if not person or not number.isdecimal():
        return None
    full = (person.name or student).replace("_", " ").replace("/", " ")
    return f"{full}_{number}_assignsubmission_file_/{name}-feedback.html"


def _canvas_place(course, student, name):
    """Return the file to which Canvas adds feedback: called as the one it delivered, which has its numbers."""
    row = course.handed_in.get((student, name))
    mark = mark_of(row["delivered as"], "Canvas") if row and row["system"] == "Canvas" else None
    return mark and f"{mark.rpartition('.')[0] or mark}.html"


def _archive(out, called, names, students, course, place):
    """Write an archive of feedback, if anybody has a place in it and it has changed; return [its name]."""
    path, members = out / "upload" / called, []
    for student in students:
        for name in names:
            page, where = out / "feedback" / file_name(student) / f"{name}.html", place(course, student, name)
            if where and page.is_file():
                members.append((page, where, page.stat().st_mtime_ns))
    if not members:
        return []
    state = hashlib.sha256(repr(members).encode("utf-8", "backslashreplace")).hexdigest().encode()
    if _comment(path) == state:
        return [called]
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with open(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.comment = state
            for page, where, _ in members:
                archive.write(page, where)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    return [called]


def _comment(path):
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.comment
    except (OSError, zipfile.BadZipFile):
        return None
