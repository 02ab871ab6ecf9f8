(* Training on the sphere with a fixed effective learning rate: regimes, section 3 and appendix A. *)
From Coq Require Import Reals Lra Lia Psatz FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import Theory Beta Norm Dynamics Scale.
Open Scope R_scope.

(** * Sums over n groups, as the theory's functions on lists *)

Definition total_elr (n : nat) (elrs : nat -> R) : R := 1 / sum_to n (fun i => 1 / elrs i).
Definition ess_weight (n : nat) (elrs : nat -> R) (i : nat) : R := total_elr n elrs / elrs i.
Definition total_ess_sq (n : nat) (elrs ess_sqs : nat -> R) : R :=
  sum_to n (fun i => ess_weight n elrs i * ess_sqs i).

Theorem sums_run : forall e s,
  total_elr 1 e = regimes_total_elr_of1 (e 0%nat) /\
  total_elr 2 e = regimes_total_elr_of2 (e 0%nat) (e 1%nat) /\
  total_elr 3 e = regimes_total_elr_of3 (e 0%nat) (e 1%nat) (e 2%nat) /\
  total_ess_sq 1 e s = regimes_total_ess_sq_of1 (e 0%nat) (s 0%nat) /\
  total_ess_sq 2 e s = regimes_total_ess_sq_of2 (e 0%nat) (e 1%nat) (s 0%nat) (s 1%nat) /\
  total_ess_sq 3 e s =
    regimes_total_ess_sq_of3 (e 0%nat) (e 1%nat) (e 2%nat) (s 0%nat) (s 1%nat) (s 2%nat).
Proof. intros; repeat split; reflexivity. Qed.

Lemma sum_pos : forall n f, (1 <= n)%nat -> (forall i, (i < n)%nat -> 0 < f i) -> 0 < sum_to n f.
Proof.
  induction n as [|n IH]; intros f Hn H; [lia|rewrite sum_S].
  destruct n as [|n]; [specialize (H O ltac:(lia)); simpl; lra|].
  pose proof (IH f ltac:(lia) ltac:(intros; apply H; lia)); pose proof (H (S n) ltac:(lia)). lra.
Qed.

(* eq. 3: rho_sq are the groups' squared norms. *)
Theorem eq3_elrs : forall n lr rho_sq, (1 <= n)%nat -> 0 < lr -> (forall i, (i < n)%nat -> 0 < rho_sq i) ->
  sum_to n (fun i => 1 / scale_elr lr (rho_sq i)) = 1 / scale_elr lr (sum_to n rho_sq) /\
  total_elr n (fun i => scale_elr lr (rho_sq i)) = scale_elr lr (sum_to n rho_sq).
Proof.
  intros n lr rho_sq Hn Hl H; pose proof (sum_pos n rho_sq Hn H) as P.
  assert (E : sum_to n (fun i => 1 / scale_elr lr (rho_sq i)) = sum_to n rho_sq / lr).
  { rewrite (sum_ext n _ (fun i => / lr * rho_sq i)).
    - rewrite sum_scal; unfold Rdiv; ring.
    - intros i Hi; specialize (H i Hi); unfold scale_elr; field; lra. }
  unfold total_elr; rewrite E; unfold scale_elr; split; field; lra.
Qed.

(* eq. 4, for every number of groups: the weights add up to one, and the total is their combination. *)
Theorem eq4 : forall n lr rho_sq grad_sq, (1 <= n)%nat -> 0 < lr ->
  (forall i, (i < n)%nat -> 0 < rho_sq i) ->
  let elrs := fun i => scale_elr lr (rho_sq i) in
  scale_ess_sq (scale_elr lr (sum_to n rho_sq)) (scale_eff_grad_sq (sum_to n grad_sq) (sum_to n rho_sq)) =
    total_ess_sq n elrs (fun i => scale_ess_sq (elrs i) (scale_eff_grad_sq (grad_sq i) (rho_sq i))) /\
  sum_to n (ess_weight n elrs) = 1 /\ forall i, (i < n)%nat -> 0 < ess_weight n elrs i.
Proof.
  intros n lr rho_sq grad_sq Hn Hl H elrs; pose proof (sum_pos n rho_sq Hn H) as P.
  destruct (eq3_elrs n lr rho_sq Hn Hl H) as [E3 T]; fold elrs in T.
  split; [|split].
  - unfold total_ess_sq, ess_weight; rewrite T; symmetry.
    rewrite (sum_ext n (fun i => _ / _ * _) (fun i => lr ^ 2 / sum_to n rho_sq * grad_sq i)).
    + rewrite sum_scal; unfold scale_ess_sq, scale_elr, scale_eff_grad_sq; field; lra.
    + intros i Hi; specialize (H i Hi).
      unfold elrs, scale_ess_sq, scale_elr, scale_eff_grad_sq; field; repeat split; lra.
  - unfold ess_weight; rewrite T.
    rewrite (sum_ext n _ (fun i => scale_elr lr (sum_to n rho_sq) * (1 / elrs i))).
    + rewrite sum_scal; unfold elrs; rewrite E3; unfold scale_elr; field; lra.
    + intros i Hi; specialize (H i Hi); unfold elrs, scale_elr; field; repeat split; lra.
  - intros i Hi; unfold ess_weight; rewrite T; unfold elrs, scale_elr; specialize (H i Hi).
    apply Rdiv_lt_0_compat; apply Rdiv_lt_0_compat; lra.
Qed.

(** * One step on the sphere, groups of any dimension m i *)

Definition total_norm_sq (n : nat) (m : nat -> nat) (w : nat -> nat -> R) : R :=
  sum_to n (fun i => norm_sq (m i) (w i)).
Definition group_step (w g : nat -> nat -> R) (lr : R) : nat -> nat -> R :=
  fun i => decay_step (w i) (g i) lr 0.
(* eq. 2: the gradient step, then back to the sphere. *)
Definition sphere_step (n : nat) (m : nat -> nat) (w g : nat -> nat -> R) (lr : R) : nat -> nat -> R :=
  fun i => scaled (sqrt (total_norm_sq n m w / total_norm_sq n m (group_step w g lr)))
                  (group_step w g lr i).

Definition group_ess_sq (m : nat -> nat) (w g : nat -> nat -> R) (lr : R) (i : nat) : R :=
  scale_ess_sq (scale_elr lr (norm_sq (m i) (w i)))
               (scale_eff_grad_sq (norm_sq (m i) (g i)) (norm_sq (m i) (w i))).
Definition sphere_ess_sq (n : nat) (m : nat -> nat) (w g : nat -> nat -> R) (lr : R) : R :=
  scale_ess_sq (scale_elr lr (total_norm_sq n m w))
               (scale_eff_grad_sq (total_norm_sq n m g) (total_norm_sq n m w)).

Lemma ess_sq_nonneg : forall elr g r, 0 <= g -> 0 <= r -> 0 <= scale_ess_sq elr (scale_eff_grad_sq g r).
Proof.
  intros; unfold scale_ess_sq, scale_eff_grad_sq.
  apply Rmult_le_pos; [apply pow2_ge_0|apply Rmult_le_pos; assumption].
Qed.

Theorem eq16_norms : forall n m w g lr, (1 <= n)%nat -> (forall i, (i < n)%nat -> 0 < norm_sq (m i) (w i)) ->
  (forall i, (i < n)%nat -> dot (m i) (g i) (w i) = 0) ->
  total_norm_sq n m (sphere_step n m w g lr) = total_norm_sq n m w /\
  forall i, (i < n)%nat ->
  norm_sq (m i) (sphere_step n m w g lr i) =
  regimes_norm_sq_next (norm_sq (m i) (w i)) (group_ess_sq m w g lr i) (sphere_ess_sq n m w g lr).
Proof.
  intros n m w g lr Hn Hw Ho.
  pose proof (sum_pos n (fun i => norm_sq (m i) (w i)) Hn Hw) as P; fold (total_norm_sq n m w) in P.
  assert (G : 0 <= total_norm_sq n m g) by (apply sum_nonneg; intros; apply norm_sq_nonneg).
  assert (S : forall i, (i < n)%nat -> norm_sq (m i) (group_step w g lr i) =
              norm_sq (m i) (w i) + lr ^ 2 * norm_sq (m i) (g i)).
  { intros i Hi; unfold group_step; rewrite norm_sq_step by (apply Ho; exact Hi). ring. }
  assert (T : total_norm_sq n m (group_step w g lr) = total_norm_sq n m w + lr ^ 2 * total_norm_sq n m g).
  { unfold total_norm_sq; rewrite <- sum_scal, <- sum_plus. apply sum_ext; intros i Hi; apply S; exact Hi. }
  assert (Q : 0 <= lr ^ 2 * total_norm_sq n m g) by (apply Rmult_le_pos; [apply pow2_ge_0|exact G]).
  assert (K : forall i, norm_sq (m i) (sphere_step n m w g lr i) =
              total_norm_sq n m w / total_norm_sq n m (group_step w g lr) * norm_sq (m i) (group_step w g lr i)).
  { intro i; unfold sphere_step; rewrite norm_sq_scaled, sqrt_sqrt; [reflexivity|].
    apply Rdiv_le_0_compat; lra. }
  split.
  - unfold total_norm_sq at 1. rewrite (sum_ext n _ (fun i => total_norm_sq n m w /
      total_norm_sq n m (group_step w g lr) * norm_sq (m i) (group_step w g lr i))) by (intros; apply K).
    rewrite sum_scal; fold (total_norm_sq n m (group_step w g lr)). field; lra.
  - intros i Hi; rewrite K, (S i Hi), T; specialize (Hw i Hi).
    unfold regimes_norm_sq_next, group_ess_sq, sphere_ess_sq, scale_ess_sq, scale_eff_grad_sq, scale_elr.
    field; repeat split; lra.
Qed.

Theorem eq5 : forall n m w g lr, (1 <= n)%nat -> 0 < lr -> (forall i, (i < n)%nat -> 0 < norm_sq (m i) (w i)) ->
  (forall i, (i < n)%nat -> dot (m i) (g i) (w i) = 0) ->
  forall i, (i < n)%nat ->
  scale_elr lr (norm_sq (m i) (sphere_step n m w g lr i)) =
  regimes_elr_next (scale_elr lr (norm_sq (m i) (w i))) (group_ess_sq m w g lr i) (sphere_ess_sq n m w g lr).
Proof.
  intros n m w g lr Hn Hl Hw Ho i Hi.
  rewrite (proj2 (eq16_norms n m w g lr Hn Hw Ho) i Hi).
  pose proof (sum_pos n (fun i => norm_sq (m i) (w i)) Hn Hw) as P; fold (total_norm_sq n m w) in P.
  assert (G : 0 <= total_norm_sq n m g) by (apply sum_nonneg; intros; apply norm_sq_nonneg).
  specialize (Hw i Hi).
  pose proof (ess_sq_nonneg (scale_elr lr (norm_sq (m i) (w i))) (norm_sq (m i) (g i)) (norm_sq (m i) (w i))
                (norm_sq_nonneg _ _) ltac:(lra)) as E1.
  pose proof (ess_sq_nonneg (scale_elr lr (total_norm_sq n m w)) (total_norm_sq n m g) (total_norm_sq n m w)
                G ltac:(lra)) as E2.
  fold (group_ess_sq m w g lr i) in E1; fold (sphere_ess_sq n m w g lr) in E2.
  unfold regimes_norm_sq_next, regimes_elr_next, scale_elr; field; repeat split; lra.
Qed.

(** * One quotient: eqs. 17-22 and 26 *)

Theorem eq17 : forall alpha x y, y <> 0 ->
  alpha * regimes_quotient x y = regimes_ratio_loss alpha ((x / y) ^ 2).
Proof.
  intros alpha x y Hy; unfold regimes_quotient, regimes_ratio_loss.
  assert (0 < y ^ 2) by (apply pow2_gt_0; exact Hy). pose proof (pow2_ge_0 x).
  field; repeat split; nlra.
Qed.

Theorem eq18 : forall alpha x y, 0 < x ^ 2 + y ^ 2 ->
  is_derive (fun s => alpha * regimes_quotient s y) x (regimes_quotient_grad_0 alpha x y) /\
  is_derive (fun s => alpha * regimes_quotient x s) y (regimes_quotient_grad_1 alpha x y).
Proof.
  intros alpha x y H; unfold regimes_quotient, regimes_quotient_grad_0, regimes_quotient_grad_1.
  split; (auto_derive; [lra|field; lra]).
Qed.

Theorem eq19 : forall alpha elr x y, 0 <= alpha * elr -> y <> 0 -> x ^ 2 + y ^ 2 = 1 ->
  let gx := regimes_quotient_grad_0 alpha x y in
  let gy := regimes_quotient_grad_1 alpha x y in
  regimes_gradient_step_1 x y gx gy elr <> 0 /\
  regimes_gradient_step_0 x y gx gy elr / regimes_gradient_step_1 x y gx gy elr =
  regimes_ratio_next alpha elr (x / y).
Proof.
  intros alpha elr x y Ha Hy H gx gy.
  assert (Py : 0 < y ^ 2) by (apply pow2_gt_0; exact Hy). pose proof (pow2_ge_0 x) as Px.
  assert (Q : 0 <= alpha * elr * x ^ 2) by (apply Rmult_le_pos; assumption).
  assert (D : regimes_gradient_step_1 x y gx gy elr = y * (1 + 2 * (alpha * elr * x ^ 2))).
  { unfold regimes_gradient_step_1, gx, gy, regimes_quotient_grad_1; rewrite H; field. }
  assert (N : regimes_gradient_step_0 x y gx gy elr = x * (1 - 2 * (alpha * elr * y ^ 2))).
  { unfold regimes_gradient_step_0, gx, gy, regimes_quotient_grad_0; rewrite H; field. }
  rewrite D, N; split.
  - apply Rmult_integral_contrapositive; split; [exact Hy|lra].
  - unfold regimes_ratio_next.
    replace ((x / y) ^ 2) with (x ^ 2 / y ^ 2) by (field; exact Hy).
    assert (X : x ^ 2 = 1 - y ^ 2) by lra.
    rewrite X in *. field; repeat split; lra.
Qed.

Lemma ratio_next_form : forall alpha elr r, 0 <= alpha * elr ->
  0 < 1 + r ^ 2 + 2 * (alpha * elr) * r ^ 2 /\
  regimes_ratio_next alpha elr r =
  r * ((1 + r ^ 2 - 2 * (alpha * elr)) / (1 + r ^ 2 + 2 * (alpha * elr) * r ^ 2)).
Proof.
  intros alpha elr r Ha; pose proof (pow2_ge_0 r) as P.
  assert (Q : 0 <= alpha * elr * r ^ 2) by (apply Rmult_le_pos; assumption).
  split; [lra|]. unfold regimes_ratio_next; field; repeat split; lra.
Qed.

(* eq. 21; its inner inequalities are strict only off the two axes. *)
Theorem eq21 : forall alpha elr r_sq, 0 < alpha * elr < 1 -> 0 < r_sq ->
  0 < regimes_ratio_drop_bounds_0 alpha elr /\
  regimes_ratio_drop_bounds_0 alpha elr < regimes_ratio_drop alpha elr r_sq /\
  regimes_ratio_drop alpha elr r_sq < regimes_ratio_drop_bounds_1 alpha elr /\
  regimes_ratio_drop_bounds_1 alpha elr < 2.
Proof.
  intros alpha elr z Ha Hz.
  unfold regimes_ratio_drop_bounds_0, regimes_ratio_drop_bounds_1, regimes_ratio_drop.
  replace (2 * alpha * elr) with (2 * (alpha * elr)) by ring.
  set (c := 2 * (alpha * elr)) in *; assert (Hc : 0 < c < 2) by (unfold c; lra); clearbody c.
  assert (U : 0 < c * z / (1 + z) < c).
  { split; [apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat|]; lra|apply Rlt_div_l; nlra]. }
  set (v := c * z / (1 + z)) in *; clearbody v.
  repeat split; try lra.
  - apply Rdiv_lt_0_compat; lra.
  - unfold Rdiv; apply Rmult_lt_compat_l; [lra|]. apply Rinv_lt_contravar; [apply Rmult_lt_0_compat|]; lra.
  - apply Rlt_div_l; nlra.
Qed.

Theorem eq22 : forall alpha elr r_sq, 0 < alpha * elr -> 0 <= r_sq ->
  (regimes_ratio_factor alpha elr r_sq > 1 <-> r_sq < regimes_fixed_ratio_sq alpha elr).
Proof.
  intros alpha elr z Ha Hz; unfold regimes_ratio_factor, regimes_fixed_ratio_sq.
  replace (2 * alpha * elr) with (2 * (alpha * elr)) by ring.
  set (a := alpha * elr) in *; clearbody a.
  assert (P : 0 < 1 + z + 2 * a * z) by (assert (0 <= a * z) by (apply Rmult_le_pos; lra); lra).
  replace (1 - 2 * a / (1 + 2 * a * z / (1 + z))) with (1 - 2 * a * (1 + z) / (1 + z + 2 * a * z))
    by (field; split; lra).
  assert (D : 0 < 2 * a * (1 + z) / (1 + z + 2 * a * z))
    by (apply Rdiv_lt_0_compat; [repeat apply Rmult_lt_0_compat|]; lra).
  assert (I : 2 < 2 * a * (1 + z) / (1 + z + 2 * a * z) <-> z < (a - 1) / (a + 1)).
  { split; intro H.
    - apply (proj2 (Rlt_div_r _ _ _ P)) in H. apply Rlt_div_r; [lra|]. lra.
    - apply Rlt_div_r; [exact P|]. apply (proj2 (Rlt_div_r z (a - 1) (a + 1) ltac:(lra))) in H. lra. }
  rewrite <- I; set (d := 2 * a * (1 + z) / (1 + z + 2 * a * z)) in *; clearbody d.
  split; intro H.
  - apply Rnot_le_lt; intro C. assert (Rabs (1 - d) <= 1) by (apply Rabs_le; lra). lra.
  - rewrite Rabs_left; lra.
Qed.

Theorem eq26 : forall alpha x y, y <> 0 ->
  regimes_quotient_eff_grad_sq alpha x y =
    (regimes_quotient_grad_0 alpha x y ^ 2 + regimes_quotient_grad_1 alpha x y ^ 2) * (x ^ 2 + y ^ 2) /\
  regimes_quotient_eff_grad_sq alpha x y = regimes_ratio_eff_grad_sq alpha ((x / y) ^ 2).
Proof.
  intros alpha x y Hy; unfold regimes_quotient_eff_grad_sq, regimes_quotient_grad_0,
    regimes_quotient_grad_1, regimes_ratio_eff_grad_sq.
  assert (0 < y ^ 2) by (apply pow2_gt_0; exact Hy). pose proof (pow2_ge_0 x).
  split; field; repeat split; nlra.
Qed.

Theorem eq26_at_level : forall alpha elr, 0 < alpha -> 0 < elr ->
  scale_ess_sq elr (regimes_ratio_eff_grad_sq alpha (regimes_fixed_ratio_sq alpha elr)) =
    regimes_level_ess_sq alpha elr /\
  regimes_ratio_loss alpha (regimes_fixed_ratio_sq alpha elr) = regimes_level alpha elr.
Proof.
  intros alpha elr Ha He; assert (0 < alpha * elr) by (apply Rmult_lt_0_compat; lra).
  unfold scale_ess_sq, regimes_ratio_eff_grad_sq, regimes_fixed_ratio_sq, regimes_level_ess_sq,
    regimes_ratio_loss, regimes_level.
  split; field; repeat split; lra.
Qed.

(* The loss minus its level is multiplied by (1 - ESS^2)/(1 + ESS^2), at every ELR. *)
Theorem deviation_step : forall alpha elr r, 0 < alpha -> 0 < elr ->
  let ess_sq := scale_ess_sq elr (regimes_ratio_eff_grad_sq alpha (r ^ 2)) in
  regimes_ratio_loss alpha (regimes_ratio_next alpha elr r ^ 2) - regimes_level alpha elr =
  (regimes_ratio_loss alpha (r ^ 2) - regimes_level alpha elr) * ((1 - ess_sq) / (1 + ess_sq)).
Proof.
  intros alpha elr r Ha He ess_sq; assert (A : 0 < alpha * elr) by (apply Rmult_lt_0_compat; lra).
  destruct (ratio_next_form alpha elr r ltac:(lra)) as [P ->].
  pose proof (pow2_ge_0 r) as Z.
  rewrite Rpow_mult_distr; unfold ess_sq, scale_ess_sq, regimes_ratio_eff_grad_sq, regimes_ratio_loss,
    regimes_level.
  set (z := r ^ 2) in *; clearbody z.
  assert (0 <= alpha ^ 2 * elr ^ 2 * z) by (apply Rmult_le_pos; [apply Rmult_le_pos; apply pow2_ge_0|lra]).
  field; repeat split; try lra; nlra.
Qed.

(** * Proposition 2 and remark 1 *)

Fixpoint ratio_orbit (alpha elr r0 : R) (t : nat) : R :=
  match t with O => r0 | S u => regimes_ratio_next alpha elr (ratio_orbit alpha elr r0 u) end.

(* Statement 1: linear convergence, with its rate. *)
Theorem regime1_rate : forall alpha elr r0, 0 < alpha -> 0 < elr -> alpha * elr < 1 ->
  let q := Rmax (1 - regimes_ratio_drop_bounds_0 alpha elr) (regimes_ratio_drop_bounds_1 alpha elr - 1) in
  0 <= q < 1 /\ forall t,
  Rabs (ratio_orbit alpha elr r0 t) <= q ^ t * Rabs r0 /\
  regimes_ratio_loss alpha (ratio_orbit alpha elr r0 t ^ 2) <= alpha * (q ^ t * Rabs r0) ^ 2.
Proof.
  intros alpha elr r0 Ha He H q; assert (A : 0 < alpha * elr) by (apply Rmult_lt_0_compat; lra).
  pose proof (eq21 alpha elr 1 ltac:(lra) ltac:(lra)) as (B0 & _ & _ & B3).
  pose proof (Rmax_l (1 - regimes_ratio_drop_bounds_0 alpha elr) (regimes_ratio_drop_bounds_1 alpha elr - 1)) as M1.
  pose proof (Rmax_r (1 - regimes_ratio_drop_bounds_0 alpha elr) (regimes_ratio_drop_bounds_1 alpha elr - 1)) as M2.
  fold q in M1, M2.
  assert (Q : 0 <= q < 1).
  { split; [|apply Rmax_lub_lt; lra].
    assert (regimes_ratio_drop_bounds_0 alpha elr < 1); [|lra].
    unfold regimes_ratio_drop_bounds_0; apply Rlt_div_l; lra. }
  split; [exact Q|].
  assert (R : forall t, Rabs (ratio_orbit alpha elr r0 t) <= q ^ t * Rabs r0).
  { induction t as [|t IH]; [simpl; lra|].
    cbn [ratio_orbit]; set (r := ratio_orbit alpha elr r0 t) in *.
    assert (F : Rabs (regimes_ratio_next alpha elr r) <= q * Rabs r).
    { destruct (Req_dec r 0) as [->|N].
      - unfold regimes_ratio_next; rewrite Rmult_0_l, Rabs_R0; lra.
      - assert (Z : 0 < r ^ 2) by (apply pow2_gt_0; exact N).
        pose proof (eq21 alpha elr (r ^ 2) ltac:(lra) Z) as (_ & D1 & D2 & _).
        change (regimes_ratio_next alpha elr r) with (r * (1 - regimes_ratio_drop alpha elr (r ^ 2))).
        rewrite Rabs_mult, Rmult_comm; apply Rmult_le_compat_r; [apply Rabs_pos|].
        apply Rabs_le; lra. }
    simpl pow; rewrite Rmult_assoc. eapply Rle_trans; [exact F|]. apply Rmult_le_compat_l; lra. }
  intro t; split; [apply R|].
  specialize (R t); set (r := ratio_orbit alpha elr r0 t) in *; pose proof (Rabs_pos r).
  assert (E : r ^ 2 <= (q ^ t * Rabs r0) ^ 2) by (rewrite <- (pow2_abs r); apply pow_incr; lra).
  pose proof (pow2_ge_0 r).
  apply Rle_trans with (alpha * r ^ 2); [|apply Rmult_le_compat_l; lra].
  unfold regimes_ratio_loss; apply Rle_div_l; [lra|].
  assert (0 <= alpha * r ^ 2) by (apply Rmult_le_pos; lra).
  assert (0 <= (alpha * r ^ 2) * r ^ 2) by (apply Rmult_le_pos; lra). lra.
Qed.

(* u = loss / alpha, s = level / alpha, a = alpha elr. *)
Definition ess_of (a u : R) : R := 4 * (a * a) * (u * (1 - u)).

Lemma factor_bound : forall e E A, 0 < e -> e <= E <= A ->
  Rabs ((1 - E) / (1 + E)) <= 1 - 2 * Rmin e 1 / (1 + A).
Proof.
  intros e E A He HE; pose proof (Rmin_l e 1); pose proof (Rmin_r e 1).
  assert (Pm : 0 < Rmin e 1) by (apply Rmin_pos; lra).
  set (m := Rmin e 1) in *; clearbody m.
  assert (B : 2 * m / (1 + A) <= 2 * m / (1 + E)).
  { unfold Rdiv; apply Rmult_le_compat_l; [lra|]. apply Rinv_le_contravar; lra. }
  assert (C : 2 * m / (1 + E) <= 2 * E / (1 + E)).
  { unfold Rdiv; apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat|]; lra. }
  assert (C' : 2 * m / (1 + E) <= 2 / (1 + E)).
  { unfold Rdiv; apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat|]; lra. }
  assert (F : (1 - E) / (1 + E) = 1 - 2 * E / (1 + E)) by (field; lra).
  assert (G : (1 - E) / (1 + E) = 2 / (1 + E) - 1) by (field; lra).
  apply Rabs_le; split; [rewrite G|rewrite F]; lra.
Qed.

Section Deviation.
  Variables (a s : R) (U : nat -> R).
  Hypothesis (Ha : 0 < a) (HU : forall t, 0 <= U t < 1).
  Hypothesis (Step : forall t, U (S t) - s = (U t - s) * ((1 - ess_of a (U t)) / (1 + ess_of a (U t)))).

  Lemma ess_range : forall t, 0 <= ess_of a (U t) <= a * a.
  Proof using Ha HU.
    intro t; pose proof (HU t) as Ht; unfold ess_of. set (u := U t) in *.
    assert (0 <= a * a) by (apply Rle_0_sqr). assert (0 <= u * (1 - u)) by (apply Rmult_le_pos; lra).
    assert (4 * (u * (1 - u)) <= 1) by (pose proof (Rle_0_sqr (2 * u - 1)); unfold Rsqr in *; lra).
    split; [apply Rmult_le_pos; lra|].
    replace (4 * (a * a) * (u * (1 - u))) with (a * a * (4 * (u * (1 - u)))) by ring.
    rewrite <- (Rmult_1_r (a * a)) at 2; apply Rmult_le_compat_l; lra.
  Qed.

  Lemma deviation_shrinks : forall t, Rabs (U (S t) - s) <= Rabs (U t - s).
  Proof using Ha HU Step.
    intro t; rewrite Step, Rabs_mult; pose proof (ess_range t) as E.
    rewrite <- (Rmult_1_r (Rabs (U t - s))) at 2. apply Rmult_le_compat_l; [apply Rabs_pos|].
    set (e := ess_of a (U t)) in *; clearbody e.
    apply Rabs_le; split; [apply Rle_div_r|apply Rle_div_l]; lra.
  Qed.

  Lemma deviation_monotone : forall t k, Rabs (U (t + k)%nat - s) <= Rabs (U t - s).
  Proof using Ha HU Step.
    intros t k; induction k as [|k IH]; [replace (t + 0)%nat with t by lia; lra|].
    replace (t + S k)%nat with (S (t + k)) by lia.
    eapply Rle_trans; [apply deviation_shrinks|exact IH].
  Qed.

  Lemma deviation_contracts : forall t0 m M, 0 < m -> M < 1 ->
    (forall k, m <= U (t0 + k)%nat <= M) ->
    exists q, 0 <= q < 1 /\ forall k, Rabs (U (t0 + k)%nat - s) <= q ^ k * Rabs (U t0 - s).
  Proof using Ha HU Step.
    intros t0 m M Hm HM H.
    assert (HmM : m <= M) by (specialize (H O); lra).
    assert (Aa : 0 < a * a) by (apply Rmult_lt_0_compat; assumption).
    set (e := 4 * (a * a) * (m * (1 - M))).
    assert (He : 0 < e) by (unfold e; repeat apply Rmult_lt_0_compat; lra).
    assert (HE : forall k, e <= ess_of a (U (t0 + k)%nat) <= a * a).
    { intro k; split; [|apply ess_range]. unfold e, ess_of; specialize (H k).
      apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat; lra. }
    set (q := 1 - 2 * Rmin e 1 / (1 + a * a)).
    assert (Pm : 0 < Rmin e 1) by (apply Rmin_pos; lra).
    assert (Q : forall k, Rabs ((1 - ess_of a (U (t0 + k)%nat)) / (1 + ess_of a (U (t0 + k)%nat))) <= q)
      by (intro k; apply factor_bound; [exact He|apply HE]).
    assert (Q0 : 0 <= q) by (eapply Rle_trans; [apply Rabs_pos|apply (Q O)]).
    exists q; split; [split; [exact Q0|]|].
    - assert (0 < 2 * Rmin e 1 / (1 + a * a)) by (apply Rdiv_lt_0_compat; lra). unfold q; lra.
    - induction k as [|k IH]; [replace (t0 + 0)%nat with t0 by lia; simpl; lra|].
      replace (t0 + S k)%nat with (S (t0 + k)) by lia.
      rewrite Step, Rabs_mult, Rmult_comm; simpl pow; rewrite Rmult_assoc.
      apply Rmult_le_compat; [apply Rabs_pos|apply Rabs_pos|apply Q|exact IH].
  Qed.

  (* Above the threshold, off the minimum: linear convergence to the level from some step on. *)
  Lemma deviation_linear : 1 < a -> s = (1 - / a) / 2 -> (forall t, 0 < U t) ->
    exists t0 q, 0 <= q < 1 /\ forall k, Rabs (U (t0 + k)%nat - s) <= q ^ k * Rabs (U t0 - s).
  Proof using Ha HU Step.
    intros H1 Hs HP.
    assert (I : 0 < / a < 1).
    { split; [apply Rinv_0_lt_compat; lra|]. rewrite <- Rinv_1; apply Rinv_lt_contravar; lra. }
    assert (Hs' : 0 < s < 1 / 2) by lra.
    destruct (LPO (fun t => Rabs (U t - s) < s)) as [[t0 Ht0]|Never].
    { intro t; destruct (Rlt_dec (Rabs (U t - s)) s); [left|right]; assumption. }
    - exists t0. apply (deviation_contracts t0 (s - Rabs (U t0 - s)) (s + Rabs (U t0 - s))); [lra|lra|].
      intro k; pose proof (deviation_monotone t0 k) as D.
      apply Rabs_le_between in D; lra.
    - exfalso.
      assert (Up : forall t, s <= U t - s).
      { intro t; specialize (Never t); specialize (HP t).
        unfold Rabs in Never; destruct (Rcase_abs (U t - s)); lra. }
      destruct (deviation_contracts O (2 * s) (U O)) as (q & Hq & C); [lra|apply HU| |].
      + intro k; split; [specialize (Up (0 + k)%nat); lra|].
        pose proof (deviation_monotone O k) as D. pose proof (Up O). pose proof (Up (0 + k)%nat).
        rewrite !Rabs_right in D by lra. lra.
      + destruct (pow_small q (Rabs (U O - s)) (s / 2)) as [N HN]; [exact Hq|apply Rabs_pos|lra|].
        specialize (C N); specialize (HN N (le_n N)); apply (Never N). change (0 + N)%nat with N in C. lra.
  Qed.

  Lemma deviation_critical : s = 0 -> forall eps, 0 < eps -> exists N, forall t, (N <= t)%nat -> U t <= eps.
  Proof using Ha HU Step.
    intros Hs eps He.
    assert (Abs : forall t, Rabs (U t - s) = U t)
      by (intro t; pose proof (HU t); rewrite Hs, Rabs_right; lra).
    destruct (LPO (fun t => U t <= eps)) as [[t0 Ht0]|Never].
    { intro t; destruct (Rle_dec (U t) eps); [left|right]; assumption. }
    - exists t0; intros t Ht; pose proof (deviation_monotone t0 (t - t0)) as D.
      rewrite !Abs in D. replace (t0 + (t - t0))%nat with t in D by lia. lra.
    - exfalso.
      destruct (deviation_contracts O eps (U O)) as (q & Hq & C); [exact He|apply HU| |].
      + intro k; specialize (Never (0 + k)%nat); pose proof (deviation_monotone O k) as D.
        rewrite !Abs in D. lra.
      + destruct (pow_small q (U O) eps) as [N HN]; [exact Hq|apply HU|exact He|].
        specialize (C N); specialize (HN N (le_n N)); apply (Never N). rewrite !Abs in C. change (0 + N)%nat with N in C. lra.
  Qed.
End Deviation.

Definition share (r : R) : R := r ^ 2 / (1 + r ^ 2).

Lemma share_range : forall r, 0 <= share r < 1.
Proof.
  intro r; pose proof (pow2_ge_0 r); unfold share.
  split; [apply Rdiv_le_0_compat; lra|apply Rlt_div_l; lra].
Qed.

Lemma share_loss : forall alpha r, regimes_ratio_loss alpha (r ^ 2) = alpha * share r.
Proof. intros; pose proof (pow2_ge_0 r); unfold regimes_ratio_loss, share; field; lra. Qed.

Lemma level_share : forall alpha elr, 0 < alpha -> 0 < elr ->
  regimes_level alpha elr = alpha * ((1 - / (alpha * elr)) / 2).
Proof. intros; unfold regimes_level; field; lra. Qed.

Lemma share_step : forall alpha elr r0, 0 < alpha -> 0 < elr ->
  let U := fun t => share (ratio_orbit alpha elr r0 t) in
  let s := (1 - / (alpha * elr)) / 2 in
  forall t, U (S t) - s =
    (U t - s) * ((1 - ess_of (alpha * elr) (U t)) / (1 + ess_of (alpha * elr) (U t))).
Proof.
  intros alpha elr r0 Ha He U s t.
  pose proof (deviation_step alpha elr (ratio_orbit alpha elr r0 t) Ha He) as D; cbv zeta in D.
  rewrite !share_loss, level_share in D by assumption; fold s in D.
  change (share (regimes_ratio_next alpha elr (ratio_orbit alpha elr r0 t))) with (U (S t)) in D.
  change (share (ratio_orbit alpha elr r0 t)) with (U t) in D.
  assert (E : scale_ess_sq elr (regimes_ratio_eff_grad_sq alpha (ratio_orbit alpha elr r0 t ^ 2)) =
              ess_of (alpha * elr) (U t)).
  { pose proof (pow2_ge_0 (ratio_orbit alpha elr r0 t)).
    unfold scale_ess_sq, regimes_ratio_eff_grad_sq, ess_of, U, share; field; lra. }
  rewrite E in D. apply Rmult_eq_reg_l with alpha; [|lra].
  set (k := (1 - ess_of (alpha * elr) (U t)) / (1 + ess_of (alpha * elr) (U t))) in *. lra.
Qed.

(* Statement 2, amended: from every start that never lands exactly on the minimum. *)
Theorem regime2_linear : forall alpha elr r0, 0 < alpha -> 0 < elr -> 1 < alpha * elr ->
  (forall t, ratio_orbit alpha elr r0 t <> 0) ->
  exists t0 q, 0 <= q < 1 /\ forall k,
  Rabs (regimes_ratio_loss alpha (ratio_orbit alpha elr r0 (t0 + k) ^ 2) - regimes_level alpha elr) <=
  q ^ k * Rabs (regimes_ratio_loss alpha (ratio_orbit alpha elr r0 t0 ^ 2) - regimes_level alpha elr).
Proof.
  intros alpha elr r0 Ha He H HN; assert (A : 0 < alpha * elr) by lra.
  destruct (deviation_linear (alpha * elr) ((1 - / (alpha * elr)) / 2)
              (fun t => share (ratio_orbit alpha elr r0 t)) A) as (t0 & q & Hq & C).
  - intro t; apply share_range.
  - exact (share_step alpha elr r0 Ha He).
  - exact H.
  - reflexivity.
  - intro t; unfold share; pose proof (pow2_gt_0 _ (HN t)). apply Rdiv_lt_0_compat; lra.
  - exists t0, q; split; [exact Hq|]; intro k; specialize (C k); cbv beta in C.
    rewrite !share_loss, level_share by assumption.
    rewrite <- !Rmult_minus_distr_l, !Rabs_mult, (Rabs_right alpha) by lra.
    replace (q ^ k * (alpha * Rabs (share (ratio_orbit alpha elr r0 t0) - (1 - / (alpha * elr)) / 2)))
      with (alpha * (q ^ k * Rabs (share (ratio_orbit alpha elr r0 t0) - (1 - / (alpha * elr)) / 2))) by ring.
    apply Rmult_le_compat_l; lra.
Qed.

(* Which starts those are: landing on r = 0 takes exactly r^2 = 2 alpha elr - 1 one step before. *)
Theorem regime2_landing : forall alpha elr r, 0 < alpha -> 0 < elr -> r <> 0 ->
  (regimes_ratio_next alpha elr r = 0 <-> r ^ 2 = 2 * (alpha * elr) - 1).
Proof.
  intros alpha elr r Ha He Hr; assert (A : 0 < alpha * elr) by (apply Rmult_lt_0_compat; lra).
  destruct (ratio_next_form alpha elr r ltac:(lra)) as [P ->].
  split; intro H.
  - apply Rmult_integral in H; destruct H as [H|H]; [contradiction|].
    assert (E : 1 + r ^ 2 - 2 * (alpha * elr) = 0); [|lra].
    apply Rmult_eq_reg_r with (/ (1 + r ^ 2 + 2 * (alpha * elr) * r ^ 2)); [|apply Rinv_neq_0_compat; lra].
    unfold Rdiv in H; rewrite H; ring.
  - replace (1 + r ^ 2 - 2 * (alpha * elr)) with 0 by lra. unfold Rdiv; ring.
Qed.

Theorem regime2_printed_refuted :
  exists alpha elr r0, 0 < alpha /\ 0 < elr /\ 1 < alpha * elr /\ r0 <> 0 /\
    0 < regimes_level alpha elr /\
    forall t, (1 <= t)%nat -> regimes_ratio_loss alpha (ratio_orbit alpha elr r0 t ^ 2) = 0.
Proof.
  exists 1, (5 / 2), 2; repeat split; try lra; [unfold regimes_level; lra|].
  assert (Z : forall t, ratio_orbit 1 (5 / 2) 2 (S t) = 0).
  { induction t as [|t IH]; [simpl; unfold regimes_ratio_next; lra|].
    change (ratio_orbit 1 (5 / 2) 2 (S (S t))) with
      (regimes_ratio_next 1 (5 / 2) (ratio_orbit 1 (5 / 2) 2 (S t))).
    rewrite IH; unfold regimes_ratio_next; ring. }
  intros [|t] Ht; [lia|]. rewrite Z; unfold regimes_ratio_loss; field.
Qed.

(* Remark 1. *)
Theorem remark1_critical : forall alpha elr r0, 0 < alpha -> 0 < elr -> alpha * elr = 1 ->
  forall eps, 0 < eps -> exists N, forall t, (N <= t)%nat ->
  0 <= regimes_ratio_loss alpha (ratio_orbit alpha elr r0 t ^ 2) <= eps.
Proof.
  intros alpha elr r0 Ha He H eps Heps.
  destruct (deviation_critical (alpha * elr) ((1 - / (alpha * elr)) / 2)
              (fun t => share (ratio_orbit alpha elr r0 t))) with (eps := eps / alpha) as [N HN].
  - lra.
  - intro t; apply share_range.
  - exact (share_step alpha elr r0 Ha He).
  - rewrite H, Rinv_1; lra.
  - apply Rdiv_lt_0_compat; lra.
  - exists N; intros t Ht; specialize (HN t Ht); cbv beta in HN; rewrite share_loss.
    pose proof (share_range (ratio_orbit alpha elr r0 t)).
    split; [apply Rmult_le_pos; lra|].
    replace eps with (alpha * (eps / alpha)) by (field; lra). apply Rmult_le_compat_l; lra.
Qed.

(** * The equilibrium: eqs. 9, 25 and 27 *)

Theorem eq9_unique : forall n alpha elr elrs, (1 <= n)%nat -> 0 < elr ->
  (forall i, (i < n)%nat -> 0 < alpha i /\ 0 < elrs i) ->
  ((forall i j, (i < n)%nat -> (j < n)%nat ->
      regimes_level_ess_sq (alpha i) (elrs i) = regimes_level_ess_sq (alpha j) (elrs j)) /\
   sum_to n (fun i => 1 / elrs i) = 1 / elr <->
   forall i, (i < n)%nat -> elrs i = elr * sum_to n alpha / alpha i).
Proof.
  intros n alpha elr elrs Hn He HP.
  pose proof (sum_pos n alpha Hn (fun i Hi => proj1 (HP i Hi))) as PA.
  split.
  - intros [HE HS].
    set (k := alpha O * elrs O).
    assert (K : forall i, (i < n)%nat -> alpha i * elrs i = k).
    { intros i Hi; specialize (HE i O Hi ltac:(lia)); unfold regimes_level_ess_sq in HE.
      destruct (HP i Hi) as [A1 A2]; destruct (HP O ltac:(lia)) as [B1 B2].
      assert (P1 : 0 < alpha i * elrs i) by (apply Rmult_lt_0_compat; assumption).
      assert (P2 : 0 < k) by (apply Rmult_lt_0_compat; assumption).
      assert (E : (alpha i * elrs i) * (alpha i * elrs i) = k * k) by (unfold k; nlra).
      set (p := alpha i * elrs i) in *; clearbody p k. nlra. }
    assert (Pk : 0 < k) by (destruct (HP O ltac:(lia)); apply Rmult_lt_0_compat; assumption).
    rewrite (sum_ext n _ (fun i => / k * alpha i)) in HS.
    + rewrite sum_scal in HS.
      assert (E : k = elr * sum_to n alpha).
      { apply Rmult_eq_reg_r with (/ k * / elr); [|apply Rmult_integral_contrapositive;
          split; apply Rinv_neq_0_compat; lra].
        replace (k * (/ k * / elr)) with (1 / elr) by (field; lra). rewrite <- HS. field; lra. }
      intros i Hi; destruct (HP i Hi) as [A1 A2]. rewrite <- E, <- (K i Hi); field; lra.
    + intros i Hi; destruct (HP i Hi) as [A1 A2]. rewrite <- (K i Hi); field; lra.
  - intro H; split.
    + intros i j Hi Hj; destruct (HP i Hi) as [A1 _]; destruct (HP j Hj) as [B1 _].
      rewrite (H i Hi), (H j Hj); unfold regimes_level_ess_sq; field; lra.
    + rewrite (sum_ext n _ (fun i => / (elr * sum_to n alpha) * alpha i)).
      * rewrite sum_scal; field; lra.
      * intros i Hi; destruct (HP i Hi) as [A1 _]. rewrite (H i Hi); field; repeat split; lra.
Qed.

Theorem eq25 : forall n alpha elrs elr, (1 <= n)%nat ->
  sum_to n (fun i => 1 / elrs i) = 1 / elr ->
  sum_to n (fun i => Rmax 0 (regimes_level (alpha i) (elrs i))) >=
    sum_to n (fun i => regimes_level (alpha i) (elrs i)) /\
  sum_to n (fun i => regimes_level (alpha i) (elrs i)) = (sum_to n alpha - 1 / elr) / 2.
Proof.
  intros n alpha elrs elr Hn HS; split.
  - apply Rle_ge; clear Hn HS; induction n as [|n IH]; [simpl; lra|rewrite !sum_S].
    pose proof (Rmax_r 0 (regimes_level (alpha n) (elrs n))). lra.
  - rewrite <- HS.
    rewrite (sum_ext n _ (fun i => / 2 * (alpha i + (-1) * (1 / elrs i)))).
    + rewrite sum_scal, sum_plus, sum_scal; field.
    + intros i Hi; unfold regimes_level, Rdiv; ring.
Qed.
