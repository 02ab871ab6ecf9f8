(* Beyond the papers: the averaged system at the edge of stability, y'' = 1 - e^y, at every energy.
   y = log(h^2 / its mean), p = y'; the time is s = t sqrt(8 eta_in). *)
From Coq Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
Open Scope R_scope.

Definition orbit (y p : R -> R) : Prop :=
  (forall s, is_derive y s (p s)) /\ (forall s, is_derive p s (1 - exp (y s))).
Definition period (y p : R -> R) (T : R) : Prop := 0 < T /\ y T = y 0 /\ p T = p 0.
Definition energy (y p : R -> R) (s : R) : R := p s ^ 2 / 2 + exp (y s) - y s - 1.

Lemma orbit_derive : forall y p, orbit y p -> forall s,
  ex_derive y s /\ ex_derive p s /\ Derive y s = p s /\ Derive p s = 1 - exp (y s).
Proof.
  intros y p [Hy Hp] s; repeat split.
  - exists (p s); apply Hy.
  - exists (1 - exp (y s)); apply Hp.
  - apply is_derive_unique, Hy.
  - apply is_derive_unique, Hp.
Qed.

Ltac along H s := destruct (orbit_derive _ _ H s) as (Ey & Ep & Dy & Dp); auto_derive;
  [repeat split; assumption|];
  repeat match goal with |- context [Derive (fun x : R => ?f x) s] => change (Derive (fun x : R => f x) s) with (Derive f s) end;
  rewrite ?Dy, ?Dp; field.

Lemma smooth_continuous : forall (F : R -> R) s, ex_derive F s -> continuous F s.
Proof. intros F s H; exact (ex_derive_continuous (K := R_AbsRing) (V := R_NormedModule) F s H). Qed.

Theorem energy_kept : forall y p, orbit y p -> forall s t, energy y p s = energy y p t.
Proof.
  intros y p H.
  assert (D : forall s, is_derive (energy y p) s 0).
  { intro s; unfold energy; along H s. }
  assert (L : forall a b, a < b -> energy y p a = energy y p b).
  { intros a b Hab; apply (eq_is_derive (energy y p) a b); [|exact Hab]. intros t _; apply D. }
  intros s t; destruct (Rtotal_order s t) as [C|[->|C]]; [apply L; exact C|reflexivity|symmetry; apply L; exact C].
Qed.

(* What is a derivative along the orbit has no mean over a period. *)
Lemma no_mean : forall y p (F dF : R -> R) T, orbit y p -> period y p T ->
  (forall s, is_derive F s (dF s)) -> (forall s, continuous dF s) -> F T = F 0 -> is_RInt dF 0 T 0.
Proof.
  intros y p F dF T _ _ HD HC HF.
  replace 0 with (minus (F T) (F 0)) at 2 by (rewrite HF; unfold minus, plus, opp; simpl; ring).
  apply (is_RInt_derive F dF); intros; [apply HD|apply HC].
Qed.

Theorem means : forall y p T, orbit y p -> period y p T ->
  is_RInt (fun s => 1 - exp (y s)) 0 T 0 /\
  is_RInt (fun s => p s ^ 2 - p s ^ 2 * exp (y s)) 0 T 0 /\
  is_RInt (fun s => p s ^ 2 * exp (y s) - (exp (y s) ^ 2 - exp (y s))) 0 T 0 /\
  is_RInt (fun s => p s ^ 2 - y s * (exp (y s) - 1)) 0 T 0.
Proof.
  intros y p T H K; pose proof K as (_ & KY & KP).
  assert (C : forall F dF, (forall s, is_derive F s (dF s)) -> (forall s, ex_derive dF s) -> F T = F 0 -> is_RInt dF 0 T 0).
  { intros F dF A B E; apply (no_mean y p F dF T H K A); [intro s; apply smooth_continuous, B|exact E]. }
  repeat split.
  - apply (C p); [intro s; along H s| |exact KP]. intro s; destruct (orbit_derive _ _ H s) as (Ey & Ep & _).
    auto_derive; repeat split; assumption.
  - apply (C (fun s => p s ^ 3 / 3)); [intro s| |rewrite KP; reflexivity].
    + along H s.
    + intro s; destruct (orbit_derive _ _ H s) as (Ey & Ep & _); auto_derive; repeat split; assumption.
  - apply (C (fun s => p s * exp (y s))); [intro s; along H s| |rewrite KP, KY; reflexivity].
    intro s; destruct (orbit_derive _ _ H s) as (Ey & Ep & _); auto_derive; repeat split; assumption.
  - apply (C (fun s => p s * y s)); [intro s; along H s| |rewrite KP, KY; reflexivity].
    intro s; destruct (orbit_derive _ _ H s) as (Ey & Ep & _); auto_derive; repeat split; assumption.
Qed.

Lemma exp_tangent : forall y, exp y - 1 - y <= y * (exp y - 1).
Proof.
  intro y. pose proof (exp_ineq1_le (- y)) as A. pose proof (exp_pos y) as B.
  assert (C : exp y * exp (- y) = 1) by (rewrite <- exp_plus, <- exp_0; f_equal; ring). nra.
Qed.

(* The mean of p^2 is at least two thirds of the energy. *)
Theorem kinetic_mean : forall y p T, orbit y p -> period y p T ->
  2 / 3 * energy y p 0 * T <= RInt (fun s => p s ^ 2) 0 T.
Proof.
  intros y p T H K; destruct (means y p T H K) as (_ & _ & _ & M). pose proof K as (HT & _ & _).
  assert (I : ex_RInt (fun s => p s ^ 2) 0 T).
  { apply (ex_RInt_continuous (V := R_CompleteNormedModule)); intros s _. apply smooth_continuous.
    destruct (orbit_derive _ _ H s) as (Ey & Ep & _); auto_derive; repeat split; assumption. }
  destruct I as [P HP]. rewrite (is_RInt_unique _ _ _ _ HP).
  assert (J : is_RInt (fun s => 3 / 2 * p s ^ 2 - energy y p 0 - (p s ^ 2 - y s * (exp (y s) - 1))) 0 T
    (3 / 2 * P - T * energy y p 0 - 0)).
  { apply (is_RInt_minus (V := R_NormedModule) (fun s => 3 / 2 * p s ^ 2 - energy y p 0)); [|exact M].
    apply (is_RInt_minus (V := R_NormedModule) (fun s => 3 / 2 * p s ^ 2) (fun _ => energy y p 0)).
    - apply (is_RInt_scal (V := R_NormedModule) (fun s => p s ^ 2) 0 T (3 / 2)); exact HP.
    - replace (T * energy y p 0) with (scal (T - 0) (energy y p 0)) by (unfold scal; simpl; unfold mult; simpl; ring).
      apply (is_RInt_const (V := R_NormedModule)). }
  assert (Z : is_RInt (fun _ => 0) 0 T 0).
  { replace 0 with (scal (T - 0) 0) at 2 by (unfold scal; simpl; unfold mult; simpl; ring).
    apply (is_RInt_const (V := R_NormedModule)). }
  assert (N : 0 <= 3 / 2 * P - T * energy y p 0 - 0); [|lra].
  apply (is_RInt_le (fun _ => 0) _ 0 T _ _ ltac:(lra) Z J). intros s _.
  rewrite (energy_kept y p H 0 s); unfold energy. pose proof (exp_tangent (y s)). lra.
Qed.

(* The widest swing from the energy. *)
Lemma ln_half : forall r, 0 < r -> ln r <= r / 2.
Proof.
  intros r Hr. pose proof (exp_ineq1_le (r / 2 - ln 2)) as A.
  assert (L : ln 2 <= 1).
  { rewrite <- (ln_exp 1). apply Rlt_le, ln_increasing; [lra|]. pose proof (exp_ineq1 1 ltac:(lra)). lra. }
  assert (B : ln (r / 2) <= r / 2 - 1).
  { pose proof (exp_ineq1_le (ln (r / 2))) as C. rewrite exp_ln in C by lra. lra. }
  unfold Rdiv in B at 1; rewrite ln_mult in B by lra. rewrite ln_Rinv in B by lra. lra.
Qed.

Theorem peak_upper : forall y p, orbit y p -> forall s, exp (y s) <= 2 * energy y p 0 + 2.
Proof.
  intros y p H s; rewrite (energy_kept y p H 0 s); unfold energy.
  pose proof (ln_half (exp (y s)) (exp_pos _)) as L; rewrite ln_exp in L.
  pose proof (pow2_ge_0 (p s)). lra.
Qed.

Theorem peak_lower : forall y p, orbit y p -> forall s, p s = 0 -> 0 <= y s -> energy y p 0 + 1 <= exp (y s).
Proof. intros y p H s P Y; rewrite (energy_kept y p H 0 s); unfold energy; rewrite P; lra. Qed.

(** * Linear regression with BN: the flow in closed form *)

(* tan alpha = tan alpha_0 e^-tau: the sharpness over its least value is 1 + tan^2, within 1 + eps exactly from
   tau = log(tan^2 alpha_0 / eps) / 2 on. *)
Theorem sharpness_time : forall tan0 eps tau, tan0 <> 0 -> 0 < eps ->
  (1 + (tan0 * exp (- tau)) ^ 2 <= 1 + eps <-> ln (tan0 ^ 2 / eps) / 2 <= tau).
Proof.
  intros a eps tau Ha He. assert (A : 0 < a ^ 2) by (rewrite <- Rsqr_pow2; apply Rsqr_pos_lt; exact Ha).
  assert (Q : 0 < a ^ 2 / eps) by (apply Rdiv_lt_0_compat; assumption).
  assert (E : (a * exp (- tau)) ^ 2 = eps * exp (ln (a ^ 2 / eps) - 2 * tau)).
  { unfold Rminus at 1; rewrite exp_plus, exp_ln by exact Q.
    replace (- (2 * tau)) with (- tau + - tau) by ring. rewrite exp_plus. field; lra. }
  rewrite E. split; intro H.
  - apply Rnot_lt_le; intro C. assert (1 < exp (ln (a ^ 2 / eps) - 2 * tau)).
    { rewrite <- exp_0; apply exp_increasing; lra. } nra.
  - assert (exp (ln (a ^ 2 / eps) - 2 * tau) <= 1); [|nra].
    rewrite <- exp_0. destruct (Req_dec (ln (a ^ 2 / eps) - 2 * tau) 0) as [->|N]; [lra|].
    apply Rlt_le, exp_increasing; lra.
Qed.

(* From a start at rest below the mean: how high the bursts get. *)
Theorem bursts : forall y p, orbit y p -> p 0 = 0 -> y 0 <= 0 ->
  (forall s, exp (y s) <= 2 * - y 0 + 2) /\ (forall s, p s = 0 -> 0 <= y s -> - y 0 <= exp (y s)).
Proof.
  intros y p H P Y.
  assert (E : - y 0 - 1 <= energy y p 0 <= - y 0).
  { unfold energy; rewrite P. pose proof (exp_pos (y 0)).
    assert (exp (y 0) <= 1) by (rewrite <- exp_0; destruct Y as [Y|Y]; [apply Rlt_le, exp_increasing; exact Y|rewrite Y; lra]).
    lra. }
  split; [intro s; pose proof (peak_upper y p H s); lra|].
  intros s Ps Ys; pose proof (peak_lower y p H s Ps Ys); lra.
Qed.
