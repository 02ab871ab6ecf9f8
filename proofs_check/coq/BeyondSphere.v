(* One group on the sphere: which starts end where, and how fast; no cycles. *)
From Coq Require Import Reals Lra Lia Psatz Classical.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import Theory Beta Norm RegimesMore.
Open Scope R_scope.

(** * The orbit of a ratio *)

Fixpoint ratio_orbit (alpha elr r : R) (t : nat) : R :=
  match t with O => r | S u => ratio_orbit alpha elr (regimes_ratio_next alpha elr r) u end.

Lemma orbit_next : forall alpha elr t r,
  ratio_orbit alpha elr r (S t) = regimes_ratio_next alpha elr (ratio_orbit alpha elr r t).
Proof. intros alpha elr; induction t as [|t IH]; intro r; [reflexivity|]. exact (IH _). Qed.

Lemma run_is_orbit : forall alpha lr x0 y0, 0 < alpha -> 0 < lr -> x0 ^ 2 + y0 ^ 2 = 1 -> y0 <> 0 ->
  forall t, run_ratio alpha lr (x0, y0) t = ratio_orbit alpha lr (x0 / y0) t.
Proof.
  intros alpha lr x0 y0 Ha Hl H1 Hy; induction t as [|t IH]; [reflexivity|].
  rewrite run_ratio_next, orbit_next, IH by assumption. reflexivity.
Qed.

Lemma run_zero_iff : forall alpha lr x0 y0, 0 < alpha -> 0 < lr -> x0 ^ 2 + y0 ^ 2 = 1 -> y0 <> 0 ->
  forall t, fst (circle_run alpha lr (x0, y0) t) = 0 <-> ratio_orbit alpha lr (x0 / y0) t = 0.
Proof.
  intros alpha lr x0 y0 Ha Hl H1 Hy t. rewrite <- run_is_orbit by assumption. unfold run_ratio.
  destruct (run_on_circle alpha lr x0 y0 Ha Hl H1 Hy t) as [_ B]. split; intro H; [rewrite H; field; exact B|].
  apply Rmult_integral in H; destruct H as [H|H]; [exact H|].
  exfalso; apply (Rinv_neq_0_compat _ B H).
Qed.

Lemma orbit_zero_stays : forall alpha elr t, ratio_orbit alpha elr 0 t = 0.
Proof.
  intros alpha elr; induction t as [|t IH]; [reflexivity|]. rewrite orbit_next, IH.
  unfold regimes_ratio_next; ring.
Qed.

(** * Landing on the minimum in finite time *)

Section Landing.
  Variables alpha elr : R.
  Hypotheses (Ha : 0 < alpha) (He : 0 < elr) (Hk : 1 < 2 * alpha * elr).

  Let m : R := regimes_landing_ratio_sq alpha elr.
  Let F (r : R) : R := regimes_ratio_next alpha elr r.

  Lemma landing_m : 0 < m /\ 2 * (alpha * elr) = 1 + m.
  Proof. unfold m, regimes_landing_ratio_sq; split; lra. Qed.

  Lemma step_form : forall r, F r = r * ((r ^ 2 - m) / (1 + (2 + m) * r ^ 2)).
  Proof.
    intro r; unfold F; rewrite ratio_next_simpler by assumption. destruct landing_m as [M K].
    assert (0 <= r ^ 2) by apply pow2_ge_0. rewrite K. field; repeat split; nra.
  Qed.

  Lemma step_odd : forall r, F (- r) = - F r.
  Proof. intro r; rewrite !step_form. replace ((- r) ^ 2) with (r ^ 2) by ring. ring. Qed.

  Lemma step_abs : forall r, Rabs (F r) = Rabs (F (Rabs r)).
  Proof.
    intro r; destruct (Rle_or_lt 0 r) as [P|P]; [rewrite (Rabs_pos_eq r) by exact P; reflexivity|].
    rewrite (Rabs_left r) by exact P. rewrite step_odd, Rabs_Ropp. reflexivity.
  Qed.

  Lemma step_zero : forall r, r <> 0 -> (F r = 0 <-> r ^ 2 = m).
  Proof.
    intros r Hr; destruct landing_m as [M _]. assert (0 <= r ^ 2) by apply pow2_ge_0.
    assert (P : 0 < 1 + (2 + m) * r ^ 2) by nra. rewrite step_form. split; intro H0.
    - apply Rmult_integral in H0; destruct H0 as [H0|H0]; [contradiction|].
      apply Rmult_integral in H0; destruct H0 as [H0|H0]; [lra|]. exfalso; revert H0; apply Rinv_neq_0_compat; lra.
    - rewrite H0; field; nra.
  Qed.

  (* Once r^2 < 2 alpha elr - 1, it stays so, and never is zero again. *)
  Lemma below_stays : forall r, r ^ 2 < m -> F r ^ 2 < m.
  Proof.
    intros r Hr; destruct landing_m as [M _]. rewrite step_form. set (s := r ^ 2) in *.
    assert (S0 : 0 <= s) by apply pow2_ge_0. rewrite Rpow_mult_distr. fold s. clearbody s.
    set (d := 1 + (2 + m) * s). assert (D : 1 <= d) by (unfold d; nra).
    assert (K : s * (s - m) ^ 2 < m * d ^ 2).
    { assert (Q : (s - m) ^ 2 <= m ^ 2) by nra.
      destruct (Rle_or_lt (s * m) 1) as [C|C].
      - destruct (Req_dec s 0) as [Z|Z]; [rewrite Z; assert (0 < d ^ 2) by nra; nra|].
        assert (0 < s) by lra. assert (1 < d) by (unfold d; nra). assert (1 < d ^ 2) by nra.
        apply Rle_lt_trans with (s * m ^ 2); [apply Rmult_le_compat_l; lra|].
        apply Rle_lt_trans with (m * 1); [nra|]. apply Rmult_lt_compat_l; lra.
      - assert (0 < s) by nra. apply Rle_lt_trans with (s * m ^ 2); [apply Rmult_le_compat_l; lra|].
        assert (E1 : s * m < d) by (unfold d; nra). assert (E2 : (s * m) * (s * m) < d * d) by nra.
        apply Rle_lt_trans with (m * ((s * m) * (s * m))); [nra|]. replace (d ^ 2) with (d * d) by ring.
        apply Rmult_lt_compat_l; lra. }
    replace (s * ((s - m) / d) ^ 2) with (s * (s - m) ^ 2 / d ^ 2) by (field; lra).
    assert (0 < d ^ 2) by nra. apply Rmult_lt_reg_r with (d ^ 2); [lra|].
    unfold Rdiv; rewrite Rmult_assoc, Rinv_l by lra. lra.
  Qed.

  Lemma below_never_lands : forall t r, r <> 0 -> r ^ 2 < m -> ratio_orbit alpha elr r t <> 0.
  Proof.
    induction t as [|t IH]; intros r Hr Hm; [exact Hr|]. simpl; apply IH; [|apply below_stays; exact Hm].
    intro Z; apply step_zero in Z; lra.
  Qed.

  Lemma above_step : forall r, 0 < r -> m < r ^ 2 -> 0 < F r /\ (1 + 2 * alpha * elr) * F r < r.
  Proof.
    intros r Hr Hm; destruct landing_m as [M K]. rewrite step_form. set (s := r ^ 2) in *; clearbody s.
    assert (D : 0 < 1 + (2 + m) * s) by nra. split.
    - apply Rmult_lt_0_compat; [exact Hr|]. apply Rdiv_lt_0_compat; lra.
    - replace (1 + 2 * alpha * elr) with (2 + m) by lra.
      apply Rmult_lt_reg_r with (1 + (2 + m) * s); [exact D|].
      replace ((2 + m) * (r * ((s - m) / (1 + (2 + m) * s))) * (1 + (2 + m) * s)) with (r * ((2 + m) * (s - m)))
        by (field; lra).
      apply Rmult_lt_compat_l; [exact Hr|]. nra.
  Qed.

  Lemma above_increases : forall r q, 0 < r < q -> m < r ^ 2 -> F r < F q.
  Proof.
    intros r q [Hr Hq] Hm; destruct landing_m as [M _]. rewrite !step_form.
    assert (Hs : r ^ 2 < q ^ 2) by nra. set (s := r ^ 2) in *; set (u := q ^ 2) in *; clearbody s u.
    assert (D : 0 < 1 + (2 + m) * s) by nra. assert (D' : 0 < 1 + (2 + m) * u) by nra.
    assert (G : (u - m) / (1 + (2 + m) * u) - (s - m) / (1 + (2 + m) * s)
                = (u - s) * (1 + (2 + m) * m) / ((1 + (2 + m) * u) * (1 + (2 + m) * s))) by (field; lra).
    assert (0 < (u - s) * (1 + (2 + m) * m) / ((1 + (2 + m) * u) * (1 + (2 + m) * s))).
    { apply Rdiv_lt_0_compat; apply Rmult_lt_0_compat; nra. }
    assert (0 < (s - m) / (1 + (2 + m) * s)) by (apply Rdiv_lt_0_compat; lra).
    apply Rmult_gt_0_lt_compat; lra.
  Qed.

  Lemma above_injective : forall r q, 0 < r -> 0 < q -> m < r ^ 2 -> m < q ^ 2 -> F r = F q -> r = q.
  Proof.
    intros r q Hr Hq Mr Mq E. destruct (Rtotal_order r q) as [L|[L|L]]; [|exact L|].
    - pose proof (above_increases r q (conj Hr L) Mr); lra.
    - pose proof (above_increases q r (conj Hq L) Mq); lra.
  Qed.

  (* The cubic of the theory: with r > 0, to step to c > 0 and to be its root is the same. *)
  Lemma cubic_iff : forall r c, regimes_landing_equation alpha elr r c = 0 <-> F r = c.
  Proof.
    intros r c; destruct landing_m as [M K]. assert (0 <= r ^ 2) by apply pow2_ge_0.
    assert (D : 0 < 1 + (2 + m) * r ^ 2) by nra.
    assert (E : regimes_landing_equation alpha elr r c = (F r - c) * (1 + (2 + m) * r ^ 2)).
    { rewrite step_form. unfold regimes_landing_equation, m, regimes_landing_ratio_sq in *. field; lra. }
    rewrite E; split; intro H0; [apply Rmult_integral in H0; destruct H0; lra|rewrite H0; ring].
  Qed.

  Lemma root_above : forall r c, 0 < r -> 0 < c -> F r = c -> m < r ^ 2.
  Proof.
    intros r c Hr Hc E. destruct landing_m as [M _]. apply Rnot_le_lt; intro N. rewrite step_form in E.
    assert (0 < 1 + (2 + m) * r ^ 2) by nra.
    assert (Q : (r ^ 2 - m) / (1 + (2 + m) * r ^ 2) <= 0).
    { unfold Rdiv; assert (0 < / (1 + (2 + m) * r ^ 2)) by (apply Rinv_0_lt_compat; lra). nra. }
    nra.
  Qed.

  Lemma previous : forall c, 0 < c -> {r : R | 0 < r /\ F r = c}.
  Proof.
    intros c Hc; destruct landing_m as [M _]. set (top := 2 * (3 + m) * c + 2 * (1 + m)).
    assert (B : 0 < top) by (unfold top; nra).
    destruct (IVT (fun r => regimes_landing_equation alpha elr r c) 0 top) as (r & R1 & R2).
    - unfold regimes_landing_equation; reg.
    - exact B.
    - unfold regimes_landing_equation; lra.
    - assert (T1 : 2 * m + 1 <= top ^ 2) by (assert (2 * (1 + m) <= top) by (unfold top; nra); nra).
      assert (E : regimes_landing_equation alpha elr top c = top * (top ^ 2 - m) - c * (1 + (2 + m) * top ^ 2))
        by (unfold regimes_landing_equation, m, regimes_landing_ratio_sq; ring).
      rewrite E. set (s := top ^ 2) in *.
      assert (A : s / 2 <= s - m) by lra. assert (C : 1 + (2 + m) * s <= (3 + m) * s) by nra.
      assert (top * (s / 2) <= top * (s - m)) by (apply Rmult_le_compat_l; lra).
      assert (c * (1 + (2 + m) * s) <= c * ((3 + m) * s)) by (apply Rmult_le_compat_l; lra).
      assert (2 * (3 + m) * c < top) by (unfold top; nra). nra.
    - exists r; split; [|apply cubic_iff; exact R2].
      destruct R1 as [[R1|R1] _]; [exact R1|]. exfalso; rewrite <- R1 in R2.
      unfold regimes_landing_equation in R2; lra.
  Qed.

  Fixpoint landing_sig (t : nat) : {r : R | 0 < r} :=
    match t with
    | O => exist _ (sqrt m) (sqrt_lt_R0 m (proj1 landing_m))
    | S u => let (c, Hc) := landing_sig u in
             let (r, Hr) := previous c Hc in exist _ r (proj1 Hr)
    end.
  Definition landing_start (t : nat) : R := proj1_sig (landing_sig t).

  Lemma landing_positive : forall t, 0 < landing_start t.
  Proof. intro t; exact (proj2_sig (landing_sig t)). Qed.

  Lemma landing_steps : forall t, F (landing_start (S t)) = landing_start t.
  Proof.
    intro t; unfold landing_start; simpl. destruct (landing_sig t) as [c Hc]; simpl.
    destruct (previous c Hc) as [r [P Q]]; exact Q.
  Qed.

  Lemma landing_above : forall t, m <= landing_start t ^ 2 /\ (m < landing_start (S t) ^ 2).
  Proof.
    destruct landing_m as [M _].
    assert (A : forall t, m < landing_start (S t) ^ 2).
    { intro t; apply (root_above _ (landing_start t)); try apply landing_positive; apply landing_steps. }
    intro t; split; [|apply A]. destruct t as [|t]; [|apply Rlt_le, A].
    unfold landing_start; simpl. replace (sqrt m * (sqrt m * 1)) with (sqrt m * sqrt m) by ring.
    rewrite sqrt_sqrt; lra.
  Qed.

  Lemma landing_lands : forall t r, Rabs r = landing_start t ->
    ratio_orbit alpha elr r t <> 0 /\ ratio_orbit alpha elr r (S t) = 0.
  Proof.
    destruct landing_m as [M _]. induction t as [|t IH]; intros r H0; pose proof (landing_positive) as P.
    - assert (Hr : r <> 0) by (intro Z; rewrite Z, Rabs_R0 in H0; pose proof (P O); lra).
      split; [exact Hr|]. change (F r = 0). apply step_zero; [exact Hr|]. rewrite <- pow2_abs, H0.
      unfold landing_start; simpl proj1_sig. replace (sqrt m ^ 2) with (sqrt m * sqrt m) by ring. apply sqrt_sqrt; lra.
    - apply (IH (F r)). rewrite step_abs, H0, landing_steps. apply Rabs_pos_eq, Rlt_le, P.
  Qed.

  Lemma lands_landing : forall t r, ratio_orbit alpha elr r t <> 0 -> ratio_orbit alpha elr r (S t) = 0 ->
    Rabs r = landing_start t.
  Proof.
    destruct landing_m as [M _]. induction t as [|t IH]; intros r Hne Z.
    - simpl in Hne. change (F r = 0) in Z. apply step_zero in Z; [|exact Hne].
      unfold landing_start; simpl. rewrite <- Z, <- (pow2_abs r). symmetry.
      replace (Rabs r ^ 2) with (Rabs r * Rabs r) by ring. apply sqrt_square, Rabs_pos.
    - change (ratio_orbit alpha elr (F r) t <> 0) in Hne. change (ratio_orbit alpha elr (F r) (S t) = 0) in Z.
      pose proof (IH (F r) Hne Z) as H0. destruct (landing_above t) as [D _]. rewrite <- H0, pow2_abs in D.
      assert (Hr : r <> 0).
      { intro W; apply Hne; rewrite W. unfold F, regimes_ratio_next. rewrite Rmult_0_l. apply orbit_zero_stays. }
      assert (P : 0 < Rabs r) by (apply Rabs_pos_lt; exact Hr).
      assert (C : m < Rabs r ^ 2).
      { apply Rnot_le_lt; intro C. rewrite pow2_abs in C. destruct C as [C|C].
        - pose proof (below_stays r C). lra.
        - apply step_zero in C; [|exact Hr]. rewrite C in D. lra. }
      apply above_injective; try assumption; [apply landing_positive|apply landing_above|].
      rewrite landing_steps, <- H0, step_abs. symmetry; apply Rabs_pos_eq, Rlt_le, above_step; assumption.
  Qed.
End Landing.

(* Every start that reaches the minimum in finite time: one increasing sequence of |x/y|, one for each number of steps. *)
Theorem landing_starts : forall alpha lr, 0 < alpha -> 0 < lr -> 1 < 2 * alpha * lr ->
  exists start : nat -> R, start O = sqrt (regimes_landing_ratio_sq alpha lr) /\
  (forall t, (1 + 2 * alpha * lr) * start t < start (S t) /\
    forall r, 0 < r -> (regimes_landing_equation alpha lr r (start t) = 0 <-> r = start (S t))) /\
  forall x0 y0, x0 <> 0 -> y0 <> 0 -> x0 ^ 2 + y0 ^ 2 = 1 -> forall t,
    ((fst (circle_run alpha lr (x0, y0) t) <> 0 /\ fst (circle_run alpha lr (x0, y0) (S t)) = 0)
     <-> Rabs (x0 / y0) = start t).
Proof.
  intros alpha lr Ha Hl Hk. exists (landing_start alpha lr Ha Hl Hk).
  pose proof (landing_positive alpha lr Ha Hl Hk) as P.
  pose proof (landing_steps alpha lr Ha Hl Hk) as S1.
  pose proof (landing_above alpha lr Ha Hl Hk) as A.
  repeat split.
  - rewrite <- (S1 t) at 1. apply (above_step alpha lr Ha Hl Hk); [apply P|apply A].
  - intro H0. apply (cubic_iff alpha lr Ha Hl Hk) in H0.
    apply (above_injective alpha lr Ha Hl Hk); try apply P; try apply A; try assumption.
    + apply (root_above alpha lr Ha Hl Hk r (landing_start alpha lr Ha Hl Hk t)); try assumption; apply P.
    + rewrite (S1 t); exact H0.
  - intro H0. apply (cubic_iff alpha lr Ha Hl Hk). rewrite H0; apply S1.
  - intros [N Z]. rewrite run_zero_iff in N by assumption. apply (run_zero_iff alpha lr) in Z; try assumption.
    apply (lands_landing alpha lr Ha Hl Hk); assumption.
  - rewrite run_zero_iff by assumption. apply (landing_lands alpha lr Ha Hl Hk); assumption.
  - apply run_zero_iff; try assumption. apply (landing_lands alpha lr Ha Hl Hk); assumption.
Qed.

(** * No cycles, and the rate at the limit *)

Definition quotient_ess_sq (alpha elr r : R) : R := scale_ess_sq elr (regimes_ratio_eff_grad_sq alpha (r ^ 2)).

Lemma ess_positive : forall alpha elr r, 0 < alpha -> 0 < elr ->
  0 <= quotient_ess_sq alpha elr r /\ (r <> 0 -> 0 < quotient_ess_sq alpha elr r).
Proof.
  intros alpha elr r Ha He; unfold quotient_ess_sq, scale_ess_sq, regimes_ratio_eff_grad_sq.
  assert (S0 : 0 <= r ^ 2) by apply pow2_ge_0. assert (D : 0 < (1 + r ^ 2) ^ 2) by (apply pow_lt; lra).
  assert (A : 0 < 4 * alpha ^ 2) by (assert (0 < alpha ^ 2) by (apply pow_lt; lra); lra).
  assert (P : 0 < elr ^ 2) by (apply pow_lt; lra). split.
  - apply Rmult_le_pos; [lra|]. apply Rdiv_le_0_compat; [apply Rmult_le_pos; lra|exact D].
  - intro Hr. assert (0 < r ^ 2) by (pose proof (Rsqr_pos_lt r Hr) as Q; unfold Rsqr in Q; lra).
    apply Rmult_lt_0_compat; [exact P|]. apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat; lra|exact D].
Qed.

Lemma gap_factor_below_one : forall E, 0 <= E -> Rabs (regimes_gap_factor E) <= 1 /\
  (0 < E -> Rabs (regimes_gap_factor E) < 1).
Proof.
  intros E HE; unfold regimes_gap_factor.
  assert (A : (1 - E) / (1 + E) = 1 - 2 * (E / (1 + E))) by (field; lra). rewrite A.
  assert (B : 0 <= E / (1 + E)) by (apply Rdiv_le_0_compat; lra).
  assert (C : E / (1 + E) < 1).
  { apply Rmult_lt_reg_r with (1 + E); [lra|]. unfold Rdiv; rewrite Rmult_assoc, Rinv_l by lra. lra. }
  split; [apply Rabs_le; lra|]. intro HE'. assert (0 < E / (1 + E)) by (apply Rdiv_lt_0_compat; lra).
  apply Rabs_def1; lra.
Qed.

Definition gap (alpha elr r : R) : R := regimes_ratio_loss alpha (r ^ 2) - regimes_level alpha elr.

Lemma gap_step : forall alpha elr r, 0 < alpha -> 0 < elr ->
  gap alpha elr (regimes_ratio_next alpha elr r) = gap alpha elr r * regimes_gap_factor (quotient_ess_sq alpha elr r).
Proof. intros; unfold gap; apply level_gap; assumption. Qed.

Lemma orbit_gap : forall alpha elr t r, 0 < alpha -> 0 < elr ->
  Rabs (gap alpha elr (ratio_orbit alpha elr r t)) <= Rabs (gap alpha elr r).
Proof.
  intros alpha elr t r Ha He; induction t as [|t IH]; [apply Rle_refl|].
  rewrite orbit_next, gap_step, Rabs_mult by assumption. set (o := ratio_orbit alpha elr r t) in *.
  destruct (ess_positive alpha elr o Ha He) as [E0 _].
  destruct (gap_factor_below_one _ E0) as [G _]. pose proof (Rabs_pos (gap alpha elr o)).
  apply Rle_trans with (Rabs (gap alpha elr o) * 1); [apply Rmult_le_compat_l; assumption|lra].
Qed.

Lemma at_level_iff : forall alpha elr r, 0 < alpha -> 0 < elr -> r <> 0 ->
  (gap alpha elr r = 0 <-> 1 < alpha * elr /\ r ^ 2 = regimes_fixed_ratio_sq alpha elr).
Proof.
  intros alpha elr r Ha He Hr. assert (K : 0 < alpha * elr) by (apply Rmult_lt_0_compat; assumption).
  assert (S0 : 0 < r ^ 2) by (pose proof (Rsqr_pos_lt r Hr) as Q; unfold Rsqr in Q; lra).
  unfold gap, regimes_ratio_loss, regimes_level, regimes_fixed_ratio_sq. set (s := r ^ 2) in *; clearbody s.
  assert (E : alpha * s / (1 + s) - (alpha - 1 / elr) / 2
              = (s * (alpha * elr + 1) - (alpha * elr - 1)) / (2 * elr * (1 + s))) by (field; lra).
  rewrite E. assert (D : 0 < 2 * elr * (1 + s)) by (apply Rmult_lt_0_compat; lra). split.
  - intro H0. assert (Z : s * (alpha * elr + 1) = alpha * elr - 1).
    { unfold Rdiv in H0; apply Rmult_integral in H0; destruct H0 as [H0|H0]; [lra|].
      exfalso; revert H0; apply Rinv_neq_0_compat; lra. }
    split; [nra|]. rewrite <- Z; field; lra.
  - intros [_ ->]. field; lra.
Qed.

(* No cycle of |x/y| of any length, for every alpha elr > 0. *)
Theorem no_cycles : forall alpha elr r p, 0 < alpha -> 0 < elr -> (0 < p)%nat ->
  ratio_orbit alpha elr r p ^ 2 = r ^ 2 ->
  r = 0 \/ (1 < alpha * elr /\ r ^ 2 = regimes_fixed_ratio_sq alpha elr).
Proof.
  intros alpha elr r p Ha He Hp H0. destruct (Req_dec r 0) as [Z|Hr]; [left; exact Z|right].
  apply at_level_iff; try assumption. apply NNPP; intro G.
  destruct p as [|p]; [lia|]. simpl ratio_orbit in H0.
  pose proof (orbit_gap alpha elr p (regimes_ratio_next alpha elr r) Ha He) as B.
  assert (S1 : Rabs (gap alpha elr (ratio_orbit alpha elr (regimes_ratio_next alpha elr r) p)) = Rabs (gap alpha elr r))
    by (unfold gap; rewrite H0; reflexivity).
  rewrite gap_step, Rabs_mult in B by assumption. destruct (ess_positive alpha elr r Ha He) as [E0 E1].
  destruct (gap_factor_below_one _ E0) as [_ L]. specialize (L (E1 Hr)).
  assert (0 < Rabs (gap alpha elr r)) by (apply Rabs_pos_lt; exact G).
  assert (Rabs (gap alpha elr r) * Rabs (regimes_gap_factor (quotient_ess_sq alpha elr r)) < Rabs (gap alpha elr r) * 1)
    by (apply Rmult_lt_compat_l; assumption). lra.
Qed.

(* Where every start ends. *)
Theorem classification : forall alpha lr x0 y0, 0 < alpha -> 0 < lr -> x0 ^ 2 + y0 ^ 2 = 1 ->
  let f := fun t => circle_loss alpha (circle_run alpha lr (x0, y0) t) in
  (y0 = 0 -> forall t, f t = alpha) /\
  (y0 <> 0 -> x0 = 0 -> forall t, f t = 0) /\
  (y0 <> 0 -> alpha * lr <= 1 -> is_lim_seq f 0) /\
  (y0 <> 0 -> x0 <> 0 -> 1 < alpha * lr -> is_lim_seq f (regimes_level alpha lr) \/
     exists T, forall t, (T <= t)%nat -> f t = 0).
Proof.
  intros alpha lr x0 y0 Ha Hl H1 f; repeat split.
  - intros Hy. assert (Q : forall t, snd (circle_run alpha lr (x0, y0) t) = 0 /\ fst (circle_run alpha lr (x0, y0) t) <> 0).
    { induction t as [|t [I1 I2]]; [simpl; split; [exact Hy|intro Z; subst; lra]|].
      simpl. destruct (circle_run alpha lr (x0, y0) t) as [x y]; simpl in *. subst y.
      unfold circle_step; cbn [fst snd]. unfold regimes_gradient_step_0, regimes_gradient_step_1, regimes_quotient_grad_0,
        regimes_quotient_grad_1.
      assert (P : 0 < x ^ 2) by (pose proof (Rsqr_pos_lt x I2) as Q; unfold Rsqr in Q; lra).
      set (X := x - _). set (Y := 0 - _).
      assert (EX : X = x) by (unfold X; field; simpl in *; lra).
      assert (EY : Y = 0) by (unfold Y; field; simpl in *; lra). rewrite EX, EY.
      assert (S0 : 0 < sqrt (x ^ 2 + 0 ^ 2)) by (apply sqrt_lt_R0; simpl in *; lra).
      split; [unfold Rdiv; ring|]. unfold Rdiv; apply Rmult_integral_contrapositive; split; [exact I2|].
      apply Rinv_neq_0_compat, Rgt_not_eq; exact S0. }
    intro t; unfold f, circle_loss, regimes_quotient. destruct (Q t) as [Q1 Q2]; rewrite Q1.
    field. intro Z. apply Q2. assert (fst (circle_run alpha lr (x0, y0) t) ^ 2 = 0) by (simpl in *; lra).
    apply (pow_nonzero _ 2) in Q2; contradiction.
  - intros Hy Hx t. apply (stays_at_zero alpha lr x0 y0 Ha Hl Hy H1 O Hx); lia.
  - intros Hy [K|K]; [|apply (remark1_converges alpha lr x0 y0); assumption].
    destruct (Req_dec x0 0) as [Z|Hx].
    { apply is_lim_seq_ext with (fun _ => 0); [|apply is_lim_seq_const]. intro t; symmetry.
      apply (stays_at_zero alpha lr x0 y0 Ha Hl Hy H1 O Z); lia. }
    assert (Hlr : lr < 1 / alpha).
    { apply Rmult_lt_reg_l with alpha; [exact Ha|]. replace (alpha * (1 / alpha)) with 1 by (field; lra). exact K. }
    destruct (proposition2_1 alpha lr x0 y0 Ha Hl Hlr Hx Hy H1) as [Q1 Q2].
    destruct (linear_rate_range alpha lr Ha Hl K) as [Q0 _].
    set (q := linear_rate alpha lr ^ 2) in *. assert (Hq : 0 <= q < 1) by (unfold q; nra).
    set (c := alpha * (x0 / y0) ^ 2) in *.
    assert (Hc : 0 <= c) by (unfold c; apply Rmult_le_pos; [lra|apply pow2_ge_0]).
    apply is_lim_seq_spec; intros [eps Heps].
    destruct (geometric_vanishes q c eps Hq Hc Heps) as [N HN]. exists N; intros t Ht; simpl.
    unfold f; destruct (Q2 t) as [A B]. rewrite Rminus_0_r, Rabs_pos_eq by exact A.
    eapply Rle_lt_trans; [exact B|]. rewrite Rmult_comm. apply HN; exact Ht.
  - intros Hy Hx K. destruct (classic (exists T, fst (circle_run alpha lr (x0, y0) T) = 0)) as [[T HT]|N].
    + right; exists T. exact (stays_at_zero alpha lr x0 y0 Ha Hl Hy H1 T HT).
    + left. apply (converges_to_level alpha lr x0 y0); try assumption.
      intros t Z; apply N; exists t; exact Z.
Qed.

(* The factor of every step, and its limit: the exact local rate. *)
Theorem level_rate : forall alpha lr x0 y0, 0 < alpha -> 0 < lr -> y0 <> 0 -> x0 ^ 2 + y0 ^ 2 = 1 ->
  1 < alpha * lr -> (forall t, fst (circle_run alpha lr (x0, y0) t) <> 0) ->
  let f := fun t => circle_loss alpha (circle_run alpha lr (x0, y0) t) in
  exists q, (forall t, f (S t) - regimes_level alpha lr = (f t - regimes_level alpha lr) * q t) /\
    is_lim_seq q (regimes_turn_cos (alpha * lr)).
Proof.
  intros alpha lr x0 y0 Ha Hl Hy H1 K N f.
  pose proof (converges_to_level alpha lr x0 y0 Ha Hl Hy H1 K N) as L. fold f in L.
  exists (fun t => (1 - 4 * lr ^ 2 * (f t * (alpha - f t))) / (1 + 4 * lr ^ 2 * (f t * (alpha - f t)))).
  split; [intro t; exact (loss_step alpha lr x0 y0 Ha Hl Hy H1 t)|].
  set (l := regimes_level alpha lr) in *.
  assert (E : 4 * lr ^ 2 * (l * (alpha - l)) = (alpha * lr) ^ 2 - 1) by (unfold l, regimes_level; field; lra).
  replace (regimes_turn_cos (alpha * lr)) with ((1 - 4 * lr ^ 2 * (l * (alpha - l))) / (1 + 4 * lr ^ 2 * (l * (alpha - l))))
    by (rewrite E; unfold regimes_turn_cos; assert (0 < (alpha * lr) ^ 2) by (apply pow_lt; lra); set (k := alpha * lr) in *;
      clearbody k; field; repeat split; try lra; replace (1 + _) with (k ^ 2) by ring; lra).
  assert (C : continuity_pt (fun v => (1 - 4 * lr ^ 2 * (v * (alpha - v))) / (1 + 4 * lr ^ 2 * (v * (alpha - v)))) l).
  { reg. rewrite E. nra. }
  apply (is_lim_seq_continuous (fun v => (1 - 4 * lr ^ 2 * (v * (alpha - v))) / (1 + 4 * lr ^ 2 * (v * (alpha - v)))) f l C L).
Qed.

(* Below the threshold the factor of the ratio tends to 1 - 2 alpha lr. *)
Theorem ratio_rate : forall alpha lr x0 y0, 0 < alpha -> 0 < lr -> y0 <> 0 -> x0 ^ 2 + y0 ^ 2 = 1 ->
  alpha * lr <= 1 -> exists q, (forall t, run_ratio alpha lr (x0, y0) (S t) = run_ratio alpha lr (x0, y0) t * q t) /\
    is_lim_seq q (1 - 2 * (alpha * lr)).
Proof.
  intros alpha lr x0 y0 Ha Hl Hy H1 K. assert (K0 : 0 < alpha * lr) by (apply Rmult_lt_0_compat; assumption).
  destruct (classification alpha lr x0 y0 Ha Hl H1) as (_ & _ & L & _). specialize (L Hy K).
  set (f := fun t => circle_loss alpha (circle_run alpha lr (x0, y0) t)) in L.
  exists (fun t => 1 - 2 * (alpha * lr) / (1 + 2 * lr * f t)). split.
  - intro t; rewrite run_ratio_next by assumption. unfold f; rewrite run_loss by assumption.
    unfold regimes_ratio_next, regimes_ratio_loss. set (r := run_ratio alpha lr (x0, y0) t).
    assert (0 <= r ^ 2) by apply pow2_ge_0. field; repeat split; nra.
  - replace (1 - 2 * (alpha * lr)) with (1 - 2 * (alpha * lr) / (1 + 2 * lr * 0)) by (field; lra).
    assert (C : continuity_pt (fun v => 1 - 2 * (alpha * lr) / (1 + 2 * lr * v)) 0) by (reg; lra).
    exact (is_lim_seq_continuous (fun v => 1 - 2 * (alpha * lr) / (1 + 2 * lr * v)) f 0 C L).
Qed.
