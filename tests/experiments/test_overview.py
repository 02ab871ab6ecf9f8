"""The table of the papers' figures, and the names that figures share."""

from pathlib import Path

import pytest

from paper_figs import __main__ as command, discovery, overview

KIND = "conformance"
PAGE = Path(overview.__file__).parents[1] / "docs" / "figures.md"


def test_the_page_of_figures_is_up_to_date_and_names_every_printed_one():
    """Conformance: one row for each figure that a paper prints."""
    assert PAGE.read_text(encoding="utf-8") == overview.page()
    rows = [line for line in overview.page().splitlines() if line.startswith("| ") and "printed" not in line]
    assert len(rows) == sum(overview.PRINTED.values())


def test_a_figure_without_a_file_is_called_absent_and_why(monkeypatch):
    """Conformance: with one figure more than there are files; without a reason there is no table."""
    monkeypatch.setattr(overview, "PRINTED", {"sharpness": 6})
    with pytest.raises(KeyError):
        overview.page()
    monkeypatch.setitem(overview.ABSENT, "sharpness 6", "the paper has none")
    assert overview.page().splitlines()[-1] == "| sharpness 6 | - | absent: the paper has none |"


def test_no_printed_figure_is_absent():
    """Conformance: a reason for one that is drawn would be read by nobody."""
    rows = [line.split("|")[1:3] for line in overview.page().splitlines() if line.startswith("| ")]
    undrawn = {name.strip() for name, drawn in rows if drawn.strip() == "-"}
    assert undrawn == set(overview.ABSENT) == set()


def test_names_shared_with_another_paper_draw_the_same_figure(capsys):
    """Conformance: an alias is a figure's own, is no other figure's name, and is no second figure under --all."""
    listed, broken = discovery.figures()
    named = discovery.named(listed)
    assert not broken and named["thesis_fig5"] is listed["regimes_fig1"]
    shared = [name for figure in listed.values() for name in figure.also]
    assert len(shared) == len(set(shared)) and not set(shared) & set(listed)
    assert command.main(["thesis_fig55"]) == 2 and "thesis_fig5" in capsys.readouterr().err
