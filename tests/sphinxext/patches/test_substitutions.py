"""MyST-Parser renders substitutions in the sandbox."""

import pytest

from tests.tiny import CONF, TinyBook, chapter, write_book


def build(folder, text):
    write_book(folder, {"first": chapter(f"# T\n\n{text}\n")})
    conf = CONF.replace('"dollarmath"]', '"dollarmath", "substitution"]\nmyst_substitutions = {"name": "the *name*"}')
    (folder / "conf.py").write_text(conf, encoding="utf-8")
    return TinyBook(folder)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ name }}", "the <em>name</em>"),
        ("It is {{ name | upper }}.", "It is THE <em>NAME</em>."),
        ("{{ name.replace('the', 'a') }}", "a <em>name</em>"),
        ("{{ env.docname }}", "book/papers/first"),
    ],
)
def test_text_is_taken_in(tmp_path, text, shown):
    book = build(tmp_path, text)
    assert book.messages == []
    assert shown in book.page("first")


@pytest.mark.parametrize(
    "text",
    [
        "{{ cycler.__init__.__globals__.os.popen('touch FILE').read() }}",
        "{{ env.app.srcdir.joinpath('FILE').write_text('x') }}",
        "{{ env['app'].srcdir.joinpath('FILE').write_text('x') }}",
        "{{ (env | attr('app')).srcdir.joinpath('FILE').write_text('x') }}",
        "{{ env.doc2path.__func__.__globals__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ '{0.app.srcdir}'.format(env) }}",
        "{{ '{0[app]}'.format(env) }}",
        "{{ [env] | map(attribute='app.srcdir') | join }}",
    ],
)
def test_nothing_is_run(tmp_path, text):
    target = tmp_path / "made"
    book = build(tmp_path, text.replace("FILE", str(target)))
    assert not target.exists()
    (message,) = book.messages
    assert message.startswith("book/papers/first.md:19: Substitution error:SecurityError"), message
    assert "a substitution is a text" in message
