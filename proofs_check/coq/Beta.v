(* Beta-sequences x' = (1 - alpha) x + beta / x: periodic, appendix A.4 and A.7. *)
From Coq Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import Theory.
Open Scope R_scope.

(* nra multiplies hypotheses only once they stand alone. *)
Ltac nlra := repeat match goal with H : _ /\ _ |- _ => destruct H end; nra.

(** * What the statements speak of *)

(* eq. 11: the orbit of x0 under a fixed beta. *)
Fixpoint beta_orbit (alpha beta x0 : R) (t : nat) : R :=
  match t with
  | O => x0
  | S u => periodic_beta_next (beta_orbit alpha beta x0 u) alpha beta
  end.

(* eq. 10 with the paper's standing assumptions. *)
Definition beta_sequence (alpha a b : R) (beta x : nat -> R) : Prop :=
  0 < alpha < 1 / 2 /\ 0 <= a <= b /\ 0 < x O /\
  (forall t, a <= beta t <= b) /\
  (forall t, x (S t) = periodic_beta_next (x t) alpha (beta t)).

(** * The map phi: eqs. 11-14 *)

Lemma phi_minus_one : forall gamma alpha, gamma <> 0 ->
  periodic_phi gamma alpha - 1 = (gamma - 1) * ((1 - alpha) * gamma - alpha) * / gamma.
Proof. intros; unfold periodic_phi; field; assumption. Qed.

Lemma phi_minus_self : forall gamma alpha, gamma <> 0 ->
  periodic_phi gamma alpha - gamma = alpha * (1 - gamma) * (1 + gamma) * / gamma.
Proof. intros; unfold periodic_phi; field; assumption. Qed.

Lemma phi_difference : forall u v alpha, u <> 0 -> v <> 0 ->
  periodic_phi v alpha - periodic_phi u alpha = (v - u) * ((1 - alpha) * (u * v) - alpha) * / (u * v).
Proof. intros; unfold periodic_phi; field; split; assumption. Qed.

Theorem eq11_fixed_point : forall alpha beta x, 0 < alpha < 1 / 2 -> 0 < beta -> 0 < x ->
  (periodic_beta_next x alpha beta = x <-> x = sqrt (beta / alpha)).
Proof.
  intros alpha beta x Ha Hb Hx; unfold periodic_beta_next.
  assert (D : (1 - alpha) * x + beta / x - x = (beta / alpha - x * x) * alpha * / x) by (field; lra).
  assert (0 < / x) by (apply Rinv_0_lt_compat; lra).
  split; intro E.
  - rewrite <- (sqrt_square x) by lra. f_equal.
    assert (Z : (beta / alpha - x * x) * (alpha * / x) = 0) by lra.
    apply Rmult_integral in Z; destruct Z as [Z|Z]; [lra|].
    assert (0 < alpha * / x) by (apply Rmult_lt_0_compat; lra). lra.
  - assert (S : x * x = beta / alpha).
    { rewrite E; apply sqrt_sqrt. apply Rlt_le, Rdiv_lt_0_compat; lra. }
    rewrite S in D; lra.
Qed.

Theorem eq12_conjugacy : forall alpha beta gamma, 0 < alpha -> 0 < beta -> gamma <> 0 ->
  periodic_beta_next (gamma * sqrt (beta / alpha)) alpha beta =
  periodic_phi gamma alpha * sqrt (beta / alpha).
Proof.
  intros alpha beta gamma Ha Hb Hg.
  assert (0 < beta / alpha) by (apply Rdiv_lt_0_compat; lra).
  assert (Sp : 0 < sqrt (beta / alpha)) by (apply sqrt_lt_R0; assumption).
  assert (SS : sqrt (beta / alpha) * sqrt (beta / alpha) = beta / alpha) by (apply sqrt_sqrt; lra).
  set (s := sqrt (beta / alpha)) in *.
  assert (E : beta = alpha * (s * s)) by (rewrite SS; field; lra).
  unfold periodic_beta_next, periodic_phi; rewrite E; field; split; lra.
Qed.

Theorem eq13a : forall alpha gamma, 0 < alpha < 1 / 2 -> 0 < gamma ->
  gamma < 1 -> periodic_phi gamma alpha > gamma.
Proof.
  intros alpha gamma Ha Hg H.
  assert (I : 0 < / gamma) by (apply Rinv_0_lt_compat; lra).
  pose proof (phi_minus_self gamma alpha ltac:(lra)) as D.
  assert (0 < alpha * (1 - gamma) * (1 + gamma) * / gamma)
    by (repeat apply Rmult_lt_0_compat; lra).
  lra.
Qed.

Theorem eq13b : forall alpha gamma, 0 < alpha < 1 / 2 ->
  gamma > 1 -> 1 < periodic_phi gamma alpha < gamma.
Proof.
  intros alpha gamma Ha H.
  assert (I : 0 < / gamma) by (apply Rinv_0_lt_compat; lra).
  pose proof (phi_minus_self gamma alpha ltac:(lra)) as D.
  pose proof (phi_minus_one gamma alpha ltac:(lra)) as E.
  assert (0 < alpha * (gamma - 1) * (1 + gamma) * / gamma)
    by (repeat apply Rmult_lt_0_compat; lra).
  assert (0 < (gamma - 1) * ((1 - alpha) * gamma - alpha) * / gamma)
    by (repeat apply Rmult_lt_0_compat; nlra).
  split; lra.
Qed.

Lemma hop_times : forall alpha, alpha < 1 -> (1 - alpha) * periodic_hop_ratio alpha = alpha.
Proof. intros; unfold periodic_hop_ratio; field; lra. Qed.

Lemma hop_range : forall alpha, 0 < alpha < 1 / 2 -> 0 < periodic_hop_ratio alpha < 1.
Proof. intros alpha Ha; pose proof (hop_times alpha ltac:(lra)); split; nlra. Qed.

Theorem eq13c : forall alpha gamma, 0 < alpha < 1 / 2 -> 0 < gamma ->
  (periodic_phi gamma alpha = 1 <-> gamma = alpha / (1 - alpha) \/ gamma = 1).
Proof.
  intros alpha gamma Ha Hg; fold (periodic_hop_ratio alpha).
  pose proof (hop_times alpha ltac:(lra)) as T.
  pose proof (phi_minus_one gamma alpha ltac:(lra)) as E.
  assert (I : 0 < / gamma) by (apply Rinv_0_lt_compat; lra).
  split; intro H.
  - assert (Z : (gamma - 1) * ((1 - alpha) * gamma - alpha) * / gamma = 0) by lra.
    apply Rmult_integral in Z; destruct Z as [Z|Z]; [|lra].
    apply Rmult_integral in Z; destruct Z as [Z|Z]; [right; lra|left; nlra].
  - destruct H as [H|H]; subst gamma.
    + replace ((1 - alpha) * periodic_hop_ratio alpha - alpha) with 0 in E by lra; lra.
    + lra.
Qed.

Theorem eq13d : forall alpha gamma, 0 < alpha < 1 / 2 -> 0 < gamma ->
  (periodic_phi gamma alpha < 1 <-> alpha / (1 - alpha) < gamma < 1).
Proof.
  intros alpha gamma Ha Hg; fold (periodic_hop_ratio alpha).
  pose proof (hop_times alpha ltac:(lra)) as T.
  pose proof (hop_range alpha Ha) as HR.
  pose proof (phi_minus_one gamma alpha ltac:(lra)) as E.
  assert (I : 0 < / gamma) by (apply Rinv_0_lt_compat; lra).
  set (h := periodic_hop_ratio alpha) in *.
  assert (F : (1 - alpha) * gamma - alpha = (1 - alpha) * (gamma - h)) by nlra.
  rewrite F in E.
  split; intro H.
  - assert (N : (gamma - 1) * (gamma - h) < 0).
    { apply Rnot_le_lt; intro C.
      assert (0 <= (gamma - 1) * ((1 - alpha) * (gamma - h)) * / gamma).
      { replace ((gamma - 1) * ((1 - alpha) * (gamma - h)) * / gamma)
          with ((gamma - 1) * (gamma - h) * ((1 - alpha) * / gamma)) by ring.
        apply Rmult_le_pos; [exact C|apply Rmult_le_pos; lra]. }
      lra. }
    split; nlra.
  - assert (0 < (1 - gamma) * ((1 - alpha) * (gamma - h)) * / gamma)
      by (repeat apply Rmult_lt_0_compat; lra).
    lra.
Qed.

(* The root of the argmin: r > 0 with (1 - alpha) r^2 = alpha. *)
Lemma argmin_root : forall alpha, 0 < alpha < 1 -> 0 < sqrt (alpha / (1 - alpha)) /\
  (1 - alpha) * (sqrt (alpha / (1 - alpha)) * sqrt (alpha / (1 - alpha))) = alpha.
Proof.
  intros alpha Ha.
  assert (P : 0 < alpha / (1 - alpha)) by (apply Rdiv_lt_0_compat; lra).
  split; [apply sqrt_lt_R0; exact P|].
  rewrite sqrt_sqrt by lra; field; lra.
Qed.

Theorem eq13e : forall alpha u v, 0 < alpha < 1 / 2 ->
  0 < u -> u < v -> v <= sqrt (alpha / (1 - alpha)) ->
  periodic_phi v alpha < periodic_phi u alpha.
Proof.
  intros alpha u v Ha Hu Huv Hv.
  destruct (argmin_root alpha ltac:(lra)) as [P Q]; set (r := sqrt (alpha / (1 - alpha))) in *.
  pose proof (phi_difference u v alpha ltac:(lra) ltac:(lra)) as D.
  assert (0 < u * v) by nlra.
  assert (I : 0 < / (u * v)) by (apply Rinv_0_lt_compat; assumption).
  assert (u * v < r * r) by nlra.
  assert (0 < (v - u) * (alpha - (1 - alpha) * (u * v)) * / (u * v))
    by (repeat apply Rmult_lt_0_compat; nlra).
  lra.
Qed.

Theorem eq13f : forall alpha u v, 0 < alpha < 1 / 2 ->
  sqrt (alpha / (1 - alpha)) <= u -> u < v ->
  periodic_phi u alpha < periodic_phi v alpha.
Proof.
  intros alpha u v Ha Hu Huv.
  destruct (argmin_root alpha ltac:(lra)) as [P Q]; set (r := sqrt (alpha / (1 - alpha))) in *.
  pose proof (phi_difference u v alpha ltac:(lra) ltac:(lra)) as D.
  assert (0 < u * v) by nlra.
  assert (I : 0 < / (u * v)) by (apply Rinv_0_lt_compat; assumption).
  assert (r * r < u * v) by nlra.
  assert (0 < (v - u) * ((1 - alpha) * (u * v) - alpha) * / (u * v))
    by (repeat apply Rmult_lt_0_compat; nlra).
  lra.
Qed.

Lemma min_root : forall alpha, 0 < alpha < 1 ->
  2 * sqrt (alpha * (1 - alpha)) = 2 * (1 - alpha) * sqrt (alpha / (1 - alpha)).
Proof.
  intros alpha Ha; destruct (argmin_root alpha Ha) as [P Q].
  set (r := sqrt (alpha / (1 - alpha))) in *.
  replace (alpha * (1 - alpha)) with (((1 - alpha) * r) * ((1 - alpha) * r)) by nlra.
  rewrite sqrt_square by nlra; ring.
Qed.

Theorem eq13g : forall alpha gamma, 0 < alpha < 1 / 2 -> 0 < gamma ->
  2 * sqrt (alpha * (1 - alpha)) <= periodic_phi gamma alpha /\
  (periodic_phi gamma alpha = 2 * sqrt (alpha * (1 - alpha)) <-> gamma = sqrt (alpha / (1 - alpha))).
Proof.
  intros alpha gamma Ha Hg.
  rewrite (min_root alpha) by lra.
  destruct (argmin_root alpha ltac:(lra)) as [P Q]; set (r := sqrt (alpha / (1 - alpha))) in *.
  assert (I : 0 < / gamma) by (apply Rinv_0_lt_compat; lra).
  assert (D : periodic_phi gamma alpha - 2 * (1 - alpha) * r =
              (gamma - r) * (gamma - r) * ((1 - alpha) * / gamma)).
  { unfold periodic_phi. rewrite <- Q at 2. field; lra. }
  assert (W : 0 < (1 - alpha) * / gamma) by (apply Rmult_lt_0_compat; lra).
  split; [|split; intro H].
  - assert (0 <= (gamma - r) * (gamma - r) * ((1 - alpha) * / gamma))
      by (apply Rmult_le_pos; [apply Rle_0_sqr|lra]).
    lra.
  - assert (Z : (gamma - r) * (gamma - r) * ((1 - alpha) * / gamma) = 0) by lra.
    apply Rmult_integral in Z; destruct Z as [Z|Z]; [nlra|lra].
  - rewrite H in D |- *. replace (r - r) with 0 in D by ring. lra.
Qed.

Theorem chain : forall alpha, 0 < alpha < 1 / 2 ->
  alpha / (1 - alpha) < sqrt (alpha / (1 - alpha)) /\
  sqrt (alpha / (1 - alpha)) < 2 * sqrt (alpha * (1 - alpha)) /\
  2 * sqrt (alpha * (1 - alpha)) < 1.
Proof.
  intros alpha Ha; rewrite (min_root alpha) by lra.
  fold (periodic_hop_ratio alpha).
  pose proof (hop_times alpha ltac:(lra)) as T; pose proof (hop_range alpha Ha) as HR.
  destruct (argmin_root alpha ltac:(lra)) as [P Q]; fold (periodic_hop_ratio alpha) in P, Q.
  set (h := periodic_hop_ratio alpha) in *; set (r := sqrt h) in *.
  assert (RR : r * r = h) by (unfold r; apply sqrt_sqrt; lra).
  assert (r < 1) by nlra.
  split; [nlra|split; [nlra|]].
  apply Rnot_le_lt; intro C.
  assert (1 <= (2 * (1 - alpha) * r) * (2 * (1 - alpha) * r)) by nlra.
  nlra.
Qed.

(* The squares that the theory's functions give are these roots. *)
Theorem phi_squares : forall alpha, 0 < alpha < 1 / 2 ->
  sqrt (periodic_phi_argmin_sq alpha) = sqrt (alpha / (1 - alpha)) /\
  sqrt (periodic_phi_min_sq alpha) = 2 * sqrt (alpha * (1 - alpha)).
Proof.
  intros alpha Ha; split; [reflexivity|].
  unfold periodic_phi_min_sq.
  replace (4 * alpha * (1 - alpha)) with ((2 * 2) * (alpha * (1 - alpha))) by ring.
  rewrite sqrt_mult_alt by lra. rewrite sqrt_square by lra; reflexivity.
Qed.

Theorem eq14_derivative : forall alpha gamma, gamma <> 0 ->
  is_derive (fun g => periodic_phi g alpha) gamma (periodic_phi_slope gamma alpha).
Proof.
  intros alpha gamma Hg; unfold periodic_phi, periodic_phi_slope.
  auto_derive; [assumption|field; assumption].
Qed.

Theorem eq14_slope_bounds : forall alpha gamma, 0 < alpha < 1 / 2 -> gamma > 1 ->
  1 - 2 * alpha < periodic_phi_slope gamma alpha < 1 - alpha.
Proof.
  intros alpha gamma Ha Hg; unfold periodic_phi_slope.
  assert (1 < gamma ^ 2) by nlra.
  assert (0 < / gamma ^ 2 < 1).
  { split; [apply Rinv_0_lt_compat; lra|]. rewrite <- Rinv_1; apply Rinv_lt_contravar; lra. }
  unfold Rdiv; split; nlra.
Qed.

(** * One step, with s the stationary point: beta = alpha s^2 *)

Lemma stationary_root : forall alpha beta, 0 < alpha -> 0 <= beta ->
  0 <= sqrt (beta / alpha) /\ beta = alpha * (sqrt (beta / alpha) * sqrt (beta / alpha)).
Proof.
  intros alpha beta Ha Hb; split; [apply sqrt_pos|].
  assert (0 <= beta / alpha) by (apply Rdiv_le_0_compat; lra).
  rewrite sqrt_sqrt by assumption; field; lra.
Qed.

Lemma root_mono : forall alpha a b, 0 < alpha -> 0 <= a <= b -> sqrt (a / alpha) <= sqrt (b / alpha).
Proof.
  intros alpha a b Ha Hab; apply sqrt_le_1_alt. unfold Rdiv.
  apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat|]; lra.
Qed.

Lemma next_pos : forall alpha beta x, 0 < alpha < 1 -> 0 <= beta -> 0 < x ->
  0 < periodic_beta_next x alpha beta.
Proof.
  intros alpha beta x Ha Hb Hx; unfold periodic_beta_next.
  assert (0 <= beta / x) by (apply Rdiv_le_0_compat; lra). nlra.
Qed.

Lemma next_mono_beta : forall alpha beta beta' x, 0 < x -> beta <= beta' ->
  periodic_beta_next x alpha beta <= periodic_beta_next x alpha beta'.
Proof.
  intros alpha beta beta' x Hx Hb; unfold periodic_beta_next, Rdiv.
  assert (0 < / x) by (apply Rinv_0_lt_compat; lra). nlra.
Qed.

Lemma next_mono : forall alpha beta x y, 0 < alpha < 1 -> 0 < x -> x <= y ->
  beta <= (1 - alpha) * (x * y) ->
  periodic_beta_next x alpha beta <= periodic_beta_next y alpha beta.
Proof.
  intros alpha beta x y Ha Hx Hxy Hb; unfold periodic_beta_next.
  assert (D : (1 - alpha) * y + beta / y - ((1 - alpha) * x + beta / x) =
              (y - x) * ((1 - alpha) * (x * y) - beta) * / (x * y)) by (field; split; lra).
  assert (0 < / (x * y)) by (apply Rinv_0_lt_compat; nlra).
  assert (0 <= (y - x) * ((1 - alpha) * (x * y) - beta) * / (x * y)) by (repeat apply Rmult_le_pos; lra).
  lra.
Qed.

Lemma next_anti : forall alpha beta x y, 0 < alpha < 1 -> 0 < x -> x <= y ->
  (1 - alpha) * (x * y) <= beta ->
  periodic_beta_next y alpha beta <= periodic_beta_next x alpha beta.
Proof.
  intros alpha beta x y Ha Hx Hxy Hb; unfold periodic_beta_next.
  assert (D : (1 - alpha) * x + beta / x - ((1 - alpha) * y + beta / y) =
              (y - x) * (beta - (1 - alpha) * (x * y)) * / (x * y)) by (field; split; lra).
  assert (0 < / (x * y)) by (apply Rinv_0_lt_compat; nlra).
  assert (0 <= (y - x) * (beta - (1 - alpha) * (x * y)) * / (x * y)) by (repeat apply Rmult_le_pos; lra).
  lra.
Qed.

Lemma next_minus_s : forall alpha s x, x <> 0 ->
  periodic_beta_next x alpha (alpha * (s * s)) - s = (x - s) * ((1 - alpha) - alpha * (s * / x)).
Proof. intros; unfold periodic_beta_next; field; assumption. Qed.

Lemma quotient_le_1 : forall s x, 0 <= s <= x -> 0 < x -> 0 <= s * / x <= 1.
Proof.
  intros s x Hs Hx; assert (0 < / x) by (apply Rinv_0_lt_compat; lra).
  split; [apply Rmult_le_pos; lra|]. rewrite <- (Rinv_r x) by lra. apply Rmult_le_compat_r; lra.
Qed.

Lemma next_above : forall alpha s x, 0 < alpha < 1 / 2 -> 0 <= s <= x -> 0 < x ->
  (1 - 2 * alpha) * (x - s) <= periodic_beta_next x alpha (alpha * (s * s)) - s <= (1 - alpha) * (x - s).
Proof.
  intros alpha s x Ha Hs Hx; rewrite next_minus_s by lra.
  pose proof (quotient_le_1 s x Hs Hx).
  assert (0 <= alpha * (s * / x) <= alpha) by (split; nlra).
  split; nlra.
Qed.

Lemma next_above_strict : forall alpha s x, 0 < alpha < 1 / 2 -> 0 < s < x ->
  (1 - 2 * alpha) * (x - s) < periodic_beta_next x alpha (alpha * (s * s)) - s < (1 - alpha) * (x - s).
Proof.
  intros alpha s x Ha Hs; rewrite next_minus_s by lra.
  assert (0 < / x) by (apply Rinv_0_lt_compat; lra).
  assert (0 < s * / x < 1).
  { split; [apply Rmult_lt_0_compat; lra|]. rewrite <- (Rinv_r x) by lra. apply Rmult_lt_compat_r; lra. }
  assert (0 < alpha * (s * / x) < alpha) by nlra.
  split; nlra.
Qed.

(* Between the hop level and s the step goes up, and not beyond s. *)
Lemma next_below : forall alpha s x, 0 < alpha < 1 / 2 -> 0 < x -> x <= s ->
  alpha * s <= (1 - alpha) * x ->
  x <= periodic_beta_next x alpha (alpha * (s * s)) <= s /\
  s - periodic_beta_next x alpha (alpha * (s * s)) <= (1 - 2 * alpha) * (s - x).
Proof.
  intros alpha s x Ha Hx Hxs Hh.
  pose proof (next_minus_s alpha s x ltac:(lra)) as D.
  assert (I : 0 < / x) by (apply Rinv_0_lt_compat; lra).
  assert (1 <= s * / x) by (rewrite <- (Rinv_r x) by lra; nlra).
  assert (alpha * (s * / x) <= 1 - alpha).
  { replace (1 - alpha) with ((1 - alpha) * x * / x) by (field; lra).
    rewrite <- Rmult_assoc. apply Rmult_le_compat_r; lra. }
  assert (alpha <= alpha * (s * / x)) by nlra.
  set (q := alpha * (s * / x)) in *; clearbody q.
  repeat split; nlra.
Qed.

Lemma next_ge_s : forall alpha s x, 0 < alpha < 1 / 2 -> 0 <= s <= x -> 0 < x ->
  s <= periodic_beta_next x alpha (alpha * (s * s)).
Proof. intros alpha s x Ha Hs Hx; pose proof (next_above alpha s x Ha Hs Hx); nlra. Qed.

(* AM-GM: after any step x'^2 >= 4 alpha (1 - alpha) s^2, so (1 - alpha) x'^2 >= beta. *)
Lemma next_sq : forall alpha beta x, 0 < alpha < 1 / 2 -> 0 <= beta -> 0 < x ->
  beta <= (1 - alpha) * (periodic_beta_next x alpha beta * periodic_beta_next x alpha beta).
Proof.
  intros alpha beta x Ha Hb Hx; unfold periodic_beta_next.
  assert (0 <= beta / x) by (apply Rdiv_le_0_compat; lra).
  assert (B : beta = x * (beta / x)) by (field; lra).
  set (q := beta / x) in *; clearbody q; subst beta.
  assert (4 * (1 - alpha) * (x * q) <= ((1 - alpha) * x + q) * ((1 - alpha) * x + q)).
  { assert (0 <= ((1 - alpha) * x - q) * ((1 - alpha) * x - q)) by (apply Rle_0_sqr). nlra. }
  assert (0 <= x * q) by (apply Rmult_le_pos; lra).
  assert (1 <= 4 * (1 - alpha) * (1 - alpha)) by nlra.
  nlra.
Qed.

Lemma square_lt : forall u v, 0 <= u < v -> u * u < v * v.
Proof. intros u v H; nlra. Qed.

Lemma level_nonneg : forall alpha s, 0 < alpha < 1 / 2 -> 0 <= alpha * (s * s).
Proof. intros alpha s Ha; apply Rmult_le_pos; [lra|apply Rle_0_sqr]. Qed.

Lemma next_hop : forall alpha s x, 0 < alpha < 1 / 2 -> 0 <= s -> 0 < x ->
  alpha * s <= (1 - alpha) * periodic_beta_next x alpha (alpha * (s * s)).
Proof.
  intros alpha s x Ha Hs Hx.
  pose proof (level_nonneg alpha s Ha) as B.
  pose proof (next_sq alpha (alpha * (s * s)) x Ha B Hx) as Q.
  pose proof (next_pos alpha (alpha * (s * s)) x ltac:(lra) B Hx) as P.
  set (y := periodic_beta_next x alpha (alpha * (s * s))) in *; clearbody y.
  apply Rnot_lt_le; intro C.
  assert (0 < (1 - alpha) * y) by (apply Rmult_lt_0_compat; lra).
  pose proof (square_lt ((1 - alpha) * y) (alpha * s) ltac:(lra)) as L.
  apply (Rmult_le_compat_l (1 - alpha)) in Q; [|lra].
  assert (0 <= (alpha * (s * s)) * (1 - 2 * alpha)) by (apply Rmult_le_pos; lra).
  nlra.
Qed.

(** * Determined sequences *)

Lemma orbit_pos : forall alpha beta x0 t, 0 < alpha < 1 / 2 -> 0 <= beta -> 0 < x0 ->
  0 < beta_orbit alpha beta x0 t.
Proof.
  intros alpha beta x0 t Ha Hb Hx; induction t as [|t IH]; simpl; [exact Hx|].
  apply next_pos; lra.
Qed.

Lemma sequence_pos : forall alpha a b beta x, beta_sequence alpha a b beta x -> forall t, 0 < x t.
Proof.
  intros alpha a b beta x (Ha & Hab & H0 & Hb & Hx) t; induction t as [|t IH]; [exact H0|].
  rewrite Hx; specialize (Hb t); apply next_pos; lra.
Qed.

Theorem hop_iff : forall alpha beta x, 0 < alpha < 1 / 2 -> 0 < beta -> 0 < x ->
  (x < sqrt (beta / alpha) < periodic_beta_next x alpha beta <->
   x < alpha / (1 - alpha) * sqrt (beta / alpha)) /\
  (sqrt (beta / alpha) < x -> sqrt (beta / alpha) < periodic_beta_next x alpha beta).
Proof.
  intros alpha beta x Ha Hb Hx; fold (periodic_hop_ratio alpha).
  pose proof (hop_times alpha ltac:(lra)) as T; pose proof (hop_range alpha Ha) as HR.
  destruct (stationary_root alpha beta ltac:(lra) ltac:(lra)) as [_ B].
  assert (Sp : 0 < sqrt (beta / alpha)) by (apply sqrt_lt_R0, Rdiv_lt_0_compat; lra).
  set (s := sqrt (beta / alpha)) in *; clearbody s; subst beta.
  set (h := periodic_hop_ratio alpha) in *; clearbody h.
  pose proof (next_minus_s alpha s x ltac:(lra)) as D.
  assert (I : 0 < / x) by (apply Rinv_0_lt_compat; lra).
  assert (F : (1 - alpha) - alpha * (s * / x) = (1 - alpha) * (x - h * s) * / x).
  { rewrite <- T at 2; field; lra. }
  rewrite F in D.
  split; [split|]; intro H.
  - destruct H as [H1 H2]; apply Rnot_le_lt; intro C.
    assert (0 <= (s - x) * ((1 - alpha) * (x - h * s) * / x)) by (repeat apply Rmult_le_pos; lra).
    lra.
  - assert (x < s) by nlra.
    assert (0 < (s - x) * ((1 - alpha) * (h * s - x) * / x)) by (repeat apply Rmult_lt_0_compat; lra).
    split; lra.
  - assert (0 < (x - s) * ((1 - alpha) * (x - h * s) * / x)) by (repeat apply Rmult_lt_0_compat; nlra).
    lra.
Qed.

(* From the hop level upwards the approach is monotone, one-sided and linear. *)
Theorem hop_monotone : forall alpha beta x0, 0 < alpha < 1 / 2 -> 0 < beta ->
  let s := sqrt (beta / alpha) in
  (alpha / (1 - alpha) * s <= x0 <= s ->
   forall t, beta_orbit alpha beta x0 t <= beta_orbit alpha beta x0 (S t) <= s) /\
  (s <= x0 -> forall t, s <= beta_orbit alpha beta x0 (S t) <= beta_orbit alpha beta x0 t) /\
  (alpha / (1 - alpha) * s <= x0 ->
   forall t, Rabs (beta_orbit alpha beta x0 t - s) <= (1 - alpha) ^ t * Rabs (x0 - s)).
Proof.
  intros alpha beta x0 Ha Hb s; fold (periodic_hop_ratio alpha).
  pose proof (hop_times alpha ltac:(lra)) as T; pose proof (hop_range alpha Ha) as HR.
  destruct (stationary_root alpha beta ltac:(lra) ltac:(lra)) as [_ B].
  assert (Sp : 0 < s) by (apply sqrt_lt_R0, Rdiv_lt_0_compat; lra).
  fold s in B; clearbody s; subst beta.
  set (h := periodic_hop_ratio alpha) in *; clearbody h.
  assert (Below : h * s <= x0 <= s -> forall t, h * s <= beta_orbit alpha (alpha * (s * s)) x0 t <= s).
  { intros H0; induction t as [|t IH]; [exact H0|]. simpl.
    destruct (next_below alpha s (beta_orbit alpha (alpha * (s * s)) x0 t) Ha) as [N _]; nlra. }
  assert (Above : s <= x0 -> forall t, s <= beta_orbit alpha (alpha * (s * s)) x0 t).
  { intros H0; induction t as [|t IH]; [exact H0|]. simpl. apply next_ge_s; lra. }
  split; [|split].
  - intros H0 t; specialize (Below H0 t); simpl.
    apply next_below; nlra.
  - intros H0 t; specialize (Above H0 t); simpl.
    pose proof (next_above alpha s (beta_orbit alpha (alpha * (s * s)) x0 t) Ha ltac:(lra) ltac:(lra)).
    nlra.
  - intros H0 t; destruct (Rle_lt_dec x0 s) as [C|C].
    + specialize (Below (conj H0 C)). rewrite (Rabs_left1 (x0 - s)) by lra.
      induction t as [|t IH]; [simpl; rewrite Rabs_left1; lra|].
      pose proof (Below t) as Bt. pose proof (Below (S t)) as Bs.
      rewrite Rabs_left1 in IH |- * by lra.
      simpl in Bs |- *.
      destruct (next_below alpha s (beta_orbit alpha (alpha * (s * s)) x0 t) Ha) as [_ N]; nlra.
    + specialize (Above (Rlt_le _ _ C)). rewrite (Rabs_right (x0 - s)) by lra.
      induction t as [|t IH]; [simpl; rewrite Rabs_right; lra|].
      pose proof (Above t) as At. pose proof (Above (S t)) as As.
      rewrite Rabs_right in IH |- * by lra.
      simpl in As |- *.
      pose proof (next_above alpha s (beta_orbit alpha (alpha * (s * s)) x0 t) Ha ltac:(lra) ltac:(lra)).
      nlra.
Qed.

Lemma orbit_ge_s : forall alpha s x0 t, 0 < alpha < 1 / 2 -> 0 <= s <= x0 -> 0 < x0 ->
  s <= beta_orbit alpha (alpha * (s * s)) x0 t.
Proof.
  intros alpha s x0 t Ha Hs Hx; induction t as [|t IH]; simpl; [lra|].
  apply next_ge_s; [lra|lra|]. apply orbit_pos; [lra|apply level_nonneg|]; lra.
Qed.

Theorem lemma1 : forall alpha beta x0, 0 < alpha < 1 / 2 -> 0 <= beta -> x0 > sqrt (beta / alpha) ->
  forall t,
  (1 - 2 * alpha) ^ t * (x0 - sqrt (beta / alpha)) <= beta_orbit alpha beta x0 t - sqrt (beta / alpha) <=
  (1 - alpha) ^ t * (x0 - sqrt (beta / alpha)).
Proof.
  intros alpha beta x0 Ha Hb H0 t.
  destruct (stationary_root alpha beta ltac:(lra) Hb) as [Sp B].
  set (s := sqrt (beta / alpha)) in *; clearbody s; subst beta.
  induction t as [|t IH]; [simpl; lra|].
  pose proof (orbit_ge_s alpha s x0 t Ha ltac:(lra) ltac:(lra)) as G.
  pose proof (orbit_pos alpha (alpha * (s * s)) x0 t Ha Hb ltac:(lra)) as P.
  simpl. pose proof (next_above alpha s _ Ha (conj Sp G) P). nlra.
Qed.

Theorem lemma1_strict : forall alpha beta x0, 0 < alpha < 1 / 2 -> 0 < beta -> x0 > sqrt (beta / alpha) ->
  forall t, (1 <= t)%nat ->
  (1 - 2 * alpha) ^ t * (x0 - sqrt (beta / alpha)) < beta_orbit alpha beta x0 t - sqrt (beta / alpha) <
  (1 - alpha) ^ t * (x0 - sqrt (beta / alpha)).
Proof.
  intros alpha beta x0 Ha Hb H0 t Ht.
  destruct (stationary_root alpha beta ltac:(lra) ltac:(lra)) as [_ B].
  assert (Sp : 0 < sqrt (beta / alpha)) by (apply sqrt_lt_R0, Rdiv_lt_0_compat; lra).
  set (s := sqrt (beta / alpha)) in *; clearbody s; subst beta.
  assert (G : forall t, s < beta_orbit alpha (alpha * (s * s)) x0 t).
  { intro u; induction u as [|u IH]; simpl; [lra|].
    pose proof (next_above_strict alpha s _ Ha (conj Sp IH)). nlra. }
  destruct t as [|t]; [lia|clear Ht].
  induction t as [|t IH].
  - simpl. pose proof (next_above_strict alpha s x0 Ha ltac:(lra)). lra.
  - pose proof (next_above_strict alpha s _ Ha (conj Sp (G (S t)))) as N.
    change (beta_orbit alpha (alpha * (s * s)) x0 (S (S t))) with
      (periodic_beta_next (beta_orbit alpha (alpha * (s * s)) x0 (S t)) alpha (alpha * (s * s))).
    set (y := beta_orbit alpha (alpha * (s * s)) x0 (S t)) in *.
    change ((1 - 2 * alpha) ^ S (S t)) with ((1 - 2 * alpha) * (1 - 2 * alpha) ^ S t).
    change ((1 - alpha) ^ S (S t)) with ((1 - alpha) * (1 - alpha) ^ S t).
    nlra.
Qed.

(** * Undetermined sequences *)

Theorem lemma2_1 : forall alpha a b beta x, beta_sequence alpha a b beta x ->
  forall t, beta_orbit alpha a (x O) t <= x t.
Proof.
  intros alpha a b beta x HS; pose proof (sequence_pos _ _ _ _ _ HS) as P.
  destruct HS as (Ha & Hab & H0 & Hb & Hx).
  assert (Step : forall t, periodic_beta_next (x t) alpha a <= x (S t)).
  { intro t; rewrite Hx; apply next_mono_beta; [apply P|apply Hb]. }
  assert (Next : forall t, beta_orbit alpha a (x O) (S t) <= x (S t)).
  { induction t as [|t IH]; [apply Step|].
    eapply Rle_trans; [|apply Step].
    pose proof (orbit_pos alpha a (x O) t Ha ltac:(lra) H0) as Q.
    pose proof (orbit_pos alpha a (x O) (S t) Ha ltac:(lra) H0) as Q'.
    pose proof (next_sq alpha a (beta_orbit alpha a (x O) t) Ha ltac:(lra) Q) as N.
    change (beta_orbit alpha a (x O) (S (S t))) with
      (periodic_beta_next (beta_orbit alpha a (x O) (S t)) alpha a).
    change (periodic_beta_next (beta_orbit alpha a (x O) t) alpha a) with
      (beta_orbit alpha a (x O) (S t)) in N.
    apply next_mono; [lra|exact Q'|exact IH|].
    set (y := beta_orbit alpha a (x O) (S t)) in *.
    assert (y * y <= y * x (S t)) by (apply Rmult_le_compat_l; lra). nlra. }
  intros [|t]; [simpl; lra|apply Next].
Qed.

Theorem lemma2_2 : forall alpha a b beta x T, beta_sequence alpha a b beta x ->
  (forall t, (t <= T)%nat -> x t > sqrt (b / (1 - alpha))) ->
  forall t, (t <= T + 1)%nat -> x t <= beta_orbit alpha b (x O) t.
Proof.
  intros alpha a b beta x T HS HT; pose proof (sequence_pos _ _ _ _ _ HS) as P.
  destruct HS as (Ha & Hab & H0 & Hb & Hx).
  assert (0 <= b / (1 - alpha)) by (apply Rdiv_le_0_compat; lra).
  assert (SS : (1 - alpha) * (sqrt (b / (1 - alpha)) * sqrt (b / (1 - alpha))) = b)
    by (rewrite sqrt_sqrt by assumption; field; lra).
  pose proof (sqrt_pos (b / (1 - alpha))) as SP; set (s := sqrt (b / (1 - alpha))) in *; clearbody s.
  induction t as [|t IH]; intro Ht; [simpl; lra|].
  specialize (IH ltac:(lia)); specialize (HT t ltac:(lia)); rewrite Hx; simpl.
  apply Rle_trans with (periodic_beta_next (x t) alpha b);
    [apply next_mono_beta; [apply P|apply Hb]|].
  apply next_mono; [lra|apply P|exact IH|].
  assert (s * s <= x t * beta_orbit alpha b (x O) t) by nlra. nlra.
Qed.

(* The paper's condition and its failure, in the form that the steps use. *)
Lemma condition_scaled : forall alpha a b, 0 < alpha < 1 -> 0 <= a -> 0 <= b ->
  exists r, 0 < r /\ sqrt a = r * sqrt (a / alpha) /\
            alpha / (1 - alpha) * sqrt b = r * (alpha * sqrt (b / alpha)) / (1 - alpha).
Proof.
  intros alpha a b Ha Hpa Hpb.
  assert (R : forall c, sqrt c = sqrt alpha * sqrt (c / alpha)).
  { intro c; rewrite <- sqrt_mult_alt by lra; f_equal; field; lra. }
  exists (sqrt alpha); split; [apply sqrt_lt_R0; lra|split; [apply R|]].
  rewrite (R b) at 1; field; lra.
Qed.

Lemma condition_root : forall alpha a b, 0 < alpha < 1 -> 0 <= a -> 0 <= b ->
  (alpha / (1 - alpha) * sqrt b <= sqrt a <->
   alpha * sqrt (b / alpha) <= (1 - alpha) * sqrt (a / alpha)).
Proof.
  intros alpha a b Ha Hpa Hpb; destruct (condition_scaled alpha a b Ha Hpa Hpb) as (r & Hr & -> & ->).
  set (u := sqrt (a / alpha)); set (v := alpha * sqrt (b / alpha)); clearbody u v.
  assert (E : r * v = (1 - alpha) * (r * v / (1 - alpha))) by (field; lra).
  set (w := r * v / (1 - alpha)) in *; clearbody w.
  split; intro H.
  - apply Rmult_le_reg_l with r; [exact Hr|]. rewrite E.
    replace (r * ((1 - alpha) * u)) with ((1 - alpha) * (r * u)) by ring.
    apply Rmult_le_compat_l; lra.
  - apply Rmult_le_reg_l with (1 - alpha); [lra|]. rewrite <- E.
    replace ((1 - alpha) * (r * u)) with (r * ((1 - alpha) * u)) by ring.
    apply Rmult_le_compat_l; lra.
Qed.

Lemma condition_root_below : forall alpha a b, 0 < alpha < 1 -> 0 <= a -> 0 <= b ->
  (sqrt a <= alpha / (1 - alpha) * sqrt b <->
   (1 - alpha) * sqrt (a / alpha) <= alpha * sqrt (b / alpha)).
Proof.
  intros alpha a b Ha Hpa Hpb; destruct (condition_scaled alpha a b Ha Hpa Hpb) as (r & Hr & -> & ->).
  set (u := sqrt (a / alpha)); set (v := alpha * sqrt (b / alpha)); clearbody u v.
  assert (E : r * v = (1 - alpha) * (r * v / (1 - alpha))) by (field; lra).
  set (w := r * v / (1 - alpha)) in *; clearbody w.
  split; intro H.
  - apply Rmult_le_reg_l with r; [exact Hr|]. rewrite E.
    replace (r * ((1 - alpha) * u)) with ((1 - alpha) * (r * u)) by ring.
    apply Rmult_le_compat_l; lra.
  - apply Rmult_le_reg_l with (1 - alpha); [lra|]. rewrite <- E.
    replace ((1 - alpha) * (r * u)) with (r * ((1 - alpha) * u)) by ring.
    apply Rmult_le_compat_l; lra.
Qed.

Lemma above_a : forall alpha a b beta x, beta_sequence alpha a b beta x ->
  forall t0, sqrt (a / alpha) <= x t0 -> forall k, sqrt (a / alpha) <= x (t0 + k)%nat.
Proof.
  intros alpha a b beta x HS t0 H k; pose proof (sequence_pos _ _ _ _ _ HS) as P.
  destruct HS as (Ha & Hab & H0 & Hb & Hx).
  destruct (stationary_root alpha a ltac:(lra) ltac:(lra)) as [Sp B].
  induction k as [|k IH]; [replace (t0 + 0)%nat with t0 by lia; exact H|].
  replace (t0 + S k)%nat with (S (t0 + k)) by lia; rewrite Hx.
  apply Rle_trans with (periodic_beta_next (x (t0 + k)%nat) alpha a);
    [|apply next_mono_beta; [apply P|apply Hb]].
  pose proof (next_ge_s alpha (sqrt (a / alpha)) (x (t0 + k)%nat) Ha (conj Sp IH) (P _)) as N.
  rewrite <- B in N; exact N.
Qed.

(* One step down to the upper end: the excess over s_b shrinks, or there is none. *)
Lemma excess_step : forall alpha a b beta x, beta_sequence alpha a b beta x ->
  forall t, alpha * sqrt (b / alpha) <= (1 - alpha) * x t ->
  x (S t) - sqrt (b / alpha) <= (1 - alpha) * Rmax 0 (x t - sqrt (b / alpha)).
Proof.
  intros alpha a b beta x HS t H; pose proof (sequence_pos _ _ _ _ _ HS) as P.
  destruct HS as (Ha & Hab & H0 & Hb & Hx).
  destruct (stationary_root alpha b ltac:(lra) ltac:(lra)) as [Sp B].
  pose proof (next_mono_beta alpha (beta t) b (x t) (P t) (proj2 (Hb t))) as M.
  rewrite <- Hx in M.
  set (s := sqrt (b / alpha)) in *.
  destruct (Rle_lt_dec s (x t)) as [C|C].
  - rewrite Rmax_right by lra.
    pose proof (next_above alpha s (x t) Ha (conj Sp C) (P t)) as N. rewrite <- B in N; lra.
  - rewrite Rmax_left by lra.
    destruct (next_below alpha s (x t) Ha (P t) (Rlt_le _ _ C) H) as [N _]. rewrite <- B in N; lra.
Qed.

Lemma excess_decay : forall alpha a b beta x, beta_sequence alpha a b beta x ->
  forall t0 n, (forall k, (k < n)%nat -> alpha * sqrt (b / alpha) <= (1 - alpha) * x (t0 + k)%nat) ->
  x (t0 + n)%nat - sqrt (b / alpha) <= (1 - alpha) ^ n * Rmax 0 (x t0 - sqrt (b / alpha)).
Proof.
  intros alpha a b beta x HS t0; pose proof (proj1 HS) as Ha.
  induction n as [|n IH]; intro H.
  - replace (t0 + 0)%nat with t0 by lia; simpl; rewrite Rmult_1_l; apply Rmax_r.
  - specialize (IH (fun k Hk => H k ltac:(lia))).
    replace (t0 + S n)%nat with (S (t0 + n)) by lia; simpl.
    pose proof (excess_step _ _ _ _ _ HS (t0 + n)%nat (H n ltac:(lia))) as E.
    set (m := Rmax 0 (x t0 - sqrt (b / alpha))) in *.
    assert (0 <= m) by apply Rmax_l.
    assert (0 <= (1 - alpha) ^ n) by (apply pow_le; lra).
    assert (Rmax 0 (x (t0 + n)%nat - sqrt (b / alpha)) <= (1 - alpha) ^ n * m)
      by (apply Rmax_lub; [apply Rmult_le_pos|]; lra).
    nlra.
Qed.

Lemma hop_level : forall alpha b y, 0 < alpha < 1 -> 0 <= b ->
  (alpha * sqrt (b / alpha) <= (1 - alpha) * y <-> sqrt (alpha * b) / (1 - alpha) <= y).
Proof.
  intros alpha b y Ha Hb.
  destruct (stationary_root alpha b ltac:(lra) Hb) as [Sp B].
  set (s := sqrt (b / alpha)) in *; clearbody s; subst b.
  replace (alpha * (alpha * (s * s))) with ((alpha * s) * (alpha * s)) by ring.
  rewrite sqrt_square by nlra.
  split; intro H.
  - apply Rmult_le_reg_l with (1 - alpha); [lra|]. replace ((1 - alpha) * (alpha * s / (1 - alpha)))
      with (alpha * s) by (field; lra). exact H.
  - replace (alpha * s) with ((1 - alpha) * (alpha * s / (1 - alpha))) by (field; lra).
    apply Rmult_le_compat_l; lra.
Qed.

Theorem corollary2_1 : forall alpha a b beta x, beta_sequence alpha a b beta x ->
  x O > sqrt (a / alpha) ->
  forall t, (1 - 2 * alpha) ^ t * (x O - sqrt (a / alpha)) <= x t - sqrt (a / alpha).
Proof.
  intros alpha a b beta x HS H t.
  pose proof (lemma2_1 _ _ _ _ _ HS t) as L; destruct HS as (Ha & Hab & _).
  pose proof (lemma1 alpha a (x O) Ha ltac:(lra) H t). lra.
Qed.

(* "while": the bound holds one step longer than the level does. *)
Theorem corollary2_2 : forall alpha a b beta x T, beta_sequence alpha a b beta x ->
  x O > sqrt (b / alpha) ->
  (forall t, (t <= T)%nat -> x t >= sqrt (alpha * b) / (1 - alpha)) ->
  forall t, (t <= T + 1)%nat -> x t - sqrt (b / alpha) <= (1 - alpha) ^ t * (x O - sqrt (b / alpha)).
Proof.
  intros alpha a b beta x T HS H HT t Ht.
  pose proof (excess_decay _ _ _ _ _ HS O t) as D.
  rewrite (Rmax_right 0) in D by lra.
  destruct HS as (Ha & Hab & _). apply D; intros k Hk.
  apply hop_level; [lra|lra|]. apply Rge_le, HT; lia.
Qed.

Theorem remark2 : forall alpha a b beta x, beta_sequence alpha a b beta x ->
  alpha / (1 - alpha) * sqrt b <= sqrt a -> x O > sqrt (b / alpha) ->
  forall t, x t <= beta_orbit alpha b (x O) t /\
            sqrt (b / alpha) < beta_orbit alpha b (x O) t /\
            sqrt (alpha * b) / (1 - alpha) <= x t /\
            sqrt (a / alpha) < x t.
Proof.
  intros alpha a b beta x HS HC H.
  pose proof (sequence_pos _ _ _ _ _ HS) as P; pose proof HS as (Ha & Hab & H0 & Hb & Hx).
  apply condition_root in HC; [|lra|lra|lra].
  pose proof (root_mono alpha a b ltac:(lra) Hab) as M.
  assert (Orbit : forall c y0, 0 <= c -> y0 > sqrt (c / alpha) ->
                  forall t, sqrt (c / alpha) < beta_orbit alpha c y0 t).
  { intros c y0 Hc Hy u. pose proof (lemma1 alpha c y0 Ha Hc Hy u).
    assert (0 < (1 - 2 * alpha) ^ u) by (apply pow_lt; lra). nlra. }
  assert (Lower : forall t, sqrt (a / alpha) < x t).
  { intro t; pose proof (lemma2_1 _ _ _ _ _ HS t).
    pose proof (Orbit a (x O) ltac:(lra) ltac:(lra) t). lra. }
  destruct (stationary_root alpha b ltac:(lra) ltac:(lra)) as [Sp B].
  intro t; repeat split; [|apply Orbit; lra| |apply Lower].
  - induction t as [|t IH]; [simpl; lra|].
    pose proof (Orbit b (x O) ltac:(lra) H t) as O1.
    pose proof (Orbit b (x O) ltac:(lra) H (S t)) as O2.
    rewrite Hx; apply Rle_trans with (periodic_beta_next (x t) alpha b);
      [apply next_mono_beta; [apply P|apply Hb]|].
    specialize (Lower t); specialize (P t).
    destruct (Rle_lt_dec (sqrt (b / alpha)) (x t)) as [C|C].
    + simpl; apply next_mono; [lra|lra|exact IH|].
      set (s := sqrt (b / alpha)) in *; clearbody s.
      set (y := beta_orbit alpha b (x O) t) in *; clearbody y.
      assert (s * s <= x t * y) by nlra. nlra.
    + apply Rle_trans with (sqrt (b / alpha)); [|lra].
      destruct (next_below alpha (sqrt (b / alpha)) (x t) Ha) as [N _]; [lra|lra|nlra|].
      rewrite <- B in N; lra.
  - apply hop_level; [lra|lra|]. specialize (Lower t). nlra.
Qed.

(** * Limits *)

Lemma pow_small : forall q m eps, 0 <= q < 1 -> 0 <= m -> 0 < eps ->
  exists N, forall t, (N <= t)%nat -> q ^ t * m <= eps.
Proof.
  intros q m eps Hq Hm He.
  destruct (pow_lt_1_zero q ltac:(rewrite Rabs_right; lra) (eps / (m + 1))) as [N HN];
    [apply Rdiv_lt_0_compat; lra|].
  exists N; intros t Ht; specialize (HN t ltac:(lia)).
  rewrite Rabs_right in HN by (apply Rle_ge, pow_le; lra).
  assert (0 <= q ^ t) by (apply pow_le; lra).
  assert (q ^ t * (m + 1) < eps).
  { replace eps with (eps / (m + 1) * (m + 1)) by (field; lra). apply Rmult_lt_compat_r; lra. }
  nlra.
Qed.

(* From any start the orbit converges linearly, from its second element on. *)
Theorem orbit_converges : forall alpha beta x0, 0 < alpha < 1 / 2 -> 0 <= beta -> 0 < x0 ->
  forall t, Rabs (beta_orbit alpha beta x0 (S t) - sqrt (beta / alpha)) <=
            (1 - alpha) ^ t * Rabs (beta_orbit alpha beta x0 1 - sqrt (beta / alpha)).
Proof.
  intros alpha beta x0 Ha Hb Hx.
  destruct (stationary_root alpha beta ltac:(lra) Hb) as [Sp B].
  set (s := sqrt (beta / alpha)) in *; clearbody s; subst beta.
  induction t as [|t IH]; [simpl; lra|].
  assert (Shrink : Rabs (beta_orbit alpha (alpha * (s * s)) x0 (S (S t)) - s) <=
                   (1 - alpha) * Rabs (beta_orbit alpha (alpha * (s * s)) x0 (S t) - s)).
  { pose proof (next_hop alpha s (beta_orbit alpha (alpha * (s * s)) x0 t) Ha Sp
                  (orbit_pos _ _ _ _ Ha Hb Hx)) as Q.
    pose proof (orbit_pos alpha (alpha * (s * s)) x0 (S t) Ha Hb Hx) as P.
    change (periodic_beta_next (beta_orbit alpha (alpha * (s * s)) x0 t) alpha (alpha * (s * s)))
      with (beta_orbit alpha (alpha * (s * s)) x0 (S t)) in Q.
    change (beta_orbit alpha (alpha * (s * s)) x0 (S (S t))) with
      (periodic_beta_next (beta_orbit alpha (alpha * (s * s)) x0 (S t)) alpha (alpha * (s * s))).
    set (y := beta_orbit alpha (alpha * (s * s)) x0 (S t)) in *; clearbody y.
    destruct (Rle_lt_dec s y) as [C|C].
    - pose proof (next_above alpha s y Ha (conj Sp C) P).
      rewrite !Rabs_right by nlra. lra.
    - destruct (next_below alpha s y Ha P (Rlt_le _ _ C) Q).
      rewrite !Rabs_left1 by nlra. nlra. }
  change ((1 - alpha) ^ S t) with ((1 - alpha) * (1 - alpha) ^ t). nlra.
Qed.

(* The lower side needs no condition at all. *)
Theorem lower_limit : forall alpha a b beta x, beta_sequence alpha a b beta x ->
  forall eps, 0 < eps -> exists N, forall t, (N <= t)%nat -> sqrt (a / alpha) - eps <= x t.
Proof.
  intros alpha a b beta x HS eps He; pose proof HS as (Ha & Hab & H0 & _).
  set (m := Rabs (beta_orbit alpha a (x O) 1 - sqrt (a / alpha))).
  destruct (pow_small (1 - alpha) m eps) as [N HN]; [lra|apply Rabs_pos|exact He|].
  exists (S N); intros [|t] Ht; [lia|].
  pose proof (lemma2_1 _ _ _ _ _ HS (S t)) as L.
  pose proof (orbit_converges alpha a (x O) Ha ltac:(lra) H0 t) as C; fold m in C.
  specialize (HN t ltac:(lia)).
  apply Rabs_le_between in C.
  lra.
Qed.

Theorem proposition5 : forall alpha a b beta x, beta_sequence alpha a b beta x ->
  alpha / (1 - alpha) * sqrt b <= sqrt a ->
  forall eps, 0 < eps -> exists N, forall t, (N <= t)%nat ->
  sqrt (a / alpha) - eps <= x t <= sqrt (b / alpha) + eps.
Proof.
  intros alpha a b beta x HS HC eps He.
  destruct (lower_limit _ _ _ _ _ HS eps He) as [N1 HN1].
  pose proof HS as (Ha & Hab & H0 & Hb & Hx).
  apply condition_root in HC; [|lra|lra|lra].
  pose proof (root_mono alpha a b ltac:(lra) Hab) as M.
  destruct (LPO (fun t => sqrt (a / alpha) <= x t)) as [[t0 Ht0]|Never].
  { intro t; destruct (Rle_dec (sqrt (a / alpha)) (x t)); [left|right]; assumption. }
  - set (m := Rmax 0 (x t0 - sqrt (b / alpha))).
    destruct (pow_small (1 - alpha) m eps) as [N2 HN2]; [lra|apply Rmax_l|exact He|].
    exists (N1 + (t0 + N2))%nat; intros t Ht; split; [apply HN1; lia|].
    replace t with (t0 + (t - t0))%nat by lia.
    pose proof (excess_decay _ _ _ _ _ HS t0 (t - t0)%nat) as D; fold m in D.
    specialize (HN2 (t - t0)%nat ltac:(lia)).
    assert (x (t0 + (t - t0))%nat - sqrt (b / alpha) <= (1 - alpha) ^ (t - t0) * m); [|lra].
    apply D; intros k Hk.
    pose proof (above_a _ _ _ _ _ HS t0 Ht0 k). nlra.
  - exists N1; intros t Ht; split; [apply HN1; exact Ht|].
    specialize (Never t); lra.
Qed.

(* "linearly in O(1/alpha) time": the rate, and a number of steps after which eps is reached. *)
Theorem proposition5_rate : forall alpha a b beta x, beta_sequence alpha a b beta x ->
  alpha / (1 - alpha) * sqrt b <= sqrt a -> x O > sqrt (b / alpha) ->
  forall t, sqrt (a / alpha) < x t /\
            x t - sqrt (b / alpha) <= (1 - alpha) ^ t * (x O - sqrt (b / alpha)).
Proof.
  intros alpha a b beta x HS HC H t.
  pose proof (remark2 _ _ _ _ _ HS HC H t) as (R1 & _ & _ & R4); destruct HS as (Ha & Hab & _).
  pose proof (lemma1 alpha b (x O) Ha ltac:(lra) H t). split; lra.
Qed.

Lemma exp_ge : forall y, 1 + y <= exp y.
Proof.
  intro y; destruct (Req_dec y 0) as [->|N]; [rewrite exp_0; lra|].
  apply Rlt_le, exp_ineq1; exact N.
Qed.

Lemma pow_le_exp : forall alpha t, 0 <= alpha <= 1 -> (1 - alpha) ^ t <= exp (- alpha * INR t).
Proof.
  intros alpha t Ha; induction t as [|t IH].
  - simpl; rewrite Rmult_0_r, exp_0; lra.
  - rewrite S_INR; replace (- alpha * (INR t + 1)) with (- alpha + - alpha * INR t) by ring.
    rewrite exp_plus. simpl.
    pose proof (exp_ge (- alpha)).
    apply Rmult_le_compat; [lra|apply pow_le; lra|lra|exact IH].
Qed.

Lemma pow_below : forall alpha m eps t, 0 < alpha <= 1 -> 0 < m -> 0 < eps ->
  ln (m / eps) / alpha <= INR t -> (1 - alpha) ^ t * m <= eps.
Proof.
  intros alpha m eps t Ha Hm He Ht.
  pose proof (pow_le_exp alpha t ltac:(lra)) as P.
  assert (L : - alpha * INR t <= ln (eps / m)).
  { assert (E : ln (eps / m) = - ln (m / eps)).
    { rewrite <- ln_Rinv by (apply Rdiv_lt_0_compat; lra). f_equal; field; lra. }
    rewrite E.
    assert (ln (m / eps) <= alpha * INR t); [|lra].
    replace (ln (m / eps)) with (alpha * (ln (m / eps) / alpha)) by (field; lra).
    apply Rmult_le_compat_l; lra. }
  assert (X : exp (- alpha * INR t) <= eps / m).
  { rewrite <- (exp_ln (eps / m)) by (apply Rdiv_lt_0_compat; lra).
    destruct L as [L|L]; [left; apply exp_increasing; exact L|right; f_equal; exact L]. }
  replace eps with (eps / m * m) by (field; lra).
  apply Rmult_le_compat_r; lra.
Qed.

Theorem proposition5_time : forall alpha a b beta x, beta_sequence alpha a b beta x ->
  alpha / (1 - alpha) * sqrt b <= sqrt a -> x O > sqrt (b / alpha) ->
  forall eps t, 0 < eps -> ln ((x O - sqrt (b / alpha)) / eps) / alpha <= INR t ->
  sqrt (a / alpha) <= x t <= sqrt (b / alpha) + eps.
Proof.
  intros alpha a b beta x HS HC H eps t He Ht.
  pose proof (proposition5_rate _ _ _ _ _ HS HC H t) as [L U]; destruct HS as (Ha & _).
  pose proof (pow_below alpha (x O - sqrt (b / alpha)) eps t ltac:(lra) ltac:(lra) He Ht). split; lra.
Qed.

(* The interval is absorbing under the condition: prop. 5's "stays in the interval". *)
Theorem proposition5_absorbing : forall alpha a b beta x, beta_sequence alpha a b beta x ->
  alpha / (1 - alpha) * sqrt b <= sqrt a ->
  forall t0, sqrt (a / alpha) <= x t0 <= sqrt (b / alpha) ->
  forall t, (t0 <= t)%nat -> sqrt (a / alpha) <= x t <= sqrt (b / alpha).
Proof.
  intros alpha a b beta x HS HC t0 H0 t Ht; pose proof HS as (Ha & Hab & _).
  apply condition_root in HC; [|lra|lra|lra].
  replace t with (t0 + (t - t0))%nat by lia.
  assert (L : forall k, sqrt (a / alpha) <= x (t0 + k)%nat) by (apply (above_a _ _ _ _ _ HS); lra).
  split; [apply L|].
  pose proof (excess_decay _ _ _ _ _ HS t0 (t - t0)) as D.
  rewrite Rmax_left in D by lra. rewrite Rmult_0_r in D.
  assert (x (t0 + (t - t0))%nat - sqrt (b / alpha) <= 0); [|lra].
  apply D; intros k _; specialize (L k). nlra.
Qed.

Lemma sequence_shift : forall alpha a b beta x t0, beta_sequence alpha a b beta x ->
  beta_sequence alpha a b (fun t => beta (t0 + t)%nat) (fun t => x (t0 + t)%nat).
Proof.
  intros alpha a b beta x t0 HS; pose proof (sequence_pos _ _ _ _ _ HS) as P.
  destruct HS as (Ha & Hab & H0 & Hb & Hx).
  repeat split; try lra; try apply Hb; [apply P|].
  intro t; rewrite <- Hx; f_equal; lia.
Qed.

(* Bounds that hold from t0 on decide the limit (remark 1: l and L may be local). *)
Lemma sequence_tail : forall alpha a b a' b' beta x t0, beta_sequence alpha a b beta x ->
  0 <= a' <= b' -> (forall t, (t0 <= t)%nat -> a' <= beta t <= b') ->
  beta_sequence alpha a' b' (fun t => beta (t0 + t)%nat) (fun t => x (t0 + t)%nat).
Proof.
  intros alpha a b a' b' beta x t0 HS Hab' Hb'.
  destruct (sequence_shift _ _ _ _ _ t0 HS) as (Ha & _ & H0 & _ & Hx).
  repeat split; try lra; try exact H0; try (apply Hb'; lia). exact Hx.
Qed.

Lemma root_mono_strict : forall alpha a b, 0 < alpha -> 0 <= a < b -> sqrt (a / alpha) < sqrt (b / alpha).
Proof.
  intros alpha a b Ha Hab; apply sqrt_lt_1_alt; split; [apply Rdiv_le_0_compat; lra|].
  unfold Rdiv; apply Rmult_lt_compat_r; [apply Rinv_0_lt_compat|]; lra.
Qed.

(* Footnote 4: the interval is reached in finite time when beta stays off its two ends. *)
Theorem footnote4_finite_time : forall alpha a b a' b' beta x T, beta_sequence alpha a b beta x ->
  alpha / (1 - alpha) * sqrt b <= sqrt a -> a < a' -> a' <= b' -> b' < b ->
  (forall t, (T <= t)%nat -> a' <= beta t <= b') ->
  exists N, forall t, (N <= t)%nat -> sqrt (a / alpha) <= x t <= sqrt (b / alpha).
Proof.
  intros alpha a b a' b' beta x T HS HC H1 H2 H3 HT; pose proof HS as (Ha & Hab & _).
  pose proof (sequence_tail _ _ _ a' b' _ _ T HS ltac:(lra) HT) as HS'.
  pose proof (root_mono_strict alpha a a' ltac:(lra) ltac:(lra)) as Ra.
  pose proof (root_mono_strict alpha b' b ltac:(lra) ltac:(lra)) as Rb.
  assert (HC' : alpha / (1 - alpha) * sqrt b' <= sqrt a').
  { apply condition_root in HC; [|lra|lra|lra]. apply condition_root; [lra|lra|lra|]. nlra. }
  set (eps := Rmin (sqrt (a' / alpha) - sqrt (a / alpha)) (sqrt (b / alpha) - sqrt (b' / alpha))).
  assert (E1 : eps <= sqrt (a' / alpha) - sqrt (a / alpha)) by apply Rmin_l.
  assert (E2 : eps <= sqrt (b / alpha) - sqrt (b' / alpha)) by apply Rmin_r.
  destruct (proposition5 _ _ _ _ _ HS' HC' eps) as [N HN]; [apply Rmin_pos; lra|].
  exists (T + N)%nat; intros t Ht; specialize (HN (t - T)%nat ltac:(lia)); cbv beta in HN.
  replace (T + (t - T))%nat with t in HN by lia. lra.
Qed.

(* Prop. 5 read as "from some T on, exactly": false for every b > 0, from above and from below. *)
Theorem proposition5_never_from_above : forall alpha b x0, 0 < alpha < 1 / 2 -> 0 <= b ->
  x0 > sqrt (b / alpha) -> forall t, beta_orbit alpha b x0 t > sqrt (b / alpha).
Proof.
  intros alpha b x0 Ha Hb H t; pose proof (lemma1 alpha b x0 Ha Hb H t).
  assert (0 < (1 - 2 * alpha) ^ t) by (apply pow_lt; lra). nlra.
Qed.

Theorem lower_never_from_below : forall alpha a x0, 0 < alpha < 1 / 2 -> 0 < a ->
  alpha / (1 - alpha) * sqrt (a / alpha) < x0 < sqrt (a / alpha) ->
  forall t, beta_orbit alpha a x0 t < sqrt (a / alpha).
Proof.
  intros alpha a x0 Ha Hpa H t; fold (periodic_hop_ratio alpha) in H.
  pose proof (hop_times alpha ltac:(lra)) as T; pose proof (hop_range alpha Ha) as HR.
  destruct (stationary_root alpha a ltac:(lra) ltac:(lra)) as [_ B].
  assert (Sp : 0 < sqrt (a / alpha)) by (apply sqrt_lt_R0, Rdiv_lt_0_compat; lra).
  set (s := sqrt (a / alpha)) in *; clearbody s; subst a.
  set (h := periodic_hop_ratio alpha) in *; clearbody h.
  assert (G : h * s < beta_orbit alpha (alpha * (s * s)) x0 t < s); [|lra].
  induction t as [|t IH]; simpl; [lra|].
  set (y := beta_orbit alpha (alpha * (s * s)) x0 t) in *; clearbody y.
  assert (Py : 0 < y) by nlra.
  destruct (next_below alpha s y Ha Py ltac:(lra) ltac:(nlra)) as [[N1 _] _].
  pose proof (next_minus_s alpha s y ltac:(lra)) as D.
  assert (0 < / y) by (apply Rinv_0_lt_compat; lra).
  assert (F : (1 - alpha) - alpha * (s * / y) = (1 - alpha) * (y - h * s) * / y).
  { rewrite <- T at 2; field; lra. }
  rewrite F in D.
  assert (0 < (s - y) * ((1 - alpha) * (y - h * s) * / y)) by (repeat apply Rmult_lt_0_compat; lra).
  split; lra.
Qed.

Lemma orbit_is_sequence : forall alpha a b beta x0, 0 < alpha < 1 / 2 -> 0 <= a <= beta -> beta <= b ->
  0 < x0 -> beta_sequence alpha a b (fun _ => beta) (beta_orbit alpha beta x0).
Proof.
  intros alpha a b beta x0 Ha Hab Hb H0.
  split; [exact Ha|split; [lra|split; [exact H0|split; [intros _; lra|reflexivity]]]].
Qed.

Theorem proposition5_eventually_refuted :
  exists alpha a b beta x, beta_sequence alpha a b beta x /\ 0 < a < b /\
    alpha / (1 - alpha) * sqrt b <= sqrt a /\
    ~ exists N, forall t, (N <= t)%nat -> sqrt (a / alpha) <= x t <= sqrt (b / alpha).
Proof.
  assert (S1 : sqrt (1 / 4 / (1 / 4)) = 1) by (replace (1 / 4 / (1 / 4)) with 1 by field; apply sqrt_1).
  exists (1 / 4), (4 / 25), (1 / 4), (fun _ => 1 / 4), (beta_orbit (1 / 4) (1 / 4) 2).
  split; [apply orbit_is_sequence; lra|split; [lra|split]].
  - replace (1 / 4) with ((1 / 2) * (1 / 2)) at 3 by field.
    replace (4 / 25) with ((2 / 5) * (2 / 5)) by field.
    rewrite !sqrt_square by lra. lra.
  - intros [N HN]; specialize (HN N (le_n N)).
    pose proof (proposition5_never_from_above (1 / 4) (1 / 4) 2 ltac:(lra) ltac:(lra) ltac:(lra) N). lra.
Qed.

(* "while", read as "at each t at which": false after a dip below the level. *)
Theorem corollary2_2_pointwise_refuted :
  exists alpha a b beta x t, beta_sequence alpha a b beta x /\ x O > sqrt (b / alpha) /\
    x t >= sqrt (alpha * b) / (1 - alpha) /\
    ~ x t - sqrt (b / alpha) <= (1 - alpha) ^ t * (x O - sqrt (b / alpha)).
Proof.
  assert (S1 : sqrt (2 / 5 / (2 / 5)) = 1) by (replace (2 / 5 / (2 / 5)) with 1 by field; apply sqrt_1).
  assert (S2 : sqrt (2 / 5 * (2 / 5)) = 2 / 5) by (apply sqrt_square; lra).
  set (beta := fun t : nat => match t with 2%nat => 2 / 5 | _ => 0 end).
  set (x := fix x (t : nat) : R :=
         match t with O => 6 / 5 | S u => periodic_beta_next (x u) (2 / 5) (beta u) end).
  exists (2 / 5), 0, (2 / 5), beta, x, 3%nat.
  rewrite S1, S2; unfold x, beta, periodic_beta_next.
  split; [split; [lra|split; [lra|split; [lra|split; [intros [|[|[|t]]]; lra|reflexivity]]]]|].
  repeat split; simpl; lra.
Qed.

(** * Below the condition: appendix A.7 *)

Theorem A7_lower : forall alpha a b beta x, beta_sequence alpha a b beta x ->
  (forall eps, 0 < eps -> exists N, forall t, (N <= t)%nat -> sqrt (a / alpha) - eps <= x t) /\
  (forall t0, sqrt (a / alpha) <= x t0 -> forall t, (t0 <= t)%nat -> sqrt (a / alpha) <= x t) /\
  (forall a', 0 <= a' < a -> exists N, forall t, (N <= t)%nat -> sqrt (a' / alpha) <= x t).
Proof.
  intros alpha a b beta x HS; pose proof HS as (Ha & Hab & _).
  split; [exact (lower_limit _ _ _ _ _ HS)|split].
  - intros t0 H t Ht; replace t with (t0 + (t - t0))%nat by lia; apply (above_a _ _ _ _ _ HS); exact H.
  - intros a' Ha'; pose proof (root_mono_strict alpha a' a ltac:(lra) ltac:(lra)).
    destruct (lower_limit _ _ _ _ _ HS (sqrt (a / alpha) - sqrt (a' / alpha)) ltac:(lra)) as [N HN].
    exists N; intros t Ht; specialize (HN t Ht). lra.
Qed.

Theorem A7_hop_exact : forall alpha a b x, 0 < alpha < 1 / 2 -> 0 <= a <= b -> 0 < b -> 0 < x ->
  x <= sqrt (b / alpha) ->
  ((exists beta, a <= beta <= b /\ periodic_beta_next x alpha beta > sqrt (b / alpha)) <->
   x < alpha / (1 - alpha) * sqrt (b / alpha)).
Proof.
  intros alpha a b x Ha Hab Hb Hx Hxs.
  destruct (hop_iff alpha b x Ha Hb Hx) as [HI _].
  assert (Hlt : sqrt (b / alpha) < periodic_beta_next x alpha b -> x < sqrt (b / alpha)).
  { intro H; destruct Hxs as [L|E]; [exact L|].
    pose proof (proj2 (eq11_fixed_point alpha b x Ha Hb Hx) E). lra. }
  split.
  - intros (beta & Hbeta & H). apply HI.
    pose proof (next_mono_beta alpha beta b x Hx ltac:(lra)). split; [apply Hlt|]; lra.
  - intro H; exists b; split; [lra|]. apply HI in H; lra.
Qed.

(* Where the step from s_a overshoots s_b, it bounds everything in [s_a, s_b]. *)
Lemma next_le_top : forall alpha s u x, 0 < alpha < 1 / 2 -> 0 < u -> u <= x <= s ->
  (1 - alpha) * u <= alpha * s ->
  periodic_beta_next x alpha (alpha * (s * s)) <= periodic_beta_next u alpha (alpha * (s * s)).
Proof.
  intros alpha s u x Ha Hu Hx H; apply next_anti; [lra|lra|lra|].
  assert (((1 - alpha) * u) * x <= (alpha * s) * s) by (apply Rmult_le_compat; nlra). lra.
Qed.

Lemma top_exceeds : forall alpha s u, 0 < alpha < 1 / 2 -> 0 < u <= s ->
  (1 - alpha) * u <= alpha * s ->
  s <= periodic_beta_next u alpha (alpha * (s * s)).
Proof.
  intros alpha s u Ha Hu H.
  pose proof (next_minus_s alpha s u ltac:(lra)) as D.
  assert (0 < / u) by (apply Rinv_0_lt_compat; lra).
  assert (1 - alpha <= alpha * (s * / u)).
  { replace (1 - alpha) with ((1 - alpha) * u * / u) by (field; lra).
    rewrite <- Rmult_assoc. apply Rmult_le_compat_r; lra. }
  nlra.
Qed.

(* Started at or above s_a and at or below the printed bound, the sequence never exceeds it. *)
Theorem A7_upper_invariant : forall alpha a b beta x, beta_sequence alpha a b beta x -> 0 < a ->
  sqrt a <= alpha / (1 - alpha) * sqrt b ->
  sqrt (a / alpha) <= x O <= periodic_beta_next (sqrt (a / alpha)) alpha b ->
  forall t, sqrt (a / alpha) <= x t <= periodic_beta_next (sqrt (a / alpha)) alpha b.
Proof.
  intros alpha a b beta x HS Hpa HC H0; pose proof (sequence_pos _ _ _ _ _ HS) as P.
  pose proof HS as (Ha & Hab & _ & Hb & Hx).
  assert (HC' : (1 - alpha) * sqrt (a / alpha) <= alpha * sqrt (b / alpha)).
  { apply condition_root_below; lra. }
  pose proof (root_mono alpha a b ltac:(lra) Hab) as M.
  assert (Pu : 0 < sqrt (a / alpha)) by (apply sqrt_lt_R0, Rdiv_lt_0_compat; lra).
  destruct (stationary_root alpha b ltac:(lra) ltac:(lra)) as [Sp B].
  intro t; split; [apply (above_a _ _ _ _ _ HS O ltac:(lra) t)|].
  induction t as [|t IH]; [lra|].
  pose proof (above_a _ _ _ _ _ HS O ltac:(lra) t) as L; simpl in L.
  rewrite Hx; apply Rle_trans with (periodic_beta_next (x t) alpha b);
    [apply next_mono_beta; [apply P|apply Hb]|].
  set (u := sqrt (a / alpha)) in *; set (s := sqrt (b / alpha)) in *; clearbody u s; subst b.
  destruct (Rle_lt_dec (x t) s) as [C|C]; [apply next_le_top; lra|].
  pose proof (next_above alpha s (x t) Ha ltac:(lra) (P t)). nlra.
Qed.

(* From any start: in the end, and in finite time, the printed bound holds. *)
Theorem A7_upper : forall alpha a b beta x, beta_sequence alpha a b beta x -> 0 < a ->
  sqrt a < alpha / (1 - alpha) * sqrt b ->
  exists N, forall t, (N <= t)%nat -> x t <= periodic_beta_next (sqrt (a / alpha)) alpha b.
Proof.
  intros alpha a b beta x HS Hpa HC; pose proof (sequence_pos _ _ _ _ _ HS) as P.
  pose proof HS as (Ha & Hab & _ & Hb & Hx).
  assert (HC' : (1 - alpha) * sqrt (a / alpha) < alpha * sqrt (b / alpha)).
  { apply Rnot_le_lt; intro C. apply condition_root in C; lra. }
  pose proof (root_mono alpha a b ltac:(lra) Hab) as M.
  assert (Pu : 0 < sqrt (a / alpha)) by (apply sqrt_lt_R0, Rdiv_lt_0_compat; lra).
  destruct (stationary_root alpha b ltac:(lra) ltac:(lra)) as [Sp B].
  set (top := periodic_beta_next (sqrt (a / alpha)) alpha b).
  assert (Top : sqrt (b / alpha) < top).
  { destruct (hop_iff alpha b (sqrt (a / alpha)) Ha ltac:(lra) Pu) as [HI _]. apply HI.
    apply Rmult_lt_reg_l with (1 - alpha); [lra|].
    replace ((1 - alpha) * (alpha / (1 - alpha) * sqrt (b / alpha))) with (alpha * sqrt (b / alpha))
      by (field; lra). exact HC'. }
  destruct (LPO (fun t => sqrt (a / alpha) <= x t)) as [[t0 Ht0]|Never].
  { intro t; destruct (Rle_dec (sqrt (a / alpha)) (x t)); [left|right]; assumption. }
  - destruct (LPO (fun t => sqrt (a / alpha) <= x t <= top)) as [[t1 Ht1]|Out].
    { intro t; destruct (Rle_dec (sqrt (a / alpha)) (x t)), (Rle_dec (x t) top); tauto. }
    + exists t1; intros t Ht; replace t with (t1 + (t - t1))%nat by lia.
      apply (A7_upper_invariant _ _ _ _ _ (sequence_shift _ _ _ _ _ t1 HS) Hpa (Rlt_le _ _ HC)).
      replace (t1 + 0)%nat with t1 by lia; exact Ht1.
    + exfalso.
      assert (Above : forall k, top < x (t0 + k)%nat).
      { intro k; apply Rnot_le_lt; intro C; apply (Out (t0 + k)%nat).
        split; [apply (above_a _ _ _ _ _ HS t0 Ht0)|exact C]. }
      set (m := Rmax 0 (x t0 - sqrt (b / alpha))).
      destruct (pow_small (1 - alpha) m (top - sqrt (b / alpha))) as [N HN];
        [lra|apply Rmax_l|lra|].
      specialize (HN N (le_n N)).
      pose proof (excess_decay _ _ _ _ _ HS t0 N) as D; fold m in D.
      specialize (Above N) as AN.
      assert (x (t0 + N)%nat - sqrt (b / alpha) <= (1 - alpha) ^ N * m); [|lra].
      apply D; intros k _; specialize (Above k); nlra.
  - exists O; intros t _; specialize (Never t); lra.
Qed.

(* Once above s_b, the next step heads back to s_b at the linear rate. *)
Theorem A7_attraction : forall alpha a b beta x, beta_sequence alpha a b beta x ->
  forall t, x t >= sqrt (b / alpha) ->
  x (S t) - sqrt (b / alpha) <= (1 - alpha) * (x t - sqrt (b / alpha)).
Proof.
  intros alpha a b beta x HS t H; pose proof HS as (Ha & Hab & _).
  pose proof (excess_step _ _ _ _ _ HS t) as E.
  rewrite Rmax_right in E by lra. apply E.
  pose proof (sqrt_pos (b / alpha)). nlra.
Qed.

Fixpoint cycle3 (p q r : R) (t : nat) : R :=
  match t with O => p | S u => cycle3 q r p u end.

Lemma cycle3_step : forall (P : R -> R -> R -> Prop) t p q r b0 b1 b2,
  P p b0 q -> P q b1 r -> P r b2 p ->
  P (cycle3 p q r t) (cycle3 b0 b1 b2 t) (cycle3 p q r (S t)).
Proof.
  intros P t; induction t as [|t IH]; intros p q r b0 b1 b2 H0 H1 H2; [exact H0|].
  exact (IH q r p b1 b2 b0 H1 H2 H0).
Qed.

(* Without the condition nothing attracts: a cycle that leaves the interval every third step. *)
Theorem A7_attraction_refuted :
  exists alpha a b beta x, beta_sequence alpha a b beta x /\ 0 < a /\
    sqrt a < alpha / (1 - alpha) * sqrt b /\
    forall N, exists t, (N <= t)%nat /\ x t = sqrt (b / alpha) + 1 / 10.
Proof.
  assert (S1 : sqrt (2 / 5 / (2 / 5)) = 1) by (replace (2 / 5 / (2 / 5)) with 1 by field; apply sqrt_1).
  exists (2 / 5), (11 / 1000), (2 / 5), (cycle3 (11 / 1000) (3283 / 50000) (2 / 5)),
    (cycle3 (11 / 10) (67 / 100) (1 / 2)).
  split; [split; [lra|split; [lra|split; [simpl; lra|split]]]|split; [lra|split]].
  - intro t.
    apply (cycle3_step (fun _ y _ => 11 / 1000 <= y <= 2 / 5) t 0 0 0); lra.
  - intro t.
    apply (cycle3_step (fun y z y' => y' = periodic_beta_next y (2 / 5) z));
      unfold periodic_beta_next; lra.
  - apply Rsqr_incrst_0; [|apply sqrt_pos|apply Rmult_le_pos; [lra|apply sqrt_pos]].
    rewrite Rsqr_mult, !Rsqr_sqrt by lra. unfold Rsqr; lra.
  - intro N; exists (3 * N)%nat; split; [lia|]. rewrite S1.
    induction N as [|N IH]; [simpl; lra|].
    replace (3 * S N)%nat with (S (S (S (3 * N)))) by lia. exact IH.
Qed.

(** * Corollary 1: the rate of the logarithms *)

Theorem log_rate_bounds : forall eps, 0 < eps < 1 -> eps <= - ln (1 - eps) <= eps / (1 - eps).
Proof.
  intros eps He; split.
  - assert (L : ln (1 - eps) <= ln (exp (- eps))).
    { apply ln_le; [lra|]. pose proof (exp_ge (- eps)). lra. }
    rewrite ln_exp in L; lra.
  - rewrite <- ln_Rinv by lra.
    assert (L : ln (/ (1 - eps)) <= ln (exp (eps / (1 - eps)))).
    { apply ln_le; [apply Rinv_0_lt_compat; lra|].
      pose proof (exp_ge (eps / (1 - eps))).
      replace (/ (1 - eps)) with (1 + eps / (1 - eps)) by (field; lra). assumption. }
    rewrite ln_exp in L; exact L.
Qed.
