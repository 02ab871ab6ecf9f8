"""Where this user's machine keeps what can be made again."""

from __future__ import annotations

from pathlib import Path


def cache_folder() -> Path:
    """Return the system's place for caches; for a user without a home, ``.sitheory`` in the current folder."""
    import platformdirs

    try:
        return platformdirs.user_cache_path("sitheory", appauthor=False)
    except RuntimeError:
        return Path(".sitheory").absolute()
