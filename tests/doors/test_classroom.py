"""The page for a classroom: the library's arithmetic as JavaScript, bit for bit, in a real browser."""

import ast
import math
import shutil
import struct

import numba
import numpy as np
import pytest

import sitheory as si
from sitheory._kernels.surfaces import valley_steps
from sitheory._kernels.toy import trajectory
from sitheory.reports import classroom
from sitheory.theory import kernels, rotation
from sitheory.toy import main

KIND = "conformance"
PROGRAMS = [shutil.which(name) for name in ("chromium", "chromedriver")]
STEPS = 10_000
ALPHA, X, Y = [1.0, 2.0, 4.0], [0.3, 0.25, 0.2], [0.5, 0.45, 0.6]

RUNS = """
const bits = (v) => {
  const b = new DataView(new ArrayBuffer(8)); b.setFloat64(0, v); return b.getBigUint64(0).toString(16);
};
const found = {toy: [], decay: [], valley: [], layer: []};
const toy = new Toy(%s, %r, %s, %s), fall = new Decay(0.5, 0.01, 0.8, 0.6), bowl = new Valley(0.01, 1, 1e-3, 1e-4);
const layer = new Layer(0.003, 0.1, 10);
for (let t = 0; t < %d; t += 1) {
  found.toy.push(bits(toy.loss)); toy.step();
  found.decay.push(bits(fall.loss), bits(fall.norm)); fall.step();
  found.valley.push(bits(bowl.x), bits(bowl.y), bits(bowl.moment)); bowl.step();
  found.layer.push(bits(layer.norm_sq), bits(layer.inner)); layer.step();
}
return found;
"""


def bits(values):
    return [f"{struct.unpack('>Q', struct.pack('>d', v))[0]:x}" for v in np.ravel(values)]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    webdriver = pytest.importorskip("selenium.webdriver")
    if not all(PROGRAMS):
        pytest.skip("no chromium and chromedriver")
    file = tmp_path_factory.mktemp("page") / "toy.html"
    assert main(["--elr", "0.1", "0.2", "0.5", "--page", str(file)]) == 0
    assert file.stat().st_size < 1e6
    options = webdriver.ChromeOptions()
    options.binary_location = PROGRAMS[0]
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--force-prefers-reduced-motion"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(PROGRAMS[1]))
    driver.set_script_timeout(120)
    driver.get(file.as_uri())
    yield driver
    driver.quit()


@pytest.mark.slow
@pytest.mark.parametrize("elr", [0.2, 0.5])
def test_ten_thousand_steps_of_each_run_are_the_library_s_bit_for_bit(browser, elr):
    """Twin: V8's additions, products, quotients and roots are those of IEEE 754, as the kernels' are."""
    found = browser.execute_script(RUNS % (ALPHA, elr, X, Y, STEPS))
    toy = trajectory.run(X, Y, ALPHA, elr, STEPS, 0, 1, 0, None, None, "plain")
    assert found["toy"] == bits(toy["loss"])
    loss, rule = si.Fourier(cos=(-1.0,), level=1.0), si.DecayGD(lr=0.5, wd=0.01)
    planar = si.simulate(loss, rule, STEPS, start=np.array([0.8, 0.6]), every=1)
    assert found["decay"] == bits(np.stack([planar["loss"].values, planar["total_norm"].values], axis=-1))
    states, moment = np.empty((STEPS, 3)), np.array([1e-4])
    lr, one = 0.01, np.ones(1)
    valley_steps(np.array([1.0, 1e-3]), moment, one, 0.0, lr, 1 - lr * lr, False, STEPS, states, 1)
    assert found["valley"] == bits(states)
    assert found["layer"] == bits(adamw(0.003, 0.1, 10.0))


def adamw(lr, wd, size, beta=0.9):
    """|W|^2 and <W, u> at each step, from ``size`` times the norm at rest, by the compiled formulas."""
    forward, inner_next, rest = map(
        numba.njit,
        (rotation.norm_sq_next, rotation.average_inner_next, rotation.average_rest_norm_sq),
    )
    alpha, update = rotation.keep(lr, wd), rotation.average_sq(beta)
    norm_sq, inner, seen = size * size * rest(update, lr, alpha, beta), 0.0, []
    for _ in range(STEPS):
        seen.append((norm_sq, inner))
        norm_sq, inner = (
            forward(norm_sq, inner, update, lr, alpha),
            inner_next(inner, update, lr, alpha, beta),
        )
    return seen


def test_layers_of_every_size_come_to_the_turn_of_the_theory():
    """Closed form: the section on AdamW shows what it says; at rest the formula's own norm stays where it is."""
    lr, wd, beta = 0.01, 0.1, 0.9
    rest = adamw(lr, wd, 1.0)[-1]
    alpha, update = rotation.keep(lr, wd), rotation.average_sq(beta)
    assert rest[0] == pytest.approx(rotation.average_rest_norm_sq(update, lr, alpha, beta), rel=1e-9)
    for size in (0.1, 10.0):
        norm_sq, inner = adamw(lr, wd, size)[-1]
        after = rotation.norm_sq_next(norm_sq, inner, update, lr, alpha)
        chord_sq = 2 * (1 - rotation.dot_next(norm_sq, inner, lr, alpha) / math.sqrt(norm_sq * after))
        cancelled = 1e-6  # of 1 - cos, which is 1e-4 here, at what the start leaves after ten times
        assert chord_sq == pytest.approx(rotation.average_rest_chord_sq(alpha, beta), rel=cancelled)


def test_a_formula_is_written_with_its_operations_in_order():
    """Twin: the printed function, read back by Python, gives the formula's own bits, compiled where it has squares."""
    rng = np.random.default_rng(0)
    for formula in classroom.FORMULAS:
        head, body = classroom.javascript(formula).split("{ return ")
        names = head[head.index("(") + 1 : head.index(")")].split(", ")
        told = compile(ast.parse(body.split(";")[0], mode="eval"), "page", "eval")
        own = numba.njit(formula) if formula.__module__ == rotation.__name__ else formula
        for values in rng.lognormal(size=(20, len(names))):
            known = dict(zip(names, map(float, values), strict=True))
            assert bits(eval(told, {}, known)) == bits(own(**known))


def test_another_order_of_operations_would_show():
    """A wrong variant, algebraically equal: some bits differ."""
    x, y, turn, whole = np.random.default_rng(0).lognormal(size=(4, 50))
    assert bits(kernels.group_step(x, y, turn, whole)[0]) != bits(x - turn * whole * y)


def test_a_formula_that_is_no_arithmetic_is_refused():
    with pytest.raises(TypeError):
        classroom.javascript(lambda x: math.sqrt(x))
    with pytest.raises(TypeError):
        classroom.javascript(lambda x: x**3)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--elr", "0.1", "0.2", "0.3", "0.4"], "need 1 to 3 ELRs"),
        (["--elr", "0.1", "--alpha", "1", "2"], "need three coefficients"),
    ],
)
def test_what_the_page_cannot_show_is_refused_in_one_line(tmp_path, capsys, words, said):
    with pytest.raises(SystemExit) as left:
        main([*words, "--page", str(tmp_path / "toy.html")])
    err = capsys.readouterr().err
    assert left.value.code == 2 and said in err and err.count("\n") == 1


@pytest.mark.slow
def test_the_page_draws_plays_and_complains_of_nothing(browser):
    """Conformance: reduced motion waits for play, sliders restart a run, no width scrolls, the console is quiet."""
    assert browser.execute_script("return playing") is False
    browser.find_element("id", "play").click()
    browser.execute_async_script("setTimeout(arguments[0], 2000)")
    assert browser.execute_script(
        "return toys.every(({run}) => run.t > 0) && decay.t > 0 && valley.t > 0 && layers[2].run.t > 0"
    )
    drawn = """return [...document.querySelectorAll("canvas")].map((c) =>
      c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some((v) => v > 0))"""
    assert browser.execute_script(drawn) == [True] * 8
    move = "sliders[0].input.value = 0; sliders[0].input.dispatchEvent(new Event('input'));"
    step_of_the_slider = 10**0.001
    assert 1 <= browser.execute_script(f"{move} return toys[0].run.elr") <= step_of_the_slider
    touch = "return [...document.querySelectorAll('canvas')].map((c) => getComputedStyle(c).touchAction)"
    assert "none" not in browser.execute_script(touch)  # a finger on a picture scrolls the page
    for width in (360, 1280):
        browser.set_window_size(width, 800)
        assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    assert browser.get_log("browser") == []
