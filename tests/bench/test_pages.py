"""Two builds of a page are the same but for what may differ, and what differs is told with its place."""

import pytest

from bench.pages import RULES, differences, read_site, without

SOURCE = '<div class="cell_input"><pre>1</pre></div>'


def output(kind, text):
    return (
        f'<div class="output {kind} notranslate"><div class="highlight"><pre><span></span>{text}\n</pre></div></div>\n'
    )


def cell(*outputs):
    return f'<div class="cell">{SOURCE}<div class="cell_output docutils">\n{"".join(outputs)}</div></div>'


def site(folder, pages):
    for name, body in pages.items():
        path = folder / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"<html><body><h1>T</h1>{body}</body></html>", "utf-8")
    return read_site(folder)


@pytest.fixture
def compared(tmp_path):
    def compare(one, other):
        return differences(site(tmp_path / "1", {"a/x": one}), site(tmp_path / "2", {"a/x": other}))

    return compare


def test_the_same_is_no_difference(compared):
    page = f"<p>words</p>{cell(output('stream', 'said'))}"
    assert compared(page, page) == []


def test_a_cell_is_named_by_its_place(compared):
    (found,) = compared(cell() + cell(output("text_plain", "1")), cell() + cell(output("text_plain", "2")))
    assert (found.page, found.cell) == ("a/x.html", 2)
    assert "-" in str(found) and "cell 2" in str(found)


def test_what_is_outside_of_cells_counts_too(compared):
    (found,) = compared(f"<p>one</p>{cell()}", f"<p>other</p>{cell()}")
    assert found.cell == 0


def test_a_cell_that_is_missing_is_a_difference(compared):
    assert 2 in [found.cell for found in compared(cell() + cell(), cell())]


def test_a_page_that_is_missing_is_a_difference(tmp_path):
    (found,) = differences(site(tmp_path / "1", {"x": "", "y": ""}), site(tmp_path / "2", {"x": ""}))
    assert found.page == "y.html"


def test_pictures_are_compared_by_what_is_in_them(tmp_path):
    shown = [(b"red", "1.png"), (b"red", "other.png"), (b"blue", "1.png")]
    for number, (content, name) in enumerate(shown):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / name).write_bytes(content)
    red, again, blue = (
        site(tmp_path / str(number), {"x": cell(f'<img src="{name}"/>')}) for number, (_, name) in enumerate(shown)
    )
    assert differences(red, again) == []
    assert [found.cell for found in differences(red, blue)] == [1]


def test_how_streams_are_cut_and_mixed_is_a_matter_of_time(compared):
    mixed = cell(output("stderr", "oh"), output("stream", "one"), output("stderr", "no"), output("stream", "two"))
    assert compared(mixed, cell(output("stream", "one\n\ntwo"), output("stderr", "oh\nno"))) == []
    value = output("text_plain", "3")
    assert compared(cell(output("stream", "one"), value), cell(value, output("stream", "one"))) != []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("&lt;Line2D at 0x7f1234567890&gt;", "&lt;Line2D at 0x7fabcdef0000&gt;"),
        ("/tmp/ipykernel_17/123.py:1: UserWarning", "/tmp/ipykernel_4711/123.py:1: UserWarning"),
        (
            "1.2 ms ± 3 μs per loop (mean ± std. dev. of 7 runs, 1,000 loops each)",
            "911 us ± 4.5 ns per loop (mean ± std. dev. of 7 runs, 100 loops each)",
        ),
        ("12 ns per loop; 10 loops each", "3.5 ns per loop; 1 loop each"),
        ("CPU times: user 1 s, sys: 2 ms, total: 1 s", "CPU times: user 9 ms, sys: 1 ms, total: 10 ms"),
        ("Wall time: 1.5 s", "Wall time: 20 ms"),
    ],
)
def test_what_may_differ(compared, one, other):
    assert compared(cell(output("stream", one)), cell(output("stream", other))) == []


def test_nothing_else_may():
    assert len(RULES) == 4  # each with a case above


@pytest.mark.parametrize(
    ("one", "other"), [("1.2 ms", "1.3 ms"), ("0x12", "0x13"), ("ipykernel_1", "ipykernel_2"), ("1 loop", "2 loop")]
)
def test_what_only_looks_like_it_may_not(compared, one, other):
    assert len(compared(cell(output("stream", one)), cell(output("stream", other)))) == 1


def test_what_differs_by_chance_is_left_out(tmp_path):
    texts = [("1", "same"), ("2", "other"), ("3", "same")]
    stock, ours, again = (
        site(tmp_path / str(number), {"x": "".join(cell(output("stream", text)) for text in both)})
        for number, both in enumerate(texts)
    )
    left = without(differences(stock, ours), differences(stock, again))
    assert [found.cell for found in left] == [2]
