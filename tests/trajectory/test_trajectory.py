"""The schema holds, and results are written whole or not at all."""

import json

import numpy as np
import pytest
import xarray as xr

from sitheory.trajectory import schema

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
    with pytest.raises(ValueError, match="need dims in the order"):
        made(loss=(("time",), np.zeros(2)))


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
