"""The schema holds, and results are written whole or not at all."""

import json

import numpy as np
import pytest
import xarray as xr

from sitheory.trajectory import schema
from sitheory.trajectory.cache_folder import cache_folder

KIND = "conformance"


def made(**variables):
    variables = variables or {"loss": (("step",), np.arange(3.0))}
    return schema.dataset(variables, {}, schema.provenance({"steps": 3}, 0))


def test_round_trip(tmp_path):
    path = schema.save(made(), tmp_path / "deep" / "run.nc")
    xr.testing.assert_identical(schema.load(path), made())


def test_provenance_names_versions_and_config():
    attrs = made().attrs
    assert json.loads(attrs["config"]) == {"steps": 3}
    assert json.loads(attrs["versions"])["numpy"] == np.__version__


def test_an_unknown_variable_is_refused():
    with pytest.raises(ValueError, match="got 'los'"):
        made(los=(("step",), np.zeros(2)))


def test_dims_out_of_order_are_refused():
    with pytest.raises(ValueError, match="need dims in the order"):
        made(loss=(("step", "elr"), np.zeros((2, 2))))


def test_an_unknown_dim_is_refused():
    with pytest.raises(ValueError, match="need dims from"):
        made(loss=(("time",), np.zeros(2)))


def test_what_is_declared_is_kept_and_checked_in_every_file(tmp_path):
    """Conformance: made, saved and opened; and a wrong declaration of each kind is refused."""
    attrs = schema.provenance({}, 0)
    landed = {"landed": schema.Variable(("phi",), "step at which the loss has vanished")}
    series, coords = {"landed": (("phi",), np.arange(2.0))}, {"phi": np.arange(2)}
    own = {"declared": landed, "dims": {"phi": "angle of the start"}}
    found = schema.load(schema.save(schema.dataset(series, coords, attrs, **own), tmp_path / "r.nc"))
    assert found["landed"].attrs["long_name"] == landed["landed"].meaning
    assert found["phi"].attrs["long_name"] == "angle of the start"
    wrong = [
        ("got 'landed'", {**own, "declared": {}}),
        ("need dims from", {**own, "dims": {}}),
        ("need coordinates", {**own, "dims": {"phi": "angle", "psi": "another"}}),
        ("as declared", {**own, "declared": {"landed": schema.Variable(("step",), "step")}}),
    ]
    for law, keywords in wrong:
        with pytest.raises(ValueError, match=law):
            schema.dataset(series, coords, attrs, **keywords)
    with pytest.raises(ValueError, match="no common variable has"):
        taken = {"loss": schema.Variable(("step",), "another loss")}
        schema.dataset({"loss": (("step",), np.zeros(2))}, {}, attrs, declared=taken)
    with pytest.raises(ValueError, match="declared with its meaning"):
        schema.validate(found.assign(another=("phi", np.zeros(2))))


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = schema.save(made(), tmp_path / "run.nc")
    before = path.read_bytes()

    def fill_the_disk(self, target, **_):
        with open(target, "wb") as half:
            half.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", fill_the_disk)
    with pytest.raises(OSError, match="No space"):
        schema.save(made(), path)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["run.nc"]


def test_a_user_without_a_home_has_a_cache_here(monkeypatch, tmp_path):
    """Conformance: no HOME and no entry among the system's users, which ends in an error of Python's else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "kept"))
    assert cache_folder().is_relative_to(tmp_path / "kept")
    for name in ("XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)

    def nobody(number):
        raise KeyError(f"getpwuid(): uid not found: {number}")

    monkeypatch.setattr("pwd.getpwuid", nobody)
    assert cache_folder() == tmp_path / ".sitheory"


@pytest.mark.parametrize("home", ["none", "file"])
def test_a_home_that_cannot_be_made_has_its_cache_in_the_current_folder(home, tmp_path, monkeypatch):
    """Conformance: a service's account has a home that is not there, and may not be made; a file is none, either."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / home / "deep"))
    if home == "none":
        monkeypatch.setattr("os.access", lambda path, mode: str(path) != str(tmp_path))
    assert cache_folder() == tmp_path / ".sitheory"
    (tmp_path / "kept").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "kept"))
    assert cache_folder().is_relative_to(tmp_path / "kept")
