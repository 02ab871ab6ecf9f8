(* Beta-sequences beyond what appendix A.4 of "On the Periodic Behavior of Neural Network Training
   with Batch Normalization and Weight Decay" prints: the sharpest forms found next to its statements. *)
From Coq Require Import Reals Lra Lia Psatz Classical.
From Sitheory Require Import Theory.
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
