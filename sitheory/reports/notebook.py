"""A notebook over the simulators, for ``python -m sitheory.explore``: sliders, and at once what a run does."""

import marimo

app = marimo.App(width="medium", app_title="sitheory")

with app.setup:
    import marimo as mo
    import numpy as np

    from sitheory.losses.planar import Fourier
    from sitheory.losses.quotients import Quotients
    from sitheory.reports import decay as reports_decay, toy as reports_toy
    from sitheory.rules import DecayGD, SphereGD

    def slider(low: float, high: float, step: float, value: float, label: str) -> mo.ui.slider:
        """Return a slider over an even grid."""
        return mo.ui.slider(low, high, step, value=value, label=label, show_value=True)

    def logarithmic(low: float, high: float, count: int, value: float, label: str) -> mo.ui.slider:
        """Return a slider over round numbers of a geometric grid that holds ``value``."""
        grid = {float(f"{v:.2g}") for v in np.geomspace(low, high, count)} | {value}
        return mo.ui.slider(steps=sorted(grid), value=value, label=label, show_value=True)

    def shown(heading: str, told: list[str], rows: list[tuple[str, str, str]], picture) -> mo.Html:
        """Return what a run did: words and numbers beside a drawing, below each other on a narrow screen."""
        table = ["| | measured | predicted |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
        words = mo.md("\n".join([f"## {heading}", "", " ".join(told), "", *table]))
        sides = [side.style({"min-width": "18rem"}) for side in (words, mo.as_html(picture))]
        return mo.hstack(sides, widths=[1, 1], gap=2, wrap=True, align="start")

    def pm(measured) -> str:
        """Return a mean with its standard error, and why that is none."""
        flag = f" ({measured.flag})" if measured.flag else ""
        return f"{measured.mean:.5g} ± {measured.error:.1g}{flag}"


@app.cell(hide_code=True)
def _():
    mo.md(
        """
        # What does training on the sphere do at this learning rate?

        The toy function of *regimes*, $F = \\sum_i \\alpha_i x_i^2 / (x_i^2 + y_i^2)$, by projected gradient
        descent with a total effective learning rate (ELR), from a random start.
        """
    )
    return


@app.cell(hide_code=True)
def _():
    elr_slider = logarithmic(0.01, 2, 60, 0.2, "total ELR")
    groups_slider = slider(1, 8, 1, 3, "n, groups")
    ratio_slider = slider(1, 4, 0.25, 2, "α, each over the one before")
    sphere_steps = logarithmic(1e3, 1e6, 7, 1e4, "steps")
    sphere_seed = slider(0, 20, 1, 0, "seed of the start")
    mo.hstack(
        [elr_slider, groups_slider, ratio_slider, sphere_steps, sphere_seed], justify="start", wrap=True
    )
    return elr_slider, groups_slider, ratio_slider, sphere_seed, sphere_steps


@app.cell(hide_code=True)
def _(elr_slider, groups_slider, ratio_slider):
    loss = Quotients(tuple(ratio_slider.value**i for i in range(groups_slider.value)))
    rule = SphereGD(elr_slider.value)
    return loss, rule


@app.cell(hide_code=True)
def _(loss, rule, sphere_seed, sphere_steps):
    toy = reports_toy.run(loss, rule, int(sphere_steps.value), sphere_seed.value)
    return (toy,)


@app.cell(hide_code=True)
def _(toy):
    groups = enumerate(zip(toy.elr_mean, toy.elr_equilibrium, strict=True))
    toy_table = [
        ("mean loss", pm(toy.loss_mean), f"{toy.loss_predicted:.5g}"),
        ("Lyapunov exponent a step", pm(toy.lyapunov), ""),
        *((f"mean ELR, group {i + 1}", pm(mean), f"{level:.5g}") for i, (mean, level) in groups),
    ]
    shown(toy.decision.regime, reports_toy.sentences(toy), toy_table, reports_toy.drawing([toy]))
    return (toy_table,)


@app.cell(hide_code=True)
def _():
    mo.md(
        """
        # And with weight decay?

        A planar loss, $\\sin^2\\varphi + b \\sin^4\\varphi$, by gradient descent with learning rate and weight
        decay: it settles, cycles or jumps.
        """
    )
    return


@app.cell(hide_code=True)
def _():
    lr_slider = logarithmic(1e-3, 10, 41, 0.1, "lr")
    wd_slider = logarithmic(1e-5, 0.05, 38, 1e-3, "wd")
    bend_slider = slider(-0.45, 3, 0.05, 1, "b, bend of the loss")
    decay_steps = logarithmic(1e4, 1e6, 5, 1e5, "steps")
    decay_seed = slider(0, 20, 1, 0, "seed of the start")
    mo.hstack([lr_slider, wd_slider, bend_slider, decay_steps, decay_seed], justify="start", wrap=True)
    return bend_slider, decay_seed, decay_steps, lr_slider, wd_slider


@app.cell(hide_code=True)
def _(bend_slider, lr_slider, wd_slider):
    planar = Fourier.quartic(bend_slider.value).turned(0.3)
    decay_rule = DecayGD(lr_slider.value, wd_slider.value)
    return decay_rule, planar


@app.cell(hide_code=True)
def _(decay_rule, decay_seed, decay_steps, planar):
    decay = reports_decay.run("", planar, decay_rule, int(decay_steps.value), decay_seed.value)
    return (decay,)


@app.cell(hide_code=True)
def _(decay):
    (low, high), (least, most) = decay.norms_sq, decay.exact_interval
    decay_table = [
        ("period in steps", pm(decay.cycle.period), f"small: {decay.small_period:.5g}"),
        ("ρ², late", f"{low:.4g} to {high:.4g}", f"{least:.3g} to {most:.3g}"),
        (f"spells of jumps, δ = {decay.delta:g}", str(decay.bursts), ""),
    ]
    shown(decay.cycle.behaviour, reports_decay.sentences(decay), decay_table, reports_decay.drawing(decay))
    return (decay_table,)


if __name__ == "__main__":
    app.run()
