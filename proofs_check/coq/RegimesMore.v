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
