"""The package's page on an index: README, its relative links made absolute with the address in ``[project.urls]``."""

import re
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface


def absolute(text: str, repository: str) -> str:
    """Return Markdown whose links and pictures lead into the repository, wherever it is shown.

    Args:
        text: Markdown with links relative to the repository's root.
        repository: The repository's address.

    Returns:
        The text; links within the page and absolute ones are as they were.
    """
    text = re.sub(r"(!\[[^\]]*\]\()(?!https?:|#)([^)\s]+)\)", rf"\1{repository}/raw/main/\2)", text)
    return re.sub(r"(?<!!)(\[[^\]]*\]\()(?!https?:|#)([^)\s]+)\)", rf"\1{repository}/blob/main/\2)", text)


class CustomMetadataHook(MetadataHookInterface):
    """Gives the package its description."""

    def update(self, metadata: dict) -> None:
        """Set ``readme``."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": absolute(text, metadata["urls"]["Repository"]),
        }
