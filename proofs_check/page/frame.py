"""The frame of an HTML page that runs what it holds and nothing else."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files


def framed(
    title: str, style: str, body: str, *, script: str = "", images: bool = False, font: bool = False
) -> str:
    """Return a page of one file, under a policy that lets in its own style and script alone, by their hashes.

    Args:
        title: The title, as text.
        style: The style sheet.
        body: The body's HTML.
        script: The script, run at the end of the body.
        images: Whether images inside of the page are shown.
        font: Whether the page brings the font of its formulas.

    Returns:
        The page's HTML.
    """
    style = math_font() + style if font else style
    rules = [
        "default-src 'none'",
        *(["font-src data:"] if font else []),
        *(["img-src data:"] if images else []),
        f"style-src '{_hash(style)}'",
        *([f"script-src '{_hash(script)}'"] if script else []),
        "base-uri 'none'",
        "form-action 'none'",
    ]
    policy = "; ".join(rules)
    end = f"<script>{script}</script>\n" if script else ""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="{policy}" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
{end}</body>
</html>
"""


@cache
def math_font() -> str:
    """The font of formulas as a style sheet; ``math_font.py`` wrote it and says what it is."""
    encoded = b64encode(files("proofs_check.page").joinpath("latin-modern-math.woff2").read_bytes()).decode()
    return (
        "@font-face { font-family: 'Latin Modern Math'; "
        f"src: url(data:font/woff2;base64,{encoded}) format('woff2'); }}\n"
        "math { font-family: 'Latin Modern Math', math; }\n"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
