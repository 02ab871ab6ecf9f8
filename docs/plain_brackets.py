"""Keeps scalar products of docstrings, ``<W, u>``, from being taken for HTML in the site's API pages."""

import re

from griffe import Extension


class PlainBrackets(Extension):
    """Escapes the opening bracket, outside code."""

    def on_object(self, *, obj, **_):
        """Change a docstring before it is parsed."""
        if obj.docstring:
            pieces = re.split(
                r"(``.*?``|`[^`]*`|^ *>>>.*$|^ *\.\.\. .*$)", obj.docstring.value, flags=re.M | re.S
            )
            pieces[::2] = [piece.replace("<", "&lt;") for piece in pieces[::2]]
            obj.docstring.value = "".join(pieces)
