(* Training on the sphere, every start and every number of groups: regimes, section 3 and appendix A. *)
From Coq Require Import Reals Lra Lia Psatz Classical FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import Theory Beta Norm.
Open Scope R_scope.

(** * Sequences *)

Lemma geometric : forall (a : nat -> R) q, 0 <= q -> (forall t, a (S t) <= q * a t) ->
  forall t, a t <= q ^ t * a O.
Proof.
  intros a q Hq H; induction t as [|t IH]; simpl; [lra|].
  apply Rle_trans with (q * a t); [apply H|]. rewrite Rmult_assoc. apply Rmult_le_compat_l; lra.
Qed.

Lemma geometric_vanishes : forall q c eps, 0 <= q < 1 -> 0 <= c -> 0 < eps ->
  exists N, forall t, (N <= t)%nat -> q ^ t * c < eps.
Proof.
  intros q c eps Hq Hc He.
  assert (Hd : 0 < eps / (c + 1)) by (apply Rdiv_lt_0_compat; lra).
  destruct (pow_lt_1_zero q ltac:(rewrite Rabs_pos_eq; lra) _ Hd) as [N HN].
  exists N; intros t Ht. pose proof (HN t Ht) as B.
  assert (P : 0 <= q ^ t) by (apply pow_le; lra). rewrite Rabs_pos_eq in B by exact P.
  apply Rle_lt_trans with (q ^ t * (c + 1)); [apply Rmult_le_compat_l; lra|].
  replace eps with (eps / (c + 1) * (c + 1)) by (field; lra). apply Rmult_lt_compat_r; lra.
Qed.

Lemma geometric_limit : forall (a : nat -> R) q, 0 <= q < 1 ->
  (forall t, Rabs (a (S t)) <= q * Rabs (a t)) -> is_lim_seq a 0.
Proof.
  intros a q Hq H. apply is_lim_seq_spec; intros [eps He].
  destruct (geometric_vanishes q (Rabs (a O)) eps Hq (Rabs_pos _) He) as [N HN].
  exists N; intros t Ht; simpl. rewrite Rminus_0_r.
  eapply Rle_lt_trans; [apply (geometric (fun t => Rabs (a t)) q); [lra|exact H]|apply HN; exact Ht].
Qed.

(* (1 - E)/(1 + E) for E in [lo, hi] is at most this in size. *)
Lemma contraction : forall lo hi E, 0 < lo -> lo <= E <= hi ->
  Rabs ((1 - E) / (1 + E)) <= Rmax (/ (1 + lo)) (hi / (1 + hi)).
Proof.
  intros lo hi E Hl HE.
  assert (A : (1 - E) / (1 + E) <= / (1 + lo)).
  { assert (0 <= / (1 + lo) - (1 - E) / (1 + E)); [|lra].
    replace (/ (1 + lo) - (1 - E) / (1 + E)) with ((E + E - lo + E * lo) / ((1 + lo) * (1 + E)))
      by (field; lra). apply Rdiv_le_0_compat; [nra|apply Rmult_lt_0_compat; lra]. }
  assert (B : - (hi / (1 + hi)) <= (1 - E) / (1 + E)).
  { assert (0 <= (1 - E) / (1 + E) + hi / (1 + hi)); [|lra].
    replace ((1 - E) / (1 + E) + hi / (1 + hi)) with ((1 + (hi - E) + hi) / ((1 + hi) * (1 + E)))
      by (field; lra). apply Rdiv_le_0_compat; [lra|apply Rmult_lt_0_compat; lra]. }
  pose proof (Rmax_l (/ (1 + lo)) (hi / (1 + hi))); pose proof (Rmax_r (/ (1 + lo)) (hi / (1 + hi))).
  apply Rabs_le; lra.
Qed.

Lemma contraction_rate : forall lo hi, 0 < lo -> 0 < hi -> 0 <= Rmax (/ (1 + lo)) (hi / (1 + hi)) < 1.
Proof.
  intros lo hi Hl Hh.
  assert (0 < / (1 + lo)) by (apply Rinv_0_lt_compat; lra).
  assert (/ (1 + lo) < 1) by (rewrite <- Rinv_1; apply Rinv_lt_contravar; lra).
  assert (hi / (1 + hi) < 1) by (apply Rmult_lt_reg_r with (1 + hi); [lra|]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra).
  split; [apply Rle_trans with (/ (1 + lo)); [lra|apply Rmax_l]|apply Rmax_lub_lt; assumption].
Qed.

(** * One group: the map of r = x/y, eqs. 17-22 *)

(* eq. 2 on the unit circle: the gradient step, then back to norm one. *)
Definition circle_step (alpha lr : R) (p : R * R) : R * R :=
  let x := fst p in let y := snd p in
  let gx := regimes_quotient_grad_0 alpha x y in let gy := regimes_quotient_grad_1 alpha x y in
  let X := regimes_gradient_step_0 x y gx gy lr in let Y := regimes_gradient_step_1 x y gx gy lr in
  (X / sqrt (X ^ 2 + Y ^ 2), Y / sqrt (X ^ 2 + Y ^ 2)).

Fixpoint circle_run (alpha lr : R) (p : R * R) (t : nat) : R * R :=
  match t with O => p | S u => circle_step alpha lr (circle_run alpha lr p u) end.

Definition circle_loss (alpha : R) (p : R * R) : R := alpha * regimes_quotient (fst p) (snd p).
Definition on_circle (p : R * R) : Prop := fst p ^ 2 + snd p ^ 2 = 1.

Lemma ratio_next_simpler : forall alpha elr r, 0 < alpha -> 0 < elr ->
  regimes_ratio_next alpha elr r = r * ((1 + r ^ 2 - 2 * (alpha * elr)) / (1 + (1 + 2 * (alpha * elr)) * r ^ 2)).
Proof.
  intros alpha elr r Ha He; unfold regimes_ratio_next.
  assert (0 < alpha * elr) by nra. assert (0 <= r ^ 2) by apply pow2_ge_0.
  field; repeat split; nra.
Qed.

Theorem gradient : forall alpha x y, x ^ 2 + y ^ 2 <> 0 ->
  is_derive (fun u => alpha * regimes_quotient u y) x (regimes_quotient_grad_0 alpha x y) /\
  is_derive (fun u => alpha * regimes_quotient x u) y (regimes_quotient_grad_1 alpha x y).
Proof.
  intros alpha x y H; unfold regimes_quotient, regimes_quotient_grad_0, regimes_quotient_grad_1.
  split; auto_derive; try (split; [simpl in H; intro; apply H; lra|exact I]); simpl in *; try field;
    intro; apply H; lra.
Qed.

Theorem ratio_step : forall alpha lr x y, 0 < alpha -> 0 < lr -> x ^ 2 + y ^ 2 = 1 -> y <> 0 ->
  let p := circle_step alpha lr (x, y) in
  on_circle p /\ snd p <> 0 /\ fst p / snd p = regimes_ratio_next alpha lr (x / y).
Proof.
  intros alpha lr x y Ha Hl H1 Hy p.
  set (X := x * (1 - 2 * (alpha * lr) * y ^ 2)). set (Y := y * (1 + 2 * (alpha * lr) * x ^ 2)).
  assert (Hk : 0 < alpha * lr) by nra.
  assert (E : p = (X / sqrt (X ^ 2 + Y ^ 2), Y / sqrt (X ^ 2 + Y ^ 2))).
  { unfold p, circle_step, regimes_gradient_step_0, regimes_gradient_step_1, regimes_quotient_grad_0,
      regimes_quotient_grad_1; cbn [fst snd]; rewrite H1.
    replace (x - _) with X by (unfold X; field). replace (y - _) with Y by (unfold Y; field). reflexivity. }
  assert (B : 0 < 1 + 2 * (alpha * lr) * x ^ 2) by (pose proof (pow2_ge_0 x); nra).
  assert (HY : Y <> 0) by (unfold Y; apply Rmult_integral_contrapositive; split; lra).
  assert (P : 0 < X ^ 2 + Y ^ 2) by (pose proof (pow2_ge_0 X); pose proof (Rsqr_pos_lt Y HY); unfold Rsqr in *; lra).
  assert (S : 0 < sqrt (X ^ 2 + Y ^ 2)) by (apply sqrt_lt_R0; lra).
  rewrite E; unfold on_circle; cbn [fst snd]; repeat split.
  - replace (_ + _) with ((X ^ 2 + Y ^ 2) / (sqrt (X ^ 2 + Y ^ 2) * sqrt (X ^ 2 + Y ^ 2))) by (field; lra).
    rewrite sqrt_sqrt by lra. field; lra.
  - unfold Rdiv; apply Rmult_integral_contrapositive; split; [exact HY|apply Rinv_neq_0_compat; lra].
  - rewrite ratio_next_simpler by assumption.
    replace (1 + (x / y) ^ 2 - 2 * (alpha * lr)) with ((x ^ 2 + y ^ 2 - 2 * (alpha * lr) * y ^ 2) / y ^ 2)
      by (field; exact Hy).
    replace (1 + (1 + 2 * (alpha * lr)) * (x / y) ^ 2) with ((x ^ 2 + y ^ 2 + 2 * (alpha * lr) * x ^ 2) / y ^ 2)
      by (field; exact Hy).
    rewrite H1; unfold X, Y; unfold Y in HY; set (q := sqrt _) in *; field; repeat split; lra.
Qed.

Lemma run_on_circle : forall alpha lr x0 y0, 0 < alpha -> 0 < lr -> x0 ^ 2 + y0 ^ 2 = 1 -> y0 <> 0 ->
  forall t, on_circle (circle_run alpha lr (x0, y0) t) /\ snd (circle_run alpha lr (x0, y0) t) <> 0.
Proof.
  intros alpha lr x0 y0 Ha Hl H1 Hy; induction t as [|t [IH1 IH2]]; [split; assumption|].
  simpl. destruct (circle_run alpha lr (x0, y0) t) as [x y]; unfold on_circle in *; simpl fst in *; simpl snd in *.
  destruct (ratio_step alpha lr x y Ha Hl IH1 IH2) as (A & B & _). split; assumption.
Qed.

Definition run_ratio (alpha lr : R) (p : R * R) (t : nat) : R :=
  fst (circle_run alpha lr p t) / snd (circle_run alpha lr p t).

Lemma run_ratio_next : forall alpha lr x0 y0, 0 < alpha -> 0 < lr -> x0 ^ 2 + y0 ^ 2 = 1 -> y0 <> 0 ->
  forall t, run_ratio alpha lr (x0, y0) (S t) = regimes_ratio_next alpha lr (run_ratio alpha lr (x0, y0) t).
Proof.
  intros alpha lr x0 y0 Ha Hl H1 Hy t. unfold run_ratio; simpl.
  destruct (run_on_circle alpha lr x0 y0 Ha Hl H1 Hy t) as [A B].
  destruct (circle_run alpha lr (x0, y0) t) as [x y]; unfold on_circle in *; simpl fst in *; simpl snd in *.
  apply (ratio_step alpha lr x y Ha Hl A B).
Qed.

Theorem eq17 : forall alpha x y, y <> 0 ->
  alpha * regimes_quotient x y = regimes_ratio_loss alpha ((x / y) ^ 2).
Proof.
  intros; unfold regimes_quotient, regimes_ratio_loss.
  assert (0 < y ^ 2) by (rewrite <- Rsqr_pow2; apply Rsqr_pos_lt; assumption).
  pose proof (pow2_ge_0 x). field; repeat split; nra.
Qed.

Lemma run_loss : forall alpha lr x0 y0, 0 < alpha -> 0 < lr -> x0 ^ 2 + y0 ^ 2 = 1 -> y0 <> 0 ->
  forall t, circle_loss alpha (circle_run alpha lr (x0, y0) t)
    = regimes_ratio_loss alpha (run_ratio alpha lr (x0, y0) t ^ 2).
Proof.
  intros; unfold circle_loss, run_ratio. apply eq17, run_on_circle; assumption.
Qed.

Theorem eq20 : forall alpha elr r,
  Rabs (regimes_ratio_next alpha elr r) = regimes_ratio_factor alpha elr (r ^ 2) * Rabs r.
Proof.
  intros; unfold regimes_ratio_next, regimes_ratio_factor. rewrite Rabs_mult; ring.
Qed.

Lemma drop_simpler : forall alpha elr s, 0 < alpha * elr -> 0 <= s ->
  regimes_ratio_drop alpha elr s = 2 * (alpha * elr) * (1 + s) / (1 + s + 2 * (alpha * elr) * s).
Proof. intros; unfold regimes_ratio_drop; field; repeat split; nra. Qed.

Theorem eq21_bounds : forall alpha elr s, 0 < alpha -> 0 < elr -> 0 <= s ->
  regimes_ratio_drop_bounds_0 alpha elr < regimes_ratio_drop alpha elr s /\
  regimes_ratio_drop alpha elr s <= regimes_ratio_drop_bounds_1 alpha elr /\
  (regimes_ratio_drop alpha elr s = regimes_ratio_drop_bounds_1 alpha elr <-> s = 0).
Proof.
  intros alpha elr s Ha He Hs; unfold regimes_ratio_drop_bounds_0, regimes_ratio_drop_bounds_1.
  assert (Hk : 0 < alpha * elr) by nra. rewrite drop_simpler by assumption.
  assert (P : 0 < 1 + s + 2 * (alpha * elr) * s) by nra.
  replace (2 * alpha * elr) with (2 * (alpha * elr)) by ring. set (k := alpha * elr) in *.
  assert (L : 2 * k * (1 + s) / (1 + s + 2 * k * s) - 2 * k / (1 + 2 * k)
              = 4 * k ^ 2 / ((1 + 2 * k) * (1 + s + 2 * k * s))) by (field; lra).
  assert (U : 2 * k * (1 + s) / (1 + s + 2 * k * s) - 2 * k = - (4 * k ^ 2 * s / (1 + s + 2 * k * s)))
    by (field; lra).
  assert (0 < 4 * k ^ 2 / ((1 + 2 * k) * (1 + s + 2 * k * s)))
    by (apply Rdiv_lt_0_compat; [nra|apply Rmult_lt_0_compat; lra]).
  assert (0 <= 4 * k ^ 2 * s / (1 + s + 2 * k * s)) by (apply Rdiv_le_0_compat; [nra|lra]).
  split; [lra|]. split; [lra|]. split; intro E.
  - assert (Z : 4 * k ^ 2 * s / (1 + s + 2 * k * s) * (1 + s + 2 * k * s) = 0) by
      (replace (4 * k ^ 2 * s / (1 + s + 2 * k * s)) with 0 by lra; ring).
    replace (4 * k ^ 2 * s / (1 + s + 2 * k * s) * (1 + s + 2 * k * s)) with (4 * k ^ 2 * s) in Z by (field; lra).
    assert (0 < 4 * k ^ 2) by nra. apply Rmult_integral in Z; destruct Z; lra.
  - subst s; field; lra.
Qed.

Theorem eq22 : forall alpha elr r, 0 < alpha -> 0 < elr ->
  (regimes_ratio_factor alpha elr (r ^ 2) > 1 <-> regimes_ratio_drop alpha elr (r ^ 2) > 2) /\
  (regimes_ratio_drop alpha elr (r ^ 2) > 2 <-> r ^ 2 / (1 + r ^ 2) < (alpha * elr - 1) / (2 * alpha * elr)) /\
  (regimes_ratio_drop alpha elr (r ^ 2) > 2 <-> r ^ 2 < regimes_fixed_ratio_sq alpha elr).
Proof.
  intros alpha elr r Ha He; set (s := r ^ 2). assert (Hs : 0 <= s) by apply pow2_ge_0.
  assert (Hk : 0 < alpha * elr) by nra.
  assert (D : 0 < regimes_ratio_drop alpha elr s).
  { destruct (eq21_bounds alpha elr s Ha He Hs) as [B _]. eapply Rlt_trans; [|exact B].
    unfold regimes_ratio_drop_bounds_0; apply Rdiv_lt_0_compat; nra. }
  change (regimes_ratio_factor alpha elr s) with (Rabs (1 - regimes_ratio_drop alpha elr s)).
  split; [split; intro H; [destruct (Rle_or_lt 0 (1 - regimes_ratio_drop alpha elr s));
    [rewrite Rabs_pos_eq in H by assumption; lra|rewrite Rabs_left in H by assumption; lra]
    |rewrite Rabs_left by lra; lra]|].
  rewrite drop_simpler by assumption. unfold regimes_fixed_ratio_sq.
  replace (2 * alpha * elr) with (2 * (alpha * elr)) by ring. set (k := alpha * elr) in *.
  assert (P : 0 < 1 + s + 2 * k * s) by nra.
  assert (G : 2 * k * (1 + s) / (1 + s + 2 * k * s) - 2 = ((k - 1) / (k + 1) - s) * (2 * (k + 1) / (1 + s + 2 * k * s)))
    by (field; lra).
  assert (M : (k - 1) / (2 * k) - s / (1 + s) = ((k - 1) / (k + 1) - s) * ((k + 1) / (2 * k * (1 + s))))
    by (field; lra).
  assert (G0 : 0 < 2 * (k + 1) / (1 + s + 2 * k * s)) by (apply Rdiv_lt_0_compat; lra).
  assert (M0 : 0 < (k + 1) / (2 * k * (1 + s))) by (apply Rdiv_lt_0_compat; [lra|apply Rmult_lt_0_compat; lra]).
  set (gap := (k - 1) / (k + 1) - s) in *.
  assert (I1 : 2 * k * (1 + s) / (1 + s + 2 * k * s) > 2 <-> gap > 0) by (split; intro; nra).
  assert (I2 : s / (1 + s) < (k - 1) / (2 * k) <-> gap > 0) by (split; intro; nra).
  assert (I3 : s < (k - 1) / (k + 1) <-> gap > 0) by (unfold gap; split; intro; lra).
  rewrite I1, I2, I3; split; split; auto.
Qed.

(** * One group: every start, propositions 2.1 and 2.2, remark 1 *)

(* The rate of eq. 21, the same for every r. *)
Definition linear_rate (alpha elr : R) : R := Rmax (Rabs (1 - 2 * alpha * elr)) (/ (1 + 2 * alpha * elr)).

Lemma linear_rate_range : forall alpha elr, 0 < alpha -> 0 < elr -> alpha * elr < 1 ->
  0 <= linear_rate alpha elr < 1.
Proof.
  intros alpha elr Ha He Hk; assert (0 < alpha * elr) by nra.
  assert (0 < / (1 + 2 * alpha * elr)) by (apply Rinv_0_lt_compat; nra).
  assert (/ (1 + 2 * alpha * elr) < 1) by (rewrite <- Rinv_1; apply Rinv_lt_contravar; nra).
  unfold linear_rate; split; [eapply Rle_trans; [|apply Rmax_r]; lra|].
  apply Rmax_lub_lt; [apply Rabs_def1; nra|assumption].
Qed.

Theorem eq21_rate : forall alpha elr r, 0 < alpha -> 0 < elr ->
  Rabs (regimes_ratio_next alpha elr r) <= linear_rate alpha elr * Rabs r.
Proof.
  intros alpha elr r Ha He; rewrite eq20; apply Rmult_le_compat_r; [apply Rabs_pos|].
  destruct (eq21_bounds alpha elr (r ^ 2) Ha He (pow2_ge_0 r)) as (L & U & _).
  unfold regimes_ratio_drop_bounds_0, regimes_ratio_drop_bounds_1 in *.
  assert (Hk : 0 < alpha * elr) by nra.
  change (regimes_ratio_factor alpha elr (r ^ 2)) with (Rabs (1 - regimes_ratio_drop alpha elr (r ^ 2))).
  set (d := regimes_ratio_drop alpha elr (r ^ 2)) in *; clearbody d.
  replace (2 * alpha * elr / (1 + 2 * alpha * elr)) with (1 - / (1 + 2 * alpha * elr)) in L by (field; nra).
  pose proof (Rmax_l (Rabs (1 - 2 * alpha * elr)) (/ (1 + 2 * alpha * elr))).
  pose proof (Rmax_r (Rabs (1 - 2 * alpha * elr)) (/ (1 + 2 * alpha * elr))).
  pose proof (Rle_abs (- (1 - 2 * alpha * elr))). rewrite Rabs_Ropp in *.
  unfold linear_rate; apply Rabs_le; lra.
Qed.

Lemma ratio_loss_below : forall alpha s, 0 < alpha -> 0 <= s -> 0 <= regimes_ratio_loss alpha s <= alpha * s.
Proof.
  intros alpha s Ha Hs; unfold regimes_ratio_loss; split.
  - apply Rdiv_le_0_compat; nra.
  - apply Rmult_le_reg_r with (1 + s); [lra|]. unfold Rdiv; rewrite Rmult_assoc, Rinv_l by lra. nra.
Qed.

(* Printed, with the rate: the value is at most alpha r0^2 q^(2t), q = max(|1 - 2k|, 1/(1 + 2k)), k = alpha elr. *)
Theorem proposition2_1 : forall alpha lr x0 y0, 0 < alpha -> 0 < lr -> lr < 1 / alpha ->
  x0 <> 0 -> y0 <> 0 -> x0 ^ 2 + y0 ^ 2 = 1 ->
  linear_rate alpha lr < 1 /\
  forall t, 0 <= circle_loss alpha (circle_run alpha lr (x0, y0) t)
              <= alpha * (x0 / y0) ^ 2 * (linear_rate alpha lr ^ 2) ^ t.
Proof.
  intros alpha lr x0 y0 Ha Hl Hk _ Hy H1.
  assert (K : alpha * lr < 1).
  { apply Rmult_lt_compat_l with (r := alpha) in Hk; [|lra].
    replace (alpha * (1 / alpha)) with 1 in Hk by (field; lra). exact Hk. }
  destruct (linear_rate_range alpha lr Ha Hl K) as [Q0 Q1]. split; [exact Q1|intro t].
  rewrite run_loss by assumption.
  destruct (ratio_loss_below alpha (run_ratio alpha lr (x0, y0) t ^ 2) Ha (pow2_ge_0 _)) as [A B].
  split; [exact A|]. eapply Rle_trans; [exact B|]. rewrite Rmult_assoc; apply Rmult_le_compat_l; [lra|].
  pose proof (geometric (fun t => run_ratio alpha lr (x0, y0) t ^ 2) (linear_rate alpha lr ^ 2) (pow2_ge_0 _)) as G.
  cbv beta in G. rewrite Rmult_comm. apply G; clear - Ha Hl H1 Hy Q0; intro t.
  rewrite run_ratio_next by assumption. set (r := run_ratio alpha lr (x0, y0) t).
  rewrite <- (pow2_abs (regimes_ratio_next alpha lr r)), <- (pow2_abs r), <- Rpow_mult_distr.
  apply pow_incr; split; [apply Rabs_pos|apply eq21_rate; assumption].
Qed.

Theorem eq26 : forall alpha r_sq, 0 <= r_sq ->
  regimes_ratio_eff_grad_sq alpha r_sq
  = 4 * regimes_ratio_loss alpha r_sq * (alpha - regimes_ratio_loss alpha r_sq).
Proof. intros; unfold regimes_ratio_eff_grad_sq, regimes_ratio_loss; field; lra. Qed.

(* What drives a group: its distance to its level shrinks by (1 - ESS^2)/(1 + ESS^2), exactly. *)
Theorem level_gap : forall alpha elr r, 0 < alpha -> 0 < elr ->
  let E := scale_ess_sq elr (regimes_ratio_eff_grad_sq alpha (r ^ 2)) in
  regimes_ratio_loss alpha (regimes_ratio_next alpha elr r ^ 2) - regimes_level alpha elr
  = (regimes_ratio_loss alpha (r ^ 2) - regimes_level alpha elr) * ((1 - E) / (1 + E)).
Proof.
  intros alpha elr r Ha He E; unfold E. rewrite ratio_next_simpler by assumption.
  unfold scale_ess_sq, regimes_ratio_eff_grad_sq, regimes_ratio_loss, regimes_level.
  set (k := alpha * elr). assert (Hk : 0 < k) by (unfold k; nra).
  assert (H : elr = k / alpha) by (unfold k; field; lra). clearbody k. rewrite H.
  set (s := r ^ 2). rewrite Rpow_mult_distr. fold s. assert (Hs : 0 <= s) by apply pow2_ge_0. clearbody s.
  assert (P : 0 < 1 + (1 + 2 * k) * s) by nra.
  assert (P2 : 0 < (1 + (1 + 2 * k) * s) ^ 2 + s * (1 + s - 2 * k) ^ 2)
    by (pose proof (pow_lt _ 2 P); pose proof (pow2_ge_0 (1 + s - 2 * k)); nra).
  assert (P3 : 0 < (1 + s) ^ 2 + 4 * k ^ 2 * s) by nra.
  field; repeat split; try lra; nra.
Qed.

Theorem level_is_reached_at_fixed_ratio : forall alpha elr, 0 < alpha -> 0 < elr ->
  regimes_ratio_loss alpha (regimes_fixed_ratio_sq alpha elr) = regimes_level alpha elr /\
  scale_ess_sq elr (regimes_ratio_eff_grad_sq alpha (regimes_fixed_ratio_sq alpha elr))
  = regimes_level_ess_sq alpha elr.
Proof.
  intros alpha elr Ha He; assert (0 < alpha * elr) by nra.
  unfold regimes_ratio_loss, regimes_fixed_ratio_sq, regimes_level, scale_ess_sq, regimes_ratio_eff_grad_sq,
    regimes_level_ess_sq.
  assert (alpha * elr + 1 <> 0) by lra.
  split; field; repeat split; try lra; replace (_ + _) with (2 * (alpha * elr)) by ring; lra.
Qed.

Section OneGroup.
  Variables alpha lr x0 y0 : R.
  Hypotheses (Ha : 0 < alpha) (Hl : 0 < lr) (Hx : x0 <> 0) (Hy : y0 <> 0) (H1 : x0 ^ 2 + y0 ^ 2 = 1).

  Let f (t : nat) : R := circle_loss alpha (circle_run alpha lr (x0, y0) t).
  Let l : R := regimes_level alpha lr.
  Let E (t : nat) : R := 4 * lr ^ 2 * (f t * (alpha - f t)).

  Lemma loss_range : forall t, 0 <= f t < alpha /\ (f t = 0 <-> fst (circle_run alpha lr (x0, y0) t) = 0).
  Proof.
    intro t; unfold f. destruct (run_on_circle alpha lr x0 y0 Ha Hl H1 Hy t) as [A B].
    destruct (circle_run alpha lr (x0, y0) t) as [x y]; unfold on_circle, circle_loss, regimes_quotient in *.
    simpl fst in *; simpl snd in *. rewrite A.
    pose proof (pow2_ge_0 x). pose proof (Rsqr_pos_lt y B) as C; unfold Rsqr in C.
    replace (alpha * (x ^ 2 / 1)) with (alpha * x ^ 2) by field.
    split; [split; nra|]. split; intro Z; [|subst x; ring].
    apply Rmult_integral in Z; destruct Z as [Z|Z]; [lra|]. replace (x ^ 2) with (x * x) in Z by ring.
    apply Rmult_integral in Z; destruct Z; assumption.
  Qed.

  Lemma loss_step : forall t, f (S t) - l = (f t - l) * ((1 - E t) / (1 + E t)).
  Proof.
    intro t; unfold f; rewrite !run_loss, run_ratio_next by assumption.
    rewrite level_gap by assumption. fold l. do 2 f_equal; f_equal;
    unfold E, f; rewrite run_loss by assumption; unfold scale_ess_sq; rewrite eq26 by apply pow2_ge_0; ring.
  Qed.

  Lemma ess_range : forall t, 0 <= E t <= (alpha * lr) ^ 2.
  Proof.
    intro t; unfold E; destruct (loss_range t) as [R _]. set (u := f t) in *; clearbody u.
    pose proof (pow2_ge_0 (alpha - 2 * u)). pose proof (pow_lt lr 2 Hl).
    split; [apply Rmult_le_pos; nra|].
    replace ((alpha * lr) ^ 2) with (lr ^ 2 * alpha ^ 2) by ring.
    replace (4 * lr ^ 2 * (u * (alpha - u))) with (lr ^ 2 * (4 * (u * (alpha - u)))) by ring.
    apply Rmult_le_compat_l; nra.
  Qed.

  Lemma gap_never_grows : forall t, Rabs (f (S t) - l) <= Rabs (f t - l).
  Proof.
    intro t; rewrite loss_step, Rabs_mult. destruct (ess_range t) as [A _].
    rewrite <- (Rmult_1_r (Rabs (f t - l))) at 2. apply Rmult_le_compat_l; [apply Rabs_pos|].
    apply Rabs_le; split; [apply Rmult_le_reg_r with (1 + E t)|apply Rmult_le_reg_r with (1 + E t)]; try lra;
    unfold Rdiv; rewrite Rmult_assoc, Rinv_l by lra; lra.
  Qed.

  Lemma gap_decreases : forall s t, (s <= t)%nat -> Rabs (f t - l) <= Rabs (f s - l).
  Proof. intros s t H; induction H as [|t _ IH]; [lra|pose proof (gap_never_grows t); lra]. Qed.

  (* The squared ESS is bounded below from some time on: the gap vanishes geometrically. *)
  Lemma gap_vanishes_from : forall T lo, 0 < lo -> (forall t, (T <= t)%nat -> lo <= E t) ->
    is_lim_seq f l.
  Proof.
    intros T lo Hlo HE. pose proof (contraction_rate lo ((alpha * lr) ^ 2) Hlo ltac:(apply pow_lt; nra)) as HQ.
    set (q := Rmax _ _) in HQ.
    assert (G : is_lim_seq (fun t => f (t + T)%nat - l) 0).
    { apply (geometric_limit _ q HQ). intro t; simpl. rewrite loss_step, Rabs_mult, Rmult_comm.
      apply Rmult_le_compat_r; [apply Rabs_pos|]. apply contraction; [exact Hlo|].
      split; [apply HE; lia|apply ess_range]. }
    apply (is_lim_seq_incr_n f T). replace (Finite l) with (Rbar_plus 0 l) by (simpl; f_equal; ring).
    apply is_lim_seq_ext with (fun t => (f (t + T)%nat - l) + l); [intro; ring|].
    apply is_lim_seq_plus with (1 := G) (2 := is_lim_seq_const l). reflexivity.
  Qed.

  Lemma level_facts : 1 < alpha * lr -> 0 < l /\ 2 * l = alpha - / lr /\ 0 < / lr.
  Proof.
    intro K; assert (0 < / lr) by (apply Rinv_0_lt_compat; lra).
    assert (2 * l = alpha - / lr) by (unfold l, regimes_level; field; lra).
    assert (/ lr < alpha); [|lra].
    apply Rmult_lt_reg_r with lr; [lra|]. rewrite Rinv_l by lra. lra.
  Qed.

  (* Amended: every start converges to the level unless it lands on x = 0 exactly, and stays there. *)
  Theorem converges_to_level : 1 < alpha * lr ->
    (forall t, fst (circle_run alpha lr (x0, y0) t) <> 0) -> is_lim_seq f l.
  Proof.
    intros K Hnever. destruct (level_facts K) as (L0 & L2 & L3).
    assert (Hpos : forall t, 0 < f t < alpha).
    { intro t; destruct (loss_range t) as [[A B] C]. split; [|exact B].
      destruct (Req_dec (f t) 0) as [Z|Z]; [exfalso; apply (Hnever t), C, Z|lra]. }
    pose proof (pow_lt lr 2 Hl) as Hl2.
    destruct (classic (exists T, Rabs (f T - l) < l)) as [[T HT]|Hfar].
    - apply (gap_vanishes_from T (4 * lr ^ 2 * ((l - Rabs (f T - l)) * / lr))).
      { apply Rmult_lt_0_compat; [lra|]. apply Rmult_lt_0_compat; lra. }
      intros t Ht; unfold E. apply Rmult_le_compat_l; [lra|].
      pose proof (gap_decreases T t Ht) as G. apply Rabs_def2 in HT.
      pose proof (Rle_abs (f t - l)). pose proof (Rle_abs (- (f t - l))). rewrite Rabs_Ropp in *.
      pose proof (Rabs_def1 (f T - l) l ltac:(lra) ltac:(lra)).
      apply Rmult_le_compat; lra.
    - assert (Hge : forall t, 2 * l <= f t).
      { intro t; apply Rnot_lt_le; intro C; apply Hfar; exists t. destruct (Hpos t). apply Rabs_def1; lra. }
      assert (Hdec : forall t, f t <= f O).
      { intro t; pose proof (gap_decreases O t ltac:(lia)) as G. pose proof (Hge t); pose proof (Hge O).
        rewrite !Rabs_pos_eq in G by lra. lra. }
      apply (gap_vanishes_from O (4 * lr ^ 2 * (2 * l * (alpha - f O)))).
      { destruct (Hpos O). apply Rmult_lt_0_compat; [lra|]. apply Rmult_lt_0_compat; lra. }
      intros t _; unfold E. apply Rmult_le_compat_l; [lra|].
      pose proof (Hge t); pose proof (Hdec t); pose proof (Hpos O). apply Rmult_le_compat; lra.
  Qed.

  Theorem stays_at_zero : forall T, fst (circle_run alpha lr (x0, y0) T) = 0 ->
    forall t, (T <= t)%nat -> f t = 0.
  Proof.
    intros T HT t H; induction H as [|t _ IH]; [apply loss_range; exact HT|].
    pose proof (loss_step t) as S. rewrite IH in S.
    assert (Z : E t = 0) by (unfold E; rewrite IH; ring). rewrite Z in S.
    replace ((1 - 0) / (1 + 0)) with 1 in S by field. lra.
  Qed.

  (* Remark 1: at elr = 1/alpha the value still goes to zero, from every start. *)
  Theorem remark1_converges : alpha * lr = 1 -> is_lim_seq f 0.
  Proof.
    intro K. assert (L : l = 0).
    { unfold l, regimes_level. replace (1 / lr) with (alpha * lr / lr) by (rewrite K; reflexivity). field; lra. }
    assert (Hmono : forall t, f t <= f O).
    { intro t; pose proof (gap_decreases O t ltac:(lia)) as G. rewrite L, !Rminus_0_r in G.
      destruct (loss_range t) as [A _]; destruct (loss_range O) as [B _]. rewrite !Rabs_pos_eq in G by lra. lra. }
    apply is_lim_seq_spec; intros [eps He]; simpl.
    assert (D : exists T, f T < eps).
    { apply NNPP; intro C. assert (Hge : forall t, eps <= f t).
      { intro t; apply Rnot_lt_le; intro D; apply C; exists t; exact D. }
      destruct (loss_range O) as [[_ B] _]. pose proof (pow_lt lr 2 Hl) as Hl2.
      assert (G : is_lim_seq f l).
      { apply (gap_vanishes_from O (4 * lr ^ 2 * (eps * (alpha - f O)))).
        - apply Rmult_lt_0_compat; [lra|]. apply Rmult_lt_0_compat; lra.
        - intros t _; unfold E. apply Rmult_le_compat_l; [lra|].
          pose proof (Hge t); pose proof (Hmono t). apply Rmult_le_compat; lra. }
      rewrite L in G. apply is_lim_seq_spec in G. destruct (G (mkposreal eps He)) as [N HN].
      pose proof (HN N ltac:(lia)) as F; simpl in F. rewrite Rminus_0_r in F.
      pose proof (Hge N); pose proof (Rle_abs (f N)). lra. }
    destruct D as [T HT]; exists T; intros t Ht. rewrite Rminus_0_r.
    pose proof (gap_decreases T t Ht) as G. rewrite L, !Rminus_0_r in G.
    destruct (loss_range T) as [A _]. rewrite (Rabs_pos_eq (f T)) in G by lra. lra.
  Qed.

  (* ... but no faster than 1/t: a start below the middle never gets there linearly. *)
  Theorem remark1_sublinear : alpha * lr = 1 -> f O < alpha / 2 ->
    forall t, 0 < f t <= f O /\
      / f O + 8 / alpha * INR t <= / f t <= / f O + 8 / alpha / (1 - 2 * f O / alpha) ^ 2 * INR t.
  Proof.
    intros K Hhalf.
    assert (L : l = 0).
    { unfold l, regimes_level. replace (1 / lr) with (alpha * lr / lr) by (rewrite K; reflexivity). field; lra. }
    assert (Hlr : lr = / alpha) by (apply Rmult_eq_reg_l with alpha; [rewrite K; field; lra|lra]).
    assert (H0 : 0 < f O).
    { destruct (loss_range O) as [[A _] C]. destruct (Req_dec (f O) 0) as [Z|Z]; [|lra].
      exfalso; apply Hx; apply C in Z; exact Z. }
    induction t as [|t [[P1 P2] [I1 I2]]]; [simpl; lra|].
    set (v := 2 * f t / alpha).
    assert (Hv : f t = alpha * v / 2) by (unfold v; field; lra).
    assert (V : 0 < v <= 2 * f O / alpha).
    { unfold v; split; [apply Rdiv_lt_0_compat; lra|]. unfold Rdiv; apply Rmult_le_compat_r;
      [apply Rlt_le, Rinv_0_lt_compat; lra|lra]. }
    assert (V0 : 2 * f O / alpha < 1).
    { apply Rmult_lt_reg_r with alpha; [lra|]. unfold Rdiv; rewrite Rmult_assoc, Rinv_l by lra. lra. }
    set (v0 := 2 * f O / alpha) in *.
    assert (Q : 0 < 1 + 2 * v - v ^ 2) by nra.
    assert (F : f (S t) = f t * ((1 - v) ^ 2 / (1 + 2 * v - v ^ 2))).
    { pose proof (loss_step t) as S; rewrite L, !Rminus_0_r in S; rewrite S; f_equal.
      unfold E; rewrite Hv, Hlr; field; split; nra. }
    assert (G : / f (S t) = / f t + 2 / alpha * ((4 - 2 * v) / (1 - v) ^ 2)).
    { rewrite F, Hv; field; repeat split; lra. }
    assert (B1 : 4 <= (4 - 2 * v) / (1 - v) ^ 2).
    { apply Rmult_le_reg_r with ((1 - v) ^ 2); [apply pow_lt; lra|]. unfold Rdiv; rewrite Rmult_assoc, Rinv_l; nra. }
    assert (B2 : (4 - 2 * v) / (1 - v) ^ 2 <= 4 / (1 - v0) ^ 2).
    { apply Rle_trans with (4 / (1 - v) ^ 2).
      - unfold Rdiv; apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat, pow_lt; lra|lra].
      - unfold Rdiv; apply Rmult_le_compat_l; [lra|]. apply Rinv_le_contravar; [apply pow_lt; lra|].
        apply pow_incr; lra. }
    assert (A2 : 0 < 2 / alpha) by (apply Rdiv_lt_0_compat; lra).
    rewrite S_INR. split; [split|split].
    - rewrite F; apply Rmult_lt_0_compat; [exact P1|]. apply Rdiv_lt_0_compat; [apply pow_lt; lra|exact Q].
    - apply Rle_trans with (f t); [|exact P2]. rewrite F. rewrite <- (Rmult_1_r (f t)) at 2.
      apply Rmult_le_compat_l; [lra|]. apply Rmult_le_reg_r with (1 + 2 * v - v ^ 2); [exact Q|].
      unfold Rdiv; rewrite Rmult_assoc, Rinv_l; nra.
    - rewrite G. replace (8 / alpha) with (2 / alpha * 4) in * by (field; lra). nra.
    - rewrite G. replace (8 / alpha / (1 - v0) ^ 2) with (2 / alpha * (4 / (1 - v0) ^ 2)) in * by (field; lra). nra.
  Qed.
End OneGroup.

(* Printed proposition 2.2 fails where the step lands on x = 0: alpha = 1, elr = 25/18, (4/5, 3/5). *)
Theorem proposition2_2_refuted : ~ (forall alpha lr x0 y0, 0 < alpha -> 0 < lr -> lr > 1 / alpha ->
  x0 <> 0 -> y0 <> 0 -> x0 ^ 2 + y0 ^ 2 = 1 ->
  is_lim_seq (fun t => circle_loss alpha (circle_run alpha lr (x0, y0) t)) (regimes_level alpha lr)).
Proof.
  intro C. assert (H1 : (4 / 5) ^ 2 + (3 / 5) ^ 2 = 1) by field.
  pose proof (C 1 (25 / 18) (4 / 5) (3 / 5) ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra) H1) as L.
  assert (Z : is_lim_seq (fun t => circle_loss 1 (circle_run 1 (25 / 18) (4 / 5, 3 / 5) t)) 0).
  { apply is_lim_seq_incr_1, is_lim_seq_ext with (fun _ => 0); [|apply is_lim_seq_const].
    intro t; symmetry; apply (stays_at_zero 1 (25 / 18) (4 / 5) (3 / 5)) with (T := 1%nat); try lra; try lia.
    simpl. unfold circle_step, regimes_gradient_step_0, regimes_quotient_grad_0; cbn [fst snd].
    replace (4 / 5 - _) with 0 by field. unfold Rdiv; ring. }
  apply is_lim_seq_unique in L; apply is_lim_seq_unique in Z. rewrite L in Z.
  injection Z as Z'. unfold regimes_level in Z'; lra.
Qed.

(** * Any number of groups: eqs. 3, 4, 5, 16, and appendix A.1 *)

Definition total_norm_sq (n : nat) (p : nat -> nat) (theta : nat -> nat -> R) : R :=
  sum_to n (fun i => norm_sq (p i) (theta i)).

(* Scale invariance of each group: its gradient is orthogonal to it. *)
Definition groups_orthogonal (n : nat) (p : nat -> nat) (theta g : nat -> nat -> R) : Prop :=
  forall i, (i < n)%nat -> dot (p i) (g i) (theta i) = 0 /\ 0 < norm_sq (p i) (theta i).

(* eq. 2 before the projection, and the factor that projects on the sphere of the old radius. *)
Definition stepped (lr : R) (theta g : nat -> nat -> R) : nat -> nat -> R :=
  fun i => decay_step (theta i) (g i) lr 0.
Definition projects (n : nat) (p : nat -> nat) (c : R) (hat theta : nat -> nat -> R) : Prop :=
  c ^ 2 * total_norm_sq n p hat = total_norm_sq n p theta.

Definition group_elr (lr : R) (p : nat -> nat) (theta : nat -> nat -> R) (i : nat) : R :=
  scale_elr lr (norm_sq (p i) (theta i)).
Definition group_ess_sq (lr : R) (p : nat -> nat) (theta g : nat -> nat -> R) (i : nat) : R :=
  scale_ess_sq (group_elr lr p theta i) (scale_eff_grad_sq (norm_sq (p i) (g i)) (norm_sq (p i) (theta i))).
Definition whole_elr (lr : R) (n : nat) (p : nat -> nat) (theta : nat -> nat -> R) : R :=
  scale_elr lr (total_norm_sq n p theta).
Definition whole_ess_sq (lr : R) (n : nat) (p : nat -> nat) (theta g : nat -> nat -> R) : R :=
  scale_ess_sq (whole_elr lr n p theta) (scale_eff_grad_sq (total_norm_sq n p g) (total_norm_sq n p theta)).

Lemma sum_pos : forall n f, (0 < n)%nat -> (forall i, (i < n)%nat -> 0 < f i) -> 0 < sum_to n f.
Proof.
  intros n f Hn H; destruct n as [|n]; [lia|]; simpl.
  pose proof (sum_nonneg n f ltac:(intros; apply Rlt_le, H; lia)). pose proof (H n ltac:(lia)). lra.
Qed.

Lemma sum_le : forall n f g, (forall i, (i < n)%nat -> f i <= g i) -> sum_to n f <= sum_to n g.
Proof.
  induction n as [|n IH]; intros f g H; simpl; [lra|].
  pose proof (IH f g ltac:(intros; apply H; lia)). pose proof (H n ltac:(lia)). lra.
Qed.

Lemma term_le_sum : forall n f i, (forall j, (j < n)%nat -> 0 <= f j) -> (i < n)%nat -> f i <= sum_to n f.
Proof.
  induction n as [|n IH]; intros f i H Hi; [lia|]; simpl. pose proof (H n ltac:(lia)).
  destruct (Nat.eq_dec i n) as [->|N]; [pose proof (sum_nonneg n f ltac:(intros; apply H; lia)); lra|].
  pose proof (IH f i ltac:(intros; apply H; lia) ltac:(lia)). lra.
Qed.

Lemma total_pos : forall n p theta g, (0 < n)%nat -> groups_orthogonal n p theta g -> 0 < total_norm_sq n p theta.
Proof. intros n p theta g Hn H; apply sum_pos; [exact Hn|]; intros i Hi; apply H; exact Hi. Qed.

Theorem eq3_any_n : forall n p theta lr, (0 < n)%nat -> 0 < lr ->
  (forall i, (i < n)%nat -> 0 < norm_sq (p i) (theta i)) ->
  sum_to n (fun i => 1 / group_elr lr p theta i) = 1 / whole_elr lr n p theta.
Proof.
  intros n p theta lr Hn Hl H; unfold whole_elr, group_elr, scale_elr.
  assert (0 < total_norm_sq n p theta) by (apply sum_pos; assumption).
  replace (1 / (lr / total_norm_sq n p theta)) with (/ lr * total_norm_sq n p theta) by (field; lra).
  unfold total_norm_sq; rewrite <- sum_scal. apply sum_ext; intros i Hi. pose proof (H i Hi). field; lra.
Qed.

Theorem eq4_any_n : forall n p theta g lr, (0 < n)%nat -> 0 < lr ->
  (forall i, (i < n)%nat -> 0 < norm_sq (p i) (theta i)) ->
  let omega := fun i => whole_elr lr n p theta / group_elr lr p theta i in
  whole_ess_sq lr n p theta g = sum_to n (fun i => omega i * group_ess_sq lr p theta g i) /\
  sum_to n omega = 1 /\ (forall i, (i < n)%nat -> 0 < omega i).
Proof.
  intros n p theta g lr Hn Hl H omega. set (rho := total_norm_sq n p theta).
  assert (P : 0 < rho) by (apply sum_pos; assumption).
  assert (O : forall i, (i < n)%nat -> omega i = / rho * norm_sq (p i) (theta i)).
  { intros i Hi; unfold omega, whole_elr, group_elr, scale_elr; fold rho. pose proof (H i Hi). field; lra. }
  repeat split.
  - transitivity (lr ^ 2 / rho * sum_to n (fun i => norm_sq (p i) (g i))).
    { unfold whole_ess_sq, whole_elr, scale_ess_sq, scale_elr, scale_eff_grad_sq; fold rho.
      unfold total_norm_sq; field; lra. }
    rewrite <- sum_scal; apply sum_ext; intros i Hi; rewrite O by exact Hi. pose proof (H i Hi).
    unfold group_ess_sq, group_elr, scale_ess_sq, scale_elr, scale_eff_grad_sq; field; lra.
  - rewrite (sum_ext n omega _ O), sum_scal. change (sum_to n _) with rho. field; lra.
  - intros i Hi; rewrite O by exact Hi. pose proof (H i Hi). apply Rmult_lt_0_compat; [apply Rinv_0_lt_compat; lra|lra].
Qed.

Lemma stepped_norm : forall n p theta g lr, groups_orthogonal n p theta g ->
  forall i, (i < n)%nat ->
  norm_sq (p i) (stepped lr theta g i) = norm_sq (p i) (theta i) + lr ^ 2 * norm_sq (p i) (g i).
Proof.
  intros n p theta g lr H i Hi; unfold stepped. destruct (H i Hi) as [O _]. rewrite norm_sq_step by exact O. ring.
Qed.

Lemma stepped_total : forall n p theta g lr, groups_orthogonal n p theta g ->
  total_norm_sq n p (stepped lr theta g) = total_norm_sq n p theta + lr ^ 2 * total_norm_sq n p g.
Proof.
  intros n p theta g lr H; unfold total_norm_sq; rewrite <- sum_scal, <- sum_plus.
  apply sum_ext; intros i Hi; apply (stepped_norm n); assumption.
Qed.

Lemma norm_sq_scaled : forall n c u, norm_sq n (scaled c u) = c ^ 2 * norm_sq n u.
Proof.
  intros; unfold norm_sq, dot; rewrite <- sum_scal; apply sum_ext; intros; unfold scaled; ring.
Qed.

(* The printed right-hand sides, from the process (2); the sign of the gradient does not matter. *)
Theorem eq16_any_n : forall n p theta g lr c, (0 < n)%nat -> 0 < lr -> groups_orthogonal n p theta g ->
  projects n p c (stepped lr theta g) theta ->
  forall i, (i < n)%nat ->
  norm_sq (p i) (scaled c (stepped lr theta g i)) =
    norm_sq (p i) (stepped (- lr) theta g i) / total_norm_sq n p (stepped (- lr) theta g)
      * total_norm_sq n p theta /\
  norm_sq (p i) (scaled c (stepped lr theta g i)) =
    (norm_sq (p i) (theta i) + lr ^ 2 * norm_sq (p i) (g i)) / (1 + whole_ess_sq lr n p theta g) /\
  norm_sq (p i) (scaled c (stepped lr theta g i)) =
    regimes_norm_sq_next (norm_sq (p i) (theta i)) (group_ess_sq lr p theta g i) (whole_ess_sq lr n p theta g).
Proof.
  intros n p theta g lr c Hn Hl H Hc i Hi. pose proof (total_pos n p theta g Hn H) as P.
  unfold projects in Hc. rewrite stepped_total in Hc by exact H.
  rewrite norm_sq_scaled, !(stepped_norm n), stepped_total by assumption.
  destruct (H i Hi) as [_ Q].
  assert (G : 0 <= total_norm_sq n p g) by (apply sum_nonneg; intros; apply norm_sq_nonneg).
  assert (0 <= lr ^ 2 * total_norm_sq n p g) by (apply Rmult_le_pos; [apply pow2_ge_0|exact G]).
  unfold regimes_norm_sq_next, group_ess_sq, whole_ess_sq, whole_elr, group_elr, scale_ess_sq, scale_elr,
    scale_eff_grad_sq.
  set (rho := total_norm_sq n p theta) in *; set (gg := total_norm_sq n p g) in *.
  set (ri := norm_sq (p i) (theta i)) in *; set (gi := norm_sq (p i) (g i)).
  replace ((- lr) ^ 2) with (lr ^ 2) by ring.
  assert (C : c ^ 2 = rho / (rho + lr ^ 2 * gg)) 
    by (apply Rmult_eq_reg_r with (rho + lr ^ 2 * gg); [rewrite Hc; field; lra|lra]).
  rewrite C. assert (D : 0 < rho ^ 2 + lr ^ 2 * rho * gg) by nra.
  repeat split; field; repeat split; try lra;
    replace (rho ^ 2 + lr ^ 2 * (rho * gg)) with (rho * (rho + lr ^ 2 * gg)) by ring; nra.
Qed.

Theorem eq5_any_n : forall n p theta g lr c, (0 < n)%nat -> 0 < lr -> groups_orthogonal n p theta g ->
  projects n p c (stepped lr theta g) theta ->
  forall i, (i < n)%nat ->
  group_elr lr p (fun j => scaled c (stepped lr theta g j)) i =
  regimes_elr_next (group_elr lr p theta i) (group_ess_sq lr p theta g i) (whole_ess_sq lr n p theta g).
Proof.
  intros n p theta g lr c Hn Hl H Hc i Hi.
  destruct (eq16_any_n n p theta g lr c Hn Hl H Hc i Hi) as (_ & _ & N).
  unfold group_elr at 1, scale_elr. rewrite N; unfold regimes_norm_sq_next, regimes_elr_next, group_elr, scale_elr.
  destruct (H i Hi) as [_ Q]. pose proof (total_pos n p theta g Hn H).
  assert (0 <= group_ess_sq lr p theta g i).
  { unfold group_ess_sq, scale_ess_sq, scale_eff_grad_sq; apply Rmult_le_pos; [apply pow2_ge_0|].
    apply Rmult_le_pos; [lra|apply norm_sq_nonneg]. }
  assert (0 <= whole_ess_sq lr n p theta g).
  { unfold whole_ess_sq, scale_ess_sq, scale_eff_grad_sq; apply Rmult_le_pos; [apply pow2_ge_0|].
    apply Rmult_le_pos; [lra|apply sum_nonneg; intros; apply norm_sq_nonneg]. }
  field; repeat split; lra.
Qed.

(* A.1: the projections on the ball and on the sphere of radius rho give the same run. *)
Definition ball_factor (rho hat : R) : R := Rmin 1 (rho / hat).
Definition sphere_factor (rho hat : R) : R := rho / hat.
Fixpoint projected_run (factor : R -> R -> R) (n : nat) (lr rho : R) (grad : (nat -> R) -> nat -> R)
    (theta : nat -> R) (t : nat) : nat -> R :=
  match t with
  | O => theta
  | S u => let now := projected_run factor n lr rho grad theta u in
           let hat := decay_step now (grad now) lr 0 in scaled (factor rho (norm n hat)) hat
  end.

Theorem ball_is_sphere : forall n lr rho grad theta, 0 < rho -> norm n theta = rho ->
  (forall v, dot n (grad v) v = 0) ->
  forall t, projected_run ball_factor n lr rho grad theta t = projected_run sphere_factor n lr rho grad theta t /\
            norm n (projected_run sphere_factor n lr rho grad theta t) = rho.
Proof.
  intros n lr rho grad theta Hr H0 Hg; induction t as [|t [IH1 IH2]]; [split; [reflexivity|exact H0]|].
  simpl. rewrite IH1. set (now := projected_run sphere_factor n lr rho grad theta t) in *.
  set (hat := decay_step now (grad now) lr 0).
  assert (G : rho <= norm n hat).
  { unfold norm, hat; rewrite norm_sq_step by apply Hg. rewrite <- IH2; unfold norm; apply sqrt_le_1_alt.
    pose proof (norm_sq_nonneg n (grad now)); pose proof (pow2_ge_0 lr). nra. }
  unfold ball_factor, sphere_factor. split.
  - f_equal. apply Rmin_right. apply Rmult_le_reg_r with (norm n hat); [lra|].
    unfold Rdiv; rewrite Rmult_assoc, Rinv_l by lra. lra.
  - unfold norm at 1; rewrite norm_sq_scaled. rewrite sqrt_mult_alt by apply pow2_ge_0.
    rewrite sqrt_pow2 by (apply Rdiv_le_0_compat; lra). change (sqrt (norm_sq n hat)) with (norm n hat). field; lra.
Qed.

(* A.1, the Lagrangian: a stationary point of F + lambda |theta|^2 has lambda = 0. *)
Theorem lagrangian_multiplier_vanishes : forall n theta g lambda, dot n g theta = 0 -> 0 < norm_sq n theta ->
  (forall j, (j < n)%nat -> g j + 2 * lambda * theta j = 0) -> lambda = 0.
Proof.
  intros n theta g lambda Ho Hp Hs.
  assert (Z : dot n g theta + 2 * lambda * norm_sq n theta = 0).
  { unfold norm_sq, dot; rewrite <- sum_scal, <- sum_plus.
    rewrite (sum_ext n _ (fun _ => 0 * 0)); [rewrite sum_scal; ring|].
    intros j Hj; pose proof (Hs j Hj) as S.
    replace (g j * theta j + 2 * lambda * (theta j * theta j)) with ((g j + 2 * lambda * theta j) * theta j) by ring.
    rewrite S; ring. }
  rewrite Ho in Z. assert (Z2 : lambda * norm_sq n theta = 0) by lra.
  apply Rmult_integral in Z2; destruct Z2; lra.
Qed.

(** * Any number of groups: eqs. 9, 25, the equilibrium, time averages *)

Theorem eq9_any_n : forall n alpha elr e, (0 < n)%nat -> 0 < elr ->
  (forall i, (i < n)%nat -> 0 < alpha i /\ 0 < e i) ->
  ((forall i j, (i < n)%nat -> (j < n)%nat -> regimes_level_ess_sq (alpha i) (e i) = regimes_level_ess_sq (alpha j) (e j)) /\
   sum_to n (fun i => 1 / e i) = 1 / elr
   <-> forall i, (i < n)%nat -> e i = elr * sum_to n alpha / alpha i).
Proof.
  intros n alpha elr e Hn He H; assert (SA : 0 < sum_to n alpha) by (apply sum_pos; [exact Hn|apply H]).
  split.
  - intros [Eq Sum] i Hi.
    assert (K : forall j, (j < n)%nat -> alpha j * e j = alpha i * e i).
    { intros j Hj; pose proof (Eq j i Hj Hi) as Q; unfold regimes_level_ess_sq in Q.
      destruct (H i Hi), (H j Hj).
      assert (Z : (alpha j * e j - alpha i * e i) * (alpha j * e j + alpha i * e i) = 0) by nra.
      apply Rmult_integral in Z; destruct Z; [lra|]. assert (0 < alpha j * e j) by nra. nra. }
    destruct (H i Hi) as [Ai Ei]. assert (P : 0 < alpha i * e i) by nra.
    rewrite (sum_ext n _ (fun j => / (alpha i * e i) * alpha j)) in Sum.
    + rewrite sum_scal in Sum.
      assert (Q : alpha i * e i = elr * sum_to n alpha).
      { apply Rmult_eq_reg_l with (/ (alpha i * e i) * / elr).
        - transitivity (1 / elr); [field; lra|]. rewrite <- Sum; field; lra.
        - apply Rmult_integral_contrapositive; split; apply Rinv_neq_0_compat; lra. }
      rewrite <- Q; field; lra.
    + intros j Hj; pose proof (K j Hj) as Kj; destruct (H j Hj). rewrite <- Kj; field; lra.
  - intro Eq; split.
    + intros i j Hi Hj; rewrite (Eq i Hi), (Eq j Hj); destruct (H i Hi), (H j Hj).
      unfold regimes_level_ess_sq; field; lra.
    + rewrite (sum_ext n _ (fun i => / (elr * sum_to n alpha) * alpha i)); [rewrite sum_scal; field; lra|].
      intros i Hi; rewrite (Eq i Hi); destruct (H i Hi). field; lra.
Qed.

Theorem eq25_any_n : forall n alpha elr e, 0 < elr ->
  sum_to n (fun i => 1 / e i) = 1 / elr ->
  sum_to n (fun i => Rmax 0 (regimes_level (alpha i) (e i))) >= (sum_to n alpha - 1 / elr) / 2 /\
  sum_to n (fun i => regimes_level (alpha i) (e i)) = (sum_to n alpha - 1 / elr) / 2.
Proof.
  intros n alpha elr e He S.
  assert (Q : sum_to n (fun i => regimes_level (alpha i) (e i)) = (sum_to n alpha - 1 / elr) / 2).
  { rewrite (sum_ext n _ (fun i => 1 / 2 * (alpha i + (-1) * (1 / e i)))) by (intros; unfold regimes_level; lra).
    rewrite sum_scal, sum_plus, sum_scal, S. field; lra. }
  split; [|exact Q]. apply Rle_ge; rewrite <- Q; apply sum_le; intros; apply Rmax_r.
Qed.

Theorem some_group_above_threshold : forall n alpha elr e, (0 < n)%nat -> 0 < elr ->
  (forall i, (i < n)%nat -> 0 < alpha i /\ 0 < e i) -> sum_to n (fun i => 1 / e i) = 1 / elr ->
  exists i, (i < n)%nat /\ alpha i * e i >= elr * sum_to n alpha.
Proof.
  intros n alpha elr e Hn He H S; apply NNPP; intro C.
  assert (SA : 0 < sum_to n alpha) by (apply sum_pos; [exact Hn|apply H]).
  assert (B : 0 < sum_to n (fun i => elr * sum_to n alpha * (1 / e i) + (-1) * alpha i)).
  { apply sum_pos; [exact Hn|]; intros i Hi; destruct (H i Hi).
    assert (L : alpha i * e i < elr * sum_to n alpha) by (apply Rnot_ge_lt; intro G; apply C; exists i; split; assumption).
    replace (elr * sum_to n alpha * (1 / e i) + -1 * alpha i) with ((elr * sum_to n alpha - alpha i * e i) / e i) by (field; lra).
    apply Rdiv_lt_0_compat; lra. }
  rewrite sum_plus, !sum_scal, S in B.
  replace (elr * sum_to n alpha * (1 / elr) + -1 * sum_to n alpha) with 0 in B by (field; lra). lra.
Qed.

(* One step: all ELRs stand still if and only if all ESS are equal. *)
Theorem still_iff_equal_ess : forall n e E omega, (0 < n)%nat ->
  (forall i, (i < n)%nat -> 0 < e i /\ 0 <= E i /\ 0 < omega i) -> sum_to n omega = 1 ->
  let total := sum_to n (fun i => omega i * E i) in
  ((forall i, (i < n)%nat -> regimes_elr_next (e i) (E i) total = e i) <->
   (forall i j, (i < n)%nat -> (j < n)%nat -> E i = E j)).
Proof.
  intros n e E omega Hn H So total.
  assert (P : 0 <= total) by (apply sum_nonneg; intros i Hi; destruct (H i Hi) as (_ & ? & ?); apply Rmult_le_pos; lra).
  assert (Still : forall i, (i < n)%nat -> regimes_elr_next (e i) (E i) total = e i <-> E i = total).
  { intros i Hi; destruct (H i Hi) as (He & HE & _); unfold regimes_elr_next.
    assert (D : e i * (1 + total) / (1 + E i) - e i = (total - E i) * (e i / (1 + E i))) by (field; lra).
    assert (0 < e i / (1 + E i)) by (apply Rdiv_lt_0_compat; lra).
    split; intro Q; [|rewrite Q in *; field; lra].
    assert (Z : (total - E i) * (e i / (1 + E i)) = 0) by lra. apply Rmult_integral in Z; destruct Z; lra. }
  split.
  - intros S i j Hi Hj; rewrite (proj1 (Still i Hi) (S i Hi)), (proj1 (Still j Hj) (S j Hj)); reflexivity.
  - intros Eq i Hi; apply Still; [exact Hi|]. unfold total.
    rewrite (sum_ext n _ (fun j => E i * omega j)); [rewrite sum_scal, So; ring|].
    intros j Hj; rewrite (Eq j i Hj Hi); ring.
Qed.

(* A state of all |r_i| and ELRs that stands still, with no r_i = 0, is the equilibrium, and conversely. *)
Theorem stationary_iff_equilibrium : forall n alpha elr e r, (0 < n)%nat -> 0 < elr ->
  (forall i, (i < n)%nat -> 0 < alpha i /\ 0 < e i /\ r i <> 0) -> sum_to n (fun i => 1 / e i) = 1 / elr ->
  let E := fun i => scale_ess_sq (e i) (regimes_ratio_eff_grad_sq (alpha i) (r i ^ 2)) in
  let total := sum_to n (fun i => elr / e i * E i) in
  ((forall i, (i < n)%nat -> regimes_elr_next (e i) (E i) total = e i /\
      Rabs (regimes_ratio_next (alpha i) (e i) (r i)) = Rabs (r i))
   <-> (forall i, (i < n)%nat -> e i = elr * sum_to n alpha / alpha i /\
      r i ^ 2 = regimes_fixed_ratio_sq (alpha i) (e i))).
Proof.
  intros n alpha elr e r Hn He H S E total.
  assert (So : sum_to n (fun i => elr / e i) = 1).
  { rewrite (sum_ext n _ (fun i => elr * (1 / e i))) by (intros i Hi; destruct (H i Hi) as (_ & ? & _); field; lra).
    rewrite sum_scal, S; field; lra. }
  assert (Hpos : forall i, (i < n)%nat -> 0 < alpha i /\ 0 < e i /\ 0 < r i ^ 2 /\ 0 < E i).
  { intros i Hi; destruct (H i Hi) as (A & B & C). pose proof (Rsqr_pos_lt _ C) as D; unfold Rsqr in D.
    assert (D2 : 0 < r i ^ 2) by lra. repeat split; try assumption.
    unfold E, scale_ess_sq, regimes_ratio_eff_grad_sq. apply Rmult_lt_0_compat; [apply pow_lt; lra|].
    apply Rdiv_lt_0_compat; [|apply pow_lt; lra]. apply Rmult_lt_0_compat; [pose proof (pow_lt _ 2 A)|]; lra. }
  assert (Fix : forall i, (i < n)%nat -> Rabs (regimes_ratio_next (alpha i) (e i) (r i)) = Rabs (r i) <->
                r i ^ 2 = regimes_fixed_ratio_sq (alpha i) (e i)).
  { intros i Hi; destruct (Hpos i Hi) as (A & B & C & D).
    pose proof (level_gap (alpha i) (e i) (r i) A B) as G. cbv zeta in G. fold (E i) in G.
    assert (LI : regimes_ratio_loss (alpha i) (r i ^ 2) - regimes_level (alpha i) (e i) =
      (r i ^ 2 - regimes_fixed_ratio_sq (alpha i) (e i)) * ((alpha i * e i + 1) / (2 * e i * (1 + r i ^ 2)))).
    { unfold regimes_ratio_loss, regimes_level, regimes_fixed_ratio_sq; field; repeat split; try lra. nra. }
    assert (0 < (alpha i * e i + 1) / (2 * e i * (1 + r i ^ 2))) by (apply Rdiv_lt_0_compat; nra).
    split; intro Q.
    - rewrite <- (pow2_abs (regimes_ratio_next _ _ _)), Q, pow2_abs in G.
      set (gap := regimes_ratio_loss (alpha i) (r i ^ 2) - regimes_level (alpha i) (e i)) in *.
      assert (Z : gap * (2 * E i / (1 + E i)) = 0).
      { replace (2 * E i / (1 + E i)) with (1 - (1 - E i) / (1 + E i)) by (field; lra). lra. }
      assert (0 < 2 * E i / (1 + E i)) by (apply Rdiv_lt_0_compat; lra).
      apply Rmult_integral in Z; destruct Z as [Z|Z]; [|lra]. rewrite Z in LI.
      symmetry in LI; apply Rmult_integral in LI; destruct LI; lra.
    - rewrite eq20, Q. unfold regimes_ratio_factor, regimes_fixed_ratio_sq.
      assert (0 < alpha i * e i) by nra.
      replace (1 - _) with (-1).
      + rewrite (Rabs_left (-1)) by lra; ring.
      + field; repeat split; nra. }
  assert (W : forall i, (i < n)%nat -> 0 < e i /\ 0 <= E i /\ 0 < elr / e i).
  { intros i Hi; destruct (Hpos i Hi) as (_ & A & _ & B); repeat split; try lra. apply Rdiv_lt_0_compat; lra. }
  pose proof (still_iff_equal_ess n e E (fun i => elr / e i) Hn W So) as Still; cbv zeta in Still; fold total in Still.
  assert (Lev : forall i, (i < n)%nat -> r i ^ 2 = regimes_fixed_ratio_sq (alpha i) (e i) ->
                E i = regimes_level_ess_sq (alpha i) (e i)).
  { intros i Hi Q; unfold E; rewrite Q; destruct (Hpos i Hi) as (A & B & _). apply level_is_reached_at_fixed_ratio; assumption. }
  assert (Hae : forall i, (i < n)%nat -> 0 < alpha i /\ 0 < e i) by (intros i Hi; destruct (Hpos i Hi) as (A & B & _); split; assumption).
  split.
  - intros Z i Hi.
    assert (R2 : forall j, (j < n)%nat -> r j ^ 2 = regimes_fixed_ratio_sq (alpha j) (e j)) by (intros j Hj; apply Fix; [|apply Z]; exact Hj).
    split; [|apply R2; exact Hi].
    apply (proj1 (eq9_any_n n alpha elr e Hn He Hae)); [|exact Hi]. split; [|exact S].
    intros a b Ha Hb; rewrite <- (Lev a), <- (Lev b) by auto.
    apply (proj1 Still); [intros j Hj; apply Z; exact Hj|exact Ha|exact Hb].
  - intros Z i Hi. destruct (Z i Hi) as [_ Z2]. split; [|apply Fix; assumption].
    apply (proj2 Still); [|exact Hi]. intros a b Ha Hb.
    destruct (Z a Ha) as [_ Za]; destruct (Z b Hb) as [_ Zb]. rewrite (Lev a Ha Za), (Lev b Hb Zb).
    apply (proj2 (eq9_any_n n alpha elr e Hn He Hae)); [intros j Hj; apply Z; exact Hj|exact Ha|exact Hb].
Qed.

(* The exact law of time averages: eq. 5 telescopes. *)
Theorem ess_average : forall (e E : nat -> nat -> R) (total : nat -> R) i j,
  (forall t, 0 <= total t) ->
  (forall t, 0 < e t i /\ 0 <= E t i /\ e (S t) i = regimes_elr_next (e t i) (E t i) (total t)) ->
  (forall t, 0 < e t j /\ 0 <= E t j /\ e (S t) j = regimes_elr_next (e t j) (E t j) (total t)) ->
  forall T, sum_to T (fun t => ln (1 + E t i)) - sum_to T (fun t => ln (1 + E t j))
            = (ln (e O i) - ln (e T i)) - (ln (e O j) - ln (e T j)).
Proof.
  intros e E total i j Ht Hi Hj; induction T as [|T IH]; simpl; [ring|].
  assert (L : forall k, 0 < e T k /\ 0 <= E T k /\ e (S T) k = regimes_elr_next (e T k) (E T k) (total T) ->
              ln (e (S T) k) = ln (e T k) + ln (1 + total T) - ln (1 + E T k)).
  { intros k (A & B & ->). unfold regimes_elr_next. pose proof (Ht T). unfold Rdiv.
    rewrite !ln_mult, ln_Rinv; try lra; try (apply Rmult_lt_0_compat; lra). apply Rinv_0_lt_compat; lra. }
  rewrite (L i (Hi T)), (L j (Hj T)). lra.
Qed.

Theorem ess_average_bound : forall (e E : nat -> nat -> R) (total : nat -> R) i j lo hi,
  0 < lo -> (forall t, 0 <= total t) ->
  (forall t, lo <= e t i <= hi /\ 0 <= E t i /\ e (S t) i = regimes_elr_next (e t i) (E t i) (total t)) ->
  (forall t, lo <= e t j <= hi /\ 0 <= E t j /\ e (S t) j = regimes_elr_next (e t j) (E t j) (total t)) ->
  forall T, (0 < T)%nat ->
  Rabs (sum_to T (fun t => ln (1 + E t i)) / INR T - sum_to T (fun t => ln (1 + E t j)) / INR T)
  <= 2 * (ln hi - ln lo) / INR T.
Proof.
  intros e E total i j lo hi Hlo Ht Hi Hj T HT. assert (P : 0 < INR T) by (apply lt_0_INR; exact HT).
  assert (D : forall k t, lo <= e t k <= hi -> ln lo <= ln (e t k) <= ln hi).
  { intros k t [A B]; split; [destruct A as [A| <-]; [left; apply ln_increasing|right]; lra|].
    destruct B as [B| ->]; [left; apply ln_increasing; lra|right; reflexivity]. }
  replace (_ - _) with ((sum_to T (fun t => ln (1 + E t i)) - sum_to T (fun t => ln (1 + E t j))) / INR T) by (field; lra).
  rewrite (ess_average e E total i j Ht).
  - unfold Rdiv; rewrite Rabs_mult, (Rabs_pos_eq (/ INR T)) by (apply Rlt_le, Rinv_0_lt_compat; lra).
    apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; lra|].
    destruct (Hi O) as [A _], (Hi T) as [B _], (Hj O) as [C _], (Hj T) as [F _].
    apply D in A; apply D in B; apply D in C; apply D in F. apply Rabs_le; lra.
  - intro t; destruct (Hi t) as (A & B & C); repeat split; try assumption; lra.
  - intro t; destruct (Hj t) as (A & B & C); repeat split; try assumption; lra.
Qed.

(** * The toy function on the sphere: above the threshold it cannot vanish, eq. 8 *)

(* eq. 2 for F of eq. 7 on the unit sphere. *)
Definition toy_x (alpha : nat -> R) (lr : R) (x y : nat -> R) (i : nat) : R :=
  regimes_gradient_step_0 (x i) (y i) (regimes_quotient_grad_0 (alpha i) (x i) (y i))
    (regimes_quotient_grad_1 (alpha i) (x i) (y i)) lr.
Definition toy_y (alpha : nat -> R) (lr : R) (x y : nat -> R) (i : nat) : R :=
  regimes_gradient_step_1 (x i) (y i) (regimes_quotient_grad_0 (alpha i) (x i) (y i))
    (regimes_quotient_grad_1 (alpha i) (x i) (y i)) lr.
Definition toy_stretch (n : nat) (alpha : nat -> R) (lr : R) (x y : nat -> R) : R :=
  sum_to n (fun i => toy_x alpha lr x y i ^ 2 + toy_y alpha lr x y i ^ 2).
Fixpoint toy_run (n : nat) (alpha : nat -> R) (lr : R) (x0 y0 : nat -> R) (t : nat) : (nat -> R) * (nat -> R) :=
  match t with
  | O => (x0, y0)
  | S u => let x := fst (toy_run n alpha lr x0 y0 u) in let y := snd (toy_run n alpha lr x0 y0 u) in
           let rho := sqrt (toy_stretch n alpha lr x y) in
           (fun i => toy_x alpha lr x y i / rho, fun i => toy_y alpha lr x y i / rho)
  end.
Definition toy_value (n : nat) (alpha : nat -> R) (p : (nat -> R) * (nat -> R)) : R :=
  sum_to n (fun i => alpha i * regimes_quotient (fst p i) (snd p i)).
Definition on_sphere (n : nat) (p : (nat -> R) * (nat -> R)) : Prop :=
  sum_to n (fun i => fst p i ^ 2 + snd p i ^ 2) = 1.

(* One group inside one step. *)
Lemma group_in_step : forall alpha lr x y, 0 < alpha -> 0 < lr -> y <> 0 ->
  let X := regimes_gradient_step_0 x y (regimes_quotient_grad_0 alpha x y) (regimes_quotient_grad_1 alpha x y) lr in
  let Y := regimes_gradient_step_1 x y (regimes_quotient_grad_0 alpha x y) (regimes_quotient_grad_1 alpha x y) lr in
  let e := scale_elr lr (x ^ 2 + y ^ 2) in
  0 < x ^ 2 + y ^ 2 /\ Y <> 0 /\ X / Y = regimes_ratio_next alpha e (x / y) /\
  X ^ 2 + Y ^ 2 = (x ^ 2 + y ^ 2) * (1 + scale_ess_sq e (regimes_ratio_eff_grad_sq alpha ((x / y) ^ 2))).
Proof.
  intros alpha lr x y Ha Hl Hy X Y e.
  pose proof (Rsqr_pos_lt y Hy) as Hy2; unfold Rsqr in Hy2. pose proof (pow2_ge_0 x) as Hx2.
  assert (M : 0 < x ^ 2 + y ^ 2) by lra. set (m := x ^ 2 + y ^ 2) in *.
  assert (He : 0 < e) by (apply Rdiv_lt_0_compat; lra).
  set (k := alpha * e). assert (Hk : 0 < k) by (unfold k; nra).
  assert (EX : X = x * (1 - 2 * k * (y ^ 2 / m))).
  { unfold X, k, e, regimes_gradient_step_0, regimes_quotient_grad_0, scale_elr; fold m; field; lra. }
  assert (EY : Y = y * (1 + 2 * k * (x ^ 2 / m))).
  { unfold Y, k, e, regimes_gradient_step_1, regimes_quotient_grad_1, scale_elr; fold m; field; lra. }
  assert (B : 0 < 1 + 2 * k * (x ^ 2 / m)).
  { assert (0 <= x ^ 2 / m) by (apply Rdiv_le_0_compat; lra). nra. }
  assert (HY : Y <> 0) by (rewrite EY; apply Rmult_integral_contrapositive; split; lra).
  assert (Q : 0 < y ^ 2) by lra.
  assert (B2 : 0 < m + 2 * k * x ^ 2) by nra.
  repeat split; try assumption.
  - rewrite ratio_next_simpler by assumption. fold k. rewrite EX, EY.
    replace (1 + (x / y) ^ 2 - 2 * k) with ((m - 2 * k * y ^ 2) / y ^ 2) by (unfold m; field; exact Hy).
    replace (1 + (1 + 2 * k) * (x / y) ^ 2) with ((m + 2 * k * x ^ 2) / y ^ 2) by (unfold m; field; exact Hy).
    field; repeat split; lra.
  - unfold scale_ess_sq, regimes_ratio_eff_grad_sq.
    replace (4 * alpha ^ 2 * (x / y) ^ 2 / (1 + (x / y) ^ 2) ^ 2) with (4 * alpha ^ 2 * x ^ 2 * y ^ 2 / m ^ 2)
      by (unfold m; field; repeat split; fold m; lra).
    replace (e ^ 2 * (4 * alpha ^ 2 * x ^ 2 * y ^ 2 / m ^ 2)) with (4 * k ^ 2 * x ^ 2 * y ^ 2 / m ^ 2)
      by (unfold k; field; lra).
    rewrite EX, EY. clearbody k. unfold m; field; fold m; lra.
Qed.

(* Near zero, a group above its own threshold grows, and pays for it with a bounded fall of its ELR. *)
Lemma growth : forall c eps k s, 0 < c < 1 -> 0 < eps -> 61 * eps <= c / 2 -> 0 < s <= eps ->
  / k <= 1 - c / 2 -> 0 < k ->
  let s' := s * ((1 + s - 2 * k) / (1 + (1 + 2 * k) * s)) ^ 2 in s' <= eps ->
  (c / 2) * (k ^ 2 * s) <= s' - s.
Proof.
  intros c eps k s Hc He Hce Hs Hik Hk s' Hs'.
  assert (K1 : 1 <= k * (1 - c / 2)).
  { apply Rmult_le_compat_l with (r := k) in Hik; [|lra]. rewrite Rinv_r in Hik by lra. exact Hik. }
  assert (K2 : 1 < k) by nra.
  assert (P : 0 < 1 + (1 + 2 * k) * s) by nra.
  set (g := (2 * k - 1 - s) / (1 + (1 + 2 * k) * s)).
  assert (Es : s' = s * g ^ 2) by (unfold s', g; f_equal; unfold Rdiv; rewrite !Rpow_mult_distr; f_equal; ring).
  assert (Hg : g * (1 + (1 + 2 * k) * s) = 2 * k - 1 - s) by (unfold g; field; lra).
  assert (G0 : 0 < g) by (unfold g; apply Rdiv_lt_0_compat; nra).
  (* first k^2 s is small *)
  assert (U : k ^ 2 * s <= 20 * eps).
  { destruct (Rle_or_lt (k * s) 1) as [B|B].
    - assert (G1 : (3 / 13) * k <= g).
      { apply Rmult_le_reg_r with (1 + (1 + 2 * k) * s); [exact P|]. rewrite Hg. nra. }
      assert (s * ((3 / 13) * k) ^ 2 <= s * g ^ 2).
      { apply Rmult_le_compat_l; [lra|]. apply pow_incr; split; nra. }
      rewrite <- Es in *. nra.
    - exfalso. assert (G1 : 3 / 13 <= g * s).
      { apply Rmult_le_reg_r with (1 + (1 + 2 * k) * s); [exact P|].
        replace (g * s * (1 + (1 + 2 * k) * s)) with (s * (2 * k - 1 - s)) by (rewrite <- Hg; ring).
        assert (s * s <= s * (1 / 100)) by (apply Rmult_le_compat_l; lra). lra. }
      assert ((3 / 13) * (3 / 13) <= (g * s) * (g * s)) by (apply Rmult_le_compat; lra).
      assert (s * s' <= eps * eps) by (apply Rmult_le_compat; try lra; rewrite Es; apply Rmult_le_pos; [lra|apply pow2_ge_0]).
      assert (s * s' = (g * s) * (g * s)) by (rewrite Es; ring).
      assert (eps * eps <= (1 / 100) * (1 / 100)) by (apply Rmult_le_compat; lra). lra. }
  assert (Pks : 0 < k * s) by (apply Rmult_lt_0_compat; lra).
  assert (SS : s <= k * s) by (rewrite <- (Rmult_1_l s) at 1; apply Rmult_le_compat_r; lra).
  assert (KS : k * s <= k ^ 2 * s).
  { replace (k ^ 2 * s) with (k * (k * s)) by ring. rewrite <- (Rmult_1_l (k * s)) at 1; apply Rmult_le_compat_r; lra. }
  assert (G2 : k <= g).
  { apply Rmult_le_reg_r with (1 + (1 + 2 * k) * s); [exact P|]. rewrite Hg.
    replace (k * (1 + (1 + 2 * k) * s)) with (k + k * s + 2 * (k ^ 2 * s)) by ring. nra. }
  assert (k ^ 2 <= g ^ 2) by (apply pow_incr; lra).
  assert (K3 : 1 <= k ^ 2 * (1 - c / 2)) by nra.
  rewrite Es. assert (s * (k ^ 2 - 1) <= s * (g ^ 2 - 1)) by (apply Rmult_le_compat_l; lra). nra.
Qed.

Lemma positive_minimum : forall n (f : nat -> R), (forall i, (i < n)%nat -> 0 < f i) ->
  exists a, 0 < a /\ forall i, (i < n)%nat -> a <= f i.
Proof.
  induction n as [|n IH]; intros f H; [exists 1; split; [lra|intros; lia]|].
  destruct (IH f ltac:(intros; apply H; lia)) as (a & A & B). pose proof (H n ltac:(lia)).
  exists (Rmin a (f n)); split; [apply Rmin_glb_lt; assumption|].
  intros i Hi; destruct (Nat.eq_dec i n) as [->|N]; [apply Rmin_r|].
  eapply Rle_trans; [apply Rmin_l|apply B; lia].
Qed.

Section Toy.
  Variables (n : nat) (alpha : nat -> R) (lr : R) (x0 y0 : nat -> R).
  Hypotheses (Hn : (0 < n)%nat) (Ha : forall i, (i < n)%nat -> 0 < alpha i) (Hl : 0 < lr)
    (H1 : on_sphere n (x0, y0)) (Hy : forall i, (i < n)%nat -> y0 i <> 0).

  Let x (t : nat) : nat -> R := fst (toy_run n alpha lr x0 y0 t).
  Let y (t : nat) : nat -> R := snd (toy_run n alpha lr x0 y0 t).
  Let r (t i : nat) : R := x t i / y t i.
  Let e (t i : nat) : R := scale_elr lr (x t i ^ 2 + y t i ^ 2).
  Let E (t i : nat) : R := scale_ess_sq (e t i) (regimes_ratio_eff_grad_sq (alpha i) (r t i ^ 2)).
  Let stretch (t : nat) : R := toy_stretch n alpha lr (x t) (y t).

  Lemma toy_ess_nonneg : forall t i, 0 <= E t i.
  Proof.
    intros; unfold E, scale_ess_sq, regimes_ratio_eff_grad_sq. apply Rmult_le_pos; [apply pow2_ge_0|].
    pose proof (pow2_ge_0 (r t i)). apply Rdiv_le_0_compat; [|apply pow_lt; lra].
    apply Rmult_le_pos; [pose proof (pow2_ge_0 (alpha i)); lra|assumption].
  Qed.

  Lemma toy_invariant : forall t,
    on_sphere n (toy_run n alpha lr x0 y0 t) /\ (forall i, (i < n)%nat -> y t i <> 0).
  Proof.
    induction t as [|t [S Y]]; [split; [exact H1|exact Hy]|].
    assert (P : 0 < stretch t).
    { unfold stretch, toy_stretch; apply sum_pos; [exact Hn|]. intros i Hi.
      destruct (group_in_step (alpha i) lr (x t i) (y t i) (Ha i Hi) Hl (Y i Hi)) as (A & B & _ & D).
      unfold toy_x, toy_y; cbv zeta in D; rewrite D. apply Rmult_lt_0_compat; [exact A|].
      pose proof (toy_ess_nonneg t i) as Z; unfold E, e, r in Z. lra. }
    assert (Q : 0 < sqrt (stretch t)) by (apply sqrt_lt_R0; exact P).
    split.
    - unfold on_sphere; simpl.
      rewrite (sum_ext n _ (fun i => / stretch t * (toy_x alpha lr (x t) (y t) i ^ 2 + toy_y alpha lr (x t) (y t) i ^ 2))).
      + rewrite sum_scal. change (sum_to n _) with (stretch t). field; lra.
      + intros i Hi. fold (x t) (y t) (stretch t). 
        replace (/ stretch t) with (/ (sqrt (stretch t) * sqrt (stretch t))) by (rewrite sqrt_sqrt by lra; reflexivity).
        simpl fst; simpl snd. fold (x t) (y t) (stretch t). field; lra.
    - intros i Hi. unfold y; simpl. fold (x t) (y t) (stretch t).
      destruct (group_in_step (alpha i) lr (x t i) (y t i) (Ha i Hi) Hl (Y i Hi)) as (_ & B & _).
      unfold Rdiv; apply Rmult_integral_contrapositive; split; [exact B|apply Rinv_neq_0_compat; lra].
  Qed.

  Lemma toy_stretch_ge_1 : forall t, 1 <= stretch t.
  Proof.
    intro t; destruct (toy_invariant t) as [S Y]. rewrite <- S. apply sum_le; intros i Hi.
    destruct (group_in_step (alpha i) lr (x t i) (y t i) (Ha i Hi) Hl (Y i Hi)) as (A & _ & _ & D).
    unfold toy_x, toy_y; cbv zeta in D; rewrite D. pose proof (toy_ess_nonneg t i) as Z; unfold E, e, r in Z.
    fold (x t i) (y t i). apply Rle_trans with ((x t i ^ 2 + y t i ^ 2) * 1); [lra|apply Rmult_le_compat_l; lra].
  Qed.

  (* eqs. 19 and 5 for the toy function: the groups are one-group runs whose ELRs eq. 5 moves. *)
  Theorem toy_separates : forall t i, (i < n)%nat ->
    r (S t) i = regimes_ratio_next (alpha i) (e t i) (r t i) /\
    e (S t) i = e t i * stretch t / (1 + E t i) /\ 0 < e t i.
  Proof.
    intros t i Hi; destruct (toy_invariant t) as [_ Y].
    destruct (group_in_step (alpha i) lr (x t i) (y t i) (Ha i Hi) Hl (Y i Hi)) as (A & B & C & D).
    cbv zeta in C, D. fold (toy_x alpha lr (x t) (y t) i) in *. fold (toy_y alpha lr (x t) (y t) i) in *.
    pose proof (toy_stretch_ge_1 t) as G. assert (Q : 0 < sqrt (stretch t)) by (apply sqrt_lt_R0; lra).
    pose proof (toy_ess_nonneg t i) as Z.
    repeat split.
    - unfold r at 1, x at 1, y at 1; simpl. fold (x t) (y t) (stretch t). unfold e, r; rewrite <- C.
      field; split; lra.
    - unfold e at 1, scale_elr, x at 1, y at 1; simpl. fold (x t) (y t) (stretch t).
      replace (_ + _) with ((toy_x alpha lr (x t) (y t) i ^ 2 + toy_y alpha lr (x t) (y t) i ^ 2)
                            / (sqrt (stretch t) * sqrt (stretch t))) by (field; lra).
      rewrite sqrt_sqrt by lra. rewrite D. fold (r t i) (e t i) (E t i). unfold e, scale_elr; field; repeat split; lra.
    - unfold e, scale_elr; apply Rdiv_lt_0_compat; lra.
  Qed.

  Lemma toy_elrs_add_up : forall t, sum_to n (fun i => 1 / e t i) = 1 / lr.
  Proof.
    intro t; destruct (toy_invariant t) as [S Y].
    rewrite (sum_ext n _ (fun i => / lr * (x t i ^ 2 + y t i ^ 2))).
    - rewrite sum_scal. change (sum_to n _) with (sum_to n (fun i => fst (toy_run n alpha lr x0 y0 t) i ^ 2 +
        snd (toy_run n alpha lr x0 y0 t) i ^ 2)). rewrite S; field; lra.
    - intros i Hi. destruct (group_in_step (alpha i) lr (x t i) (y t i) (Ha i Hi) Hl (Y i Hi)) as (A & _).
      unfold e, scale_elr; field; lra.
  Qed.

  Lemma toy_value_groups : forall t,
    toy_value n alpha (toy_run n alpha lr x0 y0 t) = sum_to n (fun i => regimes_ratio_loss (alpha i) (r t i ^ 2)).
  Proof.
    intro t; apply sum_ext; intros i Hi; apply eq17, toy_invariant; exact Hi.
  Qed.

  Lemma small_value_small_ratios : forall eps, 0 < eps -> is_lim_seq (fun t => toy_value n alpha (toy_run n alpha lr x0 y0 t)) 0 ->
    exists T, forall t i, (T <= t)%nat -> (i < n)%nat -> r t i ^ 2 <= eps.
  Proof.
    intros eps He L. destruct (positive_minimum n alpha Ha) as (a & A & B).
    assert (D : 0 < a * (eps / (1 + eps))) by (apply Rmult_lt_0_compat; [lra|apply Rdiv_lt_0_compat; lra]).
    apply is_lim_seq_spec in L. destruct (L (mkposreal _ D)) as [T HT]; exists T; intros t i Ht Hi.
    pose proof (HT t Ht) as F; simpl in F. rewrite Rminus_0_r, toy_value_groups in F.
    assert (P : forall j, (j < n)%nat -> 0 <= regimes_ratio_loss (alpha j) (r t j ^ 2))
      by (intros j Hj; apply ratio_loss_below; [apply Ha; exact Hj|apply pow2_ge_0]).
    pose proof (term_le_sum n (fun j => regimes_ratio_loss (alpha j) (r t j ^ 2)) i P Hi) as Q.
    pose proof (Rle_abs (sum_to n (fun j => regimes_ratio_loss (alpha j) (r t j ^ 2)))). cbv beta in Q.
    pose proof (B i Hi) as Bi. pose proof (pow2_ge_0 (r t i)) as Z. set (s := r t i ^ 2) in *; clearbody s.
    assert (V : regimes_ratio_loss (alpha i) s < alpha i * (eps / (1 + eps))).
    { eapply Rlt_le_trans with (a * (eps / (1 + eps))); [lra|].
      apply Rmult_le_compat_r; [apply Rlt_le, Rdiv_lt_0_compat; lra|exact Bi]. }
    unfold regimes_ratio_loss in V. pose proof (Ha i Hi) as Ai.
    replace (alpha i * s / (1 + s)) with (alpha i * (s / (1 + s))) in V by (field; lra).
    apply Rmult_lt_reg_l in V; [|exact Ai].
    apply Rmult_lt_compat_r with (r := (1 + s) * (1 + eps)) in V; [|apply Rmult_lt_0_compat; lra].
    replace (s / (1 + s) * ((1 + s) * (1 + eps))) with (s * (1 + eps)) in V by (field; lra).
    replace (eps / (1 + eps) * ((1 + s) * (1 + eps))) with (eps * (1 + s)) in V by (field; lra). lra.
  Qed.

  (* Amended eq. 8: above the threshold F goes to zero only if some x_i becomes zero exactly. *)
  Theorem toy_cannot_vanish : 1 < lr * sum_to n alpha ->
    is_lim_seq (fun t => toy_value n alpha (toy_run n alpha lr x0 y0 t)) 0 ->
    exists t i, (i < n)%nat /\ fst (toy_run n alpha lr x0 y0 t) i = 0.
  Proof.
    intros HK L. set (K := lr * sum_to n alpha) in *. set (c := 1 - / K).
    assert (IK : 0 < / K < 1).
    { split; [apply Rinv_0_lt_compat; lra|]. rewrite <- Rinv_1; apply Rinv_lt_contravar; lra. }
    assert (Hc : 0 < c < 1) by (unfold c; lra).
    set (eps := c ^ 2 / 128). assert (He : 0 < eps) by (unfold eps; nra).
    assert (E61 : 61 * eps <= c / 2) by (unfold eps; nra).
    destruct (small_value_small_ratios eps He L) as [T HT].
    apply NNPP; intro Never.
    assert (R0 : forall t i, (i < n)%nat -> 0 < r t i ^ 2).
    { intros t i Hi; assert (N : r t i <> 0).
      { unfold r, Rdiv; apply Rmult_integral_contrapositive; split.
        - intro C; apply Never; exists t, i; split; assumption.
        - apply Rinv_neq_0_compat, toy_invariant; exact Hi. }
      pose proof (Rsqr_pos_lt _ N) as D; unfold Rsqr in D; lra. }
    destruct (some_group_above_threshold n alpha lr (e T) Hn Hl
      ltac:(intros j Hj; split; [apply Ha; exact Hj|apply toy_separates; exact Hj]) (toy_elrs_add_up T)) as (i & Hi & Hk).
    fold K in Hk.
    set (s := fun u => r (u + T)%nat i ^ 2). set (k := fun u => alpha i * e (u + T)%nat i).
    assert (Kpos : forall u, 0 < k u) by (intro u; apply Rmult_lt_0_compat; [apply Ha; exact Hi|apply toy_separates; exact Hi]).
    assert (S1 : forall u, 0 < s u <= eps) by (intro u; split; [apply R0; exact Hi|apply HT; [lia|exact Hi]]).
    assert (Snext : forall u, s (S u) = s u * ((1 + s u - 2 * k u) / (1 + (1 + 2 * k u) * s u)) ^ 2).
    { intro u; unfold s, k; change (S u + T)%nat with (S (u + T)). destruct (toy_separates (u + T) i Hi) as (Q & _ & Q3).
      rewrite Q, ratio_next_simpler by (try apply Ha; assumption). rewrite Rpow_mult_distr. reflexivity. }
    assert (Knext : forall u, / k (S u) <= / k u * (1 + 4 * (k u ^ 2 * s u))).
    { intro u. destruct (toy_separates (u + T) i Hi) as (_ & Q & Q3). pose proof (toy_stretch_ge_1 (u + T)) as G.
      pose proof (toy_ess_nonneg (u + T) i) as Z. pose proof (Ha i Hi) as Ai.
      assert (EB : E (u + T)%nat i <= 4 * (k u ^ 2 * s u)).
      { unfold E, scale_ess_sq, regimes_ratio_eff_grad_sq, k. fold (s u). destruct (S1 u) as [A _].
        assert (1 <= (1 + s u) ^ 2) by nra.
        replace (e (u + T)%nat i ^ 2 * (4 * alpha i ^ 2 * s u / (1 + s u) ^ 2))
          with (4 * ((alpha i * e (u + T)%nat i) ^ 2 * s u) / (1 + s u) ^ 2) by (field; lra).
        assert (0 <= 4 * ((alpha i * e (u + T)%nat i) ^ 2 * s u)) by (pose proof (pow2_ge_0 (alpha i * e (u + T)%nat i)); nra).
        apply Rmult_le_reg_r with ((1 + s u) ^ 2); [lra|]. unfold Rdiv; rewrite Rmult_assoc, Rinv_l by lra. nra. }
      assert (KS : / k (S u) = / k u * ((1 + E (u + T)%nat i) / stretch (u + T))).
      { unfold k; change (S u + T)%nat with (S (u + T)); rewrite Q. field; repeat split; lra. }
      rewrite KS. apply Rmult_le_compat_l; [apply Rlt_le, Rinv_0_lt_compat, Kpos|].
      apply Rmult_le_reg_r with (stretch (u + T)); [lra|]. unfold Rdiv; rewrite Rmult_assoc, Rinv_l by lra.
      pose proof (Rmult_le_compat_l (1 + 4 * (k u ^ 2 * s u)) 1 (stretch (u + T)) ltac:(lra) G). lra. }
    set (C := 8 / c). assert (C0 : 0 < C) by (apply Rdiv_lt_0_compat; lra).
    assert (CE : 2 * C * eps <= c / 2).
    { unfold C, eps; replace (2 * (8 / c) * (c ^ 2 / 128)) with (c / 8) by (field; lra). lra. }
    assert (Inv : forall u, / k u <= / K * (1 + 2 * C * s u) /\ s O + INR u * (c / 2 * s O) <= s u).
    { induction u as [|u [I1 I2]].
      - destruct (S1 O). split; [|simpl; lra].
        apply Rle_trans with (/ K); [apply Rinv_le_contravar; [lra|unfold k; simpl; lra]|].
        rewrite <- (Rmult_1_r (/ K)) at 1; apply Rmult_le_compat_l; [lra|].
        assert (0 <= 2 * C * s O) by (apply Rmult_le_pos; lra). lra.
      - destruct (S1 u) as [A1 A2], (S1 (S u)) as [B1 B2].
        assert (SE : 2 * C * s u <= c / 2).
        { apply Rle_trans with (2 * C * eps); [apply Rmult_le_compat_l; lra|exact CE]. }
        assert (IKc : / k u <= 1 - c / 2).
        { eapply Rle_trans; [exact I1|]. replace (/ K) with (1 - c) by (unfold c; ring).
          assert (0 <= 2 * C * s u) by (apply Rmult_le_pos; lra). nra. }
        pose proof (growth c eps (k u) (s u) Hc He E61 (conj A1 A2) IKc (Kpos u)) as G; cbv zeta in G.
        rewrite <- Snext in G. pose proof (G B2) as G1. set (q := k u ^ 2 * s u) in *.
        assert (Q1 : s u <= q).
        { assert (1 <= k u).
          { apply Rmult_le_compat_l with (r := k u) in IKc; [|pose proof (Kpos u); lra].
            rewrite Rinv_r in IKc by (pose proof (Kpos u); lra). pose proof (Kpos u). nra. }
          unfold q; rewrite <- (Rmult_1_l (s u)) at 1; apply Rmult_le_compat_r; nra. }
        assert (CQ : 4 * q <= C * (s (S u) - s u)).
        { replace (4 * q) with (C * (c / 2 * q)) by (unfold C; field; lra). apply Rmult_le_compat_l; lra. }
        split.
        + eapply Rle_trans; [apply Knext|]. fold q.
          eapply Rle_trans; [apply Rmult_le_compat_r with (r2 := / K * (1 + 2 * C * s u)); [lra|exact I1]|].
          rewrite Rmult_assoc; apply Rmult_le_compat_l; [lra|].
          set (d := C * (s (S u) - s u)) in *.
          assert (D0 : 0 <= d) by lra.
          assert ((1 + 2 * C * s u) * (1 + 4 * q) <= (1 + 2 * C * s u) * (1 + d))
            by (apply Rmult_le_compat_l; [assert (0 <= 2 * C * s u) by (apply Rmult_le_pos; lra); lra|lra]).
          assert (2 * C * s u * d <= 1 * d) by (apply Rmult_le_compat_r; lra).
          replace (1 + 2 * C * s (S u)) with (1 + 2 * C * s u + 2 * d) by (unfold d; ring). lra.
        + rewrite S_INR. assert (Z : c / 2 * s O <= c / 2 * q).
          { apply Rmult_le_compat_l; [lra|]. pose proof (pos_INR u). destruct (S1 O).
            assert (0 <= INR u * (c / 2 * s O)) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; lra]). lra. }
          lra. }
    destruct (S1 O) as [P _].
    assert (P2 : 0 < c / 2 * s O) by (apply Rmult_lt_0_compat; lra).
    destruct (nfloor_ex (eps / (c / 2 * s O)) ltac:(apply Rdiv_le_0_compat; lra)) as [u [_ Hu]].
    apply Rmult_lt_compat_r with (r := c / 2 * s O) in Hu; [|exact P2].
    replace (eps / (c / 2 * s O) * (c / 2 * s O)) with eps in Hu by (field; lra).
    destruct (Inv (S u)) as [_ I2]; destruct (S1 (S u)) as [_ B]. rewrite S_INR in I2. lra.
  Qed.
End Toy.

(** * Exact starts on which the printed statements fail *)

Lemma toy_x_zero : forall alpha lr x y i, x i = 0 -> toy_x alpha lr x y i = 0.
Proof.
  intros alpha lr x y i H; unfold toy_x, regimes_gradient_step_0, regimes_quotient_grad_0; rewrite H.
  unfold Rdiv; ring.
Qed.

Lemma toy_x_stays_zero : forall n alpha lr x0 y0 T i, fst (toy_run n alpha lr x0 y0 T) i = 0 ->
  forall t, (T <= t)%nat -> fst (toy_run n alpha lr x0 y0 t) i = 0.
Proof.
  intros n alpha lr x0 y0 T i H t Ht; induction Ht as [|t _ IH]; [exact H|].
  simpl; rewrite toy_x_zero by exact IH. unfold Rdiv; ring.
Qed.

Lemma toy_value_of_zeros : forall n alpha p, (forall i, (i < n)%nat -> fst p i = 0) -> toy_value n alpha p = 0.
Proof.
  intros n alpha p H; unfold toy_value. rewrite (sum_ext n _ (fun _ => 0 * 0)); [rewrite sum_scal; ring|].
  intros i Hi; unfold regimes_quotient; rewrite H by exact Hi. unfold Rdiv; ring.
Qed.

Definition pair_of (a b : R) (i : nat) : R := match i with O => a | S _ => b end.

(* alpha = (2, 1/2), elr 1 > 2/5, from (4/5, 2/5), (2/5, 1/5): F is 0 after one step. *)
Theorem eq8_refuted : ~ (forall n alpha lr x0 y0, (1 < n)%nat ->
  (forall i, (i < n)%nat -> 0 < alpha i /\ x0 i <> 0 /\ y0 i <> 0) -> on_sphere n (x0, y0) ->
  lr > 1 / sum_to n alpha -> ~ is_lim_seq (fun t => toy_value n alpha (toy_run n alpha lr x0 y0 t)) 0).
Proof.
  intro C. apply (C 2%nat (pair_of 2 (1 / 2)) 1 (pair_of (4 / 5) (2 / 5)) (pair_of (2 / 5) (1 / 5))).
  - lia.
  - intros [|i] _; simpl; repeat split; lra.
  - unfold on_sphere; simpl; lra.
  - simpl; lra.
  - apply is_lim_seq_incr_1, is_lim_seq_ext with (fun _ => 0); [|apply is_lim_seq_const].
    intro t; symmetry; apply toy_value_of_zeros. intros i Hi.
    apply toy_x_stays_zero with (T := 1%nat); [|lia]. simpl fst. cbv beta.
    assert (Z : toy_x (pair_of 2 (1 / 2)) 1 (pair_of (4 / 5) (2 / 5)) (pair_of (2 / 5) (1 / 5)) i = 0).
    { destruct i as [|i]; unfold toy_x, regimes_gradient_step_0, regimes_quotient_grad_0; simpl; field. }
    rewrite Z; unfold Rdiv; ring.
Qed.

(* alpha = (2, 1), elr 1 > 1/3, from (4/5, 2/5), (1/5, 2/5): group 1 lands on x = 0 and its ELR stays above eq. 9. *)
Definition stuck_alpha : nat -> R := pair_of 2 1.
Definition stuck_run : nat -> (nat -> R) * (nat -> R) := toy_run 2 stuck_alpha 1 (pair_of (4 / 5) (1 / 5)) (pair_of (2 / 5) (2 / 5)).
Definition stuck_elr (t i : nat) : R := scale_elr 1 (fst (stuck_run t) i ^ 2 + snd (stuck_run t) i ^ 2).

Lemma stuck_start : (forall i, (i < 2)%nat -> 0 < stuck_alpha i) /\
  on_sphere 2 (pair_of (4 / 5) (1 / 5), pair_of (2 / 5) (2 / 5)) /\
  (forall i, (i < 2)%nat -> pair_of (2 / 5) (2 / 5) i <> 0).
Proof.
  repeat split; [intros [|i] _; unfold stuck_alpha; simpl; lra|unfold on_sphere; simpl; lra|intros [|i] _; simpl; lra].
Qed.

Lemma stuck_zero : forall t, fst (stuck_run (S t)) O = 0.
Proof.
  intro t; apply toy_x_stays_zero with (T := 1%nat); [|lia]. simpl fst; cbv beta.
  assert (Z : toy_x stuck_alpha 1 (pair_of (4 / 5) (1 / 5)) (pair_of (2 / 5) (2 / 5)) O = 0)
    by (unfold toy_x, regimes_gradient_step_0, regimes_quotient_grad_0, stuck_alpha; simpl; field).
  rewrite Z; unfold Rdiv; ring.
Qed.

Theorem stuck_elr_stays : forall t, 37 / 20 <= stuck_elr (S t) O.
Proof.
  destruct stuck_start as (A & S1 & Y).
  assert (Sep : forall t, stuck_elr (S t) O = stuck_elr t O * toy_stretch 2 stuck_alpha 1 (fst (stuck_run t)) (snd (stuck_run t)) /
      (1 + scale_ess_sq (stuck_elr t O) (regimes_ratio_eff_grad_sq (stuck_alpha O) ((fst (stuck_run t) O / snd (stuck_run t) O) ^ 2)))
      /\ 0 < stuck_elr t O).
  { intro t. destruct (toy_separates 2 stuck_alpha 1 _ _ ltac:(lia) A ltac:(lra) S1 Y t O ltac:(lia)) as (_ & P & Q).
    split; [exact P|exact Q]. }
  induction t as [|t IH].
  - destruct (Sep O) as [-> _]. unfold stuck_elr, scale_ess_sq, regimes_ratio_eff_grad_sq, scale_elr, toy_stretch, toy_x, toy_y,
      regimes_gradient_step_0, regimes_gradient_step_1, regimes_quotient_grad_0, regimes_quotient_grad_1, stuck_alpha, stuck_run; simpl.
    right; field.
  - destruct (Sep (S t)) as [-> P]. rewrite stuck_zero.
    assert (G : 1 <= toy_stretch 2 stuck_alpha 1 (fst (stuck_run (S t))) (snd (stuck_run (S t))))
      by (apply (toy_stretch_ge_1 2 stuck_alpha 1 _ _ ltac:(lia) A ltac:(lra) S1 Y (S t))).
    set (w := toy_stretch 2 stuck_alpha 1 (fst (stuck_run (S t))) (snd (stuck_run (S t)))) in *.
    replace (1 + _) with 1 by (unfold scale_ess_sq, regimes_ratio_eff_grad_sq, Rdiv; ring).
    replace (stuck_elr (S t) O * w / 1) with (stuck_elr (S t) O * w) by field.
    apply Rle_trans with (stuck_elr (S t) O * 1); [lra|apply Rmult_le_compat_l; lra].
Qed.

Theorem eq9_attracts_refuted : ~ (forall n alpha lr x0 y0, (1 < n)%nat ->
  (forall i, (i < n)%nat -> 0 < alpha i /\ x0 i <> 0 /\ y0 i <> 0) -> on_sphere n (x0, y0) ->
  lr > 1 / sum_to n alpha -> forall i, (i < n)%nat ->
  is_lim_seq (fun t => scale_elr lr (fst (toy_run n alpha lr x0 y0 t) i ^ 2 + snd (toy_run n alpha lr x0 y0 t) i ^ 2))
    (lr * sum_to n alpha / alpha i)).
Proof.
  intro C. destruct stuck_start as (A & S1 & Y).
  pose proof (C 2%nat stuck_alpha 1 (pair_of (4 / 5) (1 / 5)) (pair_of (2 / 5) (2 / 5)) ltac:(lia)
    ltac:(intros [|i] _; unfold stuck_alpha; simpl; repeat split; lra) S1 ltac:(unfold stuck_alpha; simpl; lra) O ltac:(lia)) as L.
  change (is_lim_seq (fun t => stuck_elr t O) (1 * sum_to 2 stuck_alpha / stuck_alpha O)) in L.
  apply is_lim_seq_incr_1 in L.
  pose proof (is_lim_seq_le _ _ (37 / 20) _ stuck_elr_stays (is_lim_seq_const _) L) as B.
  unfold stuck_alpha in B; simpl in B; lra.
Qed.

Theorem time_average_refuted : ~ (forall n alpha lr x0 y0, (1 < n)%nat ->
  (forall i, (i < n)%nat -> 0 < alpha i /\ x0 i <> 0 /\ y0 i <> 0) -> on_sphere n (x0, y0) ->
  lr > 1 / sum_to n alpha -> forall i, (i < n)%nat ->
  is_lim_seq (fun T => sum_to (S T) (fun t =>
      scale_elr lr (fst (toy_run n alpha lr x0 y0 t) i ^ 2 + snd (toy_run n alpha lr x0 y0 t) i ^ 2)) / INR (S T))
    (lr * sum_to n alpha / alpha i)).
Proof.
  intro C. destruct stuck_start as (A & S1 & Y).
  pose proof (C 2%nat stuck_alpha 1 (pair_of (4 / 5) (1 / 5)) (pair_of (2 / 5) (2 / 5)) ltac:(lia)
    ltac:(intros [|i] _; unfold stuck_alpha; simpl; repeat split; lra) S1 ltac:(unfold stuck_alpha; simpl; lra) O ltac:(lia)) as L.
  change (is_lim_seq (fun T => sum_to (S T) (fun t => stuck_elr t O) / INR (S T)) (1 * sum_to 2 stuck_alpha / stuck_alpha O)) in L.
  assert (P0 : stuck_elr O O = 5 / 4) by (unfold stuck_elr, scale_elr, stuck_run; simpl; field).
  assert (Low : forall T, 37 / 20 * INR T <= sum_to (S T) (fun t => stuck_elr t O)).
  { induction T as [|T IH]; [simpl; lra|]. change (sum_to (S (S T)) (fun t => stuck_elr t O))
      with (sum_to (S T) (fun t => stuck_elr t O) + stuck_elr (S T) O). rewrite S_INR. pose proof (stuck_elr_stays T). lra. }
  apply is_lim_seq_spec in L. simpl in L. destruct (L (mkposreal (1 / 10) ltac:(lra))) as [N HN].
  set (T := Nat.max N 37). pose proof (HN T ltac:(unfold T; lia)) as B; cbn [pos] in B.
  replace (1 * (0 + stuck_alpha 0 + stuck_alpha 1) / stuck_alpha 0) with (3 / 2) in B by (unfold stuck_alpha; simpl; field).
  apply Rabs_def2 in B; destruct B as [B _].
  assert (I : 37 <= INR T) by (replace 37 with (INR 37) by (simpl; lra); apply le_INR; unfold T; lia).
  change (match T with O => 1 | S _ => INR T + 1 end) with (INR (S T)) in B. rewrite S_INR in B.
  pose proof (Low T) as Lo. change (sum_to (S T) (fun t => stuck_elr t O)) with (sum_to T (fun t => stuck_elr t O) + stuck_elr T O) in Lo.
  set (total := sum_to T (fun t => stuck_elr t O) + stuck_elr T O) in *.
  assert (B2 : total < 8 / 5 * (INR T + 1)).
  { apply Rmult_lt_reg_r with (/ (INR T + 1)); [apply Rinv_0_lt_compat; lra|].
    replace (8 / 5 * (INR T + 1) * / (INR T + 1)) with (8 / 5) by (field; lra). unfold Rdiv in B; lra. }
  lra.
Qed.

(** * Remark 2 and appendix B *)

Theorem remark2_limit : forall alpha, is_lim (fun elr => regimes_level alpha elr) p_infty (alpha / 2).
Proof.
  intro alpha. unfold regimes_level.
  replace (Finite (alpha / 2)) with (Finite ((alpha + - 0) / 2)) by (f_equal; field).
  apply is_lim_ext with (fun elr => (alpha + - / elr) * / 2); [intro; unfold Rdiv; ring|].
  replace (Finite ((alpha + - 0) / 2)) with (Rbar_mult (Finite (alpha + - 0)) (/ 2)) by reflexivity.
  apply is_lim_scal_r. apply is_lim_plus with alpha (- 0); [apply is_lim_const| |reflexivity].
  replace (Finite (- 0)) with (Rbar_opp 0) by reflexivity. apply is_lim_opp.
  replace (Finite 0) with (Rbar_inv p_infty) by reflexivity. apply is_lim_inv; [apply is_lim_id|discriminate].
Qed.

(* The mean over the uniform circle, (x, y) = (cos t, sin t). *)
Theorem remark2_mean : forall alpha,
  is_RInt (fun t => alpha * regimes_quotient (cos t) (sin t)) 0 (2 * PI) (2 * PI * (alpha / 2)).
Proof.
  intro alpha.
  replace (2 * PI * (alpha / 2)) with (minus (alpha * (2 * PI + sin (2 * PI) * cos (2 * PI)) / 2) (alpha * (0 + sin 0 * cos 0) / 2)).
  - apply (is_RInt_derive (fun t => alpha * (t + sin t * cos t) / 2)).
    + intros t _; unfold regimes_quotient. auto_derive; [exact I|].
      pose proof (sin2_cos2 t) as S; unfold Rsqr in S.
      replace (cos t ^ 2 + sin t ^ 2) with 1 by lra. replace (sin t * (1 * - sin t)) with (cos t * cos t - 1) by lra. field.
    + intros t _; apply continuous_ext with (fun u => alpha * (cos u * cos u)).
      * intro u. assert (Q : alpha * (cos u * cos u) = alpha * regimes_quotient (cos u) (sin u)); [|exact Q].
        unfold regimes_quotient; pose proof (sin2_cos2 u) as S; unfold Rsqr in S.
        replace (cos u ^ 2 + sin u ^ 2) with 1 by lra. field.
      * apply (ex_derive_continuous (fun u => alpha * (cos u * cos u))). auto_derive; exact I.
  - rewrite sin_2PI, cos_2PI, sin_0, cos_0. unfold minus, plus, opp; simpl. field.
Qed.

(* Appendix B: mean norm, mean square and variance of the norm over N equally likely batches. *)
Definition mean (N : nat) (a : nat -> R) : R := sum_to N a / INR N.

Theorem mean_square_splits : forall N a, (0 < N)%nat ->
  mean N (fun b => a b ^ 2) = mean N a ^ 2 + mean N (fun b => (a b - mean N a) ^ 2).
Proof.
  intros N a HN. assert (P : 0 < INR N) by (apply lt_0_INR; exact HN).
  assert (C : forall k c, sum_to k (fun _ => c) = INR k * c).
  { induction k as [|k IH]; intro c; [simpl; ring|]. rewrite S_INR; simpl; rewrite IH; ring. }
  set (m := mean N a). assert (Hm : sum_to N a = INR N * m) by (unfold m, mean; field; lra).
  unfold mean. rewrite (sum_ext N (fun b => (a b - m) ^ 2) (fun b => a b ^ 2 + ((-2 * m) * a b + m ^ 2))) by (intros; ring).
  rewrite !sum_plus, sum_scal, C, Hm. field; lra.
Qed.

Theorem covariance_trace : forall N a, (0 < N)%nat ->
  mean N a ^ 2 <= mean N (fun b => a b ^ 2) /\
  (mean N a ^ 2 = mean N (fun b => a b ^ 2) <-> forall b, (b < N)%nat -> a b = mean N a).
Proof.
  intros N a HN; rewrite (mean_square_splits N a HN). assert (P : 0 < INR N) by (apply lt_0_INR; exact HN).
  assert (V : 0 <= sum_to N (fun b => (a b - mean N a) ^ 2)) by (apply sum_nonneg; intros; apply pow2_ge_0).
  change (mean N (fun b => (a b - mean N a) ^ 2)) with (sum_to N (fun b => (a b - mean N a) ^ 2) / INR N). split.
  - assert (0 <= sum_to N (fun b => (a b - mean N a) ^ 2) / INR N) by (apply Rdiv_le_0_compat; lra). lra.
  - split.
    + intros Q b Hb. assert (Z : sum_to N (fun b => (a b - mean N a) ^ 2) = 0).
      { apply Rmult_eq_reg_r with (/ INR N); [unfold Rdiv in Q; lra|apply Rinv_neq_0_compat; lra]. }
      pose proof (term_le_sum N (fun b => (a b - mean N a) ^ 2) b ltac:(intros; apply pow2_ge_0) Hb) as T; cbv beta in T.
      pose proof (pow2_ge_0 (a b - mean N a)). assert (W : (a b - mean N a) * (a b - mean N a) = 0) by lra.
      apply Rmult_integral in W; destruct W; lra.
    + intro Q. rewrite (sum_ext N _ (fun _ => 0 * 0)); [rewrite sum_scal; unfold Rdiv; ring|].
      intros b Hb; rewrite (Q b Hb); ring.
Qed.

(* tr Cov(g) = E |g|^2 - |E g|^2, for gradients of any dimension P. *)
Theorem covariance_trace_exact : forall N P (g : nat -> nat -> R), (0 < N)%nat ->
  sum_to P (fun j => mean N (fun b => (g b j - mean N (fun c => g c j)) ^ 2))
  = mean N (fun b => norm_sq P (g b)) - norm_sq P (fun j => mean N (fun c => g c j)).
Proof.
  intros N P g HN; induction P as [|P IH].
  - unfold norm_sq, dot, mean; simpl. rewrite (sum_ext N _ (fun _ => 0 * 0)) by (intros; ring). rewrite sum_scal.
    unfold Rdiv; ring.
  - assert (Last : forall f, sum_to (S P) f = sum_to P f + f P) by reflexivity.
    rewrite Last, IH. pose proof (mean_square_splits N (fun b => g b P) HN) as M; cbv beta in M.
    unfold norm_sq, dot; rewrite Last.
    replace (mean N (fun b => sum_to (S P) (fun i => g b i * g b i)))
      with (mean N (fun b => sum_to P (fun i => g b i * g b i) + g b P * g b P)) by reflexivity.
    replace (mean N (fun b => sum_to P (fun i => g b i * g b i) + g b P * g b P))
      with (mean N (fun b => sum_to P (fun i => g b i * g b i)) + mean N (fun b => g b P ^ 2)).
    + rewrite M. ring.
    + unfold mean, Rdiv; rewrite <- Rmult_plus_distr_r, <- sum_plus. f_equal; apply sum_ext; intros; ring.
Qed.

(** * The equilibrium of eq. 9 neither attracts nor repels at linear order *)

(* One group's value and ELR move by these two; groups meet only in the total ESS. *)
Definition loss_ess_sq (alpha elr f : R) : R := scale_ess_sq elr (4 * f * (alpha - f)).
Definition loss_next (alpha elr f : R) : R :=
  regimes_level alpha elr + (f - regimes_level alpha elr) * ((1 - loss_ess_sq alpha elr f) / (1 + loss_ess_sq alpha elr f)).

Theorem loss_next_is_the_step : forall alpha elr r, 0 < alpha -> 0 < elr ->
  regimes_ratio_loss alpha (regimes_ratio_next alpha elr r ^ 2) = loss_next alpha elr (regimes_ratio_loss alpha (r ^ 2)) /\
  scale_ess_sq elr (regimes_ratio_eff_grad_sq alpha (r ^ 2)) = loss_ess_sq alpha elr (regimes_ratio_loss alpha (r ^ 2)).
Proof.
  intros alpha elr r Ha He. assert (Q : scale_ess_sq elr (regimes_ratio_eff_grad_sq alpha (r ^ 2)) =
    loss_ess_sq alpha elr (regimes_ratio_loss alpha (r ^ 2))) by (unfold loss_ess_sq; rewrite eq26 by apply pow2_ge_0; reflexivity).
  split; [|exact Q]. pose proof (level_gap alpha elr r Ha He) as G; cbv zeta in G. rewrite Q in G.
  unfold loss_next. rewrite <- G; ring.
Qed.

(* Around the equilibrium, K = elr * sum alpha: f_i = alpha_i ((1 - 1/K)/2 + h p), ELR_i = (K/alpha_i)/(1 + h q). *)
Definition near_loss (alpha K p h : R) : R := alpha * ((1 - 1 / K) / 2 + h * p).
Definition near_elr (alpha K q h : R) : R := K / alpha / (1 + h * q).
Definition centre (K : R) : R := 2 / K ^ 2 - 1.

Theorem linearised_loss : forall alpha K p q, 0 < alpha -> 1 < K ->
  is_derive (fun h => loss_next alpha (near_elr alpha K q h) (near_loss alpha K p h) / alpha) 0
    (centre K * p - (1 - centre K) / (2 * K) * q).
Proof.
  intros alpha K p q Ha HK; unfold loss_next, loss_ess_sq, near_elr, near_loss, scale_ess_sq, regimes_level, centre.
  assert (0 < / alpha) by (apply Rinv_0_lt_compat; lra). assert (0 < / K) by (apply Rinv_0_lt_compat; lra).
  auto_derive.
  - replace (1 + 0 * q) with 1 by ring. rewrite Rinv_1, !Rmult_1_r. repeat split; try lra.
    all: try (apply Rgt_not_eq, Rmult_lt_0_compat; lra). 
    apply Rgt_not_eq. replace (1 + _) with (K ^ 2) by (field; lra). apply pow_lt; lra.
  - field; repeat split; try lra.
    replace (_ + _) with (4 * alpha * K ^ 2) by ring. apply Rgt_not_eq, Rmult_lt_0_compat; [lra|apply pow_lt; lra].
Qed.

(* The ELR's relative move; the others enter through the change of the total squared ESS, sum_j p_j d_j. *)
Definition ess_slope (K p q : R) : R := 4 * K * p - 2 * (K ^ 2 - 1) * q.

Theorem linearised_ess : forall alpha K p q, 0 < alpha -> 1 < K ->
  is_derive (fun h => loss_ess_sq alpha (near_elr alpha K q h) (near_loss alpha K p h)) 0 (ess_slope K p q) /\
  loss_ess_sq alpha (near_elr alpha K q 0) (near_loss alpha K p 0) = K ^ 2 - 1.
Proof.
  intros alpha K p q Ha HK; unfold loss_ess_sq, near_elr, near_loss, scale_ess_sq, ess_slope.
  split; [auto_derive; [replace (1 + 0 * q) with 1 by ring; lra|field; lra]|field; lra].
Qed.

(* Directions that leave the weighted means alone turn by the angle 2 arccos(1/K), at every step and for every n. *)
Theorem equilibrium_is_a_centre : forall K, 1 < K ->
  let a := centre K in let b := - (1 - centre K) / (2 * K) in let c := 4 / K in
  (forall p q, a * p - (1 - centre K) / (2 * K) * q = a * p + b * q) /\
  (forall p q, q + ess_slope K p q / K ^ 2 = c * p + a * q) /\
  a * a - b * c = 1 /\ -1 < a < 1.
Proof.
  intros K HK a b c; unfold a, b, c, ess_slope, centre. assert (0 < K ^ 2) by (apply pow_lt; lra).
  repeat split.
  - intros; field; lra.
  - intros; field; lra.
  - field; lra.
  - assert (0 < 2 / K ^ 2) by (apply Rdiv_lt_0_compat; lra). lra.
  - assert (2 / K ^ 2 < 2); [|lra]. apply Rmult_lt_reg_r with (K ^ 2); [lra|].
    unfold Rdiv; rewrite Rmult_assoc, Rinv_l by lra. nra.
Qed.

(** * Below the threshold: a basin of convergence, for every number of groups *)

(* One rate for all k between lo and hi < 1. *)
Definition basin_rate (lo hi : R) : R := Rmax (Rabs (1 - 2 * hi)) (/ (1 + 2 * lo)).

Lemma basin_rate_range : forall lo hi, 0 < lo -> lo <= hi -> hi < 1 -> 0 < basin_rate lo hi < 1.
Proof.
  intros lo hi Hl Hlh Hh; unfold basin_rate.
  assert (0 < / (1 + 2 * lo)) by (apply Rinv_0_lt_compat; lra).
  assert (/ (1 + 2 * lo) < 1) by (rewrite <- Rinv_1; apply Rinv_lt_contravar; lra).
  split; [eapply Rlt_le_trans; [|apply Rmax_r]; assumption|].
  apply Rmax_lub_lt; [apply Rabs_def1; lra|assumption].
Qed.

Lemma ratio_sq_contracts : forall lo hi alpha elr r, 0 < alpha -> 0 < elr -> 0 < lo -> lo <= alpha * elr <= hi -> hi < 1 ->
  regimes_ratio_next alpha elr r ^ 2 <= basin_rate lo hi ^ 2 * r ^ 2.
Proof.
  intros lo hi alpha elr r Ha He Hlo Hk Hhi.
  rewrite <- (pow2_abs (regimes_ratio_next alpha elr r)), <- (pow2_abs r), <- Rpow_mult_distr.
  apply pow_incr; split; [apply Rabs_pos|]. eapply Rle_trans; [apply eq21_rate; assumption|].
  apply Rmult_le_compat_r; [apply Rabs_pos|]. unfold linear_rate, basin_rate.
  replace (2 * alpha * elr) with (2 * (alpha * elr)) by ring. set (k := alpha * elr) in *.
  assert (D : 1 - 2 * lo <= / (1 + 2 * lo)).
  { apply Rmult_le_reg_r with (1 + 2 * lo); [lra|]. rewrite Rinv_l by lra. nra. }
  pose proof (Rmax_l (Rabs (1 - 2 * hi)) (/ (1 + 2 * lo))); pose proof (Rmax_r (Rabs (1 - 2 * hi)) (/ (1 + 2 * lo))).
  pose proof (Rle_abs (- (1 - 2 * hi))). rewrite Rabs_Ropp in *.
  apply Rmax_lub; [apply Rabs_le; lra|]. eapply Rle_trans; [|eassumption]. apply Rinv_le_contravar; lra.
Qed.

(* F goes to 0 linearly from every start with all alpha_i elr_i <= c < 1 and all r_i^2 <= s, s small enough. *)
Theorem basin_below_threshold : forall n alpha lr x0 y0 c lo s, (0 < n)%nat ->
  (forall i, (i < n)%nat -> 0 < alpha i /\ lo <= alpha i * lr) -> 0 < lr -> on_sphere n (x0, y0) ->
  (forall i, (i < n)%nat -> y0 i <> 0) -> 0 < lo -> 0 < c < 1 ->
  (forall i, (i < n)%nat -> alpha i * scale_elr lr (x0 i ^ 2 + y0 i ^ 2) <= c /\ (x0 i / y0 i) ^ 2 <= s) ->
  0 <= s <= (1 - basin_rate lo ((1 + c) / 2) ^ 2) * (1 - c) / 16 ->
  forall t, 0 <= toy_value n alpha (toy_run n alpha lr x0 y0 t)
              <= sum_to n alpha * s * (basin_rate lo ((1 + c) / 2) ^ 2) ^ t.
Proof.
  intros n alpha lr x0 y0 c lo s Hn HA Hl H1 Hy Hlo Hc H0 Hs.
  set (hi := (1 + c) / 2) in *. set (q2 := basin_rate lo hi ^ 2) in *.
  assert (Ha : forall i, (i < n)%nat -> 0 < alpha i) by (intros i Hi; apply HA; exact Hi).
  set (x := fun t => fst (toy_run n alpha lr x0 y0 t)). set (y := fun t => snd (toy_run n alpha lr x0 y0 t)).
  set (r := fun t i => x t i / y t i). set (e := fun t i => scale_elr lr (x t i ^ 2 + y t i ^ 2)).
  set (E := fun t i => scale_ess_sq (e t i) (regimes_ratio_eff_grad_sq (alpha i) (r t i ^ 2))).
  set (stretch := fun t => toy_stretch n alpha lr (x t) (y t)).
  assert (Inv0 : forall t, on_sphere n (toy_run n alpha lr x0 y0 t) /\ forall i, (i < n)%nat -> y t i <> 0)
    by (intro t; apply toy_invariant; assumption).
  assert (Sep : forall t i, (i < n)%nat -> r (S t) i = regimes_ratio_next (alpha i) (e t i) (r t i) /\
    e (S t) i = e t i * stretch t / (1 + E t i) /\ 0 < e t i)
    by (intros t i Hi; apply (toy_separates n alpha lr x0 y0 Hn Ha Hl H1 Hy t i Hi)).
  assert (En : forall t i, 0 <= E t i) by (intros t i; apply (toy_ess_nonneg n alpha lr x0 y0 t i)).
  assert (Low : forall t i, (i < n)%nat -> lo <= alpha i * e t i).
  { intros t i Hi. destruct (Inv0 t) as [Sp Y].
    destruct (group_in_step (alpha i) lr (x t i) (y t i) (Ha i Hi) Hl (Y i Hi)) as (M & _).
    assert (M1 : x t i ^ 2 + y t i ^ 2 <= 1).
    { rewrite <- Sp. apply (term_le_sum n (fun j => fst (toy_run n alpha lr x0 y0 t) j ^ 2 + snd (toy_run n alpha lr x0 y0 t) j ^ 2));
      [intros j _; pose proof (pow2_ge_0 (fst (toy_run n alpha lr x0 y0 t) j)); pose proof (pow2_ge_0 (snd (toy_run n alpha lr x0 y0 t) j)); lra|exact Hi]. }
    destruct (HA i Hi) as [A B]. eapply Rle_trans; [exact B|]. apply Rmult_le_compat_l; [lra|].
    unfold e, scale_elr. rewrite <- (Rdiv_1 lr) at 1. unfold Rdiv; apply Rmult_le_compat_l; [lra|]. apply Rinv_le_contravar; lra. }
  assert (Hlohi : lo <= hi /\ hi < 1).
  { pose proof (Low O O ltac:(lia)) as L. destruct (H0 O ltac:(lia)) as [U _].
    change (alpha O * e O O <= c) in U. unfold hi; lra. }
  destruct Hlohi as [HLH HH]. pose proof (basin_rate_range lo hi Hlo HLH HH) as Q.
  assert (Q2 : 0 < q2 < 1) by (unfold q2; split; [apply pow_lt; lra|nra]).
  assert (Stretch : forall t u, (forall i, (i < n)%nat -> E t i <= u) -> stretch t <= 1 + u).
  { intros t u Hu. destruct (Inv0 t) as [Sp Y]. unfold stretch, toy_stretch.
    apply Rle_trans with ((1 + u) * sum_to n (fun i => x t i ^ 2 + y t i ^ 2)).
    - rewrite <- sum_scal; apply sum_le; intros i Hi.
      destruct (group_in_step (alpha i) lr (x t i) (y t i) (Ha i Hi) Hl (Y i Hi)) as (M & _ & _ & D).
      unfold toy_x, toy_y; cbv zeta in D; rewrite D. rewrite Rmult_comm. apply Rmult_le_compat_r; [lra|].
      pose proof (Hu i Hi) as V; unfold E, e, r in V. lra.
    - unfold x, y; unfold on_sphere in Sp; rewrite Sp; lra. }
  assert (Main : forall t, forall i, (i < n)%nat ->
    r t i ^ 2 <= q2 ^ t * s /\ alpha i * e t i <= c * (1 + 8 / (1 - q2) * (s - q2 ^ t * s))).
  { set (C := 8 / (1 - q2)). assert (C0 : 0 < C) by (apply Rdiv_lt_0_compat; lra).
    assert (Cs : C * s <= (1 - c) / 2).
    { unfold C. apply Rmult_le_reg_r with (1 - q2); [lra|].
      replace (8 / (1 - q2) * s * (1 - q2)) with (8 * s) by (field; lra). lra. }
    assert (CH : c * (1 + C * s) <= hi) by (unfold hi; nra).
    induction t as [|t IH]; intros i Hi.
    - destruct (H0 i Hi) as [U V]. simpl pow. rewrite !Rmult_1_l.
      split; [exact V|]. replace (s - s) with 0 by ring. rewrite Rmult_0_r, Rplus_0_r, Rmult_1_r. exact U.
    - assert (Pq : 0 < q2 ^ t <= 1) by (split; [apply pow_lt; lra|rewrite <- (pow1 t); apply pow_incr; lra]).
      set (u := q2 ^ t * s) in *. assert (U : 0 <= u <= s) by (unfold u; nra).
      assert (Hi_t : forall j, (j < n)%nat -> alpha j * e t j <= hi).
      { intros j Hj. destruct (IH j Hj) as [_ B]. eapply Rle_trans; [exact B|]. eapply Rle_trans; [|exact CH].
        apply Rmult_le_compat_l; [lra|]. assert (C * (s - u) <= C * s) by (apply Rmult_le_compat_l; lra). lra. }
      assert (EU : forall j, (j < n)%nat -> E t j <= 4 * u).
      { intros j Hj. destruct (IH j Hj) as [A _]. unfold E, scale_ess_sq, regimes_ratio_eff_grad_sq.
        pose proof (pow2_ge_0 (r t j)) as Z. set (v := r t j ^ 2) in *.
        replace (e t j ^ 2 * (4 * alpha j ^ 2 * v / (1 + v) ^ 2)) with (4 * ((alpha j * e t j) ^ 2 * v) / (1 + v) ^ 2) by (field; lra).
        pose proof (Hi_t j Hj) as B. pose proof (Low t j Hj) as B2. set (k := alpha j * e t j) in *.
        assert (k ^ 2 <= 1) by nra. assert (1 <= (1 + v) ^ 2) by nra.
        assert (0 <= k ^ 2 * v) by (apply Rmult_le_pos; [apply pow2_ge_0|lra]).
        assert (k ^ 2 * v <= 1 * v) by (apply Rmult_le_compat_r; lra).
        apply Rmult_le_reg_r with ((1 + v) ^ 2); [lra|]. unfold Rdiv; rewrite Rmult_assoc, Rinv_l by lra. nra. }
      destruct (Sep t i Hi) as (R1 & R2 & R3). destruct (IH i Hi) as [A B]. pose proof (Ha i Hi) as Ai.
      pose proof (Stretch t (4 * u) EU) as ST. pose proof (En t i) as Ei.
      pose proof (toy_stretch_ge_1 n alpha lr x0 y0 Hn Ha Hl H1 Hy t) as G. change (1 <= stretch t) in G.
      simpl pow; fold u. replace (q2 * q2 ^ t * s) with (q2 * u) by (unfold u; ring). split.
      + rewrite R1. eapply Rle_trans; [apply (ratio_sq_contracts lo hi); try assumption;
          split; [apply Low; exact Hi|apply Hi_t; exact Hi]|]. fold q2. apply Rmult_le_compat_l; lra.
      + rewrite R2. assert (K0 : 0 < alpha i * e t i) by (apply Rmult_lt_0_compat; assumption).
        apply Rle_trans with (alpha i * e t i * (1 + 4 * u)).
        { replace (alpha i * (e t i * stretch t / (1 + E t i))) with (alpha i * e t i * (stretch t / (1 + E t i))) by (field; lra).
          apply Rmult_le_compat_l; [lra|]. apply Rmult_le_reg_r with (1 + E t i); [lra|].
          unfold Rdiv; rewrite Rmult_assoc, Rinv_l by lra. nra. }
        eapply Rle_trans; [apply Rmult_le_compat_r with (r2 := c * (1 + C * (s - u))); [lra|exact B]|].
        rewrite Rmult_assoc; apply Rmult_le_compat_l; [lra|].
        assert (CC : C * (1 - q2) = 8) by (unfold C; field; lra).
        assert (W : C * (s - u) <= 1).
        { apply Rle_trans with (C * s); [apply Rmult_le_compat_l; lra|lra]. }
        replace (1 + C * (s - q2 * u)) with (1 + C * (s - u) + C * (1 - q2) * u) by ring. rewrite CC.
        assert (C * (s - u) * (4 * u) <= 1 * (4 * u)) by (apply Rmult_le_compat_r; lra). lra. }
  intro t. rewrite toy_value_groups by assumption. split.
  - apply sum_nonneg; intros i Hi; apply ratio_loss_below; [apply Ha; exact Hi|apply pow2_ge_0].
  - rewrite Rmult_assoc, Rmult_comm, <- sum_scal. apply sum_le; intros i Hi.
    destruct (Main t i Hi) as [A _]. pose proof (Ha i Hi) as Ai.
    eapply Rle_trans; [apply ratio_loss_below; [exact Ai|apply pow2_ge_0]|].
    rewrite Rmult_comm. apply Rmult_le_compat_r; [lra|]. rewrite Rmult_comm; exact A.
Qed.

(** * Where the runs have a value, which the walk over a statement looks up by these lemmas' names *)

Lemma group_grows : forall alpha lr x y, x ^ 2 + y ^ 2 <> 0 -> x ^ 2 + y ^ 2 <=
  regimes_gradient_step_0 x y (regimes_quotient_grad_0 alpha x y) (regimes_quotient_grad_1 alpha x y) lr ^ 2 +
  regimes_gradient_step_1 x y (regimes_quotient_grad_0 alpha x y) (regimes_quotient_grad_1 alpha x y) lr ^ 2.
Proof.
  intros alpha lr x y H. unfold regimes_gradient_step_0, regimes_gradient_step_1, regimes_quotient_grad_0,
    regimes_quotient_grad_1. set (k := 2 * alpha * x * y / (x ^ 2 + y ^ 2) ^ 2).
  replace ((x - lr * (k * y)) ^ 2 + (y - lr * (- k * x)) ^ 2) with ((x ^ 2 + y ^ 2) + (lr * k) ^ 2 * (x ^ 2 + y ^ 2)) by ring.
  pose proof (pow2_ge_0 (lr * k)); pose proof (pow2_ge_0 x); pose proof (pow2_ge_0 y). nra.
Qed.

Lemma square_sum_positive : forall x y, x ^ 2 + y ^ 2 <> 0 -> 0 < x ^ 2 + y ^ 2.
Proof. intros; pose proof (pow2_ge_0 x); pose proof (pow2_ge_0 y); lra. Qed.

Lemma circle_step_has_value : forall alpha lr x y, x ^ 2 + y ^ 2 <> 0 ->
  sqrt (regimes_gradient_step_0 x y (regimes_quotient_grad_0 alpha x y) (regimes_quotient_grad_1 alpha x y) lr ^ 2 +
  regimes_gradient_step_1 x y (regimes_quotient_grad_0 alpha x y) (regimes_quotient_grad_1 alpha x y) lr ^ 2) <> 0.
Proof.
  intros alpha lr x y H. pose proof (group_grows alpha lr x y H). pose proof (square_sum_positive x y H).
  apply Rgt_not_eq, sqrt_lt_R0. lra.
Qed.

Lemma circle_run_has_value : forall alpha lr x0 y0 t, x0 ^ 2 + y0 ^ 2 <> 0 ->
  0 < fst (circle_run alpha lr (x0, y0) t) ^ 2 + snd (circle_run alpha lr (x0, y0) t) ^ 2.
Proof.
  intros alpha lr x0 y0 t H; induction t as [|t IH]; [exact (square_sum_positive _ _ H)|].
  cbn [circle_run]. destruct (circle_run alpha lr (x0, y0) t) as [x y]. unfold circle_step; cbn [fst snd] in *.
  pose proof (group_grows alpha lr x y ltac:(lra)) as G.
  set (X := regimes_gradient_step_0 _ _ _ _ _) in *. set (Y := regimes_gradient_step_1 _ _ _ _ _) in *.
  assert (S : 0 < sqrt (X ^ 2 + Y ^ 2)) by (apply sqrt_lt_R0; lra).
  replace (_ + _) with ((X ^ 2 + Y ^ 2) / sqrt (X ^ 2 + Y ^ 2) ^ 2) by (field; lra).
  apply Rdiv_lt_0_compat; [lra|apply pow_lt, S].
Qed.

Lemma toy_stretch_positive : forall n alpha lr x y j, (j < n)%nat -> x j ^ 2 + y j ^ 2 <> 0 -> 0 < toy_stretch n alpha lr x y.
Proof.
  intros n alpha lr x y j Hj H. unfold toy_stretch.
  pose proof (group_grows (alpha j) lr (x j) (y j) H) as G. pose proof (square_sum_positive _ _ H) as P.
  assert (L : forall m f, (forall i, 0 <= f i) -> (j < m)%nat -> f j <= sum_to m f).
  { intros m f N; induction m as [|m IH]; intro Hm; [lia|]. simpl.
    pose proof (sum_nonneg m f ltac:(intros; apply N)). destruct (Nat.eq_dec j m) as [->|D]; [lra|].
    pose proof (IH ltac:(lia)). pose proof (N m). lra. }
  apply Rlt_le_trans with (toy_x alpha lr x y j ^ 2 + toy_y alpha lr x y j ^ 2); [unfold toy_x, toy_y; lra|].
  apply (L n (fun i => toy_x alpha lr x y i ^ 2 + toy_y alpha lr x y i ^ 2)); [|exact Hj].
  intro i. pose proof (pow2_ge_0 (toy_x alpha lr x y i)); pose proof (pow2_ge_0 (toy_y alpha lr x y i)). lra.
Qed.

Lemma toy_run_has_value : forall n alpha lr x0 y0 t i, (i < n)%nat -> x0 i ^ 2 + y0 i ^ 2 <> 0 ->
  0 < fst (toy_run n alpha lr x0 y0 t) i ^ 2 + snd (toy_run n alpha lr x0 y0 t) i ^ 2.
Proof.
  intros n alpha lr x0 y0 t i Hi H; induction t as [|t IH]; [exact (square_sum_positive _ _ H)|].
  cbn [toy_run]. set (x := fst (toy_run n alpha lr x0 y0 t)) in *. set (y := snd (toy_run n alpha lr x0 y0 t)) in *.
  cbn [fst snd]. pose proof (group_grows (alpha i) lr (x i) (y i) ltac:(lra)) as G.
  pose proof (toy_stretch_positive n alpha lr x y i Hi ltac:(lra)) as P.
  change (regimes_gradient_step_0 _ _ _ _ _) with (toy_x alpha lr x y i) in G.
  change (regimes_gradient_step_1 _ _ _ _ _) with (toy_y alpha lr x y i) in G.
  assert (S : 0 < sqrt (toy_stretch n alpha lr x y)) by (apply sqrt_lt_R0, P).
  replace (_ + _) with ((toy_x alpha lr x y i ^ 2 + toy_y alpha lr x y i ^ 2) / sqrt (toy_stretch n alpha lr x y) ^ 2)
    by (field; lra).
  apply Rdiv_lt_0_compat; [lra|apply pow_lt, S].
Qed.

Lemma toy_step_has_value : forall n alpha lr x0 y0 t, (0 < n)%nat -> (forall i, (i < n)%nat -> x0 i ^ 2 + y0 i ^ 2 <> 0) ->
  0 < toy_stretch n alpha lr (fst (toy_run n alpha lr x0 y0 t)) (snd (toy_run n alpha lr x0 y0 t)).
Proof.
  intros n alpha lr x0 y0 t Hn H. pose proof (toy_run_has_value n alpha lr x0 y0 t 0%nat Hn (H 0%nat Hn)).
  apply (toy_stretch_positive n alpha lr _ _ 0%nat Hn). lra.
Qed.
