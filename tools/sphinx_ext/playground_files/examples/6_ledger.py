# How often are the sources right?
from collections import Counter

from textbook import ledger

report = ledger.report()
for verdict, number in Counter(entry["verdict"] for entry in report).most_common():
    print(f"{number:5} {verdict}")

print("\nWhat is wrong about VGG:")
for entry in report:
    if entry["verdict"] in ("differs", "false") and "vgg" in entry["id"]:
        print(f"- {entry['id']} prints {entry['printed']}: {entry['reason']}")
