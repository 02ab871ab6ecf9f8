(* The claims of sharpness, sections 1 to 5: what holds for every dimension and for whole trajectories. *)
From Coq Require Import Reals Lra Lia Psatz FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import Theory Beta Norm NormMore Dynamics Scale.
Open Scope R_scope.

(** * Lemma 3.1 without its range *)

Theorem lemma3_1 : forall n grad x lr wd, homogeneous_gradient grad -> 0 < norm_sq n x -> lr * wd < 1 ->
  direction n (decay_step x (grad x) lr wd) =
  direction n (fun i => direction n x i - scale_elr_with_decay lr wd (norm_sq n x) * grad (direction n x) i).
Proof. exact unit_sphere. Qed.

Theorem lemma3_1_refuted : exists n grad x lr wd, homogeneous_gradient grad /\ 0 < norm_sq n x /\
  0 < lr /\ 0 < wd /\ lr * wd <> 1 /\
  direction n (decay_step x (grad x) lr wd) <>
  direction n (fun i => direction n x i - scale_elr_with_decay lr wd (norm_sq n x) * grad (direction n x) i).
Proof.
  exists 1%nat, (fun _ _ => 0), (fun _ => 1), 1, 2.
  assert (N : norm_sq 1 (fun _ => 1) = 1) by (unfold norm_sq, dot, sum_to; ring).
  split; [intros c y Hc; apply functional_extensionality; intro; unfold scaled; ring|].
  split; [rewrite N; lra|split; [lra|split; [lra|split; [lra|]]]].
  intro E; apply (f_equal (fun u => u O)) in E.
  assert (S1 : decay_step (fun _ : nat => 1) (fun _ => 0) 1 2 = scaled (-1) (fun _ => 1)).
  { apply functional_extensionality; intro; unfold decay_step, periodic_decay_step, scaled; ring. }
  assert (U : direction 1 (fun _ => 1) = fun _ => 1).
  { apply functional_extensionality; intro; unfold direction, norm, scaled; rewrite N, sqrt_1; field. }
  rewrite S1, U in E. unfold scale_elr_with_decay in E.
  assert (V : (fun i : nat => 1 - 1 / ((1 - 1 * 2) * norm_sq 1 (fun _ => 1)) * 0) = fun _ => 1)
    by (apply functional_extensionality; intro; ring).
  rewrite V, U in E. unfold direction, norm in E.
  replace (norm_sq 1 (scaled (-1) (fun _ => 1))) with 1 in E by (unfold norm_sq, dot, sum_to, scaled; ring).
  rewrite sqrt_1 in E; unfold scaled in E; lra.
Qed.

(** * The Hessian along the weights themselves: H(w) w = - grad L(w) *)

Theorem hessian_radial : forall n f grad x h i, scale_invariant f ->
  (forall c, 0 < c -> is_gradient n f (scaled c x) (grad (scaled c x))) -> (i < n)%nat ->
  is_gradient n (fun y => grad y i) x h -> dot n h x = - grad x i.
Proof.
  intros n f grad x h i Hf Hg Hi H.
  pose proof (gradient_directional n _ x h x H) as D; unfold is_derivative_along in D.
  rewrite <- (is_derive_unique _ _ _ D). apply is_derive_unique.
  assert (One : scaled 1 x = x) by (apply functional_extensionality; intro; unfold scaled; ring).
  apply (is_derive_ext_loc (fun s => grad x i / (1 + s))).
  - exists (mkposreal (1 / 2) ltac:(lra)); intros s Hs.
    unfold ball in Hs; simpl in Hs; unfold AbsRing_ball, abs, minus, plus, opp in Hs; simpl in Hs.
    apply Rabs_lt_between in Hs.
    replace (moved x s x) with (scaled (1 + s) x)
      by (apply functional_extensionality; intro; unfold scaled, moved; ring).
    symmetry; apply (gradient_field_homogeneity n f); [exact Hf|lra| |apply Hg; lra|exact Hi].
    pose proof (Hg 1 ltac:(lra)) as G1; rewrite One in G1; exact G1.
  - auto_derive; [lra|field].
Qed.

(** * Lemma 4.1 *)

Lemma taylor_upper : forall f f1 f2 M e, 0 <= e ->
  (forall a, 0 <= a <= e -> is_derive f a (f1 a)) -> (forall a, 0 <= a <= e -> is_derive f1 a (f2 a)) ->
  (forall a, 0 <= a <= e -> f2 a <= M) -> f e <= f 0 + e * f1 0 + e ^ 2 / 2 * M.
Proof.
  intros f f1 f2 M e He D1 D2 B.
  assert (S : forall a, 0 <= a <= e -> f1 a <= f1 0 + M * a).
  { intros a Ha.
    destruct (MVT_gen f1 0 a f2) as (c & Hc & E).
    - intros x; rewrite Rmin_left, Rmax_right by lra; intros Hx; apply D2; lra.
    - intros x; rewrite Rmin_left, Rmax_right by lra; intros Hx.
      apply continuity_pt_filterlim, (ex_derive_continuous f1); exists (f2 x); apply D2; lra.
    - rewrite Rmin_left, Rmax_right in Hc by lra. specialize (B c ltac:(lra)). nra. }
  destruct (MVT_gen (fun a => f a - a * f1 0 - M * (a ^ 2 / 2)) 0 e (fun a => f1 a - f1 0 - M * a))
    as (c & Hc & E).
  - intros x; rewrite Rmin_left, Rmax_right by lra; intros Hx.
    apply (is_derive_minus (fun a => f a - a * f1 0) (fun a => M * (a ^ 2 / 2)) x (f1 x - f1 0) (M * x)).
    + apply (is_derive_minus f (fun a => a * f1 0) x (f1 x) (f1 0)); [apply D1; lra|].
      auto_derive; [exact I|ring].
    + auto_derive; [exact I|field].
  - intros x; rewrite Rmin_left, Rmax_right by lra; intros Hx.
    apply continuity_pt_filterlim, (ex_derive_continuous (fun a => f a - a * f1 0 - M * (a ^ 2 / 2))).
    exists (f1 x - f1 0 - M * x).
    apply (is_derive_minus (fun a => f a - a * f1 0) (fun a => M * (a ^ 2 / 2)) x (f1 x - f1 0) (M * x)).
    + apply (is_derive_minus f (fun a => a * f1 0) x (f1 x) (f1 0)); [apply D1; lra|].
      auto_derive; [exact I|ring].
    + auto_derive; [exact I|field].
  - rewrite Rmin_left, Rmax_right in Hc by lra. specialize (S c Hc). nra.
Qed.

Lemma along_line : forall n f x v a g, is_gradient n f (moved x a v) g ->
  is_derive (fun s => f (moved x s v)) a (dot n g v).
Proof.
  intros n f x v a g H.
  pose proof (gradient_directional n f _ g v H) as D; unfold is_derivative_along in D.
  apply (is_derive_ext (fun s => f (moved (moved x a v) (s - a) v))).
  - intro s; f_equal; apply functional_extensionality; intro; unfold moved; ring.
  - replace (dot n g v) with (1 * dot n g v) by ring.
    apply (is_derive_comp (fun s => f (moved (moved x a v) s v)) (fun s => s - a)).
    + replace (a - a) with 0 by ring; exact D.
    + auto_derive; [exact I|ring].
Qed.

Lemma is_derive_sum : forall n (F : nat -> R -> R) d a,
  (forall i, (i < n)%nat -> is_derive (F i) a (d i)) ->
  is_derive (fun s => sum_to n (fun i => F i s)) a (sum_to n d).
Proof.
  induction n as [|n IH]; intros F d a H; [apply (is_derive_const 0 a)|].
  rewrite sum_S. apply (is_derive_ext (fun s => sum_to n (fun i => F i s) + F n s)).
  - intro s; rewrite sum_S; reflexivity.
  - apply (is_derive_plus (fun s => sum_to n (fun i => F i s)) (F n)); [apply IH; intros; apply H|apply H]; lia.
Qed.

Definition rayleigh (n : nat) (hess : nat -> nat -> R) (v : nat -> R) : R :=
  dot n v (fun i => dot n (hess i) v).

Definition against (n : nat) (grad : (nat -> R) -> nat -> R) (x : nat -> R) (a : R) : nat -> R :=
  moved x a (scaled (-1) (grad x)).

Theorem descent_lemma : forall n f grad hess x e M, 0 <= e ->
  (forall a, 0 <= a <= e -> is_gradient n f (against n grad x a) (grad (against n grad x a))) ->
  (forall a, 0 <= a <= e -> forall i, (i < n)%nat ->
    is_gradient n (fun y => grad y i) (against n grad x a) (hess (against n grad x a) i)) ->
  (forall a, 0 <= a <= e -> forall v, rayleigh n (hess (against n grad x a)) v <= M * norm_sq n v) ->
  f (against n grad x e) <= f x - e * (1 - e * M / 2) * norm_sq n (grad x).
Proof.
  intros n f grad hess x e M He D1 D2 B; set (v := scaled (-1) (grad x)) in *.
  assert (V : norm_sq n v = norm_sq n (grad x)) by (unfold v; rewrite norm_sq_scaled; ring).
  assert (Z : against n grad x 0 = x)
    by (apply functional_extensionality; intro; unfold against, moved; ring).
  pose proof (taylor_upper (fun a => f (moved x a v)) (fun a => dot n (grad (moved x a v)) v)
    (fun a => rayleigh n (hess (moved x a v)) v) (M * norm_sq n v) e He) as T.
  cbv beta in T. unfold against in Z; fold v in Z; rewrite Z in T.
  change (moved x e v) with (against n grad x e) in T.
  assert (G : dot n (grad x) v = - norm_sq n (grad x))
    by (unfold v, norm_sq; rewrite dot_scaled_r; ring).
  rewrite G in T.
  assert (f (against n grad x e) <= f x + e * - norm_sq n (grad x) + e ^ 2 / 2 * (M * norm_sq n v));
    [apply T|rewrite V in *; nra].
  - intros a Ha; apply along_line, D1; exact Ha.
  - intros a Ha. unfold rayleigh, dot at 1.
    apply (is_derive_sum n (fun i s => grad (moved x s v) i * v i)).
    intros i Hi.
    apply (is_derive_ext (fun s => v i * grad (moved x s v) i)); [intro s; apply Rmult_comm|].
    apply (is_derive_scal (fun s => grad (moved x s v) i) a (v i)).
    apply (along_line n (fun y => grad y i)), D2; assumption.
  - intros a Ha; apply B; exact Ha.
Qed.

(* The same for gradient descent with weight decay on a scale-invariant loss: Lemma 4.1 itself. *)
Theorem lemma4_1 : forall n f grad hess x lr wd M, scale_invariant f -> homogeneous_gradient grad ->
  0 < norm_sq n x -> 0 < lr -> lr * wd < 1 -> dot n (grad x) x = 0 ->
  let e := scale_elr_with_decay lr wd (norm_sq n x) in let th := direction n x in
  (forall a, 0 <= a <= e -> is_gradient n f (against n grad th a) (grad (against n grad th a))) ->
  (forall a, 0 <= a <= e -> forall i, (i < n)%nat ->
    is_gradient n (fun y => grad y i) (against n grad th a) (hess (against n grad th a) i)) ->
  (forall a, 0 <= a <= e -> forall v, rayleigh n (hess (against n grad th a)) v <= M * norm_sq n v) ->
  f (direction n (decay_step x (grad x) lr wd)) <=
  f th - e * (1 - e * M / 2) * norm_sq n (grad th).
Proof.
  intros n f grad hess x lr wd M Hf HG P Hl Hp O e th D1 D2 B.
  assert (R : 0 < norm n x) by (apply sqrt_lt_R0; exact P).
  assert (S : norm n x * norm n x = norm_sq n x) by (apply sqrt_sqrt; lra).
  assert (He : 0 <= e).
  { unfold e, scale_elr_with_decay; apply Rlt_le, Rdiv_lt_0_compat; [exact Hl|apply Rmult_lt_0_compat; lra]. }
  assert (P' : 0 < norm_sq n (decay_step x (grad x) lr wd)).
  { rewrite norm_sq_step by exact O.
    pose proof (norm_sq_nonneg n (grad x)). pose proof (pow2_ge_0 lr).
    assert (0 < (1 - lr * wd) ^ 2 * norm_sq n x) by (apply Rmult_lt_0_compat; [apply pow_lt|]; lra).
    assert (0 <= lr ^ 2 * norm_sq n (grad x)) by (apply Rmult_le_pos; lra). lra. }
  assert (C : 0 < (1 - lr * wd) * norm n x) by (apply Rmult_lt_0_compat; lra).
  assert (E : f (direction n (decay_step x (grad x) lr wd)) = f (against n grad th e)).
  { unfold direction; rewrite Hf by (apply Rinv_0_lt_compat, sqrt_lt_R0; exact P').
    rewrite <- (Hf ((1 - lr * wd) * norm n x) (against n grad th e) C); f_equal.
    apply functional_extensionality; intro i. unfold against, moved, th, direction.
    rewrite (HG (/ norm n x) x) by (apply Rinv_0_lt_compat; exact R).
    unfold decay_step, periodic_decay_step, scaled, e, scale_elr_with_decay. rewrite <- S; field; lra. }
  rewrite E. apply (descent_lemma n f grad hess th e M); assumption.
Qed.

(* a <= b / c and a / c <= b, without the divisor. *)
Lemma le_over : forall a b c, 0 < c -> (a <= b / c <-> a * c <= b).
Proof. intros a b c H; split; intro; apply (Rle_div_r a b c); assumption. Qed.

Lemma over_le : forall a b c, 0 < c -> (a / c <= b <-> a <= b * c).
Proof. intros a b c H; split; intro; apply (Rle_div_l a b c); assumption. Qed.

(** * Theorem 4.2 with half an e-fold more: in units of u = |w|^2 / (pi^2 rho_2 lr) *)

Lemma decayed_below_one : forall r u0 t, 0 < r < 1 -> 1 <= u0 -> ln u0 <= 2 * r * INR t ->
  (1 - r) ^ (2 * t) * u0 <= 1.
Proof.
  intros r u0 t Hr Hu H.
  assert (E : (1 - r) ^ (2 * t) <= exp (- (2 * r * INR t))).
  { replace (exp (- (2 * r * INR t))) with (exp (- r) ^ (2 * t)).
    - apply pow_incr; pose proof (exp_ineq1_le (- r)); lra.
    - rewrite <- Rpower_pow by apply exp_pos. unfold Rpower; rewrite ln_exp, mult_INR; simpl (INR 2).
      f_equal; ring. }
  assert (X : exp (- (2 * r * INR t)) * u0 <= 1).
  { rewrite <- (exp_ln u0) at 1 by lra. rewrite <- exp_plus, <- exp_0.
    destruct (Req_dec (- (2 * r * INR t) + ln u0) 0) as [->|N]; [lra|].
    apply Rlt_le, exp_increasing; lra. }
  apply Rle_trans with (2 := X). apply Rmult_le_compat_r; lra.
Qed.

Theorem thm42_core : forall r p u g l, 0 < r <= 1 / 2 -> 9 < p -> 1 <= u O ->
  (forall t : nat, 0 <= g t) ->
  (forall t, u (S t) = (1 - r) ^ 2 * u t + g t / u t) ->
  (forall t, l (S t) <= l t - g t / ((1 - r) * u t) * (1 - 1 / (2 * (1 - r) * p * u t))) ->
  (forall t t', l t - l t' <= 1 / 2) ->
  forall T, (ln (u O) + 1 / 2) / (2 * r) <= INR T ->
  exists t, (t <= T)%nat /\ g t <= 8 * r /\ 1 / 2 <= u t.
Proof.
  intros r p u g l Hr Hp H0 Hg Hu Hl Hw T HT.
  destruct (Classical_Prop.classic (exists t, (t <= T)%nat /\ g t <= 8 * r /\ 1 / 2 <= u t)) as [A|A];
    [exact A|exfalso].
  assert (Big : forall t, (t <= T)%nat -> 1 / 2 <= u t -> 8 * r < g t).
  { intros t Ht U. destruct (Rlt_le_dec (8 * r) (g t)) as [Q|Q]; [exact Q|]. exfalso; apply A; exists t; auto. }
  assert (Low : forall t, (t <= S T)%nat -> 1 / 2 <= u t).
  { induction t as [|t IH]; intro Ht; [lra|].
    assert (U : 1 / 2 <= u t) by (apply IH; lia).
    assert (G := Big t ltac:(lia) U). rewrite Hu.
    apply Rle_trans with ((1 - r) ^ 2 * u t + 8 * r / u t).
    - apply Rmult_le_reg_r with (u t); [lra|].
      replace (((1 - r) ^ 2 * u t + 8 * r / u t) * u t) with ((1 - r) ^ 2 * u t ^ 2 + 8 * r) by (field; lra).
      destruct (Rle_dec (u t) 2) as [C|C].
      { assert (0 <= u t * (u t - 1 / 2)) by (apply Rmult_le_pos; lra).
        assert (0 <= r * ((2 - u t) * (2 + u t))) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; lra]).
        assert (0 <= r ^ 2 * u t ^ 2) by (apply Rmult_le_pos; apply pow2_ge_0). nra. }
      assert (1 / 4 <= (1 - r) ^ 2) by nra.
      assert (1 / 4 * u t ^ 2 <= (1 - r) ^ 2 * u t ^ 2) by (apply Rmult_le_compat_r; [nra|assumption]).
      nra.
    - apply Rplus_le_compat_l; unfold Rdiv; apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; lra|lra]. }
  assert (Drop : forall t, (t <= T)%nat -> g t / u t <= 9 / 7 * (1 - r) * (l t - l (S t))).
  { intros t Ht. assert (U := Low t ltac:(lia)). specialize (Hl t).
    set (q := g t / u t) in *.
    assert (Q : 0 <= q) by (apply Rmult_le_pos; [apply Hg|apply Rlt_le, Rinv_0_lt_compat; lra]).
    replace (g t / ((1 - r) * u t)) with (q / (1 - r)) in Hl by (unfold q; field; lra).
    assert (F : 1 / (2 * (1 - r) * p * u t) <= 2 / 9).
    { assert (4.5 <= 2 * (1 - r) * p * u t).
      { assert (9 <= 2 * (1 - r) * p) by nra. nra. }
      apply <- over_le; lra. }
    assert (K : q / (1 - r) * (7 / 9) <= l t - l (S t)).
    { apply Rle_trans with (q / (1 - r) * (1 - 1 / (2 * (1 - r) * p * u t))); [|lra].
      apply Rmult_le_compat_l; [|lra]. apply Rmult_le_pos; [exact Q|apply Rlt_le, Rinv_0_lt_compat; lra]. }
    replace q with (9 / 7 * (1 - r) * (q / (1 - r) * (7 / 9))) by (field; lra).
    apply Rmult_le_compat_l; [lra|exact K]. }
  assert (Fall : forall t, (t <= T)%nat -> l (S t) <= l t).
  { intros t Ht. pose proof (Drop t Ht) as D. assert (U := Low t ltac:(lia)).
    assert (0 <= g t / u t) by (apply Rmult_le_pos; [apply Hg|apply Rlt_le, Rinv_0_lt_compat; lra]).
    nra. }
  assert (Falls : forall t, (t <= S T)%nat -> l t <= l O).
  { induction t as [|t IH]; intro Ht; [lra|]. specialize (IH ltac:(lia)). specialize (Fall t ltac:(lia)). lra. }
  assert (Up : forall t, (t <= S T)%nat -> u t <= (1 - r) ^ (2 * t) * u O + 9 / 7 * (1 - r) * (l O - l t)).
  { induction t as [|t IH]; intro Ht; [simpl; lra|].
    specialize (IH ltac:(lia)); specialize (Falls t ltac:(lia)); specialize (Drop t ltac:(lia)).
    rewrite Hu. replace (2 * S t)%nat with (2 + 2 * t)%nat by lia; rewrite pow_add.
    set (z := (1 - r) ^ (2 * t) * u O) in *. rewrite Rmult_assoc; fold z.
    assert (0 <= 9 / 7 * (1 - r) * (l O - l t)) by (apply Rmult_le_pos; lra).
    assert ((1 - r) ^ 2 <= 1) by nra.
    assert ((1 - r) ^ 2 * u t <= (1 - r) ^ 2 * (z + 9 / 7 * (1 - r) * (l O - l t)))
      by (apply Rmult_le_compat_l; [nra|exact IH]).
    nra. }
  assert (L0 : 0 <= ln (u O)).
  { rewrite <- ln_1. destruct (Req_dec (u O) 1) as [->|N]; [lra|]. apply Rlt_le, ln_increasing; lra. }
  destruct (nfloor_ex (ln (u O) / (2 * r))) as (n & Hn);
    [apply Rmult_le_pos; [exact L0|apply Rlt_le, Rinv_0_lt_compat; lra]|].
  assert (X : ln (u O) / (2 * r) + 1 / (4 * r) <= INR T)
    by (apply Rle_trans with (2 := HT); apply Req_le; field; lra).
  assert (Quarter : 1 / 2 <= 1 / (4 * r)) by (apply <- le_over; lra).
  assert (Near : forall t, (S n <= t)%nat -> (t <= T)%nat -> u t <= 23 / 14).
  { intros t H1 H2. specialize (Up t ltac:(lia)). pose proof (Hw O t).
    assert ((1 - r) ^ (2 * t) * u O <= 1).
    { apply decayed_below_one; [lra|exact H0|]. apply le_INR in H1; rewrite S_INR in H1.
      replace (ln (u O)) with (ln (u O) / (2 * r) * (2 * r)) by (field; lra). nra. }
    assert (9 / 7 * (1 - r) * (l O - l t) <= 9 / 14) by nra. lra. }
  assert (Sum : forall k, (S n + k <= S T)%nat -> l (S n + k)%nat <= l (S n) - INR k * (15 / 4 * r)).
  { induction k as [|k IH]; intro Hk; [rewrite Nat.add_0_r; simpl; lra|].
    specialize (IH ltac:(lia)). replace (S n + S k)%nat with (S (S n + k)) by lia.
    set (t := (S n + k)%nat) in *. assert (Ht : (t <= T)%nat) by lia.
    assert (U := Low t ltac:(lia)). assert (V := Near t ltac:(lia) Ht).
    assert (G := Big t Ht U). specialize (Drop t Ht). rewrite S_INR.
    assert (112 / 23 * r <= g t / u t).
    { apply <- le_over; [|lra]. assert (112 / 23 * r * u t <= 112 / 23 * r * (23 / 14)) by nra. lra. }
    assert (9 / 7 * (1 - r) * (l t - l (S t)) <= 9 / 7 * (l t - l (S t))).
    { assert (l (S t) <= l t) by (apply Fall; exact Ht). nra. }
    lra. }
  assert (Hn' : (S n <= S T)%nat) by (apply INR_le; rewrite !S_INR; lra).
  specialize (Sum (S T - S n)%nat ltac:(lia)). replace (S n + (S T - S n))%nat with (S T) in Sum by lia.
  rewrite minus_INR, !S_INR in Sum by lia. pose proof (Hw (S n) (S T)).
  assert (Y : 1 / (4 * r) <= INR T - INR n) by lra.
  assert (1 / (4 * r) * r <= (INR T - INR n) * r) by (apply Rmult_le_compat_r; lra).
  replace (1 / (4 * r) * r) with (1 / 4) in * by (field; lra). nra.
Qed.

Theorem thm4_2 : forall lr wd rho s G L, 0 < lr -> 0 < wd -> lr * wd <= 1 / 2 -> 0 < rho -> 0 < s O ->
  (forall t : nat, 0 <= G t) ->
  (forall t, s (S t) = (1 - lr * wd) ^ 2 * s t + lr ^ 2 * (G t / s t)) ->
  (forall t, L (S t) <= L t - scale_elr_with_decay lr wd (s t) * (1 - scale_elr_with_decay lr wd (s t) * rho / 2) * G t) ->
  (forall t t', L t - L t' <= PI ^ 2 * rho / 2) ->
  scale_elr_with_decay lr wd (s O) <= 1 / (PI ^ 2 * rho * (1 - lr * wd)) ->
  forall T, (ln (s O / (rho * PI ^ 2 * lr)) + 1 / 2) / (2 * lr * wd) <= INR T ->
  exists t, (t <= T)%nat /\ G t <= 8 * PI ^ 4 * rho ^ 2 * wd * lr /\
            scale_elr_with_decay lr wd (s t) <= 2 / (PI ^ 2 * rho * (1 - lr * wd)).
Proof.
  intros lr wd rho s G L Hl Hw Hp Hr H0 HG Hs HL HW He T HT.
  assert (P3 : 3 < PI) by (pose proof PI2_3_2; lra).
  set (p := PI ^ 2) in *. assert (P9 : 9 < p) by (unfold p; nra).
  assert (P4 : PI ^ 4 = p ^ 2) by (unfold p; ring).
  set (k := rho * p * lr) in *. assert (K : 0 < k) by (unfold k; apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat|]; lra).
  assert (Rp : 0 < lr * wd) by (apply Rmult_lt_0_compat; assumption).
  assert (Ps : forall t, 0 < s t).
  { induction t as [|t IH]; [exact H0|]. rewrite Hs.
    assert (0 < (1 - lr * wd) ^ 2 * s t) by (apply Rmult_lt_0_compat; [apply pow_lt|]; lra).
    assert (0 <= lr ^ 2 * (G t / s t)).
    { apply Rmult_le_pos; [nra|]. apply Rmult_le_pos; [apply HG|apply Rlt_le, Rinv_0_lt_compat, IH]. }
    lra. }
  assert (U0 : 1 <= s O / k).
  { apply <- le_over; [|exact K]. unfold scale_elr_with_decay in He.
    assert (X : 0 < (1 - lr * wd) * s O) by (apply Rmult_lt_0_compat; lra).
    assert (Y : 0 < p * rho * (1 - lr * wd)) by (apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat|]; lra).
    apply (proj1 (over_le _ _ _ X)) in He.
    replace (1 / (p * rho * (1 - lr * wd)) * ((1 - lr * wd) * s O)) with (s O / (p * rho)) in He
      by (field; repeat split; lra).
    apply (proj1 (le_over _ _ (p * rho) ltac:(apply Rmult_lt_0_compat; lra))) in He.
    unfold k; lra. }
  destruct (thm42_core (lr * wd) p (fun t => s t / k) (fun t => G t / (p ^ 2 * rho ^ 2))
    (fun t => L t / (p * rho))) with (T := T) as (t & Ht & A & B).
  - lra.
  - exact P9.
  - exact U0.
  - intro t; apply Rmult_le_pos; [apply HG|apply Rlt_le, Rinv_0_lt_compat]. apply Rmult_lt_0_compat; nra.
  - intro t; rewrite Hs; specialize (Ps t); unfold k; field; repeat split; lra.
  - intro t; specialize (HL t); specialize (Ps t).
    apply Rmult_le_reg_r with (p * rho); [apply Rmult_lt_0_compat; lra|].
    replace (L (S t) / (p * rho) * (p * rho)) with (L (S t)) by (field; split; lra).
    apply Rle_trans with (1 := HL); apply Req_le. unfold scale_elr_with_decay, k; field; repeat split; lra.
  - intros t t'; specialize (HW t t').
    replace (L t / (p * rho) - L t' / (p * rho)) with ((L t - L t') / (p * rho)) by (field; split; lra).
    apply <- over_le; [|apply Rmult_lt_0_compat; lra]. lra.
  - replace (2 * (lr * wd)) with (2 * lr * wd) by ring. exact HT.
  - exists t; split; [exact Ht|split].
    + rewrite P4. apply (proj1 (over_le _ _ (p ^ 2 * rho ^ 2) ltac:(apply Rmult_lt_0_compat; nra))) in A. lra.
    + specialize (Ps t). apply (proj1 (le_over _ _ _ K)) in B. unfold scale_elr_with_decay.
      apply <- over_le; [|apply Rmult_lt_0_compat; lra].
      replace (2 / (p * rho * (1 - lr * wd)) * ((1 - lr * wd) * s t)) with (2 * s t / (p * rho))
        by (field; repeat split; lra).
      apply <- le_over; [|apply Rmult_lt_0_compat; lra]. unfold k in B. lra.
Qed.

(** * Gradient flow with weight decay is gradient flow in another time *)

Definition flow_clock (wd s0 t : R) : R := (exp (2 * wd * t) - 1) / (2 * wd * s0).

Theorem gradient_flow : forall grad (th : R -> nat -> R) wd s0, homogeneous_gradient grad ->
  0 < wd -> 0 < s0 ->
  (forall T i, is_derive (fun T => th T i) T (- grad (th T) i)) ->
  let w := fun t => scaled (sqrt s0 * exp (- wd * t)) (th (flow_clock wd s0 t)) in
  forall t i, is_derive (fun t => w t i) t (- grad (w t) i - wd * w t i).
Proof.
  intros grad th wd s0 HG Hw Hs Hth w t i.
  assert (R : 0 < sqrt s0) by (apply sqrt_lt_R0; exact Hs).
  assert (S : sqrt s0 * sqrt s0 = s0) by (apply sqrt_sqrt; lra).
  pose proof (exp_pos (- wd * t)) as E.
  assert (X : exp (2 * wd * t) * (exp (- wd * t) * exp (- wd * t)) = 1).
  { rewrite <- !exp_plus, <- exp_0; f_equal; ring. }
  unfold w at 2 3. rewrite HG by (apply Rmult_lt_0_compat; assumption). unfold w, scaled.
  set (T := flow_clock wd s0 t).
  replace (- (/ (sqrt s0 * exp (- wd * t)) * grad (th T) i) - wd * (sqrt s0 * exp (- wd * t) * th T i))
    with (- wd * (sqrt s0 * exp (- wd * t)) * th T i +
          sqrt s0 * exp (- wd * t) * (exp (2 * wd * t) / s0 * - grad (th T) i)).
  - apply (is_derive_mult (fun t => sqrt s0 * exp (- wd * t)) (fun t => th (flow_clock wd s0 t) i)).
    + auto_derive; [exact I|ring].
    + apply (is_derive_comp (fun T => th T i) (flow_clock wd s0)); [apply Hth|].
      unfold flow_clock; auto_derive; [exact I|field; lra].
    + intros; apply Rmult_comm.
  - assert (Y : exp (2 * wd * t) = 1 / (exp (- wd * t) * exp (- wd * t))).
    { apply Rmult_eq_reg_r with (exp (- wd * t) * exp (- wd * t)); [|nra]. rewrite X; field; lra. }
    rewrite Y. replace s0 with (sqrt s0 * sqrt s0) at 3 by exact S. field; split; lra.
Qed.

(** * Linear regression with BN: no finite smoothness constant *)

Theorem smoothness_infinite : forall rho, exists b k, 0 < b /\ b ^ 2 + k ^ 2 = 1 /\ rho < 2 * 1 * b / b ^ 3.
Proof.
  intro rho. set (q := 1 + Rabs rho). assert (Q : 1 <= q) by (unfold q; pose proof (Rabs_pos rho); lra).
  assert (I : 0 < / q) by (apply Rinv_0_lt_compat; lra).
  assert (J : / q <= 1) by (rewrite <- Rinv_1; apply Rinv_le_contravar; lra).
  exists (/ q), (sqrt (1 - (/ q) ^ 2)); split; [exact I|split].
  - rewrite pow2_sqrt by nra; ring.
  - replace (2 * 1 * / q / (/ q) ^ 3) with (2 * q ^ 2) by (field; lra).
    pose proof (Rle_abs rho). unfold q in *; nra.
Qed.
