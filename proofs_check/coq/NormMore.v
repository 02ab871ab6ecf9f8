(* The norm under weight decay, its delta-jumps and their times, with nothing suppressed:
   sections 4.1, 4.2 and appendices A.5-A.7 of "On the Periodic Behavior of Neural Network Training
   with Batch Normalization and Weight Decay". s is rho^2 and G the squared effective gradient norm. *)
From Coq Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import Theory Beta BetaMore Norm.
Open Scope R_scope.

Ltac nonneg := first [lra | apply pow2_ge_0 | apply Rmult_le_pos; nonneg].

Lemma div_cancel : forall a b, b <> 0 -> a / b * b = a.
Proof. intros; field; assumption. Qed.

(* The dynamics (1) with effective gradients in [lo, hi], in the paper's range 2 eta lambda < 1/2. *)
Definition norm_run (lr wd lo hi : R) (G s : nat -> R) : Prop :=
  0 < lr /\ 0 < wd /\ lr * wd < 1 / 4 /\ 0 <= lo <= hi /\ 0 < s O /\
  (forall t, lo ^ 2 <= G t <= hi ^ 2) /\
  (forall t, s (S t) = periodic_norm_sq_next (s t) (G t) lr wd).

(* The step from x_t to x_{t+1} is a delta-jump: definition 1, with the cosine of eq. 8. *)
Definition jumps (lr wd delta : R) (G s : nat -> R) (t : nat) : Prop :=
  jump (s t) (G t) lr wd delta.

Local Notation keep lr wd := ((1 - lr * wd) ^ 2).
Local Notation alpha lr wd := (periodic_beta_alpha_exact lr wd).
Local Notation kappa lr wd := (sqrt (periodic_kappa_sq lr wd)).
Local Notation kappax lr wd := (sqrt (periodic_kappa_sq_exact lr wd)).

Lemma alpha_range : forall lr wd, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 ->
  0 < alpha lr wd < 1 / 2 /\ 0 < lr * wd.
Proof.
  intros lr wd Hl Hw Hp; assert (0 < lr * wd) by (apply Rmult_lt_0_compat; assumption).
  unfold periodic_beta_alpha_exact; set (p := lr * wd) in *; clearbody p; split; [split; nra|assumption].
Qed.

Lemma next_is_beta : forall s G lr wd,
  periodic_norm_sq_next s G lr wd = periodic_beta_next s (alpha lr wd) (lr ^ 2 * G).
Proof. intros; unfold periodic_norm_sq_next, periodic_beta_next, periodic_beta_alpha_exact; f_equal; ring. Qed.

Lemma run_is_beta : forall lr wd lo hi G s, norm_run lr wd lo hi G s ->
  beta_sequence (alpha lr wd) (lr ^ 2 * lo ^ 2) (lr ^ 2 * hi ^ 2) (fun t => lr ^ 2 * G t) s.
Proof.
  intros lr wd lo hi G s (Hl & Hw & Hp & Hlo & H0 & HG & Hs).
  assert (0 <= lr ^ 2) by apply pow2_ge_0.
  split; [apply alpha_range; assumption|].
  split; [split; [apply Rmult_le_pos; [lra|apply pow2_ge_0]|apply Rmult_le_compat_l; [lra|apply pow_incr; lra]]|].
  split; [assumption|split]; intro t.
  - split; apply Rmult_le_compat_l; try apply HG; lra.
  - rewrite Hs; apply next_is_beta.
Qed.

Lemma kappax_sq : forall lr wd, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 ->
  0 < kappax lr wd /\ kappax lr wd * kappax lr wd * alpha lr wd = lr ^ 2.
Proof.
  intros lr wd Hl Hw Hp; destruct (alpha_range lr wd Hl Hw Hp) as [_ P].
  assert (Q : 0 < periodic_kappa_sq_exact lr wd).
  { unfold periodic_kappa_sq_exact; apply Rdiv_lt_0_compat; [lra|apply Rmult_lt_0_compat; lra]. }
  split; [apply sqrt_lt_R0; exact Q|].
  rewrite sqrt_sqrt by lra; unfold periodic_kappa_sq_exact, periodic_beta_alpha_exact; field; lra.
Qed.

Lemma kappa_sq : forall lr wd, 0 < lr -> 0 < wd ->
  0 < kappa lr wd /\ kappa lr wd * kappa lr wd * (2 * (lr * wd)) = lr ^ 2.
Proof.
  intros lr wd Hl Hw.
  assert (Q : 0 < periodic_kappa_sq lr wd) by (unfold periodic_kappa_sq; apply Rdiv_lt_0_compat; lra).
  split; [apply sqrt_lt_R0; exact Q|].
  rewrite sqrt_sqrt by lra; unfold periodic_kappa_sq; field; lra.
Qed.

Theorem kappa_below_exact : forall lr wd, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> kappa lr wd < kappax lr wd.
Proof.
  intros lr wd Hl Hw Hp; destruct (kappax_sq lr wd Hl Hw Hp) as [X XX]; destruct (kappa_sq lr wd Hl Hw) as [K KK].
  destruct (alpha_range lr wd Hl Hw Hp) as [A P].
  assert (alpha lr wd < 2 * (lr * wd)).
  { unfold periodic_beta_alpha_exact; set (p := lr * wd) in *; clearbody p; nra. }
  set (k := kappa lr wd) in *; set (x := kappax lr wd) in *; set (a := alpha lr wd) in *.
  clearbody k x a; apply Rnot_le_lt; intro C.
  assert (0 < x * x) by (apply Rmult_lt_0_compat; assumption).
  assert (x * x <= k * k) by (apply Rmult_le_compat; lra).
  assert (x * x * a < x * x * (2 * (lr * wd))) by (apply Rmult_lt_compat_l; assumption).
  assert (x * x * (2 * (lr * wd)) <= k * k * (2 * (lr * wd))) by (apply Rmult_le_compat_r; lra).
  lra.
Qed.

Lemma star_is_kappax : forall lr wd g, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 <= g ->
  sqrt (lr ^ 2 * g ^ 2 / alpha lr wd) = kappax lr wd * g.
Proof.
  intros lr wd g Hl Hw Hp Hg; destruct (kappax_sq lr wd Hl Hw Hp) as [X XX].
  destruct (alpha_range lr wd Hl Hw Hp) as [A P].
  rewrite <- XX. set (x := kappax lr wd) in *; set (a := alpha lr wd) in *.
  replace (x * x * a * g ^ 2 / a) with ((x * g) * (x * g)) by (field; lra).
  apply sqrt_square; nra.
Qed.

(** * One run: bounds and limits *)

(* The lower bound inside the proof of prop. 2, exactly as printed. *)
Theorem A5_lower_printed : forall lr wd lo hi G s, norm_run lr wd lo hi G s -> kappa lr wd * lo < s O ->
  forall t, kappa lr wd * lo + (1 - 4 * (lr * wd)) ^ t * (s O - kappa lr wd * lo) <= s t.
Proof.
  intros lr wd lo hi G s R H0; pose proof (sequence_pos _ _ _ _ _ (run_is_beta _ _ _ _ _ _ R)) as P.
  destruct R as (Hl & Hw & Hp & Hlo & _ & HG & Hs).
  destruct (kappa_sq lr wd Hl Hw) as [K KK]; destruct (alpha_range lr wd Hl Hw Hp) as [_ Q].
  set (k := kappa lr wd) in *; set (p := lr * wd) in *.
  induction t as [|t IH]; [simpl; lra|].
  assert (E : 0 <= (1 - 4 * p) ^ t * (s O - k * lo)) by (apply Rmult_le_pos; [apply pow_le|]; lra).
  rewrite Hs; unfold periodic_norm_sq_next; fold p; specialize (P t); specialize (HG t).
  assert (I : 0 < / s t) by (apply Rinv_0_lt_compat; exact P).
  (* tangent: lr^2 lo^2 / s >= 2 p (2 k lo - s) *)
  assert (T : 2 * p * (2 * (k * lo) - s t) <= lr ^ 2 * G t / s t).
  { apply Rle_trans with (lr ^ 2 * lo ^ 2 / s t).
    - rewrite <- KK. assert (D : k * k * (2 * p) * lo ^ 2 / s t - 2 * p * (2 * (k * lo) - s t) =
        2 * p * (k * lo - s t) ^ 2 * / s t) by (field; lra).
      assert (0 <= 2 * p * (k * lo - s t) ^ 2 * / s t) by nonneg.
      lra.
    - unfold Rdiv; apply Rmult_le_compat_r; [lra|apply Rmult_le_compat_l; [apply pow2_ge_0|lra]]. }
  simpl pow at 1. set (e := (1 - 4 * p) ^ t * (s O - k * lo)) in *.
  replace ((1 - 4 * p) * (1 - 4 * p) ^ t * (s O - k * lo)) with ((1 - 4 * p) * e) by (unfold e; ring).
  assert (0 <= k * lo) by nonneg.
  assert (0 <= p * p * s t) by nonneg.
  nra.
Qed.

Theorem A5_lower_exact : forall lr wd lo hi G s, norm_run lr wd lo hi G s ->
  forall t, kappax lr wd * lo + (1 - 2 * alpha lr wd) ^ t * (s O - kappax lr wd * lo) <= s t.
Proof.
  intros lr wd lo hi G s R t; pose proof (run_is_beta _ _ _ _ _ _ R) as (HA & Hab & H0 & HB & HS).
  destruct R as (Hl & Hw & Hp & Hlo & _).
  pose proof (lower_rate_every_start (alpha lr wd) (lr ^ 2 * lo ^ 2) _ s ltac:(lra) ltac:(lra) H0
    (fun t => proj1 (HB t)) HS t) as L.
  unfold periodic_stationary_sq in L; rewrite star_is_kappax in L by lra; lra.
Qed.

(* The upper bound of prop. 2's proof: kappa and the rate as the dynamics has them. *)
Theorem A5_upper_exact : forall lr wd lo hi G s T, norm_run lr wd lo hi G s -> s O > kappax lr wd * hi ->
  (forall t, (t <= T)%nat -> periodic_hop_ratio (alpha lr wd) * (kappax lr wd * hi) <= s t) ->
  forall t, (t <= T + 1)%nat -> s t <= kappax lr wd * hi + keep lr wd ^ t * (s O - kappax lr wd * hi).
Proof.
  intros lr wd lo hi G s T R H0 HT t Ht; pose proof (run_is_beta _ _ _ _ _ _ R) as B.
  destruct R as (Hl & Hw & Hp & Hlo & _).
  destruct (alpha_range lr wd Hl Hw Hp) as [A P].
  assert (E : sqrt (lr ^ 2 * hi ^ 2 / alpha lr wd) = kappax lr wd * hi) by (apply star_is_kappax; lra).
  assert (Hb : 0 <= lr ^ 2 * hi ^ 2) by (apply Rmult_le_pos; apply pow2_ge_0).
  pose proof (corollary2_2 _ _ _ _ _ T B) as C; rewrite E in C; specialize (C H0).
  assert (D : forall u, (u <= T)%nat -> s u >= sqrt (alpha lr wd * (lr ^ 2 * hi ^ 2)) / (1 - alpha lr wd)).
  { intros u Hu; apply Rle_ge; apply hop_level; [lra|exact Hb|]. rewrite E.
    specialize (HT u Hu); pose proof (hop_times (alpha lr wd) ltac:(lra)) as HH.
    set (h := periodic_hop_ratio (alpha lr wd)) in *; set (a := alpha lr wd) in *; rewrite <- HH at 1.
    rewrite Rmult_assoc; apply Rmult_le_compat_l; lra. }
  specialize (C D t Ht).
  replace (keep lr wd) with (1 - alpha lr wd) by (unfold periodic_beta_alpha_exact; ring). lra.
Qed.

(** * The delta-jump *)

Lemma exact_level_pos : forall lr wd delta g, lr * wd < 1 -> 0 < lr -> 0 < delta < 1 -> 0 < g ->
  0 < periodic_jump_norm_4 (g ^ 2) lr wd delta.
Proof.
  intros lr wd d g Hp Hl Hd Hg; unfold periodic_jump_norm_4; apply Rdiv_lt_0_compat;
    repeat apply Rmult_lt_0_compat; try apply pow_lt; lra.
Qed.

Lemma exact_level_mono : forall lr wd delta G G', lr * wd < 1 -> 0 < lr -> 0 < delta < 1 -> G <= G' ->
  periodic_jump_norm_4 G lr wd delta <= periodic_jump_norm_4 G' lr wd delta.
Proof.
  intros lr wd d G G' Hp Hl Hd H; unfold periodic_jump_norm_4, Rdiv; apply Rmult_le_compat_r.
  - apply Rlt_le, Rinv_0_lt_compat; apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat; [apply pow_lt|]|]; lra.
  - apply Rmult_le_compat_r; [nonneg|apply Rmult_le_compat_l; [nonneg|assumption]].
Qed.

Lemma below_root : forall x y, 0 <= x -> 0 <= y -> (x ^ 2 < y <-> x < sqrt y).
Proof.
  intros x y Hx Hy; pose proof (sqrt_pos y) as P; pose proof (sqrt_sqrt y Hy) as S; set (r := sqrt y) in *.
  clearbody r; split; intro; nra.
Qed.

Lemma run_pos : forall lr wd lo hi G s, norm_run lr wd lo hi G s -> forall t, 0 < s t.
Proof. intros lr wd lo hi G s R; exact (sequence_pos _ _ _ _ _ (run_is_beta _ _ _ _ _ _ R)). Qed.

Lemma run_grad : forall lr wd lo hi G s, norm_run lr wd lo hi G s -> forall t, 0 <= lo ^ 2 <= G t /\ G t <= hi ^ 2.
Proof. intros lr wd lo hi G s (_ & _ & _ & _ & _ & HG & _) t; pose proof (pow2_ge_0 lo); destruct (HG t); lra. Qed.

Lemma run_jump : forall lr wd lo hi delta G s t, norm_run lr wd lo hi G s -> 0 < delta < 1 ->
  (jumps lr wd delta G s t <-> (s t) ^ 2 < periodic_jump_norm_4 (G t) lr wd delta).
Proof.
  intros lr wd lo hi d G s t R Hd; pose proof (run_pos _ _ _ _ _ _ R t); pose proof (run_grad _ _ _ _ _ _ R t).
  destruct R as (Hl & Hw & Hp & _); apply jump_exact; lra.
Qed.

(* No jump above the level of hi, a certain jump below the level of lo. *)
Lemma no_jump_above : forall lr wd lo hi delta G s t, norm_run lr wd lo hi G s -> 0 < delta < 1 ->
  sqrt (periodic_jump_norm_4 (hi ^ 2) lr wd delta) <= s t -> ~ jumps lr wd delta G s t.
Proof.
  intros lr wd lo hi d G s t R Hd H J; apply (run_jump _ _ _ _ _ _ _ _ R Hd) in J.
  pose proof (run_pos _ _ _ _ _ _ R t); pose proof (run_grad _ _ _ _ _ _ R t).
  destruct R as (Hl & Hw & Hp & _).
  pose proof (exact_level_mono lr wd d (G t) (hi ^ 2) ltac:(lra) Hl Hd ltac:(lra)).
  assert (0 <= (s t) ^ 2) by apply pow2_ge_0.
  assert (s t < sqrt (periodic_jump_norm_4 (hi ^ 2) lr wd d)) by (apply below_root; lra). lra.
Qed.

Lemma jump_below : forall lr wd lo hi delta G s t, norm_run lr wd lo hi G s -> 0 < delta < 1 ->
  s t < sqrt (periodic_jump_norm_4 (lo ^ 2) lr wd delta) -> jumps lr wd delta G s t.
Proof.
  intros lr wd lo hi d G s t R Hd H; apply (run_jump _ _ _ _ _ _ _ _ R Hd).
  pose proof (run_pos _ _ _ _ _ _ R t); pose proof (run_grad _ _ _ _ _ _ R t).
  destruct R as (Hl & Hw & Hp & _).
  pose proof (exact_level_mono lr wd d (lo ^ 2) (G t) ltac:(lra) Hl Hd ltac:(lra)).
  assert (0 < periodic_jump_norm_4 (lo ^ 2) lr wd d) by (apply sqrt_lt_0_alt; rewrite sqrt_0; lra).
  assert ((s t) ^ 2 < periodic_jump_norm_4 (lo ^ 2) lr wd d) by (apply below_root; lra). lra.
Qed.

(* Without a jump the norm moves by at most the factor (1 - eta lambda) / (1 - delta). *)
Lemma still_shrinks : forall lr wd lo hi delta G s t, norm_run lr wd lo hi G s -> 0 < delta < 1 ->
  ~ jumps lr wd delta G s t -> s (S t) <= periodic_jumpless_growth_sq lr wd delta * s t.
Proof.
  intros lr wd lo hi d G s t R Hd N.
  pose proof (run_pos _ _ _ _ _ _ R t) as P; pose proof (run_grad _ _ _ _ _ _ R t) as Gt.
  pose proof (run_jump _ _ _ _ d _ _ t R Hd) as J.
  destruct R as (Hl & Hw & Hp & _ & _ & _ & Hs).
  assert (K : periodic_jump_norm_4 (G t) lr wd d <= (s t) ^ 2) by (apply Rnot_lt_le; intro C; apply N, J, C).
  rewrite Hs; unfold periodic_norm_sq_next, periodic_jumpless_growth_sq.
  unfold periodic_jump_norm_4 in K; set (q := 1 - lr * wd) in *.
  assert (Hq : 0 < q) by (unfold q; pose proof (Rmult_lt_0_compat _ _ Hl Hw); lra).
  assert (Q2 : 0 < q ^ 2) by (apply pow_lt; assumption).
  assert (D2 : 0 < (1 - d) ^ 2) by (apply pow_lt; lra).
  assert (D0 : 0 < q ^ 2 * d * (2 - d)) by (apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat|]; lra).
  assert (L : lr ^ 2 * G t * (1 - d) ^ 2 <= s t ^ 2 * (q ^ 2 * d * (2 - d))).
  { apply Rmult_le_compat_r with (r := q ^ 2 * d * (2 - d)) in K; [|lra].
    rewrite div_cancel in K by lra. lra. }
  apply Rmult_le_reg_r with ((1 - d) ^ 2 * s t); [apply Rmult_lt_0_compat; assumption|].
  replace ((q ^ 2 * s t + lr ^ 2 * G t / s t) * ((1 - d) ^ 2 * s t))
    with (q ^ 2 * s t ^ 2 * (1 - d) ^ 2 + lr ^ 2 * G t * (1 - d) ^ 2) by (field; lra).
  replace (q ^ 2 / (1 - d) ^ 2 * s t * ((1 - d) ^ 2 * s t)) with (q ^ 2 * s t ^ 2) by (field; lra).
  replace (q ^ 2 * s t ^ 2) with (q ^ 2 * s t ^ 2 * (1 - d) ^ 2 + s t ^ 2 * (q ^ 2 * d * (2 - d))) at 2 by ring.
  lra.
Qed.

(** * The times of prop. 2 *)

Lemma before_time : forall start limit level rate t, 0 < rate < 1 -> limit < start -> limit < level ->
  INR t <= periodic_time_to_level start limit level rate -> level <= limit + (1 - rate) ^ t * (start - limit).
Proof.
  intros a l m r t Hr Ha Hm H; unfold periodic_time_to_level in H.
  assert (N : ln (1 - r) < 0) by (rewrite <- ln_1; apply ln_increasing; lra).
  assert (P : 0 < (1 - r) ^ t) by (apply pow_lt; lra).
  assert (L : ln (m - l) <= ln ((1 - r) ^ t * (a - l))).
  { rewrite ln_mult by lra. rewrite ln_pow by lra.
    apply Rmult_le_compat_r with (r := - ln (1 - r)) in H; [|lra].
    rewrite div_cancel in H by lra. lra. }
  apply Rnot_lt_le; intro C.
  assert (X : (1 - r) ^ t * (a - l) < m - l) by lra.
  apply ln_increasing in X; [lra|apply Rmult_lt_0_compat; lra].
Qed.

Lemma after_time : forall start limit level rate t, 0 < rate < 1 -> limit < start -> limit < level ->
  periodic_time_to_level start limit level rate < INR t -> limit + (1 - rate) ^ t * (start - limit) < level.
Proof.
  intros a l m r t Hr Ha Hm H; unfold periodic_time_to_level in H.
  assert (N : ln (1 - r) < 0) by (rewrite <- ln_1; apply ln_increasing; lra).
  assert (P : 0 < (1 - r) ^ t) by (apply pow_lt; lra).
  assert (L : ln ((1 - r) ^ t * (a - l)) < ln (m - l)).
  { rewrite ln_mult by lra. rewrite ln_pow by lra.
    apply Rmult_lt_compat_r with (r := - ln (1 - r)) in H; [|lra].
    rewrite div_cancel in H by lra. lra. }
  apply ln_lt_inv in L; [lra|apply Rmult_lt_0_compat; lra|lra].
Qed.

(* No jump before the printed time with the exact level (and kappa and 4 eta lambda as printed). *)
Theorem tmin_level_exact : forall lr wd lo hi delta G s, norm_run lr wd lo hi G s -> 0 < delta < 1 ->
  kappa lr wd * lo < s O -> kappa lr wd * lo < sqrt (periodic_jump_norm_4 (hi ^ 2) lr wd delta) ->
  forall t, INR t <= periodic_time_to_level (s O) (kappa lr wd * lo)
      (sqrt (periodic_jump_norm_4 (hi ^ 2) lr wd delta)) (4 * (lr * wd)) -> ~ jumps lr wd delta G s t.
Proof.
  intros lr wd lo hi d G s R Hd H0 HM t Ht; apply (no_jump_above _ _ _ _ _ _ _ _ R Hd).
  pose proof (A5_lower_printed _ _ _ _ _ _ R H0 t) as L.
  destruct R as (Hl & Hw & Hp & _); pose proof (Rmult_lt_0_compat _ _ Hl Hw).
  apply before_time in Ht; lra.
Qed.

(* Eq. 5 as printed, where delta is at least (4/3) eta lambda: there (4a) is a necessary condition. *)
Theorem tmin_printed_for_large_delta : forall lr wd lo hi delta G s, norm_run lr wd lo hi G s ->
  4 / 3 * (lr * wd) <= delta < 1 ->
  kappa lr wd * lo < s O -> kappa lr wd * lo < sqrt (periodic_prop1_norm_4 (hi ^ 2) lr delta) ->
  forall t, INR t <= periodic_time_to_level (s O) (kappa lr wd * lo)
      (sqrt (periodic_prop1_norm_4 (hi ^ 2) lr delta)) (4 * (lr * wd)) -> ~ jumps lr wd delta G s t.
Proof.
  intros lr wd lo hi d G s R Hd H0 HM t Ht.
  pose proof (A5_lower_printed _ _ _ _ _ _ R H0 t) as L.
  assert (P : 0 < lr * wd) by (destruct R as (Hl & Hw & _); apply Rmult_lt_0_compat; assumption).
  apply (no_jump_above _ _ _ _ d _ _ _ R ltac:(lra)).
  destruct R as (Hl & Hw & Hp & _).
  apply before_time in Ht; [|lra|lra|lra].
  apply Rle_trans with (sqrt (periodic_prop1_norm_4 (hi ^ 2) lr d)); [|lra].
  apply sqrt_le_1_alt; unfold periodic_jump_norm_4, periodic_prop1_norm_4.
  assert (0 <= lr ^ 2 * hi ^ 2) by nonneg.
  set (p := lr * wd) in *; clearbody p.
  assert (Q2 : 0 < (1 - p) ^ 2) by (apply pow_lt; lra).
  replace (lr ^ 2 * hi ^ 2 * (1 - d) ^ 2 / ((1 - p) ^ 2 * d * (2 - d)))
    with ((lr ^ 2 * hi ^ 2) * ((1 - d) ^ 2 / ((1 - p) ^ 2 * d * (2 - d)))) by (field; lra).
  replace (lr ^ 2 * hi ^ 2 / (2 * d)) with ((lr ^ 2 * hi ^ 2) * (1 / (2 * d))) by (field; lra).
  apply Rmult_le_compat_l; [assumption|].
  assert (0 < (1 - p) ^ 2 * d * (2 - d)) by (apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat|]; lra).
  apply Rmult_le_reg_r with ((1 - p) ^ 2 * d * (2 - d)); [assumption|].
  replace ((1 - d) ^ 2 / ((1 - p) ^ 2 * d * (2 - d)) * ((1 - p) ^ 2 * d * (2 - d))) with ((1 - d) ^ 2) by (field; lra).
  replace (1 / (2 * d) * ((1 - p) ^ 2 * d * (2 - d))) with ((1 - p) ^ 2 * (1 - d / 2)) by (field; lra).
  assert ((1 - 3 / 4 * d) ^ 2 <= (1 - p) ^ 2) by (apply pow_incr; lra).
  apply Rle_trans with ((1 - 3 / 4 * d) ^ 2 * (1 - d / 2)); [|apply Rmult_le_compat_r; lra].
  assert (0 <= d * d * (10 - 9 * d)) by nonneg. nra.
Qed.

(* The norm's own sequence under given squared effective gradients. *)
Fixpoint norm_path (lr wd : R) (G : nat -> R) (s0 : R) (t : nat) : R :=
  match t with
  | O => s0
  | S u => periodic_norm_sq_next (norm_path lr wd G s0 u) (G u) lr wd
  end.

(* The exact minimal time: a jump at step t is possible exactly when the run with lo only is below the level. *)
Theorem jump_possible_iff : forall lr wd lo hi delta s0 t, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 ->
  0 <= lo <= hi -> 0 < s0 -> 0 < delta < 1 ->
  ((exists G s, norm_run lr wd lo hi G s /\ s O = s0 /\ jumps lr wd delta G s t) <->
   (norm_path lr wd (fun _ => lo ^ 2) s0 t) ^ 2 < periodic_jump_norm_4 (hi ^ 2) lr wd delta).
Proof.
  intros lr wd lo hi d s0 t Hl Hw Hp Hlo H0 Hd.
  assert (E : forall u, norm_path lr wd (fun _ => lo ^ 2) s0 u = beta_orbit (alpha lr wd) (lr ^ 2 * lo ^ 2) s0 u).
  { induction u as [|u IH]; [reflexivity|]. cbn [norm_path beta_orbit]; rewrite IH; apply next_is_beta. }
  assert (lo ^ 2 <= hi ^ 2) by (apply pow_incr; lra).
  split.
  - intros (G & s & R & S0 & J); apply (run_jump _ _ _ _ _ _ _ _ R Hd) in J.
    pose proof (lemma2_1 _ _ _ _ _ (run_is_beta _ _ _ _ _ _ R) t) as L; rewrite S0 in L.
    pose proof (run_grad _ _ _ _ _ _ R t) as Gt; pose proof (run_pos _ _ _ _ _ _ R t).
    pose proof (exact_level_mono lr wd d (G t) (hi ^ 2) ltac:(lra) Hl Hd ltac:(lra)).
    assert (A : 0 <= lr ^ 2 * lo ^ 2) by nonneg.
    pose proof (orbit_pos (alpha lr wd) _ s0 t (proj1 (alpha_range _ _ Hl Hw Hp)) A H0).
    rewrite E. assert ((beta_orbit (alpha lr wd) (lr ^ 2 * lo ^ 2) s0 t) ^ 2 <= (s t) ^ 2) by (apply pow_incr; lra). lra.
  - intro J.
    set (G := fun u => if Nat.ltb u t then lo ^ 2 else hi ^ 2).
    assert (R : norm_run lr wd lo hi G (norm_path lr wd G s0)).
    { repeat (split; [assumption|]). split; [|reflexivity]. intro u; unfold G; destruct (Nat.ltb u t); lra. }
    exists G, (norm_path lr wd G s0); split; [exact R|split; [reflexivity|]].
    apply (run_jump _ _ _ _ _ _ _ _ R Hd).
    assert (B : forall u, (u <= t)%nat -> norm_path lr wd G s0 u = norm_path lr wd (fun _ => lo ^ 2) s0 u).
    { induction u as [|u IH]; intro Hu; [reflexivity|]. cbn [norm_path]; rewrite IH by lia; f_equal.
      unfold G; rewrite (proj2 (Nat.ltb_lt u t)) by lia; reflexivity. }
    rewrite B by lia. unfold G at 1; rewrite Nat.ltb_irrefl. exact J.
Qed.

(* That run meets a level between the two times that lemma 1 gives. *)
Theorem first_passage_between : forall lr wd lo level s0, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 <= lo ->
  kappax lr wd * lo < s0 -> kappax lr wd * lo < level ->
  (forall t, INR t <= periodic_time_to_level s0 (kappax lr wd * lo) level (2 * alpha lr wd) ->
     level <= norm_path lr wd (fun _ => lo ^ 2) s0 t) /\
  (forall t, periodic_time_to_level s0 (kappax lr wd * lo) level (alpha lr wd) < INR t ->
     norm_path lr wd (fun _ => lo ^ 2) s0 t < level).
Proof.
  intros lr wd lo m s0 Hl Hw Hp Hlo H0 Hm.
  assert (E : forall u, norm_path lr wd (fun _ => lo ^ 2) s0 u = beta_orbit (alpha lr wd) (lr ^ 2 * lo ^ 2) s0 u).
  { induction u as [|u IH]; [reflexivity|]. cbn [norm_path beta_orbit]; rewrite IH; apply next_is_beta. }
  destruct (alpha_range lr wd Hl Hw Hp) as [A P].
  assert (B : 0 <= lr ^ 2 * lo ^ 2) by nonneg.
  pose proof (lemma1 (alpha lr wd) (lr ^ 2 * lo ^ 2) s0 A B) as L.
  rewrite star_is_kappax in L by lra; specialize (L H0).
  split; intros t Ht; rewrite E; specialize (L t).
  - apply before_time in Ht; lra.
  - apply after_time in Ht; lra.
Qed.

(* A jump is certain by the printed time with exact level, kappa and rate. *)
Theorem tmax_exact : forall lr wd lo hi delta G s, norm_run lr wd lo hi G s -> 0 < delta < 1 ->
  s O > kappax lr wd * hi -> kappax lr wd * hi < sqrt (periodic_jump_norm_4 (lo ^ 2) lr wd delta) ->
  forall T, periodic_time_to_level (s O) (kappax lr wd * hi)
      (sqrt (periodic_jump_norm_4 (lo ^ 2) lr wd delta)) (alpha lr wd) < INR T ->
  exists t, (t <= T)%nat /\ jumps lr wd delta G s t.
Proof.
  intros lr wd lo hi d G s R Hd H0 HM T HT.
  pose proof R as (Hl & Hw & Hp & Hlo & _); destruct (alpha_range lr wd Hl Hw Hp) as [A P].
  apply after_time in HT; [|lra|lra|lra].
  destruct (kappax_sq lr wd Hl Hw Hp) as [X _].
  assert (K : 0 <= kappax lr wd * hi) by nonneg.
  pose proof (hop_range (alpha lr wd) A) as HR.
  set (low := periodic_hop_ratio (alpha lr wd) * (kappax lr wd * hi)) in *.
  assert (low <= kappax lr wd * hi) by (unfold low; nra).
  destruct (Classical_Prop.classic (exists t, (t <= T)%nat /\ s t < low)) as [(t & Ht & C)|C].
  - exists t; split; [exact Ht|]. apply (jump_below _ _ _ _ _ _ _ _ R Hd); lra.
  - exists T; split; [lia|]. apply (jump_below _ _ _ _ _ _ _ _ R Hd).
    pose proof (A5_upper_exact _ _ _ _ _ _ T R H0) as U.
    assert (V : forall t, (t <= T)%nat -> low <= s t).
    { intros t Ht; apply Rnot_lt_le; intro Q; apply C; exists t; split; assumption. }
    specialize (U V T ltac:(lia)).
    replace (keep lr wd) with (1 - alpha lr wd) in U by (unfold periodic_beta_alpha_exact; ring). lra.
Qed.

Lemma shift_run : forall lr wd lo hi G s N, norm_run lr wd lo hi G s ->
  norm_run lr wd lo hi (fun t => G (N + t)%nat) (fun t => s (N + t)%nat).
Proof.
  intros lr wd lo hi G s N R; pose proof (run_pos _ _ _ _ _ _ R (N + 0)) as P.
  destruct R as (Hl & Hw & Hp & Hlo & H0 & HG & Hs).
  repeat (split; [assumption|]). split; [intro t; apply HG|].
  intro t; replace (N + S t)%nat with (S (N + t)) by lia; apply Hs.
Qed.

(* Below delta = eta lambda the condition of prop. 2.2 on l/L is not needed, nor any condition on the start. *)
Theorem tmax_every_start : forall lr wd lo hi delta G s, norm_run lr wd lo hi G s -> 0 < delta < lr * wd -> 0 < lo ->
  forall T, periodic_time_to_level (s O) 0 (sqrt (periodic_jump_norm_4 (lo ^ 2) lr wd delta))
      (1 - periodic_jumpless_growth_sq lr wd delta) < INR T ->
  exists t, (t <= T)%nat /\ jumps lr wd delta G s t.
Proof.
  intros lr wd lo hi d G s R Hd Hlo T HT.
  pose proof (run_pos _ _ _ _ _ _ R) as P; pose proof R as (Hl & Hw & Hp & _).
  pose proof (exact_level_pos lr wd d lo ltac:(lra) Hl ltac:(lra) Hlo) as J; apply sqrt_lt_R0 in J.
  assert (Gr : 0 < periodic_jumpless_growth_sq lr wd d < 1).
  { unfold periodic_jumpless_growth_sq; set (q := 1 - lr * wd); assert (0 < q < 1 - d) by (unfold q; lra).
    split; [apply Rdiv_lt_0_compat; apply pow_lt; lra|].
    apply Rmult_lt_reg_r with ((1 - d) ^ 2); [apply pow_lt; lra|].
    rewrite div_cancel by (apply pow_nonzero; lra). nra. }
  apply after_time in HT; [|lra|apply P|exact J].
  destruct (Classical_Prop.classic (exists t, (t <= T)%nat /\ jumps lr wd d G s t)) as [Y|N]; [exact Y|].
  exists T; split; [lia|]; apply (jump_below _ _ _ _ d _ _ _ R ltac:(lra)).
  assert (Q : forall t, (t <= T)%nat -> s t <= periodic_jumpless_growth_sq lr wd d ^ t * s O).
  { induction t as [|t IH]; intro Ht; [simpl; lra|].
    assert (NJ : ~ jumps lr wd d G s t) by (intro C; apply N; exists t; split; [lia|exact C]).
    pose proof (still_shrinks _ _ _ _ d _ _ _ R ltac:(lra) NJ) as Z.
    apply Rle_trans with (1 := Z); simpl; rewrite Rmult_assoc; apply Rmult_le_compat_l; [lra|apply IH; lia]. }
  specialize (Q T ltac:(lia)).
  replace (1 - (1 - periodic_jumpless_growth_sq lr wd d)) with (periodic_jumpless_growth_sq lr wd d) in HT by ring. lra.
Qed.

Lemma above_INR : forall x, exists T, x < INR T.
Proof.
  intro x; destruct (nfloor_ex (Rmax 0 x) (Rmax_l 0 x)) as [n H]; exists (S n); rewrite S_INR.
  pose proof (Rmax_r 0 x); lra.
Qed.

Theorem jumps_recur : forall lr wd lo hi delta G s, norm_run lr wd lo hi G s -> 0 < delta < lr * wd -> 0 < lo ->
  forall N, exists t, (N <= t)%nat /\ jumps lr wd delta G s t.
Proof.
  intros lr wd lo hi d G s R Hd Hlo N; pose proof (shift_run _ _ _ _ _ _ N R) as R'.
  destruct (above_INR (periodic_time_to_level (s (N + 0)%nat) 0 (sqrt (periodic_jump_norm_4 (lo ^ 2) lr wd d))
    (1 - periodic_jumpless_growth_sq lr wd d))) as [T HT].
  destruct (tmax_every_start _ _ _ _ _ _ _ R' Hd Hlo T HT) as (t & _ & J).
  exists (N + t)%nat; split; [lia|exact J].
Qed.

(* ... and from delta = eta lambda on a run may never jump: it rests at kappa hi. *)
Theorem jumps_may_never_come : forall lr wd lo hi delta, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 ->
  0 <= lo <= hi -> 0 < hi -> lr * wd <= delta < 1 ->
  exists G s, norm_run lr wd lo hi G s /\ forall t, ~ jumps lr wd delta G s t.
Proof.
  intros lr wd lo hi d Hl Hw Hp Hlo Hh Hd; destruct (kappax_sq lr wd Hl Hw Hp) as [X XX].
  destruct (alpha_range lr wd Hl Hw Hp) as [A P]; assert (lo ^ 2 <= hi ^ 2) by (apply pow_incr; lra).
  assert (S0 : 0 < kappax lr wd * hi) by (apply Rmult_lt_0_compat; assumption).
  exists (fun _ => hi ^ 2), (fun _ => kappax lr wd * hi).
  assert (R : norm_run lr wd lo hi (fun _ => hi ^ 2) (fun _ => kappax lr wd * hi)).
  { repeat (split; [assumption|]). split; [intro; lra|intros _].
    unfold periodic_norm_sq_next; rewrite <- XX; unfold periodic_beta_alpha_exact; field; lra. }
  split; [exact R|]; intros t J; apply (run_jump _ _ _ _ d _ _ _ R ltac:(lra)) in J.
  cbv beta in J; revert J; apply Rle_not_lt; unfold periodic_jump_norm_4; rewrite <- XX.
  unfold periodic_beta_alpha_exact; set (k := kappax lr wd) in *; set (p := lr * wd) in *; clearbody k p.
  assert (0 < (1 - p) ^ 2) by (apply pow_lt; lra).
  assert (0 < (1 - p) ^ 2 * d * (2 - d)) by (apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat|]; lra).
  apply Rmult_le_reg_r with ((1 - p) ^ 2 * d * (2 - d)); [assumption|].
  replace (k * k * (1 - (1 - p) ^ 2) * hi ^ 2 * (1 - d) ^ 2 / ((1 - p) ^ 2 * d * (2 - d)) * ((1 - p) ^ 2 * d * (2 - d)))
    with ((k * hi) ^ 2 * ((1 - (1 - p) ^ 2) * (1 - d) ^ 2)) by (field; lra).
  apply Rmult_le_compat_l; [apply pow2_ge_0|].
  replace ((1 - p) ^ 2 * d * (2 - d)) with ((1 - p) ^ 2 - (1 - p) ^ 2 * (1 - d) ^ 2) by ring.
  assert ((1 - d) ^ 2 <= (1 - p) ^ 2) by (apply pow_incr; lra). lra.
Qed.

(** * Corollary 1 *)

(* A time with log-ratio A at rate k eta lambda is A / (k eta lambda), less A at most. *)
Theorem time_over_rate : forall A rate, 0 < A -> 0 < rate < 1 ->
  A / rate - A < A / - ln (1 - rate) < A / rate.
Proof.
  intros A r HA Hr.
  assert (L1 : ln (1 - r) < - r).
  { apply exp_lt_inv; rewrite exp_ln by lra. pose proof (exp_ineq1 (- r) ltac:(lra)); lra. }
  assert (L2 : - ln (1 - r) < r / (1 - r)).
  { rewrite <- ln_Rinv by lra. apply exp_lt_inv; rewrite exp_ln by (apply Rinv_0_lt_compat; lra).
    assert (P : 0 < r / (1 - r)) by (apply Rdiv_lt_0_compat; lra).
    pose proof (exp_ineq1 (r / (1 - r)) ltac:(lra)) as H.
    replace (/ (1 - r)) with (1 + r / (1 - r)) by (field; lra). lra. }
  set (m := - ln (1 - r)) in *; assert (M : 0 < m) by (unfold m; lra).
  assert (I : / (r / (1 - r)) < / m) by (apply Rinv_lt_contravar; [apply Rmult_lt_0_compat; lra|lra]).
  assert (J : / m < / r) by (apply Rinv_lt_contravar; [apply Rmult_lt_0_compat; lra|unfold m; lra]).
  assert (E : / (r / (1 - r)) = / r - 1) by (field; lra). rewrite E in I.
  unfold Rdiv; split.
  - replace (A * / r - A) with (A * (/ r - 1)) by ring. apply Rmult_lt_compat_l; lra.
  - apply Rmult_lt_compat_l; lra.
Qed.

Theorem printed_times_over_rate : forall start limit level rate, limit < level < start -> 0 < rate < 1 ->
  let A := ln ((start - limit) / (level - limit)) in
  A / rate - A < periodic_time_to_level start limit level rate < A / rate.
Proof.
  intros a l m r H Hr A; unfold periodic_time_to_level.
  assert (E : ln (a - l) - ln (m - l) = A) by (unfold A; rewrite ln_div by lra; reflexivity).
  rewrite E; apply time_over_rate; [|exact Hr].
  unfold A; rewrite <- ln_1; apply ln_increasing; [lra|].
  apply Rmult_lt_reg_r with (m - l); [lra|]; rewrite div_cancel by lra; lra.
Qed.

(* With rho_0^2 / eta fixed (proposition 4), more eta lambda lets a jump come no later. *)
Theorem sooner_with_more_decay : forall lr wd lr' wd' lo hi delta z, 0 < lr -> 0 < wd -> 0 < lr' -> 0 < wd' ->
  lr * wd <= lr' * wd' < 1 / 4 -> 0 <= lo <= hi -> 0 < delta < 1 -> 0 < z ->
  sqrt (periodic_kappa_sq_exact lr wd) * lo <= lr * z ->
  forall t, norm_path lr wd (fun _ => lo ^ 2) (lr * z) t ^ 2 < periodic_jump_norm_4 (hi ^ 2) lr wd delta ->
    norm_path lr' wd' (fun _ => lo ^ 2) (lr' * z) t ^ 2 < periodic_jump_norm_4 (hi ^ 2) lr' wd' delta.
Proof.
  intros lr wd lr' wd' lo hi d z Hl Hw Hl' Hw' Hp Hlo Hd Hz H0 t J.
  assert (P : 0 < lr * wd) by (apply Rmult_lt_0_compat; assumption).
  destruct (kappax_sq lr wd Hl Hw ltac:(lra)) as [X XX]; destruct (kappax_sq lr' wd' Hl' Hw' ltac:(lra)) as [X' XX'].
  destruct (alpha_range lr wd Hl Hw ltac:(lra)) as [A _]; destruct (alpha_range lr' wd' Hl' Hw' ltac:(lra)) as [A' _].
  set (p := lr * wd) in *; set (p' := lr' * wd') in *.
  set (x := sqrt (periodic_kappa_sq_exact lr wd)) in *; set (x' := sqrt (periodic_kappa_sq_exact lr' wd')) in *.
  assert (AA : alpha lr wd <= alpha lr' wd').
  { unfold periodic_beta_alpha_exact; fold p p'; clearbody p p'; nra. }
  assert (A9 : alpha lr' wd' <= 7 / 16).
  { unfold periodic_beta_alpha_exact; fold p'; clearbody p p'; nra. }
  assert (KE : keep lr wd = 1 - alpha lr wd) by (unfold periodic_beta_alpha_exact; ring).
  assert (KE' : keep lr' wd' = 1 - alpha lr' wd') by (unfold periodic_beta_alpha_exact; ring).
  (* in units of eta: both stay above their own stationary point k = kappa / eta, k^2 alpha = 1 *)
  assert (B : forall u, exists y y', norm_path lr wd (fun _ => lo ^ 2) (lr * z) u = lr * y /\
    norm_path lr' wd' (fun _ => lo ^ 2) (lr' * z) u = lr' * y' /\ 0 < y' <= y /\ x * lo <= lr * y /\ x' * lo <= lr' * y').
  { clear J. set (a := alpha lr wd) in *; set (a' := alpha lr' wd') in *.
    assert (XK : x' * lr <= lr' * x).
    { apply Rnot_lt_le; intro C.
      assert (0 < lr' * x) by (apply Rmult_lt_0_compat; assumption).
      assert (Q : (lr' * x) * (lr' * x) < (x' * lr) * (x' * lr)) by (apply Rmult_le_0_lt_compat; lra).
      assert (Q1 : (lr' * x) * (lr' * x) * a = lr' ^ 2 * lr ^ 2) by (rewrite <- XX; ring).
      assert (Q2 : (x' * lr) * (x' * lr) * a' = lr' ^ 2 * lr ^ 2) by (rewrite <- XX'; ring).
      assert ((lr' * x) * (lr' * x) * a < (x' * lr) * (x' * lr) * a) by (apply Rmult_lt_compat_r; lra).
      assert ((x' * lr) * (x' * lr) * a <= (x' * lr) * (x' * lr) * a') by (apply Rmult_le_compat_l; [nonneg|lra]).
      lra. }
    induction u as [|u (y & y' & E & E' & Y & S1 & S1')].
    - exists z, z; repeat split; try reflexivity; try lra.
      apply Rmult_le_reg_r with lr; [assumption|].
      apply Rle_trans with (lr' * (x * lo)); [|replace (lr' * z * lr) with (lr' * (lr * z)) by ring; apply Rmult_le_compat_l; lra].
      replace (x' * lo * lr) with (x' * lr * lo) by ring; replace (lr' * (x * lo)) with (lr' * x * lo) by ring.
      apply Rmult_le_compat_r; lra.
    - cbn [norm_path]; rewrite E, E'; rewrite !next_is_beta; fold a a'.
      assert (N : forall l b yy, 0 < l -> 0 < yy ->
        periodic_beta_next (l * yy) b (l ^ 2 * lo ^ 2) = l * periodic_beta_next yy b (lo ^ 2)).
      { intros l b yy Hll Hyy; unfold periodic_beta_next; field; lra. }
      rewrite !N by lra. exists (periodic_beta_next y a (lo ^ 2)), (periodic_beta_next y' a' (lo ^ 2)).
      split; [reflexivity|split; [reflexivity|]].
      assert (LL : 0 <= lo ^ 2) by apply pow2_ge_0.
      split; [split|split].
      + apply next_pos; lra.
      + apply Rle_trans with (periodic_beta_next y' a (lo ^ 2)).
        * unfold periodic_beta_next; apply Rplus_le_compat_r, Rmult_le_compat_r; lra.
        * apply next_mono; [lra|lra|lra|].
          (* lo^2 <= (1 - a) y' y, from lo^2 <= a y^2 and lo^2 <= a' y'^2 *)
          assert (S2 : lo ^ 2 <= a' * (y' * y')).
          { apply Rmult_le_reg_l with (lr' ^ 2); [apply pow_lt; assumption|].
            replace (lr' ^ 2 * (a' * (y' * y'))) with (a' * ((lr' * y') * (lr' * y'))) by ring. rewrite <- XX'.
            replace (x' * x' * a' * lo ^ 2) with (a' * ((x' * lo) * (x' * lo))) by ring.
            assert (0 <= x' * lo) by nonneg.
            apply Rmult_le_compat_l; [lra|apply Rmult_le_compat; lra]. }
          assert (a' * (y' * y') <= (1 - a) * (y' * y)).
          { apply Rmult_le_compat; [lra|nonneg|lra|apply Rmult_le_compat_l; lra]. }
          lra.
      + rewrite <- N by lra. rewrite <- XX.
        replace (x * x * a * lo ^ 2) with (a * ((x * lo) * (x * lo))) by ring.
        apply next_ge_s; [lra|split; [nonneg|lra]|apply Rmult_lt_0_compat; lra].
      + rewrite <- N by lra. rewrite <- XX'.
        replace (x' * x' * a' * lo ^ 2) with (a' * ((x' * lo) * (x' * lo))) by ring.
        apply next_ge_s; [lra|split; [nonneg|lra]|apply Rmult_lt_0_compat; lra]. }
  destruct (B t) as (y & y' & E & E' & Y & _); rewrite E in J; rewrite E'.
  unfold periodic_jump_norm_4 in *; fold p in J; fold p'.
  assert (Q : 0 < (1 - p') ^ 2 <= (1 - p) ^ 2) by (split; [apply pow_lt; lra|apply pow_incr; lra]).
  assert (D : 0 < d * (2 - d)) by (apply Rmult_lt_0_compat; lra).
  assert (JJ : y ^ 2 * ((1 - p) ^ 2 * (d * (2 - d))) < hi ^ 2 * (1 - d) ^ 2).
  { apply Rmult_lt_reg_l with (lr ^ 2); [apply pow_lt; assumption|].
    apply Rmult_lt_compat_r with (r := (1 - p) ^ 2 * d * (2 - d)) in J;
      [|rewrite Rmult_assoc; apply Rmult_lt_0_compat; lra].
    rewrite div_cancel in J; [|rewrite Rmult_assoc; apply Rgt_not_eq, Rmult_lt_0_compat; lra].
    replace (lr ^ 2 * (y ^ 2 * ((1 - p) ^ 2 * (d * (2 - d))))) with ((lr * y) ^ 2 * ((1 - p) ^ 2 * d * (2 - d))) by ring.
    lra. }
  apply Rmult_lt_reg_r with ((1 - p') ^ 2 * d * (2 - d)); [rewrite Rmult_assoc; apply Rmult_lt_0_compat; lra|].
  rewrite div_cancel; [|rewrite Rmult_assoc; apply Rgt_not_eq, Rmult_lt_0_compat; lra].
  replace ((lr' * y') ^ 2 * ((1 - p') ^ 2 * d * (2 - d))) with (lr' ^ 2 * (y' ^ 2 * ((1 - p') ^ 2 * (d * (2 - d))))) by ring.
  rewrite Rmult_assoc; apply Rmult_lt_compat_l; [apply pow_lt; assumption|].
  apply Rle_lt_trans with (2 := JJ). apply Rmult_le_compat; [apply pow2_ge_0|nonneg|apply pow_incr; lra|].
  apply Rmult_le_compat_r; lra.
Qed.

(** * Appendix A.7, for the norm itself *)

(* The printed bound holds from some step on, from every start. *)
Theorem A7_upper_printed : forall lr wd lo hi G s, norm_run lr wd lo hi G s -> 0 < lo < 2 * (lr * wd) * hi ->
  exists N, forall t, (N <= t)%nat -> s t <= periodic_norm_sq_next (kappa lr wd * lo) (hi ^ 2) lr wd.
Proof.
  intros lr wd lo hi G s R Hc; pose proof (run_is_beta _ _ _ _ _ _ R) as B.
  destruct R as (Hl & Hw & Hp & Hlo & _); destruct (alpha_range lr wd Hl Hw Hp) as [A P].
  destruct (kappax_sq lr wd Hl Hw Hp) as [X XX]; destruct (kappa_sq lr wd Hl Hw) as [K KK].
  pose proof (kappa_below_exact lr wd Hl Hw Hp) as KX.
  assert (Ha : 0 < lr ^ 2 * lo ^ 2) by (apply Rmult_lt_0_compat; apply pow_lt; lra).
  pose proof (hop_times (alpha lr wd) ltac:(lra)) as HT; pose proof (hop_range (alpha lr wd) A) as HR.
  assert (H2 : 2 * (lr * wd) < periodic_hop_ratio (alpha lr wd)).
  { set (h := periodic_hop_ratio (alpha lr wd)) in *; clearbody h.
    unfold periodic_beta_alpha_exact in HT; set (p := lr * wd) in *; clearbody p. nra. }
  assert (HS : forall g, 0 <= g -> sqrt (lr ^ 2 * g ^ 2) = lr * g).
  { intros g Hg; replace (lr ^ 2 * g ^ 2) with ((lr * g) * (lr * g)) by ring; apply sqrt_square; nonneg. }
  assert (Hop : sqrt (lr ^ 2 * lo ^ 2) < alpha lr wd / (1 - alpha lr wd) * sqrt (lr ^ 2 * hi ^ 2)).
  { rewrite !HS by lra. fold (periodic_hop_ratio (alpha lr wd)).
    replace (periodic_hop_ratio (alpha lr wd) * (lr * hi)) with (lr * (periodic_hop_ratio (alpha lr wd) * hi)) by ring.
    apply Rmult_lt_compat_l; [assumption|].
    apply Rlt_le_trans with (2 * (lr * wd) * hi); [lra|apply Rmult_le_compat_r; lra]. }
  destruct (A7_upper _ _ _ _ _ B Ha Hop) as [N HN]; exists N; intros t Ht; specialize (HN t Ht).
  apply Rle_trans with (1 := HN). rewrite star_is_kappax by lra. rewrite next_is_beta.
  set (k := kappa lr wd) in *; set (x := kappax lr wd) in *; set (a := alpha lr wd) in *.
  apply next_anti; [lra|apply Rmult_lt_0_compat; lra|apply Rmult_le_compat_r; lra|].
  (* (1 - a) k lo x lo <= lr^2 hi^2 = a x^2 hi^2 *)
  apply Rle_trans with (x * lo * (x * lo)).
  - assert (0 <= k * lo * (x * lo)) by nonneg.
    assert (k * lo * (x * lo) <= x * lo * (x * lo)).
    { apply Rmult_le_compat_r; [nonneg|apply Rmult_le_compat_r; lra]. }
    nra.
  - replace (x * lo * (x * lo)) with (x * x * (lo * lo)) by ring.
    replace (lr ^ 2 * hi ^ 2) with (lr ^ 2 * (hi * hi)) by ring.
    rewrite <- XX. rewrite (Rmult_assoc (x * x)). apply Rmult_le_compat_l; [nonneg|].
    assert (LH : lo <= 2 * (lr * wd) * hi) by lra.
    assert (lo * lo <= (2 * (lr * wd) * hi) * (2 * (lr * wd) * hi)) by (apply Rmult_le_compat; lra).
    assert (Q : 2 * (lr * wd) * (2 * (lr * wd)) <= a).
    { unfold a, periodic_beta_alpha_exact; set (p := lr * wd) in *; clearbody p; nra. }
    apply Rle_trans with (1 := H). replace (2 * (lr * wd) * hi * (2 * (lr * wd) * hi))
      with (2 * (lr * wd) * (2 * (lr * wd)) * (hi * hi)) by ring.
    apply Rmult_le_compat_r; [nonneg|exact Q].
Qed.

(* The condition on l/L is needed, exactly: below it the norm can leave the interval for ever again. *)
Theorem hop_forever : forall lr wd lo hi s0, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 <= lo <= hi -> 0 < s0 ->
  lo < periodic_hop_ratio (alpha lr wd) * hi ->
  exists G s margin, norm_run lr wd lo hi G s /\ s O = s0 /\ 0 < margin /\
    forall N, exists t, (N <= t)%nat /\ sqrt (periodic_kappa_sq_exact lr wd) * hi + margin <= s t.
Proof.
  intros lr wd lo hi s0 Hl Hw Hp Hlo H0 Hc; destruct (alpha_range lr wd Hl Hw Hp) as [A P].
  assert (L2 : lo ^ 2 <= hi ^ 2) by (apply pow_incr; lra).
  assert (L0 : 0 <= lo ^ 2) by apply pow2_ge_0. assert (R0 : 0 < lr ^ 2) by (apply pow_lt; assumption).
  assert (HS : forall g, 0 <= g -> sqrt (lr ^ 2 * g ^ 2) = lr * g).
  { intros g Hg; replace (lr ^ 2 * g ^ 2) with ((lr * g) * (lr * g)) by ring; apply sqrt_square; nonneg. }
  destruct (prop5_condition_needed (alpha lr wd) (lr ^ 2 * lo ^ 2) (lr ^ 2 * hi ^ 2) s0 A) as (beta & s & m & M0 & S0 & HB & HS' & HN).
  - split; [nonneg|apply Rmult_le_compat_l; lra].
  - exact H0.
  - rewrite !HS by lra.
    replace (periodic_hop_ratio (alpha lr wd) * (lr * hi)) with (lr * (periodic_hop_ratio (alpha lr wd) * hi)) by ring.
    apply Rmult_lt_compat_l; assumption.
  - unfold periodic_stationary_sq in HN; rewrite star_is_kappax in HN by lra.
    exists (fun t => beta t / lr ^ 2), s, m. split; [|split; [exact S0|split; [exact M0|exact HN]]].
    repeat (split; [assumption|]). split; [rewrite S0; exact H0|]. split; intro t.
    + specialize (HB t); split.
      * apply Rmult_le_reg_r with (lr ^ 2); [exact R0|rewrite div_cancel by lra; lra].
      * apply Rmult_le_reg_r with (lr ^ 2); [exact R0|rewrite div_cancel by lra; lra].
    + rewrite HS', next_is_beta; f_equal; field; lra.
Qed.

(** * Effective gradients may vanish: appendix A.7 *)

(* f = (x^2 / (x^2 + y^2))^2 is scale-invariant; descent with weight decay on it. *)
Definition quartic_grad_x (x y : R) : R := 2 * regimes_quotient x y * regimes_quotient_grad_0 1 x y.
Definition quartic_grad_y (x y : R) : R := 2 * regimes_quotient x y * regimes_quotient_grad_1 1 x y.
Definition quartic_eff_sq (x y : R) : R :=
  scale_eff_grad_sq (quartic_grad_x x y ^ 2 + quartic_grad_y x y ^ 2) (x ^ 2 + y ^ 2).
Definition quartic_run (lr wd : R) (x y : nat -> R) : Prop :=
  (forall t, x (S t) = periodic_decay_step (x t) (quartic_grad_x (x t) (y t)) lr wd) /\
  (forall t, y (S t) = periodic_decay_step (y t) (quartic_grad_y (x t) (y t)) lr wd).

(* An open set of starts, given by three inequalities. *)
Definition quartic_basin (lr wd x y : R) : Prop :=
  0 < x /\ 0 < y /\ 20 * x ^ 2 <= y ^ 2 /\ x ^ 2 <= alpha lr wd * y ^ 2 /\
  12 * lr * x ^ 2 <= (1 - lr * wd) * (x ^ 2 + y ^ 2) * y ^ 2.

Theorem quartic_is_the_gradient : forall x y, 0 < x ^ 2 + y ^ 2 ->
  is_derive (fun u => regimes_quotient u y ^ 2) x (quartic_grad_x x y) /\
  is_derive (fun u => regimes_quotient x u ^ 2) y (quartic_grad_y x y).
Proof.
  intros x y H; unfold regimes_quotient, quartic_grad_x, quartic_grad_y, regimes_quotient, regimes_quotient_grad_0,
    regimes_quotient_grad_1; split; (auto_derive; [lra|field; lra]).
Qed.

Lemma quartic_eff : forall x y, 0 < x ^ 2 + y ^ 2 ->
  quartic_eff_sq x y = 16 * (x ^ 2) ^ 3 * y ^ 2 / (x ^ 2 + y ^ 2) ^ 4.
Proof.
  intros x y H; unfold quartic_eff_sq, scale_eff_grad_sq, quartic_grad_x, quartic_grad_y, regimes_quotient,
    regimes_quotient_grad_0, regimes_quotient_grad_1; field; lra.
Qed.

Lemma quartic_cubic : forall q u, 3 / 4 <= q -> 0 <= u -> 3 * u <= q -> 3 * u * (q - 400 / 441 * u) ^ 2 <= q ^ 5.
Proof.
  intros q u Hq Hu Hw; set (e := q / 3 - u); assert (E : 0 <= e <= q / 3) by (unfold e; lra).
  assert (I : q ^ 3 * (923 / 1323) ^ 2 - 3 * u * (q - 400 / 441 * u) ^ 2 =
    (923 / 1323) * (369 / 1323) * (q ^ 2 * e) + (400 / 441) * (2 * (2769 / 1323) - 400 / 441) * (q * e ^ 2)
    + 3 * (400 / 441) ^ 2 * e ^ 3) by (unfold e; field).
  assert (0 <= q ^ 2 * e) by nonneg. assert (0 <= q * e ^ 2) by nonneg.
  assert (0 <= e ^ 3) by (apply pow_le; lra).
  assert (q ^ 3 * (923 / 1323) ^ 2 <= q ^ 5).
  { replace (q ^ 5) with (q ^ 3 * q ^ 2) by ring. apply Rmult_le_compat_l; [apply pow_le; lra|nra]. }
  lra.
Qed.

Lemma quartic_step : forall lr wd x y, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> quartic_basin lr wd x y ->
  let x' := periodic_decay_step x (quartic_grad_x x y) lr wd in
  let y' := periodic_decay_step y (quartic_grad_y x y) lr wd in
  quartic_basin lr wd x' y' /\ x' ^ 2 + y' ^ 2 <= (1 - alpha lr wd ^ 2) * (x ^ 2 + y ^ 2).
Proof.
  intros lr wd x y Hl Hw Hp (Hx & Hy & B1 & B2 & B3) x' y'.
  destruct (alpha_range lr wd Hl Hw Hp) as [A P].
  assert (KE : keep lr wd = 1 - alpha lr wd) by (unfold periodic_beta_alpha_exact; ring).
  set (q := 1 - lr * wd) in *; assert (Hq : 3 / 4 < q < 1) by (unfold q; lra).
  set (a := alpha lr wd) in *.
  assert (X0 : 0 < x ^ 2) by (apply pow_lt; assumption). assert (Y0 : 0 < y ^ 2) by (apply pow_lt; assumption).
  set (X := x ^ 2) in *; set (Y := y ^ 2) in *; set (S := X + Y) in *.
  assert (S0 : 0 < S) by (unfold S; lra).
  set (W := 4 * lr * X / (S * Y)).
  assert (SY : 0 < S * Y) by (apply Rmult_lt_0_compat; assumption).
  assert (W0 : 0 < W) by (unfold W; apply Rdiv_lt_0_compat; [repeat apply Rmult_lt_0_compat; lra|assumption]).
  assert (W3 : 3 * W <= q).
  { apply Rmult_le_reg_r with (S * Y); [assumption|]. unfold W.
    replace (3 * (4 * lr * X / (S * Y)) * (S * Y)) with (12 * lr * X) by (field; lra). lra. }
  set (g := Y / S); assert (g0 : 20 / 21 <= g <= 1).
  { unfold g; split; apply Rmult_le_reg_r with S; try exact S0; rewrite div_cancel by lra; unfold S; lra. }
  set (U := W * g ^ 2).
  assert (g2 : 400 / 441 <= g ^ 2 <= 1) by nra.
  assert (U0 : 0 < U <= W /\ 400 / 441 * W <= U).
  { unfold U; repeat split; [apply Rmult_lt_0_compat; lra| |]; nra. }
  assert (Ex : x' = x * (q - U)).
  { unfold x', periodic_decay_step, quartic_grad_x, regimes_quotient, regimes_quotient_grad_0, U, W, g, S, X, Y, q.
    unfold S, X, Y in S0; field; lra. }
  assert (Ey : y' = y * (q + U * (X / Y))).
  { unfold y', periodic_decay_step, quartic_grad_y, regimes_quotient, regimes_quotient_grad_1, U, W, g, S, X, Y, q.
    unfold S, X, Y in S0; field; lra. }
  assert (XY : 0 < X / Y <= a /\ X / Y <= 1 / 20).
  { split; [split|]; [apply Rdiv_lt_0_compat; assumption| |];
      apply Rmult_le_reg_r with Y; try assumption; rewrite div_cancel by lra; lra. }
  set (V := X / Y) in *.
  assert (XV : X = V * Y) by (unfold V; field; lra).
  assert (D1 : 0 < q - U <= q) by lra.
  assert (UV : 0 < U * V) by (apply Rmult_lt_0_compat; lra).
  assert (D2 : q <= q + U * V) by lra.
  assert (EX : x' ^ 2 = (q - U) ^ 2 * X) by (rewrite Ex; unfold X; ring).
  assert (EY : y' ^ 2 = (q + U * V) ^ 2 * Y) by (rewrite Ey; unfold Y; ring).
  assert (ES : x' ^ 2 + y' ^ 2 = (q ^ 2 + U ^ 2 * V) * S) by (rewrite EX, EY; unfold S; rewrite XV; ring).
  assert (M : (q - U) ^ 2 <= (q + U * V) ^ 2) by (apply pow_incr; lra).
  assert (Mq : q ^ 2 <= (q + U * V) ^ 2) by (apply pow_incr; lra).
  assert (Q0 : 0 < q ^ 2) by (apply pow_lt; lra).
  assert (UU : 0 <= U ^ 2 * V) by nonneg.
  split.
  - unfold quartic_basin; fold q a. rewrite ES, EX, EY.
    split; [rewrite Ex; apply Rmult_lt_0_compat; lra|].
    split; [rewrite Ey; apply Rmult_lt_0_compat; lra|].
    assert (T : forall c, X <= c * Y -> 0 <= c -> (q - U) ^ 2 * X <= c * ((q + U * V) ^ 2 * Y)).
    { intros c Hc Hc0; replace (c * ((q + U * V) ^ 2 * Y)) with ((q + U * V) ^ 2 * (c * Y)) by ring.
      apply Rmult_le_compat; [nonneg|lra|exact M|exact Hc]. }
    split; [specialize (T (1 / 20) ltac:(lra) ltac:(lra)); lra|].
    split; [apply T; lra|].
    assert (C := quartic_cubic q W ltac:(lra) ltac:(lra) W3).
    assert (CU : (q - U) ^ 2 <= (q - 400 / 441 * W) ^ 2) by (apply pow_incr; lra).
    assert (F : 3 * W * (q - U) ^ 2 <= q ^ 5).
    { apply Rle_trans with (2 := C); apply Rmult_le_compat_l; lra. }
    assert (EW : 12 * lr * X = 3 * W * (S * Y)) by (unfold W; field; lra).
    replace (12 * lr * ((q - U) ^ 2 * X)) with ((q - U) ^ 2 * (12 * lr * X)) by ring. rewrite EW.
    replace ((q - U) ^ 2 * (3 * W * (S * Y))) with (3 * W * (q - U) ^ 2 * (S * Y)) by ring.
    apply Rle_trans with (q ^ 5 * (S * Y)); [apply Rmult_le_compat_r; lra|].
    replace (q * ((q ^ 2 + U ^ 2 * V) * S) * ((q + U * V) ^ 2 * Y))
      with (q * ((q ^ 2 + U ^ 2 * V) * (q + U * V) ^ 2) * (S * Y)) by ring.
    apply Rmult_le_compat_r; [lra|]. replace (q ^ 5) with (q * (q ^ 2 * q ^ 2)) by ring.
    apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat; lra.
  - rewrite ES; apply Rmult_le_compat_r; [lra|].
    assert (U ^ 2 <= q ^ 2) by (apply pow_incr; lra).
    assert (U ^ 2 * V <= q ^ 2 * a) by (apply Rmult_le_compat; [apply pow2_ge_0|lra|lra|lra]).
    replace (1 - a ^ 2) with ((1 - a) + (1 - a) * a) by ring. rewrite <- KE. lra.
Qed.

(* From the whole basin the effective gradient tends to zero and is never zero: l > 0 cannot be assumed. *)
Theorem effective_gradient_vanishes : forall lr wd x y, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 ->
  quartic_run lr wd x y -> quartic_basin lr wd (x O) (y O) ->
  (forall t, 0 < quartic_eff_sq (x t) (y t)) /\
  (forall eps, 0 < eps -> exists N, forall t, (N <= t)%nat -> quartic_eff_sq (x t) (y t) <= eps).
Proof.
  intros lr wd x y Hl Hw Hp [Rx Ry] B0; destruct (alpha_range lr wd Hl Hw Hp) as [A P].
  set (r := 1 - alpha lr wd ^ 2).
  assert (r01 : 0 <= r < 1) by (unfold r; nra).
  assert (I : forall t, quartic_basin lr wd (x t) (y t) /\ x t ^ 2 + y t ^ 2 <= r ^ t * (x O ^ 2 + y O ^ 2)).
  { induction t as [|t [IH1 IH2]]; [split; [exact B0|simpl; lra]|].
    destruct (quartic_step lr wd (x t) (y t) Hl Hw Hp IH1) as [N1 N2]; rewrite <- Rx, <- Ry in N1, N2.
    split; [exact N1|]. apply Rle_trans with (1 := N2); fold r. simpl pow at 3; rewrite Rmult_assoc.
    apply Rmult_le_compat_l; lra. }
  split.
  - intro t; destruct (I t) as [(Hx & Hy & _) _].
    assert (X0 : 0 < x t ^ 2) by (apply pow_lt; assumption). assert (Y0 : 0 < y t ^ 2) by (apply pow_lt; assumption).
    rewrite quartic_eff by lra. apply Rdiv_lt_0_compat; [|apply pow_lt; lra].
    repeat apply Rmult_lt_0_compat; try assumption; try lra.
  - intros eps He.
    set (m := 16 / (12 * lr) * (x O ^ 2 + y O ^ 2)).
    assert (M0 : 0 <= m).
    { unfold m; apply Rmult_le_pos; [apply Rdiv_le_0_compat; lra|]. destruct (I O) as [(Hx & Hy & _) _].
      pose proof (pow2_ge_0 (x O)); pose proof (pow2_ge_0 (y O)); lra. }
    destruct (pow_small r m eps r01 M0 He) as [N HN]; exists N; intros t Ht; specialize (HN t Ht).
    apply Rle_trans with (2 := HN). destruct (I t) as [(Hx & Hy & B1 & B2 & B3) Hs].
    assert (X0 : 0 < x t ^ 2) by (apply pow_lt; assumption). assert (Y0 : 0 < y t ^ 2) by (apply pow_lt; assumption).
    rewrite quartic_eff by lra.
    set (X := x t ^ 2) in *; set (Y := y t ^ 2) in *; set (S := X + Y) in *.
    assert (S0 : 0 < S) by (unfold S; lra).
    assert (G1 : 16 * X ^ 3 * Y / S ^ 4 <= 16 * (X / Y)).
    { apply Rmult_le_reg_r with (S ^ 4 * Y); [apply Rmult_lt_0_compat; [apply pow_lt|]; assumption|].
      replace (16 * X ^ 3 * Y / S ^ 4 * (S ^ 4 * Y)) with (16 * X * (X ^ 2 * Y ^ 2)) by (field; lra).
      replace (16 * (X / Y) * (S ^ 4 * Y)) with (16 * X * S ^ 4) by (field; lra).
      apply Rmult_le_compat_l; [lra|]. replace (S ^ 4) with (S ^ 2 * S ^ 2) by ring.
      apply Rmult_le_compat; try apply pow2_ge_0; apply pow_incr; unfold S; lra. }
    apply Rle_trans with (1 := G1). unfold m.
    assert (Q : X / Y <= S / (12 * lr)).
    { apply Rmult_le_reg_r with (12 * lr * Y); [apply Rmult_lt_0_compat; lra|].
      replace (X / Y * (12 * lr * Y)) with (12 * lr * X) by (field; lra).
      replace (S / (12 * lr) * (12 * lr * Y)) with (S * Y) by (field; lra).
      apply Rle_trans with (1 := B3). assert (0 < S * Y) by (apply Rmult_lt_0_compat; assumption).
      rewrite Rmult_assoc. assert (0 < lr * wd) by assumption. nra. }
    apply Rle_trans with (16 * (S / (12 * lr))); [lra|].
    replace (16 * (S / (12 * lr))) with (16 / (12 * lr) * S) by (field; lra).
    replace (r ^ t * (16 / (12 * lr) * (x 0%nat ^ 2 + y 0%nat ^ 2)))
      with (16 / (12 * lr) * (r ^ t * (x 0%nat ^ 2 + y 0%nat ^ 2))) by ring.
    apply Rmult_le_compat_l; [apply Rdiv_le_0_compat; lra|exact Hs].
Qed.

Fixpoint quartic_path (lr wd x0 y0 : R) (t : nat) : R * R :=
  match t with
  | O => (x0, y0)
  | S u => let (x, y) := quartic_path lr wd x0 y0 u in
      (periodic_decay_step x (quartic_grad_x x y) lr wd, periodic_decay_step y (quartic_grad_y x y) lr wd)
  end.

(* The same as a counterexample: never stationary, and yet no bound l > 0 holds, not even now and then. *)
Theorem vanishing_without_stopping :
  exists (f gx gy : R -> R -> R) (lr wd : R) (x y : nat -> R),
    (forall c u v, 0 < c -> f (c * u) (c * v) = f u v) /\
    (forall u v, 0 < u ^ 2 + v ^ 2 ->
      is_derive (fun z => f z v) u (gx u v) /\ is_derive (fun z => f u z) v (gy u v)) /\
    0 < lr /\ 0 < wd /\ lr * wd < 1 / 4 /\
    (forall t, x (S t) = periodic_decay_step (x t) (gx (x t) (y t)) lr wd) /\
    (forall t, y (S t) = periodic_decay_step (y t) (gy (x t) (y t)) lr wd) /\
    (forall t, 0 < scale_eff_grad_sq (gx (x t) (y t) ^ 2 + gy (x t) (y t) ^ 2) (x t ^ 2 + y t ^ 2)) /\
    (forall eps, 0 < eps -> exists N, forall t, (N <= t)%nat ->
      scale_eff_grad_sq (gx (x t) (y t) ^ 2 + gy (x t) (y t) ^ 2) (x t ^ 2 + y t ^ 2) <= eps).
Proof.
  set (path := quartic_path 1 (1 / 5) 1 5).
  assert (R : quartic_run 1 (1 / 5) (fun t => fst (path t)) (fun t => snd (path t))).
  { split; intro t; unfold path; cbn [quartic_path]; destruct (quartic_path 1 (1 / 5) 1 5 t); reflexivity. }
  assert (B : quartic_basin 1 (1 / 5) (fst (path O)) (snd (path O))).
  { unfold path, quartic_basin, periodic_beta_alpha_exact; cbn [quartic_path fst snd]; lra. }
  destruct (effective_gradient_vanishes 1 (1 / 5) _ _ ltac:(lra) ltac:(lra) ltac:(lra) R B) as [V1 V2].
  exists (fun u v => regimes_quotient u v ^ 2), quartic_grad_x, quartic_grad_y, 1, (1 / 5),
    (fun t => fst (path t)), (fun t => snd (path t)).
  split; [|split; [exact quartic_is_the_gradient|]].
  - intros c u v Hc; unfold regimes_quotient.
    destruct (Req_dec (u ^ 2 + v ^ 2) 0) as [Z|Z].
    + assert (u = 0) by nra. assert (v = 0) by nra. subst. rewrite !Rmult_0_r; reflexivity.
    + field; split; [exact Z|]. intro C; apply Z.
      assert (E : c ^ 2 * (u ^ 2 + v ^ 2) = 0) by lra.
      apply Rmult_integral in E; destruct E as [E|E]; [|exact E].
      assert (0 < c ^ 2) by (apply pow_lt; assumption); lra.
  - destruct R as [R1 R2]; repeat split; try lra; try assumption.
Qed.
