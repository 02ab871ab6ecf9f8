"""The page for a classroom: the library's arithmetic as JavaScript, bit for bit, in a real browser."""

import ast
import math
import shutil
import struct

import numpy as np
import pytest

import sitheory as si
from sitheory._kernels.surfaces import valley_steps
from sitheory._kernels.toy import trajectory
from sitheory.reports import classroom
from sitheory.theory import kernels
from sitheory.toy import main

KIND = "conformance"
PROGRAMS = [shutil.which(name) for name in ("chromium", "chromedriver")]
STEPS = 10_000
ALPHA, X, Y = [1.0, 2.0, 4.0], [0.3, 0.25, 0.2], [0.5, 0.45, 0.6]

RUNS = """
const bits = (v) => {
  const b = new DataView(new ArrayBuffer(8)); b.setFloat64(0, v); return b.getBigUint64(0).toString(16);
};
const found = {toy: [], decay: [], valley: []};
const toy = new Toy(%s, %r, %s, %s), fall = new Decay(0.5, 0.01, 0.8, 0.6), bowl = new Valley(0.01, 1, 1e-3, 1e-4);
for (let t = 0; t < %d; t += 1) {
  found.toy.push(bits(toy.loss)); toy.step();
  found.decay.push(bits(fall.loss), bits(fall.norm)); fall.step();
  found.valley.push(bits(bowl.x), bits(bowl.y), bits(bowl.moment)); bowl.step();
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


def test_a_formula_is_written_with_its_operations_in_order():
    """Twin: the printed function, read back by Python, gives the formula's own bits."""
    rng = np.random.default_rng(0)
    for formula in classroom.FORMULAS:
        head, body = classroom.javascript(formula).split("{ return ")
        names = head[head.index("(") + 1 : head.index(")")].split(", ")
        told = compile(ast.parse(body.split(";")[0], mode="eval"), "page", "eval")
        for values in rng.lognormal(size=(20, len(names))):
            known = dict(zip(names, map(float, values), strict=True))
            assert bits(eval(told, {}, known)) == bits(formula(**known))


def test_another_order_of_operations_would_show():
    """A wrong variant, algebraically equal: some bits differ."""
    x, y, turn, whole = np.random.default_rng(0).lognormal(size=(4, 50))
    assert bits(kernels.group_step(x, y, turn, whole)[0]) != bits(x - turn * whole * y)


def test_a_formula_that_is_no_arithmetic_is_refused():
    with pytest.raises(TypeError):
        classroom.javascript(lambda x: math.sqrt(x))


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
    assert browser.execute_script("return toys.every(({run}) => run.t > 0) && decay.t > 0 && valley.t > 0")
    drawn = """return [...document.querySelectorAll("canvas")].map((c) =>
      c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some((v) => v > 0))"""
    assert browser.execute_script(drawn) == [True] * 7
    move = "sliders[0].input.value = 0; sliders[0].input.dispatchEvent(new Event('input'));"
    step_of_the_slider = 10**0.001
    assert 1 <= browser.execute_script(f"{move} return toys[0].run.elr") <= step_of_the_slider
    for width in (360, 1280):
        browser.set_window_size(width, 800)
        assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    assert browser.get_log("browser") == []
