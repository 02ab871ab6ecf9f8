(* What every run turns on average: for any scale-invariant function, any gradients, any schedule. *)
From Coq Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import Theory Beta Norm.
Open Scope R_scope.

(* Every step goes at a right angle to the point (a gradient of a scale-invariant function does), then scales by s. *)
Definition turning_run (n : nat) (s : nat -> R) (x : nat -> nat -> R) : Prop :=
  0 < norm_sq n (x O) /\ forall t, 0 < s t /\ exists d, dot n d (x t) = 0 /\ forall i, x (S t) i = s t * (x t i + d i).

Lemma turned_norm : forall n s x d, dot n d x = 0 ->
  norm_sq n (fun i => s * (x i + d i)) = s ^ 2 * (norm_sq n x + norm_sq n d) /\
  dot n x (fun i => s * (x i + d i)) = s * norm_sq n x.
Proof.
  intros n s x d H. unfold dot in H. split.
  - unfold norm_sq, dot.
    rewrite (sum_ext n _ (fun i => s ^ 2 * (x i * x i + d i * d i) + (2 * s ^ 2) * (d i * x i))) by (intros; ring).
    rewrite sum_plus, !sum_scal, sum_plus, H; ring.
  - unfold norm_sq, dot. rewrite (sum_ext n _ (fun i => s * (x i * x i) + s * (d i * x i))) by (intros; ring).
    rewrite sum_plus, !sum_scal, H; ring.
Qed.

Lemma norm_sq_ext : forall n u v, (forall i, u i = v i) -> norm_sq n u = norm_sq n v.
Proof. intros n u v H; unfold norm_sq, dot; apply sum_ext; intros i _; rewrite H; reflexivity. Qed.

Lemma turning_norms : forall n s x, turning_run n s x -> forall t, 0 < norm_sq n (x t).
Proof.
  intros n s x [H0 H]; induction t as [|t IH]; [exact H0|].
  destruct (H t) as [S0 (d & D & E)]. rewrite (norm_sq_ext n _ _ E).
  destruct (turned_norm n (s t) (x t) d D) as [-> _]. pose proof (norm_sq_nonneg n d).
  apply Rmult_lt_0_compat; [apply pow_lt; exact S0|lra].
Qed.

Lemma turning_cosine : forall n s x, turning_run n s x -> forall t,
  cosine n (x t) (x (S t)) = s t * norm n (x t) / norm n (x (S t)).
Proof.
  intros n s x R t. pose proof (turning_norms n s x R t) as P. pose proof (turning_norms n s x R (S t)) as Q.
  destruct R as [_ H]; destruct (H t) as [S0 (d & D & E)]. unfold cosine.
  assert (C : dot n (x t) (x (S t)) = s t * norm_sq n (x t)).
  { rewrite <- (proj2 (turned_norm n (s t) (x t) d D)). unfold dot; apply sum_ext; intros i _; rewrite E; reflexivity. }
  rewrite C. assert (A : 0 < norm n (x t)) by (apply sqrt_lt_R0; exact P).
  assert (B : 0 < norm n (x (S t))) by (apply sqrt_lt_R0; exact Q).
  replace (norm_sq n (x t)) with (norm n (x t) * norm n (x t)) by (apply sqrt_sqrt; lra). field; split; lra.
Qed.

(* Exact, for all T: the cosines' logarithms telescope. *)
Theorem turning_law : forall n s x, turning_run n s x -> forall T,
  sum_to T (fun t => ln (cosine n (x t) (x (S t)))) = sum_to T (fun t => ln (s t)) + (ln (norm n (x O)) - ln (norm n (x T))).
Proof.
  intros n s x R; induction T as [|T IH]; [simpl; ring|]. rewrite !sum_S, IH, (turning_cosine n s x R).
  assert (A : forall t, 0 < norm n (x t)) by (intro t; apply sqrt_lt_R0, (turning_norms n s x R)).
  pose proof (proj1 (proj2 R T)) as S0. unfold Rdiv.
  rewrite !ln_mult, ln_Rinv; try apply A; try assumption; try (apply Rmult_lt_0_compat; [assumption|apply A]);
    try (apply Rinv_0_lt_compat, A). ring.
Qed.

Lemma ln_between : forall m M v, 0 < m -> m <= v <= M -> ln m <= ln v <= ln M.
Proof.
  intros m M v Hm [A B]; split.
  - destruct A as [A| <-]; [left; apply ln_increasing; lra|right; reflexivity].
  - destruct B as [B| ->]; [left; apply ln_increasing; lra|right; reflexivity].
Qed.

(* While the norm stays in [m, M]. With weight decay s t = 1 - lr t * wd t: no equilibrium is needed. *)
Theorem turning_mean : forall n s x m M, turning_run n s x -> 0 < m -> (forall t, m <= norm n (x t) <= M) ->
  forall T, (0 < T)%nat ->
  Rabs (sum_to T (fun t => ln (cosine n (x t) (x (S t)))) / INR T - sum_to T (fun t => ln (s t)) / INR T)
  <= (ln M - ln m) / INR T.
Proof.
  intros n s x m M R Hm H T HT. assert (P : 0 < INR T) by (apply lt_0_INR; exact HT).
  rewrite (turning_law n s x R). replace (_ - _) with ((ln (norm n (x O)) - ln (norm n (x T))) / INR T) by (field; lra).
  unfold Rdiv; rewrite Rabs_mult, (Rabs_pos_eq (/ INR T)) by (apply Rlt_le, Rinv_0_lt_compat; exact P).
  apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; exact P|].
  pose proof (ln_between m M _ Hm (H O)); pose proof (ln_between m M _ Hm (H T)). apply Rabs_le; lra.
Qed.

(* Two groups of any sizes that are scaled alike turn alike on average. *)
Theorem turning_equal : forall n n' s x x' m M, turning_run n s x -> turning_run n' s x' -> 0 < m ->
  (forall t, m <= norm n (x t) <= M) -> (forall t, m <= norm n' (x' t) <= M) -> forall T, (0 < T)%nat ->
  Rabs (sum_to T (fun t => ln (cosine n (x t) (x (S t)))) / INR T - sum_to T (fun t => ln (cosine n' (x' t) (x' (S t)))) / INR T)
  <= 2 * (ln M - ln m) / INR T.
Proof.
  intros n n' s x x' m M R R' Hm H H' T HT. assert (P : 0 < INR T) by (apply lt_0_INR; exact HT).
  pose proof (turning_mean n s x m M R Hm H T HT) as A. pose proof (turning_mean n' s x' m M R' Hm H' T HT) as B.
  set (a := _ / INR T) in A. set (a' := _ / INR T) in B. set (b := sum_to T (fun t => ln (s t)) / INR T) in *.
  replace (2 * (ln M - ln m) / INR T) with ((ln M - ln m) / INR T + (ln M - ln m) / INR T) by (field; lra).
  change (Rabs (a - a') <= (ln M - ln m) / INR T + (ln M - ln m) / INR T).
  replace (a - a') with ((a - b) - (a' - b)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra.
Qed.

(* Descent with weight decay and any orthogonal gradients: minibatches, schedules of lr and wd. *)
Theorem descent_turns : forall n (lr wd : nat -> R) (x g : nat -> nat -> R), 0 < norm_sq n (x O) ->
  (forall t, lr t * wd t < 1 /\ dot n (g t) (x t) = 0 /\ forall i, x (S t) i = decay_step (x t) (g t) (lr t) (wd t) i) ->
  turning_run n (fun t => 1 - lr t * wd t) x.
Proof.
  intros n lr wd x g H0 H; split; [exact H0|]. intro t; destruct (H t) as (L & O & E). split; [lra|].
  exists (fun i => - (lr t / (1 - lr t * wd t)) * g t i). split.
  - unfold dot in *. rewrite (sum_ext n _ (fun i => - (lr t / (1 - lr t * wd t)) * (g t i * x t i))) by (intros; ring).
    rewrite sum_scal, O; ring.
  - intro i; rewrite E. unfold decay_step, periodic_decay_step. field; lra.
Qed.

(* A group inside a step on the sphere: the projection scales all groups by one c t > 0. *)
Theorem sphere_turns : forall n (lr c : nat -> R) (x g : nat -> nat -> R), 0 < norm_sq n (x O) ->
  (forall t, 0 < c t /\ dot n (g t) (x t) = 0 /\ forall i, x (S t) i = c t * (x t i - lr t * g t i)) ->
  turning_run n c x.
Proof.
  intros n lr c x g H0 H; split; [exact H0|]. intro t; destruct (H t) as (L & O & E). split; [exact L|].
  exists (fun i => - lr t * g t i). split; [|intro i; rewrite E; ring].
  unfold dot in *. rewrite (sum_ext n _ (fun i => - lr t * (g t i * x t i))) by (intros; ring). rewrite sum_scal, O; ring.
Qed.
