(* Whole trajectories of vectors: periodic, proposition 4, section 2's unit sphere, eqs. 15 and 16. *)
From Coq Require Import Reals Lra Lia Psatz FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import Theory Beta Norm.
Open Scope R_scope.

(** * Trajectories of vectors *)

(* What eq. 2b says of a gradient field; what eq. 1 says of a trajectory (t picks the batch). *)
Definition homogeneous_gradient (grad : (nat -> R) -> nat -> R) : Prop :=
  forall c y, 0 < c -> grad (scaled c y) = scaled (/ c) (grad y).
Definition descends (grad : nat -> (nat -> R) -> nat -> R) (lr wd : R) (x : nat -> nat -> R) : Prop :=
  forall t, x (S t) = decay_step (x t) (grad t (x t)) lr wd.

Lemma scaled_scaled : forall a b u, scaled a (scaled b u) = scaled (a * b) u.
Proof. intros; apply functional_extensionality; intro; unfold scaled; ring. Qed.

Lemma scaled_one : forall u, scaled 1 u = u.
Proof. intros; apply functional_extensionality; intro; unfold scaled; ring. Qed.

Theorem proposition4 : forall grad lr wd c x x', 0 < c ->
  (forall t, homogeneous_gradient (grad t)) ->
  descends grad lr wd x -> descends grad (c ^ 2 * lr) (wd / c ^ 2) x' -> x' O = scaled c (x O) ->
  forall t, x' t = scaled c (x t).
Proof.
  intros grad lr wd c x x' Hc HG Hx Hx' H0; induction t as [|t IH]; [exact H0|].
  rewrite Hx', Hx, IH, (HG t c (x t) Hc).
  apply functional_extensionality; intro i.
  unfold decay_step, periodic_decay_step, scaled; field; lra.
Qed.

Theorem proposition4_function : forall (f : (nat -> R) -> R) grad lr wd c x x', 0 < c ->
  (forall k y, 0 < k -> f (scaled k y) = f y) ->
  (forall t, homogeneous_gradient (grad t)) ->
  descends grad lr wd x -> descends grad (c ^ 2 * lr) (wd / c ^ 2) x' -> x' O = scaled c (x O) ->
  forall t, f (x' t) = f (x t).
Proof.
  intros f grad lr wd c x x' Hc Hf HG Hx Hx' H0 t.
  rewrite (proposition4 grad lr wd c x x' Hc HG Hx Hx' H0 t). apply Hf; exact Hc.
Qed.

(* The direction of a vector: the point of the unit sphere below it. *)
Definition direction (n : nat) (u : nat -> R) : nat -> R := scaled (/ norm n u) u.

Lemma norm_scaled : forall n c u, 0 < c -> norm n (scaled c u) = c * norm n u.
Proof.
  intros n c u Hc; unfold norm.
  assert (E : norm_sq n (scaled c u) = (c * c) * norm_sq n u).
  { unfold norm_sq, dot, scaled; rewrite <- sum_scal; apply sum_ext; intros; ring. }
  rewrite E, sqrt_mult_alt by nlra. rewrite sqrt_square by lra; reflexivity.
Qed.

Lemma direction_scaled : forall n c u, 0 < c -> direction n (scaled c u) = direction n u.
Proof.
  intros n c u Hc; unfold direction; rewrite norm_scaled, scaled_scaled by exact Hc.
  destruct (Req_dec (norm n u) 0) as [Z|Z].
  - rewrite Z, Rmult_0_r, Rinv_0, Rmult_0_l; reflexivity.
  - f_equal; field; split; lra.
Qed.

(* The sphere's step with the weight decay kept and ELR lr / rho^2. *)
Theorem unit_sphere_with_decay : forall n grad x lr wd, homogeneous_gradient grad -> 0 < norm_sq n x ->
  direction n (decay_step x (grad x) lr wd) =
  direction n (fun i => (1 - lr * wd) * direction n x i
                        - scale_elr lr (norm_sq n x) * grad (direction n x) i).
Proof.
  intros n grad x lr wd HG P.
  assert (R : 0 < norm n x) by (apply sqrt_lt_R0; exact P).
  assert (S : norm n x * norm n x = norm_sq n x) by (apply sqrt_sqrt; lra).
  assert (I : 0 < / norm n x) by (apply Rinv_0_lt_compat; exact R).
  rewrite <- (direction_scaled n (/ norm n x) (decay_step x (grad x) lr wd)) by exact I.
  f_equal; apply functional_extensionality; intro i.
  change (direction n x) with (scaled (/ norm n x) x); rewrite (HG (/ norm n x) x I).
  unfold scaled, decay_step, periodic_decay_step, scale_elr; rewrite <- S; field; lra.
Qed.

(* Plain gradient descent on the sphere: its ELR is lr / ((1 - lr wd) rho^2). *)
Theorem unit_sphere : forall n grad x lr wd, homogeneous_gradient grad -> 0 < norm_sq n x -> lr * wd < 1 ->
  direction n (decay_step x (grad x) lr wd) =
  direction n (fun i => direction n x i
                        - scale_elr_with_decay lr wd (norm_sq n x) * grad (direction n x) i).
Proof.
  intros n grad x lr wd HG P Hh; rewrite unit_sphere_with_decay by assumption.
  set (v := fun i => direction n x i - scale_elr_with_decay lr wd (norm_sq n x) * grad (direction n x) i).
  rewrite <- (direction_scaled n (1 - lr * wd) v) by lra.
  f_equal; apply functional_extensionality; intro i.
  unfold scaled, v, scale_elr, scale_elr_with_decay; field; split; lra.
Qed.

(* With the printed ELR alone the decayed step is not reproduced. *)
Theorem unit_sphere_refuted :
  exists grad x lr wd, homogeneous_gradient grad /\ 0 < norm_sq 2 x /\ 0 < lr /\ 0 < wd /\ lr * wd < 1 /\
    dot 2 (grad x) x = 0 /\
    direction 2 (decay_step x (grad x) lr wd) <>
    direction 2 (fun i => direction 2 x i - scale_elr lr (norm_sq 2 x) * grad (direction 2 x) i).
Proof.
  set (grad := fun (y : nat -> R) (i : nat) =>
         match i with O => - y 1%nat / norm_sq 2 y | S O => y O / norm_sq 2 y | _ => 0 end).
  set (x := fun i : nat => match i with O => 1 | _ => 0 end).
  exists grad, x, 1, (1 / 2).
  assert (G : homogeneous_gradient grad).
  { intros c y Hc; apply functional_extensionality; intro i.
    assert (E : norm_sq 2 (scaled c y) = c * c * norm_sq 2 y)
      by (unfold norm_sq, dot, scaled, sum_to; ring).
    unfold grad; rewrite E.
    destruct (Req_dec (norm_sq 2 y) 0) as [Z|Z].
    - rewrite Z, Rmult_0_r; unfold Rdiv, scaled; rewrite Rinv_0. destruct i as [|[|i]]; ring.
    - unfold scaled; destruct i as [|[|i]]; [field|field|ring]; split; lra. }
  assert (N : norm_sq 2 x = 1) by (unfold norm_sq, dot, sum_to, x; ring).
  assert (D : direction 2 x = x).
  { unfold direction, norm; rewrite N, sqrt_1, Rinv_1; apply scaled_one. }
  assert (GX : grad x = fun i => match i with 1%nat => 1 | _ => 0 end).
  { apply functional_extensionality; intro i; unfold grad; rewrite N; unfold x.
    destruct i as [|[|i]]; field. }
  split; [exact G|split; [lra|split; [lra|split; [lra|split; [lra|split]]]]].
  - unfold dot, sum_to, grad. rewrite N; unfold x; field.
  - rewrite D, N, GX. intro E.
    pose proof (f_equal (fun v => v 0%nat) E) as E0.
    pose proof (f_equal (fun v => v 1%nat) E) as E1.
    unfold direction, scaled, decay_step, periodic_decay_step, scale_elr, x in E0, E1.
    set (p := / norm 2 _) in E0, E1; set (q := / norm 2 _) in E0, E1.
    assert (Q : 0 < q); [|lra].
    apply Rinv_0_lt_compat, sqrt_lt_R0; unfold norm_sq, dot, sum_to; lra.
Qed.

(** * Equations 15 and 16 *)

Theorem eq15 : forall n grad lr wd x, descends grad lr wd x ->
  (forall t, dot n (grad t (x t)) (x t) = 0) ->
  forall t, norm_sq n (x t) =
    (1 - lr * wd) ^ (2 * t) * norm_sq n (x O) +
    lr ^ 2 * sum_to t (fun s => (1 - lr * wd) ^ (2 * (t - s - 1)) * norm_sq n (grad s (x s))).
Proof.
  intros n grad lr wd x Hx HO; induction t as [|t IH]; [simpl; ring|].
  rewrite Hx, norm_sq_step, IH, sum_S by apply HO.
  replace (2 * (S t - t - 1))%nat with O by lia.
  replace (2 * S t)%nat with (2 + 2 * t)%nat by lia. rewrite pow_add.
  rewrite (sum_ext t (fun s => (1 - lr * wd) ^ (2 * (S t - s - 1)) * _) (fun s => (1 - lr * wd) ^ 2 *
    ((1 - lr * wd) ^ (2 * (t - s - 1)) * norm_sq n (grad s (x s))))).
  - rewrite sum_scal; ring.
  - intros s Hs; replace (2 * (S t - s - 1))%nat with (2 + 2 * (t - s - 1))%nat by lia.
    rewrite pow_add; ring.
Qed.

(* The theory's unrolled sum, for every number of steps and as it runs on 1, 2, 3 of them. *)
Definition norm_sq_unrolled (t : nat) (norm_sq : R) (grad_sqs : nat -> R) (lr wd : R) : R :=
  ((1 - lr * wd) ^ 2) ^ t * norm_sq +
  lr ^ 2 * sum_to t (fun s => ((1 - lr * wd) ^ 2) ^ (t - 1 - s) * grad_sqs s).

Theorem norm_sq_unrolled_runs : forall norm_sq g lr wd,
  norm_sq_unrolled 1 norm_sq g lr wd = periodic_norm_sq_unrolled_of1 norm_sq (g 0%nat) lr wd /\
  norm_sq_unrolled 2 norm_sq g lr wd = periodic_norm_sq_unrolled_of2 norm_sq (g 0%nat) (g 1%nat) lr wd /\
  norm_sq_unrolled 3 norm_sq g lr wd =
    periodic_norm_sq_unrolled_of3 norm_sq (g 0%nat) (g 1%nat) (g 2%nat) lr wd.
Proof. intros; repeat split; reflexivity. Qed.

Theorem eq15_unrolled : forall n grad lr wd x, descends grad lr wd x ->
  (forall t, dot n (grad t (x t)) (x t) = 0) ->
  forall t, norm_sq n (x t) =
    norm_sq_unrolled t (norm_sq n (x O)) (fun s => norm_sq n (grad s (x s))) lr wd.
Proof.
  intros n grad lr wd x Hx HO t; rewrite (eq15 n grad lr wd x Hx HO t); unfold norm_sq_unrolled.
  rewrite pow_mult; f_equal; f_equal; apply sum_ext; intros s Hs.
  rewrite pow_mult; do 2 f_equal; lia.
Qed.

(* The theory's exponential moving average, likewise; its weights add up to one by the division. *)
Definition grad_sq_average (t : nat) (grad_sqs : nat -> R) (lr wd : R) : R :=
  sum_to t (fun s => ((1 - lr * wd) ^ 2) ^ (t - 1 - s) * grad_sqs s) /
  sum_to t (fun s => ((1 - lr * wd) ^ 2) ^ (t - 1 - s)).

Theorem grad_sq_average_runs : forall g lr wd,
  grad_sq_average 1 g lr wd = periodic_grad_sq_average_of1 (g 0%nat) lr wd /\
  grad_sq_average 2 g lr wd = periodic_grad_sq_average_of2 (g 0%nat) (g 1%nat) lr wd /\
  grad_sq_average 3 g lr wd = periodic_grad_sq_average_of3 (g 0%nat) (g 1%nat) (g 2%nat) lr wd.
Proof. intros; repeat split; reflexivity. Qed.

Lemma geometric : forall q t, sum_to t (fun s => q ^ (t - 1 - s)) * (1 - q) = 1 - q ^ t.
Proof.
  intros q t; induction t as [|t IH]; [simpl; ring|].
  rewrite sum_S. replace (S t - 1 - t)%nat with O by lia.
  rewrite (sum_ext t (fun s => q ^ (S t - 1 - s)) (fun s => q * q ^ (t - 1 - s))).
  - rewrite sum_scal, Rmult_plus_distr_r, Rmult_assoc, IH; simpl; ring.
  - intros s Hs; replace (S t - 1 - s)%nat with (S (t - 1 - s)) by lia; reflexivity.
Qed.

Lemma pow_below_one : forall q t, 0 <= q < 1 -> (1 <= t)%nat -> q ^ t < 1.
Proof.
  intros q [|t] Hq Ht; [lia|simpl].
  assert (0 <= q ^ t <= 1) by (split; [apply pow_le; lra|rewrite <- (pow1 t); apply pow_incr; lra]).
  nlra.
Qed.

(* eq. 16 with its fraction the right way up, and its long-run constant lr / (wd (2 - lr wd)). *)
Theorem eq16_amended : forall n grad lr wd x, descends grad lr wd x -> 0 < lr -> 0 < wd -> lr * wd < 1 ->
  (forall t, dot n (grad t (x t)) (x t) = 0) ->
  forall t, (1 <= t)%nat -> norm_sq n (x t) =
    periodic_norm_sq_averaged (norm_sq n (x O))
      (grad_sq_average t (fun s => norm_sq n (grad s (x s))) lr wd) ((1 - lr * wd) ^ (2 * t)) lr wd.
Proof.
  intros n grad lr wd x Hx Hl Hw Hh HO t Ht.
  rewrite (eq15_unrolled n grad lr wd x Hx HO t); unfold norm_sq_unrolled, grad_sq_average.
  rewrite pow_mult; set (k := (1 - lr * wd) ^ 2).
  assert (P : 0 < lr * wd) by (apply Rmult_lt_0_compat; lra).
  assert (K : 0 <= k < 1) by (unfold k; nlra).
  pose proof (pow_below_one k t K Ht) as Q.
  pose proof (geometric k t) as G; set (w := sum_to t (fun s => k ^ (t - 1 - s))) in *.
  assert (W : w <> 0) by (intro Z; rewrite Z in G; lra).
  set (m := sum_to t (fun s => k ^ (t - 1 - s) * _)).
  unfold periodic_norm_sq_averaged; rewrite <- G; unfold k; field; repeat split; lra.
Qed.

(* The same constant as lr^2 / (1 - keep), and how far it is from the printed 2 lr^3 wd. *)
Theorem eq16_constant : forall lr wd, 0 < lr -> 0 < wd -> lr * wd < 2 ->
  lr ^ 2 / (1 - (1 - lr * wd) ^ 2) = periodic_kappa_sq_exact lr wd /\
  periodic_kappa_sq_exact lr wd = 2 * lr ^ 3 * wd / (2 * (lr * wd) ^ 2 * (2 - lr * wd)).
Proof.
  intros lr wd Hl Hw Hh; unfold periodic_kappa_sq_exact.
  assert (0 < lr * wd) by (apply Rmult_lt_0_compat; lra).
  split; field; repeat split; nlra.
Qed.

(* As printed, eq. 16 fails at t = 2 even for a constant gradient norm, whatever the average's weights. *)
Theorem eq16_printed_refuted :
  exists lr wd, 0 < lr /\ 0 < wd /\ lr * wd < 1 /\
    norm_sq_unrolled 2 1 (fun _ => 1) lr wd <>
    periodic_norm_sq_averaged_printed 1 1 ((1 - lr * wd) ^ (2 * 2)) lr wd.
Proof.
  exists 1, (1 / 2); repeat split; try lra.
  unfold norm_sq_unrolled, periodic_norm_sq_averaged_printed; simpl; lra.
Qed.
