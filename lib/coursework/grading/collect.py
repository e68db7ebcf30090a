"""From what a learning management system delivers to a folder per student, and a table of what became of each file."""

import hashlib
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ..errors import CourseworkError
from .delivery import delivered
from .formats import GRADESCOPE, NBGRADER, Parts, Told, beside, moment, told
from .notebook import LARGEST_FILE
from .roster import Roster
from .submissions import NOTEBOOK, answered, named, recognised
from .tables import MARK, read_table, table
from .writing import file_name, write, write_bytes

TABLE = "collected.csv"
COLUMNS = (
    "student", "matched by", "system", "id", "delivered as", "notebook", "time", "late", "taken", "remark", "digest"
)  # fmt: skip
TIMES = ("last modified (submission)", "submission_timestamp", "submission time")  # columns of systems' own tables
NOTHING = "nothing was delivered"
MOST = 200_000  # files of one delivery


class Item:
    """A file that was delivered. path: where its content lies until it is put in place; remark: what is wrong."""

    def __init__(self, parts: Parts, told: Told, path: Path, remark: str = "") -> None:
        self.parts, self.told, self.path, self.remark = parts, told, path, remark
        self.notebook, self.answers = "", -1
        self.name = told.file if told.file and told.mark == parts[-1] else parts[-1]  # what the student called it
        if NOTEBOOK.search(self.name):
            self.notebook = named(Path(self.name)) or recognised(path, Path(self.name)) or ""
            self.answers = answered(path, self.notebook) if self.notebook else -1
        self.digest = _digest(path)

    def order(self) -> tuple:
        """Return what sorts the attempts of one notebook, oldest first."""
        number = int(self.told.number) if self.told.number.isdecimal() else 0
        stem = Path(self.name).stem.rpartition("-")[2]  # Canvas: vgg-1.ipynb came after vgg.ipynb
        return self.told.time, number, int(stem) if stem.isdecimal() and len(stem) < 4 else 0


def collect(source: str | Path, known: Roster, to: str | Path) -> list[dict[str, str]]:
    """Put a delivery into TO, a folder per student of the roster; write and return the table of what became of it.

    source: a folder or a zip file; a zip file inside counts as a folder. Of several attempts at one notebook the last
    one that answers something is taken. A file that another hand has put into TO, or changed there, stays as it is.
    """
    to = Path(to)
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".collect-", dir=to) as folder:
        items = _items(Path(source), known, Path(folder))
        rows, mine = [], {}
        for item in items:
            found = [pair for claim in item.told.claims for pair in known.everybody(claim)]
            for student, how in found or [(None, "nobody is named")]:
                row = _row(student, how, item)
                if student and not row["time"]:
                    row["time"] = next(filter(None, (moment(known.people[student].row.get(c, "")) for c in TIMES)), "")
                rows.append(row)
                if student is not None:
                    mine.setdefault((student, item.notebook), []).append((item, row))
        before = {(row["student"], row["notebook"]): row for row in earlier(to)}
        notebooks = {student for student, notebook in mine if notebook}
        for (student, notebook), attempts in mine.items():
            if notebook:
                _put(to / file_name(student), notebook, attempts, before.get((student, notebook)))
            elif student not in notebooks:  # what was handed in instead, for the grader to name
                for item, _ in attempts:
                    place = to / file_name(student) / _harmless(item.name)
                    if not place.exists():
                        write_bytes(place, item.path.read_bytes())
    fresh = {(row["student"], row["notebook"]) for row in rows if row["taken"]}
    rows += [row for row in before.values() if (row["student"], row["notebook"]) not in fresh]
    told_of = {row["student"] for row in rows}
    rows += [
        {**dict.fromkeys(COLUMNS, ""), "student": student, "remark": NOTHING}
        for student in known.people
        if student not in told_of
    ]
    rows.sort(key=lambda row: (row["student"] != "", row["student"], row["notebook"], row["time"]))
    write(to / TABLE, MARK + table(COLUMNS, [[row[c] for c in COLUMNS] for row in rows]))
    return rows


def earlier(folder: str | Path) -> list[dict[str, str]]:
    """Return the rows of the files that were taken, as `collect` wrote them down in this folder; none: no rows."""
    path = Path(folder) / TABLE
    if not path.is_file():
        return []
    rows = read_table(path)
    if any(column not in row for row in rows[:1] for column in COLUMNS):
        raise CourseworkError(f"{path}: not as collect wrote it; remove it and collect again")
    return [row for row in rows if row["taken"]]


def _row(student, how, item):
    whose = item.told.claims[0] if item.told.claims else {}
    return {
        "student": student or "",
        "matched by": how if student else "",
        "system": item.told.system,
        "id": whose.get("id", ""),
        "delivered as": "/".join(item.parts),
        "notebook": item.notebook,
        "time": item.told.time,
        "late": "late" if item.told.late else "",
        "taken": "",
        "remark": "; ".join(filter(None, ["" if student else how, item.remark])),
        "digest": item.digest,
    }


def _put(home, notebook, attempts, before):
    """Put the attempt that was worked on into a student's folder, and say in the rows which."""
    attempts.sort(key=lambda pair: pair[0].order())
    for item, row in attempts:
        if item.answers < 0:
            row["remark"] = row["remark"] or "cannot be read"
        elif not item.answers:
            row["remark"] = row["remark"] or "nothing answered"
    worked = [pair for pair in attempts if pair[0].answers > 0] or [p for p in attempts if not p[0].answers] or attempts
    last = [pair for pair in worked if pair[0].order() == worked[-1][0].order()]
    best = max(item.answers for item, _ in last)
    last = list({item.digest: (item, row) for item, row in reversed(last) if item.answers == best}.values())[::-1]
    target = home / f"{notebook}.ipynb"
    here = _digest(target) if target.exists() else None
    if here not in (None, before and before["digest"], last[0][0].digest) and len(last) == 1:
        last[0][1]["remark"] = f"{target.name} was there already, changed by another hand, and was left as it is"
        return
    if before and before["time"] > last[-1][0].told.time != "":
        last[-1][1]["remark"] = f"an attempt of {before['time']} was collected before, and stays"
        return
    for number, (item, row) in enumerate(last):
        place = target if len(last) == 1 else home / f"{notebook} ({number + 1}).ipynb"
        write_bytes(place, item.path.read_bytes())
        row["taken"] = "yes"
        if len(last) > 1:
            row["remark"] = "two that differ, and nothing tells which is meant"
        elif len(attempts) > 1:
            row["remark"] = f"attempt {[i for i, _ in attempts].index(item) + 1} of {len(attempts)}"


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _harmless(name):
    return "".join(c if c.isprintable() and c not in '/\\:*?"<>|' else "_" for c in name)[:100].lstrip(".") or "file"


def _items(source, known, folder):
    """Return the delivered files, their content put down in `folder` one by one."""
    notes, raw = {}, []
    for number, (parts, content, remark) in enumerate(delivered(source)):
        if number >= MOST:
            raise CourseworkError(f"{source}: more than {MOST:,} files; collect it in parts")
        data = content()
        if parts[-1] in (GRADESCOPE, NBGRADER):
            notes.update(beside(parts[:-1], parts[-1], data))
            continue
        if len(data) > LARGEST_FILE:
            remark = f"more than {LARGEST_FILE // 10**6} MB"
        path = folder / str(number)
        path.write_bytes(data)
        raw.append((parts, path, remark))
    items = []
    for parts, path, remark in raw:
        facts = told(parts, known, notes)
        if facts.system == "Blackboard" and not facts.file and parts[-1].lower().endswith(".txt"):
            continue  # its own note on an attempt
        items.append(Item(parts, facts, path, remark))
    return items


def report(rows: Iterable[dict[str, str]], known: Roster) -> list[str]:
    """Return what an instructor should know about a collected delivery, in lines."""
    rows = list(rows)
    lines = []
    for row in rows:
        if not row["student"]:
            lines.append(f"not matched: {row['delivered as']}: {row['remark']}")
        elif row["remark"] and not row["remark"].startswith(("attempt", "nothing")):
            lines.append(f"{row['student']}: {row['delivered as']}: {row['remark']}")
    here = {row["student"] for row in rows if row["taken"]}
    empty = [student for student in known.people if student not in here]
    if empty:
        lines.append(f"no notebook of {len(empty)}: {', '.join(empty[:20])}{', ...' if len(empty) > 20 else ''}")
    return lines
