"""One command moves the book to another repository: every form of the address changes, and nothing else."""

import re
import shutil
from types import SimpleNamespace

import pytest
import rehome
import setup_cell
from environment import ROOT
from sphinx_ext import cover, page

HERE = rehome.parse(setup_cell.repository())
OLD, NEW = "https://github.com/old-owner/old.name", "https://github.com/New-Owner/new_name"
FORMS = """\
{address} {address}.git <{address}>, {address}. {address}/blob/main/a.ipynb [x]({address}#readme) {address}'s
git clone {address} && cd {name}
git clone --depth 1 {address}.git\r
cd {name}/chapters
git@github.com:{pair}.git git+https://github.com/{pair}@main git+ssh://git@github.com/{pair} gh repo clone {pair}
[x](https://colab.research.google.com/github/{pair}/blob/main/a.ipynb) https://nbviewer.org/github/{pair}/tree/main
https://mybinder.org/v2/gh/{pair}/main https://raw.githubusercontent.com/{pair}/main/README.md
https://img.shields.io/github/actions/workflow/status/{pair}/test.yml https://api.github.com/repos/{pair}/issues
https://{site}/chapters/a.html https://{site} {site}/ https://github.com/{owner} https://github.com/{owner}/
"""
OTHERS = """\
https://github.com/old-owner/old.name-2 https://github.com/old-owner/old.names
https://github.com/my-old-owner/old.name
https://github.com/old-owner/other https://old-owner.github.io/other https://my-old-owner.github.io/old.name
cd old.name old-owner/old.name https://example.org/old-owner/old.name the-old.name.pdf
"""


def in_every_form(address):
    owner, name = rehome.parse(address)
    pair, site = f"{owner}/{name}", rehome.site(owner, name)
    return FORMS.format(address=address, owner=owner, name=name, pair=pair, site=site)


def test_every_form_of_the_address_is_rewritten_and_nothing_else(tmp_path):
    (tmp_path / "page.md").write_bytes((in_every_form(OLD) + OTHERS).encode())
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff" + OLD.encode())
    assert rehome.rehome(OLD, NEW, tmp_path) == ["page.md"]
    assert (tmp_path / "page.md").read_bytes().decode() == in_every_form(NEW) + OTHERS
    assert "https://new-owner.github.io/new_name/chapters" in in_every_form(NEW)
    assert (tmp_path / "picture.png").read_bytes() == b"\x89PNG\xff" + OLD.encode()


@pytest.mark.parametrize(
    "owner, name",
    [
        ("Ada-L42", "ConvNet.Book"),
        (HERE[0] + "-2", HERE[1] + "-2"),
        ("a-" + HERE[0], HERE[1] + ".x"),
        ("tests", "data"),
        ("model", "convcost"),
        ("old-owner", "renamed"),
        ("new", "old.name"),
        ("github", "docs"),
        ("v2", "gh"),
        ("chapters", "classic"),
        ("1", "_"),
        ("Ada", "ada.github.io"),
        ("import", "lib"),
        ("x", "README.md"),
    ],
)
@pytest.mark.parametrize("old", [OLD, setup_cell.repository()])
def test_there_and_back_again_restores_every_byte(old, owner, name, tmp_path):
    """Also in the book's own pages, where the new name may be an ordinary word or a folder."""
    new = f"https://github.com/{owner}/{name}"
    pages = "".join(
        (ROOT / file).read_text(encoding="utf-8")
        for file in (
            "README.md",
            "CITATION.cff",
            "pyproject.toml",
            "lib/convcost/models.py",
            "chapters/classic/vgg.ipynb",
        )
    )
    before = in_every_form(old) + rehome.rewritten(pages, HERE, rehome.parse(old))
    once = rehome.rewritten(before, rehome.parse(old), (owner, name))
    assert once.startswith(in_every_form(new))
    assert rehome.rewritten(once, (owner, name), (owner, name)) == once
    assert rehome.rewritten(once, (owner, name), rehome.parse(old)) == before


def test_an_address_in_lower_case_stays_in_lower_case():
    written = rehome.rewritten("ghcr.io/old-owner/old.name:1", ("Old-Owner", "old.name"), ("Bob", "Nets"))
    assert written == "ghcr.io/bob/nets:1"


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A small copy of the book, without git."""
    for name in ("pyproject.toml", ".gitignore", "README.md", "CITATION.cff", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("chapters", ".github"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.setattr(rehome, "ROOT", tmp_path)
    monkeypatch.setattr(setup_cell, "ROOT", tmp_path)
    return tmp_path


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_nothing_of_the_old_address_is_left_and_git_is_not_needed(checkout, capsys):
    owner, name = HERE
    for ignored in ("_build", ".venv", "lib/convcost.egg-info", "chapters/.ipynb_checkpoints", "an-environment"):
        (checkout / ignored).mkdir(parents=True)
        (checkout / ignored / "page.html").write_text(setup_cell.repository())
    (checkout / "an-environment" / "pyvenv.cfg").touch()
    before = contents(checkout)
    assert rehome.main([NEW + ".git/"]) == 0
    after = contents(checkout)
    untouched = {path for path, content in after.items() if path.name == "page.html" and before[path] == content}
    assert len(untouched) == 5
    for path, content in after.items():
        assert path in untouched or owner.encode() not in content.lower(), path
        assert path in untouched or name.encode() not in content.lower(), path
    readme = (checkout / "README.md").read_text(encoding="utf-8")
    assert f"git clone {NEW} && cd new_name\n" in readme and "<https://new-owner.github.io/new_name>" in readme
    assert rehome.main([f"https://github.com/{owner}/{name}"]) == 0
    assert contents(checkout) == before
    assert rehome.main([f"https://github.com/{owner}/{name}"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("==> 0 files changed")


@pytest.mark.parametrize("replaced, cut, code", [(0, OSError("no space left"), 1), (5, KeyboardInterrupt(), 130)])
def test_a_run_that_is_cut_short_loses_nothing_and_can_be_repeated(replaced, cut, code, checkout, monkeypatch):
    whole, replace, left, old = contents(checkout), rehome.os.replace, [replaced], setup_cell.repository()
    assert rehome.main([NEW]) == 0
    wanted = contents(checkout)
    assert rehome.main([old]) == 0

    def cut_short(source, target):
        if not left[0]:
            raise cut
        left[0] -= 1
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(rehome.os, "replace", cut_short)
        assert rehome.main([NEW]) == code
    now = contents(checkout)
    assert now.keys() == whole.keys()
    assert all(content in (whole[path], wanted[path]) for path, content in now.items())
    assert setup_cell.repository() == old
    (checkout / "README.md.rehome").write_text("of a run that was killed")
    assert rehome.main([NEW]) == 0
    assert contents(checkout) == wanted


def test_a_file_keeps_its_mode(checkout):
    (checkout / "run.sh").write_text(f"git clone {setup_cell.repository()}\n")
    (checkout / "run.sh").chmod(0o755)
    before = (checkout / "run.sh").stat().st_mode
    assert rehome.main([NEW]) == 0
    assert NEW in (checkout / "run.sh").read_text()
    assert (checkout / "run.sh").stat().st_mode == before


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/x/y",
        "https://%s/x",
        "https://%s/x/..",
        "https://%s/-x/y",
        "https://%s/x/y/tree/main",
        "https://%s.org/x/y",
        "https://%s/x y/z",
        "https://%s/ä/y",
        "x/y",
        "",
    ],
)
def test_a_bad_address_is_one_line(address, capsys):
    assert rehome.main([address.replace("%s", "github.com")]) == 2
    assert capsys.readouterr().err == "rehome: give the new address, https://github.com/OWNER/NAME\n"


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/%s",
        "https://github.com/%s/",
        "https://github.com/%s.git",
        "git@github.com:%s.git",
        "github.com/%s",
        "ssh://git@github.com/%s.git",
        "http://www.github.com/%s",
    ],
)
def test_any_way_of_writing_an_address_is_understood(address):
    assert rehome.parse(address % "Ada-L42/Con.vNet") == ("Ada-L42", "Con.vNet")


def test_the_books_own_address_is_one():
    """Whatever leads into this repository, installs it or shows its site has the address of pyproject.toml."""
    owner, name = HERE
    pair = r"([\w.-]+/[\w.-]+)"
    leads_here = (
        rf"{pair}/blob/main/(?:chapters|exercises|solutions)/|"
        rf"(?:git\+|repository-code: |git clone )https://github\.com/{pair}"
    )
    found = 0
    for path in [
        ROOT / "README.md",
        ROOT / "CITATION.cff",
        ROOT / "CONTRIBUTING.md",
        ROOT / "intro.md",
        *(p for part in ("chapters", "exercises", "solutions") for p in (ROOT / part).rglob("*")),
    ]:
        if path.suffix in (".md", ".cff", ".ipynb"):
            text = path.read_text(encoding="utf-8")
            pairs = ["".join(groups) for groups in re.findall(leads_here, text)]
            assert set(pairs) <= {f"{owner}/{name}"}, path
            sites = re.findall(r"(?<![\w-])[\w-]+\.github\.io(?:/[\w.-]+)?", text)
            assert set(sites) <= {rehome.site(owner, name)}, path
            found += len(pairs)
    assert found > 100
    assert f"https://{rehome.site(owner, name)}>" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_no_workflow_names_an_owner():
    for path in (ROOT / ".github" / "workflows").iterdir():
        used = set(re.findall(r"uses: ([\w-]+)/", path.read_text(encoding="utf-8")))
        assert used <= {"actions"}
        assert not re.search(r"github\.com/|github\.io", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize(
    "address, site",
    [
        ("https://github.com/New-Owner/Book", "https://new-owner.github.io/Book/"),
        ("https://github.com/New-Owner/new-owner.github.io", "https://new-owner.github.io/"),
    ],
)
def test_the_site_has_its_own_address_and_pages_serves_it_as_it_is(address, site, tmp_path, monkeypatch):
    """GitHub's Jekyll would drop `_static` from a branch that does not say that it is ready."""
    monkeypatch.setattr(setup_cell, "repository", lambda: address)
    monkeypatch.setattr(cover, "draw", lambda *_: None)
    config = SimpleNamespace(html_theme_options={}, html_title="")
    page.set_addresses(None, config)
    assert config.html_baseurl == site
    (tmp_path / "a.html").touch()
    cover.finish(
        SimpleNamespace(
            builder=SimpleNamespace(name="html"), outdir=tmp_path, config=config, env=SimpleNamespace(found_docs={"a"})
        ),
        None,
    )
    assert (tmp_path / ".nojekyll").is_file()
    assert f"<loc>{site}a.html</loc>" in (tmp_path / "sitemap.xml").read_text()
