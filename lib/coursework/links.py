"""Addresses that a check gives: the section of a chapter, the solution. They lead somewhere from Colab too."""

SITE = "https://cost-of-a-convnet.github.io/cost-of-a-convnet/"
REPOSITORY = "https://github.com/cost-of-a-convnet/cost-of-a-convnet"


def chapter(place: str) -> tuple[str, str]:
    """Return (title, address) of a section, `"classic/vgg#what-a-stack-sees"`."""
    file, _, section = place.partition("#")
    title = (section or file.rpartition("/")[2]).replace("-", " ").replace("_", " ")
    return title, f"{SITE}chapters/{file}.html" + (f"#{section}" if section else "")


def solution(notebook: str) -> str:
    """Return the address of a notebook's solution."""
    return f"{REPOSITORY}/blob/main/solutions/{notebook}.ipynb"
