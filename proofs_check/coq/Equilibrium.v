(* Where the norm ends: periodic, proposition 3, remark 3 and appendices A.6-A.7, with nothing suppressed. *)
From Coq Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import Theory Beta Norm NormMore.
Open Scope R_scope.

Local Notation alpha lr wd := (periodic_beta_alpha_exact lr wd).
Local Notation kappa lr wd := (sqrt (periodic_kappa_sq lr wd)).
Local Notation kappax lr wd := (sqrt (periodic_kappa_sq_exact lr wd)).

Lemma run_facts : forall lr wd lo hi G s, norm_run lr wd lo hi G s ->
  0 < lr /\ 0 < wd /\ lr * wd < 1 / 4 /\ 0 <= lo <= hi /\ 0 < alpha lr wd < 1 / 2 /\
  0 < kappa lr wd < kappax lr wd /\
  sqrt (lr ^ 2 * lo ^ 2 / alpha lr wd) = kappax lr wd * lo /\
  sqrt (lr ^ 2 * hi ^ 2 / alpha lr wd) = kappax lr wd * hi.
Proof.
  intros lr wd lo hi G s (Hl & Hw & Hp & Hlo & _).
  destruct (alpha_range lr wd Hl Hw Hp) as [Ha _]; destruct (kappa_sq lr wd Hl Hw) as [K _].
  pose proof (kappa_below_exact lr wd Hl Hw Hp).
  rewrite !star_is_kappax by lra. repeat split; lra.
Qed.

Lemma root_of_squares : forall lr g, 0 < lr -> 0 <= g -> sqrt (lr ^ 2 * g ^ 2) = lr * g.
Proof.
  intros lr g Hl Hg; replace (lr ^ 2 * g ^ 2) with ((lr * g) * (lr * g)) by ring.
  apply sqrt_square, Rmult_le_pos; lra.
Qed.

Lemma condition_met : forall lr r lo hi, 0 < lr -> 0 <= lo -> 0 <= hi -> r * hi <= lo ->
  r * sqrt (lr ^ 2 * hi ^ 2) <= sqrt (lr ^ 2 * lo ^ 2).
Proof.
  intros lr r lo hi Hl Hlo Hhi H; rewrite !root_of_squares by lra.
  replace (r * (lr * hi)) with (lr * (r * hi)) by ring. apply Rmult_le_compat_l; lra.
Qed.

Lemma condition_missed : forall lr r lo hi, 0 < lr -> 0 <= lo -> 0 <= hi -> lo < r * hi ->
  sqrt (lr ^ 2 * lo ^ 2) < r * sqrt (lr ^ 2 * hi ^ 2).
Proof.
  intros lr r lo hi Hl Hlo Hhi H; rewrite !root_of_squares by lra.
  replace (r * (lr * hi)) with (lr * (r * hi)) by ring. apply Rmult_lt_compat_l; lra.
Qed.

(** * Proposition 3 *)

Theorem proposition3_exact : forall lr wd lo hi G s, norm_run lr wd lo hi G s ->
  periodic_hop_ratio (periodic_beta_alpha_exact lr wd) * hi <= lo ->
  forall eps, 0 < eps -> exists T, forall t, (T <= t)%nat ->
  sqrt (periodic_kappa_sq_exact lr wd) * lo - eps <= s t <= sqrt (periodic_kappa_sq_exact lr wd) * hi + eps.
Proof.
  intros lr wd lo hi G s R HC eps He; pose proof (run_is_beta _ _ _ _ _ _ R) as HS.
  destruct (run_facts _ _ _ _ _ _ R) as (Hl & _ & _ & Hlo & _ & _ & <- & <-).
  apply (proposition5 _ _ _ _ _ HS); [apply (condition_met _ (periodic_hop_ratio _)); lra|exact He].
Qed.

(* "converges linearly ... in O(1/(eta lambda)) time". *)
Theorem proposition3_rate : forall lr wd lo hi G s, norm_run lr wd lo hi G s ->
  periodic_hop_ratio (periodic_beta_alpha_exact lr wd) * hi <= lo ->
  s O > sqrt (periodic_kappa_sq_exact lr wd) * hi ->
  forall t, sqrt (periodic_kappa_sq_exact lr wd) * lo < s t /\
    s t - sqrt (periodic_kappa_sq_exact lr wd) * hi <=
    ((1 - lr * wd) ^ 2) ^ t * (s O - sqrt (periodic_kappa_sq_exact lr wd) * hi).
Proof.
  intros lr wd lo hi G s R HC H0 t; pose proof (run_is_beta _ _ _ _ _ _ R) as HS.
  replace ((1 - lr * wd) ^ 2) with (1 - alpha lr wd) by (unfold periodic_beta_alpha_exact; ring).
  destruct (run_facts _ _ _ _ _ _ R) as (Hl & _ & _ & Hlo & _ & _ & A & B).
  rewrite <- A, <- B in *. apply (proposition5_rate _ _ _ _ _ HS); [apply (condition_met _ (periodic_hop_ratio _)); lra|exact H0].
Qed.

Theorem proposition3_time : forall lr wd lo hi G s, norm_run lr wd lo hi G s ->
  periodic_hop_ratio (periodic_beta_alpha_exact lr wd) * hi <= lo ->
  s O > sqrt (periodic_kappa_sq_exact lr wd) * hi ->
  forall eps t, 0 < eps ->
  ln ((s O - sqrt (periodic_kappa_sq_exact lr wd) * hi) / eps) / periodic_beta_alpha_exact lr wd <= INR t ->
  sqrt (periodic_kappa_sq_exact lr wd) * lo <= s t <= sqrt (periodic_kappa_sq_exact lr wd) * hi + eps.
Proof.
  intros lr wd lo hi G s R HC H0 eps t He Ht; pose proof (run_is_beta _ _ _ _ _ _ R) as HS.
  destruct (run_facts _ _ _ _ _ _ R) as (Hl & _ & _ & Hlo & _ & _ & A & B).
  rewrite <- A, <- B in *. apply (proposition5_time _ _ _ _ _ HS); [apply (condition_met _ (periodic_hop_ratio _)); lra|lra..].
Qed.

(* The lower end as printed survives eq. 3 exactly, in finite time and without the condition. *)
Theorem proposition3_lower : forall lr wd lo hi G s, norm_run lr wd lo hi G s -> 0 < lo ->
  exists T, forall t, (T <= t)%nat -> sqrt (periodic_kappa_sq lr wd) * lo <= s t.
Proof.
  intros lr wd lo hi G s R Plo; pose proof (run_is_beta _ _ _ _ _ _ R) as HS.
  destruct (run_facts _ _ _ _ _ _ R) as (_ & _ & _ & _ & _ & K & A & _).
  assert (D : 0 < (kappax lr wd - kappa lr wd) * lo) by (apply Rmult_lt_0_compat; lra).
  destruct (lower_limit _ _ _ _ _ HS _ D) as [T HT].
  exists T; intros t Ht; specialize (HT t Ht). rewrite A in HT. lra.
Qed.

Lemma constant_run : norm_run 1 (1 / 5) 1 1 (fun _ => 1) (fun _ => 5 / 3).
Proof.
  split; [lra|split; [lra|split; [lra|split; [lra|split; [lra|split]]]]]; intros _; [lra|].
  unfold periodic_norm_sq_next; lra.
Qed.

(* The upper end as printed fails: a constant effective gradient settles above it. *)
Theorem proposition3_printed_refuted :
  exists lr wd lo hi G s, norm_run lr wd lo hi G s /\ 0 < lo /\ 2 * lr * wd * hi <= lo /\
    forall t, s t > sqrt (periodic_kappa_sq lr wd) * hi + 1 / 20.
Proof.
  exists 1, (1 / 5), 1, 1, (fun _ => 1), (fun _ => 5 / 3).
  split; [exact constant_run|split; [lra|split; [lra|]]].
  intros _. assert (kappa 1 (1 / 5) < 8 / 5); [|lra].
  unfold periodic_kappa_sq. rewrite <- (sqrt_square (8 / 5)) by lra.
  apply sqrt_lt_1_alt; lra.
Qed.

(* A four-cycle under keep = 16/25 that hops over 1 for ever. *)
Fixpoint cycle4 (p q r s : R) (t : nat) : R :=
  match t with O => p | S u => cycle4 q r s p u end.

Lemma cycle4_step : forall (P : R -> R -> R -> Prop) t p q r s b0 b1 b2 b3,
  P p b0 q -> P q b1 r -> P r b2 s -> P s b3 p ->
  P (cycle4 p q r s t) (cycle4 b0 b1 b2 b3 t) (cycle4 p q r s (S t)).
Proof.
  intros P t; induction t as [|t IH]; intros p q r s b0 b1 b2 b3 H0 H1 H2 H3; [exact H0|].
  exact (IH q r s p b1 b2 b3 b0 H1 H2 H3 H0).
Qed.

Definition hopping_grad_sq : nat -> R :=
  cycle4 (1898 / 1875 * (37 / 50 - 16 / 25 * (1898 / 1875))) (37 / 50 * (3 / 5 - 16 / 25 * (37 / 50)))
         (3 / 5 * (27 / 50 - 16 / 25 * (3 / 5))) (9 / 25).
Definition hopping_norm_sq : nat -> R := cycle4 (1898 / 1875) (37 / 50) (3 / 5) (27 / 50).

Lemma hopping_facts : forall t, 9 / 100 <= hopping_grad_sq t <= 9 / 25 /\
  hopping_norm_sq (S t) = 16 / 25 * hopping_norm_sq t + hopping_grad_sq t / hopping_norm_sq t.
Proof.
  intro t; split.
  - apply (cycle4_step (fun _ y _ => 9 / 100 <= y <= 9 / 25) t 0 0 0 0); lra.
  - apply (cycle4_step (fun y z y' => y' = 16 / 25 * y + z / y)); lra.
Qed.

Lemma hopping_returns : forall N, exists t, (N <= t)%nat /\ hopping_norm_sq t = 1 + 23 / 1875.
Proof.
  intro N; exists (4 * N)%nat; split; [lia|].
  induction N as [|N IH]; [unfold hopping_norm_sq; simpl; lra|].
  replace (4 * S N)%nat with (S (S (S (S (4 * N))))) by lia. exact IH.
Qed.

(* Even the exact interval does not follow from the printed condition 2 lr wd L <= l. *)
Theorem proposition3_condition_refuted :
  exists lr wd lo hi G s, norm_run lr wd lo hi G s /\ 0 < lo /\ 2 * lr * wd * hi <= lo /\
    forall T, exists t, (T <= t)%nat /\ s t = sqrt (periodic_kappa_sq_exact lr wd) * hi + 23 / 1875.
Proof.
  exists 1, (1 / 5), (3 / 10), (3 / 5), hopping_grad_sq, hopping_norm_sq.
  assert (K : kappax 1 (1 / 5) = 5 / 3).
  { unfold periodic_kappa_sq_exact.
    replace (1 / (1 / 5 * (2 - 1 * (1 / 5)))) with ((5 / 3) * (5 / 3)) by field. apply sqrt_square; lra. }
  split; [|split; [lra|split; [lra|]]].
  - split; [lra|split; [lra|split; [lra|split; [lra|split; [unfold hopping_norm_sq; simpl; lra|split]]]]]; intro t.
    + pose proof (proj1 (hopping_facts t)); lra.
    + rewrite (proj2 (hopping_facts t)); unfold periodic_norm_sq_next. lra.
  - intro T; destruct (hopping_returns T) as (t & Ht & E). exists t; split; [exact Ht|].
    rewrite K, E; lra.
Qed.

(** * Appendix A.6 *)

Theorem A6_exact : forall lr wd, 0 < lr -> 0 < wd -> lr * wd < 1 / 2 ->
  periodic_hop_ratio (periodic_beta_alpha lr wd) - 2 * lr * wd =
    4 * (lr * wd) ^ 2 / (1 - 2 * (lr * wd)) /\
  periodic_hop_ratio (periodic_beta_alpha_exact lr wd) - 2 * lr * wd =
    (lr * wd) ^ 2 * (3 - 2 * (lr * wd)) / (1 - lr * wd) ^ 2.
Proof.
  intros lr wd Hl Hw Hh; unfold periodic_hop_ratio, periodic_beta_alpha, periodic_beta_alpha_exact.
  split; [field; lra|].
  replace (1 - (1 - (1 - lr * wd) ^ 2)) with ((1 - lr * wd) ^ 2) by ring. field; lra.
Qed.

(* The printed condition is weaker than proposition 5's, and prop. 5 then fails, even if alpha = 2 lr wd. *)
Theorem A6_refuted :
  exists lr wd lo hi, 0 < lr /\ 0 < wd /\ 0 < lo <= hi /\ periodic_beta_alpha lr wd < 1 / 2 /\
    2 * lr * wd * hi <= lo /\
    ~ periodic_hop_ratio (periodic_beta_alpha lr wd) * hi <= lo /\
    exists G s, beta_sequence (periodic_beta_alpha lr wd) (lr ^ 2 * lo ^ 2) (lr ^ 2 * hi ^ 2)
                              (fun t => lr ^ 2 * G t) s /\
      forall T, exists t, (T <= t)%nat /\ s t = sqrt (periodic_kappa_sq lr wd) * hi + 23 / 1875.
Proof.
  exists 1, (9 / 50), (3 / 10), (3 / 5); unfold periodic_beta_alpha, periodic_hop_ratio.
  split; [lra|split; [lra|split; [lra|split; [lra|split; [lra|split; [lra|]]]]]].
  exists hopping_grad_sq, hopping_norm_sq.
  assert (K : kappa 1 (9 / 50) = 5 / 3).
  { unfold periodic_kappa_sq.
    replace (1 / (2 * (9 / 50))) with ((5 / 3) * (5 / 3)) by field. apply sqrt_square; lra. }
  split.
  - split; [lra|split; [lra|split; [unfold hopping_norm_sq; simpl; lra|split]]]; intro t.
    + pose proof (proj1 (hopping_facts t)); lra.
    + rewrite (proj2 (hopping_facts t)); unfold periodic_beta_next. lra.
  - intro T; destruct (hopping_returns T) as (t & Ht & E). exists t; split; [exact Ht|].
    rewrite K, E; lra.
Qed.

(** * Remark 3 *)

(* Dividing by a sequence that ends within [m, M]. *)
Lemma reciprocal_limits : forall lr m M N, 0 < lr -> 0 < m <= M -> (forall t : nat, 0 < N t) ->
  (forall eps, 0 < eps -> exists T, forall t, (T <= t)%nat -> m - eps <= N t <= M + eps) ->
  forall eps, 0 < eps -> exists T, forall t, (T <= t)%nat -> lr / M - eps <= lr / N t <= lr / m + eps.
Proof.
  intros lr m M N Hl Hm HN HT eps He.
  set (e1 := m - lr / (lr / m + eps)).
  assert (Pm : 0 < lr / m) by (apply Rdiv_lt_0_compat; lra).
  assert (E1 : 0 < e1 /\ 0 < m - e1).
  { unfold e1; split.
    - assert (lr / (lr / m + eps) < m); [|lra].
      replace m with (lr / (lr / m)) at 2 by (field; lra).
      unfold Rdiv at 1 3; apply Rmult_lt_compat_l; [lra|].
      apply Rinv_lt_contravar; [apply Rmult_lt_0_compat|]; lra.
    - assert (0 < lr / (lr / m + eps)) by (apply Rdiv_lt_0_compat; lra). lra. }
  assert (F1 : lr / (m - e1) = lr / m + eps).
  { unfold e1; replace (m - (m - lr / (lr / m + eps))) with (lr / (lr / m + eps)) by ring.
    field; split; [lra|]. split; [|lra]. assert (0 < eps * m) by (apply Rmult_lt_0_compat; lra). lra. }
  set (e2 := if Rlt_dec 0 (lr / M - eps) then lr / (lr / M - eps) - M else 1).
  assert (E2 : 0 < e2 /\ (0 < lr / M - eps -> lr / (M + e2) = lr / M - eps)).
  { unfold e2; destruct (Rlt_dec 0 (lr / M - eps)) as [C|C]; [split|split; lra].
    - assert (M < lr / (lr / M - eps)); [|lra].
      replace M with (lr / (lr / M)) at 1 by (field; lra).
      unfold Rdiv at 1 3; apply Rmult_lt_compat_l; [lra|].
      apply Rinv_lt_contravar; [apply Rmult_lt_0_compat|]; lra.
    - intros _. replace (M + (lr / (lr / M - eps) - M)) with (lr / (lr / M - eps)) by ring.
      assert (0 < (lr / M - eps) * M) by (apply Rmult_lt_0_compat; lra).
      assert ((lr / M - eps) * M = lr - eps * M) by (field; lra).
      field; repeat split; lra. }
  destruct (HT (Rmin e1 e2)) as [T HT']; [apply Rmin_pos; lra|].
  exists T; intros t Ht; specialize (HT' t Ht); specialize (HN t).
  pose proof (Rmin_l e1 e2); pose proof (Rmin_r e1 e2).
  assert (P : 0 < lr / N t) by (apply Rdiv_lt_0_compat; lra).
  split.
  - destruct (Rlt_le_dec 0 (lr / M - eps)) as [C|C]; [|lra].
    rewrite <- (proj2 E2 C). unfold Rdiv; apply Rmult_le_compat_l; [lra|]. apply Rinv_le_contravar; lra.
  - rewrite <- F1. unfold Rdiv; apply Rmult_le_compat_l; [lra|]. apply Rinv_le_contravar; lra.
Qed.

Theorem remark3_exact : forall lr wd lo hi G s, norm_run lr wd lo hi G s -> 0 < lo ->
  periodic_hop_ratio (periodic_beta_alpha_exact lr wd) * hi <= lo ->
  forall eps, 0 < eps -> exists T, forall t, (T <= t)%nat ->
  sqrt (periodic_beta_alpha_exact lr wd) / hi - eps <= scale_elr lr (s t) <=
  sqrt (periodic_beta_alpha_exact lr wd) / lo + eps.
Proof.
  intros lr wd lo hi G s R Plo HC eps He.
  pose proof (sequence_pos _ _ _ _ _ (run_is_beta _ _ _ _ _ _ R)) as P.
  destruct (run_facts _ _ _ _ _ _ R) as (Hl & Hw & Hp & Hlo & Ha & K & _).
  destruct (kappax_sq lr wd Hl Hw Hp) as [X XX].
  destruct (reciprocal_limits lr (kappax lr wd * lo) (kappax lr wd * hi) s Hl) with (eps := eps)
    as [T HT].
  - split; [apply Rmult_lt_0_compat; lra|apply Rmult_le_compat_l; lra].
  - exact P.
  - exact (proposition3_exact _ _ _ _ _ _ R HC).
  - exact He.
  - exists T; intros t Ht; specialize (HT t Ht); unfold scale_elr.
    assert (S : sqrt (alpha lr wd) = lr / kappax lr wd).
    { apply sqrt_lem_1; [lra|apply Rdiv_le_0_compat; lra|].
      set (k := kappax lr wd) in *; set (a := alpha lr wd) in *.
      replace a with (k * k * a / (k * k)) by (field; lra). rewrite XX; field; lra. }
    assert (D : forall g, 0 < g -> sqrt (alpha lr wd) / g = lr / (kappax lr wd * g)).
    { intros g Hg; rewrite S; field; lra. }
    rewrite !D by lra. exact HT.
Qed.

Theorem remark3_printed_refuted :
  exists lr wd lo hi G s, norm_run lr wd lo hi G s /\ 0 < lo /\ 2 * lr * wd * hi <= lo /\
    forall t, scale_elr lr (s t) < sqrt (2 * lr * wd) / hi - 1 / 50.
Proof.
  exists 1, (1 / 5), 1, 1, (fun _ => 1), (fun _ => 5 / 3).
  split; [exact constant_run|split; [lra|split; [lra|]]].
  intros _. assert (63 / 100 < sqrt (2 * 1 * (1 / 5))); [|unfold scale_elr; lra].
  rewrite <- (sqrt_square (63 / 100)) by lra. apply sqrt_lt_1_alt; lra.
Qed.

(* The upper end as printed holds in the end, in finite time. *)
Theorem remark3_upper : forall lr wd lo hi G s, norm_run lr wd lo hi G s -> 0 < lo ->
  exists T, forall t, (T <= t)%nat -> scale_elr lr (s t) <= sqrt (2 * lr * wd) / lo.
Proof.
  intros lr wd lo hi G s R Plo; pose proof (sequence_pos _ _ _ _ _ (run_is_beta _ _ _ _ _ _ R)) as P.
  destruct (proposition3_lower _ _ _ _ _ _ R Plo) as [T HT].
  destruct (run_facts _ _ _ _ _ _ R) as (Hl & Hw & Hp & Hlo & Ha & K & _).
  destruct (kappa_sq lr wd Hl Hw) as [Pk KK].
  exists T; intros t Ht; specialize (HT t Ht); unfold scale_elr.
  assert (S : sqrt (2 * lr * wd) = lr / kappa lr wd).
  { set (k := kappa lr wd) in *.
    assert (0 < lr * wd) by (apply Rmult_lt_0_compat; lra).
    apply sqrt_lem_1; [lra|apply Rdiv_le_0_compat; lra|].
    replace (2 * lr * wd) with (k * k * (2 * (lr * wd)) / (k * k)) by (field; lra).
    rewrite KK; field; lra. }
  rewrite S; replace (lr / kappa lr wd / lo) with (lr / (kappa lr wd * lo)) by (field; lra).
  unfold Rdiv; apply Rmult_le_compat_l; [lra|].
  apply Rinv_le_contravar; [apply Rmult_lt_0_compat; lra|exact HT].
Qed.

(** * Appendix A.7 in the norm's own parameters *)

(* For large t the printed bound holds (NormMore.A7_upper_printed); for all t it is false: nothing bounds the start. *)
Theorem A7_upper_all_t_refuted :
  exists lr wd lo hi G s, norm_run lr wd lo hi G s /\ 0 < lo < 2 * lr * wd * hi /\
  exists t, s t > (1 - lr * wd) ^ 2 * (sqrt (periodic_kappa_sq lr wd) * lo) +
                  lr ^ 2 * hi ^ 2 / (sqrt (periodic_kappa_sq lr wd) * lo).
Proof.
  exists 1, (1 / 8), (1 / 8), 1, (fun _ => 1),
    (fix s t := match t with O => 100 | S u => periodic_norm_sq_next (s u) 1 1 (1 / 8) end).
  assert (K : kappa 1 (1 / 8) = 2).
  { unfold periodic_kappa_sq. replace (1 / (2 * (1 / 8))) with (2 * 2) by field. apply sqrt_square; lra. }
  split; [|split; [lra|exists O; rewrite K; lra]].
  split; [lra|split; [lra|split; [lra|split; [lra|split; [lra|split]]]]]; intro t; [lra|reflexivity].
Qed.

(* The exact hop level in the norm's parameters: 2 eta lambda L with its lost factor. *)
Theorem A7_hop_level : forall lr wd hi, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 < hi ->
  forall x, 0 < x <= sqrt (periodic_kappa_sq_exact lr wd) * hi ->
  ((exists gt, 0 <= gt <= hi /\
      periodic_norm_sq_next x (gt ^ 2) lr wd > sqrt (periodic_kappa_sq_exact lr wd) * hi) <->
   x < periodic_hop_ratio (periodic_beta_alpha_exact lr wd) * (sqrt (periodic_kappa_sq_exact lr wd) * hi)).
Proof.
  intros lr wd hi Hl Hw Hp Hhi x Hx.
  destruct (alpha_range lr wd Hl Hw Hp) as [Ha _].
  rewrite <- star_is_kappax in * by lra.
  assert (L2 : 0 < lr ^ 2) by (apply pow_lt; lra).
  assert (B : 0 < lr ^ 2 * hi ^ 2) by (apply Rmult_lt_0_compat; [|apply pow_lt]; lra).
  rewrite <- (A7_hop_exact (alpha lr wd) 0 (lr ^ 2 * hi ^ 2) x) by lra.
  split.
  - intros (gt & Hg & H); exists (lr ^ 2 * gt ^ 2); split.
    + split; [apply Rmult_le_pos; [lra|apply pow2_ge_0]|].
      apply Rmult_le_compat_l; [lra|apply pow_incr; lra].
    + rewrite <- next_is_beta; exact H.
  - intros (beta & Hb & H); exists hi; split; [lra|]. rewrite next_is_beta.
    pose proof (next_mono_beta (alpha lr wd) beta (lr ^ 2 * hi ^ 2) x ltac:(lra) ltac:(lra)). lra.
Qed.

(* Below the printed level 2 eta lambda L no hop over kappa L need be possible ... *)
Theorem A7_hop_printed_refuted :
  exists lr wd hi x, 0 < lr /\ 0 < wd /\ lr * wd < 1 / 4 /\ 0 < hi /\ 0 < x < 2 * lr * wd * hi /\
    x < sqrt (periodic_kappa_sq lr wd) * hi /\
    forall gt, 0 <= gt <= hi ->
    periodic_norm_sq_next x (gt ^ 2) lr wd < sqrt (periodic_kappa_sq lr wd) * hi.
Proof.
  exists (1 / 8), 1, 1, (1 / 5).
  assert (K : kappa (1 / 8) 1 = 1 / 4).
  { unfold periodic_kappa_sq. replace (1 / 8 / (2 * 1)) with (1 / 4 * (1 / 4)) by field.
    apply sqrt_square; lra. }
  rewrite K; split; [lra|split; [lra|split; [lra|split; [lra|split; [lra|split; [lra|]]]]]].
  intros gt Hg; unfold periodic_norm_sq_next. assert (gt ^ 2 <= 1) by nlra. lra.
Qed.

(* ... and above it one can be. *)
Theorem A7_hop_above_printed :
  exists lr wd hi x, 0 < lr /\ 0 < wd /\ lr * wd < 1 / 4 /\ 0 < hi /\ x > 2 * lr * wd * hi /\
    x < sqrt (periodic_kappa_sq lr wd) * hi < periodic_norm_sq_next x (hi ^ 2) lr wd.
Proof.
  exists 2, (1 / 16), 1, 1.
  assert (K : kappa 2 (1 / 16) = 4).
  { unfold periodic_kappa_sq. replace (2 / (2 * (1 / 16))) with (4 * 4) by field. apply sqrt_square; lra. }
  rewrite K; unfold periodic_norm_sq_next; repeat split; lra.
Qed.

(* The upper bound inside the proof of proposition 2 fails: the fixed point stays above it. *)
Theorem A5_upper_printed_refuted :
  exists lr wd lo hi G s, norm_run lr wd lo hi G s /\ 0 < lo /\
    (forall t, s t > sqrt (periodic_kappa_sq lr wd) * hi) /\
    exists t, s t > sqrt (periodic_kappa_sq lr wd) * hi +
                    (1 - 2 * (lr * wd)) ^ t * (s O - sqrt (periodic_kappa_sq lr wd) * hi).
Proof.
  exists 1, (1 / 5), 1, 1, (fun _ => 1), (fun _ => 5 / 3).
  assert (K : kappa 1 (1 / 5) < 8 / 5).
  { unfold periodic_kappa_sq. rewrite <- (sqrt_square (8 / 5)) by lra. apply sqrt_lt_1_alt; lra. }
  split; [exact constant_run|split; [lra|split; [intros _; lra|exists 1%nat; lra]]].
Qed.

(** * Equations 5 and 6 as printed *)

(* Eq. 5: a jump at t = 0 although t_min > 0, under all the conditions of proposition 2. *)
Theorem tmin_printed_refuted :
  exists lr wd lo hi delta G s, norm_run lr wd lo hi G s /\ 0 < lo /\ 0 < delta /\
    s O > sqrt (periodic_kappa_sq lr wd) * lo /\ delta < lr * wd * (hi ^ 2 / lo ^ 2) /\
    sqrt (periodic_kappa_sq lr wd) * lo < lr * hi / sqrt (2 * delta) /\
    0 < periodic_time_to_level (s O) (sqrt (periodic_kappa_sq lr wd) * lo)
          (lr * hi / sqrt (2 * delta)) (4 * (lr * wd)) /\
    jump (s O) (G O) lr wd delta.
Proof.
  exists 1, (1 / 10), 1, 1, (1 / 50), (fun _ => 1),
    (fix s t := match t with O => 26 / 5 | S u => periodic_norm_sq_next (s u) 1 1 (1 / 10) end).
  assert (K : kappa 1 (1 / 10) < 3).
  { unfold periodic_kappa_sq; rewrite <- (sqrt_square 3) by lra. apply sqrt_lt_1_alt; lra. }
  replace (2 * (1 / 50)) with ((1 / 5) * (1 / 5)) by field; rewrite sqrt_square by lra.
  split; [|split; [lra|split; [lra|split; [lra|split; [lra|split; [lra|split]]]]]].
  - split; [lra|split; [lra|split; [lra|split; [lra|split; [lra|split]]]]]; intro t; [lra|reflexivity].
  - unfold periodic_time_to_level; set (k := kappa 1 (1 / 10)) in *; clearbody k.
    assert (L1 : ln (1 * 1 / (1 / 5) - k * 1) < ln (26 / 5 - k * 1)) by (apply ln_increasing; lra).
    assert (L2 : ln (1 - 4 * (1 * (1 / 10))) < ln 1) by (apply ln_increasing; lra). rewrite ln_1 in L2.
    apply Rdiv_lt_0_compat; lra.
  - apply jump_exact; try lra. unfold periodic_jump_norm_4; lra.
Qed.

(* Eq. 6: no jump up to step 28 although t_max < 28: the suppressed (eta lambda)^2 slow the fall. *)
Theorem tmax_printed_refuted :
  exists lr wd lo hi delta G s T, norm_run lr wd lo hi G s /\ 0 < lo /\ 0 < delta /\
    s O > sqrt (periodic_kappa_sq lr wd) * hi /\ delta < lr * wd * (lo ^ 2 / hi ^ 2) /\
    sqrt (periodic_kappa_sq lr wd) * hi < lr * lo / sqrt (2 * delta) /\
    periodic_time_to_level (s O) (sqrt (periodic_kappa_sq lr wd) * hi)
      (lr * lo / sqrt (2 * delta)) (2 * (lr * wd)) < INR T /\
    forall t, (t <= T)%nat -> ~ jump (s t) (G t) lr wd delta.
Proof.
  set (run := fix s t := match t with O => 1000000 | S u => periodic_norm_sq_next (s u) 1 1 (1 / 5) end).
  exists 1, (1 / 5), 1, 1, (1 / 10), (fun _ => 1), run, 28%nat.
  assert (K : 158 / 100 < kappa 1 (1 / 5) < 1582 / 1000).
  { unfold periodic_kappa_sq; rewrite <- (sqrt_square (158 / 100)), <- (sqrt_square (1582 / 1000)) by lra.
    split; apply sqrt_lt_1_alt; lra. }
  assert (P : 2236 / 1000 < 1 * 1 / sqrt (2 * (1 / 10))).
  { assert (Q : 0 < sqrt (2 * (1 / 10)) < 1000 / 2236).
    { split; [apply sqrt_lt_R0; lra|]. rewrite <- (sqrt_square (1000 / 2236)) by lra.
      apply sqrt_lt_1_alt; lra. }
    apply (proj1 (Rlt_div_r _ _ _ (proj1 Q))); lra. }
  assert (R : norm_run 1 (1 / 5) 1 1 (fun _ => 1) run).
  { split; [lra|split; [lra|split; [lra|split; [lra|split; [simpl; lra|split]]]]]; intro t; [lra|reflexivity]. }
  split; [exact R|split; [lra|split; [lra|split; [simpl; lra|split; [lra|split; [lra|split]]]]]].
  - unfold periodic_time_to_level; change (run O) with 1000000.
    set (k := kappa 1 (1 / 5)) in *; set (p := 1 * 1 / sqrt (2 * (1 / 10))) in *; clearbody k p.
    assert (L : ln (1000000 - k * 1) + 28 * ln (3 / 5) < ln (p - k * 1)).
    { replace 28 with (INR 28) by (simpl; lra). rewrite <- ln_pow by lra. rewrite <- ln_mult; [|lra|apply pow_lt; lra].
      apply ln_increasing; [apply Rmult_lt_0_compat; [lra|apply pow_lt; lra]|].
      assert (W : 0 < (3 / 5) ^ 28 < 615 / 1000000000) by lra. nra. }
    assert (N : ln (1 - 2 * (1 * (1 / 5))) < 0) by (rewrite <- ln_1; apply ln_increasing; lra).
    replace (1 - 2 * (1 * (1 / 5))) with (3 / 5) in * by field.
    apply Rlt_div_l; [lra|]. replace (INR 28) with 28 by (simpl; lra). lra.
  - assert (Low : forall t, (16 / 25) ^ t * 1000000 <= run t).
    { induction t as [|t IH]; [simpl; lra|].
      pose proof (run_pos _ _ _ _ _ _ R t) as Pt.
      change (run (S t)) with (periodic_norm_sq_next (run t) 1 1 (1 / 5)); unfold periodic_norm_sq_next.
      assert (0 < 1 ^ 2 * 1 / run t) by (apply Rdiv_lt_0_compat; lra).
      change ((16 / 25) ^ S t) with (16 / 25 * (16 / 25) ^ t). lra. }
    intros t Ht J; pose proof (run_pos _ _ _ _ _ _ R t) as Pt.
    apply jump_exact in J; [|exact Pt|lra|lra|lra].
    assert (Anti : (16 / 25) ^ 28 <= (16 / 25) ^ t).
    { replace 28%nat with (t + (28 - t))%nat by lia. rewrite pow_add.
      assert (0 < (16 / 25) ^ t) by (apply pow_lt; lra).
      assert ((16 / 25) ^ (28 - t) <= 1) by (rewrite <- (pow1 (28 - t)); apply pow_incr; lra). nra. }
    assert (W : 3 / 1000000 < (16 / 25) ^ 28) by lra.
    specialize (Low t). assert (3 <= run t) by lra.
    unfold periodic_jump_norm_4 in J. assert (9 <= run t ^ 2) by nra. lra.
Qed.
