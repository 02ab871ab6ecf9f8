(* Beta-sequences beyond what appendix A.4 of "On the Periodic Behavior of Neural Network Training
   with Batch Normalization and Weight Decay" prints: the sharpest forms found next to its statements. *)
From Coq Require Import Reals Lra Lia Psatz Classical.
From Sitheory Require Import Theory Beta.
Open Scope R_scope.

(* The stationary point and the level alpha/(1-alpha) of it, as the paper writes them. *)
Local Notation star alpha beta := (sqrt (periodic_stationary_sq alpha beta)).
Local Notation step x alpha beta := (periodic_beta_next x alpha beta).
Local Notation hop alpha := (periodic_hop_ratio alpha).

Lemma star_spec : forall alpha beta, 0 < alpha -> 0 <= beta ->
  0 <= star alpha beta /\ beta = alpha * (star alpha beta) ^ 2.
Proof.
  intros al be Ha Hb. split; [apply sqrt_pos|].
  unfold periodic_stationary_sq.
  assert (0 <= be / al) by (apply Rmult_le_pos; [lra | left; apply Rinv_0_lt_compat; lra]).
  simpl. rewrite Rmult_1_r, sqrt_sqrt by assumption. field. lra.
Qed.

Lemma star_pos : forall alpha beta, 0 < alpha -> 0 < beta -> 0 < star alpha beta.
Proof.
  intros al be Ha Hb. apply sqrt_lt_R0. apply Rdiv_lt_0_compat; lra.
Qed.

Lemma star_le : forall alpha a b, 0 < alpha -> 0 <= a <= b -> star alpha a <= star alpha b.
Proof.
  intros al a b Ha Hab. apply sqrt_le_1_alt. unfold periodic_stationary_sq.
  apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat|]; lra.
Qed.

Lemma star_unique : forall alpha beta X, 0 < alpha -> 0 <= X -> beta = alpha * X ^ 2 -> star alpha beta = X.
Proof.
  intros al be X Ha HX E. unfold periodic_stationary_sq. rewrite E.
  replace (al * X ^ 2 / al) with (X ^ 2) by (field; lra). apply sqrt_pow2. lra.
Qed.

(* ---- one step ------------------------------------------------------------------------------- *)

Lemma step_pos : forall x alpha beta, 0 < x -> alpha < 1 -> 0 <= beta -> 0 < step x alpha beta.
Proof.
  intros x al be Hx Ha Hb. unfold periodic_beta_next.
  assert (0 <= be / x) by (apply Rmult_le_pos; [lra | left; apply Rinv_0_lt_compat; lra]).
  assert (0 < (1 - al) * x) by nra. lra.
Qed.

Lemma step_mono_beta : forall x alpha beta b, 0 < x -> beta <= b -> step x alpha beta <= step x alpha b.
Proof.
  intros x al be b Hx Hb. unfold periodic_beta_next.
  assert (be / x <= b / x) by (apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat|]; lra). lra.
Qed.

Lemma step_gap : forall x alpha X, 0 < x ->
  step x alpha (alpha * X ^ 2) - X = (x - X) * ((1 - alpha) * x - alpha * X) / x.
Proof. intros. unfold periodic_beta_next. field. lra. Qed.

Lemma step_tangent : forall x alpha A, 0 < x -> 0 <= alpha ->
  (1 - 2 * alpha) * (x - A) <= step x alpha (alpha * A ^ 2) - A.
Proof.
  intros x al A Hx Ha. unfold periodic_beta_next.
  assert (E : (1 - al) * x + al * A ^ 2 / x - A - (1 - 2 * al) * (x - A) = al * ((x - A) ^ 2 / x)) by (field; lra).
  assert (0 <= (x - A) ^ 2 / x).
  { apply Rmult_le_pos; [apply pow2_ge_0 | left; apply Rinv_0_lt_compat; lra]. }
  apply Rmult_le_compat_l with (r := al) in H; [|assumption]. lra.
Qed.

Lemma step_above : forall x alpha X, 0 <= X -> X <= x -> 0 < x -> 0 <= alpha <= 1 / 2 ->
  0 <= step x alpha (alpha * X ^ 2) - X <= (1 - alpha) * (x - X).
Proof.
  intros x al X HX Hx Hp Ha. split.
  - pose proof (step_tangent x al X Hp (proj1 Ha)). nra.
  - rewrite step_gap by assumption.
    apply Rmult_le_reg_r with x; [assumption|].
    replace ((x - X) * ((1 - al) * x - al * X) / x * x) with ((x - X) * ((1 - al) * x - al * X)) by (field; lra).
    assert (0 <= (x - X) * (al * X)) by (apply Rmult_le_pos; nra). nra.
Qed.

(* From the hop level up to the stationary point the step stays at or below the stationary point. *)
Lemma step_below : forall x alpha X, 0 <= X -> x <= X -> 0 < x -> 0 < alpha < 1 / 2 -> hop alpha * X <= x ->
  step x alpha (alpha * X ^ 2) <= X.
Proof.
  intros x al X HX Hx Hp Ha Hh.
  assert (H : al * X <= (1 - al) * x).
  { unfold periodic_hop_ratio in Hh.
    apply Rmult_le_compat_l with (r := 1 - al) in Hh; [|lra].
    replace ((1 - al) * (al / (1 - al) * X)) with (al * X) in Hh by (field; lra). exact Hh. }
  assert (E := step_gap x al X Hp).
  assert ((x - X) * ((1 - al) * x - al * X) / x <= 0).
  { apply Rmult_le_reg_r with x; [assumption|].
    replace ((x - X) * ((1 - al) * x - al * X) / x * x) with ((x - X) * ((1 - al) * x - al * X)) by (field; lra).
    nra. }
  lra.
Qed.

(* No step lands at or below the hop level. *)
Lemma step_clears_hop : forall x alpha X, 0 < X -> 0 < x -> 0 < alpha < 1 / 2 ->
  hop alpha * X < step x alpha (alpha * X ^ 2).
Proof.
  intros x al X HX Hx Ha. unfold periodic_beta_next, periodic_hop_ratio.
  apply Rmult_lt_reg_r with (x * (1 - al)); [nra|].
  replace (al / (1 - al) * X * (x * (1 - al))) with (al * X * x) by (field; lra).
  replace (((1 - al) * x + al * X ^ 2 / x) * (x * (1 - al))) with ((1 - al) ^ 2 * x ^ 2 + al * (1 - al) * X ^ 2)
    by (field; lra).
  assert (0 < (1 - 2 * al) * X ^ 2) by (apply Rmult_lt_0_compat; [lra | apply pow_lt; lra]).
  assert (0 <= ((1 - al) * x - al * X / (2 * (1 - al))) ^ 2) by apply pow2_ge_0.
  assert (E : ((1 - al) * x - al * X / (2 * (1 - al))) ^ 2
    = (1 - al) ^ 2 * x ^ 2 - al * X * x + al ^ 2 * X ^ 2 / (4 * (1 - al) ^ 2)) by (field; lra).
  assert (al ^ 2 * X ^ 2 / (4 * (1 - al) ^ 2) < al * (1 - al) * X ^ 2).
  { apply Rmult_lt_reg_r with (4 * (1 - al) ^ 2); [nra|].
    replace (al ^ 2 * X ^ 2 / (4 * (1 - al) ^ 2) * (4 * (1 - al) ^ 2)) with (al ^ 2 * X ^ 2) by (field; lra).
    assert (al < (1 - al) * (4 * (1 - al) ^ 2)) by nra.
    assert (0 < al * X ^ 2) by (apply Rmult_lt_0_compat; [lra | apply pow_lt; lra]). nra. }
  lra.
Qed.

Lemma path_pos : forall alpha (beta x : nat -> R), alpha < 1 -> 0 < x 0%nat -> (forall t, 0 <= beta t) ->
  (forall t, x (S t) = step (x t) alpha (beta t)) -> forall t, 0 < x t.
Proof.
  intros al be x Ha H0 Hb Hs t. induction t as [|t IH]; [assumption|].
  rewrite Hs. apply step_pos; auto.
Qed.

(* ---- Corollary 2.1 and Lemma 1 (left) from every start ----------------------------------------- *)

Theorem lower_rate_every_start : forall (alpha a : R) (beta x : nat -> R),
  0 < alpha <= 1 / 2 -> 0 <= a -> 0 < x 0%nat -> (forall t, a <= beta t) ->
  (forall t, x (S t) = periodic_beta_next (x t) alpha (beta t)) ->
  forall t, (1 - 2 * alpha) ^ t * (x 0%nat - sqrt (periodic_stationary_sq alpha a))
    <= x t - sqrt (periodic_stationary_sq alpha a).
Proof.
  intros al a be x Ha Hpos H0 Hb Hs.
  destruct (star_spec al a) as [HA EA]; [lra|assumption|]. set (A := star al a) in *.
  assert (Hp : forall t, 0 < x t) by (apply (path_pos al be); auto; [lra | intro t; specialize (Hb t); lra]).
  induction t as [|t IH]; [simpl; lra|].
  pose proof (step_tangent (x t) al A (Hp t) ltac:(lra)) as T. rewrite <- EA in T.
  pose proof (step_mono_beta (x t) al a (be t) (Hp t) (Hb t)) as M. rewrite <- Hs in M.
  simpl. rewrite Rmult_assoc. apply Rmult_le_compat_l with (r := 1 - 2 * al) in IH; lra.
Qed.

(* ---- Lemma 1 in squares: the rate is pinned between 1 - 2 alpha and (1 - alpha)^2 ------------------ *)

Lemma square_gap : forall x alpha X, 0 < x ->
  step x alpha (alpha * X ^ 2) ^ 2 - X ^ 2 = (x ^ 2 - X ^ 2) * ((1 - alpha) ^ 2 - alpha ^ 2 * X ^ 2 / x ^ 2).
Proof. intros. unfold periodic_beta_next. field. lra. Qed.

Lemma square_factor : forall x alpha X, 0 <= X -> X <= x -> 0 < x ->
  1 - 2 * alpha <= (1 - alpha) ^ 2 - alpha ^ 2 * X ^ 2 / x ^ 2 <= (1 - alpha) ^ 2.
Proof.
  intros x al X HX Hx Hp.
  assert (Hx2 : 0 < x ^ 2) by nra.
  assert (0 <= X ^ 2 / x ^ 2 <= 1).
  { split.
    - apply Rmult_le_pos; [apply pow2_ge_0 | left; apply Rinv_0_lt_compat; assumption].
    - apply Rmult_le_reg_r with (x ^ 2); [assumption|].
      replace (X ^ 2 / x ^ 2 * x ^ 2) with (X ^ 2) by (field; lra). nra. }
  replace (al ^ 2 * X ^ 2 / x ^ 2) with (al ^ 2 * (X ^ 2 / x ^ 2)) by (field; lra).
  assert (0 <= al ^ 2) by nra. split; nra.
Qed.

Theorem lemma1_in_squares : forall (alpha beta : R) (x : nat -> R),
  0 < alpha < 1 / 2 -> 0 <= beta -> sqrt (periodic_stationary_sq alpha beta) < x 0%nat ->
  (forall t, x (S t) = periodic_beta_next (x t) alpha beta) ->
  forall t, (1 - 2 * alpha) ^ t * (x 0%nat ^ 2 - periodic_stationary_sq alpha beta)
      <= x t ^ 2 - periodic_stationary_sq alpha beta
    /\ x t ^ 2 - periodic_stationary_sq alpha beta
      <= (1 - alpha) ^ (2 * t) * (x 0%nat ^ 2 - periodic_stationary_sq alpha beta).
Proof.
  intros al be x Ha Hb H0 Hs.
  destruct (star_spec al be) as [HX EX]; [lra|assumption|]. 
  assert (E2 : periodic_stationary_sq al be = star al be ^ 2).
  { unfold periodic_stationary_sq at 1. rewrite EX at 1. field. lra. }
  rewrite E2. set (X := star al be) in *. clearbody X.
  assert (Hx : forall t, X <= x t /\ 0 < x t).
  { induction t as [|t IH]; [lra|]. rewrite Hs, EX.
    destruct (step_above (x t) al X HX (proj1 IH) (proj2 IH) ltac:(lra)). split; [lra|].
    apply step_pos; [tauto|lra|]. nra. }
  induction t as [|t [IL IU]]; [simpl; lra|].
  destruct (Hx t) as [Hxt Hpt].
  destruct (square_factor (x t) al X HX Hxt Hpt) as [FL FU].
  rewrite Hs, EX, square_gap by assumption.
  set (q := (1 - al) ^ 2 - al ^ 2 * X ^ 2 / x t ^ 2) in *.
  set (d := x t ^ 2 - X ^ 2) in *.
  assert (0 <= d) by (unfold d; nra).
  replace (2 * S t)%nat with (S (S (2 * t)))%nat by lia.
  change ((1 - 2 * al) ^ S t) with ((1 - 2 * al) * (1 - 2 * al) ^ t).
  change ((1 - al) ^ S (S (2 * t))) with ((1 - al) * ((1 - al) * (1 - al) ^ (2 * t))).
  split; nra.
Qed.

(* ---- hops of a determined sequence: only the first step can hop ---------------------------------- *)

Theorem hop_only_at_the_first_step : forall (alpha beta : R) (x : nat -> R),
  0 < alpha < 1 / 2 -> 0 < beta -> 0 < x 0%nat ->
  (forall t, x (S t) = periodic_beta_next (x t) alpha beta) ->
  forall t, (x (S t) < sqrt (periodic_stationary_sq alpha beta) ->
             x (S t) < x (S (S t)) < sqrt (periodic_stationary_sq alpha beta))
    /\ (sqrt (periodic_stationary_sq alpha beta) < x (S t) ->
        sqrt (periodic_stationary_sq alpha beta) < x (S (S t)) < x (S t)).
Proof.
  intros al be x Ha Hb H0 Hs t.
  assert (HX := star_pos al be ltac:(lra) Hb).
  destruct (star_spec al be) as [_ EX]; [lra|lra|]. set (X := star al be) in *. clearbody X.
  assert (Hp : forall t, 0 < x t) by (apply (path_pos al (fun _ => be)); auto; [lra | intro; lra]).
  assert (Hh : al * X < (1 - al) * x (S t)).
  { pose proof (step_clears_hop (x t) al X HX (Hp t) Ha) as C. rewrite <- EX, <- Hs in C.
    unfold periodic_hop_ratio in C. apply Rmult_lt_compat_l with (r := 1 - al) in C; [|lra].
    replace ((1 - al) * (al / (1 - al) * X)) with (al * X) in C by (field; lra). exact C. }
  specialize (Hp (S t)). rewrite (Hs (S t)), EX. set (z := x (S t)) in *.
  assert (G := step_gap z al X Hp).
  assert (Hi : 0 < / z) by (apply Rinv_0_lt_compat; assumption).
  assert (D : step z al (al * X ^ 2) - z = al * ((X - z) * (X + z)) * / z)
    by (unfold periodic_beta_next; field; lra).
  unfold Rdiv in G. split; intro C.
  - assert (0 < (X - z) * ((1 - al) * z - al * X) * / z) by (repeat apply Rmult_lt_0_compat; lra).
    assert (0 < al * ((X - z) * (X + z)) * / z) by (repeat apply Rmult_lt_0_compat; lra).
    split; nra.
  - assert (0 < (z - X) * ((1 - al) * z - al * X) * / z) by (repeat apply Rmult_lt_0_compat; lra).
    assert (0 < al * ((z - X) * (X + z)) * / z) by (repeat apply Rmult_lt_0_compat; lra).
    split; nra.
Qed.

(* ---- comparing a sequence with the one that always takes b ---------------------------------------- *)

(* From x <= y, one step with b keeps the order exactly when x y clears b / (1 - alpha). *)
Theorem order_kept_iff : forall alpha b x y : R, alpha < 1 -> 0 < x -> x <= y ->
  (periodic_beta_next x alpha b <= periodic_beta_next y alpha b <-> x = y \/ b / (1 - alpha) <= x * y).
Proof.
  intros al b x y Ha Hx Hy. unfold periodic_beta_next.
  assert (E : (1 - al) * y + b / y - ((1 - al) * x + b / x) = (y - x) * ((1 - al) * (x * y) - b) / (x * y))
    by (field; lra).
  assert (Hm : 0 < x * y) by nra.
  assert (K : b / (1 - al) <= x * y <-> b <= (1 - al) * (x * y)).
  { split; intro K.
    - apply Rmult_le_compat_l with (r := 1 - al) in K; [|lra].
      replace ((1 - al) * (b / (1 - al))) with b in K by (field; lra). exact K.
    - apply Rmult_le_reg_l with (1 - al); [lra|].
      replace ((1 - al) * (b / (1 - al))) with b by (field; lra). exact K. }
  rewrite K. clear K. split.
  - intro H. destruct (Req_dec x y) as [->|N]; [now left|right].
    apply Rnot_lt_le. intro C.
    assert ((y - x) * ((1 - al) * (x * y) - b) / (x * y) < 0).
    { apply Rmult_lt_reg_r with (x * y); [assumption|].
      replace ((y - x) * ((1 - al) * (x * y) - b) / (x * y) * (x * y))
        with ((y - x) * ((1 - al) * (x * y) - b)) by (field; lra).
      assert (0 < (y - x) * (b - (1 - al) * (x * y))) by (apply Rmult_lt_0_compat; lra). lra. }
    lra.
  - intros [->|H]; [lra|].
    assert (0 <= (y - x) * ((1 - al) * (x * y) - b) / (x * y)).
    { unfold Rdiv. apply Rmult_le_pos; [apply Rmult_le_pos; lra | left; apply Rinv_0_lt_compat; assumption]. }
    lra.
Qed.

Lemma order_kept : forall alpha beta b x y, alpha < 1 -> 0 < x -> x <= y -> beta <= b ->
  x = y \/ b / (1 - alpha) <= x * y -> step x alpha beta <= step y alpha b.
Proof.
  intros al be b x y Ha Hx Hy Hb Hk.
  apply Rle_trans with (step x al b); [now apply step_mono_beta | now apply order_kept_iff].
Qed.

(* Lemma 2.2 with its hypothesis weakened: none at t = 0, and only the product x_t x_{b,t} later. *)
Theorem lemma2_upper_by_product : forall (alpha b : R) (beta x y : nat -> R) (T : nat),
  0 < alpha < 1 -> 0 < x 0%nat -> (forall t, 0 <= beta t <= b) ->
  (forall t, x (S t) = periodic_beta_next (x t) alpha (beta t)) ->
  y 0%nat = x 0%nat -> (forall t, y (S t) = periodic_beta_next (y t) alpha b) ->
  (forall t, (1 <= t <= T)%nat -> b / (1 - alpha) <= x t * y t) ->
  forall t, (t <= S T)%nat -> x t <= y t.
Proof.
  intros al b be x y T Ha H0 Hb Hs Ey Hy Hm.
  assert (Hp : forall t, 0 < x t).
  { apply (path_pos al be); auto; [lra|]. intro t. specialize (Hb t). lra. }
  induction t as [|t IH]; intro Ht; [rewrite Ey; lra|].
  rewrite Hs, Hy. apply order_kept; auto; [lra | apply IH; lia | apply Hb |].
  destruct t as [|t]; [left; auto | right; apply Hm; lia].
Qed.

(* The two envelopes from one start: their product clears b / (1 - alpha) once hop(alpha) sqrt b <= sqrt a. *)
Lemma envelope_product_first : forall alpha s w x, 0 < alpha < 1 / 2 -> 0 <= s -> 0 <= w -> hop alpha * w <= s ->
  0 < x -> w ^ 2 / (1 - alpha) <= step x alpha (s ^ 2) * step x alpha (w ^ 2).
Proof.
  intros al s w x Ha Hs Hw Hr Hx. unfold periodic_beta_next, periodic_hop_ratio in *.
  assert (H : w <= (1 - al) * (s + w)).
  { apply Rmult_le_compat_l with (r := 1 - al) in Hr; [|lra].
    replace ((1 - al) * (al / (1 - al) * w)) with (al * w) in Hr by (field; lra). lra. }
  assert (E : ((1 - al) * x + s ^ 2 / x) * ((1 - al) * x + w ^ 2 / x)
    = ((1 - al) * x - s * w / x) ^ 2 + (1 - al) * (s + w) ^ 2) by (field; lra).
  rewrite E. assert (0 <= ((1 - al) * x - s * w / x) ^ 2) by apply pow2_ge_0.
  assert (w ^ 2 / (1 - al) <= (1 - al) * (s + w) ^ 2).
  { apply Rmult_le_reg_l with (1 - al); [lra|].
    replace ((1 - al) * (w ^ 2 / (1 - al))) with (w ^ 2) by (field; lra). nra. }
  lra.
Qed.

Lemma envelope_product_next : forall alpha s w x y, 0 < alpha < 1 / 2 -> 0 <= s -> 0 <= w -> hop alpha * w <= s ->
  0 < x -> 0 < y -> w ^ 2 / (1 - alpha) <= x * y ->
  w ^ 2 / (1 - alpha) <= step x alpha (s ^ 2) * step y alpha (w ^ 2).
Proof.
  intros al s w x y Ha Hs Hw Hr Hx Hy Hm. unfold periodic_beta_next, periodic_hop_ratio in *.
  assert (H : al * w <= (1 - al) * s).
  { apply Rmult_le_compat_l with (r := 1 - al) in Hr; [|lra].
    replace ((1 - al) * (al / (1 - al) * w)) with (al * w) in Hr by (field; lra). exact Hr. }
  assert (M : w ^ 2 <= (1 - al) * (x * y)).
  { apply Rmult_le_compat_l with (r := 1 - al) in Hm; [|lra].
    replace ((1 - al) * (w ^ 2 / (1 - al))) with (w ^ 2) in Hm by (field; lra). exact Hm. }
  assert (Hxy : 0 < x * y) by nra.
  assert (E : ((1 - al) * x + s ^ 2 / x) * ((1 - al) * y + w ^ 2 / y)
    = (((1 - al) * (x * y) + s * w) ^ 2 + (1 - al) * (w * x - s * y) ^ 2) / (x * y)) by (field; lra).
  rewrite E. set (m := x * y) in *.
  apply Rmult_le_reg_r with (m * (1 - al)); [nra|].
  replace (w ^ 2 / (1 - al) * (m * (1 - al))) with (w ^ 2 * m) by (field; lra).
  replace ((((1 - al) * m + s * w) ^ 2 + (1 - al) * (w * x - s * y) ^ 2) / m * (m * (1 - al)))
    with ((1 - al) * ((1 - al) * m + s * w) ^ 2 + (1 - al) ^ 2 * (w * x - s * y) ^ 2) by (field; lra).
  assert (0 <= (1 - al) ^ 2 * (w * x - s * y) ^ 2) by (apply Rmult_le_pos; apply pow2_ge_0).
  (* with s at its least value: ((1-al)^2 m + al w^2)^2 >= (1-al) w^2 m *)
  set (p := (1 - al) * m) in *.
  assert (L : w ^ 2 * p <= ((1 - al) * p + al * w ^ 2) ^ 2).
  { assert (F : ((1 - al) * p + al * w ^ 2) ^ 2 - w ^ 2 * p = (p - w ^ 2) * ((1 - al) ^ 2 * p - al ^ 2 * w ^ 2))
      by ring.
    assert (0 <= (1 - al) ^ 2 * p - al ^ 2 * w ^ 2).
    { assert (al ^ 2 * w ^ 2 <= (1 - al) ^ 2 * w ^ 2) by (apply Rmult_le_compat_r; [apply pow2_ge_0 | nra]).
      assert ((1 - al) ^ 2 * w ^ 2 <= (1 - al) ^ 2 * p) by (apply Rmult_le_compat_l; [apply pow2_ge_0 | lra]).
      lra. }
    assert (0 <= (p - w ^ 2) * ((1 - al) ^ 2 * p - al ^ 2 * w ^ 2)) by (apply Rmult_le_pos; lra). lra. }
  assert (N : (1 - al) * p + al * w ^ 2 <= (1 - al) * (p + s * w)) by nra.
  assert (0 <= (1 - al) * p + al * w ^ 2).
  { assert (0 <= w ^ 2) by apply pow2_ge_0. nra. }
  assert (((1 - al) * p + al * w ^ 2) ^ 2 <= ((1 - al) * (p + s * w)) ^ 2) by (apply pow_incr; lra).
  apply Rmult_le_reg_l with (1 - al); [lra|].
  assert (w ^ 2 * p = (1 - al) * (w ^ 2 * m)) by (unfold p; ring). nra.
Qed.

(* Remark 2 from every start: the condition x_0 > sqrt (b / alpha) is not needed. *)
Theorem upper_bound_every_start : forall (alpha a b : R) (beta x y : nat -> R),
  0 < alpha < 1 / 2 -> 0 <= a -> periodic_hop_ratio alpha * sqrt b <= sqrt a -> 0 < x 0%nat ->
  (forall t, a <= beta t <= b) ->
  (forall t, x (S t) = periodic_beta_next (x t) alpha (beta t)) ->
  y 0%nat = x 0%nat -> (forall t, y (S t) = periodic_beta_next (y t) alpha b) ->
  forall t, x t <= y t.
Proof.
  intros al a b be x y Ha Ha0 Hr H0 Hb Hs Ey Hy.
  assert (Hab : a <= b) by (specialize (Hb 0%nat); lra).
  assert (Hp : forall t, 0 < x t).
  { apply (path_pos al be); auto; [lra|]. intro t. specialize (Hb t). lra. }
  assert (Hq : forall t, 0 < y t).
  { apply (path_pos al (fun _ => b)); auto; [lra | now rewrite Ey | intro; lra]. }
  assert (Es : a = sqrt a ^ 2) by (simpl; rewrite Rmult_1_r, sqrt_sqrt; lra).
  assert (Ew : b = sqrt b ^ 2) by (simpl; rewrite Rmult_1_r, sqrt_sqrt; lra).
  assert (Hsa : 0 <= sqrt a) by apply sqrt_pos. assert (Hsb : 0 <= sqrt b) by apply sqrt_pos.
  assert (I : forall t, x t <= y t /\ (x t = y t \/ b / (1 - al) <= x t * y t)).
  { induction t as [|t [IO IM]]; [rewrite Ey; split; [lra | now left]|].
    assert (O : x (S t) <= y (S t)).
    { rewrite Hs, Hy. apply order_kept; auto; [lra | apply Hb]. }
    split; [exact O | right].
    assert (Hbt := Hb t). assert (Hpt := Hp t). assert (Hqt := Hq t).
    apply Rle_trans with (step (x t) al a * y (S t)).
    - rewrite Hy, Ew at 1. rewrite Ew at 2. rewrite Es. destruct IM as [E|M].
      + rewrite E. apply envelope_product_first; auto.
      + apply envelope_product_next; auto. rewrite <- Ew. exact M.
    - apply Rmult_le_compat_r; [left; apply Hq|]. rewrite Hs. now apply step_mono_beta. }
  intro t. apply I.
Qed.

(* ---- Proposition 5 ------------------------------------------------------------------------------- *)

Lemma clears_level : forall alpha b x, 0 < alpha < 1 / 2 -> 0 <= b -> 0 < x ->
  hop alpha * star alpha b <= step x alpha b.
Proof.
  intros al b x Ha Hb Hx.
  destruct (star_spec al b) as [HX EX]; [lra|assumption|]. rewrite EX at 2. set (X := star al b) in *. clearbody X.
  destruct (Req_dec X 0) as [->|N].
  - unfold periodic_beta_next. replace (al * 0 ^ 2 / x) with 0 by (field; lra).
    assert (0 < (1 - al) * x) by (apply Rmult_lt_0_compat; lra). lra.
  - left. apply step_clears_hop; lra.
Qed.

(* The determined sequence from any start: the overshoot of its first step is paid for by one constant. *)
Lemma determined_rate_every_start : forall alpha b (y : nat -> R), 0 < alpha < 1 / 2 -> 0 <= b -> 0 < y 0%nat ->
  (forall t, y (S t) = step (y t) alpha b) ->
  forall t, y t - star alpha b
    <= (1 - alpha) ^ t * (Rabs (y 0%nat - star alpha b) * Rmax 1 (star alpha b / y 0%nat)).
Proof.
  intros al b y Ha Hb H0 Hs.
  assert (Hp : forall t, 0 < y t) by (apply (path_pos al (fun _ => b)); auto; lra).
  assert (Hc : forall t, hop al * star al b <= y (S t)) by (intro t; rewrite Hs; apply clears_level; auto).
  destruct (star_spec al b) as [HX EX]; [lra|assumption|]. set (X := star al b) in *. clearbody X.
  set (K := Rabs (y 0%nat - X) * Rmax 1 (X / y 0%nat)).
  assert (K1 : Rabs (y 0%nat - X) <= K).
  { unfold K. rewrite <- (Rmult_1_r (Rabs _)) at 1. apply Rmult_le_compat_l; [apply Rabs_pos | apply Rmax_l]. }
  assert (K2 : Rabs (y 0%nat - X) * (X / y 0%nat) <= K).
  { unfold K. apply Rmult_le_compat_l; [apply Rabs_pos | apply Rmax_r]. }
  assert (K0 : 0 <= K) by (pose proof (Rabs_pos (y 0%nat - X)); lra).
  clearbody K.
  assert (up : forall t, y t - X <= (1 - al) ^ t * K -> X <= y t -> y (S t) - X <= (1 - al) ^ S t * K).
  { intros t I G. rewrite Hs, EX. change ((1 - al) ^ S t) with ((1 - al) * (1 - al) ^ t).
    destruct (step_above (y t) al X HX G (Hp t) ltac:(lra)) as [_ U].
    apply Rmult_le_compat_l with (r := 1 - al) in I; lra. }
  assert (pw : forall t, 0 <= (1 - al) ^ t * K) by (intro; apply Rmult_le_pos; [apply pow_le; lra | assumption]).
  induction t as [|t IH].
  - simpl. pose proof (Rle_abs (y 0%nat - X)). lra.
  - destruct (Rle_lt_dec X (y t)) as [G|L]; [now apply up|].
    destruct t as [|t].
    + rewrite Hs, EX, step_gap by auto. simpl. rewrite Rmult_1_r.
      rewrite Rabs_left in K2 by lra.
      set (z := y 0%nat) in *. assert (Hz := Hp 0%nat). fold z in Hz.
      replace ((z - X) * ((1 - al) * z - al * X) / z) with (al * (- (z - X) * (X / z)) - (1 - al) * (X - z))
        by (field; lra).
      assert (0 <= - (z - X) * (X / z)).
      { apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; [lra | left; apply Rinv_0_lt_compat; lra]. }
      nra.
    + specialize (pw (S (S t))). rewrite Hs, EX.
      pose proof (step_below (y (S t)) al X HX ltac:(lra) (Hp (S t)) Ha (Hc t)). lra.
Qed.

(* Both sides of Proposition 5, linearly, from every start, with the constants written out. *)
Theorem prop5_linear_every_start : forall (alpha a b : R) (beta x : nat -> R),
  0 < alpha < 1 / 2 -> 0 <= a -> periodic_hop_ratio alpha * sqrt b <= sqrt a -> 0 < x 0%nat ->
  (forall t, a <= beta t <= b) ->
  (forall t, x (S t) = periodic_beta_next (x t) alpha (beta t)) ->
  forall t, (1 - 2 * alpha) ^ t * (x 0%nat - sqrt (periodic_stationary_sq alpha a))
      <= x t - sqrt (periodic_stationary_sq alpha a)
    /\ x t - sqrt (periodic_stationary_sq alpha b)
      <= (1 - alpha) ^ t * (Rabs (x 0%nat - sqrt (periodic_stationary_sq alpha b))
           * Rmax 1 (sqrt (periodic_stationary_sq alpha b) / x 0%nat)).
Proof.
  intros al a b be x Ha Ha0 Hr H0 Hb Hs t. split.
  - apply lower_rate_every_start with be; auto; [lra | intro; apply Hb].
  - set (y := fix y (t : nat) : R := match t with O => x 0%nat | S t => step (y t) al b end).
    assert (Hby : 0 <= b) by (specialize (Hb 0%nat); lra).
    pose proof (upper_bound_every_start al a b be x y Ha Ha0 Hr H0 Hb Hs eq_refl (fun _ => eq_refl) t).
    pose proof (determined_rate_every_start al b y Ha Hby H0 (fun _ => eq_refl) t) as D.
    change (y 0%nat) with (x 0%nat) in D. lra.
Qed.

(* The interval is kept by every admissible step exactly under the condition of Proposition 5. *)
Theorem interval_kept_iff : forall alpha a b : R, 0 < alpha < 1 / 2 -> 0 <= a <= b ->
  ((forall x beta, 0 < x ->
      sqrt (periodic_stationary_sq alpha a) <= x <= sqrt (periodic_stationary_sq alpha b) -> a <= beta <= b ->
      sqrt (periodic_stationary_sq alpha a) <= periodic_beta_next x alpha beta
        <= sqrt (periodic_stationary_sq alpha b))
   <-> periodic_hop_ratio alpha * sqrt b <= sqrt a).
Proof.
  intros al a b Ha Hab.
  assert (HS : forall c, 0 <= c -> sqrt c = sqrt al * star al c).
  { intros c Hc. rewrite <- sqrt_mult; [|lra|]. unfold periodic_stationary_sq. f_equal. field. lra.
    apply Rmult_le_pos; [lra | left; apply Rinv_0_lt_compat; lra]. }
  assert (Hsq : 0 < sqrt al) by (apply sqrt_lt_R0; lra).
  assert (Hiff : hop al * sqrt b <= sqrt a <-> hop al * star al b <= star al a).
  { rewrite (HS a), (HS b) by lra. split; intro H; [apply Rmult_le_reg_l with (sqrt al)|]; nra. }
  rewrite Hiff. clear Hiff HS.
  assert (Hh : 0 < hop al < 1).
  { unfold periodic_hop_ratio. split; [apply Rdiv_lt_0_compat; lra|].
    apply Rmult_lt_reg_r with (1 - al); [lra|]. replace (al / (1 - al) * (1 - al)) with al by (field; lra). lra. }
  assert (HAX := star_le al a b ltac:(lra) Hab).
  destruct (star_spec al a) as [HA EA]; [lra|lra|]. destruct (star_spec al b) as [HX EX]; [lra|lra|].
  set (A := star al a) in *. set (X := star al b) in *. clearbody A X. split.
  - intro H. apply Rnot_lt_le. intro C.
    set (c := (A + hop al * X) / 2).
    assert (0 < c /\ A <= c <= X /\ c < hop al * X) by (unfold c; nra).
    destruct (H c b) as [_ U]; [lra|lra|lra|]. rewrite EX in U at 1.
    assert (Hc : (1 - al) * c - al * X < 0).
    { assert (hop al * X * (1 - al) = al * X) by (unfold periodic_hop_ratio; field; lra). nra. }
    assert (G := step_gap c al X ltac:(lra)).
    assert (0 < (X - c) * (al * X - (1 - al) * c) * / c).
    { repeat apply Rmult_lt_0_compat; try lra; [nra | apply Rinv_0_lt_compat; lra]. }
    unfold Rdiv in G. nra.
  - intros H x be Hx Hi Hbe. split.
    + apply Rle_trans with (step x al a).
      * rewrite EA. destruct (step_above x al A HA (proj1 Hi) Hx ltac:(lra)). lra.
      * apply step_mono_beta; lra.
    + apply Rle_trans with (step x al b); [apply step_mono_beta; lra|].
      rewrite EX at 1. apply step_below; auto; lra.
Qed.

(* Without the condition an adversary leaves the interval for ever, by a fixed amount, from every start. *)
Section Adversary.
Variables alpha a b c x0 : R.
Fixpoint adversary_path (t : nat) : R :=
  match t with
  | O => x0
  | S t => let x := adversary_path t in step x alpha (if Rle_dec x c then b else a)
  end.
Definition adversary_choice (t : nat) : R := if Rle_dec (adversary_path t) c then b else a.
End Adversary.

Theorem prop5_condition_needed : forall alpha a b x0 : R,
  0 < alpha < 1 / 2 -> 0 <= a <= b -> 0 < x0 -> sqrt a < periodic_hop_ratio alpha * sqrt b ->
  exists (beta x : nat -> R) (margin : R), 0 < margin /\ x 0%nat = x0 /\ (forall t, a <= beta t <= b) /\
    (forall t, x (S t) = periodic_beta_next (x t) alpha (beta t)) /\
    (forall N, exists t, (N <= t)%nat /\ sqrt (periodic_stationary_sq alpha b) + margin <= x t).
Proof.
  intros al a b x0 Ha Hab H0 Hr.
  assert (HS : forall d, 0 <= d -> sqrt d = sqrt al * star al d).
  { intros d Hd. rewrite <- sqrt_mult; [|lra|]. unfold periodic_stationary_sq. f_equal. field. lra.
    apply Rmult_le_pos; [lra | left; apply Rinv_0_lt_compat; lra]. }
  assert (Hsq : 0 < sqrt al) by (apply sqrt_lt_R0; lra).
  assert (HAr : star al a < hop al * star al b).
  { apply Rmult_lt_reg_l with (sqrt al); [assumption|]. rewrite (HS a), (HS b) in Hr by lra. lra. }
  clear Hr HS.
  assert (Hh : 0 < hop al < 1).
  { unfold periodic_hop_ratio. split; [apply Rdiv_lt_0_compat; lra|].
    apply Rmult_lt_reg_r with (1 - al); [lra|]. replace (al / (1 - al) * (1 - al)) with al by (field; lra). lra. }
  assert (Hhop : hop al * (1 - al) = al) by (unfold periodic_hop_ratio; field; lra).
  destruct (star_spec al a) as [HA EA]; [lra|lra|]. destruct (star_spec al b) as [HX EX]; [lra|lra|].
  set (A := star al a) in *. set (X := star al b) in *. clearbody A X.
  set (c := (A + hop al * X) / 2).
  assert (Hc : 0 < c /\ A < c /\ c < hop al * X /\ c < X) by (unfold c; nra).
  destruct Hc as (Hc0 & HcA & Hch & HcX). clearbody c.
  assert (Hlow : 0 < al * X - (1 - al) * c) by nra.
  set (x := adversary_path al a b c x0). set (be := adversary_choice al a b c x0).
  assert (Hstep : forall t, x (S t) = step (x t) al (be t)) by reflexivity.
  assert (Hbe : forall t, a <= be t <= b) by (intro t; unfold be, adversary_choice; destruct Rle_dec; lra).
  assert (Hp : forall t, 0 < x t).
  { apply (path_pos al be); auto; [lra|]. intro t. specialize (Hbe t). lra. }
  exists be, x, (step c al b - X). split; [|repeat split; auto; try apply Hbe].
  { rewrite EX, step_gap by assumption.
    assert (0 < (X - c) * (al * X - (1 - al) * c) * / c).
    { repeat apply Rmult_lt_0_compat; try lra. now apply Rinv_0_lt_compat. }
    unfold Rdiv. nra. }
  (* the path comes down to c again and again *)
  assert (Hdown : forall N, exists t, (N <= t)%nat /\ x t <= c).
  { intro N. apply NNPP. intro Hno.
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
    destruct (pow_lt_1_zero (1 - al)) with (y := (c - A) / (x N - A)) as [k Hk].
    { rewrite Rabs_pos_eq; lra. }
    { apply Rdiv_lt_0_compat; lra. }
    specialize (Hk k (le_n k)). rewrite Rabs_pos_eq in Hk by (apply pow_le; lra).
    apply Rmult_lt_compat_r with (r := x N - A) in Hk; [|assumption].
    replace ((c - A) / (x N - A) * (x N - A)) with (c - A) in Hk by (field; lra).
    specialize (Hup k). specialize (Hgeo k). lra. }
  intro N. destruct (Hdown N) as (t & Ht & Hxt). exists (S t). split; [lia|].
  rewrite Hstep. unfold be, adversary_choice. fold x. destruct Rle_dec as [_|C]; [|contradiction].
  specialize (Hp t). set (z := x t) in *. clearbody z.
  assert (E : step z al b - step c al b = (c - z) * (b * / (z * c) - (1 - al)))
    by (unfold periodic_beta_next; field; lra).
  assert (1 - al <= b * / (z * c)).
  { apply Rmult_le_reg_r with (z * c); [nra|]. rewrite Rmult_assoc, Rinv_l by nra. rewrite Rmult_1_r, EX.
    apply Rle_trans with ((1 - al) * (c * c)); [apply Rmult_le_compat_l; nra|].
    assert ((1 - al) * c <= al * X) by lra. nra. }
  assert (0 <= (c - z) * (b * / (z * c) - (1 - al))) by (apply Rmult_le_pos; lra). lra.
Qed.

(* ---- Corollary 2.2, in squares and while the threshold held so far --------------------------------- *)

Lemma threshold_is_hop_level : forall alpha b, 0 < alpha < 1 -> 0 <= b ->
  sqrt (alpha * b) / (1 - alpha) = hop alpha * star alpha b.
Proof.
  intros al b Ha Hb. destruct (star_spec al b) as [HX EX]; [lra|assumption|].
  assert (E : sqrt (al * b) = al * star al b).
  { rewrite EX at 1. replace (al * (al * star al b ^ 2)) with ((al * star al b) ^ 2) by ring.
    apply sqrt_pow2. apply Rmult_le_pos; lra. }
  rewrite E. unfold periodic_hop_ratio. field. lra.
Qed.

Theorem upper_rate_in_squares : forall (alpha b : R) (beta x : nat -> R) (t : nat),
  0 < alpha < 1 / 2 -> sqrt (periodic_stationary_sq alpha b) < x 0%nat -> (forall s, 0 <= beta s <= b) ->
  (forall s, x (S s) = periodic_beta_next (x s) alpha (beta s)) ->
  (forall s, (s < t)%nat -> sqrt (alpha * b) / (1 - alpha) <= x s) ->
  x t ^ 2 - periodic_stationary_sq alpha b
    <= (1 - alpha) ^ (2 * t) * (x 0%nat ^ 2 - periodic_stationary_sq alpha b).
Proof.
  intros al b be x t Ha H0 Hb Hs.
  assert (Hb0 : 0 <= b) by (specialize (Hb 0%nat); lra).
  rewrite (threshold_is_hop_level al b) by lra.
  destruct (star_spec al b) as [HX EX]; [lra|assumption|].
  assert (E2 : periodic_stationary_sq al b = star al b ^ 2).
  { unfold periodic_stationary_sq at 1. rewrite EX at 1. field. lra. }
  set (X := star al b) in *. rewrite E2. clear E2. clearbody X.
  assert (Hp : forall t, 0 < x t).
  { apply (path_pos al be); auto; [lra|lra|]. intro s. specialize (Hb s). lra. }
  assert (D0 : 0 <= x 0%nat ^ 2 - X ^ 2) by nra.
  induction t as [|t IH]; intro Hw; [simpl; lra|].
  assert (I := IH (fun s L => Hw s (Nat.lt_lt_succ_r _ _ L))). specialize (Hw t (Nat.lt_succ_diag_r t)).
  assert (U : x (S t) <= step (x t) al (al * X ^ 2)) by (rewrite Hs, <- EX; apply step_mono_beta; [apply Hp | apply Hb]).
  assert (Hp1 := Hp (S t)).
  destruct (Rle_lt_dec X (x t)) as [G|L].
  - assert (Q := square_gap (x t) al X (Hp t)).
    destruct (square_factor (x t) al X HX G (Hp t)) as [_ F].
    set (q := (1 - al) ^ 2 - al ^ 2 * X ^ 2 / x t ^ 2) in *.
    assert (x (S t) ^ 2 <= step (x t) al (al * X ^ 2) ^ 2) by (apply pow_incr; lra).
    assert (0 <= x t ^ 2 - X ^ 2) by nra.
    assert ((x t ^ 2 - X ^ 2) * q <= (1 - al) ^ 2 * (x t ^ 2 - X ^ 2)) by nra.
    assert ((1 - al) ^ 2 * (x t ^ 2 - X ^ 2) <= (1 - al) ^ 2 * ((1 - al) ^ (2 * t) * (x 0%nat ^ 2 - X ^ 2)))
      by (apply Rmult_le_compat_l; [apply pow2_ge_0 | exact I]).
    replace (2 * S t)%nat with (2 + 2 * t)%nat by lia. rewrite pow_add. lra.
  - assert (B := step_below (x t) al X HX ltac:(lra) (Hp t) Ha Hw).
    assert (x (S t) ^ 2 <= X ^ 2) by (apply pow_incr; lra).
    assert (0 <= (1 - al) ^ (2 * S t) * (x 0%nat ^ 2 - X ^ 2)) by (apply Rmult_le_pos; [apply pow_le; lra | lra]).
    lra.
Qed.

(* ---- how long it takes --------------------------------------------------------------------------- *)

(* Proposition 5's O(1/alpha) halved: the square is within eps after ln ((x_0^2 - b/alpha) / eps) / (2 alpha) steps. *)
Theorem prop5_time_in_squares : forall (alpha a b eps : R) (beta x : nat -> R) (t : nat),
  0 < alpha < 1 / 2 -> 0 <= a -> periodic_hop_ratio alpha * sqrt b <= sqrt a -> 0 < eps ->
  sqrt (periodic_stationary_sq alpha b) < x 0%nat -> (forall s, a <= beta s <= b) ->
  (forall s, x (S s) = periodic_beta_next (x s) alpha (beta s)) ->
  ln ((x 0%nat ^ 2 - periodic_stationary_sq alpha b) / eps) <= 2 * alpha * INR t ->
  x t ^ 2 <= periodic_stationary_sq alpha b + eps.
Proof.
  intros al a b e be x t Ha Ha0 Hr He H0 Hb Hs Ht.
  assert (Hab : a <= b) by (specialize (Hb 0%nat); lra).
  assert (Hpx : 0 < x 0%nat) by (pose proof (sqrt_pos (periodic_stationary_sq al b)); lra).
  assert (U : x t ^ 2 - periodic_stationary_sq al b
              <= (1 - al) ^ (2 * t) * (x 0%nat ^ 2 - periodic_stationary_sq al b)).
  { apply upper_rate_in_squares with be; auto; [intro s; specialize (Hb s); lra|].
    intros s _. assert (HS : beta_sequence al a b be x) by (repeat split; auto; try apply Hb; lra).
    destruct (remark2 al a b be x HS Hr H0 s) as (_ & _ & G & _). exact G. }
  assert (HG : 0 < x 0%nat ^ 2 - periodic_stationary_sq al b).
  { destruct (star_spec al b) as [HX EX]; [lra|lra|].
    assert (E2 : periodic_stationary_sq al b = star al b ^ 2).
    { unfold periodic_stationary_sq at 1. rewrite EX at 1. field. lra. }
    rewrite E2. nra. }
  pose proof (pow_below al (x 0%nat ^ 2 - periodic_stationary_sq al b) e (2 * t) ltac:(lra) HG He) as D.
  rewrite mult_INR in D. change (INR 2) with 2 in D.
  assert (ln ((x 0%nat ^ 2 - periodic_stationary_sq al b) / e) / al <= 2 * INR t).
  { apply Rmult_le_reg_l with al; [lra|].
    replace (al * (ln ((x 0%nat ^ 2 - periodic_stationary_sq al b) / e) / al))
      with (ln ((x 0%nat ^ 2 - periodic_stationary_sq al b) / e)) by (field; lra). lra. }
  specialize (D H). lra.
Qed.

(* With beta_t = b throughout nothing is faster than 1 - 2 alpha a step: that many steps are needed. *)
Theorem time_needed : forall (alpha b eps : R) (x : nat -> R) (t : nat),
  0 < alpha < 1 / 2 -> 0 <= b -> 0 < eps -> sqrt (periodic_stationary_sq alpha b) < x 0%nat ->
  (forall s, x (S s) = periodic_beta_next (x s) alpha b) ->
  x t <= sqrt (periodic_stationary_sq alpha b) + eps ->
  ln ((x 0%nat - sqrt (periodic_stationary_sq alpha b)) / eps) <= - ln (1 - 2 * alpha) * INR t.
Proof.
  intros al b e x t Ha Hb He H0 Hs Ht.
  assert (Hpx : 0 < x 0%nat) by (pose proof (sqrt_pos (periodic_stationary_sq al b)); lra).
  pose proof (lower_rate_every_start al b (fun _ => b) x ltac:(lra) Hb Hpx ltac:(intro; lra) Hs t) as L.
  set (g := x 0%nat - star al b) in *. assert (Hg : 0 < g) by (unfold g; lra). clearbody g.
  assert (Hq : 0 < (1 - 2 * al) ^ t) by (apply pow_lt; lra).
  assert (M : (1 - 2 * al) ^ t * g <= e) by lra.
  assert (ln ((1 - 2 * al) ^ t * g) <= ln e).
  { destruct (Rle_lt_or_eq_dec _ _ M) as [C|C]; [left; apply ln_increasing; nra | rewrite C; lra]. }
  rewrite ln_mult in H by assumption.
  assert (P : ln ((1 - 2 * al) ^ t) = INR t * ln (1 - 2 * al)).
  { clear - Ha. induction t as [|t IH]; [simpl; rewrite ln_1; ring|].
    rewrite S_INR. change ((1 - 2 * al) ^ S t) with ((1 - 2 * al) * (1 - 2 * al) ^ t).
    rewrite ln_mult, IH; [ring | lra | apply pow_lt; lra]. }
  unfold Rdiv. rewrite ln_mult, ln_Rinv by (try apply Rinv_0_lt_compat; assumption). lra.
Qed.

(* The rate of a determined sequence tends to exactly 1 - 2 alpha. *)
Theorem determined_rate_limit : forall (alpha beta : R) (x : nat -> R),
  0 < alpha < 1 / 2 -> 0 < beta -> sqrt (periodic_stationary_sq alpha beta) < x 0%nat ->
  (forall t, x (S t) = periodic_beta_next (x t) alpha beta) ->
  Un_cv (fun t => (x (S t) - sqrt (periodic_stationary_sq alpha beta))
                  / (x t - sqrt (periodic_stationary_sq alpha beta))) (1 - 2 * alpha).
Proof.
  intros al be x Ha Hb H0 Hs.
  assert (HX := star_pos al be ltac:(lra) Hb).
  destruct (star_spec al be) as [_ EX]; [lra|lra|]. set (X := star al be) in *. clearbody X.
  assert (Hx : forall t, X < x t).
  { induction t as [|t IH]; [assumption|]. rewrite Hs, EX.
    assert (G := step_gap (x t) al X ltac:(lra)).
    assert (0 < (x t - X) * ((1 - al) * x t - al * X) * / x t).
    { repeat apply Rmult_lt_0_compat; [lra | nra | apply Rinv_0_lt_compat; lra]. }
    unfold Rdiv in G. lra. }
  assert (Hgeo : forall t, x t - X <= (1 - al) ^ t * (x 0%nat - X)).
  { induction t as [|t IH]; [simpl; lra|]. specialize (Hx t).
    destruct (step_above (x t) al X ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra)) as [_ U].
    rewrite Hs, EX. change ((1 - al) ^ S t) with ((1 - al) * (1 - al) ^ t).
    apply Rmult_le_compat_l with (r := 1 - al) in IH; lra. }
  intros e He.
  destruct (pow_lt_1_zero (1 - al)) with (y := e * X / (x 0%nat - X)) as [N HN].
  { rewrite Rabs_pos_eq; lra. }
  { apply Rdiv_lt_0_compat; [nra | lra]. }
  exists N. intros t Ht. specialize (HN t Ht). rewrite Rabs_pos_eq in HN by (apply pow_le; lra).
  specialize (Hgeo t). specialize (Hx t). unfold R_dist.
  rewrite Hs, EX, step_gap by lra.
  replace ((x t - X) * ((1 - al) * x t - al * X) / x t / (x t - X) - (1 - 2 * al))
    with (al * (x t - X) / x t) by (field; lra).
  apply Rmult_lt_compat_r with (r := x 0%nat - X) in HN; [|lra].
  replace (e * X / (x 0%nat - X) * (x 0%nat - X)) with (e * X) in HN by (field; lra).
  rewrite Rabs_pos_eq.
  - apply Rmult_lt_reg_r with (x t); [lra|]. replace (al * (x t - X) / x t * x t) with (al * (x t - X)) by (field; lra).
    assert (al * (x t - X) <= x t - X) by nra. nra.
  - apply Rmult_le_pos; [apply Rmult_le_pos; lra | left; apply Rinv_0_lt_compat; lra].
Qed.

(* ---- footnote 4: when the interval is reached in finite time ------------------------------------------ *)

(* How far the choices beta_0 .. beta_n fell short of b, in the only unit that counts: (1 - 2 alpha)^t. *)
Definition shortfall (alpha b : R) (beta : nat -> R) (n : nat) : R :=
  sum_f_R0 (fun t => (b - beta t) / (1 - 2 * alpha) ^ S t) n.

Lemma shortfall_next : forall alpha b beta n,
  shortfall alpha b beta (S n) = shortfall alpha b beta n + (b - beta (S n)) / (1 - 2 * alpha) ^ S (S n).
Proof. reflexivity. Qed.

(* A sequence that is still above x_b has spent at most this much shortfall. *)
Theorem shortfall_while_above : forall (alpha b : R) (beta x : nat -> R) (n : nat),
  0 < alpha < 1 / 2 -> 0 < b -> (forall t, 0 <= beta t <= b) ->
  (forall t, x (S t) = periodic_beta_next (x t) alpha (beta t)) ->
  (forall t, (t <= S n)%nat -> sqrt (periodic_stationary_sq alpha b) < x t) ->
  shortfall alpha b beta n
    < x 0%nat * ((x 0%nat - sqrt (periodic_stationary_sq alpha b))
        * exp ((x 0%nat - sqrt (periodic_stationary_sq alpha b))
               / ((1 - 2 * alpha) * sqrt (periodic_stationary_sq alpha b)))).
Proof.
  intros al b be x n Ha Hb Hbe Hs.
  assert (HX := star_pos al b ltac:(lra) Hb).
  destruct (star_spec al b) as [_ EX]; [lra|lra|]. set (X := star al b) in *. clearbody X.
  set (u := fun t => x t - X). set (q := 1 - 2 * al). assert (Hq : 0 < q < 1) by (unfold q; lra).
  set (K := (x 0%nat - X) / (q * X)).
  set (Phi := fun t => u t / q ^ t * exp (K * (1 - al) ^ t)).
  intro Hup.
  assert (Hup0 : X < x 0%nat) by (apply Hup; lia).
  assert (HqX : 0 < q * X) by (apply Rmult_lt_0_compat; lra).
  assert (HK : 0 <= K) by (apply Rmult_le_pos; [lra | left; apply Rinv_0_lt_compat; lra]).
  assert (Hone : forall t, X < x t -> x (S t) - X <= q * u t + al * (u t) ^ 2 / x t - (b - be t) / x t
                            /\ x (S t) <= x t /\ x (S t) - X <= (1 - al) * (x t - X)).
  { intros t Ht. destruct (step_above (x t) al X ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra)) as [_ U].
    assert (M := step_mono_beta (x t) al (be t) b ltac:(lra) (proj2 (Hbe t))). rewrite <- Hs, EX in M.
    split; [|split; [assert (al * (x t - X) >= 0) by nra; lra | lra]].
    right. rewrite Hs, EX. unfold u, q, periodic_beta_next. field. lra. }
  assert (Hdec : forall t, (t <= S n)%nat -> x t <= x 0%nat /\ u t <= (1 - al) ^ t * u 0%nat).
  { induction t as [|t IH]; intro Ht; [simpl; lra|].
    destruct (IH ltac:(lia)) as [I1 I2]. destruct (Hone t (Hup t ltac:(lia))) as (_ & D1 & D2). split; [lra|].
    unfold u in *. change ((1 - al) ^ S t) with ((1 - al) * (1 - al) ^ t).
    apply Rmult_le_compat_l with (r := 1 - al) in I2; lra. }
  assert (Hstep : forall t, (t <= n)%nat -> Phi (S t) <= Phi t - (b - be t) / q ^ S t / x 0%nat).
  { intros t Ht. assert (Hxt := Hup t ltac:(lia)). destruct (Hdec t ltac:(lia)) as [D1 D2].
    destruct (Hone t Hxt) as (D3 & _ & _). assert (Hut : 0 < u t) by (unfold u; lra).
    assert (Hqt : 0 < q ^ t) by (apply pow_lt; lra).
    set (p := (1 - al) ^ t) in *. assert (Hp : 0 < p) by (apply pow_lt; lra).
    assert (G1 : u t / x t <= p * u 0%nat / X).
    { apply Rle_trans with (u t / X).
      - apply Rmult_le_compat_l; [lra|]. apply Rinv_le_contravar; lra.
      - apply Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat | exact D2]. }
    assert (G2 : q * u t + al * u t ^ 2 / x t <= q * u t * exp (al * (K * p))).
    { apply Rle_trans with (q * u t * (1 + al * (K * p))).
      - replace (al * u t ^ 2 / x t) with (al * u t * (u t / x t)) by (field; lra).
        replace (q * u t * (1 + al * (K * p))) with (q * u t + al * u t * (p * u 0%nat / X))
          by (unfold K, u; field; lra).
        assert (0 < al * u t) by nra. nra.
      - apply Rmult_le_compat_l; [nra|]. apply exp_ineq1_le. }
    assert (G3 : (b - be t) / x 0%nat <= (b - be t) / x t).
    { apply Rmult_le_compat_l; [specialize (Hbe t); lra|]. apply Rinv_le_contravar; lra. }
    assert (G4 : 1 <= exp (K * (1 - al) ^ S t)).
    { pose proof (exp_ineq1_le (K * (1 - al) ^ S t)).
      assert (0 <= K * (1 - al) ^ S t) by (apply Rmult_le_pos; [assumption | apply pow_le; lra]). lra. }
    assert (G5 : exp (al * (K * p)) * exp (K * (1 - al) ^ S t) = exp (K * p)).
    { rewrite <- exp_plus. f_equal. unfold p. simpl. ring. }
    assert (G6 : 0 <= (b - be t) / x 0%nat).
    { apply Rmult_le_pos; [specialize (Hbe t); lra | left; apply Rinv_0_lt_compat; lra]. }
    unfold Phi. fold p. set (E := exp (K * (1 - al) ^ S t)) in *. set (d := (b - be t) / x 0%nat) in *.
    assert (G7 : u (S t) * E <= q * u t * exp (K * p) - d).
    { apply Rle_trans with ((q * u t * exp (al * (K * p)) - d) * E).
      - apply Rmult_le_compat_r; [lra|]. unfold u at 1. lra.
      - rewrite <- G5. assert (d <= d * E) by nra. lra. }
    change (q ^ S t) with (q * q ^ t).
    apply Rmult_le_reg_r with (q * q ^ t); [nra|].
    replace (u (S t) / (q * q ^ t) * E * (q * q ^ t)) with (u (S t) * E) by (field; split; lra).
    replace ((u t / q ^ t * exp (K * p) - (b - be t) / (q * q ^ t) / x 0%nat) * (q * q ^ t))
      with (q * u t * exp (K * p) - d) by (unfold d; field; repeat split; lra).
    exact G7. }
  assert (Hsum : forall m, (m <= n)%nat -> shortfall al b be m / x 0%nat <= Phi 0%nat - Phi (S m)).
  { induction m as [|m IH]; intro Hm.
    - specialize (Hstep 0%nat ltac:(lia)). change (shortfall al b be 0) with ((b - be 0%nat) / q ^ 1). lra.
    - specialize (IH ltac:(lia)). specialize (Hstep (S m) Hm). rewrite shortfall_next. fold q.
      replace ((shortfall al b be m + (b - be (S m)) / q ^ S (S m)) / x 0%nat)
        with (shortfall al b be m / x 0%nat + (b - be (S m)) / q ^ S (S m) / x 0%nat)
        by (field; split; [apply pow_nonzero; lra | lra]).
      lra. }
  specialize (Hsum n (le_n n)).
  assert (0 < Phi (S n)).
  { unfold Phi. apply Rmult_lt_0_compat; [|apply exp_pos].
    apply Rdiv_lt_0_compat; [unfold u; specialize (Hup (S n) (le_n _)); lra | apply pow_lt; lra]. }
  assert (E0 : Phi 0%nat = (x 0%nat - X) * exp K).
  { unfold Phi, u. rewrite !pow_O. replace (K * 1) with K by ring. field. }
  fold q. change ((x 0%nat - X) / (q * X)) with K. rewrite <- E0.
  apply Rmult_lt_reg_r with (/ x 0%nat); [apply Rinv_0_lt_compat; lra|].
  replace (x 0%nat * Phi 0%nat * / x 0%nat) with (Phi 0%nat) by (field; lra).
  unfold Rdiv in Hsum. lra.
Qed.

(* Footnote 4, exactly: every start above comes down to x_b in finite time if and only if the
   shortfall of the betas is unbounded. *)
Theorem finite_time_iff : forall (alpha b : R) (beta : nat -> R),
  0 < alpha < 1 / 2 -> 0 < b -> (forall t, 0 <= beta t <= b) ->
  ((forall x : nat -> R, sqrt (periodic_stationary_sq alpha b) < x 0%nat ->
      (forall t, x (S t) = periodic_beta_next (x t) alpha (beta t)) ->
      exists t, x t <= sqrt (periodic_stationary_sq alpha b))
   <-> (forall M, exists n, M < sum_f_R0 (fun t => (b - beta t) / (1 - 2 * alpha) ^ S t) n)).
Proof.
  intros al b be Ha Hb Hbe. split.
  - intros Hreach M. apply NNPP. intro Hno.
    assert (Hbound : forall n, shortfall al b be n <= M).
    { intro n. apply Rnot_lt_le. intro C. apply Hno. exists n. exact C. }
    clear Hno.
    assert (HX := star_pos al b ltac:(lra) Hb).
    destruct (star_spec al b) as [_ EX]; [lra|lra|]. set (X := star al b) in *. clearbody X.
    set (q := 1 - 2 * al) in *. assert (Hq : 0 < q < 1) by (unfold q; lra).
    assert (HM : 0 <= M).
    { specialize (Hbound 0%nat). unfold shortfall in Hbound. simpl in Hbound. fold q in Hbound.
      assert (0 <= (b - be 0%nat) / (q * 1)); [|lra].
      apply Rmult_le_pos; [specialize (Hbe 0%nat); lra | left; apply Rinv_0_lt_compat; lra]. }
    set (g := M / X + 1).
    set (x := fix x (t : nat) : R := match t with O => X + g | S t => step (x t) al (be t) end).
    assert (HMX : 0 <= M / X) by (apply Rmult_le_pos; [lra | left; now apply Rinv_0_lt_compat]).
    destruct (Hreach x) as [t Ht]; [simpl; unfold g; lra | reflexivity |].
    assert (Hlow : forall t, X < x t /\ q ^ S t * (g - shortfall al b be t / X) <= x (S t) - X).
    { assert (Hone : forall t, X < x t -> q * (x t - X) - (b - be t) / X <= x (S t) - X).
      { intros s Hxs. change (x (S s)) with (step (x s) al (be s)).
        pose proof (step_tangent (x s) al X ltac:(lra) ltac:(lra)) as T. rewrite <- EX in T. fold q in T.
        assert ((b - be s) / x s <= (b - be s) / X).
        { apply Rmult_le_compat_l; [specialize (Hbe s); lra|]. apply Rinv_le_contravar; lra. }
        assert (E : step (x s) al (be s) = step (x s) al b - (b - be s) / x s)
          by (unfold periodic_beta_next; field; lra).
        lra. }
      induction t0 as [|s [I1 I2]].
      - assert (X < x 0%nat) by (simpl; unfold g; lra). split; [assumption|].
        specialize (Hone 0%nat H). change (x 0%nat) with (X + g) in Hone.
        change (shortfall al b be 0) with ((b - be 0%nat) / q ^ 1). rewrite !pow_1.
        replace (q * (g - (b - be 0%nat) / q / X)) with (q * g - (b - be 0%nat) / X) by (field; lra). lra.
      - assert (P : 0 < q ^ S s) by (apply pow_lt; lra).
        assert (B : shortfall al b be s / X <= M / X).
        { apply Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat | apply Hbound]. }
        assert (L : X < x (S s)).
        { assert (0 < q ^ S s * (g - shortfall al b be s / X)) by (apply Rmult_lt_0_compat; unfold g; lra). lra. }
        split; [exact L|]. specialize (Hone (S s) L). rewrite shortfall_next. fold q.
        assert (P2 : 0 < q ^ S (S s)) by (apply pow_lt; lra).
        replace (q ^ S (S s) * (g - (shortfall al b be s + (b - be (S s)) / q ^ S (S s)) / X))
          with (q * (q ^ S s * (g - shortfall al b be s / X)) - (b - be (S s)) / X).
        + apply Rmult_le_compat_l with (r := q) in I2; lra.
        + change (q ^ S (S s)) with (q * q ^ S s). field. lra. }
    specialize (Hlow t). lra.
  - intros Hdiv x H0 Hs. apply NNPP. intro Hno.
    assert (Hup : forall t, star al b < x t).
    { intro t. apply Rnot_le_lt. intro C. apply Hno. now exists t. }
    destruct (Hdiv (x 0%nat * ((x 0%nat - star al b) * exp ((x 0%nat - star al b) / ((1 - 2 * al) * star al b)))))
      as [n Hn].
    pose proof (shortfall_while_above al b be x n Ha Hb Hbe Hs (fun t _ => Hup t)) as C.
    unfold shortfall in C. lra.
Qed.

(* From below: the excess over a that lifts a start to x_a in finite time. *)
Theorem finite_time_from_below : forall (alpha a : R) (beta x : nat -> R) (n : nat),
  0 < alpha < 1 / 2 -> 0 < a -> 0 < x 0%nat -> (forall t, a <= beta t) ->
  (forall t, x (S t) = periodic_beta_next (x t) alpha (beta t)) ->
  sqrt (periodic_stationary_sq alpha a) * (sqrt (periodic_stationary_sq alpha a) - x 0%nat)
    <= sum_f_R0 (fun t => (beta t - a) / (1 - 2 * alpha) ^ S t) n ->
  exists t, (t <= S n)%nat /\ sqrt (periodic_stationary_sq alpha a) <= x t.
Proof.
  intros al a be x n Ha Hapos H0 Hbe Hs Hsum. apply NNPP. intro Hno.
  assert (HX := star_pos al a ltac:(lra) Hapos).
  destruct (star_spec al a) as [_ EX]; [lra|lra|]. set (X := star al a) in *. clearbody X.
  assert (Hup : forall t, (t <= S n)%nat -> x t < X).
  { intros t Ht. apply Rnot_le_lt. intro C. apply Hno. now exists t. }
  assert (Hp : forall t, 0 < x t).
  { apply (path_pos al be); auto; [lra|]. intro t. specialize (Hbe t). lra. }
  set (q := 1 - 2 * al) in *. assert (Hq : 0 < q < 1) by (unfold q; lra).
  set (e := fun m => sum_f_R0 (fun t => (be t - a) / q ^ S t) m) in *.
  assert (Hone : forall t, (t <= n)%nat -> X - x (S t) <= q * (X - x t) - (be t - a) / X).
  { intros t Ht. assert (Hxt := Hup t ltac:(lia)). specialize (Hp t). rewrite Hs.
    pose proof (step_tangent (x t) al X Hp ltac:(lra)) as T. rewrite <- EX in T. fold q in T.
    assert ((be t - a) / X <= (be t - a) / x t).
    { apply Rmult_le_compat_l; [specialize (Hbe t); lra|]. apply Rinv_le_contravar; lra. }
    assert (E : step (x t) al (be t) = step (x t) al a + (be t - a) / x t)
      by (unfold periodic_beta_next; field; lra).
    lra. }
  assert (Hlow : forall m, (m <= n)%nat -> X - x (S m) <= q ^ S m * (X - x 0%nat - e m / X)).
  { induction m as [|m IH]; intro Hm.
    - specialize (Hone 0%nat Hm). change (e 0%nat) with ((be 0%nat - a) / q ^ 1). rewrite !pow_1.
      replace (q * (X - x 0%nat - (be 0%nat - a) / q / X)) with (q * (X - x 0%nat) - (be 0%nat - a) / X)
        by (field; lra). lra.
    - specialize (IH ltac:(lia)). specialize (Hone (S m) Hm).
      assert (P : 0 < q ^ S m) by (apply pow_lt; lra).
      assert (En : e (S m) = e m + (be (S m) - a) / (q * q ^ S m)) by reflexivity.
      rewrite En. change (q ^ S (S m)) with (q * q ^ S m).
      replace (q * q ^ S m * (X - x 0%nat - (e m + (be (S m) - a) / (q * q ^ S m)) / X))
        with (q * (q ^ S m * (X - x 0%nat - e m / X)) - (be (S m) - a) / X) by (field; repeat split; lra).
      apply Rmult_le_compat_l with (r := q) in IH; lra. }
  specialize (Hlow n (le_n n)). specialize (Hup (S n) (le_n _)).
  assert (P : 0 < q ^ S n) by (apply pow_lt; lra).
  assert (X - x 0%nat <= e n / X).
  { apply Rmult_le_reg_r with X; [assumption|]. replace (e n / X * X) with (e n) by (field; lra). lra. }
  assert (q ^ S n * (X - x 0%nat - e n / X) <= 0) by nra. lra.
Qed.

(* Remark 2's condition is needed: without it some choice of betas overtakes x_{b,t}, from every start. *)
Theorem upper_bound_condition_needed : forall alpha a b x0 : R,
  0 < alpha < 1 / 2 -> 0 <= a <= b -> 0 < x0 -> sqrt a < periodic_hop_ratio alpha * sqrt b ->
  exists beta x : nat -> R, x 0%nat = x0 /\ (forall t, a <= beta t <= b) /\
    (forall t, x (S t) = periodic_beta_next (x t) alpha (beta t)) /\
    exists t, beta_orbit alpha b x0 t < x t.
Proof.
  intros al a b x0 Ha Hab H0 Hr.
  destruct (prop5_condition_needed al a b x0 Ha Hab H0 Hr) as (be & x & m & Hm & E0 & Hbe & Hs & Hfar).
  exists be, x. repeat split; auto; try apply Hbe.
  pose proof (determined_rate_every_start al b (beta_orbit al b x0) Ha ltac:(lra) H0 (fun _ => eq_refl)) as D.
  simpl (beta_orbit al b x0 0) in D.
  set (K := Rabs (x0 - star al b) * Rmax 1 (star al b / x0)) in *.
  assert (HK : 0 <= K).
  { apply Rmult_le_pos; [apply Rabs_pos|]. pose proof (Rmax_l 1 (star al b / x0)). lra. }
  destruct (pow_lt_1_zero (1 - al)) with (y := m / (K + 1)) as [N HN].
  { rewrite Rabs_pos_eq; lra. }
  { apply Rdiv_lt_0_compat; lra. }
  destruct (Hfar N) as (t & Ht & F). exists t.
  specialize (HN t Ht). rewrite Rabs_pos_eq in HN by (apply pow_le; lra). specialize (D t).
  assert ((1 - al) ^ t * K < m).
  { assert (P : 0 < (1 - al) ^ t) by (apply pow_lt; lra).
    apply Rmult_lt_compat_r with (r := K + 1) in HN; [|lra].
    replace (m / (K + 1) * (K + 1)) with m in HN by (field; lra). lra. }
  lra.
Qed.

(* "t >> 1" cannot mean "from some t on": alpha = 1/3, a = 1, b = 2, beta_t = 2, x_0 = 3 stays above sqrt 6. *)
Theorem prop5_from_some_t_on_refuted : ~ (forall (alpha a b : R) (beta x : nat -> R),
  0 < alpha < 1 / 2 -> 0 <= a <= b -> periodic_hop_ratio alpha * sqrt b <= sqrt a -> 0 < x 0%nat ->
  (forall t, a <= beta t <= b) -> (forall t, x (S t) = periodic_beta_next (x t) alpha (beta t)) ->
  exists N, forall t, (N <= t)%nat ->
    sqrt (periodic_stationary_sq alpha a) <= x t <= sqrt (periodic_stationary_sq alpha b)).
Proof.
  intro H.
  destruct (H (1 / 3) 1 2 (fun _ => 2) (beta_orbit (1 / 3) 2 3)) as [N HN]; try (intros; lra); try (simpl; lra).
  - unfold periodic_hop_ratio. replace (1 / 3 / (1 - 1 / 3)) with (1 / 2) by field. rewrite sqrt_1.
    assert (sqrt 2 <= sqrt (2 * 2)) by (apply sqrt_le_1; lra). rewrite sqrt_square in H0 by lra. lra.
  - reflexivity.
  - specialize (HN N (le_n N)).
    assert (L : sqrt (2 / (1 / 3)) < sqrt (3 * 3)) by (apply sqrt_lt_1; lra). rewrite sqrt_square in L by lra.
    pose proof (proposition5_never_from_above (1 / 3) 2 3 ltac:(lra) ltac:(lra) L N) as C.
    change (periodic_stationary_sq (1 / 3) 2) with (2 / (1 / 3)) in HN. lra.
Qed.

(* Betas strictly below b need not be enough for finite time: x_t = 2 + 2^-t under beta_t = 1 - 4^-(t+1). *)
Theorem strictly_below_b_is_not_enough : ~ (forall (alpha a b : R) (beta x : nat -> R),
  0 < alpha < 1 / 2 -> 0 <= a <= b -> periodic_hop_ratio alpha * sqrt b <= sqrt a -> 0 < x 0%nat ->
  (forall t, a <= beta t < b) -> (forall t, x (S t) = periodic_beta_next (x t) alpha (beta t)) ->
  exists t, x t <= sqrt (periodic_stationary_sq alpha b)).
Proof.
  intro H.
  destruct (H (1 / 4) (3 / 4) 1 (fun t => 1 - (/ 2 ^ t) ^ 2 / 4) (fun t => 2 + / 2 ^ t)) as [t Ht]; try lra.
  - unfold periodic_hop_ratio. rewrite sqrt_1. replace (1 / 4 / (1 - 1 / 4) * 1) with (1 / 3) by field.
    assert (L : sqrt (1 / 3 * (1 / 3)) <= sqrt (3 / 4)) by (apply sqrt_le_1; lra). now rewrite sqrt_square in L by lra.
  - intro t. assert (0 < / 2 ^ t <= 1).
    { split; [apply Rinv_0_lt_compat, pow_lt; lra|]. rewrite <- Rinv_1. apply Rinv_le_contravar; [lra|].
      apply pow_R1_Rle. lra. }
    assert (0 < (/ 2 ^ t) ^ 2 <= 1) by (split; nra). lra.
  - intro t. unfold periodic_beta_next. assert (0 < 2 ^ t) by (apply pow_lt; lra).
    change (2 ^ S t) with (2 * 2 ^ t). field. nra.
  - assert (E : star (1 / 4) 1 = 2) by (apply star_unique; lra). rewrite E in Ht.
    assert (0 < / 2 ^ t) by (apply Rinv_0_lt_compat, pow_lt; lra). lra.
Qed.
