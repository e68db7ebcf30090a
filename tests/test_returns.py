"""From marks back to the students: tables, files for each system, rules, written marks, and nothing lost on the way.

Needs a sandbox (bubblewrap); skipped where there is none.
"""

import csv
import json
import re
import shlex
import subprocess
import sys
import zipfile

import pytest
from coursework.__main__ import main, parser
from coursework.errors import CourseworkError
from coursework.grading.roster import read_roster
from coursework.grading.rules import RULES, read_rules
from environment import ROOT
from test_grading import RIGHT_PARAMS, RIGHT_SIZE, hand_in, notebook, sandboxed

pytestmark = sandboxed

ROSTER = """student,name,id,email,github,group
ann,"Lee, Ann",501,ann@uni.edu,annlee,A
bob,Bob Öz,502,bob@uni.edu,bobo,A
cyd,Cyd Ray,503,cyd@uni.edu,cr,B
"""
BOTH = notebook(RIGHT_PARAMS, RIGHT_SIZE)  # 4 and 3 points


@pytest.fixture
def room(tmp_path):
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    (tmp_path / "in").mkdir()
    return tmp_path


def run(room, *options, code=0):
    roster = ["--roster", str(room / "roster.csv")]
    arguments = ["grade", str(room / "in"), "--out", str(room / "out"), *roster, "--notebooks", "start"]
    assert main([*arguments, *map(str, options)]) == code


def rows_of(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def totals(room):
    return {row["student"]: row for row in rows_of(room / "out" / "totals.csv")}


def rules(room, *lines):
    (room / "rules.csv").write_text("student,notebook,rule,value,reason\n" + "\n".join(lines) + "\n")
    return "--rules", room / "rules.csv"


def test_totals_have_a_row_a_student_and_a_column_a_notebook(room):
    hand_in(room / "in", "ann", BOTH)
    hand_in(room / "in", "bob", notebook(RIGHT_SIZE))
    run(room)
    assert (room / "out" / "totals.csv").read_bytes().startswith(b"\xef\xbb\xbfstudent,name,start,total,")
    found = totals(room)
    assert {name: row["start"] for name, row in found.items()} == {"ann": "7", "bob": "3", "cyd": "0"}
    assert found["bob"]["name"] == "Bob Öz"


def test_a_folder_that_is_not_on_the_roster_stops_the_grader_and_names_the_nearest(room, capsys):
    hand_in(room / "in", "Ann", BOTH)
    run(room, code=1)
    assert "Ann: not on the roster; nearest: ann" in capsys.readouterr().err
    assert not (room / "out").exists()
    run(room, "--strangers")
    assert totals(room)["Ann"]["start"] == "7"


@pytest.mark.parametrize("name", ["leeann_501_77_start.ipynb", "Ann Lee_9_assignsubmission_file_/start.ipynb"])
@pytest.mark.parametrize("known", [True, False])
def test_a_download_that_was_not_collected_gives_no_zeros(room, name, known, capsys):
    path = room / "in" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(BOTH)
    roster = ["--roster", str(room / "roster.csv")] * known
    assert main(["grade", str(room / "in"), "--out", str(room / "out"), "--notebooks", "start", *roster]) == 1
    said = capsys.readouterr()
    assert name.split("/")[0] in said.err and "`collect` finds whose these are" in said.out


def collect(room, files, archive="download.zip"):
    with zipfile.ZipFile(room / archive, "w") as target:
        for name, text in files.items():
            target.writestr(name, text)
    where = ["--roster", str(room / "roster.csv"), "--to", str(room / "in")]
    assert main(["collect", str(room / archive), *where]) == 0


def test_moodle_takes_the_worksheet_and_the_feedback(room):
    collect(
        room, {f"{name}_9{i}_assignsubmission_file_/start.ipynb": BOTH for i, name in ((1, "Ann Lee"), (2, "Bob Öz"))}
    )
    run(room)
    sheet = rows_of(room / "out" / "upload" / "moodle-start.csv")
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(sheet[0])  # without these Moodle takes no worksheet
    assert [(row["Identifier"], row["Grade"]) for row in sheet] == [("Participant 91", "7"), ("Participant 92", "7")]
    with zipfile.ZipFile(room / "out" / "upload" / "feedback-moodle-start.zip") as archive:
        parts = [name.split("/")[0].split("_", 4) for name in archive.namelist()]
        assert [part[1:4] for part in parts] == [["91", "assignsubmission", "file"], ["92", "assignsubmission", "file"]]
        assert b"7 of" in archive.read(archive.namelist()[0])


def test_a_roster_that_moodle_exported_comes_back_filled_in(room, capsys):
    (room / "roster.csv").write_text(
        "Identifier,Full name,Email address,Grade,Maximum Grade,Last modified (submission),Last modified (grade),"
        'Feedback comments\nParticipant 91,Ann Lee,ann@uni.edu,,12,"Sunday, 1 March 2026, 9:14 PM",-,\n'
        "Participant 92,Bob Öz,bob@uni.edu,,12,-,-,\n"
    )
    collect(room, {"Ann Lee_91_assignsubmission_file_start.ipynb": BOTH})
    run(room)
    assert "start: 16 points here, 12 in Moodle; set its maximum grade to 16" in capsys.readouterr().err
    lines = (room / "out" / "upload" / "moodle-start.csv").read_text().splitlines()
    assert lines[1] == 'Participant 91,Ann Lee,ann@uni.edu,7,12,"Sunday, 1 March 2026, 9:14 PM",-,'
    assert lines[2] == "Participant 92,Bob Öz,bob@uni.edu,0,12,-,-,"
    assert [row["time"] for row in rows_of(room / "in" / "collected.csv") if row["taken"]] == ["2026-03-01 21:14:00"]


def test_canvas_takes_the_gradebook_and_the_feedback(room):
    (room / "roster.csv").write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Week 1 (88),start (99)\n    Points Possible,,,,,5,15\n"
        '"Lee, Ann",501,u1,ann,A,4,\n"Öz, Bob",502,u2,bob,A,3,\n"Ray, Cyd",503,u3,cyd,A,,\n'
    )
    collect(room, {"leeann_501_77_start-1.ipynb": BOTH, "özbob_LATE_502_78_start.ipynb": BOTH})
    run(room, *rules(room, "cyd,start,excused,,ill"))
    lines = (room / "out" / "upload" / "canvas.csv").read_text().splitlines()
    assert lines[0] == "Student,ID,SIS User ID,SIS Login ID,Section,Week 1 (88),start (99)"
    assert lines[1:] == ['"Lee, Ann",501,u1,ann,A,4,7', '"Öz, Bob",502,u2,bob,A,3,7', '"Ray, Cyd",503,u3,cyd,A,,EX']
    with zipfile.ZipFile(room / "out" / "upload" / "feedback-canvas-start.zip") as archive:
        assert archive.namelist() == ["leeann_501_77_start-1.html", "özbob_LATE_502_78_start.html"]


def test_canvas_takes_a_table_made_from_a_roster_of_our_own(room):
    collect(room, {"leeann_501_77_start.ipynb": BOTH})
    run(room, *rules(room, ",start,title,Week 3 (4711),"))
    lines = (room / "out" / "upload" / "canvas.csv").read_text().splitlines()
    assert lines[0] == "Student,ID,SIS User ID,SIS Login ID,Section,Week 3 (4711)"
    assert lines[2] == '"Lee, Ann",501,,,,7'


def test_blackboard_and_gradescope_take_theirs(room):
    collect(room, {"Week 1_ann_attempt_2026-03-01-10-00-00_start.ipynb": BOTH})
    run(room)
    sheet = rows_of(room / "out" / "upload" / "blackboard-start.csv")
    assert sheet[0]["Username"] == "ann" and [h for h in sheet[0] if h.startswith("start [Total Pts: ")]
    metadata = (
        "---\nsubmission_7:\n  :submitters:\n  - :name: Bob\n    :sid: '502'\n  :created_at: 2026-03-01 10:00:00 Z\n"
    )
    collect(room, {"x/submission_metadata.yml": metadata, "x/submission_7/start.ipynb": BOTH}, "gradescope.zip")
    run(room)
    sheet = {row["SID"]: row for row in rows_of(room / "out" / "upload" / "gradescope-start.csv")}
    assert sheet["502"]["Total Score"] == "7"


def test_late_work_costs_what_the_rules_say_and_the_student_sees_why(room):
    time = "Week 1_{}_attempt_2026-03-{}_start.ipynb".format
    collect(
        room,
        {
            time("ann", "01-10-05-00"): BOTH,  # 5 minutes, within the grace
            time("bob", "02-10-00-01"): BOTH,  # a second more than a day: 2 days
            time("cyd", "09-10-00-00"): BOTH,  # 8 days: 80 %, capped at 50 %
        },
    )
    table = [",,deadline,2026-03-01 10:00,", ",,late,10%,", ",start,grace,15 min,", ",,cap,50 %,"]
    run(room, *rules(room, *table))
    found = totals(room)
    assert [float(found[s]["start"]) for s in ("ann", "bob", "cyd")] == [7, 7 - 0.2 * 7, 7 - 0.5 * 7]
    page = (room / "out" / "feedback" / "bob" / "start.html").read_text()
    assert "2 days late, 20% of 7 points taken off" in page and "5.6 of" in page
    document = json.loads((room / "out" / "results" / "bob.json").read_text())
    assert document["score"] == 5.6
    run(room, *rules(room, *table, "bob,start,extension,2026-03-03 10:00,ill", "A,start,extension,2026-03-02,"))
    assert totals(room)["bob"]["start"] == "7"
    assert "late" not in (room / "out" / "feedback" / "bob" / "start.html").read_text()


def test_excuses_set_marks_and_groups_are_shown_with_their_reason(room):
    hand_in(room / "in", "ann", BOTH)
    hand_in(room / "in", "bob", notebook(RIGHT_SIZE))
    run(
        room,
        *rules(
            room,
            ",start,group,,",
            "ann,start.output_size,points,2.5,a loop was asked for",
            "cyd,start,excused,,away",
        ),
    )
    found = totals(room)
    assert (found["ann"]["start"], found["bob"]["start"], found["cyd"]["start"]) == ("6.5", "7", "excused")
    assert "a loop was asked for (the grader: 3 of 3)" in (room / "out" / "feedback" / "ann" / "start.html").read_text()
    assert "handed in by ann" in (room / "out" / "feedback" / "bob" / "start.html").read_text()
    run(room, *rules(room, "ann,start,points,5,agreed"))
    assert totals(room)["ann"]["start"] == "5" and "agreed" in totals(room)["ann"]["comments"]


PAGE = (ROOT / "chapters" / "back" / "instructors.md").read_text(encoding="utf-8")


def test_the_instructors_page_has_every_rule_and_its_example_is_read(room):
    section = PAGE.split("## Rules\n")[1].split("\n## ")[0]
    example = section.split("```\n")[1]
    (room / "roster.csv").write_text("student\nann\nbob\ncyd\ndan\n")
    (room / "rules.csv").write_text(example)
    found = read_rules(room / "rules.csv", read_roster(room / "roster.csv"))
    explained = {
        name for line in section.splitlines() if line.startswith("| `") for name in re.findall(r"`(\w+)`", line)
    }
    assert found.names | {"extension"} == set(RULES) == explained


def test_every_command_of_the_instructors_page_exists():
    blocks = re.findall(r"```bash\n(.*?)```", PAGE, re.S)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    found = [shlex.split(line.partition("coursework ")[2]) for line in lines if "-m coursework " in line]
    for arguments in found:
        parser().parse_args([a for a in arguments if a != "..."])
    assert {arguments[0] for arguments in found} >= {"secret", "assign", "collect", "grade", "export", "merge", "key"}


BAD_RULES = {
    "dan,start,excused,,": "'dan' is not on the roster; nearest: ann",
    ",strat,deadline,2026-03-01,": "no notebook 'strat'; there are: ",
    ",start,deadlin,2026-03-01,": f"no rule 'deadlin'; there are: {', '.join(RULES)}",
    ",start,deadline,tomorrow,": "'tomorrow' for 'deadline'; allowed: a date and time like",
    "ann,start.x,points,1,": "no exercise 'start.x'; there are: start.output_size",
    ",start,late,120%,": "'120%' for 'late'; allowed: per cent",
    ",start,points,3,": "points are of one student and one exercise or notebook",
}


@pytest.mark.parametrize("line", BAD_RULES)
def test_a_rule_that_means_nothing_is_refused_with_its_line(room, line):
    _, path = rules(room, line)
    with pytest.raises(CourseworkError) as raised:
        read_rules(path, read_roster(room / "roster.csv"))
    assert "rules.csv, line 2: " in str(raised.value) and BAD_RULES[line] in str(raised.value)


WRITTEN = "**Answer to find_the_error.letter:**\n\n"


def letter(text):
    cell = {"cell_type": "markdown", "metadata": {}, "source": WRITTEN + text}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def test_written_marks_reach_every_page_and_table_and_a_changed_answer_is_flagged(room):
    hand_in(room / "in", "ann", letter("Dear author, ça va?"), "find_the_error.ipynb")
    options = ["--notebooks", "find_the_error", *map(str, rules(room, ",,title,E (1),"))]
    collect(room, {"leeann_501_77_find_the_error.ipynb": letter("Dear author, ça va?")})
    run(room, *options)
    assert totals(room)["ann"]["to mark"] == "find_the_error"
    assert main(["export", str(room / "in"), "--out", str(room / "written")]) == 0
    path = room / "written" / "find_the_error.letter.csv"
    header, (*facts, _, _, _, _, _) = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()[:2]))
    with open(path, "w", newline="", encoding="cp1252") as file:  # as a spreadsheet saves it
        csv.writer(file, delimiter=";").writerows([header, [*facts, "1", "2", "0,5", "1", "well said"]])
    assert main(["merge", str(path), "--out", str(room / "out")]) == 0
    run(room, *options)
    page = (room / "out" / "feedback" / "ann" / "find_the_error.html").read_text()
    assert "find_the_error.letter: 4.5 of" in page and "well said" in page and "by a person" not in page
    document = json.loads((room / "out" / "results" / "ann.json").read_text())
    (test,) = [t for t in document["tests"] if t["name"] == "find_the_error.letter"]
    assert document["score"] == test["score"] == 4.5 and test["output"] == "well said" and document["output"] == ""
    found = totals(room)["ann"]
    assert (found["find_the_error"], found["to mark"], found["comments"]) == (
        "4.5",
        "",
        "find_the_error.letter: well said",
    )
    assert (room / "out" / "upload" / "canvas.csv").read_text().splitlines()[2].endswith(",4.5")
    hand_in(room / "in", "ann", letter("Dear editor"), "find_the_error.ipynb")
    run(room, *options)
    (row,) = [
        r
        for r in rows_of(room / "out" / "grades.csv")
        if (r["student"], r["exercise"]) == ("ann", "find_the_error.letter")
    ]
    assert (row["points"], row["status"]) == ("", "to mark") and "changed since it was marked with 4.5" in row["why"]
    assert (room / "out" / "upload" / "canvas.csv").read_text().splitlines()[2].endswith(",")


BROKEN = [
    '{"extra_data": null}',
    "[]",
    '{"extra_data": {"digest": 1, "rows": [1]}}',
    '{"extra_data": {"digest": "x", "rows": [{}]}}',
    '{"half',
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_file_of_an_earlier_run_costs_nothing_but_marking_again(room, text, capsys):
    hand_in(room / "in", "ann", BOTH)
    run(room)
    (room / "out" / "results" / "ann.json").write_text(text)
    run(room)
    said = capsys.readouterr()
    assert totals(room)["ann"]["start"] == "7" and "3 students, 1 marked now" in said.out
    assert "results of ann: the file was broken" in said.err


def test_rows_of_a_notebook_that_is_no_more_do_not_stop_the_summary(room):
    hand_in(room / "in", "ann", BOTH)
    run(room)
    path = room / "out" / "results" / "ann.json"
    document = json.loads(path.read_text())
    row = {"student": "ann", "exercise": "gone.f", "points": 0, "maximum": 2, "status": "wrong", "why": "x"}
    document["extra_data"]["rows"].append({**row, "misconceptions": ["m"], "value": 3})
    path.write_text(json.dumps(document))
    run(room)
    assert "gone.f" in (room / "out" / "summary.html").read_text() and totals(room)["ann"]["gone"] == "0"


def test_one_grader_at_a_time_writes_into_a_folder(room, capsys):
    hand_in(room / "in", "ann", BOTH)
    run(room)
    hold = "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.flock(f, fcntl.LOCK_EX); print(1, flush=True); input()"
    command = [sys.executable, "-c", hold, str(room / "out" / ".lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        run(room, code=2)
        assert "another grader is at work there" in capsys.readouterr().err
        other.communicate(b"\n")
    run(room)


def test_shards_are_joined_by_one_more_run(room, capsys):
    for name in ("ann", "bob", "cyd"):
        hand_in(room / "in", name, BOTH)
    for i in (1, 2):
        run(room, "--shard", f"{i}/2")
    capsys.readouterr()
    run(room)
    assert "3 students, 0 marked now" in capsys.readouterr().out and len(totals(room)) == 3


def test_assign_leaves_a_students_work_as_it_is(room, capsys):
    assert main(["secret", str(room / "secret.txt")]) == 0
    where = ["--roster", str(room / "roster.csv"), "--secret", str(room / "secret.txt"), "--out", str(room / "own")]
    (room / "roster.csv").write_text("student\nann\n" + "n" * 300 + "\n")
    assert main(["assign", *where, "--notebooks", "start"]) == 0
    path = room / "own" / "ann" / "start.ipynb"
    path.write_text("my work")
    assert main(["assign", *where, "--notebooks", "start,vgg"]) == 0
    said = capsys.readouterr()
    assert path.read_text() == "my work" and "left as it is" in said.err and "2 written now; 1 that were" in said.out


def test_gradescopes_container_grades_personal_numbers(room, capsys):
    """The folder is laid out as https://gradescope-autograders.readthedocs.io says."""
    assert main(["secret", str(room / "secret.txt")]) == 0
    where = ["--roster", str(room / "roster.csv"), "--secret", str(room / "secret.txt"), "--notebooks", "start"]
    assert main(["assign", *where, "--out", str(room / "own")]) == 0
    cells = json.loads((room / "own" / "bob" / "start.ipynb").read_text())["cells"]
    given = next(text for text in ("".join(c["source"]) for c in cells) if text.startswith("my_layer_macs_given"))
    solve = (
        "layer = my_layer_macs_given\nside = (layer['side'] - 1) // layer['stride'] + 1\n"
        "my_layer_macs = 9 * layer['c_in'] // layer['groups'] * layer['c_out'] * side**2"
    )
    at = room / "autograder"
    for folder in ("submission", "results"):
        (at / folder).mkdir(parents=True)
    (at / "submission" / "start.ipynb").write_text(notebook(given, solve, RIGHT_SIZE))
    metadata = {"id": 1, "created_at": "2026-03-01T10:00:00.000000-00:00", "users": [{"email": "bob@uni.edu", "id": 9}]}
    (at / "submission_metadata.json").write_text(json.dumps(metadata))
    for safe in ([], ["--unsafe"]):
        assert main(["gradescope", "--at", str(at), *where, *safe]) == 0
        document = json.loads((at / "results" / "results.json").read_text())
        scores = {test["name"]: test["score"] for test in document["tests"]}
        assert scores["start.my_layer_macs"] == 2 and scores["start.output_size"] == 3 and document["score"] == 5
    metadata["users"] = [{"email": "eve@uni.edu", "id": 9, "name": "Eve"}]
    (at / "submission_metadata.json").write_text(json.dumps(metadata))
    assert main(["gradescope", "--at", str(at), *where]) == 1
    document = json.loads((at / "results" / "results.json").read_text())
    assert document["score"] == 0 and "not on the roster" in document["output"]


def test_a_key_is_for_somebody_of_the_roster(room, capsys):
    assert main(["secret", str(room / "secret.txt")]) == 0
    where = ["--roster", str(room / "roster.csv"), "--secret", str(room / "secret.txt"), "--out", str(room / "keys")]
    assert main(["key", "anm", *where]) == 2
    assert "'anm' is not on the roster; nearest: ann" in capsys.readouterr().err and not (room / "keys").exists()
    assert (ROOT / "solutions").is_dir() and main(["key", "ann", *where, "--notebooks", "start"]) == 0
