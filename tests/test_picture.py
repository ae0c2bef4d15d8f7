"""A picture has what it needs to be drawn, and nothing that could run, load or name anything."""

import xml.etree.ElementTree as ET

import pytest

from exegesis.picture import CLASSES, ELEMENTS, NAMESPACE, PictureError, read_picture
from exegesis.sphinxext.reading.pictures import style


def svg(inside, begin=f'<svg xmlns="{NAMESPACE}" viewBox="0 0 340 200">'):
    return f"{begin}\n{inside}\n</svg>\n"


ALL = svg("""\
<!-- a comment -->
<g class="accent" transform="translate(10 10)">
  <rect class="box" x="1" y="2" width="30" height="20" rx="3"/>
  <path class="arrow" d="M0 0 L10 10"/>
  <text x="5" y="6" class="math">x <tspan class="strong">&lt; y</tspan> z</text>
</g>
<line class="arrow dashed" x1="0" y1="0" x2="9" y2="9"/>
<circle class="soft" cx="1" cy="1" r="1"/><ellipse class="fill" cx="1" cy="1" rx="1" ry="2"/>
<polyline class="line" points="0,0 1,1"/><polygon class="fill" points="0,0 1,1 1,0"/>
""")


@pytest.mark.parametrize(
    ("inside", "line", "words"),
    [
        ("<script>alert(1)</script>", 2, "<script>"),
        ("\n<foreignObject/>", 3, "<foreignObject>"),
        ("<image/>", 2, "<image>"),
        ("<style>*{}</style>", 2, "<style>"),
        ("<svg/>", 2, "<svg>"),
        ("<use href='#a'/>", 2, "<use>"),
        ("<a href='https://example.org'><text>x</text></a>", 2, "<a>"),
        ('<rect class="box" onclick="x"/>', 2, "'onclick' in <rect>"),
        ('<rect class="box" style="fill: red"/>', 2, "'style' in <rect>"),
        ('<rect class="box" fill="red"/>', 2, "colours and widths are classes"),
        ('<rect class="box" id="a"/>', 2, "'id' in <rect>"),
        ('<path class="line" d="url(#a)"/>', 2, "'url(#a)' for d"),
        ('<rect class="bocks"/>', 2, "the class 'bocks'"),
        ("<rect/>", 2, "does not say how it is drawn"),
        ('<rect class="accent"/>', 2, "does not say how it is drawn"),
        ("loose words", 3, "'loose words' outside of <text>"),
        ('<?xml-stylesheet href="a.css"?>', 2, "an instruction"),
        ("<g>", 3, "it is no SVG: mismatched tag"),
        ('<x:script xmlns:x="http://www.w3.org/2000/svg"/>', 2, "<x:script>"),
    ],
)
def test_what_a_page_may_not_have_is_told_with_its_line(inside, line, words):
    with pytest.raises(PictureError) as told:
        read_picture(svg(inside))
    assert words in str(told.value)
    assert told.value.line == line
    assert told.value.mend


@pytest.mark.parametrize(
    ("begin", "words"),
    [
        ('<!DOCTYPE svg [<!ENTITY a "b">]><svg viewBox="0 0 1 1">', "a DOCTYPE"),
        ('<svg viewBox="0 0 341 10">', "its viewBox is '0 0 341 10'"),
        ("<svg>", "its viewBox is ''"),
        ('<svg viewBox="0 0 10 10" width="10">', "'width' in <svg>"),
        ('<svg viewBox="0 0 10 10" xmlns="http://example.org">', "another namespace"),
    ],
)
def test_its_first_element_is_that_of_a_picture(begin, words):
    with pytest.raises(PictureError) as told:
        read_picture(svg("", begin))
    assert words in str(told.value)


def test_an_empty_file_is_no_picture():
    with pytest.raises(PictureError, match="no SVG"):
        read_picture("")


def test_in_a_page_it_is_one_image_with_words():
    inline = read_picture(ALL).svg("fig-a", 'A "box" & more')
    root = ET.fromstring(inline)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == 'A "box" & more'
    assert "comment" not in inline
    assert "".join(root.itertext()).split() == ["x", "<", "y", "z"]
    assert "x <tspan" in inline  # the spaces between words stay


def test_arrows_have_heads_of_their_colour_and_names_of_their_own():
    inline = read_picture(ALL).svg("fig-a", "Words")
    root = ET.fromstring(inline)
    heads = {each.attrib["id"]: each.attrib.get("class") for each in root.findall(f"{{{NAMESPACE}}}marker")}
    assert heads == {"fig-a-accent": "accent", "fig-a-arrow": None}
    assert [each.attrib["marker-end"] for each in root.iter() if "marker-end" in each.attrib] == [
        "url(#fig-a-accent)",
        "url(#fig-a-arrow)",
    ]


def test_by_itself_it_has_its_style_and_its_size():
    root = ET.fromstring(read_picture(ALL).svg("picture", style=style()))
    assert root.tag == f"{{{NAMESPACE}}}svg"
    assert (root.attrib["width"], root.attrib["height"]) == ("425", "250")
    assert "currentcolor" in root.findtext(f"{{{NAMESPACE}}}style")


def test_every_class_is_in_the_style_sheet():
    assert [
        name
        for name in CLASSES
        if f".{name} " not in style() and f".{name}," not in style() and f".{name})" not in style()
    ] == []


def test_nothing_of_the_list_can_name_or_load_anything():
    """What SVG has for that, in whatever element: a list that grows by one of these fails here."""
    refused = {"href", "xlink:href", "style", "id", "src", "begin", "from", "filter", "mask", "clip-path"}
    allowed = set().union(*ELEMENTS.values())
    assert not allowed & refused
    assert not [name for name in allowed if name.startswith("on") or ":" in name]
    assert not {"script", "style", "use", "image", "foreignObject", "a", "animate", "set", "iframe"} & ELEMENTS.keys()
