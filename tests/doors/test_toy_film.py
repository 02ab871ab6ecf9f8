"""Films of the toy: what a picture shows is where the run is, and a film that cannot be made is refused in one line."""

import itertools
import json
import shutil
import subprocess

import numpy as np
import pytest

import sitheory as si
from sitheory import toy
from sitheory.reports import toy_film
from sitheory.rules import SphereGD
from sitheory.simulation import sphere, starts

pytest.importorskip("matplotlib")
KIND = "conformance"

LOSS = si.Quotients((1, 2, 4))


def recorded(elr, steps, frames):
    return toy_film.record(LOSS, SphereGD(elr), steps, starts.starts(LOSS, 1, 0)[0], frames)


def test_a_picture_shows_the_run_at_its_step():
    """Twin: each picture's point is the end of one unbroken run of so many steps, and its loss that state's."""
    film = recorded(0.1, 300, 12)
    w = starts.starts(LOSS, 1, 0)[0]
    assert film.times[0] == 0 and film.times[-1] == 300 and np.all(np.diff(film.times) > 0)
    for time, trail, loss in zip(film.times[1:], film.trails[1:], film.losses[1:], strict=True):
        end = sphere.samples(LOSS, film.rule, int(time), w, every=int(time))["end"]
        # 300 steps of a run that converges; the state is rounded to the sphere anew at each single step
        assert trail[-1] == pytest.approx(end[:2], abs=1e-12)
        assert loss == pytest.approx(float(LOSS.value(end)), rel=1e-9, abs=1e-25)
        assert len(trail) <= toy_film.TRAIL + 1


def test_a_film_has_its_pictures_and_they_differ(tmp_path):
    from PIL import Image

    path = tmp_path / "toy.gif"
    toy_film.write_film([recorded(0.2, 50, 4), recorded(0.5, 20, 4)], path)
    with Image.open(path) as film:
        assert film.n_frames == 5
        shown = []
        for frame in range(film.n_frames):
            film.seek(frame)
            shown.append(np.asarray(film.convert("RGB")))
    assert all(np.any(a != b) for a, b in itertools.pairwise(shown))
    assert list(tmp_path.iterdir()) == [path]


def test_a_run_that_leaves_float64_ends_its_film():
    film = recorded(1e300, 50, 5)
    assert film.times[-1] < 50 and np.all(np.isfinite(film.losses))


def test_the_command_writes_the_film(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(toy_film.record, "__defaults__", (3,))
    assert toy.main(["--elr", "0.2", "--steps", "9", "--gif", str(tmp_path / "a.gif")]) == 0
    assert "regime" in capsys.readouterr().out
    assert (tmp_path / "a.gif").read_bytes().startswith(b"GIF8")


@pytest.mark.skipif(
    not (shutil.which("ffmpeg") and shutil.which("ffprobe")), reason="needs ffmpeg and ffprobe"
)
def test_an_mp4_plays_with_each_of_its_pictures(tmp_path, monkeypatch):
    """Conformance: H.264 in 4:2:0, which browsers and projectors play; even sides, as many pictures as were made."""
    monkeypatch.setattr(toy_film.record, "__defaults__", (3,))
    assert toy.main(["--elr", "0.2", "--steps", "9", "--mp4", str(tmp_path / "a.mp4")]) == 0
    asked = "stream=codec_name,pix_fmt,width,height,nb_read_frames"
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_entries", asked, "-of", "json", "a.mp4"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    (stream,) = json.loads(told.stdout)["streams"]
    assert (stream["codec_name"], stream["pix_fmt"]) == ("h264", "yuv420p") and not told.stderr
    assert not stream["width"] % 2 and not stream["height"] % 2
    assert toy.main(["--elr", "0.2", "--steps", "9", "--gif", str(tmp_path / "a.gif")]) == 0
    from PIL import Image

    with Image.open(tmp_path / "a.gif") as film:
        assert int(stream["nb_read_frames"]) == film.n_frames > 1


@pytest.mark.parametrize(
    ("words", "law"),
    [
        (["0.2", "--gif", "a.mp4"], "ends in .gif, got 'a.mp4'"),
        (["0.2", "--mp4", "a.mp4"], "need the program ffmpeg for --mp4"),
        (["0.2", "--gif", "none/a.gif"], "need a writable film"),
        (["0.1", "0.2", "0.3", "0.4", "0.5", "--gif", "a.gif"], "need at most 4 ELRs in a film, got 5"),
    ],
)
def test_a_film_that_cannot_be_made_is_refused_before_anything_runs(
    words, law, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))  # nothing there
    monkeypatch.setattr(toy, "run", None)
    with pytest.raises(SystemExit) as left:
        toy.main(["--elr", *words])
    said = capsys.readouterr().err
    assert left.value.code == 2 and law in said and said.count("\n") == 1
