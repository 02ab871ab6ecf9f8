"""Frames of the classroom page in a headless browser: ``python -m benchmarks.classroom [PAGE]``.

Prints frames per second as requestAnimationFrame counts them, and the milliseconds of each that the browser spends in
the page's own script, in layout and in style (Performance.getMetrics of the DevTools protocol). Of 60 frames per
second each has 16.7 ms. A headless browser without a GPU draws in software: what is left to the frame rate is that.
Needs selenium, chromium and chromedriver.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from sitheory.reports.command_line import run_command
from sitheory.toy import main as toy

SECONDS = 10
BUDGET = 1000 / 60

COUNT = """
const done = arguments[arguments.length - 1], begin = performance.now(); let frames = 0;
function one(now) {
  if (now - begin > %d) done([frames, now - begin]);
  else { frames += 1; requestAnimationFrame(one); }
}
if (of("play").textContent === "play") of("play").click();
%s
requestAnimationFrame(one);
"""
FASTEST = 'of("speed").value = of("speed").max; of("speed").dispatchEvent(new Event("input"));'


def main(argv: list[str]) -> int:
    """Measure a page, by default one that is written for it, as it opens and at the fastest speed."""
    from selenium import webdriver

    with tempfile.TemporaryDirectory() as folder:
        page = Path(argv[0]).resolve() if argv else Path(folder) / "toys.html"
        if not argv:
            toy(["--elr", "0.1", "0.2", "0.5", "--page", str(page)])
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or ""
        for argument in ("--headless=new", "--no-sandbox", "--window-size=1366,900"):
            options.add_argument(argument)
        service = webdriver.ChromeService(shutil.which("chromedriver"))
        with webdriver.Chrome(options=options, service=service) as driver:
            driver.set_script_timeout(10 * SECONDS)
            driver.execute_cdp_cmd("Performance.enable", {})
            driver.get(page.as_uri())
            for speed, change in (("as it opens", ""), ("at the fastest speed", FASTEST)):
                print(f"{speed}: {measured(driver, change)}")
    return 0


def measured(driver, change: str) -> str:
    """Return what the frames of some seconds took, as a line."""
    before = metrics(driver)
    frames, elapsed = driver.execute_async_script(COUNT % (1000 * SECONDS, change))
    after = metrics(driver)
    spent = {n: 1000 * (after[n] - before[n]) / frames for n in before}
    parts = ", ".join(f"{name.removesuffix('Duration')} {ms:.2f}" for name, ms in spent.items())
    return f"{1000 * frames / elapsed:.0f} frames per second; ms a frame, of {BUDGET:.1f}: {parts}"


def metrics(driver) -> dict[str, float]:
    """Return the seconds spent so far, by kind."""
    seen = {m["name"]: m["value"] for m in driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]}
    return {n: seen[n] for n in ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration", "TaskDuration")}


if __name__ == "__main__":
    sys.exit(run_command("benchmarks.classroom", lambda: main(sys.argv[1:])))
