(* Beyond the papers: what y'' = 1 - e^y spends in a period, and how long the period is.
   From one downward crossing of y = 0 to the next is the least period. *)
From Coq Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import BeyondEdge.
Open Scope R_scope.

Lemma rises : forall (f df : R -> R) a b, a <= b -> (forall s, a <= s <= b -> is_derive f s (df s)) ->
  (forall s, a <= s <= b -> 0 <= df s) -> f a <= f b.
Proof.
  intros f df a b Hab D P. destruct (MVT_gen f a b df) as (c & C & E).
  - rewrite Rmin_left, Rmax_right by exact Hab; intros s Hs; apply D; lra.
  - rewrite Rmin_left, Rmax_right by exact Hab; intros s Hs. apply continuity_pt_filterlim.
    apply (ex_derive_continuous (K := R_AbsRing) (V := R_NormedModule)); exists (df s); apply D, Hs.
  - rewrite Rmin_left, Rmax_right in C by exact Hab. pose proof (P c C).
    assert (0 <= df c * (b - a)) by (apply Rmult_le_pos; lra). lra.
Qed.

Lemma rises_strictly : forall (f df : R -> R) a b, a < b -> (forall s, a <= s <= b -> is_derive f s (df s)) ->
  (forall s, a <= s <= b -> 0 < df s) -> f a < f b.
Proof.
  intros f df a b Hab D P. destruct (MVT_gen f a b df) as (c & C & E).
  - rewrite Rmin_left, Rmax_right by lra; intros s Hs; apply D; lra.
  - rewrite Rmin_left, Rmax_right by lra; intros s Hs. apply continuity_pt_filterlim.
    apply (ex_derive_continuous (K := R_AbsRing) (V := R_NormedModule)); exists (df s); apply D, Hs.
  - rewrite Rmin_left, Rmax_right in C by lra. pose proof (P c C).
    assert (0 < df c * (b - a)) by (apply Rmult_lt_0_compat; lra). lra.
Qed.

(** * The mean of p^2 is at most E *)

(* With V = e^y - 1 - y this is 6V - 3yV' + VV' >= 0; it is Chicone's condition for a period that grows, too. *)
Theorem chicone : forall y, 0 <= (exp y - 1) * (exp y + 5) - (4 * exp y + 2) * y.
Proof.
  set (f := fun y => (exp y - 1) * (exp y + 5) / (4 * exp y + 2) - y).
  set (df := fun y => 4 * (exp y - 1) ^ 3 / (4 * exp y + 2) ^ 2).
  assert (D : forall s, is_derive f s (df s)).
  { intro s; unfold f, df; pose proof (exp_pos s). auto_derive; [lra|]. field; lra. }
  assert (F0 : f 0 = 0) by (unfold f; rewrite exp_0; field).
  assert (S : forall s, 0 <= s -> 0 <= df s).
  { intros s Hs; unfold df; pose proof (exp_pos s). assert (1 <= exp s) by (pose proof (exp_ineq1_le s); lra).
    apply Rmult_le_pos; [|apply Rlt_le, Rinv_0_lt_compat, pow_lt; lra].
    apply Rmult_le_pos; [lra|apply pow_le; lra]. }
  assert (N : forall s, s <= 0 -> 0 <= - df s).
  { intros s Hs; unfold df; pose proof (exp_pos s).
    assert (exp s <= 1) by (rewrite <- exp_0; destruct Hs as [Hs| ->]; [apply Rlt_le, exp_increasing; exact Hs|lra]).
    replace (- (4 * (exp s - 1) ^ 3 / (4 * exp s + 2) ^ 2)) with (4 * (1 - exp s) ^ 3 / (4 * exp s + 2) ^ 2) by (field; lra).
    apply Rmult_le_pos; [|apply Rlt_le, Rinv_0_lt_compat, pow_lt; lra].
    apply Rmult_le_pos; [lra|apply pow_le; lra]. }
  intro y. assert (P : 0 <= f y).
  { destruct (Rle_or_lt 0 y) as [H|H].
    - rewrite <- F0. apply (rises f df); [exact H|intros; apply D|intros; apply S; lra].
    - assert (- f y <= - f 0); [|lra].
      apply (rises (fun s => - f s) (fun s => - df s)); [lra|intros s _|intros; apply N; lra].
      apply (is_derive_opp (K := R_AbsRing) (V := R_NormedModule) f), D. }
  pose proof (exp_pos y) as E. unfold f in P.
  replace ((exp y - 1) * (exp y + 5) - (4 * exp y + 2) * y)
    with ((4 * exp y + 2) * ((exp y - 1) * (exp y + 5) / (4 * exp y + 2) - y)) by (field; lra).
  apply Rmult_le_pos; lra.
Qed.

Section Orbit.
  Variables (y p : R -> R).
  Hypothesis H : orbit y p.

  Let spent (s : R) : R := RInt (fun u => p u ^ 2) 0 s.

  Lemma spent_derive : forall s, is_derive spent s (p s ^ 2).
  Proof.
    intro s. apply (is_derive_RInt (V := R_NormedModule) (fun u => p u ^ 2) spent 0 s).
    - exists (mkposreal 1 Rlt_0_1); intros x _. apply (RInt_correct (V := R_CompleteNormedModule)).
      apply (ex_RInt_continuous (V := R_CompleteNormedModule)); intros u _. apply smooth_continuous.
      destruct (orbit_derive _ _ H u) as (_ & Ep & _); auto_derive; repeat split; assumption.
    - apply smooth_continuous. destruct (orbit_derive _ _ H s) as (_ & Ep & _); auto_derive; repeat split; assumption.
  Qed.

  Lemma spent_derives : forall s, ex_derive spent s /\ Derive spent s = p s ^ 2.
  Proof. intro s; split; [exists (p s ^ 2); apply spent_derive|apply is_derive_unique, spent_derive]. Qed.

  Lemma spent_0 : spent 0 = 0.
  Proof. unfold spent; rewrite RInt_point; reflexivity. Qed.

  (* The derivative along the orbit of anything that is written in y, p and what was spent. *)
  Ltac runs s := destruct (orbit_derive _ _ H s) as (Ey & Ep & Dy & Dp), (spent_derives s) as (Es & Ds); auto_derive;
    [repeat split; try assumption|
     repeat match goal with |- context [Derive (fun x : R => ?f x) s] =>
       change (Derive (fun x : R => f x) s) with (Derive f s) end; rewrite ?Dy, ?Dp, ?Ds].

  Theorem kinetic_below : forall T, period y p T -> RInt (fun s => p s ^ 2) 0 T <= energy y p 0 * T.
  Proof.
    intros T (HT & KY & KP). set (E := energy y p 0).
    set (A := fun s => E * s - spent s + y s * p s / 2 + p s ^ 3 / 36 - E * p s / 6).
    assert (L : A 0 <= A T).
    { apply (rises A (fun s => ((exp (y s) - 1) * (exp (y s) + 5) - (4 * exp (y s) + 2) * y s) / 6)); [lra| |].
      - intros s _. assert (Q : E = p s ^ 2 / 2 + exp (y s) - y s - 1) by apply (energy_kept y p H 0 s).
        unfold A; runs s. rewrite Q; field.
      - intros s _; pose proof (chicone (y s)); lra. }
    unfold A in L; rewrite KY, KP, spent_0 in L. change (spent T <= E * T). lra.
  Qed.

  (** * The period is at least 2 pi *)

  Theorem period_lower : forall T, period y p T -> 0 < energy y p 0 -> 2 * PI <= T.
  Proof.
    intros T K HE. pose proof K as (HT & KY & KP). apply Rnot_lt_le; intro Short. pose proof PI_RGT_0 as HP.
    (* p takes one value, c, at two times half a period apart. *)
    assert (C : exists a, 0 <= a <= T / 2 /\ p (a + T / 2) = p a).
    { set (g := fun s => p (s + T / 2) - p s). assert (G : g (T / 2) = - g 0).
      { unfold g. replace (T / 2 + T / 2) with T by field. replace (0 + T / 2) with (T / 2) by ring. rewrite KP; ring. }
      assert (CT : continuity g).
      { intro s. apply continuity_pt_filterlim. apply (ex_derive_continuous (K := R_AbsRing) (V := R_NormedModule)).
        unfold g. destruct (orbit_derive _ _ H s) as (_ & Ep & _), (orbit_derive _ _ H (s + T / 2)) as (_ & Eq & _).
        auto_derive; repeat split; assumption. }
      destruct (IVT_cor g 0 (T / 2) CT ltac:(lra)) as (a & A & Z).
      - rewrite G. pose proof (pow2_ge_0 (g 0)). lra.
      - exists a; split; [exact A|]. unfold g in Z; lra. }
    destruct C as (a & Ra & Ca). set (c := p a) in *. set (k := (1 + 2 * PI / T) / 2).
    assert (W : 1 < 2 * PI / T) by (apply Rmult_lt_reg_r with T; [lra|]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l by lra; lra).
    assert (K1 : 1 < k) by (unfold k; lra). assert (KT : k * (T / 4) < PI / 2).
    { replace (PI / 2) with ((2 * PI / T) * (T / 4)) by (field; lra). apply Rmult_lt_compat_r; [lra|unfold k; lra]. }
    (* On each piece, m its middle, this rises, as (q' + k q tan(k(s - m)))^2 >= 0 with q = p - c. *)
    set (Phi := fun m s => p s * (1 - exp (y s)) - p s ^ 3 / 3 + (1 - k ^ 2) * spent s + 2 * k ^ 2 * c * y s
      - k ^ 2 * c ^ 2 * s + k * (p s - c) ^ 2 * (sin (k * (s - m)) / cos (k * (s - m)))).
    assert (UP : forall m b d, b <= d -> m - T / 4 <= b -> d <= m + T / 4 -> Phi m b <= Phi m d).
    { intros m b d Hbd Hb Hd.
      assert (Cos : forall s, b <= s <= d -> 0 < cos (k * (s - m))).
      { intros s Hs. apply cos_gt_0.
        - assert (k * (- (T / 4)) <= k * (s - m)) by (apply Rmult_le_compat_l; lra). lra.
        - assert (k * (s - m) <= k * (T / 4)) by (apply Rmult_le_compat_l; lra). lra. }
      apply (rises (Phi m) (fun s => (1 - exp (y s) + k * (p s - c) * (sin (k * (s - m)) / cos (k * (s - m)))) ^ 2) b d Hbd).
      - intros s Hs. pose proof (Cos s Hs) as Q. unfold Phi; runs s; [apply Rgt_not_eq; exact Q|].
        pose proof (sin2_cos2 (k * (s - m))) as SC; unfold Rsqr in SC.
        unfold Rminus in *. set (S := sin (k * (s + - m))) in *. set (O := cos (k * (s + - m))) in *.
        assert (SS : S ^ 2 = 1 - O ^ 2) by (simpl; lra).
        field_simplify_eq; [|lra]. ring [SS].
      - intros s _; apply pow2_ge_0. }
    pose proof (UP (a + T / 4) a (a + T / 2) ltac:(lra) ltac:(lra) ltac:(lra)) as M1.
    pose proof (UP (a + 3 * (T / 4)) (a + T / 2) T ltac:(lra) ltac:(lra) ltac:(lra)) as M2.
    pose proof (UP (a - T / 4) 0 a ltac:(lra) ltac:(lra) ltac:(lra)) as M0.
    unfold Phi in M0, M1, M2. rewrite Ca in M1, M2. fold c in M0, M1.
    replace (k * (T - (a + 3 * (T / 4)))) with (k * (0 - (a - T / 4))) in M2 by field.
    rewrite KY, KP in M2. rewrite spent_0 in M0.
    pose proof (kinetic_mean y p T H K) as Q. fold (spent T) in Q.
    assert (0 < energy y p 0 * T) by (apply Rmult_lt_0_compat; assumption).
    assert (0 < (k ^ 2 - 1) * spent T) by (apply Rmult_lt_0_compat; nra).
    assert (0 <= k ^ 2 * c ^ 2 * T) by (apply Rmult_le_pos; [apply Rmult_le_pos; apply pow2_ge_0|lra]).
    set (X := sin (k * (0 - (a - T / 4))) / cos (k * (0 - (a - T / 4)))) in *.
    lra.
  Qed.

  (** * Its two halves *)

  Theorem upper_arc : forall a b, a < b -> y a = 0 -> y b = 0 -> (forall s, a < s < b -> 0 < y s) -> b - a <= PI.
  Proof.
    intros a b Hab Ya Yb Pos. apply Rnot_lt_le; intro Long. pose proof PI_RGT_0 as HP.
    set (K := fun s => y s * cos (s - a) - p s * sin (s - a)).
    assert (L : K a <= K (a + PI)).
    { apply (rises K (fun s => (exp (y s) - 1 - y s) * sin (s - a))); [lra| |].
      - intros s _; unfold K; runs s; unfold Rminus; ring.
      - intros s Hs. apply Rmult_le_pos; [pose proof (exp_ineq1_le (y s)); lra|apply sin_ge_0; lra]. }
    unfold K in L. replace (a - a) with 0 in L by ring. replace (a + PI - a) with PI in L by ring.
    rewrite cos_0, sin_0, cos_PI, sin_PI, Ya in L. pose proof (Pos (a + PI) ltac:(lra)). lra.
  Qed.

  Theorem lower_arc : forall a b, a < b -> y a = 0 -> (forall s, a < s < b -> y s < 0) -> b - a <= PI + (p b - p a).
  Proof.
    intros a b Hab Ya Neg. apply Rnot_lt_le; intro Long. pose proof PI_RGT_0 as HP.
    set (tau := fun s => (s - p s) - (a - p a)).
    assert (DT : forall s, is_derive tau s (exp (y s))) by (intro s; unfold tau; runs s; ring).
    assert (CT : continuity tau).
    { intro s. apply continuity_pt_filterlim. apply (ex_derive_continuous (K := R_AbsRing) (V := R_NormedModule)).
      exists (exp (y s)); apply DT. }
    destruct (IVT (fun s => tau s - PI) a b) as (t & Rt & Zt); [|exact Hab| | |].
    - intro s. apply continuity_pt_minus; [apply CT|apply continuity_pt_const; intros u v; reflexivity].
    - unfold tau; lra.
    - unfold tau; lra.
    - cbv beta in Zt. assert (At : a < t < b).
      { split; [destruct (Req_dec a t) as [Eq|]; [|lra]|destruct (Req_dec t b) as [Eq|]; [|lra]]; exfalso; subst; unfold tau in Zt; lra. }
      set (K := fun s => p s * sin (tau s) + (1 - exp (y s)) * cos (tau s)).
      assert (L : K a <= K t).
      { apply (rises K (fun s => (1 - exp (y s)) ^ 2 * sin (tau s))); [lra| |].
        - intros s _; unfold K, tau; runs s; unfold Rminus; ring.
        - intros s Hs. apply Rmult_le_pos; [apply pow2_ge_0|]. apply sin_ge_0.
          + replace 0 with (tau a) by (unfold tau; ring). apply (rises tau (fun u => exp (y u))); [lra|intros; apply DT|intros; apply Rlt_le, exp_pos].
          + replace PI with (tau t) by lra. apply (rises tau (fun u => exp (y u))); [lra|intros; apply DT|intros; apply Rlt_le, exp_pos]. }
      unfold K in L. replace (tau t) with PI in L by lra. replace (tau a) with 0 in L by (unfold tau; ring).
      rewrite cos_0, sin_0, cos_PI, sin_PI, Ya, exp_0 in L. pose proof (Neg t At).
      assert (exp (y t) < 1) by (rewrite <- exp_0; apply exp_increasing; assumption). lra.
  Qed.

  Lemma shifted : forall a, orbit (fun s => y (s + a)) (fun s => p (s + a)).
  Proof.
    intro a; split; intro s; destruct (orbit_derive _ _ H (s + a)) as (Ey & Ep & Dy & Dp); (auto_derive; [repeat split; assumption|]).
    - change (Derive (fun x => y x) (s + a)) with (Derive y (s + a)). rewrite Dy; ring.
    - change (Derive (fun x => p x) (s + a)) with (Derive p (s + a)). rewrite Dp; ring.
  Qed.
End Orbit.

Theorem least_period : forall y p, orbit y p -> forall a b c, a < b < c -> y a = 0 -> y b = 0 -> y c = 0 ->
  (forall s, a < s < b -> y s < 0) -> (forall s, b < s < c -> 0 < y s) ->
  p c = p a /\ 2 * PI <= c - a <= 2 * PI + 2 * sqrt (2 * energy y p 0).
Proof.
  intros y p H a b c (Hab & Hbc) Ya Yb Yc Neg Pos. set (E := energy y p 0).
  assert (SQ : forall s, y s = 0 -> p s ^ 2 = 2 * E).
  { intros s Z. pose proof (energy_kept y p H 0 s) as Q. fold E in Q. unfold energy in Q at 1. rewrite Z, exp_0 in Q. lra. }
  assert (EP : 0 < E).
  { pose proof (energy_kept y p H 0 ((b + c) / 2)) as Q. fold E in Q. unfold energy in Q at 1.
    pose proof (Pos ((b + c) / 2) ltac:(lra)) as Y. pose proof (exp_ineq1 (y ((b + c) / 2)) ltac:(lra)).
    pose proof (pow2_ge_0 (p ((b + c) / 2))). lra. }
  assert (Pa : p a <= 0).
  { apply Rnot_lt_le; intro Q. assert (y a < y b); [|lra].
    apply (rises_strictly y p); [exact Hab|intros s _; apply H|]. intros s Hs.
    assert (p a <= p s); [|lra]. apply (rises p (fun u => 1 - exp (y u))); [lra|intros u _; apply H|]. intros u Hu.
    assert (exp (y u) <= exp 0); [|rewrite exp_0 in *; lra].
    destruct (Req_dec u a) as [->|]; [rewrite Ya; lra|]. destruct (Req_dec u b) as [->|]; [rewrite Yb; lra|].
    apply Rlt_le, exp_increasing, Neg; lra. }
  assert (Pc : p c <= 0).
  { apply Rnot_lt_le; intro Q. assert (y b < y c); [|lra].
    apply (rises_strictly y p); [exact Hbc|intros s _; apply H|]. intros s Hs.
    assert (- p s <= - p c); [|lra].
    apply (rises (fun u => - p u) (fun u => exp (y u) - 1)); [lra| |].
    - intros u _; destruct (orbit_derive _ _ H u) as (Ey & Ep & Dy & Dp); auto_derive; [exact Ep|]; change (Derive (fun x => p x) u) with (Derive p u); rewrite Dp; ring.
    - intros u Hu. assert (exp 0 <= exp (y u)); [|rewrite exp_0 in *; lra].
      destruct (Req_dec u b) as [->|]; [rewrite Yb; lra|]. destruct (Req_dec u c) as [->|]; [rewrite Yc; lra|].
      apply Rlt_le, exp_increasing, Pos; lra. }
  pose proof (SQ a Ya) as Sa; pose proof (SQ b Yb) as Sb; pose proof (SQ c Yc) as Sc.
  assert (PC : p c = p a) by nra.
  split; [exact PC|]. split.
  - replace E with (energy (fun s => y (s + a)) (fun s => p (s + a)) 0) in EP.
    + apply (period_lower _ _ (shifted y p H a) (c - a)); [|exact EP]. split; [lra|]. cbv beta.
      replace (c - a + a) with c by ring. replace (0 + a) with a by ring. split; congruence.
    + transitivity (energy y p a); [unfold energy; replace (0 + a) with a by ring; reflexivity|apply (energy_kept y p H)].
  - pose proof (upper_arc y p H b c Hbc Yb Yc Pos). pose proof (lower_arc y p H a b Hab Ya Neg).
    assert (R : forall s, y s = 0 -> - sqrt (2 * E) <= p s <= sqrt (2 * E)).
    { intros s Z. pose proof (SQ s Z) as Q. pose proof (sqrt_pos (2 * E)) as R0.
      pose proof (sqrt_sqrt (2 * E) ltac:(lra)) as R1. split; nra. }
    pose proof (R a Ya); pose proof (R b Yb). lra.
Qed.
