"""One trajectory: choose the engine, feed it by pieces, and read the results out."""

import functools
from math import inf, log, nan
from time import monotonic

from sitheory._kernels import OK
from sitheory._kernels.toy import single
from sitheory._kernels.toy.unroll import unrolled

_PLAIN_WORK = 1.5e5  # group-steps that plain Python does while numba is being imported
_PIECE_SECONDS = 0.1
_STEEP = 64.0  # elr * sum(alpha) above which the state is rescaled at every step
_CADENCE = 16


def run(x, y, alpha, elr, steps, start, every, windows, tangent, progress, engine):
    """Follow the trajectory; see ``run_single``."""
    if tangent is not None and not windows:
        windows = 1
    work = steps * len(alpha) * (1 + 2 * bool(windows) + 2 * (tangent is not None))
    compiled = engine == "compiled" or (engine is None and work > _PLAIN_WORK)
    trip = _Trip(x, y, alpha, elr, start, start + steps, every, bool(windows), tangent, compiled)
    means = []
    for w in range(max(windows, 1)):
        means.append(trip.window(start + (w + 1) * steps // max(windows, 1), progress))
    out = trip.results()
    if windows:
        out |= {key: trip.new([m[key] for m in means]) for key in means[0]}
    return out


def _projected(x, y, dx, dy):
    """The tangent vector without its part along (x, y)."""
    along = sum(a * b for a, b in zip([*x, *y], [*dx, *dy], strict=True)) / sum(a * a for a in [*x, *y])
    return [d - along * a for a, d in zip(x, dx, strict=True)], [
        d - along * a for a, d in zip(y, dy, strict=False)
    ]


@functools.cache
def _plain():
    """``single.advance`` with the formulas written into it: a call would cost more than what it computes."""
    return unrolled(single.advance, "advance", {})


class _Trip:
    """The sequences that the engine reads and writes: lists for plain Python, arrays when compiled."""

    def __init__(self, x, y, alpha, elr, start, end, every, averaging, tangent, compiled):
        x, y, alpha = ([float(e) for e in values] for values in (x, y, alpha))
        self.n, self.elr, self.start, self.t, self.end = len(alpha), float(elr), start, start, end
        self.every, self.averaging, self.linearised = every, averaging, tangent is not None
        self.cadence = 1 if elr * sum(alpha) > _STEEP else _CADENCE
        self.switches = self.cadence, every > 0, averaging, self.linearised
        self.new, self._filled, self.advance = list, lambda number, count: [number] * count, _plain()
        if compiled:
            from sitheory._kernels.toy.compiled import advance, array, filled

            self.new, self._filled, self.advance = array, filled, advance(self.n, *self.switches)
        dx, dy = ([float(e) for e in d] for d in tangent) if self.linearised else ((), ())
        if self.linearised and start == 0:
            dx, dy = _projected(x, y, dx, dy)
        self.x, self.y, self.alpha, self.dx, self.dy = map(self.new, (x, y, alpha, dx, dy))
        self.status, self.taken, self.piece = OK, self._filled(0.0, 1), 4096
        self.first = -(-start // every) * every if every else 0
        self.count = -(-end // every) - self.first // every if every else 0
        sizes = (self.count, self.count, self.count * self.n, self.count * self.n)
        self.records = [self._filled(nan, size) for size in sizes]

    def window(self, end, progress):
        """Go on to step ``end``; the means over the steps up to there."""
        sums, logs = 3 + 2 * self.n, 2 + self.n
        totals, lost = self._filled(0.0, sums), self._filled(0.0, sums)
        fractions, exponents = self._filled(1.0, logs), self._filled(0.0, logs)
        before, begin = self._mark(), self.t
        while self.t < end and self.status == OK:
            self._take_piece(end, (totals, lost, fractions, exponents))
            if progress is not None:
                progress(self.t - self.start)
        if not self.averaging:
            return {}
        if self.status != OK:
            return self._means([nan] * sums, [nan] * logs, [nan] * (self.n + 2), 1)
        products = [_log(f) + e * log(2.0) for f, e in zip(fractions, exponents, strict=True)]
        grown = [b - a for a, b in zip(before, self._mark(), strict=True)]
        return self._means(list(totals), products, grown, end - begin)

    def _take_piece(self, end, sums):
        """Some more steps, about as many as fit between two reports; cut where the parts are flushed."""
        stop = min(end, self.t - self.t % single.FLUSH + self.piece)
        clock = monotonic()
        self.status = int(
            self.advance(
                self.n, *self.switches, self.x, self.y, self.dx, self.dy, self.alpha, self.elr,
                self.t, stop, self.every, self.first, *self.records, *sums, self.taken,
            )
        )  # fmt: skip
        self.t = stop
        if monotonic() - clock < _PIECE_SECONDS / 2:
            self.piece *= 2
        if self.status != OK:
            self.x, self.y = self._filled(nan, self.n), self._filled(nan, self.n)

    def _mark(self):
        """Logarithms of the groups' squared norms, of S, and of the tangent's squared length over S."""
        s = [a * a + b * b for a, b in zip(self.x, self.y, strict=True)]
        whole = sum(s)
        length = sum(a * a for a in [*self.dx, *self.dy])
        shift = self.taken[0] * log(2.0)
        return [*(_log(e) + shift for e in s), _log(whole) + shift, _log(length) - _log(whole)]

    def _means(self, totals, products, grown, steps):
        n = self.n
        totals, products, grown = ([e / steps for e in values] for values in (totals, products, grown))
        means = {
            "mean_loss": totals[0],
            "mean_elr": totals[3 : 3 + n],
            "mean_log_loss": products[0],
            "mean_ess_sq": totals[1],
            "mean_log1p_ess_sq": grown[n],
            "mean_cos_dist": totals[2],
            "mean_log_elr": products[2:],
            "mean_group_ess_sq": totals[3 + n :],
            "mean_group_log1p_ess_sq": grown[:n],
        }
        if self.linearised:
            means["mean_growth"] = (products[1] + grown[n + 1]) / 2
        return means

    def results(self):
        """State, status and records."""
        out = {"x": self.x, "y": self.y, "status": self.status}
        if self.linearised:
            out["tangent"] = self.new([self.dx, self.dy])
        if self.every:
            loss, ess_sq, elr, group_ess_sq = self.records
            out |= {"loss": loss, "ess_sq": ess_sq, "elr": self._rows(elr)}
            out["group_ess_sq"] = self._rows(group_ess_sq)
        return out

    def _rows(self, flat):
        """One row a record."""
        if self.new is not list:
            return flat.reshape(-1, self.n)
        return [flat[i : i + self.n] for i in range(0, len(flat), self.n)]


def _log(number):
    """The logarithm, with that of 0 and of nothing at all."""
    return log(number) if number > 0.0 else -inf if number == 0.0 else nan
