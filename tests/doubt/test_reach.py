import ast
from textwrap import dedent

from exegesis.doubt.reach import modules_of, reaching

CHAPTER = ast.parse("def f(): return g()\ndef g(): return 1\ndef h(): return 2\nclass Model: pass").body


def test_a_test_reaches_what_it_mentions_in_whatever_way(tmp_path):
    test = tmp_path / "test_it.py"
    test.write_text(
        dedent("""
        import pytest
        chapter = definitions("it")
        def helper(): return chapter.g()
        @pytest.fixture
        def made(): return chapter.Model()
        def test_f(): assert chapter.f() == 1
        def test_helper(): assert helper() == 1
        def test_fixture(made): pass
        @pytest.mark.parametrize("name", ["h"])
        def test_by_name(name): getattr(chapter, name)
        def test_nothing(): pass
        """)
    )
    assert reaching(test.read_text(), CHAPTER) == {
        "f": ["test_f"],
        "g": ["test_f", "test_helper"],
        "h": ["test_by_name"],
        "Model": ["test_fixture"],
    }


def test_a_chapters_tests_are_those_of_its_name_or_all_that_name_it(tmp_path):
    folder = tmp_path / "tests" / "papers"
    folder.mkdir(parents=True)
    own, common = folder / "test_my_paper.py", tmp_path / "tests" / "test_book.py"
    common.write_text("definitions('book/papers/my-paper.md')\n")
    assert modules_of(tmp_path, "my-paper") == [common]
    own.write_text("")
    assert modules_of(tmp_path, "my-paper") == [own]
    assert modules_of(tmp_path, "other") == []
