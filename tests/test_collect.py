"""From a system's download to a folder per student: the files are named as each system names them."""

import csv
import io
import json
import zipfile

import pytest
from coursework.__main__ import main
from coursework.errors import CourseworkError
from coursework.grading.formats import gradescope, moment
from coursework.grading.letters import decoded
from coursework.grading.roster import read_roster
from coursework.grading.tables import read_table
from environment import ROOT

UNTOUCHED = (ROOT / "exercises" / "vgg.ipynb").read_text(encoding="utf-8")


def solved(remark=""):
    """Return a vgg notebook with one answer; `remark` makes it another one."""
    source = f"def kernel_params(kernel_size, channels, layers=1):\n    return 1  # {remark}"
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def delivery(folder, files):
    """Write files, path -> text or bytes, below a folder."""
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def zipped(files):
    """Return the bytes of a zip file."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return data.getvalue()


ROSTER = """student,name,id,email,github
al1,Ann Lee,501,ann.lee@uni.edu,annlee
jm2,Jürgen Müller,502,jm@uni.edu,jm-ller
mo3,María José Ortiz,503,mo@uni.edu,mjo
zh4,Zhang Wei,504,zw@uni.edu,zw
"""


@pytest.fixture
def room(tmp_path):
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    return tmp_path


def collected(room, source, code=0):
    """Collect; returns {(student, path as delivered): row}."""
    arguments = ["collect", str(source), "--roster", str(room / "roster.csv"), "--to", str(room / "submissions")]
    assert main(arguments) == code
    with open(room / "submissions" / "collected.csv", newline="", encoding="utf-8-sig") as file:
        return {(row["student"], row["delivered as"]): row for row in csv.DictReader(file)}


def there(room, student, name="vgg.ipynb"):
    path = room / "submissions" / student / name
    return path.read_text(encoding="utf-8") if path.is_file() else None


DELIVERED = {
    "Canvas": {
        "leeann_501_77001_vgg.ipynb": solved(),
        "müllerjürgen_LATE_502_77002_vgg-1.ipynb": solved(),
        "ortizmaríajosé_503_77003_Copy of vgg.ipynb": solved(),
        "wei_zhang_504_77004_hw.zip": zipped({"hw/vgg.ipynb": solved()}),
    },
    "Moodle": {
        "Ann Lee_91_assignsubmission_file_/vgg.ipynb": solved(),
        "Jürgen Müller_92_assignsubmission_file/vgg.ipynb": solved(),
        "Team B-María José Ortiz_93_assignsubmission_file_/work/vgg (1).ipynb": solved(),
        "Zhang Wei_94_assignsubmission_file_vgg.ipynb": solved(),
        "Zhang Wei_94_assignsubmission_onlinetext_onlinetext.html": "<p>see file</p>",
    },
    "Blackboard": {
        "Week 3_al1_attempt_2026-03-01-22-10-05_vgg.ipynb": solved(),
        "Week 3_al1_attempt_2026-03-01-22-10-05.txt": "Name: Ann Lee (al1)\nDate Submitted: ...",
        "Week_3_jm2_attempt_2026-03-01-22-10-05_vgg.ipynb": solved(),
        "Week 3_mo3_attempt_2026-03-01-22-10-05_my_vgg_final.ipynb": solved(),
        "Week 3_zh4_attempt_2026-03-01-22-10-05_vgg.ipynb": solved(),
    },
    "Gradescope": {
        "assignment_1_export/submission_metadata.yml": """---
submission_71:
  :submitters:
  - :name: Ann Lee
    :sid: '501'
    :email: ann.lee@uni.edu
  - :name: Jürgen Müller
    :sid: '502'
    :email: jm@uni.edu
  :created_at: 2026-03-01 22:10:05.123456000 Z
  :score: 0.0
  :history:
  - :id: 70
    :created_at: 2026-03-01 20:00:00.000000000 Z
submission_72:
  :submitters:
  - :name: M. Ortiz
    :sid: '503'
  :created_at: 2026-03-02 22:10:05.123456000 Z
submission_73:
  :submitters:
  - :name: Zhang Wei
    :sid:
    :email: zw@uni.edu
  :created_at: 2026-03-02 22:10:05.123456000 Z
""",
        "assignment_1_export/submission_71/vgg.ipynb": solved(),
        "assignment_1_export/submission_72/vgg.ipynb": solved(),
        "assignment_1_export/submission_73/work/vgg.ipynb": solved(),
    },
    "GitHub Classroom": {
        "week-3-annlee/vgg.ipynb": solved(),
        "week-3-jm-ller/vgg.ipynb": solved(),
        "week-3-mjo/exercises/vgg.ipynb": solved(),
        "week-3-mjo/.git/config": "",
        "week-3-zw/vgg.ipynb": solved(),
    },
    "nbgrader": {
        f"submitted/{student}/week3/{name}": content
        for student in ("al1", "jm2", "mo3", "zh4")
        for name, content in {"vgg.ipynb": solved(), "timestamp.txt": "2026-03-01 22:10:05.1 UTC"}.items()
    },
    "folders": {
        "AL1/vgg.ipynb": solved(),
        "Müller, Jürgen/vgg.ipynb": solved(),
        "Maria Jose Ortiz/week/vgg.ipynb": solved(),
        "zw@uni.edu/vgg.ipynb": solved(),
    },
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("system", DELIVERED)
def test_every_system_delivers_every_student(room, system, packed):
    files = DELIVERED[system]
    if packed:
        source = room / "submissions.zip"
        source.write_bytes(zipped(files))
    else:
        source = delivery(room / "download", files)
    rows = collected(room, source)
    taken = [row for row in rows.values() if row["taken"]]
    assert {row["student"] for row in taken} == {"al1", "jm2", "mo3", "zh4"}
    assert {row["system"] for row in rows.values()} == {system}  # each of the four has delivered
    assert all(there(room, student) == solved() for student in ("al1", "jm2", "mo3", "zh4"))
    if system in ("Blackboard", "Gradescope", "nbgrader"):
        assert all(row["time"].startswith("2026-03-0") for row in taken)
    if system == "Canvas":
        assert [row["student"] for row in taken if row["late"]] == ["jm2"]


def test_the_last_attempt_that_was_worked_on_is_taken(room):
    name = "Week 3_al1_attempt_2026-03-0{}-10-00-00_{}.ipynb".format
    source = delivery(
        room / "download",
        {name(1, "vgg"): solved("first"), name(2, "vgg"): solved("second"), name(3, "Copy of vgg"): UNTOUCHED},
    )
    rows = collected(room, source)
    assert there(room, "al1") == solved("second")
    assert rows["al1", name(2, "vgg")]["taken"] == "yes" and rows["al1", name(2, "vgg")]["remark"] == "attempt 2 of 3"
    assert rows["al1", name(3, "Copy of vgg")]["remark"] == "nothing answered"


def test_two_that_differ_are_both_kept_and_named(room, capsys):
    source = delivery(room / "download", {"al1/a/vgg.ipynb": solved("a"), "al1/b/vgg.ipynb": solved("b")})
    collected(room, source)
    assert [there(room, "al1", f"vgg ({n}).ipynb") for n in (1, 2)] == [solved("a"), solved("b")]
    assert "al1: al1/b/vgg.ipynb: two that differ" in capsys.readouterr().err


def test_strangers_are_named_with_the_nearest_and_nobody_is_guessed(room, capsys):
    source = delivery(
        room / "download",
        {
            "leann_999_1_vgg.ipynb": solved(),  # neither the number nor the name
            "leeann_502_2_vgg.ipynb": solved(),  # the number says Jürgen, the name Ann
            "weizhang_504_3_vgg.ipynb": solved(),
        },
    )
    rows = collected(room, source, code=1)
    assert there(room, "zh4") and not there(room, "al1") and not there(room, "jm2")
    assert rows["", "leann_999_1_vgg.ipynb"]["remark"] == "not on the roster; nearest: al1"
    assert rows["", "leeann_502_2_vgg.ipynb"]["remark"] == "id says jm2, name says al1"
    assert [rows[student, ""]["remark"] for student in ("al1", "jm2", "mo3")] == ["nothing was delivered"] * 3
    said = capsys.readouterr()
    assert "no notebook of 3: al1, jm2, mo3" in said.err and "1 of 4 students, 1 notebooks" in said.out


def test_the_work_of_a_group_is_every_members(room):
    roster = "student,name,group\nal1,Ann Lee,Team 1\njm2,Jürgen Müller,Team 1\nmo3,María Ortiz,Team 2\n"
    (room / "roster.csv").write_text(roster, encoding="utf-8")
    source = delivery(room / "download", {"team1_88_77001_vgg.ipynb": solved("one"), "Team 2/vgg.ipynb": solved("two")})
    collected(room, source)
    assert [there(room, student) for student in ("al1", "jm2", "mo3")] == [solved("one"), solved("one"), solved("two")]


def test_broken_and_foreign_files_are_named_and_cost_nobody_else(room, capsys):
    damaged = bytearray(zipped({"vgg.ipynb": solved() * 50}))
    damaged[60:80] = b"x" * 20
    source = delivery(
        room / "download",
        {
            "leeann_501_1_hw.zip": b"PK\x03\x04 broken",
            "müllerjürgen_502_2_hw.zip": bytes(damaged),
            "ortizmaríajosé_503_3_answers.pdf": b"%PDF",
            "weizhang_504_4_vgg.ipynb": solved(),
        },
    )
    collected(room, source)
    said = capsys.readouterr().err
    assert (
        "al1: leeann_501_1_hw.zip: a broken zip file" in said and "jm2: müllerjürgen_502_2_hw.zip/vgg.ipynb: " in said
    )
    assert there(room, "zh4") and (room / "submissions" / "mo3" / "answers.pdf").is_file()


def test_an_archive_made_to_fill_the_disk_costs_only_its_own(room, capsys):
    bomb = zipped({f"{n}.txt": "" for n in range(6_000)})
    files = {"leeann_501_1_bomb.zip": bomb, "weizhang_504_4_vgg.ipynb": solved()}
    rows = collected(room, delivery(room / "download", {"all.zip": zipped(files)}))
    assert rows["al1", "all.zip/leeann_501_1_bomb.zip"]["remark"].startswith("more than 5,000 files") and there(
        room, "zh4"
    )


def test_names_in_a_zip_file_stay_in_its_folder(room):
    source = room / "bad.zip"
    source.write_bytes(zipped({"al1/../../../vgg.ipynb": solved(), "/al1/vgg.ipynb": solved()}))
    collected(room, source)
    assert there(room, "al1") == solved()
    assert {p.name for p in room.iterdir()} == {"bad.zip", "roster.csv", "submissions"}


def test_collecting_again_takes_what_is_new_and_leaves_what_a_hand_has_mended(room, capsys):
    source = delivery(room / "download", {"al1/vgg.ipynb": solved("first"), "jm2/vgg.ipynb": solved("first")})
    collected(room, source)
    delivery(source, {"al1/vgg.ipynb": solved("second"), "jm2/vgg.ipynb": solved("second")})
    (room / "submissions" / "jm2" / "vgg.ipynb").write_text(solved("mended"))
    rows = collected(room, source)
    assert there(room, "al1") == solved("second") and there(room, "jm2") == solved("mended")
    assert rows["jm2", "jm2/vgg.ipynb"]["taken"] and "changed by another hand" in capsys.readouterr().err
    other = delivery(room / "week4", {"al1/resnet.ipynb": UNTOUCHED})
    rows = collected(room, other)
    assert rows["al1", "al1/vgg.ipynb"]["taken"] and there(room, "al1") == solved("second")


NAMES = {"utf-8": "Jürgen Müller", "utf-8-sig": "Jürgen Müller", "utf-16": "Jürgen Müller", "cp1252": "Jürgen Müller"}
NAMES |= {"gb18030": "王小明", "cp949": "김민수"}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", NAMES)
def test_a_roster_may_come_from_any_spreadsheet(tmp_path, encoding, separator):
    lines = [[" Student ", "Full  Name", "E-Mail"], ["s1 ", NAMES[encoding], "s1@uni.edu"], ["s2", "Bo Li", ""]]
    path = tmp_path / "roster.csv"
    path.write_bytes("\r\n".join(separator.join(line) for line in lines).encode(encoding))
    known = read_roster(path)
    assert list(known.people) == ["s1", "s2"] and known.people["s1"].name == NAMES[encoding]
    assert known.people["s1"].email == "s1@uni.edu"


def test_what_systems_export_is_a_roster(tmp_path):
    path = tmp_path / "export.csv"
    canvas = (
        "Student,ID,SIS User ID,SIS Login ID,Section,vgg (88)\n    Points Possible,,,,,12\n"
        '"Lee, Ann",501,u1,al1,A,\n"Student, Test",9,,x,A,\n'
    )
    path.write_text(canvas)
    known = read_roster(path)
    assert list(known.people) == ["al1"] and known.find(id="501")[0] == known.find(name="leeann")[0] == "al1"
    path.write_text("Identifier,Full name,Email address,Status,Grade\nParticipant 91,Ann Lee,al@uni.edu,Submitted,\n")
    known = read_roster(path)
    assert known.find(id="91", name="Ann Lee") == ("al@uni.edu", "id")
    path.write_text('"Last Name","First Name","Username","Student ID"\n"Lee","Ann","al1","u1"\n', encoding="utf-16")
    known = read_roster(path)
    assert known.people["al1"].name == "Ann Lee"
    path.write_text("First Name,Last Name,SID,Email\nAnn,Lee,501,al@uni.edu\n")
    assert list(read_roster(path).people) == ["al@uni.edu"]
    path.write_text('"identifier","github_username","github_id","name"\n"al1","annlee","1",""\n')
    assert read_roster(path).find(login="annlee")[0] == "al1"


def test_github_classrooms_list_of_grades_tells_the_time(room):
    (room / "roster.csv").write_text(
        '"assignment_name","github_username","roster_identifier","student_repository_name","submission_timestamp"\n'
        '"Week 3","annlee","al1","week-3-annlee","2026-03-01 21:14:00 UTC"\n'
    )
    rows = collected(room, delivery(room / "download", {"week-3-annlee/vgg.ipynb": solved()}))
    (row,) = rows.values()
    assert (row["student"], row["time"]) == ("al1", moment("2026-03-01 21:14:00 UTC")) and there(room, "al1")


def test_a_roster_without_students_says_what_its_first_line_has(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("Nummer;Fach\n1;x\n")
    with pytest.raises(CourseworkError, match=r"column `student` is needed; its first line has 'Nummer', 'Fach'"):
        read_roster(path)
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(CourseworkError, match="an Excel workbook; save it as CSV UTF-8"):
        read_table(path)


def test_times_are_told_in_one_zone():
    assert moment("2026-03-01-22-10-05") == "2026-03-01 22:10:05" and moment("2026-02-30 10:00") == moment("x") == ""
    assert moment("2026-03-01 22:10:05.1 UTC") == moment("2026-03-01T23:10:05+01:00") == moment("2026-03-01 22:10:05 Z")
    assert moment("Sunday, 1 March 2026, 9:14 PM") == moment("1 Mar 2026, 21:14") == "2026-03-01 21:14:00"
    facts = gradescope("---\nsubmission_1:\n  :submitters:\n  - :name: 'A: B'\n  :created_at: 2026-03-01 10:00:00 Z\n")
    assert facts["submission_1"]["claims"] == [{"name": "A: B"}]


def test_letters_that_only_look_like_another_alphabet():
    assert decoded("Müller, Jürgen; Çelik, Ömer".encode("cp1252")) == ("Müller, Jürgen; Çelik, Ömer", "cp1252")
    assert decoded("Strauß".encode("cp1252"))[0] == "Strauß" and decoded("Löïc".encode("cp1252"))[0] == "Löïc"


def test_bad_input_is_one_line(room, capsys):
    (room / "file.txt").write_text("x")
    for source, what in ((room / "none", "not found"), (room / "file.txt", "neither a folder nor a zip file")):
        command = ["collect", str(source), "--roster", str(room / "roster.csv"), "--to", str(room / "to")]
        assert main(command) == 2
        said = capsys.readouterr().err
        assert said.startswith("coursework: ") and what in said and len(said.splitlines()) == 1
