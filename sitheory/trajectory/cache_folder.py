"""Where this user's machine keeps what can be made again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the system's place for caches; ``.sitheory`` in the current folder for a user who has none to write to."""
    import platformdirs

    try:
        place = platformdirs.user_cache_path("sitheory", appauthor=False)
    except RuntimeError:  # no home at all, of which older platformdirs make a folder named ~
        return Path(".sitheory").absolute()
    return place if place.is_absolute() and _can_be_made(place) else Path(".sitheory").absolute()


def _can_be_made(place: Path) -> bool:
    """Whether this user may write to the folder, or to the nearest one above it that is there."""
    nearest = next(folder for folder in (place, *place.parents) if os.path.exists(folder))
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
