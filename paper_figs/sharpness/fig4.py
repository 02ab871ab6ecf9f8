"""Descent on a three-dimensional loss, onto the minimisers and along them (sharpness Figure 4)."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure
from sitheory.losses.curved import Cone

NEEDS = ("sharpness_curve",)
CLAIMS = ("sharpness:thm4.4", "sharpness:thm4.7", "sharpness:flow")
COST = "a few seconds"
VIEW = (38, 38)
HALF = 0.75


def draw(result: xr.Dataset) -> Figure:
    """Draw the path on the sphere, coloured by loss, and the longitude against the flow's."""
    loss = Cone.curve(json.loads(result.attrs["config"])["height"])
    figure = new_figure(7.2, 3.6)
    ball = figure.add_subplot(1, 2, 1, projection="3d", computed_zorder=False)
    _sphere(ball, loss)
    _path(ball, result["theta"].values, result["flow"].values[0])
    ball.legend(loc="upper center", bbox_to_anchor=(0.5, 0.04), ncols=2, fontsize=7, handlelength=1.4)
    ball.view_init(*VIEW)
    ball.set_axis_off()
    ball.set(xlim=(-HALF, HALF), ylim=(-HALF, HALF), zlim=(-HALF + 0.3, HALF + 0.3))
    ball.set_box_aspect((1, 1, 1), zoom=1.25)
    axes = figure.add_subplot(1, 2, 2)
    theta, flow = result["theta"].values, result["flow"].values
    angle = np.degrees(np.arctan2(theta[:, 1], theta[:, 0]))
    axes.plot(result["step"], angle, color=INKS[0], label="descent")
    axes.plot(
        result["step"],
        np.degrees(np.arctan2(flow[:, 1], flow[:, 0])),
        color=INKS[1],
        linestyle="--",
        label="flow",
    )
    axes.axhline(90, color=INKS[4], linestyle=":", linewidth=0.8)
    axes.set(xlabel="step", ylabel="longitude along the minimisers, degrees")
    axes.legend(loc="lower right")
    return figure


def _sphere(ball, loss: Cone) -> None:
    lat, lon = np.meshgrid(np.linspace(0, np.pi / 2, 91), np.linspace(-np.pi, np.pi, 361))
    points = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    value = loss.value(np.moveaxis(points, 0, -1))
    shade = 0.45 + 0.5 * (value / value.max()) ** 0.4
    colors = np.stack([shade, shade, shade * 1.0, np.ones_like(shade)], axis=-1).clip(0, 1)
    ball.plot_surface(*points, facecolors=colors, rstride=2, cstride=2, linewidth=0, shade=False, zorder=0)
    turn = np.linspace(-np.pi / 3, np.pi * 5 / 6, 200)
    curve = np.cos(turn) / 2**0.5, np.sin(turn) / 2**0.5, np.full(200, 0.5**0.5)
    ball.plot(*curve, color="black", zorder=1, label="minimisers")


def _path(ball, theta: np.ndarray, zeta_0: np.ndarray) -> None:
    lifted = 1.004 * theta
    ball.plot(*lifted.T, color=INKS[1], linewidth=0.25, zorder=2)
    ball.plot(
        [], [], [], color=INKS[1], linewidth=1, label="descent"
    )  # in the legend a line that can be seen
    marks = {"depthshade": False}
    ball.scatter(*lifted[:1].T, color=INKS[2], s=18, zorder=3, label="start", **marks)
    zeta = 1.004 * zeta_0[:, None]
    ball.scatter(
        *zeta,
        color="white",
        edgecolor="black",
        s=22,
        zorder=4,
        label=r"$\zeta_0$, where the flow begins",
        **marks,
    )
    star = [0], [0.5**0.5], [0.5**0.5]
    ball.scatter(*star, color="#d01c1c", marker="*", s=70, zorder=5, label="flattest minimiser", **marks)


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the last longitude against the flattest minimiser's, and the late ELR times sharpness against 2."""
    config, late = json.loads(result.attrs["config"]), slice(-200, None)
    size = (config["lr"] * config["wd"]) ** 0.5
    theta = result["theta"].values[late]
    angle = float(np.degrees(np.arctan2(theta[:, 1], theta[:, 0])).mean())
    edge = float((result["elr"] * result["sharpness"]).values[late].mean())
    why = r"the oscillation's size, $\sqrt{\eta\lambda}$"
    return [
        Number(
            "late longitude in degrees, the flattest minimiser's",
            90,
            angle,
            slack=float(np.degrees(size)),
            why=why,
        ),
        Number(r"mean late $\tilde\eta \lambda_1$", 2, edge, slack=2 * size, why=why),
    ]
