(* Beyond the papers: the norm and the mean turn of momentum's steps, for every scale-invariant loss and any noise that
   keeps the gradient orthogonal to the weights. *)
From Coq Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import Theory Beta Norm SharpnessFlow.
Open Scope R_scope.

(** * Runs of either rule, from an empty buffer *)

Definition averaged_run (n : nat) (mu lr wd : R) (x m g : nat -> nat -> R) : Prop :=
  (forall i, (i < n)%nat -> m O i = 0) /\ forall t, 0 < norm_sq n (x t) /\ dot n (g t) (x t) = 0 /\
  forall i, (i < n)%nat -> x (S t) i = scale_averaged_step_0 (x t i) (m t i) (g t i) mu lr wd /\
                           m (S t) i = scale_averaged_step_1 (x t i) (m t i) (g t i) mu lr wd.

Definition heavy_run (n : nat) (mu lr wd : R) (x v g : nat -> nat -> R) : Prop :=
  (forall i, (i < n)%nat -> v O i = 0) /\ forall t, 0 < norm_sq n (x t) /\ dot n (g t) (x t) = 0 /\
  forall i, (i < n)%nat -> x (S t) i = scale_heavy_ball_step_0 (x t i) (v t i) (g t i) mu lr wd /\
                           v (S t) i = scale_heavy_ball_step_1 (x t i) (v t i) (g t i) mu lr wd.

Lemma dot_ext : forall n u v u' v', (forall i, (i < n)%nat -> u i = u' i) -> (forall i, (i < n)%nat -> v i = v' i) ->
  dot n u v = dot n u' v'.
Proof. intros n u v u' v' U V; apply sum_ext; intros i Hi; rewrite (U i Hi), (V i Hi); reflexivity. Qed.

Lemma dot_sums : forall n a b c d u v, dot n (fun i => a * u i + b * v i) (fun i => c * u i + d * v i) =
  a * c * norm_sq n u + (a * d + b * c) * dot n u v + b * d * norm_sq n v.
Proof.
  intros. rewrite dot_combination, (dot_comm n u), (dot_comm n v), !dot_combination, (dot_comm n v u).
  unfold norm_sq; ring.
Qed.

(** * One step with an average of gradients and decoupled decay *)

Section Averaged.
Variables (n : nat) (mu lr wd : R) (x m g : nat -> nat -> R).
Hypothesis run : averaged_run n mu lr wd x m g.
Let a := 1 - lr * wd.

Let buffer : forall t i, (i < n)%nat -> m (S t) i = mu * m t i + (1 - mu) * g t i.
Proof. intros t i Hi. destruct run as [_ H]; destruct (H t) as [_ [_ K]]; apply (K i Hi). Qed.

Let weights : forall t i, (i < n)%nat -> x (S t) i = a * x t i + (- lr) * m (S t) i.
Proof.
  intros t i Hi. destruct run as [_ H]; destruct (H t) as [_ [_ K]]; destruct (K i Hi) as [X M].
  rewrite X, M; unfold scale_averaged_step_0, scale_averaged_step_1, a; ring.
Qed.

Let positive : forall t, 0 < norm_sq n (x t).
Proof. intro t; destruct run as [_ H]; apply (H t). Qed.

Lemma along : forall t, dot n (x t) (m (S t)) = mu * dot n (x t) (m t).
Proof.
  intro t. rewrite dot_comm, (dot_ext n _ (x t) (fun i => mu * m t i + (1 - mu) * g t i) (x t)) by auto.
  rewrite dot_combination, (dot_comm n (m t)). destruct run as [_ H]; destruct (H t) as [_ [O _]]; rewrite O; ring.
Qed.

Lemma along_next : forall t,
  dot n (x (S t)) (m (S t)) = a * mu * dot n (x t) (m t) - lr * norm_sq n (m (S t)).
Proof.
  intro t. rewrite (dot_ext n _ (m (S t)) (fun i => a * x t i + - lr * m (S t) i) (m (S t))) by auto.
  rewrite dot_combination, along; unfold norm_sq; ring.
Qed.

Lemma norm_next : forall t, norm_sq n (x (S t)) =
  a ^ 2 * norm_sq n (x t) - 2 * a * lr * mu * dot n (x t) (m t) + lr ^ 2 * norm_sq n (m (S t)).
Proof.
  intro t. unfold norm_sq at 1.
  rewrite (dot_ext n _ _ (fun i => a * x t i + - lr * m (S t) i) (fun i => a * x t i + - lr * m (S t) i)) by auto.
  rewrite dot_sums, along; ring.
Qed.

Lemma dot_next : forall t, dot n (x t) (x (S t)) = a * norm_sq n (x t) - lr * mu * dot n (x t) (m t).
Proof.
  intro t. rewrite dot_comm, (dot_ext n _ (x t) (fun i => a * x t i + - lr * m (S t) i) (x t)) by auto.
  rewrite dot_combination, (dot_comm n (m (S t))), along; unfold norm_sq; ring.
Qed.

Lemma empty : dot n (x O) (m O) = 0.
Proof.
  destruct run as [E _]. rewrite (dot_ext n _ _ (x O) (fun i => 0 * x O i + 0 * x O i)); [|auto|].
  - rewrite dot_comm, dot_combination; ring.
  - intros i Hi; rewrite (E i Hi); ring.
Qed.

Hypothesis Hmu : 0 <= mu < 1.
Hypothesis Hlr : 0 < lr.
Hypothesis Ha : 0 < a.

Lemma never_along : forall t, dot n (x t) (m t) <= 0.
Proof.
  induction t as [|t IH]; [rewrite empty; lra|]. rewrite along_next.
  pose proof (norm_sq_nonneg n (m (S t))) as P.
  assert (0 <= lr * norm_sq n (m (S t))) by (apply Rmult_le_pos; lra).
  assert (0 <= a * mu * - dot n (x t) (m t)) by (repeat apply Rmult_le_pos; lra). lra.
Qed.

Lemma against : forall t, dot n (x t) (m t) <= - lr * norm_sq n (m t).
Proof.
  destruct t as [|t].
  - rewrite empty. destruct run as [E _].
    replace (norm_sq n (m O)) with 0; [lra|]. symmetry; unfold norm_sq, dot.
    rewrite (sum_ext n _ (fun i => 0 * 0)); [|intros i Hi; rewrite (E i Hi); ring].
    rewrite sum_scal; ring.
  - rewrite along_next. pose proof (never_along t).
    assert (0 <= a * mu * - dot n (x t) (m t)) by (repeat apply Rmult_le_pos; lra). lra.
Qed.

Theorem floor_step : forall t, a ^ 2 * norm_sq n (x t) <= norm_sq n (x (S t)).
Proof.
  intro t. rewrite norm_next. pose proof (never_along t). pose proof (norm_sq_nonneg n (m (S t))).
  assert (0 <= 2 * a * lr * mu * - dot n (x t) (m t)) by (repeat apply Rmult_le_pos; lra).
  assert (0 <= lr ^ 2 * norm_sq n (m (S t))) by (apply Rmult_le_pos; [apply pow2_ge_0|lra]). lra.
Qed.

Lemma gradient_in_buffers : forall t,
  (1 - mu) ^ 2 * norm_sq n (g t) <= (1 + mu) * (norm_sq n (m (S t)) + mu * norm_sq n (m t)).
Proof.
  intro t.
  assert (E : (1 - mu) ^ 2 * norm_sq n (g t) = norm_sq n (m (S t)) - 2 * mu * dot n (m (S t)) (m t)
                                                + mu ^ 2 * norm_sq n (m t)).
  { transitivity (dot n (fun i => 1 * m (S t) i + - mu * m t i) (fun i => 1 * m (S t) i + - mu * m t i)).
    - rewrite (dot_ext n _ _ (fun i => (1 - mu) * g t i + 0 * g t i) (fun i => (1 - mu) * g t i + 0 * g t i)).
      + rewrite dot_sums; ring.
      + intros i Hi; rewrite (buffer t i Hi); ring.
      + intros i Hi; rewrite (buffer t i Hi); ring.
    - rewrite dot_sums; ring. }
  assert (P : 0 <= norm_sq n (m (S t)) + 2 * dot n (m (S t)) (m t) + norm_sq n (m t)).
  { replace (_ + _) with (norm_sq n (fun i => 1 * m (S t) i + 1 * m t i)); [apply norm_sq_nonneg|].
    unfold norm_sq at 1; rewrite dot_sums; ring. }
  rewrite E. assert (0 <= mu * (norm_sq n (m (S t)) + 2 * dot n (m (S t)) (m t) + norm_sq n (m t)))
    by (apply Rmult_le_pos; lra). lra.
Qed.

Theorem gain_step : 1 / 2 <= a -> forall t,
  a ^ 2 * norm_sq n (x t) + lr ^ 2 * (1 - mu) ^ 2 * norm_sq n (g t) / (1 + mu) <= norm_sq n (x (S t)).
Proof.
  intros Hh t. rewrite norm_next. pose proof (against t) as A. pose proof (gradient_in_buffers t) as G.
  pose proof (norm_sq_nonneg n (m t)) as P.
  assert (K : lr ^ 2 * (1 - mu) ^ 2 * norm_sq n (g t) / (1 + mu)
              <= lr ^ 2 * (norm_sq n (m (S t)) + mu * norm_sq n (m t))).
  { apply Rmult_le_reg_r with (1 + mu); [lra|].
    replace (lr ^ 2 * (1 - mu) ^ 2 * norm_sq n (g t) / (1 + mu) * (1 + mu))
      with (lr ^ 2 * ((1 - mu) ^ 2 * norm_sq n (g t))) by (field; lra).
    rewrite Rmult_assoc. apply Rmult_le_compat_l; [apply pow2_ge_0|lra]. }
  assert (X : 2 * a * lr * mu * (lr * norm_sq n (m t)) <= 2 * a * lr * mu * - dot n (x t) (m t))
    by (apply Rmult_le_compat_l; [repeat apply Rmult_le_pos; lra|lra]).
  assert (Y : lr * mu * (lr * norm_sq n (m t)) * 1 <= lr * mu * (lr * norm_sq n (m t)) * (2 * a))
    by (apply Rmult_le_compat_l; [repeat apply Rmult_le_pos; lra|lra]). lra.
Qed.

Section Absorbing.
Hypothesis Hh : 1 / 2 <= a.
Variables l L : R.
Hypothesis Hl : 0 < l.
Hypothesis least : forall t, l ^ 2 <= norm_sq n (g t) * norm_sq n (x t).

Theorem absorbed_below : forall t, 2 * a * lr * (1 - mu) * l / sqrt (1 + mu) <= norm_sq n (x (S t)).
Proof.
  intro t. pose proof (gain_step Hh t) as G. pose proof (positive t) as P. specialize (least t).
  assert (Q : 0 < sqrt (1 + mu)) by (apply sqrt_lt_R0; lra).
  assert (QQ : sqrt (1 + mu) * sqrt (1 + mu) = 1 + mu) by (apply sqrt_sqrt; lra).
  set (q := sqrt (1 + mu)) in *; clearbody q.
  set (k := lr * (1 - mu) * l / q). set (r := norm_sq n (x t)) in *.
  assert (K : k ^ 2 = lr ^ 2 * (1 - mu) ^ 2 * l ^ 2 / (1 + mu)) by (unfold k; rewrite <- QQ; field; lra).
  assert (X : k ^ 2 / r <= lr ^ 2 * (1 - mu) ^ 2 * norm_sq n (g t) / (1 + mu)).
  { apply Rmult_le_reg_r with (r * (1 + mu)); [apply Rmult_lt_0_compat; lra|]. rewrite K.
    replace (lr ^ 2 * (1 - mu) ^ 2 * l ^ 2 / (1 + mu) / r * (r * (1 + mu)))
      with (lr ^ 2 * (1 - mu) ^ 2 * l ^ 2) by (field; lra).
    replace (lr ^ 2 * (1 - mu) ^ 2 * norm_sq n (g t) / (1 + mu) * (r * (1 + mu)))
      with (lr ^ 2 * (1 - mu) ^ 2 * (norm_sq n (g t) * r)) by (field; lra).
    apply Rmult_le_compat_l; [|exact least]. apply Rmult_le_pos; apply pow2_ge_0. }
  assert (Y : a ^ 2 * r + k ^ 2 / r - 2 * a * k = (a * r - k) ^ 2 / r) by (field; lra).
  assert (0 <= (a * r - k) ^ 2 / r) by (apply Rdiv_le_0_compat; [apply pow2_ge_0|exact P]).
  replace (2 * a * lr * (1 - mu) * l / q) with (2 * a * k) by (unfold k; field; lra). lra.
Qed.

Hypothesis most : forall t, norm_sq n (g t) * norm_sq n (x t) <= L ^ 2.
Hypothesis decays : a < 1.
Let least_sq := 2 * a * lr * (1 - mu) * l / sqrt (1 + mu).

Let least_pos : 0 < least_sq.
Proof.
  unfold least_sq. apply Rdiv_lt_0_compat; [repeat apply Rmult_lt_0_compat; lra|apply sqrt_lt_R0; lra].
Qed.

Lemma buffer_next : forall t,
  norm_sq n (m (S t)) <= mu * norm_sq n (m t) + (1 - mu) * norm_sq n (g t).
Proof.
  intro t.
  assert (E : norm_sq n (m (S t)) = mu * mu * norm_sq n (m t) + (mu * (1 - mu) + (1 - mu) * mu) * dot n (m t) (g t)
                                    + (1 - mu) * (1 - mu) * norm_sq n (g t)).
  { unfold norm_sq at 1.
    rewrite (dot_ext n _ _ (fun i => mu * m t i + (1 - mu) * g t i) (fun i => mu * m t i + (1 - mu) * g t i)) by auto.
    apply dot_sums. }
  assert (P : 0 <= 1 * 1 * norm_sq n (m t) + (1 * -1 + -1 * 1) * dot n (m t) (g t) + -1 * -1 * norm_sq n (g t)).
  { rewrite <- dot_sums. apply norm_sq_nonneg. }
  assert (0 <= mu * (1 - mu) *
    (1 * 1 * norm_sq n (m t) + (1 * -1 + -1 * 1) * dot n (m t) (g t) + -1 * -1 * norm_sq n (g t)))
    by (apply Rmult_le_pos; [apply Rmult_le_pos; lra|exact P]).
  rewrite E; lra.
Qed.
End Absorbing.
End Averaged.

(** * What sequences come to that contract up to a term *)

Definition in_the_end (u : nat -> R) (b : R) : Prop :=
  forall eps, 0 < eps -> exists T, forall t, (T <= t)%nat -> u t <= b + eps.

Lemma end_next : forall u b, in_the_end u b -> in_the_end (fun t => u (S t)) b.
Proof. intros u b H eps He; destruct (H eps He) as [T K]; exists T; intros; apply K; lia. Qed.

Lemma end_ext : forall u v b, (forall t, u t = v t) -> in_the_end u b -> in_the_end v b.
Proof. intros u v b E H eps He; destruct (H eps He) as [T K]; exists T; intros t Ht; rewrite <- E; auto. Qed.

Lemma end_sum : forall p q u v b c, 0 <= p -> 0 <= q -> in_the_end u b -> in_the_end v c ->
  in_the_end (fun t => p * u t + q * v t) (p * b + q * c).
Proof.
  intros p q u v b c Hp Hq U V eps He.
  assert (E : 0 < eps / (p + q + 1)) by (apply Rdiv_lt_0_compat; lra).
  destruct (U _ E) as [T1 K1], (V _ E) as [T2 K2]. exists (T1 + T2)%nat. intros t Ht.
  assert (A : p * u t <= p * (b + eps / (p + q + 1))) by (apply Rmult_le_compat_l; [lra|apply K1; lia]).
  assert (B : q * v t <= q * (c + eps / (p + q + 1))) by (apply Rmult_le_compat_l; [lra|apply K2; lia]).
  assert (X : (p + q + 1) * (eps / (p + q + 1)) = eps) by (field; lra). lra.
Qed.

Lemma end_contracts : forall q u w b, 0 <= q < 1 -> in_the_end w b ->
  (exists T, forall t, (T <= t)%nat -> u (S t) <= q * u t + w t) -> in_the_end u (b / (1 - q)).
Proof.
  intros q u w b Hq W [T0 K0] eps He.
  assert (E : 0 < eps * (1 - q) / 2) by (apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat; lra|lra]).
  destruct (W _ E) as [T1 K1]. set (T := (T0 + T1)%nat). set (B := b / (1 - q) + eps / 2).
  assert (HB : B = q * B + (b + eps * (1 - q) / 2)) by (unfold B; field; lra).
  assert (F : forall k, u (k + T)%nat - B <= q ^ k * Rabs (u T - B)).
  { induction k as [|k IH]; [simpl; rewrite Rmult_1_l; apply Rle_abs|].
    pose proof (K0 (k + T)%nat ltac:(unfold T; lia)) as A. pose proof (K1 (k + T)%nat ltac:(unfold T; lia)) as C.
    change (S k + T)%nat with (S (k + T)); change (q ^ S k) with (q * q ^ k); clearbody B T.
    apply Rle_trans with (q * (u (k + T)%nat - B)); [rewrite Rmult_minus_distr_l; lra|].
    rewrite Rmult_assoc; apply Rmult_le_compat_l; lra. }
  assert (D : 0 < Rabs (u T - B) + 1) by (pose proof (Rabs_pos (u T - B)); lra).
  assert (Q : Rabs q < 1) by (rewrite Rabs_pos_eq; lra).
  assert (D2 : 0 < eps / 2 / (Rabs (u T - B) + 1)) by (apply Rdiv_lt_0_compat; lra).
  destruct (pow_lt_1_zero q Q _ D2) as [k0 K].
  exists (k0 + T)%nat. intros t Ht. specialize (F (t - T)%nat). specialize (K (t - T)%nat ltac:(lia)).
  replace (t - T + T)%nat with t in F by lia.
  assert (P : q ^ (t - T) <= eps / 2 / (Rabs (u T - B) + 1)) by (pose proof (Rle_abs (q ^ (t - T))); lra).
  assert (X : q ^ (t - T) * Rabs (u T - B) <= eps / 2 / (Rabs (u T - B) + 1) * (Rabs (u T - B) + 1)).
  { apply Rmult_le_compat; [apply pow_le; lra|apply Rabs_pos|exact P|lra]. }
  replace (eps / 2 / (Rabs (u T - B) + 1) * (Rabs (u T - B) + 1)) with (eps / 2) in X by (field; lra).
  unfold B in F at 1. lra.
Qed.

Theorem absorbed_above : forall n mu lr wd x m g l L, averaged_run n mu lr wd x m g -> 0 <= mu < 1 -> 0 < lr ->
  0 < wd -> lr * wd <= 1 / 2 -> 0 < l ->
  (forall t, l ^ 2 <= norm_sq n (g t) * norm_sq n (x t) <= L ^ 2) ->
  in_the_end (fun t => norm_sq n (x t))
    (lr ^ 2 * L ^ 2 * (1 + (1 - lr * wd) * mu)
     / ((1 - (1 - lr * wd) ^ 2) * (1 - (1 - lr * wd) * mu) * (2 * (1 - lr * wd) * lr * (1 - mu) * l / sqrt (1 + mu)))).
Proof.
  intros n mu lr wd x m g l L run Hmu Hlr Hwd Hh Hl Hg. set (a := 1 - lr * wd).
  assert (W : 0 < lr * wd) by (apply Rmult_lt_0_compat; lra).
  assert (Ha : 1 / 2 <= a < 1) by (unfold a; lra).
  set (low := 2 * a * lr * (1 - mu) * l / sqrt (1 + mu)).
  assert (P : 0 < low).
  { unfold low. apply Rdiv_lt_0_compat; [repeat apply Rmult_lt_0_compat; lra|apply sqrt_lt_R0; lra]. }
  assert (Below : forall t, low <= norm_sq n (x (S t))).
  { apply (absorbed_below n mu lr wd x m g run Hmu Hlr); fold a; try lra. intro t; apply Hg. }
  assert (G : forall t, (1 <= t)%nat -> norm_sq n (g t) <= L ^ 2 / low).
  { intros t Ht. destruct t as [|t]; [lia|]. specialize (Below t). destruct (Hg (S t)) as [_ U].
    apply Rmult_le_reg_r with low; [exact P|]. replace (L ^ 2 / low * low) with (L ^ 2) by (field; lra).
    apply Rle_trans with (norm_sq n (g (S t)) * norm_sq n (x (S t))); [|exact U].
    apply Rmult_le_compat_l; [apply norm_sq_nonneg|exact Below]. }
  assert (N : in_the_end (fun t => norm_sq n (m t)) (L ^ 2 / low)).
  { replace (L ^ 2 / low) with ((1 - mu) * (L ^ 2 / low) / (1 - mu)) by (field; lra).
    apply end_contracts with (w := fun t => (1 - mu) * (L ^ 2 / low)); [lra| |].
    - intros eps He; exists O; intros; lra.
    - exists 1%nat. intros t Ht. pose proof (buffer_next n mu lr wd x m g run Hmu t).
      assert ((1 - mu) * norm_sq n (g t) <= (1 - mu) * (L ^ 2 / low))
        by (apply Rmult_le_compat_l; [lra|apply G; exact Ht]). lra. }
  assert (am : 0 <= a * mu < 1).
  { split; [apply Rmult_le_pos; lra|]. apply Rle_lt_trans with (1 * mu); [apply Rmult_le_compat_r; lra|lra]. }
  assert (Sg : in_the_end (fun t => - dot n (x t) (m t)) (lr * (L ^ 2 / low) / (1 - a * mu))).
  { apply end_contracts with (w := fun t => lr * norm_sq n (m (S t)) + 0 * norm_sq n (m (S t))); [exact am| |].
    - replace (lr * (L ^ 2 / low)) with (lr * (L ^ 2 / low) + 0 * (L ^ 2 / low)) by ring.
      apply end_sum; try lra; apply end_next with (u := fun t => norm_sq n (m t)); exact N.
    - exists O. intros t _. rewrite (along_next n mu lr wd x m g run); fold a; lra. }
  assert (A2 : 0 <= a ^ 2 < 1) by (split; [apply pow2_ge_0|nra]).
  replace (_ / _) with ((2 * a * lr * mu * (lr * (L ^ 2 / low) / (1 - a * mu)) + lr ^ 2 * (L ^ 2 / low)) / (1 - a ^ 2))
    by (field; lra).
  apply end_contracts with (w := fun t => 2 * a * lr * mu * - dot n (x t) (m t) + lr ^ 2 * norm_sq n (m (S t)));
    [exact A2| |].
  - apply end_sum; [repeat apply Rmult_le_pos; lra|apply pow2_ge_0|exact Sg|].
    apply end_next with (u := fun t => norm_sq n (m t)); exact N.
  - exists O. intros t _. rewrite (norm_next n mu lr wd x m g run); fold a; lra.
Qed.

(** * The mean turn: C t = <x_{t+1}, x_t>, r t = |x_t| *)

Section MeanTurn.
Variables (r C : nat -> R) (A b y y0 : R).
Hypothesis Hr : forall t, 0 < r t.
Hypothesis Hb : 0 <= b.
Hypothesis Hy0 : 0 < y0 <= y.
Hypothesis Hroot : y0 + b / y0 = A.
Hypothesis first : C O = y * r O ^ 2.
Hypothesis law : forall t, C (S t) + b * C t = A * r (S t) ^ 2.
Hypothesis cauchy : forall t, C t <= r t * r (S t).

Lemma turn_step : forall t, y0 * r t ^ 2 <= C t -> y0 * r t <= r (S t) /\ b * C t <= b / y0 * r (S t) ^ 2.
Proof.
  intros t H. pose proof (Hr t) as P. pose proof (Hr (S t)) as Q. specialize (cauchy t).
  assert (F : y0 * r t <= r (S t)) by (apply Rmult_le_reg_r with (r t); [exact P|lra]).
  split; [exact F|].
  replace (b / y0 * r (S t) ^ 2) with (b * (r (S t) ^ 2 / y0)) by (field; lra).
  apply Rmult_le_compat_l; [exact Hb|]. apply Rle_trans with (r t * r (S t)); [exact cauchy|].
  apply Rmult_le_reg_l with y0; [lra|]. replace (y0 * (r (S t) ^ 2 / y0)) with (r (S t) * r (S t)) by (field; lra).
  rewrite <- Rmult_assoc. apply Rmult_le_compat_r; lra.
Qed.

Lemma turns_less : forall t, y0 * r t ^ 2 <= C t.
Proof.
  induction t as [|t IH].
  - rewrite first. apply Rmult_le_compat_r; [apply pow2_ge_0|lra].
  - destruct (turn_step t IH) as [_ B]. specialize (law t).
    replace A with (y0 + b / y0) in law by exact Hroot. lra.
Qed.

Theorem norm_floor : forall t, y0 * r t <= r (S t).
Proof. intro t; apply turn_step, turns_less. Qed.

Let cosine_of t := C t / (r t * r (S t)).
Let ratio t := r (S t) / r t.

Lemma cosine_positive : forall t, 0 < cosine_of t.
Proof.
  intro t. apply Rdiv_lt_0_compat; [|apply Rmult_lt_0_compat; apply Hr].
  apply Rlt_le_trans with (y0 * r t ^ 2); [|apply turns_less].
  apply Rmult_lt_0_compat; [lra|apply pow_lt, Hr].
Qed.

Let weighed t := cosine_of t * (ratio t + b / ratio t).

Lemma weighed_is : forall t, weighed t = C t / r t ^ 2 + b * C t / r (S t) ^ 2.
Proof. intro t; unfold weighed, cosine_of, ratio. field. pose proof (Hr t); pose proof (Hr (S t)); lra. Qed.

Lemma sum_weighed : forall T, sum_to (S T) weighed <= y + INR T * A + b / y0.
Proof.
  intro T.
  assert (E : sum_to (S T) weighed = y + INR T * A + b * C T / r (S T) ^ 2).
  { induction T as [|T IH].
    - simpl sum_to; simpl INR. rewrite weighed_is, first. field. pose proof (Hr O); pose proof (Hr 1%nat); lra.
    - rewrite sum_S, IH, weighed_is, S_INR. specialize (law T).
      replace (C (S T)) with (A * r (S T) ^ 2 - b * C T) at 1 by lra.
      field. pose proof (Hr (S T)); pose proof (Hr (S (S T))); lra. }
  rewrite E. destruct (turn_step T (turns_less T)) as [_ B].
  assert (b * C T / r (S T) ^ 2 <= b / y0); [|lra].
  apply Rmult_le_reg_r with (r (S T) ^ 2); [apply pow_lt, Hr|].
  replace (b * C T / r (S T) ^ 2 * r (S T) ^ 2) with (b * C T) by (field; pose proof (Hr (S T)); lra). exact B.
Qed.

Lemma ln_below : forall z c, 0 < z -> 0 < c -> ln z <= ln c + z / c - 1.
Proof.
  intros z c Hz Hc. replace z with (c * (z / c)) at 1 by (field; lra).
  assert (P : 0 < z / c) by (apply Rdiv_lt_0_compat; lra). rewrite ln_mult by lra.
  pose proof (exp_ineq1_le (z / c - 1)) as X. replace (1 + (z / c - 1)) with (z / c) in X by ring.
  apply (ln_le _ _ P) in X. rewrite ln_exp in X. lra.
Qed.

(* The mean of log with the weights 1/(1 + b) at q and b/(1 + b) at 1/q. *)
Lemma two_logs : forall q, 0 < q -> (1 - b) / (1 + b) * ln q <= ln ((q + b / q) / (1 + b)).
Proof.
  intros q Hq. set (c := (q + b / q) / (1 + b)).
  assert (Pb : 0 <= b / q) by (apply Rdiv_le_0_compat; lra).
  assert (Hc : 0 < c) by (apply Rdiv_lt_0_compat; lra).
  pose proof (ln_below q c Hq Hc) as X.
  pose proof (ln_below (/ q) c ltac:(apply Rinv_0_lt_compat; lra) Hc) as Y. rewrite ln_Rinv in Y by lra.
  assert (Z : (q / c - 1) + b * (/ q / c - 1) = 0) by (unfold c; field; repeat split; try lra; nra).
  assert (W : b * - ln q <= b * (ln c + / q / c - 1)) by (apply Rmult_le_compat_l; lra).
  apply Rmult_le_reg_r with (1 + b); [lra|].
  replace ((1 - b) / (1 + b) * ln q * (1 + b)) with ((1 - b) * ln q) by (field; lra). lra.
Qed.

Theorem mean_turn : forall T, (0 < T)%nat ->
  sum_to T (fun t => ln (cosine_of t)) <=
  INR T * ln ((A + (y + b / y0 - A) / INR T) / (1 + b)) - (1 - b) / (1 + b) * ln (r T / r O).
Proof.
  intros T HT. destruct T as [|T]; [lia|]. set (N := INR (S T)).
  assert (HN : 0 < N) by (apply lt_0_INR; lia).
  assert (Pb : 0 <= b / y0) by (apply Rdiv_le_0_compat; lra).
  set (c := (A + (y + b / y0 - A) / N) / (1 + b)).
  assert (Tot : N * ((1 + b) * c) = y + INR T * A + b / y0).
  { unfold c, N. rewrite S_INR. pose proof (pos_INR T). field; lra. }
  assert (Hc : 0 < c).
  { apply Rmult_lt_reg_l with (N * (1 + b)); [apply Rmult_lt_0_compat; lra|].
    replace (N * (1 + b) * c) with (N * ((1 + b) * c)) by ring. rewrite Tot.
    pose proof (pos_INR T). assert (0 <= INR T * A) by (apply Rmult_le_pos; lra). lra. }
  assert (Step : forall t, ln (cosine_of t) <=
    ln c + weighed t / ((1 + b) * c) - 1 - (1 - b) / (1 + b) * (ln (r (S t)) - ln (r t))).
  { intro t. pose proof (cosine_positive t) as Pc. pose proof (Hr t). pose proof (Hr (S t)).
    assert (Pq : 0 < ratio t) by (apply Rdiv_lt_0_compat; apply Hr).
    assert (Pw : 0 < (ratio t + b / ratio t) / (1 + b)).
    { apply Rdiv_lt_0_compat; [|lra]. assert (0 <= b / ratio t) by (apply Rdiv_le_0_compat; lra). lra. }
    pose proof (two_logs (ratio t) Pq) as L2.
    pose proof (ln_below (cosine_of t * ((ratio t + b / ratio t) / (1 + b))) c
                  ltac:(apply Rmult_lt_0_compat; assumption) Hc) as L1.
    rewrite ln_mult in L1 by assumption.
    replace (ln (r (S t)) - ln (r t)) with (ln (ratio t)) by (unfold ratio; rewrite ln_div by apply Hr; reflexivity).
    replace (weighed t / ((1 + b) * c)) with (cosine_of t * ((ratio t + b / ratio t) / (1 + b)) / c)
      by (unfold weighed; field; repeat split; lra). lra. }
  assert (Sum : forall K, sum_to K (fun t => ln (cosine_of t)) <=
    INR K * (ln c - 1) + sum_to K weighed / ((1 + b) * c) - (1 - b) / (1 + b) * (ln (r K) - ln (r O))).
  { induction K as [|K IH].
    - simpl. unfold Rdiv at 1. rewrite Rmult_0_l. right; ring.
    - rewrite !sum_S, S_INR. specialize (Step K).
      replace ((sum_to K weighed + weighed K) / ((1 + b) * c))
        with (sum_to K weighed / ((1 + b) * c) + weighed K / ((1 + b) * c)) by (field; lra). lra. }
  specialize (Sum (S T)). fold N in Sum. rewrite ln_div by apply Hr.
  assert (B : sum_to (S T) weighed / ((1 + b) * c) <= N).
  { apply Rmult_le_reg_r with ((1 + b) * c); [apply Rmult_lt_0_compat; lra|].
    replace (sum_to (S T) weighed / ((1 + b) * c) * ((1 + b) * c)) with (sum_to (S T) weighed) by (field; lra).
    rewrite Tot. apply sum_weighed. }
  lra.
Qed.
End MeanTurn.

Lemma norm_times_norm : forall n u, norm n u ^ 2 = norm_sq n u.
Proof. intros; unfold norm; apply pow2_sqrt, norm_sq_nonneg. Qed.

Lemma dot_below_norms : forall n u v, dot n u v <= norm n u * norm n v.
Proof.
  intros n u v. apply Rle_trans with (Rabs (dot n u v)); [apply Rle_abs|].
  rewrite <- (Rabs_pos_eq (norm n u * norm n v)) by (apply Rmult_le_pos; apply sqrt_pos).
  apply Rsqr_le_abs_0. rewrite !Rsqr_pow2, Rpow_mult_distr, !norm_times_norm. apply cauchy_schwarz.
Qed.

(* Averaged gradients, decoupled decay: no remainder at any T. *)
Theorem averaged_mean_turn : forall n mu lr wd x m g, averaged_run n mu lr wd x m g -> 0 <= mu < 1 -> 0 < lr ->
  lr * wd < 1 -> forall T, (0 < T)%nat ->
  sum_to T (fun t => ln (cosine n (x (S t)) (x t))) <=
  INR T * ln ((1 - lr * wd + mu) / (1 + (1 - lr * wd) * mu))
  - (1 - (1 - lr * wd) * mu) / (1 + (1 - lr * wd) * mu) * ln (norm n (x T) / norm n (x O)).
Proof.
  intros n mu lr wd x m g run Hmu Hlr Hh T HT. set (a := 1 - lr * wd).
  assert (Ha : 0 < a) by (unfold a; lra).
  assert (P : forall t, 0 < norm n (x t)) by (intro t; apply sqrt_lt_R0; destruct run as [_ H]; apply (H t)).
  assert (X := mean_turn (fun t => norm n (x t)) (fun t => dot n (x (S t)) (x t)) (a + mu) (a * mu) a a P
                 ltac:(apply Rmult_le_pos; lra) ltac:(lra) ltac:(field; lra)).
  assert (F : dot n (x 1%nat) (x O) = a * norm n (x O) ^ 2).
  { rewrite norm_times_norm, dot_comm, (dot_next n mu lr wd x m g run), (empty n mu lr wd x m g run); fold a; ring. }
  specialize (X F).
  assert (Law : forall t, dot n (x (S (S t))) (x (S t)) + a * mu * dot n (x (S t)) (x t) =
                          (a + mu) * norm n (x (S t)) ^ 2).
  { intro t. rewrite norm_times_norm, (dot_comm n (x (S (S t)))), (dot_comm n (x (S t)) (x t)).
    rewrite !(dot_next n mu lr wd x m g run), (norm_next n mu lr wd x m g run), (along_next n mu lr wd x m g run); fold a.
    ring. }
  specialize (X Law). specialize (X ltac:(intro t; rewrite Rmult_comm; apply dot_below_norms) T HT).
  replace ((a + mu + (a + a * mu / a - (a + mu)) / INR T) / (1 + a * mu)) with ((a + mu) / (1 + a * mu)) in X.
  - erewrite sum_ext; [exact X|]. intros t _; unfold cosine. do 2 f_equal. apply Rmult_comm.
  - f_equal. replace (a * mu / a) with mu by (field; lra).
    replace (a + mu - (a + mu)) with 0 by ring. unfold Rdiv; ring.
Qed.

Theorem averaged_floor : forall n mu lr wd x m g, averaged_run n mu lr wd x m g -> 0 <= mu < 1 -> 0 < lr ->
  lr * wd < 1 -> forall t, (1 - lr * wd) * norm n (x t) <= norm n (x (S t)).
Proof.
  intros n mu lr wd x m g run Hmu Hlr Hh t. unfold norm.
  rewrite <- (sqrt_pow2 (1 - lr * wd)) at 1 by lra. rewrite <- sqrt_mult_alt by apply pow2_ge_0.
  apply sqrt_le_1_alt. apply (floor_step n mu lr wd x m g run Hmu Hlr); lra.
Qed.

(** * Coupled decay: r a root of r^2 - (1 + mu - lr wd) r + mu *)

Section Heavy.
Variables (n : nat) (mu lr wd root : R) (x v g : nat -> nat -> R).
Hypothesis run : heavy_run n mu lr wd x v g.
Hypothesis Hmu : 0 <= mu < 1.
Hypothesis Hlr : 0 < lr.
Hypothesis Hwd : 0 <= wd.
Hypothesis Hroot : root ^ 2 - (1 + mu - lr * wd) * root + mu = 0.
Hypothesis Hpos : 0 < root.

Let weights : forall t i, (i < n)%nat ->
  x (S t) i = (1 - lr * wd) * x t i + - lr * (mu * v t i + g t i).
Proof.
  intros t i Hi. destruct run as [_ H]; destruct (H t) as [_ [_ K]]; destruct (K i Hi) as [X _].
  rewrite X; unfold scale_heavy_ball_step_0; ring.
Qed.

Lemma heavy_dot : forall t, dot n (x (S t)) (x t) = (1 - lr * wd) * norm_sq n (x t) - lr * mu * dot n (v t) (x t).
Proof.
  intro t. rewrite (dot_ext n _ (x t) (fun i => (1 - lr * wd) * x t i + - lr * (mu * v t i + 1 * g t i)) (x t)); [|intros i Hi; rewrite (weights t i Hi); ring|auto].
  rewrite dot_combination, dot_combination. destruct run as [_ H]; destruct (H t) as [_ [O _]]; rewrite O.
  unfold norm_sq; ring.
Qed.

Lemma heavy_first : dot n (x 1%nat) (x O) = (1 - lr * wd) * norm n (x O) ^ 2.
Proof.
  rewrite heavy_dot, norm_times_norm. destruct run as [E _].
  rewrite (dot_ext n (v O) (x O) (fun i => 0 * x O i + 0 * x O i) (x O)); [|intros i Hi; rewrite (E i Hi); ring|auto].
  rewrite dot_combination; ring.
Qed.

Lemma heavy_law : forall t, dot n (x (S (S t))) (x (S t)) + mu * dot n (x (S t)) (x t) =
  (1 + mu - lr * wd) * norm n (x (S t)) ^ 2.
Proof.
  intro t. rewrite norm_times_norm, (heavy_dot (S t)).
  assert (E : lr * dot n (v (S t)) (x (S t)) = dot n (x t) (x (S t)) - norm_sq n (x (S t))).
  { transitivity (dot n (fun i => 1 * x t i + -1 * x (S t) i) (x (S t))); [|rewrite dot_combination; unfold norm_sq; ring].
    transitivity (dot n (fun i => lr * v (S t) i + 0 * v (S t) i) (x (S t))); [rewrite dot_combination; ring|].
    apply dot_ext; [|auto]. intros i Hi. destruct run as [_ H]; destruct (H t) as [_ [_ K]]; destruct (K i Hi) as [X V].
    rewrite X, V; unfold scale_heavy_ball_step_0, scale_heavy_ball_step_1; ring. }
  rewrite (dot_comm n (x (S t)) (x t)).
  replace (lr * mu * dot n (v (S t)) (x (S t))) with (mu * (lr * dot n (v (S t)) (x (S t)))) by ring. rewrite E; ring.
Qed.

Lemma root_below : root <= 1 - lr * wd.
Proof.
  assert (W : 0 <= lr * wd) by (apply Rmult_le_pos; lra).
  assert (R1 : root <= 1).
  { destruct (Rle_lt_dec root 1) as [K|K]; [exact K|]. exfalso.
    assert (Z : (root - 1) * (root - mu) = - (lr * wd) * root) by lra.
    assert (0 < (root - 1) * (root - mu)) by (apply Rmult_lt_0_compat; lra).
    assert (0 <= lr * wd * root) by (apply Rmult_le_pos; lra). lra. }
  apply Rmult_le_reg_r with root; [exact Hpos|].
  assert (mu * root <= mu * 1) by (apply Rmult_le_compat_l; lra). lra.
Qed.

Let sides : root + mu / root = 1 + mu - lr * wd.
Proof. apply Rmult_eq_reg_r with root; [|lra]. field_simplify; [lra|lra]. Qed.

Let lengths : forall t, 0 < norm n (x t).
Proof. intro t; apply sqrt_lt_R0; destruct run as [_ H]; apply (H t). Qed.

Let below : forall t, dot n (x (S t)) (x t) <= norm n (x t) * norm n (x (S t)).
Proof. intro t; rewrite Rmult_comm; apply dot_below_norms. Qed.

Theorem heavy_floor : forall t, root * norm n (x t) <= norm n (x (S t)).
Proof.
  apply (norm_floor (fun t => norm n (x t)) (fun t => dot n (x (S t)) (x t)) (1 + mu - lr * wd) mu (1 - lr * wd) root);
    auto using lengths, sides, heavy_first, heavy_law, below; try lra.
  split; [exact Hpos|apply root_below].
Qed.

Theorem heavy_mean_turn : forall T, (0 < T)%nat -> sum_to T (fun t => ln (cosine n (x (S t)) (x t))) <=
  INR T * ln ((1 + mu - lr * wd + (mu / root - mu) / INR T) / (1 + mu))
  - (1 - mu) / (1 + mu) * ln (norm n (x T) / norm n (x O)).
Proof.
  intros T HT.
  assert (X := mean_turn (fun t => norm n (x t)) (fun t => dot n (x (S t)) (x t)) (1 + mu - lr * wd) mu (1 - lr * wd) root
    lengths ltac:(lra) (conj Hpos root_below) sides heavy_first heavy_law below T HT).
  replace (1 - lr * wd + mu / root - (1 + mu - lr * wd)) with (mu / root - mu) in X by ring.
  erewrite sum_ext; [exact X|]. intros t _; unfold cosine. do 2 f_equal. apply Rmult_comm.
Qed.
End Heavy.
