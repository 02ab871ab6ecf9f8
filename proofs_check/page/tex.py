"""Sentences, TeX in Markdown, as HTML with MathML that breaks into lines after relations as TeX does."""

import re
from collections.abc import Iterator
from functools import cache
from html import escape
from xml.etree import ElementTree

from latex2mathml.converter import convert

from proofs_check.page.prose import prose

RELATIONS = frozenset("=<>≤≥≠≪≫∈≈∼∝→↦⇒⟹⟸⇔⟺⟶∨∧,")
"""After these a line may end, if the formula is longer than SHORT."""
SHORT = 6
FENCES = frozenset("⟨⟩‖|⌊⌋⌈⌉")
OPENING, CLOSING = frozenset("([{⟨⌊⌈"), frozenset(")]}⟩⌋⌉")
THIN = "0.167em"
KEPT = frozenset(
    ["stretchy", "fence", "form", "width", "displaystyle", "scriptlevel", "mathvariant", "accent"]
)
"""The converter's attributes that reach the page: nothing that could carry a style, a link or a script."""
PARTS = {"msubsup": 3, "munderover": 3} | dict.fromkeys(
    ["mfrac", "mroot", "msub", "msup", "munder", "mover"], 2
)
BREAK = "<wbr />"
SPACED = ("mo", "mspace", "mtext")


def sentence(text: str) -> str:
    """Turn a sentence into HTML: its formulas into MathML, its words as ``prose`` does."""
    pieces = re.split(r"\$([^$]+)\$([.,;:!?)]*)", text)
    html = [prose(pieces[0])]
    for tex, mark, words in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        html += [formula(tex, mark), prose(words)]
    return "".join(html)


@cache
def formula(tex: str, mark: str = "") -> str:
    """Turn a TeX formula into MathML; one that the converter does not know wholly is shown as TeX.

    Args:
        tex: the formula, without dollars.
        mark: the punctuation after it, which stays on its line.

    Returns:
        HTML that keeps the TeX as ``data-tex``, so that a search finds it.
    """
    try:
        root = ElementTree.fromstring(re.sub(r' xmlns="[^"]*"', "", convert(_raised(tex))))
    except Exception:  # whatever a converter trips over, the reader gets the source
        return f"<code>{escape(tex)}</code>{mark}"
    if "\\" in "".join(root.itertext()) or not all(map(_is_complete, root.iter())):
        return f"<code>{escape(tex)}</code>{mark}"
    for element in root.iter():
        _mend(element)
    *pieces, last = map(_math, _pieces(list(root[0])))
    end = f'<span class="nobr">{last}{mark}</span>' if mark else last
    return f'<span class="tex" data-tex="{escape(tex)}">{BREAK.join([*pieces, end])}</span>'


def _raised(tex: str) -> str:
    """TeX whose several primes are one exponent, with the power after them, as the converter wants them."""
    primes = re.compile(r"('{2,})(?:\^(\w|\{[^{}]*\}))?")
    prime = r"\prime"
    return primes.sub(lambda m: "^{" + prime * len(m[1]) + " " + (m[2] or "") + "}", tex)


def _is_complete(element: ElementTree.Element) -> bool:
    """Whether it has the parts that MathML asks for: the converter lets some be missing."""
    return len(element) == PARTS.get(element.tag, len(element))


def _mend(element: ElementTree.Element) -> None:
    """Drop the attributes that are not needed, and call what brackets a fence."""
    element.attrib = {name: value for name, value in element.attrib.items() if name in KEPT}
    if element.tag == "mi" and element.text in RELATIONS:
        element.tag = "mo"  # the converter takes some arrows for names, which have no space around them
    if element.text in FENCES:
        element.tag = "mo"
        element.attrib |= {"stretchy": "false", "lspace": "0", "rspace": "0"}
    if element.tag == "mo" and (element.text == "∞" or _is_function(element)):
        element.tag, element.attrib = "mi", {}
    for place in range(len(element) - 1, 0, -1):
        left, right = element[place - 1], element[place]
        touching = left.tag not in SPACED and right.tag not in SPACED
        if element.tag == "mrow" and touching and (_is_function(left) or _is_function(right)):
            element.insert(place, ElementTree.Element("mspace", width=THIN))


def _is_function(element: ElementTree.Element) -> bool:
    """Whether it is a name such as log or max, with or without an index."""
    name = element[0] if element.tag in ("msub", "msup", "munder") else element
    return name.tag in ("mi", "mo") and len(name.text or "") > 1 and str(name.text).isalpha()


def _pieces(elements: list[ElementTree.Element]) -> Iterator[list[ElementTree.Element]]:
    """Cut a long formula after the relations and commas that stand in no bracket."""
    piece: list[ElementTree.Element] = []
    depth = 0
    for place, element in enumerate(elements):
        piece.append(element)
        depth += (element.text in OPENING) - (element.text in CLOSING)
        ends = len(elements) > SHORT and depth <= 0 and element.tag == "mo" and element.text in RELATIONS
        if ends and place + 1 < len(elements):
            element.attrib["form"] = "infix"
            yield piece
            piece = []
    yield piece


def _math(elements: list[ElementTree.Element]) -> str:
    inside = "".join(ElementTree.tostring(e, encoding="unicode") for e in elements)
    return f"<math><mrow>{inside}</mrow></math>"
