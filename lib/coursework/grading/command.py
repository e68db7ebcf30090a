"""The command `grade`: what it reads, in which order, and what it tells."""

import sys
from argparse import Namespace
from collections import Counter
from pathlib import Path

from ..sandbox.walls import Sandbox
from .collect import TABLE, earlier
from .final import Course, written_marks
from .formats import system_of
from .grade import bar, grade, handed_in
from .results import one_writer
from .returns import scales, write_returns
from .roster import Roster
from .rules import read_rules
from .submissions import NOTEBOOK, students
from .summary import copied, summary_page
from .tables import printable
from .writing import file_name, write


def grade_command(options: Namespace, secret: bytes | None, known: Roster | None) -> int:
    """Grade a class as the command line asks, write RESULTS, and say what an instructor should know; returns the exit
    code. options: of the command `grade`; known: the roster.
    """
    rules = read_rules(options.rules, known) if options.rules else None
    homes, strays = students(options.submissions)
    if not options.strangers and (strangers := _strangers(homes, strays, known)):
        for line in strangers[:50]:
            nearest = known.nearest(line.partition(": ")[0]) if known else ""
            print(printable(line + nearest), file=sys.stderr)
        more = f" (and {len(strangers) - 50} more)" if len(strangers) > 50 else ""
        print(
            f"nothing was graded{more}: `collect` finds whose these are; --strangers grades what has a folder as it is"
        )
        return 1
    wanted = options.notebooks or handed_in(homes)
    if wanted and not options.notebooks:
        print(f"due, since somebody handed it in: {', '.join(wanted)}; --notebooks says what is", file=sys.stderr)
    if strays := [name for name in strays if name != TABLE]:
        examples = ", ".join(strays[:5]) + (", ..." if len(strays) > 5 else "")
        print(printable(f"not in a student's folder, and left alone: {examples}"), file=sys.stderr)
    hidden = [options.submissions, options.out, *filter(None, [options.secret, options.roster, options.rules])]
    sandbox = Sandbox(options.seconds, min(4, options.seconds), options.memory, options.unsafe, hidden)
    if options.unsafe:
        print("without a sandbox: students' code may read, write and send what you can", file=sys.stderr)
    out = Path(options.out)
    with one_writer(out, options.shard):
        course = Course(known, rules, written_marks(out), earlier(options.submissions))
        rows, marked = grade(
            options.submissions,
            out,
            sandbox=sandbox,
            secret=secret,
            wanted=wanted,
            course=course,
            shard=options.shard,
            jobs=options.jobs,
            again=options.again,
            say=bar,
        )
        everybody = sorted({row["student"] for row in rows} | set(course.names))
        suffix = "" if options.shard[1] == 1 else "-{}-of-{}".format(*options.shard)
        write(out / f"summary{suffix}.html", summary_page(rows, copied(rows, secret, everybody, course.group)))
        uploads = [] if suffix else write_returns(out, rows, course)
    if "deadline" in course.rules.names and (unknown := [name for name in homes if not course.told_when(name)]):
        print(f"when {len(unknown)} students handed in is not known, so that nothing is taken off", file=sys.stderr)
    statuses = Counter(row["status"] for row in rows)
    print(f"{len(everybody)} students, {marked} marked now:", ", ".join(f"{n} {s}" for s, n in statuses.most_common()))
    for line in scales(rows, course):
        print(printable(line), file=sys.stderr)
    if uploads:
        print(f"to upload, in {out / 'upload'}: {', '.join(uploads)}")
    return 1 if "failed" in statuses else 0


def _strangers(homes, strays, known):
    """Return a line for each folder that is no student's, and for each notebook that lies in no folder."""
    lines = [f"{name}: in no student's folder" for name in strays if NOTEBOOK.search(name) or name.endswith(".zip")]
    if known is None:
        return lines + [f"{name}: named as {system} names it" for name in homes if (system := system_of(name))]
    called = {file_name(name) for name in known.people}
    return lines + [f"{name}: not on the roster" for name in homes if name not in called]
