"""Who is in the class, and whose a submission is: a roster of our own, or the table that a system exports."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from unicodedata import normalize

from ..errors import CourseworkError
from .letters import folded
from .tables import Table, read_table

# What a column means -> its heads in our own rosters and in what Canvas, Moodle, Blackboard, Gradescope and GitHub
# Classroom export.
HEADS = {
    "student": ("student",),
    "login": ("username", "user name", "login", "login id", "sis login id", "netid", "roster_identifier"),
    "email": ("email", "e-mail", "email address", "e-mail address", "mail", "e-mail-adresse"),
    "name": ("name", "full name", "display name", "vollständiger name"),
    "first": ("first name", "firstname", "given name", "vorname"),
    "last": ("last name", "lastname", "surname", "family name", "nachname"),
    "id": ("id", "sis user id", "sis id", "sid", "student id", "id number", "user id", "canvas id", "identifier"),
    "github": ("github", "github_username", "github username", "github name", "github login"),
    "group": ("group", "groups", "team", "group name"),
}
OWN = ("student", "login", "email", "name", "id")  # what a student is called here: the first that the roster has
NEVER = re.compile(r"\s*points possible\b|student, test$", re.I)  # rows of Canvas's gradebook that are no students


class Person:
    """A student of the roster. student: what his folder is called; ids: all numbers that some system knows him by;
    row: the line of the table, by `tables.head`.
    """

    def __init__(self, student: str, told: dict[str, list[str]], row: dict[str, str]) -> None:
        self.student, self.row = student, row
        first, last = "".join(told["first"][:1]), "".join(told["last"][:1])
        self.first, self.last = first, last
        self.name = "".join(told["name"][:1]) or f"{first} {last}".strip()
        self.email, self.group = "".join(told["email"][:1]), "".join(told["group"][:1])
        self.login, self.ids, self.github = "".join(told["login"][:1]), told["id"], told["github"]

    def keys(self) -> dict[str, set[str]]:
        """Return what he may be found by: kind -> keys."""
        logins = [self.student, self.login, self.email, self.email.partition("@")[0], *self.github]
        names = {key for name in (self.name, self.student) for key in name_keys(name)}
        found = {
            "id": {_number(value) for value in self.ids},
            "login": {value.casefold().strip() for value in logins} | {_number(value) for value in self.ids},
            "name": names,
        }
        return {kind: keys - {""} for kind, keys in found.items()}


class Roster:
    """The class. people: student -> `Person`; columns, encoding: of the table."""

    def __init__(self, people: Iterable[Person], columns: Iterable[str] = (), encoding: str = "") -> None:
        self.people = {person.student: person for person in people}
        self.columns, self.encoding = list(columns), encoding
        self._found = {}
        for person in self.people.values():
            for kind, keys in person.keys().items():
                for key in keys:
                    self._found.setdefault((kind, key), []).append(person.student)

    def find(self, **claims: str) -> tuple[str | None, str]:
        """Return (student, how he was found), or (None, why not). claims: `id`, `login`, `name`, as a system gives.

        A number or a login is looked up first; a name decides only where it is one student's, and a name that is
        another student's than the number makes both doubtful.
        """
        if claims.get("login") and (student := tidy(claims["login"])) in self.people:
            return student, "folder"
        found = {}
        for kind in ("id", "login", "name"):
            if claims.get(kind):
                hits = {s for key in claimed(kind, claims[kind]) for s in self._found.get((kind, key), ())}
                if len(hits) > 1 and not found:
                    return None, f"{kind} {claims[kind]!r} fits {' and '.join(sorted(hits)[:3])}"
                if len(hits) == 1:
                    found[kind] = hits.pop()
        if len(set(found.values())) > 1:
            told = ", ".join(f"{kind} says {student}" for kind, student in found.items())
            return None, told
        if found:
            kind, student = next(iter(found.items()))
            return student, kind
        return None, f"not on the roster{self.nearest(claims.get('name') or claims.get('login') or '')}"

    def everybody(self, claim: dict[str, str]) -> list[tuple[str | None, str]]:
        """Return what `find` gives for a claim, once for each member where it names a group."""
        student, how = self.find(**claim)
        if student:
            return [(student, how)]
        called = {_joined(claim[kind]) for kind in ("name", "login") if claim.get(kind)}
        members = [s for s, person in self.people.items() if person.group and _joined(person.group) in called]
        return [(member, "group") for member in members] or [(None, how)]

    def nearest(self, name: str) -> str:
        """Return "; nearest: ..." with the student whose name is most like `name`, or ""."""
        close = get_close_matches(" ".join(folded(name).split()), self._plain, 1, 0.5)
        return f"; nearest: {self._plain[close[0]]}" if close else ""

    @cached_property
    def _plain(self):
        return {" ".join(folded(text).split()): s for s, p in self.people.items() for text in (s, p.name) if text}


def claimed(kind: str, value: str) -> set[str]:
    """Return the keys under which a claim is looked up."""
    if kind == "name":
        return name_keys(value)
    return {_number(value)} if kind == "id" else {value.casefold().strip(), value.casefold().strip().partition("@")[0]}


def name_keys(name: str) -> set[str]:
    """Return a name as it is compared: its words in any turn, run together, accents dropped or spelt out (ü, ue)."""
    spelt = normalize("NFC", name.casefold())
    for letter, pair in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ø", "oe"), ("å", "aa")):
        spelt = spelt.replace(letter, pair)
    keys = set()
    for words in (folded(name).split(), folded(spelt).split()):
        keys.update("".join(words[i:] + words[:i]) for i in range(len(words)))
        keys.add("".join(sorted(words)))
    return keys


def _joined(text):
    return "".join(folded(text).split())


def _number(value):
    """Return an id without Moodle's word before it: "Participant 12345" is 12345."""
    word, _, rest = value.strip().rpartition(" ")
    return (rest if rest.isdecimal() and word.isalpha() else value.strip()).casefold()


def tidy(name: str) -> str:
    """Return a student's name in the one form in which names are compared: composed letters, no outer blanks."""
    return normalize("NFC", name).strip()


def student_name(name: str) -> str:
    """Return `name`, tidied, if it can be a student's: the name of a folder."""
    name = tidy(name)
    if name in ("", ".", "..") or re.search(r"[/\\\0]", name):
        raise CourseworkError(f"{name!r} cannot be the name of a student: it has to be the name of a folder")
    return name


def read_roster(path: str | Path) -> Roster:
    """Return the class in a table: one with a column `student`, or what a system exports (see `HEADS`)."""
    rows = read_table(path)
    people, seen = [], set()
    roles = _roles(rows)
    if not any(roles[kind] for kind in (*OWN, "first")):
        known = ", ".join(repr(c) for c in rows.columns[:6]) or "nothing"
        raise CourseworkError(f"roster {path}: a table with a column `student` is needed; its first line has {known}")
    for row in rows:
        told = {role: [row[h].strip() for h in heads if row[h].strip()] for role, heads in roles.items()}
        if any(NEVER.match(value) for value in (*told["student"], *told["name"])):
            continue
        called = next((told[kind][0] for kind in OWN if told[kind]), " ".join(told["first"] + told["last"]))
        if not called:
            continue
        student = student_name(called)
        if student in seen:
            raise CourseworkError(f"roster {path}: {student!r} stands there twice")
        seen.add(student)
        people.append(Person(student, told, row))
    return Roster(people, rows.columns, rows.encoding)


def _roles(rows: Table) -> dict[str, list[str]]:
    """Return role -> heads of the table's columns that have it."""
    present = list(dict.fromkeys(rows[0])) if rows else []
    roles = {role: [h for h in heads if h in present] for role, heads in HEADS.items()}
    if "section" in present and "id" in present and roles["student"]:  # Canvas's gradebook: a name, "Last, First"
        roles["name"], roles["student"] = roles["student"] + roles["name"], []
    if "identifier" in present and not any(r["identifier"].strip().rpartition(" ")[0] for r in rows):
        roles["student"] = roles["student"] or ["identifier"]  # GitHub Classroom's; Moodle's is "Participant 123"
    return roles
