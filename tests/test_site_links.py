"""Every link, anchor and image of the built site leads somewhere.

And no page loads anything from elsewhere or keeps a cookie.
"""

import re
from functools import cache
from urllib.parse import unquote, urlsplit

import pytest

from tests.built_site import HTML, Page, content_pages, missing, pages
from tools.labels import labels

# One worker reads every page, once.
pytestmark = [pytest.mark.site, pytest.mark.xdist_group("links")]
FOREIGN_STYLE = re.compile(r"(?:@import|url\()\s*['\"]?(?:https?:)?//")
PLAIN_ATTRIBUTE = re.compile(r"document\.cookie|navigator\.sendBeacon")
NAMES = pages()


@pytest.fixture(autouse=True)
def _built():
    if not NAMES:
        missing(f"no built site in {HTML}: run `make site`")


@cache
def page(name):
    return Page(name)


def base():
    """The public address that this build knows, or ""."""
    for name in NAMES:
        address = page(name).meta.get("og:url")
        if address:
            return address.removesuffix(name)
    return ""


def inside(link, name):
    """The file and anchor of a link within the site; None if it leaves."""
    if base() and link.startswith(base()):
        link = "/" + link.removeprefix(base())
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    path = unquote(parts.path)
    if path.startswith("/"):
        target = HTML / path.lstrip("/")
    else:
        target = (HTML / name).parent / path if path else HTML / name
    return target.resolve(), unquote(parts.fragment)


def broken(link, name):
    place = inside(link, name)
    if place is None:
        return ""
    target, anchor = place
    if target.is_dir():
        target = target / "index.html"
    if not target.is_relative_to(HTML.resolve()) or not target.is_file():
        return "no such file"
    if anchor and target.suffix == ".html":
        other = page(target.relative_to(HTML.resolve()).as_posix())
        if anchor not in other.ids:
            return "no such anchor"
    return ""


@pytest.mark.parametrize("name", NAMES)
def test_links_and_sources_exist(name):
    found = page(name)
    faults = {
        link: fault
        for link in [*found.links, *found.loads]
        if (fault := broken(link, name))
    }
    assert faults == {}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_foreign_is_loaded(name):
    found = page(name)
    foreign = [
        source
        for source in found.loads
        if not source.startswith("data:") and inside(source, name) is None
    ]
    assert foreign == []
    text = (HTML / name).read_text(encoding="utf-8")
    assert not FOREIGN_STYLE.search(text)


def test_styles_and_scripts_stay_at_home():
    for path in HTML.glob("_static/**/*"):
        if path.suffix in {".css", ".js"}:
            text = path.read_text(encoding="utf-8")
            assert not FOREIGN_STYLE.search(text), path.name
            assert "document.cookie" not in text, path.name


@pytest.mark.parametrize("name", NAMES)
def test_no_cookie_and_no_report(name):
    assert not PLAIN_ATTRIBUTE.search(page(name).scripts)


@pytest.mark.parametrize("name", NAMES)
def test_ids_are_unique(name):
    ids = page(name).ids
    assert sorted({one for one in ids if ids.count(one) > 1}) == []


@pytest.mark.parametrize("name", sorted({*NAMES} - {"index.html"}))
def test_page_has_a_title(name):
    assert len(page(name).title) > 3


def test_titles_differ():
    titles = [page(name).title for name in NAMES if name != "index.html"]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name.startswith("book/")]
)
def test_page_is_described(name):
    described = page(name).meta.get("description") or ""
    assert 20 <= len(described) <= 200, described


@pytest.mark.parametrize("name", NAMES)
def test_images_have_words(name):
    source = re.compile(r"^(_images/|\.\./_images/|data:)")
    file_name = re.compile(r"\.(png|svg|jpe?g)$|^_images|^\S*$")
    for image in page(name).images:
        if source.match(image.get("src", "")):
            assert not file_name.search(image.get("alt", "")), image
        assert "alt" in image, image


def test_the_parser_sees_faults(tmp_path, monkeypatch):
    """The tests above can fail."""
    (tmp_path / "a.html").write_text(
        '<title>t</title><a href="b.html">x</a><a href="#no">y</a>'
        '<script src="https://elsewhere.example/x.js"></script>'
    )
    monkeypatch.setattr("tests.built_site.HTML", tmp_path)
    monkeypatch.setattr("tests.test_site_links.HTML", tmp_path)
    found = Page("a.html")
    assert found.links == ["b.html", "#no"]
    assert broken("b.html", "a.html") == "no such file"
    assert inside(found.loads[0], "a.html") is None


def test_jupyterlab_counts_as_the_site_does():
    """The labels that tools/labels.py writes have the site's numbers."""
    shown = dict(
        (label, f"({number})")
        for number, label in re.findall(
            r">\(([\d.]+)\) <code>(eq-[\w-]+)</code>",
            (HTML / "equations.html").read_text(encoding="utf-8"),
        )
    )
    known = labels()
    assert len(shown) > 100
    assert {label: known.get(label) for label in shown} == shown
    exercises = dict(
        (label, f"Exercise {number}")
        for name in content_pages()
        for label, number in re.findall(
            r'class="exercise admonition" id="(ex-[\w-]+)">'
            r".*?Exercise ([\d.]+)",
            (HTML / name).read_text(encoding="utf-8"),
            re.S,
        )
    )
    assert len(exercises) > 20
    assert {label: known.get(label) for label in exercises} == exercises
