(* The flow (3) of sharpness: its chain rule on any minimisers, and Theorem 5.1 for every n and d. *)
From Coq Require Import Reals Lra Lia Psatz FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import Theory Beta Norm NormMore Dynamics Scale SharpnessMore.
Open Scope R_scope.

(** * Vectors *)

Lemma dot_combination_r : forall n a b u v w,
  dot n w (fun i => a * u i + b * v i) = a * dot n w u + b * dot n w v.
Proof. intros; rewrite dot_comm, dot_combination, (dot_comm n u), (dot_comm n v); reflexivity. Qed.

Lemma norm_sq_combination : forall n a b u v,
  norm_sq n (fun i => a * u i + b * v i) = a ^ 2 * norm_sq n u + 2 * a * b * dot n u v + b ^ 2 * norm_sq n v.
Proof.
  intros; unfold norm_sq. rewrite dot_combination, !dot_combination_r, (dot_comm n v u); ring.
Qed.

Lemma dot_ext_r : forall n u v w, (forall i, (i < n)%nat -> v i = w i) -> dot n u v = dot n u w.
Proof. intros n u v w H; unfold dot; apply sum_ext; intros i Hi; rewrite (H i Hi); reflexivity. Qed.

Lemma norm_sq_ext : forall n u v, (forall i, (i < n)%nat -> u i = v i) -> norm_sq n u = norm_sq n v.
Proof. intros n u v H; unfold norm_sq, dot; apply sum_ext; intros i Hi; rewrite (H i Hi); reflexivity. Qed.

Lemma norm_sq_zero : forall n u, norm_sq n u = 0 -> forall i, (i < n)%nat -> u i = 0.
Proof.
  induction n as [|n IH]; intros u H i Hi; [lia|].
  unfold norm_sq, dot in H; rewrite sum_S in H.
  pose proof (norm_sq_nonneg n u) as P; unfold norm_sq, dot in P.
  pose proof (Rle_0_sqr (u n)) as Q; unfold Rsqr in Q.
  destruct (Nat.eq_dec i n) as [->|N].
  - apply Rsqr_0_uniq; unfold Rsqr; lra.
  - apply IH; [unfold norm_sq, dot; lra|lia].
Qed.

Lemma cauchy_schwarz : forall n u v, dot n u v ^ 2 <= norm_sq n u * norm_sq n v.
Proof.
  intros n u v. pose proof (norm_sq_nonneg n v) as V.
  destruct (Req_dec (norm_sq n v) 0) as [Z|Z].
  - rewrite Z. assert (E : dot n u v = 0).
    { rewrite (dot_ext_r n u v (scaled 0 v)); [rewrite dot_scaled_r; ring|].
      intros i Hi; unfold scaled; rewrite (norm_sq_zero n v Z i Hi); ring. }
    rewrite E; lra.
  - pose proof (norm_sq_nonneg n (fun i => norm_sq n v * u i + - dot n u v * v i)) as P.
    rewrite norm_sq_combination in P.
    apply Rmult_le_reg_l with (norm_sq n v); [lra|]. nra.
Qed.

(** * The chain rule along a curve *)

Lemma norm_le_sum : forall n u, norm n u <= sum_to n (fun i => Rabs (u i)).
Proof.
  intros n u; unfold norm.
  assert (P : forall m, 0 <= sum_to m (fun i => Rabs (u i))) by (intro; apply sum_nonneg; intros; apply Rabs_pos).
  rewrite <- (sqrt_pow2 (sum_to n (fun i => Rabs (u i)))) by apply P.
  apply sqrt_le_1_alt. induction n as [|n IH]; [unfold norm_sq, dot; simpl; lra|].
  unfold norm_sq, dot in *; rewrite !sum_S. pose proof (P n). pose proof (Rabs_pos (u n)).
  assert (Rabs (u n) * Rabs (u n) = u n * u n) by (rewrite <- Rabs_mult; apply Rabs_right, Rle_ge, Rle_0_sqr).
  nra.
Qed.

Lemma increments : forall n (z : R -> nat -> R) z' t,
  (forall i, (i < n)%nat -> is_derive (fun s => z s i) t (z' i)) ->
  exists K d, 0 < K /\ 0 < d /\
  forall h, Rabs h < d -> sum_to n (fun i => Rabs (z (t + h) i - z t i)) <= K * Rabs h.
Proof.
  induction n as [|n IH]; intros z z' t H.
  - exists 1, 1; split; [lra|split; [lra|]]. intros h _; simpl; pose proof (Rabs_pos h); lra.
  - destruct (IH z z' t) as (K & d & HK & Hd & B); [intros; apply H; lia|].
    pose proof (H n ltac:(lia)) as D; apply is_derive_Reals in D.
    destruct (D 1 ltac:(lra)) as (e & E).
    exists (K + (Rabs (z' n) + 1)), (Rmin d e).
    pose proof (cond_pos e); pose proof (Rabs_pos (z' n)).
    split; [lra|split; [apply Rmin_pos; assumption|]].
    intros h Hh; rewrite sum_S.
    specialize (B h (Rlt_le_trans _ _ _ Hh (Rmin_l _ _))).
    destruct (Req_dec h 0) as [->|N].
    + rewrite Rplus_0_r, Rminus_diag_eq, !Rabs_R0 in * by reflexivity; lra.
    + specialize (E h N (Rlt_le_trans _ _ _ Hh (Rmin_r _ _))).
      assert (P : 0 < Rabs h) by (apply Rabs_pos_lt; exact N).
      set (q := (z (t + h) n - z t n) / h) in *.
      replace (z (t + h) n - z t n) with (q * h) by (unfold q; field; exact N).
      rewrite Rabs_mult. pose proof (Rabs_triang_inv q (z' n)). nra.
Qed.

Theorem chain_rule : forall n f g (z : R -> nat -> R) z' t, is_gradient n f (z t) g ->
  (forall i, (i < n)%nat -> is_derive (fun s => z s i) t (z' i)) ->
  is_derive (fun s => f (z s)) t (dot n g z').
Proof.
  intros n f g z z' t G D. apply is_derive_Reals; intros eps He.
  assert (L : is_derive (fun s => dot n g (z s)) t (dot n g z')).
  { unfold dot; apply (is_derive_sum n (fun i s => g i * z s i)); intros i Hi.
    apply is_derive_scal, D; exact Hi. }
  apply is_derive_Reals in L. destruct (L (eps / 2) ltac:(lra)) as (e & E).
  destruct (increments n z z' t D) as (K & d & HK & Hd & B).
  destruct (G (eps / (2 * K))) as (r & Hr & Q); [apply Rdiv_lt_0_compat; lra|].
  assert (Pm : 0 < Rmin (Rmin d e) (r / K)).
  { repeat apply Rmin_pos; [exact Hd|apply cond_pos|apply Rdiv_lt_0_compat; lra]. }
  exists (mkposreal _ Pm); simpl; intros h N Hh.
  assert (H1 : Rabs h < d) by (eapply Rlt_le_trans; [exact Hh|]; eapply Rle_trans; apply Rmin_l).
  assert (H2 : Rabs h < e)
    by (eapply Rlt_le_trans; [exact Hh|]; eapply Rle_trans; [apply Rmin_l|apply Rmin_r]).
  assert (H3 : Rabs h < r / K) by (eapply Rlt_le_trans; [exact Hh|]; apply Rmin_r).
  assert (P : 0 < Rabs h) by (apply Rabs_pos_lt; exact N).
  specialize (B h H1); specialize (E h N H2).
  set (v := fun i => z (t + h) i - z t i) in *.
  assert (V : norm n v <= K * Rabs h) by (apply Rle_trans with (1 := norm_le_sum n v); exact B).
  assert (W : K * Rabs h <= r).
  { apply Rlt_le. replace r with (K * (r / K)) by (field; lra). apply Rmult_lt_compat_l; assumption. }
  specialize (Q v (Rle_trans _ _ _ V W)).
  replace (moved (z t) 1 v) with (z (t + h)) in Q
    by (apply functional_extensionality; intro; unfold moved, v; ring).
  assert (S : dot n g v = dot n g (z (t + h)) - dot n g (z t)).
  { transitivity (dot n g (fun i => 1 * z (t + h) i + -1 * z t i)).
    - apply dot_ext_r; intros; unfold v; ring.
    - rewrite dot_combination_r; ring. }
  rewrite S in Q.
  set (a := f (z (t + h)) - f (z t)) in *. set (b := dot n g (z (t + h)) - dot n g (z t)) in *.
  replace (a / h - dot n g z') with ((a - b) / h + (b / h - dot n g z')) by (field; exact N).
  apply Rle_lt_trans with (1 := Rabs_triang _ _).
  assert (A : Rabs ((a - b) / h) <= eps / 2).
  { unfold Rdiv at 1; rewrite Rabs_mult, Rabs_inv.
    apply Rle_trans with (eps / (2 * K) * (K * Rabs h) * / Rabs h).
    - apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; exact P|].
      apply Rle_trans with (1 := Q). apply Rmult_le_compat_l; [apply Rlt_le, Rdiv_lt_0_compat; lra|exact V].
    - apply Req_le; field; split; lra. }
  lra.
Qed.

(* T is the tangent space, v the gradient on it: the vector of T whose products with T are the derivatives of f. *)
Theorem flow_chain_rule : forall n f grad (tangent : (nat -> R) -> Prop) v (z : R -> nat -> R) t,
  is_gradient n f (z t) grad -> tangent v -> (forall u, tangent u -> dot n grad u = dot n v u) ->
  (forall i, (i < n)%nat -> is_derive (fun s => z s i) t (- (2 / (4 + norm_sq n v)) * v i)) ->
  is_derive (fun s => f (z s)) t (- (2 * norm_sq n v / (4 + norm_sq n v))).
Proof.
  intros n f grad tangent v z t G V P D. pose proof (norm_sq_nonneg n v) as N.
  pose proof (chain_rule n f grad z (scaled (- (2 / (4 + norm_sq n v))) v) t G D) as C.
  rewrite dot_scaled_r, (P v V) in C; fold (norm_sq n v) in C.
  replace (- (2 * norm_sq n v / (4 + norm_sq n v))) with (- (2 / (4 + norm_sq n v)) * norm_sq n v)
    by (field; lra).
  exact C.
Qed.

(** * Linear regression with BN: n rows of d centred inputs, centred labels y *)

Definition applied (d : nat) (X : nat -> nat -> R) (w : nat -> R) : nat -> R := fun i => dot d (X i) w.

(* (1/n) sum (sigma_y z_i / sigma_z - y_i)^2, z = X w: the means are taken away on both sides. *)
Definition bn_loss (n d : nat) (X : nat -> nat -> R) (y w : nat -> R) : R :=
  norm_sq n (fun i => norm n y / norm n (applied d X w) * applied d X w i - y i) / INR n.

Definition curvature (f : (nat -> R) -> R) (w v : nat -> R) (c : R) : Prop :=
  is_derive_n (fun s => f (moved w s v)) 2 0 c.

(* The largest eigenvalue of the Hessian: the least upper bound of its Rayleigh quotients. *)
Definition top_eigenvalue (d : nat) (f : (nat -> R) -> R) (w : nat -> R) (l : R) : Prop :=
  is_lub (fun c => exists v, norm_sq d v = 1 /\ curvature f w v c) l.

Definition off_labels (n d : nat) (X : nat -> nat -> R) (y v : nat -> R) : R :=
  2 / INR n * (norm_sq n (applied d X v) - dot n y (applied d X v) ^ 2 / norm_sq n y).

Lemma applied_moved : forall d X w s v, applied d X (moved w s v) = moved (applied d X w) s (applied d X v).
Proof.
  intros; apply functional_extensionality; intro i; unfold applied.
  transitivity (dot d (X i) (fun j => 1 * w j + s * v j)).
  - f_equal; apply functional_extensionality; intro; unfold moved; ring.
  - rewrite dot_combination_r; unfold moved; ring.
Qed.

Lemma loss_of_cosine : forall n d X y w, 0 < norm_sq n (applied d X w) ->
  bn_loss n d X y w =
  2 / INR n * (norm_sq n y - norm n y * (dot n y (applied d X w) / norm n (applied d X w))).
Proof.
  intros n d X y w P; unfold bn_loss.
  assert (R1 : 0 < norm n (applied d X w)) by (apply sqrt_lt_R0; exact P).
  assert (S1 : norm n (applied d X w) * norm n (applied d X w) = norm_sq n (applied d X w)) by (apply sqrt_sqrt; lra).
  assert (S2 : norm n y * norm n y = norm_sq n y) by (apply sqrt_sqrt, norm_sq_nonneg).
  set (z := applied d X w) in *. set (k := norm n y / norm n z).
  replace (norm_sq n (fun i => k * z i - y i)) with (norm_sq n (fun i => k * z i + -1 * y i))
    by (f_equal; apply functional_extensionality; intro; ring).
  rewrite norm_sq_combination, (dot_comm n z y).
  assert (K : k ^ 2 * norm_sq n z = norm_sq n y).
  { unfold k; rewrite <- S1, <- S2; field; lra. }
  rewrite K. unfold k, Rdiv. ring.
Qed.

Lemma is_derive_n_two : forall f f1 x c, locally x (fun a => is_derive f a (f1 a)) -> is_derive f1 x c ->
  is_derive_n f 2 x c.
Proof.
  intros f f1 x c H D; simpl.
  apply (is_derive_ext_loc f1); [|exact D].
  apply filter_imp with (2 := H); intros a Ha; symmetry; apply is_derive_unique; exact Ha.
Qed.

Lemma derive_over_sqrt : forall D D' a b s, is_derive D s D' -> 0 < D s ->
  is_derive (fun s => (a + s * b) / sqrt (D s)) s
    ((b * sqrt (D s) - (a + s * b) * (D' / (2 * sqrt (D s)))) / D s).
Proof.
  intros D D' a b s H P. assert (R : 0 < sqrt (D s)) by (apply sqrt_lt_R0; exact P).
  assert (S : sqrt (D s) * sqrt (D s) = D s) by (apply sqrt_sqrt; lra).
  auto_derive; [repeat split; [exists D'; exact H|exact P|lra]|].
  change (fun x => D x) with D. rewrite (is_derive_unique _ _ _ H).
  set (q := sqrt (D s)) in *. rewrite <- S. field; lra.
Qed.

Theorem curvature_on_gamma : forall n d X y w v rho, 0 < norm_sq n y -> 0 < rho ->
  (forall i, (i < n)%nat -> applied d X w i = rho * y i) ->
  curvature (bn_loss n d X y) w v (off_labels n d X y v / rho ^ 2).
Proof.
  intros n d X y w v rho Py Pr Hw; unfold curvature, off_labels.
  set (Y := norm_sq n y) in *. set (p := dot n y (applied d X v)). set (Q := norm_sq n (applied d X v)).
  assert (N : INR n <> 0).
  { intro E; apply (INR_eq n 0) in E; subst n. unfold Y, norm_sq, dot in Py; simpl in Py; lra. }
  set (D := fun s => rho ^ 2 * Y + 2 * s * rho * p + s ^ 2 * Q).
  assert (Norm : forall s, norm_sq n (applied d X (moved w s v)) = D s).
  { intro s; rewrite applied_moved. unfold D, Y, p, Q.
    rewrite (norm_sq_ext n _ (fun i => rho * y i + s * applied d X v i))
      by (intros i Hi; unfold moved; rewrite (Hw i Hi); ring).
    rewrite norm_sq_combination; ring. }
  assert (Dot : forall s, dot n y (applied d X (moved w s v)) = rho * Y + s * p).
  { intro s; rewrite applied_moved.
    rewrite (dot_ext_r n y _ (fun i => rho * y i + s * applied d X v i))
      by (intros i Hi; unfold moved; rewrite (Hw i Hi); ring).
    rewrite dot_combination_r; unfold Y, p, norm_sq; ring. }
  assert (Z : D 0 = rho ^ 2 * Y) by (unfold D; ring).
  assert (D0 : 0 < D 0) by (rewrite Z; apply Rmult_lt_0_compat; [apply pow_lt|]; assumption).
  assert (Near : locally 0 (fun s => 0 < D s)).
  { assert (C : continuous D 0) by (apply (ex_derive_continuous D); unfold D; auto_derive; exact I).
    apply (C (fun a => 0 < a)). apply (open_gt 0 (D 0)); exact D0. }
  set (g := fun s => 2 / INR n * (Y - norm n y * ((rho * Y + s * p) / sqrt (D s)))).
  set (g1 := fun s => 2 / INR n * norm n y * (s * rho * (Y * Q - p ^ 2) / (D s * sqrt (D s)))).
  apply (is_derive_n_ext_loc g).
  { apply filter_imp with (2 := Near); intros s Hs; unfold g.
    rewrite loss_of_cosine by (rewrite Norm; exact Hs). unfold norm at 3. rewrite Norm, Dot. reflexivity. }
  apply is_derive_n_two with g1.
  - apply filter_imp with (2 := Near); intros s Hs. unfold g, g1.
    assert (R1 : 0 < sqrt (D s)) by (apply sqrt_lt_R0; exact Hs).
    assert (S1 : sqrt (D s) * sqrt (D s) = D s) by (apply sqrt_sqrt; lra).
    assert (F : is_derive (fun s => (rho * Y + s * p) / sqrt (D s)) s
      ((p * sqrt (D s) - (rho * Y + s * p) * ((2 * rho * p + 2 * s * Q) / (2 * sqrt (D s)))) / D s)).
    { apply derive_over_sqrt; [|exact Hs]. unfold D; auto_derive; [exact I|ring]. }
    replace (2 / INR n * norm n y * (s * rho * (Y * Q - p ^ 2) / (D s * sqrt (D s)))) with
      (2 / INR n * - (norm n y * ((p * sqrt (D s) - (rho * Y + s * p) *
        ((2 * rho * p + 2 * s * Q) / (2 * sqrt (D s)))) / D s))).
    + apply is_derive_scal. set (l := (_ / D s)) in F |- *.
      replace (- (norm n y * l)) with (0 - norm n y * l) by ring.
      apply (is_derive_minus (fun _ => Y)); [apply (is_derive_const Y)|apply is_derive_scal, F].
    + assert (E : p * D s - (rho * Y + s * p) * (rho * p + s * Q) = - (s * rho * (Y * Q - p ^ 2)))
        by (unfold D; ring).
      replace (p * sqrt (D s) - (rho * Y + s * p) * ((2 * rho * p + 2 * s * Q) / (2 * sqrt (D s))))
        with ((p * D s - (rho * Y + s * p) * (rho * p + s * Q)) / sqrt (D s))
        by (rewrite <- S1 at 1; field; lra).
      rewrite E; field; repeat split; lra.
  - unfold g1. assert (R1 : 0 < sqrt (D 0)) by (apply sqrt_lt_R0; exact D0).
    assert (R2 : sqrt (D 0) = rho * norm n y).
    { rewrite Z, sqrt_mult_alt by apply pow2_ge_0. rewrite sqrt_pow2 by lra; reflexivity. }
    assert (R3 : 0 < norm n y) by (apply sqrt_lt_R0; exact Py).
    assert (R4 : norm n y * norm n y = Y) by (apply sqrt_sqrt; lra).
    apply (is_derive_ext (fun s => s * (2 / INR n * norm n y * (rho * (Y * Q - p ^ 2) / (D s * sqrt (D s))))));
      [intro s; match goal with |- ?a = ?b => change (@eq R a b) end; unfold Rdiv; ring|].
    assert (X0 : ex_derive D 0) by (unfold D; auto_derive; exact I).
    assert (M0 : D 0 * sqrt (D 0) <> 0) by (apply Rgt_not_eq, Rmult_lt_0_compat; assumption).
    auto_derive; [repeat split; assumption|].
    rewrite !Rmult_0_l, Rplus_0_r, Rmult_1_l, R2, Z, <- R4. field; repeat split; lra.
Qed.

Theorem sharpness_on_gamma : forall n d X y M, 0 < norm_sq n y ->
  is_lub (fun c => exists v, norm_sq d v = 1 /\ c = off_labels n d X y v) M ->
  forall w rho, 0 < rho -> (forall i, (i < n)%nat -> applied d X w i = rho * y i) ->
  top_eigenvalue d (bn_loss n d X y) w (M / rho ^ 2).
Proof.
  intros n d X y M Py [Up Least] w rho Pr Hw.
  assert (P2 : 0 < rho ^ 2) by (apply pow_lt; exact Pr).
  assert (U : forall v c, curvature (bn_loss n d X y) w v c -> c = off_labels n d X y v / rho ^ 2).
  { intros v c C. pose proof (curvature_on_gamma n d X y w v rho Py Pr Hw) as C'.
    unfold curvature in *. apply is_derive_n_unique in C; apply is_derive_n_unique in C'.
    rewrite <- C; exact C'. }
  split.
  - intros c (v & V & C). rewrite (U v c C).
    apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; exact P2|]. apply Up; exists v; auto.
  - intros b B. apply (over_le _ _ _ P2), Least. intros c (v & V & ->).
    apply (over_le _ _ _ P2). apply B; exists v; split; [exact V|].
    apply curvature_on_gamma; assumption.
Qed.

Theorem sharpness_exists : forall n d X y, 0 < norm_sq n y -> (0 < d)%nat ->
  exists M, is_lub (fun c => exists v, norm_sq d v = 1 /\ c = off_labels n d X y v) M.
Proof.
  intros n d X y Py Hd.
  assert (N : 0 <= 2 / INR n).
  { destruct n as [|n]; [unfold norm_sq, dot in Py; simpl in Py; lra|].
    apply Rlt_le, Rdiv_lt_0_compat; [lra|]. rewrite S_INR; pose proof (pos_INR n); lra. }
  destruct (completeness (fun c => exists v, norm_sq d v = 1 /\ c = off_labels n d X y v)) as (M & HM);
    [| |exists M; exact HM].
  - exists (2 / INR n * sum_to n (fun i => norm_sq d (X i))). intros c (v & V & ->).
    unfold off_labels. apply Rmult_le_compat_l; [exact N|].
    assert (A : norm_sq n (applied d X v) <= sum_to n (fun i => norm_sq d (X i))).
    { clear Py N. unfold norm_sq at 1, dot at 1. induction n as [|n IH]; [simpl; lra|]. rewrite !sum_S.
      assert (C := cauchy_schwarz d (X n) v). rewrite V in C. unfold applied at 3 4.
      assert (dot d (X n) v * dot d (X n) v <= norm_sq d (X n)) by lra. lra. }
    assert (0 <= dot n y (applied d X v) ^ 2 / norm_sq n y)
      by (apply Rmult_le_pos; [apply pow2_ge_0|apply Rlt_le, Rinv_0_lt_compat; exact Py]).
    lra.
  - exists (off_labels n d X y (unit_vector 0)), (unit_vector 0); split; [|reflexivity].
    unfold norm_sq; rewrite dot_unit_vector by exact Hd; reflexivity.
Qed.

(** * The flow on the minimisers: u is the direction of the interpolant of least norm *)

(* The gradient of log lambda_1 = log (C / <u, th>^2) on the minimisers. *)
Definition sharpness_gradient (d : nat) (u th : nat -> R) : nat -> R :=
  fun i => - (2 / dot d u th) * (u i - dot d u th * th i).

Theorem sharpness_gradient_is : forall d u C (c : R -> nat -> R) v t, 0 < C ->
  locally t (fun s => norm_sq d (c s) = 1) -> 0 < dot d u (c t) ->
  (forall i, (i < d)%nat -> is_derive (fun s => c s i) t (v i)) ->
  is_derive (fun s => ln (C / dot d u (c s) ^ 2)) t (dot d (sharpness_gradient d u (c t)) v).
Proof.
  intros d u C c v t HC On B D.
  assert (Db : is_derive (fun s => dot d u (c s)) t (dot d u v)).
  { unfold dot; apply (is_derive_sum d (fun i s => u i * c s i)); intros i Hi.
    apply is_derive_scal, D; exact Hi. }
  assert (Perp : dot d (c t) v = 0).
  { assert (Dn : is_derive (fun s => norm_sq d (c s)) t (2 * dot d (c t) v)).
    { unfold norm_sq, dot; rewrite <- sum_scal.
      apply (is_derive_sum d (fun i s => c s i * c s i)); intros i Hi.
      replace (2 * (c t i * v i)) with (v i * c t i + c t i * v i) by ring.
      apply (is_derive_mult (fun s => c s i) (fun s => c s i)); [apply D; exact Hi|apply D; exact Hi|].
      intros; apply Rmult_comm. }
    assert (D1 : is_derive (fun s => norm_sq d (c s)) t 0).
    { apply (is_derive_ext_loc (fun _ => 1)); [|apply (is_derive_const 1 t)].
      apply filter_imp with (2 := On); intros s Hs; rewrite Hs; reflexivity. }
    apply is_derive_unique in Dn; apply is_derive_unique in D1. lra. }
  set (b := dot d u (c t)) in *.
  assert (E : dot d (sharpness_gradient d u (c t)) v = - (2 / b) * dot d u v).
  { unfold sharpness_gradient; fold b.
    transitivity (- (2 / b) * dot d (fun i => 1 * u i + - b * c t i) v).
    - rewrite <- dot_scaled_l; f_equal; apply functional_extensionality; intro; unfold scaled; ring.
    - rewrite dot_combination, Perp; ring. }
  rewrite E.
  assert (X : ex_derive (fun s => dot d u (c s)) t) by (exists (dot d u v); exact Db).
  assert (P2 : 0 < b ^ 2) by (apply pow_lt; exact B).
  assert (Q : 0 < C / b ^ 2) by (apply Rdiv_lt_0_compat; assumption).
  assert (F : is_derive (fun a => ln (C / a ^ 2)) b (- (2 / b))).
  { auto_derive; [|field; split; lra]. replace (b * (b * 1)) with (b ^ 2) by ring. split; [lra|split; [exact Q|exact I]]. }
  replace (- (2 / b) * dot d u v) with (dot d u v * - (2 / b)) by ring.
  apply (is_derive_comp (fun a => ln (C / a ^ 2)) (fun s => dot d u (c s))); [exact F|exact Db].
Qed.

Lemma sharpness_gradient_norm : forall d u th, norm_sq d u = 1 -> norm_sq d th = 1 -> 0 < dot d u th ->
  norm_sq d (sharpness_gradient d u th) = 4 * (1 - dot d u th ^ 2) / dot d u th ^ 2.
Proof.
  intros d u th U T B. set (b := dot d u th) in *.
  replace (norm_sq d (sharpness_gradient d u th))
    with (norm_sq d (scaled (- (2 / b)) (fun i => 1 * u i + - b * th i))).
  - rewrite norm_sq_scaled, norm_sq_combination, U, T. fold b. field; lra.
  - f_equal; apply functional_extensionality; intro; unfold sharpness_gradient, scaled; fold b; ring.
Qed.

(* It is tangent: orthogonal to th, and X carries it onto the line of y as it carries th and u. *)
Theorem sharpness_gradient_tangent : forall n d X (y u th : nat -> R) p rho, norm_sq d u = 1 -> norm_sq d th = 1 ->
  (forall i, (i < n)%nat -> applied d X u i = p * y i) ->
  (forall i, (i < n)%nat -> applied d X th i = rho * y i) ->
  dot d (sharpness_gradient d u th) th = 0 /\
  exists k, forall i, (i < n)%nat -> applied d X (sharpness_gradient d u th) i = k * y i.
Proof.
  intros n d X y u th p rho U T Hu Ht. set (b := dot d u th).
  assert (E : sharpness_gradient d u th = fun i => - (2 / b) * u i + 2 / b * b * th i)
    by (apply functional_extensionality; intro; unfold sharpness_gradient; fold b; ring).
  rewrite E; split.
  - rewrite dot_combination; fold b; fold (norm_sq d th); rewrite T; ring.
  - exists (- (2 / b) * p + 2 / b * b * rho); intros i Hi. unfold applied in *.
    rewrite dot_combination_r, (Hu i Hi), (Ht i Hi); ring.
Qed.

(* What it is to solve (3) from tau = 0 on: on the sphere, on the side of the labels, with the printed velocity. *)
Definition solves_flow (d : nat) (u : nat -> R) (z : R -> nat -> R) : Prop :=
  forall t, 0 <= t -> norm_sq d (z t) = 1 /\ 0 < dot d u (z t) /\
  let g := sharpness_gradient d u (z t) in
  forall i, (i < d)%nat -> is_derive (fun s => z s i) t (- (2 / (4 + norm_sq d g)) * g i).

Definition flow_from (d : nat) (u z0 : nat -> R) (t : R) : nat -> R :=
  let b := dot d u z0 in
  fun i => (b * u i + exp (- t) * (z0 i - b * u i)) / sqrt (b ^ 2 + exp (- t) ^ 2 * (1 - b ^ 2)).

Lemma flow_velocity : forall d u th, norm_sq d u = 1 -> norm_sq d th = 1 -> 0 < dot d u th ->
  forall i, - (2 / (4 + norm_sq d (sharpness_gradient d u th))) * sharpness_gradient d u th i =
            dot d u th * (u i - dot d u th * th i).
Proof.
  intros d u th U T B i. rewrite sharpness_gradient_norm by assumption.
  unfold sharpness_gradient. set (b := dot d u th) in *. field. split; [|lra].
  replace (4 * b ^ 2 + 4 * (1 - b ^ 2)) with 4 by ring; lra.
Qed.

Lemma unit_dot_le : forall d u th, norm_sq d u = 1 -> norm_sq d th = 1 -> dot d u th <= 1.
Proof.
  intros d u th U T. pose proof (norm_sq_nonneg d (fun i => 1 * u i + -1 * th i)) as P.
  rewrite norm_sq_combination, U, T in P. lra.
Qed.

Lemma still : forall f, (forall t, 0 <= t -> is_derive f t 0) -> forall t, 0 <= t -> f t = f 0.
Proof.
  intros f D t Ht. destruct (MVT_gen f 0 t (fun _ => 0)) as (c & _ & E).
  - intros x; rewrite Rmin_left, Rmax_right by lra; intros Hx; apply D; lra.
  - intros x; rewrite Rmin_left, Rmax_right by lra; intros Hx.
    apply continuity_pt_filterlim, (ex_derive_continuous f); exists 0; apply D; lra.
  - lra.
Qed.

Lemma derive_decayed : forall f b c s, is_derive f s (b s * (c - b s * f s)) ->
  is_derive b s (b s * (1 - b s ^ 2)) -> 0 < b s -> is_derive (fun t => (f t / b t - c) * exp t) s 0.
Proof.
  intros f b c s D1 D2 P. auto_derive.
  - repeat split; [exists (b s * (c - b s * f s)); exact D1|exists (b s * (1 - b s ^ 2)); exact D2|lra].
  - change (fun x => b x) with b. change (fun x => f x) with f.
    rewrite (is_derive_unique _ _ _ D1), (is_derive_unique _ _ _ D2). field; lra.
Qed.

Theorem flow_unique : forall d u z, norm_sq d u = 1 -> solves_flow d u z ->
  forall t i, 0 <= t -> (i < d)%nat -> z t i = flow_from d u (z 0) t i.
Proof.
  intros d u z U Z.
  set (b := fun t => dot d u (z t)).
  assert (V : forall t i, 0 <= t -> (i < d)%nat -> is_derive (fun s => z s i) t (b t * (u i - b t * z t i))).
  { intros t i Ht Hi. destruct (Z t Ht) as (N & B & D). specialize (D i Hi).
    rewrite flow_velocity in D by assumption. exact D. }
  assert (Pb : forall t, 0 <= t -> 0 < b t) by (intros t Ht; apply (Z t Ht)).
  assert (Vb : forall t, 0 <= t -> is_derive b t (b t * (1 - b t ^ 2))).
  { intros t Ht. unfold b, dot at 1.
    replace (dot d u (z t) * (1 - dot d u (z t) ^ 2)) with
      (sum_to d (fun i => u i * (b t * (u i - b t * z t i)))).
    - apply (is_derive_sum d (fun i s => u i * z s i)); intros i Hi. apply is_derive_scal, V; assumption.
    - transitivity (b t * dot d u (fun i => 1 * u i + - b t * z t i)).
      + unfold dot; rewrite <- sum_scal; apply sum_ext; intros; ring.
      + rewrite dot_combination_r; fold (norm_sq d u); rewrite U; fold (b t); unfold b; ring. }
  assert (K : forall t i, 0 <= t -> (i < d)%nat ->
    (z t i / b t - u i) * exp t = (z 0 i / b 0 - u i) * exp 0).
  { intros t i Ht Hi. apply (still (fun t => (z t i / b t - u i) * exp t)); [|exact Ht].
    intros s Hs. apply (derive_decayed (fun s => z s i)); [apply V|apply Vb|apply Pb]; assumption. }
  assert (E : forall t i, 0 <= t -> (i < d)%nat ->
    z t i = b t * / b 0 * (b 0 * u i + exp (- t) * (z 0 i - b 0 * u i))).
  { intros t i Ht Hi. specialize (K t i Ht Hi). pose proof (Pb t Ht); pose proof (Pb 0 ltac:(lra)).
    rewrite exp_0 in K. pose proof (exp_pos t) as X.
    assert (Y : z t i / b t - u i = exp (- t) * (z 0 i / b 0 - u i)).
    { rewrite exp_Ropp. apply Rmult_eq_reg_r with (exp t); [|lra]. rewrite K; field; split; lra. }
    replace (z t i) with (b t * (z t i / b t - u i + u i)) by (field; lra). rewrite Y; field; lra. }
  assert (B0 : 0 < b 0) by (apply Pb; lra).
  assert (Le : b 0 <= 1) by (apply unit_dot_le; [exact U|apply (Z 0); lra]).
  assert (S : forall t, 0 <= t -> b t * sqrt (b 0 ^ 2 + exp (- t) ^ 2 * (1 - b 0 ^ 2)) = b 0).
  { intros t Ht. pose proof (exp_pos (- t)) as X. destruct (Z t Ht) as (N & _).
    set (e := exp (- t)) in *.
    assert (N' : (b t * / b 0) ^ 2 * (b 0 ^ 2 + e ^ 2 * (1 - b 0 ^ 2)) = 1).
    { transitivity (norm_sq d (z t)); [|exact N]. rewrite (norm_sq_ext d (z t) (scaled (b t * / b 0)
        (fun i => (b 0 - e * b 0) * u i + e * z 0 i))).
      - rewrite norm_sq_scaled, norm_sq_combination, U. destruct (Z 0 ltac:(lra)) as (N0 & _).
        rewrite N0. change (dot d u (z 0)) with (b 0). ring.
      - intros i Hi; unfold scaled; rewrite (E t i Ht Hi); fold e; ring. }
    assert (A : 0 < b 0 ^ 2 + e ^ 2 * (1 - b 0 ^ 2)).
    { assert (0 < b 0 ^ 2) by (apply pow_lt; exact B0). assert (0 <= 1 - b 0 ^ 2) by nra.
      assert (0 <= e ^ 2 * (1 - b 0 ^ 2)) by (apply Rmult_le_pos; [apply pow2_ge_0|assumption]). lra. }
    pose proof (Pb t Ht) as Pt.
    assert (Q : sqrt (b 0 ^ 2 + e ^ 2 * (1 - b 0 ^ 2)) = / (b t * / b 0)).
    { assert (W : 0 < b t * / b 0) by (apply Rmult_lt_0_compat; [exact Pt|apply Rinv_0_lt_compat; exact B0]).
      apply sqrt_lem_1; [lra|apply Rlt_le, Rinv_0_lt_compat; exact W|].
      apply Rmult_eq_reg_l with ((b t * / b 0) ^ 2); [|apply pow_nonzero; lra]. rewrite N'.
      field; split; lra. }
    rewrite Q; field; split; lra. }
  intros t i Ht Hi. rewrite (E t i Ht Hi). unfold flow_from; fold (b 0).
  pose proof (S t Ht) as Q. pose proof (Pb t Ht) as Pt.
  set (r := sqrt (b 0 ^ 2 + exp (- t) ^ 2 * (1 - b 0 ^ 2))) in *.
  assert (r <> 0) by (intro Z0; rewrite Z0 in Q; lra).
  rewrite <- Q at 1. field; split; [lra|]. intro Z0; rewrite Z0 in Q; lra.
Qed.

Lemma radicand_positive : forall b e, 0 < b -> b <= 1 -> 0 < b ^ 2 + e ^ 2 * (1 - b ^ 2).
Proof.
  intros b e B L. assert (0 < b ^ 2) by (apply pow_lt; exact B).
  assert (0 <= e ^ 2 * (1 - b ^ 2)) by (apply Rmult_le_pos; [apply pow2_ge_0|nra]). lra.
Qed.

Lemma derive_flow : forall b a c t, 0 < b -> b <= 1 ->
  let r := sqrt (b ^ 2 + exp (- t) ^ 2 * (1 - b ^ 2)) in
  is_derive (fun s => (b * a + exp (- s) * c) / sqrt (b ^ 2 + exp (- s) ^ 2 * (1 - b ^ 2))) t
    (b / r * (a - b / r * ((b * a + exp (- t) * c) / r))).
Proof.
  intros b a c t B L r. pose proof (radicand_positive b (exp (- t)) B L) as P.
  assert (R : 0 < r) by (apply sqrt_lt_R0; exact P).
  assert (S : r * r = b ^ 2 + exp (- t) ^ 2 * (1 - b ^ 2)) by (apply sqrt_sqrt; lra).
  assert (D : is_derive (fun s => b ^ 2 + exp (- s) ^ 2 * (1 - b ^ 2)) t (- 2 * exp (- t) ^ 2 * (1 - b ^ 2)))
    by (auto_derive; [exact I|ring]).
  assert (Q : is_derive (fun s => sqrt (b ^ 2 + exp (- s) ^ 2 * (1 - b ^ 2))) t
    (- 2 * exp (- t) ^ 2 * (1 - b ^ 2) / (2 * r))) by (apply is_derive_sqrt; assumption).
  assert (N : is_derive (fun s => b * a + exp (- s) * c) t (- exp (- t) * c)) by (auto_derive; [exact I|ring]).
  replace (b / r * (a - b / r * ((b * a + exp (- t) * c) / r))) with
    ((- exp (- t) * c * r - (b * a + exp (- t) * c) * (- 2 * exp (- t) ^ 2 * (1 - b ^ 2) / (2 * r))) / r ^ 2).
  - exact (is_derive_div _ _ t _ _ N Q (Rgt_not_eq _ _ R)).
  - set (e := exp (- t)) in *.
    assert (E : - e * c * (r * r) + (b * a + e * c) * e ^ 2 * (1 - b ^ 2) =
                b * a * (r * r) - b ^ 2 * (b * a + e * c)) by (rewrite S; ring).
    transitivity ((- e * c * (r * r) + (b * a + e * c) * e ^ 2 * (1 - b ^ 2)) / (r * (r * r))); [field; lra|].
    rewrite E; field; lra.
Qed.

Lemma flow_from_on : forall d u z0 t, norm_sq d u = 1 -> norm_sq d z0 = 1 -> 0 < dot d u z0 ->
  norm_sq d (flow_from d u z0 t) = 1 /\
  dot d u (flow_from d u z0 t) =
    dot d u z0 / sqrt (dot d u z0 ^ 2 + exp (- t) ^ 2 * (1 - dot d u z0 ^ 2)).
Proof.
  intros d u z0 t U Z B. set (b := dot d u z0) in *. set (e := exp (- t)).
  assert (L : b <= 1) by (apply unit_dot_le; assumption).
  pose proof (radicand_positive b e B L) as P. set (r := sqrt (b ^ 2 + e ^ 2 * (1 - b ^ 2))).
  assert (R : 0 < r) by (apply sqrt_lt_R0; exact P).
  assert (S : r * r = b ^ 2 + e ^ 2 * (1 - b ^ 2)) by (apply sqrt_sqrt; lra).
  assert (F : flow_from d u z0 t = scaled (/ r) (fun i => (b - e * b) * u i + e * z0 i)).
  { apply functional_extensionality; intro i; unfold flow_from, scaled; fold b e; fold r; field; lra. }
  rewrite F; split.
  - rewrite norm_sq_scaled, norm_sq_combination, U, Z; fold b.
    apply Rmult_eq_reg_l with (r * r); [|nra]. field_simplify; [|lra].
    replace (r ^ 2) with (r * r) by ring. rewrite S; ring.
  - rewrite dot_scaled_r, dot_combination_r; fold (norm_sq d u); rewrite U; fold b; field; lra.
Qed.

Theorem flow_exists : forall d u z0, norm_sq d u = 1 -> norm_sq d z0 = 1 -> 0 < dot d u z0 ->
  solves_flow d u (flow_from d u z0) /\ forall i, flow_from d u z0 0 i = z0 i.
Proof.
  intros d u z0 U Z B. set (b := dot d u z0) in *.
  assert (L : b <= 1) by (apply unit_dot_le; assumption).
  split.
  - intros t Ht. destruct (flow_from_on d u z0 t U Z B) as (N & D). fold b in D.
    pose proof (radicand_positive b (exp (- t)) B L) as P.
    assert (R : 0 < sqrt (b ^ 2 + exp (- t) ^ 2 * (1 - b ^ 2))) by (apply sqrt_lt_R0; exact P).
    assert (Q : 0 < dot d u (flow_from d u z0 t)) by (rewrite D; apply Rdiv_lt_0_compat; assumption).
    split; [exact N|split; [exact Q|]]. intros g i Hi. unfold g; rewrite flow_velocity by assumption.
    rewrite D. unfold flow_from; fold b. apply derive_flow; assumption.
  - intro i; unfold flow_from; fold b. rewrite Ropp_0, exp_0.
    replace (b ^ 2 + 1 ^ 2 * (1 - b ^ 2)) with 1 by ring. rewrite sqrt_1; field.
Qed.

Theorem flow_limit : forall d u z, norm_sq d u = 1 -> solves_flow d u z ->
  forall i, (i < d)%nat -> is_lim (fun t => z t i) p_infty (u i).
Proof.
  intros d u z U Z i Hi. set (b := dot d u (z 0)).
  assert (B : 0 < b) by (apply (Z 0); lra).
  assert (L : b <= 1) by (apply unit_dot_le; [exact U|apply (Z 0); lra]).
  set (f := fun e => (b * u i + e * (z 0 i - b * u i)) / sqrt (b ^ 2 + e ^ 2 * (1 - b ^ 2))).
  apply (is_lim_ext_loc (fun t => f (exp (- t)))).
  { exists 0; intros t Ht. unfold f, b; symmetry; apply (flow_unique d u z U Z t i); [lra|exact Hi]. }
  assert (F0 : f 0 = u i).
  { unfold f. replace (b ^ 2 + 0 ^ 2 * (1 - b ^ 2)) with (b ^ 2) by ring. rewrite sqrt_pow2 by lra; field; lra. }
  rewrite <- F0. apply is_lim_comp_continuous.
  - apply (is_lim_comp exp Ropp p_infty 0 m_infty);
      [apply is_lim_exp_m|apply (is_lim_opp (fun t => t) p_infty p_infty), is_lim_id|exists 0; intros; discriminate].
  - apply (ex_derive_continuous f). unfold f.
    pose proof (radicand_positive b 0 B L) as P.
    assert (S : 0 < sqrt (b ^ 2 + 0 ^ 2 * (1 - b ^ 2))) by (apply sqrt_lt_R0; exact P).
    assert (X : ex_derive (fun e => sqrt (b ^ 2 + e ^ 2 * (1 - b ^ 2))) 0).
    { eexists; apply is_derive_sqrt; [|exact P]. auto_derive; [exact I|reflexivity]. }
    apply (ex_derive_div (fun e => b * u i + e * (z 0 i - b * u i))); [auto_derive; exact I|exact X|lra].
Qed.

(** * The limit is the flattest minimiser, and its coefficients have the least norm *)

(* Of the minimisers, u alone has the least C / <u, th>^2. *)
Theorem flattest : forall d u C th, norm_sq d u = 1 -> norm_sq d th = 1 -> 0 < C -> 0 < dot d u th ->
  C / dot d u u ^ 2 <= C / dot d u th ^ 2 /\
  (C / dot d u th ^ 2 = C / dot d u u ^ 2 -> forall i, (i < d)%nat -> th i = u i).
Proof.
  intros d u C th U T HC B. fold (norm_sq d u); rewrite U.
  assert (L : dot d u th <= 1) by (apply unit_dot_le; assumption). set (b := dot d u th) in *.
  assert (P : 0 < b ^ 2) by (apply pow_lt; exact B). split.
  - replace (C / 1 ^ 2) with C by field. apply <- le_over; [|exact P].
    assert (b ^ 2 <= 1) by nra. replace C with (C * 1) at 2 by ring. apply Rmult_le_compat_l; lra.
  - intros E i Hi. replace (C / 1 ^ 2) with C in E by field.
    assert (E' : C = C * b ^ 2) by (rewrite <- E at 2; field; lra).
    assert (b ^ 2 = 1) by (apply Rmult_eq_reg_l with C; lra). assert (b = 1) by nra.
    assert (N : norm_sq d (fun j => 1 * th j + -1 * u j) = 0).
    { rewrite norm_sq_combination, U, T, dot_comm; fold b; rewrite H0; ring. }
    pose proof (norm_sq_zero d _ N i Hi) as Z; cbv beta in Z. lra.
Qed.

Lemma dot_rows : forall n d a (X : nat -> nat -> R) v,
  dot d (fun j => sum_to n (fun i => a i * X i j)) v = sum_to n (fun i => a i * dot d (X i) v).
Proof.
  induction n as [|n IH]; intros d a X v.
  - unfold dot; simpl. induction d as [|d IHd]; [reflexivity|]. rewrite sum_S, IHd; ring.
  - transitivity (dot d (fun j => 1 * sum_to n (fun i => a i * X i j) + a n * X n j) v).
    + f_equal; apply functional_extensionality; intro; rewrite sum_S; ring.
    + rewrite dot_combination, IH, sum_S; ring.
Qed.

Lemma dot_interpolant : forall n d a (X : nat -> nat -> R) wp v,
  (forall j, (j < d)%nat -> wp j = sum_to n (fun i => a i * X i j)) ->
  dot d wp v = sum_to n (fun i => a i * dot d (X i) v).
Proof.
  intros n d a X wp v H. rewrite <- dot_rows. unfold dot; apply sum_ext; intros j Hj; rewrite (H j Hj); reflexivity.
Qed.

(* On the minimisers X th = rho y the product with the direction of w+ is rho |w+|: lambda_1 = M |w+|^2 / <u, th>^2. *)
Theorem height_on_gamma : forall n d X (y wp th : nat -> R) rho, 0 < norm_sq d wp ->
  (forall i, (i < n)%nat -> dot d (X i) wp = y i) ->
  (exists a, forall j, (j < d)%nat -> wp j = sum_to n (fun i => a i * X i j)) ->
  (forall i, (i < n)%nat -> applied d X th i = rho * y i) ->
  dot d (direction d wp) th = rho * norm d wp.
Proof.
  intros n d X y wp th rho P Hy (a & Ha) Ht.
  assert (R : 0 < norm d wp) by (apply sqrt_lt_R0; exact P).
  assert (S : norm d wp * norm d wp = norm_sq d wp) by (apply sqrt_sqrt; lra).
  unfold direction; rewrite dot_scaled_l.
  assert (E : dot d wp th = rho * norm_sq d wp).
  { unfold norm_sq. rewrite (dot_interpolant n d a X wp th Ha), (dot_interpolant n d a X wp wp Ha), <- sum_scal.
    apply sum_ext; intros i Hi. rewrite (Hy i Hi). change (dot d (X i) th) with (applied d X th i).
    rewrite (Ht i Hi); ring. }
  rewrite E, <- S; field; lra.
Qed.

(* The minimisers on the sphere that are zero-loss solutions of the regression with BN. *)
Definition on_gamma (n d : nat) (X : nat -> nat -> R) (y th : nat -> R) : Prop :=
  norm_sq d th = 1 /\ exists rho, 0 < rho /\ forall i, (i < n)%nat -> applied d X th i = rho * y i.

(* Theorem 5.1: for all data and every start on Gamma. *)
Theorem theorem5_1 : forall n d X y wp M, 0 < norm_sq n y -> 0 < norm_sq d wp -> 0 < M ->
  (forall i, (i < n)%nat -> dot d (X i) wp = y i) ->
  (exists a, forall j, (j < d)%nat -> wp j = sum_to n (fun i => a i * X i j)) ->
  is_lub (fun c => exists v, norm_sq d v = 1 /\ c = off_labels n d X y v) M ->
  let u := direction d wp in
  on_gamma n d X y u /\
  (forall th, on_gamma n d X y th -> 0 < dot d u th /\
    top_eigenvalue d (bn_loss n d X y) th (M * norm_sq d wp / dot d u th ^ 2)) /\
  (forall th, on_gamma n d X y th ->
    M * norm_sq d wp / dot d u u ^ 2 <= M * norm_sq d wp / dot d u th ^ 2 /\
    (M * norm_sq d wp / dot d u th ^ 2 = M * norm_sq d wp / dot d u u ^ 2 ->
     forall i, (i < d)%nat -> th i = u i)) /\
  (forall z0, on_gamma n d X y z0 -> exists z, solves_flow d u z /\ forall i, z 0 i = z0 i) /\
  (forall z, solves_flow d u z -> forall i, (i < d)%nat -> is_lim (fun t => z t i) p_infty (u i)).
Proof.
  intros n d X y wp M Py Pw PM Hy Row Lub u.
  assert (R : 0 < norm d wp) by (apply sqrt_lt_R0; exact Pw).
  assert (S : norm d wp * norm d wp = norm_sq d wp) by (apply sqrt_sqrt; lra).
  assert (U : norm_sq d u = 1).
  { unfold u, direction; rewrite norm_sq_scaled, <- S; field; lra. }
  assert (H : forall th, on_gamma n d X y th -> exists rho, 0 < rho /\ dot d u th = rho * norm d wp /\
    forall i, (i < n)%nat -> applied d X th i = rho * y i).
  { intros th (_ & rho & Pr & Ht). exists rho; split; [exact Pr|split; [|exact Ht]].
    apply (height_on_gamma n d X y wp th rho); assumption. }
  assert (B : forall th, on_gamma n d X y th -> 0 < dot d u th).
  { intros th G; destruct (H th G) as (rho & Pr & -> & _); apply Rmult_lt_0_compat; assumption. }
  assert (PC : 0 < M * norm_sq d wp) by (apply Rmult_lt_0_compat; assumption).
  split; [|split; [|split; [|split]]].
  - split; [exact U|]. exists (/ norm d wp); split; [apply Rinv_0_lt_compat; exact R|]. intros i Hi.
    unfold applied, u, direction; rewrite dot_scaled_r, (Hy i Hi); reflexivity.
  - intros th G; split; [apply B; exact G|]. destruct (H th G) as (rho & Pr & E & Ht). rewrite E.
    replace (M * norm_sq d wp / (rho * norm d wp) ^ 2) with (M / rho ^ 2) by (rewrite <- S; field; lra).
    apply sharpness_on_gamma; assumption.
  - intros th G. apply flattest; [exact U|apply G|exact PC|apply B; exact G].
  - intros z0 G. destruct (flow_exists d u z0 U (proj1 G) (B z0 G)) as (F & I).
    exists (flow_from d u z0); split; assumption.
  - intros z F i Hi. apply (flow_limit d u z U F i Hi).
Qed.

(* (M): of all (w, b) that fit the data, the one in the span of the centred rows has the least norm, alone. *)
Theorem least_norm : forall n d (x : nat -> nat -> R) (y wp : nat -> R), (0 < n)%nat ->
  let mu := fun j => sum_to n (fun i => / INR n * x i j) in let my := sum_to n (fun i => / INR n * y i) in
  let X := fun i j => x i j - mu j in
  (forall i, (i < n)%nat -> dot d (X i) wp = y i - my) ->
  (exists a, forall j, (j < d)%nat -> wp j = sum_to n (fun i => a i * X i j)) ->
  (forall i, (i < n)%nat -> dot d wp (x i) + (my - dot d wp mu) = y i) /\
  forall w b, (forall i, (i < n)%nat -> dot d w (x i) + b = y i) ->
  norm_sq d wp <= norm_sq d w /\
  (norm_sq d w = norm_sq d wp -> (forall j, (j < d)%nat -> w j = wp j) /\ b = my - dot d wp mu).
Proof.
  intros n d x y wp Hn mu my X Hy (a & Ha).
  assert (N : INR n <> 0) by (apply Rgt_not_eq, lt_0_INR; exact Hn).
  assert (Split : forall i v, dot d (X i) v = dot d v (x i) - dot d v mu).
  { intros i v. rewrite (dot_comm d v (x i)), (dot_comm d v mu).
    transitivity (dot d (fun j => 1 * x i j + -1 * mu j) v); [f_equal; apply functional_extensionality; intro; unfold X; ring|].
    rewrite dot_combination; ring. }
  split; [intros i Hi; specialize (Hy i Hi); rewrite Split in Hy; lra|].
  intros w b Hw.
  assert (Const : forall m c, sum_to m (fun _ => c) = INR m * c).
  { induction m as [|m IH]; intro c; [simpl; ring|]. rewrite sum_S, IH, S_INR; ring. }
  assert (Mean : b = my - dot d w mu).
  { rewrite (dot_comm d w mu). unfold mu, my; rewrite (dot_rows n d (fun _ => / INR n) x w).
    rewrite (sum_ext n (fun i => / INR n * y i) (fun i => / INR n * dot d (x i) w + / INR n * b)).
    - rewrite sum_plus, Const; field; exact N.
    - intros i Hi; rewrite <- (Hw i Hi), (dot_comm d w (x i)); ring. }
  set (v := fun j => w j - wp j).
  assert (Perp : dot d wp v = 0).
  { rewrite (dot_interpolant n d a X wp v Ha). rewrite (sum_ext n _ (fun i => 0 * a i)).
    - rewrite sum_scal; ring.
    - intros i Hi. assert (E : dot d (X i) v = 0); [|rewrite E; ring].
      transitivity (dot d (X i) (fun j => 1 * w j + -1 * wp j)); [apply dot_ext_r; intros; unfold v; ring|].
      rewrite dot_combination_r, (Hy i Hi), Split. specialize (Hw i Hi). lra. }
  assert (E : norm_sq d w = norm_sq d wp + norm_sq d v).
  { transitivity (norm_sq d (fun j => 1 * wp j + 1 * v j)); [apply norm_sq_ext; intros; unfold v; ring|].
    rewrite norm_sq_combination, Perp; ring. }
  pose proof (norm_sq_nonneg d v). split; [lra|]. intro Eq.
  assert (Z : norm_sq d v = 0) by lra.
  assert (W : forall j, (j < d)%nat -> w j = wp j) by (intros j Hj; pose proof (norm_sq_zero d v Z j Hj); unfold v in *; lra).
  split; [exact W|]. rewrite Mean. rewrite (dot_comm d w mu), (dot_comm d wp mu), (dot_ext_r d mu w wp W); reflexivity.
Qed.

(* Equation (4) at the limit: gamma u / |u|_Sigma is w+. *)
Theorem coefficients_at_limit : forall n d X (y wp : nat -> R), 0 < norm_sq n y -> 0 < norm_sq d wp ->
  (forall i, (i < n)%nat -> dot d (X i) wp = y i) -> let u := direction d wp in
  forall j, sqrt (norm_sq n y / INR n) / sqrt (norm_sq n (applied d X u) / INR n) * u j = wp j.
Proof.
  intros n d X y wp Py Pw Hy u j.
  assert (R : 0 < norm d wp) by (apply sqrt_lt_R0; exact Pw).
  assert (N : 0 < INR n).
  { apply lt_0_INR. destruct n; [unfold norm_sq, dot in Py; simpl in Py; lra|lia]. }
  assert (E : norm_sq n (applied d X u) = (/ norm d wp) ^ 2 * norm_sq n y).
  { transitivity (norm_sq n (scaled (/ norm d wp) y)).
    - apply norm_sq_ext; intros i Hi. unfold applied, u, direction, scaled at 2.
      rewrite dot_scaled_r, (Hy i Hi); reflexivity.
    - rewrite norm_sq_scaled; ring. }
  rewrite E. replace ((/ norm d wp) ^ 2 * norm_sq n y / INR n) with ((/ norm d wp) ^ 2 * (norm_sq n y / INR n))
    by (unfold Rdiv; ring).
  assert (I : 0 < / norm d wp) by (apply Rinv_0_lt_compat; exact R).
  rewrite sqrt_mult_alt by apply pow2_ge_0. rewrite sqrt_pow2 by lra.
  assert (P : 0 < sqrt (norm_sq n y / INR n)) by (apply sqrt_lt_R0, Rdiv_lt_0_compat; assumption).
  unfold u, direction, scaled. field; lra.
Qed.

(** * Equation (4) and the zero-loss set, for every n and d *)

Lemma sum_constant : forall n c, sum_to n (fun _ => c) = INR n * c.
Proof. induction n as [|n IH]; intro c; [simpl; ring|]. rewrite sum_S, IH, S_INR; ring. Qed.

Theorem normalised_moments : forall n (z : nat -> R) gamma beta, (0 < n)%nat ->
  let mean := sum_to n z / INR n in let var := sum_to n (fun i => (z i - mean) ^ 2) / INR n in
  let p := fun i => gamma * ((z i - mean) / sqrt var) + beta in 0 < var ->
  sum_to n p / INR n = beta /\ sum_to n (fun i => (p i - beta) ^ 2) / INR n = gamma ^ 2.
Proof.
  intros n z gamma beta Hn mean var p V.
  assert (N : INR n <> 0) by (apply Rgt_not_eq, lt_0_INR; exact Hn).
  assert (R : 0 < sqrt var) by (apply sqrt_lt_R0; exact V).
  assert (S : sqrt var * sqrt var = var) by (apply sqrt_sqrt; lra).
  assert (G : gamma ^ 2 / var = (gamma / sqrt var) ^ 2).
  { replace ((gamma / sqrt var) ^ 2) with (gamma ^ 2 / (sqrt var * sqrt var)) by (field; lra). rewrite S; reflexivity. }
  split.
  - rewrite (sum_ext n p (fun i => gamma / sqrt var * z i + (beta - gamma / sqrt var * mean)))
      by (intros i _; unfold p; field; lra).
    rewrite sum_plus, sum_scal, sum_constant. unfold mean; field; split; first [exact N|lra].
  - rewrite (sum_ext n _ (fun i => gamma ^ 2 / var * (z i - mean) ^ 2))
      by (intros i _; unfold p; rewrite G; field; lra).
    rewrite sum_scal.
    replace (sum_to n (fun i => (z i - mean) ^ 2)) with (var * INR n) by (unfold var; field; exact N).
    field; split; first [exact N|lra].
Qed.

Theorem spread_of_outputs : forall n d (x : nat -> nat -> R) w, (0 < n)%nat ->
  let mu := fun j => sum_to n (fun i => / INR n * x i j) in let z := fun i => dot d (x i) w in
  let cov := fun j k => sum_to n (fun i => / INR n * (x i j - mu j) * (x i k - mu k)) in
  sum_to n (fun i => (z i - sum_to n z / INR n) ^ 2) / INR n = dot d w (fun j => dot d (cov j) w).
Proof.
  intros n d x w Hn mu z cov.
  assert (N : INR n <> 0) by (apply Rgt_not_eq, lt_0_INR; exact Hn).
  set (X := fun i j => x i j - mu j).
  assert (M : sum_to n z / INR n = dot d mu w).
  { unfold mu; rewrite (dot_rows n d (fun _ => / INR n) x w), sum_scal; fold z; field; exact N. }
  assert (C : forall i, z i - sum_to n z / INR n = dot d (X i) w).
  { intro i; rewrite M. transitivity (dot d (fun j => 1 * x i j + -1 * mu j) w);
      [rewrite dot_combination; unfold z; ring|f_equal; apply functional_extensionality; intro; unfold X; ring]. }
  assert (Row : forall j, dot d (cov j) w = sum_to n (fun i => / INR n * dot d (X i) w * X i j)).
  { intro j. transitivity (dot d (fun k => sum_to n (fun i => / INR n * X i j * X i k)) w); [reflexivity|].
    rewrite (dot_rows n d (fun i => / INR n * X i j) X w). apply sum_ext; intros; ring. }
  rewrite dot_comm. transitivity (dot d (fun j => sum_to n (fun i => / INR n * dot d (X i) w * X i j)) w).
  - rewrite (dot_rows n d (fun i => / INR n * dot d (X i) w) X w).
    rewrite (sum_ext n _ (fun i => dot d (X i) w ^ 2)) by (intros i _; rewrite C; reflexivity).
    rewrite (sum_ext n (fun i => / INR n * dot d (X i) w * dot d (X i) w) (fun i => / INR n * dot d (X i) w ^ 2))
      by (intros; ring).
    rewrite sum_scal; field; exact N.
  - f_equal; apply functional_extensionality; intro j; symmetry; apply Row.
Qed.

Theorem zero_loss : forall n d X y w, 0 < norm_sq n y -> 0 < norm_sq n (applied d X w) ->
  (bn_loss n d X y w = 0 <-> exists rho, 0 < rho /\ forall i, (i < n)%nat -> applied d X w i = rho * y i).
Proof.
  intros n d X y w Py Pz. set (z := applied d X w) in *.
  assert (Hn : (0 < n)%nat) by (destruct n; [unfold norm_sq, dot in Py; simpl in Py; lra|lia]).
  assert (N : 0 < INR n) by (apply lt_0_INR; exact Hn).
  assert (Ry : 0 < norm n y) by (apply sqrt_lt_R0; exact Py).
  assert (Rz : 0 < norm n z) by (apply sqrt_lt_R0; exact Pz).
  unfold bn_loss; fold z; split.
  - intro E. exists (norm n z / norm n y); split; [apply Rdiv_lt_0_compat; assumption|]. intros i Hi.
    assert (E0 : norm_sq n (fun i => norm n y / norm n z * z i - y i) = 0).
    { set (a := norm_sq n _) in E |- *. replace a with (a / INR n * INR n) by (field; lra). rewrite E; ring. }
    pose proof (norm_sq_zero n _ E0 i Hi) as Zi; cbv beta in Zi.
    replace (y i) with (norm n y / norm n z * z i) by lra. field; lra.
  - intros (rho & Pr & H).
    assert (K : norm n z = rho * norm n y).
    { unfold norm at 1. rewrite (norm_sq_ext n z (scaled rho y)) by (intros i Hi; apply H; exact Hi).
      fold (norm n (scaled rho y)). rewrite norm_scaled by exact Pr. reflexivity. }
    rewrite (norm_sq_ext n _ (scaled 0 y)); [rewrite norm_sq_scaled; field; lra|].
    intros i Hi; rewrite (H i Hi), K; unfold scaled; field; lra.
Qed.
