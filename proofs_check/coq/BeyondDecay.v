(* Beyond the papers: the sharp laws of the norm and of delta-jumps under weight decay, nothing suppressed.
   s is rho^2 and G the squared effective gradient norm, as in NormMore.v. *)
From Coq Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import Theory Beta BetaMore Norm NormMore.
Open Scope R_scope.

Local Notation alpha lr wd := (periodic_beta_alpha_exact lr wd).
Local Notation kappa lr wd := (sqrt (periodic_kappa_sq_exact lr wd)).
Local Notation level G lr wd delta := (periodic_jump_norm_4 G lr wd delta).
Local Notation growth lr wd delta := (periodic_jumpless_growth_sq lr wd delta).

(** * delta-jumps *)

(* Descent with weight decay whose effective gradients stay above lo: no bound above. *)
Definition free_run (lr wd lo : R) (G s : nat -> R) : Prop :=
  0 < lr /\ 0 < wd /\ lr * wd < 1 /\ 0 < lo /\ 0 < s O /\ (forall t, lo ^ 2 <= G t) /\
  (forall t, s (S t) = periodic_norm_sq_next (s t) (G t) lr wd).

Lemma next_positive : forall s G lr wd, lr * wd < 1 -> 0 < s -> 0 <= G -> 0 < periodic_norm_sq_next s G lr wd.
Proof.
  intros s G lr wd Hp Hs HG; unfold periodic_norm_sq_next.
  assert (0 < (1 - lr * wd) ^ 2 * s) by (apply Rmult_lt_0_compat; [apply pow_lt|]; lra).
  assert (0 <= lr ^ 2 * G / s) by (apply Rdiv_le_0_compat; [nonneg|lra]). lra.
Qed.

Lemma free_pos : forall lr wd lo G s, free_run lr wd lo G s -> forall t, 0 < s t.
Proof.
  intros lr wd lo G s (Hl & Hw & Hp & Hlo & H0 & HG & Hs); induction t as [|t IH]; [exact H0|].
  rewrite Hs; apply next_positive; try assumption. specialize (HG t); pose proof (pow2_ge_0 lo); lra.
Qed.

(* A step is no jump exactly when it does not lift rho^2 beyond the jumpless growth. *)
Lemma still_iff : forall s G lr wd delta, 0 < lr -> lr * wd < 1 -> 0 < s -> 0 <= G -> 0 < delta < 1 ->
  (level G lr wd delta <= s ^ 2 <-> periodic_norm_sq_next s G lr wd <= growth lr wd delta * s).
Proof.
  intros s G lr wd d Hl Hp Hs HG Hd; unfold periodic_jump_norm_4, periodic_norm_sq_next, periodic_jumpless_growth_sq.
  set (q := 1 - lr * wd); assert (Hq : 0 < q) by (unfold q; lra); clearbody q.
  assert (Q2 : 0 < q ^ 2) by (apply pow_lt; lra). assert (D2 : 0 < (1 - d) ^ 2) by (apply pow_lt; lra).
  assert (D0 : 0 < q ^ 2 * d * (2 - d)) by (apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat|]; lra).
  assert (E1 : lr ^ 2 * G * (1 - d) ^ 2 / (q ^ 2 * d * (2 - d)) * (q ^ 2 * d * (2 - d)) = lr ^ 2 * G * (1 - d) ^ 2)
    by (field; repeat split; nra).
  assert (E2 : (q ^ 2 * s + lr ^ 2 * G / s) * ((1 - d) ^ 2 * s) =
    q ^ 2 * s ^ 2 * (1 - d) ^ 2 + lr ^ 2 * G * (1 - d) ^ 2) by (field; lra).
  assert (E3 : q ^ 2 / (1 - d) ^ 2 * s * ((1 - d) ^ 2 * s) =
    q ^ 2 * s ^ 2 * (1 - d) ^ 2 + s ^ 2 * (q ^ 2 * d * (2 - d))) by (field; lra).
  assert (DS : 0 < (1 - d) ^ 2 * s) by (apply Rmult_lt_0_compat; lra).
  split; intro H.
  - apply Rmult_le_reg_r with (1 := DS). rewrite E2, E3.
    apply Rmult_le_compat_r with (r := q ^ 2 * d * (2 - d)) in H; [rewrite E1 in H; lra|lra].
  - apply Rmult_le_reg_r with (1 := D0). rewrite E1.
    apply Rmult_le_compat_r with (r := (1 - d) ^ 2 * s) in H; [rewrite E2, E3 in H; lra|lra].
Qed.

Lemma no_jump_iff : forall s G lr wd delta, 0 < lr -> lr * wd < 1 -> 0 < s -> 0 <= G -> 0 < delta < 1 ->
  (~ jump s G lr wd delta <-> periodic_norm_sq_next s G lr wd <= growth lr wd delta * s).
Proof.
  intros s G lr wd d Hl Hp Hs HG Hd; rewrite <- still_iff by assumption.
  rewrite jump_exact by assumption. split; intro H; [apply Rnot_lt_le; exact H|apply Rle_not_lt; exact H].
Qed.

Lemma growth_pos : forall lr wd delta, lr * wd < 1 -> 0 < delta < 1 -> 0 < growth lr wd delta.
Proof. intros; unfold periodic_jumpless_growth_sq; apply Rdiv_lt_0_compat; apply pow_lt; lra. Qed.

Lemma growth_below : forall lr wd delta, lr * wd < 1 -> 0 < delta < 1 -> (growth lr wd delta < 1 <-> delta < lr * wd).
Proof.
  intros lr wd d Hp Hd; unfold periodic_jumpless_growth_sq.
  assert (D2 : 0 < (1 - d) ^ 2) by (apply pow_lt; lra).
  split; intro H.
  - apply (Rmult_lt_compat_r ((1 - d) ^ 2)) in H; [|exact D2].
    replace ((1 - lr * wd) ^ 2 / (1 - d) ^ 2 * (1 - d) ^ 2) with ((1 - lr * wd) ^ 2) in H by (field; lra). nra.
  - apply Rmult_lt_reg_r with (1 := D2).
    replace ((1 - lr * wd) ^ 2 / (1 - d) ^ 2 * (1 - d) ^ 2) with ((1 - lr * wd) ^ 2) by (field; lra). nra.
Qed.

Lemma level_increases : forall lr wd delta G G', lr * wd < 1 -> 0 < lr -> 0 < delta < 1 -> G <= G' ->
  level G lr wd delta <= level G' lr wd delta.
Proof. exact exact_level_mono. Qed.

(* The laziest run: no upper bound on the gradient, each step just no jump. *)
Definition lazy_gradient (lr wd delta x : R) : R :=
  (growth lr wd delta - (1 - lr * wd) ^ 2) * x ^ 2 / lr ^ 2.

Lemma lazy_step : forall lr wd delta x, 0 < lr -> 0 < x ->
  periodic_norm_sq_next x (lazy_gradient lr wd delta x) lr wd = growth lr wd delta * x.
Proof. intros; unfold periodic_norm_sq_next, lazy_gradient; field; lra. Qed.

Lemma lazy_enough : forall lr wd delta lo x, 0 < lr -> lr * wd < 1 -> 0 < delta < 1 -> 0 < x ->
  level (lo ^ 2) lr wd delta <= x ^ 2 -> lo ^ 2 <= lazy_gradient lr wd delta x.
Proof.
  intros lr wd d lo x Hl Hp Hd Hx H. apply still_iff in H; try assumption; [|apply pow2_ge_0].
  rewrite <- (lazy_step lr wd d x) in H by assumption. unfold periodic_norm_sq_next in H.
  assert (L : 0 < lr ^ 2) by (apply pow_lt; assumption).
  apply Rmult_le_reg_l with (lr ^ 2); [exact L|].
  apply Rmult_le_reg_r with (/ x); [apply Rinv_0_lt_compat; exact Hx|]. unfold Rdiv in H; lra.
Qed.

Lemma path_positive : forall lr wd G s0, lr * wd < 1 -> 0 < s0 -> (forall t, 0 <= G t) ->
  forall t, 0 < norm_path lr wd G s0 t.
Proof.
  intros lr wd G s0 Hp H0 HG; induction t as [|t IH]; [exact H0|]. cbn [norm_path]; apply next_positive; auto.
Qed.

(* Without an upper bound the latest first jump is exact, in closed form: rho_0^2 growth^T against the level. *)
Theorem latest_jump_iff : forall lr wd lo delta s0 T, 0 < lr -> 0 < wd -> lr * wd < 1 -> 0 < lo -> 0 < s0 ->
  0 < delta < lr * wd ->
  ((exists G s, free_run lr wd lo G s /\ s O = s0 /\ forall t, (t <= T)%nat -> ~ jump (s t) (G t) lr wd delta) <->
   level (lo ^ 2) lr wd delta <= (growth lr wd delta ^ T * s0) ^ 2).
Proof.
  intros lr wd lo d s0 T Hl Hw Hp Hlo H0 Hd.
  assert (D : 0 < d < 1) by lra. pose proof (growth_pos lr wd d Hp D) as Gp.
  assert (G1 : growth lr wd d < 1) by (apply growth_below; lra).
  assert (L2 : 0 < lo ^ 2) by (apply pow_lt; assumption).
  split.
  - intros (G & s & R & S0 & N). pose proof (free_pos _ _ _ _ _ R) as P.
    destruct R as (_ & _ & _ & _ & _ & HG & Hs).
    assert (B : forall t, (t <= T)%nat -> s t <= growth lr wd d ^ t * s0).
    { induction t as [|t IH]; intro Ht; [simpl; lra|].
      assert (Nt : ~ jump (s t) (G t) lr wd d) by (apply N; lia).
      apply no_jump_iff in Nt; try assumption; [|apply P|specialize (HG t); lra]. rewrite Hs.
      apply Rle_trans with (1 := Nt). simpl; rewrite Rmult_assoc; apply Rmult_le_compat_l; [lra|apply IH; lia]. }
    assert (NT : ~ jump (s T) (G T) lr wd d) by (apply N; lia).
    rewrite jump_exact in NT; try lra; [|apply P|specialize (HG T); lra].
    apply Rnot_lt_le in NT. pose proof (level_increases lr wd d _ _ Hp Hl D (HG T)).
    assert ((s T) ^ 2 <= (growth lr wd d ^ T * s0) ^ 2)
      by (apply pow_incr; split; [apply Rlt_le, P|apply B; lia]). lra.
  - intro J.
    set (x := fun t : nat => growth lr wd d ^ t * s0).
    assert (Px : forall t, 0 < x t) by (intro t; apply Rmult_lt_0_compat; [apply pow_lt|]; assumption).
    assert (Jt : forall t, (t <= T)%nat -> level (lo ^ 2) lr wd d <= (x t) ^ 2).
    { intros t Ht. apply Rle_trans with (1 := J). apply pow_incr; split; [apply Rlt_le, Px|].
      apply Rmult_le_compat_r; [lra|]. replace T with (t + (T - t))%nat by lia. rewrite pow_add.
      rewrite <- (Rmult_1_r (growth lr wd d ^ t)) at 2. apply Rmult_le_compat_l; [apply pow_le; lra|].
      rewrite <- (pow1 (T - t)). apply pow_incr; lra. }
    set (G := fun t => if Nat.leb t T then lazy_gradient lr wd d (x t) else lo ^ 2).
    assert (GE : forall t, (t <= T)%nat -> G t = lazy_gradient lr wd d (x t)).
    { intros t Ht; unfold G; rewrite (proj2 (Nat.leb_le t T)) by lia; reflexivity. }
    assert (HG : forall t, lo ^ 2 <= G t).
    { intro t; destruct (Nat.le_gt_cases t T) as [C|C].
      - rewrite GE by exact C. apply lazy_enough; auto.
      - unfold G; rewrite (proj2 (Nat.leb_gt t T)) by lia; lra. }
    assert (E : forall t, (t <= T)%nat -> norm_path lr wd G s0 t = x t).
    { induction t as [|t IH]; intro Ht; [unfold x; simpl; ring|].
      cbn [norm_path]; rewrite IH, GE by lia. rewrite lazy_step by auto. unfold x; simpl; ring. }
    exists G, (norm_path lr wd G s0); split; [repeat (split; [assumption|]); reflexivity|].
    split; [reflexivity|]. intros t Ht. rewrite E, GE by lia.
    apply no_jump_iff; auto; [pose proof (lazy_enough lr wd d lo (x t) Hl Hp D (Px t) (Jt t Ht)); lra|].
    rewrite lazy_step by auto. lra.
Qed.

(* delta-jumps recur in every run whose gradients stay above some l > 0, without a bound above,
   if and only if delta < eta lambda. *)
Theorem jumps_recur_iff : forall lr wd lo delta, 0 < lr -> 0 < wd -> lr * wd < 1 -> 0 < lo -> 0 < delta < 1 ->
  ((forall G s, free_run lr wd lo G s -> forall N, exists t, (N <= t)%nat /\ jump (s t) (G t) lr wd delta) <->
   delta < lr * wd).
Proof.
  intros lr wd lo d Hl Hw Hp Hlo Hd; split.
  - intro H; apply Rnot_le_lt; intro C.
    pose proof (growth_pos lr wd d Hp Hd) as Gp.
    assert (G1 : 1 <= growth lr wd d) by (apply Rnot_lt_le; intro Q; apply growth_below in Q; lra).
    assert (L2 : 0 < lo ^ 2) by (apply pow_lt; assumption).
    assert (JP : 0 < level (lo ^ 2) lr wd d).
    { unfold periodic_jump_norm_4; apply Rdiv_lt_0_compat; repeat apply Rmult_lt_0_compat; try apply pow_lt; lra. }
    set (s0 := sqrt (level (lo ^ 2) lr wd d)).
    assert (S0 : 0 < s0) by (apply sqrt_lt_R0; exact JP).
    assert (SS : s0 ^ 2 = level (lo ^ 2) lr wd d) by (unfold s0; apply pow2_sqrt; lra).
    set (x := fun t : nat => growth lr wd d ^ t * s0).
    assert (Px : forall t, 0 < x t) by (intro t; apply Rmult_lt_0_compat; [apply pow_lt|]; assumption).
    assert (Jx : forall t, level (lo ^ 2) lr wd d <= (x t) ^ 2).
    { intro t; rewrite <- SS. apply pow_incr; split; [lra|]. unfold x.
      rewrite <- (Rmult_1_l s0) at 1. apply Rmult_le_compat_r; [lra|]. apply pow_R1_Rle; exact G1. }
    assert (R : free_run lr wd lo (fun t => lazy_gradient lr wd d (x t)) x).
    { repeat (split; [assumption|]). split; [apply Px|split]; intro t.
      - apply lazy_enough; auto.
      - rewrite lazy_step by auto. unfold x; simpl; ring. }
    destruct (H _ _ R O) as (t & _ & J). apply (proj2 (no_jump_iff (x t) (lazy_gradient lr wd d (x t)) lr wd d
      Hl Hp (Px t) ltac:(pose proof (lazy_enough lr wd d lo (x t) Hl Hp Hd (Px t) (Jx t)); lra) Hd)); [|exact J].
    rewrite lazy_step by auto. lra.
  - intros C G s R N.
    assert (G1 : growth lr wd d < 1) by (apply growth_below; lra).
    pose proof (growth_pos lr wd d Hp Hd) as Gp. pose proof (free_pos _ _ _ _ _ R N) as PN.
    assert (JP : 0 < level (lo ^ 2) lr wd d).
    { unfold periodic_jump_norm_4; apply Rdiv_lt_0_compat; repeat apply Rmult_lt_0_compat; try apply pow_lt; lra. }
    destruct (pow_small (growth lr wd d) (s N) (sqrt (level (lo ^ 2) lr wd d) / 2)) as [T HT];
      [lra|lra|apply Rdiv_lt_0_compat; [apply sqrt_lt_R0; exact JP|lra]|].
    specialize (HT T (le_n T)).
    destruct (Classical_Prop.classic (exists t, (N <= t)%nat /\ jump (s t) (G t) lr wd d)) as [Y|Z]; [exact Y|].
    exfalso.
    assert (R' : free_run lr wd lo (fun t => G (N + t)%nat) (fun t => s (N + t)%nat)).
    { destruct R as (_ & _ & _ & _ & _ & HG & Hs). repeat (split; [assumption|]).
      split; [rewrite Nat.add_0_r; exact PN|split; intro t; [apply HG|]].
      replace (N + S t)%nat with (S (N + t)) by lia; apply Hs. }
    pose proof (proj1 (latest_jump_iff lr wd lo d (s N) T Hl Hw Hp Hlo PN ltac:(lra))) as LJ.
    assert (K : level (lo ^ 2) lr wd d <= (growth lr wd d ^ T * s N) ^ 2).
    { apply LJ. exists (fun t => G (N + t)%nat), (fun t => s (N + t)%nat).
      split; [exact R'|split; [rewrite Nat.add_0_r; reflexivity|]].
      intros t _ J; apply Z; exists (N + t)%nat; split; [lia|exact J]. }
    assert (Q : 0 < sqrt (level (lo ^ 2) lr wd d)) by (apply sqrt_lt_R0; exact JP).
    assert (0 <= growth lr wd d ^ T * s N) by (apply Rmult_le_pos; [apply pow_le|]; lra).
    pose proof (sqrt_sqrt (level (lo ^ 2) lr wd d) ltac:(lra)).
    set (r := sqrt (level (lo ^ 2) lr wd d)) in *; clearbody r. nra.
Qed.

(* With gradients up to hi as well: the laziest run takes hi where that is no jump. *)
Fixpoint lazy_path (lr wd hi delta s0 : R) (t : nat) : R :=
  match t with
  | O => s0
  | S u => Rmin (growth lr wd delta * lazy_path lr wd hi delta s0 u)
                (periodic_norm_sq_next (lazy_path lr wd hi delta s0 u) (hi ^ 2) lr wd)
  end.

Lemma lazy_path_pos : forall lr wd hi delta s0, lr * wd < 1 -> 0 < delta < 1 -> 0 < s0 ->
  forall t, 0 < lazy_path lr wd hi delta s0 t.
Proof.
  intros lr wd hi d s0 Hp Hd H0; induction t as [|t IH]; [exact H0|]. cbn [lazy_path].
  apply Rmin_glb_lt; [apply Rmult_lt_0_compat; [apply growth_pos|]; assumption|].
  apply next_positive; [assumption|assumption|apply pow2_ge_0].
Qed.

Lemma lazier_above : forall lr wd hi delta x y, lr * wd < 1 -> 0 < delta <= 1 / 4 -> 0 < x <= y ->
  Rmin (growth lr wd delta * x) (periodic_norm_sq_next x (hi ^ 2) lr wd) <=
  Rmin (growth lr wd delta * y) (periodic_norm_sq_next y (hi ^ 2) lr wd).
Proof.
  intros lr wd hi d x y Hp Hd Hx; pose proof (growth_pos lr wd d Hp ltac:(lra)) as Gp.
  apply Rmin_glb.
  - apply Rle_trans with (1 := Rmin_l _ _). apply Rmult_le_compat_l; lra.
  - unfold periodic_norm_sq_next. set (q := 1 - lr * wd); assert (Hq : 0 < q) by (unfold q; lra).
    set (b := lr ^ 2 * hi ^ 2). assert (Hb : 0 <= b) by (unfold b; nonneg).
    destruct (Rle_lt_dec b (q ^ 2 * (x * y))) as [C|C].
    + apply Rle_trans with (1 := Rmin_r _ _).
      assert (E : q ^ 2 * y + b / y - (q ^ 2 * x + b / x) = (y - x) * (q ^ 2 * (x * y) - b) / (x * y)) by (field; lra).
      assert (0 <= (y - x) * (q ^ 2 * (x * y) - b) / (x * y)); [|lra].
      apply Rdiv_le_0_compat; [apply Rmult_le_pos; lra|apply Rmult_lt_0_compat; lra].
    + apply Rle_trans with (1 := Rmin_l _ _).
      assert (E : q ^ 2 * x <= b / y).
      { apply Rmult_le_reg_r with y; [lra|]. unfold Rdiv; rewrite (Rmult_assoc b), Rinv_l by lra. lra. }
      assert (F : growth lr wd d * x <= 2 * (q ^ 2 * x)).
      { unfold periodic_jumpless_growth_sq; fold q. apply Rmult_le_reg_r with ((1 - d) ^ 2); [apply pow_lt; lra|].
        replace (q ^ 2 / (1 - d) ^ 2 * x * (1 - d) ^ 2) with (q ^ 2 * x) by (field; lra).
        assert (0 < q ^ 2 * x) by (apply Rmult_lt_0_compat; [apply pow_lt|]; lra).
        assert (1 <= 2 * (1 - d) ^ 2) by nra. nra. }
      assert (q ^ 2 * x <= q ^ 2 * y) by (apply Rmult_le_compat_l; [apply pow2_ge_0|lra]). lra.
Qed.

(* The exact maximal time for gradients in [lo, hi]. *)
Theorem no_jump_until_iff : forall lr wd lo hi delta s0 T, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 <= lo <= hi ->
  0 < s0 -> 0 < delta <= 1 / 4 ->
  ((exists G s, norm_run lr wd lo hi G s /\ s O = s0 /\ forall t, (t <= T)%nat -> ~ jumps lr wd delta G s t) <->
   (forall t, (t <= T)%nat -> level (lo ^ 2) lr wd delta <= (lazy_path lr wd hi delta s0 t) ^ 2)).
Proof.
  intros lr wd lo hi d s0 T Hl Hw Hp Hlo H0 Hd.
  assert (D : 0 < d < 1) by lra. pose proof (growth_pos lr wd d ltac:(lra) D) as Gp.
  assert (LH : lo ^ 2 <= hi ^ 2) by (apply pow_incr; lra). pose proof (pow2_ge_0 lo) as L0.
  pose proof (lazy_path_pos lr wd hi d s0 ltac:(lra) D H0) as Px.
  split.
  - intros (G & s & R & S0 & N). pose proof (run_pos _ _ _ _ _ _ R) as P.
    pose proof (run_grad _ _ _ _ _ _ R) as HG.
    destruct R as (_ & _ & _ & _ & _ & _ & Hs).
    assert (B : forall t, (t <= T)%nat -> s t <= lazy_path lr wd hi d s0 t).
    { induction t as [|t IH]; intro Ht; [simpl; lra|]. cbn [lazy_path].
      apply Rle_trans with (Rmin (growth lr wd d * s t) (periodic_norm_sq_next (s t) (hi ^ 2) lr wd)).
      - rewrite Hs; apply Rmin_glb.
        + apply no_jump_iff; try lra; [apply P|apply (Rle_trans _ (lo ^ 2)); [exact L0|apply HG]|].
          apply (N t); lia.
        + unfold periodic_norm_sq_next; apply Rplus_le_compat_l. unfold Rdiv; apply Rmult_le_compat_r;
            [apply Rlt_le, Rinv_0_lt_compat, P|apply Rmult_le_compat_l; [apply pow2_ge_0|apply HG]].
      - apply lazier_above; [lra|lra|split; [apply P|apply IH; lia]]. }
    intros t Ht. assert (Nt := N t Ht). unfold jumps in Nt. specialize (HG t). specialize (P t).
    rewrite jump_exact in Nt by lra. apply Rnot_lt_le in Nt.
    pose proof (level_increases lr wd d (lo ^ 2) (G t) ltac:(lra) Hl D ltac:(lra)).
    assert ((s t) ^ 2 <= (lazy_path lr wd hi d s0 t) ^ 2) by (apply pow_incr; split; [lra|apply B; exact Ht]). lra.
  - intro J. set (x := lazy_path lr wd hi d s0) in *.
    set (g := fun t => Rmin (lazy_gradient lr wd d (x t)) (hi ^ 2)).
    assert (gS : forall t, periodic_norm_sq_next (x t) (g t) lr wd = x (S t)).
    { intro t; unfold g. change (x (S t)) with (Rmin (growth lr wd d * x t) (periodic_norm_sq_next (x t) (hi ^ 2) lr wd)).
      rewrite <- lazy_step with (x := x t) by auto.
      assert (M : forall a b, a <= b -> periodic_norm_sq_next (x t) a lr wd <= periodic_norm_sq_next (x t) b lr wd).
      { intros a b Hab; unfold periodic_norm_sq_next; apply Rplus_le_compat_l; unfold Rdiv;
          apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat, Px|apply Rmult_le_compat_l; [apply pow2_ge_0|exact Hab]]. }
      destruct (Rle_dec (lazy_gradient lr wd d (x t)) (hi ^ 2)) as [C|C].
      - rewrite (Rmin_left (lazy_gradient lr wd d (x t))) by exact C. rewrite Rmin_left; [reflexivity|apply M; exact C].
      - rewrite (Rmin_right (lazy_gradient lr wd d (x t))) by lra. rewrite Rmin_right; [reflexivity|apply M; lra]. }
    set (G := fun t => if Nat.leb t T then g t else hi ^ 2).
    assert (GE : forall t, (t <= T)%nat -> G t = g t).
    { intros t Ht; unfold G; rewrite (proj2 (Nat.leb_le t T)) by lia; reflexivity. }
    assert (gb : forall t, (t <= T)%nat -> lo ^ 2 <= g t <= hi ^ 2).
    { intros t Ht; split; [|apply Rmin_r]. apply Rmin_glb; [|exact LH]. apply lazy_enough; auto; lra. }
    assert (HG : forall t, lo ^ 2 <= G t <= hi ^ 2).
    { intro t; destruct (Nat.le_gt_cases t T) as [C|C]; [rewrite GE by exact C; apply gb; exact C|].
      unfold G; rewrite (proj2 (Nat.leb_gt t T)) by lia; lra. }
    assert (E : forall t, (t <= T)%nat -> norm_path lr wd G s0 t = x t).
    { induction t as [|t IH]; intro Ht; [reflexivity|]. cbn [norm_path]; rewrite IH, GE by lia. apply gS. }
    exists G, (norm_path lr wd G s0); split; [repeat (split; [assumption|]); reflexivity|].
    split; [reflexivity|]. intros t Ht. unfold jumps. rewrite E, GE by lia. specialize (gb t Ht).
    apply no_jump_iff; auto; try lra.
    rewrite gS. change (x (S t)) with (Rmin (growth lr wd d * x t) (periodic_norm_sq_next (x t) (hi ^ 2) lr wd)).
    apply Rmin_l.
Qed.

(** * The norm in its fourth power: two-sided rates that agree to the second order in eta lambda *)

Lemma rest_is_square : forall lr wd g, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 ->
  periodic_rest_norm_4 (g ^ 2) lr wd = (kappa lr wd * g) ^ 2 /\
  periodic_rest_norm_4 (g ^ 2) lr wd = periodic_stationary_sq (alpha lr wd) (lr ^ 2 * g ^ 2).
Proof.
  intros lr wd g Hl Hw Hp; destruct (kappax_sq lr wd Hl Hw Hp) as [X XX].
  destruct (alpha_range lr wd Hl Hw Hp) as [A P].
  assert (E : periodic_kappa_sq_exact lr wd = kappa lr wd * kappa lr wd).
  { rewrite sqrt_sqrt; [reflexivity|]. unfold periodic_kappa_sq_exact.
    apply Rlt_le, Rdiv_lt_0_compat; [lra|apply Rmult_lt_0_compat; lra]. }
  assert (F : periodic_rest_norm_4 (g ^ 2) lr wd = kappa lr wd * kappa lr wd * g ^ 2).
  { rewrite <- E; reflexivity. }
  rewrite F; split; [ring|]. unfold periodic_stationary_sq. rewrite <- XX.
  set (k := kappa lr wd) in *; set (a := alpha lr wd) in *; clearbody k a. field; lra.
Qed.

(* From every start. *)
Theorem norm_4_lower : forall lr wd lo hi G s, norm_run lr wd lo hi G s ->
  forall t, periodic_rest_norm_4 (lo ^ 2) lr wd +
    periodic_norm_4_rates_0 lr wd ^ t * (s O ^ 2 - periodic_rest_norm_4 (lo ^ 2) lr wd) <= s t ^ 2.
Proof.
  intros lr wd lo hi G s R; pose proof (run_pos _ _ _ _ _ _ R) as P; pose proof (run_grad _ _ _ _ _ _ R) as HG.
  destruct R as (Hl & Hw & Hp & Hlo & H0 & _ & Hs); destruct (alpha_range lr wd Hl Hw Hp) as [A _].
  destruct (rest_is_square lr wd lo Hl Hw Hp) as [_ E].
  assert (B : periodic_stationary_sq (alpha lr wd) (lr ^ 2 * lo ^ 2) * alpha lr wd = lr ^ 2 * lo ^ 2)
    by (unfold periodic_stationary_sq; apply div_cancel; lra).
  rewrite E; unfold periodic_norm_4_rates_0; change (1 - (1 - lr * wd) ^ 2) with (alpha lr wd).
  set (X := periodic_stationary_sq _ _) in *; clearbody X.
  assert (X0 : 0 <= X) by (apply Rmult_le_reg_r with (alpha lr wd); [lra|rewrite B, Rmult_0_l; nonneg]).
  induction t as [|t IH]; [simpl; lra|]. rewrite Hs, next_is_beta; specialize (P t); specialize (HG t).
  set (a := alpha lr wd) in *; clearbody a. unfold periodic_beta_next.
  assert (L : lr ^ 2 * lo ^ 2 <= lr ^ 2 * G t) by (apply Rmult_le_compat_l; [apply pow2_ge_0|lra]).
  assert (M : (1 - a) * s t + X * a / s t <= (1 - a) * s t + lr ^ 2 * G t / s t).
  { rewrite B; apply Rplus_le_compat_l; unfold Rdiv; apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat|]; lra. }
  assert (N : 0 <= (1 - a) * s t + X * a / s t).
  { apply Rplus_le_le_0_compat; [apply Rmult_le_pos; lra|apply Rdiv_le_0_compat; [apply Rmult_le_pos|]; lra]. }
  assert (S2 : ((1 - a) * s t + X * a / s t) ^ 2 <= ((1 - a) * s t + lr ^ 2 * G t / s t) ^ 2)
    by (apply pow_incr; split; assumption).
  assert (D : ((1 - a) * s t + X * a / s t) ^ 2 - X - (1 - 2 * a) * (s t ^ 2 - X) = (a * (s t ^ 2 - X) / s t) ^ 2)
    by (field; lra).
  pose proof (pow2_ge_0 (a * (s t ^ 2 - X) / s t)).
  simpl pow at 1. apply Rmult_le_compat_l with (r := 1 - 2 * a) in IH; [|lra].
  set (e := (1 - 2 * a) ^ t * (s O ^ 2 - X)) in *.
  replace ((1 - 2 * a) * (1 - 2 * a) ^ t * (s O ^ 2 - X)) with ((1 - 2 * a) * e) by (unfold e; ring). lra.
Qed.

(* From above, as long as the norm clears the hop level. *)
Theorem norm_4_upper : forall lr wd lo hi G s t, norm_run lr wd lo hi G s -> kappa lr wd * hi < s O ->
  (forall u, (u < t)%nat -> periodic_hop_ratio (alpha lr wd) * (kappa lr wd * hi) <= s u) ->
  s t ^ 2 <= periodic_rest_norm_4 (hi ^ 2) lr wd +
    periodic_norm_4_rates_1 lr wd ^ t * (s O ^ 2 - periodic_rest_norm_4 (hi ^ 2) lr wd).
Proof.
  intros lr wd lo hi G s t R H0 HT; pose proof (run_is_beta _ _ _ _ _ _ R) as (A & Hab & _ & HB & HS).
  destruct R as (Hl & Hw & Hp & Hlo & _).
  destruct (rest_is_square lr wd hi Hl Hw Hp) as [_ E].
  assert (Sx : sqrt (periodic_stationary_sq (alpha lr wd) (lr ^ 2 * hi ^ 2)) = kappa lr wd * hi)
    by (unfold periodic_stationary_sq; apply star_is_kappax; lra).
  pose proof (upper_rate_in_squares (alpha lr wd) (lr ^ 2 * hi ^ 2) (fun t => lr ^ 2 * G t) s t A) as U; rewrite Sx in U.
  assert (Hb : 0 <= lr ^ 2 * hi ^ 2) by nonneg. assert (Ha0 : 0 <= lr ^ 2 * lo ^ 2) by nonneg.
  specialize (U H0 (fun u => conj (Rle_trans _ _ _ Ha0 (proj1 (HB u))) (proj2 (HB u))) HS).
  rewrite E. replace (periodic_norm_4_rates_1 lr wd ^ t) with ((1 - alpha lr wd) ^ (2 * t)).
  - assert (V : forall u, (u < t)%nat -> sqrt (alpha lr wd * (lr ^ 2 * hi ^ 2)) / (1 - alpha lr wd) <= s u).
    { intros u Hu; rewrite threshold_is_hop_level by lra. rewrite Sx. apply HT; exact Hu. }
    specialize (U V). lra.
  - unfold periodic_norm_4_rates_1, periodic_beta_alpha_exact. rewrite pow_mult. f_equal. ring.
Qed.

Lemma rest_nonneg : forall lr wd g, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 <= periodic_rest_norm_4 (g ^ 2) lr wd.
Proof. intros lr wd g Hl Hw Hp; rewrite (proj1 (rest_is_square lr wd g Hl Hw Hp)); apply pow2_ge_0. Qed.

Lemma rest_above : forall lr wd g x, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 <= g -> 0 < x ->
  (periodic_rest_norm_4 (g ^ 2) lr wd < x ^ 2 <-> kappa lr wd * g < x).
Proof.
  intros lr wd g x Hl Hw Hp Hg Hx; rewrite (proj1 (rest_is_square lr wd g Hl Hw Hp)).
  destruct (kappax_sq lr wd Hl Hw Hp) as [K _].
  assert (0 <= kappa lr wd * g) by nonneg. set (k := kappa lr wd * g) in *; clearbody k.
  split; intro; nra.
Qed.

Lemma rates_range : forall lr wd, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 ->
  0 < 1 - periodic_norm_4_rates_0 lr wd < 1 /\ 0 < 1 - periodic_norm_4_rates_1 lr wd < 1.
Proof.
  intros lr wd Hl Hw Hp; assert (P : 0 < lr * wd) by (apply Rmult_lt_0_compat; assumption).
  unfold periodic_norm_4_rates_0, periodic_norm_4_rates_1; set (p := lr * wd) in *; clearbody p.
  assert (0 < (1 - p) ^ 4) by (apply pow_lt; lra).
  assert ((1 - p) ^ 4 < 1) by (assert ((1 - p) ^ 2 < 1) by nra; assert (0 < (1 - p) ^ 2) by (apply pow_lt; lra); replace ((1 - p) ^ 4) with ((1 - p) ^ 2 * (1 - p) ^ 2) by ring; nra). split; split; nra.
Qed.

(* No jump before t_min in the fourth power ... *)
Theorem tmin_fourth : forall lr wd lo hi delta G s, norm_run lr wd lo hi G s -> 0 < delta < 1 ->
  periodic_rest_norm_4 (lo ^ 2) lr wd < s O ^ 2 ->
  periodic_rest_norm_4 (lo ^ 2) lr wd < level (hi ^ 2) lr wd delta ->
  forall t, INR t <= periodic_time_to_level (s O ^ 2) (periodic_rest_norm_4 (lo ^ 2) lr wd)
      (level (hi ^ 2) lr wd delta) (1 - periodic_norm_4_rates_0 lr wd) -> ~ jumps lr wd delta G s t.
Proof.
  intros lr wd lo hi d G s R Hd H0 HM t Ht.
  pose proof (norm_4_lower _ _ _ _ _ _ R t) as L; pose proof (run_pos _ _ _ _ _ _ R t).
  pose proof (run_grad _ _ _ _ _ _ R t).
  pose proof R as (Hl & Hw & Hp & _); destruct (rates_range lr wd Hl Hw Hp) as [Q _].
  apply before_time in Ht; [|exact Q|exact H0|exact HM].
  replace (1 - (1 - periodic_norm_4_rates_0 lr wd)) with (periodic_norm_4_rates_0 lr wd) in Ht by ring.
  intro J; apply (run_jump _ _ _ _ _ _ _ _ R Hd) in J.
  pose proof (exact_level_mono lr wd d (G t) (hi ^ 2) ltac:(lra) Hl Hd ltac:(lra)). lra.
Qed.

(* ... and no better bound is possible up to the second order: the run with lo passes the level by then. *)
Theorem first_passage_fourth : forall lr wd lo m s0, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 <= lo -> 0 < s0 ->
  periodic_rest_norm_4 (lo ^ 2) lr wd < s0 ^ 2 -> periodic_rest_norm_4 (lo ^ 2) lr wd < m ->
  (forall t, INR t <= periodic_time_to_level (s0 ^ 2) (periodic_rest_norm_4 (lo ^ 2) lr wd) m
     (1 - periodic_norm_4_rates_0 lr wd) -> m <= norm_path lr wd (fun _ => lo ^ 2) s0 t ^ 2) /\
  (forall t, periodic_time_to_level (s0 ^ 2) (periodic_rest_norm_4 (lo ^ 2) lr wd) m
     (1 - periodic_norm_4_rates_1 lr wd) < INR t -> norm_path lr wd (fun _ => lo ^ 2) s0 t ^ 2 < m).
Proof.
  intros lr wd lo m s0 Hl Hw Hp Hlo Hs0 H0 HM.
  destruct (rates_range lr wd Hl Hw Hp) as [Q1 Q2].
  assert (R : norm_run lr wd lo lo (fun _ => lo ^ 2) (norm_path lr wd (fun _ => lo ^ 2) s0)).
  { split; [exact Hl|split; [exact Hw|split; [exact Hp|split; [lra|split; [exact Hs0|split; [intro; lra|reflexivity]]]]]]. }
  assert (K : kappa lr wd * lo < s0) by (apply rest_above in H0; assumption).
  split; intros t Ht.
  - pose proof (norm_4_lower _ _ _ _ _ _ R t) as L; cbn [norm_path] in L.
    apply before_time in Ht; [|exact Q1|exact H0|exact HM].
    replace (1 - (1 - periodic_norm_4_rates_0 lr wd)) with (periodic_norm_4_rates_0 lr wd) in Ht by ring. lra.
  - pose proof (norm_4_upper _ _ _ _ _ _ t R K) as U; cbn [norm_path] in U.
    apply after_time in Ht; [|exact Q2|exact H0|exact HM].
    replace (1 - (1 - periodic_norm_4_rates_1 lr wd)) with (periodic_norm_4_rates_1 lr wd) in Ht by ring.
    apply Rle_lt_trans with (2 := Ht), U. intros u _.
    pose proof (A5_lower_exact _ _ _ _ _ _ R u) as B; cbn [norm_path] in B.
    destruct (alpha_range lr wd Hl Hw Hp) as [A _]; pose proof (hop_range (alpha lr wd) A) as HR.
    destruct (kappax_sq lr wd Hl Hw Hp) as [X _].
    assert (0 <= (1 - 2 * alpha lr wd) ^ u * (s0 - kappa lr wd * lo)) by (apply Rmult_le_pos; [apply pow_le|]; lra).
    assert (0 <= kappa lr wd * lo) by nonneg. set (k := kappa lr wd * lo) in *; clearbody k.
    set (h := periodic_hop_ratio _) in *; clearbody h. nra.
Qed.

(* A jump comes by t_max in the fourth power. *)
Theorem tmax_fourth : forall lr wd lo hi delta G s, norm_run lr wd lo hi G s -> 0 < delta < 1 ->
  periodic_rest_norm_4 (hi ^ 2) lr wd < s O ^ 2 ->
  periodic_rest_norm_4 (hi ^ 2) lr wd < level (lo ^ 2) lr wd delta ->
  forall T, periodic_time_to_level (s O ^ 2) (periodic_rest_norm_4 (hi ^ 2) lr wd)
      (level (lo ^ 2) lr wd delta) (1 - periodic_norm_4_rates_1 lr wd) < INR T ->
  exists t, (t <= T)%nat /\ jumps lr wd delta G s t.
Proof.
  intros lr wd lo hi d G s R Hd H0 HM T HT.
  pose proof (run_pos _ _ _ _ _ _ R) as P; pose proof R as (Hl & Hw & Hp & Hlo & _).
  destruct (rates_range lr wd Hl Hw Hp) as [_ Q2].
  apply after_time in HT; [|exact Q2|exact H0|exact HM].
  replace (1 - (1 - periodic_norm_4_rates_1 lr wd)) with (periodic_norm_4_rates_1 lr wd) in HT by ring.
  assert (K : kappa lr wd * hi < s O) by (apply rest_above in H0; [assumption| | | | |apply P]; lra).
  assert (JB : forall t, s t ^ 2 < level (lo ^ 2) lr wd d -> jumps lr wd d G s t).
  { intros t C; apply (run_jump _ _ _ _ _ _ _ _ R Hd).
    pose proof (run_grad _ _ _ _ _ _ R t).
    pose proof (exact_level_mono lr wd d (lo ^ 2) (G t) ltac:(lra) Hl Hd ltac:(lra)). lra. }
  destruct (alpha_range lr wd Hl Hw Hp) as [A _]; pose proof (hop_range (alpha lr wd) A) as HR.
  destruct (kappax_sq lr wd Hl Hw Hp) as [X _].
  assert (K0 : 0 <= kappa lr wd * hi) by nonneg.
  destruct (Classical_Prop.classic (exists t, (t <= T)%nat /\ s t <= kappa lr wd * hi)) as [(t & Ht & C)|C].
  - exists t; split; [exact Ht|apply JB]. apply Rle_lt_trans with (2 := HM).
    rewrite (proj1 (rest_is_square lr wd hi Hl Hw Hp)). apply pow_incr; split; [apply Rlt_le, P|exact C].
  - exists T; split; [lia|apply JB]. apply Rle_lt_trans with (2 := HT).
    apply (norm_4_upper _ _ _ _ _ _ T R K). intros u Hu.
    assert (kappa lr wd * hi < s u) by (apply Rnot_le_lt; intro Q; apply C; exists u; split; [lia|exact Q]).
    set (k := kappa lr wd * hi) in *; clearbody k. set (h := periodic_hop_ratio _) in *; clearbody h. nra.
Qed.

(** * The smallest absorbing interval *)

Theorem absorbed : forall lr wd lo hi G s, norm_run lr wd lo hi G s -> 0 < lo ->
  lo < periodic_hop_ratio (alpha lr wd) * hi ->
  forall eps, 0 < eps -> exists T, forall t, (T <= t)%nat ->
  kappa lr wd * lo - eps <= s t <= periodic_norm_sq_next (kappa lr wd * lo) (hi ^ 2) lr wd.
Proof.
  intros lr wd lo hi G s R Plo HC eps He; pose proof (run_is_beta _ _ _ _ _ _ R) as HS.
  destruct R as (Hl & Hw & Hp & Hlo & _); destruct (alpha_range lr wd Hl Hw Hp) as [A _].
  destruct (lower_limit _ _ _ _ _ HS eps He) as [N1 H1].
  assert (SR : forall g, 0 <= g -> sqrt (lr ^ 2 * g ^ 2) = lr * g).
  { intros g Hg; replace (lr ^ 2 * g ^ 2) with ((lr * g) * (lr * g)) by ring; apply sqrt_square; nonneg. }
  destruct (A7_upper _ _ _ _ _ HS) as [N2 H2].
  - apply Rmult_lt_0_compat; apply pow_lt; assumption.
  - rewrite !SR by lra. fold (periodic_hop_ratio (alpha lr wd)).
    replace (periodic_hop_ratio (alpha lr wd) * (lr * hi)) with (lr * (periodic_hop_ratio (alpha lr wd) * hi)) by ring.
    apply Rmult_lt_compat_l; assumption.
  - exists (N1 + N2)%nat; intros t Ht; specialize (H1 t ltac:(lia)); specialize (H2 t ltac:(lia)).
    rewrite star_is_kappax in H1, H2 by lra. rewrite next_is_beta; split; assumption.
Qed.

Local Notation star alpha beta := (sqrt (periodic_stationary_sq alpha beta)).
Local Notation step x alpha beta := (periodic_beta_next x alpha beta).
Local Notation hop alpha := (periodic_hop_ratio alpha).

(* The adversary that waits for x <= c, for any c between the lower end and the hop level. *)
Lemma adversary : forall al a b c x0, 0 < al < 1 / 2 -> 0 <= a <= b -> 0 < x0 ->
  star al a < c -> c < hop al * star al b ->
  let x := adversary_path al a b c x0 in let be := adversary_choice al a b c x0 in
  (forall t, a <= be t <= b) /\ (forall t, x (S t) = step (x t) al (be t)) /\
  (forall N, exists t, (N <= t)%nat /\ x t <= c /\ step c al b <= x (S t)).
Proof.
  intros al a b c x0 Ha Hab H0 HcA Hch x be.
  destruct (star_spec al a) as [HA EA]; [lra|lra|]. destruct (star_spec al b) as [HX EX]; [lra|lra|].
  pose proof (hop_range al Ha) as Hh; pose proof (hop_times al ltac:(lra)) as Hhop.
  set (A := star al a) in *. set (X := star al b) in *. clearbody A X.
  assert (Hc0 : 0 < c) by lra.
  assert (HX0 : 0 < X) by (destruct HX as [HX|HX]; [exact HX|exfalso; rewrite <- HX in Hch; lra]).
  assert (HcX : c < X) by nra.
  assert (Hlow : 0 < al * X - (1 - al) * c) by nra.
  assert (Hstep : forall t, x (S t) = step (x t) al (be t)) by reflexivity.
  assert (Hbe : forall t, a <= be t <= b) by (intro t; unfold be, adversary_choice; destruct Rle_dec; lra).
  assert (Hp : forall t, 0 < x t).
  { apply (path_pos al be); auto; [lra|]. intro t. specialize (Hbe t). lra. }
  split; [exact Hbe|split; [exact Hstep|]].
  assert (Hdown : forall N, exists t, (N <= t)%nat /\ x t <= c).
  { intro N. apply Classical_Prop.NNPP. intro Hno.
    assert (Hup : forall k, c < x (N + k)%nat).
    { intro k. apply Rnot_le_lt. intro C. apply Hno. exists (N + k)%nat. split; [lia | assumption]. }
    assert (Hgeo : forall k, x (N + k)%nat - A <= (1 - al) ^ k * (x N - A)).
    { induction k as [|k IH]; [rewrite Nat.add_0_r; simpl; lra|].
      rewrite Nat.add_succ_r, Hstep. unfold be, adversary_choice. fold x.
      destruct Rle_dec as [C|_]; [specialize (Hup k); lra|].
      rewrite EA. specialize (Hup k).
      destruct (step_above (x (N + k)%nat) al A HA ltac:(lra) (Hp _) ltac:(lra)) as [_ U].
      change ((1 - al) ^ S k) with ((1 - al) * (1 - al) ^ k).
      apply Rmult_le_compat_l with (r := 1 - al) in IH; lra. }
    assert (HN : 0 < x N - A) by (specialize (Hup 0%nat); rewrite Nat.add_0_r in Hup; lra).
    destruct (pow_small (1 - al) (x N - A) ((c - A) / 2)) as [k Hk]; [lra|lra|lra|].
    specialize (Hk k (le_n k)). specialize (Hup k). specialize (Hgeo k). lra. }
  intro N. destruct (Hdown N) as (t & Ht & Hxt). exists t. split; [exact Ht|split; [exact Hxt|]].
  rewrite Hstep. unfold be, adversary_choice. fold x. destruct Rle_dec as [_|C]; [|contradiction].
  specialize (Hp t). apply next_anti; [lra|lra|lra|].
  rewrite EX. apply Rle_trans with ((1 - al) * (c * c)).
  - apply Rmult_le_compat_l; [lra|]. nra.
  - assert ((1 - al) * c <= al * X) by lra. nra.
Qed.

(* No smaller interval absorbs: some run from every start comes as close as one likes to both ends, for ever. *)
Theorem absorbing_sharp : forall lr wd lo hi s0 eps, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 < lo <= hi -> 0 < s0 ->
  lo < periodic_hop_ratio (alpha lr wd) * hi -> 0 < eps ->
  exists G s, norm_run lr wd lo hi G s /\ s O = s0 /\
    forall N, exists t, (N <= t)%nat /\ s t <= kappa lr wd * lo + eps /\
      periodic_norm_sq_next (kappa lr wd * lo) (hi ^ 2) lr wd - eps <= s (S t).
Proof.
  intros lr wd lo hi s0 eps Hl Hw Hp Hlo H0 HC He; destruct (alpha_range lr wd Hl Hw Hp) as [A _].
  assert (L2 : lo ^ 2 <= hi ^ 2) by (apply pow_incr; lra).
  assert (R0 : 0 < lr ^ 2) by (apply pow_lt; assumption).
  destruct (kappax_sq lr wd Hl Hw Hp) as [X _].
  assert (SA : star (alpha lr wd) (lr ^ 2 * lo ^ 2) = kappa lr wd * lo) by (apply star_is_kappax; lra).
  assert (SB : star (alpha lr wd) (lr ^ 2 * hi ^ 2) = kappa lr wd * hi) by (apply star_is_kappax; lra).
  set (u := kappa lr wd * lo) in *. assert (Pu : 0 < u) by (unfold u; apply Rmult_lt_0_compat; lra).
  set (b := lr ^ 2 * hi ^ 2) in *. assert (Pb : 0 < b) by (unfold b; apply Rmult_lt_0_compat; [|apply pow_lt]; lra).
  assert (Hu : u < periodic_hop_ratio (alpha lr wd) * (kappa lr wd * hi)).
  { unfold u. replace (periodic_hop_ratio (alpha lr wd) * (kappa lr wd * hi)) with
      (kappa lr wd * (periodic_hop_ratio (alpha lr wd) * hi)) by ring. apply Rmult_lt_compat_l; assumption. }
  set (top := periodic_hop_ratio (alpha lr wd) * (kappa lr wd * hi)) in *.
  set (d := Rmin (eps * u ^ 2 / b) (Rmin eps ((top - u) / 2))).
  assert (Pd : 0 < d).
  { unfold d; repeat apply Rmin_glb_lt; try lra. apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat; [|apply pow_lt]|]; lra. }
  assert (d1 : d <= eps * u ^ 2 / b) by apply Rmin_l.
  assert (d2 : d <= eps) by (apply Rle_trans with (1 := Rmin_r _ _), Rmin_l).
  assert (d3 : d <= (top - u) / 2) by (apply Rle_trans with (1 := Rmin_r _ _), Rmin_r).
  clearbody d.
  destruct (adversary (alpha lr wd) (lr ^ 2 * lo ^ 2) b (u + d) s0 A) as (HB & HS & HN);
    [split; [nonneg|unfold b; apply Rmult_le_compat_l; lra]|exact H0|rewrite SA; lra|rewrite SB; fold top; lra|].
  set (s := adversary_path _ _ _ _ s0) in *; set (be := adversary_choice _ _ _ _ s0) in *.
  exists (fun t => be t / lr ^ 2), s; split; [|split; [reflexivity|]].
  - split; [exact Hl|split; [exact Hw|split; [exact Hp|split; [lra|split; [exact H0|split]]]]]; intro t.
    + specialize (HB t); split; apply Rmult_le_reg_r with (lr ^ 2); try exact R0; rewrite div_cancel by lra;
        [|unfold b in HB]; lra.
    + rewrite HS, next_is_beta; f_equal; field; lra.
  - intro N; destruct (HN N) as (t & Ht & C & D). exists t; split; [exact Ht|split; [lra|]].
    apply Rle_trans with (2 := D). rewrite next_is_beta; fold b. unfold periodic_beta_next.
    set (a := alpha lr wd) in *; clearbody a top.
    assert (E : b / u - b / (u + d) <= eps).
    { replace (b / u - b / (u + d)) with (d * (b / (u * (u + d)))) by (field; lra).
      apply Rle_trans with (d * (b / (u ^ 2))).
      - apply Rmult_le_compat_l; [lra|]. unfold Rdiv; apply Rmult_le_compat_l; [lra|].
        apply Rinv_le_contravar; [apply pow_lt; exact Pu|]. simpl; rewrite Rmult_1_r; apply Rmult_le_compat_l; lra.
      - apply Rmult_le_reg_r with (u ^ 2 / b); [apply Rdiv_lt_0_compat; [apply pow_lt|]; lra|].
        replace (d * (b / u ^ 2) * (u ^ 2 / b)) with d by (field; repeat split; lra).
        replace (eps * (u ^ 2 / b)) with (eps * u ^ 2 / b) by (field; lra). exact d1. }
    assert (0 <= (1 - a) * d) by (apply Rmult_le_pos; lra).
    lra.
Qed.

(* Proposition 3's interval attracts every run if and only if hop_ratio(alpha') L <= l. *)
Theorem interval_iff : forall lr wd lo hi, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 < lo <= hi ->
  ((forall G s, norm_run lr wd lo hi G s -> forall eps, 0 < eps -> exists T, forall t, (T <= t)%nat ->
      kappa lr wd * lo - eps <= s t <= kappa lr wd * hi + eps) <->
   periodic_hop_ratio (alpha lr wd) * hi <= lo).
Proof.
  intros lr wd lo hi Hl Hw Hp Hlo; split.
  - intro H; apply Rnot_lt_le; intro C.
    destruct (hop_forever lr wd lo hi 1 Hl Hw Hp ltac:(lra) ltac:(lra) C) as (G & s & m & R & _ & M & F).
    destruct (H G s R (m / 2) ltac:(lra)) as [T HT]. destruct (F T) as (t & Ht & E). specialize (HT t Ht). lra.
  - intros HC G s R eps He; pose proof (run_is_beta _ _ _ _ _ _ R) as HS.
    destruct (proposition5 _ _ _ _ _ HS) with (eps := eps) as [T HT]; [|exact He|].
    + assert (SR : forall g, 0 <= g -> sqrt (lr ^ 2 * g ^ 2) = lr * g).
      { intros g Hg; replace (lr ^ 2 * g ^ 2) with ((lr * g) * (lr * g)) by ring; apply sqrt_square; nonneg. }
      rewrite !SR by lra. fold (periodic_hop_ratio (alpha lr wd)).
      replace (periodic_hop_ratio (alpha lr wd) * (lr * hi)) with (lr * (periodic_hop_ratio (alpha lr wd) * hi)) by ring.
      apply Rmult_le_compat_l; lra.
    + exists T; intros t Ht; specialize (HT t Ht). rewrite !star_is_kappax in HT by lra. exact HT.
Qed.

(** * Planar losses: the map of (phi, l), l = log of the effective learning rate, and its multipliers at rest *)

(* g is f', c its derivative; the turn has the tangent e g(phi), by which rho^2 grows as 1 + (e g)^2. *)
Definition planar_angle (g : R -> R) (phi l : R) : R := phi - atan (exp l * g phi).
Definition planar_log_elr (g : R -> R) (keep phi l : R) : R := l - ln keep - ln (1 + (exp l * g phi) ^ 2).

Theorem planar_jacobian : forall g keep phi l c, is_derive g phi c ->
  let s := exp l * g phi in let d := 1 + s ^ 2 in
  is_derive (fun x => planar_angle g x l) phi (1 - exp l * c / d) /\
  is_derive (fun x => planar_angle g phi x) l (- (s / d)) /\
  is_derive (fun x => planar_log_elr g keep x l) phi (- (2 * s * (exp l * c) / d)) /\
  is_derive (fun x => planar_log_elr g keep phi x) l (1 - 2 * s ^ 2 / d).
Proof.
  intros g keep phi l c Hg s d; unfold planar_angle, planar_log_elr.
  assert (D : 0 < 1 + (exp l * g phi) ^ 2) by (pose proof (pow2_ge_0 (exp l * g phi)); lra).
  assert (E : ex_derive g phi) by (exists c; exact Hg).
  assert (U : Derive g phi = c) by (apply is_derive_unique; exact Hg).
  unfold d, s; clear d s. simpl in D.
  split; [|split; [|split]].
  - auto_derive; [repeat split; exact E|]. replace (Derive (fun x => g x) phi) with c by (symmetry; exact U).
    field; simpl; lra.
  - auto_derive; [exact I|]. field; simpl; lra.
  - auto_derive; [repeat split; [exact E|exact D]|]. replace (Derive (fun x => g x) phi) with c by (symmetry; exact U).
    field; simpl; lra.
  - auto_derive; [repeat split; exact D|]. field; simpl; lra.
Qed.

(* The turn at rest, theta = arccos(1 - eta lambda), and with it the period of small oscillations. *)
Theorem resting_turn : forall x theta, 0 < x <= 1 / 4 -> 0 < theta <= 1 -> cos theta = 1 - x ->
  2 * x <= theta ^ 2 <= 2 * x * (1 + x / 4).
Proof.
  intros x th Hx Ht HC.
  destruct (pre_cos_bound th 0 ltac:(lra) ltac:(lra)) as [B1 B2]; rewrite HC in B1, B2.
  unfold cos_approx, cos_term in B1, B2; simpl in B1, B2.
  assert (L : 1 - th ^ 2 / 2 <= 1 - x) by lra.
  assert (U : 1 - x <= 1 - th ^ 2 / 2 + th ^ 4 / 24) by lra.
  split; [lra|]. apply Rnot_lt_le; intro C.
  assert (T1 : th ^ 2 <= 1) by nra.
  set (y := th ^ 2) in *; replace (th ^ 4) with (y * y) in U by (unfold y; ring); clearbody y.
  assert (0 < (y - 2 * x * (1 + x / 4)) * (12 - y - 2 * x * (1 + x / 4))) by (apply Rmult_lt_0_compat; nra).
  assert (0 < x * x) by nra. assert ((1 + x / 4) * (1 + x / 4) <= 3 / 2) by nra. nra.
Qed.

Theorem small_period : forall lr wd theta, 0 < lr -> 0 < wd -> lr * wd <= 1 / 4 -> 0 < theta <= 1 ->
  cos theta = periodic_resting_cos lr wd ->
  cos (2 * theta) = periodic_small_period_cos lr wd /\
  PI ^ 2 / (2 * (lr * wd) * (1 + lr * wd / 4)) <= (2 * PI / (2 * theta)) ^ 2 <= PI ^ 2 / (2 * (lr * wd)).
Proof.
  intros lr wd th Hl Hw Hp Ht HC; unfold periodic_resting_cos in HC.
  assert (P : 0 < lr * wd) by (apply Rmult_lt_0_compat; assumption).
  destruct (resting_turn (lr * wd) th ltac:(lra) Ht HC) as [A B].
  assert (PP : 0 < PI ^ 2) by (apply pow_lt, PI_RGT_0).
  split; [rewrite cos_2a_cos, HC; unfold periodic_small_period_cos; ring|].
  replace ((2 * PI / (2 * th)) ^ 2) with (PI ^ 2 / th ^ 2) by (field; lra).
  split; unfold Rdiv; apply Rmult_le_compat_l; try lra; apply Rinv_le_contravar; nra.
Qed.
