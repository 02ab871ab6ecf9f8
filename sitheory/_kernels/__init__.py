"""The compiled loops, by what they follow, and the entry points of those over the toy on the sphere.

``toy`` follows F(x, y) = sum_i alpha_i x_i^2 / (x_i^2 + y_i^2), ``decay`` gradient descent with weight decay, ``beta``
beta-sequences, ``regression`` linear regression with batch normalisation, ``surfaces`` and ``flow`` the losses with
curved minimisers. Their arithmetic is that of ``sitheory.theory`` (``formulas``), but for regression's, which is
compared with it by tests; ``syntax`` reads syntax trees, for ``toy.unroll`` and for the code hash of results.

The rest of this text is about the toy. Projected gradient descent with a fixed total ELR [regimes eq. 2],
without ever normalising: the step is homogeneous of degree one, so the state may have any norm, and only
ratios mean anything. This package is the only place that imports numba, and it does so at the first call
that needs it. Arguments are trusted: positive finite ``alpha``, ``elr``, ``steps`` >= 1, ``windows`` <=
``steps``, no group at the origin, and a total squared norm between 2**-300 and 2**300.

Samples (``every`` = k > 0): one record for each step t with t % k == 0, of the state before step t and of
the step that it then takes. Windows (``windows`` = W > 0): the steps of the call are cut at
``w * steps // W``, and each quantity is averaged over the steps of each window. n groups, L lanes; a
single trajectory's results have the same names and shapes without the last axis.

==========================  ============  =============================================================
key                         shape         when; what
==========================  ============  =============================================================
``x2``, ``y2``              (n, L)        always; state after the last step, of any norm
``x``, ``y``                (n,)          the same of a single trajectory, with signs
``status``                  (L,)          always; ``OK``, ``VANISHED`` or ``OVERFLOW``
``loss``                    (R, L)        every; F
``ess_sq``                  (R, L)        every; total squared ESS
``elr``                     (R, n, L)     every; the groups' ELRs
``group_ess_sq``            (R, n, L)     every; the groups' squared ESS
``mean_loss``               (W, L)        windows
``mean_elr``                (W, n, L)     windows
``mean_log_loss``           (W, L)        windows with ``log_loss`` or ``full``; -inf where F hits 0
``mean_ess_sq``             (W, L)        windows with ``full``; so all below
``mean_log1p_ess_sq``       (W, L)        log(1 + total squared ESS)
``mean_cos_dist``           (W, L)        1 - 1/sqrt(1 + total squared ESS)
``mean_log_elr``            (W, n, L)
``mean_group_ess_sq``       (W, n, L)
``mean_group_log1p_ess_sq``  (W, n, L)    log(1 + a group's squared ESS)
``mean_growth``             (W,)          ``tangent``, single only; log growth of the tangent a step
``tangent``                 (2, n)        ``tangent``, single only; the tangent after the last step
==========================  ============  =============================================================

A long run may be cut anywhere: hand the state (and the tangent) that came back to the next call with
``start`` = number of steps done so far; the states and samples are bit for bit those of one long call.

What happens at the edges of float64, the same on every path and part of the definition: before each step
t with t % cadence == 0 the state is rescaled by an exact power of two; a lane with S >= 2**300 or NaN
gets ``OVERFLOW`` and one with a group under 2**-300 of S gets ``VANISHED`` (a group on an axis takes no
steps while the others grow, so its ELR diverges), its state becomes NaN and with it all its later
outputs; a squared coordinate under 2**-700 of S but not zero is lifted to 2**-700 S. So a converged
coordinate rests there instead of dying in the denormals: it costs nothing and can still grow when its
group's ELR passes 1/alpha. Exact zeros stay exact zeros. The cadence is 8 steps, 16 for a single
trajectory, or 1 where elr * sum(alpha) > 64. Rescaling itself never changes a bit of a result. A single
trajectory works in x and y: it is rescaled only where S left 2**-32 .. 2**200, so its floor is a share of S
between 2**-732 and 2**-900, and its limit is 2**450.
"""

from sitheory._kernels.status import Status

OK, VANISHED, OVERFLOW = int(Status.OK), int(Status.VANISHED), int(Status.OVERFLOW)


def run_single(
    x, y, alpha, elr, steps, *, start=0, every=0, windows=0, tangent=None, progress=None, engine=None
):
    """Follow one trajectory; short runs in plain Python, long ones compiled, with the same bits.

    Args:
        x: First coordinates of the groups, n numbers.
        y: Second coordinates of the groups, n numbers.
        alpha: Coefficients of the groups, n numbers.
        elr: Total ELR.
        steps: Number of steps.
        start: Number of steps done before this call.
        every: Record each step that this divides; 0 records nothing.
        windows: Number of equal windows to average over; 0 averages nothing.
        tangent: Pair (dx, dy) of n numbers each to push through the linearised map on the sphere; it
            is projected onto the tangent space first. Averages its growth over the windows (one if 0).
        progress: Called with the number of steps done, a few times a second.
        engine: "python" or "compiled"; None chooses by the amount of work.

    Returns:
        The table's entries as lists; as arrays where the run was compiled.
    """
    from sitheory._kernels.toy.trajectory import run

    return run(x, y, alpha, elr, steps, start, every, windows, tangent, progress, engine)


def run_ensemble(
    x2,
    y2,
    alpha,
    elr,
    steps,
    *,
    start=0,
    every=0,
    windows=0,
    log_loss=False,
    full=False,
    threads=None,
    progress=None,
    path=None,
):
    """Follow many independent trajectories (lanes); no result depends on threads or on other lanes.

    Args:
        x2: Squared first coordinates, shape (n, L).
        y2: Squared second coordinates, shape (n, L).
        alpha: Coefficients of the groups, n numbers, the same in all lanes.
        elr: Total ELR of each lane, shape (L,).
        steps: Number of steps.
        start: Number of steps done before this call.
        every: Record each step that this divides; 0 records nothing.
        windows: Number of equal windows to average over; 0 averages nothing.
        log_loss: Also average log F.
        full: Average everything.
        threads: Number of threads; None takes one a core.
        progress: Called with the number of steps done (a mean over lanes), a few times a second.
        path: "vectors" or "arrays"; None takes vectors, and arrays where numba cannot build them.

    Returns:
        The table's entries as arrays.
    """
    from sitheory._kernels.toy.ensemble import run

    return run(
        x2,
        y2,
        alpha,
        elr,
        steps,
        start,
        every,
        windows,
        2 if full else int(log_loss),
        threads,
        progress,
        path,
    )
