"""Momentum: how far the norm can fall, where it is held, and what replaces the mean of log cos."""

from proofs_check import Claim, Clause, Form, Statement, algebra, kernel, reals, trial
from proofs_check.beyond import momentum_runs
from sitheory.theory import optimisers, scale

RUN = "forall n mu lr wd x m g, BeyondMomentum.averaged_run n mu lr wd x m g -> 0 <= mu < 1 -> 0 < lr -> "
FALLS = RUN + "lr * wd < 1 -> forall t, {least} * Norm.norm n (x t) <= Norm.norm n (x (S t))"
GAINS = RUN + (
    "lr * wd <= 1 / 2 -> forall t, (1 - lr * wd) ^ 2 * norm_sq n (x t) "
    "+ {share}lr ^ 2 * (1 - mu) ^ 2 * norm_sq n (g t) / (1 + mu) <= norm_sq n (x (S t))"
)
BELOW = "(2 * (1 - lr * wd) * lr * (1 - mu) * l / sqrt (1 + mu))"
HELD = "lr * wd <= 1 / 2 -> 0 < l -> "
ABSORBS = (
    RUN.replace("x m g,", "x m g l,")
    + HELD
    + "(forall t, l ^ 2 <= norm_sq n (g t) * norm_sq n (x t)) -> "
    + f"forall t, {{share}}{BELOW} <= norm_sq n (x (S t))"
)
RESTS = (
    RUN.replace("x m g,", "x m g l L,")
    + "0 < wd -> "
    + HELD
    + "(forall t, l ^ 2 <= norm_sq n (g t) * norm_sq n (x t) <= L ^ 2) -> "
    "BeyondMomentum.in_the_end (fun t => norm_sq n (x t)) (lr ^ 2 * L ^ 2 * (1 + (1 - lr * wd) * mu) "
    f"/ ({{share}}(1 - (1 - lr * wd) ^ 2) * (1 - (1 - lr * wd) * mu) * {BELOW}))"
)
COUPLED = (
    "forall n mu lr wd root x v g, BeyondMomentum.heavy_run n mu lr wd x v g -> 0 <= mu < 1 -> 0 < lr -> "
    "0 <= wd -> root ^ 2 - (1 + mu - lr * wd) * root + mu = 0 -> 0 < root -> "
)
COUPLED_FALLS = COUPLED + "forall t, {least} * Norm.norm n (x t) <= Norm.norm n (x (S t))"

NORM = Claim(
    id="beyond:momentum-norm",
    source="beyond",
    printed=Form(
        r"Let momentum $0 \le \mu < 1$ start with an empty buffer, and let $\langle g_t, x_t\rangle = 0$, whatever "
        r"the loss and the noise. With an average of gradients and decoupled decay, as in `beyond:momentum-law`, no "
        r"step shrinks the norm by more than the decay: $\rho_{t+1} \ge (1-\eta\lambda)\rho_t$ for $\eta\lambda < "
        r"1$. For $\eta\lambda \le \frac12$, $\rho_{t+1}^2 \ge (1-\eta\lambda)^2\rho_t^2+"
        r"\frac{\eta^2(1-\mu)^2\|g_t\|^2}{1+\mu}$; so where $\ell \le \rho_t\|g_t\| \le L$ with $\ell > 0$ for all "
        r"$t$, $\rho_t^2 \ge m^2 = \frac{2(1-\eta\lambda)\eta(1-\mu)\ell}{\sqrt{1+\mu}}$ from the first step on, "
        r"and, with $a = 1-\eta\lambda < 1$ and for every $\varepsilon > 0$, in the end $\rho_t^2 \le "
        r"\frac{\eta^2L^2(1+a\mu)}{(1-a^2)(1-a\mu)m^2}+\varepsilon$. With coupled decay $\rho_{t+1} \ge r\rho_t$, "
        r"where $r^2-(1+\mu-\eta\lambda)r+\mu = 0$ has real "
        r"solutions and $r$ is the greater.",
        (
            kernel(
                FALLS.format(least="(1 - lr * wd)"),
                "BeyondMomentum.averaged_floor",
                mutants=[FALLS.format(least="1")],
                part="decoupled, one step",
            ),
            kernel(
                GAINS.format(share=""),
                "(fun n mu lr wd x m g run Hmu Hlr H => BeyondMomentum.gain_step n mu lr wd x m g run Hmu Hlr "
                "ltac:(lra) ltac:(lra))",
                mutants=[GAINS.format(share="2 * ")],
                part="the gain",
            ),
            kernel(
                ABSORBS.format(share=""),
                "(fun n mu lr wd x m g l run Hmu Hlr H Hl K => BeyondMomentum.absorbed_below n mu lr wd x m g run "
                "Hmu Hlr ltac:(lra) ltac:(lra) l K)",
                mutants=[ABSORBS.format(share="2 * ")],
                part="the interval's lower end",
            ),
            kernel(
                RESTS.format(share=""),
                "(fun n mu lr wd x m g l L run Hmu Hlr Hwd H Hl K => BeyondMomentum.absorbed_above n mu lr wd x m g "
                "l L run Hmu Hlr Hwd H Hl K)",
                mutants=[RESTS.format(share="100 * ")],
                part="the interval's upper end",
            ),
            kernel(
                COUPLED_FALLS.format(least="root"),
                "BeyondMomentum.heavy_floor",
                mutants=[COUPLED_FALLS.format(least="(2 * root)")],
                part="coupled, one step",
            ),
            trial(
                "300 steps, gradients of random losses with noise, or of any length along or against the buffer",
                momentum_runs.falls(decoupled=True),
                n=40,
                part="decoupled, one step",
                mutants=[("by more than half the decay", momentum_runs.falls(decoupled=True, slack=0.5))],
            ),
            trial(
                "the same",
                momentum_runs.gains(),
                n=40,
                part="the gain",
                mutants=[("half as much again", momentum_runs.gains(1.5))],
            ),
            trial(
                "4,000 steps, gradients within a factor of ten, eta lambda from 0.03 to 0.5, mu up to 0.98",
                momentum_runs.absorbed(),
                n=20,
                part="the interval's lower end",
                mutants=[("a lower end 1.3 times as high", momentum_runs.absorbed(below=1.3))],
            ),
            trial(
                "the same",
                momentum_runs.absorbed(),
                n=20,
                part="the interval's upper end",
                mutants=[("an upper end ten times as low", momentum_runs.absorbed(above=0.1))],
            ),
            trial(
                "300 steps, mu from 0 to 0.999, eta lambda up to (1 - sqrt mu)^2",
                momentum_runs.falls(decoupled=False),
                n=40,
                part="coupled, one step",
                mutants=[("by less than r", momentum_runs.falls(decoupled=False, slack=1.0))],
            ),
        ),
        clauses=(
            Clause(
                "decoupled decay: no step shrinks the norm by more than the decay", ("decoupled, one step",)
            ),
            Clause("a gradient adds at least its share of (1 - mu)^2/(1 + mu)", ("the gain",)),
            Clause("the norm is at least m from the first step on", ("the interval's lower end",)),
            Clause("and in the end at most the upper end", ("the interval's upper end",)),
            Clause("coupled decay: no step shrinks the norm by more than r", ("coupled, one step",)),
        ),
        note="The buffer never points along the weights: <x, m> is multiplied by (1 - eta lambda) mu and loses eta "
        "|m|^2 in a step; without decay this is Heo et al.'s growth of the norm (2021). A gradient "
        "shows in two successive buffers at most sqrt(1 + mu) times over. Coupled decay is decoupled decay with 1 - "
        "eta lambda and mu replaced by the two roots, up to the first step. The upper end is not sharp.",
    ),
    needs=("beyond:momentum-law",),
)

TURNS = (
    RUN + "lr * wd < 1 -> forall T, (0 < T)%nat -> sum_to T (fun t => ln (cosine n (x (S t)) (x t))) <= "
    "INR T * ln ((1 - {twice}lr * wd + mu) / (1 + (1 - lr * wd) * mu)) "
    "- (1 - (1 - lr * wd) * mu) / (1 + (1 - lr * wd) * mu) * ln (Norm.norm n (x T) / Norm.norm n (x O))"
)
COUPLED_TURNS = COUPLED + (
    "forall T, (0 < T)%nat -> 0 < 1 + mu - {twice}lr * wd + (mu / root - mu) / INR T -> "
    "sum_to T (fun t => ln (cosine n (x (S t)) (x t))) <= "
    "INR T * ln ((1 + mu - {twice}lr * wd + (mu / root - mu) / INR T) / (1 + mu)) "
    "- (1 - mu) / (1 + mu) * ln (Norm.norm n (x T) / Norm.norm n (x O))"
)

MEAN = Claim(
    id="beyond:momentum-mean",
    source="beyond",
    printed=Form(
        r"With momentum, from an empty buffer, the geometric mean of the cosine between steps has an upper bound in "
        r"place of the value $1-\eta\lambda$. Decoupled decay, $\eta\lambda < 1$: for every $T \ge 1$, "
        r"$\sum_{t<T}\log\cos\angle(x_t,x_{t+1}) \le "
        r"T\log\frac{1+\mu-\eta\lambda}{1+\mu(1-\eta\lambda)}-\frac{1-\mu(1-\eta\lambda)}{1+\mu(1-\eta\lambda)}"
        r"\log\frac{\rho_T}{\rho_0}$. Coupled decay, with $r$ as in `beyond:momentum-norm`: "
        r"$\le T\log\frac{1+\mu-\eta\lambda+(\mu/r-\mu)/T}{1+\mu}-\frac{1-\mu}{1+\mu}\log\frac{\rho_T}{\rho_0}$.",
        (
            kernel(
                TURNS.format(twice=""),
                "BeyondMomentum.averaged_mean_turn",
                mutants=[TURNS.format(twice="2 * ")],
                part="decoupled",
                total=True,
            ),
            kernel(
                COUPLED_TURNS.format(twice=""),
                "(fun n mu lr wd root x v g run Hmu Hlr Hwd Hr Hp T HT _ => "
                "BeyondMomentum.heavy_mean_turn n mu lr wd root x v g run Hmu Hlr Hwd Hr Hp T HT)",
                mutants=[COUPLED_TURNS.format(twice="2 * ")],
                part="coupled",
                total=True,
            ),
            trial(
                "after each of 300 steps, gradients of random losses with noise, or along or against the buffer",
                momentum_runs.mean_turn(decoupled=True),
                n=40,
                part="decoupled",
                mutants=[("with 1.2 times the decay", momentum_runs.mean_turn(decoupled=True, factor=1.2))],
            ),
            trial(
                "the same, eta lambda up to (1 - sqrt mu)^2",
                momentum_runs.mean_turn(decoupled=False),
                n=40,
                part="coupled",
                mutants=[("with 1.2 times the decay", momentum_runs.mean_turn(decoupled=False, factor=1.2))],
            ),
        ),
        clauses=(Clause("decoupled decay", ("decoupled",)), Clause("coupled decay", ("coupled",))),
        note="The law of the products, divided by the squared norm, says that cos_t q_t + b cos_t/q_t has the mean "
        "1 + mu - eta lambda, q_t the ratio of successive norms and b = mu(1 - eta lambda), or mu; its logarithm is "
        "at least log cos_t + log(1 + b) + (1 - b)/(1 + b) log q_t. So a norm that breathes turns the weights more "
        "than one that rests, where the bound is the value. All cosines are positive: cos_t q_t is at "
        "least 1 - eta lambda, or r.",
    ),
    needs=("beyond:momentum-law", "beyond:momentum-norm"),
)

x, v, g, momentum, lr, wd = reals("x v g mu lr wd")
summed = optimisers.summed(v, optimisers.coupled(g, x, wd), momentum)
full = optimisers.coupled(g, x, wd)
after = x - lr * optimisers.ahead(summed, full, momentum)
point = after + lr * momentum * summed
mean = optimisers.averaged(v, g, momentum)
mean_after = optimisers.decayed(x, optimisers.ahead(mean, (1 - momentum) * g, momentum), lr, 1 - lr * wd)
mean_point = mean_after + lr * momentum * mean
coupled = Statement([], point == scale.heavy_ball_step(x, 0, g, 0, lr, wd)[0])
before_point = x + lr * momentum * v
back = Statement([], after == point + momentum * (point - before_point))
decoupled = Statement([], mean_point == (1 - lr * wd) * x - lr * (1 - momentum) * g)
STEP = (
    "forall n x g lr wd, dot n g x = 0 -> dot n x (decay_step x g lr wd) = {kept} * norm_sq n x /\\ "
    "norm_sq n (decay_step x g lr wd) = {kept} ^ 2 * norm_sq n x + lr ^ 2 * norm_sq n g"
)

NESTEROV = Claim(
    id="beyond:nesterov-law",
    source="beyond",
    printed=Form(
        r"Nesterov's momentum, $v_{t+1} = \mu v_t+g_t+\lambda x_t$, $x_{t+1} = x_t-\eta(g_t+\lambda x_t+\mu "
        r"v_{t+1})$, is plain descent from the weights to the point $z_{t+1} = x_{t+1}+\eta\mu v_{t+1}$: $z_{t+1} = "
        r"(1-\eta\lambda)x_t-\eta g_t$ and $x_{t+1} = z_{t+1}+\mu(z_{t+1}-z_t)$. So, where $\langle g_t,x_t\rangle "
        r"= 0$, $\langle x_t,z_{t+1}\rangle = (1-\eta\lambda)\rho_t^2$ and $\|z_{t+1}\|^2 = "
        r"(1-\eta\lambda)^2\rho_t^2+\eta^2\|g_t\|^2$. With an average of gradients, $m_{t+1} = \mu m_t+(1-\mu)g_t$, "
        r"and decoupled decay, $x_{t+1} = (1-\eta\lambda)x_t-\eta(\mu m_{t+1}+(1-\mu)g_t)$, the same holds of "
        r"$z_{t+1} = x_{t+1}+\eta\mu m_{t+1}$ with $\eta(1-\mu)g_t$ in place of $\eta g_t$, but for the way back "
        r"from $z$ to $x$.",
        (
            algebra(coupled, part="coupled", mutants=[coupled.but(then=point == (1 + lr * wd) * x - lr * g)]),
            algebra(
                back,
                part="the way back",
                mutants=[back.but(then=after == point + momentum * (point - x))],
            ),
            algebra(
                decoupled,
                part="decoupled",
                mutants=[decoupled.but(then=mean_point == (1 - lr * wd) * x - lr * g)],
            ),
            kernel(
                STEP.format(kept="(1 - lr * wd)"),
                "(fun n x g lr wd H => conj (dot_step n x g lr wd H) (norm_sq_step n x g lr wd H))",
                mutants=[STEP.format(kept="(1 - 2 * lr * wd)")],
                part="products",
            ),
            trial(
                "300 steps of both rules, gradients of random losses with noise, or along or against the buffer",
                momentum_runs.looks_ahead(decoupled=False),
                n=20,
                part="coupled",
                mutants=[("1.1 times the decay", momentum_runs.looks_ahead(decoupled=False, factor=1.1))],
            ),
            trial(
                "the same",
                momentum_runs.looks_ahead(decoupled=True),
                n=20,
                part="decoupled",
                mutants=[("1.1 times the decay", momentum_runs.looks_ahead(decoupled=True, factor=1.1))],
            ),
        ),
        clauses=(
            Clause("z is plain descent's next point", ("coupled",)),
            Clause("x from z", ("the way back",)),
            Clause("products and lengths", ("products",)),
            Clause("an average of gradients, decoupled decay", ("decoupled",)),
        ),
        note="So the geometric mean of cos(x_t, z_{t+1}) is 1 - eta lambda times that of |x_t|/|z_{t+1}|. The point "
        "z is that of Nesterov's own form; the identities are classical, what they give for scale-invariant losses "
        "is new as far as we know. Between x_t and x_{t+1} no linear law of three terms remains.",
    ),
    needs=("beyond:momentum-law",),
)

CLAIMS = (NORM, MEAN, NESTEROV)
