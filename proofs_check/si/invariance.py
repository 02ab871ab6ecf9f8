"""What scale invariance alone gives [periodic (2a), (2b); regimes 3.1; sharpness 1]: for every n.

``is_gradient n f x g`` is differentiability at x with gradient g (first-order remainder o(|y - x|)).
The statements quantify over functions, which no other engine here does; what is exact algebra in
them is checked besides on the quotient of regimes eq. 6.
"""

from proofs_check import And, Claim, Clause, Form, Statement, algebra, kernel, reals, root
from sitheory.theory import regimes, scale

KERNEL_ALONE = (
    "Over all functions of n variables only the kernel decides; the quotient is an instance by algebra."
)
alpha, x, y, c = reals("alpha x y c")
slope_x, slope_y = regimes.quotient_grad(alpha, x, y)
far_x, far_y = regimes.quotient_grad(alpha, c * x, c * y)
OFF_ZERO = [x**2 + y**2 > 0]

perpendicular = Statement(OFF_ZERO, x * slope_x + y * slope_y == 0)
ORTHOGONALITY = Claim(
    id="si:orthogonality",
    source="periodic (2a); regimes 3.1; sharpness 3",
    printed=Form(
        r"$f(cx) = f(x)$ for all $c > 0$ implies $\langle \nabla f(x), x \rangle = 0$",
        (
            kernel(
                "forall n f x g, scale_invariant f -> is_gradient n f x g -> dot n g x = 0",
                "Scale.orthogonality",
                mutants=[
                    "forall n f x g, is_gradient n f x g -> dot n g x = 0",
                    "forall n f x g, scale_invariant f -> is_gradient n f x g -> dot n g g = 0",
                ],
            ),
            algebra(
                perpendicular,
                mutants=[perpendicular.but(then=x * slope_x - y * slope_y == 0)],
                part="the quotient",
            ),
        ),
        note=KERNEL_ALONE,
        clauses=(
            Clause(
                "the gradient is orthogonal to the weights",
                (
                    "",
                    "the quotient",
                ),
            ),
        ),
    ),
)

falls = Statement([*OFF_ZERO, c > 0], And(far_x == slope_x / c, far_y == slope_y / c))
GRADIENT = Claim(
    id="si:gradient-homogeneity",
    source="periodic (2b)",
    printed=Form(
        r"$\nabla f(cx) = \nabla f(x)/c$ for $c > 0$",
        (
            kernel(
                "forall n f x g c, scale_invariant f -> 0 < c -> "
                "is_gradient n f x g -> is_gradient n f (scaled c x) (scaled (/ c) g)",
                "Scale.gradient_homogeneity",
                mutants=[
                    "forall n f x g c, scale_invariant f -> 0 < c -> "
                    "is_gradient n f x g -> is_gradient n f (scaled c x) (scaled c g)",
                    "forall n f x g c, scale_invariant f -> 0 <= c -> "
                    "is_gradient n f x g -> is_gradient n f (scaled c x) (scaled (/ c) g)",
                ],
            ),
            algebra(
                falls,
                mutants=[falls.but(then=far_x == slope_x), falls.but(then=far_x == slope_x / c**2)],
                part="the quotient",
            ),
        ),
        note=KERNEL_ALONE,
        clauses=(
            Clause(
                "the gradient at c x is 1/c of that at x",
                (
                    "",
                    "the quotient",
                ),
            ),
        ),
    ),
)

HESSIAN = Claim(
    id="si:hessian-homogeneity",
    source="sharpness 1",
    printed=Form(
        r"$\nabla^2 f(cx) = \nabla^2 f(x)/c^2$ for $c > 0$",
        (
            kernel(
                "forall n f grad hess x c, scale_invariant f -> 0 < c -> "
                "(forall y, 0 < Norm.norm n y -> is_gradient n f y (grad y)) -> 0 < Norm.norm n x -> "
                "forall i, (i < n)%nat -> is_gradient n (fun y => grad y i) x (hess i) -> "
                "is_gradient n (fun y => grad y i) (scaled c x) (scaled (/ c ^ 2) (hess i))",
                "Scale.hessian_homogeneity",
                mutants=[
                    "forall n f grad hess x c, scale_invariant f -> 0 < c -> "
                    "(forall y, 0 < Norm.norm n y -> is_gradient n f y (grad y)) -> 0 < Norm.norm n x -> "
                    "forall i, (i < n)%nat -> is_gradient n (fun y => grad y i) x (hess i) -> "
                    "is_gradient n (fun y => grad y i) (scaled c x) (scaled (/ c) (hess i))"
                ],
            ),
        ),
        note="Row i of the Hessian is the gradient of the i-th partial derivative; f is differentiable off "
        "the origin. Over all functions only the kernel decides.",
    ),
    needs=("si:gradient-homogeneity",),
)

norm_sq, g1, g2, g3 = reals("norm_sq g1 g2 g3")
rho, is_rho = root(norm_sq, "rho")
grad_sq = g1**2 + g2**2 + g3**2
unit_sq = (rho * g1) ** 2 + (rho * g2) ** 2 + (rho * g3) ** 2
stretched = Statement([is_rho], unit_sq == scale.eff_grad_sq(grad_sq, norm_sq))
EFFECTIVE = Claim(
    id="si:effective-gradient",
    source="periodic 4, above (3)",
    printed=Form(
        r"$\|\nabla f(x/\|x\|)\| = \|x\| \, \|\nabla f(x)\|$",
        (
            kernel(
                "forall n f grad x, scale_invariant f -> 0 < norm_sq n x -> is_gradient n f x (grad x) -> "
                "is_gradient n f (direction n x) (grad (direction n x)) -> "
                "Norm.norm n (grad (direction n x)) = Norm.norm n x * Norm.norm n (grad x) /\\ "
                "norm_sq n (grad (direction n x)) = scale_eff_grad_sq (norm_sq n (grad x)) (norm_sq n x)",
                "Scale.effective_gradient",
                mutants=[
                    "forall n f grad x, scale_invariant f -> 0 < norm_sq n x -> "
                    "is_gradient n f x (grad x) -> "
                    "is_gradient n f (direction n x) (grad (direction n x)) -> "
                    "Norm.norm n (grad (direction n x)) = Norm.norm n (grad x) / Norm.norm n x /\\ "
                    "norm_sq n (grad (direction n x)) = scale_eff_grad_sq (norm_sq n (grad x)) (norm_sq n x)"
                ],
            ),
            algebra(
                stretched,
                mutants=[stretched.but(then=unit_sq == scale.eff_grad_sq(grad_sq, rho))],
                part="n = 3, from (2b)",
            ),
        ),
        note=KERNEL_ALONE,
        clauses=(
            Clause(
                "the effective gradient is the norm times the gradient's",
                (
                    "",
                    "n = 3, from (2b)",
                ),
            ),
        ),
    ),
    needs=("si:gradient-homogeneity",),
)

UNION = Claim(
    id="si:union",
    source="regimes 3.1",
    printed=Form(
        "A function that is scale-invariant in each of several groups is scale-invariant in their union.",
        (
            kernel(
                "forall (F : (nat -> nat -> R) -> R) m, "
                "(forall k, (k < m)%nat -> invariant_in_group F k) -> "
                "forall c w, 0 < c -> F (fun i => if Nat.ltb i m then scaled c (w i) else w i) = F w",
                "Scale.union_common_factor",
                part="one factor",
                mutants=[
                    "forall (F : (nat -> nat -> R) -> R) m, "
                    "(forall k, (S k < m)%nat -> invariant_in_group F k) -> "
                    "forall c w, 0 < c -> F (fun i => if Nat.ltb i m then scaled c (w i) else w i) = F w",
                    "forall (F : (nat -> nat -> R) -> R) m, "
                    "(forall k, (k < m)%nat -> invariant_in_group F k) -> "
                    "forall c w, F (fun i => if Nat.ltb i m then scaled c (w i) else w i) = F w",
                ],
            ),
            kernel(
                "forall (F : (nat -> nat -> R) -> R) m, "
                "(forall k, (k < m)%nat -> invariant_in_group F k) -> "
                "forall (c : nat -> R) w, (forall k, (k < m)%nat -> 0 < c k) -> "
                "F (fun i => if Nat.ltb i m then scaled (c i) (w i) else w i) = F w",
                "Scale.union_of_groups",
                part="a factor for each group",
            ),
        ),
        note="Equalities over all functions and every number of groups: the kernel alone decides.",
        clauses=(
            Clause(
                "scale-invariant in each group, so in the union",
                (
                    "one factor",
                    "a factor for each group",
                ),
            ),
        ),
    ),
)

CLAIMS = (ORTHOGONALITY, GRADIENT, HESSIAN, EFFECTIVE, UNION)
