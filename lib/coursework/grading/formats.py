"""What learning management systems deliver: a table of how they name files and folders, and what the names tell."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from .letters import decoded
from .roster import Roster

# Each system has a pattern for a file's or a folder's whole name. Groups: name, id and login say whose it is; file is
# what the student called it; late, time and number say which attempt.
SYSTEMS = {
    "Moodle": r"(?P<name>[^_]+)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?",
    "Blackboard": r"(?P<login>.+)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)?",
    "Canvas": r"(?P<name>[^_].*?)_(?:(?P<late>LATE)_)?(?P<id>\d+)_(?P<number>\d+)_(?P<file>.+)",
}
PATTERNS = {system: re.compile(pattern, re.S) for system, pattern in SYSTEMS.items()}
GRADESCOPE = "submission_metadata.yml"  # beside its folders: who handed in what, and when
NBGRADER = "timestamp.txt"  # beside a student's notebooks
CLAIMS = {"name": "name", "sid": "id", "email": "login"}  # what Gradescope says of a submitter
TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T -](\d\d)[:-](\d\d)(?:[:-](\d\d))?(?:\.\d+)? *(Z\b|UTC|[+-]\d\d:?\d\d|[A-Z]\w+/\w+)?"
)
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
ENGLISH = re.compile(rf"(\d\d?) ((?:{'|'.join(MONTHS)})[a-z]*) (\d{{4}}), +(\d\d?):(\d\d) *([AP]M)?", re.I)
Parts = tuple[str, ...]


class Told:
    """What a path tells. system; mark: the name that told it; claims: for `Roster.find`, one for each person whose
    work it is; time, late, number: of the attempt, "" where unknown.
    """

    def __init__(self, system: str, mark: str, claims: list[dict[str, str]], **attempt: str) -> None:
        self.system, self.mark, self.claims = system, mark, claims
        self.time, self.late, self.number = (attempt.get(key, "") for key in ("time", "late", "number"))
        self.file = attempt.get("file", "")


def told(parts: Parts, known: Roster, notes: dict[Parts, dict]) -> Told:
    """Return what a file's path tells. parts: its folders, an archive among them like a folder, and its name; notes:
    what the system's own files say of folders, see `beside`.
    """
    for i, part in enumerate(parts):
        place, name = parts[: i + 1], _without_ending(part) if i < len(parts) - 1 else part
        if place in notes and "claims" in notes[place]:
            return Told("Gradescope", part, **notes[place])
        for system, pattern in PATTERNS.items():
            if match := pattern.fullmatch(name):
                found = {key: value for key, value in match.groupdict().items() if value}
                found["time"] = moment(found.get("time", ""))
                return Told(system, part, [_claim(found, known)], **{k: found[k] for k in found if k not in CLAIMERS})
        if i < len(parts) - 1:
            if known.find(login=name, name=name)[0]:
                note = next((notes[p] for p in (parts[: i + 2], place) if p in notes), None)
                return Told("nbgrader" if note else "folders", part, [{"login": name, "name": name}], **(note or {}))
            if end := _known_end(name, "-", known):
                return Told("GitHub Classroom", part, [{"login": end}])
    stem = _without_ending(parts[0])
    end = _known_end(stem, "_", known) or _known_end(stem, "-", known)  # vgg_ann.ipynb
    return Told("folders", parts[0], [{"login": end or stem, "name": end or stem}])


CLAIMERS = ("id", "login", "name")


def _claim(found, known):
    claim = {kind: found[kind] for kind in CLAIMERS if kind in found}
    if "login" in claim:  # Blackboard: assignment_login
        claim["login"] = _known_end(claim["login"], "_", known) or claim["login"].rpartition("_")[2]
    elif known.find(name=claim["name"])[0] is None:  # Moodle, in groups: group-name
        pieces = claim["name"].split("-")
        ends = ["-".join(pieces[i:]) for i in range(1, len(pieces))]
        claim["name"] = next((end for end in ends if known.find(name=end)[0]), claim["name"])
    return claim


def _known_end(text, separator, known):
    """Return the longest end of a text, behind a separator, that is a login of the roster, or ""."""
    pieces = text.split(separator)
    ends = [separator.join(pieces[i:]) for i in range(1, len(pieces))]
    return next((end for end in ends if known.find(login=end)[0]), "")


def _without_ending(name):
    return re.sub(r"\.(zip|ipynb|html?|py|pdf|txt)$", "", name, flags=re.I)


def moment(text: str) -> str:
    """Return the first date and time in a text as 2026-03-01 23:59:00, in this machine's zone, or ""; also as Moodle
    writes it in English: Sunday, 1 March 2026, 9:14 PM.
    """
    match = TIME.search(text)
    if not match:
        words = ENGLISH.search(text)
        return _spelt(*words.groups()) if words else ""
    try:
        time = datetime(*[int(group or 0) for group in match.groups()[:6]])
        if zone := match[7]:
            time = time.replace(tzinfo=_zone(zone)).astimezone().replace(tzinfo=None)
    except (ValueError, OverflowError, LookupError, OSError):
        return ""
    return time.isoformat(" ")


def _spelt(day, month, year, hour, minute, half):
    number = 1 + MONTHS.index(month[:3].lower())
    hour = int(hour) % 12 + 12 * (half.upper() == "PM") if half else int(hour)
    try:
        return datetime(int(year), number, int(day), hour, int(minute)).isoformat(" ")
    except ValueError:
        return ""


def _zone(text):
    if text in ("Z", "UTC"):
        return UTC
    if "/" in text:
        return ZoneInfo(text)
    shift = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-shift if text[0] == "-" else shift)


def beside(folder: Parts, name: str, data: bytes) -> Iterable[tuple[Parts, dict]]:
    """Yield (place, what is known of all work there) from a file that a system puts beside the work."""
    if name == GRADESCOPE:
        yield from (((*folder, part), facts) for part, facts in gradescope(decoded(data)[0]).items())
    elif name == NBGRADER:
        yield folder, {"time": moment(data[:100].decode("ascii", "replace"))}


def gradescope(text: str) -> dict[str, dict]:
    """Return folder -> {claims, time} of Gradescope's metadata: the few lines of YAML that it writes."""
    found, facts, section = {}, None, ""
    for line in text.splitlines():
        inner = line.strip()
        key, _, value = inner.removeprefix("- ").lstrip(":").partition(":")
        value = value.strip().strip("'\"")
        if line == inner and inner.endswith(":"):
            facts = found.setdefault(inner[:-1].strip("'\""), {"claims": [], "time": ""})
        elif facts is None:
            continue
        elif inner.startswith(":") and len(line) - len(line.lstrip()) == 2:
            section = key
            if key == "created_at":
                facts["time"] = moment(value)
        elif section == "submitters":
            if inner.startswith("- "):
                facts["claims"].append({})
            if key in CLAIMS and value and facts["claims"]:
                facts["claims"][-1][CLAIMS[key]] = value
    return found


def system_of(name: str) -> str:
    """Return the system that calls a folder like this, or ""."""
    found = (system for system, pattern in PATTERNS.items() if pattern.fullmatch(name))
    return "Gradescope" if re.fullmatch(r"submission_\d+", name) else next(found, "")


def mark_of(path: str, system: str) -> str | None:
    """Return the part of a delivered path that is named as a system names things, or None."""
    return next((part for part in path.split("/") if PATTERNS[system].fullmatch(part)), None)
