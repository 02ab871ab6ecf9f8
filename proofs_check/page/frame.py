"""The frame of an HTML page that runs what it holds and nothing else."""

from base64 import b64encode
from hashlib import sha256


def framed(title: str, style: str, body: str, *, script: str = "", images: bool = False) -> str:
    """Return a page of one file, under a policy that lets in its own style and script alone, by their hashes.

    Args:
        title: The title, as text.
        style: The style sheet.
        body: The body's HTML.
        script: The script, run at the end of the body.
        images: Whether images inside of the page are shown.

    Returns:
        The page's HTML.
    """
    rules = [
        "default-src 'none'",
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


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
