"""python -m coursework: what instructors do."""

import argparse
import json
import os
import secrets
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from convcost.extras import MissingPackage
from convcost.shell import command as shell_command

from .errors import CourseworkError
from .grading.tables import printable

ROSTER = "a table with a column `student`, or what your system exports"
REPOSITORY = Path(__file__).resolve().parents[2]


@shell_command("coursework")
def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 something needs a look, 2 bad input."""
    try:
        options = parser().parse_args(arguments)
        return options.run(options) or 0
    except (CourseworkError, MissingPackage, OSError) as error:
        if isinstance(error, OSError) and error.filename is None:  # of the output, not of a file: see `command`
            raise
        print(f"coursework: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("coursework: interrupted; what is marked is kept, the same command goes on", file=sys.stderr)
        return 130


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line; each command brings the function that runs it."""
    top = argparse.ArgumentParser(prog="python -m coursework", description="Exercises: assign, collect, grade.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser(
        "collect", help="put what a learning management system delivers into a folder per student"
    )
    one.add_argument("source", metavar="FROM", help="its download: a folder or a zip file")
    one.add_argument("--roster", required=True, metavar="CSV", help=ROSTER)
    one.add_argument("--to", required=True, metavar="SUBMISSIONS")
    one.set_defaults(run=_collect)

    one = commands.add_parser("grade", help="mark a folder of submissions")
    one.add_argument("submissions", metavar="SUBMISSIONS", help="holds SUBMISSIONS/<student>/<notebook>.ipynb")
    one.add_argument("--out", required=True, metavar="RESULTS")
    _class(one)
    one.add_argument(
        "--shard", type=_shard, default=(1, 1), metavar="i/n", help="mark every n-th student, from the i-th"
    )
    one.add_argument("--jobs", type=_positive, help="notebooks at a time (default: one per core)")
    one.add_argument("--seconds", type=_positive, default=20, help="for one notebook (default 20)")
    one.add_argument("--memory", type=_positive, default=2000, metavar="MB", help="for one notebook (default 2000)")
    one.add_argument("--rules", metavar="CSV", help="deadlines, late work, extensions, excuses, set marks")
    one.add_argument("--strangers", action="store_true", help="mark also folders that are not on the roster")
    one.add_argument("--again", action="store_true", help="mark also what has not changed")
    one.add_argument("--unsafe", action="store_true", help="run students' code without a sandbox")
    one.set_defaults(run=_grade)

    one = commands.add_parser("assign", help="write each student's own notebooks")
    one.add_argument("--out", required=True, metavar="FOLDER")
    one.add_argument("--from", dest="source", default=str(REPOSITORY / "exercises"), metavar="EXERCISES")
    _class(one, needed=True)
    one.set_defaults(run=_assign)

    one = commands.add_parser("key", help="write answer keys: numbers, cases and right answers of each student")
    one.add_argument("students", nargs="*", metavar="STUDENT", help="default: the roster")
    one.add_argument("--out", required=True, metavar="FOLDER")
    one.add_argument(
        "--results", metavar="RESULTS", help="where the class was graded (its cases, if no secret was used)"
    )
    _class(one)
    one.set_defaults(run=_key)

    one = commands.add_parser("secret", help="make the file from which variants and cases come")
    one.add_argument("file", metavar="FILE")
    one.set_defaults(run=_secret)

    one = commands.add_parser("export", help="write tables of the written answers, to be marked by hand")
    one.add_argument("submissions", metavar="SUBMISSIONS")
    one.add_argument("--out", required=True, metavar="FOLDER")
    one.set_defaults(run=_export)

    one = commands.add_parser("merge", help="take marked tables into the results")
    one.add_argument("tables", nargs="+", metavar="TABLE.csv")
    one.add_argument("--out", required=True, metavar="RESULTS")
    one.set_defaults(run=_merge)

    one = commands.add_parser("gradescope", help="grade the one submission that Gradescope has started a container for")
    one.add_argument("--at", default="/autograder", metavar="FOLDER", help="Gradescope's folder (default /autograder)")
    _class(one, needed=True)
    one.add_argument("--rules", metavar="CSV", help="as for `grade`")
    one.add_argument("--unsafe", action="store_true", help="as for `grade`, where the container allows no sandbox")
    one.set_defaults(run=_gradescope)

    one = commands.add_parser("exercises", help="list the exercises")
    one.add_argument("--json", action="store_true")
    one.set_defaults(run=_exercises)
    return top


def _class(command, needed=False):
    command.add_argument("--roster", metavar="CSV", required=needed, help=ROSTER)
    command.add_argument(
        "--secret", metavar="FILE", required=needed, help="from `secret`; without it the published variants"
    )
    command.add_argument(
        "--notebooks",
        type=lambda s: [n for n in s.split(",") if n],
        metavar="A,B",
        help="what is due (default: what anybody handed in; for assign and key: all)",
    )


def _positive(value):
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError(f"{value!r}; allowed: a whole number of at least 1")
    return int(value)


def _shard(value):
    try:
        i, n = map(int, value.split("/"))
    except ValueError:
        i = n = 0
    if not 1 <= i <= n:
        raise argparse.ArgumentTypeError(f"{value!r}; allowed: i/n with 1 <= i <= n")
    return i, n


def _wanted(options):
    from .exercise import notebooks, specification

    for name in options.notebooks or ():
        specification(name)
    return options.notebooks or notebooks()


def _secret_of(options):
    from .grading.variants import read_secret

    return read_secret(options.secret) if options.secret else None


def _names(options):
    return list(_known(options).people) if options.roster else None


def _known(options):
    """Return the `Roster`; where its letters had to be guessed, say so."""
    from .grading.roster import read_roster

    known = read_roster(options.roster)
    if known.encoding in ("cp1252", "gb18030", "cp949"):
        print(f"{options.roster}: read as {known.encoding}; if names look wrong, save it as CSV UTF-8", file=sys.stderr)
    return known


def _collect(options):
    from .grading.collect import TABLE, collect, report

    known = _known(options)
    rows = collect(options.source, known, options.to)
    for line in report(rows, known):
        print(printable(line), file=sys.stderr)
    taken = [row for row in rows if row["taken"]]
    who = len({row["student"] for row in taken})
    print(f"{who} of {len(known.people)} students, {len(taken)} notebooks in {options.to}; {TABLE} says what was taken")
    return 1 if any(not row["student"] for row in rows) else 0


def _grade(options):
    from .grading.command import grade_command

    if options.notebooks:
        _wanted(options)
    return grade_command(options, _secret_of(options), _known(options) if options.roster else None)


def _assign(options):
    from .grading.variants import assign

    names, wanted = _names(options), _wanted(options)
    written, kept = assign(options.source, options.out, names, wanted, _secret_of(options))
    for path in kept[:20]:
        print(printable(f"left as it is, for it was changed: {path}"), file=sys.stderr)
    there = f"; {len(kept)} that were changed left as they are" if kept else ""
    print(f"{len(names)} students, {len(wanted)} notebooks each, in {options.out}: {written} written now{there}")


def _key(options):
    from .grading.marking import Marker
    from .grading.results import own_seed
    from .grading.roster import student_name
    from .grading.variants import key_page
    from .grading.writing import file_name, write

    secret, known = _secret_of(options), _known(options) if options.roster else None
    names = [student_name(name) for name in options.students] or list(known.people if known else ())
    if not names:
        raise CourseworkError("whose key? name students, or give --roster")
    for name in names:
        graded = options.results and (Path(options.results) / "results" / f"{file_name(name)}.json").is_file()
        if known and name not in known.people:
            raise CourseworkError(f"{name!r} is not on the roster{known.nearest(name)}")
        if not known and options.results and not graded:
            raise CourseworkError(f"{name!r} was not graded in {options.results}")
    if not secret and not options.results:
        raise CourseworkError("which cases? give the --secret or the --results that the class was graded with")
    marker = Marker(None, secret or own_seed(options.results, make=False), secret)
    wanted = _wanted(options)
    for name in names:
        write(Path(options.out) / f"{file_name(name)}.html", key_page(name, wanted, marker))
    if not known and not options.results:
        print("a misspelt name gets a key too, of nobody's numbers: --roster tells them apart", file=sys.stderr)
    print(f"{len(names)} answer keys in {options.out}")


def _secret(options):
    handle = os.open(options.file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with open(handle, "w") as file:
        file.write(secrets.token_hex(32) + "\n")
    print(f"{options.file}: keep it as long as the course runs, and show it to nobody")


def _export(options):
    from .grading.marked_by_hand import export

    print(f"{export(options.submissions, options.out)} written answers in {options.out}")


def _merge(options):
    from .grading.marked_by_hand import merge
    from .grading.results import one_writer

    with one_writer(options.out):
        merged, empty, strangers = merge(options.tables, options.out)
    if strangers:
        print(printable(f"not among the results: {', '.join(strangers)}"), file=sys.stderr)
    print(f"{merged} marks merged, {empty} still empty; run grade again to write them into the grades")


def _gradescope(options):
    from .grading.gradescope import lay_out, stranger_document
    from .grading.writing import file_name, write

    known, place = _known(options), Path(options.at)
    with tempfile.TemporaryDirectory() as folder:
        students = lay_out(place, known, Path(folder) / "class")
        if not students:
            write(place / "results" / "results.json", json.dumps(stranger_document("Whoever handed this in")))
            return 1
        command = ["grade", f"{folder}/class", "--out", f"{folder}/results", "--secret", options.secret]
        command += ["--roster", options.roster, "--unsafe"][: 3 if options.unsafe else 2]
        command += ["--rules", options.rules] if options.rules else []
        code = main([*command, "--notebooks", ",".join(_wanted(options))])
        made = [Path(folder) / "results" / "results" / f"{file_name(student)}.json" for student in students]
        documents = [json.loads(path.read_text(encoding="utf-8")) for path in made if path.is_file()]
        if documents:  # of a group, each with numbers of their own: those of whoever's numbers were used
            best = max(documents, key=lambda document: document["score"])
            write(place / "results" / "results.json", json.dumps({**best, "extra_data": {}}, indent=1))
        return code


def _exercises(options):
    from .exercise import notebooks
    from .grading.submissions import everything

    table = [
        {"name": e.name, "points": e.maximum, "variants": bool(getattr(e, "make_variant", None))}
        for name in notebooks()
        for e in everything(name)
    ]
    if options.json:
        print(json.dumps(table, indent=1))
        return
    for row in table:
        print(f"{row['name']:45} {row['points']:3} points{', with variants' if row['variants'] else ''}")


if __name__ == "__main__":
    sys.exit(main())
