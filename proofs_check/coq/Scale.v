(* Scale-invariant functions of n variables: periodic eqs. 2a, 2b; regimes sections 3, A.1; sharpness section 1. *)
From Coq Require Import Reals Lra Lia Psatz FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import Theory Beta Norm NormMore Dynamics.
Open Scope R_scope.

(** * What the statements speak of *)

Definition scale_invariant (f : (nat -> R) -> R) : Prop := forall c x, 0 < c -> f (scaled c x) = f x.

Definition moved (x : nat -> R) (s : R) (v : nat -> R) : nat -> R := fun i => x i + s * v i.

(* f is differentiable at x with gradient g: the first-order remainder is o(|y - x|). *)
Definition is_gradient (n : nat) (f : (nat -> R) -> R) (x g : nat -> R) : Prop :=
  forall eps, 0 < eps -> exists d, 0 < d /\
  forall v, norm n v <= d -> Rabs (f (moved x 1 v) - f x - dot n g v) <= eps * norm n v.

(* All that is asked for orthogonality and eq. 2b one derivative at a time: along one vector only. *)
Definition is_derivative_along (f : (nat -> R) -> R) (x v : nat -> R) (l : R) : Prop :=
  is_derive (fun s => f (moved x s v)) 0 l.

Definition unit_vector (j : nat) : nat -> R := fun i => if Nat.eqb i j then 1 else 0.

(** * Along one direction *)

Lemma moved_scaled : forall c x s v, scaled c (moved x s v) = moved (scaled c x) (c * s) v.
Proof. intros; apply functional_extensionality; intro; unfold scaled, moved; ring. Qed.

Theorem radial_derivative_zero : forall f x, scale_invariant f -> is_derivative_along f x x 0.
Proof.
  intros f x Hf; unfold is_derivative_along.
  apply (is_derive_ext_loc (fun _ => f x)); [|exact (is_derive_const (f x) 0)].
  exists (mkposreal (1 / 2) ltac:(lra)); intros s Hs.
  unfold ball in Hs; simpl in Hs; unfold AbsRing_ball, abs, minus, plus, opp in Hs; simpl in Hs.
  apply Rabs_lt_between in Hs.
  replace (moved x s x) with (scaled (1 + s) x)
    by (apply functional_extensionality; intro; unfold scaled, moved; ring).
  symmetry; apply Hf; lra.
Qed.

Theorem directional_homogeneity : forall f x v c l, scale_invariant f -> 0 < c ->
  is_derivative_along f x v l -> is_derivative_along f (scaled c x) v (l / c).
Proof.
  intros f x v c l Hf Hc H; unfold is_derivative_along in *.
  apply (is_derive_ext (fun s => f (moved x (/ c * s) v))).
  - intro s; rewrite <- (Hf c (moved x (/ c * s) v) Hc), moved_scaled.
    f_equal; f_equal; field; lra.
  - replace (l / c) with (/ c * l) by (unfold Rdiv; ring).
    apply (is_derive_comp (fun s => f (moved x s v)) (fun s => / c * s)).
    + rewrite Rmult_0_r; exact H.
    + auto_derive; [exact I|ring].
Qed.

(** * Vectors *)

Lemma dot_scaled_l : forall n c u v, dot n (scaled c u) v = c * dot n u v.
Proof. intros; unfold dot, scaled; rewrite <- sum_scal; apply sum_ext; intros; ring. Qed.

Lemma dot_scaled_r : forall n c u v, dot n u (scaled c v) = c * dot n u v.
Proof. intros; rewrite dot_comm, dot_scaled_l, dot_comm; reflexivity. Qed.

Lemma norm_sq_scaled : forall n c u, norm_sq n (scaled c u) = c * c * norm_sq n u.
Proof. intros; unfold norm_sq; rewrite dot_scaled_l, dot_scaled_r; ring. Qed.

Lemma norm_scaled_abs : forall n c u, norm n (scaled c u) = Rabs c * norm n u.
Proof.
  intros; unfold norm; rewrite norm_sq_scaled, sqrt_mult_alt by (apply Rle_0_sqr).
  f_equal; apply (sqrt_Rsqr_abs c).
Qed.

Lemma norm_nonneg : forall n u, 0 <= norm n u.
Proof. intros; apply sqrt_pos. Qed.

Lemma dot_unit_vector : forall n u j, (j < n)%nat -> dot n u (unit_vector j) = u j.
Proof.
  induction n as [|n IH]; intros u j Hj; [lia|].
  unfold dot; rewrite sum_S; fold (dot n u (unit_vector j)).
  destruct (Nat.eq_dec j n) as [->|N].
  - unfold unit_vector at 2; rewrite Nat.eqb_refl, Rmult_1_r.
    assert (E : dot n u (unit_vector n) = 0); [|rewrite E; ring].
    unfold dot; rewrite (sum_ext n _ (fun _ => 0 * 0)); [rewrite sum_scal; ring|].
    intros i Hi; unfold unit_vector. rewrite (proj2 (Nat.eqb_neq i n)) by lia; ring.
  - rewrite IH by lia. unfold unit_vector; rewrite (proj2 (Nat.eqb_neq n j)) by lia; ring.
Qed.

(** * The gradient *)

(* A gradient gives every directional derivative. *)
Lemma gradient_directional : forall n f x g v, is_gradient n f x g ->
  is_derivative_along f x v (dot n g v).
Proof.
  intros n f x g v H; unfold is_derivative_along.
  apply is_derive_Reals; intros eps He.
  pose proof (norm_nonneg n v) as Pv.
  destruct (H (eps / (2 * (norm n v + 1)))) as (d & Hd & B); [apply Rdiv_lt_0_compat; lra|].
  assert (Dp : 0 < d / (norm n v + 1)) by (apply Rdiv_lt_0_compat; lra).
  exists (mkposreal _ Dp); intros h Hh0 Hh; simpl in Hh.
  assert (Ph : 0 < Rabs h) by (apply Rabs_pos_lt; exact Hh0).
  specialize (B (scaled h v)); rewrite norm_scaled_abs in B.
  assert (Hn : Rabs h * norm n v <= d).
  { replace d with (d / (norm n v + 1) * (norm n v + 1)) by (field; lra).
    apply Rmult_le_compat; lra. }
  specialize (B Hn); rewrite dot_scaled_r in B.
  replace (moved x 1 (scaled h v)) with (moved x (0 + h) v) in B
    by (apply functional_extensionality; intro; unfold moved, scaled; ring).
  replace (moved x 0 v) with x by (apply functional_extensionality; intro; unfold moved; ring).
  replace ((f (moved x (0 + h) v) - f x) / h - dot n g v) with
    ((f (moved x (0 + h) v) - f x - h * dot n g v) / h) by (field; exact Hh0).
  unfold Rdiv at 1; rewrite Rabs_mult, Rabs_inv.
  apply Rle_lt_trans with (eps / (2 * (norm n v + 1)) * (Rabs h * norm n v) * / Rabs h).
  - apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; exact Ph|exact B].
  - replace (eps / (2 * (norm n v + 1)) * (Rabs h * norm n v) * / Rabs h) with
      (eps * (norm n v / (2 * (norm n v + 1)))) by (field; split; lra).
    assert (norm n v / (2 * (norm n v + 1)) < 1).
    { apply Rlt_div_l; lra. }
    nlra.
Qed.

Theorem gradient_unique : forall n f x g g', is_gradient n f x g -> is_gradient n f x g' ->
  forall i, (i < n)%nat -> g i = g' i.
Proof.
  intros n f x g g' H H' i Hi.
  pose proof (gradient_directional n f x g (unit_vector i) H) as D.
  pose proof (gradient_directional n f x g' (unit_vector i) H') as D'.
  rewrite dot_unit_vector in D, D' by exact Hi.
  rewrite <- (is_derive_unique _ _ _ D). apply is_derive_unique; exact D'.
Qed.

(* eq. 2a. *)
Theorem orthogonality : forall n f x g, scale_invariant f -> is_gradient n f x g -> dot n g x = 0.
Proof.
  intros n f x g Hf H.
  pose proof (gradient_directional n f x g x H) as D.
  rewrite <- (is_derive_unique _ _ _ D). apply is_derive_unique, radial_derivative_zero; exact Hf.
Qed.

(* Eq. 2b: differentiability itself is carried along the ray. *)
Theorem gradient_homogeneity : forall n f x g c, scale_invariant f -> 0 < c ->
  is_gradient n f x g -> is_gradient n f (scaled c x) (scaled (/ c) g).
Proof.
  intros n f x g c Hf Hc H eps He.
  assert (Ic : 0 < / c) by (apply Rinv_0_lt_compat; exact Hc).
  destruct (H (eps * c)) as (d & Hd & B); [apply Rmult_lt_0_compat; lra|].
  exists (d * c); split; [apply Rmult_lt_0_compat; lra|].
  intros v Hv; specialize (B (scaled (/ c) v)).
  rewrite norm_scaled_abs, dot_scaled_r, (Rabs_right (/ c)) in B by lra.
  assert (Hn : / c * norm n v <= d).
  { replace d with (/ c * (d * c)) by (field; lra). apply Rmult_le_compat_l; lra. }
  specialize (B Hn).
  rewrite <- (Hf c (moved x 1 _) Hc), <- (Hf c x Hc), moved_scaled in B.
  replace (moved (scaled c x) (c * 1) (scaled (/ c) v)) with (moved (scaled c x) 1 v) in B
    by (apply functional_extensionality; intro; unfold moved, scaled; field; lra).
  rewrite dot_scaled_l.
  replace (eps * c * (/ c * norm n v)) with (eps * norm n v) in B by (field; lra). exact B.
Qed.

(* Coordinate form of eq. 2b for a field of gradients. *)
Theorem gradient_field_homogeneity : forall n f grad c x, scale_invariant f -> 0 < c ->
  is_gradient n f x (grad x) -> is_gradient n f (scaled c x) (grad (scaled c x)) ->
  forall i, (i < n)%nat -> grad (scaled c x) i = grad x i / c.
Proof.
  intros n f grad c x Hf Hc H H' i Hi.
  rewrite (gradient_unique n f (scaled c x) _ _ H' (gradient_homogeneity n f x _ c Hf Hc H) i Hi).
  unfold scaled; field; lra.
Qed.

(** * The Hessian: row i is the gradient of the i-th partial derivative *)

Theorem hessian_homogeneity : forall n f grad hess x c, scale_invariant f -> 0 < c ->
  (forall y, 0 < norm n y -> is_gradient n f y (grad y)) -> 0 < norm n x ->
  forall i, (i < n)%nat ->
  is_gradient n (fun y => grad y i) x (hess i) ->
  is_gradient n (fun y => grad y i) (scaled c x) (scaled (/ c ^ 2) (hess i)).
Proof.
  intros n f grad hess x c Hf Hc Hg Hx i Hi H eps He.
  assert (Ic : 0 < / c) by (apply Rinv_0_lt_compat; exact Hc).
  destruct (H (eps * (c * c))) as (d & Hd & B); [repeat apply Rmult_lt_0_compat; lra|].
  (* near x every point is off the origin, where the gradient need not exist *)
  assert (Tri : forall v, norm n v < norm n x -> 0 < norm n (moved x 1 v)).
  { intros v Hv; destruct (norm_nonneg n (moved x 1 v)) as [P|Z]; [exact P|exfalso].
    assert (Q : norm_sq n (moved x 1 v) = 0).
    { pose proof (norm_sq_nonneg n (moved x 1 v)). apply sqrt_eq_0; [assumption|symmetry; exact Z]. }
    assert (Z' : forall j, (j < n)%nat -> v j = - x j).
    { clear - Q. induction n as [|n IH]; intros j Hj; [lia|].
      unfold norm_sq, dot in Q; rewrite sum_S in Q.
      pose proof (norm_sq_nonneg n (moved x 1 v)) as P; unfold norm_sq, dot in P.
      pose proof (Rle_0_sqr (moved x 1 v n)) as S; unfold Rsqr in S.
      destruct (Nat.eq_dec j n) as [->|N]; [|apply IH; [unfold norm_sq, dot; lra|lia]].
      assert (E : moved x 1 v n * moved x 1 v n = 0) by lra.
      assert (E' : moved x 1 v n = 0) by nlra. unfold moved in E'; lra. }
    assert (E : norm n v = norm n x); [|lra].
    unfold norm, norm_sq, dot; f_equal; apply sum_ext; intros j Hj; rewrite (Z' j Hj); ring. }
  assert (Pm : 0 < Rmin d (norm n x / 2)) by (apply Rmin_pos; lra).
  exists (Rmin d (norm n x / 2) * c); split; [apply Rmult_lt_0_compat; lra|].
  intros v Hv; specialize (B (scaled (/ c) v)).
  assert (Hn : norm n (scaled (/ c) v) <= Rmin d (norm n x / 2)).
  { rewrite norm_scaled_abs, (Rabs_right (/ c)) by lra.
    replace (Rmin d (norm n x / 2)) with (/ c * (Rmin d (norm n x / 2) * c)) by (field; lra).
    apply Rmult_le_compat_l; lra. }
  pose proof (Rmin_l d (norm n x / 2)); pose proof (Rmin_r d (norm n x / 2)).
  specialize (B ltac:(lra)).
  pose proof (Tri (scaled (/ c) v) ltac:(lra)) as Pz.
  replace (moved (scaled c x) 1 v) with (scaled c (moved x 1 (scaled (/ c) v)))
    by (apply functional_extensionality; intro; unfold moved, scaled; field; lra).
  assert (G : forall y, 0 < norm n y -> grad (scaled c y) i = grad y i / c).
  { intros y Py; apply (gradient_field_homogeneity n f); [exact Hf|exact Hc|apply Hg; exact Py| |exact Hi].
    apply Hg; rewrite norm_scaled by exact Hc. apply Rmult_lt_0_compat; lra. }
  rewrite (G _ Pz), (G x Hx), dot_scaled_l.
  rewrite dot_scaled_r, norm_scaled_abs, (Rabs_right (/ c)) in B by lra.
  replace (grad (moved x 1 (scaled (/ c) v)) i / c - grad x i / c - / c ^ 2 * dot n (hess i) v) with
    (/ c * (grad (moved x 1 (scaled (/ c) v)) i - grad x i - / c * dot n (hess i) v)) by (field; lra).
  rewrite Rabs_mult, (Rabs_right (/ c)) by lra.
  replace (eps * norm n v) with (/ c * (eps * (c * c) * (/ c * norm n v))) by (field; lra).
  apply Rmult_le_compat_l; lra.
Qed.

(** * Effective gradient, and the paper's dynamics from scale invariance *)

Theorem effective_gradient : forall n f grad x, scale_invariant f -> 0 < norm_sq n x ->
  is_gradient n f x (grad x) -> is_gradient n f (direction n x) (grad (direction n x)) ->
  norm n (grad (direction n x)) = norm n x * norm n (grad x) /\
  norm_sq n (grad (direction n x)) = scale_eff_grad_sq (norm_sq n (grad x)) (norm_sq n x).
Proof.
  intros n f grad x Hf Hx H H'.
  assert (P : 0 < norm n x) by (apply sqrt_lt_R0; exact Hx).
  assert (I : 0 < / norm n x) by (apply Rinv_0_lt_compat; exact P).
  assert (E : norm_sq n (grad (direction n x)) = norm_sq n x * norm_sq n (grad x)).
  { assert (S : norm n x * norm n x = norm_sq n x) by (apply sqrt_sqrt; lra).
    rewrite <- S, <- norm_sq_scaled. apply sum_ext; intros i Hi.
    unfold direction; rewrite (gradient_field_homogeneity n f grad (/ norm n x) x Hf I H H' i Hi).
    unfold scaled; field; lra. }
  split; [|exact E].
  unfold norm; rewrite E. apply sqrt_mult_alt; lra.
Qed.

(* eq. 3 for a scale-invariant f: nothing assumed but that f has a gradient at x and at x / |x|. *)
Theorem eq3_scale_invariant : forall n f grad x lr wd, scale_invariant f -> 0 < norm_sq n x ->
  is_gradient n f x (grad x) -> is_gradient n f (direction n x) (grad (direction n x)) ->
  norm_sq n (decay_step x (grad x) lr wd) =
  periodic_norm_sq_next (norm_sq n x) (norm_sq n (grad (direction n x))) lr wd.
Proof.
  intros n f grad x lr wd Hf Hx H H'.
  destruct (effective_gradient n f grad x Hf Hx H H') as [_ ->].
  apply eq3; [exact (orthogonality n f x (grad x) Hf H)|exact Hx].
Qed.

(* eq. 8 likewise. *)
Theorem eq8_scale_invariant : forall n f grad x lr wd, scale_invariant f -> 0 < norm_sq n x ->
  lr * wd < 1 ->
  is_gradient n f x (grad x) -> is_gradient n f (direction n x) (grad (direction n x)) ->
  cosine n x (decay_step x (grad x) lr wd) =
  / sqrt (periodic_inverse_cos_sq (norm_sq n x) (norm_sq n (grad (direction n x))) lr wd).
Proof.
  intros n f grad x lr wd Hf Hx Hh H H'.
  destruct (effective_gradient n f grad x Hf Hx H H') as [_ ->].
  apply eq8; [exact (orthogonality n f x (grad x) Hf H)|exact Hx|exact Hh].
Qed.

(* Propositions 2 and 3 speak of norm_run: this is what every trajectory of eq. 1 is. *)
Theorem trajectory_is_norm_run : forall n (f : nat -> (nat -> R) -> R) grad lr wd lo hi x,
  0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 <= lo <= hi -> 0 < norm_sq n (x O) ->
  (forall t, scale_invariant (f t)) -> descends grad lr wd x ->
  (forall t, is_gradient n (f t) (x t) (grad t (x t))) ->
  (forall t, is_gradient n (f t) (direction n (x t)) (grad t (direction n (x t)))) ->
  (forall t, lo <= norm n (grad t (direction n (x t))) <= hi) ->
  norm_run lr wd lo hi (fun t => norm_sq n (grad t (direction n (x t)))) (fun t => norm_sq n (x t)).
Proof.
  intros n f grad lr wd lo hi x Hl Hw Hp Hlo H0 Hf Hx Hg Hd Hb.
  assert (P : forall t, 0 < norm_sq n (x t)).
  { induction t as [|t IH]; [exact H0|].
    rewrite Hx, norm_sq_step by exact (orthogonality n _ _ _ (Hf t) (Hg t)).
    pose proof (norm_sq_nonneg n (grad t (x t))) as G; pose proof (pow2_ge_0 lr) as L.
    assert (0 < (1 - lr * wd) ^ 2 * norm_sq n (x t)) by (apply Rmult_lt_0_compat; [apply pow_lt|]; lra).
    assert (0 <= lr ^ 2 * norm_sq n (grad t (x t))) by (apply Rmult_le_pos; lra). lra. }
  split; [exact Hl|split; [exact Hw|split; [exact Hp|split; [exact Hlo|split; [exact H0|split]]]]]; intro t.
  - specialize (Hb t).
    replace (norm_sq n (grad t (direction n (x t)))) with (norm n (grad t (direction n (x t))) ^ 2)
      by (unfold norm; apply pow2_sqrt, norm_sq_nonneg).
    split; apply pow_incr; lra.
  - rewrite Hx; apply (eq3_scale_invariant n (f t)); [apply Hf|apply P|apply Hg|apply Hd].
Qed.

(* Proposition 4 for scale-invariant functions themselves, one for each t; grad is zero beyond n. *)
Theorem proposition4_scale_invariant : forall n (f : nat -> (nat -> R) -> R) grad lr wd c x x', 0 < c ->
  (forall t, scale_invariant (f t)) -> (forall t y i, (n <= i)%nat -> grad t y i = 0) ->
  (forall t, is_gradient n (f t) (x t) (grad t (x t))) ->
  (forall t, is_gradient n (f t) (x' t) (grad t (x' t))) ->
  descends grad lr wd x -> descends grad (c ^ 2 * lr) (wd / c ^ 2) x' -> x' O = scaled c (x O) ->
  forall t, x' t = scaled c (x t) /\ forall s, f s (x' t) = f s (x t).
Proof.
  intros n f grad lr wd c x x' Hc Hf Hz Hg Hg' Hx Hx' H0 t.
  assert (E : x' t = scaled c (x t)); [|split; [exact E|intro s; rewrite E; apply Hf; exact Hc]].
  induction t as [|t IH]; [exact H0|].
  pose proof (Hg' t) as G'; rewrite IH in G'.
  rewrite Hx', Hx, IH; apply functional_extensionality; intro i.
  assert (GE : grad t (scaled c (x t)) i = grad t (x t) i / c).
  { destruct (Nat.lt_ge_cases i n) as [L|L].
    - exact (gradient_field_homogeneity n (f t) (grad t) c (x t) (Hf t) Hc (Hg t) G' i L).
    - rewrite !Hz by exact L; field; lra. }
  unfold decay_step, periodic_decay_step; rewrite GE; unfold scaled; field; lra.
Qed.

(** * Groups *)

(* w i is the vector of the i-th group; group k alone is scaled by c. *)
Definition scale_group (k : nat) (c : R) (w : nat -> nat -> R) : nat -> nat -> R :=
  fun i => if Nat.eqb i k then scaled c (w i) else w i.

Definition invariant_in_group (F : (nat -> nat -> R) -> R) (k : nat) : Prop :=
  forall c w, 0 < c -> F (scale_group k c w) = F w.

Theorem union_of_groups : forall (F : (nat -> nat -> R) -> R) m,
  (forall k, (k < m)%nat -> invariant_in_group F k) ->
  forall (c : nat -> R) w, (forall k, (k < m)%nat -> 0 < c k) ->
  F (fun i => if Nat.ltb i m then scaled (c i) (w i) else w i) = F w.
Proof.
  intros F m HF c w Hc; induction m as [|m IH]; [reflexivity|].
  rewrite <- IH; [|intros; apply HF; lia|intros; apply Hc; lia].
  rewrite <- (HF m ltac:(lia) (c m) (fun i => if Nat.ltb i m then scaled (c i) (w i) else w i) (Hc m ltac:(lia))).
  f_equal; apply functional_extensionality; intro i; unfold scale_group.
  destruct (Nat.eqb_spec i m) as [->|N].
  - rewrite (proj2 (Nat.ltb_lt m (S m))), (proj2 (Nat.ltb_ge m m)) by lia; reflexivity.
  - destruct (Nat.ltb_spec i m) as [L|L].
    + rewrite (proj2 (Nat.ltb_lt i (S m))) by lia; reflexivity.
    + rewrite (proj2 (Nat.ltb_ge i (S m))) by lia; reflexivity.
Qed.

(* One common factor for all groups: the union as one scale-invariant vector. *)
Theorem union_common_factor : forall (F : (nat -> nat -> R) -> R) m,
  (forall k, (k < m)%nat -> invariant_in_group F k) ->
  forall c w, 0 < c -> F (fun i => if Nat.ltb i m then scaled c (w i) else w i) = F w.
Proof.
  intros F m HF c w Hc. exact (union_of_groups F m HF (fun _ => c) w (fun _ _ => Hc)).
Qed.
