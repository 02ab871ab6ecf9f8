"""The font of the pages' formulas, cut down to what they can use: ``python -m proofs_check.page.math_font FONT.otf``.

FONT is latinmodern-math.otf, which Debian's fonts-lmodern brings. Needs fonttools with brotli (the extra [site]); a
maintainer runs it once, the pages carry the file that it writes.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

WRITTEN = Path(__file__).with_name("latin-modern-math.woff2")
PRIMES = (0x2032, 0x2033, 0x2034, 0x2057)
USED = (
    *range(0x20, 0x7F),
    *range(0xA0, 0x100),
    *range(0x300, 0x30F),
    *range(0x391, 0x3F7),
    *range(0x2010, 0x2027),
    *PRIMES,
    0x210E,  # the italic h, which has no place among the others
    0x2113,
    *(0x2102, 0x2115, 0x211A, 0x211D, 0x2124),
    *range(0x2190, 0x219A),
    *(0x21A6, 0x21D0, 0x21D2, 0x21D4, 0x27F5, 0x27F6, 0x27F7, 0x27F9, 0x27FA, 0x27FC),
    *range(0x2200, 0x2280),
    *(0x228E, 0x2295, 0x2297, 0x22A4, 0x22A5, 0x22C5, 0x22EE, 0x22EF),
    *(0x2308, 0x2309, 0x230A, 0x230B, 0x27C2, 0x27E8, 0x27E9, 0x2713, 0x25A1),
    *range(0x1D434, 0x1D468),
    *range(0x1D49C, 0x1D4D0),
    *range(0x1D6FC, 0x1D71C),
    0x1D53C,
    0x1D7D9,
)


def cut(font: Path) -> TTFont:
    """Return the font with the characters of USED, whose primes are those made for raised places.

    MathML raises a prime by itself; the plain ones are raised already and would float.
    """
    whole = TTFont(font)
    alternates = {
        name: others[0]
        for lookup in whole["GSUB"].table.LookupList.Lookup
        for table in lookup.SubTable
        for name, others in getattr(getattr(table, "ExtSubTable", table), "alternates", {}).items()
    }
    for table in whole["cmap"].tables:
        for code in PRIMES:
            if code in table.cmap:
                table.cmap[code] = alternates.get(table.cmap[code], table.cmap[code])
    options = subset.Options(
        layout_features=[], hinting=False, desubroutinize=True, flavor="woff2", name_IDs=[0, 1, 13]
    )
    worker = subset.Subsetter(options)
    worker.populate(unicodes=USED)
    worker.subset(whole)
    whole.flavor = "woff2"
    return whole


if __name__ == "__main__":
    cut(Path(sys.argv[1])).save(WRITTEN)
