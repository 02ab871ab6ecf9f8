"""One trajectory, as one plain function that runs as it stands on lists, and compiled on arrays.

``unroll`` makes all variants from this source: the theory's formulas are written into it, and in the compiled ones
loops over the groups are written out, lists ``[0.0] * n`` become single variables, and branches that a run does
not need fall away. The order of the operations, and so every bit of the result, is the same.
"""

from math import copysign, frexp, ldexp, sqrt

from sitheory.theory import kernels

FLUSH = 64  # steps between two additions of the parts to the totals
FLOOR = 2.0**-350  # a coordinate's least size
VANISHING = 2.0**-300  # a group's least share of the squared norm S
LIMIT = 2.0**450  # of S between two rescalings
NARROW, WIDE = 2.0**-32, 2.0**200  # S beyond is rescaled: seldom, as that interrupts the pipeline
SMALL, LARGE = 2.0**-250, 2.0**250  # products beyond have their exponents taken out


def advance(
    n, cadence, recording, averaging, linearised, x_out, y_out, dx_out, dy_out, alpha_in, elr, begin, end,
    every, first, loss_out, ess_out, elr_out, group_ess_out, totals, lost, fractions, exponents, taken,
):  # fmt: skip
    """Take the steps ``begin`` .. ``end - 1`` [regimes eq. 2].

    Args:
        n: Number of groups.
        cadence: Steps between two rescalings.
        recording: Whether to take records.
        averaging: Whether to add to totals and products.
        linearised: Whether to push the tangent (dx, dy) along.
        x_out: First coordinates, n, overwritten.
        y_out: Second coordinates, n, overwritten.
        dx_out: Tangent's first coordinates, n, overwritten.
        dy_out: Tangent's second coordinates, n, overwritten.
        alpha_in: Coefficients, n.
        elr: Total ELR.
        begin: First step.
        end: Step after the last.
        every: Distance between records.
        first: Step of the record with index 0.
        loss_out: Records of F.
        ess_out: Records of the total squared ESS.
        elr_out: Records of the groups' ELRs, flat.
        group_ess_out: Records of the groups' squared ESS, flat.
        totals: Sums of loss, ESS^2, cosine distance, then ELRs, then groups' ESS^2.
        lost: What rounding took from the totals.
        fractions: Products of loss, of the tangent's squared growth, then of the ELRs.
        exponents: Powers of two taken out of them.
        taken: Power of two taken out of S, in place 0.

    Returns:
        A status: 0, 1 (a group vanished) or 2 (not finite).
    """
    x, y, rate, alpha = [0.0] * n, [0.0] * n, [0.0] * n, [0.0] * n
    dx, dy = [0.0] * n, [0.0] * n
    s, g, elrs, ess = [0.0] * n, [0.0] * n, [0.0] * n, [0.0] * n
    elr_part, ess_part, elr_product = [0.0] * n, [0.0] * n, [1.0] * n
    loss_part, moved_part, cos_part, loss_product = 0.0, 0.0, 0.0, 1.0
    for i in range(n):
        x[i], y[i], alpha[i] = x_out[i], y_out[i], alpha_in[i]
        rate[i] = kernels.group_rate(elr, alpha[i])
    if linearised:
        for i in range(n):
            dx[i], dy[i] = dx_out[i], dy_out[i]
    if averaging:
        loss_product = fractions[0]
        for i in range(n):
            elr_product[i] = fractions[2 + i]
    record = first
    index = 0
    if recording and record < begin:
        index = (begin - first + every - 1) // every
        record = first + index * every
    t = begin
    while t < end:
        if t % cadence == 0:
            whole, least, lowest = 0.0, LIMIT, LIMIT
            for i in range(n):
                a, b = x[i] * x[i], y[i] * y[i]
                whole += a + b
                least = a + b if a + b < least else least
                lowest = a if a < lowest else lowest
                lowest = b if b < lowest else lowest
            if not whole < LIMIT:
                return 2
            if least < VANISHING * whole:
                return 1
            scale = 1.0
            if lowest < FLOOR * FLOOR or not NARROW < whole < WIDE:
                half = frexp(whole)[1] // 2
                scale = ldexp(1.0, -half)
                taken[0] += 2.0 * half
                for i in range(n):
                    x[i] *= scale
                    y[i] *= scale
                    if -FLOOR < x[i] < FLOOR and x[i] != 0.0:
                        x[i] = copysign(FLOOR, x[i])
                    if -FLOOR < y[i] < FLOOR and y[i] != 0.0:
                        y[i] = copysign(FLOOR, y[i])
            if linearised:
                length = 0.0
                for i in range(n):
                    length += dx[i] * dx[i] + dy[i] * dy[i]
                fraction, exponent = frexp(fractions[1] * (length / whole))
                fractions[1] = fraction
                exponents[1] += exponent
                if length == 0.0:
                    for i in range(n):
                        dx[i], dy[i] = y[i], -x[i]
                else:
                    scale = sqrt(whole / length) * scale
                    for i in range(n):
                        dx[i] *= scale
                        dy[i] *= scale
        stop = min(end, t - t % cadence + cadence)
        for step in range(t, stop):
            whole = 0.0
            for i in range(n):
                s[i] = kernels.group_norm_sq(x[i], y[i])
                g[i] = kernels.group_turn(rate[i], x[i], y[i], s[i])
                whole += s[i]
            if averaging or (recording and step == record):
                loss, moved = 0.0, 0.0
                for i in range(n):
                    loss += kernels.group_loss(alpha[i], x[i], s[i])
                    elrs[i] = kernels.group_elr(elr, whole, s[i])
                    ess[i] = kernels.group_ess_sq(g[i], whole)
                    moved += kernels.step_norm_sq(s[i], ess[i])
                if recording and step == record:
                    loss_out[index] = loss
                    ess_out[index] = moved / whole
                    for i in range(n):
                        elr_out[index * n + i] = elrs[i]
                        group_ess_out[index * n + i] = ess[i]
                    record += every
                    index += 1
                if averaging:
                    loss_part += loss
                    moved_part += moved / whole
                    grown = whole + moved
                    cos_part += kernels.cos_dist_of_step(moved, grown, sqrt(whole * grown))
                    loss_product *= loss
                    if not SMALL < loss_product < LARGE:
                        loss_product, exponent = frexp(loss_product)
                        exponents[0] += exponent
                    for i in range(n):
                        elr_part[i] += elrs[i]
                        ess_part[i] += ess[i]
                        elr_product[i] *= elrs[i]
                        if not SMALL < elr_product[i] < LARGE:
                            elr_product[i], exponent = frexp(elr_product[i])
                            exponents[2 + i] += exponent
            if linearised:
                for i in range(n):
                    inverse = kernels.reciprocal(s[i])
                    angle = whole * g[i]
                    change = kernels.tangent_turn(x[i], y[i], dx[i], dy[i], rate[i], g[i], inverse, whole)
                    dx[i], dy[i] = kernels.tangent_step(x[i], y[i], dx[i], dy[i], angle, change)
            for i in range(n):
                x[i], y[i] = kernels.group_step(x[i], y[i], g[i], whole)
            if linearised:
                whole, along = 0.0, 0.0
                for i in range(n):
                    whole += x[i] * x[i] + y[i] * y[i]
                    along += x[i] * dx[i] + y[i] * dy[i]
                along /= whole
                for i in range(n):
                    dx[i] -= along * x[i]
                    dy[i] -= along * y[i]
        t = stop
        if averaging and (t % FLUSH == 0 or t == end):
            add(totals, lost, 0, loss_part)
            add(totals, lost, 1, moved_part)
            add(totals, lost, 2, cos_part)
            loss_part, moved_part, cos_part = 0.0, 0.0, 0.0
            for i in range(n):
                add(totals, lost, 3 + i, elr_part[i])
                add(totals, lost, 3 + n + i, ess_part[i])
                elr_part[i], ess_part[i] = 0.0, 0.0
    for i in range(n):
        x_out[i], y_out[i] = x[i], y[i]
    if linearised:
        for i in range(n):
            dx_out[i], dy_out[i] = dx[i], dy[i]
    if averaging:
        fractions[0] = loss_product
        for i in range(n):
            fractions[2 + i] = elr_product[i]
    return 0


def add(totals, lost, place, part):
    """Add to a total with Kahan's compensation."""
    term = part - lost[place]
    total = totals[place] + term
    lost[place] = (total - totals[place]) - term
    totals[place] = total
