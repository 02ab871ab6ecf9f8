# /// script
# [tool.marimo.display]
# theme = "system"
# ///
"""A notebook over the simulators, for ``python -m sitheory.explore``: sliders, and at once what a run does."""

import marimo

app = marimo.App(width="medium", app_title="sitheory", css_file="notebook.css")

with app.setup:
    from base64 import b64encode
    from importlib.util import find_spec
    from io import BytesIO
    from typing import Any

    import marimo as mo
    import numpy as np

    from sitheory.edge import long_run
    from sitheory.losses.planar import Fourier
    from sitheory.losses.quotients import Quotients
    from sitheory.losses.regression import BatchNormRegression
    from sitheory.reports import (
        classroom,
        decay as reports_decay,
        network as reports_network,
        regression as reports_regression,
        toy as reports_toy,
    )
    from sitheory.rules import DecayGD, SphereGD

    INDEX = "4f''^2 + f''f'''' - 3f'''^2"
    HALF_WIDTH = 5.0
    """A drawing at most so many inches wide stands beside the words, a wider one below them."""

    def slider(low: float, high: float, step: float, value: float, label: str) -> mo.ui.slider:
        """Return a slider over an even grid."""
        return mo.ui.slider(low, high, step, value=value, label=label, show_value=True)

    def logarithmic(low: float, high: float, count: int, value: float, label: str) -> mo.ui.slider:
        """Return a slider over round numbers of a geometric grid that holds ``value``."""
        grid = {float(f"{v:.2g}") for v in np.geomspace(low, high, count)} | {value}
        return mo.ui.slider(steps=sorted(grid), value=value, label=label, show_value=True)

    def picture(figure, shows: str) -> mo.Html:
        """Return a drawing that the style sheet turns in the dark."""
        drawn = BytesIO()
        figure.savefig(drawn, format="png")
        data = b64encode(drawn.getvalue()).decode()
        return mo.Html(f'<img class="plot" alt="{shows}" src="data:image/png;base64,{data}" />')

    def for_a_page(told: str) -> str:
        """Return a command's sentences with their formula set, and without their options: here there are sliders."""
        return told.replace(INDEX, f"${INDEX}$").replace(" (--steps)", "")

    def shown(heading: str, told: list[str], rows: list[tuple[str, ...]], figure) -> mo.Html:
        """Return what a run did: words, numbers and a drawing, in one column on a narrow screen."""
        head = ["", "measured", "predicted"][: len(rows[0])]
        table = [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]
        words = mo.md("\n".join([f"## {heading}", "", for_a_page(" ".join(told)), "", *table]))
        drawn = picture(figure, f"drawing of the run: {heading}")
        if figure.get_figwidth() > HALF_WIDTH:
            return mo.vstack([words, drawn])
        sides = [side.style({"min-width": "18rem"}) for side in (words, drawn)]
        return mo.hstack(sides, widths=[1, 1], gap=2, wrap=True, align="start")

    def pm(measured) -> str:
        """Return a mean with its standard error, and why that is none."""
        flag = f" ({measured.flag})" if measured.flag else ""
        return f"{measured.mean:.5g} ± {measured.error:.1g}{flag}"

    def asked(*controls) -> mo.Html:
        """Return controls in a row that wraps."""
        return mo.hstack(controls, justify="start", wrap=True)

    def trained_on_digits(elr: float, epochs: int, noise: float) -> Any:
        """Return a perceptron's run on scikit-learn's digits, part of whose labels are wrong."""
        from sitheory import bridge

        data = bridge.data.digits().with_label_noise(noise, rng=0).normalised()
        with mo.status.spinner("training"), bridge.one_thread():
            return bridge.train(bridge.MLP(64, (100, 50), rng=0), bridge.SphereSGD(elr), data, epochs=epochs)

    def shown_network(run: Any) -> mo.Html:
        """Return a network's regime, a drawing of its run, and the theory beside it."""
        from sitheory.bridge import laws

        decided = laws.regime_decision(run)
        drawn = picture(reports_network.drawing(run), f"drawing of the network's run: {decided.regime}")
        words = mo.md(f"## {decided.regime}\n\n{decided.reason}")
        return mo.vstack([words, drawn, mo.plain_text(laws.table(laws.confront(run)))])


@app.cell(hide_code=True)
def _():
    opening = mo.iframe(classroom.page([0.1, 0.2, 0.5], [1, 2, 4]), height="60rem")
    return (opening,)


@app.cell(hide_code=True)
def _(decay_tab, edge_tab, network_tab, opening, sphere_tab):
    mo.ui.tabs(
        {
            "three spheres": opening,
            "on the sphere": sphere_tab,
            "weight decay": decay_tab,
            "edge of stability": edge_tab,
            "a network": network_tab,
        }
    )
    return


@app.cell(hide_code=True)
def _():
    elr_slider = logarithmic(0.01, 2, 60, 0.2, "total ELR")
    groups_slider = slider(1, 8, 1, 3, "n, groups")
    ratio_slider = slider(1, 4, 0.25, 2, "α, each over the one before")
    sphere_steps = logarithmic(1e3, 1e6, 7, 1e4, "steps")
    sphere_seed = slider(0, 20, 1, 0, "seed of the start")
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
def _(elr_slider, groups_slider, ratio_slider, sphere_seed, sphere_steps, toy):
    groups = enumerate(zip(toy.elr_mean, toy.elr_equilibrium, strict=True))
    toy_table = [
        ("mean loss", pm(toy.loss_mean), f"{toy.loss_predicted:.5g}"),
        ("Lyapunov exponent a step", pm(toy.lyapunov), ""),
        *((f"mean ELR, group {i + 1}", pm(mean), f"{level:.5g}") for i, (mean, level) in groups),
    ]
    sphere_tab = mo.vstack(
        [
            mo.md(
                """
                The toy function of *regimes*, $F = \\sum_i \\alpha_i x_i^2 / (x_i^2 + y_i^2)$, by projected gradient
                descent with a total effective learning rate (ELR), from a random start.
                """
            ),
            asked(elr_slider, groups_slider, ratio_slider, sphere_steps, sphere_seed),
            shown(toy.regime, reports_toy.sentences(toy), toy_table, reports_toy.drawing([toy])),
        ]
    )
    return sphere_tab, toy_table


@app.cell(hide_code=True)
def _():
    lr_slider = logarithmic(1e-3, 10, 41, 0.1, "lr")
    wd_slider = logarithmic(1e-5, 0.05, 38, 1e-3, "wd")
    bend_slider = slider(-0.45, 3, 0.05, 1, "b, bend of the loss")
    decay_steps = logarithmic(1e4, 1e6, 5, 1e5, "steps")
    decay_seed = slider(0, 20, 1, 0, "seed of the start")
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
def _(bend_slider, decay, decay_seed, decay_steps, lr_slider, wd_slider):
    (low, high), (least, most) = decay.norms_sq, decay.exact_interval
    decay_table = [
        ("period in steps", pm(decay.cycle.period), f"small: {decay.small_period:.5g}"),
        (
            "ρ², late",
            f"{low:.4g} to {high:.4g}",
            f"{least:.3g} to {most:.3g}{reports_decay.worth(least, most)}",
        ),
        (f"spells of jumps, δ = {decay.delta:g}", str(decay.bursts), ""),
    ]
    decay_tab = mo.vstack(
        [
            mo.md(
                """
                A planar loss, $\\sin^2\\varphi + b \\sin^4\\varphi$, by gradient descent with learning rate and weight
                decay: it settles, cycles or jumps.
                """
            ),
            asked(lr_slider, wd_slider, bend_slider, decay_steps, decay_seed),
            shown(
                decay.cycle.behaviour,
                reports_decay.sentences(decay),
                decay_table,
                reports_decay.drawing(decay),
            ),
        ]
    )
    return decay_tab, decay_table


@app.cell(hide_code=True)
def _():
    samples_slider = slider(5, 40, 5, 20, "n, samples")
    inputs_slider = slider(50, 200, 50, 100, "d, inputs")
    edge_lr = logarithmic(0.1, 2, 14, 1, "lr")
    edge_wd = logarithmic(1e-4, 5e-3, 18, 5e-4, "wd")
    edge_steps = logarithmic(3e3, 5e4, 5, 1.2e4, "steps")
    return edge_lr, edge_steps, edge_wd, inputs_slider, samples_slider


@app.cell(hide_code=True)
def _(edge_lr, edge_steps, edge_wd, inputs_slider, samples_slider):
    size = samples_slider.value, inputs_slider.value
    regression = BatchNormRegression.random(*size, np.random.default_rng(0))
    edge_rule, edge_count = DecayGD(edge_lr.value, edge_wd.value), int(edge_steps.value)
    edge_run = long_run.run(regression, edge_rule, edge_count, 0)
    edge = reports_regression.Report(regression, edge_rule, edge_count, 0, edge_run)
    return (edge,)


@app.cell(hide_code=True)
def _(edge, edge_lr, edge_steps, edge_wd, inputs_slider, samples_slider):
    edge_title = "at the edge of stability" if edge.oscillates else "not at the edge of stability"
    edge_rows = reports_regression.rows(edge)
    edge_tab = mo.vstack(
        [
            mo.md(
                "Linear regression with batch normalisation, more inputs than samples, by gradient descent."
            ),
            asked(samples_slider, inputs_slider, edge_lr, edge_wd, edge_steps),
            shown(
                edge_title, reports_regression.sentences(edge), edge_rows, reports_regression.drawing(edge)
            ),
        ]
    )
    return (edge_tab,)


@app.cell(hide_code=True)
def _():
    network_elr = logarithmic(1e-4, 2, 26, 2e-2, "ELR of the whole network")
    network_epochs = slider(10, 200, 10, 40, "epochs")
    network_noise = slider(0, 0.5, 0.1, 0.2, "share of wrong labels")
    network_button = mo.ui.run_button(label="train")
    return network_button, network_elr, network_epochs, network_noise


@app.cell(hide_code=True)
def _(network_button, network_elr, network_epochs, network_noise):
    missing = [name for name in ("torch", "sklearn") if find_spec(name) is None]
    trained = None
    if network_button.value and not missing:
        trained = trained_on_digits(network_elr.value, network_epochs.value, network_noise.value)
    return missing, trained


@app.cell(hide_code=True)
def _(missing, network_button, network_elr, network_epochs, network_noise, trained):
    if missing:
        result = mo.callout(
            mo.md(f"need {' and '.join(missing)} for networks: `pip install 'sitheory[torch,explore]'`"),
            kind="warn",
        )
    elif trained is None:
        result = mo.md("Press **train**: some seconds for forty epochs.")
    else:
        result = shown_network(trained)
    network_tab = mo.vstack(
        [
            mo.md(
                """
                A perceptron 64-100-50-10 with batch normalisation, all of whose trained weights are scale-invariant, on
                scikit-learn's digits, by SGD on the sphere: the three regimes again, near ELR 0.001, 0.02 and 1.
                """
            ),
            asked(network_elr, network_epochs, network_noise, network_button),
            result,
        ]
    )
    return (network_tab,)


if __name__ == "__main__":
    app.run()
