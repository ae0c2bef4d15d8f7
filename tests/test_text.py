"""Whatever stands in a file, what can't be read of it is told with its line, and in no other way."""

import contextlib

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exegesis.text import UnreadableError, compose_yaml, load_yaml, printable, read_text


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("a: b\nb: c: d", 11, "mapping values are not allowed in this context"),
        ("a:\n\tb: 1", 11, "the line is indented with a tab; YAML wants spaces"),
        ("b: 1\na:\tb", 11, "a tab stands where YAML wants a space; write a space for it"),
        ("a:\n- b\n-\tc", 12, "a tab stands where YAML wants a space; write a space for it"),
        ("a: [b\t]", 10, "a tab stands where YAML wants a space; write a space for it"),
        ("a: 1\nb: 2026-13-45", 11, "a value is impossible: month must be in 1..12; quote it"),
        ("a: &a [*a]\nb: 2026-13-45", 11, "a value is impossible: month must be in 1..12; quote it"),
        ("a: 1\nb: !!int x", 11, "a value is impossible"),
        ("a: 1\nb: !!timestamp x", 11, "a value is impossible"),
        ("a: 1\nb: !!python/name:os.system", 11, "could not determine a constructor"),
        ("a: 1\nb: \x07", 11, "there is a character that no text has, 7; take it out"),
        ("a: 'b", 10, "found unexpected end of stream"),
        ("a: *b", 10, "found undefined alias"),
        ("? [a]\n: b", 10, "found unhashable key"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text, line, told):
    with pytest.raises(UnreadableError) as error:
        load_yaml(text, first=10)
    assert error.value.line == line
    assert str(error.value).startswith(told)


def test_a_build_reads_as_strictly(monkeypatch):
    monkeypatch.setattr(yaml, "SafeLoader", yaml.CSafeLoader)  # as a process that builds does, for the sake of speed
    with pytest.raises(UnreadableError, match="a tab stands where YAML wants a space"):
        load_yaml("a: [b\t]")


def test_what_is_printed_is_nothing_that_a_terminal_acts_on():
    assert printable("a\tb\n\x1b[2J\x9b\rü") == "a\tb\n\ufffd[2J\ufffd\ufffdü"


@pytest.mark.parametrize("text", ["a: 1\na: 2", "- b: 1\n- {a: 1,\n   a: 2}", "x: &x {a: 1}\ny: {<<: *x, c: 1, c: 2}"])
def test_a_key_that_stands_twice_is_told(text):
    with pytest.raises(UnreadableError, match="stands twice; keep one of the two"):
        compose_yaml(text)


def test_a_mapping_may_be_in_itself():
    assert compose_yaml("&a {b: *a}") is not None


@settings(deadline=None)  # the machine may be busy
@given(st.binary(max_size=60))
@example(b"\xff\xfea\0")
@example(b"\xef\xbb\xbf\xef")
@example(b"\n\n\xe2\x82")
@example(b"\xef")
def test_any_bytes_are_text_or_are_told(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(data)
    try:
        text = read_text(path)
    except UnreadableError as error:
        with pytest.raises(UnicodeDecodeError):
            data.decode("utf-8")
        assert 1 <= error.line <= data.count(b"\n") + 1
    else:
        assert text == data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


_PARTS = st.sampled_from(
    [*"a\n\t[]{}'\"|>!#?%@é=", "b: ", ": ", "  ", "- ", ", ", "&x ", "*x", "<<: ", "!!int ", "!!set ", "!!binary ",
     "---\n", "...", "2026-02-30", "\x00", "\u2028", "1e999", ".nan", "0x", "null"]
)  # fmt: skip


@settings(deadline=None)  # the machine may be busy
@given(st.one_of(st.lists(_PARTS, max_size=25).map("".join), st.text(max_size=40)))
@example("[" * 500)
@example("&a [*a, *a]")
@example("!!set {a, [b]}")
@example("!!int ")
def test_any_text_is_yaml_or_is_told(text):
    for read in (load_yaml, compose_yaml):
        with contextlib.suppress(UnreadableError):
            read(text, 5)


def test_a_file_that_cannot_be_opened_is_told(tmp_path):
    with pytest.raises(UnreadableError, match="the file can't be read: Is a directory"):
        read_text(tmp_path)
