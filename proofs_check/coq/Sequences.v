(* What papers say of sequences and finite sums: sums of symbolic length, bounds for all t, limits by an eps and a T.

   For a paper of one's own: each is a lemma to apply, with sum_to n f = f 0 + .. + f (n - 1). *)
From Coq Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import Theory Beta Norm.
Open Scope R_scope.

(** * Finite sums *)

Lemma geometric_sum : forall q n, (1 - q) * sum_to n (fun t => q ^ t) = 1 - q ^ n.
Proof.
  intros q n; induction n as [|n IH]; simpl; [ring|].
  rewrite Rmult_plus_distr_l, IH; ring.
Qed.

Lemma telescopes : forall n (f : nat -> R), sum_to n (fun t => f (S t) - f t) = f n - f O.
Proof. intros n f; induction n as [|n IH]; simpl; [ring|rewrite IH; ring]. Qed.

Lemma sum_below : forall n f g, (forall t, (t < n)%nat -> f t <= g t) -> sum_to n f <= sum_to n g.
Proof.
  induction n as [|n IH]; intros f g H; simpl; [lra|].
  pose proof (IH f g ltac:(intros; apply H; lia)). pose proof (H n ltac:(lia)). lra.
Qed.

Lemma sum_constant : forall n c, sum_to n (fun _ => c) = INR n * c.
Proof.
  intros n c; induction n as [|n IH]; simpl sum_to; [simpl; ring|].
  rewrite IH, S_INR; ring.
Qed.

(* The least term is at most the mean: min h <= (h_0 + .. + h_(n-1)) / n. *)
Lemma least_below_mean : forall n h m, (forall t, (t < n)%nat -> m <= h t) -> INR n * m <= sum_to n h.
Proof. intros n h m H; rewrite <- sum_constant; apply sum_below; exact H. Qed.

(* What is gained at each step of a quantity that stays non-negative adds up to no more than its start. *)
Lemma gains_below_start : forall n e h, (forall t, e (S t) <= e t - h t) -> 0 <= e n -> sum_to n h <= e O.
Proof.
  intros n e h H; assert (G : e n + sum_to n h <= e O); [|lra].
  induction n as [|n IH]; simpl; [lra|]. pose proof (H n). lra.
Qed.

(** * Logarithms: the sum lemma of AdaGrad *)

Lemma share_below_log : forall s a, 0 < s -> 0 <= a -> a / (s + a) <= ln (s + a) - ln s.
Proof.
  intros s a Hs Ha.
  assert (E : exp (ln s - ln (s + a)) = s / (s + a)).
  { unfold Rminus; rewrite exp_plus, exp_Ropp, !exp_ln by lra; reflexivity. }
  pose proof (exp_ineq1_le (ln s - ln (s + a))) as B. rewrite E in B.
  replace (a / (s + a)) with (1 - s / (s + a)) by (field; lra). lra.
Qed.

Lemma shares_below_log : forall n (a : nat -> R) s0, 0 < s0 -> (forall t, 0 <= a t) ->
  sum_to n (fun t => a t / (s0 + sum_to (S t) a)) <= ln (s0 + sum_to n a) - ln s0.
Proof.
  intros n a s0 Hs Ha; induction n as [|n IH]; [simpl; rewrite Rplus_0_r; lra|].
  assert (P : 0 <= sum_to n a) by (apply sum_nonneg; intros; apply Ha).
  pose proof (share_below_log (s0 + sum_to n a) (a n) ltac:(lra) (Ha n)) as B.
  rewrite (sum_S n (fun t => _)). rewrite (sum_S n a). rewrite <- Rplus_assoc. lra.
Qed.

(** * Bounds for all t, and limits *)

Lemma contraction : forall (e : nat -> R) q, 0 <= q -> (forall t, e (S t) <= q * e t) ->
  forall t, e t <= q ^ t * e O.
Proof.
  intros e q Q H t; induction t as [|t IH]; simpl; [lra|].
  apply Rle_trans with (q * e t); [apply H|].
  replace (q * q ^ t * e O) with (q * (q ^ t * e O)) by ring. apply Rmult_le_compat_l; assumption.
Qed.

(* With a constant error c at each step the distance to c / (1 - q) contracts. *)
Lemma contraction_to_floor : forall (e : nat -> R) q c, 0 <= q < 1 -> (forall t, e (S t) <= q * e t + c) ->
  forall t, e t - c / (1 - q) <= q ^ t * (e O - c / (1 - q)).
Proof.
  intros e q c Q H; apply (contraction (fun t => e t - c / (1 - q)) q); [lra|].
  intro t; cbv beta. replace (q * (e t - c / (1 - q))) with (q * e t + c - c / (1 - q)) by (field; lra).
  pose proof (H t). lra.
Qed.

Lemma limit_by_eps : forall (u : nat -> R) (l : R),
  is_lim_seq u l <-> forall eps, 0 < eps -> exists T, forall t, (T <= t)%nat -> Rabs (u t - l) < eps.
Proof.
  intros u l; rewrite <- is_lim_seq_spec; unfold is_lim_seq', eventually; split; intros H eps.
  - intro P; exact (H (mkposreal eps P)).
  - exact (H eps (cond_pos eps)).
Qed.

Lemma contraction_limit : forall (e : nat -> R) q, 0 <= q < 1 -> (forall t, 0 <= e t) ->
  (forall t, e (S t) <= q * e t) -> is_lim_seq e 0.
Proof.
  intros e q Q P H.
  apply (is_lim_seq_le_le (fun _ => 0) e (fun t => q ^ t * e O)).
  - intro t; split; [apply P|apply contraction; [lra|exact H]].
  - apply is_lim_seq_const.
  - replace (Finite 0) with (Rbar_mult 0 (e O)) by (simpl; f_equal; ring).
    apply is_lim_seq_scal_r, is_lim_seq_geom. rewrite Rabs_pos_eq; lra.
Qed.

(* limsup by an eps and a T: from some time on the error is below its floor and any eps. *)
Lemma contraction_eventually : forall (e : nat -> R) q c, 0 <= q < 1 -> (forall t, e (S t) <= q * e t + c) ->
  forall eps, 0 < eps -> exists T, forall t, (T <= t)%nat -> e t < c / (1 - q) + eps.
Proof.
  intros e q c Q H eps P.
  assert (L : is_lim_seq (fun t => q ^ t * (e O - c / (1 - q))) 0).
  { replace (Finite 0) with (Rbar_mult 0 (e O - c / (1 - q))) by (simpl; f_equal; ring).
    apply is_lim_seq_scal_r, is_lim_seq_geom. rewrite Rabs_pos_eq; lra. }
  destruct (proj1 (limit_by_eps _ _) L eps P) as [T B]. exists T; intros t Ht.
  pose proof (contraction_to_floor e q c Q H t). pose proof (Rle_abs (q ^ t * (e O - c / (1 - q)) - 0)).
  pose proof (B t Ht). lra.
Qed.
