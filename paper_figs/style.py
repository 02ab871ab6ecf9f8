"""How the papers' figures are written, in the one style of all pictures (``sitheory.reports.style``)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from sitheory.reports.style import DASHES, INKS, label_logarithms, new_figure
from sitheory.trajectory.atomic_files import written_whole

__all__ = ["DASHES", "INKS", "label_logarithms", "new_figure", "write"]


def write(figure: Figure, stem: Path, drawn: Sequence[str] = ()) -> list[Path]:
    """Write the figure as PNG and PDF, each whole or not at all, without dates.

    Args:
        figure: The figure.
        stem: Where to, without the ending.
        drawn: The results that it drew; their names go into the metadata, Source in PNG and Subject in PDF.

    Returns:
        The paths.
    """
    stem.parent.mkdir(parents=True, exist_ok=True)
    names, written = ", ".join(drawn), []
    png = {"Software": None, "Source": names}
    pdf = {"CreationDate": None, "ModDate": None, "Subject": names}
    for suffix, metadata in ((".png", png), (".pdf", pdf)):
        final = stem.with_suffix(suffix)
        kept = io.BytesIO()  # the library's own writers meet a full disk with whatever error they are in
        figure.savefig(kept, format=suffix[1:], metadata=metadata)
        with written_whole(final) as temporary:
            temporary.write_bytes(kept.getbuffer())
        written.append(final)
    return written
