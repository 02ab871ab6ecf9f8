"""Two things that compute different numbers never share a name; what cannot be described is refused in one line."""

import collections
import enum
import functools
import subprocess
import sys
import threading
from dataclasses import dataclass
from fractions import Fraction
from types import ModuleType

import numba
import numpy as np
import pytest

import sitheory as si
from sitheory.trajectory.code_hash import installed
from sitheory.trajectory.content_hash import content_hash, digest

KIND = "conformance"

FACTOR = 1.0
TOY = si.Quotients((1, 2))


def plain(scale=1.0, *, body=None, sizes=(slice(0, 2),), extra=None):
    """A loss as one writes it in a hurry; two calls make two classes of one name."""

    class Ratio:
        dim, groups, where = 2, sizes, extra

        def __init__(self):
            self.scale = scale

        def value(self, w):
            return self.scale * w[..., 0] ** 2 / np.sum(w**2, axis=-1)

        def grad(self, w):
            x, y = w[..., 0], w[..., 1]
            along = self.scale * (2 * x * y / (x**2 + y**2) ** 2)
            return along[..., None] * np.stack([y, -x], axis=-1)

    if body is not None:
        Ratio.value = body
    return Ratio()


def closure(k):
    return lambda self, w: k * w[..., 0]


def jitted(k):
    @numba.njit
    def value(w):
        return k * w[0]

    return value


def keyword(self, w, k=1.0):
    return k * w


def by_global(self, w):
    return FACTOR * w


def typed_in(text, **held):
    """The function ``f`` of an interactive session that holds these names."""
    names = {"__name__": "session", **held}
    exec(text, names)
    return names["f"]


def settings(**held):
    """A module as one keeps numbers in, which no file holds."""
    module = ModuleType("settings")
    vars(module).update(held)
    return module


@dataclass
class Loose:
    a: object


@dataclass(slots=True)
class Slotted:
    a: object


class Private:
    __slots__ = ("__a",)

    def __init__(self, a):
        self.__a = a


class Filled(list):
    pass


class Named(dict):
    pass


class Meta(type):
    pass


class Silent:
    def __init__(self, a):
        self.a = a

    def __getstate__(self):
        return {}

    def __reduce__(self):
        return (Silent, (0,))


class Parent:
    shift = 1.0


class Child(Parent):
    pass


def wrapped(f):
    @functools.wraps(f)
    def outer(*args):
        return f(*args)

    return outer


def by_module(text, deep=False):
    held = (settings(k=k) for k in (1, 2))
    return tuple(typed_in(text, settings=settings(inner=one) if deep else one) for one in held)


PAIRS = {
    "an attribute": lambda: (plain(1.0), plain(4.0)),
    "a class attribute": lambda: (plain(extra=1), plain(extra=2)),
    "groups": lambda: (plain(), plain(sizes=(slice(0, 1), slice(1, 2)))),
    "a method of another text": lambda: (
        plain(body=lambda self, w: w[..., 0]),
        plain(body=lambda self, w: -w[..., 0]),
    ),
    "a number in a closure": lambda: (plain(body=closure(1.0)), plain(body=closure(2.0))),
    "a default": lambda: (plain(body=keyword), plain(body=functools.partial(keyword, k=2.0))),
    "a decorated function": lambda: (plain(body=wrapped(closure(1))), plain(body=wrapped(closure(2)))),
    "an unfrozen dataclass": lambda: (Loose(1.0), Loose(2.0)),
    "an array in it": lambda: (Loose(np.arange(3)), Loose(np.arange(1, 4))),
    "its type": lambda: (Loose(np.arange(3.0)), Loose(np.arange(3, dtype=np.float32))),
    "its shape": lambda: (Loose(np.zeros((2, 3))), Loose(np.zeros((3, 2)))),
    "an array of objects": lambda: (
        Loose(np.array([Fraction(1, 2)])),
        Loose(np.array([Fraction(1, 3)])),
    ),
    "slots": lambda: (Slotted(1.0), Slotted(2.0)),
    "private slots": lambda: (Private(1.0), Private(2.0)),
    "a list of one's own": lambda: (Filled([1]), Filled([2])),
    "text and bytes": lambda: (Loose("1"), Loose(b"1")),
    "a number and its text": lambda: (Loose(1), Loose("1")),
    "whole and not": lambda: (Loose(1), Loose(1.0)),
    "the sign of zero": lambda: (Loose(0.0), Loose(-0.0)),
    "borders in a list": lambda: (Loose(["ab", "c"]), Loose(["a", "bc"])),
    "a set": lambda: (Loose({1, 2}), Loose({1, 3})),
    "a loss within": lambda: (Loose(si.Quotients((1, 2))), Loose(si.Quotients((1, 3)))),
    "a state of random numbers": lambda: (Loose(np.random.default_rng(0)), Loose(np.random.default_rng(1))),
    "compiled functions": lambda: (Loose(jitted(1.0)), Loose(jitted(2.0))),
    "a vectorised function": lambda: (
        Loose(np.vectorize(closure(1))),
        Loose(np.vectorize(closure(2))),
    ),
    "a cached function": lambda: (Loose(functools.cache(closure(1))), Loose(functools.cache(closure(2)))),
    "a number in a module": lambda: by_module("f = lambda w: settings.k * w"),
    "a number looked up in a module": lambda: by_module("f = lambda w: getattr(settings, 'k') * w"),
    "a module under another name": lambda: by_module("def f(w):\n    mine = settings\n    return mine.k * w"),
    "a module in a module": lambda: by_module("f = lambda w: settings.inner.k * w", deep=True),
    "a global in a comprehension": lambda: tuple(
        typed_in("f = lambda w: [K * v for v in w]", K=k) for k in (1, 2)
    ),
    "a global in a text": lambda: tuple(typed_in("f = lambda w: eval('K * w')", K=k) for k in (1, 2)),
    "a global by its dictionary": lambda: tuple(
        typed_in("f = lambda w: globals()['K'] * w", K=k) for k in (1, 2)
    ),
    "a helper's number": lambda: tuple(
        typed_in(f"g = lambda w: {k} * w\ndef f(w):\n    return g(w)") for k in (1, 2)
    ),
    "a bound method": lambda: (Loose(plain(1.0).value), Loose(plain(2.0).value)),
    "a bound method of a package": lambda: (Loose(np.arange(3).dot), Loose(np.arange(1, 4).dot)),
    "an enum's values": lambda: tuple(enum.Enum("Kind", {"A": k, "B": 3}).A for k in (1, 2)),
    "a dictionary of one's own": lambda: (Named(a=1), Named(a=2)),
    "a default of a dictionary": lambda: tuple(
        collections.defaultdict(value) for value in (lambda: 1, lambda: 2)
    ),
    "a number of numpy and its text": lambda: (Loose(np.float64(1)), Loose(np.str_("1.0"))),
    "a number's precision": lambda: (Loose(np.float32(1)), Loose(np.float64(1))),
    "a dataclass in a dataclass": lambda: (Loose(Slotted({"x": [1]})), Loose(Slotted({"x": [2]}))),
    "a metaclass": lambda: (type("T", (), {})(), Meta("T", (), {})()),
    "a masked array": lambda: tuple(np.ma.array([1, 2], mask=mask) for mask in ([0, 1], [1, 0])),
    "what an object does not pickle": lambda: (Silent(1), Silent(2)),
    "another function of a package": lambda: (Loose(np.sin), Loose(np.cos)),
}


@pytest.mark.parametrize("what", PAIRS)
def test_what_differs_is_named_apart(what):
    """Conformance: and each has one name, whoever asks again."""
    one, other = (content_hash(thing, "loss") for thing in PAIRS[what]())
    again, _ = (content_hash(thing, "loss") for thing in PAIRS[what]())
    assert one != other and one == again


def test_what_changes_meanwhile_is_named_anew(monkeypatch):
    """Conformance: a class attribute, an inherited one, a global that a method reads, a method put in its place."""
    thing, reads = Child(), plain(body=by_global)
    seen = [content_hash(thing, "loss"), content_hash(reads, "loss")]
    monkeypatch.setattr(Parent, "shift", 2.0)
    monkeypatch.setattr(sys.modules[__name__], "FACTOR", 3.0)
    seen += [content_hash(thing, "loss"), content_hash(reads, "loss")]
    monkeypatch.setattr(Child, "value", lambda self: 1, raising=False)
    seen.append(content_hash(thing, "loss"))
    assert len(set(seen)) == 5


def test_a_module_imported_where_it_is_used_counts(monkeypatch):
    """Conformance: whichever way it is imported."""
    texts = (
        "def f(w):\n    import mine\n    return mine.k * w",
        "def f(w):\n    from mine import k\n    return k * w",
    )
    for f in map(typed_in, texts):
        seen = []
        for k in (1, 2, 1):
            monkeypatch.setitem(sys.modules, "mine", settings(k=k))
            seen.append(content_hash(f, "loss"))
        assert seen[0] == seen[2] != seen[1]


def test_a_global_that_only_shares_an_attribute_s_name_does_not_count():
    """Conformance: else a loop's variable ``a`` beside a loss with ``self.a`` would name each result anew."""
    one, other, read = (typed_in(f"f = lambda self, w: {text} * w", a=k) for text, k in TWO)
    assert content_hash(one, "loss") == content_hash(other, "loss") != content_hash(read, "loss")


TWO = [("self.a", 1), ("self.a", 2), ("a", 1)]


class Held:
    """A schedule of one's own."""

    def __init__(self, share):
        self.kept = share

    def share(self, part):
        return self.kept


def test_a_schedule_of_one_s_own_names_its_sweep(tmp_path):
    """Twin: the same sweep in memory; a schedule with a lock is refused."""
    options = {"lr": [0.1], "wd": [1e-3], "seeds": 1, "steps": 100, "threads": 1}
    for share in (1.0, 0.1):
        rule = si.Momentum(lr=1, wd=0, schedule=Held(share))
        kept, fresh = (si.sweep(TOY, rule, folder=folder, **options) for folder in (tmp_path, None))
        np.testing.assert_array_equal(kept["loss"], fresh["loss"])
    assert len(list(tmp_path.glob("*.nc"))) == 2
    rule = si.Momentum(lr=1, wd=0, schedule=Held(threading.Lock()))
    with pytest.raises(
        ValueError, match=r"^need a rule that a file can be named by, got rule\.schedule\.kept, a lock"
    ):
        si.sweep(TOY, rule, folder=tmp_path, **options)


def test_what_is_computed_and_kept_changes_no_name():
    """Conformance: a cached property is no part of a loss."""
    loss = si.BatchNormRegression.random(5, 10, np.random.default_rng(0))
    before = content_hash(loss, "loss")
    assert len(loss.gram.values) and content_hash(loss, "loss") == before


def test_circles_end_and_deep_nests_are_refused():
    ring = Loose(None)
    ring.a = [ring]
    assert content_hash(ring, "loss") == content_hash(ring, "loss")
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(
        ValueError, match=r"^need a loss that a file can be named by, got one nested too deeply$"
    ):
        content_hash(deep, "loss")
    del deep


@pytest.mark.parametrize(
    "held", [threading.Lock(), (i for i in range(2)), np.frompyfunc(len, 1, 1), sys.stdout.__class__]
)
def test_what_nothing_describes_is_refused_in_one_line(held, tmp_path):
    """Conformance: by a sweep with a folder, before a step is made; a class of a package has a name."""
    thing = plain()
    thing.held = held
    options = {"elr": [0.1], "seeds": 1, "steps": 100, "threads": 1, "windows": 1}
    if isinstance(held, type):
        assert si.sweep(thing, si.SphereGD, folder=tmp_path, **options)["loss"].size == 1
        return
    law = r"^need a loss that a file can be named by, got loss\.held, a \w+$"
    with pytest.raises(ValueError, match=law):
        si.sweep(thing, si.SphereGD, folder=tmp_path, **options)
    assert not list(tmp_path.iterdir())
    assert si.sweep(thing, si.SphereGD, **options)["loss"].size == 1  # in memory nothing is named


@pytest.mark.parametrize("kind", [Loose, Slotted, None])
def test_a_folder_never_gives_a_stale_sweep(kind, tmp_path):
    """Twin: the same sweep in memory, for losses of one name that differ in what they hold."""

    def held(scale):
        inner = plain(scale)
        if kind is None:
            return inner

        class Outer(kind):
            dim, groups = 2, inner.groups

            def value(self, w):
                return self.a.value(w)

            def grad(self, w):
                return self.a.grad(w)

        return Outer(inner)

    for scale in (1.0, 4.0, 1.0):
        options = {"elr": [0.1], "seeds": 2, "steps": 100, "threads": 1}
        kept, fresh = (
            si.sweep(held(scale), si.SphereGD, folder=folder, **options) for folder in (tmp_path, None)
        )
        assert not kept["status"].any()
        np.testing.assert_array_equal(kept["loss"], fresh["loss"])
    assert len(list(tmp_path.glob("*.nc"))) == 2


INTERACTIVE = """
from dataclasses import dataclass
import numpy as np
from sitheory.trajectory.content_hash import digest
def name(slope):
    exec(f"class Mine:\\n    name = 'mine'\\n    def cell(self, elr): return {{'loss': {slope} * elr}}", globals())
    return digest(Mine(), {})
print(name(1), name(2), name(1))
"""


def test_a_class_of_an_interactive_session_is_named_by_its_code():
    """Conformance: no file holds it, so that its source's hash would be that of nothing."""
    found = subprocess.run(
        [sys.executable, "-c", INTERACTIVE], capture_output=True, text=True, check=True
    ).stdout.split()
    assert found[0] == found[2] != found[1]
    assert digest(Loose(1), {}) == digest(Loose(2), {}) != digest(Loose(1), {"a": 1})


def test_packages_are_told_from_one_s_own_modules(monkeypatch):
    assert all(map(installed, ("json", "numpy.linalg", "xarray", "numba.core")))
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))  # a script's, not pytest's own
    assert not any(
        map(
            installed,
            (
                "proofs_check.si.step",
                "simulations.table",
                "sitheory.losses",
                "tests.sweeps.grids",
                "__main__",
                __name__,
            ),
        )
    )
