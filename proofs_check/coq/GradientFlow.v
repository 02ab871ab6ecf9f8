(* Gradient flow on linear regression with BN: each zero-loss solution is the limit of the flow from far and near. *)
From Coq Require Import Reals Lra Lia Psatz FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import Theory Beta Norm NormMore Dynamics Scale SharpnessMore SharpnessFlow.
Open Scope R_scope.

(** * A function that has to climb to its bound *)

Lemma climbs : forall f f1 K q, 0 < K -> 0 < q -> (forall t, 0 <= t -> is_derive f t (f1 t)) ->
  (forall t, 0 <= t -> f t <= q) -> (forall t, 0 <= t -> K * (q ^ 2 - f t ^ 2) ^ 2 <= f1 t) -> - q < f 0 ->
  is_lim f p_infty q /\ forall t, 0 <= t -> f 0 <= f t.
Proof.
  intros f f1 K q HK Hq D Up Low H0.
  assert (M : forall a b, 0 <= a <= b -> exists c, a <= c <= b /\ f b - f a = f1 c * (b - a)).
  { intros a b Hab. destruct (MVT_gen f a b f1) as (c & Hc & E).
    - intros x; rewrite Rmin_left, Rmax_right by lra; intros Hx; apply D; lra.
    - intros x; rewrite Rmin_left, Rmax_right by lra; intros Hx.
      apply continuity_pt_filterlim, (ex_derive_continuous f); exists (f1 x); apply D; lra.
    - rewrite Rmin_left, Rmax_right in Hc by lra. exists c; split; assumption. }
  assert (P1 : forall t, 0 <= t -> 0 <= f1 t).
  { intros t Ht; apply Rle_trans with (2 := Low t Ht). apply Rmult_le_pos; [lra|apply pow2_ge_0]. }
  assert (Mono : forall a b, 0 <= a <= b -> f a <= f b).
  { intros a b Hab; destruct (M a b Hab) as (c & Hc & E).
    assert (0 <= f1 c * (b - a)) by (apply Rmult_le_pos; [apply P1|]; lra). lra. }
  split; [|intros t Ht; apply Mono; lra].
  apply is_lim_spec; intros [e He]; simpl.
  set (r := e * (f 0 + q)). assert (R : 0 < r) by (apply Rmult_lt_0_compat; lra).
  assert (R2 : 0 < K * r ^ 2) by (apply Rmult_lt_0_compat; [exact HK|apply pow_lt; exact R]).
  exists (2 * q / (K * r ^ 2)); intros t Ht.
  assert (T0 : 0 <= t).
  { apply Rlt_le, Rle_lt_trans with (2 := Ht). apply Rlt_le, Rdiv_lt_0_compat; lra. }
  pose proof (Up t T0). apply Rabs_lt_between.
  destruct (Rlt_le_dec (q - e) (f t)) as [A|A]; [lra|exfalso].
  destruct (M 0 t ltac:(lra)) as (c & Hc & E).
  pose proof (Mono 0 c ltac:(lra)); pose proof (Mono c t ltac:(lra)).
  assert (B : r <= q ^ 2 - f c ^ 2).
  { replace (q ^ 2 - f c ^ 2) with ((q - f c) * (q + f c)) by ring. unfold r.
    apply Rmult_le_compat; lra. }
  assert (C : K * r ^ 2 <= f1 c).
  { apply Rle_trans with (2 := Low c ltac:(lra)). apply Rmult_le_compat_l; [lra|]. apply pow_incr; lra. }
  assert (2 * q < t * (K * r ^ 2)) by (apply (Rlt_div_l _ _ _ R2); exact Ht).
  assert (K * r ^ 2 * t <= f1 c * t) by (apply Rmult_le_compat_r; assumption).
  lra.
Qed.

(** * The slope of the loss along a vector *)

Lemma loss_slope : forall n d X y w v, (0 < n)%nat -> 0 < norm_sq n (applied d X w) ->
  is_derive (fun s => bn_loss n d X y (moved w s v)) 0
    (- (2 / INR n * norm n y * (dot n y (applied d X v) / norm n (applied d X w) -
       dot n y (applied d X w) * dot n (applied d X w) (applied d X v) / norm n (applied d X w) ^ 3))).
Proof.
  intros n d X y w v Hn P.
  assert (N : INR n <> 0) by (apply Rgt_not_eq, lt_0_INR; exact Hn).
  set (z := applied d X w) in *. set (zeta := applied d X v).
  set (D := fun s => norm_sq n z + 2 * s * dot n z zeta + s ^ 2 * norm_sq n zeta).
  assert (Norm : forall s, norm_sq n (applied d X (moved w s v)) = D s).
  { intro s; rewrite applied_moved; fold z zeta. unfold D.
    rewrite (norm_sq_ext n _ (fun i => 1 * z i + s * zeta i)) by (intros i Hi; unfold moved; ring).
    rewrite norm_sq_combination; ring. }
  assert (Dot : forall s, dot n y (applied d X (moved w s v)) = dot n y z + s * dot n y zeta).
  { intro s; rewrite applied_moved; fold z zeta.
    rewrite (dot_ext_r n y _ (fun i => 1 * z i + s * zeta i)) by (intros i Hi; unfold moved; ring).
    rewrite dot_combination_r; ring. }
  assert (Z : D 0 = norm_sq n z) by (unfold D; ring).
  assert (D0 : 0 < D 0) by (rewrite Z; exact P).
  assert (Near : locally 0 (fun s => 0 < D s)).
  { assert (C : continuous D 0) by (apply (ex_derive_continuous D); unfold D; auto_derive; exact I).
    apply (C (fun a => 0 < a)). apply (open_gt 0 (D 0)); exact D0. }
  apply (is_derive_ext_loc (fun s => 2 / INR n * (norm_sq n y - norm n y *
    ((dot n y z + s * dot n y zeta) / sqrt (D s))))).
  { apply filter_imp with (2 := Near); intros s Hs.
    rewrite loss_of_cosine by (rewrite Norm; exact Hs). unfold norm at 3. rewrite Norm, Dot. reflexivity. }
  assert (F : is_derive (fun s => (dot n y z + s * dot n y zeta) / sqrt (D s)) 0
    ((dot n y zeta * sqrt (D 0) - (dot n y z + 0 * dot n y zeta) *
      (2 * dot n z zeta / (2 * sqrt (D 0)))) / D 0)).
  { apply derive_over_sqrt; [|exact D0]. unfold D; auto_derive; [exact I|ring]. }
  assert (R : 0 < norm n z) by (apply sqrt_lt_R0; exact P).
  assert (S : norm n z * norm n z = norm_sq n z) by (apply sqrt_sqrt; lra).
  rewrite Z in F. change (sqrt (norm_sq n z)) with (norm n z) in F.
  replace (- (2 / INR n * norm n y * (dot n y zeta / norm n z - dot n y z * dot n z zeta / norm n z ^ 3)))
    with (2 / INR n * (0 - norm n y * ((dot n y zeta * norm n z - (dot n y z + 0 * dot n y zeta) *
      (2 * dot n z zeta / (2 * norm n z))) / norm_sq n z)))
    by (rewrite <- S; field; split; lra).
  apply is_derive_scal.
  apply (is_derive_minus (fun _ => norm_sq n y)); [apply (is_derive_const (norm_sq n y))|apply is_derive_scal, F].
Qed.

Lemma applied_bound : forall n d X w,
  norm_sq n (applied d X w) <= sum_to n (fun i => norm_sq d (X i)) * norm_sq d w.
Proof.
  intros n d X w. unfold norm_sq at 1, dot at 1. induction n as [|n IH]; [simpl; lra|]. rewrite !sum_S.
  pose proof (cauchy_schwarz d (X n) w). unfold applied at 3 4. nra.
Qed.

Lemma coordinate_bound : forall d v i, (i < d)%nat -> Rabs (v i) <= norm d v.
Proof.
  intros d v i Hi. unfold norm. rewrite <- (sqrt_Rsqr_abs (v i)). apply sqrt_le_1_alt.
  induction d as [|d IH]; [lia|]. unfold norm_sq, dot in *; rewrite sum_S.
  pose proof (norm_sq_nonneg d v) as P; unfold norm_sq, dot in P.
  destruct (Nat.eq_dec i d) as [->|N]; [unfold Rsqr; lra|].
  specialize (IH ltac:(lia)). pose proof (Rle_0_sqr (v d)) as Q; unfold Rsqr in *; lra.
Qed.

(** * Every zero-loss solution is a limit *)

(* X carries the vectors across its kernel with a factor of at least sqrt m: m is the square of the least non-zero
   singular value. *)
Definition across_kernel (n d : nat) (X : nat -> nat -> R) (v : nat -> R) : Prop :=
  forall k, (forall i, (i < n)%nat -> applied d X k i = 0) -> dot d v k = 0.

Lemma squeezed : forall f g l, (exists T, forall t, T < t -> Rabs (f t - l) <= g t) ->
  is_lim g p_infty 0 -> is_lim f p_infty l.
Proof.
  intros f g l (T & H) L. apply is_lim_spec; apply is_lim_spec in L. intro e; destruct (L e) as (T' & H').
  exists (Rmax T T'); intros t Ht.
  specialize (H t (Rle_lt_trans _ _ _ (Rmax_l _ _) Ht)). specialize (H' t (Rle_lt_trans _ _ _ (Rmax_r _ _) Ht)).
  rewrite Rminus_0_r in H'. pose proof (Rle_abs (g t)). lra.
Qed.

Lemma settles : forall P rho M x sigma del, 0 < P -> 0 < rho -> 0 <= sigma -> sigma ^ 2 <= M ^ 2 -> 0 <= M ->
  0 <= del -> x ^ 2 <= P * del ^ 2 -> sigma ^ 2 * P + 2 * sigma * x + del ^ 2 = rho ^ 2 * P ->
  Rabs (sigma - rho) <= (2 * M * sqrt P * del + del ^ 2) / (P * rho).
Proof.
  intros P rho M x sigma del HP Hr Hs Hm HM Hd Hx E.
  assert (R : 0 < sqrt P) by (apply sqrt_lt_R0; exact HP).
  assert (S : sqrt P * sqrt P = P) by (apply sqrt_sqrt; lra).
  assert (X : Rabs x <= sqrt P * del).
  { rewrite <- (sqrt_pow2 (sqrt P * del)) by (apply Rmult_le_pos; lra).
    rewrite <- (sqrt_Rsqr_abs x). apply sqrt_le_1_alt. unfold Rsqr.
    replace ((sqrt P * del) ^ 2) with (sqrt P * sqrt P * del ^ 2) by ring. rewrite S. lra. }
  assert (Sm : sigma <= M) by (destruct (Rle_lt_dec sigma M) as [A|A]; [exact A|exfalso; nra]).
  assert (B : 0 <= P * rho) by (apply Rmult_le_pos; lra).
  assert (A : Rabs (sigma - rho) * (P * rho) <= 2 * M * sqrt P * del + del ^ 2).
  { assert (A1 : Rabs (sigma - rho) * (P * rho) <= Rabs ((sigma ^ 2 - rho ^ 2) * P)).
    { replace ((sigma ^ 2 - rho ^ 2) * P) with ((sigma - rho) * (P * (sigma + rho))) by ring.
      rewrite Rabs_mult, (Rabs_right (P * (sigma + rho))) by (apply Rle_ge, Rmult_le_pos; lra).
      apply Rmult_le_compat_l; [apply Rabs_pos|]. apply Rmult_le_compat_l; lra. }
    apply Rle_trans with (1 := A1).
    replace ((sigma ^ 2 - rho ^ 2) * P) with (- (2 * sigma * x + del ^ 2)) by nra.
    rewrite Rabs_Ropp. apply Rle_trans with (1 := Rabs_triang _ _).
    rewrite (Rabs_right (del ^ 2)) by (apply Rle_ge, pow2_ge_0). apply Rplus_le_compat_r.
    rewrite Rabs_mult, (Rabs_right (2 * sigma)) by lra.
    apply Rle_trans with (2 * sigma * (sqrt P * del)); [apply Rmult_le_compat_l; lra|].
    replace (2 * M * sqrt P * del) with (2 * M * (sqrt P * del)) by ring.
    apply Rmult_le_compat_r; [apply Rmult_le_pos|]; lra. }
  apply <- le_over; [exact A|apply Rmult_lt_0_compat; lra].
Qed.

Theorem flow_reaches : forall n d X y wp m rho target (w G : R -> nat -> R),
  0 < norm_sq n y -> 0 < m -> 0 < rho ->
  (forall i, (i < n)%nat -> dot d (X i) wp = y i) -> across_kernel n d X wp ->
  (forall v, across_kernel n d X v -> m * norm_sq d v <= norm_sq n (applied d X v)) ->
  (forall i, (i < n)%nat -> applied d X target i = rho * y i) ->
  (forall t, 0 <= t -> 0 < norm_sq n (applied d X (w t)) /\ is_gradient d (bn_loss n d X y) (w t) (G t) /\
    forall i, (i < d)%nat -> is_derive (fun s => w s i) t (- G t i)) ->
  norm_sq d (w 0) = norm_sq d target -> across_kernel n d X (fun i => w 0 i - target i) ->
  - (norm n y * norm n (applied d X (w 0))) < dot n y (applied d X (w 0)) ->
  forall i, (i < d)%nat -> is_lim (fun t => w t i) p_infty (target i).
Proof.
  intros n d X y wp m rho target w G Py Pm Pr Hy Hwp Gap Ht Flow H0 Start Side.
  assert (Hn : (0 < n)%nat) by (destruct n; [unfold norm_sq, dot in Py; simpl in Py; lra|lia]).
  assert (N : 0 < INR n) by (apply lt_0_INR; exact Hn).
  set (q := norm n y). assert (Q : 0 < q) by (apply sqrt_lt_R0; exact Py).
  assert (Yq : q * q = norm_sq n y) by (apply sqrt_sqrt; lra).
  set (Y := norm_sq n y) in *.
  assert (Yw : dot n y (applied d X wp) = Y) by (apply dot_ext_r; intros i Hi; apply Hy; exact Hi).
  (* What the gradient does along a vector. *)
  assert (Slope : forall t v, 0 <= t -> let z := applied d X (w t) in dot d (G t) v =
    - (2 / INR n * q * (dot n y (applied d X v) / norm n z -
       dot n y z * dot n z (applied d X v) / norm n z ^ 3))).
  { intros t v Ht0 z. destruct (Flow t Ht0) as (Z & Gr & _).
    pose proof (gradient_directional d _ _ _ v Gr) as D1; unfold is_derivative_along in D1.
    pose proof (loss_slope n d X y (w t) v Hn Z) as D2.
    apply is_derive_unique in D1; apply is_derive_unique in D2. rewrite <- D1, D2. reflexivity. }
  (* The product with any vector moves against the gradient's. *)
  assert (Moves : forall t v, 0 <= t -> is_derive (fun s => dot d (w s) v) t (- dot d (G t) v)).
  { intros t v Ht0. destruct (Flow t Ht0) as (_ & _ & D).
    replace (- dot d (G t) v) with (sum_to d (fun i => - G t i * v i))
      by (unfold dot; rewrite <- (Rmult_1_l (sum_to d (fun i => G t i * v i))), Ropp_mult_distr_l, <- sum_scal; apply sum_ext; intros; ring).
    unfold dot; apply (is_derive_sum d (fun i s => w s i * v i)); intros i Hi.
    apply (is_derive_ext (fun s => v i * w s i)); [intro; apply Rmult_comm|].
    rewrite Rmult_comm. apply is_derive_scal, D; exact Hi. }
  assert (Kernel : forall t k, 0 <= t -> (forall i, (i < n)%nat -> applied d X k i = 0) ->
    dot d (w t) k = dot d (w 0) k).
  { intros t k Ht0 Hk. apply (still (fun s => dot d (w s) k)); [|exact Ht0]. intros s Hs.
    replace 0 with (- dot d (G s) k); [apply Moves; exact Hs|].
    rewrite (Slope s k Hs).
    rewrite (dot_ext_r n y _ (scaled 0 y)), (dot_ext_r n (applied d X (w s)) _ (scaled 0 y)), !dot_scaled_r
      by (intros i Hi; unfold scaled; rewrite (Hk i Hi); ring).
    unfold Rdiv; ring. }
  assert (Zpos : forall t, 0 <= t -> 0 < norm n (applied d X (w t))).
  { intros t Ht0; apply sqrt_lt_R0, (Flow t Ht0). }
  assert (Zsq : forall t, norm n (applied d X (w t)) * norm n (applied d X (w t)) = norm_sq n (applied d X (w t))).
  { intro t; apply sqrt_sqrt, norm_sq_nonneg. }
  assert (Size : forall t, 0 <= t -> norm_sq d (w t) = norm_sq d target).
  { intros t Ht0. rewrite <- H0. apply (still (fun s => norm_sq d (w s))); [|exact Ht0]. intros s Hs.
    destruct (Flow s Hs) as (_ & _ & D).
    assert (E : dot d (G s) (w s) = 0).
    { rewrite (Slope s (w s) Hs). fold (norm_sq n (applied d X (w s))). rewrite <- Zsq.
      pose proof (Zpos s Hs). field; lra. }
    replace 0 with (sum_to d (fun i => - G s i * w s i + w s i * - G s i)).
    - unfold norm_sq, dot; apply (is_derive_sum d (fun i s => w s i * w s i)); intros i Hi.
      apply (is_derive_mult (fun s => w s i) (fun s => w s i)); [apply D; exact Hi|apply D; exact Hi|].
      intros; apply Rmult_comm.
    - transitivity (-2 * dot d (G s) (w s)); [unfold dot; rewrite <- sum_scal; apply sum_ext; intros; ring|].
      rewrite E; ring. }
  set (B := sum_to n (fun i => norm_sq d (X i)) * norm_sq d target).
  assert (Zb : forall t, 0 <= t -> norm_sq n (applied d X (w t)) <= B).
  { intros t Ht0; unfold B; rewrite <- (Size t Ht0); apply applied_bound. }
  assert (Pb : 0 < B) by (apply Rlt_le_trans with (2 := Zb 0 ltac:(lra)), (Flow 0); lra).
  set (P := norm_sq d wp).
  assert (PP : 0 < P).
  { unfold P. pose proof (norm_sq_nonneg d wp). destruct (Req_dec (norm_sq d wp) 0) as [Z0|]; [exfalso|lra].
    pose proof (applied_bound n d X wp) as A. rewrite Z0, Rmult_0_r in A.
    rewrite (norm_sq_ext n (applied d X wp) y) in A by (intros i Hi; apply Hy; exact Hi). fold Y in A. lra. }
  (* The cosine with the labels climbs to 1. *)
  set (f := fun t => (Y - bn_loss n d X y (w t) * (INR n / 2)) / q).
  assert (Fz : forall t, 0 <= t -> f t = dot n y (applied d X (w t)) / norm n (applied d X (w t))).
  { intros t Ht0; unfold f. rewrite loss_of_cosine by apply (Flow t Ht0). fold q Y.
    pose proof (Zpos t Ht0); field; repeat split; lra. }
  assert (Fle : forall t, 0 <= t -> f t ^ 2 <= q ^ 2).
  { intros t Ht0; rewrite (Fz t Ht0). pose proof (Zpos t Ht0) as Z.
    pose proof (cauchy_schwarz n y (applied d X (w t))) as C. rewrite <- Zsq in C; fold Y in C; rewrite <- Yq in C.
    unfold Rdiv; rewrite Rpow_mult_distr, pow_inv. apply over_le; [apply pow_lt; exact Z|]. nra. }
  set (K := 2 / INR n * q / (B * P)).
  destruct (climbs f (fun t => INR n / 2 / q * norm_sq d (G t)) K q) as (Lim & Mono).
  - apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat; [apply Rdiv_lt_0_compat; lra|exact Q]|apply Rmult_lt_0_compat; assumption].
  - exact Q.
  - intros t Ht0. destruct (Flow t Ht0) as (_ & Gr & D).
    pose proof (chain_rule d _ _ w (fun i => - G t i) t Gr D) as C.
    assert (E : dot d (G t) (fun i => - G t i) = - norm_sq d (G t)).
    { transitivity (dot d (G t) (scaled (-1) (G t))); [apply dot_ext_r; intros; unfold scaled; ring|].
      rewrite dot_scaled_r; unfold norm_sq; ring. }
    rewrite E in C. unfold f.
    apply (is_derive_ext (fun s => Y / q - INR n / 2 / q * bn_loss n d X y (w s)));
      [intro s; match goal with |- ?a = ?b => change (@eq R a b) end; field; lra|].
    replace (INR n / 2 / q * norm_sq d (G t)) with (0 - INR n / 2 / q * - norm_sq d (G t)) by ring.
    apply (is_derive_minus (fun _ => Y / q)); [apply (is_derive_const (Y / q))|apply is_derive_scal, C].
  - intros t Ht0. pose proof (Fle t Ht0). nra.
  - intros t Ht0. pose proof (Zpos t Ht0) as Z.
    pose proof (cauchy_schwarz d (G t) wp) as C. rewrite (Slope t wp Ht0), Yw in C.
    rewrite (dot_ext_r n (applied d X (w t)) (applied d X wp) y) in C by (intros i Hi; apply Hy; exact Hi).
    rewrite (dot_comm n (applied d X (w t)) y) in C.
    set (zn := norm n (applied d X (w t))) in *. set (dz := dot n y (applied d X (w t))) in *.
    assert (Ft : f t = dz / zn) by (apply Fz; exact Ht0).
    replace (- (2 / INR n * q * (Y / zn - dz * dz / zn ^ 3))) with (- (2 / INR n * q / zn * (q ^ 2 - f t ^ 2))) in C
      by (rewrite Ft, <- Yq; field; split; lra).
    fold P in C. set (g := q ^ 2 - f t ^ 2) in *.
    assert (Zn : zn ^ 2 <= B) by (replace (zn ^ 2) with (zn * zn) by ring; unfold zn; rewrite Zsq; apply Zb; exact Ht0).
    apply Rmult_le_reg_r with (P * (2 / INR n * q)).
    { apply Rmult_lt_0_compat; [exact PP|apply Rmult_lt_0_compat; [apply Rdiv_lt_0_compat; lra|exact Q]]. }
    replace (INR n / 2 / q * norm_sq d (G t) * (P * (2 / INR n * q))) with (norm_sq d (G t) * P) by (field; lra).
    apply Rle_trans with (2 := C). unfold K.
    replace (2 / INR n * q / (B * P) * g ^ 2 * (P * (2 / INR n * q))) with ((2 / INR n * q * g) ^ 2 * / B) by (field; lra).
    replace ((- (2 / INR n * q / zn * g)) ^ 2) with ((2 / INR n * q * g) ^ 2 * / zn ^ 2) by (field; lra).
    apply Rmult_le_compat_l; [apply pow2_ge_0|]. apply Rinv_le_contravar; [apply pow_lt; exact Z|exact Zn].
  - rewrite (Fz 0 ltac:(lra)). pose proof (Zpos 0 ltac:(lra)) as Z.
    apply (Rmult_lt_reg_r (norm n (applied d X (w 0)))); [exact Z|].
    replace (dot n y (applied d X (w 0)) / norm n (applied d X (w 0)) * norm n (applied d X (w 0)))
      with (dot n y (applied d X (w 0))) by (field; lra).
    fold q in Side. lra.
  - (* Hence the weights settle. *)
    assert (Root : 0 < sqrt P) by (apply sqrt_lt_R0; exact PP).
    set (M := sqrt (B / Y)).
    assert (M2 : M ^ 2 = B / Y) by (apply pow2_sqrt, Rlt_le, Rdiv_lt_0_compat; assumption).
    assert (M0 : 0 <= M) by apply sqrt_pos.
    set (u := fun s => sqrt (B / m * ((q ^ 2 - s ^ 2) / Y))).
    intros i Hi.
    set (bound := fun e => e + Rabs (wp i) * ((2 * M * sqrt P * e + e ^ 2) / (P * rho))).
    assert (Limit : is_lim (fun t => bound (u (f t))) p_infty 0).
    { assert (U0 : u q = 0) by (unfold u; replace (B / m * ((q ^ 2 - q ^ 2) / Y)) with 0 by (field; lra); apply sqrt_0).
      assert (B0 : bound (u q) = 0) by (rewrite U0; unfold bound; field; lra).
      rewrite <- B0. apply (is_lim_comp_continuous f (fun s => bound (u s))); [exact Lim|].
      apply (continuous_comp u bound).
      - apply (continuous_comp (fun s => B / m * ((q ^ 2 - s ^ 2) / Y)) sqrt); [|apply continuous_sqrt].
        apply (ex_derive_continuous (fun s => B / m * ((q ^ 2 - s ^ 2) / Y))). auto_derive; exact I.
      - apply (ex_derive_continuous bound); unfold bound; auto_derive; exact I. }
    apply (squeezed _ (fun t => bound (u (f t)))); [|exact Limit].
    assert (Late : exists T, forall t, T < t -> 0 < f t).
    { apply is_lim_spec in Lim. destruct (Lim (mkposreal q Q)) as (T & HT). exists T; intros t Hlt.
      specialize (HT t Hlt); simpl in HT. apply Rabs_lt_between in HT; lra. }
    destruct Late as (T & HT). exists (Rmax T 0); intros t Hlt.
    assert (Ht0 : 0 <= t) by (apply Rlt_le, Rle_lt_trans with (2 := Hlt), Rmax_r).
    specialize (HT t (Rle_lt_trans _ _ _ (Rmax_l _ _) Hlt)).
    pose proof (Zpos t Ht0) as Z. pose proof (Fz t Ht0) as Ft. pose proof (Zsq t) as Zs. pose proof (Zb t Ht0) as Zl.
    set (z := applied d X (w t)) in *. set (zn := norm n z) in *. set (dz := dot n y z) in *.
    set (sigma := dz / Y).
    assert (Dz : dz = f t * zn) by (rewrite Ft; field; lra).
    set (k0 := fun j => 1 * target j + - rho * wp j).
    assert (K0 : forall j, (j < n)%nat -> applied d X k0 j = 0).
    { intros j Hj; unfold applied, k0; rewrite dot_combination_r, (Hy j Hj).
      change (dot d (X j) target) with (applied d X target j). rewrite (Ht j Hj); ring. }
    set (e := fun j => 1 * w t j + -1 * target j). set (v := fun j => 1 * e j + - (sigma - rho) * wp j).
    assert (Across : across_kernel n d X v).
    { intros k Hk. unfold v; rewrite dot_combination, (Hwp k Hk). unfold e; rewrite dot_combination.
      pose proof (Start k Hk) as S0.
      assert (S1 : dot d (fun j => 1 * w 0 j + -1 * target j) k = 0).
      { transitivity (dot d (fun j => w 0 j - target j) k); [|exact S0].
        f_equal; apply functional_extensionality; intro; ring. }
      rewrite dot_combination in S1. rewrite (Kernel t k Ht0 Hk). lra. }
    assert (Xv : norm_sq n (applied d X v) = zn ^ 2 * ((q ^ 2 - f t ^ 2) / Y)).
    { transitivity (norm_sq n (fun j => 1 * z j + - sigma * y j)).
      - apply norm_sq_ext; intros j Hj. unfold applied, v, e; rewrite !dot_combination_r, (Hy j Hj).
        change (dot d (X j) target) with (applied d X target j). rewrite (Ht j Hj).
        change (dot d (X j) (w t)) with (z j). ring.
      - rewrite norm_sq_combination, (dot_comm n z y). fold dz Y. rewrite <- Zs. unfold sigma.
        rewrite Dz. replace Y with (q ^ 2) by (rewrite <- Yq; ring). field; lra. }
    set (del := norm d v). assert (D0 : 0 <= del) by apply norm_nonneg.
    assert (D2 : del ^ 2 = norm_sq d v) by (apply pow2_sqrt, norm_sq_nonneg).
    assert (Gapf : 0 <= (q ^ 2 - f t ^ 2) / Y).
    { apply Rmult_le_pos; [pose proof (Fle t Ht0); lra|apply Rlt_le, Rinv_0_lt_compat; exact Py]. }
    assert (Du : del <= u (f t)).
    { unfold del, norm, u. apply sqrt_le_1_alt. pose proof (Gap v Across) as A. rewrite Xv in A.
      replace (B / m * ((q ^ 2 - f t ^ 2) / Y)) with (B * ((q ^ 2 - f t ^ 2) / Y) / m) by (field; lra).
      apply <- le_over; [|exact Pm].
      assert (zn ^ 2 * ((q ^ 2 - f t ^ 2) / Y) <= B * ((q ^ 2 - f t ^ 2) / Y))
        by (apply Rmult_le_compat_r; [exact Gapf|]; replace (zn ^ 2) with (zn * zn) by ring; lra).
      lra. }
    assert (Perp : dot d wp k0 = 0) by (apply Hwp, K0).
    assert (Perv : dot d v k0 = 0) by (apply Across, K0).
    assert (St : norm_sq d target = norm_sq d k0 + rho ^ 2 * P).
    { transitivity (norm_sq d (fun j => 1 * k0 j + rho * wp j)); [apply norm_sq_ext; intros; unfold k0; ring|].
      rewrite norm_sq_combination, (dot_comm d k0 wp), Perp; unfold P; ring. }
    assert (Sw : norm_sq d (w t) = norm_sq d k0 + (sigma ^ 2 * P + 2 * sigma * dot d wp v + del ^ 2)).
    { transitivity (norm_sq d (fun j => 1 * k0 j + 1 * (sigma * wp j + 1 * v j)));
        [apply norm_sq_ext; intros; unfold v, e, k0; ring|].
      rewrite norm_sq_combination, norm_sq_combination, dot_combination_r.
      rewrite (dot_comm d k0 wp), (dot_comm d k0 v), Perp, Perv, D2; unfold P; ring. }
    assert (Sig0 : 0 <= sigma).
    { unfold sigma; rewrite Dz. apply Rlt_le, Rdiv_lt_0_compat; [apply Rmult_lt_0_compat|]; assumption. }
    assert (SigM : sigma ^ 2 <= M ^ 2).
    { rewrite M2. unfold sigma; rewrite Dz. replace ((f t * zn / Y) ^ 2) with (f t ^ 2 * zn ^ 2 / Y / Y) by (field; lra).
      unfold Rdiv at 1 3. apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; exact Py|].
      apply over_le; [exact Py|]. pose proof (Fle t Ht0). pose proof (pow2_ge_0 (f t)).
      replace Y with (q ^ 2) by (rewrite <- Yq; ring). rewrite (Rmult_comm B).
      apply Rmult_le_compat; [assumption|apply pow2_ge_0|assumption|]. replace (zn ^ 2) with (zn * zn) by ring; lra. }
    assert (X2 : dot d wp v ^ 2 <= P * del ^ 2) by (rewrite D2; apply cauchy_schwarz).
    assert (Eq : sigma ^ 2 * P + 2 * sigma * dot d wp v + del ^ 2 = rho ^ 2 * P)
      by (pose proof (Size t Ht0); lra).
    pose proof (settles P rho M (dot d wp v) sigma del PP Pr Sig0 SigM M0 D0 X2 Eq) as Near.
    pose proof (coordinate_bound d v i Hi) as Ci. fold del in Ci.
    assert (W : w t i - target i = v i + (sigma - rho) * wp i) by (unfold v, e; ring).
    rewrite W. apply Rle_trans with (1 := Rabs_triang _ _). rewrite Rabs_mult.
    apply Rle_trans with (bound del).
    + unfold bound. apply Rplus_le_compat; [exact Ci|]. rewrite Rmult_comm.
      apply Rmult_le_compat_l; [apply Rabs_pos|exact Near].
    + unfold bound. apply Rplus_le_compat; [exact Du|]. apply Rmult_le_compat_l; [apply Rabs_pos|].
      assert (PR : 0 < P * rho) by (apply Rmult_lt_0_compat; assumption).
      unfold Rdiv; apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; exact PR|].
      assert (del ^ 2 <= u (f t) ^ 2) by (apply pow_incr; lra).
      assert (0 <= 2 * M * sqrt P) by (apply Rmult_le_pos; lra).
      assert (2 * M * sqrt P * del <= 2 * M * sqrt P * u (f t)) by (apply Rmult_le_compat_l; assumption). lra.
Qed.
