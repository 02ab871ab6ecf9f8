(* Beyond the papers: two groups below the threshold. With lr max alpha <= 1/2 the quantity lr F - log(r_1 r_2), r_i the
   groups' norms, never increases, so that the steps turn by a finite sum in all and F -> 0. *)
From Coq Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import Theory Beta Norm RegimesMore.
Open Scope R_scope.

(** * One step *)

(* The core: a quadratic form in the shares p and q whose discriminant is a square. *)
Theorem two_group_core : forall p u w, 0 <= p <= 1 -> 1 <= u -> 1 <= w ->
  0 <= (2 * p - 1) * (u ^ 2 - w ^ 2) + 2 * p ^ 2 * (u ^ 2 - 1) ^ 2 * w ^ 2 + 2 * (1 - p) ^ 2 * (w ^ 2 - 1) ^ 2 * u ^ 2
       - 2 * (p * u ^ 3 * w + (1 - p) * w ^ 3 * u - u ^ 2 * w ^ 2).
Proof.
  intros p u w Hp Hu Hw. set (core := _ - _).
  assert (UW : 1 <= u * w) by nra. assert (UU : 1 <= u ^ 2) by nra.
  set (A := (u - w) ^ 2 + 2 * (u * w) * (u ^ 2 - 1) * (u * w - 1)). set (M := u * w * (u - w) ^ 2).
  assert (HA : 0 <= A).
  { apply Rplus_le_le_0_compat; [apply pow2_ge_0|]. repeat apply Rmult_le_pos; lra. }
  assert (ID : A * core = (A * p - M * (1 - p)) ^ 2 + ((u * w - 1) * (2 * u ^ 2 * w ^ 2 - u ^ 2 - w ^ 2) * (1 - p)) ^ 2)
    by (unfold A, M, core; ring).
  destruct (Rle_lt_or_eq_dec 0 A HA) as [P|Z].
  - apply Rmult_le_reg_l with A; [exact P|]. rewrite Rmult_0_r, ID.
    apply Rplus_le_le_0_compat; apply pow2_ge_0.
  - assert (0 <= 2 * (u * w) * (u ^ 2 - 1) * (u * w - 1)) by (repeat apply Rmult_le_pos; lra).
    assert (D : (u - w) ^ 2 = 0) by (pose proof (pow2_ge_0 (u - w)); unfold A in Z; lra).
    assert (u = w) by nra. subst w.
    assert (Z2 : 2 * (u * u) * (u ^ 2 - 1) * (u * u - 1) = 0) by (unfold A in Z; lra).
    assert (X : 2 * (u * u) * ((u ^ 2 - 1) * (u ^ 2 - 1)) = 0) by (rewrite <- Z2; ring).
    apply Rmult_integral in X; destruct X as [X|X]; [exfalso; lra|].
    assert (u ^ 2 - 1 = 0) by (apply Rmult_integral in X; destruct X; assumption).
    assert (u = 1) by nra. subst u. unfold core; lra.
Qed.

(* ESS^2 of a group with alpha lr = e, share p of the squared norm and f = x^2/(x^2 + y^2); f after the step. *)
Definition turned (e p f : R) : R := 4 * e ^ 2 * f * (1 - f) / p ^ 2.
Definition fraction_next (e p f : R) : R := f * (1 - 2 * e * (1 - f) / p) ^ 2 / (1 + turned e p f).

Lemma turned_nonneg : forall e p f, 0 < p -> 0 <= f <= 1 -> 0 <= turned e p f.
Proof.
  intros e p f Hp Hf. unfold turned. apply Rdiv_le_0_compat; [|apply pow_lt; lra].
  apply Rmult_le_pos; [|lra]. apply Rmult_le_pos; [|lra]. pose proof (pow2_ge_0 e); lra.
Qed.

Lemma falls_by : forall e p f, 0 < e <= 1 / 2 -> 0 < p -> 0 <= f <= 1 ->
  let E := turned e p f in (p - e + p ^ 2 * E) * (E / (1 + E)) <= e * f - e * fraction_next e p f.
Proof.
  intros e p f He Hp Hf E. pose proof (turned_nonneg e p f Hp Hf) as P; fold E in P.
  assert (X : e * f - e * fraction_next e p f = (p - e + 2 * e * f) * (E / (1 + E))).
  { unfold fraction_next; fold E. assert (EE : E * p ^ 2 = 4 * e ^ 2 * f * (1 - f)) by (unfold E, turned; field; lra).
    apply Rmult_eq_reg_l with ((1 + E) * p ^ 2); [|apply Rmult_integral_contrapositive; split; [lra|apply pow_nonzero; lra]].
    replace ((1 + E) * p ^ 2 * (e * f - e * (f * (1 - 2 * e * (1 - f) / p) ^ 2 / (1 + E))))
      with (e * f * (p ^ 2 + E * p ^ 2) - e * f * (p - 2 * e * (1 - f)) ^ 2) by (field; lra).
    replace ((1 + E) * p ^ 2 * ((p - e + 2 * e * f) * (E / (1 + E)))) with ((p - e + 2 * e * f) * (E * p ^ 2)) by (field; lra).
    rewrite EE; ring. }
  rewrite X. apply Rmult_le_compat_r; [apply Rdiv_le_0_compat; lra|].
  assert (Q : p ^ 2 * E <= 2 * e * f); [|lra].
  unfold E, turned. replace (p ^ 2 * (4 * e ^ 2 * f * (1 - f) / p ^ 2)) with (2 * e * f * (2 * e * (1 - f))) by (field; lra).
  rewrite <- (Rmult_1_r (2 * e * f)) at 2. apply Rmult_le_compat_l; [repeat apply Rmult_le_pos; lra|].
  assert (e * (1 - f) <= 1 / 2 * 1) by (apply Rmult_le_compat; lra). lra.
Qed.

Lemma log_core : forall p U W, 0 < p < 1 -> 1 <= U -> 1 <= W ->
  0 <= (p - 1 / 2 + p ^ 2 * (U - 1)) * ((U - 1) / U) + (1 / 2 - p + (1 - p) ^ 2 * (W - 1)) * ((W - 1) / W)
       + (ln U + ln W) / 2 - ln (p * U + (1 - p) * W).
Proof.
  intros p U W Hp HU HW. set (u := sqrt U). set (w := sqrt W).
  assert (Eu : u ^ 2 = U) by (unfold u; simpl; rewrite Rmult_1_r; apply sqrt_sqrt; lra).
  assert (Ew : w ^ 2 = W) by (unfold w; simpl; rewrite Rmult_1_r; apply sqrt_sqrt; lra).
  assert (Hu : 1 <= u) by (unfold u; rewrite <- sqrt_1; apply sqrt_le_1_alt; exact HU).
  assert (Hw : 1 <= w) by (unfold w; rewrite <- sqrt_1; apply sqrt_le_1_alt; exact HW).
  clearbody u w. subst U W.
  assert (N : 0 < p * u ^ 2 + (1 - p) * w ^ 2) by nra. assert (UW : 0 < u * w) by nra.
  assert (LU : (ln (u ^ 2) + ln (w ^ 2)) / 2 = ln (u * w)).
  { rewrite ln_mult by lra. replace (u ^ 2) with (u * u) by ring. replace (w ^ 2) with (w * w) by ring.
    rewrite !ln_mult by lra. field. }
  set (z := (p * u ^ 2 + (1 - p) * w ^ 2) / (u * w)).
  assert (Z : 0 < z) by (apply Rdiv_lt_0_compat; assumption).
  assert (LN : ln (p * u ^ 2 + (1 - p) * w ^ 2) = ln (u * w) + ln z).
  { rewrite <- ln_mult by assumption. f_equal; unfold z; field; lra. }
  assert (LZ : ln z <= z - 1) by (pose proof (exp_ineq1_le (ln z)) as Q; rewrite exp_ln in Q by exact Z; lra).
  pose proof (two_group_core p u w ltac:(lra) Hu Hw) as C.
  assert (ID : (p - 1 / 2 + p ^ 2 * (u ^ 2 - 1)) * ((u ^ 2 - 1) / u ^ 2)
     + (1 / 2 - p + (1 - p) ^ 2 * (w ^ 2 - 1)) * ((w ^ 2 - 1) / w ^ 2) - (z - 1)
     = ((2 * p - 1) * (u ^ 2 - w ^ 2) + 2 * p ^ 2 * (u ^ 2 - 1) ^ 2 * w ^ 2 + 2 * (1 - p) ^ 2 * (w ^ 2 - 1) ^ 2 * u ^ 2
       - 2 * (p * u ^ 3 * w + (1 - p) * w ^ 3 * u - u ^ 2 * w ^ 2)) / (2 * (u ^ 2 * w ^ 2))).
  { unfold z; field; lra. }
  assert (0 <= ((2 * p - 1) * (u ^ 2 - w ^ 2) + 2 * p ^ 2 * (u ^ 2 - 1) ^ 2 * w ^ 2 + 2 * (1 - p) ^ 2 * (w ^ 2 - 1) ^ 2 * u ^ 2
       - 2 * (p * u ^ 3 * w + (1 - p) * w ^ 3 * u - u ^ 2 * w ^ 2)) / (2 * (u ^ 2 * w ^ 2))).
  { apply Rdiv_le_0_compat; [exact C|]. apply Rmult_lt_0_compat; [lra|]. apply Rmult_lt_0_compat; apply pow_lt; lra. }
  rewrite LU, LN. lra.
Qed.

Lemma two_step : forall e1 e2 p f1 f2, 0 < e1 <= 1 / 2 -> 0 < e2 <= 1 / 2 -> 0 < p < 1 -> 0 <= f1 <= 1 -> 0 <= f2 <= 1 ->
  let E1 := turned e1 p f1 in let E2 := turned e2 (1 - p) f2 in let N := p * (1 + E1) + (1 - p) * (1 + E2) in
  e1 * fraction_next e1 p f1 + e2 * fraction_next e2 (1 - p) f2 - (ln (p * (1 + E1) / N) + ln ((1 - p) * (1 + E2) / N)) / 2
  + (1 / 2 - e1) * (E1 / (1 + E1)) + (1 / 2 - e2) * (E2 / (1 + E2))
  <= e1 * f1 + e2 * f2 - (ln p + ln (1 - p)) / 2.
Proof.
  intros e1 e2 p f1 f2 H1 H2 Hp F1 F2 E1 E2 N.
  pose proof (turned_nonneg e1 p f1 ltac:(lra) F1) as P1; fold E1 in P1.
  pose proof (turned_nonneg e2 (1 - p) f2 ltac:(lra) F2) as P2; fold E2 in P2.
  pose proof (falls_by e1 p f1 H1 ltac:(lra) F1) as A1; cbv zeta in A1; fold E1 in A1.
  pose proof (falls_by e2 (1 - p) f2 H2 ltac:(lra) F2) as A2; cbv zeta in A2; fold E2 in A2.
  pose proof (log_core p (1 + E1) (1 + E2) Hp ltac:(lra) ltac:(lra)) as C. fold N in C.
  assert (HN : 0 < N) by (unfold N; apply Rplus_lt_0_compat; apply Rmult_lt_0_compat; lra).
  assert (L : forall a b, 0 < a -> 0 < b -> ln (a * b / N) = ln a + ln b - ln N).
  { intros a b Ha Hb. unfold Rdiv. rewrite ln_mult; [|apply Rmult_lt_0_compat; assumption|apply Rinv_0_lt_compat; exact HN].
    rewrite ln_mult by assumption. rewrite ln_Rinv by exact HN. lra. }
  rewrite !L by lra.
  replace (1 + E1 - 1) with E1 in C by ring. replace (1 + E2 - 1) with E2 in C by ring.
  set (Q1 := E1 / (1 + E1)) in *. set (Q2 := E2 / (1 + E2)) in *.
  assert (R1 : (p - e1 + p ^ 2 * E1) * Q1 = (p - 1 / 2 + p ^ 2 * E1) * Q1 + (1 / 2 - e1) * Q1) by ring.
  assert (R2 : (1 - p - e2 + (1 - p) ^ 2 * E2) * Q2 = (1 / 2 - p + (1 - p) ^ 2 * E2) * Q2 + (1 / 2 - e2) * Q2) by (clearbody Q2; field).
  lra.
Qed.

(** * Runs *)

Definition group_sq (p : (nat -> R) * (nat -> R)) (i : nat) : R := fst p i ^ 2 + snd p i ^ 2.
Definition group_ess_sq_of (alpha : nat -> R) (lr : R) (p : (nat -> R) * (nat -> R)) (i : nat) : R :=
  scale_ess_sq (scale_elr lr (group_sq p i)) (regimes_quotient_eff_grad_sq (alpha i) (fst p i) (snd p i)).
(* lr F - log(r_1 r_2) *)
Definition two_potential (alpha : nat -> R) (lr : R) (p : (nat -> R) * (nat -> R)) : R :=
  lr * toy_value 2 alpha p - (ln (group_sq p 0) + ln (group_sq p 1)) / 2.
Definition two_fall (alpha : nat -> R) (lr : R) (p : (nat -> R) * (nat -> R)) : R :=
  sum_to 2 (fun i => (1 / 2 - lr * alpha i) * (group_ess_sq_of alpha lr p i / (1 + group_ess_sq_of alpha lr p i))).

Lemma bounded_sums_vanish : forall (a : nat -> R) B, (forall t, 0 <= a t) -> (forall T, sum_to T a <= B) -> is_lim_seq a 0.
Proof.
  intros a B P S. destruct (ex_finite_lim_seq_incr (fun T => sum_to T a) B) as [l L].
  - intro T; simpl. pose proof (P T); lra.
  - exact S.
  - apply is_lim_seq_ext with (fun T => sum_to (Datatypes.S T) a - sum_to T a); [intro T; simpl; ring|].
    replace 0 with (l - l) by ring. apply is_lim_seq_minus'; [|exact L]. apply (is_lim_seq_incr_1 (fun T => sum_to T a)). exact L.
Qed.

Section TwoGroups.
  Variables (alpha : nat -> R) (lr : R) (x0 y0 : nat -> R).
  Hypotheses (Ha : forall i, (i < 2)%nat -> 0 < alpha i) (Hl : 0 < lr)
    (Hh : forall i, (i < 2)%nat -> lr * alpha i <= 1 / 2)
    (H1 : on_sphere 2 (x0, y0)) (Hy : forall i, (i < 2)%nat -> y0 i <> 0).

  Let pair_run (t : nat) := toy_run 2 alpha lr x0 y0 t.
  Let e (i : nat) : R := lr * alpha i.
  Let p (t i : nat) : R := group_sq (pair_run t) i.
  Let f (t i : nat) : R := fst (pair_run t) i ^ 2 / p t i.
  Let E (t i : nat) : R := group_ess_sq_of alpha lr (pair_run t) i.
  Let N (t : nat) : R := toy_stretch 2 alpha lr (fst (pair_run t)) (snd (pair_run t)).

  Lemma rate_range : forall i, (i < 2)%nat -> 0 < e i <= 1 / 2.
  Proof. intros i Hi; unfold e; split; [apply Rmult_lt_0_compat; [exact Hl|apply Ha, Hi]|apply Hh, Hi]. Qed.

  Lemma two_state : forall t, p t 0 + p t 1 = 1 /\ forall i, (i < 2)%nat ->
    0 < p t i /\ 0 <= f t i < 1 /\ 0 < snd (pair_run t) i ^ 2 /\ E t i = turned (e i) (p t i) (f t i).
  Proof.
    intro t. destruct (toy_invariant 2 alpha lr x0 y0 ltac:(lia) Ha Hl H1 Hy t) as [S Y].
    split; [unfold on_sphere in S; simpl in S; unfold p, group_sq; fold (pair_run t) in S; lra|].
    intros i Hi. pose proof (Y i Hi) as Yi. cbv beta in Yi; fold (pair_run t) in Yi.
    assert (Q : 0 < snd (pair_run t) i ^ 2) by (pose proof (Rsqr_pos_lt _ Yi) as Q; unfold Rsqr in Q; simpl; lra).
    pose proof (pow2_ge_0 (fst (pair_run t) i)) as X.
    assert (P : 0 < p t i) by (unfold p, group_sq; lra). repeat split; try assumption.
    - unfold f; apply Rdiv_le_0_compat; assumption.
    - unfold f; apply Rmult_lt_reg_r with (p t i); [exact P|]. unfold Rdiv; rewrite Rmult_assoc, Rinv_l, Rmult_1_r, Rmult_1_l by lra.
      unfold p, group_sq; lra.
    - unfold E, group_ess_sq_of, turned, scale_ess_sq, scale_elr, regimes_quotient_eff_grad_sq, e, f. fold (p t i).
      assert (1 - fst (pair_run t) i ^ 2 / p t i = snd (pair_run t) i ^ 2 / p t i) as -> by (unfold p, group_sq in *; field; lra).
      change (fst (pair_run t) i ^ 2 + snd (pair_run t) i ^ 2) with (p t i). field; lra.
  Qed.

  Lemma two_next : forall t i, (i < 2)%nat ->
    p (S t) i = p t i * (1 + E t i) / N t /\ f (S t) i = fraction_next (e i) (p t i) (f t i) /\
    snd (pair_run (S t)) i ^ 2 = snd (pair_run t) i ^ 2 * (1 + 2 * e i * f t i / p t i) ^ 2 / N t.
  Proof.
    intros t i Hi. pose proof (toy_stretch_ge_1 2 alpha lr x0 y0 ltac:(lia) Ha Hl H1 Hy t) as G. change (1 <= N t) in G.
    destruct (two_state t) as [_ St]. destruct (St i Hi) as (P & F & Y & EE).
    pose proof (rate_range i Hi) as R.
    set (X1 := toy_x alpha lr (fst (pair_run t)) (snd (pair_run t)) i). set (Y1 := toy_y alpha lr (fst (pair_run t)) (snd (pair_run t)) i).
    set (s := sqrt (N t)). assert (Q : 0 < s) by (apply sqrt_lt_R0; lra).
    assert (QQ : N t = s ^ 2) by (unfold s; simpl; rewrite Rmult_1_r; symmetry; apply sqrt_sqrt; lra).
    assert (SX : fst (pair_run (S t)) i = X1 / s) by reflexivity. assert (SY : snd (pair_run (S t)) i = Y1 / s) by reflexivity.
    assert (F1 : 1 - f t i = snd (pair_run t) i ^ 2 / p t i) by (unfold f, p, group_sq in *; field; lra).
    assert (EX : X1 = fst (pair_run t) i * (1 - 2 * e i * (1 - f t i) / p t i)).
    { rewrite F1. unfold X1, toy_x, regimes_gradient_step_0, regimes_quotient_grad_0, e.
      change (fst (pair_run t) i ^ 2 + snd (pair_run t) i ^ 2) with (p t i). field; lra. }
    assert (EY : Y1 = snd (pair_run t) i * (1 + 2 * e i * f t i / p t i)).
    { unfold Y1, toy_y, regimes_gradient_step_1, regimes_quotient_grad_1, e, f.
      change (fst (pair_run t) i ^ 2 + snd (pair_run t) i ^ 2) with (p t i). field; lra. }
    assert (FX : fst (pair_run t) i ^ 2 = f t i * p t i) by (unfold f; field; lra).
    assert (FY : snd (pair_run t) i ^ 2 = (1 - f t i) * p t i) by (rewrite F1; field; lra).
    assert (PN : X1 ^ 2 + Y1 ^ 2 = p t i * (1 + E t i)).
    { rewrite EX, EY, EE. replace ((fst (pair_run t) i * (1 - 2 * e i * (1 - f t i) / p t i)) ^ 2) with (fst (pair_run t) i ^ 2 * (1 - 2 * e i * (1 - f t i) / p t i) ^ 2) by ring.
      replace ((snd (pair_run t) i * (1 + 2 * e i * f t i / p t i)) ^ 2) with (snd (pair_run t) i ^ 2 * (1 + 2 * e i * f t i / p t i) ^ 2) by ring.
      rewrite FX, FY. unfold turned. field; lra. }
    assert (E0 : 0 <= E t i) by (rewrite EE; apply turned_nonneg; lra).
    assert (PS : p (S t) i = (X1 ^ 2 + Y1 ^ 2) / N t) by (unfold p, group_sq; rewrite SX, SY, QQ; field; lra).
    split; [rewrite PS, PN; reflexivity|]. split.
    - unfold f at 1. rewrite PS, PN, SX. replace ((X1 / s) ^ 2) with (X1 ^ 2 / N t) by (rewrite QQ; field; lra).
      rewrite EX. replace ((fst (pair_run t) i * (1 - 2 * e i * (1 - f t i) / p t i)) ^ 2) with (fst (pair_run t) i ^ 2 * (1 - 2 * e i * (1 - f t i) / p t i) ^ 2) by ring.
      rewrite FX. unfold fraction_next; rewrite <- EE. clear - P E0 G; revert P E0 G; generalize (f t i) (p t i) (e i) (E t i) (N t); intros ff pp ee EE NN P E0 G; field; lra.
    - rewrite SY. replace ((Y1 / s) ^ 2) with (Y1 ^ 2 / N t) by (rewrite QQ; field; lra). rewrite EY. clear - P G; revert P G; generalize (f t i) (p t i) (e i) (N t) (snd (pair_run t) i); intros ff pp ee NN yy P G; field; lra.
  Qed.

  Lemma two_stretch : forall t, N t = p t 0 * (1 + E t 0) + p t 1 * (1 + E t 1).
  Proof.
    intro t. pose proof (toy_stretch_ge_1 2 alpha lr x0 y0 ltac:(lia) Ha Hl H1 Hy t) as G. change (1 <= N t) in G.
    destruct (two_next t 0 ltac:(lia)) as (A & _), (two_next t 1 ltac:(lia)) as (B & _), (two_state (S t)) as [C _].
    rewrite A, B in C. transitivity (N t * (p t 0%nat * (1 + E t 0%nat) / N t + p t 1%nat * (1 + E t 1%nat) / N t)); [rewrite C; ring|].
    clear - G; revert G; generalize (N t) (p t 0%nat) (p t 1%nat) (E t 0%nat) (E t 1%nat); intros; field; lra.
  Qed.

  Lemma two_value : forall t, lr * toy_value 2 alpha (pair_run t) = e 0 * f t 0 + e 1 * f t 1.
  Proof.
    intro t; unfold toy_value, regimes_quotient, e, f, p, group_sq; simpl sum_to.
    destruct (two_state t) as [_ St]. destruct (St 0%nat ltac:(lia)) as (P0 & _), (St 1%nat ltac:(lia)) as (P1 & _).
    unfold p, group_sq in P0, P1. field; lra.
  Qed.

  Theorem two_groups_fall : forall t, two_potential alpha lr (pair_run (S t)) + two_fall alpha lr (pair_run t) <= two_potential alpha lr (pair_run t).
  Proof.
    intro t. unfold two_potential, two_fall. rewrite !two_value. simpl sum_to. fold (E t 0) (E t 1) (p t 0) (p t 1) (p (S t) 0) (p (S t) 1) (e 0) (e 1).
    destruct (two_state t) as [S1 St]. destruct (St 0%nat ltac:(lia)) as (P0 & F0 & _ & E0), (St 1%nat ltac:(lia)) as (P1 & F1 & _ & E1).
    destruct (two_next t 0 ltac:(lia)) as (A & A' & _), (two_next t 1 ltac:(lia)) as (B & B' & _).
    pose proof (two_stretch t) as NN. assert (Q1 : p t 1 = 1 - p t 0) by lra. rewrite Q1 in *.
    pose proof (two_step (e 0) (e 1) (p t 0) (f t 0) (f t 1) (rate_range 0 ltac:(lia)) (rate_range 1 ltac:(lia)) ltac:(lra) ltac:(lra) ltac:(lra)) as C.
    cbv zeta in C. rewrite <- E0, <- E1, <- NN, <- A, <- B, <- A', <- B' in C. lra.
  Qed.

  Lemma two_potential_nonneg : forall t i, (i < 2)%nat -> - ln (p t i) <= 2 * two_potential alpha lr (pair_run t).
  Proof.
    intros t i Hi. unfold two_potential. rewrite two_value. fold (p t 0) (p t 1).
    destruct (two_state t) as [S1 St]. destruct (St 0%nat ltac:(lia)) as (P0 & F0 & _), (St 1%nat ltac:(lia)) as (P1 & F1 & _).
    assert (L : forall a, 0 < a <= 1 -> ln a <= 0).
    { intros a [A [B| ->]]; [rewrite <- ln_1; apply Rlt_le, ln_increasing; assumption|rewrite ln_1; lra]. }
    pose proof (L (p t 0%nat) ltac:(lra)); pose proof (L (p t 1%nat) ltac:(lra)).
    pose proof (rate_range 0 ltac:(lia)); pose proof (rate_range 1 ltac:(lia)).
    assert (0 <= e 0 * f t 0%nat) by (apply Rmult_le_pos; lra). assert (0 <= e 1 * f t 1%nat) by (apply Rmult_le_pos; lra).
    destruct i as [|[|i]]; [lra|lra|lia].
  Qed.

  Lemma two_fall_nonneg : forall t, 0 <= two_fall alpha lr (pair_run t).
  Proof.
    intro t; unfold two_fall; simpl sum_to. fold (E t 0) (E t 1) (e 0) (e 1).
    pose proof (rate_range 0 ltac:(lia)); pose proof (rate_range 1 ltac:(lia)).
    destruct (two_state t) as [_ St]. destruct (St 0%nat ltac:(lia)) as (P0 & F0 & _ & E0), (St 1%nat ltac:(lia)) as (P1 & F1 & _ & E1).
    assert (0 <= E t 0) by (rewrite E0; apply turned_nonneg; lra). assert (0 <= E t 1) by (rewrite E1; apply turned_nonneg; lra).
    assert (0 <= (1 / 2 - e 0) * (E t 0 / (1 + E t 0))) by (apply Rmult_le_pos; [lra|apply Rdiv_le_0_compat; lra]).
    assert (0 <= (1 / 2 - e 1) * (E t 1 / (1 + E t 1))) by (apply Rmult_le_pos; [lra|apply Rdiv_le_0_compat; lra]). lra.
  Qed.

  (* How far the run turns in all. *)
  Theorem two_groups_turn : forall T, two_potential alpha lr (pair_run T) + sum_to T (fun t => two_fall alpha lr (pair_run t)) <= two_potential alpha lr (pair_run 0).
  Proof. induction T as [|T IH]; simpl sum_to; [lra|]. pose proof (two_groups_fall T). lra. Qed.

  Hypothesis Hs : forall i, (i < 2)%nat -> lr * alpha i < 1 / 2.

  Lemma two_ess_summable : exists B, forall T, sum_to T (fun t => E t 0 + E t 1) <= B.
  Proof.
    set (P0 := two_potential alpha lr (pair_run 0)).
    assert (Down : forall t, two_potential alpha lr (pair_run t) <= P0).
    { intro t. pose proof (two_groups_turn t) as Q.
      assert (0 <= sum_to t (fun s => two_fall alpha lr (pair_run s))) by (apply sum_nonneg; intros; apply two_fall_nonneg). unfold P0; lra. }
    set (m := exp (- (2 * P0))). assert (Hm : 0 < m) by apply exp_pos.
    assert (Low : forall t i, (i < 2)%nat -> m <= p t i).
    { intros t i Hi. destruct (two_state t) as [_ St]. destruct (St i Hi) as (P & _).
      rewrite <- (exp_ln (p t i) P). unfold m. pose proof (two_potential_nonneg t i Hi). pose proof (Down t).
      destruct (Rle_lt_or_eq_dec (- (2 * P0)) (ln (p t i)) ltac:(lra)) as [L|L]; [apply Rlt_le, exp_increasing, L|rewrite L; lra]. }
    set (Z := / (4 * m ^ 2)). assert (HZ : 0 < Z) by (apply Rinv_0_lt_compat; pose proof (pow_lt m 2 Hm); lra).
    assert (Top : forall t i, (i < 2)%nat -> 0 <= E t i <= Z).
    { intros t i Hi. destruct (two_state t) as [_ St]. destruct (St i Hi) as (P & F & _ & EE). rewrite EE. split; [apply turned_nonneg; lra|].
      pose proof (rate_range i Hi) as R. pose proof (Low t i Hi) as L. unfold turned, Z.
      assert (M : 0 < m ^ 2 <= p t i ^ 2) by (split; [apply pow_lt; exact Hm|apply pow_incr; lra]).
      assert (A : 4 * e i ^ 2 * f t i * (1 - f t i) <= 1 / 4).
      { assert (0 <= f t i * (1 - f t i) <= 1 / 4) by (pose proof (pow2_ge_0 (f t i - 1 / 2)); split; nra).
        assert (0 <= e i ^ 2 <= 1 / 4) by (split; nra). nra. }
      apply Rmult_le_reg_r with (p t i ^ 2); [lra|].
      replace (4 * e i ^ 2 * f t i * (1 - f t i) / p t i ^ 2 * p t i ^ 2) with (4 * e i ^ 2 * f t i * (1 - f t i)) by (field; lra).
      apply Rle_trans with (1 / 4); [exact A|]. apply Rmult_le_reg_l with (4 * m ^ 2); [lra|].
      replace (4 * m ^ 2 * (/ (4 * m ^ 2) * p t i ^ 2)) with (p t i ^ 2) by (field; lra). lra. }
    set (c := Rmin (1 / 2 - e 0) (1 / 2 - e 1)).
    assert (Hc : 0 < c) by (unfold c, e; apply Rmin_glb_lt; [pose proof (Hs 0 ltac:(lia))|pose proof (Hs 1 ltac:(lia))]; lra).
    assert (One : forall t, c / (1 + Z) * (E t 0 + E t 1) <= two_fall alpha lr (pair_run t)).
    { intro t; unfold two_fall; simpl sum_to. fold (E t 0) (E t 1) (e 0) (e 1).
      assert (G : forall i, (i < 2)%nat -> c <= 1 / 2 - e i -> c / (1 + Z) * E t i <= (1 / 2 - e i) * (E t i / (1 + E t i))).
      { intros i Hi Hci. destruct (Top t i Hi) as [A B].
        replace (c / (1 + Z) * E t i) with (c * (E t i / (1 + Z))) by (field; lra).
        apply Rmult_le_compat; [lra|apply Rdiv_le_0_compat; lra|exact Hci|].
        unfold Rdiv; apply Rmult_le_compat_l; [exact A|apply Rinv_le_contravar; lra]. }
      pose proof (G 0%nat ltac:(lia) ltac:(apply Rmin_l)). pose proof (G 1%nat ltac:(lia) ltac:(apply Rmin_r)). lra. }
    assert (HcZ : 0 < c / (1 + Z)) by (apply Rdiv_lt_0_compat; lra).
    exists (P0 / (c / (1 + Z))). intro T. apply Rmult_le_reg_l with (c / (1 + Z)); [exact HcZ|].
    replace (c / (1 + Z) * (P0 / (c / (1 + Z)))) with P0 by (field; split; lra).
    rewrite <- sum_scal. apply Rle_trans with (sum_to T (fun t => two_fall alpha lr (pair_run t))).
    - apply sum_le; intros t _; apply One.
    - pose proof (two_groups_turn T) as Q. fold P0 in Q. pose proof (two_potential_nonneg T 0 ltac:(lia)) as V.
      destruct (two_state T) as [S1 St]. destruct (St 0%nat ltac:(lia)) as (A & _), (St 1%nat ltac:(lia)) as (B & _).
      assert (ln (p T 0%nat) <= 0) by (rewrite <- ln_1; apply Rlt_le, ln_increasing; lra). lra.
  Qed.

  Theorem two_groups_vanish : is_lim_seq (fun t => toy_value 2 alpha (pair_run t)) 0.
  Proof.
    destruct two_ess_summable as [B HB].
    assert (V : forall i, (i < 2)%nat -> is_lim_seq (fun t => f t i) 0).
    { intros i Hi. pose proof (rate_range i Hi) as R.
      assert (Grow : forall t, 2 * e i * f t i <= ln (snd (pair_run (S t)) i ^ 2) - ln (snd (pair_run t) i ^ 2) + (E t 0 + E t 1)).
      { intro t. destruct (two_state t) as [S1 St]. destruct (St i Hi) as (P & F & Y & _).
        destruct (two_next t i Hi) as (_ & _ & NY).
        destruct (St 0%nat ltac:(lia)) as (P0 & F0 & _ & E0), (St 1%nat ltac:(lia)) as (P1 & F1 & _ & E1).
        assert (A0 : 0 <= E t 0) by (rewrite E0; apply turned_nonneg; lra). assert (A1 : 0 <= E t 1) by (rewrite E1; apply turned_nonneg; lra).
        pose proof (two_stretch t) as NN.
        assert (HN : 1 <= N t <= 1 + (E t 0 + E t 1)).
        { rewrite NN. assert (0 <= p t 0%nat * E t 0 <= E t 0) by (split; [apply Rmult_le_pos; lra|rewrite <- (Rmult_1_l (E t 0)) at 2; apply Rmult_le_compat_r; lra]).
          assert (0 <= p t 1%nat * E t 1 <= E t 1) by (split; [apply Rmult_le_pos; lra|rewrite <- (Rmult_1_l (E t 1)) at 2; apply Rmult_le_compat_r; lra]). lra. }
        set (z := 2 * e i * f t i / p t i).
        assert (Hp1 : p t i <= 1) by (destruct i as [|[|i]]; [lra|lra|lia]).
        assert (HZ : 2 * e i * f t i <= z).
        { unfold z; apply Rmult_le_reg_r with (p t i); [exact P|].
          replace (2 * e i * f t i / p t i * p t i) with (2 * e i * f t i) by (field; lra).
          rewrite <- (Rmult_1_r (2 * e i * f t i)) at 2. apply Rmult_le_compat_l; [apply Rmult_le_pos; [apply Rmult_le_pos|]; lra|exact Hp1]. }
        set (v := 2 * e i * f t i) in *. assert (Hv : 0 <= v <= 1).
        { unfold v; split; [apply Rmult_le_pos; [apply Rmult_le_pos|]; lra|]. assert (e i * f t i <= 1 / 2 * 1) by (apply Rmult_le_compat; lra). lra. }
        assert (L1 : forall a, 0 < a -> ln a <= a - 1) by (intros a Ha'; pose proof (exp_ineq1_le (ln a)) as Q; rewrite exp_ln in Q by exact Ha'; lra).
        assert (LN : ln (N t) <= E t 0 + E t 1) by (pose proof (L1 (N t) ltac:(lra)); lra).
        assert (LZ : v / 2 <= ln (1 + z)).
        { assert (ln (1 + v) <= ln (1 + z)) by (destruct (Rle_lt_or_eq_dec v z HZ) as [Q|Q]; [apply Rlt_le, ln_increasing; lra|rewrite Q; lra]).
          pose proof (L1 (/ (1 + v)) ltac:(apply Rinv_0_lt_compat; lra)) as Q. rewrite ln_Rinv in Q by lra.
          assert (v / 2 <= v / (1 + v)) by (unfold Rdiv; apply Rmult_le_compat_l; [lra|apply Rinv_le_contravar; lra]).
          assert (1 - / (1 + v) = v / (1 + v)) by (field; lra). lra. }
        rewrite NY. fold v z. unfold Rdiv at 1. rewrite ln_mult; [|apply Rmult_lt_0_compat; [exact Y|apply pow_lt; lra]|apply Rinv_0_lt_compat; lra].
        rewrite ln_mult; [|exact Y|apply pow_lt; lra]. rewrite ln_Rinv by lra.
        replace ((1 + z) ^ 2) with ((1 + z) * (1 + z)) by ring. rewrite ln_mult by lra. lra. }
      apply is_lim_seq_ext with (fun t => / (2 * e i) * (2 * e i * f t i)); [intro t; field; lra|].
      replace 0 with (/ (2 * e i) * 0) by ring. apply (is_lim_seq_scal_l (fun t => 2 * e i * f t i) (/ (2 * e i)) 0).
      apply (bounded_sums_vanish _ (- ln (snd (pair_run 0) i ^ 2) + B)).
      - intro t. destruct (two_state t) as [_ St]. destruct (St i Hi) as (_ & F & _). apply Rmult_le_pos; [apply Rmult_le_pos|]; lra.
      - intro T. assert (Tel : sum_to T (fun t => 2 * e i * f t i) <= ln (snd (pair_run T) i ^ 2) - ln (snd (pair_run 0) i ^ 2) + sum_to T (fun t => E t 0 + E t 1)).
        { induction T as [|T IH]; simpl sum_to; [lra|]. pose proof (Grow T). lra. }
        pose proof (HB T). destruct (two_state T) as [S1 St]. destruct (St i Hi) as (P & _ & Y & _).
        destruct (St 0%nat ltac:(lia)) as (P0 & _), (St 1%nat ltac:(lia)) as (P1 & _).
        assert (snd (pair_run T) i ^ 2 <= 1).
        { apply Rle_trans with (p T i); [unfold p, group_sq; pose proof (pow2_ge_0 (fst (pair_run T) i)); lra|destruct i as [|[|i]]; [lra|lra|lia]]. }
        assert (ln (snd (pair_run T) i ^ 2) <= 0).
        { rewrite <- ln_1. destruct (Rle_lt_or_eq_dec (snd (pair_run T) i ^ 2) 1 ltac:(assumption)) as [Q|Q]; [apply Rlt_le, ln_increasing; assumption|rewrite Q; lra]. }
        lra. }
    apply is_lim_seq_ext with (fun t => alpha 0%nat * f t 0 + alpha 1%nat * f t 1).
    - intro t. pose proof (two_value t) as Q. unfold e in Q. apply Rmult_eq_reg_l with lr; [|lra]. rewrite Q; ring.
    - replace 0 with (alpha 0%nat * 0 + alpha 1%nat * 0) by ring.
      apply is_lim_seq_plus'; [apply (is_lim_seq_scal_l (fun t => f t 0%nat) (alpha 0%nat) 0); apply V; lia
                              |apply (is_lim_seq_scal_l (fun t => f t 1%nat) (alpha 1%nat) 0); apply V; lia].
  Qed.
End TwoGroups.

Theorem two_groups_settle : forall alpha lr x0 y0, (forall i, (i < 2)%nat -> 0 < alpha i) -> 0 < lr ->
  (forall i, (i < 2)%nat -> lr * alpha i < 1 / 2) -> on_sphere 2 (x0, y0) -> (forall i, (i < 2)%nat -> y0 i <> 0) ->
  is_lim_seq (fun t => toy_value 2 alpha (toy_run 2 alpha lr x0 y0 t)) 0.
Proof.
  intros alpha lr x0 y0 Ha Hl Hs H1 Hy. apply two_groups_vanish; try assumption. intros i Hi; apply Rlt_le, Hs, Hi.
Qed.
