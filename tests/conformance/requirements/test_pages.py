import pytest

from conformance.requirements import pages as module
from conformance.requirements.catalogue import catalogue
from conformance.requirements.pages import Product, page, pages
from conformance.requirements.reading import CatalogueError

FIX = "[fix]\n" + "".join(f'{product} = "f"\n' for product in Product)
ENTRY = '["a.b"]\ntested = "t"\narises = "a"\nmatters = "m"\nloses = "l"\n'


def test_every_requirement_has_a_page():
    assert sorted(set(catalogue()) - set(pages())) == []


def test_every_page_has_a_requirement():
    assert sorted(set(pages()) - set(catalogue())) == []


@pytest.mark.parametrize("field", ["tested", "matters", "loses"])
def test_no_two_requirements_are_told_the_same(field):
    texts = [getattr(p, field) for p in pages().values()]
    assert [text for text in set(texts) if texts.count(text) > 1] == []


@pytest.mark.parametrize("name", pages())
def test_page(name):
    words = [*vars(pages()[name]).values()]
    for text in (*words[:-1], *words[-1].values()):
        assert text.endswith((".", "`")), text
        assert text == " ".join(text.split())


@pytest.fixture
def written(tmp_path, monkeypatch):
    def write(text):
        (tmp_path / "a.toml").write_text(text, "utf-8")
        monkeypatch.setattr(module, "_HERE", tmp_path)
        module._read.cache_clear()
        return page("a.b")

    yield write
    module._read.cache_clear()


def test_the_top_of_a_file_is_the_default(written):
    found = written(f'arises = "A"\n{FIX}{ENTRY}fix.nginx = "n"\n'.replace('arises = "a"\n', ""))
    assert (found.arises, found.fix[Product.NGINX], found.fix[Product.STUNNEL]) == ("A", "n", "f")


def test_a_requirement_without_a_page(written):
    assert written(FIX) is None
    assert page("c.d") is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a = ", "a.toml: Invalid"),
        (ENTRY, "pages/a.toml: a.b: nginx is missing"),
        (FIX + ENTRY.replace('"t"', '""'), "a.b: tested is missing"),
        (FIX + ENTRY.replace("loses", "looses"), "a.b: unknown keys looses"),
        (FIX + ENTRY.replace("a.b", "c.d"), "c.d: it belongs in c.toml"),
        (FIX + ENTRY + 'fix.exim = "e"\n', "a.b: unknown keys exim"),
    ],
)
def test_a_malformed_page(written, text, why):
    with pytest.raises(CatalogueError, match=why):
        written(text)
